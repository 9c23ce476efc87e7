"""Kept-alive HTTP connections to endpoints, on the standard library: no redirects, no proxies, nothing sent twice."""

import select
import socket
import ssl
import threading
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from avsctl.chain.endpoint import Endpoint

CONNECT_TIMEOUT_S: Final = 10.0


class Connections:
    """Connections by endpoint; safe to use from several threads, each of which has the one it took for itself."""

    def __init__(self) -> None:
        self._idle: dict[Endpoint, list[HTTPConnection]] = {}
        self._is_closed = False
        self._lock = threading.Lock()

    def take(self, endpoint: Endpoint, timeout_s: float) -> HTTPConnection:
        """Give an idle connection that the endpoint has not closed, else open one; raises OSError or ValueError."""
        while connection := self._pop(endpoint):
            if not _is_dropped(connection.sock):
                return connection
            connection.close()
        return connect(endpoint, timeout_s)

    def give_back(self, endpoint: Endpoint, connection: HTTPConnection) -> None:
        """Keep a connection for the next request."""
        with self._lock:
            if not self._is_closed:
                self._idle.setdefault(endpoint, []).append(connection)
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

    def _pop(self, endpoint: Endpoint) -> HTTPConnection | None:
        with self._lock:
            idle = self._idle.get(endpoint)
            return idle.pop() if idle else None


def connect(endpoint: Endpoint, timeout_s: float) -> HTTPConnection:
    """Open a connection, TLS and all; raises OSError or ValueError."""
    parts = urlsplit(endpoint.request_url)
    within = min(timeout_s, CONNECT_TIMEOUT_S)
    host = parts.hostname or ""
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = HTTPSConnection(host, parts.port, timeout=within, context=_tls_context())
    else:
        connection = HTTPConnection(host, parts.port, timeout=within)
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def _tls_context() -> ssl.SSLContext:
    """Trust what the machine trusts, and check names."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _is_dropped(sock: socket.socket | None) -> bool:
    """Whether the other end has closed: nothing is due before a request, so what can be read is the end."""
    if sock is None:
        return True
    try:
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True
