"""A chain in memory behind the real ``Transport``, with every mishap that networks and nodes have: for tests.

``FakeNode`` answers requests by rules, ``FakeTransport`` carries them and lets go wrong what its plan says, and
``FakeClock`` passes only while somebody waits.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from avsctl.chain.endpoint import Endpoint
from avsctl.chain.transport import HttpReply, TransportError
from avsctl.contracts import multicall3

BLAKE2F: Final = "0x0000000000000000000000000000000000000009"
_ANY_CODE: Final = "0x01"
_INTRINSIC_GAS: Final = 21_000


class FakeClock:
    """A clock that passes only while somebody waits."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Give the seconds that were waited."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._now += seconds


@dataclass(frozen=True)
class Ran:
    """How a call ended in the EVM."""

    success: bool
    data: bytes
    gas: int = 5_000


Contract = Callable[[bytes, int, str], Ran]
"""Runs calldata with so much gas at the block of this hash."""


class Batches(StrEnum):
    """How a node refuses a batch that is too large for it."""

    BY_ERROR = "one error object"
    BY_STATUS = "HTTP status 413"
    BY_DROPPING = "the connection breaks off"


class Overrides(StrEnum):
    """What a node makes of a code override."""

    TAKEN = "taken"
    REFUSED = "refused"
    IGNORED = "ignored"


@dataclass
class FakeNode:
    """A node of one chain, with the limits it is given."""

    chain_id: int = 1
    head: int = 1_000
    fork: int = 0
    """Part of every hash: a change replaces all blocks."""
    contracts: dict[str, Contract] = field(default_factory=dict)
    """By address, in lower case."""
    logs: list[dict[str, Any]] = field(default_factory=list)
    has_multicall: bool = True
    overrides: Overrides = Overrides.TAKEN
    takes_block_hash: bool = True
    has_blake2f: bool = True
    gas_cap: int = 50_000_000
    most_items: int = 1_000_000
    batches: Batches = Batches.BY_ERROR
    most_bytes: int = 1_000_000_000
    """Of a reply's body; a larger one is refused as a whole."""
    tags: tuple[str, ...] = ("latest", "safe", "finalized")
    log_range: int = 1_000_000_000
    log_refusal: str = "query exceeds the block range"

    def hash_of(self, number: int) -> str:
        """Give the hash of a block."""
        return f"0x{self.chain_id:032x}{self.fork:016x}{number:016x}"

    def header(self, number: int) -> dict[str, str]:
        """Give what of a header is read."""
        return {"number": hex(number), "hash": self.hash_of(number), "timestamp": hex(1_700_000_000 + number)}

    def answer(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        """Give ``result`` or ``error`` of one request."""
        try:
            return {"result": self._rules()[method](*params)}
        except KeyError:
            return _error(-32601, f"the method {method} does not exist")
        except _NodeError as error:
            return error.reply

    def _rules(self) -> Mapping[str, Callable[..., Any]]:
        return {
            "eth_chainId": lambda: hex(self.chain_id),
            "eth_blockNumber": lambda: hex(self.head),
            "eth_getBlockByNumber": self._get_block,
            "eth_getCode": self._get_code,
            "eth_call": self._call,
            "eth_getLogs": self._get_logs,
        }

    def _get_block(self, tag: str, _full: bool) -> dict[str, str] | None:  # noqa: FBT001 - JSON-RPC
        number = self._number(tag)
        if number >= 1 << 64:
            raise _NodeError(-32602, "invalid argument 0: hex number > 64 bits")
        return None if number > self.head else self.header(number)

    def _number(self, tag: str) -> int:
        if tag.startswith("0x"):
            return int(tag, 16)
        if tag not in self.tags:
            raise _NodeError(-32602, f"invalid argument 0: unknown tag {tag}")
        return {"latest": self.head, "safe": self.head - 32, "finalized": self.head - 64}[tag]

    def _state_at(self, block: Any) -> int:  # noqa: ANN401 - JSON
        if not isinstance(block, dict):
            number = self._number(block)
            if number > self.head:
                raise _NodeError(-32000, "header not found")
            return number
        if not self.takes_block_hash:
            raise _NodeError(-32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string")
        number = int(block["blockHash"][-16:], 16)
        if number > self.head or self.hash_of(number) != block["blockHash"]:
            raise _NodeError(-32000, "header for hash not found")
        return number

    def _get_code(self, address: str, block: Any) -> str:  # noqa: ANN401 - JSON
        self._state_at(block)
        is_multicall = address == multicall3.ADDRESS and self.has_multicall
        return _ANY_CODE if is_multicall or address.lower() in self.contracts else "0x"

    def _call(self, tx: Mapping[str, str], block: Any, overrides: Any = None) -> str:  # noqa: ANN401 - JSON
        if overrides is not None and self.overrides is Overrides.REFUSED:
            raise _NodeError(-32602, "too many arguments, want at most 2")
        number = self._state_at(block)
        is_overridden = overrides is not None and self.overrides is Overrides.TAKEN
        if "to" not in tx:
            return f"0x{number:064x}"
        if self.gas_cap < _INTRINSIC_GAS:
            raise _NodeError(-32000, f"intrinsic gas too low: gas {self.gas_cap}, minimum needed {_INTRINSIC_GAS}")
        data = bytes.fromhex(tx["data"][2:])
        if tx["to"] == multicall3.ADDRESS and data and (self.has_multicall or is_overridden):
            return "0x" + self._aggregate(data, self.hash_of(number)).hex()
        ran = self._run(tx["to"], data, self.gas_cap, self.hash_of(number))
        if ran.success:
            return "0x" + ran.data.hex()
        if ran.gas >= self.gas_cap:
            raise _NodeError(-32000, "out of gas")
        raise _NodeError(3, "execution reverted", "0x" + ran.data.hex())

    def _aggregate(self, data: bytes, block_hash: str) -> bytes:
        from eth_abi.abi import decode, encode  # noqa: PLC0415 - for tests only

        (calls,) = decode(["(address,bool,bytes)[]"], data[4:])
        left, results = self.gas_cap - _INTRINSIC_GAS, []
        for target, _, calldata in calls:
            ran = self._run(target, calldata, left - left // 64, block_hash)
            left -= ran.gas + 1_000
            if left < 0:
                raise _NodeError(-32000, "out of gas")
            results.append((ran.success, ran.data))
        return encode(["(bool,bytes)[]"], [results])

    def _run(self, address: str, data: bytes, gas: int, block_hash: str) -> Ran:
        if address.lower() == BLAKE2F and self.has_blake2f:
            ran = Ran(success=True, data=bytes(64), gas=int.from_bytes(data[:4]))
        else:
            contract = self.contracts.get(address.lower(), _no_code)
            ran = contract(data, gas, block_hash)
        return ran if ran.gas <= gas else Ran(success=False, data=b"", gas=gas)

    def _get_logs(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last - first + 1 > self.log_range:
            raise _NodeError(-32602, self.log_refusal)
        return [log for log in self.logs if first <= int(log["blockNumber"], 16) <= last]


class Mishap(StrEnum):
    """What goes wrong with one HTTP request."""

    UNREACHABLE = "nobody listens"
    DROPPED = "the connection breaks off"
    STALLED = "no answer in time"
    OVERSIZED = "more than is read"
    TOO_MANY = "HTTP status 429"
    TOO_MANY_WAIT = "HTTP status 429 with Retry-After"
    LIMIT_ALL = "-32005 in place of the answers"
    LIMIT_ONE = "-32005 in place of one answer"
    SERVER_ERROR = "HTTP status 500"
    BAD_GATEWAY = "HTTP status 502"
    DENIED = "HTTP status 401"
    HTML = "an HTML page with status 200"
    TRUNCATED = "half the JSON"
    WRONG_IDS = "ids that were not asked for"
    SWAPPED = "another order"
    MISSING = "one answer less"
    EXTRA = "one answer more"
    EMPTY_BATCH = "a batch of no answers"
    EMPTY_BODY = "nothing with status 200"
    EXCHANGED = "two answers under each other's id"
    NULLED = "null for an answer"
    NO_DATA = "0x for an answer"
    MALFORMED_HEX = "hex of odd length with a letter that is none"
    OVERSIZED_HEX = "far too much hex"
    INTERNAL = "an internal error for an answer"
    LAGGING = "a node behind that lacks the block"


HARMLESS: Final = frozenset({Mishap.SWAPPED})
"""What needs no second try."""

IN_CONTENT: Final = frozenset(
    {Mishap.EXCHANGED, Mishap.NULLED, Mishap.NO_DATA, Mishap.MALFORMED_HEX, Mishap.OVERSIZED_HEX}
    | {Mishap.INTERNAL, Mishap.LAGGING}
)
"""What is JSON-RPC as it should be, and shows to whoever knows what was asked."""

Plan = Callable[[Endpoint, Sequence[str]], Mishap | None]
"""Says what goes wrong with a request of these methods."""


@dataclass
class FakeTransport:
    """Carries requests to nodes in memory; takes a twentieth of a second for each."""

    nodes: Mapping[str, FakeNode]
    """By URL."""
    clock: FakeClock
    plan: Plan = lambda _endpoint, _methods: None
    place: Callable[[int], int] = lambda _count: 0
    """Gives which of so many replies it befalls, where it befalls one."""
    before: Callable[[int], None] = lambda _count: None
    """Called with the number of the request before it is answered: may change the nodes."""
    sent: list[list[str]] = field(default_factory=list)
    """The methods of every HTTP request."""

    def post(self, endpoint: Endpoint, body: bytes, timeout_s: float) -> HttpReply:
        """Answer a body, or let something go wrong."""
        self.clock.sleep(min(0.05, timeout_s))
        document = json.loads(body)
        requests = document if isinstance(document, list) else [document]
        methods = [request["method"] for request in requests]
        self.sent.append(methods)
        self.before(len(self.sent))
        node = self.nodes[endpoint.url]
        mishap = self.plan(endpoint, methods)
        if mishap in _BROKEN:
            self.clock.sleep(timeout_s if mishap is Mishap.STALLED else 0)
            raise TransportError(f"{mishap}", **_BROKEN[mishap])
        if mishap in STATUSES:
            status, headers = STATUSES[mishap]
            return HttpReply(status, headers, f"<html>no {endpoint.url}</html>".encode())
        if isinstance(document, list) and len(document) > node.most_items:
            return _refuse_batch(node, endpoint)
        replies = [
            {"jsonrpc": "2.0", "id": each["id"], **node.answer(each["method"], each["params"])} for each in requests
        ]
        spoilt = spoil(replies, mishap, endpoint.url, self.place(len(replies)))
        is_one = isinstance(document, dict) and len(spoilt) == 1
        text = json.dumps(spoilt[0] if is_one else spoilt)
        if len(text) > node.most_bytes:
            text = json.dumps({"jsonrpc": "2.0", "id": None, **_error(-32008, "Response is too big")})
        return HttpReply(200, {}, cut(text, mishap).encode())

    def open_early(self, endpoint: Endpoint, count: int) -> None:
        """Open nothing."""

    def close(self) -> None:
        """Close nothing."""


class _NodeError(Exception):
    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.reply = _error(code, message, data)


def _error(code: int, message: str, data: object = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **({} if data is None else {"data": data})}}


def _no_code(_data: bytes, _gas: int, _block_hash: str) -> Ran:
    return Ran(success=True, data=b"", gas=100)


def _refuse_batch(node: FakeNode, endpoint: Endpoint) -> HttpReply:
    if node.batches is Batches.BY_DROPPING:
        raise TransportError("the connection broke off", mid_answer=True)
    if node.batches is Batches.BY_STATUS:
        return HttpReply(413, {}, f"<html>too large for {endpoint.url}</html>".encode())
    refusal = {"jsonrpc": "2.0", "id": None, **_error(-32600, f"batch too large at {endpoint.url}")}
    return HttpReply(200, {}, json.dumps(refusal).encode())


Replies = list[dict[str, Any]]


def spoil(replies: Replies, mishap: Mishap | None, url: str, place: int = 0) -> Replies:
    """Give the replies as a mishap leaves them, that at ``place`` first; ``url`` gets into the messages of errors."""
    return _SPOIL[mishap]([*replies[place:], *replies[:place]], url) if mishap in _SPOIL else replies


def cut(text: str, mishap: Mishap | None) -> str:
    """Give the body as a mishap leaves it."""
    return {Mishap.TRUNCATED: text[: len(text) // 2], Mishap.EMPTY_BODY: ""}.get(mishap, text) if mishap else text


def _replace_first(replies: Replies, reply: Mapping[str, Any]) -> Replies:
    return [{"jsonrpc": "2.0", "id": replies[0]["id"], **reply}, *replies[1:]]


def _respell_first(replies: Replies, hex_text: str) -> Replies:
    """Put hex in the place of the first answer, or of the hash where that is a header."""
    result = replies[0].get("result")
    return _replace_first(replies, {"result": result | {"hash": hex_text} if isinstance(result, dict) else hex_text})


def _exchange(replies: Replies) -> Replies:
    if len(replies) < 2:
        return replies
    first, *rest, last = replies
    return [{**last, "id": first["id"]}, *rest, {**first, "id": last["id"]}]


def _limit(url: str) -> dict[str, Any]:
    return _error(-32005, f"rate limited at {url}", {"rate": {"backoff_seconds": 1.5}})


_BROKEN: Final[Mapping[Any, dict[str, bool]]] = {
    Mishap.UNREACHABLE: {},
    Mishap.DROPPED: {"mid_answer": True},
    Mishap.OVERSIZED: {"mid_answer": True},
    Mishap.STALLED: {"mid_answer": True, "stalled": True},
}
STATUSES: Final[Mapping[Any, tuple[int, dict[str, str]]]] = {
    Mishap.TOO_MANY: (429, {}),
    Mishap.TOO_MANY_WAIT: (429, {"retry-after": "3"}),
    Mishap.SERVER_ERROR: (500, {}),
    Mishap.BAD_GATEWAY: (502, {}),
    Mishap.DENIED: (401, {}),
    Mishap.HTML: (200, {}),
}
"""Status and headers of those that are answered with a page."""
_SPOIL: Final[Mapping[Any, Callable[[Replies, str], Replies]]] = {
    Mishap.LIMIT_ALL: lambda replies, url: [{"id": each["id"], **_limit(url)} for each in replies],
    Mishap.LIMIT_ONE: lambda replies, url: _replace_first(replies, _limit(url)),
    Mishap.WRONG_IDS: lambda replies, _: [{**each, "id": each["id"] + 1} for each in replies],
    Mishap.SWAPPED: lambda replies, _: replies[::-1],
    Mishap.MISSING: lambda replies, _: replies[1:] or [{}],
    Mishap.EXTRA: lambda replies, _: [replies[-1], *replies],
    Mishap.EMPTY_BATCH: lambda _replies, _url: [],
    Mishap.EXCHANGED: lambda replies, _: _exchange(replies),
    Mishap.NULLED: lambda replies, _: _replace_first(replies, {"result": None}),
    Mishap.NO_DATA: lambda replies, _: _respell_first(replies, "0x"),
    Mishap.MALFORMED_HEX: lambda replies, _: _respell_first(replies, "0x5g7"),
    Mishap.OVERSIZED_HEX: lambda replies, _: _respell_first(replies, "0x" + "f7" * 50_000),
    Mishap.INTERNAL: lambda replies, url: _replace_first(replies, _error(-32603, f"no backend for {url}")),
    Mishap.LAGGING: lambda replies, _: _replace_first(replies, _error(-32000, "header not found")),
}
