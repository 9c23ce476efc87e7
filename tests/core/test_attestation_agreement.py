"""Where the contract and the model differ, told in words, and that they agree where they say the same."""

from dataclasses import replace

import pytest
from attestation_case import V1, attempt_of, conditions_of, define, update_of

from avsctl.core.attestation.agreement import Refusal, Taken, find_differences
from avsctl.core.attestation.conditions import Accepted, Refused
from avsctl.core.attestation.submission import submit
from avsctl.core.deployment import Generation

SYNC = define(10001, ids=(3, 5, 8, 12), own_total=2880)
OPEN = define(1)
HIDDEN = define(2, minimum=130, own_total=8160, is_raw=False)
"""Its getter says the global total: stored, or a stored 0."""
CONDITIONS = conditions_of(SYNC, OPEN, HIDDEN)
UPDATE = update_of([(3, 477)], [(5, 450)])
ACCEPTED = submit(CONDITIONS, attempt_of((3, 5, 8, 12), 10001, UPDATE))
POWERS = {3: 837, 5: 70, 8: 800}
TOTALS = {1: 8187, 10001: 2880}


def differences(answer, seen, before=CONDITIONS):
    return find_differences(answer, seen, before)


def test_the_same_is_no_difference():
    assert isinstance(ACCEPTED, Accepted)
    assert differences(ACCEPTED, Taken(POWERS, 8187, TOTALS)) == ()
    assert differences(ACCEPTED, Taken({})) == ()
    assert differences(Refused("Panic", (0x11,)), Refusal("Panic", (0x11,))) == ()


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Taken(POWERS | {5: 71}, 8187, TOTALS), "operator 5 has 71raw behind it, by the model 70raw"),
        (Taken({77: 1}), "operator 77 has 1raw behind it, by the model 0raw"),
        (Taken(POWERS, 8186), "the global total is 8186raw behind it, by the model 8187raw"),
        (Taken({}, None, TOTALS | {10001: 2430}), "the total of task 10001 is 2430raw behind it, by the model 2880raw"),
        (Taken({}, None, {1: 8160}), "the total of task 1 is 8160raw behind it, by the model 8187raw"),
        (Refusal("Panic", (0x11,)), "the contract reverts Panic(17), the model takes it"),
        (Refusal("", ()), "the contract reverts without data, the model takes it"),
    ],
)
def test_each_difference_is_told(seen, words):
    assert differences(ACCEPTED, seen) == (words,)


def test_several_are_told_each():
    assert len(differences(ACCEPTED, Taken({3: 1, 5: 1}, 1, {10001: 1}))) == 4


def test_refusals_are_the_same_in_name_and_arguments():
    refused = Refused("InvalidToBlockL2VsCurrentHeight", (101, 101))
    assert differences(refused, Refusal("InvalidToBlockL2VsCurrentHeight", (101, 100)))
    assert differences(refused, Refusal("InvalidToBlockL1VsLastCommitBlockL1", (101, 101)))
    assert differences(refused, Taken({})) == (
        "the contract takes it, the model reverts InvalidToBlockL2VsCurrentHeight(101, 101)",
    )
    shown = differences(Refused("InternalTransactionNotAllowed", ("0xA", b"\1")), Refusal("Panic", (1,)))
    assert shown == ("the contract reverts Panic(1), the model reverts InternalTransactionNotAllowed(0xA, 0x01)",)


@pytest.mark.parametrize("error", ["InvalidPerformerSignature", "ECDSAInvalidSignature", "ECDSAInvalidSignatureS"])
def test_whatever_is_wrong_with_a_performers_signature_is_one_thing_to_the_model(error):
    assert differences(Refused("InvalidPerformerSignature"), Refusal(error, (b"\0" * 32,))) == ()
    assert differences(Refused("MessageAlreadySigned"), Refusal(error, ()))


def test_a_getter_that_left_open_what_is_stored_is_compared_with_nothing():
    assert differences(ACCEPTED, Taken({}, None, {2: 8160})) == differences(ACCEPTED, Taken({}, None, {2: 8187})) == ()
    told = conditions_of(SYNC, define(2, minimum=130, own_total=8000, is_raw=False))
    after = submit(told, attempt_of((3, 5, 8, 12), 10001, UPDATE))
    assert differences(after, Taken({}, None, {2: 8000}), told) == ()
    assert differences(after, Taken({}, None, {2: 8187}), told)


def test_v1_shows_a_stored_0_as_it_is():
    before = conditions_of(define(1, minimum=130), generation=V1)
    after = Accepted(before)
    assert differences(after, Taken({}, None, {1: 0}), before) == ()
    modern = replace(before, state=replace(before.state, generation=Generation.V2))
    assert differences(Accepted(modern), Taken({}, None, {1: 8160}), modern) == ()
    assert differences(Accepted(modern), Taken({}, None, {1: 0}), modern)
