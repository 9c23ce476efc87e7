"""Transactions of one sender tried in order at the reader's block, with reads in between, in one request.

A simulation that did not run where it should, or was short of gas, is not believed: another way is tried then.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar

from avsctl.chain.answers import may_pass, may_pass_undivided
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, is_too_heavy, parse_bytes
from avsctl.chain.meanings import Meaning
from avsctl.chain.metered import Ran, StarvedError, decode_reading, encode_reading, may_be_starved, ran_inside
from avsctl.chain.reader import BlockReader
from avsctl.chain.simulate_v1 import may_be_simulated, parse_blocks
from avsctl.chain.simulated_meaning import read_blocks, read_run
from avsctl.contracts import lens
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.transaction import Transaction
from avsctl.core.units import Address
from avsctl.errors import AnswerError, EndpointError, NodeError


class Way(StrEnum):
    """How transactions were tried, the best way first."""

    SIMULATE_V1 = "eth_simulateV1"
    """One after the other, the state after each of them read."""
    CODE_OVERRIDE = "eth_call_override"
    """The same from inside one call, the lens in place of the sender's code; the storage after it is not read."""
    ONE_BY_ONE = "eth_call_one_by_one"
    """Each alone on the state before all of them; no state after any of them is read."""


@dataclass(frozen=True)
class Simulated:
    """What came of the transactions."""

    way: Way
    outcomes: tuple[Outcome[bytes], ...]
    """One per transaction: what it returned, or why it failed. Those behind a failure run as if it had not been."""
    readings: tuple[tuple[Outcome[Any], ...] | None, ...]
    """What was read before the first transaction and after each; None where it could not be read."""
    storage: dict[Address, tuple[bytes, ...]] | None
    """The slots asked for, after the last transaction; None where they could not be read."""
    evm_block: int
    """The height that the transactions saw."""
    is_next_block: bool
    """Whether that is the block after the one that is read."""
    gas_used: tuple[int | None, ...]
    """Of each transaction, None where the node does not tell."""


@dataclass(frozen=True)
class Script:
    """What is to be tried."""

    sender: Address
    transactions: tuple[Transaction, ...]
    reads: tuple[tuple[Call[Any], ...], ...]
    """Plain calls to make before the first transaction and after each: one more than transactions."""
    storage: Mapping[Address, Sequence[int]]
    """Slots to read after the last transaction, by contract."""
    overrides: Mapping[Address, Mapping[int, int]] = field(default_factory=dict)
    """What slots hold from the beginning on instead of what the chain has, by contract; not of the sender."""


def simulate(reader: BlockReader, script: Script, evm_block: int) -> Simulated:
    """Try transactions in the block after the reader's, by the best way that the endpoint takes.

    The number of the block is overridden only where contracts count blocks as the RPC does; elsewhere, and where an
    endpoint refuses that or ignores it, the transactions run in the block itself.

    Args:
        reader: pinned at the block to start from.
        script: what to try.
        evm_block: the height that contracts see at the reader's block.

    Raises:
        ChainError: the chain could not be read, or an answer has another shape.
    """
    trial = _Trial(reader, script, evm_block)
    is_starved = False
    for way, attempt in _WAYS.items():
        try:
            simulated = attempt(trial)
        except StarvedError:
            simulated, is_starved = None, True
        if simulated is not None:
            return simulated
        fields = {"way": way.value, "starved": is_starved}
        _log.debug("cannot simulate this way", extra={"event": "way_left", "fields": fields})
    return _call_one_by_one(trial, is_starved=is_starved)


_log = logging.getLogger("avsctl.chain.simulation")
T = TypeVar("T")


@dataclass(frozen=True)
class _Trial:
    reader: BlockReader
    script: Script
    evm_block: int

    @property
    def can_be_next(self) -> bool:
        """Whether contracts count blocks as the RPC does, so that the number can be overridden."""
        return self.evm_block == self.reader.block.number

    def block_ahead(self, ahead: int) -> dict[str, str]:
        """Give the overrides of a block that comes after the reader's."""
        block = self.reader.block
        return {"number": hex(block.number + ahead), "time": hex(block.timestamp + ahead)}

    @property
    def reads(self) -> list[int]:
        """How many calls each reading makes."""
        return list(map(len, self.script.reads))

    def ask(
        self,
        build: Callable[[Any], Request],
        passing: Callable[[Reply], bool],
        reading: Callable[[Reply], Meaning | None],
    ) -> Reply | None:
        """Send the one request; None where the endpoint does not take it, or not so much in one.

        Args:
            build: gives it for the block's parameter.
            passing: as in ``Rpc.send``.
            reading: tells what of the reply counts where two endpoints are compared.

        Raises:
            StarvedError: its gas was used up.
        """
        try:
            (reply,) = self.reader.ask(lambda pin: [build(pin)], passing, lambda _, reply: reading(reply))
        except EndpointError as error:
            if error.heavy:
                return None
            raise
        if not isinstance(reply, NodeFailure):
            return reply
        if is_too_heavy(reply):
            raise StarvedError
        return None

    def believe(
        self, way: Way, ran: Sequence[Ran], storage: dict[Address, tuple[bytes, ...]] | None
    ) -> Simulated | None:
        """Put together what ran; None where overrides were not obeyed.

        Raises:
            StarvedError: there was too little gas.
        """
        readings = [decode_reading(self.reader, *each) for each in zip(self.script.reads, ran[::2], strict=True)]
        known = [reading for reading in readings if reading is not None]
        heights = {meter.evm_block for reading in known for meter in (reading.before, reading.after)}
        if len(known) < len(readings) or len(heights) != 1:
            return None
        height = heights.pop()
        if height not in (self.evm_block, self.evm_block + 1):
            return None
        sent = ran[1::2]
        if any(map(may_be_starved, sent, known, known[1:])):
            raise StarvedError
        return Simulated(
            way,
            tuple(each.outcome for each in sent),
            tuple(reading.outcomes for reading in known),
            storage,
            height,
            height == self.evm_block + 1,
            tuple(each.gas_used for each in sent),
        )


# eth_simulateV1


def _simulate_v1(trial: _Trial) -> Simulated | None:
    script = trial.script
    blocks = [_transactions_block(trial), *([_storage_block(trial)] if script.storage else [])]
    counts, rpc = [len(block["calls"]) for block in blocks], trial.reader.rpc
    reply = trial.ask(
        lambda pin: Request("eth_simulateV1", ({"blockStateCalls": blocks}, pin)),
        may_be_simulated,
        partial(read_blocks, counts, trial.reads),
    )
    if reply is None:
        return None
    ran = rpc.read("eth_simulateV1", reply, lambda value: parse_blocks(value, counts, rpc.endpoints))
    return trial.believe(Way.SIMULATE_V1, ran[0], _decode_storage(script, ran[1]) if script.storage else {})


def _transactions_block(trial: _Trial) -> dict[str, Any]:
    script = trial.script
    readings = [{"to": lens.ADDRESS, "data": _hex(encode_reading(reads))} for reads in script.reads]
    calls = _interleave(readings, [_transact(script.sender, each) for each in script.transactions])
    overrides = {"blockOverrides": trial.block_ahead(1)} if trial.can_be_next else {}
    return {**overrides, "stateOverrides": {**_put_instruments(), **_put_slots(script)}, "calls": calls}


def _storage_block(trial: _Trial) -> dict[str, Any]:
    """Read slots through the lens in place of their contract, whose own code has to run until then."""
    slots = trial.script.storage
    calls = [{"to": each, "data": _hex(lens.read_slots(each, slots[each]).data)} for each in slots]
    overrides = {"blockOverrides": trial.block_ahead(2)} if trial.can_be_next else {}
    return {**overrides, "stateOverrides": _put_lens(*slots), "calls": calls}


def _decode_storage(script: Script, ran: Sequence[Ran]) -> dict[Address, tuple[bytes, ...]] | None:
    """Give the slots by contract; None where a contract's own code answered, for the override was ignored."""
    calls = [lens.read_slots(address, slots) for address, slots in script.storage.items()]
    try:
        words = [call.decode(_returned(each)) for call, each in zip(calls, ran, strict=True)]
    except AnswerError:
        return None
    return dict(zip(script.storage, words, strict=True))


def _returned(ran: Ran) -> bytes:
    return b"" if isinstance(ran.outcome, Reverted) else ran.outcome.value


# eth_call with the sender's code overridden


def _run_in_place(trial: _Trial) -> Simulated | None:
    """Run in the next block, or in the block itself where an endpoint does not take or obey that."""
    simulated = _run_at(trial, trial.block_ahead(1)) if trial.can_be_next else None
    return simulated or _run_at(trial)


def _run_at(trial: _Trial, *block_overrides: dict[str, str]) -> Simulated | None:
    script = trial.script
    readings = [Transaction(lens.ADDRESS, encode_reading(reads)) for reads in script.reads]
    items = _interleave(readings, script.transactions)
    call = {"to": script.sender, "data": _hex(lens.encode_run(items))}
    overrides = {**_put_instruments(), **_put_slots(script), **_put_lens(script.sender)}
    reply = trial.ask(
        lambda pin: Request("eth_call", (call, pin, overrides, *block_overrides)),
        may_pass_undivided,
        partial(read_run, len(items), trial.reads),
    )
    if reply is None:
        return None
    data = trial.reader.rpc.read("eth_call", reply, lambda value: parse_bytes(value, "the answer to a simulation"))
    try:
        results = lens.decode_run(data, len(items))
    except AnswerError:
        return None
    return trial.believe(Way.CODE_OVERRIDE, [ran_inside(*result) for result in results], None)


# eth_call, one by one


def _call_one_by_one(trial: _Trial, *, is_starved: bool) -> Simulated:
    script, reader = trial.script, trial.reader
    sent = [_transact(script.sender, each) for each in script.transactions]
    overrides = (_put_slots(script),) if script.overrides else ()
    replies = reader.ask(lambda pin: [Request("eth_call", (each, pin, *overrides)) for each in sent], may_pass)
    outcomes = tuple(
        _settle(reader, *each, is_starved=is_starved) for each in zip(script.transactions, replies, strict=True)
    )
    before = tuple(reader.read(script.reads[0]))
    nothing = (None,) * len(outcomes)
    return Simulated(
        Way.ONE_BY_ONE, outcomes, (before, *nothing), None, trial.evm_block, is_next_block=False, gas_used=nothing
    )


def _settle(reader: BlockReader, transaction: Transaction, reply: Reply, *, is_starved: bool) -> Outcome[bytes]:
    """Give the outcome of one transaction; a failure without data is not believed where gas was short."""
    label = transaction.function.label if transaction.function else "the transaction"
    outcome = reader.settle(Call(transaction.to, transaction.data, bytes, label, 0, alone=True), reply)
    if isinstance(outcome, Answer) or outcome.revert.data:
        return outcome
    if is_starved or (isinstance(reply, NodeFailure) and is_too_heavy(reply)):
        raise NodeError(
            f"{label} cannot be simulated at {reader.rpc.name()}: it takes more gas than is allowed there"
            f" ({outcome.revert.text})",
            "use an endpoint that allows more gas in eth_call",
        )
    return outcome


_WAYS: Final = {Way.SIMULATE_V1: _simulate_v1, Way.CODE_OVERRIDE: _run_in_place}


def _interleave(readings: Sequence[T], transactions: Sequence[T]) -> list[T]:
    """Put each transaction between two readings."""
    pairs = zip(transactions, readings[1:], strict=True)
    return [readings[0], *(each for pair in pairs for each in pair)]


def _put_instruments() -> dict[Address, dict[str, str]]:
    return {**_put_lens(lens.ADDRESS), lens.METER_ADDRESS: {"code": lens.METER_CODE}}


def _put_slots(script: Script) -> dict[Address, dict[str, dict[str, str]]]:
    return {
        address: {"stateDiff": {_word(slot): _word(value) for slot, value in slots.items()}}
        for address, slots in script.overrides.items()
    }


def _put_lens(*addresses: Address) -> dict[Address, dict[str, str]]:
    return {address: {"code": lens.load_runtime()} for address in addresses}


def _transact(sender: Address, transaction: Transaction) -> dict[str, str]:
    """Write a transaction without a gas price: a sender that has no coin to pay it would be refused."""
    value = {"value": hex(transaction.value)} if transaction.value else {}
    return {"from": sender, "to": transaction.to, "data": _hex(transaction.data), **value}


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _word(value: int) -> str:
    return f"0x{value:064x}"
