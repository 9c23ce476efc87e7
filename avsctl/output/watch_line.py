"""A round of a watch in one line: whole in a pipe, and at a terminal as much of it as fits, with the rounds before."""

from typing import Final

from avsctl.core.watch import COURSE_ROUNDS, drift_bps, is_drifting
from avsctl.core.watch_findings import tell_event
from avsctl.output.head import format_moment, format_time
from avsctl.output.power import DiffAnswer
from avsctl.output.power_watch import Outcome, Round, tell_age
from avsctl.output.render import Terminal
from avsctl.output.screen import Line, Span, Style
from avsctl.output.sparkline import draw_sparkline
from avsctl.output.tables import crop, measure
from avsctl.output.text import clip

_GAP: Final = Span("  ")
_LEAST_ROOM: Final = 24
"""Columns that are always drawn for."""
_LEAST_COURSE: Final = 10
"""Rounds before that are shown, or none."""


def plain_line(each: Round) -> Line:
    """Say everything of a round in one line, what changed by its codes."""
    told = " ".join(tell_event(event).code for event in each.events)
    parts = [Span(format_moment(each.began_at)), *_tell_state(each), *_tell_blocks(each), Span(told)]
    return _join([part for part in parts if part.text])


def live_line(each: Round, terminal: Terminal) -> Line:
    """Say of a round what fits one line of a terminal; what matters least is left out first."""
    room = max(terminal.width, _LEAST_ROOM) - 1
    time, state = Span(format_time(each.began_at)), [part for part in _tell_state(each) if part.text]
    course = draw_sparkline(each.course, utf8=terminal.utf8).rjust(COURSE_ROUNDS)
    for rest, least in (([*state, *_tell_blocks(each)], COURSE_ROUNDS), (state, _LEAST_COURSE), (state[:2], 0)):
        columns = room - _measure([time, *rest]) - len(_GAP.text)
        if columns >= least:
            return _join([time, *([Span(course[-columns:])] if columns >= _LEAST_COURSE else []), *rest])
    left = room - _measure([time, Span("")])
    return _join([time, Span(crop(clip(state[0].text), left), state[0].style)])


def _tell_state(each: Round) -> list[Span]:
    """Say how the layers stand: the words first, then how far they are apart, then when a sync landed."""
    if each.answer is None:
        return [Span(f"failed  {'; '.join(problem.message for problem in each.problems)}", Style.CRITICAL)]
    answer = each.answer
    if each.outcome is Outcome.BEHIND:
        blocks = f"L1 {answer.l1.number}, L2 {answer.l2.number}"
        return [Span(f"behind: older blocks than before, compared with none ({blocks})", Style.WARNING)]
    return [_tell_drift(answer), Span(_percent(drift_bps(answer.diff))), Span(tell_age(answer), Style.DIM)]


def _tell_drift(answer: DiffAnswer) -> Span:
    diff = answer.diff
    unread = f", {len(diff.unreadable)} unreadable" if diff.unreadable else ""
    unlisted = f", {diff.unlisted_on_l1} unknown" if diff.unlisted_on_l1 else ""
    if is_drifting(diff) or unread:
        return Span(f"{len(diff.drifted)} of {len(diff.rows)} drift{unlisted}{unread}", Style.WARNING)
    return Span("in sync", Style.OK)


def _tell_blocks(each: Round) -> list[Span]:
    answer = each.answer
    if answer is None or each.outcome is Outcome.BEHIND:
        return []
    return [Span(f"L1 {answer.l1.number}  L2 {answer.l2.number}", Style.DIM)]


def _percent(bps: int) -> str:
    return f"{bps // 100}.{bps % 100:02d} %"


def _join(parts: list[Span]) -> Line:
    return Line(tuple(span for part in parts for span in (_GAP, part))[1:])


def _measure(parts: list[Span]) -> int:
    return sum(measure(clip(part.text)) for part in parts) + len(_GAP.text) * (len(parts) - 1)
