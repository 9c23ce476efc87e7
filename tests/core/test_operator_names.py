"""Which ids a list of operators stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.operator_names import resolve_operators
from avsctl.core.operators import L2Operator
from avsctl.core.units import UINT256_MAX
from avsctl.errors import UsageError

A, B, C, D, E = (f"0x{letter * 40}" for letter in "abcde")
OPERATORS = (
    L2Operator(1, A, 10, is_active=True),
    L2Operator(2, B, 0, is_active=False),
    L2Operator(3, C, 0, is_active=False),
    L2Operator(4, B, 20, is_active=True),
    L2Operator(5, D, 30, is_active=True),
    L2Operator(6, C, 0, is_active=False),
    L2Operator(7, D, 40, is_active=True),
)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        ((), ()),
        ((4, 1), (1, 4)),
        ((4, 4, 1), (1, 4)),
        ((A,), (1,)),
        ((B,), (4,)),
        ((B, 4, 2, A), (1, 2, 4)),
        ((3, 99, UINT256_MAX), (3, 99, UINT256_MAX)),
        ((5, 7), (5, 7)),
    ],
)
def test_the_ids_of_names(names, ids):
    assert resolve_operators(names, OPERATORS) == ids


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((C,), f"{C} is not registered any more: its ids, 3, 6, are dead"),
        ((D,), f"{D} is active under several ids, 5, 7: name the one that is meant"),
        ((1, E), f"{E} is no operator on L2"),
        ((E, C, E), f"{E} is no operator on L2; {C} is not registered any more: its ids, 3, 6, are dead"),
    ],
)
def test_addresses_that_stand_for_no_one_id(names, message):
    with pytest.raises(UsageError) as caught:
        resolve_operators(names, OPERATORS)
    assert caught.value.problems[0].message == message


@given(st.lists(st.sampled_from([1, 2, 4, 9, A, B])))
def test_the_list_is_what_the_contract_takes(names):
    ids = resolve_operators(names, OPERATORS)
    assert list(ids) == sorted(set(ids))
    assert set(ids) == {{A: 1, B: 4}.get(name, name) for name in names}
