"""BLS keys, points and signatures of a devnet, held against known vectors and py_ecc's arithmetic."""

import random
from itertools import islice

import pytest
from eth_account import Account
from py_ecc.optimized_bn128 import FQ, FQ2, G2, add, b2, is_on_curve, multiply, normalize

from avsctl.core.deployment import Generation
from avsctl.devnet import bls
from avsctl.devnet.keys import build_keys, find_keys
from avsctl.devnet.plan import DriftKind, build_plan

VOTE = bytes.fromhex("0932bdf85fc8aa10ac3c22f02317f8f53d4b4f52235ed1eabb3a4cbbe08b5c41")


def g2(key):
    return FQ2(key[:2]), FQ2(key[2:]), FQ2.one()


def g1(point):
    return FQ(point[0]), FQ(point[1]), FQ(1)


def first_keys(seed, count):
    return list(islice(build_keys(random.Random(seed)), count))  # noqa: S311 - as a devnet draws


@pytest.mark.parametrize(
    ("message", "point"),
    [
        (
            VOTE,
            (
                0x13072C9BA9467D92DCE0E95B93DB72336E4010FC416779D72E39ACE8F294774D,
                0x14BF0948438AE3618C2751204F219A11FAC8A80E1AD5CF6ECD547070110480C2,
            ),
        ),
        (
            (1).to_bytes(32),
            (
                14267058873789466807310754066919517880751657852366372582469376872691789387565,
                17130604848929363722529658732279888797012910829820054650026453377517251531693,
            ),
        ),
    ],
)
def test_hash_to_point_of_the_known_messages(message, point):
    assert bls.TASKS_MANAGER.hex() == "b110049506439a07d78731efed3c809a6b13e0bab7cc9805f3bb45fb1e9a67e8"
    assert bls.hash_to_point(bls.TASKS_MANAGER, message) == point


@pytest.mark.parametrize("secret", [2, 3, 2**64 + 7, bls.ORDER - 10])
def test_keys_that_follow_one_another_are_those_of_their_secrets(secret):
    for at, key in enumerate(islice(bls.keys_from(secret), 5)):
        x, y = normalize(multiply(G2, secret + at))
        assert key == (*x.coeffs, *y.coeffs)
        assert is_on_curve(g2(key), b2)


def test_an_aggregate_is_the_sum_of_the_signatures():
    single = [bls.sign([secret], VOTE) for secret in (5, 7, 11)]
    total = g1(single[0])
    for each in single[1:]:
        total = add(total, g1(each))
    assert bls.sign([5, 7, 11], VOTE) == tuple(normalize(total))
    assert bls.sign([], VOTE) == bls.sign([0], VOTE) == bls.sign([1, bls.ORDER - 1], VOTE) == bls.INFINITY == (0, 0)
    assert bls.sign([1], VOTE) == bls.hash_to_point(bls.TASKS_MANAGER, VOTE)


def test_a_seed_gives_everyone_two_keys_of_their_own():
    everyone = first_keys(7, 20)
    for keys in everyone:
        assert Account.from_key(keys.private_key).address == keys.address
        assert keys.bls_key == next(bls.keys_from(keys.bls_secret))
        assert keys.private_key[2:] not in repr(keys)
        assert str(keys.bls_secret) not in repr(keys)
    assert len({keys.address for keys in everyone}) == len({keys.bls_key for keys in everyone}) == 20
    assert everyone == first_keys(7, 20)
    (other,) = first_keys(8, 1)
    assert everyone[0].address != other.address
    assert everyone[0].bls_key != other.bls_key


def test_operators_of_a_plan_have_the_keys_of_its_seed_however_many_they_are():
    few, many = (build_plan(Generation.V2, count, 8, 3) for count in (8, 40))
    keys = first_keys(3, 41)
    assert [each.keys for each in (*many.operators, *many.strangers)] == keys
    assert [each.keys for each in (*few.operators, *few.strangers)] == keys[:9]
    assert DriftKind.UNKNOWN_TO_L2 in {drift.kind for drift in few.drift}
    assert not any(str(each.bls_secret) in repr(each) for each in many.operators)


def test_keys_are_found_by_address_as_far_as_they_follow_from_the_seed():
    keys = first_keys(5, 6)
    wanted = {keys[0].address, keys[4].address}
    assert find_keys(5, wanted, 6) == {each.address: each for each in (keys[0], keys[4])}
    assert find_keys(5, wanted, 4) == {keys[0].address: keys[0]}
    assert find_keys(6, wanted, 100) == {}
    assert find_keys(5, set(), 100) == {}


def test_a_thousand_operators_cost_a_thousand_additions(monkeypatch):
    """One multiplication takes as long as hundreds of them, so only the first key and the step may have one."""
    counted = []

    def multiply_counted(point, secret):
        counted.append(secret)
        return multiply(point, secret)

    monkeypatch.setattr(bls, "multiply", multiply_counted)
    assert len(build_plan(Generation.V2, 1000, 8, 1).operators) == 1000
    assert len(counted) == 2
