"""The question to the fee oracle of OP rollups, held to its published signature."""

from eth_abi import encode
from eth_utils import keccak

from avsctl.contracts.gas_price_oracle import upper_bound


def test_the_upper_bound_is_asked_for_by_the_size_of_the_transaction():
    selector = keccak(text="getL1FeeUpperBound(uint256)")[:4]
    assert upper_bound(68) == "0x" + (selector + encode(["uint256"], [188])).hex()
