"""The ``.env`` of an Othentic project, read strictly: a line that cannot be read is told, never skipped.

Nothing of the file but the settings that are asked for is kept, and no message repeats anything of it.
"""

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avsctl.config.settings import INTERNAL_TASKS, SETTING_NAMES
from avsctl.config.text_file import read_text
from avsctl.errors import ConfigError, Problem

if TYPE_CHECKING:
    from dotenv.parser import Binding

CODE: Final = "env_file"

_MANY_LINES: Final = frozenset({INTERNAL_TASKS})
"""Settings whose value may span lines: JSON is often laid out."""
_MAX_BLANKS: Final = 256
_BLANKS = re.compile(rf"[^\S\r\n]{{{_MAX_BLANKS + 1}}}")
"""dotenv takes quadratic time over a run of blanks."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=", re.ASCII)


@dataclass(frozen=True)
class Found:
    """The text of one setting, and where it was found."""

    name: str
    text: str
    origin: str

    def __repr__(self) -> str:
        return f"Found({self.name} from {self.origin})"


@dataclass(frozen=True)
class EnvFile:
    """The settings that a ``.env`` holds, and what is wrong with it."""

    shown: str
    is_there: bool = False
    found_by_name: Mapping[str, Found] | None = None
    problems: tuple[Problem, ...] = ()


def read_env_file(path: Path, shown: str) -> EnvFile:
    """Read the settings of a ``.env``; of two lines with one name the last counts, as dotenv has it."""
    try:
        text = read_text(path, shown, CODE)
    except ConfigError as error:
        return EnvFile(shown, is_there=True, problems=error.problems)
    if text is None:
        return EnvFile(shown)
    if _BLANKS.search(text):
        return EnvFile(
            shown, is_there=True, problems=(Problem(CODE, f"{shown} has over {_MAX_BLANKS} blanks in a row"),)
        )
    from dotenv.parser import parse_stream  # noqa: PLC0415 - 0.05 s, and often there is no .env

    checked = [(binding, _check(binding, shown)) for binding in parse_stream(io.StringIO(text, newline=""))]
    problems = tuple(problem for _, problem in checked if problem)
    found = _keep_settings((binding for binding, problem in checked if problem is None), shown)
    return EnvFile(shown, is_there=True, found_by_name=found, problems=problems)


def _keep_settings(bindings: "Iterable[Binding]", shown: str) -> dict[str, Found]:
    return {
        binding.key: Found(binding.key, binding.value or "", f"{shown} line {_first_line(binding)}")
        for binding in bindings
        if binding.key in SETTING_NAMES
    }


def _check(binding: "Binding", shown: str) -> Problem | None:
    """Say what is wrong with one binding, by the line it begins in."""
    where = f"{shown} line {_first_line(binding)}"
    if binding.error:
        return Problem(CODE, f"{where} is not NAME=value", "look for a missing quote in it or in the lines below")
    if _swallows(binding):
        return Problem(CODE, f"{where} opens a quote that a later line closes", "close the quote in the same line")
    if binding.key in SETTING_NAMES and "${" in (binding.value or ""):
        return Problem(CODE, f"{where}: {binding.key} holds ${{..}}, which is not expanded", "write the value itself")
    return None


def _swallows(binding: "Binding") -> bool:
    """Whether a value takes in lines that it should not: any for a setting, settings for any."""
    below = _LINE_END.split(binding.original.string.strip())[1:]
    names = {match[1] for line in below if (match := _ASSIGNMENT.match(line))}
    if binding.key in SETTING_NAMES:
        return bool(names) or (bool(below) and binding.key not in _MANY_LINES)
    return not names.isdisjoint(SETTING_NAMES)


def _first_line(binding: "Binding") -> int:
    """Give the line that holds the name: dotenv counts from the blank lines above it."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + len(_LINE_END.findall(blank))
