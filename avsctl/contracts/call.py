"""A contract call as a value, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from avsctl.core.units import Address

PANICS: Final = {
    0x01: "assertion failed",
    0x11: "arithmetic underflow or overflow",
    0x12: "division by zero",
    0x21: "value outside an enum",
    0x22: "storage byte array badly encoded",
    0x31: "pop of an empty array",
    0x32: "array index out of bounds",
    0x41: "out of memory",
    0x51: "call of an uninitialised function",
}
"""Solidity's panic codes and what they mean (Solidity documentation, Panic via assert and Error via require)."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """A read that somebody else executes."""

    to: Address | None
    """None runs ``data`` as init code (alone), whose return value is the answer."""
    data: bytes
    decode: Callable[[bytes], T_co]
    """Reads the return data; raises AnswerError when it has another shape."""
    label: str
    """Contract, function and generation, for messages."""
    gas: int
    """Rough cost with cold storage, by which calls are packed."""
    alone: bool = False
    """Never packed with other calls: its failure says something, or it takes much gas."""
    code: str = ""
    """Runtime code as hex with 0x to run in place of the contract's, on its storage; such a call is alone."""

    def raw(self) -> "Call[bytes]":
        """Ask the same and take the bytes as they come."""
        return Call(self.to, self.data, bytes, self.label, self.gas, self.alone, self.code)


@dataclass(frozen=True)
class Revert:
    """Why a call failed in the EVM."""

    name: str
    """The custom error's name, ``Error``, ``Panic``, or empty where there is no readable revert data."""
    args: tuple[Any, ...] = ()
    data: bytes = b""
    """The revert data as it came."""
    halt: str = ""
    """What the node said where execution halted without revert data (out of gas, INVALID); text from outside."""

    @property
    def text(self) -> str:
        """One line for messages; holds text from outside."""
        if self.name == "Panic":
            return f"Panic(0x{self.args[0]:02x}): {PANICS.get(self.args[0], 'unknown panic')}"
        if self.name:
            return f"{self.name}({', '.join(_format(arg) for arg in self.args)})"
        if self.data:
            return f"unknown revert data 0x{self.data.hex()}"
        return self.halt or "reverted without data"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """The call returned."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Reverted:
    """The call failed in the EVM; the node itself is well."""

    revert: Revert


Outcome = Answer[T] | Reverted


def value_of(outcome: Outcome[T]) -> T | None:
    """Give what a call returned; None where it failed in the EVM."""
    return outcome.value if isinstance(outcome, Answer) else None


def _format(arg: object) -> str:
    return f"0x{arg.hex()}" if isinstance(arg, bytes) else repr(arg) if isinstance(arg, str) else str(arg)
