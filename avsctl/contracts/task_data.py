"""What the internal tasks carry: the voting power update of 10001, and the recounts of 10002.

Only the canonical encoding is read, every byte of it; anything else is a ``ValueError`` that says what is wrong.
Anyone may have sent what is read: no length in it is believed before that much data is there.
"""

from collections.abc import Sequence
from typing import Final

from avsctl.contracts import words
from avsctl.contracts.words import WORD
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import TotalCall, TotalRecount, TotalsUpdate
from avsctl.core.units import Address, OperatorId, TaskDefinitionId

DATA_LIMIT: Final = 2**20
"""Bytes of a task's data that are read: the 16,000 changes that fit take more gas than a block has."""

_UPDATE_HEAD: Final = 5 * WORD
_LISTS: Final = 4 * WORD
"""Where the first list begins, from the tuple on: behind two offsets and two heights."""
_FEWEST_CALL_BYTES: Final = 4 * WORD
"""Of one call of 10002: offset, target, offset, length."""

_RECOUNT_ALL: Final = bytes.fromhex("e010f957")
"""setTotalVotingPowerPerTaskDefinition(uint16 id, uint256 numOfTotalOperators, uint256 minimum)."""
_RECOUNT_LISTED: Final = bytes.fromhex("ca87bf8f")
"""setTotalVotingPowerPerRestrictedTaskDefinition(uint16 id, uint256 minimum, uint256[] ids)."""

_decode_id: Final = words.decode_uint(16)


def encode_update(update: VotingPowerUpdate) -> bytes:
    """Encode the data of a 10001 task: one dynamic tuple (IInternalTaskHandler.VotingPowerUpdate).

    Layout, in words: ``0x20 | 0x80 | offset of toDecrease | toBlockL1 | toBlockL2 | count | (id, delta)... | count |
    (id, delta)...``, offsets from the second word on.

    Raises:
        ValueError: an id, power or height that no uint256 holds.
    """
    to_increase = _encode_changes(update.to_increase)
    to_decrease = _encode_changes(update.to_decrease)
    head = (WORD, _LISTS, _LISTS + len(to_increase), update.to_block_l1, update.to_block_l2)
    return b"".join(map(_uint, head)) + to_increase + to_decrease


def decode_update(data: bytes) -> VotingPowerUpdate:
    """Read the data of a 10001 task, as ``encode_update`` makes it; ``left_out`` is empty.

    Raises:
        ValueError: anything else; says which part is wrong, and names the flat encoding, the classic mistake.
    """
    _require_size(data)
    begin = _read_uint(data, 0, "its first word")
    if begin == _LISTS:
        raise ValueError("its four values are encoded one by one (first word 0x80) instead of as one tuple (0x20)")
    _require_begin(begin)
    _, increases_at, decreases_at, to_block_l1, to_block_l2 = (
        _read_uint(data, at, "its head") for at in range(0, _UPDATE_HEAD, WORD)
    )
    _require_place("toIncrease", increases_at, _LISTS)
    to_increase, end = _read_changes(data, _UPDATE_HEAD, "toIncrease")
    _require_place("toDecrease", decreases_at, end - WORD)
    to_decrease, end = _read_changes(data, end, "toDecrease")
    _require_end(data, end)
    return VotingPowerUpdate(to_increase, to_decrease, to_block_l1, to_block_l2, ())


def encode_totals(update: TotalsUpdate) -> bytes:
    """Encode the data of a 10002 task, ``(address to, bytes data)[]``.

    Layout: ``0x20 | count | offsets | (target, 0x40, length, data padded)...``
    """
    calls = [_encode_call(call) for call in update.calls]
    offsets, position = [], len(calls) * WORD
    for call in calls:
        offsets.append(_uint(position))
        position += len(call)
    return b"".join((_uint(WORD), _uint(len(calls)), *offsets, *calls))


def decode_totals(data: bytes, obls: Address) -> TotalsUpdate:
    """Read the data of a 10002 task, as ``encode_totals`` makes it.

    A call's ``total`` is filled where it is one of OBLS's two recounts, canonically encoded. The InternalTaskHandler
    looks at target and selector only: a recount encoded otherwise may run all the same.

    Raises:
        ValueError: anything else than such data; says which part is wrong.
    """
    _require_size(data)
    _require_begin(_read_uint(data, 0, "its first word"))
    count = _read_uint(data, WORD, "the number of calls")
    _require_room("it", count, "calls", (len(data) - 2 * WORD) // _FEWEST_CALL_BYTES)
    calls, end = [], (2 + count) * WORD
    for index in range(count):
        offset = _read_uint(data, (2 + index) * WORD, "the offsets of the calls")
        _require_place(f"call {index + 1}", offset, end - 2 * WORD)
        call, end = _read_call(data, end, obls, f"call {index + 1}")
        calls.append(call)
    _require_end(data, end)
    return TotalsUpdate(tuple(calls))


def build_total_call(obls: Address, recount: TotalRecount) -> TotalCall:
    """Give the call of a 10002 task that makes OBLS recount a total.

    Raises:
        ValueError: a value that its type does not hold, or both ``number_of_ids`` and ``operator_ids``, or neither.
    """
    return TotalCall(obls, _encode_recount(recount), recount)


def _encode_changes(changes: Sequence[PowerChange]) -> bytes:
    values = [value for change in changes for value in (change.operator_id, change.voting_power)]
    return b"".join(map(_uint, (len(changes), *values)))


def _read_changes(data: bytes, start: int, what: str) -> tuple[tuple[PowerChange, ...], int]:
    """Give the items of a list that begins at ``start`` with its length, and where it ends."""
    count, first = _read_uint(data, start, f"the length of {what}"), start + WORD
    _require_room(what, count, "items", (len(data) - first) // (2 * WORD))
    end = first + count * 2 * WORD
    return tuple(_change(data, at) for at in range(first, end, 2 * WORD)), end


def _change(data: bytes, at: int) -> PowerChange:
    middle = at + WORD
    return PowerChange(OperatorId(int.from_bytes(data[at:middle])), int.from_bytes(data[middle : middle + WORD]))


def _encode_call(call: TotalCall) -> bytes:
    head = words.encode_word("address", call.target) + _uint(2 * WORD) + _uint(len(call.data))
    return head + call.data.ljust(words.padded(len(call.data)), b"\0")


def _read_call(data: bytes, start: int, obls: Address, what: str) -> tuple[TotalCall, int]:
    """Give the call that begins at ``start``, and where it ends."""
    content = start + 3 * WORD
    offset, size = (_read_uint(data, at, what) for at in (start + WORD, start + 2 * WORD))
    target = _read_target(data[start : start + WORD], what)
    _require_place(f"the data of {what}", offset, 2 * WORD)
    _require_room(f"the data of {what}", size, "bytes", len(data) - content)
    end = content + words.padded(size)
    if end > len(data) or any(data[content + size : end]):
        raise ValueError(f"the data of {what} is not filled up with zeros to whole words")
    inner = data[content : content + size]
    return TotalCall(target, inner, _read_recount(inner) if target == obls else None), end


def _read_target(word: bytes, what: str) -> Address:
    try:
        return Address(words.decode_address(word))
    except ValueError as error:
        raise ValueError(f"the target of {what}: {error}") from error


def _encode_recount(recount: TotalRecount) -> bytes:
    task_definition_id = words.encode_word("uint16", recount.task_definition_id)
    minimum = _uint(recount.minimum_voting_power)
    if recount.number_of_ids is not None and recount.operator_ids is None:
        return _RECOUNT_ALL + task_definition_id + _uint(recount.number_of_ids) + minimum
    if recount.operator_ids is not None and recount.number_of_ids is None:
        ids = (3 * WORD, len(recount.operator_ids), *recount.operator_ids)
        return _RECOUNT_LISTED + task_definition_id + minimum + b"".join(map(_uint, ids))
    raise ValueError("a total is counted over all ids up to one, or over those listed")


def _read_recount(calldata: bytes) -> TotalRecount | None:
    """Give what calldata of OBLS recounts, None for any other."""
    selector, arguments = calldata[:4], calldata[4:]
    try:
        if selector == _RECOUNT_ALL:
            return _read_recount_of_all(arguments)
        return _read_recount_of_listed(arguments) if selector == _RECOUNT_LISTED else None
    except ValueError:
        return None


def _read_recount_of_all(arguments: bytes) -> TotalRecount:
    words.require_length(arguments, 3 * WORD)
    number_of_ids, minimum = (_read_uint(arguments, at, "the arguments") for at in (WORD, 2 * WORD))
    return TotalRecount(TaskDefinitionId(_decode_id(arguments[:WORD])), minimum, number_of_ids=number_of_ids)


def _read_recount_of_listed(arguments: bytes) -> TotalRecount:
    minimum, offset = (_read_uint(arguments, at, "the arguments") for at in (WORD, 2 * WORD))
    _require_place("the list", offset, 3 * WORD)
    _, rows = words.decode_word_rows(_uint(WORD) + arguments[3 * WORD :], (1,))
    ids = tuple(OperatorId(int.from_bytes(row)) for row in rows)
    return TotalRecount(TaskDefinitionId(_decode_id(arguments[:WORD])), minimum, operator_ids=ids)


def _uint(value: int) -> bytes:
    return words.encode_word("uint256", value)


def _read_uint(data: bytes, at: int, what: str) -> int:
    word = data[at : at + WORD]
    if len(word) < WORD:
        raise ValueError(f"{len(data)} bytes, cut short in {what}")
    return int.from_bytes(word)


def _require_size(data: bytes) -> None:
    if len(data) > DATA_LIMIT:
        raise ValueError(f"{len(data)} bytes, where no task carries more than {DATA_LIMIT}")


def _require_begin(word: int) -> None:
    if word != WORD:
        raise ValueError(f"its first word is {word:#x}, where 0x20 is due")


def _require_place(what: str, offset: int, place: int) -> None:
    if offset != place:
        raise ValueError(f"{what} is said to begin at {offset:#x}, where {place:#x} is due")


def _require_room(what: str, count: int, unit: str, room: int) -> None:
    if count > room:
        shown = count if count <= DATA_LIMIT else f"{count:#x}"
        raise ValueError(f"{what} is said to have {shown} {unit}, where {max(room, 0)} at most follow: cut short?")


def _require_end(data: bytes, end: int) -> None:
    if len(data) > end:
        over = len(data) - end
        told = "1 byte too many stands" if over == 1 else f"{over} bytes too many stand"
        raise ValueError(f"{told} behind its end")
