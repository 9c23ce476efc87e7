"""What avsctl keeps beside a batch file: the Safe transaction that it is to become, and what is expected of it.

Everything in it is a claim: whoever reads it holds it to the file and the chain. It is JSON with every key present, no
other, and one spelling of each value; ``checksum`` is keccak256 of all the rest in a canonical form.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.deployment import BlockRef, Generation
from avsctl.core.expectation import Expectation
from avsctl.core.json_text import parse_json
from avsctl.core.quorum import Verdict
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import UINT256_MAX, Address, OperatorId, TaskDefinitionId
from avsctl.errors import ConfigError
from avsctl.tx.guards.permission import OF_THE_CHANGE
from avsctl.tx.json_fields import (
    MalformedField,
    Reader,
    bytes_of,
    decimal_below,
    list_of,
    matching,
    number_below,
    object_of,
    one_of,
    optional,
    read_address,
    text_of,
)
from avsctl.tx.safe_batch import BatchHead
from avsctl.tx.safe_hashes import SafeHashes

SCHEMA: Final = "avsctl-safe/1"
SUFFIX: Final = ".avsctl.json"
MOST_CHARACTERS: Final = 1 << 20
"""Larger ones are not read."""

_CODE: Final = "malformed_sidecar"


@dataclass(frozen=True)
class Sidecar:
    """What the file beside a batch file says."""

    avsctl: str
    """The version that wrote it."""
    batch_sha256: str
    """Of the batch file: 64 hex digits."""
    head: BatchHead
    """What of the batch file does not follow from the transaction."""
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
    """Codes of the critical findings that were allowed by name: of those that can be."""
    checksum: str = field(default="", compare=False)
    """As it stands in a file that was read."""
    checksum_ok: bool = field(default=True, compare=False)
    """Whether the file is as it was written."""


def sidecar_path(batch: Path) -> Path:
    """Give where the sidecar of a batch file is: ``FILE.avsctl.json``."""
    return batch.parent / (batch.name + SUFFIX)


def build_sidecar(sidecar: Sidecar) -> str:
    """Write a sidecar; the same value gives the same text."""
    document = encode_sidecar(sidecar)
    return json.dumps({**document, "checksum": compute_checksum(document)}, indent=2) + "\n"


def parse_sidecar(text: str) -> Sidecar:
    """Read a sidecar that may come from anyone.

    Raises:
        ConfigError: too large, another schema, a field that is missing, of another type or spelling, or not known. It
            is a ``MalformedField`` where one field is at fault, and repeats nothing of the file.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConfigError(f"the sidecar has more than {MOST_CHARACTERS} characters", code=_CODE)
    try:
        document = parse_json(text, is_strict=True)
    except ValueError as error:
        raise ConfigError("the sidecar is no JSON document, or names a member twice", code=_CODE) from error
    if isinstance(document, dict) and document.get("schema") != SCHEMA:
        problem = f"is not {SCHEMA}, the one that is known"
        raise MalformedField("schema", problem, f"in the sidecar, schema {problem}", _CODE)
    try:
        read = _read_document(document, "")
    except MalformedField as error:
        raise MalformedField(error.path, error.problem, f"in the sidecar, {error}", _CODE) from error
    rest = {name: value for name, value in document.items() if name != "checksum"}  # type: ignore[attr-defined]
    return _join(read, checksum_ok=read["checksum"] == compute_checksum(rest))


def compute_checksum(document: Mapping[str, Any]) -> str:
    """Give the checksum of a document that has none yet: keccak256 of its text, keys sorted, without blanks."""
    return _hex(keccak256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()))


def encode_sidecar(sidecar: Sidecar) -> dict[str, Any]:
    """Build the document without its checksum."""
    return {
        "schema": SCHEMA,
        "avsctl": sidecar.avsctl,
        "file": _encode_file(sidecar),
        "chain_id": sidecar.chain_id,
        "generation": sidecar.generation.value,
        "attestation_center": sidecar.attestation_center,
        "safe": {
            "address": sidecar.safe,
            "version": sidecar.safe_version,
            "threshold": sidecar.threshold,
            "owners": list(sidecar.owners),
        },
        "safe_tx": _encode_safe_tx(sidecar.safe_tx),
        "hashes": {name: _hex(getattr(sidecar.hashes, name)) for name in _HASHES},
        "blocks": {"l1": asdict(sidecar.l1) if sidecar.l1 else None, "l2": asdict(sidecar.l2)},
        "expected": list(map(_encode_expectation, sidecar.expected)),
        "accepted": list(sidecar.accepted),
    }


def _encode_file(sidecar: Sidecar) -> dict[str, Any]:
    head = sidecar.head
    return {
        "sha256": sidecar.batch_sha256,
        "createdAt": head.created_at_ms,
        "name": head.name,
        "description": head.description,
        "txBuilderVersion": head.builder_version,
        "createdFromOwnerAddress": head.owner,
    }


def _encode_safe_tx(safe_tx: SafeTx) -> dict[str, Any]:
    return {
        "to": safe_tx.to,
        "value": str(safe_tx.value),
        "data": _hex(safe_tx.data),
        "operation": safe_tx.operation,
        "safe_tx_gas": str(safe_tx.safe_tx_gas),
        "base_gas": str(safe_tx.base_gas),
        "gas_price": str(safe_tx.gas_price),
        "gas_token": safe_tx.gas_token,
        "refund_receiver": safe_tx.refund_receiver,
        "nonce": safe_tx.nonce,
    }


def _encode_expectation(expected: Expectation) -> dict[str, Any]:
    definition, details = expected.definition, expected.details
    return {
        "task_definition_id": definition.task_definition_id,
        "minimum_voting_power": str(definition.minimum_voting_power),
        "restricted_operator_ids": list(map(str, definition.restricted_operator_ids)),
        "maximum_number_of_attesters": str(definition.maximum_number_of_attesters),
        "details": _encode_details(details) if details else None,
        "stored_total": str(expected.stored_total),
        "verdict": expected.verdict.value,
    }


def _encode_details(details: TaskDetails) -> dict[str, str]:
    return {name: value if name == "name" else str(value) for name, value in asdict(details).items()}


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def _join(read: Mapping[str, Any], *, checksum_ok: bool) -> Sidecar:
    file, safe, blocks, hashes = read["file"], read["safe"], read["blocks"], read["hashes"]
    return Sidecar(
        read["avsctl"],
        file["sha256"],
        BatchHead(
            file["createdAt"],
            file["name"],
            file["description"],
            file["txBuilderVersion"],
            file["createdFromOwnerAddress"],
        ),
        read["chain_id"],
        Generation(read["generation"]),
        read["attestation_center"],
        safe["address"],
        safe["version"],
        safe["threshold"],
        safe["owners"],
        SafeTx(**read["safe_tx"]),
        SafeHashes(**hashes, preimage=b"\x19\x01" + hashes["domain"] + hashes["message"]),
        BlockRef(**blocks["l1"]) if blocks["l1"] else None,
        BlockRef(**blocks["l2"]),
        tuple(map(_join_expectation, read["expected"])),
        read["accepted"],
        read["checksum"],
        checksum_ok,
    )


def _join_expectation(read: Mapping[str, Any]) -> Expectation:
    definition = TaskDefinition(
        TaskDefinitionId(read["task_definition_id"]),
        read["minimum_voting_power"],
        tuple(map(OperatorId, read["restricted_operator_ids"])),
        read["maximum_number_of_attesters"],
    )
    details = TaskDetails(**read["details"]) if read["details"] else None
    return Expectation(definition, details, read["stored_total"], Verdict(read["verdict"]))


_HASHES: Final = ("domain", "message", "safe_tx", "data")
_UINT256: Final = decimal_below(UINT256_MAX + 1)
_TIME: Final = number_below(2**53)
_HEIGHT: Final = number_below(2**53)
_SHORT: Final = text_of(200)
_LONG: Final = text_of(1 << 20)
_HASH: Final = bytes_of(32)

_read_block: Final[Reader] = object_of(
    {
        "chain_id": number_below(2**64),
        "number": _HEIGHT,
        "hash": matching(re.compile(r"0x[0-9a-f]{64}", re.ASCII), "hash: 0x and 64 lower-case hex digits"),
        "timestamp": _TIME,
    }
)
_read_details: Final[Reader] = object_of(
    {
        "name": _LONG,
        "block_expiry": _UINT256,
        "attester_reward": _UINT256,
        "performer_reward": _UINT256,
        "aggregator_reward": _UINT256,
        "dispute_period_blocks": _UINT256,
    }
)
_read_expectation: Final[Reader] = object_of(
    {
        "task_definition_id": number_below(2**16),
        "minimum_voting_power": _UINT256,
        "restricted_operator_ids": list_of(_UINT256, 10_000),
        "maximum_number_of_attesters": _UINT256,
        "details": optional(_read_details),
        "stored_total": _UINT256,
        "verdict": one_of(each.value for each in Verdict),
    }
)
_read_document: Final[Reader] = object_of(
    {
        "schema": _SHORT,
        "avsctl": _SHORT,
        "file": object_of(
            {
                "sha256": matching(re.compile(r"[0-9a-f]{64}", re.ASCII), "SHA-256: 64 lower-case hex digits"),
                "createdAt": number_below(2**63),
                "name": _LONG,
                "description": _LONG,
                "txBuilderVersion": _SHORT,
                "createdFromOwnerAddress": _SHORT,
            }
        ),
        "chain_id": number_below(2**64),
        "generation": one_of(each.value for each in Generation),
        "attestation_center": read_address,
        "safe": object_of(
            {
                "address": read_address,
                "version": _SHORT,
                "threshold": number_below(2**53),
                "owners": list_of(read_address, 1_000),
            }
        ),
        "safe_tx": object_of(
            {
                "to": read_address,
                "value": _UINT256,
                "data": bytes_of(),
                "operation": number_below(2),
                "safe_tx_gas": _UINT256,
                "base_gas": _UINT256,
                "gas_price": _UINT256,
                "gas_token": read_address,
                "refund_receiver": read_address,
                "nonce": number_below(2**53),
            }
        ),
        "hashes": object_of(dict.fromkeys(_HASHES, _HASH)),
        "blocks": object_of({"l1": optional(_read_block), "l2": _read_block}),
        "expected": list_of(_read_expectation, 1_000),
        "accepted": list_of(one_of(OF_THE_CHANGE), 100),
        "checksum": matching(re.compile(r"0x[0-9a-f]{64}", re.ASCII), "hash: 0x and 64 lower-case hex digits"),
    }
)
