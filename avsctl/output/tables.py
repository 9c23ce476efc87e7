"""Drawing of blocks: with rich at a terminal, with tabulate in a pipe, and the exports to csv and markdown.

The only file that imports rich and tabulate, and it does so when it draws: a JSON run loads neither.
"""
# ruff: noqa: PLC0415 - that is what the imports inside functions are for

import csv
import html
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avsctl.output.bars import draw_picture
from avsctl.output.charts import draw_chart
from avsctl.output.screen import (
    Bar,
    Blank,
    Block,
    Cell,
    Chart,
    Column,
    Findings,
    Kind,
    Line,
    Piece,
    Span,
    Style,
    Table,
    Ticks,
)
from avsctl.output.text import escape

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

GAP: Final = 2
"""Blanks between two columns."""
LONGEST_WORD: Final = 12
"""Columns that a word of a text keeps before columns are left out for it; numbers keep all of theirs."""
TEXT_LIMIT: Final = 10_000
"""Characters of one text that a terminal shows, whatever it is: a hundred lines."""
COMMAND_LIMIT: Final = 131_072
"""The same of what is to be copied: no shell takes a longer argument."""

_LEAST_ROOM: Final = 20
"""Columns that a hanging text must have; with less it is wrapped from the left."""
_COLOURS: Final = {
    Style.HEAD: "bold",
    Style.DIM: "dim",
    Style.OK: "green",
    Style.INFO: "cyan",
    Style.WARNING: "yellow",
    Style.CRITICAL: "bold red",
}
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]#|~!$]|(?<=[a-zA-Z]):(?=/)|(?<=[wW]{3})\.)")
"""Markup, mathematics, and the colon or dot by which GitHub would make a link of a text."""


def draw_terminal(blocks: Iterable[Block], width: int, *, colour: bool, utf8: bool = True) -> str:
    """Draw blocks for a terminal of ``width`` columns; without ``colour`` not a single escape sequence is written."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    pen = _Pen(colour, utf8)
    with console.capture() as capture:
        for block in blocks:
            _print(console, block, pen)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def draw_plain(blocks: Iterable[Block]) -> str:
    """Draw blocks for a pipe: every row, nothing cut or wrapped, no colour."""
    return "".join(f"{line.rstrip()}\n" for block in blocks for line in _plain_lines(block))


def write_csv(table: Table) -> str:
    """Write a table as csv with the column names as head.

    A text that a spreadsheet would take for a formula gets an apostrophe before it; a number of a number column, with
    its minus, stays a number.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        writer.writerow([_csv_cell(cell, column) for cell, column in zip(row.cells, table.columns, strict=True)])
    return file.getvalue()


def write_markdown(table: Table) -> str:
    """Write a table as a GitHub table, with whatever Markdown or HTML would take for markup made harmless."""
    rows = [[_markdown_cell(_exported(cell)) for cell in row.cells] for row in table.rows]
    return _tabulate(table.columns, rows, [_markdown_cell(column.name) for column in table.columns], "github") + "\n"


def measure(text: str) -> int:
    """Give how many columns an escaped text takes at a terminal: a wide character takes two, a mark none."""
    from rich.cells import cell_len

    return cell_len(text)


def crop(text: str, columns: int) -> str:
    """Cut an escaped text to what fits so many columns of a terminal, of which the last two then say so."""
    from rich.cells import set_cell_size

    return text if measure(text) <= columns else f"{set_cell_size(text, max(0, columns - 2))}.."


@dataclass(frozen=True)
class _Pen:
    """What may be written to the terminal."""

    colour: bool
    utf8: bool


def _print(console: "Console", block: Block, pen: _Pen) -> None:
    from rich.padding import Padding

    match block:
        case Blank():
            console.print()
        case Line(is_verbatim=True):
            console.print(_text(_indented(block), pen, COMMAND_LIMIT), soft_wrap=True)
        case Line():
            for line in _wrapped(console, block, pen):
                console.print(line)
        case Table():
            for row in _terminal_rows(block, console.width, pen):
                console.print(Padding(row, (0, 0, 0, block.indent)) if block.indent else row)
        case Chart():
            for drawn in draw_chart(block, console.width, utf8=pen.utf8):
                console.print(_text((Span(drawn),), pen), soft_wrap=True)
        case Findings():
            pass


def _wrapped(console: "Console", line: Line, pen: _Pen) -> Iterator["Text"]:
    """Break a line at words; what follows the first ``hang`` characters is wrapped beneath itself."""
    text = _text(line.spans, pen)
    room = console.width - line.indent
    hang = line.hang if line.hang and room - line.hang >= _LEAST_ROOM else 0
    margin = _text((Span(" " * line.indent),), pen)
    beneath = _text((Span(" " * (line.indent + hang)),), pen)
    for at, part in enumerate(text[hang:].wrap(console, room - hang, overflow="fold")):
        yield (beneath if at else margin + text[:hang]) + part


def _indented(line: Line) -> tuple[Piece, ...]:
    return (Span(" " * line.indent), *line.spans)


def _text(spans: Iterable[Piece], pen: _Pen, limit: int = TEXT_LIMIT) -> "Text":
    from rich.text import Text

    text = Text(overflow="fold", end="")
    for span in spans:
        shown = _shown(span, limit) if isinstance(span, Span) else draw_picture(span, utf8=pen.utf8)
        text.append(shown, style=_COLOURS.get(span.style, "") if pen.colour else "")
    return text


def _shown(span: Span, limit: int = TEXT_LIMIT) -> str:
    return escape(span.brief or span.text, limit)


@dataclass(frozen=True)
class _Layout:
    """Columns of a table as they fit a terminal: those of the grid with their widths, and those beneath each row."""

    grid: tuple[Column, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Piece, ...], ...]
    beneath: tuple[tuple[Piece, ...], ...]


def _terminal_rows(table: Table, width: int, pen: _Pen) -> Iterator["RenderableType"]:
    layout = _lay_out(table, width - table.indent, width)
    head = tuple(Span(column.name, Style.HEAD) for column in layout.grid)
    if not any(layout.beneath):
        yield _grid(layout, (head, *layout.rows), pen)
    else:
        yield _grid(layout, (head,), pen)
        for row, addresses in zip(layout.rows, layout.beneath, strict=True):
            yield _grid(layout, (row,), pen)
            yield from (_text((Span(" " * GAP), address), pen) for address in addresses)
    if table.folded_note and any(row.is_folded for row in table.rows):
        yield _text((Span(" " * GAP), Span(table.folded_note, Style.DIM)), pen)


@dataclass(frozen=True)
class _Extent:
    """How many columns of a terminal a column of a table takes."""

    natural: int
    """With everything on one line."""
    head_folded: int
    """With the head folded at its blanks."""
    folded: int
    """With the cells folded at theirs, too; long words of a text are broken."""


def _lay_out(table: Table, room: int, width: int) -> _Layout:
    """Choose the columns for a terminal of ``width``; what fits no more leaves the grid: bars, addresses, the rest."""
    rows = [row.cells for row in table.rows if not row.is_folded]
    extents = [_measure(column, [cells[at] for cells in rows]) for at, column in enumerate(table.columns)]
    natural, folded = [each.natural for each in extents], [each.folded for each in extents]
    inside = [at for at, column in enumerate(table.columns) if column.min_width <= width]
    if not _fits(natural, inside, room):
        inside = [at for at in inside if not table.columns[at].min_width]
    beneath: list[int] = []
    if not _fits(natural, inside, room):
        beneath = [at for at in inside if table.columns[at].kind is Kind.ADDRESS]
        inside = [at for at in inside if at not in beneath]
    for _, at in sorted((column.expendable, at) for at, column in enumerate(table.columns) if column.expendable):
        if at in inside and not _fits(folded, inside, room):
            inside.remove(at)
    return _Layout(
        tuple(table.columns[at] for at in inside),
        _fit([extents[at] for at in inside], room),
        tuple(tuple(_span(cells[at]) for at in inside) for cells in rows),
        tuple(tuple(_span(cells[at]) for at in beneath) for cells in rows),
    )


def _fits(widths: Sequence[int], inside: Sequence[int], room: int) -> bool:
    return sum(widths[at] for at in inside) + GAP * (len(inside) - 1) <= room


def _measure(column: Column, cells: Sequence[Cell]) -> _Extent:
    from rich.cells import cell_len

    pieces = [_span(cell) for cell in cells]
    bars = [piece.width + 1 for piece in pieces if isinstance(piece, Bar | Ticks)]
    texts = [_shown(piece) for piece in pieces if isinstance(piece, Span)]
    head = escape(column.name)
    widest = max([*map(cell_len, texts), *bars, 0])
    head_word, word = (max([*map(cell_len, words), 0]) for words in (head.split(), " ".join(texts).split()))
    kept = min(word, LONGEST_WORD) if column.kind is Kind.TEXT else word
    return _Extent(max(cell_len(head), widest), max(head_word, widest), max(head_word, kept, *bars, 1))


def _fit(extents: Sequence[_Extent], room: int) -> tuple[int, ...]:
    """Narrow the widest columns, one step at a time, until they fit: heads fold first, then cells, then all breaks."""
    fitted = [each.natural for each in extents]
    excess = sum(fitted) + GAP * (len(fitted) - 1) - room
    floors = ([each.head_folded for each in extents], [each.folded for each in extents], [1] * len(extents))
    for floor in floors:
        while excess > 0 and any(width > least for width, least in zip(fitted, floor, strict=True)):
            above = [at for at, least in enumerate(floor) if fitted[at] > least]
            fitted[max(above, key=fitted.__getitem__)] -= 1
            excess -= 1
    return tuple(fitted)


def _grid(layout: _Layout, rows: Iterable[Sequence[Piece]], pen: _Pen) -> "RenderableType":
    from rich.table import Table as Grid

    grid = Grid.grid(padding=(0, GAP, 0, 0))
    for column, width in zip(layout.grid, layout.widths, strict=True):
        grid.add_column(justify="right" if column.kind is Kind.NUMBER else "left", width=width, overflow="fold")
    for row in rows:
        grid.add_row(*(_text((span,), pen) for span in row))
    return grid


def _plain(cell: Cell) -> str:
    """Write a cell or a piece of a line as a pipe has it, without bars."""
    piece = _span(cell)
    return "" if isinstance(piece, Bar | Ticks) else escape(piece.text)


def _span(cell: Cell) -> Piece:
    if isinstance(cell, Span | Bar | Ticks):
        return cell
    if cell is None:
        return Span("-", Style.DIM)
    if isinstance(cell, bool):
        return Span("yes" if cell else "no")
    return Span(str(cell))


def _plain_lines(block: Block) -> list[str]:
    match block:
        case Blank():
            return [""]
        case Line():
            return [" " * block.indent + "".join(map(_plain, block.spans))]
        case Table():
            return _plain_table(block)
        case Findings() | Chart():
            return []


def _plain_table(table: Table) -> list[str]:
    kept = [at for at, column in enumerate(table.columns) if not column.min_width]
    columns = [table.columns[at] for at in kept]
    rows = [[_plain(row.cells[at]) for at in kept] for row in table.rows]
    head = [escape(column.name) for column in columns]
    return [" " * table.indent + line for line in _tabulate(columns, [head, *rows], (), "plain").splitlines()]


def _tabulate(columns: Sequence[Column], rows: list[list[str]], head: Sequence[str], form: str) -> str:
    from tabulate import tabulate

    align = ["right" if column.kind is Kind.NUMBER else "left" for column in columns]
    return tabulate(rows, head, form, disable_numparse=True, colalign=align if rows else None)


def _exported(cell: Cell) -> str:
    """Write a cell as csv and markdown have it: nothing for what is absent, JSON's words for truth."""
    if cell is None or isinstance(cell, Bar | Ticks):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return escape(cell.text if isinstance(cell, Span) else str(cell))


def _csv_cell(cell: Cell, column: Column) -> str:
    text = _exported(cell)
    if column.kind is Kind.NUMBER and _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _markdown_cell(text: str) -> str:
    """Escape a text; an @ becomes code, for no escape keeps GitHub from linking what stands around it."""
    return re.sub("@+", r"`\g<0>`", _MARKDOWN.sub(r"\\\1", html.escape(text, quote=False)))
