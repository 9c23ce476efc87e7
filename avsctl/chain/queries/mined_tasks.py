"""A submitTask that was mined: what was handed in, by whom, and where in which block."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from avsctl.chain.jsonrpc import Request, parse_bytes, parse_hash, parse_quantity
from avsctl.chain.receipts import Receipt, parse_receipt
from avsctl.chain.rpc import Rpc
from avsctl.chain.shapes import is_missing
from avsctl.contracts.address import to_checksum
from avsctl.contracts.submit_task import Submission, Task, decode_submit
from avsctl.contracts.task_logs import decode_outcome
from avsctl.core.deployment import Generation
from avsctl.core.units import Address
from avsctl.errors import AnswerError, ChainError, UsageError

_HINT = "another endpoint may answer"


@dataclass(frozen=True)
class MinedTask:
    """One transaction that called submitTask."""

    transaction_hash: str
    task: Task
    submission: Submission
    sender: Address
    calldata: bytes = field(repr=False)
    value: int
    """Wei."""
    block_number: int
    position: int
    """In its block, from 0."""
    is_success: bool
    logs: tuple[Mapping[str, Any], ...] = field(repr=False)

    def task_number(self, generation: Generation, attestation_center: Address) -> int | None:
        """Give the number that AttestationCenter's event gives the task; None where it reverted."""
        own = (log for log in self.logs if log["address"].lower() == attestation_center.lower())
        outcomes = (decode_outcome(generation, log) for log in own)
        return next((each.task_number for each in outcomes if each), None)


def load_mined(rpc: Rpc, attestation_center: Address, transaction_hash: str) -> MinedTask:
    """Read a transaction by its hash.

    Raises:
        UsageError: nobody knows it, or it is no submitTask of this AttestationCenter.
        ChainError: it is in no block yet, or the chain could not be read.
    """
    requests = [
        Request("eth_getTransactionByHash", (transaction_hash,)),
        Request("eth_getTransactionReceipt", (transaction_hash,)),
    ]
    found, reply = rpc.send(requests, is_missing)
    if found is None:
        raise UsageError(
            "the endpoint of L2 knows no transaction with the hash that --tx gives",
            "see that it is of this L2; an endpoint that lags or prunes may not have it",
        )
    fields = rpc.read("eth_getTransactionByHash", found, lambda value: _parse(value, transaction_hash))
    receipt = rpc.read("eth_getTransactionReceipt", reply, lambda value: parse_receipt(value, transaction_hash))
    if receipt is None:
        raise ChainError("the transaction that --tx names is in no block yet", "try again once it is mined")
    if fields.to != attestation_center:
        to = fields.to or "none, it deploys a contract"
        raise UsageError(
            f"the transaction that --tx names is no submitTask: its target is {to}, not {attestation_center}",
            "give the hash of a transaction that called submitTask of ATTESTATION_CENTER_ADDRESS",
        )
    return _join(fields, receipt)


@dataclass(frozen=True)
class _Fields:
    sender: Address
    to: Address | None
    calldata: bytes
    value: int
    position: int
    """0 while it is in no block."""


def _join(fields: _Fields, receipt: Receipt) -> MinedTask:
    try:
        task, submission = decode_submit(fields.calldata)
    except ValueError as error:
        raise UsageError(
            f"the transaction that --tx names is no submitTask that can be read: {error}",
            "give the hash of a transaction that called submitTask",
        ) from None
    return MinedTask(
        receipt.transaction_hash,
        task,
        submission,
        fields.sender,
        fields.calldata,
        fields.value,
        receipt.block_number,
        fields.position,
        receipt.is_success,
        receipt.logs,
    )


def _parse(value: object, transaction_hash: str) -> _Fields:
    if not isinstance(value, dict):
        raise AnswerError("the transaction is no object", _HINT)
    if parse_hash(value.get("hash"), "the transaction's hash") != transaction_hash:
        raise AnswerError("it is another transaction", _HINT)
    index, to = value.get("transactionIndex"), value.get("to")
    return _Fields(
        _parse_address(value.get("from"), "its sender"),
        None if to is None else _parse_address(to, "its target"),
        parse_bytes(value.get("input"), "its calldata"),
        parse_quantity(value.get("value"), "its value"),
        0 if index is None else parse_quantity(index, "its place"),
    )


def _parse_address(value: object, what: str) -> Address:
    raw = parse_bytes(value, what)
    if len(raw) != 20:
        raise AnswerError(f"{what} has not 20 bytes", _HINT)
    return to_checksum(raw)
