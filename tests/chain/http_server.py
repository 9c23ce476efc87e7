"""An HTTP server over a real socket that says exactly what it is told to, byte by byte where that matters."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from avsctl.chain.endpoint import Endpoint

BODY = b'{"jsonrpc":"2.0","id":1,"result":"0x1"}'
SECRET = "5ec2e7c0ffee"
CERTIFICATE = Path(__file__).parent / "localhost.pem"
"""For localhost alone, signed by itself; the key belongs to nobody and is here to be read."""


def reply(*lines, body=BODY, status="200 OK"):
    return b"\r\n".join([b"HTTP/1.1 " + status.encode(), *(line.encode() for line in lines), b"", b""]) + body


def sized(body=BODY, *lines, status="200 OK"):
    return reply(f"Content-Length: {len(body)}", *lines, body=body, status=status)


def drip(answer):
    """Give an answer in single bytes, 50 in a second."""
    for at in range(len(answer)):
        time.sleep(0.02)
        yield answer[at : at + 1]


def read_head(file):
    while (line := file.readline()) not in (b"", b"\r\n"):
        yield line


class Server:
    """Answers each request with the next of some bytes, and closes the connection where one is None."""

    def __init__(self, *replies, port=0, has_tls=False):
        self.left, self.requests, self.connections = list(replies), [], 0
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.open = []
        self.was_left = threading.Event()
        """Whether a connection has ended."""
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if has_tls else None
        if self._tls:
            self._tls.load_cert_chain(CERTIFICATE)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self):
        return Endpoint.parse(f"http://u:{SECRET}@127.0.0.1:{self.port}/v3/{SECRET}?key=a%2Fb")

    def at(self, rest="", user="", host="127.0.0.1"):
        return Endpoint.parse(f"http{'s' if self._tls else ''}://{user}{host}:{self.port}{rest}")

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self.open.append(connection)
            with connection, connection.makefile("rb") as file:
                while head := b"".join(read_head(file)):
                    (size,) = [int(line[15:]) for line in head.lower().splitlines() if line[:15] == b"content-length:"]
                    self.requests.append((head, file.read(size)))
                    if not self._answer(connection, self.left.pop(0)):
                        break
        self.was_left.set()

    def _answer(self, connection, answer):
        """Send an answer; tells whether the connection is kept."""
        answer = answer() if callable(answer) else answer
        for part in answer if isinstance(answer, Iterator) else [answer or b""]:
            connection.sendall(part)
        is_last = answer is None or isinstance(answer, Iterator)
        return not is_last and b"connection: close" not in answer.lower() and b"cut" not in answer

    def close(self):
        for each in (self.socket, *self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
