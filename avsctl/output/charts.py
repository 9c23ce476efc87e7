"""Totals over time as characters: steps with their numbers beside, ticks beneath, and how far two are apart."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from avsctl.core.units import brief_e18, format_duration
from avsctl.output.head import format_moment
from avsctl.output.screen import Chart, Course

ROWS: Final = 7
"""Lines that the scale has."""
LEAST_COLUMNS: Final = 20
MOST_COLUMNS: Final = 96

_HEAVY: Final = tuple("━┓┗┛┏┃")
_LIGHT: Final = tuple("─┐└┘┌│")
_ASCII: Final = (tuple("=++++|"), tuple("-....:"))
"""Across, then the corners down from, down to, up from, up to, and upright."""
_LEVELS: Final = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS: Final = "_.-=+*#@"

Value = int | None


def draw_chart(chart: Chart, width: int, *, utf8: bool) -> list[str]:
    """Draw the courses on one scale from least to most, each column a stretch of time that shows what held at its end.

    The title and the time covered come first. Gives nothing where there is one moment, no number or no room.
    """
    courses = [course for course in chart.courses if course.points]
    texts = ["drift", *(_label(value) for course in courses for _, value in course.points)]
    label_width, names_width = max(map(len, texts)), sum(len(course.name) + 1 for course in courses)
    columns = min(MOST_COLUMNS, width - label_width - names_width - 2)
    if columns < LEAST_COLUMNS or chart.end <= chart.begin or not courses:
        return []
    ends = _ends(chart, columns)
    drawn = [(course, _values(course, ends)) for course in courses]
    known = [value for _, values in drawn for value in values if value is not None]
    if not known:
        return []
    grid, labels, names = _plot(drawn, columns, (min(known), max(known)), utf8=utf8)
    axis = "┤" if utf8 else "|"
    column = format_duration((chart.end - chart.begin) // columns)
    span = f"{format_moment(chart.begin)} to {format_moment(chart.end)}, a column is {column}"
    head = f"{chart.title}  {span}"
    lines = [head] if len(head) <= width else [chart.title, span]
    lines += [
        f"{labels.get(at, ''):>{label_width}} {axis}{''.join(row)}{names.get(at, '')}" for at, row in enumerate(grid)
    ]
    lines.append(f"{'sync':>{label_width}}  {_ticks(chart, ends, utf8=utf8)}")
    if len(courses) == 2:
        lines += _drift(courses[0], courses[1], ends, label_width, utf8=utf8)
    return lines


def _ends(chart: Chart, columns: int) -> list[int]:
    """Give the time at which each column ends."""
    length = chart.end - chart.begin
    return [chart.begin + length * at // columns for at in range(1, columns + 1)]


def _values(course: Course, times: Sequence[int]) -> list[Value]:
    """Give what held at each of some rising times: the last value before it or then."""
    values: list[Value] = []
    left, held = sorted(course.points, key=lambda point: point[0]), None
    for end in times:
        while left and left[0][0] <= end:
            held = left.pop(0)[1]
        values.append(held)
    return values


def _plot(
    drawn: Sequence[tuple[Course, list[Value]]], columns: int, scale: tuple[int, int], *, utf8: bool
) -> tuple[list[list[str]], dict[int, str], dict[int, str]]:
    """Give the grid of characters, and by row the numbers left of it and the names right of it."""
    low, high = scale
    rows = ROWS if high > low else 1
    grid = [[" "] * columns for _ in range(rows)]
    labels, names = {0: _label(high), rows - 1: _label(low)}, dict[int, str]()
    for at, (course, values) in reversed(list(enumerate(drawn))):
        strokes = (_HEAVY, _LIGHT)[min(at, 1)] if utf8 else _ASCII[min(at, 1)]
        levels = [None if value is None else _row(value, low, high, rows) for value in values]
        _stroke(grid, levels, strokes)
        if (last := levels[-1]) is not None and (value := values[-1]) is not None:
            labels[last] = _label(value) if last not in (0, rows - 1) else labels[last]
            names[last] = f" {course.name}" + names.get(last, "")
    return grid, labels, names


def _row(value: int, low: int, high: int, rows: int) -> int:
    return (high - value) * (rows - 1) // (high - low) if high > low else 0


def _stroke(grid: list[list[str]], levels: Sequence[int | None], strokes: Sequence[str]) -> None:
    """Draw one course as steps."""
    across, down_from, down_to, up_from, up_to, upright = strokes
    before: int | None = None
    for column, level in enumerate(levels):
        if level is None:
            continue
        grid[level][column] = across
        if before is not None and before != level:
            is_down = level > before
            grid[before][column] = down_from if is_down else up_from
            grid[level][column] = down_to if is_down else up_to
            for row in range(min(before, level) + 1, max(before, level)):
                grid[row][column] = upright
        before = level


def _ticks(chart: Chart, ends: Sequence[int], *, utf8: bool) -> str:
    """Draw a mark in each column in which a sync landed."""
    marks, left = [], sorted(tick for tick in chart.ticks if tick >= chart.begin)
    for end in ends:
        inside = [tick for tick in left if tick <= end]
        left = left[len(inside) :]
        marks.append(("▲" if utf8 else "^") if inside else ("·" if utf8 else "."))
    return "".join(marks)


def _drift(first: Course, second: Course, ends: Sequence[int], label_width: int, *, utf8: bool) -> list[str]:
    """Draw how far two courses are apart, the most in each column, and beneath it the numbers of now and the most."""
    moments = sorted({*ends, *(time for time, _ in (*first.points, *second.points) if time <= ends[-1])})
    pairs = zip(_values(first, moments), _values(second, moments), strict=True)
    apart = [None if a is None or b is None else abs(a - b) for a, b in pairs]
    known = [value for value in apart if value is not None]
    if not known:
        return []
    levels, most = (_LEVELS if utf8 else _ASCII_LEVELS), max(known)
    columns = _most_in_columns(zip(moments, apart, strict=True), ends)
    drawn = "".join(" " if value is None else _level(value, most, levels) for value in columns)
    told = f"now {_label(known[-1])}, most {_label(most)}"
    return [f"{'drift':>{label_width}}  {drawn}", f"{'':>{label_width}}  {told}"]


def _most_in_columns(values: Iterable[tuple[int, Value]], ends: Sequence[int]) -> list[Value]:
    """Give the largest of the values, each with its time, that fall into each column."""
    most: list[Value] = [None] * len(ends)
    for time, value in values:
        at = bisect_left(ends, time)
        if value is not None:
            most[at] = max(value, most[at] or 0)
    return most


def _level(value: int, most: int, levels: str) -> str:
    if not value:
        return levels[0]
    return levels[max(1, value * (len(levels) - 1) // most)]


def _label(value: int) -> str:
    return brief_e18(value)
