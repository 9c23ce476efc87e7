"""Texts from outside in every answer and every format: what is written is harmless, complete, and laid out as ever."""

import csv
import io
import json
import logging
import os
import re
from functools import cache

import pytest
from github_runner import commands_in
from hostile_answers import ANSWERS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from watch_rounds import Course

from avsctl.cli import COMMANDS
from avsctl.errors import Problem
from avsctl.output.destinations import Format
from avsctl.output.encode import encode
from avsctl.output.github import annotate, summarize
from avsctl.output.live import count_columns
from avsctl.output.log import LogFormat, configure_logging, log_finding, log_problem
from avsctl.output.prometheus import Gauge, Sample, write_gauges
from avsctl.output.render import FILE, Terminal, render
from avsctl.output.result import FailOn, Result
from avsctl.output.screen import Kind, Line
from avsctl.output.text import escape
from avsctl.output.watch_line import live_line

PLAIN = "price-feed"
MILLION = 10**6
SOAK = bool(os.environ.get("AVSCTL_SOAK"))
PIECES = (
    *("\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\link", "\x9b31m", "\x9d0;x\x9c", "\x90q\x9c"),
    *("\x00", "\x07", "\x08", "\x7f", "\x85", "\r", "\n", "\r\n", "\t", "\v", "\f", "\x1c", "\u2028", "\u2029"),
    *("\u202e", "\u2066", "\u2069", "\u200e", "\u061c", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u3164", "\U000e0041"),
    *("\ud800", "\udfff", "\udc80", "\uffff", "\U0010ffff", "\ue000"),
    *("[bold red]", "[/]", "[link=file:///etc]", ":smile:", "{0}", "{}", "%s", "%0A", "$(id)", "`id`", "'", '"', "\\"),
    *("|", "=cmd|' /C calc'!A1", "+1", "-1", "@SUM(1)", "\t=1", ";", ",", "<script>", "<!--", "[x](http://e)", "**"),
    *("::error::x", "::add-mask::x", "::stop-commands::x", "##[error]x", "##[add-mask]", "::", "##[", "\n::set-output"),
    *(
        "e\u0301",
        "\u0301" * 40,
        "Z\u0351\u036b\u0343\u036a\u0302" * 8,
        "価格",
        "ﷺ",
        "👩‍👩‍👧‍👦",
        "🇨🇭",
        " ",
        "  ",
        "price-feed",
    ),
)
ALL = "".join(PIECES)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(min_size=1, max_size=4), min_size=1, max_size=6).map("".join)
STYLES = re.compile(r"\x1b\[[0-9;]*m")
PILE = re.compile("[\u0300-\u036f]{5}")


def soak(examples):
    return settings(max_examples=examples * 20 if SOAK else examples)


def is_harmless(text):
    """Whether every character can be seen and none does anything: no control but the newline, no mark, no surrogate."""
    return all(line.isprintable() for line in text.split("\n")) and not PILE.search(text)


def drawn(result, form, terminal=FILE):
    return render(result, form, terminal, 0)


@cache
def usual(name, form, terminal=FILE):
    """What stands there with a plain text."""
    return drawn(ANSWERS[name](PLAIN), form, terminal)


def test_every_command_that_shows_texts_has_an_answer_here():
    shown = {name.partition(",")[0] for name in ANSWERS}
    alike = {"restricted list", "task refresh", "task set-max-attesters"}
    assert {command.path for command in COMMANDS} - shown - alike == {"devnet up", "demo"}


@given(TEXTS)
@example(ALL)
@soak(12)
def test_a_pipe_has_as_many_lines_as_with_a_plain_text_and_none_does_harm(text):
    for name, make in ANSWERS.items():
        written = drawn(make(text), Format.TABLE)
        assert is_harmless(written)
        assert written.count("\n") == usual(name, Format.TABLE).count("\n"), name
        assert not commands_in(written)


@given(TEXTS, st.sampled_from([50, 100, 200]), st.booleans())
@example(ALL, 100, True)
@soak(6)
def test_a_terminal_gets_nothing_but_colours_and_no_line_beyond_its_width(text, width, colour):
    terminal = Terminal(width, is_tty=True, colour=colour)
    for name, make in ANSWERS.items():
        result = make(text)
        written = drawn(result, Format.TABLE, terminal)
        assert colour or "\x1b" not in written
        assert is_harmless(STYLES.sub("", written))
        wide = {line for line in written.split("\n") if cell_len(STYLES.sub("", line)) > width and "0x" not in line}
        to_copy = sum(isinstance(block, Line) and block.is_verbatim for block in result.screen)
        to_copy += sum(len(finding.remedy) for finding in result.findings)
        assert len(wide - set(usual(name, Format.TABLE, terminal).split("\n"))) <= to_copy, name


@given(TEXTS)
@example(ALL)
@soak(12)
def test_json_is_harmless_as_it_stands_and_gives_the_true_text_to_whoever_reads_it(text):
    true = re.sub("[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):04x}", text)
    for name, make in ANSWERS.items():
        result = make(text)
        for terminal in (FILE, Terminal(utf8=False)):
            written = drawn(result, Format.JSON, terminal)
            assert is_harmless(written)
            assert not commands_in(written)
        found, expected = leaves(json.loads(written)), leaves(json.loads(usual(name, Format.JSON)))
        assert found.keys() == expected.keys()
        given_back = [found[at] for at, value in expected.items() if value == PLAIN]
        assert given_back == [true] * len(given_back), name


def leaves(document, path=()):
    """Give each value of a document by where it stands."""
    if not isinstance(document, dict | list):
        return {path: document}
    items = document.items() if isinstance(document, dict) else enumerate(document)
    return {key: value for name, item in items for key, value in leaves(item, (*path, name)).items()}


@given(TEXTS)
@example(ALL)
@soak(25)
def test_csv_keeps_its_rows_and_columns_and_holds_no_formula(text):
    for name, make in ANSWERS.items():
        table = make(text).table
        if table is None:
            continue
        written = drawn(make(text), Format.CSV)
        assert is_harmless(written)
        assert not commands_in(written)
        rows, expected = (list(csv.reader(io.StringIO(each))) for each in (written, usual(name, Format.CSV)))
        assert [len(row) for row in rows] == [len(row) for row in expected]
        for row in rows[1:]:
            for column, cell in zip(table.columns, row, strict=True):
                is_number = column.kind is Kind.NUMBER and re.fullmatch(r"[+-]?[0-9.]+", cell)
                assert is_number or not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


@given(TEXTS)
@example(ALL)
@soak(25)
def test_markdown_keeps_its_rows_and_columns_and_holds_no_markup(text):
    for name, make in ANSWERS.items():
        if make(text).table is None:
            continue
        written = drawn(make(text), Format.MARKDOWN)
        assert is_harmless(written)
        assert not commands_in(written)
        assert count_bars(written) == count_bars(usual(name, Format.MARKDOWN))
        assert not re.search(r"<(?!/)[a-z!]|(?<!\\)(?:\\\\)*[\[*]", written)


def count_bars(markdown):
    """Give for each line how many cells it begins, an escaped bar being none."""
    return [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in markdown.split("\n")]


@given(TEXTS)
@example(ALL)
@soak(12)
def test_github_is_given_annotations_and_tables_of_the_usual_form_and_no_command_more(text):
    for make in ANSWERS.values():
        result, expected = make(text), make(PLAIN)
        lines = list(annotate(result))
        assert [*map(head_of, lines)] == [*map(head_of, annotate(expected))]
        assert all(is_harmless(line) and "\n" not in line for line in lines)
        assert len(commands_in("\n".join(lines))) == len(lines)
        summary = summarize(result, 3, FailOn.WARNING)
        assert is_harmless(summary)
        assert not commands_in(summary)
        assert count_bars(summary) == count_bars(summarize(expected, 3, FailOn.WARNING))


def head_of(annotation):
    """What stands before the text of an annotation."""
    return annotation[: annotation.index("::", 2)]


@given(TEXTS)
@example(ALL)
@soak(60)
def test_what_is_logged_is_one_harmless_line_each_and_json_holds_the_true_text(text):
    for form in LogFormat:
        stream = io.StringIO()
        configure_logging(stream, form, is_verbose=True)
        log_problem(Problem("endpoint", text, "wait"))
        log_finding(ANSWERS["doctor"](text).findings[0], text)
        for name in ("avsctl.chain", "avsctl.tx"):
            logging.getLogger(name).debug("%s", text, extra={"event": text, "fields": {"url": text, text: [text]}})
        written = stream.getvalue()
        assert is_harmless(written)
        assert not commands_in(written)
        assert written.count("\n") == (5 if form is LogFormat.TEXT else 4)
    documents = [json.loads(line) for line in written.splitlines()]
    assert {encode(each["message"]) for each in documents} == {encode(text)}


@given(TEXTS)
@example(ALL)
@soak(60)
def test_a_label_of_prometheus_stays_in_its_quotes(text):
    written = write_gauges([Gauge("a", "b", (Sample(1, {"c": text}),))], {"d": text})
    assert is_harmless(written)
    assert re.fullmatch(r'# HELP a b\n# TYPE a gauge\na\{d="((?:[^"\\]|\\["\\n])*)",c="\1"\} 1\n', written)


@given(TEXTS, st.integers(30, 200))
@example(ALL, 80)
@example("価格" * 200, 80)
@soak(60)
def test_the_line_of_a_watch_stays_in_one_line_of_the_terminal(text, width):
    terminal = Terminal(width, is_tty=True)
    line = live_line(Course().fail(text), terminal)
    written = render(Result("", {}, screen=(line,)), Format.TABLE, terminal, 0)
    assert written.count("\n") == 1
    assert is_harmless(written)
    assert cell_len(written.rstrip("\n")) <= count_columns(line) < width


@pytest.mark.parametrize("piece", ["x", "w ", "\x1b]0;x\x07", "|=@`", "e\u0301", "価", "\n::error::"])
def test_a_million_characters_are_cut_at_a_terminal(piece):
    text = piece * (MILLION // len(piece))
    most = 500_000 * len(escape(piece)) // len(piece)
    for name, make in ANSWERS.items():
        result = make(text)
        assert len(drawn(result, Format.TABLE, Terminal(100, is_tty=True))) < most, name
        assert sum(map(len, annotate(result))) < most


def test_marks_pile_up_on_no_character():
    assert escape("e\u0301\u0300\u0302\u0303x") == "e\u0301\u0300\u0302\u0303x"
    assert escape("Z" + "\u0351" * 6 + "x") == "Z" + "\u0351" * 4 + r"\u0351\u0351x"
    assert escape("「」『』、。" * 3) == "「」『』、。" * 3
    flood = "e" + "\u0301" * 1000
    assert json.loads(encode(flood)) == flood
    assert is_harmless(encode(flood))
