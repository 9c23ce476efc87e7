"""What a batch file and its sidecar are held to, without a chain: each field, each check, each pair of values."""

import copy
import json
from dataclasses import replace

import pytest
from verifying import (
    BATCH,
    CALLS,
    CENTER,
    EXPECTED,
    HEAD,
    KNOWN,
    L1,
    L2,
    MULTI_SEND,
    OWNERS,
    PROPOSAL,
    SAFE,
    SIDECAR,
    SIGHT,
    STATE,
    file_of,
)

from avsctl.contracts.abi import load_writes
from avsctl.contracts.call import Revert
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, L2State, SetMaximum, SetMinimum, Step
from avsctl.core.deployment import Generation
from avsctl.core.expectation import compare_expectation
from avsctl.core.multisig import Sender
from avsctl.core.quorum import Verdict
from avsctl.core.verification import CheckResult, Mismatch
from avsctl.tx import verify_checks, verify_outcome
from avsctl.tx.prepare import Prepared
from avsctl.tx.safe_batch import compute_checksum, parse_batch, rebuild_batch
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.safe_proposal import propose
from avsctl.tx.safe_trial import Execution
from avsctl.tx.sidecar import build_sidecar, parse_sidecar
from avsctl.tx.verify_checks import read_settings
from avsctl.tx.verify_fields import MOST_NAMED, check_sidecar, compare_batch, diff_documents
from avsctl.tx.verify_reading import Unreadable, read_leniently

DEAD = "0x000000000000000000000000000000000000dEaD"
MISMATCH, OK, SKIPPED, MOVED = CheckResult.MISMATCH, CheckResult.OK, CheckResult.SKIPPED, CheckResult.MOVED
DOCUMENT = json.loads(BATCH)
CLAIMS = json.loads(build_sidecar(SIDECAR))


def named(check):
    return [each.field for each in check.mismatches]


def variants(document, path=()):
    """Every member and item removed, and one added to every object and list, with the path of it."""
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for name, value in members:
        yield (*path, name), None
        if isinstance(value, dict | list):
            yield from variants(value, (*path, name))
    yield (*path, "extra" if isinstance(document, dict) else len(document)), 1


def apply(document, path, value):
    copied = copy.deepcopy(document)
    parent = copied
    for name in path[:-1]:
        parent = parent[name]
    if value is None:
        del parent[path[-1]]
    elif isinstance(parent, list):
        parent.append(copy.deepcopy(parent[0]) if parent else value)
    else:
        parent[path[-1]] = value
    return copied


def name_of(path):
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path).removeprefix(".")


# Documents


@pytest.mark.parametrize(
    ("expected", "found", "fields"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": 1}, {"a": 1.0}, ["a"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["a.b[1]"]),
        ({"a": [1]}, {"a": [1, 2, 3]}, ["a[1]", "a[2]"]),
        ({"a": [1]}, {"a": {"0": 1}}, ["a"]),
        ({"a": 1}, {"b": 1}, ["a", "b"]),
        ({"a": None}, {}, ["a"]),
        ([], {}, [""]),
    ],
)
def test_documents_differ_by_the_innermost_field(expected, found, fields):
    assert [each.field for each in diff_documents(expected, found)] == fields


def test_both_values_are_shown():
    (found,) = diff_documents({"a": "x"}, {})
    assert found == Mismatch("a", "x", "nothing")
    assert list(diff_documents(1, None)) == [Mismatch("", "1", "null")]
    assert list(diff_documents({}, {"x" * 500: 1})) == [Mismatch("x" * 80, "nothing", "1")]


def test_a_file_as_it_was_written_differs_in_nothing():
    assert compare_batch(BATCH, SIDECAR) == ()
    assert verify_checks.check_file(file_of()).result is OK
    assert check_sidecar(file_of(), SIDECAR, KNOWN) == ()
    single = rebuild_batch(8453, SAFE, CALLS[:1], HEAD)
    safe_tx = propose(PROPOSAL.account, CALLS[:1], 41, None).safe_tx
    assert compare_batch(single, replace(SIDECAR, safe_tx=safe_tx)) == ()


def test_whatever_is_removed_from_or_added_to_the_batch_file_is_named():
    """Read as ``safe verify`` does; where it can be read, the check that the command makes of it."""
    tried = 0
    for path, value in variants(DOCUMENT):
        read = read_leniently("f", json.dumps(apply(DOCUMENT, path, value)), build_sidecar(SIDECAR))
        checks = read.checks if isinstance(read, Unreadable) else (verify_checks.check_file(read),)
        assert checks[0].result is MISMATCH, path
        fields = [field for check in checks for field in named(check)]
        assert any(field == name_of(path) or field.startswith(f"{name_of(path)}.") for field in fields), (path, fields)
        tried += 1
    assert tried > 60


def test_a_file_of_very_many_calls_is_compared_in_time():
    text = json.dumps(DOCUMENT | {"transactions": [0] * 200_000})
    assert len(compare_batch(text, SIDECAR)) == MOST_NAMED


def test_whatever_is_removed_from_or_added_to_the_sidecar_is_named():
    tried = 0
    for path, value in variants(CLAIMS):
        read = read_leniently("f", BATCH, json.dumps(apply(CLAIMS, path, value)))
        if isinstance(read, Unreadable):
            fields = [field for check in read.checks for field in named(check)]
        else:
            fields = [each.field for each in check_sidecar(read, read.sidecar, KNOWN)]
        whole = name_of(path[:-1]) if isinstance(path[-1], int) else name_of(path)
        assert {name_of(path), whole} & set(fields), (path, fields)
        tried += 1
    assert tried == 80


def test_what_nothing_can_tell_anew_is_named_where_all_else_is_right():
    changed = parse_sidecar(json.dumps({**CLAIMS, "avsctl": "9.9.9"}))
    found = check_sidecar(file_of(), changed, KNOWN)
    assert [each.field for each in found] == ["checksum", "avsctl", "accepted"]
    assert found[1] == Mismatch("avsctl", "as it was written", "9.9.9")
    blind = replace(KNOWN, l1=None, expected=None, state=None)
    fields = [each.field for each in check_sidecar(file_of(), changed, blind)]
    assert fields[3:] == ["safe.version", "safe.threshold", "safe.owners", "blocks.l1", "expected"]


def test_a_malformed_file_is_compared_with_the_one_of_its_sidecar():
    text = json.dumps(apply(DOCUMENT, ("createdAt",), None))
    read = read_leniently("f", text, build_sidecar(SIDECAR))
    assert named(read.checks[0]) == ["createdAt"]
    read = read_leniently("f", json.dumps({**DOCUMENT, "createdAt": "x", "chainId": "1"}), build_sidecar(SIDECAR))
    assert named(read.checks[0]) == ["createdAt", "chainId"]
    assert read.findings[0].code == "not_verified"
    assert "createdAt is no number of milliseconds" in read.findings[0].text


def test_both_are_told_where_both_are_malformed():
    read = read_leniently("f", "x", "y")
    assert [check.code for check in read.checks] == ["sidecar", "file"]


@pytest.mark.parametrize("change", [{"transactions": []}, {"meta": {**DOCUMENT["meta"], "createdFromSafeAddress": ""}}])
def test_a_file_of_no_call_or_no_safe_has_no_transaction(change):
    assert isinstance(read_leniently("f", json.dumps({**DOCUMENT, **change}), None), Unreadable)


def test_the_safe_that_the_file_leaves_out_is_that_of_the_sidecar():
    text = json.dumps({**DOCUMENT, "meta": {**DOCUMENT["meta"], "createdFromSafeAddress": ""}})
    assert isinstance(read_leniently("f", text, build_sidecar(SIDECAR)), SafeFile)


def test_data_and_readable_form_that_differ_are_named_by_what_differs():
    batch = json.loads(BATCH)
    first = batch["transactions"][0]
    for data, field in (
        (CALLS[1].data, "contractMethod"),
        (CENTER.write(SetMinimum(3, 1)).data, "contractInputsValues"),
    ):
        first["data"] = f"0x{data.hex()}"
        read = parse_batch(json.dumps(batch), CENTER, tolerates_disputes=True)
        assert read.transactions[0].data == data
        check = verify_checks.check_methods(SafeFile("f", "", read, None))
        assert (check.result, named(check)) == (MISMATCH, [f"transactions[0].{field}"])


# The transaction


def settings_of(*calls):
    return read_settings(CENTER, calls, 7)


def test_calls_that_are_encoded_again_to_the_same():
    check = verify_checks.check_calls(CALLS, settings_of(*CALLS), SIGHT)
    assert (check.result, check.what) == (OK, "2 calls encoded again from the decoded form")


def test_an_older_spelling_of_a_function_is_another_call():
    writes = load_writes("AttestationCenter", Generation.V2).values()
    older = next(each for each in writes if each.name == "setTaskDefinitionMaximumNumberOfOperators")
    call = Transaction(CENTER.address, older.encode(3, 4), 0, older, (3, 4))
    check = verify_checks.check_calls([call], settings_of(call), SIGHT)
    assert named(check) == ["transactions[0].data"]
    assert check.mismatches[0].expected == f"0x{CENTER.write(SetMaximum(3, 4)).data.hex()}"


def test_strays_are_named_with_what_they_are():
    stray = (
        Transaction(DEAD, b""),
        Transaction(CENTER.address, b"\1\2\3\4"),
        replace(CALLS[0], value=1),
    )
    check = verify_checks.check_targets(stray, settings_of(*stray), SIGHT)
    assert [(each.field, each.found) for each in check.mismatches] == [
        ("transactions[0].to", DEAD),
        ("transactions[1].data", "function 0x01020304"),
        ("transactions[2].value", "1"),
    ]


def test_the_safe_is_held_to_the_chain_and_the_settings():
    check = verify_checks.check_safe(file_of(), SIGHT)
    assert check.result is OK
    other = replace(SIGHT, safe=Sender(SAFE, True, replace(STATE, version="1.3.0", threshold=1, owners=OWNERS[::-1])))
    assert named(verify_checks.check_safe(file_of(), other)) == [
        "safe.version",
        "safe.threshold",
        "safe.owners[0]",
        "safe.owners[1]",
    ]
    assert named(verify_checks.check_safe(file_of(), replace(SIGHT, configured=DEAD))) == [
        "meta.createdFromSafeAddress"
    ]
    for sender, found in (
        (Sender(SAFE, True, None), "a contract that is none"),
        (Sender(SAFE, False, None), "no contract"),
    ):
        (wrong,) = verify_checks.check_safe(file_of(), replace(SIGHT, safe=sender)).mismatches
        assert wrong.found == f"{SAFE}, {found}"


def test_a_nonce_is_next_ahead_or_used_up():
    for on_chain, result, detail in ((41, OK, "41, next to be executed"), (40, OK, "41, 1 after the next")):
        sight = replace(SIGHT, safe=Sender(SAFE, True, replace(STATE, nonce=on_chain)))
        check = verify_checks.check_nonce(PROPOSAL, sight)
        assert (check.result, check.detail) == (result, detail)
    used = replace(SIGHT, safe=Sender(SAFE, True, replace(STATE, nonce=42)))
    assert verify_checks.check_nonce(PROPOSAL, used).mismatches == (Mismatch("safe_tx.nonce", "42 or later", "41"),)


def test_a_delegatecall_goes_to_known_code_alone():
    check = verify_checks.check_delegatecall(PROPOSAL, file_of(), SIGHT)
    assert (check.result, check.detail) == (OK, "1.4.1")
    evil = replace(SIDECAR, safe_tx=replace(PROPOSAL.safe_tx, to=DEAD))
    assert named(verify_checks.check_delegatecall(PROPOSAL, file_of(sidecar=evil), SIGHT)) == ["safe_tx.to"]
    nothing = verify_checks.check_delegatecall(None, file_of(), replace(SIGHT, multi_sends=()))
    assert named(nothing) == ["MultiSendCallOnly", "safe_tx.to"]
    single = propose(PROPOSAL.account, CALLS[:1], 41, None)
    plain = file_of(sidecar=replace(SIDECAR, safe_tx=single.safe_tx))
    assert verify_checks.check_delegatecall(single, plain, SIGHT).detail == "a plain call"


def test_chain_deployment_and_role():
    other = replace(SIDECAR, chain_id=1, l2=replace(L2, chain_id=2), l1=replace(L1, chain_id=3))
    assert named(verify_checks.check_chain(file_of(sidecar=other), SIGHT)) == [
        "chain_id",
        "blocks.l2.chain_id",
        "blocks.l1.chain_id",
    ]
    assert named(verify_checks.check_chain(file_of(), replace(SIGHT, chain_id=10))) == [
        "chainId",
        "chain_id",
        "blocks.l2.chain_id",
    ]
    other = replace(SIDECAR, attestation_center=DEAD, generation=Generation.V3)
    assert named(verify_checks.check_deployment(file_of(sidecar=other), SIGHT)) == ["attestation_center", "generation"]
    assert named(verify_checks.check_role(replace(SIGHT, holds_role=False))) == ["AVS_GOVERNANCE_MULTISIG"]


def test_blocks_that_are_served_are_compared_and_others_are_not():
    check = verify_checks.check_blocks(file_of(), SIGHT)
    assert check.result is OK
    wrong = replace(SIGHT, blocks=(L1, replace(L2, hash="0x" + "ee" * 32, timestamp=1)))
    assert named(verify_checks.check_blocks(file_of(), wrong)) == ["blocks.l2.hash", "blocks.l2.timestamp"]
    check = verify_checks.check_blocks(file_of(), replace(SIGHT, blocks=(None, L2)))
    assert (check.result, check.detail[:2]) == (SKIPPED, "L1")
    early = replace(SIGHT, blocks=(L1, None), heads=(L1, replace(L2, number=5)))
    assert named(verify_checks.check_blocks(file_of(), early)) == ["blocks.l2.number"]


def test_a_checksum_is_the_right_one_in_either_known_form():
    document = json.loads(BATCH)
    document["meta"]["checksum"] = compute_checksum(document, with_name=True)
    assert verify_checks.check_checksum(file_of(json.dumps(document))).result is OK
    document["meta"]["checksum"] = "0x00"
    (wrong,) = verify_checks.check_checksum(file_of(json.dumps(document))).mismatches
    assert (wrong.expected, wrong.found) == (compute_checksum(document), "0x00")


def test_without_a_sidecar_its_checks_are_skipped():
    alone = file_of(sidecar=None)
    for check in (
        verify_checks.check_file(alone),
        verify_checks.check_own_sidecar(alone, KNOWN),
        verify_checks.check_deployment(alone, SIGHT),
        verify_checks.check_gas_refund(alone),
        verify_checks.check_hashes(PROPOSAL, alone),
        verify_checks.check_blocks(alone, SIGHT),
        verify_outcome.check_expected(None, (EXPECTED,), ()),
    ):
        assert (check.result, bool(check.detail)) == (SKIPPED, True), check
    assert verify_checks.check_chain(alone, SIGHT).result is OK
    assert verify_checks.check_safe(alone, SIGHT).result is OK


def test_no_transaction_is_no_hash():
    assert verify_checks.check_hashes(None, file_of()).result is SKIPPED
    assert verify_checks.check_nonce(None, SIGHT).result is SKIPPED
    assert verify_outcome.check_expect(None, bytes(32)).result is MISMATCH
    assert verify_outcome.check_hash(None, None, bytes(32), "what was tried").result is MISMATCH
    assert verify_outcome.judge_signatures(None, (), None).result is SKIPPED
    assert verify_outcome.check_simulation(None, (), "").result is SKIPPED


# The end


def test_an_end_that_differs_is_moved_or_wrong_by_what_the_calls_set():
    check = verify_outcome.check_expected
    assert check(SIDECAR, (EXPECTED,), ()).result is OK
    assert check(SIDECAR, None, ()).result is SKIPPED
    deviations = _deviate(replace(EXPECTED, stored_total=1))
    moved = check(SIDECAR, (EXPECTED,), deviations)
    assert (moved.result, named(moved)) == (MOVED, ["expected[0].stored_total"])
    dead = _deviate(replace(EXPECTED, verdict=Verdict.DEAD, stored_total=1))
    wrong = check(SIDECAR, (EXPECTED,), dead)
    assert (wrong.result, named(wrong)) == (MISMATCH, ["expected[0].verdict"])
    other = replace(EXPECTED, definition=replace(EXPECTED.definition, task_definition_id=9))
    extra = check(SIDECAR, (EXPECTED, other), ())
    assert (extra.result, named(extra)) == (MISMATCH, ["expected"])
    hidden = check(SIDECAR, (EXPECTED, other), deviations)
    assert (hidden.result, named(hidden)) == (MISMATCH, ["expected[0].stored_total", "expected"])


def _deviate(found):
    return ((EXPECTED.task_definition_id, compare_expectation(EXPECTED, found, [SetMinimum(3, 1)])),)


def test_a_failing_execution_says_what_the_safe_means():
    prepared = Prepared((), CALLS, (), None, (), (L2State(Generation.V2, 1, (), 0, ()),))
    well, failing = (Execution(each, None, 1) for each in (True, False))
    refused = Execution(is_success=False, revert=Revert("Error", ("GS013",)), gas_used=None)
    check = verify_outcome.check_simulation
    assert check(prepared, (well, well), "").result is OK
    assert check(prepared, (None,), "no overrides").detail == "not as execTransaction: no overrides"
    (wrong,) = check(prepared, (well, failing), "").mismatches
    assert (wrong.field, "would use up its nonce" in wrong.found) == ("execTransaction", True)
    assert named(check(prepared, (failing, well), "")) == ["--after, file 1"]
    (wrong,) = check(prepared, (refused,), "").mismatches
    assert wrong.found == "reverts with Error('GS013'): the call that the Safe makes failed"


def test_a_failing_call_is_told_by_its_place():
    state = L2State(Generation.V2, 1, (), 0, ())
    prepared = Prepared((), CALLS, CALLS[:1], None, ((1, Revert("A")), (3, Revert("B"))), (state,))
    check = verify_outcome.check_simulation(prepared, (), "")
    assert [(each.field, each.found) for each in check.mismatches] == [
        ("--after, call 1", "reverts with A()"),
        ("transactions[1]", "reverts with B()"),
    ]


def test_the_one_known_multi_send_is_that_of_the_release():
    assert (MULTI_SEND.version, PROPOSAL.safe_tx.to) == ("1.4.1", MULTI_SEND.address)


def test_a_definition_that_gets_another_id_by_now_is_compared_under_it():
    """Another one was made since; it is grave only where a later call names the id that was expected."""
    made = replace(EXPECTED.definition, task_definition_id=7)
    step = Step(CreateDefinition(made, EXPECTED.details))
    found = (replace(EXPECTED, definition=made),)
    prepared = Prepared((step,), (), (), None, (), (L2State(Generation.V2, 1, (), 0, ()),) * 2)
    ((number, (deviation,)),) = verify_outcome.find_deviations(SIDECAR, prepared, found)
    assert (number, deviation.field, deviation.expected, deviation.found) == (3, "task_definition_id", 3, 7)
    moved = verify_outcome.check_expected(SIDECAR, found, ((number, (deviation,)),))
    assert (moved.result, named(moved)) == (MOVED, ["expected[0].task_definition_id"])


def test_a_definition_that_is_not_there_any_more_is_grave():
    prepared = Prepared((), (), (), None, (), (L2State(Generation.V2, 1, (), 0, ()),))
    ((_, (deviation,)),) = verify_outcome.find_deviations(SIDECAR, prepared, ())
    assert (deviation.field, deviation.found, deviation.is_grave) == ("task_definition_id", None, True)
    assert verify_outcome.find_deviations(None, prepared, ()) == ()
    assert verify_outcome.find_deviations(SIDECAR, prepared, None) == ()
