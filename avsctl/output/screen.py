"""What a command wants shown, as pure values: lines of styled spans, blanks, and tables. Nothing here draws.

Texts are given as they are; whoever draws them escapes them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Style(StrEnum):
    """Meaning of a piece of text; colours are the renderer's business."""

    PLAIN = "plain"
    HEAD = "head"
    DIM = "dim"
    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Span:
    """A piece of a line, or a cell of a table, in one style."""

    text: str
    style: Style = Style.PLAIN
    brief: str = ""
    """What a terminal shows instead, such as a rounded number; pipes and exports have ``text``."""


@dataclass(frozen=True)
class Bar:
    """A length beside the number that it stands for; only a terminal shows it."""

    value: int
    """Any unit; below 0 in a bar that is centred."""
    scale: int
    """The value of a bar of full length, in the same unit, above 0."""
    width: int = 24
    """Columns of the full length."""
    style: Style = Style.PLAIN
    is_centred: bool = False
    """True for a bar that goes to the left of its middle below 0, and to the right above."""


class Tick(StrEnum):
    """What is known of one stretch of time."""

    LANDED = "landed"
    REJECTED = "rejected"
    """Voted down, and nothing landed."""
    NONE = "none"
    UNSEEN = "unseen"
    """What happened could not be seen."""


@dataclass(frozen=True)
class Ticks:
    """A course of time, a column a stretch of it, oldest first; only a terminal shows it, beside what it stands for."""

    ticks: tuple[Tick, ...]
    style: Style = Style.PLAIN

    @property
    def width(self) -> int:
        """Columns."""
        return len(self.ticks)


Picture: TypeAlias = Bar | Ticks
"""What only a terminal shows."""
Piece: TypeAlias = Span | Picture
"""What a line is made of."""


@dataclass(frozen=True)
class Line:
    """One line, wrapped at a terminal when it is too long, never in a pipe."""

    text: str | tuple[Piece, ...]
    style: Style = Style.PLAIN
    """Style of the whole line, under the styles of its spans."""
    indent: int = 0
    """Columns that the line begins after."""
    hang: int = 0
    """Columns beyond ``indent`` that what is wrapped of it begins after."""
    is_verbatim: bool = False
    """True for what is to be copied, such as a command: it is not wrapped."""

    @property
    def spans(self) -> tuple[Piece, ...]:
        """The pieces of the line, one if it was given as a string."""
        return (Span(self.text, self.style),) if isinstance(self.text, str) else self.text


@dataclass(frozen=True)
class Blank:
    """An empty line."""


@dataclass(frozen=True)
class Findings:
    """Where the findings of the result stand, for a screen that goes on after them; else they come last."""


@dataclass(frozen=True)
class Course:
    """A total over time: each value holds until the next."""

    name: str
    points: tuple[tuple[int, int], ...]
    """Unix times, and powers in raw units."""


@dataclass(frozen=True)
class Chart:
    """Courses on one scale; only a terminal shows it, beside a table of its numbers."""

    title: str
    begin: int
    """Unix time."""
    end: int
    courses: tuple[Course, ...]
    """One, or two that are compared."""
    ticks: tuple[int, ...] = ()
    """When something happened, in Unix times."""


class Kind(StrEnum):
    """What the cells of a column are, which decides how they are aligned, folded and exported."""

    TEXT = "text"
    NUMBER = "number"
    """To the right; stays a number in csv."""
    ADDRESS = "address"
    """Never cut; moves to a line of its own where the terminal is too narrow."""


@dataclass(frozen=True)
class Column:
    """Head of a column and what its cells are."""

    name: str
    kind: Kind = Kind.TEXT
    min_width: int = 0
    """Columns that a terminal must have to show this one; one with a minimum is left out of a pipe."""
    expendable: int = 0
    """From 1, the order in which a terminal leaves columns out where their words would break; 0 for never."""


Cell: TypeAlias = Piece | str | int | None
"""None is an absent value: ``-`` on a screen, empty in csv and markdown. A bool is ``yes`` or ``no`` on a screen."""


@dataclass(frozen=True)
class Row:
    """Cells in the order of the columns."""

    cells: tuple[Cell, ...]
    is_folded: bool = False
    """True for a row that a terminal leaves out, counted in the table's ``folded_note``; a pipe has them all."""


@dataclass(frozen=True)
class Table:
    """Columns and rows, with an optional note in place of the rows that a terminal leaves out."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    folded_note: str = ""
    indent: int = 0


Block = Line | Blank | Findings | Table | Chart
"""What a screen is made of, from top to bottom."""
