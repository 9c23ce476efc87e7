"""What is known of one operator that the layers differ over, now and at the last sync; ``causes`` explains it."""

from dataclasses import dataclass
from enum import StrEnum

from avsctl.core.deployment import Generation
from avsctl.core.operators import L1Operator, NotAnOperator, Unreadable, VotingPowerRead, counted_voting_power
from avsctl.core.units import Address, OperatorId, TaskDefinitionId


class CauseCode(StrEnum):
    """Why the powers of L1 and L2 differ over an operator, or are about to."""

    PENDING_SYNC = "pending_sync"
    """Stake changed on L1 since the last sync."""
    MULTIPLIER_CHANGED = "multiplier_changed"
    """The multiplier of a staking contract changed since, and with it the power of everyone in it."""
    STAKING_CONTRACTS_CHANGED = "staking_contracts_changed"
    """A staking contract came or went since."""
    CAPPED = "capped"
    """L1 counts no more than the maximum effective balance, and that is new since the last sync."""
    CAP_LIFTED = "cap_lifted"
    """The maximum effective balance was raised or dropped since, and holds this power down no more."""
    WRONG_SYNC = "wrong_sync"
    """The last sync left something else on L2 than L1 had at the block that it names."""
    DIRECT_WRITE = "direct_write"
    """A syncer wrote the power on L2 after the last sync, past the internal task."""
    REGISTERED_SINCE = "registered_since_sync"
    """The id came to L2 after the last sync, anew or at first, with the power that its registration brought."""
    MISMATCH = "mismatch"
    """L2 is not what L1 was at the last sync, and who wrote it cannot be told."""
    UNREGISTER_NOT_ARRIVED = "unregister_not_arrived"
    EJECT_NOT_ARRIVED = "eject_not_arrived"
    REGISTER_NOT_ARRIVED = "register_not_arrived"
    REMOVED_ON_L2 = "removed_on_l2"
    """Ejected there while L1 has it registered; never certain, for a registration on its way looks the same."""
    LEFT_EIGENLAYER = "left_eigenlayer"
    BELOW_MINIMUM = "below_minimum"
    """L1's power is below what a registration takes; nothing looks at that again."""
    LISTS_NAME_OLD_ID = "lists_name_old_id"
    """It came back under a new id, and restricted operator sets name the old one."""
    GHOST_POWER = "ghost_power"
    TWO_ACTIVE_IDS = "two_active_ids"
    L1_READ_FAILS = "l1_read_fails"


@dataclass(frozen=True)
class Seen:
    """Where something was seen on a chain."""

    block: int
    """As the endpoint counts."""
    transaction: str | None = None


@dataclass(frozen=True)
class StakeSettings:
    """What AvsGovernance makes power of stake with, at one block."""

    multipliers: tuple[tuple[Address, int], ...]
    """Supported staking contracts in their order, a doubled one twice, each with what its stake counts (0 is 1)."""
    max_effective_balance: int | None
    """In raw units of power, 0 for none; None where it cannot be read."""
    min_voting_power: int | None
    """What a registration takes, in raw units; None where it cannot be read."""


@dataclass(frozen=True)
class StakePart:
    """What L1 counts for an operator in one staking contract (V2, V3)."""

    staking_contract: Address
    multiplier: int | None
    """What stake in it counts now; None where the contract is not supported any more."""
    voting_power: int | None
    """In raw units, each part capped for itself, so that parts need not sum to the whole; None where it reverts."""
    at_last_sync: int | None = None
    """The same at the last sync; None where that was not read."""


@dataclass(frozen=True)
class Then:
    """L1 at the block that L2 is compared with: the one that the last sync names."""

    block_l1: int
    voting_power: int
    """What ``votingPower`` answered, registered or not, in raw units; 0 for no operator."""
    is_registered: bool
    settings: StakeSettings
    is_inferred: bool = False
    """No getter names the block: it is the newest one looked at where L1 had just what L2 has."""


@dataclass(frozen=True)
class NoThen:
    """What L1 was at the last sync is not known."""

    why: str
    """May hold text from outside."""
    was_sought: bool = False
    """L1 was looked back at, and had what L2 has at none of the blocks."""


@dataclass(frozen=True)
class Shift:
    """What the changes of settings in one L1 block did to an operator's power."""

    seen: Seen
    codes: tuple[CauseCode, ...]
    """Which settings changed; ``CAPPED`` stands for the maximum effective balance."""
    delta: int
    """Raw units."""


@dataclass(frozen=True)
class Write:
    """An event of OBLS after the last sync that names an id."""

    seen: Seen
    delta: int
    """Raw units."""
    sender: Address | None = None
    """Who signed the transaction; None where it was not read."""


@dataclass(frozen=True)
class L2Since:
    """What became of an id on L2 since the last sync; None for what could not be read."""

    why_unknown: str = ""
    """Why something here is None; may hold text from outside."""
    was_active: bool | None = None
    """Whether it was active once the sync had landed, or at the block that the sync read."""
    left_with: int | None = None
    """Power that the sync left it with, in raw units."""
    sync: Seen | None = None
    """Where the sync landed."""
    writes: tuple[Write, ...] = ()
    """Newest first, as far as logs reach."""


@dataclass(frozen=True)
class OldListing:
    """A restricted operator set that names a dead id of an operator."""

    task_definition_id: TaskDefinitionId
    dead_ids: tuple[OperatorId, ...]
    mended: tuple[OperatorId, ...]
    """The list with the active id in their place."""


NOT_READ = NoThen("it was not read")


@dataclass(frozen=True)
class OperatorFacts:
    """One id that is active on L2, one dead id, or one address that L2 has under no active id."""

    generation: Generation
    operator_id: OperatorId | None
    """None for an address that is active under no id."""
    address: Address
    l1: L1Operator
    active_on_l2: bool
    l2_voting_power: int
    """Under this id, in raw units; 0 without one."""
    settings: StakeSettings
    dead_ids: tuple[OperatorId, ...] = ()
    """Others of the address."""
    other_active_ids: tuple[OperatorId, ...] = ()
    """Of the address."""
    old_listings: tuple[OldListing, ...] = ()
    is_ejected: bool | None = None
    """``getIsOperatorEjected`` of L1 (V3)."""
    message: Seen | None = None
    """Its newest registration or unregistration in L1's logs, whichever should have arrived."""
    parts: tuple[StakePart, ...] | None = None
    """None where the generation does not tell them, or they were not read."""
    then: Then | NoThen = NOT_READ
    shifts: tuple[Shift, ...] | NoThen = ()
    """Read where settings changed since the last sync."""
    since: L2Since = L2Since()
    """Read where L2 is not what L1 was at the last sync."""

    @property
    def is_dead_id(self) -> bool:
        """Whether it is an id that is not active: L1 counts nothing for it."""
        return self.operator_id is not None and not self.active_on_l2

    @property
    def delta(self) -> int | None:
        """L1 minus L2, in raw units; None where the L1 read failed."""
        if self.is_dead_id:
            return -self.l2_voting_power
        counted = counted_voting_power(self.l1)
        return None if counted is None else counted - self.l2_voting_power

    @property
    def l1_now(self) -> int | None:
        """What L1 counts for it, in raw units, if a sync would carry it; None for one that a sync leaves out."""
        answer = self.l1.answer
        if self.active_on_l2 and self.l1.is_registered and isinstance(answer, VotingPowerRead):
            return answer.voting_power
        return None

    @property
    def is_capped(self) -> bool:
        """Whether L1 counts just the maximum effective balance."""
        cap = self.settings.max_effective_balance
        return bool(cap) and self.l1_now == cap

    @property
    def is_unreadable(self) -> bool:
        """Whether an L1 read failed for a row that needs it."""
        failed = self.l1.is_registered is None or isinstance(self.l1.answer, Unreadable)
        return failed and not self.is_dead_id

    @property
    def is_unheard(self) -> bool:
        """Whether L1 has it registered and L2 not active, or the other way round."""
        is_registered = self.l1.is_registered
        return not self.is_dead_id and is_registered is not None and is_registered is not self.active_on_l2

    @property
    def has_left_eigenlayer(self) -> bool:
        """Whether L1 says so (V1)."""
        return isinstance(self.l1.answer, NotAnOperator)

    @property
    def is_of_interest(self) -> bool:
        """Whether it drifted, or something stands that makes powers count wrongly."""
        if self.is_dead_id:
            return self.l2_voting_power > 0
        is_missing = not self.active_on_l2 and self.l1.is_registered is not False
        return is_missing or self.delta != 0 or bool(self.other_active_ids or self.old_listings)

    @property
    def needs_then(self) -> bool:
        """Whether the last sync has a part in its explanation."""
        return self.active_on_l2 and self.delta not in (0, None)

    @property
    def needs_shifts(self) -> bool:
        """Whether its power moved on L1 while settings changed."""
        if not isinstance(self.then, Then) or self.l1_now in (None, self.then.voting_power):
            return False
        return bool(changed_settings(self.then.settings, self.settings))

    @property
    def needs_since(self) -> bool:
        """Whether L2 is other than L1 was at the last sync, of one that the sync carried or the next one will."""
        if not self.needs_then or not isinstance(self.then, Then):
            return False
        is_carried = self.then.is_registered or self.l1_now is not None
        return is_carried and self.then.voting_power != self.l2_voting_power


def changed_settings(then: StakeSettings, now: StakeSettings) -> tuple[CauseCode, ...]:
    """Give which settings differ, as the causes that they are; what cannot be read at either block does not."""
    before, after = dict(then.multipliers), dict(now.multipliers)
    changed = {
        CauseCode.MULTIPLIER_CHANGED: any(before[each] != after[each] for each in before.keys() & after.keys()),
        CauseCode.STAKING_CONTRACTS_CHANGED: sorted(name for name, _ in then.multipliers)
        != sorted(name for name, _ in now.multipliers),
        CauseCode.CAPPED: None not in (then.max_effective_balance, now.max_effective_balance)
        and then.max_effective_balance != now.max_effective_balance,
    }
    return tuple(code for code, is_changed in changed.items() if is_changed)
