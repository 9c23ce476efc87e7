"""What ``devnet up --scenario`` takes: one cause of drift each, or two at once. ``scenarios`` plays them."""

from dataclasses import dataclass
from enum import StrEnum

from avsctl.core.cause_facts import CauseCode


class Scenario(StrEnum):
    """A way for the layers to come apart after the last sync."""

    STAKE_ROSE = "stake-rose"
    STAKE_FELL = "stake-fell"
    STAKE_WITHDRAWN = "stake-withdrawn"
    WRONG_SYNC = "wrong-sync"
    """A sync lands that changes what L1 did not."""
    DIRECT_WRITE = "direct-write"
    """A syncer that governance named writes in OBLS, past the internal task."""
    REGISTERED_SINCE = "registered-since"
    """One left and came back with half its stake, then added the rest."""
    MULTIPLIER_CHANGED = "multiplier-changed"
    STAKING_CONTRACT_ADDED = "staking-contract-added"
    STAKING_CONTRACT_REMOVED = "staking-contract-removed"
    CAPPED = "capped"
    """The maximum effective balance is lowered below the powers of some."""
    BELOW_MINIMUM = "below-minimum"
    UNREGISTER_LOST = "unregister-lost"
    EJECTION_LOST = "ejection-lost"
    """On V3, whose L1 knows of ejections."""
    REGISTRATION_LOST = "registration-lost"
    RETURN_LOST = "return-lost"
    """One left on both layers and came back on L1 alone."""
    LEFT_EIGENLAYER = "left-eigenlayer"
    OLD_ID_LISTED = "old-id-listed"
    """One in a restricted set left and came back under a new id."""
    GHOST_POWER = "ghost-power"
    TWO_IDS = "two-ids"
    UNREADABLE = "unreadable"
    STAKE_AND_WRITE = "stake-and-write"
    STAKE_AND_MULTIPLIER = "stake-and-multiplier"
    WRONG_SYNC_AND_WRITE = "wrong-sync-and-write"
    OLD_ID_AND_STAKE = "old-id-and-stake"
    LEFT_AND_UNREGISTERED = "left-and-unregistered"


@dataclass(frozen=True)
class Befallen:
    """One operator of a scenario, and the causes that hold for it."""

    operator_id: int | None
    """None for one that is active under no id."""
    address: str
    causes: tuple[CauseCode, ...]
