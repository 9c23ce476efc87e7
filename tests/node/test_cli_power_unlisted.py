"""An operator that only L1 knows is looked for in L1's logs within bounds, and counted where it is not found."""

import pytest
from chain_truth import expected_diff, reading
from commandline import diff, run, through_proxies
from proxy import Limits, Recorder

from avsctl.devnet import changes

TEN_BLOCKS = Limits(log_range=10)
MOST_LOG_REQUESTS = 20


def logged(devnet, limits, *arguments):
    """Run a diff through proxies; give it with how often either chain was asked for logs."""
    recorders = Recorder(), Recorder()
    with through_proxies(devnet, limits, Limits(), recorders) as settings:
        answer = diff(settings, *arguments)
    return answer, *(recorder.count("eth_getLogs") for recorder in recorders)


def agrees(devnet, answer, **how):
    with reading(devnet, answer.document["blocks"]) as chains:
        assert answer.data == expected_diff(chains, **how)
    return True


def test_it_is_found_within_the_scan(devnet):
    answer, on_l1, on_l2 = logged(devnet, TEN_BLOCKS)
    (stranger,) = [row for row in answer.data["operators"] if row["address"] == devnet.strangers[0].address]
    assert (stranger["status"], stranger["operator_id"]) == ("not_on_l2", None)
    assert stranger["l1_voting_power"] == str(devnet.strangers[0].voting_power)
    assert answer.data["unlisted_on_l1"] == 0
    assert "operators_unknown_to_l2" not in answer.codes
    assert 1 < on_l1 <= MOST_LOG_REQUESTS
    assert on_l2 == 0
    assert agrees(devnet, answer)


def test_it_is_counted_when_it_lies_beyond_the_scan(devnet):
    changes.mine(devnet.l1_url, 250)
    answer, on_l1, _ = logged(devnet, TEN_BLOCKS)
    assert answer.data["unlisted_on_l1"] == 1
    assert answer.data["totals"]["l1"] is answer.data["totals"]["delta"] is None
    assert answer.data["in_sync"] is False
    (finding,) = [each for each in answer.document["findings"] if each["code"] == "operators_unknown_to_l2"]
    assert (finding["severity"], finding["subject"]) == ("warning", "operators")
    assert "1 more" in finding["text"]
    assert answer.status == 3
    assert on_l1 == MOST_LOG_REQUESTS
    assert agrees(devnet, answer, named=())


def test_it_is_counted_where_nothing_else_drifts(devnets, unchanged):
    with unchanged(devnets(drift=0)) as devnet:
        changes.unregister_l1(devnet, [])
        stranger = devnets(drift=8).strangers[0]
        changes.join_eigenlayer(devnet, [stranger.address])
        changes.register_l1(devnet, [stranger])
        changes.mine(devnet.l1_url, 250)
        answer, _, _ = logged(devnet, TEN_BLOCKS)
    assert (answer.status, answer.data["in_sync"], answer.data["unlisted_on_l1"]) == (3, False, 1)
    assert answer.codes == ["operators_unknown_to_l2", "blocks_apart"]


@pytest.mark.parametrize(("depth", "is_found"), [(185, True), (195, False)])
def test_the_scan_goes_back_as_far_as_its_requests_reach(devnet_v2, devnets, depth, is_found):
    """One request is refused; the nineteen others see 190 blocks."""
    changes.mine(devnet_v2.l1_url, 300)
    newcomer = devnets(operators=40, drift=16, seed=2).operators[0]
    changes.register_l1(devnet_v2, [newcomer])
    changes.mine(devnet_v2.l1_url, depth)
    answer, on_l1, _ = logged(devnet_v2, TEN_BLOCKS)
    found = [row["address"] for row in answer.data["operators"] if row["address"] == newcomer.address]
    assert found == [newcomer.address] * is_found
    assert answer.data["unlisted_on_l1"] == (1 if is_found else 2)
    assert on_l1 == MOST_LOG_REQUESTS
    assert agrees(devnet_v2, answer, named=found)


def test_no_log_is_read_when_the_counts_agree(devnets):
    for generation in ("v1", "v2", "v3"):
        _, on_l1, on_l2 = logged(devnets(generation, drift=7 if generation == "v1" else 0, seed=4), Limits())
        assert (on_l1, on_l2) == ((1, 0) if generation == "v1" else (0, 0))


def test_one_request_suffices_where_ranges_are_not_limited(devnet):
    answer, on_l1, _ = logged(devnet, Limits())
    assert on_l1 == 1
    assert answer.data["unlisted_on_l1"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "query exceeds max block range",
        "eth_getLogs is limited to a 10 range",
        "Log response size exceeded. You can make eth_getLogs requests with up to a 10 block range.",
        "block range is too wide (maximum 10)",
    ],
)
def test_refusals_in_other_words_are_understood(devnet_v2, text):
    def refuse(item):
        if item["method"] != "eth_getLogs":
            return None
        start, end = (int(item["params"][0][key], 16) for key in ("fromBlock", "toBlock"))
        return {"error": {"code": -32602, "message": text}} if end - start + 1 > 10 else None

    answer, on_l1, _ = logged(devnet_v2, Limits(answer=refuse))
    assert answer.data["unlisted_on_l1"] == 0
    assert on_l1 <= MOST_LOG_REQUESTS


def test_on_an_endpoint_that_refuses_every_range_the_unlisted_are_counted(devnet_v2):

    def refuse(item):
        no = {"error": {"code": -32601, "message": "the method eth_getLogs is not available"}}
        return no if item["method"] == "eth_getLogs" else None

    answer, on_l1, _ = logged(devnet_v2, Limits(answer=refuse))
    assert answer.status == 3
    assert (answer.data["unlisted_on_l1"], answer.data["totals"]["l1"]) == (1, None)
    assert on_l1 <= MOST_LOG_REQUESTS


def test_the_table_tells_how_many_are_missing(devnet_v2):
    changes.mine(devnet_v2.l1_url, 250)
    with through_proxies(devnet_v2, TEN_BLOCKS) as settings:
        shown = run(settings, "power", "diff").stdout
    assert "1 more on L1" in shown
    assert "operators_unknown_to_l2" in shown


def test_a_log_that_names_one_who_left_again_adds_no_row(devnet_v2, devnets):
    passer_by = devnets(operators=40, drift=16, seed=2).operators[0]
    changes.register_l1(devnet_v2, [passer_by])
    changes.unregister_l1(devnet_v2, [passer_by.address])
    answer, _, _ = logged(devnet_v2, TEN_BLOCKS)
    assert passer_by.address not in {row["address"] for row in answer.data["operators"]}
    assert agrees(devnet_v2, answer)


def test_logs_after_the_block_read_are_not_looked_at(devnet_v2, env_for):
    newcomer = devnet_v2.strangers[0]
    changes.unregister_l1(devnet_v2, [newcomer.address])
    changes.mine(devnet_v2.l1_url, 1)
    before = diff(env_for(devnet_v2))
    number = before.document["blocks"]["l1"]["number"]
    changes.register_l1(devnet_v2, [newcomer])
    assert diff(env_for(devnet_v2), "--l1-block", str(number)).data == before.data
