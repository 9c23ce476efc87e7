"""Events as the ABI files of each generation state them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from avsctl.contracts.abi import GENERATIONS_BY_CONTRACT, decode_values, load_entries
from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.errors import AnswerError, GenerationError


@dataclass(frozen=True)
class Event:
    """One event of one contract of one generation, of plain arguments: no tuples, and none indexed that is dynamic."""

    contract: str
    generation: Generation
    name: str
    inputs: tuple[str, ...]
    indexed: tuple[bool, ...]

    @cached_property
    def topic(self) -> str:
        """Hash of the signature, 0x and 64 hex digits: the first topic of its logs."""
        return "0x" + keccak256(f"{self.name}({','.join(self.inputs)})".encode()).hex()

    def is_in(self, log: Mapping[str, Any]) -> bool:
        """Whether a log, as JSON-RPC writes it, is of this event; who emitted it is not looked at."""
        topics = log["topics"]
        return bool(topics) and topics[0].lower() == self.topic

    def decode(self, log: Mapping[str, Any]) -> tuple[Any, ...]:
        """Give the arguments in their order; those of type ``string`` in bytes, for they may be no text.

        Raises:
            AnswerError: another shape; so is the same event with other arguments indexed, as other releases have it.
        """
        try:
            topics = [bytes.fromhex(topic[2:]) for topic in log["topics"][1:]]
            indexed = iter(decode_values(self._kinds(is_indexed=True), b"".join(topics)))
            others = iter(decode_values(self._kinds(is_indexed=False), bytes.fromhex(log["data"][2:])))
        except ValueError as error:
            where = f"{self.contract}'s {self.name} ({self.generation})"
            raise AnswerError(f"{where} has another shape: {error}", "it may be of another release") from error
        return tuple(next(indexed if is_indexed else others) for is_indexed in self.indexed)

    def _kinds(self, *, is_indexed: bool) -> tuple[str, ...]:
        kinds = (kind.replace("string", "bytes") for kind in self.inputs)
        return tuple(kind for kind, own in zip(kinds, self.indexed, strict=True) if own is is_indexed)


@cache
def load_event(contract: str, generation: Generation, name: str) -> Event:
    """Give an event by its name.

    Raises:
        GenerationError: this generation has no such contract.
    """
    if generation not in GENERATIONS_BY_CONTRACT[contract]:
        raise GenerationError(f"generation {generation} has no {contract}")
    (entry,) = (
        entry for entry in load_entries(contract, generation) if entry["type"] == "event" and entry["name"] == name
    )
    inputs = entry["inputs"]
    return Event(
        contract,
        generation,
        name,
        tuple(parameter["type"] for parameter in inputs),
        tuple(parameter["indexed"] for parameter in inputs),
    )
