"""The execution of a Safe transaction with its owners' signatures: asked of the Safe itself before anything is sent."""

from collections.abc import Sequence
from typing import Final, TypeVar

from avsctl.chain.answers import may_pass
from avsctl.chain.jsonrpc import Request
from avsctl.chain.reader import BlockReader
from avsctl.contracts.call import Call, Outcome, Revert, Reverted
from avsctl.contracts.safe import Safe
from avsctl.contracts.safe_tx import encode_exec
from avsctl.contracts.transaction import Transaction
from avsctl.core.units import Address
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_trial import Execution

T = TypeVar("T")

_SUCCESS: Final = (1).to_bytes(32)
_WITH_VIEW: Final = (1, 3, 0)
"""From here on ``checkSignatures`` is public (GnosisSafe.sol)."""


def load_approvals(reader: BlockReader, proposal: SafeProposal, owners: Sequence[Address]) -> tuple[Address, ...]:
    """Give the owners who have approved the hash on the chain.

    Raises:
        ChainError: the chain could not be read.
    """
    safe, hashed = Safe(proposal.account.address), proposal.hashes.safe_tx
    answers = reader.require([safe.approved(owner, hashed) for owner in owners])
    return tuple(owner for owner, approved in zip(owners, answers, strict=True) if approved)


def build_exec(proposal: SafeProposal, signatures: bytes) -> Transaction:
    """Give the call of ``execTransaction``, which anybody may send."""
    return Transaction(proposal.account.address, encode_exec(proposal.safe_tx, signatures))


def ask_safe(reader: BlockReader, proposal: SafeProposal, signatures: bytes, executor: Address) -> Revert | None:
    """Ask the Safe whether it takes joined signatures; gives its error, None where it takes them.

    A Safe before 1.3.0 has no such view; there only the execution tells.

    Args:
        reader: of the chain that the Safe is on.
        proposal: what was signed.
        signatures: as ``execTransaction`` takes them.
        executor: who is to send, whose word counts as a signature.

    Raises:
        ChainError: the chain could not be read.
    """
    if _read_release(proposal.account.version) < _WITH_VIEW:
        return None
    hashes = proposal.hashes
    call = Safe(proposal.account.address).check_signatures(hashes.safe_tx, hashes.preimage, signatures)
    outcome = _call_as(reader, executor, call)
    return outcome.revert if isinstance(outcome, Reverted) else None


def try_signed(reader: BlockReader, transaction: Transaction, executor: Address) -> Execution:
    """Run the call of ``execTransaction`` as it is to be sent, nothing overridden.

    Raises:
        ChainError: the chain could not be read.
    """
    call = Call(transaction.to, transaction.data, bytes, "Safe.execTransaction()", 0, alone=True)
    outcome = _call_as(reader, executor, call)
    if isinstance(outcome, Reverted):
        return Execution(is_success=False, revert=outcome.revert, gas_used=None)
    return Execution(outcome.value == _SUCCESS, None, None)


def _call_as(reader: BlockReader, sender: Address, call: Call[T]) -> Outcome[T]:
    """Make a call in the name of an account, without a gas price, which it may not be able to pay."""
    fields = {"from": sender, "to": call.to, "data": f"0x{call.data.hex()}"}
    (reply,) = reader.ask(lambda pin: [Request("eth_call", (fields, pin))], may_pass)
    return reader.settle(call, reply)


def _read_release(version: str) -> tuple[int, ...]:
    """Read the numbers of a version that has been hashed by."""
    return tuple(map(int, version.partition("+")[0].split(".")))
