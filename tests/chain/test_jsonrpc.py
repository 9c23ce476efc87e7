"""What the words of nodes mean, and which bodies are answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.chain.jsonrpc import (
    NodeFailure,
    ReplyError,
    Request,
    backoff_seconds,
    decode_error,
    decode_replies,
    encode_requests,
    execution_revert,
    is_data,
    is_rate_limit,
    is_refusal,
    is_too_heavy,
    is_unknown_block,
    parse_bytes,
    parse_hash,
    parse_quantity,
)
from avsctl.errors import AnswerError

NOT_ACTIVE = "0x" + "08c379a0" + f"{32:064x}{2:064x}" + b"no".hex().ljust(64, "0")


def body(*items):
    return json.dumps(items[0] if len(items) == 1 else list(items)).encode()


def test_requests_are_an_object_or_a_batch_with_ids_counted_up():
    one = json.loads(encode_requests([Request("eth_chainId")], 7))
    assert one == {"jsonrpc": "2.0", "id": 7, "method": "eth_chainId", "params": []}
    assert [item["id"] for item in json.loads(encode_requests([Request("a"), Request("b")], 7))] == [7, 8]


def test_replies_are_matched_by_id():
    found = decode_replies(body({"id": 2, "result": "b"}, {"id": 1, "error": None, "result": None}), 1, 2)
    assert found == [None, "b"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"1",
        b"{",
        b"[]",
        b"[1]",
        b"\xff",
        b"[" * 100_000,
        b'{"id":1}',
        b'{"id":1,"error":null}',
        b'{"id":1,"result":1,"error":{}}',
        b'{"id":null,"result":1}',
        b'{"id":"1","result":1}',
        b'{"id":true,"result":1}',
        b'{"id":1.0,"result":1}',
        b'{"id":2,"result":1}',
        b'{"result":1}',
        b'[{"id":1,"result":1},{"id":1,"result":1}]',
        b'{"id":1,"result":' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_answer(text):
    with pytest.raises(ReplyError) as caught:
        decode_replies(text, 1, 1)
    assert caught.value.failure is None


@pytest.mark.parametrize(
    "items",
    [
        [{"id": 1, "result": 1}],
        [{"id": 1, "result": 1}, {"id": 1, "result": 1}],
        [{"id": 1, "result": 1}, {"id": 3, "result": 1}],
        [{"id": 0, "result": 1}, {"id": 1, "result": 1}],
        [{"id": 1, "result": 1}, {"id": None, "error": {}}],
        [{"id": 1, "result": 1}, {"id": 2, "result": 1}, {"id": 3, "result": 1}],
    ],
)
def test_what_is_no_answer_to_a_batch(items):
    with pytest.raises(ReplyError) as caught:
        decode_replies(json.dumps(items).encode(), 1, 2)
    assert caught.value.failure is None


def test_one_error_object_for_a_batch_is_kept():
    with pytest.raises(ReplyError) as caught:
        decode_replies(body({"id": None, "error": {"code": -32600, "message": "batch too large"}}), 1, 2)
    assert caught.value.failure == NodeFailure(-32600, "batch too large")


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"code": 3, "message": "x", "data": "0x"}, NodeFailure(3, "x", "0x")),
        ({"code": "3", "message": 5}, NodeFailure(0, "an error without a message")),
        ("text", NodeFailure(0, "text")),
        ([], NodeFailure(0, "an error without a message")),
    ],
)
def test_error_objects_of_any_shape(error, failure):
    assert decode_replies(body({"id": None, "error": error}), 1, 1) == [failure]
    assert decode_error(body({"id": 99, "error": error})) == failure


def test_html_is_named():
    with pytest.raises(ReplyError, match="an HTML page"):
        decode_replies(b"\n<!DOCTYPE html><p>", 1, 1)
    assert decode_error(b"<html>") is None
    assert decode_error(b"[]") is None


KEYS = st.sampled_from(["id", "result", "error", "code", "message", "data"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(DOCUMENTS, st.integers(1, 3))
def test_any_json_is_answers_or_a_reply_error(document, count):
    text = json.dumps(document).encode()
    decode_error(text)
    try:
        replies = decode_replies(text, 1, count)
    except ReplyError:
        return
    assert len(replies) == count
    for reply in replies:
        if isinstance(reply, NodeFailure):
            for tell in (execution_revert, is_rate_limit, is_unknown_block, is_too_heavy, is_refusal, backoff_seconds):
                tell(reply)


@pytest.mark.parametrize(
    ("code", "message", "data"),
    [
        (3, "execution reverted: no", NOT_ACTIVE),
        (-32000, "execution reverted", NOT_ACTIVE),
        (-32015, "VM execution error.", f"Reverted {NOT_ACTIVE}"),
        (-32015, f"Reverted {NOT_ACTIVE}", None),
        (-32603, "Internal JSON-RPC error.", {"data": NOT_ACTIVE}),
        (-32603, "x", {"originalError": {"code": 3, "data": NOT_ACTIVE}}),
        (-32000, f"execution reverted, data: {NOT_ACTIVE}", {"message": "x"}),
    ],
)
def test_where_nodes_put_revert_data(code, message, data):
    revert = execution_revert(NodeFailure(code, message, data))
    assert revert is not None
    assert (revert.name, revert.args) == ("Error", ("no",))


WORDS = [
    # execution, unknown block, too heavy, rate limit, refusal
    (3, "execution reverted", "x"),
    (-32000, "execution reverted: block not found", "x"),
    (-32000, "execution reverted: rate limit exceeded", "x"),
    (-32000, "out of gas", "xh"),
    (-32000, "EVM error: InvalidFEOpcode", "x"),
    (-32000, "invalid opcode: INVALID", "x"),
    (-32000, "out of gas: gas required exceeds: 550000000", "xh"),
    (-32000, "request exceeds the gas limit of this plan", "h"),
    (-32000, "execution aborted (timeout = 5s)", "h"),
    (-32603, "request timed out", "h"),
    (-32602, "response size exceeded", "hf"),
    (-32000, "header not found", "b"),
    (-32000, "header for hash not found", "b"),
    (-32000, "missing trie node 5f (path )", "b"),
    (-32000, "hash 0x12 is not currently canonical", "b"),
    (-32001, "resource not found", "b"),
    (-39001, "Unknown block", "b"),
    (-32602, "BlockOutOfRangeError: block height is 5 but requested was 9", "b"),
    (-32000, "block 0x12 could not be found", "b"),
    (-32000, "required historical state unavailable", "b"),
    (-32000, "state at block 12 is pruned", "b"),
    (-32602, "too many arguments, want at most 2", "f"),
    (-32602, "state override is not available", "f"),
    (-32601, "the method eth_call is not available", "f"),
    (429, "compute units per second exceeded", "r"),
    (-32005, "daily request count exceeded", "r"),
    (-32005, "query returned more than 10000 results", ""),
    (-32602, "block range is limited to 10", "f"),
    (-32603, "Internal error", ""),
    (-32000, "gasless", ""),
]


@pytest.mark.parametrize(("code", "message", "meaning"), WORDS)
def test_what_words_mean(code, message, meaning):
    failure = NodeFailure(code, message)
    tells = {"x": execution_revert, "b": is_unknown_block, "h": is_too_heavy, "r": is_rate_limit, "f": is_refusal}
    assert {letter for letter, tell in tells.items() if tell(failure)} == set(meaning)


def test_data_of_an_unknown_block_is_no_revert():
    assert execution_revert(NodeFailure(-32001, "header not found", "0x" + "12" * 32)) is None


@pytest.mark.parametrize(
    ("data", "seconds"),
    [
        (None, None),
        ("0x", None),
        ({"backoff_seconds": 30}, 30.0),
        ({"backoff_seconds": 0.5}, 0.5),
        ({"rate": {"backoff_seconds": 24}}, 24.0),
        ({"backoff_seconds": -1}, None),
        ({"backoff_seconds": 10**400}, None),
        ({"backoff_seconds": float("inf")}, None),
        ({"backoff_seconds": True}, None),
        ({"backoff_seconds": "30"}, None),
    ],
)
def test_backoff(data, seconds):
    assert backoff_seconds(NodeFailure(-32005, "x", data)) == seconds


def test_hex():
    assert parse_quantity("0x1F", "x") == 31
    assert parse_bytes("0x", "x") == b""
    assert parse_bytes("0xA0b1", "x") == b"\xa0\xb1"
    assert parse_hash("0x" + "AB" * 32, "x") == "0x" + "ab" * 32
    for parse in (parse_quantity, parse_bytes, parse_hash):
        for value in (None, 1, "", "1", "0xg", "0x1 ", "0X1f", "0x١", b"0x1f", "0x" + "1" * 65):
            with pytest.raises(AnswerError, match="what is no"):
                parse(value, "what")
    assert not is_data("0x123")
