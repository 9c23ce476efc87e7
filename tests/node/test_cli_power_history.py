"""``power history`` on real nodes: what landed is found whatever the endpoint allows, and equals plain reads."""

import random
from dataclasses import dataclass
from itertools import pairwise

import pytest
from commandline import run, through_proxies
from proxy import Limits, Recorder
from test_devnet_attest import POWERS, hand_in, update_data

from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.attest import open_desk
from avsctl.devnet.world import Devnet, environment

SYNCS, FAR = 200, 10
"""How many there are, and how many of them, the newest, are far apart."""
MOST_REQUESTS = 40


@dataclass(frozen=True)
class Seeded:
    """A devnet on which syncs landed."""

    devnet: Devnet
    blocks: tuple[int, ...]
    """In which one landed, ascending."""
    rejected: int
    recounted: int
    attested: tuple[int, ...]


@pytest.fixture(scope="module")
def seeded(devnets):
    """Land 200 syncs over about 2,000 blocks: most as the handler takes them, each twentieth by real attestations."""
    devnet = devnets(Generation.V2, drift=0, seed=6)
    rng, desk = random.Random(6), open_desk(devnet)  # noqa: S311 - the same on every run
    first_l1 = rpc.head(devnet.l1_url)
    for at in range(8):
        changes.mine(devnet.l1_url, 30)
        changes.set_powers(devnet, {devnet.operators[at].address: rng.randint(1, 999) * E18})
    changes.mine(devnet.l1_url, 5)
    attested = []
    for number in range(1, SYNCS + 1):
        rise, fall = (rng.randint(1, 9), rng.randint(1, 99) * E18), (rng.randint(10, 12), rng.randint(1, 9) * E18 // 10)
        heads = (first_l1 + number, rpc.head(devnet.l2_url))
        data = rpc.arguments_of(f"(({POWERS},{POWERS},uint256,uint256))", ([rise], [fall], *heads))
        apart = 86 if number > SYNCS - FAR else 7
        if number % 20 == 0:
            landing = hand_in(devnet, range(1, 10), 10001, data=data, desk=desk, proof_of_task=f"{number}")
            assert landing.revert is None
            attested.append(landing.block_number)
            changes.mine(devnet.l2_url, apart - 1)
        else:
            plant(devnet, data, apart)
    blocks = landed_in(devnet)
    assert len(blocks) == SYNCS
    data = update_data(devnet, [(1, 1)], [])
    assert hand_in(devnet, range(1, 10), 10001, data=data, desk=desk, is_approved=False).revert is None
    rejected = rpc.head(devnet.l2_url)
    changes.refresh_totals(devnet, [each for each in devnet.task_definitions if each.has_own_total][:1])
    recounted = rpc.head(devnet.l2_url)
    changes.mine(devnet.l2_url, 20)
    return Seeded(devnet, tuple(blocks), rejected, recounted, tuple(attested))


def plant(devnet, data, apart):
    """Land a 10001 as if it had been approved, in some block of the next so many."""
    task = ("proof", data, devnet.operators[0].address, 10001)
    fields = {
        "from": devnet.owner,
        "to": devnet.contracts.attestation_center,
        "gas": hex(5_000_000),
        "data": "0x" + rpc.calldata("devnetProcessTask((string,bytes,address,uint16))", task).hex(),
    }
    rpc.batch(devnet.l2_url, [("eth_sendTransaction", (fields,)), ("anvil_mine", (hex(apart - 1),))])


def landed_in(devnet):
    """Give the blocks of the logs that say so, after those of the seeding."""
    wanted = {
        "address": devnet.contracts.internal_task_handler,
        "topics": ["0x" + keccak256(b"VotingPowerUpdated(uint256,uint256,string)").hex()],
        "fromBlock": "0x0",
    }
    return [int(log["blockNumber"], 16) for log in rpc.call(devnet.l2_url, "eth_getLogs", wanted)][-SYNCS:]


def history(settings, *arguments):
    return run(settings, "power", "history", "-o", "json", *arguments)


def without_l1(settings):
    gone = ("L1_RPC", "L1_CHAIN", "AVS_GOVERNANCE_ADDRESS")
    return {name: value for name, value in settings.items() if name not in gone}


def powers(answer):
    return [sync for sync in answer.data["syncs"] if sync["kind"] == "power_sync" and sync["outcome"] == "approved"]


def prune(devnet, kept=128):
    """Give what an endpoint says that has the state of the newest blocks only."""
    oldest = rpc.head(devnet.l2_url) - kept

    def answer(item):
        return refuse_older(item, oldest)

    return Limits(log_range=2_000, answer=answer)


def refuse_older(item, oldest):
    """Give what an endpoint says that has no state before a block."""
    block = item["params"][1] if item["method"] == "eth_call" else None
    if isinstance(block, str) and block.startswith("0x") and int(block, 16) < oldest:
        return {"error": {"code": -32000, "message": "missing trie node a1b2 (path ) <nil>"}}
    return None


def few_results(devnet, most):
    """Give what an endpoint says that counts results, not blocks."""

    def answer(item):
        if item["method"] != "eth_getLogs":
            return None
        found = rpc.call(devnet.l2_url, "eth_getLogs", item["params"][0])
        if len(found) <= most:
            return {"result": found}
        return {"error": {"code": -32005, "message": f"query returned more than {most} results"}}

    return Limits(answer=answer)


def limits_of(name, devnet):
    return {
        "full": lambda: Limits(log_range=10, most_items=10),
        "pruned": lambda: prune(devnet),
        "results": lambda: few_results(devnet, 100),
    }[name]()


def plain(devnet, signature, *arguments, block):
    data = "0x" + rpc.calldata(signature, *arguments).hex()
    return "eth_call", ({"to": devnet.contracts.obls, "data": data}, hex(block))


def check_against_state(devnet, syncs):
    """Compare totals and powers with plain reads at each block and the one before."""
    requests, told = [], []
    for sync in syncs:
        block = sync["block"]
        requests += [plain(devnet, "totalVotingPower()", block=b) for b in (block, block - 1)]
        told += [sync["l2_total"], sync["l2_total_before"]]
        for power in sync["powers_after"]:
            requests.append(plain(devnet, "votingPower(uint256)", power["operator_id"], block=block))
            told.append(power["voting_power"])
    assert [str(int(answer, 16)) for answer in rpc.batch(devnet.l2_url, requests)] == told
    assert syncs


@pytest.mark.parametrize("name", ["full", "pruned", "results"])
def test_two_hundred_syncs_over_two_thousand_blocks(seeded, name):
    recorder = Recorder()
    with through_proxies(seeded.devnet, Limits(), limits_of(name, seeded.devnet), (Recorder(), recorder)) as settings:
        answer = history(without_l1(settings), "--from-block", str(seeded.blocks[0]))
    assert answer.status == 0, answer.problems
    assert [sync["block"] for sync in powers(answer)] == list(seeded.blocks[::-1])
    assert answer.data["is_complete"]
    assert answer.data["complete_from"]["power_syncs"] == seeded.blocks[0]
    kept = [sync for sync in powers(answer) if sync["l2_total_before"] is not None]
    assert len(kept) == len(seeded.blocks) or name == "pruned"
    check_against_state(seeded.devnet, kept)
    assert all(sync["powers_after"] is None for sync in powers(answer)[len(kept) + 1 :])
    assert recorder.requests < 400


@pytest.mark.parametrize("name", ["full", "pruned", "results"])
def test_the_last_ten_take_few_requests(seeded, name):
    recorder = Recorder()
    with through_proxies(seeded.devnet, Limits(), limits_of(name, seeded.devnet), recorder) as settings:
        answer = history(settings)
    assert [sync["block"] for sync in powers(answer)] == list(seeded.blocks[:-11:-1])
    assert recorder.requests <= MOST_REQUESTS
    assert ("hops" in answer.data["found_by"]) is (name == "full")
    check_against_state(seeded.devnet, [sync for sync in powers(answer) if sync["l2_total_before"] is not None])
    if name != "full":
        kinds = [(sync["kind"], sync["outcome"], sync["block"]) for sync in answer.data["syncs"][:2]]
        assert kinds == [
            ("totals_sync", "approved", seeded.recounted),
            ("power_sync", "rejected", seeded.rejected),
        ]
        assert "history_partial" not in answer.codes


def test_a_sync_tells_who_attested_it(seeded):
    answer = history(environment(seeded.devnet), "--last", "30")
    attested = [sync for sync in powers(answer) if sync["block"] in seeded.attested]
    assert len(attested) == 2
    for sync in attested:
        assert sync["attesters"] == list(range(1, 10))
        assert sync["performer"] == sync["sender"] == seeded.devnet.operators[0].address
        assert sync["task_number"] > 0
        assert len(sync["to_increase"]) == len(sync["to_decrease"]) == 1
    (recount,) = [sync for sync in answer.data["syncs"] if sync["kind"] == "totals_sync"]
    assert int(recount["recounts"][0]["total_after"]) > 0


def test_l1_is_read_at_the_block_that_each_sync_read(seeded):
    answer = history(environment(seeded.devnet), "--last", "3")
    devnet = seeded.devnet
    for sync in powers(answer):
        requests = [
            (
                "eth_call",
                ({"to": devnet.contracts.avs_governance, "data": "0x" + data.hex()}, hex(int(sync["to_block_l1"]))),
            )
            for data in (rpc.calldata("votingPower(address)", operator.address) for operator in devnet.operators)
        ]
        total = sum(int(each, 16) for each in rpc.batch(devnet.l1_url, requests))
        assert sync["l1_total"] == str(total)
        assert sync["delta"] == str(total - int(sync["l2_total"]))
    points = answer.data["points"]
    assert [point["kind"] for point in points] == ["sync"] * 3 + ["sample"] * (len(points) - 4) + ["now"]
    diff = run(environment(devnet), "power", "diff", "-o", "json")
    assert points[-1]["l1_total"] == diff.data["totals"]["l1"]


def test_an_l1_that_has_no_old_state_gives_no_totals_of_then(seeded):
    head = rpc.head(seeded.devnet.l1_url)
    with through_proxies(seeded.devnet, Limits(answer=lambda item: refuse_older(item, head)), Limits()) as settings:
        told = history(settings, "--last", "3")
    assert {sync["l1_total"] for sync in powers(told)} == {None}
    assert told.data["points"][-1]["l1_total"] is not None
    assert "old_state_unavailable" in told.codes


def test_without_l1(seeded):
    answer = history(without_l1(environment(seeded.devnet)), "--last", "2")
    assert answer.status == 0
    assert {sync["l1_total"] for sync in powers(answer)} == {None}
    assert len(answer.data["points"]) == 3


def test_time_that_runs_out_leaves_an_answer_that_says_so(seeded):
    slow = Limits(log_range=2, most_items=2, delay_s=0.02)
    with through_proxies(seeded.devnet, Limits(), slow) as settings:
        answer = history(without_l1(settings), "--last", "150", "--timeout", "4")
    assert answer.status == 0, answer.problems
    assert "history_incomplete" in answer.codes
    found = [sync["block"] for sync in powers(answer)]
    assert found == list(seeded.blocks[: -len(found) - 1 : -1])
    assert not answer.data["is_complete"]
    assert answer.data["complete_from"]["power_syncs"] <= found[-1]
    assert answer.stderr.startswith("note: ")


# Bad input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--last", "0"], "--last 0 is not between 1 and 10000"),
        (["--last", "-3"], "--last -3 is not between"),
        (["--last", "10001"], "--last 10001 is not between"),
        (["--last", "ten"], "'ten' is not a whole number"),
        (["--from-block", "-1"], "--from-block '-1' is not a block"),
        (["--from-block", "abc"], "--from-block 'abc' is not a block"),
        (["--from-block", "latest"], "--from-block 'latest' is not a block number"),
        (["--from-block", "5", "--last", "3"], "--last and --from-block exclude each other"),
        (["--from-block", "50", "--l2-block", "40"], "--from-block 50 is above the L2 block that is read, 40"),
        (["--from-block", "99999999"], "--from-block 99999999 is above the L2 block that is read"),
    ],
)
def test_bad_input(seeded, arguments, words):
    answer = history(environment(seeded.devnet), *arguments)
    assert answer.status == 2
    assert words in answer.problems[0]


def test_an_older_block_is_the_newest_that_is_looked_at(seeded):
    answer = history(environment(seeded.devnet), "--last", "2", "--l2-block", str(seeded.blocks[100]))
    assert [sync["block"] for sync in powers(answer)] == [seeded.blocks[100], seeded.blocks[99]]


# V1 and V3


@pytest.fixture
def calm_v1(devnets, unchanged):
    with unchanged(devnets(Generation.V1, drift=0)) as devnet:
        yield devnet


def test_on_v1_what_a_syncer_wrote_is_found_by_comparing_powers(calm_v1):
    devnet = calm_v1
    begin = rpc.head(devnet.l2_url) + 1
    for number in range(1, 6):
        changes.mine(devnet.l2_url, 12 * number)
        changes.land_sync(devnet, {number: 5 * E18}, {12: E18})
    end = rpc.head(devnet.l2_url)
    changes.unregister_l2(devnet, [devnet.operators[0].address])
    changes.mine(devnet.l2_url, 40)
    answer = history(environment(devnet), "--from-block", str(begin))
    assert answer.status == 0, answer.problems
    found = answer.data["syncs"]
    totals = rpc.batch(devnet.l2_url, [plain(devnet, "totalVotingPower()", block=b) for b in range(begin - 1, end + 1)])
    changed = [begin + at for at, (then, now) in enumerate(pairwise(totals)) if then != now]
    assert sorted({sync["block"] for sync in found}) == changed
    assert len(found) == 10
    assert answer.data["found_by"] == ["states"]
    assert "changes_compared" in answer.codes
    deltas = [(sync["to_increase"], sync["to_decrease"]) for sync in found[-2:]]
    fall, rise = ({"operator_id": i, "voting_power": str(n * E18)} for i, n in ((12, 1), (1, 5)))
    assert deltas == [([], [fall]), ([rise], [])]
    assert all(sync["transaction"] and sync["sender"] for sync in found)
    check_against_state(devnet, found)


def test_on_v1_without_old_state_there_is_a_clear_error(calm_v1):
    changes.mine(calm_v1.l2_url, 300)
    with through_proxies(calm_v1, Limits(), prune(calm_v1, kept=1)) as settings:
        answer = history(settings)
    assert answer.status == 5
    assert "has no state before block" in answer.problems[0]
    assert "emits no event" in answer.problems[0]


def test_on_v3(devnet_v3):
    changes.mine(devnet_v3.l2_url, 3)
    changes.land_sync(devnet_v3, {3: E18}, {})
    answer = history(environment(devnet_v3), "--last", "1")
    assert powers(answer)[0]["to_increase"] == [{"operator_id": 3, "voting_power": str(E18)}]
    assert "assumed_from_v2" in answer.codes
