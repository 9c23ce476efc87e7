"""Storage slots of a contract: through the lens in one eth_call a chunk, or one by one where overrides are refused."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from avsctl.chain.reader import BlockReader
from avsctl.contracts import lens
from avsctl.contracts.call import Answer, Call, Outcome
from avsctl.core.units import Address
from avsctl.errors import AnswerError, NodeError

SLOTS_PER_CALL: Final = 4_000
"""About 10M gas, and a body of half a megabyte."""


def read_slots(reader: BlockReader, contract: Address, slots: Sequence[int]) -> list[bytes]:
    """Read slots at the reader's block, 32 bytes each, in the order given.

    Where an endpoint refuses the override, or takes it and ignores it so that the contract's own code answers, the
    slots are asked for one by one.
    """
    chunks = [slots[start : start + SLOTS_PER_CALL] for start in range(0, len(slots), SLOTS_PER_CALL)]
    try:
        outcomes = reader.read([lens.read_slots(contract, chunk) for chunk in chunks])
    except (NodeError, AnswerError):
        return reader.storage(contract, slots)
    if not all(isinstance(outcome, Answer) for outcome in outcomes):
        return reader.storage(contract, slots)
    return [word for outcome in outcomes if isinstance(outcome, Answer) for word in outcome.value]


def read_with_slots(
    reader: BlockReader, calls: Sequence[Call[Any]], slots: Mapping[Address, Sequence[int]]
) -> tuple[list[Outcome[Any]], dict[Address, list[bytes]]]:
    """Make calls and read slots of several contracts in as few requests as can be, in one where all of it fits.

    Raises:
        ChainError: the chain could not be read, or an answer has another shape.
    """
    lenses = [lens.read_slots(contract, wanted) for contract, wanted in slots.items()]
    if all(len(wanted) <= SLOTS_PER_CALL for wanted in slots.values()):
        try:
            outcomes = reader.read([*calls, *lenses])
        except (NodeError, AnswerError):
            outcomes = []
        found = outcomes[len(calls) :]
        if outcomes and all(isinstance(outcome, Answer) for outcome in found):
            words = [list(outcome.value) for outcome in found if isinstance(outcome, Answer)]
            return outcomes[: len(calls)], dict(zip(slots, words, strict=True))
    return reader.read(calls), {contract: read_slots(reader, contract, wanted) for contract, wanted in slots.items()}
