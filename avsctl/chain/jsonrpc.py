"""JSON-RPC 2.0 on the wire: requests out, replies matched by id, and what the words of nodes mean."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from avsctl.contracts.call import Revert
from avsctl.contracts.reverts import decode_revert
from avsctl.core.json_text import parse_json
from avsctl.errors import AnswerError

MAX_MESSAGE: Final = 50_000
"""Characters of an error message that are looked at."""


@dataclass(frozen=True)
class Request:
    """One JSON-RPC request."""

    method: str
    params: tuple[Any, ...] = ()
    accepts: "Callable[[Reply], bool] | None" = field(default=None, compare=False, repr=False)
    """Whether a result can be the answer, where its method alone does not tell."""
    is_guess: bool = field(default=False, compare=False)
    """Whether nothing depends on its answer: any will do, and it is not asked again."""


@dataclass(frozen=True)
class NodeFailure:
    """An error object that a node answered with."""

    code: int
    message: str
    """Text from outside, already freed of the endpoint's secrets."""
    data: object = None
    said_by: str = ""
    """The masked name of the endpoint, where it is not the one that messages name anyway."""


Reply = Any
"""The ``result`` of a request, or a NodeFailure."""


class ReplyError(Exception):
    """A body that does not answer the requests."""

    def __init__(self, text: str, failure: NodeFailure | None = None) -> None:
        super().__init__(text)
        self.failure = failure
        """The one error object that a whole batch was answered with."""


def encode_requests(requests: Sequence[Request], first_id: int) -> bytes:
    """Write one request as an object, several as a batch, with ids counted up from ``first_id``."""
    items = [
        {"jsonrpc": "2.0", "id": first_id + index, "method": request.method, "params": request.params}
        for index, request in enumerate(requests)
    ]
    return json.dumps(items if len(items) > 1 else items[0], separators=(",", ":")).encode()


def decode_replies(body: bytes, first_id: int, count: int) -> list[Reply]:
    """Read the replies to ``count`` requests, in their order.

    Raises:
        ReplyError: no JSON, a missing, unknown or doubled id, neither or both of result and error.
    """
    document = _parse(body)
    if isinstance(document, dict) and count > 1 and "error" in document:
        failure = _read_failure(document["error"])
        raise ReplyError(f"refused a batch of {count}: {failure.message}", failure)
    items = [document] if isinstance(document, dict) and count == 1 else document
    if not isinstance(items, list) or len(items) != count:
        sent = len(items) if isinstance(items, list) else "no"
        raise ReplyError(f"sent {sent} replies to {count} request{'s' if count > 1 else ''}")
    replies: dict[int, Reply] = {}
    for item in items:
        identity, reply = _read_item(item, only=first_id if count == 1 else None)
        if not first_id <= identity < first_id + count or identity in replies:
            raise ReplyError("sent a reply whose id was not asked for")
        replies[identity] = reply
    return [replies[first_id + index] for index in range(count)]


def decode_error(body: bytes) -> NodeFailure | None:
    """Read the error object of a body, whatever its id; None where there is none."""
    try:
        document = _parse(body)
    except ReplyError:
        return None
    first = document[0] if isinstance(document, list) and document else document
    return _read_failure(first["error"]) if isinstance(first, dict) and "error" in first else None


def parse_quantity(value: object, what: str) -> int:
    """Read a hex quantity such as ``0x1f``; raises AnswerError naming ``what`` for anything else."""
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise AnswerError(f"{what} is no hex quantity", "another endpoint may answer")


def is_data(value: object) -> bool:
    """Whether a value is hex data such as ``0xa0b1``."""
    return isinstance(value, str) and len(value) % 2 == 0 and _DATA.fullmatch(value) is not None


def parse_bytes(value: object, what: str) -> bytes:
    """Read hex data such as ``0xa0b1``; raises AnswerError naming ``what`` for anything else."""
    if isinstance(value, str) and is_data(value):
        return bytes.fromhex(value[2:])
    raise AnswerError(f"{what} is no hex data", "another endpoint may answer")


def parse_hash(value: object, what: str) -> str:
    """Read 32 bytes of hex; raises AnswerError naming ``what`` for anything else."""
    if isinstance(value, str) and _HASH.fullmatch(value):
        return value.lower()
    raise AnswerError(f"{what} is no 32-byte hash", "another endpoint may answer")


def execution_revert(failure: NodeFailure) -> Revert | None:
    """Give the revert behind an error object of eth_call; None when it is not the EVM that failed.

    Nodes put revert data in ``data``, nested in it, or into the message (geth, nethermind, parity, gateways); halts
    without data (out of gas, INVALID) show in the message alone. What is taken for a revert ends as an outcome of the
    call, what is not as a ChainError: neither becomes a number.
    """
    data = None if is_unknown_block(failure) else _revert_data(failure)
    if data is not None:
        return decode_revert(data, failure.message)
    if failure.code == _REVERT_CODE or _HALT.search(failure.message):
        return decode_revert(b"", failure.message)
    return None


def is_rate_limit(failure: NodeFailure) -> bool:
    """Whether the node asks for patience (429, -32005 and what gateways say in its place)."""
    if _RESULT_LIMIT.search(failure.message) or execution_revert(failure) is not None:
        return False
    return failure.code in _RATE_CODES or bool(_RATE.search(failure.message))


def is_too_heavy(failure: NodeFailure) -> bool:
    """Whether less work in one request may pass: gas, time or size ran out."""
    return bool(_HEAVY.search(failure.message))


def is_refusal(failure: NodeFailure) -> bool:
    """Whether the node does not take requests of this form, however often it is asked."""
    return failure.code in _REFUSAL_CODES and not is_unknown_block(failure)


def is_internal_error(failure: NodeFailure) -> bool:
    """Whether the node has failed, and says neither that it ran the call nor what in the request it does not take."""
    if failure.code != _INTERNAL_ERROR or execution_revert(failure) is not None:
        return False
    return not _OF_REQUEST.search(failure.message)


def backoff_seconds(failure: NodeFailure) -> float | None:
    """Give the pause that a rate limit names in its data, in seconds."""
    rate = failure.data.get("rate") if isinstance(failure.data, Mapping) else None
    for source in (failure.data, rate):
        value = source.get("backoff_seconds") if isinstance(source, Mapping) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST_BACKOFF_S:
            return float(value)
    return None


def is_unknown_block(failure: NodeFailure) -> bool:
    """Whether the node does not have the block, or no longer has its state."""
    if _HALT.search(failure.message) or _OVERRIDE.search(failure.message):
        return False
    return failure.code in _UNKNOWN_BLOCK_CODES or bool(_UNKNOWN_BLOCK.search(failure.message))


_MOST_WRAPPINGS: Final = 5
_LONGEST_BACKOFF_S: Final = 1e9
_REVERT_CODE: Final = 3
_INTERNAL_ERROR: Final = -32603
_RATE_CODES: Final = (429, -32005, -33300)
_QUANTITY: Final = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_DATA: Final = re.compile(r"0x[0-9a-fA-F]*", re.ASCII)
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_REVERTED: Final = re.compile(r"(?:[Rr]everted|data:|reason:)\s*(0x(?:[0-9a-fA-F]{2})+)", re.ASCII)
_REFUSAL_CODES: Final = (-32600, -32601, -32602, -32604)
"""Invalid request, unknown method, invalid params, method not supported (EIP-1474)."""
_HALT: Final = re.compile(
    r"execution revert|vm ex(?:ecu|cep)tion|evm error|out ?of ?gas|gas required exceeds"
    r"|invalid ?(?:fe)?opcode|bad instruction|stack ?(?:under|over)flow|invalid ?jump|always failing|\breverted\b",
    re.IGNORECASE | re.ASCII,
)
_HEAVY: Final = re.compile(
    r"\bgas\b|outofgas|time[d ]?[- ]?out|deadline exceeded|execution aborted|too (?:large|big)|took too long"
    r"|(?:size|length) .{0,40}(?:exceed|limit)|exceed.{0,40}(?:size|length)",
    re.IGNORECASE | re.ASCII,
)
_RATE: Final = re.compile(
    r"rate.?limit|too many requests|compute units|capacity|request limit|throughput|throttl", re.IGNORECASE | re.ASCII
)
_RESULT_LIMIT: Final = re.compile(r"results|block range|range", re.IGNORECASE | re.ASCII)
_OF_REQUEST: Final = re.compile(
    r"range|limit|result|exceed|too |time|size|gas|prun|archiv|support|implement|method|overrid|param|invalid"
    r"|unknown|exist|found|\d\d",
    re.IGNORECASE | re.ASCII,
)
_UNKNOWN_BLOCK_CODES: Final = (-32001, -39001)
_OVERRIDE: Final = re.compile(r"overrid", re.IGNORECASE | re.ASCII)
_UNKNOWN_BLOCK: Final = re.compile(
    r"header (?:for hash )?not found|unknown (?:block|header)|missing trie node|pruned|not (?:currently )?canonical"
    r"|block ?out ?of ?range|(?:could not|cannot|can't) find (?:the )?(?:block|header)|resource not found"
    r"|\b(?:block|header|state|history)\b.{0,80}\bnot (?:be )?(?:found|available|exist|known|yet)"
    r"|\b(?:block|header|state|history)\b.{0,80}(?:unavailable|does ?n[o']t exist)",
    re.IGNORECASE | re.ASCII,
)


def _parse(body: bytes) -> object:
    try:
        return parse_json(body)
    except ValueError:
        start = body[:64].lstrip().lower()
        kind = "an HTML page" if start.startswith((b"<!doctype", b"<html")) else "no JSON"
        raise ReplyError(f"sent {kind if body else 'an empty reply'}") from None


def _read_item(item: object, only: int | None) -> tuple[int, Reply]:
    if not isinstance(item, dict) or ("result" in item) == ("error" in item and item["error"] is not None):
        raise ReplyError("sent a reply with neither or both of result and error")
    identity = item.get("id")
    if identity is None and only is not None and "error" in item:
        identity = only
    if not isinstance(identity, int) or isinstance(identity, bool):
        raise ReplyError("sent a reply without an id")
    return identity, item["result"] if "result" in item else _read_failure(item["error"])


def _read_failure(error: object) -> NodeFailure:
    if not isinstance(error, dict):
        return NodeFailure(0, _text(error))
    code = error.get("code")
    return NodeFailure(code if isinstance(code, int) else 0, _text(error), error.get("data"))


def _text(error: object) -> str:
    """Give the message of an error object, and those of the ones that gateways wrap in it."""
    messages = [each.get("message") for each in _unwrap(error) if isinstance(each, Mapping)] or [error]
    told = ""
    for each in messages:
        message = each[:MAX_MESSAGE] if isinstance(each, str) else ""
        if message not in told:
            told = f"{told} ({message})" if told else message
    return told[:MAX_MESSAGE] or "an error without a message"


def _unwrap(error: object) -> Iterator[object]:
    """Give an error object, what it holds as its data or origin, what that holds, and so on."""
    for _ in range(_MOST_WRAPPINGS):
        yield error
        error = (error.get("data") or error.get("originalError")) if isinstance(error, Mapping) else None


def _revert_data(failure: NodeFailure) -> bytes | None:
    source = next((each for each in _unwrap(failure.data) if isinstance(each, str)), "")
    if is_data(source) and source != "0x":
        return bytes.fromhex(source[2:])
    texts = (source, failure.message)
    found = next((match for match in map(_REVERTED.search, texts) if match), None)
    return bytes.fromhex(found[1][2:]) if found else None
