"""One AVS on its two layers: generation, contracts, and the blocks that an answer was read at."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from avsctl.core.units import Address

BlockTag: TypeAlias = int | str
"""Which block is asked for: a height, or one of ``BLOCK_TAGS``."""
LATEST: Final = "latest"
BLOCK_TAGS: Final = (LATEST, "safe", "finalized")


class Generation(StrEnum):
    """Release of the Othentic contracts that a deployment runs."""

    V1 = "v1"
    V2 = "v2"
    V3 = "v3"


class Layer(StrEnum):
    """Where AvsGovernance (L1) and AttestationCenter (L2) live."""

    L1 = "l1"
    L2 = "l2"


@dataclass(frozen=True)
class BlockRef:
    """The block of one chain that all numbers of an answer were read at."""

    chain_id: int
    number: int
    """Height as the endpoint counts it."""
    hash: str
    """0x and 64 hex digits."""
    timestamp: int
    """Unix seconds."""


@dataclass(frozen=True)
class Deployment:
    """The contracts of one AVS, with the generation found by probing."""

    generation: Generation
    l1_chain_id: int | None
    """None where the command needs no L1 and none is set."""
    l2_chain_id: int
    avs_governance: Address | None
    attestation_center: Address
    obls: Address
    internal_task_handler: Address | None
    """None on V1, which has no internal tasks."""
