"""Delivers a result: to files, to stdout in the form that fits what stands there, and its errors to stderr."""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from io import TextIOWrapper

from avsctl.core.findings import sort_findings
from avsctl.errors import Problem, UsageError
from avsctl.output.ci import Ci
from avsctl.output.destinations import TABULAR, Destination, Format
from avsctl.output.files import NO_FILE, is_stream, require_place, write_file
from avsctl.output.log import LOGGER, log_finding, log_problem
from avsctl.output.render import FILE, Terminal, detect_terminal, render, tell_finding
from avsctl.output.result import USAGE, FailOn, Result, exit_status
from avsctl.output.screen import Line


def deliver(result: Result, destinations: Sequence[Destination], fail_on: FailOn, ci: Ci = Ci.NONE) -> int:
    """Write an answer wherever it goes, files first, and tell its errors on stderr; gives the exit status.

    Findings, which csv and markdown have no place for, are told on stderr when the answer goes out in no other form.
    What is told to a CI comes last, and touches neither stdout nor the status.
    """
    result = _deliver_files(result, destinations, fail_on)
    status = exit_status(result, fail_on)
    terminal = detect_terminal(sys.stdout, os.environ)
    lost: tuple[Problem, ...] = ()
    if all(each.path is not None for each in destinations):
        show_on_stderr(result)
    if result.payload is not None:
        lost += _write_stdout(result.payload)
    for each in destinations:
        if each.path is None:
            lost += _write_stdout(_text(result, each.format, terminal, status))
    if destinations and all(each.format in TABULAR for each in destinations):
        for finding in sort_findings(result.findings):
            log_finding(finding, tell_finding(finding))
    errors = tuple(dict.fromkeys((*result.errors, *lost)))
    for problem in errors:
        log_problem(problem)
    status = USAGE if lost else status
    if ci is Ci.GITHUB:
        from avsctl.output.github import tell_github  # noqa: PLC0415 - outside a CI nobody is told

        tell_github(replace(result, errors=errors), status, fail_on, os.environ)
    return status


def show_on_stderr(result: Result) -> bool:
    """Show an answer, findings and all, where a person looks; nothing when quiet. Gives whether anything was shown."""
    if not LOGGER.isEnabledFor(logging.INFO):
        return False
    sys.stderr.write(render(result, Format.TABLE, detect_terminal(sys.stderr, os.environ), 0))
    sys.stderr.flush()
    return True


def show_line(line: Line) -> bool:
    """Write one line of an answer that goes on to stdout at once; false where its reader has gone away.

    Raises:
        UsageError: stdout cannot be written to.
    """
    terminal = detect_terminal(sys.stdout, os.environ)
    error = _try_stdout(render(Result("", {}, screen=(line,)), Format.TABLE, terminal, 0))
    for problem in explain_stdout(error):
        raise UsageError(problem.message)
    return error is None


def _deliver_files(result: Result, destinations: Sequence[Destination], fail_on: FailOn) -> Result:
    """Write the files; gives the result with the errors in it of those that failed, which the others tell too."""
    told = result
    for each in destinations:
        told = _deliver_file(told, each, fail_on)
    if told is not result:
        for each in destinations:
            with suppress(*NO_FILE):
                if each.path is not None and not is_stream(each.path):
                    _deliver_file(told, each, fail_on)
    return told


def _deliver_file(result: Result, to: Destination, fail_on: FailOn) -> Result:
    """Write one file, if that is where it goes; gives the result, with the error in it when that failed.

    Where there is no answer, only JSON has a form for the errors: a table of an earlier one is left alone.
    """
    if to.path is None or (to.format in TABULAR and result.table is None):
        return result
    try:
        require_place(to.path)
        text = render(result, to.format, FILE, exit_status(result, fail_on))
        if text or not result.errors:
            write_file(to.path, text)
    except UsageError as error:
        errors = dict.fromkeys((*result.errors, *error.problems))
        return replace(result, errors=tuple(errors), status=result.status if result.status == 1 else error.status)
    return result


def _text(result: Result, form: Format, terminal: Terminal, status: int) -> str:
    if form in TABULAR and result.table is None and result.errors:
        return ""
    return render(result, form, terminal, status)


def _write_stdout(text: str) -> tuple[Problem, ...]:
    """Write to stdout; gives what went wrong, which a reader that has gone away, such as ``head``, is not."""
    return explain_stdout(_try_stdout(text) if text else None)


def explain_stdout(error: OSError | None) -> tuple[Problem, ...]:
    """Give the problem that stdout cannot be written to, none where its reader has gone away."""
    if error is None or isinstance(error, BrokenPipeError):
        return ()
    return (Problem("usage", f"cannot write to stdout: {error.strerror}"),)


def close_stdout() -> OSError | None:
    """Write what stdout still holds; gives the error where that cannot be done, after which stdout takes everything."""
    return _try_stdout("")


def _try_stdout(text: str) -> OSError | None:
    """Write to stdout; gives the error where that cannot be done, and leaves a stdout that takes everything."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return error
    return None
