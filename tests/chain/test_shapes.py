"""Results of another shape, and failures that say nothing of the request: asked again, and believed by nobody."""

import json

import pytest

from avsctl.chain.fake import Mishap, Ran
from avsctl.chain.jsonrpc import NodeFailure, Request, decode_replies, execution_revert, is_unknown_block
from avsctl.chain.logs import ask_logs
from avsctl.chain.queries.power_history_states import reader_at
from avsctl.chain.shapes import fits, is_there
from avsctl.errors import AnswerError, NodeError

HASH = "0x" + "ab" * 32
HEADER = {"number": "0x7", "hash": HASH, "timestamp": "0x6"}
LATEST = Request("eth_getBlockByNumber", ("latest", False))
SEVENTH = Request("eth_getBlockByNumber", ("0x7", False))
LOGS = {"address": HASH[:42]}


@pytest.mark.parametrize(
    ("request_", "good", "bad"),
    [
        (Request("eth_chainId"), ["0x1", "0x" + "f" * 16], [None, "0x", "1", 1, HASH, "0x5g", {}, "0x" + "f" * 17]),
        (Request("eth_getCode", ("0x", "0x7")), ["0x", "0x6001"], [None, "0x6", "6001", []]),
        (Request("eth_getStorageAt", ("0x", "0x0", "0x7")), ["0x0", HASH], [None, "0x", HASH + "0"]),
        (LATEST, [HEADER], [None, "0x", HEADER | {"hash": "0x"}, HEADER | {"number": None}, []]),
        (SEVENTH, [HEADER, None], [HEADER | {"hash": "0x5g7"}, "0x"]),
        (Request("eth_getLogs", ({},)), [[], [1]], [None, {}, "0x"]),
        (Request("eth_getTransactionReceipt", (HASH,)), [None, {}], ["0x", []]),
        (Request("eth_getTransactionByHash", (HASH,), is_there), [{}], [None, "0x"]),
        (Request("eth_simulateV1", ({}, "0x7")), [[]], [None, {}, "0x"]),
        (Request("eth_call", ({}, "0x7"), lambda data: data == "0x"), ["0x"], [None, "0x00"]),
        (Request("web3_clientVersion"), [None, 1, "x"], []),
    ],
)
def test_what_can_be_an_answer(request_, good, bad):
    assert all(fits(request_, reply) for reply in good)
    assert not any(fits(request_, reply) for reply in bad)


@pytest.mark.parametrize(
    ("request_", "failure", "is_answer"),
    [
        (LATEST, NodeFailure(-32000, "header not found"), False),
        (SEVENTH, NodeFailure(-32000, "header not found"), True),
        (Request("eth_chainId"), NodeFailure(-32000, "header not found"), False),
        (Request("eth_call", ({}, "latest")), NodeFailure(-32000, "unknown block"), False),
        (SEVENTH, NodeFailure(-32603, "Internal error"), False),
        (Request("eth_call", ({}, "0x7")), NodeFailure(-32603, "Internal error"), False),
        (Request("eth_call", ({}, "0x7")), NodeFailure(-32603, "execution reverted"), True),
        (Request("eth_call", ({}, "0x7")), NodeFailure(-32603, "x", {"data": "0x08c379a0"}), True),
        (Request("eth_getLogs", ({},)), NodeFailure(-32603, "block range is too wide"), True),
        (Request("eth_simulateV1", ({},)), NodeFailure(-32603, "not supported"), True),
        (Request("eth_sendRawTransaction", ("0x",)), NodeFailure(-32603, "Internal error"), True),
    ],
)
def test_which_errors_are_about_the_request(request_, failure, is_answer):
    assert fits(request_, failure) is is_answer


NO = "0x08c379a0" + f"{32:064x}{2:064x}" + b"no".hex().ljust(64, "0")
INTERNAL = {"code": -32603, "message": "Internal JSON-RPC error."}
VM = "VM Exception while processing transaction: "


def heard(error):
    """Read an error object as it comes."""
    (reply,) = decode_replies(json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode(), 1, 1)
    return reply


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"code": -32603, "message": f"Error: {VM}reverted with reason string 'no'", "data": {"data": NO}}, "no"),
        ({"code": -32603, "message": f"{VM}reverted with an unrecognized custom error (return data: {NO})"}, "no"),
        ({"code": -32603, "message": f"{VM}invalid opcode"}, None),
        ({"code": -32000, "message": f"{VM}revert no", "data": {"0x12": {"error": "revert", "return": NO}}}, None),
        ({"code": -32000, "message": f"{VM}revert no", "data": NO}, "no"),
        ({**INTERNAL, "data": {"code": 3, "message": "execution reverted: no", "data": NO}}, "no"),
        ({**INTERNAL, "data": {"code": -32000, "message": "execution reverted"}}, None),
        ({**INTERNAL, "data": {"originalError": {"code": 3, "message": "execution reverted", "data": NO}}}, "no"),
        ({**INTERNAL, "data": {"data": None, "originalError": {"message": "execution reverted", "data": "0x"}}}, None),
        ({"code": -32603, "message": "execution reverted", "data": {"message": "execution reverted"}}, None),
    ],
)
def test_a_revert_that_is_called_an_internal_error_is_one_at_the_first_try(error, reason):
    reply = heard(error)
    revert = execution_revert(reply)
    assert fits(Request("eth_call", ({}, "0x7")), reply)
    assert revert is not None
    assert revert.args == (() if reason is None else (reason,))


def test_what_gateways_wrap_is_told_and_understood():
    wrapped = heard(
        {**INTERNAL, "data": {"code": -32000, "message": "header not found", "data": {"message": "x" * 99}}}
    )
    assert is_unknown_block(wrapped)
    assert wrapped.message == f"Internal JSON-RPC error. (header not found) ({'x' * 99})"


def test_a_lasting_internal_error_ends_with_the_words_of_the_node(world, numbered):
    node = world.add()
    calls, _ = numbered(2, node)
    real, error = node.answer, {**INTERNAL, "data": {"message": f"no database at {world.secret}"}}
    node.answer = lambda method, params: {"error": error} if method == "eth_call" else real(method, params)
    with pytest.raises(NodeError, match=r"Internal JSON-RPC error. \(no database at \*\*\*\) \(code -32603\)"):
        world.reader().read(calls)
    assert world.clock.now() < 10


@pytest.mark.parametrize("mishap", [Mishap.NULLED, Mishap.NO_DATA, Mishap.MALFORMED_HEX, Mishap.INTERNAL])
def test_a_header_of_another_shape_is_asked_for_again(world, mishap):
    world.add()
    world.plan(*[mishap] * 3)
    assert world.rpc().request(*[LATEST.method, *LATEST.params])["number"] == "0x3e8"


@pytest.mark.parametrize("mishap", [Mishap.NULLED, Mishap.MALFORMED_HEX])
def test_the_next_endpoint_is_asked_where_the_first_never_gives_a_header(world, mishap):
    world.add()
    world.add()
    rpc = world.rpc()
    rpc.establish(1)
    world.transport.plan = lambda endpoint, _: mishap if "node0" in endpoint.masked else None
    assert rpc.request(*[LATEST.method, *LATEST.params])["number"] == "0x3e8"


@pytest.mark.parametrize("mishap", [Mishap.INTERNAL, Mishap.LAGGING])
def test_a_node_that_fails_at_logs_has_refused_no_range(world, mishap):
    world.add()
    rpc = world.rpc()
    world.plan(*[mishap] * 3)
    assert ask_logs(rpc, LOGS, 1, 9) == []
    world.transport.plan = lambda *_: mishap
    with pytest.raises(NodeError, match=r"node0.example/\*\*\* answered eth_getLogs with an error"):
        ask_logs(rpc, LOGS, 1, 9)


@pytest.mark.parametrize("mishap", [Mishap.NO_DATA, Mishap.MALFORMED_HEX, Mishap.OVERSIZED_HEX])
@pytest.mark.parametrize("count", [1, 3])
def test_a_call_whose_answer_cannot_be_decoded_is_asked_again(world, numbered, mishap, count):
    node = world.add(has_multicall=False, most_items=1)
    calls, values = numbered(2, node)
    world.plan(*[mishap] * count)
    assert world.reader().require(calls) == values


def test_a_node_that_lags_is_not_taken_for_one_that_knows_block_hashes(world, numbered):
    node = world.add(takes_block_hash=False)
    calls, values = numbered(2, node)
    reader = world.reader()
    world.plan(None, Mishap.LAGGING, Mishap.LAGGING)
    assert reader.require(calls) == values
    assert not reader.pinned_by_hash


def test_an_empty_answer_from_before_a_contract_was_there_is_one(world, numbered):
    node = world.add()
    (call,), _ = numbered(1, node)
    node.contracts[call.to.lower()] = lambda *_: Ran(True, b"")
    asked = world.reader()
    for reader, requests in ((reader_at(asked, 7), 1), (asked, 4)):
        world.transport.sent.clear()
        with pytest.raises(AnswerError):
            reader.read([call])
        assert len(world.transport.sent) == requests
