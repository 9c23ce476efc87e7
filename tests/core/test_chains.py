"""Chains by name and by id."""

import pytest

from avsctl.core.chains import CHAIN_ID_BY_NAME, chain_name, parse_chain


@pytest.mark.parametrize(
    ("text", "chain_id"),
    [
        ("1", 1),
        ("mainnet", 1),
        ("Ethereum", 1),
        ("holesky", 17000),
        ("sepolia", 11155111),
        ("hoodi", 560048),
        ("amoy", 80002),
        ("polygon", 137),
        ("base", 8453),
        ("BASE-SEPOLIA", 84532),
        ("arbitrum", 42161),
        ("arbitrum-one", 42161),
        ("arbitrum-sepolia", 421614),
        ("optimism", 10),
        ("optimism-sepolia", 11155420),
        ("anvil", 31337),
        ("4242", 4242),
        (str(2**53 - 1), 2**53 - 1),
        (str(2**53), None),
        ("9" * 5000, None),
        ("0", None),
        ("01", None),
        ("-1", None),
        ("0x1", None),
        ("1 ", None),
        ("1\n", None),
        ("٣", None),
        ("", None),
        ("goerli", None),
    ],
)
def test_chains_are_read_by_name_or_id(text, chain_id):
    assert parse_chain(text) == chain_id


def test_names_are_in_the_form_that_is_looked_up():
    assert all(name == name.lower() and parse_chain(name) == chain_id for name, chain_id in CHAIN_ID_BY_NAME.items())


@pytest.mark.parametrize(("chain_id", "name"), [(8453, "Base (8453)"), (1, "Ethereum (1)"), (4242, "chain 4242")])
def test_screens_show_name_and_id(chain_id, name):
    assert chain_name(chain_id) == name
