"""The lines of rehearsed rounds, their events, and the log that holds the last of them."""

from dataclasses import replace

from attestation_answers import L1, L2, PIPE, TERMINAL, simulate

from avsctl.core.attestation.views import View, check_views, find_votes
from avsctl.core.attestation.votes import Conduct
from avsctl.core.internal_tasks import InternalTaskName, Interval, IntervalSource
from avsctl.errors import Problem
from avsctl.output.destinations import Format
from avsctl.output.internal_run import (
    KEPT,
    Round,
    RunLog,
    Scheduled,
    present_interrupted,
    present_once,
    round_fields,
    round_line,
    tell_round,
)
from avsctl.output.render import render
from avsctl.output.result import FailOn, Result, exit_status

AT = 1795096955
SCHEDULE = (Scheduled(10001, InternalTaskName.VOTING_POWER_SYNC, Interval(60_000, IntervalSource.SETTING)),)
HOSTILE = "\x1b[31mred\u202e"


def play(answer=None, number=1, problems=()):
    return Round(number, 10001, 0, AT, answer, problems)


def line(each, terminal=PIPE):
    return render(Result("internal run", {}, screen=(round_line(each),)), Format.TABLE, terminal, 0)


def test_a_round_that_passes_and_one_that_does_not():
    passed = line(play(simulate()))
    assert passed == (
        "2026-11-19 14:02:35Z  10001  passes  1 increase, 2 decreases  4 approve  2880 of 1920 e18"
        "  submitTask accepts\n"
    )
    assert "  reverts  " in line(play(simulate(conduct=Conduct(offline=frozenset({8, 12})))))


def test_a_terminal_has_no_line_beyond_its_width():
    for each in (play(simulate()), play(simulate(conduct=Conduct(offline=frozenset({8, 12}))))):
        drawn = line(each, TERMINAL).splitlines()
        assert drawn[0].startswith("14:02:35Z  10001  ")
        assert all(len(part) <= TERMINAL.width for part in drawn)
    assert len(line(play(simulate()), TERMINAL).splitlines()) == 1


def test_a_round_that_failed_says_why_and_escapes_it():
    failed = play(problems=(Problem("endpoint", f"L2 endpoint {HOSTILE}: refused"),))
    for terminal in (PIPE, TERMINAL):
        drawn = line(failed, terminal)
        assert "failed  L2 endpoint" in drawn
        assert "\x1b" not in drawn
        assert "\u202e" not in drawn
    assert tell_round(failed).startswith("round 1, 10001 failed, L2 endpoint ")
    assert round_fields(failed) == {"round": 1, "task_definition_id": 10001, "codes": ["endpoint"]}


def test_the_event_of_a_round():
    assert round_fields(play(simulate(), 7)) == {
        "round": 7,
        "task_definition_id": 10001,
        "outcome": "submitted",
        "approve": 4,
        "reject": 0,
        "offline": 0,
        "signed": "2880000000000000000000",
        "required": "1920000000000000000000",
        "block_l1": L1.number,
        "block_l2": L2.number,
    }


def test_the_log_keeps_the_last_rounds_and_counts_all():
    log = RunLog(SCHEDULE)
    passed = play(simulate())
    failed = play(problems=(Problem("endpoint", "gone"),))
    for _ in range(KEPT):
        log.add(failed)
    log.add(passed)
    log.add(failed)
    assert log.data["counts"] == {"rounds": KEPT + 2, "passed": 1, "not_passed": 0, "failed": KEPT + 1}
    assert (log.data["left_out"], len(log.data["rounds"])) == (2, KEPT)
    result = present_interrupted(log, is_interrupted=True)
    assert (result.l2_block, result.screen, exit_status(result, FailOn.INFO)) == (L2, (), 130)
    assert exit_status(present_interrupted(log, is_interrupted=False), FailOn.INFO) == 0


def test_a_contract_that_differs_from_its_model_ends_in_status_5():
    answer = replace(simulate(), differences=("the contract takes it, the model reverts",))
    log = RunLog(SCHEDULE)
    log.add(play(answer))
    result = present_once([play(answer)], log)
    assert exit_status(result, FailOn.NEVER) == 5
    assert result.errors[0].code == "model_differs"


def test_views_that_see_what_everyone_sees_are_not_found():
    right = simulate().rehearsal.comparison
    views = (View("a", (3,), right), View("b", (), None, "gone"), View("c", (5,), right, "wrong by itself"))
    assert find_votes(views) == {3: True, 5: False}
    found = list(check_views(views, is_right=True, is_approved=True))
    assert [(each.subject, each.severity) for each in found] == [("view b", "info"), ("operator 5", "info")]
    found = list(check_views(views, is_right=False, is_approved=False))
    assert [(each.subject, each.severity) for each in found] == [("operator 3", "warning")]
    assert "finds right what attesters reject" in found[0].text
