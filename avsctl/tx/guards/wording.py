"""Ids, names and powers in the words of a finding; long rows of them are cut and counted."""

from collections.abc import Sequence
from typing import Final

from avsctl.core.quorum import Assessment
from avsctl.core.units import brief_e18

_SHOWN: Final = 12
"""Items of a row that a text names."""


def subject_of(assessment: Assessment) -> str:
    """Name a definition as findings do."""
    return f"task {assessment.definition.task_definition_id}"


def join_words(words: Sequence[object]) -> str:
    """Join in words: ``1``, ``1 and 2``, ``1, 2 and 3``, or the first ones ``and 9 more``."""
    shown = [str(word) for word in words[:_SHOWN]]
    rest = [f"{len(words) - _SHOWN} more"] if len(words) > _SHOWN else shown[-1:]
    head = shown if len(words) > _SHOWN else shown[:-1]
    return " and ".join(filter(None, (", ".join(head), *rest)))


def name_calls(places: Sequence[int]) -> str:
    """Name calls by place: ``call 2``, ``calls 1 and 3``."""
    return f"{'call' if len(places) == 1 else 'calls'} {join_words(places)}"


def format_power(value: int) -> str:
    """Write a power with its unit, to four places of e18: ``500e18``, ``~0.3333e18``, ``3raw``, ``0``."""
    text = brief_e18(value)
    return text if text == "0" or text.endswith("raw") else f"{text}e18"
