"""Bars: as long as their value, never longer than their width, and visible when the value is not 0; and ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.output.bars import draw_bar, draw_picture
from avsctl.output.screen import Bar, Column, Line, Row, Span, Table, Tick, Ticks
from avsctl.output.tables import draw_plain, draw_terminal, write_csv


@pytest.mark.parametrize(
    ("bar", "drawn", "ascii_drawn"),
    [
        (Bar(0, 10, 10), "", ""),
        (Bar(10, 10, 10), "█" * 10, "#" * 10),
        (Bar(25, 10, 10), "█" * 10, "#" * 10),
        (Bar(45, 100, 10), "████▌", "####"),
        (Bar(1, 10**30, 10), "▏", "#"),
        (Bar(-5, 10, 10), "", ""),
        (Bar(5, 10, 8, is_centred=True), "    │██", "    |##"),
        (Bar(-5, 10, 8, is_centred=True), "  ██│", "  ##|"),
        (Bar(0, 10, 8, is_centred=True), "    │", "    |"),
    ],
)
def test_draw(bar, drawn, ascii_drawn):
    assert draw_bar(bar, utf8=True) == drawn
    assert draw_bar(bar, utf8=False) == ascii_drawn


@given(st.integers(), st.integers(1), st.integers(2, 60), st.booleans(), st.booleans())
def test_never_longer_than_its_width(value, scale, width, is_centred, utf8):
    drawn = draw_bar(Bar(value, scale, width, is_centred=is_centred), utf8=utf8)
    assert len(drawn) <= width + is_centred
    assert bool(drawn.strip("│| ")) == (value != 0 if is_centred else value > 0)


COURSE = Ticks((Tick.UNSEEN, Tick.NONE, Tick.LANDED, Tick.REJECTED, Tick.LANDED))


def test_ticks_are_a_column_each_and_stand_at_a_terminal_only():
    assert draw_picture(COURSE, utf8=True) == " ·▏x▏"
    assert draw_picture(COURSE, utf8=False) == " .|x|"
    line, table = Line((COURSE, Span(" 2 landed"))), Table((Column("runs"),), (Row((COURSE,)),))
    assert draw_terminal([line, table], 80, colour=False, utf8=False) == " .|x| 2 landed\nruns\n .|x|\n"
    assert draw_plain([line]) == " 2 landed\n"
    assert write_csv(table) == 'runs\n""\n'
