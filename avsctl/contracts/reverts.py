"""Revert data in words: the error's name and arguments, whatever contract of whatever generation it came from."""

from functools import cache
from typing import Any, Final

from avsctl.contracts.abi import GENERATIONS_BY_CONTRACT, load_errors
from avsctl.contracts.call import Revert

_ERROR_STRING: Final = bytes.fromhex("08c379a0")
_PANIC: Final = bytes.fromhex("4e487b71")


def decode_revert(data: bytes, halt: str = "") -> Revert:
    """Name the error in revert data; data that fits no known error stays as it is."""
    selector, body = data[:4], data[4:]
    if len(selector) < 4:
        return Revert("", (), data, halt)
    for name, inputs in _known_errors().get(selector, ()):
        args = _decode_args(inputs, body)
        if args is not None:
            return Revert(name, args, data)
    return Revert("", (), data, halt)


@cache
def _known_errors() -> dict[bytes, tuple[tuple[str, tuple[str, ...]], ...]]:
    errors = {
        error.selector: ((error.name, error.inputs),)
        for contract, generations in GENERATIONS_BY_CONTRACT.items()
        for generation in generations
        for error in load_errors(contract, generation)
    }
    return {**errors, _ERROR_STRING: (("Error", ("string",)),), _PANIC: (("Panic", ("uint256",)),)}


def _decode_args(inputs: tuple[str, ...], body: bytes) -> tuple[Any, ...] | None:
    if not inputs:
        return () if not body else None
    from eth_abi.abi import decode  # noqa: PLC0415 - 0.2 s, needed by few
    from eth_abi.exceptions import DecodingError  # noqa: PLC0415

    try:
        args: tuple[Any, ...] = decode(inputs, body)
    except (DecodingError, ValueError, OverflowError):
        return None
    return args
