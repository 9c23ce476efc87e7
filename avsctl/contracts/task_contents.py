"""The data of internal tasks, read where nothing but the data is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from avsctl.contracts import words
from avsctl.contracts.address import ZERO_ADDRESS
from avsctl.contracts.task_data import decode_totals, decode_update
from avsctl.contracts.words import WORD
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import TotalsUpdate
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId

_LISTS: Final = 4 * WORD
"""Where the lists of an update begin, counted from its tuple on: the second word, or the first of the flat encoding."""
_FLAT: Final = (
    "its four values are encoded one by one (first word 0x80) instead of as one tuple (0x20): it would revert"
)


@dataclass(frozen=True)
class InnerTask:
    """The data of a task, read by the definition that the task is of."""

    task_definition_id: TaskDefinitionId
    update: VotingPowerUpdate | TotalsUpdate | None
    """None for other definitions than 10001 and 10002, and where the data cannot be read."""
    fault: str = ""
    """Why the data is not as the contract wants it; there may be an update all the same."""


def read_task_data(task_definition_id: TaskDefinitionId, data: bytes) -> InnerTask:
    """Read the data of a task; what cannot be read is a fault."""
    read = _READERS.get(task_definition_id)
    if read is None:
        return InnerTask(task_definition_id, None)
    try:
        return InnerTask(task_definition_id, read(data))
    except ValueError as error:
        flat = _read_flat(data) if task_definition_id == VOTING_POWER_SYNC else None
        return flat or InnerTask(task_definition_id, None, str(error))


def read_bare(data: bytes) -> InnerTask | None:
    """Read data that may be that of 10001 or 10002; None where it is not like either."""
    first, second = int.from_bytes(data[:WORD]), int.from_bytes(data[WORD : 2 * WORD])
    if len(data) < 2 * WORD or first not in (WORD, _LISTS):
        return None
    powers = read_task_data(VOTING_POWER_SYNC, data)
    if powers.update is not None or (first, second) == (WORD, _LISTS):
        return powers
    totals = read_task_data(TOTALS_SYNC, data)
    return None if totals.update is None else totals


def _read_flat(data: bytes) -> InnerTask | None:
    """Read an update of 10001 in the encoding that is the classic mistake; None for anything else."""
    try:
        return InnerTask(VOTING_POWER_SYNC, decode_update(words.encode_word("uint256", WORD) + data), _FLAT)
    except ValueError:
        return None


def _read_totals(data: bytes) -> TotalsUpdate:
    """Read an update of 10002, whose calls all go to OBLS; which address that is, is not known here."""
    unread = decode_totals(data, ZERO_ADDRESS)
    targets = {call.target for call in unread.calls}
    return decode_totals(data, targets.pop()) if len(targets) == 1 else unread


_READERS: Final[Mapping[int, Callable[[bytes], VotingPowerUpdate | TotalsUpdate]]] = {
    VOTING_POWER_SYNC: decode_update,
    TOTALS_SYNC: _read_totals,
}
