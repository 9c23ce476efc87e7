"""Causes of drift in sentences, from their evidence."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from avsctl.core.cause_facts import CauseCode
from avsctl.core.causes import Cause
from avsctl.core.units import brief_e18, tell_apart
from avsctl.output.head import power_span
from avsctl.output.text import clip

LABELS: Final = {
    CauseCode.PENDING_SYNC: "pending",
    CauseCode.MULTIPLIER_CHANGED: "multiplier",
    CauseCode.STAKING_CONTRACTS_CHANGED: "contracts",
    CauseCode.CAPPED: "capped",
    CauseCode.CAP_LIFTED: "cap lifted",
    CauseCode.WRONG_SYNC: "wrong sync",
    CauseCode.DIRECT_WRITE: "written",
    CauseCode.REGISTERED_SINCE: "registered",
    CauseCode.MISMATCH: "mismatch",
    CauseCode.UNREGISTER_NOT_ARRIVED: "message lost",
    CauseCode.EJECT_NOT_ARRIVED: "message lost",
    CauseCode.REGISTER_NOT_ARRIVED: "message lost",
    CauseCode.LEFT_EIGENLAYER: "left",
    CauseCode.BELOW_MINIMUM: "below min",
    CauseCode.LISTS_NAME_OLD_ID: "old id",
    CauseCode.GHOST_POWER: "ghost",
    CauseCode.TWO_ACTIVE_IDS: "two ids",
    CauseCode.L1_READ_FAILS: "unreadable",
}
"""Causes as the screen has them; the JSON has the codes."""

_CHANGES: Final = {"rose": "stake rose since", "fell": "stake fell since", "to_zero": "all stake is gone since"}

_Facts = Mapping[str, Any]


def tell_cause(cause: Cause, moment: str) -> str:
    """Say what a cause is, with its figures in e18; what came from outside is clipped.

    Args:
        cause: which.
        moment: when L1 is compared with, such as ``at the last sync``.
    """
    told = _TELL[cause.code]({**cause.evidence, "moment": moment})
    return told if cause.certain else f"{told} (not certain)"


def _tell_pending(facts: _Facts) -> str:
    if "l1_at_last_sync" not in facts:
        l1, l2 = tell_apart(facts["l1_now"], facts["l2_now"])
        return f"L1 has {l1}, L2 {l2}: stake changed, it seems, since L2 was written"
    then, now, moved = facts["l1_at_last_sync"], facts["l1_now"], facts["by_stake"]
    equal = ", as L2 still is" if then == facts["l2_now"] else ""
    change = _CHANGES[facts["change"]]
    share = "" if moved == now - then else f" ({_signed(moved)} of {_signed(now - then)})"
    return f"L1 was {tell_apart(then, now)[0]} {facts['moment']}{equal}; {change}{share}"


def _tell_multiplier(facts: _Facts) -> str:
    changes = ", ".join(f"{each['staking_contract']} {each['from']} -> {each['to']}" for each in facts["multipliers"])
    return f"what stake counts changed: {changes or 'back and forth'}{_tell_steps(facts)}"


def _tell_contracts(facts: _Facts) -> str:
    parts = [f"{verb} {', '.join(facts[verb])}" for verb in ("added", "removed") if facts[verb]]
    return f"supported staking contracts changed: {'; '.join(parts) or 'back and forth'}{_tell_steps(facts)}"


def _tell_capped(facts: _Facts) -> str:
    cap, before = facts["max_effective_balance"], facts["at_last_sync"]
    was = "" if before in (None, cap) else f", which was {brief_e18(before) if before else 'none'} {facts['moment']}"
    return f"L1 counts no more than the maximum effective balance {brief_e18(cap or 0)}{was}{_tell_steps(facts)}"


def _tell_lifted(facts: _Facts) -> str:
    cap, before = facts["max_effective_balance"], facts["at_last_sync"]
    now = brief_e18(cap) if cap else "none"
    return (
        f"the maximum effective balance was {brief_e18(before or 0)} {facts['moment']}, now {now}{_tell_steps(facts)}"
    )


def _tell_steps(facts: _Facts) -> str:
    steps = facts.get("steps", ())
    return "".join(f"; {_signed(each['moved'])} in L1 block {each['block']}" for each in steps)


def _tell_wrong(facts: _Facts) -> str:
    left, then = tell_apart(facts["left_by_sync"], facts["l1_at_last_sync"])
    where = f" (L2 block {facts['block']})" if "block" in facts else ""
    return f"the last sync{where} left {left} on L2 where L1 had {then} at block {facts['to_block_l1']}"


def _tell_written(facts: _Facts) -> str:
    moved = ""
    if "left_by_sync" in facts:
        left, now = tell_apart(facts["left_by_sync"], facts["l2_now"])
        moved = f", from {left} to {now}"
    writes = "; ".join(
        f"{_signed(each['moved'])} by {each['by'] or 'somebody'} in L2 block {each['block']}"
        for each in facts["writes"]
    )
    return f"written on L2 after the last sync{moved}: {writes or 'no event tells by whom'}"


def _tell_registered(facts: _Facts) -> str:
    then, now = tell_apart(facts["l1_at_last_sync"], facts["l2_now"])
    ids = ", ".join(map(str, facts["operator_ids"]))
    former = f", before as {ids}" if ids else ""
    return f"registered on L2 since the last sync{former}; it has {now} now, and L1 had {then} at that sync"


def _tell_mismatch(facts: _Facts) -> str:
    if "l1_at_last_sync" not in facts:
        l1, l2 = tell_apart(facts["l1_now"], facts["l2_now"])
        return f"L2 has {l2}, which L1 ({l1} now) is not seen to have had"
    then, now = tell_apart(facts["l1_at_last_sync"], facts["l2_now"])
    return f"L2 has {now} where L1 had {then} {facts['moment']}"


def _tell_message(what: str, stands: str) -> Callable[[_Facts], str]:
    def tell(facts: _Facts) -> str:
        where = f"; L1 block {facts['block']}, transaction {facts['transaction']}" if facts.get("transaction") else ""
        return f"{what} on L1, {stands}: the message from L1 has not arrived{where}"

    return tell


def _tell_below(facts: _Facts) -> str:
    now, minimum = tell_apart(facts["l1_now"], facts["min_voting_power"])
    return f"L1 has {now}, and a registration takes {minimum}; that is not looked at again"


def _tell_lists(facts: _Facts) -> str:
    lists = "; ".join(f"{_ids(each['operator_ids'])} in task {each['task_definition_id']}" for each in facts["lists"])
    return f"came back under a new id; lists name the old one: {lists}"


def _tell_failure(facts: _Facts) -> str:
    failing = facts["staking_contracts"]
    where = f"; it fails in {', '.join(failing)}" if failing else ""
    return f"an L1 read fails: {clip(facts['reason'])}{where}"


def _ids(ids: tuple[int, ...]) -> str:
    return ", ".join(map(str, ids))


def _signed(power: int) -> str:
    return power_span(power, signed=True).brief


_TELL: Final[dict[CauseCode, Callable[[_Facts], str]]] = {
    CauseCode.PENDING_SYNC: _tell_pending,
    CauseCode.MULTIPLIER_CHANGED: _tell_multiplier,
    CauseCode.STAKING_CONTRACTS_CHANGED: _tell_contracts,
    CauseCode.CAPPED: _tell_capped,
    CauseCode.CAP_LIFTED: _tell_lifted,
    CauseCode.WRONG_SYNC: _tell_wrong,
    CauseCode.DIRECT_WRITE: _tell_written,
    CauseCode.REGISTERED_SINCE: _tell_registered,
    CauseCode.MISMATCH: _tell_mismatch,
    CauseCode.UNREGISTER_NOT_ARRIVED: _tell_message("unregistered", "L2 still active"),
    CauseCode.EJECT_NOT_ARRIVED: _tell_message("ejected", "L2 still active"),
    CauseCode.REGISTER_NOT_ARRIVED: _tell_message("registered", "not active on L2"),
    CauseCode.LEFT_EIGENLAYER: lambda _: "no EigenLayer operator any more: L1 votingPower reverts NotActiveOperator()",
    CauseCode.BELOW_MINIMUM: _tell_below,
    CauseCode.LISTS_NAME_OLD_ID: _tell_lists,
    CauseCode.GHOST_POWER: lambda facts: (
        f"not active, yet holds {brief_e18(facts['l2_now'])}: it raises quorums and cannot sign"
    ),
    CauseCode.TWO_ACTIVE_IDS: lambda facts: f"active under {_ids(facts['operator_ids'])} too: its power counts twice",
    CauseCode.L1_READ_FAILS: _tell_failure,
}
