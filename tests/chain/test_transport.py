"""HTTP as endpoints speak it, over real sockets: what is read, what is kept alive, what is refused."""

import contextlib
import gzip
import socket
import threading
import time

import pytest

from avsctl.chain.endpoint import Endpoint
from avsctl.chain.transport import HttpTransport, TransportError

pytestmark = pytest.mark.enable_socket

BODY = b'{"jsonrpc":"2.0","id":1,"result":"0x1"}'
SECRET = "5ec2e7c0ffee"


def reply(*lines, body=BODY, status="200 OK"):
    return b"\r\n".join([b"HTTP/1.1 " + status.encode(), *(line.encode() for line in lines), b"", b""]) + body


def sized(body=BODY, *lines, status="200 OK"):
    return reply(f"Content-Length: {len(body)}", *lines, body=body, status=status)


class Server:
    """Answers each request with the next of some bytes, and closes the connection where one is None."""

    def __init__(self, *replies):
        self.left, self.requests, self.connections = list(replies), [], 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self):
        return Endpoint.parse(f"http://u:{SECRET}@127.0.0.1:{self.socket.getsockname()[1]}/v3/{SECRET}?key=a%2Fb")

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.connections += 1
                self.open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as file:
            while head := b"".join(iter(file.readline, b"\r\n")):
                (size,) = [int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:")]
                self.requests.append((head, file.read(size)))
                answer = self.left.pop(0)
                if callable(answer):
                    answer = answer()
                if answer is None:
                    return
                connection.sendall(answer)
                if b"connection: close" in answer.lower() or b"cut" in answer:
                    return

    def close(self):
        for each in (self.socket, *self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.fixture
def talk():
    """Start a server with some replies, and give it with a transport."""
    with contextlib.ExitStack() as stack:

        def begin(*replies):
            server, transport = Server(*replies), HttpTransport()
            stack.callback(server.close)
            stack.callback(transport.close)
            return server, transport

        yield begin


@pytest.mark.parametrize(
    "answer",
    [
        sized(),
        sized(gzip.compress(BODY), "Content-Encoding: gzip"),
        reply("Transfer-Encoding: chunked", body=b"5\r\n" + BODY[:5] + b"\r\n22\r\n" + BODY[5:] + b"\r\n0\r\n\r\n"),
        reply("Connection: close"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + sized(),
    ],
    ids=["sized", "gzip", "chunked", "until_closed", "after_continue"],
)
def test_a_body_is_read_however_it_is_framed(talk, answer):
    server, transport = talk(answer)
    got = transport.post(server.endpoint, b"{}", 5)
    assert (got.status, got.body) == (200, BODY)


def test_what_is_asked_goes_to_path_and_query_with_the_credentials(talk):
    server, transport = talk(sized())
    transport.post(server.endpoint, b"[1]", 5)
    ((head, body),) = server.requests
    lines = head.decode().lower().splitlines()
    assert head.decode().startswith(f"POST /v3/{SECRET}?key=a%2Fb HTTP/1.1\r\n")
    assert body == b"[1]"
    assert {"content-type: application/json", "accept-encoding: gzip"} < set(lines)
    assert any(line.startswith("authorization: basic ") for line in lines)
    assert sum(line.startswith("accept-encoding:") for line in lines) == 1


@pytest.mark.parametrize("status", ["302 Found", "429 Too Many Requests", "500 Internal Server Error"])
def test_any_status_is_a_reply_and_none_is_followed(talk, status):
    server, transport = talk(sized(b"no", "Location: http://127.0.0.1:1/", "Retry-After: 7", status=status))
    got = transport.post(server.endpoint, b"{}", 5)
    assert (got.status, got.body, got.headers["retry-after"]) == (int(status[:3]), b"no", "7")
    assert len(server.requests) == 1


def test_a_connection_is_kept_and_a_closed_one_is_not_used_again(talk):
    server, transport = talk(sized(), sized(), sized(BODY, "Connection: close"), sized())
    for expected in (1, 1, 1, 2):
        assert transport.post(server.endpoint, b"{}", 5).body == BODY
        assert server.connections == expected
    server.open[-1].shutdown(socket.SHUT_RDWR)
    time.sleep(0.05)
    server.left.append(sized())
    assert transport.post(server.endpoint, b"{}", 5).body == BODY
    assert (server.connections, len(server.requests)) == (3, 5)


def test_connections_that_were_opened_early_are_the_ones_used(talk):
    server, transport = talk(sized(), sized())
    transport.open_early(server.endpoint, 1)
    transport.open_early(server.endpoint, 2)
    assert [transport.post(server.endpoint, b"{}", 5).body for _ in range(2)] == [BODY, BODY]
    assert server.connections == 2


def test_one_that_could_not_be_opened_early_is_the_failure_of_the_request():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        endpoint = Endpoint.parse(f"http://127.0.0.1:{unused.getsockname()[1]}")
    transport = HttpTransport()
    transport.open_early(endpoint, 1)
    for _ in range(2):
        with pytest.raises(TransportError, match=r"^connection refused$"):
            transport.post(endpoint, b"{}", 5)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"no HTTP at all, cut\r\n\r\n",
        reply("Content-Length: 99", "x: cut"),
        reply("Transfer-Encoding: chunked", "x: cut", body=b"5\r\n" + BODY[:5] + b"\r\n22\r\n"),
        reply("Transfer-Encoding: chunked", "x: cut", body=b"zz\r\n"),
        sized(gzip.compress(BODY)[:-9], "Content-Encoding: gzip"),
        sized(BODY, "Content-Encoding: gzip"),
        reply(*[f"h{number}: x" for number in range(200)], "x: cut"),
        reply("h: " + "x" * 100_000, "x: cut"),
    ],
    ids=["nothing", "noise", "short", "chunk_short", "chunk_size", "gzip_short", "no_gzip", "many_heads", "long_head"],
)
def test_a_reply_that_is_none_or_cut_short_is_a_broken_connection(talk, answer):
    server, transport = talk(answer, sized())
    with pytest.raises(TransportError, match=r"^the connection broke off$") as caught:
        transport.post(server.endpoint, b"{}", 5)
    assert caught.value.mid_answer
    assert transport.post(server.endpoint, b"{}", 5).body == BODY
    assert server.connections == 2


@pytest.mark.parametrize("packed", [True, False])
def test_a_body_of_more_than_the_bound_is_not_read(talk, monkeypatch, packed):
    monkeypatch.setattr("avsctl.chain.transport.MAX_REPLY_BYTES", 1 << 20)
    body = bytes(5 << 20)
    answer = sized(gzip.compress(body), "Content-Encoding: gzip") if packed else sized(body)
    server, transport = talk(answer)
    with pytest.raises(TransportError, match=r"^the reply is larger than 1 MiB$"):
        transport.post(server.endpoint, b"{}", 5)


def test_a_server_that_says_nothing_takes_no_longer_than_allowed(talk):
    server, transport = talk(lambda: time.sleep(1))
    with pytest.raises(TransportError, match=r"^no answer within 0\.2 s$") as caught:
        transport.post(server.endpoint, b"{}", 0.2)
    assert caught.value.stalled


def test_a_server_without_tls_is_told_as_such():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak_plainly():
            connection, _ = server.accept()
            with connection:
                connection.sendall(reply("Connection: close", status="400 Bad Request"))
                connection.recv(4096)

        threading.Thread(target=speak_plainly, daemon=True).start()
        endpoint = Endpoint.parse(f"https://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(TransportError, match=r"^no TLS connection \(certificate or protocol\)$"):
            HttpTransport().post(endpoint, b"{}", 5)


def test_nothing_is_kept_open_after_the_end(talk):
    server, transport = talk(sized(), sized())
    transport.post(server.endpoint, b"{}", 5)
    transport.close()
    transport.post(server.endpoint, b"{}", 5)
    assert server.connections == 2
