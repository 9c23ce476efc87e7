"""A batch file together with what avsctl keeps beside it, and the Safe transaction that the two make."""

import hashlib
from dataclasses import dataclass

from avsctl.core.units import Address
from avsctl.errors import UsageError
from avsctl.tx.json_fields import MalformedField
from avsctl.tx.safe_batch import Batch
from avsctl.tx.sidecar import SUFFIX, Sidecar


@dataclass(frozen=True)
class SafeFile:
    """What a user names as FILE."""

    path: str
    """As given."""
    sha256: str
    """Of the batch file: 64 hex digits."""
    batch: Batch
    sidecar: Sidecar | None
    """None where there is none."""


def digest(text: str) -> str:
    """Give the SHA-256 of a batch file, which was read from UTF-8: 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def find_safe(file: SafeFile) -> Address:
    """Give the Safe that a file with calls is of.

    Raises:
        MalformedField: neither the file nor its sidecar says so, or there is no call.
    """
    if not file.batch.transactions:
        raise _malformed(file, "transactions", "holds no transaction")
    safe = file.batch.safe or (file.sidecar.safe if file.sidecar else None)
    if safe is None:
        raise _malformed(file, "meta.createdFromSafeAddress", "does not say which Safe it is of")
    return safe


def require_same(file: SafeFile, chain_id: int, sender: Address) -> None:
    """Refuse a file that is not of this chain and this sender.

    Raises:
        UsageError: it is of another one, or does not say.
    """
    hint, batch = "name a batch of this deployment", file.batch
    if batch.safe is None:
        raise UsageError(f"{file.path} does not say which Safe it is of", hint)
    for what, found, wanted in (("chain", batch.chain_id, chain_id), ("sender", batch.safe, sender)):
        if found != wanted:
            raise UsageError(f"{file.path} is of another {what}: {found}, not {wanted}", hint)


def require_own_sidecar(file: SafeFile) -> None:
    """Refuse a file whose sidecar is not of it as it stands.

    Raises:
        UsageError: one of them was changed.
    """
    sidecar = file.sidecar
    if sidecar is None:
        return
    if not sidecar.checksum_ok or (sidecar.batch_sha256, sidecar.safe) != (file.sha256, file.batch.safe):
        raise UsageError(
            f"{file.path}{SUFFIX} is not of {file.path} as it stands: one of them was changed or replaced",
            f"avsctl safe verify {file.path} names what differs",
        )


def _malformed(file: SafeFile, path: str, problem: str) -> MalformedField:
    return MalformedField(path, problem, f"{file.path} {problem}", "malformed_batch")
