"""The command line from outside: statuses, envelopes of early failures, and what reaches which stream."""

import json
import os
import subprocess
import sys
import types
from importlib.util import find_spec
from typing import Annotated

import pytest
import typer

from avsctl import __version__, cli
from avsctl.commands.options import Common, with_common
from avsctl.commands.prompts import Declined
from avsctl.core.findings import build_finding
from avsctl.errors import ChainError, GenerationError
from avsctl.output.result import Result
from avsctl.output.screen import Column, Kind, Row, Table

SECRET = "0x" + "5ec4e7" * 10 + "beef"
COMMANDS = cli.COMMANDS
TABLE = Table((Column("operator_id", Kind.NUMBER),), (Row((3,)),))


@with_common(checks=True, is_tabular=True)
def diff(
    common: Common,
    *,
    fault: Annotated[str, typer.Option("--fault")] = "",
    everything: Annotated[bool, typer.Option("--all")] = False,
    count: Annotated[int, typer.Option("--count")] = 0,
) -> Result:
    """Compare the layers."""
    faults = {
        "chain": ChainError("L2 does not answer", "try again"),
        "generation": GenerationError("V1 has none"),
        "own": ValueError(f"secret {SECRET}"),
        "interrupt": KeyboardInterrupt(),
        "abort": typer.Abort(),
        "decline": Declined(),
        "exit": typer.Exit(6),
    }
    if fault in faults:
        raise faults[fault]
    data = {"all": everything, "power": 2**60} if fault == "number" else {"all": everything}
    findings = (build_finding("drift", "operators", "5 of 12 operators"),) if fault == "drift" else ()
    return Result("power diff", data, (TABLE,), TABLE, findings=findings, status=5 if fault == "partial" else None)


@with_common()
def up(common: Common) -> None:
    """Run both layers."""


@pytest.fixture(autouse=True)
def _commands(monkeypatch):
    module = types.ModuleType("avsctl_fake_commands")
    module.diff, module.up = diff, up
    monkeypatch.setitem(sys.modules, module.__name__, module)
    commands = (
        cli.Command("doctor", "avsctl_fake_commands:up", "Check.", "avsctl doctor"),
        cli.Command("power diff", "avsctl_fake_commands:diff", "Compare.", "avsctl power diff --all"),
        cli.Command("devnet up", "avsctl_fake_commands:missing", "Run.", "avsctl devnet up"),
    )
    monkeypatch.setattr(cli, "COMMANDS", commands)
    monkeypatch.delenv("AVSCTL_DEBUG", raising=False)


def run(capsys, *arguments):
    status = cli.main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_every_command_has_its_noun_and_its_example():
    for command in COMMANDS:
        noun, _, verb = command.path.partition(" ")
        assert not verb or noun in cli.NOUNS
        assert command.example.startswith(f"avsctl {command.path}")


@pytest.mark.parametrize(
    "command",
    [command for command in COMMANDS if find_spec(command.place.partition(":")[0])],
    ids=lambda command: command.path,
)
def test_every_command_loads_and_shows_its_help(capsys, monkeypatch, command):
    monkeypatch.setattr(cli, "COMMANDS", COMMANDS)
    status, out, err = run(capsys, *command.path.split(), "--help")
    assert (status, err) == (0, "")
    assert f"Usage: avsctl {command.path} [OPTIONS]" in out
    assert f"Example: {command.example}" in out
    assert not [word for word in ("<str>", "<int>", "<list", "Optional") if word in out]


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"avsctl {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--help"], ["Usage: avsctl", "doctor", "Check.", "power", "devnet"]),
        (["power", "--help"], ["Usage: avsctl power", "diff", "Compare."]),
        (
            ["power", "diff", "--help"],
            ["Compare the layers.", "--all", "--l1-rpc URL", "Example: avsctl power diff --all"],
        ),
        (["doctor", "--help"], ["Run both layers.", "Example: avsctl doctor"]),
    ],
)
def test_help(capsys, arguments, shown):
    status, out, err = run(capsys, *arguments)
    assert (status, err) == (0, "")
    assert all(text in out for text in shown)


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ("", 0, "ok"),
        ("drift", 3, "finding"),
        ("partial", 5, "error"),
        ("chain", 5, "error"),
        ("generation", 6, "error"),
        ("own", 1, "error"),
        ("number", 1, "error"),
        ("interrupt", 130, "error"),
        ("abort", 130, "error"),
        ("decline", 130, "error"),
    ],
)
def test_every_end_has_its_status_and_one_envelope(capsys, fault, status, word):
    ended, out, _ = run(capsys, "power", "diff", "--fault", fault, "-o", "json")
    document = json.loads(out)
    assert (ended, document["exit_code"], document["status"]) == (status, status, word)
    assert document["command"] == "power diff"
    assert list(document)[5:] == ["deployment", "blocks", "data", "findings", "errors"]


def test_fail_on(capsys):
    assert run(capsys, "power", "diff", "--fault", "drift", "--fail-on", "critical")[0] == 0
    assert run(capsys, "power", "diff", "--fault", "drift", "--fail-on", "never")[0] == 0


def test_a_status_that_a_command_exits_with_is_kept(capsys):
    assert run(capsys, "power", "diff", "--fault", "exit")[0] == 6


@pytest.mark.parametrize("arguments", [[], ["power"], ["operator"]])
def test_asking_nothing_shows_the_help(capsys, arguments):
    status, out, err = run(capsys, *arguments)
    assert (status, err) == (0, "")
    assert out.startswith(" ".join(["Usage: avsctl", *arguments]))


@pytest.mark.parametrize(
    ("arguments", "command", "message"),
    [
        (["powr"], "avsctl", "No such command 'powr'. Did you mean 'power'?"),
        (["power", "dif"], "power", "No such command 'dif'. Did you mean 'diff'?"),
        (["power", "diff", "--al"], "power diff", "No such option: --al (Possible options: --all"),
        (["power", "diff", "--timeout", "x"], "power diff", "Invalid value for '--timeout': 'x' is not a number"),
        (["power", "diff", "--count", "1.5"], "power diff", "Invalid value for '--count': '1.5' is not a whole number"),
        (["power", "diff", "--count", "9" * 5000], "power diff", "is not a whole number"),
        (["power", "diff", "-1"], "power diff", "ids are from 1; see avsctl power diff --help"),
        (["--all", "power", "diff"], "power diff", "options stand after the command, one of doctor, power"),
        (["power", "dif"], "power", "the commands are diff; see avsctl power --help"),
        (["power", "diff", "--env-file", ""], "power diff", "--env-file is empty"),
        (["power", "diff", "--fail-on", "x"], "power diff", "Invalid value for '--fail-on': 'x' is not one of"),
        (["power", "diff", "--l1-block", "\x1b[31m"], "power diff", "--l1-block"),
        (["power", "diff", "more"], "power diff", "unexpected extra argument"),
        (["--no-such"], "avsctl", "No such option: --no-such"),
    ],
)
def test_mistakes_are_status_2_in_both_forms(capsys, arguments, command, message):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert "\x1b" not in err
    status, out, _ = run(capsys, *arguments, "-o", "json")
    document = json.loads(out)
    assert (status, document["exit_code"], document["command"]) == (2, 2, command)
    assert document["data"] == {}
    assert document["blocks"] == {"l1": None, "l2": None}


@pytest.mark.parametrize("spelling", [["-o", "json"], ["-ojson"], ["--output", "json"], ["--output=json"]])
def test_every_spelling_of_the_output_is_known_to_an_early_failure(capsys, spelling):
    _, out, _ = run(capsys, "power", "diff", *spelling, "--no-such")
    assert json.loads(out)["errors"][0]["code"] == "usage"


def test_a_mistyped_endpoint_is_not_repeated(capsys):
    _, _, err = run(capsys, "power", "diff", "https://user:pass@rpc.example/v3/KEY", SECRET)
    assert not [word for word in ("KEY", "user", SECRET) if word in err]


@pytest.mark.parametrize("url", ["http://us:s3cretpw@127.0.0.1:1/v2/KEY", "http:/us:s3cretpw@h/v2/KEY"])
@pytest.mark.parametrize(
    "options",
    [("--env-file", "{}"), ("-o", "json={}"), ("-ocsv=./{}",), ("-o", "{}"), ("-o", "json={}", "--no-such"), ("{}",)],
)
def test_an_endpoint_in_the_place_of_a_file_is_not_repeated(capsys, url, options):
    status, out, err = run(capsys, "power", "diff", *(option.format(url) for option in options))
    assert status == 2
    assert err
    assert not [word for word in ("KEY", "s3cret", "us:") if word in out + err]


def test_findings_are_told_on_stderr_when_the_answer_is_csv_alone(capsys, tmp_path):
    drift = ("power", "diff", "--fault", "drift")
    told = "warning drift: 5 of 12 operators\n"
    status, out, err = run(capsys, *drift, "-o", "csv")
    assert (status, out, err) == (3, "operator_id\n3\n", told)
    assert run(capsys, *drift, "-o", "markdown", "-o", f"csv={tmp_path}/a.csv")[2] == told
    assert run(capsys, *drift, "-o", "csv", "-o", f"json={tmp_path}/a.json")[2] == ""
    assert run(capsys, *drift, "-o", f"csv={tmp_path}/a.csv")[2] == ""
    assert run(capsys, *drift, "-o", "csv", "--quiet")[2] == ""
    line = json.loads(run(capsys, *drift, "-o", "csv", "--log-format", "json")[2])
    assert (line["event"], line["severity"], line["code"]) == ("finding", "warning", "drift")


def test_an_interruption_while_the_program_is_imported_is_quiet(tmp_path):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "avsctl", "--help"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "error: interrupted\n")


def test_an_error_of_avsctl_names_type_and_place_but_no_text(capsys):
    status, out, err = run(capsys, "power", "diff", "--fault", "number", "-o", "json")
    assert status == 1
    assert "ValueError in avsctl.output.encode, line" in err
    assert json.loads(out)["errors"][0]["code"] == "internal"
    assert "Traceback" not in err


def test_debugging_adds_the_traceback_without_secrets(capsys, monkeypatch):
    monkeypatch.setenv("AVSCTL_DEBUG", "1")
    status, _, err = run(capsys, "power", "diff", "--fault", "own")
    assert status == 1
    assert "Traceback" in err
    assert "ValueError: secret ***" in err
    assert SECRET not in err


def test_a_command_that_cannot_be_loaded_is_an_error_of_avsctl(capsys):
    status, _, err = run(capsys, "devnet", "up")
    assert (status, "AttributeError" in err) == (1, True)


def test_interruption_is_told(capsys):
    assert run(capsys, "power", "diff", "--fault", "interrupt") == (130, "", "error: interrupted\n")


def test_a_no_is_told_as_one(capsys):
    told = "declined; nothing was sent"
    assert run(capsys, "power", "diff", "--fault", "decline") == (130, "", f"error: {told}\n")
    _, out, _ = run(capsys, "power", "diff", "--fault", "decline", "-o", "json")
    assert json.loads(out)["errors"] == [{"code": "declined", "message": told, "hint": ""}]


def test_json_lines_on_stderr_even_for_mistakes(capsys):
    _, _, err = run(capsys, "power", "diff", "--no-such", "--log-format", "json")
    assert json.loads(err)["event"] == "error"


def test_answers_go_to_files_and_the_table_to_stdout(capsys, tmp_path):
    path, sheet = tmp_path / "health.json", tmp_path / "a.csv"
    status, out, _ = run(capsys, "power", "diff", "--fault", "drift", "-o", f"json={path}", "-o", f"csv={sheet}")
    assert status == 3
    assert out.startswith("operator_id\n          3\n\nwarning  drift  5 of 12 operators\n")
    assert json.loads(path.read_text())["exit_code"] == 3
    assert sheet.read_text() == "operator_id\n3\n"


def test_an_early_failure_reaches_the_file_too(capsys, tmp_path):
    path = tmp_path / "health.json"
    assert run(capsys, "power", "diff", "--no-such", "-o", f"json={path}")[0] == 2
    assert json.loads(path.read_text())["exit_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("power", "diff", "--fault", "chain"), 5), (("power", "diff", "--no-such"), 2), (("nonsense",), 2)],
)
@pytest.mark.parametrize("form", ["csv", "markdown", "table"])
def test_a_failure_leaves_an_earlier_table_alone_and_makes_no_empty_one(capsys, tmp_path, form, arguments, status):
    earlier, new = tmp_path / "earlier", tmp_path / "new"
    earlier.write_text("before")
    for path in (earlier, new):
        assert run(capsys, *arguments, "-o", f"{form}={path}")[0] == status
    assert (earlier.read_text(), new.exists()) == ("before", False)


def test_a_file_that_fails_is_told_in_the_others_but_not_twice_in_a_pipe(capsys, tmp_path):
    files, pipe = [tmp_path / name for name in ("first", "last")], tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    options = [f"json={path}" for path in (files[0], pipe, "/dev/full", files[1])]
    status, _, err = run(capsys, "power", "diff", *(word for each in options for word in ("-o", each)))
    message = "cannot write /dev/full: No space left on device"
    assert (status, err.count(message)) == (2, 1)
    for document in (json.loads(path.read_text()) for path in files):
        assert (document["exit_code"], [each["message"] for each in document["errors"]]) == (2, [message])
    assert json.loads(os.read(reader, 10_000))["exit_code"] == 0
    os.close(reader)


def test_a_file_that_cannot_be_written_is_told_once(capsys, tmp_path):
    status, out, err = run(capsys, "power", "diff", "-o", f"json={tmp_path}/no/x", "-o", "json")
    assert status == 2
    assert err.count("cannot write") == 1
    assert len(json.loads(out)["errors"]) == 1


def test_a_command_that_shows_itself_has_no_answer(capsys):
    assert run(capsys, "doctor") == (0, "", "")
    assert run(capsys, "doctor", "-o", "csv")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--help"], 0), (["--version"], 0), (["power"], 0), (["nonsense", "-o", "json"], 2)]
)
def test_a_reader_that_goes_away_is_no_error(arguments, status):
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "avsctl", *arguments], stdout=write, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(write)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize(("redirection", "status"), [(">/dev/full", 2), (">&-", 2), (">&- 2>&-", 2), ("2>&-", 2)])
def test_streams_that_take_nothing_end_without_a_traceback(redirection, status):
    command = f"exec {sys.executable} -m avsctl nonsense -o json {redirection}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert ("cannot write to stdout: No space left on device" in done.stderr) == ("full" in redirection)


@pytest.mark.parametrize("arguments", ["--help", "--version", "power", "power diff --help"])
def test_help_that_cannot_be_written_is_no_fault_of_avsctl(arguments):
    command = f"exec {sys.executable} -m avsctl {arguments} >/dev/full"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: cannot write to stdout: No space left on device\n")


def test_memory_that_may_hold_a_key_is_never_dumped():
    """Nor that of what it starts: the limit is inherited."""
    code = """
import resource, sys
from avsctl.__main__ import main
most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
sys.argv = ["avsctl", "--version"]
main()
print(most, resource.getrlimit(resource.RLIMIT_CORE)[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    most, allowed = map(int, done.stdout.splitlines()[-1].split())
    assert allowed == 0
    if most == 0:
        pytest.skip("no process may dump its memory here anyway")
