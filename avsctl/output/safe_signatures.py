"""Who has signed a Safe transaction, as answers show it."""

from collections.abc import Iterator
from dataclasses import dataclass

from avsctl.core.units import Address
from avsctl.output.encode import Json, encode_id
from avsctl.output.screen import Block, Line, Span, Style
from avsctl.output.text import clip, plural


@dataclass(frozen=True)
class ShownSignatures:
    """Who has signed a transaction."""

    signed: tuple[Address, ...]
    """Owners, ascending, those who approved the hash on the chain among them."""
    missing: int
    """How many more the threshold asks for."""
    faults: tuple[str, ...]
    """What is wrong with what was given, with the account named; may hold text from outside."""


def encode_signatures(signatures: ShownSignatures | None) -> Json:
    """Build ``signatures``."""
    if signatures is None:
        return None
    return {
        "signed": list(signatures.signed),
        "missing": encode_id(signatures.missing),
        "faults": list(signatures.faults),
    }


def signature_lines(signatures: ShownSignatures, threshold: int) -> Iterator[Block]:
    """Say who has signed, what is wrong, and how many are missing."""
    yield Line(f"Signed by {len(signatures.signed)} of the {threshold} owners needed", Style.HEAD)
    for owner in signatures.signed:
        yield Line((Span("ok    ", Style.OK), Span(owner)), indent=2)
    for fault in signatures.faults:
        yield Line((Span("WRONG ", Style.CRITICAL), Span(clip(fault))), indent=2, hang=6)
    if signatures.missing:
        yield Line(f"{plural(signatures.missing, 'signature')} missing", Style.WARNING, indent=2)
