"""Readings inside a simulation, each between two meters, so that it tells where it ran and how much gas was left.

The meter is a contract of 13 bytes that an override puts in the simulation: an answer without it is not believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from avsctl.chain.chunks import SPARE_GAS
from avsctl.chain.reader import BlockReader
from avsctl.contracts import lens, multicall3
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.reverts import decode_revert
from avsctl.errors import AnswerError

T = TypeVar("T")


class StarvedError(Exception):
    """There was too little gas for what was to run."""


@dataclass(frozen=True)
class Ran:
    """One transaction, or one reading, as it ran."""

    outcome: Outcome[bytes]
    gas_used: int | None
    """None where the node does not tell."""


@dataclass(frozen=True)
class Metered:
    """A reading as it came."""

    results: tuple[tuple[bool, bytes], ...]
    """Success and return data of each call."""
    before: lens.Meter
    after: lens.Meter


@dataclass(frozen=True)
class Reading:
    """What was read at one moment of a simulation."""

    outcomes: tuple[Outcome[Any], ...]
    before: lens.Meter
    after: lens.Meter


def encode_reading(reads: Sequence[Call[Any]]) -> bytes:
    """Give the calldata with which the lens makes plain calls, between two meters."""
    return multicall3.encode_calls([lens.meter(), *reads, lens.meter()])


def decode_reading(reader: BlockReader, reads: Sequence[Call[Any]], ran: Ran) -> Reading | None:
    """Read what the lens answered; None where it was not the lens that did, or not the meter.

    Raises:
        StarvedError: as ``open_reading``.
        AnswerError: a contract's answer has another shape.
    """
    opened = open_reading(len(reads), ran)
    if opened is None:
        return None
    outcomes = tuple(_read(reader, *each) for each in zip(reads, opened.results, strict=True))
    return Reading(outcomes, opened.before, opened.after)


def open_reading(count: int, ran: Ran) -> Metered | None:
    """Part what the lens answered to ``count`` calls from its meters; None where it was not the lens, or not the meter.

    Raises:
        StarvedError: lens or meter failed, which only want of gas makes them do, or too little was left at the end for
            the answers to be believed; see ``avsctl.chain.reader``.
    """
    if isinstance(ran.outcome, Reverted):
        raise StarvedError
    try:
        first, *results, last = multicall3.decode_results(ran.outcome.value, count + 2)
    except AnswerError:
        return None
    before, after = _read_meter(*first), _read_meter(*last)
    if before is None or after is None:
        return None
    if after.gas < SPARE_GAS:
        raise StarvedError
    return Metered(tuple(results), before, after)


def ran_inside(success: bool, data: bytes) -> Ran:  # noqa: FBT001 - a pair as it is decoded
    """Give what ran inside one call, of which the node tells no gas."""
    return Ran(Answer(data) if success else Reverted(decode_revert(data)), None)


def may_be_starved(ran: Ran, before: Reading | Metered, after: Reading | Metered) -> bool:
    """Whether a transaction may have failed for want of gas: without data, and most of what there was is gone.

    Every frame keeps a 64th of its gas (EIP-150), so ten frames that ran out of it leave 15 %.
    """
    if not isinstance(ran.outcome, Reverted) or ran.outcome.revert.data:
        return False
    used = before.after.gas - after.before.gas if ran.gas_used is None else ran.gas_used
    return used > before.after.gas // 2


def _read_meter(success: bool, data: bytes) -> lens.Meter | None:  # noqa: FBT001 - a pair as it is decoded
    if not success:
        raise StarvedError
    try:
        return lens.meter().decode(data)
    except AnswerError:
        return None


def _read(reader: BlockReader, call: Call[T], result: tuple[bool, bytes]) -> Outcome[T]:
    success, data = result
    return Answer(reader.decode(call, data)) if success else Reverted(decode_revert(data))
