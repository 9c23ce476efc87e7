"""Every function, error and event known of the contracts that an admin meets, by selector and by name.

Othentic's come from the ABI files and from ``more_functions``, Safe's from there and from ``safe_tx``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from avsctl.contracts.abi import GENERATIONS_BY_CONTRACT, Function, load_entries
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.more_functions import OF_OTHENTIC, OF_SAFE
from avsctl.contracts.safe_tx import APPROVE, EXEC
from avsctl.core.deployment import Generation

NESTED_LIMIT: Final = 2**16
"""Bytes of arguments that are read where an array has items of any length: each may point to the same bytes, so that
more memory is taken than was sent."""

_READS: Final = ("view", "pure")
_TOKEN: Final = re.compile(r"\s*([(),]|[^\s(),]+)")
_TUPLE_ARRAY: Final = re.compile(r"(?:\[[0-9]*\])+")


@dataclass(frozen=True)
class Parameter:
    """One parameter, or one member of a tuple."""

    name: str
    """As the contract has it; empty where it has none."""
    kind: str
    """Canonical type, such as ``(uint256,uint256)[]``."""
    members: tuple["Parameter", ...] = ()
    """Of a tuple, or of each item of an array of tuples."""


@dataclass(frozen=True)
class Interface:
    """One function, error or event of one contract, with the generations that have it under these names."""

    contract: str
    generations: tuple[Generation, ...]
    """Empty for what is not of Othentic's contracts."""
    name: str
    parameters: tuple[Parameter, ...]
    is_read: bool = False
    """Whether it is a function that changes nothing."""
    since: str = ""
    """The release of Safe that has it first, where older ones lack it."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Types of the parameters."""
        return tuple(each.kind for each in self.parameters)

    @cached_property
    def signature(self) -> str:
        """Canonical signature, such as ``votingPower(uint256)``."""
        return f"{self.name}({','.join(self.kinds)})"

    @cached_property
    def topic(self) -> bytes:
        """The hash of the signature."""
        return keccak256(self.signature.encode())

    @property
    def selector(self) -> bytes:
        """First four bytes of the hash."""
        return self.topic[:4]


def find_functions(selector: bytes) -> tuple[Interface, ...]:
    """Give the functions of a selector, one for each contract and wording."""
    return _functions().get(selector, ())


def find_errors(selector: bytes) -> tuple[Interface, ...]:
    """Give the errors of a selector."""
    return _errors().get(selector, ())


def find_events(topic: bytes) -> tuple[Interface, ...]:
    """Give the events whose first topic this is."""
    return tuple(each for each in _load("event") if each.topic == topic)


def name_functions(name: str) -> tuple[Interface, ...]:
    """Give the functions of a name, overloads and all."""
    return _by_name(_functions).get(name, ())


def name_errors(name: str) -> tuple[Interface, ...]:
    """Give the errors of a name."""
    return _by_name(_errors).get(name, ())


def read_arguments(interface: Interface, encoded: bytes) -> tuple[Any, ...]:
    """Read the arguments behind a selector, tuples and arrays nested; what is no UTF-8 in a text shows as escapes.

    Raises:
        ValueError: anything but the canonical encoding; the message repeats no byte of it.
    """
    kinds = tuple(kind.replace("string", "bytes") for kind in interface.kinds)
    least = sum(map(_head_size, interface.parameters))
    if len(encoded) < least:
        raise ValueError(f"cut short: {len(encoded)} bytes of arguments, where {least} are the least")
    if len(encoded) > NESTED_LIMIT and any(map(_may_repeat, kinds)):
        raise ValueError(f"{len(encoded)} bytes of arguments, of which avsctl reads {NESTED_LIMIT} at most here")
    function = Function(interface.contract, None, interface.name, kinds, ())
    try:
        values = function.decode_arguments(function.selector + encoded)
    except ValueError:
        told = f"{len(encoded)} bytes of arguments that are not the canonical encoding of {interface.signature}"
        raise ValueError(told) from None
    return tuple(map(_spell, interface.parameters, values))


def parse_signature(text: str) -> tuple[str, tuple[Parameter, ...]]:
    """Read ``name(type name, (type name, ..) name, ..)``, as ``more_functions`` writes them."""
    name, _, rest = text.partition("(")
    parameters, _ = _parse_members(_TOKEN.findall(rest), 0)
    return name, parameters


def _parse_members(tokens: list[str], at: int) -> tuple[tuple[Parameter, ...], int]:
    """Give the members up to the bracket that closes them, and the place behind it."""
    members = []
    while tokens[at] != ")":
        if tokens[at] == "(":
            inner, at = _parse_members(tokens, at + 1)
            kind = f"({','.join(each.kind for each in inner)})"
            if _TUPLE_ARRAY.fullmatch(tokens[at]):
                kind, at = kind + tokens[at], at + 1
        else:
            inner, kind, at = (), tokens[at], at + 1
        members.append(Parameter(tokens[at], kind, inner))
        at += 2 if tokens[at + 1] == "," else 1
    return tuple(members), at + 1


def _spell(parameter: Parameter, value: Any) -> Any:  # noqa: ANN401 - the ABI decides
    """Turn bytes into text where the type is ``string``, at any depth."""
    if "string" not in parameter.kind:
        return value
    if parameter.kind == "string":
        return value.decode("utf-8", "backslashreplace")
    if parameter.kind.endswith("]"):
        item = Parameter(parameter.name, parameter.kind.rpartition("[")[0], parameter.members)
        return tuple(_spell(item, each) for each in value)
    return tuple(map(_spell, parameter.members, value))


def _may_repeat(kind: str) -> bool:
    """Tell an array whose items have any length."""
    return kind.endswith("]") and ("bytes," in kind or "bytes)" in kind or "[]" in kind[:-2])


def _head_size(parameter: Parameter) -> int:
    """Give the bytes that a parameter takes at least."""
    if re.fullmatch(r"uint256\[[0-9]+\]", parameter.kind):
        return 32 * int(parameter.kind[8:-1])
    return 32


@cache
def _functions() -> Mapping[bytes, tuple[Interface, ...]]:
    return _by_selector((*_load("function"), *_load_more()))


@cache
def _errors() -> Mapping[bytes, tuple[Interface, ...]]:
    of_solidity = (("Error", Parameter("reason", "string")), ("Panic", Parameter("code", "uint256")))
    return _by_selector((*_load("error"), *(Interface("Solidity", (), name, (each,)) for name, each in of_solidity)))


def _by_selector(interfaces: Iterable[Interface]) -> dict[bytes, tuple[Interface, ...]]:
    found: dict[bytes, tuple[Interface, ...]] = {}
    for each in interfaces:
        found[each.selector] = (*found.get(each.selector, ()), each)
    return found


@cache
def _by_name(load: Callable[[], Mapping[bytes, tuple[Interface, ...]]]) -> Mapping[str, tuple[Interface, ...]]:
    found: dict[str, tuple[Interface, ...]] = {}
    for each in (each for interfaces in load().values() for each in interfaces):
        found[each.name] = (*found.get(each.name, ()), each)
    return found


@cache
def _load(kind: str) -> tuple[Interface, ...]:
    """Read one kind of entry of all ABI files, the generations of equal ones joined."""
    generations: dict[Interface, list[Generation]] = {}
    for contract, named in GENERATIONS_BY_CONTRACT.items():
        for generation in named or (None,):
            for entry in load_entries(contract, generation):
                if entry["type"] == kind:
                    found = generations.setdefault(_read_entry(contract, entry), [])
                    found += [Generation(generation)] if generation else []
    return tuple(_with_generations(each, tuple(found)) for each, found in generations.items())


def _load_more() -> Iterator[Interface]:
    known = {
        (each.contract, generation, each.selector) for each in _load("function") for generation in each.generations
    }
    for contract, named, is_read, texts in OF_OTHENTIC:
        for each in (Interface(contract, (), *parse_signature(text), is_read) for text in texts):
            lacking = [name for name in map(Generation, named) if (contract, name, each.selector) not in known]
            if lacking:
                yield _with_generations(each, tuple(lacking))
    for of_safe in (EXEC, APPROVE):
        parameters = tuple(map(Parameter, of_safe.input_names, of_safe.inputs))
        yield Interface(of_safe.contract, (), of_safe.name, parameters)
    for contract, since, text in OF_SAFE:
        yield Interface(contract, (), *parse_signature(text), since=since)


def _read_entry(contract: str, entry: Mapping[str, Any]) -> Interface:
    is_read = entry.get("stateMutability") in _READS
    return Interface(contract, (), entry["name"], _read_parameters(entry["inputs"]), is_read)


def _read_parameters(entries: Iterable[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    return tuple(map(_read_parameter, entries))


def _read_parameter(entry: Mapping[str, Any]) -> Parameter:
    members = _read_parameters(entry.get("components", ()))
    joined = f"({','.join(each.kind for each in members)})"
    return Parameter(entry["name"], entry["type"].replace("tuple", joined), members)


def _with_generations(each: Interface, generations: tuple[Generation, ...]) -> Interface:
    return Interface(each.contract, generations, each.name, each.parameters, each.is_read)
