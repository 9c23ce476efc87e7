"""A transaction as a value: what a sender asks a contract to do, readable where its function is known."""

from dataclasses import dataclass
from typing import Any

from avsctl.contracts.abi import Function
from avsctl.core.units import Address


@dataclass(frozen=True)
class Transaction:
    """One call that changes state; who sends it is said elsewhere."""

    to: Address
    data: bytes
    value: int = 0
    """Wei."""
    function: Function | None = None
    """None where the data is not one of a function that avsctl knows."""
    args: tuple[Any, ...] = ()
    """The arguments in ABI order, where the function is known."""
