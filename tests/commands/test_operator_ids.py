"""The list of ``--restricted`` as typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.commands.operator_ids import parse_operators
from avsctl.core.units import UINT256_MAX
from avsctl.errors import UsageError

ADDRESS = "0x61B5D1cb9cE4142Ecf131d59C846645e1B5d8C3c"
KEY = "5ec4e7" * 10 + "beef"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("none", ()),
        (" none ", ()),
        ("4", (4,)),
        ("9, 4,4 ,007", (9, 4, 4, 7)),
        (ADDRESS, (ADDRESS,)),
        (f"3,{ADDRESS.lower()}", (3, ADDRESS)),
        (str(UINT256_MAX), (UINT256_MAX,)),
    ],
)
def test_ids_and_addresses(text, names):
    assert parse_operators(text) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "item 1 of the list of operators is empty"),
        (",", "item 1 of the list of operators is empty"),
        ("4,,5", "item 2 of the list of operators is empty"),
        ("4,5,", "item 3 of the list of operators is empty"),
        ("0", "item 1 of the list of operators is 0: ids are from 1"),
        ("1,000", "item 2 of the list of operators is 0"),
        (str(2**256), "item 1 of the list of operators is above 2^256-1"),
        ("9" * 5000, "item 1 of the list of operators is above 2^256-1"),
        ("-1", "item 1 of the list of operators is no id and no address: expected an address"),
        ("1-4", "item 1 of the list of operators is no id and no address"),
        ("4 5", "item 1 of the list of operators is no id and no address"),
        ("٣", "item 1 of the list of operators is no id and no address"),
        ("4,none", "item 2 of the list of operators is no id and no address"),
        ("0x1234", "item 1 of the list of operators is no id and no address"),
        (ADDRESS.replace("C3c", "c3c"), "item 1 of the list of operators is no id and no address: wrong checksum"),
    ],
)
def test_what_is_no_list(text, message):
    with pytest.raises(UsageError) as caught:
        parse_operators(text)
    assert caught.value.problems[0].message.startswith(message)


@pytest.mark.parametrize("key", [KEY, "0x" + KEY])
def test_a_key_is_not_repeated(key):
    with pytest.raises(UsageError) as caught:
        parse_operators(f"4,{key}")
    assert KEY not in str(caught.value.problems)


@given(st.text(st.sampled_from("0123456789,x-none "), max_size=12) | st.text())
def test_any_text_is_read_or_refused(text):
    try:
        names = parse_operators(text)
    except UsageError:
        return
    assert all(1 <= name <= UINT256_MAX for name in names if isinstance(name, int))
