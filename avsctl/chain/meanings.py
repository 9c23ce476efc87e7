"""What of a reply counts when two endpoints are compared: the same at one block whichever node answers.

Spelling does not (letter case, leading zeros of quantities, the order of fields and of logs), nor do words of nodes,
fields that nobody reads here, and replies that ran out of gas.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeGuard

from avsctl.chain.answers import read_results
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, execution_revert, is_data, is_too_heavy
from avsctl.contracts import multicall3
from avsctl.contracts.call import Revert

Meaning = Mapping[str, object]
"""What a reply says, by the name of each part; the one part of a plain reply has no name."""
Reading = Callable[[Request, Reply], Meaning | None]
"""Tells the meaning of a reply to a request; None for one that says nothing, such as one that was short of gas."""

_ENDS: Final = ("fromBlock", "toBlock")
_WORD: Final = 32
_SELECTOR: Final = 4

_HEADER: Final = ("number", "hash", "timestamp")
_TRANSACTION: Final = ("hash", "from", "to", "input", "value", "blockNumber", "blockHash", "transactionIndex")
_RECEIPT: Final = ("transactionHash", "blockNumber", "blockHash", "status", "gasUsed", "effectiveGasPrice", "l1Fee")
_LOG: Final = ("address", "data", "blockNumber", "blockHash", "transactionHash", "transactionIndex", "logIndex")
_QUANTITIES: Final = frozenset(
    {
        *("number", "timestamp", "value", "blockNumber", "transactionIndex", "logIndex"),
        *("status", "gasUsed", "effectiveGasPrice", "l1Fee"),
    }
)


def is_settled(request: Request) -> bool:
    """Whether two nodes must give one answer: it is about a certain block, a transaction, or the chain.

    Not what is about the newest block, prices or nonces; and never what sends.
    """
    if request.method == "eth_getLogs":
        return not any(_is_moving(request.params[0].get(end)) for end in _ENDS)
    if request.method in _BLOCK_AT:
        return not _is_moving(request.params[_BLOCK_AT[request.method]])
    return request.method in _READINGS


def is_result(request: Request, reply: Reply) -> bool:
    """Whether a node did what it was asked: an error object is a result only where it is that of the EVM."""
    if not isinstance(reply, NodeFailure):
        return True
    return request.method == "eth_call" and execution_revert(reply) is not None


def read_meaning(request: Request, reply: Reply) -> Meaning | None:
    """Tell the meaning of a reply to any request that is settled."""
    return _READINGS[request.method](request, reply)


def count_results(request: Request) -> int:
    """Count what a reply tells: the calls in an aggregate3 but for the last, which is no reading; no header."""
    if request.method in _BEFORE_ALL:
        return 0
    return max(1, len(inner_calls(request)) - 1)


def inner_calls(request: Request) -> Sequence[tuple[str, bytes]]:
    """Give target and calldata of each call in an aggregate3 of ours; none in any other request."""
    data = _aggregate_data(request)
    if data is None:
        return ()
    head = _SELECTOR + 2 * _WORD
    starts = [head + _number_at(data, head + at * _WORD) for at in range(_number_at(data, head - _WORD))]
    return [(f"0x{data[at + 12 : at + _WORD].hex()}", _bytes_at(data, at + 3 * _WORD)) for at in starts]


def block_of(request: Request) -> str:
    """Write which block a request is about, for messages; empty where its method has none."""
    place = _BLOCK_AT.get(request.method)
    block = None if place is None else request.params[place]
    if isinstance(block, Mapping):
        return f" at block {block['blockHash']}"
    return f" at block {int(block, 16)}" if isinstance(block, str) else ""


def read_data(value: object) -> object:
    """Give hex data as bytes, anything else as it is."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) and is_data(value) else value


def _is_moving(block: object) -> bool:
    """Whether a block is named by a tag, which moves."""
    return not (isinstance(block, Mapping) or (isinstance(block, str) and block.startswith("0x")))


def _aggregate_data(request: Request) -> bytes | None:
    call = request.params[0] if request.method == "eth_call" else {}
    if call.get("to") != multicall3.ADDRESS or len(call["data"]) < 2 + 2 * (_SELECTOR + 2 * _WORD):
        return None
    return bytes.fromhex(call["data"][2:])


def _number_at(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + _WORD])


def _bytes_at(data: bytes, at: int) -> bytes:
    return data[at + _WORD : at + _WORD + _number_at(data, at)]


# The meanings of each method's replies


def _read_call(request: Request, reply: Reply) -> Meaning | None:
    data = _aggregate_data(request)
    if data is not None:
        return _read_aggregate(_number_at(data, _SELECTOR + _WORD), reply)
    return {"": _read_revert(reply) if isinstance(reply, NodeFailure) else read_data(reply)}


def _read_aggregate(count: int, reply: Reply) -> Meaning | None:
    """Read one result a call; nothing where gas was short, or where nothing stands that could answer."""
    if isinstance(reply, NodeFailure):
        return None if is_too_heavy(reply) else {"": _read_revert(reply)}
    if reply == "0x":
        return None
    results = read_results(reply, count)
    if results is None:
        return {"": read_data(reply)}
    *told, (has_spare, _) = results
    return {str(at): tell(*each) for at, each in enumerate(told)} if has_spare else None


def tell(success: bool, data: bytes) -> object:  # noqa: FBT001 - a pair as it is decoded
    """Give what a call in a call returned, or its revert."""
    return data if success else Revert("", (), data)


def _read_revert(failure: NodeFailure) -> object:
    revert = execution_revert(failure)
    return None if revert is None else Revert("", (), revert.data)


def _read_quantity(_request: Request, reply: Reply) -> Meaning:
    return {"": _quantity(reply)}


def _read_code(_request: Request, reply: Reply) -> Meaning:
    return {"": read_data(reply)}


def _read_whole(_request: Request, reply: Reply) -> Meaning:
    return {"": reply}


def _read_header(request: Request, reply: Reply) -> Meaning:
    found = _read_fields("", _HEADER, reply)
    transactions = reply.get("transactions") if isinstance(reply, Mapping) and request.params[1] is True else None
    return {**found, **_read_all("transactions", _TRANSACTION, transactions)} if transactions is not None else found


def _read_transaction(_request: Request, reply: Reply) -> Meaning:
    return _read_fields("", _TRANSACTION, reply)


def _read_receipt(_request: Request, reply: Reply) -> Meaning:
    logs = _read_logs_of(reply.get("logs")) if isinstance(reply, Mapping) else {}
    return {**_read_fields("", _RECEIPT, reply), **logs}


def _read_logs(_request: Request, reply: Reply) -> Meaning:
    return _read_logs_of(reply)


def _read_logs_of(logs: object) -> Meaning:
    """Read the fields of logs in the order of their places."""
    if not _are_objects(logs):
        return {"logs": logs}
    ordered = sorted(logs, key=_place)
    topics = {f"logs[{at}].topics": _read_topics(log.get("topics")) for at, log in enumerate(ordered)}
    return {**_read_all("logs", _LOG, ordered), **topics}


def _read_topics(topics: object) -> object:
    return tuple(map(read_data, topics)) if isinstance(topics, list) else topics


def _place(log: Mapping[str, Any]) -> tuple[str, str]:
    block, index = (_quantity(log.get(name)) for name in ("blockNumber", "logIndex"))
    return f"{block!s:>80}", f"{index!s:>80}"


def _read_all(name: str, fields: Sequence[str], items: object) -> Meaning:
    """Read the fields of each item of a list, and how many there are."""
    if not _are_objects(items):
        return {name: items}
    parts = [_read_fields(f"{name}[{at}].", fields, item) for at, item in enumerate(items)]
    return {f"number of {name}": len(items), **{key: value for part in parts for key, value in part.items()}}


def _read_fields(prefix: str, fields: Sequence[str], item: object) -> Meaning:
    if not isinstance(item, Mapping):
        return {prefix: item}
    read = {name: _quantity if name in _QUANTITIES else read_data for name in fields}
    return {prefix + name: read[name](item.get(name)) for name in fields}


def _are_objects(items: object) -> TypeGuard[list[Mapping[str, Any]]]:
    return isinstance(items, list) and all(isinstance(item, Mapping) for item in items)


def _quantity(value: object) -> object:
    """Give a hex quantity as a number, anything else as it is."""
    if not isinstance(value, str) or not value.startswith("0x"):
        return value
    try:
        return int(value, 16)
    except ValueError:
        return value


_BLOCK_AT: Final = {
    "eth_call": 1,
    "eth_getCode": 1,
    "eth_getStorageAt": 2,
    "eth_getBlockByNumber": 0,
    "eth_simulateV1": 1,
}
"""Which parameter names the block."""
_BEFORE_ALL: Final = frozenset({"eth_chainId", "eth_getBlockByNumber", "eth_getBlockByHash"})
_READINGS: Final[Mapping[str, Reading]] = {
    "eth_chainId": _read_quantity,
    "eth_call": _read_call,
    "eth_getCode": _read_code,
    "eth_getStorageAt": _read_quantity,
    "eth_getBlockByNumber": _read_header,
    "eth_getBlockByHash": _read_header,
    "eth_getTransactionByHash": _read_transaction,
    "eth_getTransactionReceipt": _read_receipt,
    "eth_getLogs": _read_logs,
    "eth_simulateV1": _read_whole,
}
