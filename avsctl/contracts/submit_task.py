"""submitTask of AttestationCenter: the task, what is submitted with it, the hashes of both, and the calldata.

Texts of a task are whatever bytes their sender chose: those that are no UTF-8 stand as lone surrogates
(``surrogateescape``), so that every task has the hash that the contract gives it.
"""

from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.abi import Function, decode_values, load_function
from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.core.units import Address, OperatorId, TaskDefinitionId

CALLDATA_LIMIT: Final = 2**21
"""Bytes of a submission that are read; no block has the gas for more."""

_TASK: Final = "(string,bytes,address,uint16)"
_ECDSA: Final = "(bool,bytes,uint256[2],uint256[])"
_BLS: Final = "(bool,uint256[2],uint256[2],uint256[])"
_HASHED: Final = ("bytes", "bytes", "address", "uint16")
"""The members of a task, its text as the bytes that it is encoded as."""
_FORMS: Final = {
    bytes.fromhex("fff768e3"): (_TASK, _ECDSA),
    bytes.fromhex("8a7ce8a4"): (_TASK, _BLS),
    bytes.fromhex("7d5f32bc"): (_TASK, "bool", "bytes", "uint256[2]", "uint256[]"),
}
"""Arguments of every submitTask by its selector: all generations, V2 and V3, V1."""


@dataclass(frozen=True)
class Task:
    """What attesters look at (TaskInfo)."""

    proof_of_task: str
    data: bytes
    performer: Address
    task_definition_id: TaskDefinitionId


@dataclass(frozen=True)
class Submission:
    """What an aggregator hands in with a task (TaskSubmissionDetails)."""

    is_approved: bool
    performer_signature: bytes | tuple[int, int]
    """ECDSA over the raw task hash; or the point of a BLS signature (V2, V3)."""
    aggregate: tuple[int, int]
    """The sum of the attesters' BLS signatures over the vote hash, in G1."""
    attester_ids: tuple[OperatorId, ...]


def task_hash(task: Task) -> bytes:
    """Give the hash that the performer signs, and by which a task is known to have been submitted before.

    keccak256(abi.encode(proof, data, performer, definition)); no chain and no contract is in it.

    Raises:
        ValueError: a value that its type does not hold.
    """
    return keccak256(_encode(_HASHED, _task_values(task)))


def vote_hash(task: Task, attestation_center: Address, chain_id: int, *, is_approved: bool) -> bytes:
    """Give the hash that attesters sign: keccak256(abi.encode(the task's four values, contract, chain id, approved)).

    Raises:
        ValueError: a value that its type does not hold.
    """
    kinds = (*_HASHED, "address", "uint256", "bool")
    return keccak256(_encode(kinds, (*_task_values(task), attestation_center, chain_id, is_approved)))


def encode_submit(generation: Generation, task: Task, submission: Submission) -> bytes:
    """Give the calldata of submitTask, in the form that the performer's signature asks for.

    Raises:
        GenerationError: a performer's BLS signature, which V1 does not take.
        ValueError: a value that its type does not hold.
    """
    is_ecdsa = isinstance(submission.performer_signature, bytes)
    details = _ECDSA if is_ecdsa else _BLS
    function = load_function("AttestationCenter", generation, "submitTask", _TASK, details)
    return encode_with_task(function, task, _submission_values(submission))


def encode_with_task(function: Function, task: Task, *args: object) -> bytes:
    """Give the calldata of a function that takes a TaskInfo, then other arguments.

    Raises:
        ValueError: a value that its type does not hold.
    """
    kinds = tuple(map(_as_bytes, function.inputs))
    return function.selector + _encode(kinds, (_task_values(task), *args))


def decode_submit(calldata: bytes) -> tuple[Task, Submission]:
    """Read the calldata of submitTask in any form that a generation takes.

    Raises:
        ValueError: another function, or anything but the canonical encoding of its arguments.
    """
    if len(calldata) > CALLDATA_LIMIT:
        raise ValueError(f"{len(calldata)} bytes, where no submitTask has more than {CALLDATA_LIMIT}")
    kinds = _FORMS.get(calldata[:4])
    if kinds is None:
        raise ValueError(f"no calldata of submitTask: it begins with 0x{calldata[:4].hex()}")
    try:
        task, *details = decode_values(tuple(map(_as_bytes, kinds)), calldata[4:])
    except ValueError as error:
        raise ValueError(f"calldata of submitTask, but cut short, too long or otherwise encoded: {error}") from error
    return read_task(task), _read_submission(tuple(details) if len(details) > 1 else details[0])


def read_task(values: tuple[Any, ...]) -> Task:
    """Give the task in the four values of a TaskInfo, its text still in bytes."""
    proof_of_task, data, performer, task_definition_id = values
    return Task(read_text(proof_of_task), data, Address(performer), TaskDefinitionId(task_definition_id))


def read_text(raw: bytes) -> str:
    """Give the text of a task; see the head of this file for bytes that are none."""
    return raw.decode("utf-8", "surrogateescape")


def _read_submission(details: tuple[Any, ...]) -> Submission:
    is_approved, signature, aggregate, attester_ids = details
    return Submission(is_approved, signature, aggregate, tuple(map(OperatorId, attester_ids)))


def _submission_values(submission: Submission) -> tuple[object, ...]:
    return (
        submission.is_approved,
        submission.performer_signature,
        submission.aggregate,
        submission.attester_ids,
    )


def _task_values(task: Task) -> tuple[object, ...]:
    return task.proof_of_task.encode("utf-8", "surrogateescape"), task.data, task.performer, task.task_definition_id


def _as_bytes(kind: str) -> str:
    """Take texts for the bytes that they are encoded as."""
    return kind.replace("string", "bytes")


def _encode(kinds: tuple[str, ...], values: tuple[object, ...]) -> bytes:
    from eth_abi.abi import encode  # noqa: PLC0415 - 0.2 s that most commands do not need
    from eth_abi.exceptions import EncodingError  # noqa: PLC0415

    try:
        return encode(kinds, values)
    except EncodingError as error:
        raise ValueError(str(error)) from error
