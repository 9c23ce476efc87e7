"""The logs of AttestationCenter, on L2: who was given the governance role, and which definition a task was of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from avsctl.contracts import words
from avsctl.contracts.attestation_center import GOVERNANCE_ROLE
from avsctl.core.deployment import Generation
from avsctl.core.units import Address, TaskDefinitionId
from avsctl.errors import AnswerError

T = TypeVar("T")

ROLE_GRANTED_TOPIC: Final = "0x2f8788117e7eff1d82e926ec794901d17c78024a50270940304540a733656f0d"
"""RoleGranted(bytes32 indexed role, address indexed account, address indexed sender), OpenZeppelin's AccessControl."""
MULTISIG_SET_TOPIC: Final = "0x024e98b7d808a3ddb028252dc95dfdcb165a0ca59fcff8984b4fecf9a7222649"
"""SetAvsGovernanceMultisig(address), of transferAvsGovernanceMultisig."""

_SUBMITTED_V1: Final = "0xde1faaa044a7216023ec32c06f91d9b5098d8bbd3b37f3662be3a729752ec9fc"
"""TaskSubmitted(address,uint32,string,bytes,uint16), nothing indexed."""
_SUBMITTED: Final = "0xaed5b9322f1cce79090471045d025d7a0a841daf787ec955d17cdd32a3ebfdb1"
"""TaskSubmitted(address indexed,uint32,string,bytes,uint16 indexed,uint256[])."""


def decode_governor(log: Mapping[str, Any]) -> Address | None:
    """Give whom a log of one of these two topics hands AVS_GOVERNANCE_MULTISIG; None where it is about another role.

    Raises:
        AnswerError: the log has another shape.
    """
    values = _values(log)
    if is_transfer(log):
        return Address(_decode("SetAvsGovernanceMultisig", words.decode_address, values[:1]))
    if values[:1] != [GOVERNANCE_ROLE]:
        return None
    return Address(_decode("RoleGranted", words.decode_address, values[1:2]))


def is_transfer(log: Mapping[str, Any]) -> bool:
    """Whether a log tells of a transfer of the governance role."""
    return bool(log["topics"][0].lower() == MULTISIG_SET_TOPIC)


def submitted_topics(
    generation: Generation, task_definition_id: TaskDefinitionId
) -> tuple[str, tuple[str | None, ...]]:
    """Give the event of approved tasks and, where the generation indexes the definition, the topics after it."""
    if generation is Generation.V1:
        return _SUBMITTED_V1, ()
    return _SUBMITTED, (None, f"0x{task_definition_id:064x}")


def decode_submitted_id(log: Mapping[str, Any]) -> TaskDefinitionId:
    """Give the definition that an approved task was of: the fifth value where nothing is indexed, else the second.

    Raises:
        AnswerError: the log has another shape.
    """
    values = _values(log)
    own = values[4:5] if log["topics"][0].lower() == _SUBMITTED_V1 else values[1:2]
    return TaskDefinitionId(_decode("TaskSubmitted", words.decode_uint(16), own))


def _values(log: Mapping[str, Any]) -> list[bytes]:
    """Give the words of a log, those indexed first; what is dynamic shows as its offset."""
    data = bytes.fromhex(log["data"][2:])
    indexed = [bytes.fromhex(topic[2:]) for topic in log["topics"][1:]]
    return [*indexed, *(data[at : at + words.WORD] for at in range(0, len(data), words.WORD))]


def _decode(event: str, decode: Callable[[bytes], T], values: Sequence[bytes]) -> T:
    data = b"".join(values)
    try:
        words.require_length(data, words.WORD)
        return decode(data)
    except ValueError as error:
        raise AnswerError(f"AttestationCenter's {event} has another shape: {error}") from error
