"""Bytes that a transaction, a revert or a task carries, read without a chain: what they are, and what is inside.

Whoever sent them is a stranger: depth and number of what is nested are bounded, no length is believed before that many
bytes are there, and no message repeats a byte that was not understood.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from avsctl.contracts.interfaces import Interface, find_errors, find_functions, read_arguments
from avsctl.contracts.multi_send import RawCall, unpack_calls
from avsctl.contracts.safe_contents import (
    Caution,
    SignaturePart,
    read_signatures,
    warn_gas,
    warn_operation,
)
from avsctl.contracts.safe_tx import CALL, SafeTx
from avsctl.contracts.task_contents import InnerTask, read_bare, read_task_data
from avsctl.core.units import Address

DEEPEST: Final = 8
"""How deep calls in calls are read."""
MOST_CALLS: Final = 2_000
"""How many calls are read in all."""


class Kind(StrEnum):
    """What some bytes are."""

    EMPTY = "empty"
    """No data, as a plain transfer of the chain's coin has none."""
    CALLDATA = "calldata"
    MULTI_SEND = "multi_send"
    EXEC_TRANSACTION = "exec_transaction"
    SUBMIT_TASK = "submit_task"
    UPDATE = "update"
    """The bare data of a task 10001 or 10002."""
    REVERT = "revert"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Decoded:
    """What some bytes are, as far as it is known without a chain."""

    kind: Kind
    data: bytes = field(repr=False)
    interfaces: tuple[Interface, ...] = ()
    """The functions or errors that the selector may be of, all with the same types."""
    args: tuple[Any, ...] | None = None
    """None where there are none to be read, or they cannot be."""
    fault: str = ""
    """Why something in it cannot be read."""
    calls: tuple["InnerCall", ...] = ()
    left_out: int = 0
    """Calls in it that are not read: there are too many, or they are too deep."""
    safe_tx: SafeTx | None = None
    """Of an ``execTransaction``; its nonce, which the calldata does not hold, is 0 here."""
    signatures: tuple[SignaturePart, ...] = ()
    task: InnerTask | None = None
    inner: "Decoded | None" = None
    """What an error says that another call was, or reverted with."""
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True)
class InnerCall:
    """One call that a call makes."""

    to: Address
    value: int
    """Wei."""
    operation: int
    """0 a call, 1 a delegatecall; there is no other."""
    decoded: Decoded


@dataclass
class _Budget:
    """How many calls may still be read."""

    calls: int = MOST_CALLS


def decode_bytes(data: bytes) -> Decoded:
    """Read calldata, revert data, or the bare data of an update; never raises."""
    if not data or find_functions(data[:4]):
        return decode_call(data)
    if find_errors(data[:4]):
        return decode_error(data)
    task = read_bare(data)
    return Decoded(Kind.UNKNOWN, data) if task is None else Decoded(Kind.UPDATE, data, task=task)


def decode_call(data: bytes) -> Decoded:
    """Read what is sent to a contract as calldata; never raises."""
    return _decode_call(data, 0, _Budget())


def decode_calls(calls: Iterable[tuple[Address, int, bytes]]) -> tuple[tuple[InnerCall, ...], int]:
    """Read a list of calls, target, value and data each; gives those read, and how many are left out."""
    return _read_calls([(to, value, CALL, data) for to, value, data in calls], 0, _Budget())


def decode_error(data: bytes) -> Decoded:
    """Read revert data; never raises."""
    return _decode_error(data, 0)


def _decode_call(data: bytes, depth: int, budget: _Budget) -> Decoded:
    interfaces = find_functions(data[:4])
    if not interfaces:
        return Decoded(Kind.UNKNOWN if data else Kind.EMPTY, data)
    known = Decoded(_KINDS.get(interfaces[0].name, Kind.CALLDATA), data, interfaces)
    try:
        known = replace(known, args=read_arguments(interfaces[0], data[4:]))
    except ValueError as error:
        return replace(known, fault=str(error))
    opened = _OPENERS.get(interfaces[0].name)
    return opened(known, depth, budget) if opened else known


def _decode_error(data: bytes, depth: int) -> Decoded:
    interfaces = find_errors(data[:4])
    if not interfaces:
        return Decoded(Kind.UNKNOWN, data)
    known = Decoded(Kind.REVERT, data, interfaces)
    try:
        args = read_arguments(interfaces[0], data[4:])
    except ValueError as error:
        return replace(known, fault=str(error))
    return replace(known, args=args, inner=_read_inner(interfaces[0].name, args, depth + 1))


def _read_inner(error: str, args: Sequence[Any], depth: int) -> Decoded | None:
    """Read what an error wraps: the error that a call of 10002 gave, or the call that is not allowed."""
    if error == "InternalTransactionRevert" and args[0] and depth < DEEPEST:
        return _decode_error(args[0], depth)
    return _decode_call(args[1], depth, _Budget()) if error == "InternalTransactionNotAllowed" else None


def _read_calls(raw: Sequence[RawCall], depth: int, budget: _Budget) -> tuple[tuple[InnerCall, ...], int]:
    """Read the calls of one list in their order; gives those read, and how many are left out."""
    count = min(len(raw), budget.calls) if depth < DEEPEST else 0
    budget.calls -= count
    read = (
        InnerCall(to, value, operation, _decode_call(data, depth + 1, budget))
        for to, value, operation, data in raw[:count]
    )
    return tuple(read), len(raw) - count


def _with_calls(known: Decoded, raw: Sequence[RawCall], depth: int, budget: _Budget) -> Decoded:
    calls, left_out = _read_calls(raw, depth, budget)
    return replace(known, calls=calls, left_out=left_out)


def _open_multi_send(known: Decoded, depth: int, budget: _Budget) -> Decoded:
    raw, fault = unpack_calls(_args(known)[0])
    opened = _with_calls(known, raw, depth, budget)
    cautions = (
        Caution(each.code, f"call {at}: {each.text}")
        for at, (to, _, operation, _) in enumerate(raw, 1)
        if operation != CALL
        for each in warn_operation(to, operation, is_batch=False)
    )
    return replace(opened, fault=fault, cautions=tuple(cautions))


def _open_exec(known: Decoded, depth: int, budget: _Budget) -> Decoded:
    to, value, data, operation, safe_tx_gas, base_gas, gas_price, gas_token, receiver, signatures = _args(known)
    safe_tx = SafeTx(to, data, 0, value, operation, safe_tx_gas, base_gas, gas_price, gas_token, receiver)
    opened = _open_module(replace(known, args=(to, value, data, operation)), depth, budget)
    parts, fault = read_signatures(signatures)
    cautions = (*opened.cautions, *warn_gas(safe_tx))
    return replace(opened, args=known.args, safe_tx=safe_tx, signatures=parts, fault=fault, cautions=cautions)


def _open_module(known: Decoded, depth: int, budget: _Budget) -> Decoded:
    to, value, data, operation = _args(known)
    opened = _with_calls(known, [(to, value, operation, data)], depth, budget)
    is_batch = any(call.decoded.kind is Kind.MULTI_SEND for call in opened.calls)
    return replace(opened, cautions=tuple(warn_operation(to, operation, is_batch=is_batch)))


def _open_aggregate(known: Decoded, depth: int, budget: _Budget) -> Decoded:
    return _with_calls(known, [(item[0], 0, CALL, item[-1]) for item in _args(known)[-1]], depth, budget)


def _open_task(known: Decoded, _depth: int, _budget: _Budget) -> Decoded:
    _, data, _, task_definition_id = _args(known)[0]
    return replace(known, task=read_task_data(task_definition_id, data))


def _args(known: Decoded) -> tuple[Any, ...]:
    assert known.args is not None  # noqa: S101 - only what was read is opened
    return known.args


_KINDS: Final = {
    "multiSend": Kind.MULTI_SEND,
    "execTransaction": Kind.EXEC_TRANSACTION,
    "submitTask": Kind.SUBMIT_TASK,
}
_OPENERS: Final[Mapping[str, Callable[[Decoded, int, _Budget], Decoded]]] = {
    "multiSend": _open_multi_send,
    "execTransaction": _open_exec,
    "execTransactionFromModule": _open_module,
    "execTransactionFromModuleReturnData": _open_module,
    "aggregate3": _open_aggregate,
    "tryAggregate": _open_aggregate,
    "submitTask": _open_task,
    "processTask": _open_task,
}
"""How to look into what a function is given; every overload of a name is given the same things."""
