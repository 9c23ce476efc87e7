"""Operators of both layers: active, ghosts, shared addresses, and the count of those that nobody can name."""

import pytest

from avsctl.core.operators import (
    L1Operator,
    L2Operator,
    OperatorSets,
    Unreadable,
    VotingPowerRead,
    active_operators,
    count_unlisted,
    ghost_operators,
    shared_addresses,
)

OPERATORS = (
    L2Operator(4, "0xB", 40, is_active=True),
    L2Operator(1, "0xA", 10, is_active=True),
    L2Operator(2, "0xB", 0, is_active=False),
    L2Operator(3, "0xC", 30, is_active=False),
    L2Operator(5, "0xA", 0, is_active=True),
    L2Operator(6, "0xB", 60, is_active=False),
)


def ids(operators):
    return [operator.operator_id for operator in operators]


def test_active_ones_in_the_order_given():
    assert ids(active_operators(OPERATORS)) == [4, 1, 5]


def test_ghosts_are_inactive_with_power():
    assert ids(ghost_operators(OPERATORS)) == [3, 6]


def test_an_address_is_shared_by_active_ids_only():
    assert shared_addresses(OPERATORS) == {"0xA": (1, 5)}
    assert shared_addresses(reversed(OPERATORS)) == {"0xA": (1, 5)}


@pytest.mark.parametrize(
    ("registered", "counted", "unlisted"),
    [
        ([], 0, 0),
        ([], 2, 2),
        ([True, True], 2, 0),
        ([True, False], 2, 1),
        ([True, None], 2, 0),
        ([False, False], 1, 1),
        ([True, True, True], 2, 0),
    ],
)
def test_unlisted_are_those_counted_beyond_the_registered(registered, counted, unlisted):
    l1 = tuple(
        L1Operator(f"0x{place}", flag, Unreadable("") if flag is None else VotingPowerRead(1))
        for place, flag in enumerate(registered)
    )
    assert count_unlisted(OperatorSets((), l1, counted, 0)) == unlisted
