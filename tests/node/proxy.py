"""An HTTP proxy in front of a node that counts what is asked of it and imposes the limits that hosted endpoints have.

Proxies that share a ``Recorder`` are counted together: requests, bytes, and rounds. A round ends where a request begins
after the reply to another had ended, so a reader that asks two chains side by side makes one round of it; ``delay_s``
keeps requests that run side by side from looking as if they did not.
"""

import base64
import contextlib
import http.server
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import urllib3

from avsctl.chain.fake import STATUSES, Mishap, Overrides, cut, spoil
from avsctl.chain.transport import MAX_REPLY_BYTES

BATCH_REFUSED = "Batch of {} requests is too large: at most {} are allowed"
LONGEST_STALL_S = 60
_NO_LINGERING = struct.pack("ii", 1, 0)
_NO_REPLY = (Mishap.UNREACHABLE, Mishap.DROPPED, Mishap.STALLED, Mishap.OVERSIZED)
_FILLING = b" " * (1 << 20)
LOGS_REFUSED = (
    "Under the Free tier plan, you can make eth_getLogs requests with up to a {} block range. Based on your parameters,"
    " this block range should work: [{}, {}]. Upgrade to PAYG for expanded block range."
)


class Break(StrEnum):
    """What goes wrong with the bytes of a reply that is as it should be."""

    CUT = "the connection breaks off within the reply"
    RESET = "the connection is reset within the reply"
    HELD = "half the reply and then nothing"
    TRICKLED = "a reply byte by byte"


@dataclass(frozen=True)
class Limits:
    """What an endpoint refuses or demands; nothing by default."""

    gas_cap: int | None = None
    """Gas of an eth_call, put in where the caller names none or more, and of each call of an eth_simulateV1."""
    most_items: int | None = None
    """Requests in one batch."""
    has_overrides: bool = True
    """Whether eth_call takes a third parameter."""
    log_range: int | None = None
    """Blocks that one eth_getLogs may span."""
    takes_block_hashes: bool = True
    """Whether eth_call and eth_simulateV1 take a block by its hash (EIP-1898)."""
    delay_s: float = 0.0
    """Before each reply."""
    path: str = "/"
    """All others are answered with 401; may hold a query."""
    credentials: str = ""
    """``user:password`` that it demands."""
    page: tuple[int, str] | None = None
    """Status and HTML that it answers everything with."""
    answer: Callable[[dict[str, Any]], dict[str, Any] | None] | None = None
    """Gives ``{"result": ..}`` or ``{"error": ..}`` to put in place of the node's reply to one request."""
    lacks: frozenset[str] = frozenset()
    """Methods that it does not have."""
    block_overrides: Overrides = Overrides.TAKEN
    """What becomes of the fourth parameter of eth_call, and of the same in eth_simulateV1."""
    drop: Callable[[dict[str, Any]], bool] | None = None
    """Says of one request that the node is to get it and nobody its reply: the connection breaks off."""
    most_bytes: int | None = None
    """Of a reply's body; a larger one is refused as a whole."""
    fault: "Callable[[Sequence[str]], Mishap | Break | Limits | None] | None" = None
    """Says what goes wrong with a request of these methods, or what holds for it alone; it is recorded all the same."""
    place: int = 0
    """Of the reply among those of a batch that a mishap befalls; beyond the last one it is counted round."""
    node_url: str | None = None
    """That is asked in place of the proxy's own node."""
    note: Callable[[dict[str, Any], dict[str, Any]], None] | None = None
    """Is told every request and its reply."""


@dataclass(frozen=True)
class Exchange:
    """One HTTP request and its reply."""

    began: float
    ended: float
    sent: int
    """Bytes of the body that came in."""
    received: int
    """Bytes of the body that went out."""
    methods: tuple[str, ...]


@dataclass
class Recorder:
    """What came through one proxy or several."""

    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """HTTP requests."""
        return len(self.exchanges)

    @property
    def size(self) -> int:
        """Bytes of all bodies, both ways."""
        return sum(each.sent + each.received for each in self.exchanges)

    @property
    def rounds(self) -> int:
        """Length of the longest chain of requests that each began after the reply to the one before had ended."""
        chains: list[tuple[float, int]] = []
        for each in sorted(self.exchanges, key=lambda each: each.began):
            before = max((length for ended, length in chains if ended <= each.began), default=0)
            chains.append((each.ended, before + 1))
        return max((length for _, length in chains), default=0)

    def count(self, method: str) -> int:
        """Give how often a method was asked for, items of batches included."""
        return sum(each.methods.count(method) for each in self.exchanges)


@contextlib.contextmanager
def proxied(node_url: str, limits: Limits | None = None, recorder: Recorder | None = None) -> Iterator[str]:
    """Run a proxy in front of a node; gives its URL, path and credentials in it."""
    limits = limits or Limits()
    server = _Server(node_url, limits, Recorder() if recorder is None else recorder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    user = f"{quote(limits.credentials, safe=':')}@" if limits.credentials else ""
    try:
        yield f"http://{user}127.0.0.1:{server.server_address[1]}{limits.path.removesuffix('/')}"
    finally:
        server.shutdown()
        thread.join()
        server.end()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, node_url: str, limits: Limits, recorder: Recorder) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.node_url, self.limits, self.recorder = node_url, limits, recorder
        self.node = urllib3.PoolManager(maxsize=16, retries=False)
        self.open: set[socket.socket] = set()

    def end(self) -> None:
        """Close what clients keep open, and wait for the threads that serve them."""
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self.node.clear()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def do_POST(self) -> None:
        began = time.monotonic()
        body = self.rfile.read(int(self.headers["content-length"]))
        asked = json.loads(body)
        items = asked if isinstance(asked, list) else [asked]
        methods = tuple(item["method"] for item in items)
        limits, mishap = self._befall(methods)
        if mishap in _NO_REPLY:
            self.server.recorder.exchanges.append(Exchange(began, time.monotonic(), len(body), 0, methods))
            self._leave(mishap)
            return
        status, kind, reply = self._answer(asked, limits, mishap)
        time.sleep(limits.delay_s)
        self.server.recorder.exchanges.append(Exchange(began, time.monotonic(), len(body), len(reply), methods))
        if limits.drop is not None and any(map(limits.drop, items)):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        more = "".join(f"{name}: {value}\r\n" for name, value in STATUSES.get(mishap, (0, {}))[1].items())
        head = f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(reply)}\r\n\r\n"
        if isinstance(mishap, Break):
            self._break(mishap, head.encode(), reply)
        else:
            self.wfile.write(head.encode() + reply)

    def _befall(self, methods: Sequence[str]) -> tuple[Limits, Mishap | Break | None]:
        limits = self.server.limits
        fate = None if limits.fault is None else limits.fault(methods)
        return (fate, None) if isinstance(fate, Limits) else (limits, fate)

    def _break(self, how: Break, head: bytes, reply: bytes) -> None:
        """Send a part of a reply and end the connection, or all of it more slowly than anybody waits."""
        with contextlib.suppress(OSError):
            self.wfile.write(head)
            if how is Break.TRICKLED:
                for byte in reply:
                    self.wfile.write(bytes([byte]))
                    time.sleep(LONGEST_STALL_S / len(reply))
            else:
                self.wfile.write(reply[: len(reply) // 2])
            if how is Break.HELD:
                self._await_leaving()
            if how is Break.RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
                self.connection.close()
            else:
                self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def _await_leaving(self) -> None:
        self.connection.settimeout(LONGEST_STALL_S)
        self.connection.recv(1)

    def _leave(self, mishap: Mishap | Break | None) -> None:
        """Break the connection off, at once, after more than anybody reads, or once the client has."""
        with contextlib.suppress(OSError):
            if mishap is Mishap.STALLED:
                self._await_leaving()
            if mishap is Mishap.OVERSIZED:
                self.wfile.write(f"HTTP/1.1 200 -\r\nContent-Length: {1 << 40}\r\n\r\n".encode())
                for _ in range(MAX_REPLY_BYTES // len(_FILLING) + 64):
                    self.wfile.write(_FILLING)
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _answer(self, asked: Any, limits: Limits, mishap: Mishap | Break | None) -> tuple[int, str, bytes]:
        if limits.page is not None:
            return limits.page[0], "text/html", limits.page[1].encode()
        wanted = f"Basic {base64.b64encode(limits.credentials.encode()).decode()}" if limits.credentials else None
        if self.path != limits.path or self.headers["authorization"] != wanted:
            return 401, "application/json", b'{"error": "unauthorized"}'
        if mishap in STATUSES:
            return STATUSES[mishap][0], "text/html", f"<html>no {self.path}</html>".encode()
        reply = self._reply(asked, limits)
        if isinstance(reply, list) or isinstance(asked, dict):
            replies = reply if isinstance(reply, list) else [reply]
            first = limits.place % len(replies)
            replies = spoil([*replies[first:], *replies[:first]], mishap, self.path)
            reply = replies[0] if isinstance(asked, dict) and len(replies) == 1 else replies
        text = json.dumps(reply)
        if limits.most_bytes is not None and len(text) > limits.most_bytes:
            text = json.dumps({"jsonrpc": "2.0", "id": None, **_error(-32008, "Response is too big")})
        return 200, "application/json", cut(text, mishap).encode()

    def _reply(self, asked: Any, limits: Limits) -> Any:
        if isinstance(asked, dict):
            return self._reply_to([asked], limits)[0]
        most = limits.most_items
        if most is not None and len(asked) > most:
            text = BATCH_REFUSED.format(len(asked), most)
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": text}}
        return self._reply_to(asked, limits)

    def _reply_to(self, items: list[dict[str, Any]], limits: Limits) -> list[dict[str, Any]]:
        own = {item["id"]: refuse(item, limits) for item in items}
        passed = [_restrict(item, limits) for item in items if own[item["id"]] is None]
        replies = self._forward(passed, limits.node_url) if passed else []
        told = {reply["id"]: reply for reply in replies}
        answers = [told.get(i) or {"jsonrpc": "2.0", "id": i, **(refusal or {})} for i, refusal in own.items()]
        for item, answer in zip(items, answers, strict=True):
            if limits.note is not None:
                limits.note(item, answer)
        return answers

    def _forward(self, items: list[dict[str, Any]], other_url: str | None) -> list[dict[str, Any]]:
        server = self.server
        url = other_url or server.node_url
        reply = server.node.request("POST", url, json=items if len(items) > 1 else items[0], timeout=120)
        document = reply.json()
        return document if isinstance(document, list) else [document]


def refuse(item: dict[str, Any], limits: Limits) -> dict[str, Any] | None:
    """Give what an endpoint with these limits answers itself; None for what its node is asked."""
    method, params = item["method"], item["params"]
    if method in ("eth_call", "eth_simulateV1") and (refusal := _refuse_hash(params, limits)) is not None:
        return refusal
    given = limits.answer(item) if limits.answer else None
    if given is not None:
        return given
    if method in limits.lacks:
        return _error(-32601, f"the method {method} does not exist/is not available")
    refusals = {"eth_call": _refuse_call, "eth_simulateV1": _refuse_simulation, "eth_getLogs": _refuse_logs}
    return refusals[method](params, limits) if method in refusals else None


def _refuse_call(params: list[Any], limits: Limits) -> dict[str, Any] | None:
    if len(params) > 2 and not limits.has_overrides:
        return _error(-32602, "too many arguments, want at most 2")
    if len(params) > 3 and limits.block_overrides is Overrides.REFUSED:
        return _error(-32602, "Invalid params: expected: 3, actual: 4")
    return None


def _refuse_simulation(params: list[Any], limits: Limits) -> dict[str, Any] | None:
    has_overrides = any("blockOverrides" in block for block in params[0]["blockStateCalls"])
    if has_overrides and limits.block_overrides is Overrides.REFUSED:
        return _error(-32602, "block overrides are not supported")
    return None


def _refuse_hash(params: list[Any], limits: Limits) -> dict[str, Any] | None:
    if isinstance(params[1], dict) and not limits.takes_block_hashes:
        return _error(-32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string")
    return None


def _refuse_logs(params: list[Any], limits: Limits) -> dict[str, Any] | None:
    start, end = (int(params[0][key], 16) for key in ("fromBlock", "toBlock"))
    if limits.log_range is None or end - start < limits.log_range:
        return None
    fits = (hex(start), hex(start + limits.log_range - 1))
    return _error(-32600, LOGS_REFUSED.format(limits.log_range, *fits))


def _restrict(item: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Give what the node is asked: with the gas that is allowed, and without what is ignored."""
    if item["method"] == "eth_simulateV1":
        return item | {"params": [_restrict_blocks(item["params"][0], limits), *item["params"][1:]]}
    if item["method"] != "eth_call":
        return item
    call, *rest = item["params"]
    if limits.block_overrides is Overrides.IGNORED:
        rest = rest[:2]
    if limits.gas_cap is not None:
        gas = min(limits.gas_cap, int(call.get("gas", hex(limits.gas_cap)), 16))
        call |= {"gas": hex(gas)}
    return item | {"params": [call, *rest]}


def _restrict_blocks(simulation: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Do the same in eth_simulateV1; a call of anvil's may use the gas limit of its block."""
    blocks = []
    for block in simulation["blockStateCalls"]:
        overrides = {} if limits.block_overrides is Overrides.IGNORED else block.get("blockOverrides", {})
        cap = {} if limits.gas_cap is None else {"gasLimit": hex(limits.gas_cap)}
        blocks.append(block | {"blockOverrides": {**overrides, **cap}})
    return simulation | {"blockStateCalls": blocks}


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
