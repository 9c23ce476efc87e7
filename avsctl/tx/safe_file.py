"""A batch file together with what avsctl keeps beside it, and the Safe transaction that the two make."""

import hashlib
from dataclasses import dataclass

from avsctl.tx.safe_batch import Batch
from avsctl.tx.sidecar import Sidecar


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
    """Give the SHA-256 of a batch file, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
