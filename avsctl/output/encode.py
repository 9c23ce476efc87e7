"""JSON text: deterministic, without NaN, and without a number that a reader would round."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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
    text = json.dumps(_require_json(value), indent=indent, ensure_ascii=ascii_only, allow_nan=False)
    lines = (spell_out(line, _unicode_escape) for line in text.split("\n"))
    return "\n".join(lines).replace("##[", r"#\u0023[") + "\n"


def _require_json(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: escape(match[0]), value)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return _require_safe(value)
    if isinstance(value, Mapping):
        return {_require_key(key): _require_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_require_json(item) for item in value]
    raise TypeError(f"JSON has no form for {type(value).__name__}")


def _require_safe(value: int) -> int:
    if abs(value) > SAFE_INTEGER_MAX:
        raise ValueError("an integer above 2^53-1 belongs into a decimal string")
    return value


def _require_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a JSON key is a string, not {type(key).__name__}")
    return _SURROGATE.sub(lambda match: escape(match[0]), key)


@lru_cache(maxsize=1024)
def _unicode_escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
