"""Words that the screens of attestation share: ids, sources, the ways to ask, and what errors and matches mean."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.core.attestation.recomputation import Match
from avsctl.output.attestation_answer import AttestationAnswer, Source
from avsctl.output.change_words import quote
from avsctl.output.encode import Json, encode_args
from avsctl.output.head import power_span
from avsctl.output.screen import Span, Style
from avsctl.output.text import clip

NAMED: Final = 12
"""How many of a kind a terminal names before it counts the others."""

MATCHES: Final[Mapping[Match, Span]] = {
    Match.MATCH: Span("match", Style.OK),
    Match.WRONG_AMOUNT: Span("wrong amount", Style.CRITICAL),
    Match.MISSING: Span("missing", Style.CRITICAL),
    Match.UNEXPECTED: Span("unexpected", Style.CRITICAL),
    Match.NODE_RULE_UNKNOWN: Span("set to 0", Style.WARNING),
    Match.NOT_NEEDED: Span("not needed", Style.WARNING),
}
"""How a row compares."""

_WAYS: Final[Mapping[str, str]] = {
    "submitTask_override": "by the real contract at {block}, keys overridden",
    "submitTask": "by the real contract at {block}, as it was mined",
    "processTask": "by the InternalTaskHandler alone, at {block}; votes and quorum are as the model has them",
    "model": "no contract could be asked",
}


def id_span(ids: Iterable[int], form: str = "{}", joint: str = ", ") -> Span:
    """Put ids into a text; a terminal counts those beyond the first."""
    texts = list(map(str, ids))
    brief = joint.join(texts[:NAMED]) + f" and {len(texts) - NAMED} more"
    return Span(form.format(joint.join(texts)), brief=form.format(brief) if len(texts) > NAMED else "")


def foreign_span(form: str, text: str, style: Style = Style.PLAIN) -> Span:
    """Put a text from outside into another; a terminal shows no more of a long one than there is room for."""
    return Span(form.format(text), style, brief=form.format(clip(text)))


def quoted_span(text: str) -> Span:
    """Put a text from outside between quotes."""
    return Span(quote(text), brief=quote(text, is_brief=True))


def beside_bar(value: int) -> Span:
    """Write a power behind a bar; in a pipe, which has no bars, without the blank between."""
    span = power_span(value)
    return replace(span, brief=f" {span.brief}")


def tell_source(answer: AttestationAnswer) -> tuple[Span, ...]:
    """Say where the task comes from."""
    match answer.source:
        case Source.HONEST:
            return (Span("the honest proposal of these blocks"),)
        case Source.FILE if answer.origin == "-":
            return (Span("from standard input"),)
        case Source.FILE:
            return (Span("from file "), quoted_span(answer.origin))
        case Source.DATA:
            return (Span("from the data given"),)
        case Source.TRANSACTION:
            return (Span("from a transaction"),)
        case Source.EMPTY:
            return (Span("an empty task"),)


def tell_way(answer: AttestationAnswer) -> str:
    """Say how the contract was asked, in which block, and whether the model agrees."""
    chain = answer.chain
    block = f"block {chain.evm_block}" + ("" if chain.is_next_block else " itself, not the next one")
    way = _WAYS.get(chain.asked_with, f"by {chain.asked_with} at {{block}}").format(block=block)
    return f"{way}; the model agrees" if answer.agrees else way


def encode_error(revert: Revert | None) -> Json:
    """Build why a call reverted; ``text`` is what screens say."""
    if revert is None:
        return None
    return {"name": revert.name, "args": encode_args(revert.args), "text": revert.text}
