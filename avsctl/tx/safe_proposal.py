"""Calls as transactions of a Safe: one for all, through MultiSendCallOnly, or one each with following nonces."""

from collections.abc import Sequence
from dataclasses import dataclass

from avsctl.contracts.multi_send import encode_multi_send
from avsctl.contracts.safe_tx import DELEGATECALL, SafeTx
from avsctl.contracts.transaction import Transaction
from avsctl.core.units import Address
from avsctl.errors import UsageError
from avsctl.tx.safe_hashes import SafeHashes, hash_safe_tx


@dataclass(frozen=True)
class SafeAccount:
    """What of a Safe its hashes hang on."""

    chain_id: int
    address: Address
    version: str


@dataclass(frozen=True)
class SafeProposal:
    """One transaction of a Safe that awaits its owners."""

    account: SafeAccount
    transactions: tuple[Transaction, ...]
    """The calls that it makes, in order."""
    safe_tx: SafeTx
    hashes: SafeHashes


def propose(
    account: SafeAccount, transactions: Sequence[Transaction], nonce: int, multi_send: Address | None
) -> SafeProposal:
    """Give the one transaction that makes all calls: a single one as it is, several by a delegatecall.

    Args:
        account: the Safe.
        transactions: at least one.
        nonce: of the Safe.
        multi_send: a MultiSendCallOnly, needed for several.

    Raises:
        UsageError: several calls, and no MultiSendCallOnly.
        ConfigError: a version whose hashes are not known.
    """
    safe_tx = _join(transactions, nonce, multi_send)
    hashes = hash_safe_tx(account.chain_id, account.address, account.version, safe_tx)
    return SafeProposal(account, tuple(transactions), safe_tx, hashes)


def propose_each(account: SafeAccount, transactions: Sequence[Transaction], nonce: int) -> tuple[SafeProposal, ...]:
    """Give a transaction for each call, the first with ``nonce``; errors are those of ``propose``."""
    return tuple(propose(account, [each], nonce + at, None) for at, each in enumerate(transactions))


def _join(transactions: Sequence[Transaction], nonce: int, multi_send: Address | None) -> SafeTx:
    if len(transactions) == 1:
        (single,) = transactions
        return SafeTx(single.to, single.data, nonce, single.value)
    if multi_send is None:
        raise UsageError(
            "no MultiSendCallOnly that is known is deployed on this chain, so several calls cannot be one transaction",
            "--no-batch makes one transaction of each",
        )
    return SafeTx(multi_send, encode_multi_send(transactions), nonce, operation=DELEGATECALL)
