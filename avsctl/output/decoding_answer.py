"""What ``tx decode`` was given and what it found in it, as values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from avsctl.contracts.decoding import Decoded, InnerCall
from avsctl.contracts.error_text import NamedError
from avsctl.contracts.interfaces import Interface
from avsctl.contracts.task_contents import InnerTask
from avsctl.core.proposal_file import ProposalFile
from avsctl.core.units import Address
from avsctl.core.verification import Mismatch


class Source(StrEnum):
    """Where it came from."""

    ARGUMENT = "argument"
    FILE = "file"
    STDIN = "standard_input"


@dataclass(frozen=True)
class Selector:
    """Four bytes by themselves."""

    selector: bytes
    functions: tuple[Interface, ...]
    errors: tuple[Interface, ...]
    role: str | None
    """Name of the role or flow that has this id; None where none has."""


@dataclass(frozen=True)
class Word:
    """32 bytes by themselves. They are not kept: a private key has as many."""

    role: str | None
    """Name of the role or flow whose id it is."""
    events: tuple[Interface, ...]
    """Those whose first topic it is."""


@dataclass(frozen=True)
class BatchContent:
    """A batch file of a Safe."""

    chain_id: int
    safe: Address | None
    created_at_ms: int
    """Unix milliseconds."""
    name: str
    """Text from outside, as is ``description``."""
    description: str
    checksum_ok: bool
    has_checksum: bool
    calls: tuple[InnerCall, ...]
    left_out: int
    """Calls that are not read."""
    disputes: tuple[Mismatch, ...]
    """Where the readable form says other than the data, which is what a wallet sends."""
    has_sidecar: bool
    """Whether the file beside it that avsctl writes is there."""


@dataclass(frozen=True)
class ProposalContent:
    """A file of ``attest propose``."""

    file: ProposalFile
    task: InnerTask


@dataclass(frozen=True)
class SignatureContent:
    """A file of ``safe sign``; what it says of itself is a claim."""

    chain_id: int
    safe: Address
    safe_tx_hash: bytes
    signer: Address
    size: int
    """Bytes of the signature."""


@dataclass(frozen=True)
class SidecarContent:
    """The file that stands beside a batch file."""

    batch: str
    """Where the batch file should be; text from outside."""


Subject: TypeAlias = (
    Decoded | Selector | Word | NamedError | BatchContent | ProposalContent | SignatureContent | SidecarContent
)


@dataclass(frozen=True)
class DecodingAnswer:
    """What was found."""

    source: Source
    path: str
    """Of a file; empty for what is none. Text from outside."""
    subject: Subject
