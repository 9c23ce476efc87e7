"""What of a Safe no getter tells, or only one that its own code may lie in: slots, and the list of its modules.

The layout is the same from 1.1.0 to 1.5.0 (SafeStorage.sol, FallbackManager.sol, GuardManager.sol,
ModuleManager.sol): the singleton stands in slot 0, the others at the hash of a name. Guards are asked from 1.3.0 on,
module guards from 1.5.0 on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from avsctl.contracts.abi import Function, decode_values
from avsctl.contracts.address import ZERO_ADDRESS, to_checksum
from avsctl.contracts.call import Call
from avsctl.contracts.keccak import keccak256
from avsctl.core.units import Address

MOST_MODULES: Final = 50
"""Modules that are read."""

_SINGLETON: Final = 0
_NAMES: Final = (
    b"fallback_manager.handler.address",
    b"guard_manager.guard.address",
    b"module_manager.module_guard.address",
)
_SENTINEL: Final = Address("0x0000000000000000000000000000000000000001")
"""Begins and ends the linked list of modules (ModuleManager.sol)."""
_PAGE: Final = Function(
    "Safe", None, "getModulesPaginated", ("address", "uint256"), ("address[]", "address"), ("start", "pageSize")
)


@dataclass(frozen=True)
class StoredSetup:
    """The contracts that a Safe's slots name; None for a slot that is empty."""

    singleton: Address | None
    fallback_handler: Address | None
    guard: Address | None
    module_guard: Address | None


@dataclass(frozen=True)
class Modules:
    """The modules of a Safe, as far as they were read."""

    addresses: tuple[Address, ...]
    is_complete: bool


@cache
def setup_slots() -> tuple[int, ...]:
    """Give the slots of the singleton, the fallback handler, the guard and the module guard."""
    return (_SINGLETON, *(int.from_bytes(keccak256(name)) for name in _NAMES))


def decode_setup(words: Sequence[bytes]) -> StoredSetup:
    """Read the words of ``setup_slots``.

    A proxy and a Safe take the last 20 bytes of a word, whatever stands before them, and so does this.
    """
    return StoredSetup(*(to_checksum(word[-20:]) if any(word) else None for word in words))


def modules(safe: Address) -> Call[Modules]:
    """Ask for the first modules; 1.0.0 has no such function."""
    return _PAGE.call(safe, _SENTINEL, MOST_MODULES, gas=300_000, decode=_decode_modules)


def _decode_modules(data: bytes) -> Modules:
    """Read a page, and where the next one begins: at the end of the list it is the sentinel.

    1.5.0 gives the last module of the page where there are more, 1.3.0 the first of the next one.
    """
    found, following = decode_values(_PAGE.outputs, data)
    if len(found) > MOST_MODULES:
        raise ValueError(f"{len(found)} modules where {MOST_MODULES} were asked for")
    distinct = tuple(dict.fromkeys(found))
    has_end = following in (_SENTINEL, ZERO_ADDRESS)
    return Modules(distinct, has_end and len(distinct) == len(found))
