"""Definitions, calls and powers in the words of a finding."""

from collections.abc import Sequence

from avsctl.core.quorum import Assessment
from avsctl.core.units import brief_e18
from avsctl.core.wording import join_words


def subject_of(assessment: Assessment) -> str:
    """Name a definition as findings do."""
    return f"task {assessment.definition.task_definition_id}"


def name_calls(places: Sequence[int]) -> str:
    """Name calls by place: ``call 2``, ``calls 1 and 3``."""
    return f"{'call' if len(places) == 1 else 'calls'} {join_words(places)}"


def format_power(value: int) -> str:
    """Write a power with its unit, to four places of e18: ``500e18``, ``~0.3333e18``, ``3raw``, ``0``."""
    text = brief_e18(value)
    return text if text == "0" or text.endswith("raw") else f"{text}e18"
