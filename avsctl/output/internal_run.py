"""Rehearsed runs of the internal tasks: a line a round, its event, and the JSON data of them all."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from avsctl.core.attestation.votes import Vote
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.internal_tasks import InternalTaskName, Interval
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import TotalsUpdate
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import ChainError, Problem
from avsctl.output.attestation import tell_differences
from avsctl.output.attestation_answer import AttestationAnswer
from avsctl.output.attestation_data import encode_attestation
from avsctl.output.attestation_steps import Ending, find_chain_ending, find_ending, weigh
from avsctl.output.attestation_words import foreign_span
from avsctl.output.encode import Json, encode_id
from avsctl.output.head import format_moment, format_time, power_span
from avsctl.output.result import INTERRUPTED, Result
from avsctl.output.screen import Line, Span, Style
from avsctl.output.text import plural

COMMAND: Final = "internal run"
KEPT: Final = 1000
"""Rounds that the document of a run without end holds: the last ones."""

_WORDS: Final[Mapping[Ending | None, tuple[str, Style]]] = {
    Ending.SUBMITTED: ("passes", Style.OK),
    Ending.REJECTED: ("is rejected", Style.CRITICAL),
    Ending.REVERTED: ("reverts", Style.CRITICAL),
    None: ("failed", Style.CRITICAL),
}
_GAP: Final = Span("  ")
_OF_ATTESTATION: Final = (
    *("proof_of_task", "task_hash", "steps", "votes", "quorum", "chain", "agrees", "differences"),
)


@dataclass(frozen=True)
class Scheduled:
    """An internal task and how often it runs."""

    task_definition_id: TaskDefinitionId
    name: InternalTaskName
    interval: Interval


@dataclass(frozen=True)
class Round:
    """One internal task, rehearsed once."""

    number: int
    """From 1."""
    task_definition_id: TaskDefinitionId
    at_ms: int
    """When it was due, since the first round."""
    began_at: int
    """Unix seconds by the machine's clock, for people."""
    answer: AttestationAnswer | None
    """None where it failed."""
    problems: tuple[Problem, ...] = ()
    """Why it failed."""

    @property
    def ending(self) -> Ending | None:
        """What would become of the task; None where the round failed."""
        return None if self.answer is None else find_ending(self.answer)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found."""
        return () if self.answer is None else self.answer.findings


@dataclass
class RunLog:
    """The rounds of one run, the last of them as JSON data."""

    schedule: Sequence[Scheduled]
    rounds: deque[dict[str, Json]] = field(default_factory=lambda: deque(maxlen=KEPT))
    counts: dict[str, int] = field(default_factory=lambda: {"rounds": 0, "passed": 0, "not_passed": 0, "failed": 0})
    last: AttestationAnswer | None = None
    """The newest answer."""

    def add(self, each: Round) -> None:
        """Keep a round."""
        is_passed = each.ending is Ending.SUBMITTED
        self.counts["rounds"] += 1
        self.counts["failed" if each.ending is None else "passed" if is_passed else "not_passed"] += 1
        self.rounds.append(encode_round(each))
        self.last = each.answer or self.last

    @property
    def data(self) -> dict[str, Json]:
        """The ``data`` of the envelope."""
        return {
            "schedule": [_encode_scheduled(each) for each in self.schedule],
            "counts": dict(self.counts),
            "left_out": self.counts["rounds"] - len(self.rounds),
            "rounds": list(self.rounds),
        }


def present_once(rounds: Sequence[Round], log: RunLog) -> Result:
    """Give the result of ``internal run --once``; status 5 where a contract and its model say different things."""
    answers = [each.answer for each in rounds if each.answer is not None]
    findings = dict.fromkeys(finding for answer in answers for finding in answer.findings)
    errors = tuple(problem for answer in answers for problem in tell_differences(answer.differences or ()))
    deployment, l1, l2 = _find_place(log)
    return Result(
        COMMAND,
        log.data,
        screen=tuple(map(round_line, rounds)),
        deployment=deployment,
        l1_block=l1,
        l2_block=l2,
        findings=tuple(findings),
        errors=errors,
        status=ChainError.status if errors else None,
    )


def present_interrupted(log: RunLog, *, is_interrupted: bool) -> Result:
    """Give the result of a run without end, its rounds shown already: that of one interrupted, or left by its reader.

    Blocks and deployment are those of the last round that did not fail; findings stand with their rounds.
    """
    deployment, l1, l2 = _find_place(log)
    problems = (Problem("interrupted", "interrupted"),) if is_interrupted else ()
    status = INTERRUPTED if is_interrupted else None
    return Result(COMMAND, log.data, deployment=deployment, l1_block=l1, l2_block=l2, errors=problems, status=status)


def round_line(each: Round) -> Line:
    """Say in a line when a round was, what was proposed, who votes how, and what the contract says."""
    task = f"  {each.task_definition_id}"
    time = Span(format_moment(each.began_at) + task, brief=format_time(each.began_at) + task)
    spans = [span for part in _tell_parts(each) for span in (_GAP, *part)]
    return Line((time, *spans), hang=len(time.brief) + len(_GAP.text))


def tell_round(each: Round) -> str:
    """Say the same without the time, as the event of a round does; may hold text from outside."""
    parts = ["".join(span.text for span in part) for part in _tell_parts(each)]
    return f"round {each.number}, {each.task_definition_id} {', '.join(parts)}"


def _tell_parts(each: Round) -> list[tuple[Span, ...]]:
    word = (Span(*_WORDS[each.ending]),)
    if each.answer is None:
        return [word, (foreign_span("{}", "; ".join(problem.message for problem in each.problems)),)]
    answer, weighed = each.answer, weigh(each.answer)
    parts: list[tuple[Span, ...]] = [word, (Span(_tell_proposal(answer)),), (Span(_tell_votes(answer)),)]
    if weighed is not None:
        parts.append((power_span(weighed.signed), Span(" of "), power_span(weighed.required), Span(" e18")))
    return [*parts, _tell_chain(answer)]


def round_fields(each: Round) -> dict[str, object]:
    """Give what the event of a round says, for programs."""
    fields: dict[str, object] = {"round": each.number, "task_definition_id": each.task_definition_id}
    if each.answer is None:
        return {**fields, "codes": [problem.code for problem in each.problems]}
    answer, weighed = each.answer, weigh(each.answer)
    votes = {vote.value: len(answer.rehearsal.votes.of(vote)) for vote in Vote}
    weights = {} if weighed is None else {"signed": str(weighed.signed), "required": str(weighed.required)}
    blocks = {"block_l1": answer.l1.number if answer.l1 else None, "block_l2": answer.l2.number}
    return {**fields, "outcome": find_ending(answer).value, **votes, **weights, **blocks}


def encode_round(each: Round) -> dict[str, Json]:
    """Build one of ``rounds``; what it is about is null where it failed."""
    answer = each.answer
    whole = {} if answer is None else encode_attestation(answer)
    return {
        "round": each.number,
        "at_s": each.at_ms // 1000,
        "task_definition_id": each.task_definition_id,
        "outcome": "failed" if each.ending is None else each.ending.value,
        "blocks": None if answer is None else {"l1": _encode_block(answer.l1), "l2": _encode_block(answer.l2)},
        "proposal": None if answer is None else _count_proposal(answer),
        **{key: whole.get(key) for key in _OF_ATTESTATION},
        "views": None if answer is None else _encode_views(answer),
        "findings": [_encode_finding(finding) for finding in each.findings],
        "errors": [{"code": problem.code, "message": problem.message} for problem in each.problems],
    }


def _find_place(log: RunLog) -> tuple[Deployment | None, BlockRef | None, BlockRef | None]:
    last = log.last
    return (None, None, None) if last is None else (last.deployment, last.l1, last.l2)


def _encode_scheduled(each: Scheduled) -> Json:
    return {
        "task_definition_id": each.task_definition_id,
        "name": each.name.value,
        "interval_ms": each.interval.milliseconds,
        "interval_from": each.interval.source.value,
    }


def _encode_block(block: BlockRef | None) -> Json:
    if block is None:
        return None
    return {"number": encode_id(block.number), "hash": block.hash, "timestamp": block.timestamp}


def _count_proposal(answer: AttestationAnswer) -> dict[str, Json]:
    update = answer.proposal.update
    powers = update if isinstance(update, VotingPowerUpdate) else None
    return {
        "increases": len(powers.to_increase) if powers else None,
        "decreases": len(powers.to_decrease) if powers else None,
        "recounts": len(update.calls) if isinstance(update, TotalsUpdate) else None,
    }


def _encode_views(answer: AttestationAnswer) -> Json:
    return [
        {
            "name": view.name,
            "operator_ids": [encode_id(each) for each in view.operator_ids],
            "is_right": view.is_right,
            "wrong_rows": None if view.comparison is None else len(view.comparison.wrong),
            "failure": view.failure or None,
        }
        for view in answer.views
    ]


def _encode_finding(finding: Finding) -> Json:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "text": finding.text,
    }


def _tell_proposal(answer: AttestationAnswer) -> str:
    update = answer.proposal.update
    if isinstance(update, TotalsUpdate):
        return plural(len(update.calls), "recount")
    if isinstance(update, VotingPowerUpdate):
        return f"{plural(len(update.to_increase), 'increase')}, {plural(len(update.to_decrease), 'decrease')}"
    return "no update"


def _tell_votes(answer: AttestationAnswer) -> str:
    counts = {vote: len(answer.rehearsal.votes.of(vote)) for vote in Vote}
    return ", ".join(f"{count} {vote.value}" for vote, count in counts.items() if count or vote is Vote.APPROVE)


def _tell_chain(answer: AttestationAnswer) -> tuple[Span, ...]:
    """Say what the contract answers, or that none was asked."""
    chain, ending = answer.chain, find_chain_ending(answer)
    if ending is None:
        return (Span("by the model alone"),)
    function = "processTask" if chain.asked_with == "processTask" else "submitTask"
    if ending is not Ending.REVERTED:
        return (Span(f"{function} accepts"),)
    return (foreign_span(f"{function}: {{}}", chain.error.text if chain.error else ""),)
