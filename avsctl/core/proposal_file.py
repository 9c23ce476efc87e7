"""The file of a proposal: a task as a performer would broadcast it, with the deployment and blocks that it is of.

JSON, every key present and no other, in this order::

    {"schema": "avsctl-proposal/1", "task_definition_id": 10001, "proof_of_task": "0x..", "data": "0x..",
     "l1_chain_id": 1, "l2_chain_id": 8453, "attestation_center": "0x..", "obls": "0x..",
     "l1_block": {"number": 1, "hash": "0x.."}, "l2_block": {"number": 1, "hash": "0x.."}}

``data`` stays as it is here: reading it is the contracts' business.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.json_text import parse_json
from avsctl.core.proposals import Proposal
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import ConfigError

SCHEMA: Final = "avsctl-proposal/1"
CODE: Final = "proposal_file"
"""Of every error about such a file."""
DATA_LIMIT: Final = 2**20
"""Bytes of a task's data; no block has the gas for more."""
PROOF_LIMIT: Final = 2**16
"""Characters of a proof of task."""

_BYTES: Final = re.compile(r"0x((?:[0-9a-fA-F]{2})*)", re.ASCII)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_HASH: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class BlockPoint:
    """The block of one layer that a proposal was computed at."""

    number: int
    """Height as the endpoint counts it."""
    hash: str
    """0x and 64 hex digits, lower case."""


@dataclass(frozen=True)
class ProposalFile:
    """What such a file says."""

    task_definition_id: TaskDefinitionId
    proof_of_task: str
    data: bytes
    l1_chain_id: int
    l2_chain_id: int
    attestation_center: str
    """Hex digits in any case; ``require_deployment`` compares them."""
    obls: str
    l1_block: BlockPoint
    l2_block: BlockPoint


def build_proposal_file(proposal: Proposal, deployment: Deployment, l1: BlockRef, l2: BlockRef) -> ProposalFile:
    """Join a proposal with the deployment that it is for and the blocks that it was computed at."""
    return ProposalFile(
        proposal.task_definition_id,
        proposal.proof_of_task,
        proposal.data,
        l1.chain_id,
        l2.chain_id,
        deployment.attestation_center,
        deployment.obls,
        BlockPoint(l1.number, l1.hash.lower()),
        BlockPoint(l2.number, l2.hash.lower()),
    )


def format_proposal_file(file: ProposalFile) -> str:
    """Write the file's text, the same every time; ``parse_proposal_file`` reads it."""
    document = {"schema": SCHEMA, **asdict(file), "data": "0x" + file.data.hex()}
    return json.dumps(document, indent=2) + "\n"


def parse_proposal_file(text: str | bytes, name: str) -> ProposalFile:
    """Read the text of such a file, which may be anything.

    Args:
        text: what is in it; whoever reads it bounds its size.
        name: how messages call it.

    Raises:
        ConfigError: it is none; the message names the field that is wrong, and repeats no value.
    """
    document = _parse(text, name)
    if document.get("schema") != SCHEMA:
        raise _refuse(f"{name}: schema is not {SCHEMA!r}")
    for key in ("schema", *_READERS):
        if key not in document:
            raise _refuse(f"{name}: {key} is missing")
    if len(document) > len(_READERS) + 1:
        raise _refuse(f"{name} has keys that no proposal has")
    return ProposalFile(**{key: _read(name, key, read, document[key]) for key, read in _READERS.items()})


def require_deployment(file: ProposalFile, deployment: Deployment, name: str) -> None:
    """Refuse a file of another deployment; an L1 that was not read is not compared.

    Raises:
        ConfigError: names the first thing that differs, and both values.
    """
    found = {
        "l1_chain_id": deployment.l1_chain_id,
        "l2_chain_id": deployment.l2_chain_id,
        "attestation_center": deployment.attestation_center,
        "obls": deployment.obls,
    }
    for key, value in found.items():
        named = getattr(file, key)
        if value is not None and str(named).lower() != str(value).lower():
            raise _refuse(
                f"{name} is of another deployment: its {key} is {named}, here it is {value}",
                "read the deployment that it was made for, or make another one with avsctl attest propose",
            )


def require_reached(file: ProposalFile, l1: BlockRef | None, l2: BlockRef, name: str) -> None:
    """Refuse a file that was made at a later block than the one read of its layer; None for one that was not read.

    Raises:
        ConfigError: names the layer and both heights.
    """
    for layer, made, read in (("L1", file.l1_block, l1), ("L2", file.l2_block, l2)):
        if read is not None and made.number > read.number:
            raise _refuse(
                f"{name} was made where {layer} is at block {made.number}, "
                f"which is not on this chain yet: block {read.number} is read",
                "read a later block, or make another one with avsctl attest propose --out FILE",
            )


def require_blocks(file: ProposalFile, l1: BlockRef | None, l2: BlockRef | None, name: str) -> None:
    """Refuse a file whose blocks are others than those read at the same heights; other heights are not compared.

    Raises:
        ConfigError: names the layer, the height and both hashes.
    """
    for layer, made, read in (("L1", file.l1_block, l1), ("L2", file.l2_block, l2)):
        if read is not None and made.number == read.number and made.hash != read.hash.lower():
            raise _refuse(
                f"{name} was made where {layer} block {made.number} is {made.hash}; "
                f"here it is {read.hash.lower()}: another chain, or a reorganisation",
                "make another one with avsctl attest propose --out FILE",
            )


def _parse(text: str | bytes, name: str) -> Mapping[str, Any]:
    try:
        document = parse_json(text)
    except ValueError:
        raise _refuse(f"{name} is not JSON") from None
    if not isinstance(document, dict):
        raise _refuse(f"{name} is no JSON object")
    return document


def _read(name: str, key: str, read: Callable[[object], Any], value: object) -> Any:  # noqa: ANN401 - the key decides
    try:
        return read(value)
    except ValueError as error:
        raise _refuse(f"{name}: {key} is not {error}") from None


def _refuse(message: str, hint: str = "avsctl attest propose --out FILE makes one") -> ConfigError:
    return ConfigError(message, hint, CODE)


def _uint(bits: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if type(value) is not int or not 0 <= value < 1 << bits:
            raise ValueError(f"a whole number below 2^{bits}")
        return value

    return read


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > PROOF_LIMIT or not _is_utf8(value):
        raise ValueError(f"a text of at most {PROOF_LIMIT} characters")
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bytes(value: object) -> bytes:
    match = _BYTES.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("0x and two hex digits for each byte")
    if len(match[1]) > 2 * DATA_LIMIT:
        raise ValueError(f"at most {DATA_LIMIT} bytes")
    return bytes.fromhex(match[1])


def _matching(pattern: re.Pattern[str], kind: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise ValueError(kind)
        return value

    return read


_read_number = _uint(64)
_read_address = _matching(_ADDRESS, "an address, 0x and 40 hex digits")
_read_hash = _matching(_HASH, "a hash, 0x and 64 hex digits")


def _block(value: object) -> BlockPoint:
    if not isinstance(value, dict) or set(value) != {"number", "hash"}:
        raise ValueError("an object of number and hash")
    return BlockPoint(_read_number(value["number"]), _read_hash(value["hash"]))


_READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "task_definition_id": _uint(16),
    "proof_of_task": _text,
    "data": _bytes,
    "l1_chain_id": _read_number,
    "l2_chain_id": _read_number,
    "attestation_center": _read_address,
    "obls": _read_address,
    "l1_block": _block,
    "l2_block": _block,
}
