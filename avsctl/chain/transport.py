"""The one seam to the network: a body goes to an endpoint, a reply comes back; and the clock that waits between tries.

Tests put their own ``Transport`` and ``Clock`` here (``avsctl.chain.fake``); everything above runs as it is.
"""

import logging
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Final, Protocol
from urllib.parse import urlsplit

from avsctl import __version__
from avsctl.chain.background import start
from avsctl.chain.connections import Connections, hang_up, seconds_until
from avsctl.chain.endpoint import Endpoint

MAX_REPLY_BYTES: Final = 64 * 1024 * 1024
_PIECE: Final = 64 * 1024
"""Bytes read at a time; compressed, they may grow a thousandfold."""
_GZIP: Final = 31
"""What zlib calls the format."""
_PACKINGS: Final = {"": False, "identity": False, "gzip": True, "x-gzip": True}
"""Whether a content-encoding is gzip."""


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
    """The time that one command may take, or a part of it."""

    clock: Clock
    seconds: float
    command_s: float = 0.0
    """What the whole command was given; as much as ``seconds`` unless told."""
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self.clock.now()
        self.command_s = self.command_s or self.seconds

    def part(self, seconds: float) -> "Deadline":
        """Give one that begins now and is over earlier."""
        return Deadline(self.clock, seconds, self.command_s)

    def remaining(self) -> float:
        """Give the seconds that are left, 0 when none are."""
        return max(0.0, self._start + self.seconds - self.clock.now())


class HttpTransport:
    """JSON-RPC over HTTP with kept-alive connections; no redirects, no proxies, no retries of its own."""

    def __init__(self) -> None:
        logging.getLogger("urllib3").propagate = False  # web3 brings it, and its records carry whole URLs
        self._connections = Connections()

    def post(self, endpoint: Endpoint, body: bytes, timeout_s: float) -> HttpReply:
        """Send a body and give the reply, whatever its status; raises TransportError when there is none.

        The time is that of the whole exchange. No socket option bounds it (name lookup, several addresses, an answer
        that comes byte by byte), so it runs in a thread, whose connection is cut when it takes longer. That thread
        sends nothing afterwards.
        """
        began_at = time.monotonic()
        used: list[socket.socket] = []
        exchange = start(lambda: self._exchange(endpoint, body, began_at + timeout_s, used))
        try:
            return exchange.result(timeout_s)
        except TimeoutError:
            took = f"within {time.monotonic() - began_at:.1f} s"
            for sock in used:
                hang_up(sock)
            text = f"no answer {took}" if used else f"no connection {took}"
            raise TransportError(text, mid_answer=bool(used), stalled=True) from None

    def open_early(self, endpoint: Endpoint, count: int) -> None:
        """Begin to open connections for what is sent first, less those that are opening already; never fails."""
        self._connections.open_early(endpoint, count)

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _exchange(self, endpoint: Endpoint, body: bytes, ends_at: float, used: list[socket.socket]) -> HttpReply:
        """Do the work of ``post``; the socket is put into ``used`` before anything is sent.

        Raises:
            TimeoutError: it took too long.
            TransportError: it failed otherwise.
        """
        try:
            connection = self._connections.take(endpoint, ends_at)
        except TimeoutError:
            raise
        except (OSError, ValueError) as error:
            raise _explain_connection(error) from None
        try:
            used.append(connection.sock)
            connection.sock.settimeout(seconds_until(ends_at))
            connection.request("POST", _target(endpoint), body, {**_HEADERS, **endpoint.auth_headers})
            with connection.getresponse() as response:
                reply = HttpReply(response.status, _lower(response), _read_limited(response))
        except BaseException as error:
            connection.close()
            if isinstance(error, _ENDS) and not isinstance(error, TimeoutError):
                raise _explain(error) from None
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


def _read_limited(response: HTTPResponse) -> bytes:
    """Read a body of bounded size; raises HTTPException or zlib.error where it is cut short or no body at all."""
    if response.status < 200:
        raise HTTPException("an interim reply other than 100, which the final one would follow")
    packing = (response.getheader("content-encoding") or "").strip().lower()
    if packing not in _PACKINGS and response.status == 200:
        raise TransportError("the reply is packed in a way that was not asked for (content-encoding)")
    parts, size = [], 0
    for part in _inflate(_read_pieces(response)) if _PACKINGS.get(packing) else _read_pieces(response):
        parts.append(part)
        size += len(part)
        if size > MAX_REPLY_BYTES:
            raise TransportError(f"the reply is larger than {MAX_REPLY_BYTES >> 20} MiB", mid_answer=True)
    return b"".join(parts)


def _read_pieces(response: HTTPResponse) -> Iterator[bytes]:
    while raw := response.read1(_PIECE):
        yield raw
    if response.length:
        raise HTTPException("the reply is cut short")


def _inflate(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip of one member or several, or nothing at all, in pieces of bounded size."""
    inflater, is_whole = zlib.decompressobj(_GZIP), True
    for piece in pieces:
        raw = piece
        while raw:
            if inflater.eof:
                inflater = zlib.decompressobj(_GZIP)
            yield inflater.decompress(raw, _PIECE)
            raw = inflater.unused_data or inflater.unconsumed_tail
            is_whole = inflater.eof
    if not is_whole:
        raise HTTPException("the reply is cut short")


_ENDS: Final = (HTTPException, OSError, ValueError, zlib.error)
"""What ends an exchange."""


def _explain(error: BaseException) -> TransportError:
    """Say what ended an exchange in words of our own: the texts of libraries may carry what is secret."""
    if isinstance(error, ValueError):
        return TransportError(f"the request could not be sent ({type(error).__name__})")
    return TransportError("the connection broke off", mid_answer=True)


def _explain_connection(error: OSError | ValueError) -> TransportError:
    """Say why no connection came about, likewise."""
    if isinstance(error, socket.gaierror):
        return TransportError("the host name does not resolve")
    if isinstance(error, ssl.SSLError):
        return TransportError(_explain_tls(error))
    if isinstance(error, ConnectionRefusedError):
        return TransportError("connection refused")
    if not isinstance(error, OSError):
        return TransportError(f"the request could not be sent ({type(error).__name__})")
    return TransportError(f"no connection ({error.strerror.lower()})" if error.strerror else "no connection")


def _explain_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate {_OF_CERTIFICATES.get(error.verify_code, _UNTRUSTED)}"
    return "no TLS connection; is it an http:// endpoint?"


_OF_CERTIFICATES: Final = {
    9: "is not valid yet, or the clock of this machine is wrong",
    10: "has expired, or the clock of this machine is wrong",
    62: "is that of another host",
    64: "is that of another host",
}
"""By OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH."""
_UNTRUSTED: Final = "is signed by nobody that this machine trusts (SSL_CERT_FILE names a file of those to trust)"
