"""Connections over real sockets: which one is used, kept, opened early, trusted; and where each one goes."""

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from http_server import BODY, CERTIFICATE, Server, sized

from avsctl.chain import connections
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.transport import HttpTransport, TransportError

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def trusted(monkeypatch):
    """Trust the certificate of the tests, and forget that afterwards."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    connections._load_trust.cache_clear()
    yield
    connections._load_trust.cache_clear()


@pytest.fixture
def led(monkeypatch):
    """Lead every connection to a port of this machine; gives where it was to go."""
    wanted, connect = [], socket.create_connection

    def lead_to(port):
        def create(address, *rest):
            wanted.append(address)
            return connect(("127.0.0.1", port), *rest)

        monkeypatch.setattr(socket, "create_connection", create)
        return wanted

    return lead_to


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


def test_a_connection_over_which_more_came_than_was_asked_for_is_not_used_again(talk):
    server, transport = talk(sized(), sized())
    transport.post(server.endpoint, b"{}", 5)
    server.open[-1].sendall(sized(b"an answer to nothing"))
    time.sleep(0.05)
    assert transport.post(server.endpoint, b"{}", 5).body == BODY
    assert server.connections == 2


def test_nothing_is_sent_twice_where_the_server_leaves_as_it_is_asked(talk):
    server, transport = talk(sized(), None)
    transport.post(server.endpoint, b"{}", 5)
    with pytest.raises(TransportError, match=r"^the connection broke off$") as caught:
        transport.post(server.endpoint, b"{}", 5)
    assert caught.value.mid_answer
    assert len(server.requests) == 2


def test_threads_have_a_connection_each(talk):
    meeting = threading.Barrier(4)
    server, transport = talk(*[lambda: (meeting.wait(5), sized())[1]] * 4)
    with ThreadPoolExecutor(4) as threads:
        replies = list(threads.map(lambda _: transport.post(server.endpoint, b"{}", 5), range(4)))
    assert [each.body for each in replies] == [BODY] * 4
    assert server.connections == 4


def test_nothing_is_kept_open_after_the_end(talk):
    server, transport = talk(sized(), sized())
    transport.post(server.endpoint, b"{}", 5)
    transport.close()
    transport.post(server.endpoint, b"{}", 5)
    assert server.connections == 2


# Opened early


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("has_tls", [False, True])
def test_connections_that_were_opened_early_are_the_ones_used(talk, has_tls):
    server, transport = talk(sized(), sized(), has_tls=has_tls)
    endpoint = server.at("/", host="localhost")
    transport.open_early(endpoint, 1)
    transport.open_early(endpoint, 2)
    while len(server.open) < 2:
        time.sleep(0.01)
    assert [transport.post(endpoint, b"{}", 5).body for _ in range(2)] == [BODY, BODY]
    assert server.connections == 2


def test_one_that_could_not_be_opened_early_is_the_failure_of_the_request_that_waits_for_it():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        endpoint = Endpoint.parse(f"http://127.0.0.1:{unused.getsockname()[1]}")
    transport = HttpTransport()
    transport.open_early(endpoint, 1)
    for _ in range(2):
        with pytest.raises(TransportError, match=r"^connection refused$"):
            transport.post(endpoint, b"{}", 5)


def test_what_failed_early_is_not_held_against_an_endpoint_that_is_up_now():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    transport = HttpTransport()
    transport.open_early(Endpoint.parse(f"http://127.0.0.1:{port}"), 3)
    time.sleep(0.1)
    with contextlib.closing(Server(sized(), port=port)) as server, contextlib.closing(transport):
        assert transport.post(server.at(), b"{}", 5).body == BODY


def test_one_that_is_open_is_used_while_another_is_being_opened(talk, monkeypatch):
    server, transport = talk(sized())
    real, is_first = connections.connect, iter([True])
    release = threading.Event()

    def connect(*args):
        if next(is_first, False):
            release.wait(5)
        return real(*args)

    monkeypatch.setattr(connections, "connect", connect)
    transport.open_early(server.endpoint, 2)
    while not server.connections:
        time.sleep(0.01)
    time.sleep(0.05)
    assert transport.post(server.endpoint, b"{}", 5).body == BODY
    release.set()


# Time


def test_an_endpoint_that_takes_no_connection_costs_the_time_allowed():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, contextlib.ExitStack() as stack:
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        began_at = time.monotonic()
        with pytest.raises(TransportError, match=r"^no connection within \d\.\d s$") as caught:
            HttpTransport().post(Endpoint.parse(f"http://127.0.0.1:{deaf.getsockname()[1]}"), b"{}", 0.3)
        assert time.monotonic() - began_at < 8
    assert caught.value.stalled
    assert not caught.value.mid_answer


def test_nothing_is_sent_after_the_time(talk, monkeypatch):
    server, transport = talk(sized())
    real, is_over = connections.connect, threading.Event()

    def connect(*args):
        connection = real(*args)
        is_over.wait(5)
        return connection

    monkeypatch.setattr(connections, "connect", connect)
    with pytest.raises(TransportError, match=r"^no connection within \d\.\d s$"):
        transport.post(server.endpoint, b"{}", 0.5)
    is_over.set()
    assert server.was_left.wait(5)
    assert not server.requests


# Where to


@pytest.mark.parametrize(
    ("url", "address", "host"),
    [
        ("http://[::1]/x", ("::1", 80), "[::1]"),
        ("http://[2001:DB8::1]:8545", ("2001:db8::1", 8545), "[2001:db8::1]:8545"),
        ("http://u:p@Rpc.Example", ("rpc.example", 80), "rpc.example"),
        ("http://rpc.example:80/", ("rpc.example", 80), "rpc.example"),
        ("http://rpc.example.:443/", ("rpc.example.", 443), "rpc.example.:443"),
    ],
)
def test_the_address_and_the_host_that_is_named(talk, led, url, address, host):
    server, transport = talk(sized())
    wanted = led(server.port)
    transport.post(Endpoint.parse(url), b"{}", 5)
    ((head, _),) = server.requests
    assert wanted == [address]
    assert [line for line in head.decode().splitlines() if line.lower().startswith("host")] == [f"Host: {host}"]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("url", ["https://localhost", "https://LOCALHOST.:443/x"])
def test_tls_is_spoken_with_who_is_trusted(talk, led, url):
    server, transport = talk(sized(), has_tls=True)
    wanted = led(server.port)
    assert transport.post(Endpoint.parse(url), b"{}", 5).body == BODY
    assert wanted == [("localhost", 443)]
    assert b"\r\nHost: localhost\r\n" in server.requests[0][0]


@pytest.mark.usefixtures("trusted")
def test_the_certificate_of_another_host_is_told(talk):
    server, transport = talk(has_tls=True)
    with pytest.raises(TransportError, match=r"^the certificate is that of another host$"):
        transport.post(server.at(), b"{}", 5)


def test_a_certificate_that_nobody_trusts_is_told_with_the_remedy(talk):
    server, transport = talk(has_tls=True)
    with pytest.raises(TransportError, match=r"^the certificate is signed by nobody .* \(SSL_CERT_FILE names a file"):
        transport.post(server.at(host="localhost"), b"{}", 5)


def test_a_server_without_tls_is_told_as_such():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak_plainly():
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                connection.recv(4096)

        threading.Thread(target=speak_plainly, daemon=True).start()
        endpoint = Endpoint.parse(f"https://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(TransportError, match=r"^no TLS connection; is it an http:// endpoint\?$"):
            HttpTransport().post(endpoint, b"{}", 5)
