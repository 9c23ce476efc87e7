"""Annotations and step summaries on whole strings, and that no text from outside becomes a command of GitHub's."""

import io
import json
import re
import sys
from contextlib import redirect_stderr

import pytest
from full_disk import largest_file
from github_runner import commands_in
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import build_finding
from avsctl.core.units import Address
from avsctl.errors import Problem
from avsctl.output.ci import Ci, choose_ci
from avsctl.output.delivery import deliver
from avsctl.output.destinations import STDOUT_TABLE, Destination, Format
from avsctl.output.github import SUMMARY_BYTES_MAX, annotate, fit, summarize, tell_github
from avsctl.output.log import LogFormat, configure_logging, log_finding, log_problem
from avsctl.output.render import Terminal, render
from avsctl.output.result import FailOn, Result
from avsctl.output.screen import Column, Kind, Line, Row, Span, Table

HOSTILE = (
    "::error::x",
    "  ::stop-commands::x",
    "%0A::set-output name=a::b",
    "\n::error::x\r\n::add-mask::a",
    "a\r::error::x",
    "##[stop-commands]x",
    "a ##[add-mask]b",
    "\x1b[31m::error::x",
    "\u2028::error::x\u202e",
    "\u00a0::error::x",
    "\u200b::error::x#\u200b#[error]",
    "\ud800::error::x",
    "::error::" + "x" * 1_000_000,
)
TEXTS = st.lists(
    st.sampled_from(
        ["::", "error", "##[", "add-mask", "]", " ", "\n", "\r", "#", ":", "%0A", "\x1b", "|", "`", "@", "x"]
    )
).map("".join)
A, B, C, D = (Address(f"0x{digit * 40}") for digit in "1234")
RESULT = Result(
    "doctor",
    {},
    (Line("checked"),),
    deployment=Deployment(Generation.V2, 1, 8453, A, B, C, D),
    l1_block=BlockRef(1, 23812940, "0x" + "8d" * 32, 1795096943),
    l2_block=BlockRef(8453, 38236420, "0x" + "5c" * 32, 1795096947),
    findings=(
        build_finding("drift", "operators", "5 of 12 operators drift, 36.9 % of L2 power"),
        build_finding(
            "sync_needs_departed", "10001", "10001 cannot pass without operator 12", ["avsctl task update 10001"]
        ),
        build_finding("limited_endpoint", "https://a.example/***", "lacks batches"),
    ),
    errors=(Problem("unreadable_on_l1", "operator 1: Panic(0x12): 100 %\nboom", "look there"),),
    status=5,
)


def test_the_reading_of_commands_finds_them():
    assert commands_in("a\n  ::error title=x::y\n::nothing::z\nx ##[add-mask]y\n::group::") == [
        "error",
        "add-mask",
        "group",
    ]


def test_an_annotation_for_each_error_and_finding_worst_first():
    assert list(annotate(RESULT)) == [
        r"::error title=avsctl unreadable_on_l1::operator 1: Panic(0x12): 100 %25\nboom",
        "::error title=avsctl sync_needs_departed::10001 cannot pass without operator 12",
        "::warning title=avsctl drift::5 of 12 operators drift, 36.9 %25 of L2 power",
        "::notice title=avsctl limited_endpoint::https://a.example/***: lacks batches",
    ]


def test_what_a_property_cannot_hold_is_escaped():
    (line,) = annotate(Result("x", {}, errors=(Problem("a:b,c%\nd", "text"),)))
    assert line == r"::error title=avsctl a%3Ab%2Cc%25\nd::text"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_one_bounded_annotation(text):
    result = Result("x", {}, errors=(Problem("chain", text),), findings=(build_finding("dead", "task 3", text),))
    lines = list(annotate(result))
    assert commands_in("\n".join(lines)) == ["error", "error"]
    assert all(line.isprintable() and len(line) < 5000 and "%0A" not in line.replace("%250A", "") for line in lines)
    assert all(line.split("::", 2)[1] in ("error title=avsctl chain", "error title=avsctl dead") for line in lines)


# What everything else prints


def printed(text, form=None):
    """Give what each format makes of a text wherever it may stand."""
    finding = build_finding("dead", text, text, [text])
    table = Table((Column("name"), Column("id", Kind.NUMBER)), (Row((text, 1)), Row(("", text)), Row((None, text))))
    screen = (Line(text), Line((Span(text), Span(text)), indent=4), table)
    result = Result(
        "x", {"name": text, "names": [text]}, screen, table, findings=(finding,), errors=(Problem("x", text),)
    )
    return render(result, form, Terminal(), 3)


def logged(text, form):
    stream = io.StringIO()
    configure_logging(stream, form, is_verbose=True)
    log_problem(Problem("chain", text, text))
    log_finding(build_finding("dead", "task 3", text), text)
    return stream.getvalue()


@pytest.mark.parametrize("form", Format)
@given(TEXTS)
def test_no_format_prints_a_command(form, text):
    assert commands_in(printed(text, form)) == []


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nor_of_the_worst_texts(form, text):
    assert commands_in(printed(text, form)) == []


@pytest.mark.parametrize("form", LogFormat)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nor_does_stderr(form, text):
    assert commands_in(logged(text, form)) == []


@given(TEXTS)
def test_json_gives_the_text_back(text):
    assert json.loads(printed(text, Format.JSON))["data"] == {"name": text, "names": [text]}


# The summary


def test_the_summary_tells_what_was_read_and_found():
    assert summarize(RESULT, 5, FailOn.WARNING) == (
        "\n### avsctl doctor: status 5\n"
        "\n1 critical, 1 warning, 1 info (`--fail-on warning`)\n"
        "\n| layer | chain | block | hash | time | contract |\n"
        "|---|---|---|---|---|---|\n"
        f"| L1 | Ethereum (1) | 23812940 | 0x{'8d' * 32} | 2026-11-19 14:02:23Z | AvsGovernance {A} |\n"
        f"| L2 | Base (8453) | 38236420 | 0x{'5c' * 32} | 2026-11-19 14:02:27Z | AttestationCenter {B} (V2) |\n"
        "\n| severity | code | what was found | what mends it |\n"
        "|---|---|---|---|\n"
        "| error | unreadable\\_on\\_l1 | operator 1: Panic(0x12): 100 %\\\\nboom | look there |\n"
        "| critical | sync\\_needs\\_departed | 10001 cannot pass without operator 12 | avsctl task update 10001 |\n"
        "| warning | drift | 5 of 12 operators drift, 36.9 % of L2 power |"
        " A sync mends increases and decreases; the other rows need the messages between the layers, or an ejection."
        " |\n"
        "| info | limited\\_endpoint | https\\://a.example/\\*\\*\\*: lacks batches |"
        " Use an endpoint with state overrides and batches. |\n"
    )


def test_an_answer_that_is_a_table_is_in_the_summary():
    table = Table((Column("operator_id", Kind.NUMBER), Column("name")), (Row((3, "a  b")), Row((None, "c|d"))))
    assert summarize(Result("operator list", {}, table=table), 0, FailOn.NEVER) == (
        "\n### avsctl operator list: status 0\n"
        "\nnothing found\n"
        "\n| operator\\_id | name |\n|---|---|\n| 3 | a b |\n| | c\\|d |\n"
    )


def test_markup_of_strangers_does_nothing_in_a_summary():
    text = (
        "<img src=x> [a](b) `c` **d** __e__ ~~f~~ # g | h \\ &lt; $x$ https://evil.example www.evil.example a@b.example"
    )
    summary = summarize(Result("x", {}, errors=(Problem("chain", text),)), 5, FailOn.NEVER)
    assert (
        r"&lt;img src=x&gt; \[a\](b) \`c\` \*\*d\*\* \_\_e\_\_ \~\~f\~\~ \# g \| h \\ &amp;lt; \$x\$"
        r" https\://evil.example www\.evil.example a`@`b.example"
    ) in summary


@given(TEXTS)
def test_no_text_breaks_out_of_its_row(text):
    problem = Problem("chain", text, text)
    *_, row = summarize(Result("x", {}, errors=(problem,)), 5, FailOn.NEVER).splitlines()
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 5
    assert "<" not in row


@pytest.mark.parametrize("room", [0, 10, 60, 200, 1000, 10_000])
def test_a_summary_is_cut_behind_a_line_and_says_so(room):
    text = "".join(f"{number:04d} größe\n" for number in range(1000))
    kept = fit(text, room).decode()
    assert len(kept.encode()) <= room
    *lines, note = kept.splitlines() or [""]
    assert [line for line in lines if line] == text.splitlines()[: len([line for line in lines if line])]
    assert not kept or note == "_The rest is cut: the summary of a step holds 1 MiB._"
    assert fit(text, len(text.encode())) == text.encode()


@pytest.fixture
def told(tmp_path, capsys):
    """Tell an answer beside a summary that holds ``before`` bytes; gives status, summary, stdout and stderr."""

    def tell(before=0, name=None, result=RESULT, ci=Ci.GITHUB, destinations=(STDOUT_TABLE,)):
        path = tmp_path / "summary.md" if name is None else name
        if name is None:
            path.write_bytes(b"x" * before)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GITHUB_STEP_SUMMARY", str(path))
            configure_logging(sys.stderr, LogFormat.TEXT)
            status = deliver(result, destinations, FailOn.WARNING, ci)
        captured = capsys.readouterr()
        summary = path.read_bytes()[before:].decode() if name is None else ""
        return status, summary, captured.out, captured.err

    return tell


def test_the_summary_is_appended(told):
    status, summary, _, err = told(before=17)
    assert (status, summary) == (5, summarize(RESULT, 5, FailOn.WARNING))
    assert err.splitlines()[-4:] == list(annotate(RESULT))


def test_a_disk_that_fills_leaves_what_other_steps_wrote(tmp_path, caplog):
    path = tmp_path / "summary"
    path.write_text("before\n")
    with redirect_stderr(io.StringIO()), largest_file(100):
        tell_github(RESULT, 5, FailOn.WARNING, {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text() == "before\n"
    assert "no step summary: the disk is full" in caplog.text


def test_what_is_there_already_counts(told):
    whole = len(summarize(RESULT, 5, FailOn.WARNING))
    assert told(SUMMARY_BYTES_MAX - whole)[1] == summarize(RESULT, 5, FailOn.WARNING)
    _, summary, _, _ = told(SUMMARY_BYTES_MAX - whole + 1)
    assert summary.endswith("_The rest is cut: the summary of a step holds 1 MiB._\n")
    assert len(summary) <= whole - 1
    status, summary, _, err = told(SUMMARY_BYTES_MAX)
    assert (status, summary) == (5, "")
    assert "warning: no step summary: the summary of this step is full" in err


def test_a_large_table_is_cut_to_what_a_step_holds(told):
    rows = tuple(Row((number, "x" * 200)) for number in range(10_000))
    large = Result("power diff", {}, table=Table((Column("id", Kind.NUMBER), Column("name")), rows))
    _, summary, _, _ = told(result=large)
    assert SUMMARY_BYTES_MAX - 400 < len(summary) <= SUMMARY_BYTES_MAX
    assert summary.splitlines()[-3].endswith("x |")


@pytest.mark.parametrize("name", ["no-such-folder/summary.md", "/dev/null", "/", ""])
def test_a_summary_that_cannot_be_written_is_a_warning_and_no_more(told, name):
    status, _, out, err = told(name=name)
    assert (status, out) == (5, told(ci=Ci.NONE)[2])
    assert "warning: no step summary: " in err
    assert [line for line in err.splitlines() if line.startswith("::")] == list(annotate(RESULT))


def test_no_file_has_such_a_name(capsys):
    configure_logging(sys.stderr, LogFormat.TEXT)
    tell_github(RESULT, 5, FailOn.WARNING, {"GITHUB_STEP_SUMMARY": "a\0b"})
    assert "cannot be written: no file has such a name" in capsys.readouterr().err


@pytest.mark.parametrize("form", [Format.TABLE, Format.JSON])
def test_stdout_and_status_are_the_same_with_and_without(told, form):
    with_ci, without = (told(ci=ci, destinations=(Destination(form),)) for ci in (Ci.GITHUB, Ci.NONE))
    assert (with_ci[0], with_ci[2]) == (without[0], without[2])
    assert without[1] == ""
    assert commands_in(without[3]) == []


@pytest.mark.parametrize(
    ("asked", "environ", "chosen"),
    [
        (None, {}, Ci.NONE),
        (None, {"GITHUB_ACTIONS": "true"}, Ci.GITHUB),
        (None, {"GITHUB_ACTIONS": "false"}, Ci.NONE),
        (None, {"CI": "true"}, Ci.NONE),
        (Ci.GITHUB, {}, Ci.GITHUB),
        (Ci.NONE, {"GITHUB_ACTIONS": "true"}, Ci.NONE),
    ],
)
def test_what_is_asked_for_decides_and_else_the_environment(asked, environ, chosen):
    assert choose_ci(asked, environ) is chosen
