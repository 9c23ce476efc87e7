"""Kept-alive HTTP connections to endpoints: no redirects, no proxies, nothing sent twice.

On the standard library: urllib3 takes a tenth of a command's time to import, and connects when it sends.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections import defaultdict
from concurrent.futures import Future
from functools import cache, partial
from http.client import HTTPConnection, HTTPSConnection
from typing import Final, TypeVar
from urllib.parse import urlsplit

from avsctl.chain.background import start
from avsctl.chain.endpoint import Endpoint

CONNECT_TIMEOUT_S: Final = 10.0

T = TypeVar("T")


class Connections:
    """Connections by endpoint; safe to use from several threads, each of which has the one it took for itself."""

    def __init__(self) -> None:
        self._idle: dict[Endpoint, list[HTTPConnection]] = defaultdict(list)
        self._opening: dict[Endpoint, list[Future[None]]] = defaultdict(list)
        self._is_closed = False
        self._lock = threading.Lock()

    def open_early(self, endpoint: Endpoint, count: int) -> None:
        """Begin to open connections side by side until so many have begun that no request has waited for.

        A failure is that of the request that waits for one, if any does.
        """
        with self._lock:
            opening = self._opening[endpoint]
            opening += [start(partial(self._open, endpoint)) for _ in range(count - len(opening))]

    def take(self, endpoint: Endpoint, ends_at: float) -> HTTPConnection:
        """Give an idle connection that the endpoint has not closed, else the next that comes about, else a new one.

        Raises:
            OSError: no connection came about, TimeoutError where the time is over, on the clock of ``seconds_until``.
            ValueError: the host is no name.
        """
        while True:
            if (connection := self._pop(self._idle, endpoint, -1)) is not None:
                if not _is_dropped(connection.sock):
                    return connection
                connection.close()
            elif (early := self._pop(self._opening, endpoint, 0)) is None:
                return connect(endpoint, seconds_until(ends_at))
            elif not early.done():
                early.result(seconds_until(ends_at))

    def give_back(self, endpoint: Endpoint, connection: HTTPConnection) -> None:
        """Keep a connection for the next request."""
        with self._lock:
            if not self._is_closed:
                self._idle[endpoint].append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close those that are idle, and each of the others when it is given back."""
        with self._lock:
            self._is_closed = True
            idle = [connection for connections in self._idle.values() for connection in connections]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _open(self, endpoint: Endpoint) -> None:
        self.give_back(endpoint, connect(endpoint, CONNECT_TIMEOUT_S))

    def _pop(self, those: dict[Endpoint, list[T]], endpoint: Endpoint, at: int) -> T | None:
        with self._lock:
            return those[endpoint].pop(at) if those[endpoint] else None


def connect(endpoint: Endpoint, timeout_s: float) -> HTTPConnection:
    """Open a connection, TLS and all; raises OSError or ValueError."""
    parts = urlsplit(endpoint.request_url)
    host, within = parts.hostname or "", min(timeout_s, CONNECT_TIMEOUT_S)
    connection: HTTPConnection
    if parts.scheme == "https":
        port, name = parts.port or HTTPSConnection.default_port, host.removesuffix(".")  # as certificates have it
        connection = HTTPSConnection(name, port, timeout=within, context=_tls_context())
    else:
        connection = HTTPConnection(host, parts.port or HTTPConnection.default_port, timeout=within)
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    return connection


def seconds_until(ends_at: float) -> float:
    """Give the time to a point of the monotonic clock; raises TimeoutError when it is over."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def hang_up(sock: socket.socket) -> None:
    """End what another thread sends or reads; that thread closes the socket."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # that of SSLSocket would change what the thread is using


_trust_lock: Final = threading.Lock()


def _tls_context() -> ssl.SSLContext:
    """Give the one context of all connections: loading what the machine trusts takes 40 ms."""
    with _trust_lock:
        return _load_trust()


@cache
def _load_trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _is_dropped(sock: socket.socket) -> bool:
    """Whether the other end has closed, or sent what nobody asked for; takes in the session tickets of TLS 1.3."""
    try:
        sock.settimeout(0)
        sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except (OSError, ValueError):
        return True
    return True
