"""Making text harmless: what came from a chain, an endpoint or a file never reaches a terminal as it is."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

SCREEN_LIMIT: Final = 200
"""Characters of one foreign text that a screen shows."""

_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_MOST_MARKS: Final = 4
"""Marks that a character may carry; no script has words with more."""
_MAY_PILE: Final = re.compile(rf"[^\w\s\x00-\u02ff]{{{_MOST_MARKS + 1},}}")
"""Where there can be more: a mark is neither a letter nor a digit."""
_URL: Final = re.compile(
    r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{1,30}:/{1,2})(?P<authority>[^\s/?#'\"]*)(?P<rest>(?:[^\s'\"]|['\"](?=[^\s'\"]*@))*)"
)
"""One slash is enough: a path that a URL was taken for has lost the other."""
_HOST: Final = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])?(?::[0-9]*)?", re.ASCII)
_WORD: Final = re.compile(r"(?<![0-9a-zA-Z])(?:0[xX])?[0-9a-fA-F]{64}(?![0-9a-zA-Z])")
_WORKFLOW_COMMAND: Final = re.compile(r"^( *):(?=:)|#(#)(?=\[)")
"""What GitHub's runner obeys in what a program prints: ``::name::`` at the start of a line, ``##[name]`` anywhere."""


def escape(text: str, limit: int | None = None) -> str:
    r"""Write controls, bidi marks, surrogates and whatever else cannot be seen as ``\x1b``, ``\u202e`` or ``\n``.

    Letters of every script stay, each with up to four marks. Applying it twice changes nothing more. With ``limit``,
    the text is cut after that many characters and says how many more there were: ``...(+12)``. What a CI would take for
    a command is broken up: ``\x3a:error::`` and ``#\x23[error]``.
    """
    kept = text if limit is None else text[:limit]
    shown = _WORKFLOW_COMMAND.sub(_break_up, spell_out(kept, _escape_character))
    return shown if len(kept) == len(text) else f"{shown}...(+{len(text) - len(kept)})"


def clip(text: str) -> str:
    """Escape a foreign text and cut it to what a screen has room for."""
    return escape(text, SCREEN_LIMIT)


def shorten(text: str, limit: int) -> str:
    """Cut a text to ``limit`` characters, of which the last two then say so: ``very lo..``."""
    return text if len(text) <= limit else f"{text[: limit - 2]}.."


def plural(number: int, word: str) -> str:
    """Write ``1 increase`` or ``3 increases``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def is_plain(text: str) -> bool:
    """Tell whether every character of a text shows itself at a terminal and does nothing else."""
    return text.isprintable() and (text.isascii() or not _INVISIBLE.search(text))


def spell_out(text: str, write: Callable[[str], str]) -> str:
    """Let ``write`` spell every character that is not plain, and marks beyond four on one, which cover other lines."""
    if not is_plain(text):
        text = text.translate({ord(each): write(each) for each in set(text) if not is_plain(each)})
    return text if text.isascii() else _MAY_PILE.sub(lambda run: "".join(_unpiled(run[0], write)), text)


def mask(text: str) -> str:
    """Cut every URL to its scheme and host and blank every 32-byte hex word: each may be a secret or hold one.

    For texts whose content nobody vouches for, such as a mistyped argument.
    """
    return _WORD.sub("***", _URL.sub(_mask_url, text))


def _mask_url(url: re.Match[str]) -> str:
    """Keep scheme and host; an @ behind the host means that what stands there may be part of a password."""
    host = url["authority"].rpartition("@")[2]
    is_host = "@" not in url["rest"] and _HOST.fullmatch(host) is not None
    return f"{url['scheme']}{host if is_host else '***'}/***"


def _break_up(command: re.Match[str]) -> str:
    return r"#\x23" if command[2] else rf"{command[1]}\x3a"


def _unpiled(run: str, write: Callable[[str], str]) -> Iterator[str]:
    marks = 0
    for character in run:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        yield character if marks <= _MOST_MARKS else write(character)


@lru_cache(maxsize=1024)
def _escape_character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    point = ord(character)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
