"""Reads what a program printed as GitHub's runner does, to see which commands it would obey.

From actions/runner, ActionCommand: ``::name properties::data`` behind blanks at the start of a line, and
``##[name properties]data`` anywhere in it.
"""

import re

KNOWN = ("error", "warning", "notice", "add-mask", "set-output", "set-env", "stop-commands", "group", "add-matcher")


def commands_in(text):
    """Give the names of the commands, in their order."""
    return [name for line in re.split("[\r\n]", text) for name in _commands_of(line) if name in KNOWN]


def _commands_of(line):
    stripped = line.lstrip()
    if stripped.startswith("::") and "::" in stripped[2:]:
        yield stripped[2:].partition("::")[0].partition(" ")[0]
    elif "##[" in line and "]" in line.partition("##[")[2]:
        yield line.partition("##[")[2].partition("]")[0].partition(" ")[0]
