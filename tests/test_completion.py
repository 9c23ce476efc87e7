"""Completion as a shell asks for it, and what it loads."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
from avsctl.cli import main
try:
    main([])
finally:
    print(json.dumps([name for name in sys.modules if name.startswith("avsctl.commands.")]), file=sys.stderr)
"""
WORDS = [
    ("avsctl ", ["doctor", "power", "task"]),
    ("avsctl power di", ["diff"]),
    ("avsctl power diff --min", ["--min-delta", "--min-bps"]),
    ("avsctl power diff --fail-on cr", ["critical"]),
]


def complete(shell, words):
    asked = {
        "_AVSCTL_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    if shell == "bash":
        asked |= {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
        del asked["_TYPER_COMPLETE_ARGS"]
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=True)
    return done.stdout, set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(("words", "expected"), WORDS)
def test_a_shell_gets_what_may_come_next(shell, words, expected):
    found, _ = complete(shell, words)
    assert [word for word in expected if word in found] == expected
    assert "history" not in found or words == "avsctl "


def test_only_the_command_that_is_completed_is_loaded():
    _, of_noun = complete("bash", "avsctl power ")
    _, of_command = complete("bash", "avsctl power diff --")
    commands = {f"avsctl.commands.{name}" for name in ("power", "power_history", "task", "doctor", "operator")}
    assert not of_noun & commands
    assert of_command & commands == {"avsctl.commands.power"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_shown(shell):
    command = [sys.executable, "-m", "avsctl", "--show-completion"]
    asked = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run([*command, shell], env=asked, capture_output=True, text=True, check=True)
    assert f"_AVSCTL_COMPLETE=complete_{shell}" in done.stdout
    assert done.stderr == ""
