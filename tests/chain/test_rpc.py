"""One chain's endpoints: batches, retries, failover, time, and what is never shown."""

import http.client
import json
import logging
import socket
import ssl
import traceback
import zlib

import pytest

from avsctl.chain.endpoint import Endpoint
from avsctl.chain.fake import HARMLESS, IN_CONTENT, Batches, Mishap
from avsctl.chain.faults import Fault, Kind
from avsctl.chain.jsonrpc import NodeFailure, Request
from avsctl.chain.rpc import Rpc, _decode
from avsctl.chain.transport import (
    Deadline,
    HttpReply,
    HttpTransport,
    SystemClock,
    TransportError,
    _explain,
    _explain_connection,
)
from avsctl.core.deployment import BlockRef, Layer
from avsctl.errors import AnswerError, ChainError, EndpointError, NodeError


def heads(count):
    return [Request("eth_getBlockByNumber", (hex(number), False)) for number in range(count)]


def numbers(replies):
    return [int(reply["number"], 16) for reply in replies]


def test_replies_come_in_the_order_of_the_requests_whatever_the_batch(world):
    world.add()
    rpc = world.rpc()
    assert numbers(rpc.send(heads(75))) == list(range(75))
    assert [len(methods) for methods in world.transport.sent] == [10, 20, 40, 5]
    assert (rpc.traffic[0].requests, rpc.traffic[0].retries) == (4, 0)


@pytest.mark.parametrize("batches", Batches)
@pytest.mark.parametrize("most", [1, 3, 10])
def test_a_limit_of_items_is_found_and_remembered(world, batches, most):
    world.add(most_items=most, batches=batches)
    rpc = world.rpc()
    assert numbers(rpc.send(heads(60))) == list(range(60))
    first = len(world.transport.sent)
    rpc.send(heads(most * 4))
    assert len(world.transport.sent) - first <= 8
    assert most / 2 < rpc.batch.size <= most


def test_an_intermittent_failure_does_not_shrink_the_batch(world):
    world.add()
    world.plan(Mishap.BAD_GATEWAY)
    rpc = world.rpc()
    rpc.send(heads(10))
    assert [len(methods) for methods in world.transport.sent] == [10, 10]
    assert (rpc.batch.size, rpc.traffic[0].retries) == (20, 1)


def test_only_what_was_limited_is_asked_again_and_no_earlier_than_told(world):
    world.add()
    world.plan(Mishap.LIMIT_ONE)
    assert numbers(world.rpc().send(heads(10))) == list(range(10))
    assert [len(methods) for methods in world.transport.sent] == [10, 1]
    assert 1.5 <= world.clock.now() < 1.8


def test_a_rate_limit_in_place_of_a_batch_is_no_refusal_of_its_size(world):
    world.add()
    world.plan(Mishap.LIMIT_ALL, Mishap.TOO_MANY)
    rpc = world.rpc()
    rpc.send(heads(10))
    assert [len(methods) for methods in world.transport.sent] == [10, 10, 10]
    limit = b'{"id":null,"error":{"code":429,"message":"rate limit","data":{"backoff_seconds":2}}}'
    with pytest.raises(Fault) as caught:
        _decode(200, limit, 1, 10)
    assert (caught.value.kind, caught.value.pause_s) == (Kind.PATIENCE, 2.0)


@pytest.mark.parametrize(
    ("status", "headers", "body", "pause"),
    [
        (429, {"retry-after": "7"}, b"", 7.0),
        (429, {"retry-after": " 7 "}, b"{}", 7.0),
        (429, {"retry-after": "٧"}, b"", None),
        (429, {"retry-after": "1e3"}, b"<html>", None),
        (429, {"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"", 10.0),
        (429, {"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT"}, b"", None),
        (429, {}, b'{"id":9,"error":{"code":-32005,"message":"x","data":{"backoff_seconds":30}}}', 30.0),
        (429, {}, b'[{"id":9,"error":{"code":-32005,"data":{"rate":{"backoff_seconds":3}}}}]', 3.0),
        (503, {"retry-after": "2"}, b"", 2.0),
    ],
)
def test_how_long_to_wait(status, headers, body, pause):
    with pytest.raises(Fault) as caught:
        Fault.check_status(HttpReply(status, headers, body))
    assert (caught.value.kind, caught.value.pause_s) == (Kind.PATIENCE, pause)


def test_a_pause_that_another_has_met_costs_no_more_than_itself(world):
    world.add()
    rpc = world.rpc()
    rpc.line.quiet_until = 35.0
    assert rpc.request("eth_chainId") == "0x1"
    assert 35 <= world.clock.now() < 36


def test_what_was_too_heavy_earlier_is_no_answer_to_what_comes_later(world):
    world.add()
    heavy = {"code": -32000, "message": "request timed out"}

    def post(_endpoint, body, _timeout_s):
        items = json.loads(body)
        is_first = isinstance(items, list) and items[0]["params"][0] == "0x0"
        if not is_first:
            raise TransportError("connection refused")
        return HttpReply(200, {}, json.dumps([{"id": each["id"], "error": heavy} for each in items]).encode())

    world.transport.post = post
    with pytest.raises(EndpointError, match="connection refused"):
        world.rpc().send(heads(120), passing=lambda reply: isinstance(reply, NodeFailure))


def test_a_guess_that_is_limited_is_not_waited_for(world):
    world.add()
    limit = {"code": -32005, "message": "compute units"}
    sent = []

    def post(_endpoint, body, _timeout_s):
        sent.append(body)
        first, second = json.loads(body)
        return HttpReply(
            200, {}, json.dumps([{"id": first["id"], "result": "0x1"}, {"id": second["id"], "error": limit}]).encode()
        )

    world.transport.post = post
    guess = Request("eth_call", ({"data": "0x"}, "latest"), is_guess=True)
    assert world.rpc().send([Request("eth_chainId"), guess]) == ["0x1", None]
    assert (len(sent), world.clock.now()) == (1, 0)


def test_retry_after_is_honoured(world):
    world.add()
    world.plan(*[Mishap.TOO_MANY_WAIT] * 5)
    assert world.rpc().request("eth_chainId") == "0x1"
    assert 15 <= world.clock.now() < 16


MORE_TIME = "--timeout gives more time than 3 s; "
NO_NODE = "see that the node is up and L1_RPC is right"
LIMITED = "try again later, or with a key that allows more requests"


@pytest.mark.parametrize(
    ("mishap", "seconds", "told", "hint"),
    [
        (Mishap.SERVER_ERROR, 60, "HTTP status 500", NO_NODE),
        (Mishap.EMPTY_BATCH, 60, "sent 0 replies to 1 request", NO_NODE),
        (Mishap.STALLED, 3, "no answer in time", MORE_TIME + NO_NODE),
        (Mishap.TOO_MANY, 60, "HTTP status 429: too many requests", LIMITED),
        (Mishap.TOO_MANY, 3, "HTTP status 429: too many requests", MORE_TIME + LIMITED),
        (Mishap.TOO_MANY_WAIT, 3, "HTTP status 429: too many requests, asks to wait 3 s", MORE_TIME + LIMITED),
        (Mishap.LIMIT_ALL, 3, "asks to wait 1.5 s: rate limited at ***", MORE_TIME + LIMITED),
    ],
)
def test_the_remedy_is_one_for_what_went_wrong(world, mishap, seconds, told, hint):
    world.add()
    world.deadline = Deadline(world.clock, seconds)
    world.transport.plan = lambda *_: mishap
    with pytest.raises(EndpointError) as caught:
        world.rpc().request("eth_chainId")
    (problem,) = caught.value.problems
    assert problem.message == f"L1 endpoint https://node0.example/***: {told} (asked for eth_chainId)"
    assert problem.hint == f"{hint}; L1_RPC=URL1,URL2 gives endpoints to fall back to"


def test_what_was_wrong_is_told_and_not_that_the_time_ran_out_on_the_next_try(world):
    world.add()
    world.deadline = Deadline(world.clock, 3.0)
    world.plan(Mishap.OVERSIZED, *[Mishap.STALLED] * 5)
    with pytest.raises(EndpointError, match="more than is read") as caught:
        world.rpc().request("eth_chainId")
    assert not caught.value.heavy


def test_what_was_wrong_is_told_of_a_smaller_request_that_had_no_time(world):
    world.add()
    rpc, world.transport.plan = world.rpc(), lambda *_: Mishap.EXTRA
    with pytest.raises(EndpointError, match="sent 2 replies to 1 request"):
        rpc.send(heads(1))
    world.clock.sleep(world.deadline.remaining())
    with pytest.raises(EndpointError, match="sent 2 replies to 1 request"):
        rpc.send(heads(1))


def test_a_part_of_the_time_is_told_as_that_of_the_command(world):
    world.add()
    world.deadline = Deadline(world.clock, 30.0).part(3.0)
    world.clock.sleep(3.0)
    with pytest.raises(EndpointError, match="no time left of the 30 s") as caught:
        world.rpc().request("eth_chainId")
    assert "more time than 30 s" in caught.value.problems[0].hint


def test_nothing_smaller_may_pass_when_no_time_is_left(world):
    world.add()
    world.deadline = Deadline(world.clock, 3.0)
    world.transport.plan = lambda *_: Mishap.STALLED
    with pytest.raises(EndpointError, match="no answer in time") as caught:
        world.rpc().request("eth_chainId")
    assert not caught.value.heavy


def test_a_pause_beyond_the_deadline_is_not_begun(world):
    world.add()
    world.deadline = Deadline(world.clock, 2.0)
    world.plan(Mishap.TOO_MANY_WAIT)
    with pytest.raises(EndpointError, match="HTTP status 429"):
        world.rpc().request("eth_chainId")
    assert world.clock.now() < 1


@pytest.mark.parametrize("mishap", sorted(set(Mishap) - HARMLESS - IN_CONTENT))
def test_the_next_endpoint_answers_when_one_never_does(world, mishap):
    world.add()
    world.add()
    world.transport.plan = lambda endpoint, _: mishap if "node0" in endpoint.masked else None
    rpc = world.rpc()
    rpc.establish(1)
    assert numbers(rpc.send(heads(5))) == list(range(5))
    assert "node1" in rpc.endpoint.masked
    sent = len(world.transport.sent)
    rpc.send(heads(1))
    assert len(world.transport.sent) == sent + 1
    assert world.clock.now() < 40


@pytest.mark.parametrize("mishap", sorted(set(Mishap) - HARMLESS - IN_CONTENT))
def test_an_endpoint_that_never_answers_ends_in_one_error_in_time(world, mishap):
    world.add()
    world.transport.plan = lambda *_: mishap
    with pytest.raises(EndpointError) as caught:
        world.rpc().send(heads(5))
    (problem,) = caught.value.problems
    assert "L1 endpoint https://node0.example/***: " in problem.message
    assert "eth_getBlockByNumber" in problem.message
    assert "L1_RPC" in problem.hint
    assert world.secret not in f"{problem}{''.join(traceback.format_exception(caught.value))}"
    assert world.clock.now() <= 60.1


def test_endpoints_that_take_no_batches_but_drop_them_are_found_alive_behind_dead_ones(world):
    world.add(most_items=1, batches=Batches.BY_DROPPING)
    world.add()
    world.transport.plan = lambda endpoint, _: Mishap.UNREACHABLE if "node1" in endpoint.masked else None
    rpc = world.rpc()
    rpc.establish(1)
    assert numbers(rpc.send(heads(5))) == list(range(5))


def test_an_endpoint_on_another_chain_is_passed_over(world):
    for chain_id in (1, 5, 1):
        world.add(chain_id=chain_id)
    rpc = world.rpc()
    rpc.establish(1)
    world.transport.plan = lambda endpoint, _: Mishap.UNREACHABLE if "node0" in endpoint.masked else None
    assert numbers(rpc.send(heads(2))) == [0, 1]
    assert "node2" in rpc.endpoint.masked
    world.transport.plan = lambda endpoint, _: None if "node1" in endpoint.masked else Mishap.DENIED
    with pytest.raises(EndpointError, match=r"node1.example/\*\*\*: is on chain 5, not 1"):
        rpc.request("eth_blockNumber")


def test_one_that_answers_the_chain_id_with_an_error_is_passed_over(world):
    for _ in range(3):
        world.add()
    rpc = world.rpc()
    rpc.establish(1)
    plans = {"node0": Mishap.UNREACHABLE, "node1": Mishap.INTERNAL, "node2": None}
    world.transport.plan = lambda endpoint, _: plans[endpoint.masked[8:13]]
    assert rpc.request("eth_blockNumber") == "0x3e8"
    assert "node2" in rpc.endpoint.masked


def test_before_the_chain_is_known_all_replies_come_from_one_endpoint(world):
    world.add(chain_id=1, most_items=1)
    world.add(chain_id=5)
    world.transport.plan = lambda endpoint, _: (
        Mishap.UNREACHABLE if "node0" in endpoint.masked and len(world.transport.sent) > 4 else None
    )
    requests = [Request("eth_chainId"), *heads(8)]
    chain_id, *headers = world.rpc().send(requests)
    assert chain_id == "0x5"
    assert {header["hash"][:34] for header in headers} == {f"0x{5:032x}"}


def test_an_endpoint_held_to_a_block_has_to_show_it(world):
    first, _, third = world.add(), world.add(fork=7), world.add()
    rpc = world.rpc()
    rpc.establish(1)
    rpc.hold_to(BlockRef(1, 1_000, first.hash_of(1_000), 0))
    assert rpc.request("eth_blockNumber") == "0x3e8"
    third.head = 1_001
    world.transport.plan = lambda endpoint, _: Mishap.UNREACHABLE if "node0" in endpoint.masked else None
    assert rpc.request("eth_blockNumber") == "0x3e9"


def test_replies_that_may_be_better_next_time(world):
    world.add()
    world.plan(Mishap.LAGGING, Mishap.LAGGING)
    requests = heads(3)
    assert numbers(world.rpc().send(requests, passing=lambda reply: isinstance(reply, NodeFailure))) == [0, 1, 2]
    assert [len(methods) for methods in world.transport.sent] == [3, 1, 1]


def test_replies_that_never_get_better_are_given_as_they_are(world):
    world.add()
    world.add()
    rpc = world.rpc()
    rpc.establish(1)
    replies = rpc.send([Request("eth_nothing")] * 25, passing=lambda reply: isinstance(reply, NodeFailure))
    assert {reply.code for reply in replies} == {-32601}
    assert len(world.transport.sent) < 20


def test_errors_name_endpoint_method_and_remedy(world):
    world.add()
    rpc = world.rpc()
    with pytest.raises(NodeError, match=r"L1 endpoint https://node0.example/\*\*\* answered eth_nothing with an error"):
        rpc.request("eth_nothing")
    with pytest.raises(AnswerError, match=r"L1 endpoint .* gave no good answer to eth_chainId: odd") as caught:
        rpc.read("eth_chainId", "0x1", _refuse)
    assert caught.value.problems[0].hint


def _refuse(_):
    raise AnswerError("odd")


@pytest.mark.parametrize("mishap", [*Mishap, None])
def test_no_secret_is_logged_or_raised(world, mishap, caplog):
    world.add(log_range=1)
    world.transport.plan = lambda *_: mishap
    caplog.set_level(logging.DEBUG)
    rpc = world.rpc()
    told = ""
    for count in (1, 12):
        try:
            replies = rpc.send(heads(count))
            rpc.require("eth_getBlockByNumber", replies[0])
        except ChainError as error:
            told += f"{error.problems}{error!r}{''.join(traceback.format_exception(error))}"
    told += "".join(f"{record.getMessage()}{vars(record)}" for record in caplog.records)
    assert "node0.example/***" in told
    assert world.secret not in told


def test_a_secret_on_the_edge_of_a_long_message_is_not_cut_in_half(world):
    world.add()
    rpc = world.rpc()
    body = b'{"id":1,"error":{"code":1,"message":"' + b"x" * 1_990 + world.secret.encode() + b'"}}'
    world.transport.post = lambda *_: HttpReply(200, {}, body)
    with pytest.raises(NodeError) as caught:
        rpc.request("eth_chainId")
    assert world.secret[:8] not in str(caught.value)


def test_a_batch_is_tried_and_patience_kept(world):
    world.add(most_items=20)
    world.plan(Mishap.LIMIT_ONE, Mishap.TOO_MANY)
    rpc = world.rpc()
    assert rpc.takes_batch([Request("eth_chainId")] * 20)
    assert not rpc.takes_batch([Request("eth_chainId")] * 21)


def test_a_closed_one_sends_nothing(world):
    world.add()
    rpc = world.rpc()
    rpc.close()
    with pytest.raises(EndpointError):
        rpc.request("eth_chainId")
    assert world.transport.sent == []


@pytest.mark.parametrize("status", [413, 400, 404])
def test_an_error_object_counts_whatever_the_status(world, status):
    world.add()
    body = b'{"id":1,"error":{"code":-32614,"message":"limited to a 5 range"}}'
    world.transport.post = lambda *_: HttpReply(status, {}, body)
    assert world.rpc().send(heads(1)) == [NodeFailure(-32614, "limited to a 5 range")]


def test_an_error_names_one_method(world):
    world.add()
    world.transport.plan = lambda *_: Mishap.DENIED
    requests = [Request("eth_call"), Request("eth_chainId"), *heads(2)]
    with pytest.raises(EndpointError, match=r" \(asked for eth_call\)$"):
        world.rpc().send(requests)


def test_a_redirect_is_told_and_not_tried_again(world):
    world.add()
    replies = [HttpReply(302, {"location": f"https://x/{world.secret}"}, b"")]
    world.transport.post = lambda *_: replies.pop()
    with pytest.raises(EndpointError, match="HTTP status 302: the endpoint redirects") as caught:
        world.rpc().request("eth_chainId")
    assert world.secret not in str(caught.value)


@pytest.mark.enable_socket
def test_a_refused_connection_is_told_as_such_and_without_a_time():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = Endpoint.parse(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(TransportError) as caught:
            HttpTransport().post(endpoint, b"{}", 5)
    assert str(caught.value) == "connection refused"


def untrusted(code):
    error = ssl.SSLCertVerificationError(1, "of SECRET")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(113, "No route to host"), "no connection (no route to host)"),
        (OSError("https://x/SECRET"), "no connection"),
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "the host name does not resolve"),
        (ssl.SSLError(1, "of SECRET"), "no TLS connection; is it an http:// endpoint?"),
        (untrusted(10), "the certificate has expired, or the clock of this machine is wrong"),
        (UnicodeError("label empty or too long: SECRET"), "the request could not be sent (UnicodeError)"),
    ],
)
def test_what_kept_a_connection_from_coming_about(error, text):
    assert str(_explain_connection(error)) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (http.client.RemoteDisconnected("SECRET"), "the connection broke off"),
        (ConnectionResetError(104, "SECRET"), "the connection broke off"),
        (ssl.SSLEOFError(8, "SECRET"), "the connection broke off"),
        (zlib.error("SECRET"), "the connection broke off"),
        (ValueError("SECRET"), "the request could not be sent (ValueError)"),
    ],
)
def test_what_ended_an_exchange(error, text):
    assert str(_explain(error)) == text


@pytest.mark.enable_socket
def test_the_time_of_a_post_is_that_of_the_whole_exchange(monkeypatch):
    transport = HttpTransport()
    monkeypatch.setattr(transport, "_exchange", lambda *_: SystemClock().sleep(5))
    rpc = Rpc(
        Layer.L2, [Endpoint.parse("https://node.example/key-0123456789")], transport, Deadline(SystemClock(), 0.1)
    )
    with pytest.raises(EndpointError, match=r"L2 endpoint https://node.example/\*\*\*: no connection within 0.1 s"):
        rpc.request("eth_chainId")


def test_time_that_is_lost_on_one_who_takes_no_connection_is_left_to_the_next(world):
    for _ in range(2):
        world.add()
    answer, tried = world.transport.post, []

    def post(endpoint, body, timeout_s):
        tried.append("node0" in endpoint.masked)
        if tried[-1]:
            world.clock.sleep(timeout_s)
            raise TransportError("no connection", stalled=True)
        return answer(endpoint, body, timeout_s)

    world.transport.post = post
    assert len(numbers(world.rpc().send(heads(3)))) == 3
    assert tried == [True, True, False]


def test_urllib3_tells_nobody_its_urls():
    HttpTransport()
    assert not logging.getLogger("urllib3").propagate
