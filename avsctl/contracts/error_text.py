"""Errors as logs, nodes and libraries write them: what in such a text is a contract's error.

Such as ``InsufficientVotingPower()``, ``execution reverted: custom error 0x42643c32``, ``Panic(0x11)``, ``GS013``, or
``VM Exception while processing transaction: reverted with custom error 'InvalidBlockExpiry()'``.
"""

import re
from dataclasses import dataclass
from typing import Final

from avsctl.contracts.decoding import Decoded, decode_error
from avsctl.contracts.interfaces import Interface, find_errors, find_functions, name_errors, name_functions

MOST_CHARACTERS: Final = 1 << 17
"""Longer texts are not looked through."""

_HEX: Final = re.compile(r"(?<![0-9a-zA-Z])0x([0-9a-fA-F]{8,})(?![0-9a-zA-Z])", re.ASCII)
_SPLIT: Final = re.compile(r"(?<=0x)([0-9a-fA-F]{8})[:, ]{1,3}(?=[0-9a-fA-F]{64})", re.ASCII)
"""Selector and arguments apart, as cast writes them."""
_SAFE_CODE: Final = re.compile(r"(?<![0-9a-zA-Z])GS[0-9]{3}(?![0-9a-zA-Z])", re.ASCII)
_PANIC: Final = re.compile(
    r"(?<![a-z])panic\w{0,20}[^0-9a-z]{0,3}(?:[a-z ]{0,60}[^0-9a-z]{0,3})?"
    r"(?P<code>0x[0-9a-f]{1,64}|[0-9]{1,3})(?![0-9a-z])",
    re.ASCII | re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?<![0-9a-zA-Z_$])[A-Za-z_$][A-Za-z0-9_$]{2,99}(?![A-Za-z0-9_$])", re.ASCII)
_ARGUMENTS: Final = re.compile(r"\(([^()]{0,10000})\)")
_OF_SOLIDITY: Final = ("Error", "Panic")
_PANIC_SELECTOR: Final = bytes.fromhex("4e487b71")


@dataclass(frozen=True)
class NamedError:
    """What a text names."""

    errors: tuple[Interface, ...] = ()
    functions: tuple[Interface, ...] = ()
    """Functions of that name; empty where an error is named."""
    safe_code: str = ""
    """A code of Safe's, such as ``GS013``."""
    decoded: Decoded | None = None
    """The revert data in the text, where it holds some that is known; then nothing else is looked at."""


def read_error_text(text: str) -> NamedError | None:
    """Find the error in a text; None where none that is known is in it.

    Revert data goes before a name, a name before a code, and the name of a function is the last that is looked for.
    """
    text = _SPLIT.sub(r"\1", text[:MOST_CHARACTERS])
    data = _find_data(text)
    if data is not None:
        return NamedError(decoded=data)
    errors = _find_errors(text)
    if errors:
        return NamedError(errors)
    code = _SAFE_CODE.search(text)
    if code is not None:
        return NamedError(name_errors("Error"), safe_code=code[0])
    errors = _find_selector(text) or _find_of_solidity(text)
    if errors:
        return NamedError(errors)
    functions = _find_functions(text)
    return NamedError(functions=functions) if functions else None


def _find_data(text: str) -> Decoded | None:
    """Give the first revert data that is read whole; a panic's code by itself stands for all of its data."""
    for match in _HEX.finditer(text):
        data = bytes.fromhex(match[1]) if len(match[1]) % 2 == 0 else b""
        if len(data) % 32 == 4 and (len(data) > 4 or any(not each.parameters for each in find_errors(data))):
            decoded = decode_error(data)
            if decoded.args is not None:
                return decoded
    panic = _PANIC.search(text)
    code = int(panic["code"], 0 if "x" in panic["code"].lower() else 10) if panic else 2**256
    return decode_error(_PANIC_SELECTOR + code.to_bytes(32)) if code < 2**256 else None


def _find_selector(text: str) -> tuple[Interface, ...]:
    """Give the errors of the first selector that stands alone."""
    found = (find_errors(bytes.fromhex(match[1])) for match in _HEX.finditer(text) if len(match[1]) == 8)
    return next(filter(None, found), ())


def _find_errors(text: str) -> tuple[Interface, ...]:
    """Give the errors of the first name that is one, of overloads those that the arguments behind it fit."""
    for match in _NAME.finditer(text):
        found = name_errors(match[0]) if match[0] not in _OF_SOLIDITY else ()
        if found:
            return _choose(found, text, match.end())
    return ()


def _find_of_solidity(text: str) -> tuple[Interface, ...]:
    """Give ``Error(string)`` or ``Panic(uint256)`` where nothing but it is in the text."""
    name = text.strip().partition("(")[0]
    return name_errors(name) if name in _OF_SOLIDITY else ()


def _find_functions(text: str) -> tuple[Interface, ...]:
    for match in _NAME.finditer(text):
        found = name_functions(match[0])
        if found:
            return _choose(found, text, match.end())
    selected = (find_functions(bytes.fromhex(match[1])) for match in _HEX.finditer(text) if len(match[1]) == 8)
    return next(filter(None, selected), ())


def _choose(found: tuple[Interface, ...], text: str, end: int) -> tuple[Interface, ...]:
    """Keep of overloads those whose signature stands there, else those with as many arguments, else all."""
    exact = tuple(each for each in found if text.startswith(each.signature[len(each.name) :], end))
    arguments = _ARGUMENTS.match(text, end)
    if exact or arguments is None:
        return exact or found
    count = arguments[1].count(",") + 1 if arguments[1].strip() else 0
    return tuple(each for each in found if len(each.parameters) == count) or found
