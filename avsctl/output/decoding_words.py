"""Words for what ``tx decode`` found: where a function is, values by name and type, and what errors mean."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from avsctl.contracts.call import PANICS
from avsctl.contracts.decoding import Decoded
from avsctl.contracts.error_meanings import PANIC_MEANINGS, Meaning, When, find_meanings
from avsctl.contracts.error_text import NamedError
from avsctl.contracts.interfaces import Interface, Parameter
from avsctl.contracts.roles import name_role
from avsctl.contracts.safe_reverts import MEANINGS as SAFE_MEANINGS
from avsctl.contracts.safe_tx import CALL, DELEGATECALL
from avsctl.core.units import UINT256_MAX
from avsctl.output.change_words import quote, type_power
from avsctl.output.head import format_moment
from avsctl.output.screen import Span
from avsctl.output.text import clip

SHOWN: Final = 50
"""Items of an array that a terminal shows."""
POWER_NAMES: Final = ("votingpower", "maxbalance")
"""In lower case, what a name holds whose number is a voting power."""

WHENS: Final[Mapping[When, str]] = {
    When.DEFINITION: "when a task definition is changed",
    When.TASK: "when a task is submitted",
    When.SYNC: "when an update is processed",
    When.OPERATOR: "of an operator",
    When.GOVERNANCE: "of governance",
    When.SAFE: "of a Safe",
}
_OPERATIONS: Final[Mapping[int, str]] = {CALL: "a call", DELEGATECALL: "a delegatecall"}
_SAFE_REMEDIES: Final[Mapping[str, str]] = {
    "GS013": "Simulate the calls by themselves for the error of the one that fails: avsctl safe verify FILE",
    "GS020": "avsctl safe verify FILE --signature S says how many are missing.",
    "GS026": "avsctl safe verify FILE --signature S says whose signature it is.",
}


def tell_place(interfaces: Sequence[Interface]) -> str:
    """Say which contracts and generations have a function or an error."""
    return "; ".join(dict.fromkeys(map(_tell_one_place, interfaces)))


def by_wording(interfaces: Sequence[Interface]) -> list[tuple[Interface, ...]]:
    """Group interfaces whose parameters have the same names, that of the newest generation first."""
    found: dict[tuple[Parameter, ...], tuple[Interface, ...]] = {}
    for each in interfaces:
        found[each.parameters] = (*found.get(each.parameters, ()), each)
    return list(reversed(found.values()))


def tell_other_names(known: Sequence[Parameter], other: Sequence[Parameter]) -> str:
    """Say what parameters of the same types are called elsewhere; empty where it is the same."""
    pairs = zip(map(short_name, _flatten(known)), map(short_name, _flatten(other)), strict=True)
    differing = [f"{one} is called {two}" for one, two in pairs if one != two]
    return f", where {', '.join(differing)}" if differing else ""


def short_name(parameter: Parameter) -> str:
    """Give the name of a parameter without the underscore that many begin with."""
    return parameter.name.lstrip("_")


def value_span(parameter: Parameter, value: Any) -> Span:  # noqa: ANN401 - the ABI decides
    """Write a value as its name and type ask for; a terminal cuts a long text or data, and no number."""
    if isinstance(value, tuple | list):
        return _row_span([value_span(_item(parameter), each) for each in value])
    if isinstance(value, bool):
        return Span("true" if value else "false")
    if isinstance(value, int):
        return Span(_tell_number(parameter.name.lower(), value))
    if isinstance(value, bytes):
        return _tell_bytes(parameter, value)
    return Span(quote(value), brief=quote(value, is_brief=True)) if parameter.kind == "string" else Span(value)


def explain_error(error: Decoded | NamedError) -> tuple[Meaning, ...]:
    """Give all that an error may mean."""
    interfaces, args = (error.interfaces, error.args) if isinstance(error, Decoded) else (error.errors, None)
    name = interfaces[0].name if interfaces else ""
    code = error.safe_code if isinstance(error, NamedError) else str(args[0]) if name == "Error" and args else ""
    if code in SAFE_MEANINGS:
        return (Meaning(When.SAFE, SAFE_MEANINGS[code], _SAFE_REMEDIES.get(code, "")),)
    return PANIC_MEANINGS.get(args[0], ()) if name == "Panic" and args else find_meanings(name)


def tell_panic(code: int) -> str:
    """Say what Solidity's panic of a code is."""
    return PANICS.get(code, "an unknown panic")


def _tell_one_place(each: Interface) -> str:
    if each.generations:
        return f"{each.contract} {', '.join(generation.upper() for generation in each.generations)}"
    return f"{each.contract} {each.since} and later" if each.since else each.contract


def _flatten(parameters: Sequence[Parameter]) -> Iterator[Parameter]:
    for each in parameters:
        yield each
        yield from _flatten(each.members)


def _item(parameter: Parameter) -> Parameter:
    """Give the items of an array as a parameter of the same name."""
    return Parameter(parameter.name, parameter.kind.rpartition("[")[0], parameter.members)


def _tell_number(name: str, value: int) -> str:
    if value == UINT256_MAX:
        return "never (2^256-1)" if "expiry" in name else "2^256-1"
    if any(each in name for each in POWER_NAMES):
        return type_power(value)
    if name == "operation":
        return f"{value}, {_OPERATIONS.get(value, 'which does not exist')}"
    if "maximumnumberof" in name and not value:
        return "0, no limit"
    return f"{value} ({format_moment(value)})" if name.endswith("timestamp") else str(value)


def _tell_bytes(parameter: Parameter, value: bytes) -> Span:
    text, name = f"0x{value.hex()}", parameter.name.lower()
    is_id = ("role" in name or "flow" in name) and len(value) in (4, 32)
    role = name_role(value.ljust(32, b"\0")) if is_id else "0x"
    if not role.startswith("0x"):
        return Span(f"{text} ({role})")
    if not value:
        return Span("nothing")
    size = f"{len(value)} bytes  " if parameter.kind == "bytes" else ""
    return Span(f"{size}{text}", brief=f"{size}{clip(text)}")


def _row_span(items: Sequence[Span]) -> Span:
    """Join the items of an array; a terminal counts those beyond the first."""
    text = ", ".join(each.text for each in items)
    brief = ", ".join(each.brief or each.text for each in items[:SHOWN])
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return Span(f"[{text}]", brief=f"[{brief}{more}]")
