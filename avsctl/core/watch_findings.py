"""What changed between the rounds of a watch, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from avsctl.core.findings import Finding, build_finding
from avsctl.core.units import brief_e18, format_duration, tell_apart
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
            text = f"the round failed: {'; '.join(problem.message for problem in problems)}"
            return build_finding("reading_failed", "round", text)
        case ReadingRecovered(failed):
            text = f"rounds can be read again, after {failed} that failed"
            return build_finding("reading_recovered", "rounds", text)
        case ReadingBehind():
            return _tell_behind(event)


def check_awaited_sync(seconds: int) -> Finding:
    """Find that no sync landed in all the time that one was waited for."""
    return build_finding("sync_not_seen", _SYNC, f"no 10001 sync landed within {format_duration(seconds)}", _STATUS)


def _found(event: DriftMoved) -> Finding:
    return build_finding("drift", _subject(event), f"{_say(event, 'drifts', 'drift')} by {_deltas(event)} (e18)")


def _appeared(event: DriftMoved) -> Finding:
    text = f"{_say(event, 'began to drift')} by {_deltas(event)} (e18)"
    return build_finding("drift_appeared", _subject(event), text)


def _grew(event: DriftMoved) -> Finding:
    return build_finding("drift_grew", _subject(event), f"{_say(event, 'drifted further')} {_changes(event)}")


def _shrank(event: DriftMoved) -> Finding:
    return build_finding("drift_shrank", _subject(event), f"{_say(event, 'drifted back')} {_changes(event)}")


def _turned(event: DriftMoved) -> Finding:
    return build_finding("drift_turned", _subject(event), f"{_say(event, 'drifted otherwise')} {_changes(event)}")


def _healed(event: DriftMoved) -> Finding:
    end = "; L1 and L2 agree" if event.is_last else ""
    return build_finding("drift_healed", _subject(event), f"{_say(event, 'stopped drifting')}{end}")


_TELL_MOVED: Final[Mapping[Movement, Callable[[DriftMoved], Finding]]] = {
    Movement.FOUND: _found,
    Movement.APPEARED: _appeared,
    Movement.GREW: _grew,
    Movement.SHRANK: _shrank,
    Movement.TURNED: _turned,
    Movement.HEALED: _healed,
}


def _tell_stands(event: DriftStands) -> Finding:
    landed = "no sync landed" if not event.syncs else f"{event.syncs} landed that did not mend it"
    text = (
        f"the drift of {_name_all(event.drifts)} has not changed for {format_duration(event.seconds)},"
        f" {event.rounds} rounds; {landed}"
    )
    subject = _name_all(event.drifts) if len(event.drifts) == 1 else "operators"
    return build_finding("drift_stands", subject, text, (*_STATUS, "avsctl power explain"))


def _tell_behind(event: ReadingBehind) -> Finding:
    where = f"{event.layer.upper()} block {event.block} is older than {event.seen}, which was read before"
    then = "the watch begins anew from it" if event.is_accepted else "such a round is compared with none"
    return build_finding("reading_behind", event.layer.value, f"{where}: {then}")


def _say(event: DriftMoved, verb: str, verb_of_several: str = "") -> str:
    """Name the operators of a movement, and what they did."""
    names = _name_all([move.drift for move in event.moves])
    return f"{names} {verb if len(event.moves) == 1 else verb_of_several or verb}"


def _subject(event: DriftMoved) -> str:
    return _name_all([event.moves[0].drift]) if len(event.moves) == 1 else "operators"


def _name_all(drifts: Sequence[Drift]) -> str:
    """Give ``operator 3``, ``operators 3 and 5``, or the addresses of those that have no id."""
    names = join_words([", ".join(map(str, drift.operator_ids)) or drift.address for drift in drifts])
    return f"operator {names}" if len(drifts) == 1 else f"operators {names}"


def _deltas(event: DriftMoved) -> str:
    return join_words([_sign(move.drift.delta, brief_e18(move.drift.delta)) for move in event.moves])


def _changes(event: DriftMoved) -> str:
    unit = " (e18)" if any(_is_of_power(move) for move in event.moves) else ""
    return f"{join_words([_change(move) for move in event.moves])}{unit}"


def _is_of_power(move: Move) -> bool:
    return move.before is not None and move.after is not None and move.before.delta != move.after.delta


def _change(move: Move) -> str:
    """Say what of a drift changed: the power, or where that is the same, how its operator stands."""
    drifts = [drift for drift in (move.before, move.after) if drift is not None]
    if _is_of_power(move):
        deltas = [drift.delta for drift in drifts]
        told = list(map(_sign, deltas, tell_apart(*deltas)))
    else:
        told = [" and ".join(drift.statuses) for drift in drifts]
    return f"from {' to '.join(told)}"


def _sign(delta: int, text: str) -> str:
    if delta <= 0:
        return text
    return f"~+{text[1:]}" if text.startswith("~") else f"+{text}"
