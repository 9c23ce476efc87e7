"""The options of commands that make or read a Safe transaction: its nonce, what runs before it, and its hash."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from avsctl.commands.signer_options import parse_path
from avsctl.errors import UsageError
from avsctl.output.text import mask, shorten

Nonce = Annotated[
    str | None,
    typer.Option("--nonce", metavar="N", help="Nonce of the Safe transaction; else its sidecar's, else the next one."),
]
NoBatch = Annotated[
    bool, typer.Option("--no-batch", help="A Safe transaction of its own for each call, not one for all.")
]
After = Annotated[
    list[str] | None,
    typer.Option(
        "--after",
        metavar="FILE",
        help="Start from the state as it is once this batch was executed; repeatable, in their order.",
    ),
]
Expect = Annotated[
    str | None, typer.Option("--expect", metavar="HASH", help="End with status 3 unless this is the safeTxHash.")
]

_MOST_NONCE: Final = 2**53 - 1
"""A nonce goes up by one at a time: none comes near."""
_HASH: Final = re.compile(r"0[xX]([0-9a-fA-F]{64})", re.ASCII)


def parse_nonce(text: str | None) -> int | None:
    """Read ``--nonce``, None where it is left out.

    Raises:
        UsageError: no whole number from 0 to 2^53-1.
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= _MOST_NONCE:
        return int(text)
    raise UsageError(f"--nonce {shorten(mask(text), 40)!r} is no nonce of a Safe", "a whole number, such as --nonce 41")


def parse_hash(text: str | None, option: str) -> bytes | None:
    """Read the hash that an option takes, 32 bytes, None where it is left out.

    Devices show hashes in either case and break them into lines: case and blanks do not count.

    Raises:
        UsageError: anything else; it is not repeated, for it may be a key.
    """
    if text is None:
        return None
    match = _HASH.fullmatch("".join(text.split()))
    if match is None:
        raise UsageError(f"{option} was given what is no hash", "0x and 64 hex digits, such as a safeTxHash")
    return bytes.fromhex(match[1])


def parse_after(texts: Sequence[str] | None) -> tuple[Path, ...]:
    """Read every ``--after FILE``, in their order.

    Raises:
        UsageError: a file that is not there, no file, or named twice.
    """
    paths: dict[Path, Path] = {}
    for text in texts or ():
        path = parse_path(text, "--after")
        assert path is not None  # noqa: S101 - it is None for None alone
        if not path.is_file():
            raise UsageError(f"--after {path}: there is no such file", "name a batch file that is not executed yet")
        if path.resolve() in paths:
            raise UsageError(f"--after names {path} twice", "name each file once, in the order of their nonces")
        paths[path.resolve()] = path
    return tuple(paths.values())
