"""Pictures as characters: bars in eighths of a column in UTF-8, ``#`` without; ticks a column each."""

from collections.abc import Iterable
from typing import Final

from avsctl.output.screen import Bar, Picture, Tick

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_TICKS: Final = {Tick.LANDED: "▏", Tick.REJECTED: "x", Tick.NONE: "·", Tick.UNSEEN: " "}
_ASCII_TICKS: Final = {**_TICKS, Tick.LANDED: "|", Tick.NONE: "."}


def draw_picture(picture: Picture, *, utf8: bool) -> str:
    """Draw what only a terminal shows."""
    return draw_bar(picture, utf8=utf8) if isinstance(picture, Bar) else draw_ticks(picture.ticks, utf8=utf8)


def draw_ticks(ticks: Iterable[Tick], *, utf8: bool) -> str:
    """Draw one column a tick."""
    drawn = _TICKS if utf8 else _ASCII_TICKS
    return "".join(drawn[tick] for tick in ticks)


def draw_bar(bar: Bar, *, utf8: bool) -> str:
    """Draw a bar of at most its width; rounded down, but what is not 0 shows."""
    if bar.is_centred:
        return _draw_centred(bar, utf8=utf8)
    if not utf8:
        return "#" * _steps(bar.value, bar.scale, bar.width)
    full, eighths = divmod(_steps(bar.value, bar.scale, bar.width * 8), 8)
    return "█" * full + (_EIGHTHS[eighths] if eighths else "")


def _draw_centred(bar: Bar, *, utf8: bool) -> str:
    half = bar.width // 2
    side = ("█" if utf8 else "#") * _steps(abs(bar.value), bar.scale, half)
    axis = "│" if utf8 else "|"
    return f"{side:>{half}}{axis}" if bar.value < 0 else f"{'':{half}}{axis}{side}"


def _steps(value: int, scale: int, steps: int) -> int:
    if value <= 0:
        return 0
    return min(steps, max(1, value * steps // scale))
