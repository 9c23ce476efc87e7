"""The contract's answer to a task by every way that an endpoint leaves, and where the AVS's own contracts refuse."""

import pytest
from attestation_world import SYNC, TOTALS, World
from commandline import run, through_proxies
from proxy import Limits
from test_contract_rules import AC_BASE, entry
from test_submit_task import word

from avsctl.chain.fake import Overrides
from avsctl.core.deployment import Generation
from avsctl.devnet import changes, rpc

SIMULATE = frozenset({"eth_simulateV1"})
FULL = {
    "eth_simulateV1": Limits(),
    "eth_call": Limits(lacks=SIMULATE),
    "no_block_hashes": Limits(takes_block_hashes=False),
    "only_eth_simulateV1": Limits(has_overrides=False),
    "single_requests": Limits(most_items=1),
    "cap_of_30m_gas": Limits(gas_cap=30_000_000),
}
"""Ways by which the real submitTask is asked in the next block."""
SAME_BLOCK = {
    "no_block_overrides": Limits(lacks=SIMULATE, block_overrides=Overrides.REFUSED),
    "ignored_block_overrides": Limits(block_overrides=Overrides.IGNORED),
}
POOR = Limits(lacks=SIMULATE, has_overrides=False)
"""Neither simulations nor overrides: slots are not overridden, no later block can be tried."""
MODERN = ["v2", "v3"]


@pytest.fixture
def world(devnet_v2, tmp_path):
    return World(devnet_v2, tmp_path)


def simulate(world, limits, *arguments):
    with through_proxies(world.devnet, Limits(), limits) as settings:
        return run(settings, "attest", "simulate", *arguments, "-o", "json")


def essence(answer):
    """What does not depend on how it was asked."""
    data = dict(answer.data)
    after = data["after"] and {key: data["after"][key] for key in ("powers", "total", "task_definitions")}
    return answer.status, data["outcome"], data["votes"], data["quorum"], data["model"], data["agrees"], after


@pytest.mark.parametrize("way", FULL)
def test_every_full_way_gives_the_same_answer(world, way):
    for arguments in ((), ("--offline", "9", "--offline", "5"), ("--task", "2"), ("--task", str(TOTALS))):
        plain, limited = world.simulate(*arguments), simulate(world, FULL[way], *arguments)
        assert limited.data["chain"]["asked_with"] == "submitTask_override"
        assert limited.data["chain"]["is_next_block"]
        assert limited.data["chain"]["lacking"] is None
        assert essence(limited) == essence(plain)


@pytest.mark.parametrize("way", SAME_BLOCK)
def test_where_no_later_block_can_be_tried_the_update_up_to_the_block_before_stands_in(world, way):
    plain, limited = world.simulate(), simulate(world, SAME_BLOCK[way])
    head = world.heads()[1]
    chain = limited.data["chain"]
    assert (chain["asked_with"], chain["block"], chain["is_next_block"]) == ("submitTask_override", head, False)
    assert chain["lacking"].endswith(f"toBlockL2 was taken for {head - 1}")
    assert limited.data["update"]["to_block_l2"] == str(head)
    assert essence(limited) == essence(plain)
    (finding,) = [each for each in limited.document["findings"] if each["code"] == "chain_not_asked"]
    assert finding["severity"] == "info"


def test_unless_the_last_update_was_up_to_that_block(world):
    _, last = world.last_commit()
    assert world.heads()[1] > last + 1
    heads = (world.heads()[0] + 5, world.heads()[1])
    changes.mine(world.devnet.l1_url, 6)
    changes.process_task(world.devnet, SYNC, empty_update(*heads))
    answer = simulate(world, SAME_BLOCK["no_block_overrides"])
    assert world.last_commit()[1] == world.heads()[1] - 1
    chain = answer.data["chain"]
    assert (chain["asked_with"], chain["accepted"], answer.data["agrees"]) == ("model", None, None)
    assert "an update up to it is refused" in chain["lacking"]
    assert answer.data["outcome"] == "submitted"
    assert (answer.status, answer.codes[0]) == (3, "chain_not_asked")


def empty_update(to_block_l1, to_block_l2):
    pairs = "(uint256,uint256)[]"
    return rpc.arguments_of(f"(({pairs},{pairs},uint256,uint256))", ((), (), to_block_l1, to_block_l2))


@pytest.mark.parametrize("generation", MODERN)
def test_without_overrides_internal_tasks_are_asked_of_their_handler(generation, devnets, unchanged, tmp_path):
    with unchanged(devnets(generation)) as devnet:
        world = World(devnet, tmp_path)
        for arguments in ((), ("--task", str(TOTALS))):
            plain, poor = world.simulate(*arguments), simulate(world, POOR, *arguments)
            chain = poor.data["chain"]
            assert (chain["asked_with"], chain["accepted"], poor.data["agrees"]) == ("processTask", True, True)
            assert poor.data["outcome"] == plain.data["outcome"] == "submitted"
            assert {key: value for key, value in poor.data["after"].items() if key != "read"} == {
                key: value for key, value in plain.data["after"].items() if key != "read"
            }
            assert poor.status == 0


def test_without_overrides_what_comes_before_the_handler_is_the_models(world):
    answer = simulate(world, POOR, "--offline", "9")
    assert answer.data["chain"]["asked_with"] == "model"
    assert (answer.data["outcome"], answer.data["model"]["error"]) == ("reverted", "InsufficientVotingPower")
    assert {"quorum_missed", "chain_not_asked"} <= set(answer.codes)
    answer = simulate(world, POOR, "--task", "1")
    assert (answer.data["chain"]["asked_with"], answer.data["outcome"]) == ("model", "submitted")
    assert (answer.status, answer.codes) == (3, ["chain_not_asked"])


@pytest.mark.parametrize("limits", [Limits(), Limits(lacks=SIMULATE), POOR], ids=["simulateV1", "eth_call", "poor"])
def test_v3_is_asked_of_the_handler_and_says_what_it_takes_from_v2(devnet_v3, tmp_path, limits):
    world = World(devnet_v3, tmp_path)
    answer = simulate(world, limits)
    assert answer.data["chain"]["asked_with"] == "processTask"
    assert (answer.data["agrees"], answer.data["outcome"]) == (True, "submitted")
    assert {"assumed_from_v2", "chain_not_asked"} <= set(answer.codes)
    assert answer.status == 0


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_ordinary_tasks_are_asked_of_the_real_contract_by_each_way(generation, devnets, unchanged, tmp_path):
    with unchanged(devnets(generation)) as devnet:
        world = World(devnet, tmp_path)
        for task in ("0", "1", "2", "3"):
            plain = world.simulate("--task", task, "--offline", "5")
            for limits in (FULL["eth_call"], *SAME_BLOCK.values()):
                other = simulate(world, limits, "--task", task, "--offline", "5")
                assert other.data["chain"]["asked_with"] == "submitTask_override"
                assert essence(other) == essence(plain)


# The AVS's own contracts


def hang(world, getter, setter):
    stub = world.read(world.devnet.contracts.seeder, f"{getter}()")
    address = f"0x{stub:040x}"
    world.govern(f"{setter}(address)", address)
    return address


def instruct(world, stub, signature, *arguments):
    rpc.send(world.url, [rpc.Transaction(world.devnet.owner, stub, rpc.calldata(signature, *arguments))])


def test_a_logic_that_refuses_explains_the_refusal_of_ordinary_tasks(devnets, unchanged, tmp_path):
    for generation in ("v1", "v2"):
        with unchanged(devnets(generation)) as devnet:
            world = World(devnet, tmp_path)
            logic = hang(world, "devnetAvsLogic", "setAvsLogic")
            passing = world.simulate("--task", "1")
            assert (passing.data["agrees"], passing.data["model"]["unforeseen"]) == (True, ["avs_logic"])
            instruct(world, logic, "devnetRefuse(bool,bool)", True, False)
            refused = world.simulate("--task", "1")
            assert (refused.data["outcome"], refused.data["agrees"]) == ("reverted", None)
            assert refused.codes == ["hook_refuses"]
            assert world.land(refused.data).revert.name == refused.data["chain"]["error"]["name"]


def test_a_logic_that_refuses_is_not_asked_of_internal_tasks(world):
    logic = hang(world, "devnetAvsLogic", "setAvsLogic")
    instruct(world, logic, "devnetRefuse(bool,bool)", True, True)
    answer = world.simulate()
    assert (answer.data["outcome"], answer.data["agrees"], answer.data["model"]["unforeseen"]) == (
        "submitted",
        True,
        [],
    )
    assert world.land(answer.data).outcome.is_approved


def test_a_fee_calculator_that_breaks_blocks_syncs(world):
    calculator = hang(world, "devnetFeeCalculator", "setFeeCalculator")
    passing = world.simulate()
    assert (passing.data["agrees"], passing.data["model"]["unforeseen"]) == (True, ["fee_calculator"])
    instruct(world, calculator, "devnetBreak(uint16,bool)", SYNC, True)
    blocked = world.simulate()
    assert (blocked.status, blocked.data["outcome"], blocked.codes[0]) == (3, "reverted", "hook_refuses")
    assert "fee_calculator" in blocked.document["findings"][0]["text"]
    assert blocked.data["model"]["accepted"]
    assert world.land(blocked.data).revert is not None
    assert world.simulate("--task", "1").status == 0


# Answers that cannot be


def spoiled(world, spoil):
    """Let an endpoint change what came of the task in the results of eth_simulateV1."""

    def answer(request):
        if request["method"] != "eth_simulateV1":
            return None
        (block,) = rpc.call(world.url, "eth_simulateV1", *request["params"])
        spoil(block["calls"])
        return {"result": [block]}

    return Limits(answer=answer)


def test_a_contract_that_says_otherwise_than_the_model_is_status_5(world):
    def refuse(calls):
        error = {"code": 3, "message": "execution reverted"}
        calls[1] |= {"status": "0x0", "returnData": "0x5a31d91b", "error": error}

    answer = simulate(world, spoiled(world, refuse))
    assert answer.status == 5
    assert answer.data["agrees"] is False
    assert answer.data["differences"] == ["the contract reverts InvalidTaskDefinition(), the model takes it"]
    assert "model_differs" in answer.codes
    assert answer.document["errors"][0]["code"] == "model_differs"


def test_powers_that_are_otherwise_behind_the_task_are_status_5(world):
    answer = world.simulate()
    shift = answer.data["after"]["powers"][0]
    old, new = (f"{int(each):064x}" for each in (shift["after"], int(shift["after"]) + 1))

    def raise_one(calls):
        calls[2]["returnData"] = calls[2]["returnData"].replace(old, new)

    differing = simulate(world, spoiled(world, raise_one))
    assert differing.status == 5
    (text,) = differing.data["differences"]
    assert text == f"operator {shift['operator_id']} has {int(new, 16)}raw behind it, by the model {int(old, 16)}raw"


def test_a_simulation_that_begins_elsewhere_is_an_error(world):
    power = f"{next(iter(world.active().values())):064x}"

    def begin_elsewhere(calls):
        calls[0]["returnData"] = calls[0]["returnData"].replace(power, f"{1:064x}")

    answer = simulate(world, spoiled(world, begin_elsewhere))
    assert answer.status == 5
    assert "simulated on another state" in answer.problems[0]


def test_a_layout_that_is_another_is_not_overridden(world):
    """One slot of an operator's id that is not what the getter says, and no slot is believed."""
    slot = entry("address", world.address(1), AC_BASE + 9)
    rpc.call(world.url, "anvil_setStorageAt", world.center, word(slot), word(7))
    answer = world.simulate()
    assert answer.data["chain"]["asked_with"] == "processTask"
    assert "is not known" in answer.data["chain"]["lacking"]


def test_nobody_active_leaves_the_model_alone(world):
    for operator_id in world.active():
        world.unregister(operator_id)
    answer = world.simulate("--task", "1")
    assert answer.data["chain"]["asked_with"] == "model"
    assert answer.data["chain"]["lacking"] == "no operator is active"
    assert (answer.data["outcome"], answer.data["model"]["error"]) == ("reverted", "InvalidRequiredVotingPower")


# Replays


@pytest.mark.parametrize("generation", list(Generation))
@pytest.mark.parametrize("limits", [Limits(), Limits(lacks=SIMULATE), POOR], ids=["simulateV1", "eth_call", "poor"])
def test_what_was_mined_is_replayed_without_an_override(generation, limits, devnets, unchanged, tmp_path):
    with unchanged(devnets(generation)) as devnet:
        world = World(devnet, tmp_path)
        first = world.simulate("--task", "1")
        passed, reverted = world.land(first.data), world.land(first.data)
        rejected = world.land(world.simulate("--task", "1", "--data", "01").data, is_approved=False)
        changes.mine(world.url, 3)
        for landed, outcome in ((passed, "submitted"), (reverted, "reverted"), (rejected, "rejected")):
            answer = simulate(world, limits, "--tx", landed.transaction_hash)
            assert answer.data["outcome"] == outcome
            assert answer.data["chain"]["asked_with"] == "submitTask"
            assert answer.data["mined"]["status"] == ("reverted" if landed.revert else "success")
            assert answer.data["mined"]["task_number"] == (landed.outcome.task_number if landed.outcome else None)
            assert answer.data["chain"]["error"] is None or answer.data["chain"]["error"]["name"] == landed.revert.name
            assert "replay_differs" not in answer.codes
            assert answer.data["agrees"] is True
            assert answer.status == (0 if outcome == "submitted" else 3)
            assert answer.document["blocks"]["l2"]["number"] == landed.block_number - 1
