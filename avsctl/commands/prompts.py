"""Questions at a terminal: asked on stderr, read from stdin, and only where both are one."""

import getpass
import sys
from collections.abc import Callable
from typing import Final, TypeVar

import typer

from avsctl.errors import Problem, UsageError
from avsctl.output.text import escape, mask

T = TypeVar("T")

_SHOWN: Final = 500
"""Characters of a complaint; what was typed may be in it."""


class Declined(typer.Abort):
    """A question was answered with a no, after which nothing is done."""

    def __init__(self, undone: str = "sent") -> None:
        super().__init__()
        self.undone = undone
        """What nothing was, in one word."""


def is_interactive() -> bool:
    """Whether somebody can be asked: stdin and stderr are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def require_value(given: str | None, option: str, question: str, parse: Callable[[str], T]) -> T:
    """Give the value of an option that must have one; at a terminal it is asked for until it is right.

    Args:
        given: as typed on the command line, None where it was left out.
        option: its name, such as ``--name``.
        question: what to ask, without a colon.
        parse: reads it; raises UsageError where it is wrong.

    Raises:
        UsageError: it is wrong on the command line, or missing where nobody can be asked.
        typer.Abort: the end of input was met instead of an answer.
    """
    if given is not None:
        return parse(given)
    if not is_interactive():
        raise UsageError(f"{option} is missing", f"give {option}; it is asked for at a terminal only")
    while True:
        try:
            return parse(_ask(f"{question}: "))
        except UsageError as error:
            _tell(error.problems[0])


def confirm(question: str) -> bool:
    """Ask for a yes at a terminal; anything else is a no.

    Raises:
        UsageError: nobody can be asked.
        typer.Abort: the end of input was met instead of an answer.
    """
    if not is_interactive():
        raise UsageError("confirmation cannot be asked for without a terminal", "give --yes to go on without asking")
    return _ask(f"{question} [y/N]: ").lower() in ("y", "yes")


def require_confirmed(question: str, undone: str = "sent") -> None:
    """Ask for a yes, and end the command where the answer is a no.

    Args:
        question: what to ask.
        undone: what nothing is after a no, in one word.

    Raises:
        UsageError: nobody can be asked.
        Declined: the answer is a no.
        typer.Abort: the end of input was met instead of an answer.
    """
    if not confirm(question):
        raise Declined(undone)


def ask_password(question: str) -> str:
    """Ask for a password, which is not shown while it is typed.

    Raises:
        UsageError: nobody can be asked.
        typer.Abort: the end of input was met instead of an answer.
    """
    if not is_interactive():
        raise UsageError(
            "a password cannot be asked for without a terminal", "give --password-file FILE or --password-env NAME"
        )
    try:
        return getpass.getpass(f"{escape(question)}: ", sys.stderr)
    except EOFError:
        _end_line()
        raise typer.Abort from None
    except KeyboardInterrupt:
        _end_line()
        raise


def _ask(question: str) -> str:
    """Read one line; not by ``input``, which may write to stdout, where the answer of the command belongs."""
    try:
        sys.stderr.write(escape(question))
        sys.stderr.flush()
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise UsageError("what was typed is not UTF-8 text") from None
    except KeyboardInterrupt:
        _end_line()
        raise
    if not line:
        _end_line()
        raise typer.Abort
    return line.strip()


def _end_line() -> None:
    """Let what is told next begin a line of its own, not behind a question."""
    sys.stderr.write("\n")
    sys.stderr.flush()


def _tell(problem: Problem) -> None:
    text = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    sys.stderr.write(f"  {escape(mask(text), _SHOWN)}\n")
