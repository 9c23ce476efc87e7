"""Tasks landed on a devnet with real signatures: who signs, what the contract says of it, and what it changes."""

import dataclasses

import bls as formulas
import pytest
from eth_utils import keccak
from test_contract_rules import OBLS_BASE, V3_BASES, entry
from test_submit_task import word

from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.submit_task import Task
from avsctl.core.deployment import Generation
from avsctl.devnet import bls, changes, rpc
from avsctl.devnet.attest import Vote, land, open_desk
from avsctl.devnet.plan import DriftKind

EVERYONE = tuple(range(1, 13))
POWERS = "(uint256,uint256)[]"


@pytest.fixture(params=list(Generation), ids=str)
def calm(request, devnets, unchanged):
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture(params=[Generation.V2, Generation.V3], ids=str)
def modern(request, devnets, unchanged):
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


def hand_in(devnet, ids=EVERYONE, definition=1, *, is_approved=True, desk=None, sender=1, **given):
    """Land a task of the first operator's, sent by the one at this position."""
    task = Task(
        **({"proof_of_task": "proof", "data": b"", "performer": devnet.operators[0].address} | given),
        task_definition_id=definition,
    )
    caller = devnet.operators[sender - 1].address
    return land(desk or open_desk(devnet), task, Vote(tuple(ids), is_approved), caller)


def power(devnet, operator_id):
    return int.from_bytes(
        rpc.read(devnet.l2_url, devnet.contracts.obls, rpc.calldata("votingPower(uint256)", operator_id))
    )


def update_data(devnet, increases, decreases):
    heads = (rpc.head(devnet.l1_url), rpc.head(devnet.l2_url))
    return rpc.arguments_of(f"(({POWERS},{POWERS},uint256,uint256))", (increases, decreases, *heads))


def test_points_and_signatures_equal_those_written_from_the_formulas_a_second_time():
    assert bls.TASKS_MANAGER == formulas.TASKS_MANAGER
    for length in (0, 1, 31, 32, 33, 64, 1000):
        for domain in (bls.TASKS_MANAGER, keccak(text="OthenticBLSAuth"), bytes(32)):
            message = (keccak(text=f"message {length}") * 32)[:length]
            assert bls.hash_to_point(domain, message) == formulas.hash_to_point(domain, message)
    secrets = [formulas.secret_key(number) for number in (1, 2, 3)]
    assert bls.sign(secrets, bytes(32)) == formulas.sign([1, 2, 3], bytes(32))


def test_the_keys_on_chain_are_those_of_the_secrets(devnet):
    base = V3_BASES["OBLS"] if devnet.generation is Generation.V3 else OBLS_BASE
    by_address = {operator.address: operator for operator in devnet.operators}
    for drift in devnet.drift:
        for operator_id in (drift.operator_id, *drift.dead_ids):
            if operator_id is None:
                continue
            slots = [entry("uint256", operator_id, base + 3) + n for n in range(4)]
            words = [
                rpc.call(devnet.l2_url, "eth_getStorageAt", devnet.contracts.obls, word(slot), "latest")
                for slot in slots
            ]
            assert tuple(int(each, 16) for each in words) == by_address[drift.address].bls_key


def test_a_task_is_approved_and_another_rejected(calm):
    landed = hand_in(calm)
    assert landed.revert is None
    assert (landed.outcome.is_approved, landed.outcome.task.task_definition_id) == (True, 1)
    assert landed.outcome.task.performer == calm.operators[0].address
    assert landed.outcome.attester_ids == (None if calm.generation is Generation.V1 else EVERYONE)
    assert landed.block_number == rpc.head(calm.l2_url)
    rejected = hand_in(calm, is_approved=False, proof_of_task="bad", sender=5)
    assert rejected.outcome.is_approved is False
    assert rejected.outcome.task_number == landed.outcome.task_number + 1


def test_what_the_contract_refuses_is_told_by_its_error_and_nothing_lands(calm):
    listed = "InvalidRestrictedOperator" if calm.generation is Generation.V1 else "InvalidRestrictedAttester"
    for expected, given in (
        ("InsufficientVotingPower", {"ids": (1, 2)}),
        ("InvalidOperatorIndexes", {"ids": (2, 1)}),
        ("InactiveOperator", {"ids": (1, 99)}),
        (listed, {"ids": (11, 12), "definition": 2}),
        ("TaskDefinitionNotFound", {"definition": 77}),
    ):
        refused = hand_in(calm, **given)
        assert (refused.revert.name, refused.outcome) == (expected, None)
        assert refused.block_number == rpc.head(calm.l2_url)
    assert hand_in(calm).outcome.is_approved


@pytest.mark.parametrize("is_approved", [True, False])
def test_a_task_that_was_voted_on_is_burned(calm, is_approved):
    assert hand_in(calm, is_approved=is_approved).revert is None
    assert hand_in(calm).revert.name == "MessageAlreadySigned"
    other = calm.operators[1].address
    assert hand_in(calm, performer=other).outcome.task.performer == other


def test_signatures_are_checked_for_real(calm):
    desk = open_desk(calm)
    first, second = (each.keys for each in calm.operators[:2])
    swapped = {first.address: dataclasses.replace(first, bls_secret=second.bls_secret)}
    forged = dataclasses.replace(desk, keys_by_address={**desk.keys_by_address, **swapped})
    assert hand_in(calm, desk=forged).revert.name == "InvalidOBLSSignature"
    swapped = {first.address: dataclasses.replace(first, private_key=second.private_key)}
    forged = dataclasses.replace(desk, keys_by_address={**desk.keys_by_address, **swapped})
    assert hand_in(calm, desk=forged).revert.name == "InvalidPerformerSignature"
    elsewhere = dataclasses.replace(desk, chain_id=1)
    assert hand_in(calm, desk=elsewhere).revert.name == "InvalidOBLSSignature"
    without = dataclasses.replace(desk, keys_by_address={first.address: first})
    assert hand_in(calm, desk=without).revert.name == "InvalidOBLSSignature"


def test_one_that_came_back_signs_with_its_old_keys_under_its_new_id(devnet):
    returned = devnet.drift_of(DriftKind.REREGISTERED)
    (dead,) = returned.dead_ids
    gone = set(devnet.drift_of(DriftKind.DEAD_ON_L2).dead_ids) | {dead}
    ids = [each for each in (*EVERYONE, returned.operator_id) if each not in gone]
    performer = devnet.operators[ids[0] - 1].address
    assert hand_in(devnet, ids, performer=performer, sender=ids[1]).outcome.is_approved
    refused = hand_in(devnet, sorted([*ids, dead]), performer=performer, sender=ids[1], proof_of_task="again")
    assert (refused.revert.name, refused.revert.args) == ("InactiveOperator", (dead,))


def test_an_update_of_powers_lands_and_a_rejected_one_changes_nothing(modern):
    before = power(modern, 1), power(modern, 2)
    data = update_data(modern, [(1, 7)], [(2, 3)])
    assert hand_in(modern, range(1, 10), 10001, data=data, is_approved=False).revert is None
    assert (power(modern, 1), power(modern, 2)) == before
    assert hand_in(modern, range(1, 10), 10001, data=data).revert.name == "MessageAlreadySigned"
    data = update_data(modern, [(1, 7)], [(2, 3)])
    assert hand_in(modern, range(1, 10), 10001, data=data).outcome.is_approved
    assert (power(modern, 1), power(modern, 2)) == (before[0] + 7, before[1] - 3)
    again = hand_in(modern, range(1, 10), 10001, data=data, proof_of_task="replayed with another proof")
    assert again.revert.name == "InvalidToBlockL1VsLastCommitBlockL1"
    changes.mine(modern.l1_url)
    assert hand_in(modern, range(1, 10), 10001, data=update_data(modern, [], [(2, 2**200)])).revert.name == "Panic"


def test_totals_are_recounted_by_a_task(modern):
    total = rpc.calldata("totalVotingPowerPerTaskDefinition(uint256)", 2)
    before = int.from_bytes(rpc.read(modern.l2_url, modern.contracts.obls, total))
    changes.unregister_l2(modern, [modern.operators[0].address])
    recount = rpc.calldata(
        "setTotalVotingPowerPerRestrictedTaskDefinition(uint16,uint256,uint256[])", 2, 0, range(1, 7)
    )
    data = rpc.arguments_of("((address,bytes)[])", [(modern.contracts.obls, recount)])
    performer = modern.operators[1].address
    landed = hand_in(modern, range(2, 13), 10002, data=data, performer=performer, sender=2)
    assert landed.outcome.is_approved
    after = int.from_bytes(rpc.read(modern.l2_url, modern.contracts.obls, total))
    assert after == before - modern.operators[0].voting_power


def test_v1_has_no_internal_task_to_attest(devnets, unchanged):
    with unchanged(devnets(Generation.V1, drift=0)) as devnet:
        assert hand_in(devnet, definition=10001).revert.name == "TaskDefinitionNotFound"


def test_a_newcomer_attests_once_the_desk_knows_its_keys(calm):
    newcomer = dataclasses.replace(calm.operators[0], address="0x" + "11" * 20)
    changes.register_l2(calm, [newcomer], [calm.operators[0].voting_power])
    desk = open_desk(calm)
    assert hand_in(calm, (*EVERYONE, 13), desk=desk).revert.name == "InvalidOBLSSignature"
    known = dataclasses.replace(desk, keys_by_address={**desk.keys_by_address, newcomer.address: newcomer.keys})
    assert hand_in(calm, (*EVERYONE, 13), desk=known).outcome.is_approved


def test_the_desk_is_that_of_the_devnet(devnet):
    desk = open_desk(devnet)
    assert desk.center == AttestationCenter(devnet.contracts.attestation_center, devnet.generation)
    assert set(desk.keys_by_address) == {each.address for each in (*devnet.operators, *devnet.strangers)}
    assert (desk.url, desk.chain_id) == (devnet.l2_url, 31338)
