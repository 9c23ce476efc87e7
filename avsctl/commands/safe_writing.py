"""What a writing command does more where its sender is a Safe: nonce, hashes, and the transaction that is expected."""

from collections.abc import Iterator

from avsctl.commands.change_files import Ground
from avsctl.commands.write_options import SafeBatchFile, WriteOptions
from avsctl.contracts.multi_send import MultiSend
from avsctl.contracts.safe_tx import DELEGATECALL
from avsctl.contracts.transaction import Transaction
from avsctl.core.findings import Finding, build_finding
from avsctl.core.multisig import SafeState, Sender
from avsctl.core.wording import join_words
from avsctl.errors import UsageError
from avsctl.output.change_outcome import Payload
from avsctl.output.change_safe import SafePart
from avsctl.output.safe_proposal import Hashes, ShownExecution, ShownProposal
from avsctl.tx.safe_change import Order, SafeChange
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_queue import choose_nonce
from avsctl.tx.safe_trial import Execution


def require_safe(options: WriteOptions, sender: Sender) -> None:
    """Refuse what is of a Safe where the sender is none.

    Raises:
        UsageError: ``--nonce``, ``--no-batch`` or ``--expect`` for another account.
    """
    given = {
        "--nonce": options.nonce is not None,
        "--no-batch": not options.is_batch,
        "--expect": options.expected_hash is not None,
    }
    names = [name for name, is_given in given.items() if is_given]
    if names and sender.safe is None:
        does = "are" if len(names) > 1 else "is"
        raise UsageError(
            f"{join_words(names)} {does} for a Safe, and {sender.address} is none",
            f"leave {join_words(names)} out, or give the Safe with --from",
        )


def choose_order(options: WriteOptions, ground: Ground, safe: SafeState) -> Order:
    """Say how the calls become transactions of the Safe: as one or each its own, and from which nonce on.

    Raises:
        UsageError: the nonce is used up, or not after those of ``--after``.
    """
    held = ground.held.transactions if ground.held else ()
    if options.nonce is None and isinstance(options.way_out, SafeBatchFile) and ground.held_nonce is not None:
        nonce = choose_nonce(ground.queue, safe.nonce, ground.held_nonce, str(options.way_out.path))
    else:
        nonce = choose_nonce(ground.queue, safe.nonce, options.nonce)
    return Order(nonce, options.is_batch, ground.queue, held)


def show_change(change: SafeChange, expected_hash: bytes | None) -> SafePart:
    """Give what is shown of the transactions, and whether one of them is the expected one."""
    pairs = zip(change.proposals, change.executions, strict=True)
    shown = tuple(show_proposal(proposal, change.multi_send, execution) for proposal, execution in pairs)
    hashes = [each.hashes.safe_tx for each in change.proposals]
    is_expected = None if expected_hash is None else expected_hash in hashes
    return SafePart(change.order.nonce, change.simulated_nonce, shown, is_expected)


def show_proposal(
    proposal: SafeProposal, multi_send: MultiSend | None, execution: Execution | None = None
) -> ShownProposal:
    """Give what is shown of one transaction.

    Args:
        proposal: the transaction.
        multi_send: one that is known by its code; it counts where the transaction goes to it.
        execution: what came of it in a simulation, None where that is not known.
    """
    hashes = proposal.hashes
    is_known = multi_send is not None and multi_send.address == proposal.safe_tx.to
    return ShownProposal(
        proposal.safe_tx,
        Hashes(hashes.domain, hashes.message, hashes.safe_tx, hashes.data),
        multi_send if is_known and proposal.safe_tx.operation == DELEGATECALL else None,
        ShownExecution(execution.is_success, execution.revert, execution.gas_used) if execution else None,
    )


def check_expected(part: SafePart, expected_hash: bytes | None) -> Iterator[Finding]:
    """Find that no transaction has the expected hash."""
    if part.is_expected is not False or expected_hash is None:
        return
    derived = [f"0x{each.hashes.safe_tx.hex()}" for each in part.proposals]
    if not derived:
        found = "there is no transaction of the Safe here"
    elif len(derived) == 1:
        found = f"the safeTxHash derived here, with nonce {part.nonce}, is {derived[0]}"
    else:
        found = f"the safeTxHashes derived here, from nonce {part.nonce} on, are {join_words(derived)}"
    text = f"{found}, which is not what --expect names"
    yield build_finding(
        "not_verified",
        "safe",
        text,
        ("Compare options, --nonce and --after with those of whoever gave you the hash; sign nothing until then.",),
    )


def pack(change: SafeChange) -> tuple[Payload, ...]:
    """Give what is to be signed as calldata.

    Raises:
        UsageError: several calls, and no MultiSendCallOnly.
    """
    if not change.proposals:
        raise UsageError(
            "no MultiSendCallOnly that is known is deployed on this chain, so several calls cannot be one transaction",
            "--no-batch gives one of each; with --safe-batch FILE the Safe's own app may know another",
        )
    several = len(change.proposals) > 1
    return tuple(
        Payload(Transaction(tx.to, tx.data, tx.value), tx.operation, tx.nonce if several else None)
        for tx in (each.safe_tx for each in change.proposals)
    )
