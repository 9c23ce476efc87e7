"""Where V1 and V2 keep what no getter tells: the storage layout of AttestationCenter and OBLS, and how to read it.

Both keep their state behind a base, the hash of a name minus 1. V3 keeps it elsewhere; whoever reads slots compares
what they say with the getters before believing any of it.

A task definition begins at ``keccak(id . (base + 7))``::

    +0 id  +1 name  +2 block expiry  +3 attester  +4 performer  +5 aggregator reward  +6 dispute period
    +7 minimum voting power  +8 length of the list, its items at keccak(slot)  +9 maximum number of attesters (V2)

The contracts that an AVS hangs into its tasks stand at ``base + 5`` (its logic) and ``base + 12`` (fee calculator).

An operator begins at ``keccak(id . (OBLS base + 3))``: +0 to +3 BLS key, +4 voting power, +5 whether it is active.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from avsctl.contracts.keccak import keccak256
from avsctl.contracts.words import decode_address
from avsctl.core.tasks import TaskDetails
from avsctl.core.units import Address, OperatorId, TaskDefinitionId

ATTESTATION_CENTER_BASE: Final = 0x47C1BDCA9C75057BF1CA178A62FB0EF8908B21EE1EA9B9658BA5135FD3A35468
OBLS_BASE: Final = 0xB11BCA917DD8ECD11E8A1C64799B2B95BACFAF4C224D49C0CA8DBC14A8D7976D
DEFINITION_SLOTS: Final = 10
"""Slots of one definition, its list aside."""
NAME_LIMIT: Final = 10_240
"""Bytes of a name that are read; a longer one is cut, and says so."""

_AVS_LOGIC: Final = 5
_DEFINITIONS: Final = 7
_SIGNED_TASKS: Final = 8
_IDS_BY_ADDRESS: Final = 9
_FEE_CALCULATOR: Final = 12
_OPEN_AGGREGATOR: Final = 16
_GLOBAL_TOTAL: Final = 1
_OPERATORS: Final = 3
_RAW_TOTALS: Final = 5
_WORD: Final = 32
_SLOTS: Final = 2**256


@dataclass(frozen=True)
class StoredDefinition:
    """One definition as its slots have it."""

    task_definition_id: int
    minimum_voting_power: int
    name_word: bytes
    """The slot of the name: the name itself up to 31 bytes, else its length."""
    details: TaskDetails
    """With an empty name."""


def definition_slot(task_definition_id: TaskDefinitionId) -> int:
    """Give the first slot of a definition."""
    return _mapping_slot(task_definition_id, ATTESTATION_CENTER_BASE + _DEFINITIONS)


def raw_total_slot(task_definition_id: TaskDefinitionId) -> int:
    """Give OBLS's slot of a definition's total, where 0 stays 0."""
    return _mapping_slot(task_definition_id, OBLS_BASE + _RAW_TOTALS)


def global_total_slot() -> int:
    """Give OBLS's slot of ``totalVotingPower``, by which its layout is known again."""
    return OBLS_BASE + _GLOBAL_TOTAL


def fee_calculator_slot() -> int:
    """Give AttestationCenter's slot of the contract that is asked for the fees of every task."""
    return ATTESTATION_CENTER_BASE + _FEE_CALCULATOR


def decode_fee_calculator(word: bytes) -> Address | None:
    """Read the word of ``fee_calculator_slot``; None where none is set, and for what is no address."""
    if not any(word) or any(word[:12]):
        return None
    return Address(decode_address(word))


def avs_logic_slot() -> int:
    """Give AttestationCenter's slot of the contract that runs before and after tasks."""
    return ATTESTATION_CENTER_BASE + _AVS_LOGIC


def decode_avs_logic(word: bytes) -> Address | None:
    """Read the word of ``avs_logic_slot``; None where none is set, and for what is no address."""
    return decode_fee_calculator(word)


def operator_id_slot(account: Address) -> int:
    """Give AttestationCenter's slot of an account's id; for an active operator ``operatorsIdsByAddress`` says the same.

    For one that left, V1 has 0 here, and V2 the last id, where the getter reverts.
    """
    return _mapping_slot(int(account, 16), ATTESTATION_CENTER_BASE + _IDS_BY_ADDRESS)


def signed_task_slot(task_hash: bytes) -> int:
    """Give AttestationCenter's slot that is 1 once a task of this hash was approved or rejected.

    No getter tells it: it is where this says if ``operator_id_slot``, the mapping after it, is.
    """
    return _mapping_slot(int.from_bytes(task_hash), ATTESTATION_CENTER_BASE + _SIGNED_TASKS)


def open_aggregator_slot() -> int:
    """Give AttestationCenter's slot that says whether anyone may submit (V2)."""
    return ATTESTATION_CENTER_BASE + _OPEN_AGGREGATOR


def decode_open_aggregator(word: bytes, internal_task_handler: Address) -> bool | None:
    """Read the word of ``open_aggregator_slot``: the flag in byte 11, and the handler's address behind it.

    None where the address is not what ``internalTaskHandler`` says: then the slot holds something else.
    """
    flag, handler = int.from_bytes(word[:12]), word[12:]
    return bool(flag) if flag <= 1 and handler == bytes.fromhex(internal_task_handler[2:]) else None


def operator_key_slots(operator_id: OperatorId) -> tuple[int, ...]:
    """Give OBLS's four slots of an operator's BLS key, as ``getOperatorBLSPubKey`` gives it on V2.

    V1 has no such getter: they are where this says if power and activity, in the same entry, are.
    """
    return tuple(_operator_slot(operator_id, offset) for offset in range(4))


def operator_power_slot(operator_id: OperatorId) -> int:
    """Give OBLS's slot of an operator's voting power, which ``votingPower`` reads."""
    return _operator_slot(operator_id, 4)


def definition_slots(task_definition_id: TaskDefinitionId) -> tuple[int, ...]:
    """Give the slots of a definition, in their order."""
    first = definition_slot(task_definition_id)
    return tuple((first + offset) % _SLOTS for offset in range(DEFINITION_SLOTS))


def decode_definition(words: Sequence[bytes]) -> StoredDefinition:
    """Read the words of ``definition_slots``."""
    number = [int.from_bytes(word) for word in words]
    return StoredDefinition(number[0], number[7], words[1], TaskDetails("", *number[2:7]))


def name_slots(task_definition_id: TaskDefinitionId, name_word: bytes) -> tuple[int, ...]:
    """Give the slots that hold a name of 32 bytes and more; none for a shorter one, which its own slot holds.

    Solidity keeps ``2 * length + 1`` in the slot then, and the bytes from ``keccak(slot)`` on.
    """
    length = _long_length(name_word)
    slot = (definition_slot(task_definition_id) + 1) % _SLOTS
    first = int.from_bytes(keccak256(slot.to_bytes(_WORD)))
    return tuple((first + offset) % _SLOTS for offset in range(-(-min(length, NAME_LIMIT) // _WORD)))


def decode_name(name_word: bytes, words: Sequence[bytes]) -> str | None:
    """Join a name from its slot and the words of ``name_slots``; bytes that are no UTF-8 show as escapes.

    A name that is too long ends in how many bytes more there were: ``...(+12)``. None for a slot that Solidity does not
    write.
    """
    if not _is_string(name_word):
        return None
    length = _long_length(name_word)
    raw = b"".join(words)[: min(length, NAME_LIMIT)] if length else name_word[: name_word[-1] // 2]
    cut = f"...(+{length - NAME_LIMIT})" if length > NAME_LIMIT else ""
    return raw.decode("utf-8", "backslashreplace") + cut


def _long_length(name_word: bytes) -> int:
    """Give the length in bytes of a name that does not fit its slot; 0 for one that does."""
    number = int.from_bytes(name_word)
    return number // 2 if number % 2 else 0


def _is_string(word: bytes) -> bool:
    """Whether a slot holds a string as Solidity keeps it: short with zeros behind, or 32 bytes and more."""
    if word[-1] % 2:
        return _long_length(word) >= _WORD
    length = word[-1] // 2
    return length < _WORD and not any(word[length:-1])


def _operator_slot(operator_id: OperatorId, offset: int) -> int:
    return (_mapping_slot(operator_id, OBLS_BASE + _OPERATORS) + offset) % _SLOTS


def _mapping_slot(key: int, mapping_slot: int) -> int:
    return int.from_bytes(keccak256(key.to_bytes(_WORD) + mapping_slot.to_bytes(_WORD)))
