"""The proxy that the tests of requests lean on: what it counts, and that each of its limits is one."""

import json

import pytest
import urllib3
from proxy import Break, Exchange, Limits, Recorder, proxied
from urllib3.exceptions import HTTPError

from avsctl.chain.fake import Mishap
from avsctl.devnet import rpc
from avsctl.errors import EndpointError, NodeError


def exchanges(*spans):
    return Recorder([Exchange(began, ended, 1, 2, ("m",)) for began, ended in spans])


@pytest.mark.parametrize(
    ("spans", "rounds"),
    [
        ((), 0),
        (((0, 1),), 1),
        (((0, 2), (1, 3)), 1),
        (((0, 1), (1, 2)), 2),
        (((0, 1), (2, 3), (4, 5)), 3),
        (((0, 10), (1, 2), (3, 4)), 2),
        (((0, 1), (0, 5), (2, 3), (4, 6), (7, 8)), 4),
        (((4, 6), (0, 1), (2, 3)), 3),
    ],
)
def test_rounds_are_the_longest_chain(spans, rounds):
    assert exchanges(*spans).rounds == rounds


def test_requests_and_bytes_are_counted(devnet_v2):
    recorder = Recorder()
    with proxied(devnet_v2.l1_url, recorder=recorder) as url:
        assert rpc.call(url, "eth_chainId") == hex(31337)
        rpc.batch(url, [("eth_blockNumber", ()), ("eth_chainId", ())])
    assert recorder.requests == recorder.rounds == 2
    assert [each.methods for each in recorder.exchanges] == [("eth_chainId",), ("eth_blockNumber", "eth_chainId")]
    assert recorder.size > 200
    assert recorder.count("eth_chainId") == 2


def refused(limits, url, method, *params):
    with proxied(url, limits) as through, pytest.raises(NodeError) as caught:
        rpc.call(through, method, *params)
    return str(caught.value)


def test_each_limit_refuses_what_it_is_there_for(devnet_v2):
    url, call = devnet_v2.l1_url, {"to": "0x" + "00" * 20, "data": "0x"}
    block = {"blockHash": rpc.call(url, "eth_getBlockByNumber", "latest", False)["hash"]}
    assert "-32602" in refused(Limits(has_overrides=False), url, "eth_call", call, "latest", {})
    assert "cannot unmarshal" in refused(Limits(takes_block_hashes=False), url, "eth_call", call, block)
    wide = {"fromBlock": "0x0", "toBlock": "0xa"}
    assert "[0x0, 0x9]" in refused(Limits(log_range=10), url, "eth_getLogs", wide)
    with proxied(url, Limits(most_items=2)) as through, pytest.raises(NodeError):
        rpc.batch(through, [("eth_chainId", ())] * 3)
    with proxied(url, Limits(most_items=3, log_range=11)) as through:
        assert rpc.batch(through, [("eth_chainId", ())] * 3) == [hex(31337)] * 3
        assert rpc.call(through, "eth_getLogs", wide) == rpc.call(url, "eth_getLogs", wide)


def test_the_gas_cap_is_what_a_call_gets(devnet_v2):
    gas = {"data": "0x5a60005260206000f3"}  # GAS, MSTORE, RETURN, as init code
    with proxied(devnet_v2.l1_url, Limits(gas_cap=200_000)) as url:
        for call in (gas, gas | {"gas": hex(10**7)}):
            assert 0 < int(rpc.call(url, "eth_call", call, "latest"), 16) < 200_000
    assert int(rpc.call(devnet_v2.l1_url, "eth_call", gas, "latest"), 16) > 1_000_000


def test_path_and_credentials_are_demanded(devnet_v2):
    limits = Limits(path="/v2/key?a=b", credentials="me:pass")
    with proxied(devnet_v2.l1_url, limits) as url:
        assert url.startswith("http://me:pass@127.0.0.1:")
        for wrong in (url.replace("key", "kay"), url.replace("me:pass@", ""), url.replace("a=b", "")):
            with pytest.raises((NodeError, EndpointError, KeyError)):
                rpc.call(wrong, "eth_chainId")


def post(url, count=1, **options):
    body = [{"jsonrpc": "2.0", "id": i, "method": "eth_chainId", "params": []} for i in range(count)]
    return urllib3.request("POST", url, json=body, timeout=0.5, retries=False, **options)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        (Break.CUT, "IncompleteRead"),
        (Break.RESET, "Connection reset by peer"),
        (Break.HELD, "Read timed out"),
        (Break.TRICKLED, "Read timed out"),
    ],
)
def test_a_reply_that_breaks_off_has_begun(devnet_v2, how, error):
    with proxied(devnet_v2.l1_url, Limits(fault=lambda _: how)) as url:
        reply = post(url, preload_content=False)
        assert reply.status == 200
        with pytest.raises(HTTPError, match=error):
            reply.read()


def test_a_mishap_befalls_the_reply_at_its_place(devnet_v2):
    limits = Limits(fault=lambda _: Mishap.NULLED, place=4)
    with proxied(devnet_v2.l1_url, limits) as url:
        replies = json.loads(post(url, 3).data)
    assert {each["id"]: each["result"] for each in replies} == {0: "0x7a69", 1: None, 2: "0x7a69"}


def test_what_is_given_for_one_request_holds_for_it_alone(devnet_v2):
    fates = [Limits(node_url=devnet_v2.l2_url), Limits(most_items=1), None]
    with proxied(devnet_v2.l1_url, Limits(fault=lambda _: fates.pop(0))) as url:
        assert json.loads(post(url).data)[0]["result"] == "0x7a6a"
        assert "at most 1" in json.loads(post(url, 2).data)["error"]["message"]
        assert [each["result"] for each in json.loads(post(url, 2).data)] == ["0x7a69"] * 2
