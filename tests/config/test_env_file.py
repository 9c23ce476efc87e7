"""The .env: every line is read or told by its number, and nothing of it gets into a message."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from settings_values import ENVIRON

from avsctl.config.env_file import read_env_file
from avsctl.config.settings import SETTING_NAMES
from avsctl.errors import ConfigError

NOT_A_BINDING = "{} is not NAME=value"
OPEN_QUOTE = "{} opens a quote that a later line closes"


def _read(path):
    file = read_env_file(path / ".env", ".env")
    found = {name: (found.text, found.origin) for name, found in (file.found_by_name or {}).items()}
    return found, [problem.message for problem in file.problems]


@pytest.mark.parametrize(
    ("text", "value", "line"),
    [
        ("L2_RPC=https://a.example", "https://a.example", 1),
        ("\n\n# note\n\nL2_RPC=https://a.example\n", "https://a.example", 5),
        ("export L2_RPC=https://a.example", "https://a.example", 1),
        ("  L2_RPC = 'https://a.example' # note", "https://a.example", 1),
        ('L2_RPC="https://a.example"\r\n', "https://a.example", 1),
        ("A=1\r\n\r\nL2_RPC=https://a.example # note\r\n", "https://a.example", 3),
        ("\ufeffL2_RPC=https://a.example", "https://a.example", 1),
        ("L2_RPC=https://a.example/#x", "https://a.example/#x", 1),
        ("L2_RPC=https://a.example\nL2_RPC=https://b.example", "https://b.example", 2),
        ("L2_RPC=https://a.example\nL2_RPC=", "", 2),
        ("L2_RPC=https://a.example\nL2_RPC", "", 2),
        ("PRIVATE_KEY='-----BEGIN\nabc=\n-----END'\nL2_RPC=https://a.example", "https://a.example", 4),
        ('PRIVATE_KEY="a\\nL1_RPC=b"\nL2_RPC=https://a.example', "https://a.example", 2),
    ],
)
def test_settings_are_read(project, text, value, line):
    assert _read(project.env(text).path) == ({"L2_RPC": (value, f".env line {line}")}, [])


def test_nothing_but_settings_is_kept(project):
    found, _ = _read(project.env("PRIVATE_KEY=1\nSIGNING_KEY=2\nL1_RPC=3").path)
    assert list(found) == ["L1_RPC"]


def test_json_may_span_lines(project):
    _, problems = _read(project.env('INTERNAL_TASKS=\'[\n {"name": "VOTING_POWER_SYNC"}\n]\'').path)
    assert not problems
    assert project.load(ENVIRON).internal_tasks


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("SECRET line", [NOT_A_BINDING.format(".env line 1")]),
        ("A=1\n\n=SECRET\nL1_RPC SECRET\n", [NOT_A_BINDING.format(".env line 3"), NOT_A_BINDING.format(".env line 4")]),
        ('A=1\nL1_RPC="SECRET\nL2_RPC=SECRET', [NOT_A_BINDING.format(".env line 2")]),
        ('L1_RPC="SECRET" SECRET', [NOT_A_BINDING.format(".env line 1")]),
        ('L1_RPC="SECRET\nL2_RPC="SECRET"', [NOT_A_BINDING.format(".env line 1")]),
        ('A=1\n\nL1_RPC="SECRET\nL2_RPC=SECRET\n"', [OPEN_QUOTE.format(".env line 3")]),
        ("L1_RPC='SECRET\n'", [OPEN_QUOTE.format(".env line 1")]),
        ("OTHER='SECRET\nL2_RPC=SECRET\n# it's'", [NOT_A_BINDING.format(".env line 1")]),
        ("OTHER='SECRET\n export L2_RPC =SECRET\n'", [OPEN_QUOTE.format(".env line 1")]),
        ("INTERNAL_TASKS='[\nOTHER=SECRET\n]'", [OPEN_QUOTE.format(".env line 1")]),
        ("L2_RPC=https://a.example/${SECRET}", [".env line 1: L2_RPC holds ${..}, which is not expanded"]),
        ("OTHER=${SECRET}", []),
        ("A=" + " " * 300 + "SECRET", [".env has over 256 blanks in a row"]),
        (b"A=\xffSECRET", [".env is not UTF-8 text"]),
        ("A=SECRET".encode("utf-16"), [".env is not UTF-8 text"]),
        ("A=SECRET\n" * 150_000, [".env is larger than 1024 KiB"]),
    ],
)
def test_what_cannot_be_read_is_told_by_its_line(project, text, messages):
    assert _read(project.env(text).path)[1] == messages
    if messages:
        problems = project.problems(ENVIRON)
        assert [problem.message for problem in problems] == messages
        assert {problem.code for problem in problems} == {"env_file"}


def test_no_setting_is_called_missing_beside_a_bad_line(project):
    environ = {"ATTESTATION_CENTER_ADDRESS": "x"}
    messages = project.env('L1_RPC="x\nL2_RPC=https://l2.example').messages(environ)
    assert [message.partition(":")[0] for message in messages] == [
        ".env line 1 is not NAME=value",
        "ATTESTATION_CENTER_ADDRESS (environment)",
    ]


def test_a_directory_is_no_env_file(project):
    (project.path / ".env").mkdir()
    assert project.messages(ENVIRON) == [".env cannot be read: Is a directory"]


def test_a_loop_of_links_cannot_be_read(project):
    (project.path / ".env").symlink_to(".env")
    assert project.messages(ENVIRON) == [".env cannot be read: Too many levels of symbolic links"]


names = st.sampled_from([*sorted(SETTING_NAMES), "OTHER", "export L1_RPC", "'L2_RPC'"])
pieces = st.one_of(
    names, st.sampled_from(["=", "'", '"', "\n", "\r\n", "\\", "#", " ", "${", ",", "@", *ENVIRON.values()])
)
env_texts = st.text(st.characters(codec="utf-8")) | st.lists(pieces).map("".join)


@limits(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(env_texts.map(str.encode) | st.binary())
def test_any_file_is_read_or_refused(project, raw):
    found, problems = _read(project.env(raw).path)
    assert set(found) <= SETTING_NAMES
    assert all(message.startswith(".env ") for message in problems)
    try:
        project.load()
    except ConfigError:
        return
    assert not problems
