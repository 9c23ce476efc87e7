"""What L1 was at the last sync, which is what L2's powers are compared with to explain how they differ now.

The getters of InternalTaskHandler name the block. Where there are none (V1), or none has landed, L1 is looked back at
for the newest block at which it had just what L2 has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from avsctl.chain.detect import Discovery
from avsctl.chain.queries.power_history_states import read_at_blocks
from avsctl.chain.reader import BlockReader
from avsctl.contracts.avs_governance import AvsGovernance
from avsctl.contracts.call import Answer, Call, Outcome, value_of
from avsctl.contracts.stake_settings import StakeGetters
from avsctl.core.cause_facts import NoThen, OperatorFacts, StakeSettings, Then
from avsctl.core.units import Address, OperatorId

LOOKS: Final = ((0, 7), (7, 13), (13, 19))
"""Exponents of 2: how many blocks back L1 is looked at, in one go each; the last is about 36 days at 12 s."""
YOUNG: Final = 2**19
"""A chain with fewer blocks is looked at near its beginning, too."""
MOST_CONTRACTS: Final = 32
"""More supported staking contracts than these are not looked into one by one."""
MOST_LISTED: Final = 256
"""Of a longer list the rest is taken for a wrong answer and left out."""


@dataclass(frozen=True)
class L1Past:
    """L1, and its past as far as the endpoint has it."""

    reader: BlockReader
    discovery: Discovery
    address: Address
    """Of AvsGovernance."""

    @property
    def getters(self) -> StakeGetters:
        """The calls that tell of stake."""
        return StakeGetters(self.address, self.discovery.generation)

    @property
    def governance(self) -> AvsGovernance:
        """The calls that tell of operators."""
        return AvsGovernance(self.address, self.discovery.generation)

    def power_calls(self, addresses: Sequence[Address]) -> list[Call[Any]]:
        """Give the calls that tell registration and power of each address, in turn."""
        governance = self.governance
        return [c for a in addresses for c in (governance.is_operator_registered(a), governance.voting_power(a))]


def load_settings(past: L1Past) -> StakeSettings:
    """Read what AvsGovernance makes power of stake with now.

    Raises:
        ChainError: the chain could not be read.
    """
    contracts, cap, minimum = past.reader.read(_setting_calls(past))
    listed: tuple[Address, ...] = contracts.value if isinstance(contracts, Answer) else ()
    multipliers = past.reader.read(_multiplier_calls(past, listed[:MOST_CONTRACTS]))
    return _join_settings(contracts, cap, minimum, dict(zip(listed, multipliers, strict=False)))


def load_settings_at(past: L1Past, heights: Sequence[int], contracts: Sequence[Address]) -> dict[int, StakeSettings]:
    """Read the settings at some blocks, of those staking contracts among them; without those whose state is gone.

    Raises:
        ChainError: the endpoint failed.
    """
    known = list(contracts)[:MOST_CONTRACTS]
    calls = [*_setting_calls(past), *_multiplier_calls(past, known)]
    told = zip(heights, read_at_blocks(past.reader, [(height, calls) for height in heights]), strict=True)
    return {height: _read_settings(past, height, known, each) for height, each in told if each is not None}


def reference_block(past: L1Past) -> int | None:
    """Give the L1 block that the last sync names; None where none is named, or it is above the one that is read."""
    block, _ = past.discovery.last_commit or (0, 0)
    return block if 0 < block <= past.reader.block.number else None


def load_thens(
    past: L1Past, facts: Sequence[OperatorFacts], settings: StakeSettings
) -> dict[OperatorId, Then | NoThen]:
    """Give what L1 was at the last sync, of every id of ``facts``.

    Args:
        past: L1.
        facts: of now; those without an active id are left out.
        settings: of now.

    Raises:
        ChainError: the endpoint failed.
    """
    by_id = {each.operator_id: each for each in facts if each.operator_id is not None and each.active_on_l2}
    block, commit = reference_block(past), past.discovery.last_commit
    if block is not None:
        return _load_at(past, by_id, dict.fromkeys(by_id, block), settings)
    if commit is None or commit == (0, 0):
        return _look_back(past, by_id, settings)
    why = f"the last sync names L1 block {commit[0]}, and the newest one read is {past.reader.block.number}"
    return dict.fromkeys(by_id, NoThen(why))


def _look_back(
    past: L1Past, by_id: Mapping[OperatorId, OperatorFacts], settings: StakeSettings
) -> dict[OperatorId, Then | NoThen]:
    """Find for each operator the newest block looked at where L1 had what L2 has."""
    blocks: dict[OperatorId, int] = {}
    oldest = None
    for heights in _choose_heights(past.reader.block.number):
        left = {i: each for i, each in by_id.items() if i not in blocks}
        if not left:
            break
        calls = past.power_calls([each.address for each in left.values()])
        told = read_at_blocks(past.reader, [(height, calls) for height in heights])
        for height, outcomes in zip(heights, told, strict=True):
            oldest = oldest if outcomes is None else height
            for i, power in zip(left, (outcomes or ())[1::2], strict=False):
                if _power_of(power) == left[i].l2_voting_power and i not in blocks:
                    blocks[i] = height
        if told[-1] is None:
            break
    found = _load_at(past, by_id, blocks, settings, is_inferred=True)
    missing = _tell_missing(past, oldest)
    return {i: found.get(i, missing) for i in by_id}


def _choose_heights(head: int) -> Iterator[list[int]]:
    """Give where L1 is looked at, newest first, in groups that are asked for together."""
    for exponents in LOOKS:
        heights = [head - 2**exponent for exponent in range(*exponents) if head > 2**exponent]
        if heights:
            yield heights
    if head < YOUNG:
        oldest = head - 2 ** max(head.bit_length() - 1, 0)
        yield [oldest >> shift for shift in range(1, oldest.bit_length())] or [oldest]


def _tell_missing(past: L1Past, oldest: int | None) -> NoThen:
    why = "V1 has no getter of its last sync" if past.discovery.last_commit is None else "no sync has landed yet"
    if oldest is None:
        return NoThen(f"{why}, and the endpoint of L1 has no older state")
    return NoThen(f"{why}; L1 had what L2 has at no block looked at, back to {oldest}", was_sought=True)


def _load_at(
    past: L1Past,
    by_id: Mapping[OperatorId, OperatorFacts],
    blocks: Mapping[OperatorId, int],
    settings: StakeSettings,
    *,
    is_inferred: bool = False,
) -> dict[OperatorId, Then | NoThen]:
    """Read power and settings of each operator at its block, with the multipliers of what is supported now."""
    groups = {height: [i for i, block in blocks.items() if block == height] for height in sorted(set(blocks.values()))}
    now = list(dict.fromkeys(name for name, _ in settings.multipliers))[:MOST_CONTRACTS]
    same = [*_setting_calls(past), *_multiplier_calls(past, now)]
    asked = [(h, [*same, *past.power_calls([by_id[i].address for i in own])]) for h, own in groups.items()]
    thens: dict[OperatorId, Then | NoThen] = {}
    for height, told in zip(groups, read_at_blocks(past.reader, asked), strict=True):
        if told is None:
            gone = NoThen(f"the endpoint of L1 does not have the state of block {height} any more")
            thens |= dict.fromkeys(groups[height], gone)
            continue
        then = _read_settings(past, height, now, told[: len(same)])
        powers = zip(groups[height], told[len(same) :: 2], told[len(same) + 1 :: 2], strict=True)
        thens |= {i: _join_then(height, pair, then, is_inferred=is_inferred) for i, *pair in powers}
    return thens


def _join_then(
    block: int, outcomes: Sequence[Outcome[Any]], settings: StakeSettings, *, is_inferred: bool
) -> Then | NoThen:
    registered, power = outcomes
    answer = _power_of(power)
    if answer is None or not isinstance(registered, Answer):
        return NoThen(f"the read of it failed on L1 at block {block}, too")
    return Then(block, answer, registered.value, settings, is_inferred)


def _read_settings(past: L1Past, height: int, now: Sequence[Address], told: Sequence[Outcome[Any]]) -> StakeSettings:
    """Read the settings of a block, and ask for the multipliers of what is not supported any more."""
    contracts, cap, minimum, *weights = told
    known = dict(zip(now, weights, strict=True))
    listed = contracts.value if isinstance(contracts, Answer) else ()
    others = [each for each in dict.fromkeys(listed) if each not in known][:MOST_CONTRACTS]
    if others:
        (more,) = read_at_blocks(past.reader, [(height, _multiplier_calls(past, others))])
        known |= dict(zip(others, more or (), strict=False))
    return _join_settings(contracts, cap, minimum, known)


def _setting_calls(past: L1Past) -> list[Call[Any]]:
    getters = past.getters
    return [getters.staking_contracts(), getters.max_effective_balance(), getters.min_voting_power()]


def _multiplier_calls(past: L1Past, contracts: Sequence[Address]) -> list[Call[Any]]:
    return [past.getters.multiplier(each) for each in contracts]


def _join_settings(
    contracts: Outcome[Any], cap: Outcome[int], minimum: Outcome[int], multipliers: Mapping[Address, Outcome[int]]
) -> StakeSettings:
    listed = contracts.value if isinstance(contracts, Answer) else ()
    weights = {name: each.value or 1 for name, each in multipliers.items() if isinstance(each, Answer)}
    named = tuple((name, weights.get(name, 1)) for name in listed[:MOST_LISTED])
    return StakeSettings(named, value_of(cap), value_of(minimum))


def _power_of(outcome: Outcome[int]) -> int | None:
    """Give the power answered, 0 for no operator; None where the read failed."""
    if isinstance(outcome, Answer):
        return outcome.value
    return 0 if outcome.revert.name == "NotActiveOperator" else None
