"""The answer of ``safe sign``: who signed what, and what is still missing."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from avsctl.core.units import Address
from avsctl.output.encode import Json, encode_id
from avsctl.output.result import FOUND, Result, Sequel
from avsctl.output.safe_hash import encode_digests
from avsctl.output.safe_proposal import Hashes
from avsctl.output.screen import Blank, Block, Findings, Line, Style
from avsctl.output.text import plural

COMMAND: Final = "safe sign"


@dataclass(frozen=True)
class SignAnswer:
    """Everything that the answer tells beside what verifying the file does."""

    path: str
    """The batch file."""
    hashes: Hashes | None
    """None where the file makes no transaction."""
    threshold: int | None = None
    signer: Address | None = None
    """None where nothing was signed."""
    file: str | None = None
    """Where the signature was written; None where it was not."""
    signed: tuple[Address, ...] = ()
    """The signer, and owners who approved the hash on the chain."""
    missing: int | None = None
    """How many more the threshold asks for, signatures in other files not counted; None where nothing was signed."""
    is_refused: bool = False


def present_sign(answer: SignAnswer, verified: Result, *, is_preview_shown: bool = False) -> Result:
    """Give the result; a file that is refused ends in status 3.

    Args:
        answer: what was signed.
        verified: the answer of verifying the file, whose screen comes first.
        is_preview_shown: whether a terminal has it all but what came of signing.
    """
    end = tuple(_end_lines(answer))
    return replace(
        verified,
        command=COMMAND,
        data=_encode(answer),
        screen=(*verified.screen, Findings(), *end),
        status=FOUND if answer.is_refused else None,
        sequel=Sequel(end, ()) if is_preview_shown else None,
    )


def _encode(answer: SignAnswer) -> dict[str, Json]:
    hashes = answer.hashes
    return {
        "safe_tx_hash": f"0x{hashes.safe_tx.hex()}" if hashes else None,
        "signer": answer.signer,
        "file": answer.file,
        "signed": list(answer.signed),
        "missing": None if answer.missing is None else encode_id(answer.missing),
        "hashes": encode_digests(hashes) if hashes else None,
    }


def _end_lines(answer: SignAnswer) -> Iterator[Block]:
    if answer.is_refused:
        yield Line("Refused; nothing was signed.", Style.CRITICAL)
    elif answer.file is None or answer.hashes is None:
        yield Line("Not signed yet.")
    else:
        yield Line(f"Signed by {answer.signer}; wrote {answer.file}.", Style.OK)
        yield Line(f"safeTxHash    0x{answer.hashes.safe_tx.hex()}", is_verbatim=True)
        yield from _next_lines(answer)


def _next_lines(answer: SignAnswer) -> Iterator[Block]:
    command = f"avsctl safe exec {shlex.quote(answer.path)} --signature {shlex.quote(answer.file or '')}"
    others = [each for each in answer.signed if each != answer.signer]
    if others:
        yield Line(f"approved on the chain by {', '.join(others)}", indent=2)
    yield Blank()
    if answer.missing:
        needed = plural(answer.missing, "more signature")
        yield Line(f"{needed} of the {answer.threshold} needed; with these:", Style.WARNING)
        yield Line(f"{command} --signature ..", indent=2, is_verbatim=True)
    else:
        yield Line("Enough have signed; anybody may execute it:")
        yield Line(command, indent=2, is_verbatim=True)
