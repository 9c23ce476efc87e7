"""A result in every format, and what is found out about a terminal."""

import io
import os

import pytest

from avsctl.core.findings import build_finding
from avsctl.errors import UsageError
from avsctl.output.destinations import Format
from avsctl.output.render import Terminal, detect_terminal, render
from avsctl.output.result import Result
from avsctl.output.screen import Column, Line, Row, Table

TABLE = Table((Column("id"),), (Row((3,)),))
RESULT = Result(
    "power diff",
    {},
    (Line("V2 on Base"),),
    TABLE,
    findings=(
        build_finding("limited_endpoint", "l2", "no batches"),
        build_finding("sync_overdue", "10001", "no sync for 9 h\x1b[31m", ["avsctl internal status", "look at 10001"]),
        build_finding("drift", "operators", "5 of 12 operators", ["avsctl operator show 3"]),
    ),
)
SCREEN = (
    "V2 on Base\n"
    "\n"
    "critical sync_overdue      10001: no sync for 9 h\\x1b[31m\n"
    "           avsctl internal status\n"
    "           look at 10001\n"
    "warning  drift             5 of 12 operators\n"
    "           avsctl operator show 3\n"
    "info     limited_endpoint  l2: no batches\n"
    "           Use an endpoint with state overrides and batches.\n"
)


class Stream(io.StringIO):
    def __init__(self, *, is_tty, encoding="utf-8"):
        super().__init__()
        self.is_tty, self._encoding = is_tty, encoding

    @property
    def encoding(self):
        return self._encoding

    def isatty(self):
        return self.is_tty


@pytest.mark.parametrize("terminal", [Terminal(), Terminal(100, is_tty=True)])
def test_findings_come_last_and_worst_first(terminal):
    assert render(RESULT, Format.TABLE, terminal, 3) == SCREEN


def test_findings_alone_need_no_blank_before_them():
    alone = Result("doctor", {}, findings=RESULT.findings[2:])
    assert (
        render(alone, Format.TABLE, Terminal(), 3)
        == "\n".join(SCREEN.splitlines()[5:7]).replace("drift           ", "drift") + "\n"
    )


def test_csv_and_markdown_export_the_one_table():
    assert render(RESULT, Format.CSV, Terminal(), 0) == "id\n3\n"
    assert render(RESULT, Format.MARKDOWN, Terminal(), 0).splitlines()[2] == "| 3    |"


@pytest.mark.parametrize("form", [Format.CSV, Format.MARKDOWN])
def test_what_is_not_one_table_has_no_table_form(form):
    with pytest.raises(UsageError, match=f"doctor is not one table, so it has no {form} form"):
        render(Result("doctor", {}), form, Terminal(), 0)


def test_json_is_ascii_where_utf8_is_not_written():
    result = Result("doctor", {"name": "größe"})
    assert "größe" in render(result, Format.JSON, Terminal(), 0)
    assert "gr\\u00f6\\u00dfe" in render(result, Format.JSON, Terminal(utf8=False), 0)


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(environ, colour):
    assert detect_terminal(Stream(is_tty=True), environ).colour is colour
    assert detect_terminal(Stream(is_tty=False), environ).colour is False


@pytest.mark.parametrize(
    ("columns", "width"), [("132", 132), ("", 100), ("0", 100), ("-5", 100), ("many", 100), ("٣", 100)]
)
def test_width(columns, width):
    assert detect_terminal(Stream(is_tty=True), {"COLUMNS": columns}).width == width


def test_width_of_the_terminal_itself():
    master, slave = os.openpty()
    with os.fdopen(slave, "w") as stream, os.fdopen(master, "rb"):
        assert detect_terminal(stream, {}).is_tty
        assert detect_terminal(stream, {}).width > 0


@pytest.mark.parametrize(
    ("encoding", "environ", "utf8"),
    [
        ("utf-8", {"LANG": "de_DE.UTF-8"}, True),
        ("UTF8", {}, True),
        ("utf-8", {"LANG": "C"}, False),
        ("utf-8", {"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, False),
        ("latin-1", {"LANG": "de_DE.UTF-8"}, False),
        (None, {}, False),
    ],
)
def test_utf8(encoding, environ, utf8):
    assert detect_terminal(Stream(is_tty=True, encoding=encoding), environ).utf8 is utf8
