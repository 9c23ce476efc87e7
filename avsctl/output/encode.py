"""JSON text: deterministic, without NaN, and without a number that a reader would round."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any, Final, TypeAlias

from avsctl.output.text import escape, spell_out

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | None"
"""A value that JSON can hold."""

SAFE_INTEGER_MAX: Final = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def decimal(value: int | None) -> str | None:
    """Write a power, an amount or a block number of contract data as the decimal string that JSON holds for it."""
    return None if value is None else str(int(value))


def encode_id(number: int) -> int | str:
    """Give an id as a number, and one that no program reads exactly as decimal digits: contracts list any uint256."""
    return number if number <= SAFE_INTEGER_MAX else str(number)


def encode_args(args: Iterable[Any]) -> list[Json]:
    """Build the arguments of a call or an error, each as ``encode_arg`` does."""
    return [encode_arg(arg) for arg in args]


def encode_arg(arg: Any) -> Json:  # noqa: ANN401 - the ABI decides
    """Build one argument: decimal digits, 0x hex or text, arrays and tuples nested."""
    if isinstance(arg, tuple | list):
        return encode_args(arg)
    if isinstance(arg, bool):
        return "true" if arg else "false"
    return f"0x{arg.hex()}" if isinstance(arg, bytes) else str(arg)


def flatten(value: Json) -> str | int | None:
    """Give a value as one cell of csv or markdown holds it, the items of a list between blanks."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str | int | None) else str(value)


def encode(value: Json, *, ascii_only: bool = False, indent: int | None = 2) -> str:
    r"""Write a value as JSON ending in a newline, on one line when ``indent`` is None; keys stay in the order given.

    What a terminal or a CI (``##[command]``) would obey or hide is written as ``\uXXXX``, which every reader turns
    back. A lone surrogate, which no UTF-8 text can hold, becomes the six visible characters of its escape.

    Raises:
        TypeError: a value that JSON has no form for.
        ValueError: NaN, an infinity, or an integer above 2^53-1, which belongs into a decimal string.
    """
    quote = encode_basestring_ascii if ascii_only else encode_basestring
    text = _write(value, quote, None if indent is None else "\n", " " * (indent or 0))
    if not text.isascii() or not text.replace("\n", "").isprintable():
        text = "\n".join(spell_out(line, _unicode_escape) for line in text.split("\n"))
    return text.replace("##[", r"#\u0023[") + "\n"


def _write(value: object, quote: Callable[[str], str], newline: str | None, step: str) -> str:
    """Write a value as ``json.dumps`` does, whose indenting form takes five times as long.

    Args:
        value: what to write.
        quote: writes a text with its quotes.
        newline: a line end and the indent of this value; None for all on one line.
        step: what each level adds to the indent.
    """
    if isinstance(value, str):
        return quote(_mend(value))
    if value is None or isinstance(value, bool | int | float):
        return _write_plain(value)
    if not isinstance(value, Mapping | list | tuple):
        raise TypeError(f"JSON has no form for {type(value).__name__}")
    deeper = None if newline is None else newline + step
    if isinstance(value, Mapping):
        items = [f"{quote(_require_key(key))}: {_write(item, quote, deeper, step)}" for key, item in value.items()]
        return _enclose("{", items, "}", newline, deeper)
    return _enclose("[", [_write(item, quote, deeper, step) for item in value], "]", newline, deeper)


def _enclose(opening: str, items: Sequence[str], closing: str, newline: str | None, deeper: str | None) -> str:
    if newline is None or deeper is None or not items:
        return f"{opening}{', '.join(items)}{closing}"
    return f"{opening}{deeper}{f',{deeper}'.join(items)}{newline}{closing}"


def _write_plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int):
        return json.dumps(value, allow_nan=False)
    if abs(value) > SAFE_INTEGER_MAX:
        raise ValueError("an integer above 2^53-1 belongs into a decimal string")
    return int.__repr__(value)


def _mend(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub(lambda match: escape(match[0]), text)


def _require_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a JSON key is a string, not {type(key).__name__}")
    return _mend(key)


@lru_cache(maxsize=1024)
def _unicode_escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
