"""HTTP as endpoints speak it, over real sockets: what is read, what is kept alive, what is refused."""

import gzip
import threading
import time
from itertools import chain, repeat

import pytest
from http_server import BODY, SECRET, drip, reply, sized

from avsctl.chain.transport import TransportError

pytestmark = pytest.mark.enable_socket


@pytest.mark.parametrize(
    "answer",
    [
        sized(),
        sized(gzip.compress(BODY), "Content-Encoding: gzip"),
        sized(gzip.compress(BODY[:9]) + gzip.compress(b"") + gzip.compress(BODY[9:]), "Content-Encoding: X-GZip "),
        sized(BODY, "Content-Encoding: identity"),
        reply("Transfer-Encoding: chunked", body=b"5\r\n" + BODY[:5] + b"\r\n22\r\n" + BODY[5:] + b"\r\n0\r\n\r\n"),
        reply("Connection: close"),
        b"HTTP/1.0 200 OK\r\nx: cut\r\n\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\n" + sized(),
    ],
    ids=["sized", "gzip", "members", "identity", "chunked", "until_closed", "http_1_0", "after_continue"],
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


@pytest.mark.parametrize(
    ("rest", "target"),
    [
        ("", "/"),
        ("/", "/"),
        ("?key=v", "/?key=v"),
        ("/a;b=1/c?x=1&y=%20#fragment", "/a;b=1/c?x=1&y=%20"),
        ("//a", "//a"),
        ("/http://b/", "/http://b/"),
        ("/%0d%0ax:%20y", "/%0d%0ax:%20y"),
    ],
)
def test_the_target_is_path_and_query_as_they_are_written(talk, rest, target):
    server, transport = talk(sized())
    transport.post(server.at(rest, user="us%40er:p%2Fw%FF@"), b"{}", 5)
    ((head, _),) = server.requests
    first, *lines = head.decode().splitlines()
    assert first == f"POST {target} HTTP/1.1"
    assert [line for line in lines if line.lower().startswith("host:")] == [f"Host: 127.0.0.1:{server.port}"]
    assert "authorization: Basic dXNAZXI6cC93/w==" in lines


@pytest.mark.parametrize("status", ["302 Found", "429 Too Many Requests", "500 Internal Server Error"])
def test_any_status_is_a_reply_and_none_is_followed(talk, status):
    server, transport = talk(sized(b"no", "Location: http://127.0.0.1:1/", "Retry-After: 7", status=status))
    got = transport.post(server.endpoint, b"{}", 5)
    assert (got.status, got.body, got.headers["retry-after"]) == (int(status[:3]), b"no", "7")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"no HTTP at all, cut\r\n\r\n",
        reply("Content-Length: 99", "x: cut"),
        reply("Transfer-Encoding: chunked", "x: cut", body=b"5\r\n" + BODY[:5] + b"\r\n22\r\n"),
        reply("Transfer-Encoding: chunked", "x: cut", body=b"zz\r\n"),
        sized(gzip.compress(BODY)[:-9], "Content-Encoding: gzip"),
        sized(gzip.compress(BODY) + b"more", "Content-Encoding: gzip"),
        sized(BODY, "Content-Encoding: gzip"),
        reply(*[f"h{number}: x" for number in range(200)], "x: cut"),
        reply("h: " + "x" * 100_000, "x: cut"),
        reply(status="103 Early Hints", body=b"") + sized(),
        reply(status="-200 OK"),
    ],
    ids=[
        *("nothing", "noise", "short", "chunk_short", "chunk_size", "gzip_short", "gzip_more", "no_gzip"),
        *("many_heads", "long_head", "interim", "status"),
    ],
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


@pytest.mark.parametrize("packing", ["br", "deflate", "gzip, gzip"])
def test_a_body_in_a_packing_that_nobody_asked_for_is_told(talk, packing):
    server, transport = talk(sized(b"\x1b\x03", f"Content-Encoding: {packing}"))
    with pytest.raises(TransportError, match=r"^the reply is packed in a way that was not asked for"):
        transport.post(server.endpoint, b"{}", 5)


@pytest.mark.parametrize("packing", ["br", "gzip"])
def test_a_status_counts_whatever_packing_is_named_for_its_body(talk, packing):
    server, transport = talk(sized(b"", f"Content-Encoding: {packing}", status="429 Too Many Requests"))
    assert transport.post(server.endpoint, b"{}", 5).status == 429


def many(part):
    return chain([reply("Transfer-Encoding: chunked", "Content-Encoding: gzip", body=b"")], repeat(part))


EMPTY = gzip.compress(b"")


@pytest.mark.parametrize(
    "answer",
    [
        lambda: time.sleep(0.5),
        lambda: drip(sized(bytes(99))),
        lambda: chain([sized()[:-30]], drip(BODY[-30:])),
        lambda: chain([reply("Transfer-Encoding: chunked", body=b"0\r\n")], repeat(b"x: y\r\n")),
        lambda: repeat(b"HTTP/1.1 100 Continue\r\nx: y\r\n\r\n"),
        lambda: many(f"{len(EMPTY):x}\r\n".encode() + EMPTY + b"\r\n"),
    ],
    ids=["nothing", "head_by_byte", "body_by_byte", "trailers", "interim", "members"],
)
def test_whatever_a_server_does_takes_no_longer_than_allowed_and_then_ends(talk, answer):
    server, transport = talk(sized(), answer)
    transport.post(server.endpoint, b"{}", 5)
    threads, began_at = set(threading.enumerate()), time.monotonic()
    with pytest.raises(TransportError, match=r"^no answer within \d\.\d s$") as caught:
        transport.post(server.endpoint, b"{}", 0.4)
    assert 0.3 < time.monotonic() - began_at < 8
    assert caught.value.stalled
    for left_behind in set(threading.enumerate()) - threads:
        left_behind.join(8)
        assert not left_behind.is_alive()
