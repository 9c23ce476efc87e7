"""Exit statuses: which one an answer ends in, and which wins when several apply."""

import pytest

from avsctl.core.findings import Severity, build_finding
from avsctl.errors import AvsctlError, ChainError, ConfigError, ConfigProblems, GenerationError, Problem, UsageError
from avsctl.output.result import FailOn, Result, envelope, exit_status, failure

CRITICAL = build_finding("sync_overdue", "10001", "late")
WARNING = build_finding("drift", "operators", "5 of 12")
INFO = build_finding("limited_endpoint", "l2", "no batches")


def result(*findings, **fields):
    return Result("power diff", {}, findings=findings, **fields)


@pytest.mark.parametrize(
    ("findings", "fail_on", "status"),
    [
        ([], FailOn.INFO, 0),
        ([INFO], FailOn.WARNING, 0),
        ([INFO], FailOn.INFO, 3),
        ([WARNING], FailOn.WARNING, 3),
        ([WARNING], FailOn.CRITICAL, 0),
        ([INFO, CRITICAL], FailOn.CRITICAL, 3),
        ([CRITICAL], FailOn.NEVER, 0),
    ],
)
def test_findings_at_or_above_the_threshold_end_in_3(findings, fail_on, status):
    assert exit_status(result(*findings), fail_on) == status


@pytest.mark.parametrize("forced", [1, 2, 4, 5, 6, 130])
def test_a_forced_status_wins_over_findings(forced):
    assert exit_status(result(CRITICAL, status=forced), FailOn.INFO) == forced


def test_errors_without_a_status_are_avsctls_own_fault():
    assert exit_status(result(errors=(Problem("x", "y"),)), FailOn.NEVER) == 1


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UsageError("m", "h"), 2, "usage"),
        (ConfigError("m", "h"), 2, "config"),
        (GenerationError("m", "h"), 6, "generation"),
        (ChainError("m", "h"), 5, "chain"),
        (AvsctlError("m", "h"), 1, "internal"),
    ],
)
def test_failure_carries_status_and_problem(error, status, code):
    failed = failure("power diff", error)
    assert exit_status(failed, FailOn.WARNING) == status
    assert envelope(failed, status)["errors"] == [{"code": code, "message": "m", "hint": "h"}]


def test_all_problems_of_the_settings_are_told():
    problems = (Problem("config", "one", "a"), Problem("config", "two"))
    assert failure("doctor", ConfigProblems(problems)).errors == problems


@pytest.mark.parametrize(
    ("status", "word"),
    [(0, "ok"), (3, "finding"), (4, "refused"), (1, "error"), (2, "error"), (5, "error"), (130, "error")],
)
def test_status_words(status, word):
    document = envelope(result(), status)
    assert (document["status"], document["exit_code"]) == (word, status)


def test_findings_are_told_worst_first():
    codes = [finding["code"] for finding in envelope(result(INFO, CRITICAL, WARNING), 3)["findings"]]
    assert codes == ["sync_overdue", "drift", "limited_endpoint"]
    assert Severity.CRITICAL.rank == 2
