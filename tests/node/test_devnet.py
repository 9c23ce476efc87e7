"""The devnet itself: what was planted is there, it is the same every time, its time is believable, and it ends."""

import dataclasses
import itertools
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reachability import ends
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError, ContractLogicError, Web3RPCError

from avsctl.contracts.multicall3 import ADDRESS as MULTICALL3
from avsctl.core.deployment import Generation
from avsctl.core.units import E18
from avsctl.devnet import changes, clock, rpc
from avsctl.devnet.changes import BreakMode
from avsctl.devnet.launch import DevnetSettings, start
from avsctl.devnet.plan import DriftKind, build_plan
from avsctl.devnet.world import env_file
from avsctl.errors import GenerationError, UsageError

ABIS = Path(__file__).parents[2] / "abis"
NOT_ACTIVE_OPERATOR = "0x3d738b2e"
GOVERNANCE = bytes.fromhex("f1688026").ljust(32, b"\0")
PARENT = """
import time
from avsctl.devnet.launch import DevnetSettings, start
with start(DevnetSettings()) as devnet:
    print(devnet.l1_url, devnet.l2_url, flush=True)
    time.sleep(60)
"""


class Contracts:
    """The contracts of a devnet through web3, which shares no code with avsctl."""

    def __init__(self, devnet):
        self.l1, self.l2 = (Web3(HTTPProvider(url)) for url in (devnet.l1_url, devnet.l2_url))
        at = devnet.contracts
        self.governance = self._load(self.l1, at.avs_governance, "AvsGovernance", devnet)
        self.center = self._load(self.l2, at.attestation_center, "AttestationCenter", devnet)
        self.obls = self._load(self.l2, at.obls, "OBLS", devnet)
        self.handler = at.internal_task_handler and self._load(
            self.l2, at.internal_task_handler, "InternalTaskHandler", devnet
        )

    @staticmethod
    def _load(web3, address, name, devnet):
        abi = json.loads((ABIS / f"{name}.{devnet.generation}.json").read_text())
        return web3.eth.contract(address=address, abi=abi)

    def operator_of(self, operator_id, block="latest"):
        return self.center.functions.getOperatorPaymentDetail(operator_id).call(block_identifier=block)[0]

    def is_active(self, operator_id):
        return self.obls.functions.isActive(operator_id).call()

    def l1_answer(self, address):
        """What votingPower answers; None where it reverts with NotActiveOperator()."""
        try:
            return self.governance.functions.votingPower(address).call()
        except ContractCustomError as error:
            if error.data != NOT_ACTIVE_OPERATOR:
                raise
            return None

    def is_registered(self, address):
        return self.governance.functions.isOperatorRegistered(address).call()

    def active_power_by_id(self):
        ids = range(1, self.center.functions.numOfTotalOperators().call() + 1)
        return {i: self.obls.functions.votingPower(i).call() for i in ids if self.is_active(i)}


@pytest.fixture
def contracts(devnet):
    loaded = Contracts(devnet)
    yield loaded
    for web3 in (loaded.l1, loaded.l2):
        web3.provider._request_session_manager.session_cache.clear()


def block_of(url, tag="latest"):
    block = rpc.call(url, "eth_getBlockByNumber", tag, False)
    return int(block["number"], 16), int(block["timestamp"], 16)


# What was planted


def test_every_kind_of_drift_is_there_as_told(devnet, contracts):
    assert [drift.kind for drift in devnet.drift] == list(DriftKind)
    for drift in devnet.drift:
        assert contracts.is_registered(drift.address) is (drift.kind is not DriftKind.UNREGISTERED_ON_L1)
        assert contracts.l1_answer(drift.address) == drift.l1_answer
        assert drift.l1_voting_power == (drift.l1_answer or 0 if contracts.is_registered(drift.address) else 0)
        assert drift.l1_voting_power != drift.l2_voting_power
        if drift.operator_id is not None:
            assert contracts.operator_of(drift.operator_id) == drift.address
            assert contracts.is_active(drift.operator_id)
            assert contracts.obls.functions.votingPower(drift.operator_id).call() == drift.l2_voting_power
        for dead_id in drift.dead_ids:
            assert contracts.operator_of(dead_id) == drift.address
            assert not contracts.is_active(dead_id)


def test_one_who_left_eigenlayer_reverts_on_v1_and_has_no_power_after(devnet, contracts):
    answer = contracts.l1_answer(devnet.drift_of(DriftKind.LEFT_EIGENLAYER).address)
    assert answer == (None if devnet.generation is Generation.V1 else 0)


def test_l2_never_heard_of_a_stranger(devnet, contracts):
    known = {contracts.operator_of(i) for i in range(1, contracts.center.functions.numOfTotalOperators().call() + 1)}
    (stranger,) = devnet.strangers
    assert stranger.address not in known
    assert contracts.is_registered(stranger.address)
    assert {drift.address for drift in devnet.drift} - known == {stranger.address}


def test_the_others_are_in_sync_and_all_counts_agree(devnet, contracts):
    drifted = {drift.address for drift in devnet.drift}
    for operator_id, operator in enumerate(devnet.operators, 1):
        assert contracts.operator_of(operator_id) == operator.address
        if operator.address not in drifted:
            assert contracts.is_registered(operator.address)
            assert contracts.l1_answer(operator.address) == operator.voting_power
            assert contracts.obls.functions.votingPower(operator_id).call() == operator.voting_power
    active = contracts.active_power_by_id()
    assert contracts.obls.functions.totalVotingPower().call() == sum(active.values())
    assert contracts.center.functions.numOfActiveOperators().call() == len(active)
    everyone = {operator.address for operator in (*devnet.operators, *devnet.strangers)}
    registered = sum(contracts.is_registered(address) for address in everyone)
    assert contracts.governance.functions.numOfActiveOperators().call() == registered


def test_some_powers_are_odd(devnet):
    powers = [operator.voting_power for operator in devnet.operators]
    assert 0 < sum(power % E18 != 0 for power in powers) < len(powers)


def test_the_task_definitions_are_there_as_told(devnet, contracts):
    reads = contracts.center.functions
    made = [each for each in devnet.task_definitions if each.task_definition_id < 10001]
    assert reads.numOfTaskDefinitions().call() == len(made) == 4
    for each in devnet.task_definitions:
        if devnet.generation is Generation.V3:
            details = reads.getTaskDefinitionDetails(each.task_definition_id).call()
            found = (details[9], tuple(details[10]), details[11])
            assert each.name in ("", details[3])
        elif devnet.generation is Generation.V2:
            found = (
                reads.getTaskDefinitionMinimumVotingPower(each.task_definition_id).call(),
                tuple(reads.getTaskDefinitionRestrictedAttesters(each.task_definition_id).call()),
                reads.getTaskDefinitionMaximumNumberOfAttesters(each.task_definition_id).call(),
            )
        else:
            found = (
                reads.getTaskDefinitionMinimumVotingPower(each.task_definition_id).call(),
                tuple(reads.getTaskDefinitionRestrictedOperators(each.task_definition_id).call()),
                0,
            )
        assert found == (each.minimum_voting_power, each.restricted_ids, each.maximum_attesters)
    assert any(each.maximum_attesters for each in devnet.task_definitions) is (devnet.generation is not Generation.V1)


def test_without_drift_every_total_is_fresh_and_the_maximum_can_be_met(devnets):
    for generation in Generation:
        devnet = devnets(generation, drift=0)
        contracts = Contracts(devnet)
        powers = contracts.active_power_by_id()
        assert powers == {i: operator.voting_power for i, operator in enumerate(devnet.operators, 1)}
        for each in devnet.task_definitions:
            ids = each.restricted_ids or powers
            eligible = sorted(powers[i] for i in ids if powers[i] >= each.minimum_voting_power)
            if each.has_own_total:
                stored = contracts.obls.functions.totalVotingPowerPerTaskDefinition(each.task_definition_id).call()
                assert stored == sum(eligible)
            if each.maximum_attesters:
                assert sum(eligible[-each.maximum_attesters :]) * 3 >= 2 * sum(eligible)


def test_two_syncs_have_landed(devnet, contracts):
    if devnet.generation is Generation.V1:
        assert contracts.handler is None
        return
    events = contracts.handler.events.VotingPowerUpdated().get_logs(from_block=0)
    assert len(events) == 2
    assert contracts.handler.functions.getLastCommitBlockL1().call() == events[-1].args.toBlockL1
    assert contracts.handler.functions.getLastCommitBlockL2().call() == events[-1].args.toBlockL2
    before = events[-1].args.toBlockL2
    assert contracts.handler.functions.getLastCommitBlockL2().call(block_identifier=before) == events[0].args.toBlockL2
    for event in events:
        assert 0 < event.args.toBlockL2 < event.blockNumber
        powers = [
            contracts.governance.functions.votingPower(operator.address).call(block_identifier=event.args.toBlockL1)
            for operator in devnet.operators
        ]
        assert powers == [
            contracts.obls.functions.votingPower(i).call(block_identifier=event.blockNumber)
            for i in range(1, len(devnet.operators) + 1)
        ]
    totals = contracts.handler.events.ExecuteInternalTransactionsTask().get_logs(from_block=before)
    assert len(totals) == 1


def test_governance_is_the_multisig_on_both_layers(devnet, contracts):
    for contract in (contracts.governance, contracts.center):
        assert contract.functions.hasRole(GOVERNANCE, devnet.multisig).call()
        assert not contract.functions.hasRole(GOVERNANCE, devnet.owner).call()


def test_multicall_is_there_unless_it_is_not_wanted(devnets):
    for url in (devnets().l1_url, devnets().l2_url):
        assert len(rpc.call(url, "eth_getCode", MULTICALL3, "finalized")) > 2
    bare = devnets(has_multicall=False)
    for url in (bare.l1_url, bare.l2_url):
        assert rpc.call(url, "eth_getCode", MULTICALL3, "latest") == "0x"


# The same every time


def test_a_seed_makes_the_same_devnet_and_another_seed_another(devnets):
    settings = DevnetSettings(drift=8, is_mining=False, head_time=1_750_000_000)
    with start(settings) as first:
        hashes = [
            rpc.call(url, "eth_getBlockByNumber", "latest", False)["hash"] for url in (first.l1_url, first.l2_url)
        ]
    with start(settings) as second:
        again = [
            rpc.call(url, "eth_getBlockByNumber", "latest", False)["hash"] for url in (second.l1_url, second.l2_url)
        ]
    assert hashes == again
    apart = {"l1_url": "", "l2_url": "", "l1_pid": 0, "l2_pid": 0}
    assert dataclasses.replace(first, **apart) == dataclasses.replace(second, **apart)
    assert dataclasses.replace(first, **apart) == dataclasses.replace(devnets(), **apart)
    assert build_plan(Generation.V2, 12, 8, 1) != build_plan(Generation.V2, 12, 8, 2)


def test_keys_belong_to_addresses_and_no_two_operators_are_alike():
    plan = build_plan(Generation.V2, 50, 50, 7)
    everyone = (*plan.operators, *plan.strangers)
    for operator in everyone:
        assert Web3().eth.account.from_key(operator.private_key).address == operator.address
    assert len({operator.address for operator in everyone}) == len({operator.bls_key for operator in everyone}) == 56
    assert len({drift.address for drift in plan.drift}) == 50
    assert all(drift.l1_voting_power != drift.l2_voting_power for drift in plan.drift)


@pytest.mark.parametrize(("operators", "drift"), [(0, 0), (3, 4), (2, -1), (10**6, 0)])
def test_what_makes_no_devnet_is_a_usage_error(operators, drift):
    with pytest.raises(UsageError):
        build_plan(Generation.V2, operators, drift, 1)


@pytest.mark.parametrize("operators", [1, 2, 3])
def test_a_devnet_may_be_small(devnets, operators):
    for generation in Generation:
        devnet = devnets(generation, operators=operators, drift=operators)
        assert len(devnet.operators) == len(devnet.drift) == operators


def test_two_hundred_operators(devnets):
    devnet = devnets(operators=200, drift=20, seed=3)
    contracts = Contracts(devnet)
    assert contracts.center.functions.numOfTotalOperators().call() == 202
    assert len({drift.address for drift in devnet.drift}) == 20


# Time


def test_heads_are_young_and_what_is_behind_them_is_final(devnet, contracts):
    for url, address in ((devnet.l1_url, contracts.governance.address), (devnet.l2_url, contracts.center.address)):
        head, _ = block_of(url)
        for tag, depth in (("safe", 32), ("finalized", 64)):
            assert block_of(url, tag)[0] == head - depth
            assert len(rpc.call(url, "eth_getCode", address, tag)) > 2
    for block in ("safe", "finalized"):
        now = contracts.center.functions.numOfTotalOperators().call()
        assert contracts.center.functions.numOfTotalOperators().call(block_identifier=block) == now
        registered = contracts.governance.functions.numOfActiveOperators().call()
        assert contracts.governance.functions.numOfActiveOperators().call(block_identifier=block) == registered


@pytest.mark.parametrize("operators", [1, 12])
def test_time_only_goes_forward_and_ends_at_the_present(operators):
    with start(DevnetSettings(operators=operators, drift=1, is_mining=False)) as devnet:
        for url, pace in ((devnet.l1_url, clock.L1_BLOCK_SECONDS), (devnet.l2_url, clock.L2_BLOCK_SECONDS)):
            head, newest = block_of(url)
            assert -2 <= time.time() - newest < 10
            times = [block_of(url, hex(number))[1] for number in range(head + 1)]
            gaps = [after - before for before, after in itertools.pairwise(times)]
            assert min(gaps) >= pace
            assert gaps[-69:] == [pace] * 69
            assert int(rpc.call(url, "eth_getBlockByNumber", "latest", False)["gasLimit"], 16) == clock.BLOCK_GAS_LIMIT


def test_heads_stand_still_until_a_transaction_is_mined_at_once_and_in_pace(devnet_v2):
    devnet = devnet_v2
    number, timestamp = block_of(devnet.l2_url)
    time.sleep(2.5)
    assert block_of(devnet.l2_url) == (number, timestamp)
    changes.register_l2(devnet, devnet.strangers, [1])
    assert block_of(devnet.l2_url) == (number + 1, timestamp + clock.L2_BLOCK_SECONDS)
    changes.mine(devnet.l2_url, 5)
    assert block_of(devnet.l2_url) == (number + 6, timestamp + 6 * clock.L2_BLOCK_SECONDS)


def test_a_mining_devnet_goes_on_by_itself():
    with start(DevnetSettings()) as devnet:
        before = block_of(devnet.l2_url)[0]
        time.sleep(4.5)
        number, newest = block_of(devnet.l2_url)
        assert number - before in (2, 3)
        assert -2 <= time.time() - newest < 4
        changes.set_powers(devnet, {devnet.operators[0].address: 5})  # L1 is not due for seconds yet
        assert Contracts(devnet).l1_answer(devnet.operators[0].address) == 5


def test_what_a_test_changes_is_undone(devnets, unchanged):
    devnet = devnets()
    address = devnet.operators[0].address
    contracts = Contracts(devnet)
    before = contracts.l1_answer(address), block_of(devnet.l1_url), block_of(devnet.l2_url)
    with unchanged(devnet):
        changes.set_powers(devnet, {address: 77})
        changes.unregister_l2(devnet, [address])
        assert contracts.l1_answer(address) == 77
        assert not contracts.is_active(1)
    assert (contracts.l1_answer(address), block_of(devnet.l1_url), block_of(devnet.l2_url)) == before
    assert contracts.is_active(1)


# Changes


def test_powers_are_exact(devnet, contracts):
    wanted = {
        operator.address: power for operator, power in zip(devnet.operators, (0, 1, 4, 5, 6, E18 + 1), strict=False)
    }
    changes.join_eigenlayer(devnet, list(wanted))
    changes.set_powers(devnet, wanted)
    assert {address: contracts.l1_answer(address) for address in wanted} == wanted


@pytest.mark.parametrize("mode", list(BreakMode), ids=lambda mode: mode.name)
def test_a_read_of_l1_fails_as_it_is_told_to(devnet, contracts, mode):
    address, other = devnet.operators[0].address, devnet.operators[2].address
    changes.break_read(devnet, address, mode)
    read = contracts.governance.functions.votingPower(address)
    if mode is BreakMode.WORKS:
        assert read.call() == devnet.operators[0].voting_power
    else:
        with pytest.raises((ContractLogicError, Web3RPCError)):
            read.call({"gas": 3_000_000})
    assert contracts.l1_answer(other) is not None
    changes.break_read(devnet, address, BreakMode.WORKS)
    assert read.call() == devnet.operators[0].voting_power


def test_registration_changes_one_layer_alone(devnet, contracts):
    operator = devnet.operators[0]
    changes.unregister_l1(devnet, [operator.address])
    assert not contracts.is_registered(operator.address)
    assert contracts.is_active(1)
    changes.register_l1(devnet, [operator])
    changes.unregister_l2(devnet, [operator.address])
    assert contracts.is_registered(operator.address)
    assert not contracts.is_active(1)


def test_a_sync_and_a_refresh_change_powers_and_totals(devnet, contracts):
    listed = next(each for each in devnet.task_definitions if each.restricted_ids)
    alive = [i for i in listed.restricted_ids if contracts.is_active(i)]
    power = contracts.obls.functions.votingPower(alive[0]).call
    total = contracts.obls.functions.totalVotingPowerPerTaskDefinition(listed.task_definition_id).call
    before, old_total = power(), total()
    changes.land_sync(devnet, {alive[0]: 7}, {alive[1]: 2})
    assert (power(), total()) == (before + 7, old_total)
    changes.refresh_totals(devnet)
    active = contracts.active_power_by_id()
    assert total() == sum(active.get(i, 0) for i in listed.restricted_ids)


def test_v1_has_no_internal_tasks(devnet_v1):
    with pytest.raises(GenerationError):
        changes.process_task(devnet_v1, 10001, b"")


# The settings of avsctl, and the end


def test_the_env_file_has_every_setting_and_no_key(devnet, env_for):
    text = env_file(devnet)
    assert dict(line.split("=", 1) for line in text.splitlines()) == env_for(devnet)
    assert env_for(devnet)["L2_CHAIN"] == "31338"
    assert not any(operator.private_key[2:] in text for operator in devnet.operators)
    assert not any(operator.private_key in repr(operator) for operator in devnet.operators)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_no_node_of_a_devnet_outlives_its_parent(end):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        urls = parent.stdout.readline().split()
        assert len(urls) == 2
        parent.send_signal(end)
        parent.wait(20)
    assert all(ends(url) for url in urls)
