"""One line at a terminal that the next one takes the place of, and what is logged meanwhile stands above it.

It goes back to the start of the line and overwrites it with blanks: no escape sequence is needed.
"""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TextIO

from avsctl.output.destinations import Format
from avsctl.output.log import LOGGER
from avsctl.output.render import Terminal, detect_terminal, render
from avsctl.output.result import Result
from avsctl.output.screen import Line, Span
from avsctl.output.tables import measure
from avsctl.output.text import escape


def is_live(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether what a stream goes to can go back to the start of a line."""
    return detect_terminal(stream, environ).is_tty and environ.get("TERM") != "dumb"


@dataclass
class LiveLine:
    """What stands in the last line of the terminal."""

    columns: int = 0
    """That it takes; 0 where there is nothing."""
    _lock: Lock = field(default_factory=Lock)

    @property
    def terminal(self) -> Terminal:
        """What the terminal can show now."""
        return detect_terminal(sys.stdout, os.environ)

    def show(self, line: Line) -> bool:
        """Put a line that fits the terminal in place of the last one; false where the terminal is gone."""
        drawn = render(Result("", {}, screen=(line,)), Format.TABLE, self.terminal, 0).rstrip("\n")
        with self._lock:
            is_there = _write(f"{self._wipe()}{drawn}")
            self.columns = count_columns(line)
        return is_there

    def clear(self) -> None:
        """Take the line away, for something else to stand there."""
        with self._lock:
            if self.columns:
                _write(self._wipe())
            self.columns = 0

    def end(self) -> None:
        """Leave the line as it stands, and go on beneath it."""
        with self._lock:
            if self.columns:
                _write("\n")
            self.columns = 0

    def _wipe(self) -> str:
        return f"\r{' ' * self.columns}\r" if self.columns else ""


@contextmanager
def open_live_line() -> Iterator[LiveLine]:
    """Give a line that makes room for whatever is logged while it is open."""
    live = LiveLine()

    def make_room(_record: logging.LogRecord) -> bool:
        live.clear()
        return True

    handlers = LOGGER.handlers[:]
    for handler in handlers:
        handler.addFilter(make_room)
    try:
        yield live
    finally:
        for handler in handlers:
            handler.removeFilter(make_room)
        live.end()


def count_columns(line: Line) -> int:
    """Give how many columns a line takes at a terminal."""
    return sum(measure(escape(span.brief or span.text)) for span in line.spans if isinstance(span, Span))


def _write(text: str) -> bool:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        return False
    return True
