"""The keys of a devnet's operators, which follow from its seed alone.

Pure. They are worth nothing outside a devnet: everyone who knows the seed has them.
"""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from eth_keys.backends.native.jacobian import fast_add, fast_multiply
from eth_keys.constants import SECPK1_G, SECPK1_N

from avsctl.contracts.address import to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.core.units import Address
from avsctl.devnet.bls import ORDER, BlsKey, keys_from

MOST: Final = 1_000_000
"""So many follow one another at most."""


@dataclass(frozen=True)
class Keys:
    """What one operator signs with."""

    address: Address
    private_key: str = field(repr=False)
    """0x and 64 hex digits."""
    bls_secret: int = field(repr=False)
    bls_key: BlsKey


def build_keys(randomness: random.Random) -> Iterator[Keys]:
    """Derive the keys of one operator after the other; takes one number from ``randomness``.

    The secrets, private keys and BLS secrets alike, follow one another, so that each public key costs one addition.
    """
    key = randomness.randrange(1, SECPK1_N - MOST)
    point = fast_multiply(SECPK1_G, key)
    bls_secret = 2 + int.from_bytes(keccak256(b"BLS" + key.to_bytes(32))) % (ORDER - 2 - MOST)
    for bls_key in keys_from(bls_secret):
        address = to_checksum(keccak256(point[0].to_bytes(32) + point[1].to_bytes(32))[-20:])
        yield Keys(Address(address), f"0x{key:064x}", bls_secret, bls_key)
        key, bls_secret, point = key + 1, bls_secret + 1, fast_add(point, SECPK1_G)


def find_keys(seed: int, addresses: Collection[Address], most: int) -> dict[Address, Keys]:
    """Give the keys of those addresses that are among the first ``most`` of a seed."""
    found = dict[Address, Keys]()
    for keys in islice(build_keys(random.Random(seed)), most):  # noqa: S311 - has to be repeatable
        if len(found) == len(addresses):
            break
        if keys.address in addresses:
            found[keys.address] = keys
    return found
