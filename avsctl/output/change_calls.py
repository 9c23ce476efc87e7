"""The calls of a change: as JSON data, and on the screen in Othentic's terms, with what each is there for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.call import Revert
from avsctl.contracts.roles import tell_revert
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import Step, Why
from avsctl.core.foresight import Foresight
from avsctl.core.units import UINT256_MAX, Address
from avsctl.output.change_why import explain_step
from avsctl.output.change_words import count_calls, quote, type_power
from avsctl.output.encode import Json, encode_arg, encode_args
from avsctl.output.screen import Block, Line, Span, Style
from avsctl.output.text import clip

_FIELDS: Final = (
    "blockExpiry",
    "baseRewardFeeForAttesters",
    "baseRewardFeeForPerformer",
    "baseRewardFeeForAggregator",
    "disputePeriodBlocks",
    "minimumVotingPower",
)
_LISTS: Final = {7: ("restrictedOperatorIndexes",), 8: ("restrictedAttesterIds", "maximumNumberOfAttesters")}
"""Parameters of ``createNewTaskDefinition`` after ``_FIELDS``, by how many there are in all (V1; V2 and V3)."""
_INDENT: Final = 2
_BENEATH: Final = 7
"""Columns before what is said of a call under it."""


@dataclass(frozen=True)
class PlannedCall:
    """One step of a plan, and the call that takes it."""

    step: Step
    transaction: Transaction


def encode_call(transaction: Transaction, why: Why | None, revert: Revert | None) -> Json:
    """Build one call; its arguments are decimal digits, 0x hex or text, arrays and tuples nested."""
    return {
        **encode_payload(transaction),
        "function": transaction.function.signature if transaction.function else None,
        "args": encode_args(transaction.args),
        "why": why.value if why else None,
        "revert": tell_revert(revert) if revert else None,
    }


def encode_payload(transaction: Transaction) -> dict[str, Json]:
    """Build what is signed of one call."""
    return {"to": transaction.to, "value": str(transaction.value), "data": f"0x{transaction.data.hex()}"}


def earlier_lines(earlier: Sequence[Transaction], center: Address, reverts: Mapping[int, Revert]) -> Iterator[Block]:
    """Give the calls that run before those of the change, if there are any.

    Args:
        earlier: those calls.
        center: the AttestationCenter, which is named only where a call goes elsewhere.
        reverts: why a call would revert, by its place from 0.
    """
    if earlier:
        yield Line(f"{count_calls(len(earlier))} made earlier {'runs' if len(earlier) == 1 else 'run'} first:")
    for at, transaction in enumerate(earlier):
        yield _call_line("-", transaction)
        yield from _remarks(transaction, center, reverts.get(at))


def call_lines(
    calls: Sequence[PlannedCall], center: Address, reverts: Mapping[int, Revert], foresights: Sequence[Foresight]
) -> Iterator[Block]:
    """Give the calls of the change with their numbers, and under each that the user did not ask for why it is there.

    Args:
        calls: in their order.
        center: the AttestationCenter, which is named only where a call goes elsewhere.
        reverts: why a call would revert, by its place from 0.
        foresights: the totals that the calls leave.
    """
    for at, call in enumerate(calls):
        yield _call_line(str(at + 1), call.transaction)
        yield from _remarks(call.transaction, center, reverts.get(at))
        why = explain_step([each.step for each in calls], at, foresights)
        if why:
            yield Line(why, indent=_BENEATH)


def _call_line(mark: str, transaction: Transaction) -> Line:
    """Write a call on as many lines as it takes; a terminal cuts a long text in it, and no number."""
    lead = Span(f"{mark}  ")
    shown = Span(_tell_call(transaction, is_brief=False), brief=_tell_call(transaction, is_brief=True))
    return Line((lead, shown), indent=_INDENT, hang=len(lead.text) + 2)


def _tell_call(transaction: Transaction, *, is_brief: bool) -> str:
    function, args = transaction.function, transaction.args
    if function is None:
        return f"function 0x{transaction.data[:4].hex()} that avsctl does not know, {len(transaction.data)} bytes"
    if function.name == "setTaskDefinitionMinVotingPower":
        return f"{function.name}({args[0]}, {type_power(args[1])})"
    if function.name == "createNewTaskDefinition":
        return f"{function.name}({_tell_arg(args[0], is_brief=is_brief)}, ({_tell_parameters(args[1])}))"
    return f"{function.name}({', '.join(_tell_arg(arg, is_brief=is_brief) for arg in args)})"


def _tell_parameters(parameters: Sequence[Any]) -> str:
    expiry, *rest = parameters
    minimum = len(_FIELDS) - 1
    values = ["2^256-1" if expiry == UINT256_MAX else str(expiry), *(_tell_arg(each, is_brief=False) for each in rest)]
    values[minimum] = type_power(parameters[minimum])
    names = _FIELDS + _LISTS[len(parameters)]
    return ", ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))


def _tell_arg(arg: Any, *, is_brief: bool) -> str:  # noqa: ANN401 - the ABI decides
    if isinstance(arg, tuple | list):
        return f"[{', '.join(_tell_arg(item, is_brief=is_brief) for item in arg)}]"
    if isinstance(arg, str):
        return quote(arg, is_brief=is_brief)
    value = encode_arg(arg)
    return clip(str(value)) if is_brief and isinstance(arg, bytes) else str(value)


def _remarks(transaction: Transaction, center: Address, revert: Revert | None) -> Iterator[Block]:
    """Tell what is out of the ordinary: another target, a value, a revert."""
    if transaction.to != center:
        yield Line((Span("to ", Style.WARNING), Span(transaction.to)), indent=_BENEATH)
    if transaction.value:
        yield Line(f"with a value of {transaction.value} wei", Style.WARNING, indent=_BENEATH)
    if revert is not None:
        text = tell_revert(revert)
        yield Line((Span("would revert: ", Style.CRITICAL), Span(text, brief=clip(text))), indent=_BENEATH)
