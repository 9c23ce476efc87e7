"""Functions and errors as the ABI files of each generation state them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, TypeVar

from avsctl.contracts import words
from avsctl.contracts.call import Call
from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.core.units import Address
from avsctl.errors import AnswerError, GenerationError

T = TypeVar("T")

GENERATIONS_BY_CONTRACT = {
    "AttestationCenter": ("v1", "v2", "v3"),
    "AvsGovernance": ("v1", "v2", "v3"),
    "OBLS": ("v1", "v2", "v3"),
    "InternalTaskHandler": ("v2", "v3"),
    "Multicall3": (),
}
"""Contract name to the generations that it has an ABI file for."""


@dataclass(frozen=True)
class Function:
    """One function of one contract of one generation: knows its encodings, calls nothing."""

    contract: str
    generation: Generation | None
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def signature(self) -> str:
        """Canonical signature, such as ``votingPower(uint256)``."""
        return f"{self.name}({','.join(self.inputs)})"

    @property
    def label(self) -> str:
        """How messages name it: contract, function, generation."""
        return f"{self.contract}.{self.name}()" + (f" ({self.generation})" if self.generation else "")

    @cached_property
    def selector(self) -> bytes:
        """First four bytes of the hash of the signature."""
        return keccak256(self.signature.encode())[:4]

    def encode(self, *args: object) -> bytes:
        """Give the calldata; static arguments only go without eth_abi."""
        if all(words.word_decoder(kind) for kind in self.inputs):
            pairs = zip(self.inputs, args, strict=True)
            return self.selector + b"".join(words.encode_word(kind, value) for kind, value in pairs)
        from eth_abi.abi import encode  # noqa: PLC0415 - 0.2 s that most commands do not need

        return self.selector + encode(self.inputs, args)

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """Give the return values, static tuples and fixed arrays flattened into their words.

        Raises:
            AnswerError: too short, too long, or not the canonical encoding of these types.
        """
        return self.strict(self._decode, data)

    def strict(self, decode: Callable[[bytes], T], data: bytes) -> T:
        """Run a decoder and name contract, function and generation when it refuses."""
        try:
            return decode(data)
        except (ValueError, OverflowError) as error:
            raise AnswerError(
                f"{self.label} gave an answer of another shape: {error}",
                "the address may belong to another contract or generation, or the endpoint is at fault",
            ) from error

    def call(
        self, to: Address, *args: object, gas: int, decode: Callable[[bytes], T] | None = None, alone: bool = False
    ) -> Call[Any]:
        """Give the call as a value; without ``decode`` it answers the single return value.

        Args:
            to: contract to call.
            args: arguments in ABI order.
            gas: rough cost with cold storage, by which calls are packed.
            decode: reads the return data; its ValueError becomes an AnswerError with this function's label.
            alone: never packed with other calls: its failure says something, or it takes much gas.
        """
        reader = self._single if decode is None else decode
        return Call(to, self.encode(*args), lambda data: self.strict(reader, data), self.label, gas, alone)

    def _single(self, data: bytes) -> Any:  # noqa: ANN401 - the ABI decides
        (value,) = self._decode(data)
        return value

    def _decode(self, data: bytes) -> tuple[Any, ...]:
        if self._word_decoders is not None:
            return words.decode_words(self._word_decoders, data)
        from eth_abi.abi import decode, encode  # noqa: PLC0415 - as above
        from eth_abi.exceptions import DecodingError  # noqa: PLC0415

        try:
            values: tuple[Any, ...] = decode(self.outputs, data)
            canonical = encode(self.outputs, values) == data
        except (DecodingError, UnicodeDecodeError) as error:
            raise ValueError(str(error)) from error
        if not canonical:
            raise ValueError(f"{len(data)} bytes that are not the canonical encoding of {','.join(self.outputs)}")
        return values

    @cached_property
    def _word_decoders(self) -> tuple[words.WordDecoder, ...] | None:
        decoders = [words.word_decoder(kind) for output in self.outputs for kind in _flatten(output)]
        return tuple(d for d in decoders if d) if all(decoders) else None


@dataclass(frozen=True)
class ErrorAbi:
    """A custom error: name and argument types."""

    name: str
    inputs: tuple[str, ...]

    @property
    def selector(self) -> bytes:
        """First four bytes of the hash of the signature."""
        return keccak256(f"{self.name}({','.join(self.inputs)})".encode())[:4]


@cache
def load_entries(contract: str, generation: str | None) -> tuple[dict[str, Any], ...]:
    """Read one ABI file."""
    name = f"{contract}.{generation}.json" if generation else f"{contract}.json"
    return tuple(json.loads((files("avsctl") / "abis" / name).read_text(encoding="utf-8")))


@cache
def load_function(contract: str, generation: Generation | None, name: str, *inputs: str) -> Function:
    """Give a function by its name, and by its argument types where the name is overloaded.

    Raises:
        GenerationError: this generation does not have it; the message says which one does.
    """
    if generation is not None and generation not in GENERATIONS_BY_CONTRACT[contract]:
        raise _missing(contract, generation, name)
    for entry in load_entries(contract, generation):
        if entry["type"] == "function" and entry["name"] == name:
            found = Function(contract, generation, name, _types(entry["inputs"]), _types(entry["outputs"]))
            if not inputs or inputs == found.inputs:
                return found
    raise _missing(contract, generation, name)


def load_errors(contract: str, generation: str | None) -> tuple[ErrorAbi, ...]:
    """Give the custom errors of one contract."""
    entries = load_entries(contract, generation)
    return tuple(ErrorAbi(entry["name"], _types(entry["inputs"])) for entry in entries if entry["type"] == "error")


def _types(parameters: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(_canonical(parameter) for parameter in parameters)


def _canonical(parameter: dict[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_types(parameter['components']))}){kind.removeprefix('tuple')}"


def _flatten(kind: str) -> list[str]:
    """Split a static tuple or a fixed array of words into its words; a dynamic type comes back whole."""
    if kind.startswith("(") and kind.endswith(")") and "(" not in kind[1:]:
        return kind[1:-1].split(",")
    element, bracket, size = kind.partition("[")
    if bracket and size.rstrip("]").isdigit() and element != "":
        return [element] * int(size.rstrip("]"))
    return [kind]


def _missing(contract: str, generation: Generation | None, name: str) -> GenerationError:
    having = [
        known
        for known in GENERATIONS_BY_CONTRACT[contract]
        if any(entry.get("name") == name for entry in load_entries(contract, known))
    ]
    return GenerationError(
        f"{contract} of generation {generation} has no {name}",
        f"{' and '.join(having)} {'has' if len(having) == 1 else 'have'} it" if having else "no generation has it",
    )
