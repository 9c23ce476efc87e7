"""Readings inside a simulation, each between two meters, so that it tells where it ran and how much gas was left.

The meter is a contract of 13 bytes that an override puts in the simulation: an answer without it is not believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from avsctl.chain.reader import SPARE_GAS, BlockReader
from avsctl.contracts import lens, multicall3
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.reverts import decode_revert
from avsctl.errors import AnswerError

T = TypeVar("T")


@dataclass(frozen=True)
class Ran:
    """One transaction, or one reading, as it ran."""

    outcome: Outcome[bytes]
    gas_used: int | None
    """None where the node does not tell."""


@dataclass(frozen=True)
class Reading:
    """What was read at one moment of a simulation."""

    outcomes: tuple[Outcome[Any], ...]
    before: lens.Meter
    after: lens.Meter

    @property
    def is_starved(self) -> bool:
        """Whether so little gas was left that no answer can be believed; see ``avsctl.chain.reader``."""
        return self.after.gas < SPARE_GAS


def encode_reading(reads: Sequence[Call[Any]]) -> bytes:
    """Give the calldata with which the lens makes plain calls, between two meters."""
    return multicall3.encode_calls([lens.meter(), *reads, lens.meter()])


def decode_reading(reader: BlockReader, reads: Sequence[Call[Any]], ran: Ran) -> Reading | None:
    """Read what the lens answered; None where it was not the lens that did.

    Raises:
        AnswerError: a contract's answer has another shape.
    """
    if isinstance(ran.outcome, Reverted):
        return None
    try:
        first, *results, last = multicall3.decode_results(ran.outcome.value, len(reads) + 2)
        before, after = (lens.meter().decode(data) for _, data in (first, last))
    except AnswerError:
        return None
    outcomes = () if after.gas < SPARE_GAS else tuple(_read(reader, *pair) for pair in zip(reads, results, strict=True))
    return Reading(outcomes, before, after)


def may_be_starved(ran: Ran, before: Reading, after: Reading) -> bool:
    """Whether a transaction may have failed for want of gas: without data, and most of what there was is gone.

    Every frame keeps a 64th of its gas (EIP-150), so ten frames that ran out of it leave 15 %.
    """
    if not isinstance(ran.outcome, Reverted) or ran.outcome.revert.data:
        return False
    used = before.after.gas - after.before.gas if ran.gas_used is None else ran.gas_used
    return used > before.after.gas // 2


def _read(reader: BlockReader, call: Call[T], result: tuple[bool, bytes]) -> Outcome[T]:
    success, data = result
    return Answer(reader.decode(call, data)) if success else Reverted(decode_revert(data))
