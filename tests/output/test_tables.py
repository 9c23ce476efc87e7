"""Blocks as terminals, pipes, csv and markdown show them, on whole strings."""

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from avsctl.output.screen import Bar, Blank, Column, Kind, Line, Row, Span, Style, Table
from avsctl.output.tables import draw_plain, draw_terminal, write_csv, write_markdown

A = "0x7957f0b37DEE066E438a055395386DFDdF09aDCa"
B = "0x1A3CE6727ADdEA0BF253230050d1705Ab2ae6cf4"
TABLE = Table(
    (
        Column("id", Kind.NUMBER),
        Column("address", Kind.ADDRESS),
        Column("delta", Kind.NUMBER),
        Column("L1 says"),
        Column("bar", min_width=120),
    ),
    (
        Row((3, A, "+477", Span("increase", Style.WARNING), "##")),
        Row((4, B, "0", "in sync", ""), is_folded=True),
        Row((None, B, "-1040", None, "#")),
    ),
    folded_note="1 other in sync (--all)",
    indent=2,
)
HOSTILE = "\x1b[31m[bold]x[/bold]\u202e\n|`<b>"


def test_terminal_fits_100_columns_with_whole_addresses():
    assert draw_terminal([Line("V2 on Base", Style.HEAD), Blank(), TABLE], 100, colour=False) == (
        "V2 on Base\n"
        "\n"
        "  id  address                                     delta  L1 says\n"
        f"   3  {A}   +477  increase\n"
        f"   -  {B}  -1040  -\n"
        "    1 other in sync (--all)\n"
    )


def test_narrow_terminal_folds_the_address_onto_its_own_line():
    assert draw_terminal([TABLE], 50, colour=False) == (
        f"  id  delta  L1 says\n   3   +477  increase\n    {A}\n   -  -1040  -\n    {B}\n    1 other in sync (--all)\n"
    )


def test_wide_terminal_shows_the_columns_that_ask_for_it():
    head, *_ = draw_terminal([TABLE], 120, colour=False).splitlines()
    assert head.endswith("L1 says   bar")


def test_pipe_shows_every_row_uncut_and_no_bar():
    wide = Line(tuple(Span(word, Style.CRITICAL) for word in ["x" * 90, "y" * 90]), indent=2)
    assert draw_plain([TABLE, Blank(), wide]) == (
        "  id  address                                     delta  L1 says\n"
        f"   3  {A}   +477  increase\n"
        f"   4  {B}      0  in sync\n"
        f"   -  {B}  -1040  -\n"
        "\n"
        f"  {'x' * 90}{'y' * 90}\n"
    )


def test_colour_is_written_only_where_it_is_wished():
    block = Line((Span("a", Style.CRITICAL), Span("b", Style.OK), Span("c", Style.DIM)))
    assert draw_terminal([block], 80, colour=True) == "\x1b[1;31ma\x1b[0m\x1b[32mb\x1b[0m\x1b[2mc\x1b[0m\n"
    assert draw_terminal([block, TABLE], 80, colour=False).isascii()
    assert "\x1b" not in draw_terminal([block, TABLE], 80, colour=False)


def test_colour_does_not_depend_on_the_environment(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in draw_terminal([TABLE], 100, colour=False)


def test_hanging_line_is_wrapped_beneath_its_text():
    line = Line((Span("critical", Style.CRITICAL), Span(" sync  "), Span("one two three four five six seven")), hang=15)
    assert draw_terminal([line], 38, colour=False) == (
        "critical sync  one two three four five\n               six seven\n"
    )


def test_verbatim_line_is_never_wrapped():
    command = "avsctl task update 10001 --restricted " + ",".join("12345" for _ in range(40))
    assert draw_terminal([Line(command, indent=3, is_verbatim=True)], 60, colour=False) == f"   {command}\n"


@pytest.mark.parametrize("draw", [draw_plain, lambda blocks: draw_terminal(blocks, 100, colour=True)])
def test_hostile_text_is_escaped_and_is_no_markup(draw):
    table = Table((Column(HOSTILE),), (Row((HOSTILE,)), Row((Span(HOSTILE),))))
    text = re.sub(r"\x1b\[[0-9;]*m", "", draw([table, Line(HOSTILE), Line(HOSTILE, is_verbatim=True)]))
    assert text.count(r"\x1b[31m[bold]x[/bold]\u202e\n|`<b>") == 5
    assert len(text.splitlines()) == 5


@given(st.lists(st.tuples(st.text(), st.integers(0, 10**30)), max_size=5), st.integers(50, 130))
@settings(deadline=None, max_examples=50)
def test_no_line_is_wider_than_the_terminal_and_no_address_is_cut(rows, width):
    table = Table(
        (Column("address", Kind.ADDRESS), Column("name"), Column("power", Kind.NUMBER)),
        tuple(Row((A, name, power)) for name, power in rows),
    )
    text = draw_terminal([table, Line("word " * 60)], width, colour=False)
    assert text.count(A) == len(rows)
    assert all(cell_len(line) <= width for line in text.splitlines())


def test_csv_keeps_numbers_and_defuses_formulas():
    table = Table(
        (Column("delta", Kind.NUMBER), Column("name")),
        (Row(("-450", "=1+1")), Row(("-1e9", "-450")), Row((None, "@x\ty")), Row((7, 'a,"b"')), Row((None, True))),
    )
    assert write_csv(table) == ('delta,name\n-450,\'=1+1\n\'-1e9,\'-450\n,\'@x\\ty\n7,"a,""b"""\n,true\n')


def test_csv_has_every_row_under_the_column_names():
    rows = list(csv.reader(io.StringIO(write_csv(TABLE))))
    assert rows[0] == ["id", "address", "delta", "L1 says", "bar"]
    assert [row[0] for row in rows[1:]] == ["3", "4", ""]
    assert rows[2][3] == "in sync"


def test_markdown_defuses_markup():
    table = Table((Column("id", Kind.NUMBER), Column("name")), (Row((3, "a|b`<img src=x>\n[x](y)")), Row((None, "-"))))
    assert write_markdown(table).splitlines() == [
        "|   id | name                               |",
        "|------|------------------------------------|",
        r"|    3 | a\|b\`&lt;img src=x&gt;\\n\[x\](y) |",
        "|      | -                                  |",
    ]


@pytest.mark.parametrize("rows", [(), (Row((None, None)),)])
def test_empty_tables_are_drawn(rows):
    table = Table((Column("id", Kind.NUMBER), Column("address", Kind.ADDRESS)), rows)
    assert draw_plain([table]).startswith("id  address\n")
    assert draw_terminal([table], 100, colour=False).startswith("id  address\n")
    assert write_csv(table).startswith("id,address\n")
    assert write_markdown(table).count("\n") == 2 + len(rows)


BARS = (
    Line((Span("signed "), Bar(1680, 1920, 8), Span(" 1680"))),
    Table((Column("delta", Kind.NUMBER), Column("bar", min_width=60)), (Row((-3, Bar(-3, 6, 8, is_centred=True))),)),
)


def test_bars_are_drawn_at_a_terminal_only():
    assert draw_terminal(BARS, 60, colour=False) == "signed ███████ 1680\ndelta  bar\n   -3    ██│\n"
    assert draw_terminal(BARS, 60, colour=False, utf8=False) == "signed ####### 1680\ndelta  bar\n   -3    ##|\n"
    assert draw_terminal(BARS, 59, colour=False).endswith("delta\n   -3\n")
    assert draw_plain(BARS) == "signed  1680\ndelta\n   -3\n"
    assert write_csv(BARS[1]) == "delta,bar\n-3,\n"


def test_a_terminal_has_the_brief_form_and_everything_else_the_whole():
    power = Span("0.333333333333333333", brief="~0.3333")
    table = Table((Column("power", Kind.NUMBER),), (Row((power,)),))
    assert draw_terminal([table, Line((power,))], 60, colour=False) == "  power\n~0.3333\n~0.3333\n"
    assert draw_plain([table, Line((power,))]).count(power.text) == 2
    assert write_csv(table) == f"power\n{power.text}\n"
    assert power.text in write_markdown(table)


def test_leading_blanks_of_a_line_stay():
    line = Line((Span("  on L2    active   "), Span("x", Style.OK)))
    assert draw_terminal([line], 60, colour=False) == draw_plain([line]) == "  on L2    active   x\n"


def test_a_bar_that_does_not_fit_goes_before_the_address_does():
    table = Table(
        (Column("address", Kind.ADDRESS), Column("bar", min_width=60), Column("says")),
        (Row((A, Bar(1, 1, 30), "increase")),),
    )
    assert draw_terminal([table], 60, colour=False).splitlines()[1] == f"{A}  increase"


FIGURES = Table(
    (
        Column("id", Kind.NUMBER),
        Column("name"),
        Column("after next 10001", Kind.NUMBER),
        Column("needed (e18)", Kind.NUMBER, expendable=2),
        Column("attainable", Kind.NUMBER, expendable=1),
    ),
    (Row((10001, "Voting Power Sync", "~5190.8109", "~3460.5406", "any but 2, 3")),),
)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            70,
            [
                "   id  name               after next 10001  needed (e18)    attainable",
                "10001  Voting Power Sync        ~5190.8109    ~3460.5406  any but 2, 3",
            ],
        ),
        (
            62,
            [
                "   id  name               after next      needed    attainable",
                "                               10001       (e18)",
                "10001  Voting Power Sync  ~5190.8109  ~3460.5406  any but 2, 3",
            ],
        ),
        (
            55,
            [
                "   id  name         after next      needed   attainable",
                "                         10001       (e18)",
                "10001  Voting       ~5190.8109  ~3460.5406   any but 2,",
                "       Power Sync                                     3",
            ],
        ),
        (
            48,
            [
                "   id  name               after next      needed",
                "                               10001       (e18)",
                "10001  Voting Power Sync  ~5190.8109  ~3460.5406",
            ],
        ),
        (
            31,
            [
                "   id  name          after next",
                "                          10001",
                "10001  Voting Power  ~5190.8109",
                "       Sync",
            ],
        ),
    ],
)
def test_heads_fold_before_cells_and_columns_go_before_a_number_breaks(width, lines):
    assert draw_terminal([FIGURES], width, colour=False).splitlines() == lines


def test_a_pipe_has_the_columns_that_a_terminal_leaves_out():
    assert "attainable" in draw_plain([FIGURES])
    assert "any but 2, 3" in draw_plain([FIGURES])


def test_a_long_word_of_a_text_breaks_before_a_column_goes():
    table = Table(FIGURES.columns, (Row((1, "n" * 200, "~5190.8109", "~3460.5406", "7")),))
    head, *_ = draw_terminal([table], 60, colour=False).splitlines()
    assert head.split() == ["id", "name", "after", "next", "needed", "attainable"]
