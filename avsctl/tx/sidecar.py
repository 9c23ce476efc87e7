"""What avsctl keeps beside a batch file: the Safe transaction that it is to become, and what is expected of it.

Everything in it is a claim: whoever reads it holds it to the file and the chain.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.deployment import BlockRef, Generation
from avsctl.core.expectation import Expectation
from avsctl.core.units import Address
from avsctl.tx.safe_hashes import SafeHashes

SCHEMA: Final = "avsctl-safe/1"
SUFFIX: Final = ".avsctl.json"


@dataclass(frozen=True)
class Sidecar:
    """What the file beside a batch file says."""

    avsctl: str
    """The version that wrote it."""
    batch_sha256: str
    """Of the batch file: 64 hex digits."""
    chain_id: int
    generation: Generation
    attestation_center: Address
    safe: Address
    safe_version: str
    threshold: int
    owners: tuple[Address, ...]
    safe_tx: SafeTx
    hashes: SafeHashes
    l1: BlockRef | None
    """The blocks that were read; None where L1 was not."""
    l2: BlockRef
    expected: tuple[Expectation, ...]
    """The definitions that are changed, by id, as the simulation left them."""
    accepted: tuple[str, ...] = ()
    """Codes of the critical findings that were allowed by name."""
    checksum_ok: bool = field(default=True, compare=False)
    """Whether the file is as it was written."""


def sidecar_path(batch: Path) -> Path:
    """Give where the sidecar of a batch file is: ``FILE.avsctl.json``."""
    return batch.with_name(batch.name + SUFFIX)


def build_sidecar(sidecar: Sidecar) -> str:
    """Write a sidecar; the same value gives the same text."""
    raise NotImplementedError


def parse_sidecar(text: str) -> Sidecar:
    """Read a sidecar that may come from anyone.

    Raises:
        ConfigError: too large, another schema, a field that is missing, of another type or not known. It names the
            field and repeats nothing of the file.
    """
    raise NotImplementedError
