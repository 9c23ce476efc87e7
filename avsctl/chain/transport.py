"""The one seam to the network: a body goes to an endpoint, a reply comes back; and the clock that waits between tries.

Tests put their own ``Transport`` and ``Clock`` here (``avsctl.chain.fake``); everything above runs as it is.
"""

import logging
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from avsctl import __version__
from avsctl.chain.background import start
from avsctl.chain.endpoint import Endpoint

MAX_REPLY_BYTES: Final = 64 * 1024 * 1024
CONNECT_TIMEOUT_S: Final = 10.0
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
        logging.getLogger("urllib3").propagate = False  # its records carry whole URLs
        self._pool = urllib3.PoolManager(num_pools=8, maxsize=8, retries=False)
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
        """Begin to open connections side by side; a failure is that of the request which would have gone over it."""
        pool = self._pool.connection_from_url(endpoint.request_url)
        connections = [pool._get_conn() for _ in range(count)]  # noqa: SLF001 - urllib3 connects when it sends
        opening = self._opening.setdefault(endpoint, [])
        opening += [start(partial(_open, pool, connection)) for connection in connections]

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def _exchange(self, endpoint: Endpoint, body: bytes, timeout_s: float, early: Future[None] | None) -> HttpReply:
        began_at = time.monotonic()
        ends_at = began_at + timeout_s
        try:
            if early is not None:
                early.result(timeout_s)
            response = self._pool.request(
                "POST",
                endpoint.request_url,
                body=body,
                headers={**_HEADERS, **endpoint.auth_headers},
                timeout=urllib3.Timeout(connect=min(timeout_s, CONNECT_TIMEOUT_S), read=timeout_s),
                redirect=False,
                preload_content=False,
            )
            try:
                return HttpReply(response.status, _lower(response.headers), _read_limited(response, ends_at))
            except BaseException:
                response.close()
                raise
            finally:
                response.release_conn()
        except (HTTPError, OSError, ValueError) as error:
            raise _explain(error, time.monotonic() - began_at) from None


_HEADERS: Final = {
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"avsctl/{__version__}",
}


def _open(pool: urllib3.HTTPConnectionPool, connection: Any) -> None:  # noqa: ANN401 - of a private type
    """Connect, and hand the connection to whoever sends next."""
    connection.timeout = CONNECT_TIMEOUT_S
    try:
        if connection.is_closed:
            connection.connect()
    except BaseException:
        connection.close()
        raise
    finally:
        pool._put_conn(connection)  # noqa: SLF001 - as above


def _lower(headers: urllib3.HTTPHeaderDict) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _read_limited(response: urllib3.BaseHTTPResponse, ends_at: float) -> bytes:
    """Read a body of bounded size until a point in time."""
    parts, size = [], 0
    while part := response.read1(_PIECE, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > MAX_REPLY_BYTES:
            raise TransportError(f"the reply is larger than {MAX_REPLY_BYTES >> 20} MiB", mid_answer=True)
        if time.monotonic() > ends_at:
            raise TransportError("the reply took too long", mid_answer=True, stalled=True)
    return b"".join(parts)


def _too_slow(took_s: float) -> TransportError:
    return TransportError(f"no answer within {took_s:.1f} s", mid_answer=True, stalled=True)


def _explain(error: Exception, took_s: float) -> TransportError:
    """Say what happened in words of our own: the texts of HTTP libraries carry whole URLs."""
    if isinstance(error, ReadTimeoutError | TimeoutError):
        return _too_slow(took_s)
    for kinds, text, mid_answer in (
        (NameResolutionError, "the host name does not resolve", False),
        (NewConnectionError, _explain_connection(error.__cause__), False),
        (ConnectTimeoutError, f"no connection within {took_s:.1f} s", False),
        (SSLError, "no TLS connection (certificate or protocol)", False),
        ((ProtocolError, DecodeError, OSError), "the connection broke off", True),
    ):
        if isinstance(error, kinds):
            return TransportError(text, mid_answer=mid_answer)
    return TransportError(f"the request could not be sent ({type(error).__name__})")


def _explain_connection(cause: BaseException | None) -> str:
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    reason = cause.strerror if isinstance(cause, OSError) else None
    return f"no connection ({reason.lower()})" if reason else "no connection"
