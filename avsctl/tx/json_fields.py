"""JSON documents from outside, read by a description of what they must hold: nothing more, nothing less, one spelling.

A reader takes a value and its path (``safe_tx.nonce``, ``owners[1]``) and gives what the value means.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from avsctl.contracts.address import to_checksum
from avsctl.core.units import Address
from avsctl.errors import ConfigError

Reader: TypeAlias = Callable[[object, str], Any]

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_BYTES: Final = re.compile(r"0x((?:[0-9a-f]{2})*)", re.ASCII)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


class MalformedField(ConfigError):
    """A field of a document is missing, not known, or not what it must be."""

    code = "malformed_field"

    def __init__(self, path: str, problem: str, message: str = "", code: str | None = None) -> None:
        super().__init__(message or f"{path or 'the document'} {problem}", code=code)
        self.path = path
        """Where; empty for the document as a whole."""
        self.problem = problem
        """Such as ``is missing``; nothing of the document is in it but names of fields."""


def join_path(path: str, name: str) -> str:
    """Give the path of a member of an object."""
    return f"{path}.{name}" if path else name


def object_of(readers: Mapping[str, Reader]) -> Reader:
    """Read an object with exactly these members; gives a dictionary of what they mean."""

    def read(value: object, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise MalformedField(path, "is no JSON object")
        for name in readers:
            if name not in value:
                raise MalformedField(join_path(path, name), "is missing")
        for name in value:
            if name not in readers:
                raise MalformedField(join_path(path, name[:80]), "is not known")
        return {name: each(value[name], join_path(path, name)) for name, each in readers.items()}

    return read


def list_of(reader: Reader, most: int) -> Reader:
    """Read a list of at most ``most`` items; gives a tuple."""

    def read(value: object, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise MalformedField(path, f"is no list of at most {most} items")
        return tuple(reader(item, f"{path}[{at}]") for at, item in enumerate(value))

    return read


def optional(reader: Reader) -> Reader:
    """Read null as None, anything else with ``reader``."""
    return lambda value, path: None if value is None else reader(value, path)


def text_of(most: int) -> Reader:
    """Read a text of at most ``most`` characters."""

    def read(value: object, path: str) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise MalformedField(path, f"is no text of at most {most} characters")
        return value

    return read


def one_of(choices: Iterable[str]) -> Reader:
    """Read one of some words."""
    known = frozenset(choices)

    def read(value: object, path: str) -> str:
        if not isinstance(value, str) or value not in known:
            raise MalformedField(path, f"is none of {', '.join(sorted(known))}")
        return value

    return read


def number_below(limit: int) -> Reader:
    """Read a JSON number from 0."""

    def read(value: object, path: str) -> int:
        if type(value) is not int or not 0 <= value < limit:
            raise MalformedField(path, f"is no whole number from 0 to {limit - 1}")
        return value

    return read


def decimal_below(limit: int) -> Reader:
    """Read a number that is written as decimal digits in quotes."""

    def read(value: object, path: str) -> int:
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or int(value) >= limit:
            raise MalformedField(path, f"is no decimal number in quotes from 0 to {limit - 1}")
        return int(value)

    return read


def bytes_of(size: int | None = None) -> Reader:
    """Read bytes as lower-case hex; ``size`` many where that is given."""

    def read(value: object, path: str) -> bytes:
        match = _BYTES.fullmatch(value) if isinstance(value, str) else None
        if match is None or (size is not None and len(match[1]) != 2 * size):
            raise MalformedField(path, f"is not 0x and two lower-case hex digits for each of {size or 'its'} bytes")
        return bytes.fromhex(match[1])

    return read


def matching(pattern: re.Pattern[str], kind: str) -> Reader:
    """Read a text of a pattern."""

    def read(value: object, path: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise MalformedField(path, f"is no {kind}")
        return value

    return read


def read_address(value: object, path: str) -> Address:
    """Read an address in its EIP-55 spelling."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value) or to_checksum(value) != value:
        raise MalformedField(path, "is no address: 0x and 40 hex digits in the spelling of its checksum")
    return Address(value)
