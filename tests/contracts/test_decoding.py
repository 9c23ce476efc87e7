"""Bytes read without a chain: every kind, what is nested in it, and whatever a stranger makes of them."""

import time

import pytest
from abi_values import ADDRESSES, calldata, values
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.decoding import DEEPEST, MOST_CALLS, Kind, decode_bytes, decode_call, decode_calls, decode_error
from avsctl.contracts.interfaces import find_functions, name_errors, name_functions
from avsctl.contracts.multi_send import DEPLOYMENTS, encode_multi_send
from avsctl.contracts.reverts import decode_revert
from avsctl.contracts.safe_tx import APPROVE, DELEGATECALL, SafeTx, encode_approve, encode_exec, prevalidate
from avsctl.contracts.submit_task import Submission, Task, encode_submit
from avsctl.contracts.task_data import build_total_call, encode_totals, encode_update
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, RewardRole, SetList, SetMaximum, SetMinimum, SetReward
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import TotalRecount, TotalsUpdate
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, TaskDefinition, TaskDetails
from avsctl.core.units import UINT256_MAX

V1, V2, V3 = Generation
CENTER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OBLS = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
BATCHES = DEPLOYMENTS[3].address
UINTS = st.integers(0, UINT256_MAX)
IDS = st.integers(1, 10_000)
SET_MAXIMUM = AttestationCenter(CENTER, V2).write(SetMaximum(3, 4)).data
UPDATE = VotingPowerUpdate((PowerChange(3, 477),), (PowerChange(5, 450), PowerChange(8, 800)), 100, 200, ())
TOTALS = TotalsUpdate(tuple(build_total_call(OBLS, TotalRecount(each, 5, operator_ids=(1, 2))) for each in (3, 4)))

lists = st.lists(IDS, max_size=5).map(tuple)
of_any_generation = st.one_of(st.builds(SetMinimum, IDS, UINTS), st.builds(SetList, IDS, lists))
of_newer = st.builds(SetMaximum, IDS, UINTS)
of_v3 = st.builds(SetReward, IDS, st.sampled_from(RewardRole), UINTS)
details = st.builds(TaskDetails, st.text(max_size=40), *[UINTS] * 5)


def creations(most):
    return st.builds(CreateDefinition, st.builds(TaskDefinition, IDS, UINTS, lists, most), details)


SETTINGS = {
    V1: of_any_generation | creations(st.just(0)),
    V2: of_any_generation | of_newer | creations(UINTS),
    V3: of_any_generation | of_newer | of_v3 | creations(UINTS),
}


def batch(*calls):
    return encode_multi_send([Transaction(CENTER, data) for data in calls])


def nest(data, depth):
    for _ in range(depth):
        data = batch(data)
    return data


def packed(*parts):
    return bytes.fromhex("8d80ff0a") + encode(["bytes"], [b"".join(parts)])


def part(data, operation=0, to=CENTER):
    return bytes([operation]) + bytes.fromhex(to[2:]) + bytes(32) + len(data).to_bytes(32) + data


def submission(data, number=VOTING_POWER_SYNC, generation=V2, signature=b"\1" * 65):
    return encode_submit(
        generation, Task("proof", data, CENTER, number), Submission(True, signature, (1, 2), (1, 2, 3))
    )


@given(st.data())
def test_every_setting_of_every_generation_is_named_with_its_arguments(data):
    generation = data.draw(st.sampled_from(Generation))
    written = AttestationCenter(CENTER, generation).write(data.draw(SETTINGS[generation]))
    decoded = decode_bytes(written.data)
    places = {(each.contract, name) for each in decoded.interfaces for name in each.generations}
    assert decoded.kind is Kind.CALLDATA
    assert ("AttestationCenter", generation) in places
    assert decoded.interfaces[0].signature == written.function.signature
    assert decoded.args == tuple(written.args)
    assert not decoded.fault


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("setTaskDefinitionMinVotingPower", [("AttestationCenter", (V1, V2, V3))]),
        ("setTaskDefinitionMaximumNumberOfOperators", [("AttestationCenter", (V2,))]),
        ("getTaskDefinitionDetails", [("AttestationCenter", (V3,))]),
        ("setStrategyMultiplier", [("AvsGovernance", (V1,))]),
        ("setOblsSharesSyncer", [("AttestationCenter", (V1, V2, V3)), ("OBLS", (V1, V2, V3))]),
        ("processTask", [("InternalTaskHandler", (V2, V3))]),
        ("aggregate3", [("Multicall3", ())]),
        ("enableModule", [("Safe", ())]),
        ("registerAsOperator", [("AvsGovernance", (V1,))]),
    ],
)
def test_which_contracts_and_generations_have_a_function(name, places):
    decoded = decode_call(name_functions(name)[0].selector)
    assert [(each.contract, each.generations) for each in decoded.interfaces] == places


def test_a_batch_is_read_call_by_call():
    decoded = decode_bytes(batch(SET_MAXIMUM, b"", b"\1\2\3\4\5"))
    assert decoded.kind is Kind.MULTI_SEND
    assert [call.decoded.kind for call in decoded.calls] == [Kind.CALLDATA, Kind.EMPTY, Kind.UNKNOWN]
    assert decoded.calls[0].decoded.args == (3, 4)
    assert {(call.to, call.value, call.operation) for call in decoded.calls} == {(CENTER, 0, 0)}


@given(st.lists(st.tuples(ADDRESSES, UINTS, st.binary(max_size=60)), max_size=6))
def test_the_calls_of_a_batch_are_those_that_were_packed(calls):
    decoded = decode_bytes(encode_multi_send([Transaction(to, data, value) for to, value, data in calls]))
    assert [(each.to, each.value, each.decoded.data) for each in decoded.calls] == calls
    assert decode_calls(calls) == (decoded.calls, 0)


def test_a_delegatecall_in_a_batch_is_shown_and_warned_of():
    decoded = decode_bytes(packed(part(SET_MAXIMUM), part(SET_MAXIMUM, 1, OBLS), part(b"", 2)))
    assert [call.operation for call in decoded.calls] == [0, 1, 2]
    assert [each.code for each in decoded.cautions] == ["delegatecall", "operation"]
    assert decoded.cautions[0].text == f"call 2: a delegatecall: the code at {OBLS} runs as the Safe itself"


def test_a_batch_that_is_cut_short_gives_what_comes_before():
    whole = part(SET_MAXIMUM)
    for end in range(1, len(whole)):
        decoded = decode_bytes(packed(whole, whole[:end]))
        assert [call.decoded.args for call in decoded.calls] == [(3, 4)]
        assert decoded.fault == f"call 2 is cut short at byte {len(whole)} of {len(whole) + end}"


def test_batches_in_batches_are_read_to_a_depth():
    decoded = decode_bytes(nest(SET_MAXIMUM, DEEPEST + 3))
    for _ in range(DEEPEST):
        assert (len(decoded.calls), decoded.left_out) == (1, 0)
        decoded = decoded.calls[0].decoded
    assert (decoded.calls, decoded.left_out) == ((), 1)
    assert decode_bytes(nest(SET_MAXIMUM, DEEPEST)).left_out == 0


def test_no_more_than_so_many_calls_are_read_in_all():
    decoded = decode_bytes(batch(*[batch(*[b""] * 99)] * 40))
    read = len(decoded.calls) + sum(len(call.decoded.calls) for call in decoded.calls)
    left_out = decoded.left_out + sum(call.decoded.left_out for call in decoded.calls)
    assert (read, left_out) == (MOST_CALLS, 40 * 100 - MOST_CALLS)


def test_a_large_bomb_is_read_in_a_moment():
    begin = time.process_time()
    decode_bytes(nest(batch(*[b""] * 6_000), 9))
    decode_bytes(bytes.fromhex("8d80ff0a") + b"\xff" * 500_000)
    assert time.process_time() - begin < 5


def test_what_multicall3_is_given():
    (aggregate,) = name_functions("aggregate3")
    (attempt,) = name_functions("tryAggregate")
    of_three = decode_bytes(calldata(aggregate, [[(CENTER, True, SET_MAXIMUM), (OBLS, False, b"")]]))
    of_two = decode_bytes(calldata(attempt, [False, [(CENTER, SET_MAXIMUM)]]))
    assert [(call.to, call.decoded.args) for call in of_three.calls] == [(CENTER, (3, 4)), (OBLS, None)]
    assert [(call.to, call.decoded.args) for call in of_two.calls] == [(CENTER, (3, 4))]


def execute(signatures=b"", **fields):
    return decode_bytes(encode_exec(SafeTx(**{"to": CENTER, "data": SET_MAXIMUM, "nonce": 0, **fields}), signatures))


def test_a_safe_transaction_gives_its_fields_and_its_call():
    decoded = execute(value=7)
    assert decoded.kind is Kind.EXEC_TRANSACTION
    assert decoded.safe_tx == SafeTx(CENTER, SET_MAXIMUM, 0, 7)
    assert [(call.to, call.value, call.decoded.args) for call in decoded.calls] == [(CENTER, 7, (3, 4))]
    assert (decoded.cautions, decoded.fault, decoded.signatures) == ((), "", ())


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"operation": DELEGATECALL}, ["delegatecall"]),
        ({"operation": DELEGATECALL, "to": BATCHES}, ["delegatecall"]),
        ({"operation": DELEGATECALL, "to": BATCHES, "data": batch(SET_MAXIMUM)}, ["multi_send"]),
        ({"operation": DELEGATECALL, "data": batch(SET_MAXIMUM)}, ["delegatecall"]),
        ({"to": BATCHES, "data": batch(SET_MAXIMUM)}, ["no_delegatecall"]),
        ({"operation": 2}, ["operation"]),
        ({"gas_price": 1}, ["gas_refund", "nonce_burns"]),
        ({"gas_token": OBLS}, ["gas_refund"]),
        ({"refund_receiver": OBLS}, ["gas_refund"]),
        ({"base_gas": 1}, ["gas_refund"]),
        ({"safe_tx_gas": 1}, ["nonce_burns"]),
    ],
)
def test_what_to_beware_of_in_a_safe_transaction(fields, codes):
    assert [each.code for each in execute(**fields).cautions] == codes


def test_who_is_paid_for_gas_is_named():
    to_sender, to_other = execute(gas_price=3), execute(gas_price=3, gas_token=OBLS, refund_receiver=CENTER)
    assert to_sender.cautions[0].text == "the Safe pays 3 wei for each gas to whoever sends it"
    assert to_other.cautions[0].text == (
        f"the Safe pays 3 of the smallest unit of token {OBLS} for each gas to {CENTER}"
    )


def test_signatures_by_their_kind():
    contract = bytes(12) + bytes.fromhex(OBLS[2:]) + (65 * 5).to_bytes(32) + b"\0"
    keys = [b"\x11" * 64 + bytes([v]) for v in (27, 32, 40)]
    decoded = execute(prevalidate(CENTER) + contract + b"".join(keys) + (2).to_bytes(32) + b"\xaa\xbb")
    assert [(each.kind, each.v, each.owner) for each in decoded.signatures] == [
        ("approved", 1, CENTER),
        ("contract", 0, OBLS),
        ("ecdsa", 27, None),
        ("eth_sign", 32, None),
        ("unknown", 40, None),
    ]
    assert decoded.fault == ""
    cut = execute(prevalidate(CENTER)[:-1])
    assert (cut.signatures, cut.fault) == ((), "the signatures end in 64 bytes, where each has 65")


def test_a_call_of_a_module_is_read_as_one_of_the_safe():
    (function,) = name_functions("execTransactionFromModule")
    decoded = decode_bytes(calldata(function, (CENTER, 5, SET_MAXIMUM, 1)))
    assert [(call.value, call.operation, call.decoded.args) for call in decoded.calls] == [(5, 1, (3, 4))]
    assert [each.code for each in decoded.cautions] == ["delegatecall"]


def test_the_approval_of_a_hash():
    decoded = decode_bytes(encode_approve(b"\x12" * 32))
    assert (decoded.kind, decoded.interfaces[0].signature) == (Kind.CALLDATA, APPROVE.signature)
    assert decoded.args == (b"\x12" * 32,)


@pytest.mark.parametrize(("generation", "signature"), [(V1, b"\1" * 65), (V2, b"\1" * 65), (V2, (5, 6)), (V3, (5, 6))])
@pytest.mark.parametrize(
    ("number", "data", "update"),
    [
        (VOTING_POWER_SYNC, encode_update(UPDATE), UPDATE),
        (TOTALS_SYNC, encode_totals(TOTALS), TOTALS),
        (3, encode_update(UPDATE), None),
    ],
)
def test_a_submitted_task_with_what_it_carries(generation, signature, number, data, update):
    decoded = decode_bytes(submission(data, number, generation, signature))
    assert decoded.kind is Kind.SUBMIT_TASK
    assert decoded.args[0] == ("proof", data, CENTER, number)
    assert (decoded.task.task_definition_id, decoded.task.update, decoded.task.fault) == (number, update, "")


def test_a_task_that_the_handler_processes():
    (process,) = name_functions("processTask")
    decoded = decode_bytes(calldata(process, [("proof", encode_update(UPDATE), CENTER, VOTING_POWER_SYNC)]))
    assert decoded.task.update == UPDATE


def test_data_of_a_task_that_cannot_pass_says_why():
    short = decode_bytes(submission(encode_update(UPDATE)[:-1]))
    flat = decode_bytes(submission(encode_update(UPDATE)[32:]))
    assert short.task.update is None
    assert "cut short" in short.task.fault
    assert flat.task.update == UPDATE
    assert "one by one (first word 0x80)" in flat.task.fault


def test_the_bare_data_of_an_update():
    powers, totals = decode_bytes(encode_update(UPDATE)), decode_bytes(encode_totals(TOTALS))
    assert (powers.kind, powers.task.task_definition_id, powers.task.update) == (Kind.UPDATE, VOTING_POWER_SYNC, UPDATE)
    assert (totals.kind, totals.task.task_definition_id, totals.task.update) == (Kind.UPDATE, TOTALS_SYNC, TOTALS)
    flat = decode_bytes(encode_update(UPDATE)[32:])
    assert (flat.kind, flat.task.update) == (Kind.UPDATE, UPDATE)
    assert "0x80" in flat.task.fault


def test_recounts_of_several_contracts_stay_unread_as_recounts():
    calls = (
        build_total_call(OBLS, TotalRecount(3, 5, number_of_ids=4)),
        build_total_call(CENTER, TOTALS.calls[0].total),
    )
    update = decode_bytes(encode_totals(TotalsUpdate(calls))).task.update
    assert [(call.target, call.total) for call in update.calls] == [(OBLS, None), (CENTER, None)]


def test_revert_data_as_other_commands_read_it():
    for name, args in (("TaskDefinitionNotFound", (7,)), ("InsufficientVotingPower", ()), ("Panic", (17,))):
        (interface, *_) = name_errors(name)
        data = calldata(interface, args)
        decoded, revert = decode_bytes(data), decode_revert(data)
        assert (decoded.kind, decoded.interfaces[0].name, decoded.args) == (Kind.REVERT, revert.name, revert.args)


@given(st.text())
def test_a_reason_in_words(text):
    decoded = decode_error(bytes.fromhex("08c379a0") + encode(["string"], [text]))
    assert (decoded.interfaces[0].signature, decoded.args) == ("Error(string)", (text,))


def test_an_error_that_wraps_another():
    inner = calldata(name_errors("NotOBLSManager")[0], ())
    (wrapping,) = name_errors("InternalTransactionRevert")
    assert decode_bytes(calldata(wrapping, (inner,))).inner.interfaces[0].name == "NotOBLSManager"
    assert decode_bytes(calldata(wrapping, (b"",))).inner is None
    (refusing,) = name_errors("InternalTransactionNotAllowed")
    assert decode_bytes(calldata(refusing, (OBLS, SET_MAXIMUM))).inner.args == (3, 4)
    bomb = inner
    for _ in range(50):
        bomb = calldata(wrapping, (bomb,))
    depth, found = 0, decode_bytes(bomb)
    while found.inner is not None:
        depth, found = depth + 1, found.inner
    assert depth == DEEPEST - 1


@pytest.mark.parametrize(
    "data",
    [
        SET_MAXIMUM,
        batch(SET_MAXIMUM, SET_MAXIMUM),
        encode_exec(SafeTx(BATCHES, batch(SET_MAXIMUM), 0, operation=1), prevalidate(CENTER)),
        submission(encode_update(UPDATE)),
        encode_update(UPDATE),
        encode_totals(TOTALS),
        calldata(name_errors("InternalTransactionRevert")[0], (b"abc",)),
    ],
)
def test_cut_short_at_every_byte(data):
    whole = decode_bytes(data)
    for end in range(len(data)):
        decoded = decode_bytes(data[:end])
        assert decoded.kind in (whole.kind, Kind.UNKNOWN, Kind.EMPTY)
        if decoded.interfaces:
            assert decoded.interfaces == whole.interfaces
            assert decoded.fault or decoded.args == ()


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_said_to_be_unknown(data):
    assert decode_bytes(data).data == data


@given(st.data())
def test_arbitrary_bytes_behind_a_known_selector(data):
    name = data.draw(st.sampled_from(["multiSend", "execTransaction", "submitTask", "aggregate3", "processTask"]))
    interface = name_functions(name)[0]
    args = data.draw(st.tuples(*map(values, interface.parameters)))
    raw = bytearray(calldata(interface, args))
    for at in data.draw(st.lists(st.integers(4, len(raw) - 1), max_size=3)):
        raw[at] = data.draw(st.integers(0, 255))
    decoded = decode_bytes(bytes(raw))
    assert decoded.interfaces == find_functions(interface.selector)
    if decoded.args is None:
        assert decoded.fault
    elif "string" not in interface.signature:
        assert calldata(interface, decoded.args) == raw
