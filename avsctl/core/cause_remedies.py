"""What mends a cause of drift: the command, or the act of whoever can."""

from collections.abc import Callable
from typing import Final

from avsctl.core.cause_facts import CauseCode, OperatorFacts
from avsctl.core.deployment import Generation
from avsctl.core.wording import join_words

_HISTORY: Final = "avsctl power history"


def find_remedy(facts: OperatorFacts, code: CauseCode) -> tuple[str, ...]:
    """Give the commands and acts that mend a cause; none where the next sync is enough."""
    find = _REMEDIES.get(code)
    return find(facts) if find else ()


def _await_unregistering(facts: OperatorFacts) -> tuple[str, ...]:
    return ("LayerZero message of the unregistering transaction", *_eject(facts))


def _await_ejection(facts: OperatorFacts) -> tuple[str, ...]:
    return ("LayerZero message of the ejecting transaction", *_eject(facts))


def _await_registration(_facts: OperatorFacts) -> tuple[str, ...]:
    return ("LayerZero message of the registering transaction",)


def _leave(facts: OperatorFacts) -> tuple[str, ...]:
    if not facts.l1.is_registered:
        return _await_unregistering(facts)
    return (*_eject(facts), "unregistering from the AVS")


def _eject(facts: OperatorFacts) -> tuple[str, ...]:
    """Name the ejection on L2, which V1 has not."""
    return () if facts.generation is Generation.V1 else ("governance ejection",)


def _raise_stake(_facts: OperatorFacts) -> tuple[str, ...]:
    return ("more stake; nothing enforces the minimum after registration",)


def _mend_lists(facts: OperatorFacts) -> tuple[str, ...]:
    return tuple(
        f"avsctl task update {each.task_definition_id} --restricted {','.join(map(str, each.mended))}"
        for each in facts.old_listings
    )


def _lower_ghost(facts: OperatorFacts) -> tuple[str, ...]:
    return (f"a voting power syncer lowers id {facts.operator_id} by {facts.l2_voting_power} raw units",)


def _drop_older(facts: OperatorFacts) -> tuple[str, ...]:
    """Name the act in OBLS: unregistering and ejecting go by address, which leads to the newest id alone."""
    *older, _ = sorted((*facts.other_active_ids, *([facts.operator_id] if facts.operator_id else [])))
    whom = f"id {older[0]} and lowers it" if len(older) == 1 else f"ids {join_words(older)} and lowers them"
    return (f"a voting power syncer deactivates {whom} to 0",)


_REMEDIES: Final[dict[CauseCode, Callable[[OperatorFacts], tuple[str, ...]]]] = {
    CauseCode.WRONG_SYNC: lambda _: (_HISTORY,),
    CauseCode.DIRECT_WRITE: lambda _: ("see who holds VOTING_POWER_SYNCER in OBLS: governance names it",),
    CauseCode.MISMATCH: lambda _: (_HISTORY,),
    CauseCode.UNREGISTER_NOT_ARRIVED: _await_unregistering,
    CauseCode.EJECT_NOT_ARRIVED: _await_ejection,
    CauseCode.REGISTER_NOT_ARRIVED: _await_registration,
    CauseCode.LEFT_EIGENLAYER: _leave,
    CauseCode.BELOW_MINIMUM: _raise_stake,
    CauseCode.LISTS_NAME_OLD_ID: _mend_lists,
    CauseCode.GHOST_POWER: _lower_ghost,
    CauseCode.TWO_ACTIVE_IDS: _drop_older,
    CauseCode.L1_READ_FAILS: lambda _: ("see what its staking contracts answer on L1",),
}
