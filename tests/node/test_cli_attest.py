"""``attest propose`` and ``attest simulate`` as users call them: sources, files, options, what they cost, bad input."""

import hashlib
import io
import json
import sys
from dataclasses import replace

import pytest
from attestation_world import SYNC, TOTALS, World, task_of, totals_data
from commandline import run, spawn, through_proxies
from proxy import Limits, Recorder

from avsctl.contracts.submit_task import encode_submit
from avsctl.contracts.task_data import decode_totals, decode_update, encode_update
from avsctl.core.attestation.recomputation import compare_powers
from avsctl.core.deployment import Generation
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, VotingPowerRead
from avsctl.core.power import PowerChange
from avsctl.core.proposals import propose_powers
from avsctl.devnet import changes, rpc
from avsctl.devnet.attest import BALANCE_WEI, Vote, land, open_desk, sign
from avsctl.devnet.plan import DriftKind

STEPS = ["decoding", "structure", "recomputation", "votes", "quorum", "chain", "after"]
MOST_REQUESTS = 10
SCREEN_7 = {
    "source",
    "task_definition_id",
    "proof_of_task",
    "update",
    "steps",
    "votes",
    "quorum",
    "chain",
    "model",
    "after",
}
QUORUM = {"total", "required_approve", "signed_approve", "margin", "smallest_passing_set", "pivotal"}


@pytest.fixture
def world(devnet_v2, tmp_path):
    return World(devnet_v2, tmp_path)


@pytest.fixture
def world_v1(devnet_v1, tmp_path):
    return World(devnet_v1, tmp_path)


def attest(world, *arguments, settings=None):
    return run(settings or world.settings, "attest", *arguments)


def results(answer):
    return [each["result"] for each in answer.data["steps"]]


# Proposing


def judged(answer):
    """The findings but for those of what the task leaves behind."""
    return [code for code in answer.codes if code != "dead_after_task"]


def test_definitions_that_a_sync_leaves_dead_are_named(world):
    answer = world.simulate("--update", str(world.propose()))
    shifts = answer.data["after"]["task_definitions"]
    assert answer.codes.count("dead_after_task") == sum(
        (each["before"]["verdict"], each["after"]["verdict"]) != ("dead", "dead") and each["after"]["verdict"] == "dead"
        for each in shifts
    )


def test_the_honest_update_carries_every_difference_that_a_sync_can_mend(world):
    answer = attest(world, "propose", "-o", "json")
    assert (answer.status, answer.codes) == (0, ["node_rule_unknown"])
    data, devnet = answer.data, world.devnet
    lowered = {DriftKind.LOWERED, DriftKind.ZEROED, DriftKind.LEFT_EIGENLAYER}
    raised = {DriftKind.RAISED, DriftKind.REREGISTERED}
    deltas = {each.operator_id: each.l1_voting_power - each.l2_voting_power for each in devnet.drift}
    for key, kinds, direction in (("to_increase", raised, 1), ("to_decrease", lowered, -1)):
        ids = sorted(each.operator_id for each in devnet.drift if each.kind in kinds)
        expected = [{"operator_id": each, "voting_power": str(direction * deltas[each])} for each in ids]
        assert data["update"][key] == expected
    assert data["update"]["left_out"] == [devnet.drift_of(DriftKind.UNREGISTERED_ON_L1).operator_id]
    heads = world.heads()
    assert (data["update"]["to_block_l1"], data["update"]["to_block_l2"]) == (str(heads[0]), str(heads[1]))
    decoded = decode_update(bytes.fromhex(data["data"][2:]))
    assert [(each.operator_id, str(each.voting_power)) for each in decoded.to_increase] == [
        (each["operator_id"], each["voting_power"]) for each in data["update"]["to_increase"]
    ]
    proof = rpc.call(devnet.l2_url, "web3_sha3", data["data"])
    assert (data["proof_of_task"], data["task_definition_id"], data["file"]) == (proof, SYNC, None)


def test_an_honest_proposal_leaves_no_drift_but_for_those_left_out(world):
    data = world.simulate().data
    left_out = attest(world, "propose", "-o", "json").data["update"]["left_out"]
    assert world.land(data).outcome.is_approved
    drifted = [
        row
        for row in run(world.settings, "power", "diff", "-o", "json").data["operators"]
        if row["status"] not in ("in_sync", "not_on_l2")
    ]
    assert [row["operator_id"] for row in drifted] == left_out
    residual = [row for row in data["after"]["drift"]["operators"] if row["operator_id"]]
    assert [(row["operator_id"], row["delta"]) for row in residual] == [
        (row["operator_id"], row["delta"]) for row in drifted
    ]


def test_honest_totals_leave_no_definition_stale(world):
    world.set_l2_powers({4: 10**21})
    answer = attest(world, "propose", "--task", str(TOTALS), "-o", "json")
    update = decode_totals(bytes.fromhex(answer.data["data"][2:]), world.obls)
    assert {call.total.task_definition_id for call in update.calls} == {2, 3, SYNC}
    data = world.simulate("--task", str(TOTALS)).data
    assert world.land(data).outcome.is_approved
    listed = run(world.settings, "task", "list", "-o", "json").data["task_definitions"]
    assert not any(each["is_stale"] for each in listed)
    again = attest(world, "propose", "--task", str(TOTALS), "-o", "json")
    assert (again.data["is_empty"], again.codes) == (True, ["nothing_to_propose"])


@pytest.mark.parametrize("is_approved", [True, False])
def test_totals_that_are_stale_again_in_the_same_way_are_proposed_with_another_proof(world, is_approved):
    world.set_l2_powers({4: 10**21})
    first = world.simulate("--task", str(TOTALS)).data
    assert world.land(first, is_approved=is_approved).revert is None
    if is_approved:
        world.set_l2_powers({4: 2 * 10**21})
    path = world.folder / "again.json"
    proposed = attest(world, "propose", "--task", str(TOTALS), "--out", str(path), "-o", "json")
    again = world.simulate("--task", str(TOTALS))
    block = world.heads()[1].to_bytes(32).hex()
    proof = rpc.call(world.url, "web3_sha3", again.data["data"] + block)
    assert again.data["data"] == first["data"]
    assert again.data["proof_of_task"] == proposed.data["proof_of_task"] == proof != first["proof_of_task"]
    assert (again.status, again.data["outcome"], again.data["agrees"]) == (0, "submitted", True)
    for arguments in (("simulate",), ("propose",)):
        shown = " ".join(attest(world, *arguments, "--task", str(TOTALS)).stdout.split())
        assert f"{proof}, keccak(data and the L2 block): the task with keccak(data) is used up" in shown
    from_file = world.simulate("--update", str(path)).data
    assert (from_file["task_hash"], from_file["outcome"]) == (again.data["task_hash"], "submitted")
    assert world.land(from_file).outcome.is_approved
    listed = run(world.settings, "task", "list", "-o", "json").data["task_definitions"]
    assert not any(each["is_stale"] for each in listed)


def test_a_file_is_what_simulate_reads_and_is_replaced_only_when_told(world, tmp_path):
    path = tmp_path / "update.json"
    answer = attest(world, "propose", "--out", str(path), "-o", "json")
    text = path.read_bytes()
    assert answer.data["file"] == {"path": str(path), "sha256": hashlib.sha256(text).hexdigest()}
    document = json.loads(text)
    assert document["schema"] == "avsctl-proposal/1"
    assert document["data"] == answer.data["data"]
    refused = attest(world, "propose", "--out", str(path))
    assert (refused.status, path.read_bytes()) == (2, text)
    assert "--overwrite replaces it" in refused.stderr
    changes.mine(world.devnet.l1_url)
    assert attest(world, "propose", "--out", str(path), "--overwrite", "-o", "json").status == 0
    assert path.read_bytes() != text


def test_propose_warns_of_an_update_that_the_handler_refuses(world):
    heads = world.heads()
    changes.process_task(world.devnet, SYNC, encode_update(decode_update(empty(heads[0] + 50, heads[1]))))
    answer = attest(world, "propose", "-o", "json")
    assert (answer.status, "proposal_wrong" in answer.codes) == (3, True)
    assert "l1 block not after last" in answer.document["findings"][0]["text"]


def empty(to_block_l1, to_block_l2):
    return bytes.fromhex("20".zfill(64) + "80".zfill(64) + "a0".zfill(64)) + b"".join(
        each.to_bytes(32) for each in (to_block_l1, to_block_l2, 0, 0)
    )


def test_on_v1_it_is_the_calls_of_a_syncer(world_v1):
    answer = attest(world_v1, "propose", "-o", "json")
    assert answer.status == 0
    assert [call["to"] for call in answer.data["calls"]] == [world_v1.obls] * 2
    assert answer.data["proof_of_task"] is answer.data["data"] is answer.data["task_definition_id"] is None
    calls = [(call["to"], bytes.fromhex(call["data"][2:])) for call in answer.data["calls"]]
    rpc.send(world_v1.url, [rpc.Transaction(world_v1.devnet.owner, to, data, 10**7) for to, data in calls])
    rows = run(world_v1.settings, "power", "diff", "-o", "json").data["operators"]
    drifted = [row["operator_id"] for row in rows if row["status"] in ("increase", "decrease")]
    assert drifted == []


def test_v1_has_no_internal_tasks(world_v1, tmp_path):
    for arguments in (("simulate",), ("simulate", "--task", "10002"), ("propose", "--task", "10002")):
        assert attest(world_v1, *arguments).status == 6
    for arguments in (("simulate", "--data", "00"), ("propose", "--out", str(tmp_path / "out.json"))):
        assert attest(world_v1, *arguments).status == 6
    assert not (tmp_path / "out.json").exists()
    assert attest(world_v1, "simulate", "--task", "0").status == 0


@pytest.mark.parametrize("generation", list(Generation))
def test_commands_end_in_a_screen_as_well(generation, devnets):
    devnet = devnets(generation)
    settings = World(devnet, None).settings
    for arguments in (("propose",), ("simulate", "--task", "1")):
        answer = run(settings, "attest", *arguments, "--fail-on", "critical")
        assert answer.status == 0
        assert answer.stdout.startswith(f"{generation.upper()} on chain 31338")


# Simulating


def test_the_keys_of_screen_7(world):
    answer = world.simulate("--offline", "9")
    assert set(answer.data) >= SCREEN_7
    assert set(answer.data["quorum"]) >= QUORUM
    assert set(answer.data["votes"]) >= {"approve", "reject", "offline"}
    assert set(answer.data["chain"]) >= {"asked_with", "accepted", "error"}
    assert [each["step"] for each in answer.data["steps"]] == STEPS
    assert results(answer) == ["pass", "pass", "pass", "pass", "fail", "fail", "skipped"]
    assert (answer.status, answer.codes[0]) == (3, "quorum_missed")
    assert answer.data["votes"]["offline"] == [9]
    assert (answer.data["chain"]["accepted"], answer.data["after"]) == (False, None)
    assert answer.data["chain"]["error"]["name"] == answer.data["model"]["error"] == "InsufficientVotingPower"
    quorum = answer.data["quorum"]
    assert int(quorum["margin"]) == int(quorum["signed_approve"]) - int(quorum["required_approve"]) < 0


def test_an_address_stands_for_its_id(world):
    address = world.address(9)
    by_address = world.simulate("--offline", address, "--attesters", f"{world.address(1)},4,9")
    assert by_address.data == world.simulate("--offline", "9", "--attesters", "1,4,9").data
    assert by_address.data["votes"]["approve"] == [1, 4]


def test_who_may_not_attest_is_named_with_the_error(world):
    votes = world.simulate("--dissent", "3,12", "--attesters", "none").data["votes"]
    assert [(each["operator_id"], each["error"]) for each in votes["ineligible"]] == [
        (3, "InactiveOperator"),
        (12, "InvalidRestrictedAttester"),
    ]
    assert votes["approve"] == votes["reject"] == []


def test_a_file_is_recomputed_at_its_own_blocks(world):
    path = world.propose()
    changes.set_powers(world.devnet, {world.devnet.operators[0].address: 5 * 10**18})
    changes.mine(world.devnet.l1_url, 2)
    changes.mine(world.url, 2)
    answer = world.simulate("--update", str(path))
    file = json.loads(path.read_text())
    at = answer.data["recomputed_at"]
    assert (at["l1"]["number"], at["l2"]["number"]) == (file["l1_block"]["number"], file["l2_block"]["number"])
    assert (at["l1"]["hash"], at["l2"]["hash"]) == (file["l1_block"]["hash"], file["l2_block"]["hash"])
    assert (answer.status, results(answer)[2], answer.data["source"]) == (0, "pass", "file")
    residual = {row["operator_id"] for row in answer.data["after"]["drift"]["operators"]}
    assert 1 in residual


@pytest.mark.parametrize("later", [0, 2])
@pytest.mark.parametrize("layer", ["l1", "l2"])
def test_a_file_of_a_block_that_is_another_here_is_refused(world, layer, later):
    path = world.propose()
    file = json.loads(path.read_text())
    block = file[f"{layer}_block"]
    here, block["hash"] = block["hash"], "0x" + "5a" * 32
    path.write_text(json.dumps(file))
    if later:
        changes.mine(world.devnet.l1_url, later)
        changes.mine(world.url, later)
    answer = attest(world, "simulate", "--update", str(path), "-o", "json")
    assert (answer.status, answer.document["errors"][0]["code"]) == (2, "proposal_file")
    assert answer.document["errors"][0]["message"] == (
        f"{path} was made where {layer.upper()} block {block['number']} is {block['hash']}; "
        f"here it is {here}: another chain, or a reorganisation"
    )


@pytest.mark.parametrize("layer", ["l1", "l2"])
def test_a_file_of_a_block_that_is_not_there_yet_is_refused(world, layer):
    path = world.propose()
    file = json.loads(path.read_text())
    head = file[f"{layer}_block"]["number"]
    file[f"{layer}_block"]["number"] = head + 1
    path.write_text(json.dumps(file))
    answer = attest(world, "simulate", "--update", str(path), "-o", "json")
    assert (answer.status, answer.document["errors"][0]["code"]) == (2, "proposal_file")
    assert answer.document["errors"][0]["message"] == (
        f"{path} was made where {layer.upper()} is at block {head + 1}, "
        f"which is not on this chain yet: block {head} is read"
    )


def test_standard_input_is_a_file_too(world, monkeypatch):
    path = world.propose()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    answer = world.simulate("--update", "-")
    assert (answer.data["source"], answer.data["origin"]) == ("file", "-")
    assert answer.data["outcome"] == "submitted"


def test_raw_data_are_the_same_task(world):
    data = attest(world, "propose", "-o", "json").data["data"]
    for text in (data, data[2:], data.upper().replace("0X", "0x")):
        answer = world.simulate("--data", text)
        assert (answer.data["source"], answer.data["data"]) == ("data", data)
        assert answer.data["outcome"] == "submitted"


def test_a_task_that_was_performed_by_another_operator_counts_as_replayed(world):
    path = world.propose()
    first = world.simulate("--update", str(path)).data
    second = dict(first, performer={"address": world.devnet.operators[6].address})
    assert world.land(second, is_approved=False).revert is None
    answer = world.simulate("--update", str(path))
    assert answer.data["performer"]["address"] == world.devnet.operators[6].address
    assert answer.data["chain"]["error"]["name"] == "MessageAlreadySigned"
    assert "replayed" in answer.codes


def test_blocks_that_the_endpoint_has_no_state_of_are_compared_with_now(world):
    path = world.propose()
    changes.mine(world.devnet.l1_url, 2)
    changes.mine(world.url, 2)
    old = json.loads(path.read_text())["l1_block"]["hash"]

    def pruned(request):
        block = request["params"][1] if request["method"] == "eth_call" else None
        if isinstance(block, dict) and block["blockHash"] == old:
            return {"error": {"code": -32000, "message": "missing trie node: state is not available"}}
        return None

    with through_proxies(world.devnet, Limits(answer=pruned), Limits()) as settings:
        answer = run(settings, "attest", "simulate", "--update", str(path), "-o", "json")
    assert (answer.status, answer.codes[0]) == (3, "blocks_not_read")
    text = answer.document["findings"][0]["text"]
    assert "state is not available" in text
    assert text.endswith("compared with the blocks read instead")
    assert (answer.data["recomputed_at"], results(answer)[2]) == (None, "pass")
    assert answer.data["outcome"] == "submitted"


def test_without_l1_an_update_is_not_recomputed_and_says_so(world):
    path = world.propose()
    settings = {key: value for key, value in world.settings.items() if not key.startswith(("L1_", "AVS_GOV"))}
    answer = run(settings, "attest", "simulate", "--update", str(path), "-o", "json")
    assert (answer.status, judged(answer)) == (3, ["blocks_not_read"])
    assert answer.data["comparison"] is None
    assert answer.data["not_recomputed"] == "L1 is not read"
    assert answer.data["after"]["drift"] is None
    assert run(settings, "attest", "simulate", "--task", "1", "-o", "json").status == 0
    assert run(settings, "attest", "simulate", "--task", "10002", "-o", "json").status == 0
    assert run(settings, "attest", "simulate").status == 2


def test_an_operator_that_cannot_be_read_on_l1_is_critical(world):
    changes.break_read(world.devnet, world.address(5), changes.BreakMode.REVERTS_WITH_STRING)
    for arguments in (("propose",), ("simulate",)):
        answer = attest(world, *arguments, "-o", "json")
        assert answer.status == 3
        assert answer.codes[0] == "unreadable_on_l1"
        ids = [each["operator_id"] for key in ("to_increase", "to_decrease") for each in answer.data["update"][key]]
        assert 5 not in ids


def test_an_operator_lowered_to_0_is_let_pass_and_named(world):
    out = world.devnet.drift_of(DriftKind.UNREGISTERED_ON_L1)
    update = world.powers_update(world.propose())
    lowered = (*update.to_decrease, type(update.to_decrease[0])(out.operator_id, out.l2_voting_power))
    answer = world.simulate("--update", str(world.spoil(to_decrease=lowered)))
    assert (answer.status, judged(answer)) == (0, ["node_rule_unknown"])
    assert world.land(answer.data).outcome.is_approved


# Transactions


def test_the_last_sync_was_honest(world):
    landed = world.land(world.simulate().data)
    changes.set_powers(world.devnet, {world.devnet.operators[1].address: 10**18})
    changes.mine(world.url, 2)
    answer = world.simulate("--tx", landed.transaction_hash)
    data = answer.data
    assert (answer.status, data["source"], data["outcome"]) == (0, "transaction", "submitted")
    assert data["mined"] == {
        "transaction_hash": landed.transaction_hash,
        "block": landed.block_number,
        "status": "success",
        "task_number": landed.outcome.task_number,
    }
    assert results(answer) == ["pass"] * 7
    assert (data["chain"]["asked_with"], data["chain"]["block"]) == ("submitTask", landed.block_number)
    assert data["votes"]["handed_in"]["operator_ids"] == list(landed.outcome.attester_ids)
    assert answer.document["blocks"]["l2"]["number"] == landed.block_number - 1
    assert [row["operator_id"] for row in data["after"]["drift"]["operators"]][:1] == [6]


def test_a_sync_that_was_approved_and_wrong_is_found(world):
    update = world.powers_update(world.propose())
    more = type(update.to_increase[0])(update.to_increase[0].operator_id, update.to_increase[0].voting_power + 1)
    path = world.spoil(to_increase=(more, *update.to_increase[1:]))
    everyone = ",".join(map(str, world.active()))
    landed = world.land(world.simulate("--update", str(path), "--dissent", everyone).data)
    answer = world.simulate("--tx", landed.transaction_hash)
    assert (answer.status, judged(answer)) == (3, ["proposal_wrong"])
    assert (answer.data["outcome"], results(answer)[2]) == ("submitted", "fail")
    assert {each["reason"] for each in answer.data["attesters"] if each["vote"] == "approve"} == {"dissent"}


def test_signatures_that_were_wrong_are_told(world):
    desk, (first, second) = open_desk(world.devnet), (each.keys for each in world.devnet.operators[:2])
    forgeries = {
        "InvalidOBLSSignature": replace(first, bls_secret=second.bls_secret),
        "InvalidPerformerSignature": replace(first, private_key=second.private_key),
    }
    data = world.simulate("--task", "1").data
    for name, keys in forgeries.items():
        forged = replace(desk, keys_by_address={**desk.keys_by_address, first.address: keys})
        vote = Vote(tuple(data["votes"]["handed_in"]["operator_ids"]))
        landed = land(forged, task_of(data), vote, data["sender"]["address"])
        answer = world.simulate("--tx", landed.transaction_hash)
        assert answer.data["chain"]["error"]["name"] == landed.revert.name == name
        assert (answer.data["agrees"], answer.codes) == (True, ["attestation_refused"])


def test_attesters_that_may_not_attest_are_told(world):
    ids = sorted([*world.active(), 3])
    assert 3 not in world.active()
    landed = world.land(world.simulate("--task", "1").data, ids=ids)
    answer = world.simulate("--tx", landed.transaction_hash)
    assert answer.data["votes"]["handed_in"]["operator_ids"] == ids
    assert [each["operator_id"] for each in answer.data["votes"]["ineligible"]] == [3]
    assert (answer.data["chain"]["error"]["name"], answer.data["agrees"]) == ("InactiveOperator", True)


def test_others_that_stood_before_it_in_its_block_are_told(world):
    first, second = (world.simulate("--task", "1", "--data", each).data for each in ("01", "02"))
    rpc.call(world.url, "evm_setAutomine", False)
    try:
        hashes = [submit_unmined(world, each) for each in (first, second)]
        rpc.call(world.url, "evm_mine")
    finally:
        rpc.call(world.url, "evm_setAutomine", True)
    answers = [world.simulate("--tx", each) for each in hashes]
    positions = [rpc.call(world.url, "eth_getTransactionByHash", each)["transactionIndex"] for each in hashes]
    assert sorted(positions) == ["0x0", "0x1"]
    for answer, position in zip(answers, positions, strict=True):
        assert (answer.codes == ["earlier_transactions_in_block"]) is (position == "0x1")
        assert answer.status == 0


def test_a_transaction_whose_block_changed_what_it_met_differs_from_its_replay(world):
    data = world.simulate("--task", "1", "--data", "01").data
    rpc.call(world.url, "evm_setAutomine", False)
    try:
        hashes = [submit_unmined(world, each) for each in (data, data)]
        rpc.call(world.url, "evm_mine")
    finally:
        rpc.call(world.url, "evm_setAutomine", True)
    receipts = [rpc.call(world.url, "eth_getTransactionReceipt", each) for each in hashes]
    (reverted,) = [each["transactionHash"] for each in receipts if each["status"] == "0x0"]
    answer = world.simulate("--tx", reverted)
    assert answer.codes == ["replay_differs", "earlier_transactions_in_block"]


def submit_unmined(world, data):
    desk, sender = open_desk(world.devnet), data["sender"]["address"]
    task, vote = task_of(data), Vote(tuple(data["votes"]["handed_in"]["operator_ids"]))
    calldata = encode_submit(world.devnet.generation, task, sign(desk, task, vote))
    rpc.batch(world.url, [("anvil_setBalance", (sender, hex(BALANCE_WEI))), ("anvil_impersonateAccount", (sender,))])
    fields = {"from": sender, "to": world.center, "data": "0x" + calldata.hex(), "gas": hex(5_000_000)}
    return rpc.call(world.url, "eth_sendTransaction", fields)


def test_a_transaction_in_no_block_is_status_5(world):
    data = world.simulate("--task", "1").data
    rpc.call(world.url, "evm_setAutomine", False)
    try:
        answer = attest(world, "simulate", "--tx", submit_unmined(world, data), "--timeout", "5", "-o", "json")
    finally:
        rpc.call(world.url, "evm_setAutomine", True)
    assert answer.status == 5
    assert "in no block yet" in answer.problems[0]


# Bad input


def bad_sources(world, folder):
    path = world.propose()
    honest = json.loads(path.read_text())
    files = {
        "empty": "",
        "array": "[]",
        "large": "[" * 10_000_000,
        "other_chain": json.dumps(dict(honest, l2_chain_id=5)),
        "other_center": json.dumps(dict(honest, attestation_center="0x" + "11" * 20)),
        "other_schema": json.dumps(dict(honest, schema="avsctl-proposal/9")),
        "no_hex": json.dumps(dict(honest, data="0xzz")),
        "binary": "\0\1",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
        yield ("--update", str(folder / name))
    yield ("--update", str(folder / "missing"))
    yield ("--update", str(folder))
    yield ("--update", str(path), "--task", "10002")
    yield ("--update", str(path), "--data", honest["data"])
    yield ("--data", "xyz")
    yield ("--data", honest["data"] + "0")
    yield ("--data", "0x" + "00" * 1_100_000)
    yield ("--tx", "0x12")
    yield ("--tx", "0x" + "zz" * 32)
    yield ("--task", "77")
    yield ("--task", "70000")
    yield ("--offline", "99")
    yield ("--offline", "0x" + "12" * 20)
    yield ("--dissent", "0")
    yield ("--attesters", "1,,2")
    yield ("--data", "00", "--attesters", "x")
    yield ("-o", "csv")


def test_bad_input_is_status_2(world, tmp_path):
    for arguments in bad_sources(world, tmp_path):
        answer = attest(world, "simulate", *arguments)
        assert (answer.status, arguments[:1]) == (2, arguments[:1]), (arguments[0], answer.stderr)
        assert answer.stderr.startswith("error: ")
        assert "Traceback" not in answer.stderr
        assert len(answer.stderr) < 1500


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: data[:-32], "cut short"),
        (lambda data: data[:-1], "cut short"),
        (lambda data: data + bytes(32), "too many"),
        (lambda data: data[32:], "one by one"),
        (lambda data: b"", "cut short"),
        (lambda data: b"\xff" * 320, "first word"),
    ],
)
def test_data_that_is_no_update_fails_its_decoding_and_is_rejected(world, spoil, words):
    path = world.propose()
    data = bytes.fromhex(json.loads(path.read_text())["data"][2:])
    answer = world.simulate("--update", str(world.rewrite(path, spoil(data))))
    assert (answer.status, results(answer)[:3]) == (3, ["fail", "skipped", "skipped"])
    assert words in answer.data["decoding_fault"]
    assert answer.codes[0] == "proposal_wrong"
    assert answer.data["outcome"] == "rejected"
    landed = world.land(answer.data)
    assert landed.outcome.is_approved is False


def test_data_that_is_no_update_and_is_approved_is_what_the_contract_says(world):
    path = world.propose()
    data = bytes.fromhex(json.loads(path.read_text())["data"][2:])
    everyone = ",".join(map(str, world.active()))
    for spoilt in (data + bytes(32), data[:-32], b""):
        answer = world.simulate("--update", str(world.rewrite(path, spoilt)), "--dissent", everyone)
        assert (answer.status, answer.data["agrees"]) == (3, None)
        landed = world.land(answer.data)
        assert answer.data["outcome"] == ("reverted" if landed.revert else "submitted")


def test_a_transaction_that_is_no_submit_task_is_refused(world):
    world.govern("setTaskDefinitionMinVotingPower(uint16,uint256)", 1, 0)
    block = rpc.call(world.url, "eth_getBlockByNumber", "latest", True)
    (governed,) = [each["hash"] for each in block["transactions"]]
    sent = rpc.Transaction(world.devnet.owner, world.obls, b"")
    (elsewhere,) = rpc.land(world.url, [sent])
    for hash_ in (governed, elsewhere["transactionHash"], "0x" + "12" * 32):
        answer = attest(world, "simulate", "--tx", hash_, "-o", "json")
        assert answer.status == 2
        assert "submitTask" in answer.problems[0] or "knows no transaction" in answer.problems[0]
    landed = world.land(world.simulate("--task", "1").data)
    for extra in (("--offline", "3"), ("--task", "2"), ("--l2-block", "5")):
        assert attest(world, "simulate", "--tx", landed.transaction_hash, *extra).status == 2


def test_an_update_that_no_block_has_the_gas_for_is_told_as_one(world):
    path = world.spoil(to_increase=tuple(PowerChange(100 + each, 1) for each in range(3000)))
    rejected = world.simulate("--update", str(path))
    assert (rejected.data["outcome"], rejected.data["chain"]["asked_with"]) == ("rejected", "submitTask_override")
    everyone = ",".join(map(str, world.active()))
    approved = world.simulate("--update", str(path), "--dissent", everyone)
    assert (approved.data["chain"]["asked_with"], approved.data["agrees"]) == ("model", None)
    assert "more gas than is allowed there" in approved.data["chain"]["lacking"]
    assert judged(approved) == ["proposal_wrong", "proposal_wrong", "chain_not_asked"]


def test_a_total_that_goes_elsewhere_fails_its_structure(world):
    data = totals_data(world.obls, [], [(world.center, b"")])
    answer = world.simulate("--task", str(TOTALS), "--data", data.hex())
    assert results(answer)[:2] == ["pass", "fail"]
    assert answer.data["faults"][0]["code"] == "wrong_target"


# What it costs


@pytest.fixture(scope="module")
def two_hundred(devnets, unchanged, tmp_path_factory):
    with unchanged(devnets("v2", operators=200)) as devnet:
        yield World(devnet, tmp_path_factory.mktemp("two-hundred"))


def counted(world, *arguments):
    recorder = Recorder()
    with through_proxies(world.devnet, Limits(gas_cap=30_000_000), recorder=recorder) as settings:
        answer = run(settings, "attest", "simulate", *arguments, "-o", "json")
    assert answer.data["outcome"] == "submitted", answer.stdout[-3000:]
    assert answer.data["chain"]["asked_with"] in ("submitTask_override", "submitTask")
    assert answer.data["agrees"] is True
    return recorder.requests


def test_two_hundred_operators_take_few_requests_whatever_the_source(two_hundred):
    world = two_hundred
    path = world.propose()
    changes.mine(world.devnet.l1_url, 2)
    changes.mine(world.url, 2)
    landed = world.land(world.simulate("--update", str(path)).data)
    assert landed.outcome.is_approved
    changes.mine(world.devnet.l1_url, 2)
    later = world.propose()
    changes.mine(world.devnet.l1_url, 2)
    changes.mine(world.url, 2)
    sources = ((), ("--update", str(later)), ("--tx", landed.transaction_hash), ("--task", "1"), ("--task", "10002"))
    assert {source[:1]: counted(world, *source) for source in sources if counted(world, *source) > MOST_REQUESTS} == {}


def test_an_update_of_two_hundred_operators_is_compared_whole():
    addresses = [f"0x{i:040x}" for i in range(1, 201)]
    l2 = tuple(L2Operator(i, a, 10**21 + i, is_active=True) for i, a in enumerate(addresses, 1))
    l1 = tuple(L1Operator(a, True, VotingPowerRead(10**21 + 7 * i)) for i, a in enumerate(addresses, 1))
    sets = OperatorSets(l2, l1, 200, sum(each.voting_power for each in l2))
    data = encode_update(propose_powers(sets, 1, 2))
    compared = compare_powers(decode_update(data), sets)
    assert compared.is_match
    assert len(compared.rows) == 200


def test_as_a_process_of_its_own_it_is_json_on_stdout_and_nothing_else(world):
    ended = spawn(world.settings, "attest", "simulate", "-o", "json")
    assert (ended.status, ended.stderr) == (0, "")
    assert ended.document["command"] == "attest simulate"
