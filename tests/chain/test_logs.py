"""eth_getLogs within what endpoints allow."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.chain.fake import Mishap
from avsctl.chain.logs import SPANS, LogQuery, allowed_span, scan_back
from avsctl.chain.transport import HttpReply
from avsctl.errors import AnswerError, EndpointError

TOPIC = "0x" + "ab" * 32
REFUSALS = [
    "You can make eth_getLogs requests with up to a 10 block range, this block range should work: [{first}, {tenth}].",
    "Up to a 10 block range. Upgrade at https://dashboard.alchemy.com/settings/123456/billing",
    "eth_getLogs is limited to a 10 block range",
    "eth_getLogs is limited to a 10 range (-32614)",
    "block range too large: max 10",
    "exceed maximum block range: 10",
    "query returned more than 10000 results. Try with this block range [{first}, {tenth}].",
    "query exceeds max block range, from {start} to {end}",
    "block range is too wide",
    "",
    "query timeout of 10s exceeded",
]


@pytest.fixture
def query(world):
    return LogQuery(world.target, TOPIC)


def log(world, number, index=0):
    return {
        "address": world.target.upper().replace("X", "x"),
        "topics": [TOPIC.upper().replace("X", "x")],
        "data": "0x",
        "blockNumber": hex(number),
        "logIndex": hex(index),
    }


def places(windows):
    return [(int(each["blockNumber"], 16), int(each["logIndex"], 16)) for window in windows for each in window.logs]


def test_an_endpoint_without_limits_is_asked_once_and_tells_newest_first(world, query):
    node = world.add()
    node.logs = [log(world, 7), log(world, 900, 2), log(world, 900, 11), log(world, 3)]
    (window,) = scan_back(world.rpc(), query, 1_000, 20)
    assert (window.from_block, window.to_block) == (0, 1_000)
    assert places([window]) == [(900, 11), (900, 2), (7, 0), (3, 0)]
    assert len(world.transport.sent) == 1


@pytest.mark.parametrize("text", REFUSALS)
@pytest.mark.parametrize("head", [1_000, 20_000_000])
def test_ranges_of_ten_blocks(world, query, text, head):
    node = world.add(head=head, log_range=10)
    real = node.answer

    def answer(method, params):
        start, end = (int(params[0][key], 16) for key in ("fromBlock", "toBlock"))
        words = {"first": hex(start), "tenth": hex(start + 9), "start": start, "end": end}
        node.log_refusal = text.format(**words)
        return real(method, params)

    node.answer = answer
    node.logs = [log(world, head - back) for back in (0, 9, 10, 25)]
    windows = list(scan_back(world.rpc(), query, head, 20))
    assert len(world.transport.sent) == 20
    assert {window.to_block - window.from_block + 1 for window in windows} == {10}
    assert [head - number for number, _ in places(windows)] == [0, 9, 10, 25]
    assert [window.to_block for window in windows] == [head - 10 * index for index in range(len(windows))]
    assert len(windows) >= 12


def test_the_beginning_of_the_chain_ends_the_search(world, query):
    world.add(head=25, log_range=10, log_refusal="max 10 blocks")
    windows = list(scan_back(world.rpc(), query, 25, 20))
    assert [(window.from_block, window.to_block) for window in windows] == [(16, 25), (6, 15), (0, 5)]


def test_a_scan_ends_at_an_endpoint_that_refuses_one_block(world, query):
    world.add(log_range=0, log_refusal="logs are not served")
    assert list(scan_back(world.rpc(), query, 1_000, 20)) == []
    assert len(world.transport.sent) <= len(SPANS) + 1


def test_an_endpoint_that_chokes_on_a_range_is_asked_for_less(world, query):
    world.add(head=50_000)
    real = world.transport.post

    def post(endpoint, body, timeout_s):
        reply = real(endpoint, body, timeout_s)
        start, end = (int(re.search(rb'"%s":"(0x\w+)"' % key, body)[1], 16) for key in (b"fromBlock", b"toBlock"))
        return HttpReply(504, {}, b"") if end - start >= 2_000 else reply

    world.transport.post = post
    assert [window.from_block for window in scan_back(world.rpc(), query, 50_000, 4)] == [48_001, 46_001]


def test_a_status_413_with_an_error_object_tells_the_range(world, query):
    world.add(head=50_000)
    real = world.transport.post

    def post(endpoint, body, timeout_s):
        if b'"0x0"' not in body:
            return real(endpoint, body, timeout_s)
        return HttpReply(413, {}, b'{"id":1,"error":{"code":-32614,"message":"eth_getLogs is limited to a 5 range"}}')

    world.transport.post = post
    first, *_ = scan_back(world.rpc(), query, 50_000, 4)
    assert (first.from_block, first.to_block) == (49_996, 50_000)


@pytest.mark.parametrize(
    "change",
    [
        {"address": "0x" + "99" * 20},
        {"address": None},
        {"topics": []},
        {"topics": ["0x" + "99" * 32]},
        {"topics": [TOPIC, "0x"]},
        {"topics": None},
        {"data": "0x1"},
        {"data": None},
        {"blockNumber": None},
        {"blockNumber": "0x3e9"},
        {"logIndex": "x"},
    ],
)
def test_logs_that_were_not_asked_for_are_an_error(world, query, change):
    node = world.add()
    node.answer = lambda *_: {"result": [{**log(world, 5), **change}]}
    with pytest.raises(
        AnswerError, match=r"L1 endpoint https://node0.example/\*\*\* gave no good answer to eth_getLogs"
    ):
        list(scan_back(world.rpc(), query, 1_000, 20))


@pytest.mark.parametrize("found", [None, {}, "0x", [1], [None]])
def test_something_else_than_logs_is_an_error(world, query, found):
    node = world.add()
    node.answer = lambda *_: {"result": found}
    with pytest.raises(AnswerError):
        list(scan_back(world.rpc(), query, 1_000, 20))


def test_nothing_older_is_asked_for(world, query):
    world.add(head=95, log_range=10, log_refusal="max 10 blocks")
    windows = list(scan_back(world.rpc(), query, 95, 20, oldest=78))
    assert [(window.from_block, window.to_block) for window in windows] == [(86, 95), (78, 85)]
    assert list(scan_back(world.rpc(), query, 95, 20, oldest=96)) == []


def test_the_first_request_asks_for_no_more_than_the_widest_range(world, query):
    world.add(head=95_000)
    windows = scan_back(world.rpc(), query, 95_000, 20, widest=10_000)
    assert [(window.from_block, window.to_block) for window in windows][:2] == [(85_001, 95_000), (75_001, 85_000)]
    (small,) = scan_back(world.rpc(), query, 50, 20, widest=10_000)
    assert (small.from_block, small.to_block) == (0, 50)


OTHER, ID = "0x" + "cd" * 32, "0x" + "07".rjust(64, "0")


@pytest.mark.parametrize(
    ("topics", "fits"),
    [
        ([TOPIC, OTHER, ID], True),
        ([OTHER, TOPIC, ID.upper().replace("X", "x"), OTHER], True),
        ([TOPIC, OTHER], False),
        ([TOPIC, ID, OTHER], False),
        ([ID, OTHER, ID], False),
    ],
)
def test_events_and_further_topics_are_asked_for_and_held_to(world, topics, fits):
    node, asked = world.add(), []
    node.answer = lambda _, params: (
        asked.append(params[0]["topics"]) or {"result": [{**log(world, 5), "topics": topics}]}
    )
    query = LogQuery(world.target, (TOPIC, OTHER), (None, ID))
    if fits:
        assert places(scan_back(world.rpc(), query, 1_000, 1)) == [(5, 0)]
    else:
        with pytest.raises(AnswerError):
            list(scan_back(world.rpc(), query, 1_000, 1))
    assert asked == [[[TOPIC, OTHER], None, ID]]


def test_an_endpoint_that_is_gone_is_an_error(world, query):
    world.add()
    world.transport.plan = lambda *_: Mishap.UNREACHABLE
    with pytest.raises(EndpointError, match="eth_getLogs"):
        list(scan_back(world.rpc(), query, 1_000, 20))


@pytest.mark.parametrize(
    ("text", "refused", "allowed"),
    [
        ("limit of 10,000 blocks", 20_000, 10_000),
        ("up to a 2K block range", 20_000, 2_000),
        ("up to a 2K block range and 150MB", 20_000, 2_000),
        ("[0x1, 0x64]", 20_000, 100),
        ("[0x64, 0x1]", 20_000, 10_000),
        ("limit of 10000", 10_000, 2_000),
        ("from 19999000 to 20000000", 20_000_001, 10_000),
        ("request took longer than 10 seconds", 20_000, 10_000),
        ("see https://docs.example/errors/17", 20_000, 10_000),
        ("code -32005", 20_000, 10_000),
        ("v1.2.3", 20_000, 10_000),
        ("0", 20_000, 10_000),
        ("", 5, 1),
        ("", 1, 0),
    ],
)
def test_what_a_refusal_allows(text, refused, allowed):
    assert allowed_span(text, refused) == allowed


@given(st.text() | st.from_regex(r"[a-z]{0,5} ?[0-9,x]{0,9} ?[kK]?"), st.integers(1, 10**9))
def test_what_is_tried_next_is_always_less(text, refused):
    assert 0 <= allowed_span(text, refused) < refused
