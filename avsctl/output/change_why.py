"""Why a change has calls that the user did not ask for, and what would be if only some of its calls landed."""

from collections.abc import Iterator, Sequence

from avsctl.core.changes import SetList, SetMinimum, Setting, Step, Why
from avsctl.core.foresight import Foresight
from avsctl.core.quorum import Assessment, Verdict
from avsctl.core.units import TaskDefinitionId
from avsctl.output.change_words import tell_need, type_power
from avsctl.output.head import power_span
from avsctl.output.screen import Block, Line, Span, Style


def explain_step(steps: Sequence[Step], at: int, foresights: Sequence[Foresight]) -> tuple[Span, ...]:
    """Say why the step at a place is there, with the totals around it where they are known; empty if it was asked for.

    Args:
        steps: all of them, in their order.
        at: which one, from 0.
        foresights: the totals that the steps leave.
    """
    step = steps[at]
    if step.why is Why.LOWER_MAXIMUM:
        return (Span("not asked for: the list becomes shorter than the maximum, which is lowered with it"),)
    if step.why is not Why.RECOMPUTE_TOTAL:
        return ()
    mine = step.setting.task_definition_id
    foresight = next((each for each in foresights if each.task_definition_id == mine), None)
    here = assess_after(foresight, at, len(steps))
    cause = _find_cause(steps[:at], mine)
    if cause is None:
        return _explain_refresh(foresight.before if foresight else None, here)
    there = assess_after(foresight, cause, len(steps))
    return (*_explain_cause(cause + 1, steps[cause].setting, there), *_explain_recount(step.setting, here))


def gap_lines(number: int, foresights: Sequence[Foresight], *, is_atomic: bool) -> Iterator[Block]:
    """Tell after which of ``number`` calls a definition is dead that is not so before, nor after all of them."""
    found = _find_gap(number, foresights)
    if found is None:
        return
    landed, dead = found
    begin = f"{'Both' if number == 2 else f'All {number}'} must land together"
    lead = Span(begin) if is_atomic else Span(f"{begin}, and from this account they do not", Style.WARNING)
    after = f": after {'call 1' if landed == 1 else f'calls 1 to {landed}'} alone"
    subject = f" task {dead.definition.task_definition_id} is dead "
    yield Line((lead, Span(f"{after}{subject}"), *tell_need(dead), Span(".")), indent=2)


def assess_after(foresight: Foresight | None, at: int, number: int) -> Assessment | None:
    """Give the definition after the call at a place from 0; None where not every one of the ``number`` is known."""
    if foresight is None:
        return None
    stages = (*foresight.between, foresight.after)
    return stages[at] if len(stages) == number else None


def _find_cause(steps: Sequence[Step], task_definition_id: TaskDefinitionId) -> int | None:
    """Give the place of the last step that rewrote the total of a definition."""
    places = (
        at
        for at in reversed(range(len(steps)))
        if isinstance(steps[at].setting, SetMinimum | SetList)
        and steps[at].setting.task_definition_id == task_definition_id
    )
    return next(places, None)


def _explain_refresh(before: Assessment | None, after: Assessment | None) -> tuple[Span, ...]:
    if before is None or after is None:
        return (Span("sets what is set, to recount the total"),)
    stored, counted = power_span(before.quorum.stored_total), power_span(after.quorum.stored_total)
    return (Span("sets what is set, to recount the total: "), stored, Span(" before, "), counted, Span(" after"))


def _explain_cause(number: int, setting: Setting, after: Assessment | None) -> tuple[Span, ...]:
    """Say what the call with a number did to the total."""
    if isinstance(setting, SetMinimum):
        limit = f" at or above {type_power(setting.voting_power)}" if setting.voting_power else ""
        counted = f"call {number} counts all active operators{limit}, listed or not"
        return (Span(f"unchanged list, on purpose: {counted}"), *_tell_total(after))
    begin = f"unchanged minimum, on purpose: call {number} leaves the total at 0"
    if after is None:
        return (Span(begin),)
    if not after.quorum.stored_total:
        return (Span(f"{begin}, from which nothing can be approved"),)
    return (Span(f"{begin}, for which the global one counts"), *_tell_total(after))


def _explain_recount(setting: Setting, after: Assessment | None) -> tuple[Span, ...]:
    if isinstance(setting, SetMinimum):
        whom = f"the operators at or above {type_power(setting.voting_power)}"
        return (Span(f"; this one counts {whom}"), *_tell_total(after))
    return (Span("; this one counts the list again"), *_tell_total(after))


def _tell_total(assessment: Assessment | None) -> tuple[Span, ...]:
    return () if assessment is None else (Span(" ("), power_span(assessment.quorum.stored_total), Span(")"))


def _find_gap(number: int, foresights: Sequence[Foresight]) -> tuple[int, Assessment] | None:
    """Give how many calls have landed when a definition is first dead, and the definition."""
    for at in range(number - 1):
        for each in foresights:
            before = assess_after(each, at - 1, number) if at else each.before
            here = assess_after(each, at, number)
            if here and _is_dead(here) and not _is_dead(before) and not _is_dead(each.after):
                return at + 1, here
    return None


def _is_dead(assessment: Assessment | None) -> bool:
    return assessment is not None and assessment.verdict is Verdict.DEAD
