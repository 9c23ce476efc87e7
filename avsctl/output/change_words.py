"""Words that the parts of a change's screen share: powers as they are typed, foreign texts, and what is needed."""

from avsctl.core.quorum import Assessment
from avsctl.core.units import RAW_BELOW, format_e18
from avsctl.output.head import power_span
from avsctl.output.screen import Span
from avsctl.output.text import clip, plural


def type_power(value: int) -> str:
    """Write a power exactly, as it can be typed: ``500e18``, ``0``, or ``3raw`` below 1e9 raw units."""
    if not value:
        return "0"
    return f"{value}raw" if value < RAW_BELOW else f"{format_e18(value)}e18"


def quote(text: str, *, is_brief: bool = False) -> str:
    """Put a foreign text between quotes that it cannot close itself; cut to what a terminal has room for if brief."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{clip(inner) if is_brief else inner}"'


def count_calls(number: int) -> str:
    """Write ``1 call`` or ``3 calls``."""
    return plural(number, "call")


def tell_need(assessment: Assessment) -> tuple[Span, ...]:
    """Say in brackets what a definition needs and what it can get."""
    if not assessment.quorum.required_approve:
        return (Span("(from its total nothing can be approved)"),)
    needed, attainable = power_span(assessment.quorum.required_approve), power_span(assessment.quorum.attainable)
    return (Span("(needs "), needed, Span(", attainable "), attainable, Span(")"))
