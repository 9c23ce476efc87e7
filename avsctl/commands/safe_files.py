"""A batch file with its sidecar, as a user names it."""

import hashlib
from pathlib import Path

from avsctl.commands.signer_options import parse_path
from avsctl.config.text_file import read_text
from avsctl.core.units import Address
from avsctl.errors import UsageError
from avsctl.tx.safe_batch import parse_batch
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.sidecar import parse_sidecar, sidecar_path


def read_safe_file(path: str) -> SafeFile:
    """Read a batch file and what avsctl keeps beside it, offline; its calls are not read.

    Raises:
        UsageError: there is no such file.
        ConfigError: it, or its sidecar, is malformed.
    """
    batch, sidecar = read_texts(path)
    return SafeFile(path, digest(batch), parse_batch(batch, None), None if sidecar is None else parse_sidecar(sidecar))


def read_texts(path: str) -> tuple[str, str | None]:
    """Give the text of a batch file and of its sidecar, None where there is none.

    Raises:
        UsageError: there is no such file.
        ConfigError: one of them is no text, or too large.
    """
    file = parse_path(path, "FILE")
    assert file is not None  # noqa: S101 - it is None for None alone
    batch = read_text(file, str(file), "batch_file")
    if batch is None:
        raise UsageError(f"{file}: there is no such file", "avsctl task update .. --safe-batch FILE makes one")
    beside = sidecar_path(file)
    return batch, read_text(beside, str(beside), "sidecar_file")


def digest(text: str) -> str:
    """Give the SHA-256 of a file, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def find_safe(file: SafeFile) -> Address | None:
    """Give the Safe that a file is of; None where neither it nor its sidecar says so."""
    return file.batch.safe or (file.sidecar.safe if file.sidecar else None)
