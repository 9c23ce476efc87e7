"""The one seam to the network: a body goes to an endpoint, a reply comes back; and the clock that waits between tries.

Tests put their own ``Transport`` and ``Clock`` here; everything above runs as it is.
"""

import time
from dataclasses import dataclass, field
from typing import Final, Protocol

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
from avsctl.chain.endpoint import Endpoint

MAX_REPLY_BYTES: Final = 64 * 1024 * 1024
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True)
class HttpReply:
    """What an endpoint sent back."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class TransportError(Exception):
    """No reply came; the text says why and never names the URL."""

    def __init__(self, text: str, *, mid_answer: bool = False) -> None:
        super().__init__(text)
        self.mid_answer = mid_answer
        """Whether the endpoint had taken the request: a smaller one may pass."""


class Transport(Protocol):
    """Posts JSON bodies."""

    def post(self, endpoint: Endpoint, body: bytes, timeout_s: float) -> HttpReply:
        """Send a body and give the reply, whatever its status; raises TransportError when there is none."""

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
        self._pool = urllib3.PoolManager(num_pools=8, maxsize=8, retries=False)

    def post(self, endpoint: Endpoint, body: bytes, timeout_s: float) -> HttpReply:
        """Send a body and give the reply, whatever its status; raises TransportError when there is none."""
        try:
            response = self._pool.request(
                "POST",
                endpoint.request_url,
                body=body,
                headers={**_HEADERS, **endpoint.auth_headers},
                timeout=urllib3.Timeout(connect=min(timeout_s, 10.0), read=timeout_s),
                redirect=False,
                preload_content=False,
            )
            try:
                return HttpReply(response.status, _lower(response.headers), _read_limited(response))
            finally:
                response.release_conn()
        except (HTTPError, OSError, ValueError) as error:
            raise _explain(error, timeout_s) from None

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()


_HEADERS: Final = {
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"avsctl/{__version__}",
}


def _lower(headers: urllib3.HTTPHeaderDict) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _read_limited(response: urllib3.BaseHTTPResponse) -> bytes:
    parts, size = [], 0
    for part in response.stream(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MAX_REPLY_BYTES:
            response.close()
            raise TransportError(f"the reply is larger than {MAX_REPLY_BYTES // _CHUNK} MiB", mid_answer=True)
    return b"".join(parts)


def _explain(error: Exception, timeout_s: float) -> TransportError:
    """Say what happened in words of our own: the texts of HTTP libraries carry whole URLs."""
    for kinds, text, mid_answer in (
        (NameResolutionError, "the host name does not resolve", False),
        (ConnectTimeoutError, "no connection within 10 s", False),
        (NewConnectionError, "connection refused or not possible", False),
        (ReadTimeoutError, f"no answer within {timeout_s:.0f} s", True),
        (SSLError, "no TLS connection (certificate or protocol)", False),
        ((ProtocolError, DecodeError, OSError), "the connection broke off", True),
    ):
        if isinstance(error, kinds):
            return TransportError(text, mid_answer=mid_answer)
    return TransportError(f"the request could not be sent ({type(error).__name__})")
