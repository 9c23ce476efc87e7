"""What of a simulation counts when two endpoints are compared: outcomes, readings and slots, not what gas is left."""

from collections.abc import Iterator, Sequence

from avsctl.chain.jsonrpc import NodeFailure, Reply, parse_bytes
from avsctl.chain.meanings import Meaning, read_data, tell
from avsctl.chain.metered import Metered, Ran, StarvedError, may_be_starved, open_reading, ran_inside
from avsctl.chain.simulate_v1 import parse_blocks
from avsctl.contracts import lens
from avsctl.contracts.call import Answer, Revert
from avsctl.errors import AnswerError


def read_blocks(counts: Sequence[int], reads: Sequence[int], reply: Reply) -> Meaning | None:
    """Tell the meaning of a reply to eth_simulateV1.

    Args:
        counts: how many calls each block has; the first has readings and transactions in turn, the other slots.
        reads: how many calls each reading makes.
        reply: as it came.
    """
    if isinstance(reply, NodeFailure):
        return None
    try:
        ran, *slots = parse_blocks(reply, counts, ())
    except AnswerError:
        return {"": reply}
    told = _read_moments(reads, ran)
    return None if told is None else {**told, **{f"slots {at}": _outcome(each) for at, each in _count(slots)}}


def read_run(count: int, reads: Sequence[int], reply: Reply) -> Meaning | None:
    """Tell the meaning of a reply to the lens in place of a sender's code, which runs ``count`` items."""
    if isinstance(reply, NodeFailure) or reply == "0x":
        return None
    try:
        results = lens.decode_run(parse_bytes(reply, "the answer to a simulation"), count)
    except AnswerError:
        return {"": read_data(reply)}
    return _read_moments(reads, [ran_inside(*result) for result in results])


def _count(slots: Sequence[Sequence[Ran]]) -> Iterator[tuple[int, Ran]]:
    return enumerate((each for block in slots for each in block), 1)


def _read_moments(reads: Sequence[int], ran: Sequence[Ran]) -> Meaning | None:
    """Tell readings and transactions in turn; nothing where gas was short, or where there was no instrument."""
    readings, sent = ran[::2], ran[1::2]
    try:
        opened = [open_reading(count, each) for count, each in zip(reads, readings, strict=True)]
    except StarvedError:
        return None
    known = [each for each in opened if each is not None]
    if len(known) < len(opened):
        return None if any(each.outcome == Answer(b"") for each in readings) else dict(_tell_raw(readings))
    if any(map(may_be_starved, sent, known, known[1:])):
        return None
    return {"one height": _is_one_height(known), **dict(_tell_readings(known)), **dict(_tell_sent(sent))}


def _is_one_height(readings: Sequence[Metered]) -> bool:
    """Whether the readings agree where they ran; which of two blocks that is depends on what an endpoint obeys."""
    return len({meter.evm_block for each in readings for meter in (each.before, each.after)}) == 1


def _tell_raw(readings: Sequence[Ran]) -> Iterator[tuple[str, object]]:
    for at, each in enumerate(readings, 1):
        yield f"reading {at}", _outcome(each)


def _tell_readings(readings: Sequence[Metered]) -> Iterator[tuple[str, object]]:
    for at, each in enumerate(readings, 1):
        for place, result in enumerate(each.results, 1):
            yield f"call {place} of reading {at}", tell(*result)


def _tell_sent(sent: Sequence[Ran]) -> Iterator[tuple[str, object]]:
    for at, each in enumerate(sent, 1):
        yield f"transaction {at}", _outcome(each)
        yield f"gas of transaction {at}", each.gas_used


def _outcome(ran: Ran) -> object:
    return ran.outcome.value if isinstance(ran.outcome, Answer) else Revert("", (), ran.outcome.revert.data)
