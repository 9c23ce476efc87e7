"""Questions at a terminal: asked again until answered, and never where nobody can answer."""

import io
import os
import pty
import subprocess
import sys
import textwrap

import pytest
import typer

from avsctl.commands.prompts import Declined, ask_password, confirm, is_interactive, require_confirmed, require_value
from avsctl.core.amounts import parse_count
from avsctl.errors import UsageError


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_terminal(monkeypatch):
    """Type a text at a terminal; gives what is written to stderr."""

    def type_in(text):
        stderr = Terminal()
        monkeypatch.setattr(sys, "stdin", Terminal(text))
        monkeypatch.setattr(sys, "stderr", stderr)
        return stderr

    return type_in


def ask():
    return require_value(None, "--max-attesters", "Maximum number of attesters", parse_count)


def test_a_value_is_asked_for_until_it_is_right(at_terminal, capsys):
    stderr = at_terminal("four\n\n 4 \nrest")
    assert ask() == 4
    question = "Maximum number of attesters: "
    hint = "a whole number such as 4, or none"
    assert stderr.getvalue() == (
        f"{question}  'four' is no count; {hint}\n{question}  '' is no count; {hint}\n{question}"
    )
    assert sys.stdin.read() == "rest"
    assert capsys.readouterr().out == ""


def test_what_was_typed_shows_harmless(at_terminal):
    key = "5ec4e7" * 10 + "beef"
    stderr = at_terminal(f"\x1b[2J\n{key}\n7\n")
    assert ask() == 7
    assert "\x1b" not in stderr.getvalue()
    assert key not in stderr.getvalue()


@pytest.mark.parametrize("text", ["", "4"])
def test_a_value_that_is_given_is_not_asked_for(text, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    if text:
        assert require_value(text, "--n", "n", parse_count) == 4
        return
    with pytest.raises(UsageError, match="is no count"):
        require_value(text, "--n", "n", parse_count)


@pytest.mark.parametrize("streams", [("stdin",), ("stderr",), ("stdin", "stderr")])
@pytest.mark.parametrize("stand_in", [None, io.StringIO("4\n")], ids=["closed", "pipe"])
def test_without_a_terminal_nothing_is_asked(at_terminal, monkeypatch, streams, stand_in):
    stderr = at_terminal("4\n")
    assert is_interactive()
    for name in streams:
        monkeypatch.setattr(sys, name, stand_in)
    assert not is_interactive()
    with pytest.raises(UsageError, match="--max-attesters is missing"):
        ask()
    with pytest.raises(UsageError, match="confirmation cannot be asked for"):
        confirm("Send?")
    assert stderr.getvalue() == ""


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("y\n", True), ("YES\n", True), (" y \n", True), ("\n", False), ("n\n", False), ("yeah\n", False), ("1\n", False)],
)
def test_only_a_yes_confirms(at_terminal, typed, answer):
    stderr = at_terminal(typed)
    assert confirm("Send 3 transactions?") is answer
    assert stderr.getvalue() == "Send 3 transactions? [y/N]: "


def test_a_no_ends_the_command(at_terminal):
    at_terminal("y\n")
    require_confirmed("Send?")
    at_terminal("\n")
    with pytest.raises(Declined) as caught:
        require_confirmed("Sign?", "signed")
    assert caught.value.undone == "signed"


@pytest.mark.parametrize("question", [ask, lambda: confirm("Send?"), lambda: require_confirmed("Send?")])
def test_the_end_of_input_is_no_answer(at_terminal, question):
    stderr = at_terminal("")
    with pytest.raises(typer.Abort) as caught:
        question()
    assert not isinstance(caught.value, Declined)
    assert stderr.getvalue().endswith(": \n")


class Interrupted(Terminal):
    def readline(self, *_):
        raise KeyboardInterrupt


@pytest.mark.parametrize("question", [ask, lambda: confirm("Send?"), lambda: ask_password("Password")])
def test_an_interruption_ends_the_line_of_the_question(at_terminal, monkeypatch, question):
    stderr = at_terminal("")
    monkeypatch.setattr(sys, "stdin", Interrupted())
    monkeypatch.setattr("getpass.getpass", interrupt)
    with pytest.raises(KeyboardInterrupt):
        question()
    assert stderr.getvalue().endswith(": \n")


def interrupt(prompt, stream):
    stream.write(prompt)
    raise KeyboardInterrupt


PROGRAM = textwrap.dedent("""
    import sys
    from avsctl.commands.prompts import ask_password, confirm, require_value
    print(repr(require_value(None, "--name", "Name", str)))
    print(len(ask_password("Password of k.json")))
    print(confirm("Send?"))
    """)


def test_at_a_real_terminal_a_password_is_not_shown():
    """stdout is a file, as in ``avsctl .. > answer``: no question goes there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        os.close(theirs)
        seen = b""
        for waits_for, answer in ((b"Name: ", "naïve\n"), (b"k.json: ", "hunter2\n"), (b"[y/N]: ", "y\n")):
            while waits_for not in seen:
                seen += os.read(ours, 1024)
            os.write(ours, answer.encode())
        out = process.stdout.read()
    os.close(ours)
    assert process.returncode == 0
    assert out.decode().splitlines() == ["'naïve'", "7", "True"]
    assert b"hunter2" not in seen
