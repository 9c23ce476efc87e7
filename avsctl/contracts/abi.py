"""Functions and errors as the ABI files of each generation state them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Final, TypeVar

from avsctl.contracts import words
from avsctl.contracts.address import to_checksum
from avsctl.contracts.call import Call
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.nested import decode_nested, knows
from avsctl.core.deployment import Generation
from avsctl.core.units import Address
from avsctl.errors import AnswerError, GenerationError

T = TypeVar("T")

_ABIS: Final = Path(__file__).parents[1] / "abis"

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
    input_names: tuple[str, ...] = ()
    """As the ABI file has them; empty where it is not read from one."""

    @property
    def signature(self) -> str:
        """Canonical signature, such as ``votingPower(uint256)``."""
        return f"{self.name}({','.join(self.inputs)})"

    @cached_property
    def label(self) -> str:
        """How messages name it: contract, function, generation."""
        return f"{self.contract}.{self.name}()" + (f" ({self.generation})" if self.generation else "")

    @cached_property
    def selector(self) -> bytes:
        """First four bytes of the hash of the signature."""
        return keccak256(self.signature.encode())[:4]

    def encode(self, *args: object) -> bytes:
        """Give the calldata; static arguments only go without eth_abi."""
        if self._encoders is not None:
            encoded = [encode(value) for encode, value in zip(self._encoders, args, strict=True)]
            return b"".join((self.selector, *encoded))
        from eth_abi.abi import encode  # noqa: PLC0415 - 0.2 s that most commands do not need

        return self.selector + encode(self.inputs, args)

    def decode_arguments(self, calldata: bytes) -> tuple[Any, ...]:
        """Give the arguments that ``encode`` makes this calldata of, tuples and arrays nested.

        Raises:
            ValueError: calldata of another function, or anything but the canonical encoding of its arguments.
        """
        if calldata[:4] != self.selector:
            raise ValueError(f"calldata of another function than {self.signature}")
        is_plain = self._encoders is not None
        args = (decode_values if is_plain else _decode_nested)(self.inputs, calldata[4:])
        if self.encode(*args) != calldata:
            raise ValueError(f"text in the calldata of {self.signature} is no UTF-8")
        return args

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """Give the return values, static tuples and fixed arrays flattened into their words.

        Raises:
            AnswerError: too short, too long, or not the canonical encoding of these types.
        """
        return self.strict(lambda raw: decode_values(self.outputs, raw), data)

    def strict(self, decode: Callable[[bytes], T], data: bytes) -> T:
        """Run a decoder and name contract, function and generation when it refuses."""
        try:
            return decode(data)
        except ValueError as error:
            raise self._misshapen(error) from error

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
        reader = self._read_single if decode is None else partial(self.strict, decode)
        return Call(to, self.encode(*args), reader, self.label, gas, alone)

    @cached_property
    def _encoders(self) -> tuple[words.WordEncoder, ...] | None:
        """Those of the arguments where all take one word each, else None."""
        found = tuple(encoder for encoder in map(words.word_encoder, self.inputs) if encoder is not None)
        return found if len(found) == len(self.inputs) else None

    @cached_property
    def _read_single(self) -> Callable[[bytes], Any]:
        """Reads the single return value; raises AnswerError as ``strict``."""
        decoders = _word_decoders(self.outputs)
        if decoders is None or len(decoders) != 1:
            return partial(self.strict, self._single)
        (decode,) = decoders

        def read(data: bytes) -> words.WordValue:
            try:
                words.require_length(data, words.WORD)
                return decode(data)
            except ValueError as error:
                raise self._misshapen(error) from error

        return read

    def _single(self, data: bytes) -> Any:  # noqa: ANN401 - the ABI decides
        (value,) = decode_values(self.outputs, data)
        return value

    def _misshapen(self, error: ValueError) -> AnswerError:
        return AnswerError(
            f"{self.label} gave an answer of another shape: {error}",
            "the address may belong to another contract or generation, or the endpoint is at fault",
        )


@dataclass(frozen=True)
class ErrorAbi:
    """A custom error: name and argument types."""

    name: str
    inputs: tuple[str, ...]

    @property
    def selector(self) -> bytes:
        """First four bytes of the hash of the signature."""
        return keccak256(f"{self.name}({','.join(self.inputs)})".encode())[:4]


def decode_values(types: tuple[str, ...], data: bytes) -> tuple[Any, ...]:
    """Read ABI values, static tuples and fixed arrays flattened into their words unless a type is dynamic.

    The bytes of a ``string`` that are no UTF-8 show as escapes: a stranger's name must not make a contract unreadable.

    Raises:
        ValueError: anything but the canonical encoding of these types.
    """
    decoders = _word_decoders(types)
    return _decode_nested(types, data) if decoders is None else words.decode_words(decoders, data)


def _decode_nested(types: tuple[str, ...], data: bytes) -> tuple[Any, ...]:
    """Read ABI values of any types, nothing flattened; raises ValueError as ``decode_values`` does."""
    if knows(types):
        return decode_nested(types, data)
    from eth_abi.abi import decode, encode  # noqa: PLC0415 - 0.2 s that most commands do not need
    from eth_abi.exceptions import DecodingError  # noqa: PLC0415

    raw_types = tuple(kind.replace("string", "bytes") for kind in types)
    try:
        values: tuple[Any, ...] = decode(raw_types, data)
        canonical = encode(raw_types, values) == data
    except (DecodingError, OverflowError) as error:
        raise ValueError(str(error)) from error
    if not canonical:
        raise ValueError(f"{len(data)} bytes that are not the canonical encoding of {','.join(types)}")
    return tuple(map(_spell, types, values))


@cache
def load_entries(contract: str, generation: str | None) -> tuple[dict[str, Any], ...]:
    """Read one ABI file."""
    name = f"{contract}.{generation}.json" if generation else f"{contract}.json"
    return tuple(json.loads((_ABIS / name).read_text(encoding="utf-8")))


@cache
def load_function(contract: str, generation: Generation | None, name: str, *inputs: str) -> Function:
    """Give a function by its name, and by its argument types where the name is overloaded.

    Raises:
        GenerationError: this generation does not have it; the message says which one does.
    """
    known = generation is None or generation in GENERATIONS_BY_CONTRACT[contract]
    entries = _find_functions(contract, generation, name, inputs) if known else []
    if not entries:
        raise _missing(contract, generation, name, inputs)
    if len(entries) > 1:
        raise ValueError(f"{contract} has {len(entries)} functions {name}: say which by its argument types")
    return _function(contract, generation, entries[0])


@cache
def load_writes(contract: str, generation: Generation | None) -> dict[bytes, Function]:
    """Give the functions that change state, by selector."""
    functions = (
        _function(contract, generation, entry)
        for entry in load_entries(contract, generation)
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    )
    return {function.selector: function for function in functions}


def load_errors(contract: str, generation: str | None) -> tuple[ErrorAbi, ...]:
    """Give the custom errors of one contract."""
    entries = load_entries(contract, generation)
    return tuple(ErrorAbi(entry["name"], _types(entry["inputs"])) for entry in entries if entry["type"] == "error")


def _find_functions(contract: str, generation: str | None, name: str, inputs: tuple[str, ...]) -> list[dict[str, Any]]:
    """Give the functions of a name; with ``inputs`` the one that takes them."""
    return [
        entry
        for entry in load_entries(contract, generation)
        if entry["type"] == "function" and entry["name"] == name and inputs in ((), _types(entry["inputs"]))
    ]


def _function(contract: str, generation: Generation | None, entry: dict[str, Any]) -> Function:
    names = tuple(parameter["name"] for parameter in entry["inputs"])
    return Function(contract, generation, entry["name"], _types(entry["inputs"]), _types(entry["outputs"]), names)


def _types(parameters: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(_canonical(parameter) for parameter in parameters)


def _canonical(parameter: dict[str, Any]) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_types(parameter['components']))}){kind.removeprefix('tuple')}"


@cache
def _word_decoders(types: tuple[str, ...]) -> tuple[words.WordDecoder, ...] | None:
    """Give the decoder of each word of static values; None when a type is dynamic or unknown to the codec."""
    decoders = [words.word_decoder(kind) for whole in types for kind in _flatten(whole)]
    return tuple(d for d in decoders if d) if all(decoders) else None


def _spell(kind: str, value: Any) -> Any:  # noqa: ANN401 - the ABI decides
    """Turn bytes into text where the type is ``string``, and addresses into EIP-55 spelling, at any depth."""
    from eth_abi.grammar import TupleType, parse  # noqa: PLC0415 - as above

    if "string" not in kind and "address" not in kind:
        return value
    if kind == "string":
        return value.decode("utf-8", "backslashreplace")
    if kind == "address":
        return to_checksum(value)
    parsed = parse(kind)
    if isinstance(parsed, TupleType) and not parsed.is_array:
        return tuple(_spell(part.to_type_str(), item) for part, item in zip(parsed.components, value, strict=True))
    return tuple(_spell(parsed.item_type.to_type_str(), item) for item in value)


def _flatten(kind: str) -> list[str]:
    """Split a static tuple or a fixed array of words into its words; a dynamic type comes back whole."""
    if kind.startswith("(") and kind.endswith(")") and "(" not in kind[1:]:
        return kind[1:-1].split(",")
    element, bracket, size = kind.partition("[")
    if bracket and size.rstrip("]").isdigit() and element != "":
        return [element] * int(size.rstrip("]"))
    return [kind]


def _missing(contract: str, generation: Generation | None, name: str, inputs: tuple[str, ...]) -> GenerationError:
    having = [known for known in GENERATIONS_BY_CONTRACT[contract] if _find_functions(contract, known, name, inputs)]
    signature = f"{name}({','.join(inputs)})" if inputs else name
    return GenerationError(
        f"{contract}{f' of generation {generation}' if generation else ''} has no {signature}",
        f"{' and '.join(having)} {'has' if len(having) == 1 else 'have'} it" if having else "no generation has it",
    )
