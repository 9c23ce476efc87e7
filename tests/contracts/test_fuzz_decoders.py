"""Every decoder on damaged encodings: it gives a value or the error that it documents, and what it reads it can write.

The damage is what hostile contracts and files do: lengths and offsets beyond reason, words cut, doubled or exchanged.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from avsctl.contracts import (
    attestation_center_logs,
    lens,
    power_logs,
    reverts,
    roles,
    safe_contents,
    safe_logs,
    safe_storage,
    scout,
    storage,
    submit_task,
    task_contents,
    task_data,
    task_logs,
    words,
)
from avsctl.contracts.abi import (
    GENERATIONS_BY_CONTRACT,
    decode_values,
    load_entries,
    load_function,
    load_writes,
)
from avsctl.contracts.attestation_center import AttestationCenter, decode_created_id, decode_setting, read_transaction
from avsctl.contracts.avs_governance import decode_operator_registered
from avsctl.contracts.decoding import decode_bytes, decode_call, decode_error
from avsctl.contracts.error_text import read_error_text
from avsctl.contracts.multi_send import decode_multi_send, encode_multi_send, unpack_calls
from avsctl.contracts.multicall3 import decode_results
from avsctl.contracts.nested import decode_nested
from avsctl.contracts.safe_tx import SafeTx, decode_exec, encode_exec, prevalidate
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, SetList, SetMaximum, SetMinimum
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import UINT256_MAX, Address
from avsctl.errors import AnswerError, GenerationError

SOAK = bool(os.environ.get("AVSCTL_SOAK"))
CENTER = Address("0x04d2D471959b7Adbaf27A2E158D25088ab8C2843")
RECORDED = json.loads((Path(__file__).parents[1] / "chain" / "recorded_syncs.json").read_text(encoding="utf-8"))
LOGS = [log for name in ("landed", "rejected", "totals") for log in RECORDED[name]]
V1, V2, V3 = Generation
CENTERS = tuple(AttestationCenter(CENTER, generation) for generation in Generation)
DETAILS = TaskDetails("a name", UINT256_MAX, 1, 2, 3, 4)
SETTINGS = (
    CreateDefinition(TaskDefinition(9, 5, (1, 2), 0), DETAILS),
    SetMinimum(3, 5),
    SetList(3, (1, 2, 3)),
)
WRITES = [center.write(each) for center in CENTERS for each in SETTINGS] + [CENTERS[1].write(SetMaximum(3, 4))]
UPDATE = task_data.encode_update(VotingPowerUpdate((PowerChange(3, 5),), (PowerChange(4, 6),), 100, 200, ()))
TASK = submit_task.Task("proof", UPDATE, CENTER, 10001)
SUBMITTED = [
    submit_task.encode_submit(generation, TASK, submit_task.Submission(True, b"\1" * 65, (5, 6), (1, 2, 3)))
    for generation in Generation
]
NUMBERS = (0, 1, 2, 31, 32, 33, 64, 96, 1023, 2**32, 2**63, 2**64 - 1, 2**255, UINT256_MAX)


def soak(examples):
    return settings(max_examples=examples * 50 if SOAK else examples)


def spoil(draw, data):
    """Damage data in one way."""
    at = draw(st.integers(0, max(0, len(data) - 1)))
    word = at // 32 * 32 + draw(st.sampled_from([0, 4]))
    before, own, after = data[:word], data[word : word + 32], data[word + 32 :]
    number = draw(st.sampled_from(NUMBERS) | st.integers(0, UINT256_MAX))
    ways = {
        "cut": data[:at],
        "add": data + number.to_bytes(32)[at % 32 :],
        "flip": data[:at] + bytes(byte ^ (1 << number % 8) for byte in data[at : at + 1]) + data[at + 1 :],
        "put": before + number.to_bytes(32) + after,
        "drop": before + after,
        "double": before + own + own + after,
        "swap": before + after[:32] + own + after[32:],
    }
    return ways[draw(st.sampled_from(sorted(ways)))]


@st.composite
def damaged(draw, seeds):
    """Data as it is, damaged once or a few times, or no such data at all."""
    data = draw(st.sampled_from(seeds) | st.binary(max_size=200))
    for _ in range(draw(st.integers(0, 3))):
        data = spoil(draw, data)
    return data


RESULTS = encode(["(bool,bytes)[]"], [[(True, b"\1" * 33), (False, b"")]])
LISTS = encode(["(uint256,uint256)[]"], [[(1, 2), (3, 4)]])
EXEC = encode_exec(SafeTx(CENTER, b"\1\2", 41), prevalidate(CENTER))
MULTI = encode_multi_send(WRITES[:3])
CALLDATA = [each.data for each in WRITES] + [
    EXEC,
    MULTI,
    UPDATE,
    bytes.fromhex("08c379a0") + encode(["string"], ["no"]),
]
NESTED = ("string", "(uint256,uint256[],(bool,bytes)[])", "address[]", "bytes4")
VALUES = ("string", "uint256[]", "bytes")
POWER_WRITES = [selector + LISTS for selector in load_writes("OBLS", V2)]
NESTED_SEED = encode(NESTED, ["text", (1, [2, 3], [(True, b"x")]), [CENTER], b"\1\2\3\4"])
DECODERS = {
    "decode_bytes": (decode_bytes, CALLDATA, ()),
    "decode_call": (decode_call, CALLDATA, ()),
    "decode_error": (decode_error, CALLDATA, ()),
    "decode_revert": (reverts.decode_revert, CALLDATA, ()),
    "decode_multi_send": (decode_multi_send, [MULTI], ValueError),
    "unpack_calls": (unpack_calls, [MULTI[68:]], ()),
    "decode_exec": (decode_exec, [EXEC], ValueError),
    "decode_submit": (submit_task.decode_submit, SUBMITTED, ValueError),
    "decode_update": (task_data.decode_update, [UPDATE], ValueError),
    "decode_totals": (lambda data: task_data.decode_totals(data, CENTER), [LISTS, UPDATE], ValueError),
    "read_task_data": (lambda data: [task_contents.read_task_data(i, data) for i in (10001, 10002, 3)], [UPDATE], ()),
    "read_bare": (task_contents.read_bare, [UPDATE, LISTS], ()),
    "decode_results": (lambda data: decode_results(data, 2), [RESULTS], AnswerError),
    "decode_aggregate3": (lambda data: words.decode_aggregate3(data, 2), [RESULTS], ValueError),
    "decode_word_rows": (lambda data: words.decode_word_rows(data, (1, 2, 3)), [LISTS], ValueError),
    "decode_run": (lambda data: lens.decode_run(data, 2), [RESULTS], AnswerError),
    "decode_scouted": (scout.decode_scouted, [bytes(72)], AnswerError),
    "decode_nested": (lambda data: decode_nested(NESTED, data), [NESTED_SEED], ValueError),
    "decode_values": (lambda data: decode_values(VALUES, data), [encode(VALUES, ["a", [1], b"b"])], ValueError),
    "read_signatures": (safe_contents.read_signatures, [prevalidate(CENTER), bytes(130)], ()),
    "read_text": (submit_task.read_text, [b"proof", b"\xff\xfe"], ()),
    "name_role": (roles.name_role, [bytes(32)], ()),
    "read_write": (lambda data: [power_logs.read_write(each, data) for each in Generation], POWER_WRITES, ()),
    "decode_setting": (
        lambda data: [decode_setting(read_transaction(each, CENTER, 0, data), 5) for each in CENTERS],
        CALLDATA,
        (),
    ),
}


@pytest.mark.parametrize("name", DECODERS)
def test_damaged_data_is_read_or_refused(name):
    decode, seeds, documented = DECODERS[name]

    @given(damaged(seeds))
    @soak(60)
    def check(data):
        try:
            decode(data)
        except documented:
            return

    check()


def views(generation):
    """Every function of every contract that changes nothing."""
    for contract, generations in GENERATIONS_BY_CONTRACT.items():
        for entry in load_entries(contract, str(generation)) if generation in generations else ():
            if entry["type"] == "function" and entry["stateMutability"] in ("view", "pure") and not takes_tuple(entry):
                inputs = [parameter["type"] for parameter in entry["inputs"]]
                yield load_function(contract, generation, entry["name"], *inputs)


def takes_tuple(entry):
    return any(parameter["type"].startswith("tuple") for parameter in entry["inputs"])


@pytest.mark.parametrize("generation", list(Generation), ids=str)
def test_every_answer_of_a_contract_is_read_or_refused(generation):
    functions = [each for each in views(generation) if each.outputs]
    assert len(functions) > 10

    @given(st.sampled_from(functions), damaged([LISTS, RESULTS, encode(["string"], ["a name"]), bytes(32)]))
    @soak(100)
    def check(function, data):
        try:
            values = function.decode(data)
        except AnswerError:
            return
        assert isinstance(values, tuple)

    check()


@st.composite
def damaged_logs(draw):
    """A recorded log with its data and its topics damaged, as hex that any node may send."""
    log = draw(st.sampled_from(LOGS))
    data = bytes.fromhex(log["data"][2:])
    for _ in range(draw(st.integers(0, 3))):
        data = spoil(draw, data)
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    if draw(st.booleans()):
        topics = [topics[0], *draw(st.lists(st.binary(min_size=32, max_size=32), max_size=3))]
    return log | {"data": f"0x{data.hex()}", "topics": [f"0x{topic.hex()}" for topic in topics]}


@given(st.lists(damaged_logs(), min_size=1, max_size=4), st.sampled_from([V2, V3]))
@soak(120)
def test_damaged_logs_are_read_or_refused(logs, generation):
    decoders = (
        lambda log: task_logs.decode_outcome(generation, log),
        lambda log: task_logs.decode_power_sync(generation, log),
        lambda log: task_logs.decode_processed(generation, log),
        power_logs.decode_power_write,
        safe_logs.decode_end,
        attestation_center_logs.decode_submitted_id,
        attestation_center_logs.decode_governor,
        decode_operator_registered,
        lambda log: decode_created_id(
            [bytes.fromhex(each[2:]) for each in log["topics"]], bytes.fromhex(log["data"][2:])
        ),
        lambda log: power_logs.read_syncs(generation, RECORDED["obls"], [*logs, log]),
    )
    for decode in decoders:
        for log in logs:
            try:
                decode(log)
            except AnswerError:
                continue


@given(
    st.lists(
        st.binary(min_size=32, max_size=32) | st.sampled_from([each.to_bytes(32) for each in NUMBERS]),
        min_size=40,
        max_size=40,
    )
)
@soak(100)
def test_any_words_of_storage_are_read(slots):
    storage.decode_definition(slots[: len(storage.definition_slots(3))])
    name_slots = storage.name_slots(3, slots[0])
    assert len(name_slots) < 10_000
    name = storage.decode_name(slots[0], [slots[at % 40] for at in range(len(name_slots))])
    assert name is None or len(name) < 1_000_000
    for decode in (storage.decode_fee_calculator, storage.decode_avs_logic):
        decode(slots[1])
    storage.decode_open_aggregator(slots[2], CENTER)
    safe_storage.decode_setup(slots[: len(safe_storage.setup_slots())])


@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                "0x",
                "08c379a0",
                "Error(",
                ")",
                "'",
                "custom error ",
                "cabeb655",
                "GS0",
                "13",
                "Panic(",
                "0x11",
                " ",
                "\x00",
                "é",
                "9" * 80,
                "f" * 64,
            ]
        )
    ).map("".join)
)
@soak(200)
def test_any_text_of_an_error_is_read(text):
    read_error_text(text)


# What is read can be written


@given(damaged([UPDATE]))
@soak(150)
def test_an_update_that_is_read_is_written_as_it_was(data):
    try:
        update = task_data.decode_update(data)
    except ValueError:
        return
    assert task_data.encode_update(update) == data


@given(damaged([EXEC, MULTI]))
@soak(150)
def test_a_safe_transaction_that_is_read_is_written_as_it_was(data):
    try:
        if data[:4] == MULTI[:4]:
            assert encode_multi_send(decode_multi_send(data)) == data
        else:
            assert encode_exec(*decode_exec(data)) == data
    except ValueError:
        return


@given(damaged([NESTED_SEED]))
@soak(100)
def test_values_that_are_read_are_written_as_they_were(data):
    try:
        values = decode_nested(NESTED, data)
    except ValueError:
        return
    if "\\x" not in values[0]:
        assert encode(NESTED, values) == data


@given(st.sampled_from(range(len(WRITES))), st.data())
@soak(100)
def test_a_change_that_is_read_is_written_as_it_was(at, draw):
    data = draw.draw(damaged([WRITES[at].data]))
    for center in CENTERS:
        transaction = read_transaction(center, CENTER, 0, data)
        assert isinstance(transaction, Transaction)
        assert transaction.data == data
        setting = decode_setting(transaction, 9)
        if isinstance(setting, SetMinimum | SetMaximum) or (isinstance(setting, SetList) and center is not CENTERS[0]):
            with suppress(GenerationError):  # V1 has no definition 0
                assert center.write(setting).data[4:] == data[4:]
