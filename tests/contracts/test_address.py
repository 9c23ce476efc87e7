"""Addresses: EIP-55 both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.address import NATIVE_COIN, parse_address, to_checksum
from avsctl.errors import ConfigError

PUBLISHED = [
    # https://eips.ethereum.org/EIPS/eip-55
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    NATIVE_COIN,
    "0x0000000000000000000000000000000000000000",
]


@pytest.mark.parametrize("address", PUBLISHED)
def test_published_vectors(address):
    assert to_checksum(address.lower()) == address
    assert to_checksum(bytes.fromhex(address[2:])) == address
    assert parse_address(address) == address
    assert parse_address(address.lower()) == address
    assert parse_address("0x" + address[2:].upper()) == address


@given(st.binary(min_size=20, max_size=20))
def test_one_letter_of_the_other_case_is_refused_or_all_of_one_case(account):
    right = to_checksum(account)
    for place, letter in enumerate(right[2:], start=2):
        wrong = right[:place] + letter.swapcase() + right[place + 1 :]
        if wrong == right or wrong[2:].islower() or wrong[2:].isupper():
            assert parse_address(wrong) == right
        else:
            with pytest.raises(ConfigError, match=f"wrong checksum: expected {right}"):
                parse_address(wrong)


@pytest.mark.parametrize("size", [0, 19, 21, 32])
def test_only_twenty_bytes_are_an_address(size):
    with pytest.raises(ValueError, match="20 bytes"):
        to_checksum(bytes(size))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed0",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae\n",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\n",
        " 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
        "0x" + "٣" * 40,
        "0x" + "ab" * 32,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text):
    with pytest.raises(ConfigError) as caught:
        parse_address(text)
    assert str(caught.value) == "expected an address: 0x and 40 hex digits"
