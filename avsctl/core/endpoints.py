"""What is known of an RPC endpoint after trying it: whether it answers, what it can do, where its limits are."""

from dataclasses import dataclass

from avsctl.core.deployment import BlockRef, Layer


@dataclass(frozen=True)
class Abilities:
    """What one endpoint can do."""

    has_state_override: bool
    has_simulate_v1: bool
    has_multicall3: bool
    """Multicall3 has code on its chain."""
    has_finalized: bool
    """It knows the tag ``finalized``."""
    batch: int
    """The largest batch tried that it took, in items."""
    log_range: int | None
    """Blocks that one eth_getLogs may span; None when no limit was met."""


@dataclass(frozen=True)
class EndpointReport:
    """One endpoint, tried."""

    layer: Layer
    masked: str
    """The URL without its secrets."""
    chain_id: int | None
    head: BlockRef | None
    abilities: Abilities | None
    requests: int
    """HTTP requests, those of the trying among them."""
    retries: int
    fault: str = ""
    """Why it could not be tried; text from outside."""
