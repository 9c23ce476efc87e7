"""A course of figures as one row of characters, a column each: as high as they are beside the highest of them."""

from collections.abc import Sequence
from typing import Final

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_NONE, _ZERO, _ASCII_ZERO, _ASCII_LEVEL = "x", "·", ".", "#"


def draw_sparkline(values: Sequence[int | None], *, utf8: bool) -> str:
    """Draw figures from 0 on, oldest first; what is not 0 shows, and what is not known is an ``x``."""
    highest = max((value for value in values if value), default=0)
    return "".join(_draw(value, highest, utf8=utf8) for value in values)


def _draw(value: int | None, highest: int, *, utf8: bool) -> str:
    if value is None:
        return _NONE
    if not utf8:
        return _ASCII_LEVEL if value else _ASCII_ZERO
    return _LEVELS[max(0, value * len(_LEVELS) // highest - 1)] if value else _ZERO
