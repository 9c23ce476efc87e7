"""A strict codec for what the read path carries by the thousand: static ABI words, word arrays and aggregate3.

It accepts only the canonical encoding, every byte of it; anything else is a ``ValueError``. Property tests hold it
equal to eth_abi, which does the dynamic shapes.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from avsctl.contracts.address import to_checksum

WORD: Final = 32

WordValue = int | bool | str | bytes
WordDecoder = Callable[[bytes], WordValue]
WordEncoder = Callable[[object], bytes]


def decode_uint(bits: int) -> Callable[[bytes], int]:
    """Give the decoder of ``uint<bits>``."""

    def decode(word: bytes) -> int:
        value = int.from_bytes(word)
        if value >> bits:
            raise ValueError(f"{value} is more than {bits} bits hold")
        return value

    return decode


def decode_bool(word: bytes) -> bool:
    """Read a word that is 0 or 1."""
    value = int.from_bytes(word)
    if value > 1:
        raise ValueError(f"{value} is no bool")
    return value == 1


def decode_address(word: bytes) -> str:
    """Read an address, in EIP-55 spelling."""
    if any(word[:12]):
        raise ValueError(f"0x{word.hex()} is no address")
    return to_checksum(word[12:])


def decode_fixed_bytes(size: int) -> WordDecoder:
    """Give the decoder of ``bytes<size>``."""

    def decode(word: bytes) -> bytes:
        if any(word[size:]):
            raise ValueError(f"0x{word.hex()} is more than {size} bytes")
        return bytes(word[:size])

    return decode


@cache
def word_decoder(abi_type: str) -> WordDecoder | None:
    """Give the decoder of a type that takes one word, None for any other type."""
    if abi_type == "bool":
        return decode_bool
    if abi_type == "address":
        return decode_address
    if abi_type.startswith("uint") and abi_type[4:].isdigit():
        return decode_uint(int(abi_type[4:]))
    if abi_type.startswith("bytes") and abi_type[5:].isdigit():
        return decode_fixed_bytes(int(abi_type[5:]))
    return None


def encode_word(abi_type: str, value: object) -> bytes:
    """Encode one static value; raises ValueError when it does not fit the type."""
    encoder = word_encoder(abi_type)
    if encoder is None:
        raise ValueError(f"{value!r} is no {abi_type}")
    return encoder(value)


@cache
def word_encoder(abi_type: str) -> WordEncoder | None:
    """Give the encoder of a type that takes one word, None for any other type."""
    if abi_type == "bool":
        return _encode_bool
    if abi_type == "address":
        return _encode_address
    if abi_type.startswith("uint") and abi_type[4:].isdigit():
        return _encoder_of_uint(int(abi_type[4:]))
    if abi_type.startswith("bytes") and abi_type[5:].isdigit():
        return _encoder_of_bytes(int(abi_type[5:]))
    return None


def _encode_bool(value: object) -> bytes:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is no bool")  # noqa: TRY004 - as every value that does not fit its type
    return int(value).to_bytes(WORD)


def _encode_address(value: object) -> bytes:
    if not isinstance(value, str) or len(value) != 42 or not value.startswith("0x"):
        raise ValueError(f"{value!r} is no address")
    account = bytes.fromhex(value[2:])
    require_length(account, 20)
    return bytes(12) + account


def _encoder_of_uint(bits: int) -> WordEncoder:
    end = 1 << bits

    def encode(value: object) -> bytes:
        if type(value) is not int or not 0 <= value < end:
            raise ValueError(f"{value!r} is no uint{bits}")
        return value.to_bytes(WORD)

    return encode


def _encoder_of_bytes(size: int) -> WordEncoder:
    def encode(value: object) -> bytes:
        if not isinstance(value, bytes) or len(value) != size:
            raise ValueError(f"{value!r} is no bytes{size}")
        return value.ljust(WORD, b"\0")

    return encode


def decode_words(decoders: Sequence[WordDecoder], data: bytes) -> tuple[WordValue, ...]:
    """Read exactly one word per decoder."""
    require_length(data, len(decoders) * WORD)
    starts = range(0, len(data), WORD)
    return tuple([decode(data[start : start + WORD]) for start, decode in zip(starts, decoders, strict=True)])


def decode_word_rows(data: bytes, widths: Sequence[int]) -> tuple[int, list[bytes]]:
    """Split the encoding of one dynamic array of static tuples; the width is inferred from the length.

    Layout: ``0x20 | count | count * width words``.

    Args:
        data: the whole return data.
        widths: the widths in words that are admissible; anything else is another generation's shape.

    Returns:
        The width found (0 for an empty array, which does not tell) and the rows.
    """
    if len(data) < 2 * WORD or int.from_bytes(data[:WORD]) != WORD:
        raise ValueError(f"{len(data)} bytes that are no array")
    count, body = int.from_bytes(data[WORD : 2 * WORD]), len(data) - 2 * WORD
    if count == 0:
        require_length(data, 2 * WORD)
        return 0, []
    width, rest = divmod(body, count * WORD)
    if rest or width not in widths:
        raise ValueError(f"{body} bytes for {count} rows: {' or '.join(map(str, widths))} words each were expected")
    size = width * WORD
    return width, [data[2 * WORD + i * size : 2 * WORD + (i + 1) * size] for i in range(count)]


def encode_aggregate3(calls: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Encode the argument of ``aggregate3``, each call allowed to fail.

    Args:
        calls: pairs of target (20 bytes) and calldata.

    Returns:
        ``0x20 | count | offsets | (target, allowFailure = 1, 0x60, length, calldata padded)...``
    """
    items = [_encode_call3(target, calldata) for target, calldata in calls]
    return _encode_dynamic_array(items)


def decode_aggregate3(data: bytes, count: int) -> list[tuple[bool, bytes]]:
    """Read the return value of ``aggregate3``: for each call whether it succeeded, and its return or revert data.

    Layout: ``0x20 | count | offsets | (success, 0x40, length, data padded)...``
    """
    head = (2 + count) * WORD
    if len(data) < head or int.from_bytes(data[:WORD]) != WORD or int.from_bytes(data[WORD : 2 * WORD]) != count:
        raise ValueError(f"{len(data)} bytes that are no {count} results")
    results, position = [], head
    for index in range(count):
        slot = 2 * WORD + index * WORD
        if int.from_bytes(data[slot : slot + WORD]) != position - 2 * WORD:
            raise ValueError(f"result {index} does not begin where it must")
        result, position = _decode_result(data, position)
        results.append(result)
    require_length(data, position)
    return results


def require_length(data: bytes, size: int) -> None:
    """Raise ValueError unless ``data`` has exactly ``size`` bytes."""
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes where {size} were expected")


def padded(size: int) -> int:
    """Give the bytes of the words that ``size`` bytes take."""
    return -(-size // WORD) * WORD


def _encode_call3(target: bytes, calldata: bytes) -> bytes:
    require_length(target, 20)
    content = calldata.ljust(padded(len(calldata)), b"\0")
    head = bytes(12) + target + (1).to_bytes(WORD) + (3 * WORD).to_bytes(WORD)
    return head + len(calldata).to_bytes(WORD) + content


def _encode_dynamic_array(items: Sequence[bytes]) -> bytes:
    offsets, position = [], len(items) * WORD
    for item in items:
        offsets.append(position.to_bytes(WORD))
        position += len(item)
    return b"".join([WORD.to_bytes(WORD), len(items).to_bytes(WORD), *offsets, *items])


def _decode_result(data: bytes, position: int) -> tuple[tuple[bool, bytes], int]:
    success = decode_bool(data[position : position + WORD])
    start = position + 3 * WORD
    if start > len(data) or int.from_bytes(data[position + WORD : position + 2 * WORD]) != 2 * WORD:
        raise ValueError(f"no result at byte {position}")
    size = int.from_bytes(data[position + 2 * WORD : start])
    end = start + size
    after = start + padded(size)
    if after > len(data) or any(data[end:after]):
        raise ValueError(f"a result of {size} bytes at byte {position} is cut short or badly padded")
    return (success, data[start:end]), after
