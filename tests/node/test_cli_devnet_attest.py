"""``devnet attest``: signs a proposal's file with the keys of a devnet's seed and lands it, on a devnet alone."""

import dataclasses
import json

import pytest
from commandline import run, through_proxies
from proxy import Recorder

from avsctl.core.deployment import Generation
from avsctl.core.proposal_file import BlockPoint, ProposalFile, format_proposal_file
from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.changes import set_definitions
from avsctl.devnet.definitions import TaskDefinition
from avsctl.devnet.plan import DriftKind

DATA_KEYS = [
    "task_definition_id",
    "proof_of_task",
    "vote",
    "attesters",
    "performer",
    "outcome",
    "task_number",
    "revert",
    "transaction_hash",
    "block_number",
    "gas_used",
    "powers",
    "totals",
]
POWERS = "(uint256,uint256)[]"


@pytest.fixture(params=list(Generation), ids=str)
def calm(request, devnets, unchanged):
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture(params=[Generation.V2, Generation.V3], ids=str)
def modern(request, devnets, unchanged):
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture
def calm_v2(devnets, unchanged):
    with unchanged(devnets(Generation.V2, drift=0)) as devnet:
        yield devnet


@pytest.fixture
def attest(tmp_path, env_for):
    """Run the command on a proposal for a devnet; what the file says otherwise is given by name."""

    def run_it(devnet, *options, settings=None, definition=1, **given):
        path = tmp_path / "proposal.json"
        path.write_text(format_proposal_file(proposal(devnet, definition, **given)))
        return run(settings or env_for(devnet), "devnet", "attest", str(path), *options, "-o", "json")

    return run_it


def proposal(devnet, definition, **given):
    l1, l2 = (BlockPoint(rpc.head(url), "0x" + "11" * 32) for url in (devnet.l1_url, devnet.l2_url))
    at = devnet.contracts
    file = ProposalFile(definition, "proof", b"", 31337, 31338, at.attestation_center, at.obls, l1, l2)
    return dataclasses.replace(file, **given)


def update_data(devnet, increases, decreases):
    heads = (rpc.head(devnet.l1_url), rpc.head(devnet.l2_url))
    return rpc.arguments_of(f"(({POWERS},{POWERS},uint256,uint256))", (increases, decreases, *heads))


def test_an_ordinary_task_is_signed_by_all_that_may_and_lands(calm, attest):
    answer = attest(calm)
    assert (answer.status, answer.stderr) == (0, "")
    assert answer.document["command"] == "devnet attest"
    data = answer.data
    assert list(data) == DATA_KEYS
    assert (data["outcome"], data["vote"]) == ("submitted", "approve")
    assert data["attesters"] == list(range(1, 13))
    assert (data["performer"], data["revert"], data["powers"], data["totals"]) == (1, None, [], [])
    receipt = rpc.call(calm.l2_url, "eth_getTransactionReceipt", data["transaction_hash"])
    assert int(receipt["blockNumber"], 16) == data["block_number"] == rpc.head(calm.l2_url)
    assert int(receipt["gasUsed"], 16) == data["gas_used"]
    assert attest(calm, proof_of_task="another").data["task_number"] == data["task_number"] + 1


def test_the_screen_tells_what_landed_and_what_it_changed(modern, tmp_path, env_for):
    path = tmp_path / "update.json"
    path.write_text(
        format_proposal_file(proposal(modern, 10001, data=update_data(modern, [(1, 7 * E18)], [(2, 3 * E18)])))
    )
    said = run(env_for(modern), "devnet", "attest", str(path)).stdout
    lines = said.splitlines()
    assert "Task 10001, signed for by 9 operators: 1, 2, 3, 4, 5, 6, 7, 8, 9" in lines
    assert "  performed and handed in by operator 1, with the keys of this devnet" in lines
    assert any(line.startswith("LANDED in block ") and ": TaskSubmitted, task number " in line for line in lines)
    assert any(line.split()[:2] == ["1", modern.operators[0].address] and line.endswith("+7") for line in lines)
    assert any(line.split()[:2] == ["2", modern.operators[1].address] and line.endswith("-3") for line in lines)
    assert any(line.startswith("totalVotingPower (e18): ") and line.endswith("+4") for line in lines)
    again = run(env_for(modern), "devnet", "attest", str(path))
    assert again.status == 4
    assert any(
        line.startswith("REVERTED in block ") and "MessageAlreadySigned()" in line for line in again.stdout.splitlines()
    )


def test_an_update_of_powers_is_told_operator_by_operator(modern, attest):
    first, second = (operator.voting_power for operator in modern.operators[:2])
    answer = attest(modern, definition=10001, data=update_data(modern, [(1, 5)], [(2, 3)]))
    assert answer.status == 0
    assert answer.data["attesters"] == list(range(1, 10))
    assert answer.data["powers"] == [
        {"operator_id": 1, "address": modern.operators[0].address, "before": str(first), "after": str(first + 5)},
        {"operator_id": 2, "address": modern.operators[1].address, "before": str(second), "after": str(second - 3)},
    ]
    total = sum(operator.voting_power for operator in modern.operators)
    assert answer.data["totals"] == [{"task_definition_id": None, "before": str(total), "after": str(total + 2)}]


def test_a_recount_of_totals_is_told_definition_by_definition(modern, attest):
    listed = next(each for each in modern.task_definitions if each.restricted_ids and each.task_definition_id == 2)
    changes.unregister_l2(modern, [modern.operators[0].address])
    signature = "setTotalVotingPowerPerRestrictedTaskDefinition(uint16,uint256,uint256[])"
    item = (modern.contracts.obls, rpc.calldata(signature, 2, 0, listed.restricted_ids))
    answer = attest(modern, definition=10002, data=rpc.arguments_of("((address,bytes)[])", [item]))
    (total,) = answer.data["totals"]
    assert total["task_definition_id"] == 2
    assert int(total["before"]) - int(total["after"]) == modern.operators[0].voting_power
    assert answer.data["powers"] == []
    assert answer.data["attesters"] == list(range(2, 13))
    assert answer.data["performer"] == 2


def test_a_rejected_update_changes_nothing_and_burns_the_task(modern, attest):
    data = update_data(modern, [(1, 5)], [])
    answer = attest(modern, "--reject", definition=10001, data=data)
    assert answer.status == 0
    assert (answer.data["outcome"], answer.data["vote"]) == ("rejected", "reject")
    assert (answer.data["powers"], answer.data["totals"]) == ([], [])
    refused = attest(modern, definition=10001, data=data)
    assert (refused.status, refused.document["status"]) == (4, "refused")
    assert refused.data["revert"] == {"name": "MessageAlreadySigned", "text": "MessageAlreadySigned()"}
    assert (refused.data["outcome"], refused.data["task_number"]) == ("reverted", None)
    assert refused.document["errors"] == []


@pytest.mark.parametrize(
    ("attesters", "error"),
    [
        ("1,2", "InsufficientVotingPower()"),
        ("12,1", "InsufficientVotingPower()"),
        ("none", "InsufficientVotingPower()"),
    ],
)
def test_the_contract_says_what_it_makes_of_the_attesters_named(calm, attest, attesters, error):
    answer = attest(calm, "--attesters", attesters)
    assert (answer.status, answer.data["revert"]["text"]) == (4, error)


def test_a_dead_id_signs_and_is_refused_and_an_address_stands_for_its_id(devnet, attest):
    returned = devnet.drift_of(DriftKind.REREGISTERED)
    (dead,) = returned.dead_ids
    refused = attest(devnet, "--attesters", f"{dead},{returned.address}")
    assert refused.data["attesters"] == [dead, returned.operator_id]
    assert refused.data["revert"]["text"] == f"InactiveOperator({dead})"
    landed = attest(devnet)
    assert landed.status == 0
    assert returned.operator_id in landed.data["attesters"]
    assert dead not in landed.data["attesters"]


def test_who_may_attest_follows_from_list_minimum_and_maximum(calm, attest):
    by_id = {each.task_definition_id: each for each in calm.task_definitions}
    powers = {i: operator.voting_power for i, operator in enumerate(calm.operators, 1)}
    assert attest(calm, definition=2).data["attesters"] == list(by_id[2].restricted_ids)
    strong = [i for i, power in powers.items() if power >= by_id[3].minimum_voting_power]
    assert attest(calm, definition=3).data["attesters"] == strong
    lane = attest(calm, definition=4)
    assert lane.data["outcome"] == "submitted"
    most = by_id[4].maximum_attesters
    strongest = sorted(powers, key=lambda i: (-powers[i], i))[: most or None]
    assert lane.data["attesters"] == sorted(strongest)


def test_a_definition_that_nobody_may_attest_is_tried_all_the_same(calm, attest):
    set_definitions(calm, [TaskDefinition(5, "for nobody", restricted_ids=(77,))])
    answer = attest(calm, definition=5)
    assert answer.data["attesters"] == []
    assert answer.data["revert"]["name"] in ("InsufficientVotingPower", "InvalidRequiredVotingPower")


def test_v1_takes_ordinary_tasks_and_those_of_no_definition_and_has_no_internal_ones(devnet_v1, attest):
    assert attest(devnet_v1, definition=0).data["outcome"] == "submitted"
    answer = attest(devnet_v1, definition=10001)
    assert (answer.status, answer.problems) == (6, ["v1 has no task definition 10001"])


def test_a_proof_from_a_file_reaches_no_terminal_as_it_is(calm_v2, attest):
    answer = attest(calm_v2, proof_of_task="\x1b[31mred\u202e")
    assert answer.status == 0
    assert answer.data["proof_of_task"] == "\x1b[31mred\u202e"
    assert "\x1b" not in answer.stdout


# What it refuses


@pytest.mark.parametrize("generation", list(Generation), ids=str)
def test_another_seed_is_refused_and_the_right_one_passes(devnets, unchanged, attest, generation):
    with unchanged(devnets(generation, operators=5, drift=0, seed=9)) as devnet:
        answer = attest(devnet)
        assert (answer.status, answer.document["errors"][0]["code"]) == (2, "not_a_devnet")
        assert answer.problems[0].startswith("this is no devnet of avsctl's with seed 1: operator 1 is 0x")
        assert "--seed" in answer.document["errors"][0]["hint"]
        assert attest(devnet, "--seed", "9").data["outcome"] == "submitted"


def test_an_operator_with_another_bls_key_or_from_elsewhere_is_named_unless_others_sign(modern, attest):
    same_keys = dataclasses.replace(modern.operators[0], address="0x" + "11" * 20)
    changes.register_l2(modern, [same_keys], [E18])
    answer = attest(modern)
    assert (answer.status, answer.data) == (2, {})
    assert "operator 13 is 0x1111111111111111111111111111111111111111" in answer.problems[0]
    ids = ",".join(map(str, range(1, 13)))
    assert attest(modern, "--attesters", ids).data["outcome"] == "submitted"
    other = dataclasses.replace(modern.operators[0], bls_key=(1, 2, 3, 4))
    changes.unregister_l2(modern, [other.address])
    changes.register_l2(modern, [other], [E18])
    answer = attest(modern, "--attesters", "14", proof_of_task="more")
    assert answer.problems == ["this is no devnet of avsctl's with seed 1: operator 14 has registered another BLS key"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:8545",
        "https://mainnet.example/v3/KEY",
        "http://127.0.0.1.evil.example:1",
        "http://localhost:1/x",
    ],
)
def test_an_endpoint_elsewhere_is_refused_before_it_is_asked(calm_v2, attest, env_for, url):
    answer = attest(calm_v2, settings=env_for(calm_v2) | {"L2_RPC": url})
    assert (answer.status, answer.document["errors"][0]["code"]) == (2, "not_a_devnet")
    assert "no node at 127.0.0.1" in answer.problems[0]
    assert "KEY" not in answer.stdout + answer.stderr


def test_one_endpoint_elsewhere_is_one_too_many_and_nothing_is_asked(calm_v2, attest):
    recorder = Recorder()
    with through_proxies(calm_v2, recorder=recorder) as settings:
        local = settings["L2_RPC"]
        answer = attest(calm_v2, settings=settings | {"L2_RPC": f"{local},http://10.0.0.1:8545"})
        assert (answer.status, recorder.requests) == (2, 0)
        assert attest(calm_v2, settings=settings).status == 0


def test_the_name_localhost_is_taken(calm_v2, attest, env_for):
    url = calm_v2.l2_url.replace("127.0.0.1", "localhost")
    assert attest(calm_v2, settings=env_for(calm_v2) | {"L2_RPC": url}).status == 0


def test_another_chain_is_refused(calm_v2, attest, env_for):
    settings = env_for(calm_v2) | {"L2_RPC": calm_v2.l1_url, "L2_CHAIN": "31337"}
    answer = attest(calm_v2, settings=settings)
    assert (answer.status, answer.data) == (2, {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("l1_chain_id", 1),
        ("l2_chain_id", 8453),
        ("attestation_center", "0x" + "12" * 20),
        ("obls", "0x" + "12" * 20),
    ],
)
def test_a_file_of_another_deployment_is_refused(calm_v2, attest, key, value):
    answer = attest(calm_v2, **{key: value})
    assert (answer.status, answer.document["errors"][0]["code"]) == (2, "proposal_file")
    assert f"its {key} is {value}" in answer.problems[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe\xfd", "is not UTF-8 text"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "schema is not"),
        (b" " * 10_000_000, "is larger than"),
        (None, "there is no file"),
    ],
)
def test_a_file_that_is_none_is_status_2(calm_v2, env_for, tmp_path, content, said):
    path = tmp_path / "proposal.json"
    if content is not None:
        path.write_bytes(content)
    answer = run(env_for(calm_v2), "devnet", "attest", str(path), "-o", "json")
    assert (answer.status, answer.document["errors"][0]["code"]) == (2, "proposal_file")
    assert said in answer.problems[0]


@pytest.mark.parametrize(
    ("options", "definition", "said"),
    [
        (("--attesters", "1,99"), 1, "there is no operator 99"),
        (("--attesters", "0"), 1, "item 1 of the list of operators is 0"),
        (("--attesters", "1,"), 1, "item 2 of the list of operators is empty"),
        (("--attesters", "0x" + "22" * 20), 1, "is no operator on L2"),
        (("--l2-block", "3"), 1, "--l2-block is not for what lands a task"),
        (("--seed", "x"), 1, "'--seed': 'x' is not a whole number"),
        ((), 77, "there is no task definition 77"),
    ],
)
def test_what_cannot_be_asked_for_is_status_2_and_lands_nothing(calm_v2, attest, options, definition, said):
    head = rpc.head(calm_v2.l2_url)
    answer = attest(calm_v2, *options, definition=definition)
    assert answer.status == 2
    assert said in answer.problems[0]
    assert rpc.head(calm_v2.l2_url) == head


def test_no_secret_is_shown(calm_v2, attest):
    answer = attest(calm_v2, "--verbose")
    shown = answer.stdout + answer.stderr
    for operator in calm_v2.operators:
        assert operator.private_key[2:] not in shown
        assert str(operator.bls_secret) not in shown
        assert f"{operator.bls_secret:x}" not in shown
    assert json.loads(answer.stdout)["status"] == "ok"
