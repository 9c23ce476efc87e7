"""Syncs put together from logs, on what a real node sent and on what only hostile ones send."""

import json
from pathlib import Path

import pytest
from eth_abi import encode
from eth_utils import keccak

from avsctl.contracts.abi import load_function
from avsctl.contracts.power_logs import (
    DECREASE_TOPIC,
    INCREASE_TOPIC,
    PowerWrite,
    decode_power_write,
    read_syncs,
    read_write,
)
from avsctl.core.deployment import Generation
from avsctl.core.history import SyncKind
from avsctl.core.power import PowerChange
from avsctl.errors import AnswerError

RECORDED = json.loads((Path(__file__).parents[1] / "chain" / "recorded_syncs.json").read_text(encoding="utf-8"))
OBLS = RECORDED["obls"]
LANDED, REJECTED, TOTALS = (RECORDED[name] for name in ("landed", "rejected", "totals"))
E18 = 10**18
PAIRS = "(uint256,uint256)[]"


def syncs(logs, generation=Generation.V2):
    return read_syncs(generation, OBLS, logs)


def write(topic, pairs, index, **others):
    data = "0x" + encode([PAIRS], [pairs]).hex()
    return LANDED[1] | {"topics": [topic], "data": data, "logIndex": hex(index)} | others


@pytest.mark.parametrize(("topic", "name"), [(INCREASE_TOPIC, "Increase"), (DECREASE_TOPIC, "Decrease")])
def test_topics(topic, name):
    assert topic == "0x" + keccak(text=f"{name}BatchOperatorVotingPower((uint256,uint256)[])").hex()


def test_a_sync_that_landed():
    (sync,) = syncs(LANDED)
    assert (sync.kind, sync.is_approved) == (SyncKind.POWER_SYNC, True)
    assert sync.deltas == ((3, E18), (2, -E18 // 2))
    assert sync.attester_ids == tuple(range(1, 10))
    assert sync.block == int(LANDED[0]["blockNumber"], 16)
    assert sync.transaction == LANDED[0]["transactionHash"]
    assert sync.to_blocks[0] > 0
    assert sync.to_blocks[1] < sync.block
    assert sync.performer is not None
    assert sync.task_number > 0
    assert syncs([*LANDED[::-1], *LANDED]) == (sync,)


def test_a_rejected_one_tells_what_it_proposed():
    (sync,) = syncs(REJECTED)
    assert (sync.kind, sync.is_approved, sync.deltas) == (SyncKind.POWER_SYNC, False, ((3, E18), (2, -E18 // 2)))
    assert sync.to_blocks is not None


def test_recounts():
    (sync,) = syncs(TOTALS)
    assert (sync.kind, len(sync.recounts), sync.unreadable) == (SyncKind.TOTALS_SYNC, 1, None)
    assert sync.attester_ids == tuple(range(1, 10))


def test_all_of_them_newest_first():
    assert [sync.kind.value for sync in syncs([*LANDED, *REJECTED, *TOTALS])] == [
        "totals_sync",
        "power_sync",
        "power_sync",
    ]


def test_without_a_verdict_the_deltas_are_still_those_of_obls():
    (sync,) = syncs(LANDED[1:])
    assert sync.kind is SyncKind.POWER_SYNC
    assert sync.deltas == ((3, E18), (2, -E18 // 2))
    assert (sync.performer, sync.task_number, sync.attester_ids) == (None, None, None)


def test_an_approval_that_the_handler_says_nothing_of_is_read_from_its_own_data():
    """As where the handler that ran it is not the one of now."""
    (sync,) = syncs(LANDED[:1])
    assert (sync.is_approved, sync.deltas) == (True, ((3, E18), (2, -E18 // 2)))
    (with_writes,) = syncs(LANDED[:3])
    assert with_writes.deltas == sync.deltas


def test_what_a_syncer_writes_before_a_task_in_the_same_transaction_stands_apart():
    first = int(LANDED[1]["logIndex"], 16)
    extra = [write(DECREASE_TOPIC, [(9, 4)], first - 2), write(INCREASE_TOPIC, [(8, 5)], first - 1)]
    found = syncs([*extra, *LANDED])
    assert [(sync.kind.value, sync.deltas) for sync in found] == [
        ("power_sync", ((3, E18), (2, -E18 // 2))),
        ("syncer_write", ((8, 5),)),
        ("syncer_write", ((9, -4),)),
    ]


def test_a_write_alone():
    (sync,) = syncs([write(INCREASE_TOPIC, [(8, 5), (2**256 - 1, 1)], 0)])
    assert (sync.kind, sync.deltas) == (SyncKind.SYNCER_WRITE, ((8, 5), (2**256 - 1, 1)))
    assert sync.task_definition_id is None


def test_ordinary_tasks_are_left_out():
    topics = [*LANDED[0]["topics"][:2], f"0x{3:064x}"]
    assert syncs([LANDED[0] | {"topics": topics}]) == ()


def test_garbage_in_a_rejected_task_is_said_so():
    types, values = ["uint32", "string", "bytes", "uint256[]"], [7, "proof", b"\1" * 33, [1]]
    (sync,) = syncs([REJECTED[0] | {"data": "0x" + encode(types, values).hex()}])
    assert sync.unreadable is not None
    assert (sync.deltas, sync.to_blocks) == ((), None)


@pytest.mark.parametrize("data", ["0x", "0x1234", "0x" + encode([PAIRS], [[(1, 2)]]).hex()[:-64]])
def test_an_event_in_another_shape_is_an_error(data):
    with pytest.raises(AnswerError, match="another shape"):
        decode_power_write(LANDED[1] | {"data": data})


@pytest.mark.parametrize("hash_", [None, 7, "0x12", "0x" + "g" * 64])
def test_a_log_without_a_transaction_is_an_error(hash_):
    with pytest.raises(AnswerError, match="no transaction"):
        syncs([LANDED[1] | {"transactionHash": hash_}])


# Calldata of V1's syncer


@pytest.mark.parametrize("generation", list(Generation))
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("increaseBatchOperatorVotingPower", ([(3, 7), (4, 8)],)),
        ("decreaseBatchOperatorVotingPower", ([(3, 7), (4, 8)],)),
        ("increaseOperatorVotingPower", (3, 7)),
        ("decreaseOperatorVotingPower", (3, 7)),
    ],
)
def test_calldata_by_which_a_syncer_writes(generation, name, args):
    calldata = load_function("OBLS", generation, name).encode(*args)
    pairs = args[0] if len(args) == 1 else [args]
    changes = tuple(PowerChange(*pair) for pair in pairs)
    assert read_write(generation, calldata) == PowerWrite(name.startswith("increase"), changes)
    assert read_write(generation, calldata[:-1]) is None


def test_other_calldata_is_none():
    assert read_write(Generation.V1, b"") is None
    assert read_write(Generation.V1, load_function("OBLS", Generation.V1, "unRegisterOperator").encode(3)) is None
