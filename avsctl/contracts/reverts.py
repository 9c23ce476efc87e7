"""Revert data in words: the error's name and arguments, whatever contract of whatever generation it came from."""

from functools import cache
from typing import Final

from avsctl.contracts.abi import GENERATIONS_BY_CONTRACT, ErrorAbi, decode_values, load_errors
from avsctl.contracts.call import Revert

_OF_SOLIDITY: Final = (ErrorAbi("Error", ("string",)), ErrorAbi("Panic", ("uint256",)))
"""What the compiler itself reverts with."""


def decode_revert(data: bytes, halt: str = "") -> Revert:
    """Name the error in revert data; data that fits no known error stays as it is."""
    error = _known_errors().get(data[:4])
    if error is None:
        return Revert("", (), data, halt)
    try:
        return Revert(error.name, decode_values(error.inputs, data[4:]), data)
    except ValueError:
        return Revert("", (), data, halt)


@cache
def _known_errors() -> dict[bytes, ErrorAbi]:
    errors = [
        error
        for contract, generations in GENERATIONS_BY_CONTRACT.items()
        for generation in generations
        for error in load_errors(contract, generation)
    ]
    return {error.selector: error for error in (*errors, *_OF_SOLIDITY)}
