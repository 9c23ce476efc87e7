"""The rounds of a watch: a line each, one envelope a line for programs, and the document of them all."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from avsctl.core.findings import Finding
from avsctl.core.power import Status
from avsctl.core.units import format_duration
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
    drift_bps,
    is_drifting,
)
from avsctl.core.watch_findings import tell_event
from avsctl.errors import ChainError, Problem
from avsctl.output.encode import Json, decimal, encode
from avsctl.output.power import DiffAnswer, encode_diff, tell_unreadable
from avsctl.output.result import FOUND, INTERRUPTED, FailOn, Result, envelope, exit_status

COMMAND: Final = "power watch"
KEPT: Final = 100
"""Rounds that the document holds: the last ones."""

_OF_DIFF: Final = ("in_sync", "last_sync", "operators", "totals", "unlisted_on_l1", "counts")


class Outcome(StrEnum):
    """What came of a round."""

    READ = "read"
    BEHIND = "behind"
    """It was read at an older block than one before, and compared with none."""
    FAILED = "failed"


@dataclass(frozen=True)
class Round:
    """One look at both chains."""

    number: int
    """From 1."""
    at_ms: int
    """When it was due, since the first round."""
    began_at: int
    """Unix seconds by the machine's clock, for people."""
    answer: DiffAnswer | None
    """None where it failed."""
    events: tuple[Event, ...] = ()
    """What changed since the rounds before."""
    course: tuple[int | None, ...] = ()
    """Drift of the last rounds in ten-thousandths, this one last; None for one that showed none to go by."""
    is_behind: bool = False
    problems: tuple[Problem, ...] = ()
    """Why it failed."""
    status: int = ChainError.status
    """Exit status of the error that made it fail."""

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        if self.answer is None:
            return Outcome.FAILED
        return Outcome.BEHIND if self.is_behind else Outcome.READ

    @property
    def is_drifting(self) -> bool:
        """Whether it showed drift, of now."""
        return self.outcome is Outcome.READ and self.answer is not None and is_drifting(self.answer.diff)

    @property
    def has_sync(self) -> bool:
        """Whether it showed that a sync landed since the rounds before."""
        return any(isinstance(event, SyncLanded) for event in self.events)


class Ending(StrEnum):
    """What ended a watch."""

    INTERRUPTED = "interrupted"
    UNREAD = "unread"
    """Nobody reads its lines any more."""
    TIME = "time"
    """``--for`` is over."""
    SYNC = "sync"
    """What ``--until-sync`` waits for."""
    DRIFT = "drift"
    """What ``--until-drift`` waits for."""


@dataclass(frozen=True)
class Plan:
    """How long a watch goes on, and what ends it."""

    interval_seconds: int
    for_seconds: int | None = None
    """None for no end."""
    until: Ending | None = None
    """SYNC or DRIFT; None for neither."""


@dataclass
class WatchLog:
    """The rounds of one watch, counted, the last of them as JSON data."""

    plan: Plan
    rounds: deque[dict[str, Json]] = field(default_factory=lambda: deque(maxlen=KEPT))
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    """By code."""
    last: Round | None = None
    last_read: Round | None = None
    """The newest that did not fail, and was not behind."""

    def add(self, each: Round) -> None:
        """Keep a round."""
        self.outcomes[each.outcome] += 1
        self.events.update(tell_event(event).code for event in each.events)
        self.rounds.append(_encode_short(each))
        self.last = each
        self.last_read = each if each.outcome is Outcome.READ else self.last_read

    @property
    def count(self) -> int:
        """Rounds that there were."""
        return self.outcomes.total()


def write_round(each: Round) -> str:
    """Write a round as one line of JSON: the envelope that ``power diff`` would end with, and what changed."""
    answer = each.answer
    errors = each.problems if answer is None else tell_unreadable(answer.diff.unreadable)
    result = Result(
        COMMAND,
        encode_round(each),
        deployment=answer.deployment if answer else None,
        l1_block=answer.l1 if answer else None,
        l2_block=answer.l2 if answer else None,
        findings=(*find_changes(each), *_standing(answer)),
        errors=errors,
        status=_find_status(each, errors),
    )
    return encode(envelope(result, exit_status(result, FailOn.NEVER)), indent=None)


def encode_round(each: Round) -> dict[str, Json]:
    """Build the ``data`` of a round's line; what it is about is null where it failed. Operators are those not in sync.

    Rows in sync are counted in ``counts``.
    """
    answer = each.answer
    whole = {} if answer is None else encode_diff(answer)
    rows = whole.get("operators")
    if isinstance(rows, list):
        whole["operators"] = [row for row in rows if row["status"] != Status.IN_SYNC]
    return {
        "round": each.number,
        "at_s": each.at_ms // 1000,
        "outcome": each.outcome.value,
        "drift": _encode_drift(each),
        "events": [encode_event(event) for event in each.events],
        **{key: whole.get(key) for key in _OF_DIFF},
    }


def encode_event(event: Event) -> dict[str, Json]:
    """Build one of ``events``."""
    code: dict[str, Json] = {"code": tell_event(event).code}
    match event:
        case DriftMoved(_, moves):
            return {**code, "operators": [_encode_move(move) for move in moves]}
        case DriftStands(drifts, rounds, seconds, syncs):
            rows = [_encode_move(Move(drift, drift)) for drift in drifts]
            return {**code, "operators": rows, "rounds": rounds, "seconds": seconds, "syncs": syncs}
        case SyncLanded(sync):
            blocks = {"to_block_l1": decimal(sync.to_block_l1), "to_block_l2": decimal(sync.to_block_l2)}
            return {**code, "last_sync": blocks}
        case ReadingFailed(problems):
            return {**code, "codes": [problem.code for problem in problems]}
        case ReadingRecovered(failed):
            return {**code, "failed": failed}
        case ReadingBehind(layer, block, seen, is_accepted):
            return {**code, "layer": layer.value, "block": block, "seen": seen, "is_accepted": is_accepted}


def present_end(log: WatchLog, ending: Ending, findings: Sequence[Finding] = ()) -> Result:
    """Give the result of a watch, its rounds shown already.

    Its status is 130 where it was interrupted, 3 where it has findings, that of the last error where no round could be
    read, else 0. Blocks and deployment are those of the last round that was read.
    """
    answer = log.last_read.answer if log.last_read else None
    problems, status = _find_end(log, ending)
    return Result(
        COMMAND,
        _encode_log(log, ending),
        deployment=answer.deployment if answer else None,
        l1_block=answer.l1 if answer else None,
        l2_block=answer.l2 if answer else None,
        findings=tuple(findings),
        errors=problems,
        status=FOUND if findings and status is None else status,
    )


def find_changes(each: Round) -> tuple[Finding, ...]:
    """Give what changed in a round as findings; drift that was there already is among what the round found."""
    return tuple(tell_event(event) for event in each.events if not _is_found(event))


def find_drift_findings(each: Round) -> tuple[Finding, ...]:
    """Give what was found of drift in a round: the answer of a watch that waits for it."""
    return tuple(finding for finding in _standing(each.answer) if finding.code in _OF_DRIFT)


_OF_DRIFT: Final = ("drift", "operators_unknown_to_l2")


def _is_found(event: Event) -> bool:
    return isinstance(event, DriftMoved) and event.movement is Movement.FOUND


def _standing(answer: DiffAnswer | None) -> tuple[Finding, ...]:
    return () if answer is None else answer.findings


def _find_status(each: Round, errors: Sequence[Problem]) -> int | None:
    if errors:
        return each.status
    return FOUND if each.answer is not None and is_drifting(each.answer.diff) else None


def _find_end(log: WatchLog, ending: Ending) -> tuple[tuple[Problem, ...], int | None]:
    if ending is Ending.INTERRUPTED:
        return (Problem("interrupted", "interrupted"),), INTERRUPTED
    has_failed = ending is Ending.TIME and log.last is not None and not log.outcomes.keys() - {Outcome.FAILED}
    return (log.last.problems, log.last.status) if has_failed and log.last else ((), None)


def _encode_log(log: WatchLog, ending: Ending) -> dict[str, Json]:
    plan, answer = log.plan, log.last_read.answer if log.last_read else None
    return {
        "interval_s": plan.interval_seconds,
        "for_s": plan.for_seconds,
        "until": plan.until.value if plan.until else None,
        "ended_by": ending.value,
        "counts": {"rounds": log.count, **{outcome.value: log.outcomes[outcome] for outcome in Outcome}},
        "events": dict(sorted(log.events.items())),
        "left_out": log.count - len(log.rounds),
        "rounds": list(log.rounds),
        "last": None if answer is None else encode_diff(answer),
    }


def _encode_short(each: Round) -> dict[str, Json]:
    """Build one of the document's ``rounds``, as long for many operators as for few."""
    answer = each.answer
    return {
        "round": each.number,
        "at_s": each.at_ms // 1000,
        "outcome": each.outcome.value,
        "blocks": None if answer is None else {"l1": answer.l1.number, "l2": answer.l2.number},
        "drift": _encode_drift(each),
        "events": [tell_event(event).code for event in each.events],
        "errors": [{"code": problem.code, "message": problem.message} for problem in each.problems],
    }


def _encode_drift(each: Round) -> Json:
    if each.answer is None:
        return None
    diff = each.answer.diff
    return {"operators": len(diff.drifted), "bps": drift_bps(diff)}


def _encode_move(move: Move) -> dict[str, Json]:
    drift = move.drift
    return {
        "operator_ids": list(drift.operator_ids),
        "address": drift.address,
        "before": _encode_stand(move.before),
        "after": _encode_stand(move.after),
    }


def _encode_stand(drift: Drift | None) -> Json:
    if drift is None:
        return None
    return {"delta": decimal(drift.delta), "statuses": [status.value for status in drift.statuses]}


def tell_age(answer: DiffAnswer) -> str:
    """Say how long ago the last sync was; nothing on V1, where nothing tells."""
    if answer.deployment.internal_task_handler is None:
        return ""
    age = None if answer.last_sync is None else answer.last_sync.age_seconds(answer.l2.timestamp)
    if answer.last_sync is None:
        return "no sync yet"
    return "last sync of unknown age" if age is None else f"last sync {format_duration(age)} ago"
