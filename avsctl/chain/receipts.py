"""What a node says of a transaction that was sent: nothing yet, that it waits, or how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from avsctl.chain.jsonrpc import parse_bytes, parse_hash, parse_quantity
from avsctl.errors import AnswerError

MOST_LOGS: Final = 2_000
_HINT: Final = "another endpoint may answer"


@dataclass(frozen=True)
class Receipt:
    """How a transaction ended."""

    transaction_hash: str
    block_number: int
    block_hash: str
    is_success: bool
    """False: it reverted, and its gas is spent."""
    gas_used: int
    effective_gas_price: int | None
    """Wei a gas; None where the node does not say."""
    data_fee: int
    """Wei, for posting the transaction to L1, on rollups of the OP kind; 0 elsewhere."""
    logs: tuple[Mapping[str, Any], ...] = field(repr=False)
    """``address``, ``topics`` and ``data`` of each, as JSON-RPC writes them, their shape checked."""

    @property
    def cost(self) -> int | None:
        """What the sender paid, in wei; None where the price is not known."""
        if self.effective_gas_price is None:
            return None
        return self.gas_used * self.effective_gas_price + self.data_fee


def parse_receipt(value: object, transaction_hash: str) -> Receipt | None:
    """Read eth_getTransactionReceipt; None where the transaction is in no block.

    Raises:
        AnswerError: it is the receipt of another transaction, or has another shape.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise AnswerError("the receipt is no object", _HINT)
    if parse_hash(value.get("transactionHash"), "the receipt's transaction") != transaction_hash:
        raise AnswerError("the receipt is that of another transaction", _HINT)
    status = parse_quantity(value.get("status"), "the receipt's status")
    if status > 1:
        raise AnswerError("the receipt's status is neither 0 nor 1", _HINT)
    return Receipt(
        transaction_hash,
        parse_quantity(value.get("blockNumber"), "the receipt's block"),
        parse_hash(value.get("blockHash"), "the receipt's block"),
        status == 1,
        parse_quantity(value.get("gasUsed"), "the gas used"),
        _parse_optional(value.get("effectiveGasPrice"), "the gas price paid"),
        _parse_optional(value.get("l1Fee"), "the data fee") or 0,
        _parse_logs(value.get("logs")),
    )


def _parse_optional(value: object, what: str) -> int | None:
    return None if value is None else parse_quantity(value, what)


def _parse_logs(value: object) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list) or len(value) > MOST_LOGS:
        raise AnswerError(f"the receipt has no logs, or over {MOST_LOGS}", _HINT)
    return tuple(map(_parse_log, value))


def _parse_log(log: object) -> Mapping[str, Any]:
    if not isinstance(log, dict) or not isinstance(log.get("topics"), list) or len(log["topics"]) > 4:
        raise AnswerError("a log of the receipt has another shape", _HINT)
    if len(parse_bytes(log.get("address"), "the address of a log")) != 20:
        raise AnswerError("the address of a log has not 20 bytes", _HINT)
    parse_bytes(log.get("data"), "the data of a log")
    return {
        "address": log["address"],
        "topics": [parse_hash(topic, "the topic of a log") for topic in log["topics"]],
        "data": log["data"],
    }
