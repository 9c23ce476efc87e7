"""Why the layers differ, operator by operator: as JSON data, and on the screen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from avsctl.core.cause_facts import OperatorFacts, StakePart, Then
from avsctl.core.causes import NUMBERS, Cause, Explanation, NotToldApart
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.power import LastSync
from avsctl.core.units import brief_e18
from avsctl.errors import ChainError, Problem
from avsctl.output.cause_words import LABELS, tell_cause
from avsctl.output.encode import Json, decimal
from avsctl.output.head import head_lines, power_span
from avsctl.output.result import Result
from avsctl.output.screen import Blank, Block, Line, Span, Style
from avsctl.output.text import clip, plural

LABEL_WIDTH: Final = 14
_CAPPED_PARTS: Final = "each staking contract's part is capped for itself, so that parts need not sum to the power"


@dataclass(frozen=True)
class ExplainAnswer:
    """What ``power explain`` found."""

    deployment: Deployment
    l1: BlockRef
    l2: BlockRef
    last_sync: LastSync | None
    explanations: tuple[Explanation, ...]
    findings: tuple[Finding, ...]
    errors: tuple[Problem, ...] = ()
    """Operators whose L1 read failed."""


def present_explanations(answer: ExplainAnswer, wall_time: int) -> Result:
    """Give the result of ``power explain``."""
    sync = answer.last_sync
    data: dict[str, Json] = {
        "compared_with": None
        if sync is None
        else {"to_block_l1": decimal(sync.to_block_l1), "to_block_l2": decimal(sync.to_block_l2)},
        "operators": [encode_explanation(each) for each in answer.explanations],
    }
    return Result(
        "power explain",
        data,
        screen=(*head_lines(answer.deployment, answer.l1, answer.l2, wall_time), *_screen(answer)),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
        errors=answer.errors,
        status=ChainError.status if answer.errors else None,
    )


def encode_explanation(explanation: Explanation) -> dict[str, Json]:
    """Build one of ``operators``; powers are decimal strings."""
    facts = explanation.facts
    return {
        "operator_id": facts.operator_id,
        "address": facts.address,
        "delta": decimal(facts.delta),
        "causes": [_encode_cause(cause) for cause in explanation.causes],
        "not_told_apart": [_encode_untold(each) for each in explanation.not_told_apart],
        "staking_contracts": None if facts.parts is None else [_encode_part(part) for part in facts.parts],
    }


def _encode_cause(cause: Cause) -> dict[str, Json]:
    return {
        "code": cause.code.value,
        "certain": cause.certain,
        "evidence": _encode_evidence(cause.evidence),
        "mended_by_sync": cause.mended_by_sync,
        "remedy": list(cause.remedy),
    }


def _encode_untold(untold: NotToldApart) -> dict[str, Json]:
    return {"codes": [code.value for code in untold.codes], "why": untold.why}


def _encode_part(part: StakePart) -> dict[str, Json]:
    return {
        "staking_contract": part.staking_contract,
        "multiplier": decimal(part.multiplier),
        "voting_power": decimal(part.voting_power),
        "at_last_sync": decimal(part.at_last_sync),
    }


def _encode_evidence(evidence: Mapping[str, object]) -> dict[str, Json]:
    return {name: _encode_value(name, value) for name, value in evidence.items()}


def _encode_value(name: str, value: object) -> Json:
    if isinstance(value, tuple):
        return [_encode_value(name, each) for each in value]
    if isinstance(value, Mapping):
        return _encode_evidence(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value if isinstance(value, bool) or value is None else str(value)
    return value if name in NUMBERS else decimal(value)


# Screen


def _screen(answer: ExplainAnswer) -> Iterator[Block]:
    yield Line(_tell_reference(answer))
    for explanation in answer.explanations:
        yield Blank()
        yield from _operator_lines(answer, explanation)
    if not answer.explanations:
        yield from (Blank(), Line("No operator drifted", Style.OK))


def _tell_reference(answer: ExplainAnswer) -> str:
    sync = answer.last_sync
    if answer.deployment.internal_task_handler is None:
        return "V1 tells no last sync: compared with the newest L1 block looked at where L1 had what L2 has"
    if sync is None:
        return "No 10001 sync has landed yet: compared with the newest L1 block looked at where L1 had what L2 has"
    return f"Compared with the last sync: L1 block {sync.to_block_l1}, L2 block {sync.to_block_l2}"


def _operator_lines(answer: ExplainAnswer, explanation: Explanation) -> Iterator[Block]:
    facts = explanation.facts
    name = "not on L2" if facts.operator_id is None else f"operator {facts.operator_id}"
    yield Line((Span(f"{name}  {facts.address}   ", Style.HEAD), power_span(facts.delta, signed=True)))
    for cause in explanation.causes:
        yield _label(
            LABELS[cause.code],
            tell_cause(cause, _moment(facts)),
            Style.PLAIN if cause.mended_by_sync else Style.WARNING,
        )
    yield from _part_lines(facts)
    for untold in explanation.not_told_apart:
        yield _label("or", f"{' or '.join(untold.codes)}: {clip(untold.why)}", Style.DIM)
    if explanation.causes:
        yield from _remedy_lines(answer, explanation)
    else:
        yield _label("in sync", "nothing differs", Style.DIM)


def _moment(facts: OperatorFacts) -> str:
    then = facts.then
    if isinstance(then, Then) and then.is_inferred:
        return f"at L1 block {then.block_l1}"
    return "at the last sync"


def _part_lines(facts: OperatorFacts) -> Iterator[Line]:
    """Show what changed in each staking contract since the last sync, and what cannot be read."""
    shown = [part for part in facts.parts or () if part.voting_power is None or _moved(part)]
    for part in shown:
        yield _label("power from", f"{part.staking_contract}  {_tell_part(part)}", Style.DIM)
    if shown and facts.settings.max_effective_balance:
        yield _label("", _CAPPED_PARTS, Style.DIM)


def _moved(part: StakePart) -> bool:
    return part.at_last_sync is not None and part.voting_power != part.at_last_sync


def _tell_part(part: StakePart) -> str:
    if part.voting_power is None:
        return "cannot be read"
    if part.at_last_sync is None:
        return brief_e18(part.voting_power)
    return f"{brief_e18(part.at_last_sync)} -> {brief_e18(part.voting_power)}"


def _remedy_lines(answer: ExplainAnswer, explanation: Explanation) -> Iterator[Line]:
    is_mended = any(cause.mended_by_sync for cause in explanation.causes)
    by_task = answer.deployment.internal_task_handler is not None
    next_sync = "the next 10001 sync" if by_task else "the next write of the syncer"
    yield _label("mended by", next_sync if is_mended else "not a sync", Style.PLAIN)
    for remedy in dict.fromkeys(each for cause in explanation.causes for each in cause.remedy):
        yield Line(remedy, indent=2 + LABEL_WIDTH, is_verbatim=remedy.startswith("avsctl "))


def _label(label: str, text: str, style: Style) -> Line:
    return Line((Span(label.ljust(LABEL_WIDTH), style), Span(text)), indent=2, hang=LABEL_WIDTH)


def tell_unreadable(explanations: tuple[Explanation, ...]) -> tuple[Problem, ...]:
    """Give the errors of operators whose L1 read failed: what L1 counts for them is not known."""
    failed = [each for each in explanations if each.facts.is_unreadable]
    if not failed:
        return ()
    named = ", ".join(str(each.facts.operator_id or each.facts.address) for each in failed)
    text = f"the L1 read of {plural(len(failed), 'operator')} failed: {named}"
    return (Problem("unreadable_on_l1", text, "see what the staking contracts answer on L1"),)
