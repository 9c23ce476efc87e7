"""The JSON data of ``tx decode``; ``present_decoding`` says what its keys are."""

from collections.abc import Sequence
from typing import Any

from avsctl.contracts.decoding import Decoded, InnerCall, Kind
from avsctl.contracts.error_text import NamedError
from avsctl.contracts.function_meanings import NOTES
from avsctl.contracts.interfaces import Interface, Parameter
from avsctl.contracts.safe_contents import Caution
from avsctl.contracts.safe_tx import SafeTx
from avsctl.contracts.task_contents import InnerTask
from avsctl.core.tasks import TOTALS_SYNC
from avsctl.output.attestation_update import encode_update
from avsctl.output.decoding_answer import (
    BatchContent,
    DecodingAnswer,
    ProposalContent,
    Selector,
    SidecarContent,
    SignatureContent,
    Subject,
    Word,
)
from avsctl.output.decoding_words import explain_error
from avsctl.output.encode import Json, encode_arg, encode_id


def encode_decoding(answer: DecodingAnswer) -> dict[str, Json]:
    """Build ``data`` of ``tx decode``."""
    node = {**_EMPTY, **_encode_subject(answer.subject)}
    return {"source": answer.source.value, "path": answer.path or None, **node}


def find_notes(interfaces: Sequence[Interface]) -> list[str]:
    """Give what to know of the functions before signing, each text once."""
    reads = ["it only reads, and changes nothing"] if interfaces and all(each.is_read for each in interfaces) else []
    return [*reads, *dict.fromkeys(NOTES[each.name] for each in interfaces if each.name in NOTES)]


def _encode_subject(subject: Subject) -> dict[str, Json]:
    match subject:
        case Decoded():
            return _encode_decoded(subject)
        case NamedError():
            return _encode_named(subject)
        case Selector():
            return _encode_selector(subject)
        case Word():
            return {"kind": "hash", "role": subject.role, "events": [each.signature for each in subject.events]}
    return _encode_content(subject)


def _encode_content(
    content: BatchContent | ProposalContent | SignatureContent | SidecarContent,
) -> dict[str, Json]:
    match content:
        case BatchContent():
            kind, file = "batch_file", _encode_batch(content)
            calls = _encode_calls(content.calls, "")
            return {"kind": kind, "calls": calls, "calls_left_out": content.left_out, "file": file}
        case ProposalContent():
            file, task = _encode_proposal(content), _encode_task(content.task)
            return {"kind": "proposal_file", "size": len(content.file.data), "task": task, "file": file}
        case SignatureContent():
            return {"kind": "signature_file", "size": content.size, "file": _encode_signature_file(content)}
        case SidecarContent():
            return {"kind": "sidecar", "file": {"batch_file": content.batch or None}}


def _encode_decoded(decoded: Decoded, number: str = "") -> dict[str, Json]:
    """Build what some bytes are; ``number`` is that of the call, empty for what is none."""
    is_error = decoded.kind is Kind.REVERT
    functions: tuple[Interface, ...] = () if is_error else decoded.interfaces
    return {
        **_EMPTY,
        "kind": decoded.kind.value,
        "size": len(decoded.data),
        "selector": _hex(decoded.data[:4]) if decoded.interfaces or decoded.kind is Kind.UNKNOWN else None,
        "candidates": _encode_candidates(functions, "function", decoded.args),
        "error": _encode_error(decoded) if is_error else None,
        "fault": decoded.fault or None,
        "notes": [*find_notes(functions)],
        "warnings": list(map(_encode_caution, decoded.cautions)),
        "calls": _encode_calls(decoded.calls, number),
        "calls_left_out": decoded.left_out,
        "safe_transaction": _encode_safe_tx(decoded.safe_tx),
        "signatures": [{"kind": each.kind, "v": each.v, "owner": each.owner} for each in decoded.signatures],
        "task": _encode_task(decoded.task),
    }


def _encode_named(named: NamedError) -> dict[str, Json]:
    if named.decoded is not None:
        return {**_encode_decoded(named.decoded), "kind": "error_name"}
    if named.functions:
        return {
            "kind": "function_name",
            "selector": _sole_selector(named.functions),
            "candidates": _encode_candidates(named.functions, "function", None),
            "notes": [*find_notes(named.functions)],
        }
    return {"kind": "error_name", "selector": _sole_selector(named.errors), "error": _encode_error(named)}


def _encode_selector(found: Selector) -> dict[str, Json]:
    """Build what four bytes are; without arguments they are the whole of a call or of a revert."""
    error = NamedError(found.errors) if found.errors else None
    return {
        "kind": "selector",
        "selector": _hex(found.selector),
        "candidates": _encode_candidates(found.functions, "function", None),
        "error": _encode_error(error) if error else None,
        "notes": [*find_notes(found.functions)],
        "role": found.role,
    }


def _encode_error(error: Decoded | NamedError) -> Json:
    interfaces, args, inner = (
        (error.interfaces, error.args, error.inner) if isinstance(error, Decoded) else (error.errors, None, None)
    )
    return {
        "name": interfaces[0].name,
        "safe_code": (error.safe_code or None) if isinstance(error, NamedError) else None,
        "candidates": _encode_candidates(interfaces, "error", args),
        "meanings": [
            {"when": each.when.value, "text": each.text, "remedy": each.remedy or None} for each in explain_error(error)
        ],
        "inner": _encode_decoded(inner) if inner else None,
    }


def _encode_candidates(interfaces: Sequence[Interface], kind: str, args: Sequence[Any] | None) -> list[Json]:
    return [
        {
            "contract": each.contract,
            "generations": [generation.value for generation in each.generations],
            "since": each.since or None,
            kind: each.signature,
            "selector": _hex(each.selector),
            "args": None if args is None else _encode_members(each.parameters, args),
        }
        for each in interfaces
    ]


def _encode_members(parameters: Sequence[Parameter], values: Sequence[Any]) -> list[Json]:
    return [
        {"name": each.name, "type": each.kind, "value": _encode_value(each, value)}
        for each, value in zip(parameters, values, strict=True)
    ]


def _encode_value(parameter: Parameter, value: Any) -> Json:  # noqa: ANN401 - the ABI decides
    """Build a value: the members of a tuple by name, of an array of tuples those of each item."""
    if not parameter.members:
        return encode_arg(value)
    if parameter.kind.endswith("]"):
        return [_encode_members(parameter.members, item) for item in value]
    return _encode_members(parameter.members, value)


def _encode_calls(calls: Sequence[InnerCall], above: str) -> list[Json]:
    """Build the calls of a call, numbered ``1``, ``2``, and those of the second ``2.1``, ``2.2``."""
    return [_encode_call(call, f"{above}.{at}" if above else str(at)) for at, call in enumerate(calls, 1)]


def _encode_call(call: InnerCall, number: str) -> Json:
    return {
        "number": number,
        "to": call.to,
        "value": str(call.value),
        "operation": call.operation,
        "data": _hex(call.decoded.data),
        **_encode_decoded(call.decoded, number),
    }


def _encode_caution(caution: Caution) -> Json:
    return {"code": caution.code, "text": caution.text}


def _encode_safe_tx(safe_tx: SafeTx | None) -> Json:
    """Build the fields that are signed; the nonce, which the calldata lacks, is left out."""
    if safe_tx is None:
        return None
    return {
        "to": safe_tx.to,
        "value": str(safe_tx.value),
        "operation": safe_tx.operation,
        "safe_tx_gas": str(safe_tx.safe_tx_gas),
        "base_gas": str(safe_tx.base_gas),
        "gas_price": str(safe_tx.gas_price),
        "gas_token": safe_tx.gas_token,
        "refund_receiver": safe_tx.refund_receiver,
    }


def _encode_task(task: InnerTask | None) -> Json:
    if task is None:
        return None
    encoding = None if task.update is None else "totals" if task.task_definition_id == TOTALS_SYNC else "voting_power"
    return {
        "task_definition_id": task.task_definition_id,
        "carries": encoding,
        "update": encode_update(task.update),
        "fault": task.fault or None,
    }


def _encode_batch(batch: BatchContent) -> Json:
    return {
        "chain_id": encode_id(batch.chain_id),
        "safe": batch.safe,
        "created_at_ms": encode_id(batch.created_at_ms),
        "name": batch.name,
        "description": batch.description,
        "checksum": "ok" if batch.checksum_ok else "mismatch" if batch.has_checksum else "missing",
        "disputes": [{"field": each.field, "data": each.expected, "method": each.found} for each in batch.disputes],
        "has_sidecar": batch.has_sidecar,
    }


def _encode_proposal(proposal: ProposalContent) -> Json:
    file = proposal.file
    return {
        "task_definition_id": file.task_definition_id,
        "proof_of_task": file.proof_of_task,
        "data": _hex(file.data),
        "l1_chain_id": encode_id(file.l1_chain_id),
        "l2_chain_id": encode_id(file.l2_chain_id),
        "attestation_center": file.attestation_center,
        "obls": file.obls,
        "l1_block": {"number": encode_id(file.l1_block.number), "hash": file.l1_block.hash},
        "l2_block": {"number": encode_id(file.l2_block.number), "hash": file.l2_block.hash},
    }


def _encode_signature_file(file: SignatureContent) -> Json:
    return {
        "chain_id": encode_id(file.chain_id),
        "safe": file.safe,
        "safe_tx_hash": _hex(file.safe_tx_hash),
        "signer": file.signer,
    }


def _sole_selector(interfaces: Sequence[Interface]) -> str | None:
    found = {each.selector for each in interfaces}
    return _hex(found.pop()) if len(found) == 1 else None


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"


_EMPTY: dict[str, Json] = {
    "kind": None,
    "size": None,
    "selector": None,
    "candidates": [],
    "error": None,
    "fault": None,
    "notes": [],
    "warnings": [],
    "calls": [],
    "calls_left_out": 0,
    "safe_transaction": None,
    "signatures": [],
    "task": None,
    "role": None,
    "events": [],
    "file": None,
}
"""Every key that an answer has, and a call in it but for ``file``."""
