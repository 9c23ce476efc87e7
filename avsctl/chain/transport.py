"""The one seam to the network: a body goes to an endpoint, a reply comes back; and the clock that waits between tries.

Tests put their own ``Transport`` and ``Clock`` here (``avsctl.chain.fake``); everything above runs as it is.
"""

import logging
import socket
import ssl
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException, HTTPResponse
from typing import Final, Protocol
from urllib.parse import urlsplit

from avsctl import __version__
from avsctl.chain.background import start
from avsctl.chain.connections import CONNECT_TIMEOUT_S, Connections, connect
from avsctl.chain.endpoint import Endpoint

MAX_REPLY_BYTES: Final = 64 * 1024 * 1024
_PIECE: Final = 64 * 1024
"""Bytes read at a time; compressed, they may grow a thousandfold."""


@dataclass(frozen=True)
class HttpReply:
    """What an endpoint sent back."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class TransportError(Exception):
    """No reply came; the text says why and never names the URL."""

    def __init__(self, text: str, *, mid_answer: bool = False, stalled: bool = False) -> None:
        super().__init__(text)
        self.mid_answer = mid_answer
        """Whether the endpoint had taken the request: a smaller one may pass."""
        self.stalled = stalled
        """Whether it took all the time it was given."""


class Transport(Protocol):
    """Posts JSON bodies."""

    def post(self, endpoint: Endpoint, body: bytes, timeout_s: float) -> HttpReply:
        """Send a body and give the reply, whatever its status; raises TransportError when there is none."""

    def open_early(self, endpoint: Endpoint, count: int) -> None:
        """Begin to open connections for what is sent next; never fails."""

    def close(self) -> None:
        """Close what is open."""


class Clock(Protocol):
    """Tells and spends time."""

    def now(self) -> float:
        """Seconds on a clock that never runs backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Give monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass
class Deadline:
    """The time that one command may take."""

    clock: Clock
    seconds: float
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self.clock.now()

    def remaining(self) -> float:
        """Give the seconds that are left, 0 when none are."""
        return max(0.0, self._start + self.seconds - self.clock.now())


class HttpTransport:
    """JSON-RPC over HTTP with kept-alive connections; no redirects, no proxies, no retries of its own."""

    def __init__(self) -> None:
        logging.getLogger("urllib3").propagate = False  # web3 brings it, and its records carry whole URLs
        self._connections = Connections()
        self._opening: dict[Endpoint, list[Future[None]]] = {}

    def post(self, endpoint: Endpoint, body: bytes, timeout_s: float) -> HttpReply:
        """Send a body and give the reply, whatever its status; raises TransportError when there is none.

        The time is that of the whole exchange. No socket option bounds it (name lookup, several addresses, an answer
        that comes byte by byte), so it runs in a thread that is left behind when it takes longer.
        """
        opening = self._opening.get(endpoint)
        early = opening.pop() if opening else None
        exchange = start(lambda: self._exchange(endpoint, body, timeout_s, early))
        try:
            return exchange.result(timeout_s)
        except TimeoutError:
            raise _too_slow(timeout_s) from None

    def open_early(self, endpoint: Endpoint, count: int) -> None:
        """Begin to open connections side by side until so many have been begun that no request has taken yet.

        A failure is that of the request which would have gone over it.
        """
        opening = self._opening.setdefault(endpoint, [])
        opening += [start(partial(self._open, endpoint)) for _ in range(count - len(opening))]

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _open(self, endpoint: Endpoint) -> None:
        self._connections.give_back(endpoint, connect(endpoint, CONNECT_TIMEOUT_S))

    def _exchange(self, endpoint: Endpoint, body: bytes, timeout_s: float, early: Future[None] | None) -> HttpReply:
        began_at = time.monotonic()
        try:
            if early is not None:
                early.result(timeout_s)
            connection = self._connections.take(endpoint, timeout_s)
        except (OSError, ValueError) as error:
            raise _explain_connection(error, time.monotonic() - began_at) from None
        try:
            connection.sock.settimeout(timeout_s)
            connection.request("POST", _target(endpoint), body, {**_HEADERS, **endpoint.auth_headers})
            with connection.getresponse() as response:
                reply = HttpReply(response.status, _lower(response), _read_limited(response, began_at + timeout_s))
        except BaseException as error:
            connection.close()
            if isinstance(error, HTTPException | OSError | ValueError | zlib.error):
                raise _explain(error, time.monotonic() - began_at) from None
            raise
        if connection.sock is not None:
            self._connections.give_back(endpoint, connection)
        return reply


_HEADERS: Final = {
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"avsctl/{__version__}",
}


def _target(endpoint: Endpoint) -> str:
    """Give path and query, which hold secrets."""
    parts = urlsplit(endpoint.request_url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _lower(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _read_limited(response: HTTPResponse, ends_at: float) -> bytes:
    """Read a body of bounded size until a point in time."""
    parts, size = [], 0
    for part in _read_pieces(response):
        parts.append(part)
        size += len(part)
        if size > MAX_REPLY_BYTES:
            raise TransportError(f"the reply is larger than {MAX_REPLY_BYTES >> 20} MiB", mid_answer=True)
        if time.monotonic() > ends_at:
            raise TransportError("the reply took too long", mid_answer=True, stalled=True)
    return b"".join(parts)


def _read_pieces(response: HTTPResponse) -> Iterator[bytes]:
    """Give a body in pieces of bounded size, inflated; raises HTTPException or zlib.error where it is cut short."""
    is_packed = (response.getheader("content-encoding") or "").lower() in ("gzip", "x-gzip")
    inflater = zlib.decompressobj(wbits=31) if is_packed else None
    while raw := response.read1(_PIECE):
        if inflater is None:
            yield raw
        while inflater is not None and raw:
            yield inflater.decompress(raw, _PIECE)
            raw = inflater.unconsumed_tail
            if inflater.eof:
                break
    if response.length or (inflater is not None and not inflater.eof):
        raise HTTPException("the reply is cut short")


def _too_slow(took_s: float) -> TransportError:
    return TransportError(f"no answer within {took_s:.1f} s", mid_answer=True, stalled=True)


def _explain(error: BaseException, took_s: float) -> TransportError:
    """Say what ended an exchange in words of our own: the texts of libraries may carry what is secret."""
    if isinstance(error, TimeoutError):
        return _too_slow(took_s)
    if isinstance(error, ssl.SSLError):
        return TransportError("no TLS connection (certificate or protocol)")
    if isinstance(error, HTTPException | OSError | zlib.error):
        return TransportError("the connection broke off", mid_answer=True)
    return TransportError(f"the request could not be sent ({type(error).__name__})")


def _explain_connection(error: BaseException, took_s: float) -> TransportError:
    """Say why no connection came about, likewise."""
    if isinstance(error, TimeoutError):
        return TransportError(f"no connection within {took_s:.1f} s")
    if isinstance(error, socket.gaierror):
        return TransportError("the host name does not resolve")
    if isinstance(error, ssl.SSLError):
        return TransportError("no TLS connection (certificate or protocol)")
    if isinstance(error, ConnectionRefusedError):
        return TransportError("connection refused")
    if not isinstance(error, OSError):
        return TransportError(f"the request could not be sent ({type(error).__name__})")
    return TransportError(f"no connection ({error.strerror.lower()})" if error.strerror else "no connection")
