"""What changed between the rounds of a watch, in words."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from avsctl.core.findings import Finding, build_finding
from avsctl.core.units import format_duration, tell_apart
from avsctl.core.watch import (
    Drift,
    DriftMoved,
    DriftStands,
    Event,
    Move,
    Movement,
    ReadingBehind,
    ReadingFailed,
    ReadingRecovered,
    SyncLanded,
)
from avsctl.core.wording import join_words

_SYNC: Final = "10001"
_STATUS: Final = ("avsctl internal status",)


def tell_event(event: Event) -> Finding:
    """Give the finding that an event is; its text may hold text from outside."""
    match event:
        case DriftMoved():
            return _TELL_MOVED[event.movement](event)
        case DriftStands():
            return _tell_stands(event)
        case SyncLanded(last_sync):
            text = f"a 10001 sync landed: up to L1 block {last_sync.to_block_l1} and L2 block {last_sync.to_block_l2}"
            return build_finding("sync_landed", _SYNC, text)
        case ReadingFailed(problems):
            text = f"rounds fail: {'; '.join(problem.message for problem in problems)}"
            return build_finding("reading_failed", "rounds", text)
        case ReadingRecovered(failed):
            text = f"both chains can be read again, after {failed} failed {'round' if failed == 1 else 'rounds'}"
            return build_finding("reading_recovered", "rounds", text)
        case ReadingBehind():
            return _tell_behind(event)


def check_awaited_sync(seconds: int) -> Finding:
    """Find that no sync landed in all the time that one was waited for."""
    return build_finding("sync_not_seen", _SYNC, f"no 10001 sync landed within {format_duration(seconds)}", _STATUS)


def _found(event: DriftMoved) -> Finding:
    return build_finding("drift", "operators", f"{_count(event)}: {_name_deltas(event.moves)} (e18)")


def _appeared(event: DriftMoved) -> Finding:
    text = f"{_count(event)} began to drift: {_name_deltas(event.moves)} (e18)"
    return build_finding("drift_appeared", "operators", text)


def _grew(event: DriftMoved) -> Finding:
    text = f"{_count(event)} drifted further: {_name_changes(event.moves)} (e18)"
    return build_finding("drift_grew", "operators", text)


def _shrank(event: DriftMoved) -> Finding:
    text = f"{_count(event)} drifted back: {_name_changes(event.moves)} (e18)"
    return build_finding("drift_shrank", "operators", text)


def _turned(event: DriftMoved) -> Finding:
    text = f"{_count(event)} drifted otherwise: {_name_changes(event.moves)} (e18)"
    return build_finding("drift_turned", "operators", text)


def _healed(event: DriftMoved) -> Finding:
    names = join_words([_name(move.drift) for move in event.moves])
    end = "; L1 and L2 agree" if event.is_last else ""
    return build_finding("drift_healed", "operators", f"{_count(event)} stopped drifting: {names}{end}")


_TELL_MOVED: Final[Mapping[Movement, Callable[[DriftMoved], Finding]]] = {
    Movement.FOUND: _found,
    Movement.APPEARED: _appeared,
    Movement.GREW: _grew,
    Movement.SHRANK: _shrank,
    Movement.TURNED: _turned,
    Movement.HEALED: _healed,
}


def _tell_stands(event: DriftStands) -> Finding:
    names = join_words([_name(drift) for drift in event.drifts])
    landed = "no sync landed" if not event.syncs else f"{event.syncs} landed that did not mend it"
    text = f"the drift of {names} has not changed for {format_duration(event.seconds)}, {event.rounds} rounds; {landed}"
    return build_finding("drift_stands", "operators", text, (*_STATUS, "avsctl power explain"))


def _tell_behind(event: ReadingBehind) -> Finding:
    where = f"{event.layer.upper()} block {event.block} is older than {event.seen}, which was read before"
    then = "the watch begins anew from it" if event.is_accepted else "such a round is compared with none"
    return build_finding("reading_behind", event.layer.value, f"{where}: {then}")


def _count(event: DriftMoved) -> str:
    return "1 operator" if len(event.moves) == 1 else f"{len(event.moves)} operators"


def _name(drift: Drift) -> str:
    return ", ".join(map(str, drift.operator_ids)) or drift.address


def _name_deltas(moves: Iterable[Move]) -> str:
    return join_words([f"{_name(move.drift)} by {_signed(move.drift.delta)[0]}" for move in moves])


def _name_changes(moves: Iterable[Move]) -> str:
    return join_words([_name_change(move) for move in moves])


def _name_change(move: Move) -> str:
    """Say what of a drift changed: the power, or where that is the same, how its operator stands."""
    before, after = move.before, move.after
    if before is None or after is None:
        return _name(move.drift)
    old, new = _signed(before.delta, after.delta)
    if before.delta == after.delta:
        old, new = (" and ".join(each.statuses) for each in (before, after))
    return f"{_name(after)} from {old} to {new}"


def _signed(*deltas: int) -> tuple[str, ...]:
    """Write deltas with their signs, so that those which differ look different."""
    return tuple(map(_sign, deltas, tell_apart(*deltas)))


def _sign(delta: int, text: str) -> str:
    if delta <= 0:
        return text
    return f"~+{text[1:]}" if text.startswith("~") else f"+{text}"
