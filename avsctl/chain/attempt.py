"""The answer of the real contract to a task that nobody has signed, by ``eth_simulateV1`` or ``eth_call``.

The attesters' keys are overridden with the point at infinity, of which the aggregate (0, 0) is a signature, and the
performer is a key made for the one request, whose address an override gives the performer's id: so every other check
of ``submitTask`` is the contract's own (OTHENTIC.md 8). Where slots cannot be overridden, ``processTask`` still tells
what an approved internal task does. An answer that shows an override without effect is not believed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from avsctl.chain.detect import Discovery
from avsctl.chain.queries.attestation import Ground
from avsctl.chain.reader import BlockReader
from avsctl.chain.simulation import Script, Simulated, Way, simulate
from avsctl.contracts import storage
from avsctl.contracts.address import to_checksum
from avsctl.contracts.call import Answer, Call, Outcome, Revert, Reverted
from avsctl.contracts.internal_task_handler import InternalTaskHandler
from avsctl.contracts.obls import Obls
from avsctl.contracts.submit_task import Submission, Task, encode_submit, task_hash
from avsctl.contracts.transaction import Transaction
from avsctl.core.attestation.conditions import Attempt
from avsctl.core.changes import L2State
from avsctl.core.operators import active_operators
from avsctl.core.units import Address, OperatorId, TaskDefinitionId
from avsctl.errors import AnswerError, EndpointError, NodeError

RECOVERY_OFFSET: Final = 27
"""What Ethereum adds to a signature's last byte."""
STRANGERS_READ: Final = 500
"""Ids that were never given out, and whose power is read behind a task: no honest update names one."""
_OF_OVERRIDES: Final = ("InvalidOBLSSignature", "InvalidPerformerSignature")
"""What only an override without effect can lead to."""


class AskedWith(StrEnum):
    """What was asked of which contract."""

    OVERRIDE = "submitTask_override"
    """AttestationCenter, keys and performer overridden."""
    REPLAY = "submitTask"
    """AttestationCenter, the calldata as it was mined, nothing overridden."""
    PROCESS = "processTask"
    """InternalTaskHandler, as AttestationCenter: what becomes of an internal task once it is approved."""
    MODEL = "model"
    """None."""


@dataclass(frozen=True)
class Observed:
    """Powers and totals as they were read behind a task."""

    powers: tuple[tuple[OperatorId, int], ...]
    """By id, in raw units."""
    total: int
    """``OBLS.totalVotingPower``."""
    totals: tuple[tuple[TaskDefinitionId, int], ...]
    """What the getter of each definition's total says; V2 shows the global one for 0."""


@dataclass(frozen=True)
class ContractAnswer:
    """What a contract says to a task."""

    asked_with: AskedWith
    evm_block: int
    """The height that it saw."""
    is_next_block: bool
    """Whether that was the block after the one read."""
    revert: Revert | None = None
    """None where it takes the task, and where none was asked."""
    after: Observed | None = None
    """None where it reverts, and where no state could be read behind it."""
    lacking: str = ""
    """Why nothing better was asked; text from outside."""

    @property
    def is_accepted(self) -> bool | None:
        """Whether it takes the task, approved or rejected; None where none was asked."""
        return None if self.asked_with is AskedWith.MODEL else self.revert is None


@dataclass(frozen=True)
class Bench:
    """Where tasks are tried."""

    reader: BlockReader
    discovery: Discovery
    ground: Ground
    named: tuple[OperatorId, ...] = ()
    """Ids that were never given out, of which the power of the first is read too."""

    @property
    def ids(self) -> tuple[OperatorId, ...]:
        """Whose powers are read before a task and behind it."""
        return (*(each.operator_id for each in self.ground.conditions.state.operators), *self.named[:STRANGERS_READ])

    @property
    def expected(self) -> Observed:
        """What has to be read before it."""
        conditions = self.ground.conditions
        powers, totals = conditions.powers, self.ground.shown_totals
        total = conditions.state.global_total
        return Observed(tuple((each, powers.get(each, 0)) for each in self.ids), total, tuple(totals.items()))

    @property
    def reads(self) -> tuple[Call[Any], ...]:
        """The global total, the powers, and the total of every definition."""
        obls = Obls(self.discovery.obls, self.discovery.generation)
        totals = map(obls.total_per_task_definition, self.ground.shown_totals)
        return (obls.total_voting_power(), *map(obls.voting_power, self.ids), *totals)

    def observe(self, outcomes: Sequence[Outcome[Any]]) -> Observed:
        """Read the answers to ``reads``."""
        total, *values = (self.reader.value(*each) for each in zip(self.reads, outcomes, strict=True))
        powers, totals = values[: len(self.ids)], values[len(self.ids) :]
        return Observed(
            tuple(zip(self.ids, powers, strict=True)), total, tuple(zip(self.ground.shown_totals, totals, strict=True))
        )


def try_submission(bench: Bench, task: Task, attempt: Attempt) -> ContractAnswer:
    """Ask AttestationCenter with keys and performer overridden; ``asked_with`` is MODEL where that cannot be.

    Args:
        bench: where.
        task: the one that attesters look at.
        attempt: it with votes and parties; the performer must be active.

    Raises:
        ChainError: the chain could not be read.
    """
    if not bench.ground.has_slots:
        return _not_asked(bench, f"where this {bench.discovery.generation} keeps keys and ids is not known")
    disguise = _Disguise.put_on(bench, task, attempt)
    reads = (disguise.confirm, *bench.reads)
    script = Script(attempt.sender.address, (disguise.transaction,), (reads, reads), {}, disguise.overrides)
    simulated = _simulate(bench, script)
    if isinstance(simulated, str):
        return _not_asked(bench, simulated)
    (outcome,) = simulated.outcomes
    if not disguise.had_effect(simulated):
        return _not_asked(bench, "the endpoint does not obey overrides of storage")
    return _answer(bench, AskedWith.OVERRIDE, simulated, outcome, skipped=1)


def try_processing(bench: Bench, task: Task) -> ContractAnswer:
    """Ask InternalTaskHandler what an approved internal task does, as AttestationCenter calls it.

    Raises:
        ChainError: the chain could not be read.
    """
    handler = bench.discovery.internal_task_handler
    if handler is None:
        return _not_asked(bench, "there is no InternalTaskHandler")
    transaction = InternalTaskHandler(handler, bench.discovery.generation).process_task(task)
    reads = bench.reads
    script = Script(bench.discovery.attestation_center.address, (transaction,), (reads, reads), {})
    simulated = _simulate(bench, script)
    if isinstance(simulated, str):
        return _not_asked(bench, simulated)
    return _answer(bench, AskedWith.PROCESS, simulated, simulated.outcomes[0])


def replay(bench: Bench, sender: Address, calldata: bytes, value: int) -> ContractAnswer:
    """Ask AttestationCenter with a transaction as it was mined, behind the block before its own.

    Args:
        bench: at the parent of its block.
        sender: who sent it.
        calldata: of submitTask.
        value: in wei.

    Raises:
        ChainError: the chain could not be read.
    """
    transaction = Transaction(bench.discovery.attestation_center.address, calldata, value)
    reads = bench.reads
    simulated = _simulate(bench, Script(sender, (transaction,), (reads, reads), {}))
    if isinstance(simulated, str):
        return _not_asked(bench, simulated)
    return _answer(bench, AskedWith.REPLAY, simulated, simulated.outcomes[0])


@dataclass(frozen=True)
class _Disguise:
    """A task as somebody performs it whose key is made for it, and what has to be overridden for that."""

    performer: Address
    performer_id: OperatorId
    transaction: Transaction
    overrides: dict[Address, dict[int, int]]
    confirm: Call[OperatorId]
    """Asks for the id that the override gives."""

    @classmethod
    def put_on(cls, bench: Bench, task: Task, attempt: Attempt) -> "_Disguise":
        from eth_keys.datatypes import PrivateKey  # noqa: PLC0415 - 0.3 s that most commands do not need

        key = PrivateKey(secrets.token_bytes(32))
        performer = to_checksum(key.public_key.to_canonical_address())
        disguised = replace(task, performer=performer)
        new_hash = task_hash(disguised)
        signature = key.sign_msg_hash(new_hash).to_bytes()
        signature = signature[:-1] + bytes([signature[-1] + RECOVERY_OFFSET])
        submission = Submission(attempt.is_approved, signature, (0, 0), attempt.attester_ids)
        center = bench.discovery.attestation_center
        data = encode_submit(center.generation, disguised, submission)
        performer_id = _find_id(bench.ground.conditions.state, attempt.performer.address)
        is_burned = attempt.task_hash in bench.ground.conditions.burned
        of_center = {
            storage.operator_id_slot(performer): int(performer_id),
            storage.signed_task_slot(new_hash): int(is_burned),
        }
        keys = {slot: 0 for each in attempt.attester_ids for slot in storage.operator_key_slots(each)}
        overrides = {center.address: of_center, bench.discovery.obls: keys}
        return cls(
            performer,
            performer_id,
            Transaction(center.address, data),
            {contract: slots for contract, slots in overrides.items() if slots},
            center.operator_id(performer),
        )

    def had_effect(self, simulated: Simulated) -> bool:
        """Whether the overrides did what they are there for; a task that is taken shows it, and else a reading."""
        (outcome,) = simulated.outcomes
        if isinstance(outcome, Answer):
            return True
        before = simulated.readings[0]
        if simulated.way is Way.ONE_BY_ONE or before is None or before[0] != Answer(self.performer_id):
            return False
        revert = outcome.revert
        is_unknown = revert.name == "OperatorNotRegistered" and self.performer in revert.args
        return revert.name not in _OF_OVERRIDES and not revert.name.startswith("ECDSA") and not is_unknown


def _simulate(bench: Bench, script: Script) -> Simulated | str:
    """Try a script; gives the reason where the endpoint takes it in no form."""
    try:
        return simulate(bench.reader, script, bench.discovery.evm_block_number)
    except (NodeError, EndpointError) as error:
        if isinstance(error, EndpointError) and not error.heavy:
            raise
        return error.problems[0].message


def _answer(
    bench: Bench, asked_with: AskedWith, simulated: Simulated, outcome: Outcome[bytes], skipped: int = 0
) -> ContractAnswer:
    """Tell the outcome, and the state behind it; ``skipped`` readings come before it.

    Raises:
        AnswerError: the simulation did not begin in the state that was read.
    """
    before, after = (None if each is None else each[skipped:] for each in simulated.readings)
    if before is not None and bench.observe(before) != bench.expected:
        name, block = bench.reader.rpc.name(), bench.reader.block.number
        raise AnswerError(
            f"{name} simulated on another state than that of block {block}", "try again, or use another endpoint"
        )
    revert = outcome.revert if isinstance(outcome, Reverted) else None
    seen = None if revert is not None or after is None else bench.observe(after)
    return ContractAnswer(asked_with, simulated.evm_block, simulated.is_next_block, revert, seen)


def _find_id(state: L2State, address: Address) -> OperatorId:
    """Give the id under which an address is active, the newest where there are several."""
    return max(each.operator_id for each in active_operators(state.operators) if each.address == address)


def _not_asked(bench: Bench, why: str) -> ContractAnswer:
    height = bench.discovery.evm_block_number
    return ContractAnswer(AskedWith.MODEL, height, is_next_block=False, lacking=why)
