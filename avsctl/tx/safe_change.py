"""A change as the transactions of a Safe that make it, tried as the Safe would execute them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from avsctl.chain.background import side_by_side
from avsctl.chain.queries.safe import load_safe_setup
from avsctl.chain.queries.sender import find_multi_send
from avsctl.contracts.multi_send import MultiSend
from avsctl.contracts.safe_reverts import explain_safe_revert
from avsctl.contracts.safe_tx import DELEGATECALL
from avsctl.contracts.transaction import Transaction
from avsctl.core.findings import Finding, build_finding
from avsctl.core.multisig import SafeState
from avsctl.core.safe_checks import check_safe
from avsctl.core.units import Address
from avsctl.tx.guards.meanings import format_revert
from avsctl.tx.guards.permission import permit
from avsctl.tx.prepare import Prepared
from avsctl.tx.safe_proposal import SafeAccount, SafeProposal, propose, propose_each
from avsctl.tx.safe_queue import Queued, check_gaps, propose_queue
from avsctl.tx.safe_trial import Execution, Rehearsal, rehearse_exec
from avsctl.tx.scene import Chains


@dataclass(frozen=True)
class Order:
    """How calls become transactions of a Safe."""

    nonce: int
    """Of the first one."""
    is_batch: bool = True
    """Whether they are one transaction; else one each, with following nonces."""
    queue: tuple[Queued, ...] = ()
    """What is executed before them, with nonces."""
    held: tuple[Transaction, ...] = ()
    """What the same transaction makes before the calls of the change; empty unless it is one."""


@dataclass(frozen=True)
class SafeChange:
    """The transactions that await the owners."""

    account: SafeAccount
    state: SafeState
    order: Order
    multi_send: MultiSend | None
    """What several calls go through; None where none is known, and where none is needed."""
    proposals: tuple[SafeProposal, ...]
    """Empty where there is nothing to call, and for several calls without a MultiSendCallOnly."""
    executions: tuple[Execution | None, ...] = ()
    """What came of each in the simulation; None where it is not known."""
    findings: tuple[Finding, ...] = ()

    @property
    def simulated_nonce(self) -> int:
        """The nonce that the Safe had in the simulation when the first one ran."""
        return self.state.nonce + len(self.order.queue)


def propose_change(chains: Chains, safe: Address, state: SafeState, prepared: Prepared, order: Order) -> SafeChange:
    """Give the transactions that make the calls of a change, and execute them behind those before them.

    Args:
        chains: where to try it.
        safe: the sender.
        state: the Safe as it was read.
        prepared: the calls, tried by themselves.
        order: how they become transactions.

    Raises:
        ConfigError: a version of Safe whose hashes are not known.
        ChainError: the chain could not be read.
    """
    account = SafeAccount(chains.l2.block.chain_id, safe, state.version)
    calls = (*order.held, *prepared.transactions)
    if not prepared.transactions:
        return SafeChange(account, state, order, None, ())
    needs = (order.is_batch and len(calls) > 1) or any(len(each.transactions) != 1 for each in order.queue)
    setup, multi_send = side_by_side(
        lambda: load_safe_setup(chains.l2, safe),
        lambda: find_multi_send(chains.l2, state.version) if needs else None,
    )
    findings = (*map(permit, check_safe(safe, state, setup)), *check_gaps(order.queue, state.nonce, order.nonce))
    if order.is_batch and len(calls) > 1 and multi_send is None:
        return SafeChange(account, state, order, None, (), findings=(*findings, _find_no_multi_send(len(calls))))
    to = multi_send.address if multi_send else None
    proposals = (
        (propose(account, calls, order.nonce, to),) if order.is_batch else propose_each(account, calls, order.nonce)
    )
    return _try(chains, SafeChange(account, state, order, multi_send, proposals, findings=findings), prepared)


def _find_no_multi_send(count: int) -> Finding:
    text = f"{count} calls cannot be one transaction of the Safe here, so there is no safeTxHash"
    return build_finding("multi_send_unknown", "safe", text, ("--no-batch makes a transaction of each call.",))


def _try(chains: Chains, change: SafeChange, prepared: Prepared) -> SafeChange:
    ahead = len(change.order.queue)
    to = change.multi_send.address if change.multi_send else None
    before = propose_queue(change.account, change.order.queue, to)
    if before is None:
        fault = "a file of --after makes several calls, and no MultiSendCallOnly that is known is on this chain"
        rehearsal = Rehearsal((None,) * (ahead + len(change.proposals)), fault)
    else:
        transactions = [each.safe_tx for each in (*before, *change.proposals)]
        owner = change.state.owners[0]
        rehearsal = rehearse_exec(chains.l2, chains.discovery, change.account.address, owner, transactions)
    found = (*_check_known(rehearsal), *_check_executions(change, rehearsal.executions, prepared))
    own = rehearsal.executions[ahead:]
    is_reached = all(each is None or each.is_success for each in rehearsal.executions[:ahead])
    executions = own if is_reached else (None,) * len(own)
    return replace(change, executions=executions, findings=(*change.findings, *found))


def _check_known(rehearsal: Rehearsal) -> Iterator[Finding]:
    if rehearsal.fault:
        text = f"not simulated as a transaction of the Safe: {rehearsal.fault}"
        yield build_finding("not_simulated_as_exec", "safe", text)


def _check_executions(
    change: SafeChange, executions: Sequence[Execution | None], prepared: Prepared
) -> Iterator[Finding]:
    """Find the first transaction that the Safe refuses though its calls pass."""
    queue, count = change.order.queue, len(change.proposals)
    for file, execution in zip(queue, executions, strict=False):
        if execution is not None and not execution.is_success:
            yield _find_refused(f"--after {file.name}", execution, is_delegatecall=len(file.transactions) > 1)
            return
    failing = {place - len(prepared.earlier) for place, _ in prepared.reverts}
    for at, (proposal, execution) in enumerate(zip(change.proposals, executions[len(queue) :], strict=True), 1):
        has_failing = bool(failing) if change.order.is_batch else any(place <= at for place in failing)
        if execution is not None and not execution.is_success and not has_failing:
            which = "the transaction" if count == 1 else f"transaction {at} of {count}"
            yield _find_refused(which, execution, is_delegatecall=proposal.safe_tx.operation == DELEGATECALL)
            return


def _find_refused(which: str, execution: Execution, *, is_delegatecall: bool) -> Finding:
    revert = execution.revert
    meaning = explain_safe_revert(revert) if revert else None
    reason = format_revert(revert) if revert else "it returns false"
    told = meaning or "no error of the Safe's own: its guard may refuse it"
    text = f"the Safe would not execute {which}, whose calls pass by themselves: {reason}: {told}"
    apart = ("--no-batch makes a transaction of each call, for a guard that refuses delegatecalls.",)
    return build_finding("would_revert", "safe", text, (*(apart if is_delegatecall else ()), "avsctl safe show"))
