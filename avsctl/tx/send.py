"""Signs a priced transaction, sends it, and waits until it is in a block; nothing is asked of the user here.

From the moment a transaction may have left, every error names its hash: whether it lands is then out of our hands.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, execution_revert, parse_quantity
from avsctl.chain.receipts import Receipt, parse_receipt
from avsctl.chain.rpc import Rpc
from avsctl.contracts.call import Revert
from avsctl.contracts.keccak import keccak256
from avsctl.core.chains import chain_name
from avsctl.errors import ChainError, ConfigError, EndpointError, NodeError
from avsctl.tx.pricing import Priced
from avsctl.tx.signer import Signer

if TYPE_CHECKING:
    from avsctl.chain.web3_provider import Web3Chain

FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 2.0
REPLACED_AFTER: Final = 5
"""So many times in a row the nonce is used up and there is no receipt: nodes behind one address may lag a little."""
LOOKUPS: Final = 3
"""How often a transaction that was refused is looked for: an earlier try may have brought it in."""

_KNOWN: Final = re.compile(
    r"already ?(?:known|imported|exists|in (?:the )?(?:mem|tx|transaction )?pool)|(?<!un)known transaction",
    re.IGNORECASE | re.ASCII,
)
_NONCE_USED: Final = re.compile(r"nonce.{0,20}too low|old ?nonce|nonce has already", re.IGNORECASE | re.ASCII)
_OTHER_WAITS: Final = re.compile(r"underpriced|replacement|could not replace", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Landed:
    """A transaction that is in a block."""

    receipt: Receipt
    revert: Revert | None = None
    """Why it reverted, found by running it again on the state before its block; None where it succeeded, or where it
    reverts there no longer, because another transaction of the same block was in its way."""


def send(rpc: Rpc, signer: Signer, priced: Priced, announce: Callable[[str], None]) -> Landed:
    """Sign and send a transaction, and wait until it landed, as long as the deadline of ``rpc`` allows.

    Args:
        rpc: of the chain that it was priced on.
        signer: of the sender.
        priced: what to send.
        announce: told the hash right before the transaction leaves.

    Raises:
        UsageError: the key is not that of the sender.
        ConfigError: the endpoint is on another chain now; nothing was sent.
        NodeError: the node refused the transaction.
        ChainError: it was sent and did not land in time (``transaction_pending``), another one with its nonce landed
            (``transaction_replaced``), or no endpoint said whether it took it (``transaction_unknown``).
    """
    from avsctl.chain.web3_provider import Web3Chain  # noqa: PLC0415 - imports web3, 0.8 s

    signer.require(priced.sender)
    chain = Web3Chain(rpc)
    _require_chain(rpc, chain, priced)
    rpc.end_check()
    raw = signer.sign_transaction(priced.fields)
    transaction_hash = f"0x{keccak256(raw).hex()}"
    announce(transaction_hash)
    _hand_in(rpc, chain, raw, _Sent(transaction_hash, priced))
    receipt = _wait(rpc, _Sent(transaction_hash, priced))
    return Landed(receipt, None if receipt.is_success else _replay(rpc, priced, receipt))


@dataclass(frozen=True)
class _Sent:
    """A transaction under way, and what to say of it."""

    transaction_hash: str
    priced: Priced

    @property
    def text(self) -> str:
        return f"transaction {self.transaction_hash} (nonce {self.priced.nonce} of {self.priced.sender})"

    @property
    def hint(self) -> str:
        return (
            f"it may still land: look for it in an explorer, or with cast receipt {self.transaction_hash};"
            " do not send the change again before you know"
        )


def _require_chain(rpc: Rpc, chain: "Web3Chain", priced: Priced) -> None:
    """Ask once more: a key signs for no chain but the one that everything was read from."""
    found = chain.chain_id()
    if not found == priced.chain_id == rpc.chain_id:
        raise ConfigError(
            f"{rpc.name()} is on {chain_name(found)} now; {chain_name(priced.chain_id)} was expected; nothing was sent",
            "see what the endpoint is, and run this again",
            "wrong_chain",
        )


# Handing it in


def _hand_in(rpc: Rpc, chain: "Web3Chain", raw: bytes, sent: _Sent) -> None:
    """Hand a transaction in; a refusal counts only when no earlier try brought it in."""
    try:
        chain.send(raw)
    except NodeError as error:
        message = error.problems[0].message
        if not _KNOWN.search(message) and not _is_known(rpc, sent):
            raise _refused(sent, message) from None
    except ChainError as error:
        message = error.problems[0].message
        if not _is_known(rpc, sent):
            raise ChainError(
                f"it is not known whether {sent.text} was sent: {message}", sent.hint, "transaction_unknown"
            ) from None


def _is_known(rpc: Rpc, sent: _Sent) -> bool:
    """Whether a node has the transaction, waiting or in a block."""
    request = Request("eth_getTransactionByHash", (sent.transaction_hash,))
    for attempt in range(LOOKUPS):
        if attempt:
            rpc.deadline.clock.sleep(min(1.0, rpc.deadline.remaining()))
        try:
            (reply,) = rpc.send([request])
        except EndpointError:
            return False
        if isinstance(reply, dict) and str(reply.get("hash")).lower() == sent.transaction_hash:
            return True
    return False


def _refused(sent: _Sent, message: str) -> NodeError:
    nonce, sender = sent.priced.nonce, sent.priced.sender
    hint = "nothing was changed; mend what the node names, and run this again"
    if _NONCE_USED.search(message):
        hint = f"another transaction of {sender} with nonce {nonce} landed meanwhile: run this again"
    elif _OTHER_WAITS.search(message):
        hint = f"another transaction of {sender} with nonce {nonce} waits: let it land, then run this again"
    return NodeError(f"{sent.text} was refused: {message}", hint, "transaction_refused")


# Waiting


@dataclass(frozen=True)
class _Look:
    """What was seen of a transaction under way."""

    receipt: Receipt | None = None
    is_nonce_used: bool = False
    """Though there is no receipt."""
    fault: str = ""
    """Why nothing was seen; text from outside."""


def _wait(rpc: Rpc, sent: _Sent) -> Receipt:
    """Ask for the receipt until it is there; an endpoint that fails meanwhile is asked again."""
    pause, replaced = FIRST_PAUSE_S, 0
    while True:
        look = _look(rpc, sent)
        if look.receipt is not None:
            return look.receipt
        replaced = replaced + 1 if look.is_nonce_used else 0
        if replaced >= REPLACED_AFTER:
            raise ChainError(
                f"{sent.text} will not land: another transaction with its nonce did",
                "see what that one was; if the wallet did not replace it on purpose, its key is used elsewhere too",
                "transaction_replaced",
            )
        if pause >= rpc.deadline.remaining():
            raise _not_in_time(rpc, sent, look.fault)
        rpc.deadline.clock.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def _not_in_time(rpc: Rpc, sent: _Sent, fault: str) -> ChainError:
    text = f"{sent.text} was sent, and no block is known to hold it after {rpc.deadline.seconds:g} s (--timeout)"
    return ChainError(f"{text}: {fault}" if fault else text, sent.hint, "transaction_pending")


def _look(rpc: Rpc, sent: _Sent) -> _Look:
    """Ask for the receipt, and whether the sender's nonce is used up."""
    requests = [
        Request("eth_getTransactionReceipt", (sent.transaction_hash,)),
        Request("eth_getTransactionCount", (sent.priced.sender, "latest")),
    ]
    try:
        told, count = rpc.send(requests)
        receipt = rpc.read(requests[0].method, told, lambda value: parse_receipt(value, sent.transaction_hash))
        return _Look(receipt, is_nonce_used=receipt is None and _read_count(rpc, count) > sent.priced.nonce)
    except ChainError as error:  # among them geth's "transaction indexing is in progress"
        return _Look(fault=error.problems[0].message)


def _read_count(rpc: Rpc, reply: Reply) -> int:
    return rpc.read("eth_getTransactionCount", reply, lambda value: parse_quantity(value, "the nonce"))


def _replay(rpc: Rpc, priced: Priced, receipt: Receipt) -> Revert | None:
    """Run a transaction that reverted on the state before its block, to learn why."""
    call: dict[str, Any] = {
        "from": priced.sender,
        "to": priced.transaction.to,
        "data": f"0x{priced.transaction.data.hex()}",
        "value": hex(priced.transaction.value),
        "gas": hex(priced.fee.gas_limit),
    }
    try:
        (reply,) = rpc.send([Request("eth_call", (call, hex(receipt.block_number - 1)))])
    except EndpointError:
        return None
    return execution_revert(reply) if isinstance(reply, NodeFailure) else None
