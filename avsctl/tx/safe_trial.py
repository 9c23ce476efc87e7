"""Transactions of a Safe executed as a whole in a simulation, without the key of any owner.

The threshold is overridden with 1, and the signature is that of an owner who sends by himself (``v`` 1): guard, nonce
and refund are the Safe's own. The nonce is the one on the chain, whatever the owners sign (CHAIN.md 2.9).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from avsctl.chain.detect import Discovery
from avsctl.chain.reader import BlockReader
from avsctl.chain.simulation import Script, Way, simulate
from avsctl.contracts.call import Answer, Outcome, Revert
from avsctl.contracts.safe_tx import THRESHOLD_SLOT, SafeTx, encode_exec, prevalidate
from avsctl.contracts.transaction import Transaction
from avsctl.core.units import Address
from avsctl.errors import NodeError

_SUCCESS = (1).to_bytes(32)
_SIGNATURES_SHORT = ("GS020", "Signatures data too short")
"""The one signature is too few, so the threshold was not overridden (Safe.sol, from 1.3.0 on and before)."""


@dataclass(frozen=True)
class Execution:
    """What came of one transaction."""

    is_success: bool
    """The Safe executed it, and what it calls did not fail."""
    revert: Revert | None
    """Why it reverted; None where it did not, as where the Safe took it and what it calls failed."""
    gas_used: int | None
    """None where the node does not tell."""


@dataclass(frozen=True)
class ExecTrial:
    """What came of all of them."""

    way: Way
    evm_block: int
    """The height that contracts saw."""
    executions: tuple[Execution, ...]
    """One per transaction; each runs on the state that those before it leave, unless the way is ONE_BY_ONE."""


@dataclass(frozen=True)
class Rehearsal:
    """What is known of executing transactions one after the other."""

    executions: tuple[Execution | None, ...]
    """One per transaction; None where it is not known."""
    fault: str = ""
    """Why some are not known; may hold text from outside. Empty where all are."""


def rehearse_exec(
    reader: BlockReader, discovery: Discovery, safe: Address, owner: Address, transactions: Sequence[SafeTx]
) -> Rehearsal:
    """Execute transactions as ``try_exec`` does, and believe of it what the endpoint can tell.

    Raises:
        ChainError: the chain could not be read.
    """
    nothing = (None,) * len(transactions)
    try:
        trial = try_exec(reader, discovery, safe, owner, transactions)
    except NodeError as error:
        return Rehearsal(nothing, str(error))
    if any(_is_unsigned(each) for each in trial.executions):
        return Rehearsal(nothing, "the endpoint of L2 does not obey state overrides")
    if trial.way is Way.ONE_BY_ONE and len(transactions) > 1:
        fault = (
            "the endpoint of L2 tries each transaction on the state before all of them, so that the first alone counts"
        )
        return Rehearsal((trial.executions[0], *nothing[1:]), fault)
    return Rehearsal(trial.executions)


def _is_unsigned(execution: Execution) -> bool:
    revert = execution.revert
    return revert is not None and revert.name == "Error" and revert.args[0] in _SIGNATURES_SHORT


def try_exec(
    reader: BlockReader, discovery: Discovery, safe: Address, owner: Address, transactions: Sequence[SafeTx]
) -> ExecTrial:
    """Execute transactions of a Safe in their order.

    Args:
        reader: pinned at the block to start from.
        discovery: the deployment at that block.
        safe: whose they are.
        owner: any owner of it; the transactions are sent by him.
        transactions: in the order of their nonces.

    Raises:
        ChainError: the chain could not be read, or the endpoint takes no state overrides.
    """
    sent = tuple(Transaction(safe, encode_exec(each, prevalidate(owner))) for each in transactions)
    script = Script(owner, sent, ((),) * (len(sent) + 1), {}, {safe: {THRESHOLD_SLOT: 1}})
    simulated = simulate(reader, script, discovery.evm_block_number)
    results = zip(simulated.outcomes, simulated.gas_used, strict=True)
    return ExecTrial(simulated.way, simulated.evm_block, tuple(_read(*each) for each in results))


def _read(outcome: Outcome[bytes], gas_used: int | None) -> Execution:
    if isinstance(outcome, Answer):
        return Execution(outcome.value == _SUCCESS, None, gas_used)
    return Execution(False, outcome.revert, gas_used)  # noqa: FBT003 - a field
