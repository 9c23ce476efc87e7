"""Calls as transactions of a Safe, their nonces behind others, and what is left open before them."""

import pytest

from avsctl.contracts.multi_send import decode_multi_send
from avsctl.contracts.safe_tx import CALL, DELEGATECALL, SafeTx
from avsctl.contracts.transaction import Transaction
from avsctl.errors import UsageError
from avsctl.tx.safe_hashes import hash_safe_tx
from avsctl.tx.safe_proposal import SafeAccount, propose, propose_each
from avsctl.tx.safe_queue import Queued, check_gaps, choose_nonce, order_queue

SAFE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
CENTER = "0x04d2D471959b7Adbaf27A2E158D25088ab8C2843"
MULTI_SEND = "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"
ACCOUNT = SafeAccount(8453, SAFE, "1.4.1")
CALLS = (Transaction(CENTER, b"\1"), Transaction(CENTER, b"\2", 7))


def test_one_call_is_made_as_it_is():
    proposal = propose(ACCOUNT, CALLS[1:], 41, None)
    assert proposal.safe_tx == SafeTx(CENTER, b"\2", 41, value=7, operation=CALL)
    assert proposal.hashes == hash_safe_tx(8453, SAFE, "1.4.1", proposal.safe_tx)
    assert propose(ACCOUNT, CALLS[1:], 41, MULTI_SEND) == proposal


def test_several_calls_are_one_delegatecall():
    proposal = propose(ACCOUNT, CALLS, 41, MULTI_SEND)
    safe_tx = proposal.safe_tx
    assert (safe_tx.to, safe_tx.operation, safe_tx.value, safe_tx.nonce) == (MULTI_SEND, DELEGATECALL, 0, 41)
    assert decode_multi_send(safe_tx.data) == CALLS
    with pytest.raises(UsageError, match="no MultiSendCallOnly"):
        propose(ACCOUNT, CALLS, 41, None)


def test_a_transaction_for_each_call_has_following_nonces():
    proposals = propose_each(ACCOUNT, CALLS, 41)
    assert [each.safe_tx.nonce for each in proposals] == [41, 42]
    assert [each.transactions for each in proposals] == [CALLS[:1], CALLS[1:]]
    assert {each.safe_tx.operation for each in proposals} == {CALL}
    assert len({each.hashes.safe_tx for each in proposals}) == 2


def queue(*nonces):
    return [Queued(f"{at}.json", CALLS, nonce) for at, nonce in enumerate(nonces)]


@pytest.mark.parametrize(
    ("claimed", "nonces"),
    [
        ((), ()),
        ((None,), (41,)),
        ((None, None), (41, 42)),
        ((41, 42), (41, 42)),
        ((43, None, 50), (43, 44, 50)),
    ],
)
def test_files_have_the_nonces_of_their_sidecars_or_are_counted_on(claimed, nonces):
    ordered = order_queue(queue(*claimed), 41)
    assert tuple(each.nonce for each in ordered) == nonces
    assert [each.name for each in ordered] == [each.name for each in queue(*claimed)]


@pytest.mark.parametrize(
    ("claimed", "message"),
    [
        ((40,), "--after 0.json has nonce 40, which is used up: the next one is 41"),
        ((41, 0), "--after 1.json has nonce 0, which is used up"),
        ((42, 41), "--after 1.json has nonce 41, and 0.json before it has 42"),
        ((41, 41), "--after 1.json has nonce 41, and 0.json before it has 41"),
        ((None, 41), "--after 1.json has nonce 41, and 0.json before it has 41"),
    ],
)
def test_files_that_were_executed_or_are_out_of_order(claimed, message):
    with pytest.raises(UsageError) as caught:
        order_queue(queue(*claimed), 41)
    assert caught.value.problems[0].message.startswith(message)


@pytest.mark.parametrize(
    ("before", "wanted", "nonce"),
    [((), None, 41), ((), 41, 41), ((), 99, 99), ((41, 42), None, 43), ((41, 50), None, 51), ((41,), 60, 60)],
)
def test_the_nonce_is_the_one_wanted_or_the_first_that_is_free(before, wanted, nonce):
    assert choose_nonce(queue(*before), 41, wanted) == nonce


@pytest.mark.parametrize(
    ("before", "wanted", "message", "hint"),
    [
        ((), 40, "nonce 40 of --nonce is used up: the next one of the Safe is 41", "--nonce 41, or leave it out"),
        ((41,), 0, "nonce 0 of --nonce is used up", "--nonce 42, or leave it out"),
        ((41, 43), 42, "nonce 42 of --nonce is not after that of --after 1.json, which is 43", "--nonce 44"),
        ((41,), 41, "nonce 41 of --nonce is not after that of --after 0.json, which is 41", "--nonce 42"),
    ],
)
def test_a_nonce_that_cannot_be(before, wanted, message, hint):
    with pytest.raises(UsageError) as caught:
        choose_nonce(queue(*before), 41, wanted)
    (problem,) = caught.value.problems
    assert problem.message.startswith(message)
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    ("before", "nonce", "told"),
    [
        ((), 41, None),
        ((41, 42), 43, None),
        ((), 42, "nonce 41 is"),
        ((), 45, "nonces 41 to 44 is"),
        ((42,), 44, "nonces 41, 43 is"),
    ],
)
def test_nonces_that_nobody_names_are_told(before, nonce, told):
    found = list(check_gaps(queue(*before), 41, nonce))
    assert [each.code for each in found] == ["nonce_ahead"] * (told is not None)
    for each in found:
        assert f"what runs under {told} not known here" in each.text
