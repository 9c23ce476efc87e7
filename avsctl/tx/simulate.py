"""Transactions tried on the live chain, and the task definitions as they stand before and after each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from avsctl.chain.detect import Discovery
from avsctl.chain.queries.tasks import TaskReading
from avsctl.chain.reader import BlockReader
from avsctl.chain.simulation import Script, Simulated, Way, simulate
from avsctl.contracts.call import Answer, Outcome
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import DefinitionState
from avsctl.core.units import Address, TaskDefinitionId
from avsctl.tx.moments import Moments

__all__ = ["Trial", "try_out"]


@dataclass(frozen=True)
class Trial:
    """What came of the transactions, and the states that they lead through."""

    way: Way
    evm_block: int
    """The height that the transactions saw."""
    is_next_block: bool
    """Whether that is the block after the one that is read."""
    outcomes: tuple[Outcome[bytes], ...]
    """One per transaction; those behind a failure run as if it had not been."""
    states: tuple[tuple[DefinitionState, ...], ...]
    """Before the first transaction and after each, by id: the watched definitions that exist.

    They end before the first transaction that reverts; where the way reads no state after any, there is only the first.
    """
    global_totals: tuple[int, ...]
    """``OBLS.totalVotingPower`` beside each of the states, in raw units."""
    gas_used: tuple[int | None, ...]
    """Of each transaction, None where the node does not tell."""


def try_out(
    reader: BlockReader,
    discovery: Discovery,
    sender: Address,
    transactions: Sequence[Transaction],
    watched: Sequence[TaskDefinitionId],
    known: Sequence[TaskReading],
) -> Trial:
    """Try transactions in their order.

    Args:
        reader: pinned at the block to start from.
        discovery: the deployment at that block.
        sender: who sends them all.
        transactions: what is sent.
        watched: the definitions to read, also ones that do not exist yet.
        known: the definitions as they were read at that block.

    Raises:
        ChainError: the chain could not be read, or the simulation did not begin in the state that was read.
    """
    moments = Moments.plan(reader, discovery, transactions, watched, known)
    script = Script(sender, tuple(transactions), moments.calls, moments.slots)
    simulated = simulate(reader, script, discovery.evm_block_number)
    seen = [moments.see(at, outcomes) for at, outcomes in enumerate(_readings(simulated))]
    moments.check_start(seen[0])
    storage = simulated.storage if len(seen) == len(simulated.readings) else None
    states = moments.follow(seen, storage)
    return Trial(
        simulated.way,
        simulated.evm_block,
        simulated.is_next_block,
        simulated.outcomes,
        tuple(tuple(state[i] for i in sorted(state)) for state in states),
        tuple(each.global_total for each in seen),
        simulated.gas_used,
    )


def _readings(simulated: Simulated) -> list[tuple[Outcome[object], ...]]:
    """Give what was read before the first transaction and after each, up to one that reverts or was not read."""
    passed = takewhile(lambda outcome: isinstance(outcome, Answer), simulated.outcomes)
    reached = simulated.readings[: 1 + sum(1 for _ in passed)]
    return [outcomes for outcomes in reached if outcomes is not None]
