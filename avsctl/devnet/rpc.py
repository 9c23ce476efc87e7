"""Talks to a devnet's own nodes: requests in batches, and transactions from unlocked accounts until they are mined.

Not the read path of avsctl: it trusts the node, keeps no connection, and retries nothing.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import urllib3
from eth_abi.abi import encode
from eth_abi.grammar import TupleType, parse

from avsctl.contracts.keccak import keccak256
from avsctl.errors import ChainError, EndpointError, NodeError

GAS: Final = 30_000_000
"""Gas limit of a transaction, fixed because an estimate would run before the transactions that it builds on."""
BODY_CHARACTERS: Final = 1_000_000
"""About what one request may hold; anvil refuses more than 2 MB."""
RECEIPT_SECONDS: Final = 60.0

Request = tuple[str, tuple[object, ...]]
Receipt = dict[str, Any]


@dataclass(frozen=True)
class Transaction:
    """A call, or with ``to`` None a deployment, from an account that the node signs for."""

    sender: str
    to: str | None
    data: bytes
    gas: int = GAS


def calldata(signature: str, *arguments: object) -> bytes:
    """Encode a call from its Solidity signature, such as ``setStake(address,uint256)``."""
    return keccak256(signature.encode())[:4] + arguments_of(signature[signature.index("(") :], *arguments)


def arguments_of(types: str, *arguments: object) -> bytes:
    """Encode arguments from their types in parentheses, as a constructor takes them."""
    if types == "()":
        return b""
    parsed = parse(types)
    assert isinstance(parsed, TupleType)  # noqa: S101 - parentheses are a tuple
    return encode([component.to_type_str() for component in parsed.components], arguments)


def call(url: str, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON
    """Make one request and return its result.

    Raises:
        NodeError: the node answered with an error.
    """
    return batch(url, [(method, parameters)])[0]


def batch(url: str, requests: Sequence[Request]) -> list[Any]:
    """Make many requests, in order, in as few bodies as the node takes."""
    with urllib3.PoolManager() as http:
        return [result for part in _parts(requests) for result in _post(http, url, part)]


def send(url: str, transactions: Sequence[Transaction]) -> list[Receipt]:
    """Send transactions in order, mine them if the node does not, and return their receipts.

    Raises:
        ChainError: one of them reverted, or was not mined.
    """
    receipts = land(url, transactions)
    for transaction, receipt in zip(transactions, receipts, strict=True):
        if not is_success(receipt):
            raise ChainError(f"a devnet transaction reverted: {transaction.to} {transaction.data[:4].hex()}, {receipt}")
    return receipts


def land(url: str, transactions: Sequence[Transaction]) -> list[Receipt]:
    """Do as ``send``, whether or not they revert.

    Raises:
        ChainError: one of them was not mined.
    """
    if not transactions:
        return []
    hashes = batch(url, list(_send_requests(url, transactions)))
    if not call(url, "anvil_getAutomine"):
        call(url, "evm_mine")
    return _await_receipts(url, hashes)


def is_success(receipt: Receipt) -> bool:
    """Whether a transaction that was mined did not revert."""
    return int(receipt["status"], 16) == 1


def read(url: str, to: str, data: bytes) -> bytes:
    """Call a contract at the head and return what it returns."""
    return bytes.fromhex(call(url, "eth_call", {"to": to, "data": "0x" + data.hex()}, "latest")[2:])


def head(url: str) -> int:
    """Give the height of a node's head."""
    return int(call(url, "eth_blockNumber"), 16)


def _parts(requests: Iterable[Request]) -> Iterator[list[Request]]:
    part: list[Request] = []
    size = 0
    for request in requests:
        length = len(str(request))
        if part and size + length > BODY_CHARACTERS:
            yield part
            part, size = [], 0
        part.append(request)
        size += length
    if part:
        yield part


def _post(http: urllib3.PoolManager, url: str, requests: Sequence[Request]) -> list[Any]:
    body = [
        {"jsonrpc": "2.0", "id": index, "method": method, "params": parameters}
        for index, (method, parameters) in enumerate(requests)
    ]
    try:
        answer = http.request("POST", url, json=body, timeout=300.0, retries=False).json()
    except urllib3.exceptions.HTTPError as error:
        raise EndpointError(f"the devnet node at {url} is gone: {error}") from error
    items = answer if isinstance(answer, list) else [answer]
    for item in items:
        if "error" in item:
            raise NodeError(f"the devnet node at {url} answered: {item['error']}")
    return [item["result"] for item in sorted(items, key=lambda item: int(item["id"]))]


def _send_requests(url: str, transactions: Iterable[Transaction]) -> Iterator[Request]:
    """Number the transactions here: the items of one batch may run side by side in the node."""
    nonces: dict[str, int] = {}
    for transaction in transactions:
        sender = transaction.sender
        if sender not in nonces:
            nonces[sender] = int(call(url, "eth_getTransactionCount", sender, "pending"), 16)
        fields = {
            "from": sender,
            "gas": hex(transaction.gas),
            "nonce": hex(nonces[sender]),
            "data": "0x" + transaction.data.hex(),
        }
        yield "eth_sendTransaction", (fields | ({"to": transaction.to} if transaction.to else {}),)
        nonces[sender] += 1


def _await_receipts(url: str, hashes: Sequence[str]) -> list[Receipt]:
    deadline = time.monotonic() + RECEIPT_SECONDS
    requests: list[Request] = [("eth_getTransactionReceipt", (transaction_hash,)) for transaction_hash in hashes]
    while time.monotonic() < deadline:
        receipts = batch(url, requests)
        if all(receipts):
            return receipts
        time.sleep(0.005)
    raise ChainError(f"devnet transactions were not mined within {RECEIPT_SECONDS:.0f} s")
