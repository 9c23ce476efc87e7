"""Senders told apart on real nodes, and real Safes that govern a devnet, alone and through MultiSendCallOnly."""

import contextlib

import pytest
import safes

from avsctl.chain.blocks import parse_block
from avsctl.chain.chunks import Route
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.queries.sender import find_multi_send, load_sender
from avsctl.chain.reader import BlockReader
from avsctl.chain.rpc import Rpc
from avsctl.chain.transport import Deadline, HttpTransport, SystemClock
from avsctl.contracts.attestation_center import AttestationCenter, decode_created_id
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.multi_send import DEPLOYMENTS, encode_multi_send
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, SetList, SetMaximum, SetMinimum
from avsctl.core.deployment import Generation, Layer
from avsctl.core.multisig import SafeState, Sender
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.devnet import rpc
from avsctl.errors import ChainError

ROUTES = [Route.LENS, Route.SINGLE]


@contextlib.contextmanager
def reading(url, route=Route.LENS):
    """Give a reader at the head."""
    chain_id = int(rpc.call(url, "eth_chainId"), 16)
    block = parse_block(rpc.call(url, "eth_getBlockByNumber", "latest", False), chain_id)
    transport = HttpTransport()
    with contextlib.closing(transport):
        connection = Rpc(Layer.L2, [Endpoint.parse(url)], transport, Deadline(SystemClock(), 60))
        connection.establish(chain_id)
        yield BlockReader(connection, block, route)


def load(url, address, route=Route.LENS):
    with reading(url, route) as reader:
        return load_sender(reader, address)


def owners_of(url, count=3):
    return rpc.call(url, "eth_accounts")[:count]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("version", safes.VERSIONS)
def test_a_safe_is_told_with_its_state(devnet_v2, version, route):
    url, owners = devnet_v2.l2_url, owners_of(devnet_v2.l2_url)
    safe = safes.create_safe(url, version, owners, 2)
    sender = load(url, safe, route)
    assert (sender.address, sender.has_code) == (safe, True)
    assert sender.safe == SafeState(version, 2, sender.safe.owners, 0)
    assert {owner.lower() for owner in sender.safe.owners} == {owner.lower() for owner in owners}
    safes.execute(url, safe, owners[0], b"")
    assert load(url, safe, route).safe.nonce == 1


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_no_safe(devnet_v2, route):
    url = devnet_v2.l2_url
    account, unused = devnet_v2.multisig, "0x000000000000000000000000000000000000dEaD"
    center, singleton = devnet_v2.contracts.attestation_center, safes.deploy_safe(url, "1.4.1")["Safe"]
    assert load(url, account, route) == Sender(account, False, None)
    assert load(url, unused, route) == Sender(unused, False, None)
    assert load(url, center, route) == Sender(center, True, None)
    assert load(url, singleton, route) == Sender(singleton, True, None)  # a Safe without owners


def test_an_account_with_a_key_that_lends_itself_code_has_none_of_its_own(devnet_v2):
    url, account = devnet_v2.l2_url, devnet_v2.multisig
    singleton = safes.deploy_safe(url, "1.4.1")["Safe"]
    rpc.call(url, "anvil_setCode", account, "0xef0100" + singleton[2:])
    assert load(url, account) == Sender(account, False, None)


def test_multi_send_is_told_by_its_code_and_taken_of_the_safes_own_version_first(devnet_v2):
    url = devnet_v2.l2_url
    with reading(url) as reader:
        assert find_multi_send(reader, "1.4.1") is None
    at = {version: safes.deploy_safe(url, version)["MultiSendCallOnly"] for version in ("1.5.0", "1.3.0")}
    with reading(url) as reader:
        found = {version: find_multi_send(reader, version) for version in ("1.3.0", "1.3.0+L2", "1.4.1", "1.5.0")}
    assert {version: each.address for version, each in found.items()} == {
        "1.3.0": at["1.3.0"],
        "1.3.0+L2": at["1.3.0"],
        "1.4.1": at["1.3.0"],
        "1.5.0": at["1.5.0"],
    }
    rpc.call(url, "anvil_setCode", at["1.3.0"], rpc.call(url, "eth_getCode", at["1.3.0"], "latest") + "00")
    with reading(url) as reader:
        assert find_multi_send(reader, "1.3.0").address == at["1.5.0"]


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_the_code_hashes_are_those_of_the_released_contracts(devnet_v2, version):
    url = devnet_v2.l2_url
    deployed = safes.deploy_safe(url, version)["MultiSendCallOnly"]
    code = bytes.fromhex(rpc.call(url, "eth_getCode", deployed, "latest")[2:])
    (known,) = (each for each in DEPLOYMENTS if each.address == deployed)
    assert (known.version, known.code_hash) == (version, keccak256(code))


# A Safe that governs


def govern_by(devnet, version="1.4.1"):
    """Move the governance role of the AttestationCenter to a new Safe."""
    safe = safes.create_safe(devnet.l2_url, version, owners_of(devnet.l2_url), 2)
    transfer = rpc.calldata("transferAvsGovernanceMultisig(address)", safe)
    rpc.send(devnet.l2_url, [rpc.Transaction(devnet.multisig, devnet.contracts.attestation_center, transfer)])
    return safe


def definition(url, center, task_definition_id):
    with reading(url) as reader:
        answers = tuple(reader.require(center.task_definition(task_definition_id)))
    return center.decode_task_definition(task_definition_id, answers)


def create_then_change(center, next_id):
    """Give the settings of one batch, and the definition that they end in."""
    is_v1 = center.generation is Generation.V1
    details = TaskDetails("by a safe", 2**256 - 1, 1, 2, 3, 4)
    settings = [
        CreateDefinition(TaskDefinition(next_id, 5, (1, 2)), details),
        SetMinimum(next_id, 7),
        SetList(next_id, (1, 2, 3)),
        *([] if is_v1 else [SetMaximum(next_id, 2)]),
    ]
    return settings, TaskDefinition(next_id, 7, (1, 2, 3), 0 if is_v1 else 2)


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_a_safe_makes_several_settings_in_one_transaction(devnet, version):
    url, safe = devnet.l2_url, govern_by(devnet, version)
    center = AttestationCenter(devnet.contracts.attestation_center, devnet.generation)
    with reading(url) as reader:
        (count,) = reader.require([center.num_of_task_definitions()])
    settings, expected = create_then_change(center, count + 1)
    target = safes.deploy_safe(url, version)["MultiSendCallOnly"]
    payload = encode_multi_send([center.write(setting) for setting in settings])
    receipt = safes.execute(url, safe, target, payload, safes.DELEGATECALL)
    assert definition(url, center, count + 1) == expected
    assert created_ids(receipt) == [count + 1]
    assert load(url, safe).safe.nonce == 1


def test_each_setting_alone_is_a_plain_call_of_the_safe(devnet):
    url, safe = devnet.l2_url, govern_by(devnet)
    center = AttestationCenter(devnet.contracts.attestation_center, devnet.generation)
    with reading(url) as reader:
        (count,) = reader.require([center.num_of_task_definitions()])
    settings, expected = create_then_change(center, count + 1)
    for transaction in map(center.write, settings):
        safes.execute(url, safe, transaction.to, transaction.data)
    assert definition(url, center, count + 1) == expected


def test_a_batch_fails_as_a_whole_and_only_as_a_delegatecall_does_it_come_from_the_safe(devnet_v2):
    url, safe = devnet_v2.l2_url, govern_by(devnet_v2)
    center = AttestationCenter(devnet_v2.contracts.attestation_center, Generation.V2)
    target = safes.deploy_safe(url, "1.4.1")["MultiSendCallOnly"]
    before = definition(url, center, 1)
    refused = rpc.calldata("setTaskDefinitionRestrictedAttesters(uint16,uint256[])", 1, [2, 1])
    batch = encode_multi_send([center.write(SetMinimum(1, 7)), Transaction(center.address, refused)])
    with pytest.raises(ChainError, match="reverted"):
        safes.execute(url, safe, target, batch, safes.DELEGATECALL)
    with pytest.raises(ChainError, match="reverted"):
        safes.execute(url, safe, target, encode_multi_send([center.write(SetMinimum(1, 7))]), safes.CALL)
    assert definition(url, center, 1) == before


def created_ids(receipt):
    logs = (([bytes.fromhex(t[2:]) for t in log["topics"]], bytes.fromhex(log["data"][2:])) for log in receipt["logs"])
    return [found for found in (decode_created_id(*log) for log in logs) if found is not None]
