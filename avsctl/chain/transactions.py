"""What an endpoint says of a transaction that is in a block: who sent it, and which one a log is of."""

from collections.abc import Mapping
from typing import Any, Final

from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, parse_bytes, parse_hash
from avsctl.chain.rpc import Rpc
from avsctl.chain.shapes import is_there
from avsctl.contracts.address import to_checksum
from avsctl.core.units import Address
from avsctl.errors import AnswerError

_HINT: Final = "another endpoint may answer"


def ask_transaction(transaction: str) -> Request:
    """Give the request whose reply ``read_sender`` reads."""
    return Request("eth_getTransactionByHash", (transaction,), is_there)


def read_sender(rpc: Rpc, transaction: str, reply: Reply) -> Address | None:
    """Give who sent a transaction; None where the endpoint does not have it.

    Raises:
        AnswerError: it is another transaction, or has another shape.
    """
    if reply is None or isinstance(reply, NodeFailure):
        return None
    return rpc.read("eth_getTransactionByHash", reply, lambda value: _parse_sender(value, transaction))


def read_log_transaction(rpc: Rpc, log: Mapping[str, Any]) -> str:
    """Give the hash of the transaction that a log is of.

    Raises:
        AnswerError: the log names none.
    """
    return rpc.read("eth_getLogs", log.get("transactionHash"), lambda value: parse_hash(value, "a log's transaction"))


def _parse_sender(value: object, transaction: str) -> Address:
    if not isinstance(value, Mapping) or parse_hash(value.get("hash"), "the transaction's hash") != transaction:
        raise AnswerError("it is another transaction", _HINT)
    sender = parse_bytes(value.get("from"), "its sender")
    if len(sender) != 20:
        raise AnswerError("its sender has not 20 bytes", _HINT)
    return to_checksum(sender)
