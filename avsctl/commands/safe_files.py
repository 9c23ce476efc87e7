"""A batch file with its sidecar, as a user names it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from avsctl.commands.signer_options import parse_path
from avsctl.config.text_file import read_text
from avsctl.errors import ConfigError, UsageError
from avsctl.tx.safe_batch import parse_batch
from avsctl.tx.safe_file import SafeFile, digest
from avsctl.tx.sidecar import SCHEMA, SUFFIX, parse_sidecar, sidecar_path

if TYPE_CHECKING:
    from avsctl.commands.connection import Connection
    from avsctl.contracts.attestation_center import AttestationCenter
    from avsctl.tx.verification import Verification
    from avsctl.tx.verify import Asked

T = TypeVar("T")


def read_safe_file(path: str) -> SafeFile:
    """Read a batch file and what avsctl keeps beside it, offline; its calls are not read.

    Raises:
        UsageError: there is no such file.
        ConfigError: it, or its sidecar, is malformed, or says two things of one transaction.
    """
    return parse_texts(path, *read_texts(path))


def parse_texts(path: str, batch: str, sidecar: str | None, center: "AttestationCenter | None" = None) -> SafeFile:
    """Read the texts of a batch file and of its sidecar; a message names the file.

    Args:
        path: of the batch file.
        batch: its text, from anyone.
        sidecar: the text beside it, None where there is none.
        center: reads the calls; None leaves them unread.

    Raises:
        ConfigError: one of them is malformed, or says two things of one transaction.
    """
    read = _naming(path, lambda: parse_batch(batch, center))
    claims = None if sidecar is None else _naming(f"{path}{SUFFIX}", lambda: parse_sidecar(sidecar))
    return SafeFile(path, digest(batch), read, claims)


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
    _require_no_sidecar(file, batch)
    beside = sidecar_path(file)
    return batch, read_text(beside, str(beside), "sidecar_file")


def list_read(path: str) -> tuple[str, str]:
    """Give the names of a batch file and of what is kept beside it, there or not."""
    return path, f"{path}{SUFFIX}"


def verify_file(connection: "Connection", file: SafeFile, asked: "Asked | None" = None) -> "Verification":
    """Hold a file to the chain, at the blocks that the connection reads.

    Args:
        connection: to L2; to L1 too where it is set, and then the next sync is foreseen.
        file: as ``read_safe_file`` gives it.
        asked: what else the user says of the transaction.

    Raises:
        ConfigError: the file names no Safe, or holds no transaction.
        UsageError: a file of ``asked.after`` that is executed, or out of order.
        ChainError: a chain could not be read.
    """
    from avsctl.commands.writing import chains_of  # noqa: PLC0415 - reading a file needs no chain
    from avsctl.tx.verify import Asked, verify  # noqa: PLC0415 - as above

    return verify(chains_of(connection), file, asked or Asked(), connection.settings.multisig)


def _require_no_sidecar(path: Path, text: str) -> None:
    batch = str(path).removesuffix(SUFFIX)
    if batch != str(path) and f'"{SCHEMA}"' in text[:200]:
        raise UsageError(f"{path} is what is kept beside a batch file", f"name the batch file: {batch}")


def _naming(path: str, parse: Callable[[], T]) -> T:
    """Let what is refused say which file it is of."""
    try:
        return parse()
    except ConfigError as error:
        problem = error.problems[0]
        raise ConfigError(f"{path}: {problem.message}", problem.hint, problem.code) from None
