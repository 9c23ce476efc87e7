"""The chains that Othentic deployments are found on, by name and by id."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

CHAIN_ID_MAX: Final = 2**53 - 1
"""The largest id that JSON readers keep exact."""


@dataclass(frozen=True)
class _Chain:
    title: str
    """As screens write it."""
    names: tuple[str, ...]
    """As L1_CHAIN and L2_CHAIN write it, the usual spelling first."""


_CHAINS: Final[Mapping[int, _Chain]] = MappingProxyType(
    {
        1: _Chain("Ethereum", ("mainnet", "ethereum")),
        17000: _Chain("Holesky", ("holesky",)),
        11155111: _Chain("Sepolia", ("sepolia",)),
        560048: _Chain("Hoodi", ("hoodi",)),
        137: _Chain("Polygon", ("polygon", "matic")),
        80002: _Chain("Amoy", ("amoy", "polygon-amoy")),
        8453: _Chain("Base", ("base",)),
        84532: _Chain("Base Sepolia", ("base-sepolia",)),
        42161: _Chain("Arbitrum One", ("arbitrum", "arbitrum-one")),
        421614: _Chain("Arbitrum Sepolia", ("arbitrum-sepolia",)),
        10: _Chain("OP Mainnet", ("optimism", "op-mainnet")),
        11155420: _Chain("OP Sepolia", ("optimism-sepolia", "op-sepolia")),
        31337: _Chain("Anvil", ("anvil", "localhost")),
    }
)

CHAIN_ID_BY_NAME: Final[Mapping[str, int]] = MappingProxyType(
    {name: chain_id for chain_id, chain in _CHAINS.items() for name in chain.names}
)

_CHAIN_ID = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def chain_name(chain_id: int) -> str:
    """Write a chain for screens: ``Base (8453)``, or ``chain 4242`` for one without a name here."""
    chain = _CHAINS.get(chain_id)
    return f"{chain.title} ({chain_id})" if chain else f"chain {chain_id}"


def parse_chain(text: str) -> int | None:
    """Read a chain id or a chain's name, in any case; None for anything else."""
    if _CHAIN_ID.fullmatch(text):
        chain_id = int(text)
        return chain_id if chain_id <= CHAIN_ID_MAX else None
    return CHAIN_ID_BY_NAME.get(text.lower())
