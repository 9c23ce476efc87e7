"""A strict decoder of nested ABI values: tuples, arrays, bytes and text, in their one canonical encoding.

It accepts what eth_abi would write for the same values and nothing else, which property tests hold it to; eth_abi
takes longer to import than most commands take to run.
https://docs.soliditylang.org/en/latest/abi-spec.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from avsctl.contracts.words import WORD, WordDecoder, padded, word_decoder


@dataclass(frozen=True)
class _Type:
    """One ABI type."""

    size: int
    """Bytes of its head: those of the whole value where it is static, a word where it is dynamic."""
    is_dynamic: bool
    word: WordDecoder | None = None
    """Of a type that takes one word."""
    parts: "tuple[_Type, ...] | None" = None
    """Of a tuple."""
    item: "_Type | None" = None
    """Of an array."""
    length: int | None = None
    """Of a fixed array."""
    is_text: bool = False
    """``string``, not ``bytes``."""


def knows(kinds: Sequence[str]) -> bool:
    """Whether all of these types can be read here."""
    return all(_parse(kind) is not None for kind in kinds)


def decode_nested(kinds: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Read values of types that are known here; tuples and arrays come as tuples.

    Addresses come in EIP-55 spelling. The bytes of a ``string`` that are no UTF-8 show as escapes: a stranger's name
    must not make a contract unreadable.

    Raises:
        ValueError: anything but the canonical encoding of these types.
    """
    types = [kind for kind in map(_parse, kinds) if kind is not None]
    values, end = _decode_sequence(types, data, 0)
    if end != len(data):
        raise ValueError(f"{len(data)} bytes that are not the canonical encoding of {','.join(kinds)}")
    return values


def _decode_sequence(types: Sequence[_Type], data: bytes, start: int) -> tuple[tuple[Any, ...], int]:
    """Read heads from ``start`` on and the tails behind them; gives where the last one ends."""
    values: list[Any] = []
    head, tail = start, start + sum(each.size for each in types)
    if tail > len(data):
        raise ValueError(f"{len(data)} bytes where at least {tail} were expected")
    for each in types:
        if not each.is_dynamic:
            values.append(_decode_static(each, data, head))
        elif _number_at(data, head) != tail - start:
            raise ValueError(f"the tail of the value at byte {head} does not begin where it must")
        else:
            value, tail = _decode_tail(each, data, tail)
            values.append(value)
        head += each.size
    return tuple(values), tail


def _decode_static(kind: _Type, data: bytes, start: int) -> Any:  # noqa: ANN401 - the ABI decides
    if kind.word is not None:
        return kind.word(data[start : start + WORD])
    return _decode_sequence(_parts_of(kind, kind.length or 0), data, start)[0]


def _decode_tail(kind: _Type, data: bytes, start: int) -> tuple[Any, int]:
    if kind.parts is not None or kind.length is not None:
        return _decode_sequence(_parts_of(kind, kind.length or 0), data, start)
    count = _number_at(data, start)
    if kind.item is None:
        return _decode_bytes(kind, data, start + WORD, count)
    if count > (len(data) - start) // kind.item.size:
        raise ValueError(f"an array of {count} items at byte {start} of {len(data)}")
    return _decode_sequence([kind.item] * count, data, start + WORD)


def _decode_bytes(kind: _Type, data: bytes, start: int, size: int) -> tuple[bytes | str, int]:
    end, after = start + size, start + padded(size)
    if after > len(data) or any(data[end:after]):
        raise ValueError(f"{size} bytes at byte {start} are cut short or badly padded")
    content = data[start:end]
    return (content.decode("utf-8", "backslashreplace") if kind.is_text else content), after


def _number_at(data: bytes, start: int) -> int:
    if start + WORD > len(data):
        raise ValueError(f"{len(data)} bytes where a word at byte {start} was expected")
    return int.from_bytes(data[start : start + WORD])


def _parts_of(kind: _Type, length: int) -> Sequence[_Type]:
    return kind.parts if kind.parts is not None else [kind.item] * length if kind.item is not None else ()


@cache
def _parse(kind: str) -> _Type | None:
    """Read a type as the ABI spells it; None for one that is not known here."""
    if kind.endswith("]"):
        return _parse_array(*kind.removesuffix("]").rsplit("[", 1))
    if kind.startswith("("):
        return _parse_tuple(kind)
    if kind in ("bytes", "string"):
        return _Type(WORD, is_dynamic=True, is_text=kind == "string")
    word = word_decoder(kind)
    return None if word is None else _Type(WORD, is_dynamic=False, word=word)


def _parse_array(item_kind: str, length: str) -> _Type | None:
    item = _parse(item_kind)
    if item is None or (length and int(length) == 0):
        return None
    if not length:
        return _Type(WORD, is_dynamic=True, item=item)
    count = int(length)
    return _Type(WORD if item.is_dynamic else count * item.size, item.is_dynamic, item=item, length=count)


def _parse_tuple(kind: str) -> _Type | None:
    found = [_parse(each) for each in _split(kind[1:-1])]
    parts = tuple(each for each in found if each is not None)
    if not parts or len(parts) < len(found):
        return None
    is_dynamic = any(each.is_dynamic for each in parts)
    return _Type(WORD if is_dynamic else sum(each.size for each in parts), is_dynamic, parts=parts)


def _split(kinds: str) -> list[str]:
    """Split at the commas that are in no inner tuple."""
    found, depth, start = [], 0, 0
    for at, character in enumerate(kinds):
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            found.append(kinds[start:at])
            start = at + 1
    return [*found, kinds[start:]] if kinds else []
