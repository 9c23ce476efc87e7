"""The signatures that owners of a Safe handed in, as options: hex, or files of ``safe sign``."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avsctl.commands.signer_options import parse_path
from avsctl.config.text_file import read_text
from avsctl.errors import UsageError

if TYPE_CHECKING:
    from avsctl.tx.signature_file import SignatureClaim

SignatureOption = Annotated[
    list[str] | None,
    typer.Option("--signature", metavar="S", help="A file of safe sign, or a signature in 0x hex; repeatable."),
]
_HEX: Final = re.compile(r"[0-9a-fA-F]{40,}", re.ASCII)
"""No name that anyone gives a file, and it may be a secret."""
MOST: Final = 1_000
"""More owners no Safe has."""


def read_signatures(texts: Sequence[str] | None) -> tuple["SignatureClaim", ...]:
    """Read every ``--signature``, in their order, each a claim.

    Raises:
        UsageError: there is no such file, or what stands there looks like a key, which is not repeated.
        ConfigError: neither hex of a signature nor a file of one.
    """
    given = tuple(texts or ())
    if len(given) > MOST:
        raise UsageError(f"--signature is given more than {MOST} times")
    return tuple(_read(text, number) for number, text in enumerate(given, 1))


def _read(text: str, number: int) -> "SignatureClaim":
    from avsctl.tx.signature_file import parse_signature_text  # noqa: PLC0415 - help and mistakes do not need it

    if text.strip()[:2].lower() == "0x":
        return parse_signature_text(text, f"--signature {number}")
    path = parse_path(text, "--signature")
    assert path is not None  # noqa: S101 - it is None for None alone
    content = read_text(path, str(path), "signature")
    if content is None:
        shown = f"--signature {number}" if _HEX.fullmatch(text) else f"--signature {path}"
        raise UsageError(f"{shown}: there is no such file", "a file of avsctl safe sign, or 0x and hex")
    return parse_signature_text(content, str(path))
