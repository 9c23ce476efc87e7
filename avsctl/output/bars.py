"""Bars as characters: eighths of a column in UTF-8, ``#`` without."""

from typing import Final

from avsctl.output.screen import Bar

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


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
