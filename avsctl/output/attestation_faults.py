"""What is wrong with an update by itself: as JSON data, and in words with the ids and figures."""

from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import Final

from avsctl.core.attestation.faults import Fault, FaultCode, Harm
from avsctl.output.attestation_words import NAMED, id_span
from avsctl.output.encode import Json, decimal, encode_id
from avsctl.output.head import power_span
from avsctl.output.screen import Block, Line, Span, Style


def encode_fault(fault: Fault) -> Json:
    """Build one fault."""
    return {
        "code": fault.code.value,
        "harm": fault.harm.value,
        "operator_ids": [encode_id(each) for each in fault.operator_ids],
        "found": decimal(fault.found),
        "bound": decimal(fault.bound),
        "task_definition_id": fault.task_definition_id,
        "call": fault.call,
        "error": fault.error,
        "text": _flatten(tell_fault(fault)),
    }


def fault_lines(faults: Sequence[Fault], indent: int) -> Iterator[Block]:
    """Give each fault on a line; a terminal counts those beyond the first."""
    for fault in faults[:NAMED]:
        yield Line(tell_fault(fault), indent=indent, hang=2)
    rest = [tell_fault(fault) for fault in faults[NAMED:]]
    if rest:
        text = "; ".join(_flatten(spans) for spans in rest)
        yield Line((Span(text, brief=f"and {len(rest)} more (-o json)"),), indent=indent)


def tell_fault(fault: Fault) -> tuple[Span, ...]:
    """Say what is wrong, and what comes of it."""
    call = () if fault.call is None else (Span(f"call {fault.call}: "),)
    return (*call, *_fill(_WORDS[fault.code], fault), *_tell_harm(fault))


def _tell_harm(fault: Fault) -> tuple[Span, ...]:
    if fault.harm is Harm.REVERTS:
        return (Span(f": reverts {fault.error}" if fault.error else ": reverts", Style.CRITICAL),)
    return (Span(", and no later update can undo that", Style.CRITICAL),) if fault.harm is Harm.LASTS else ()


def _fill(words: str, fault: Fault) -> Iterator[Span]:
    """Put ids and figures into words."""
    for text, name, _, _ in Formatter().parse(words):
        if text:
            yield Span(text)
        if name:
            yield _show(name, fault)


def _show(name: str, fault: Fault) -> Span:
    match name:
        case "who":
            return id_span(fault.operator_ids, "operator {}" if len(fault.operator_ids) == 1 else "operators {}")
        case "ids":
            return id_span(fault.operator_ids) if fault.operator_ids else Span("nobody")
        case "power":
            return power_span(fault.found)
        case "held":
            return power_span(fault.bound)
    return Span(str({"found": fault.found, "bound": fault.bound, "task": fault.task_definition_id}[name]))


def _flatten(spans: Sequence[Span]) -> str:
    return "".join(each.text for each in spans)


_WORDS: Final[Mapping[FaultCode, str]] = {
    FaultCode.DUPLICATE_ID: "{who} stands {found} times in one list, and its deltas add up",
    FaultCode.ID_IN_BOTH_LISTS: "{who} stands in both lists",
    FaultCode.ZERO_DELTA: "{who} is changed by 0",
    FaultCode.ZERO_ID: "id 0 is nobody's: what it gets raises every quorum and cannot sign",
    FaultCode.UNKNOWN_ID: "id {found} was never given out, the highest is {bound}: its power cannot sign",
    FaultCode.INACTIVE_ID: "{who} is not active",
    FaultCode.BELOW_ZERO: "{who}: a decrease by {power} of the {held} that are left",
    FaultCode.ABOVE_MAXIMUM: "{who}: an increase by {power} of {held} goes above 2^256-1",
    FaultCode.TOTAL_BELOW_ZERO: "{who}: a decrease by {power} of a global total of {held}",
    FaultCode.TOTAL_ABOVE_MAXIMUM: "{who}: an increase by {power} of a global total of {held} goes above 2^256-1",
    FaultCode.L1_BLOCK_NOT_AFTER_LAST: "toBlockL1 {found} is not after that of the last update, {bound}",
    FaultCode.L1_BLOCK_ABOVE_HEAD: "toBlockL1 {found} is above the head of L1, {bound}: until then no update passes",
    FaultCode.L2_BLOCK_NOT_AFTER_LAST: "toBlockL2 {found} is not after that of the last update, {bound}",
    FaultCode.L2_BLOCK_NOT_PAST: "toBlockL2 {found} is not below {bound}, the block that it is executed in",
    FaultCode.WRONG_TARGET: "it goes to another contract than OBLS",
    FaultCode.FUNCTION_NOT_ALLOWED: "it is none of OBLS's two recounts",
    FaultCode.MALFORMED_CALL: "a recount with arguments that cannot be read",
    FaultCode.UNKNOWN_DEFINITION: "task {task} does not exist",
    FaultCode.DUPLICATE_DEFINITION: "task {task} is recounted {found} times, and the last one holds",
    FaultCode.WRONG_FUNCTION: "task {task} is counted over a list that it lacks, or over every id though it has one",
    FaultCode.WRONG_MINIMUM: "task {task} is counted with a minimum of {power} instead of {held}",
    FaultCode.WRONG_LIST: "task {task} is counted over another list than its own: {ids} too many or too few",
    FaultCode.DUPLICATE_ID_IN_LIST: "task {task} is counted with {who} {found} times",
    FaultCode.IDS_LEFT_OUT: "task {task} is counted over ids 1 to {found}, the highest is {bound}: it leaves out {ids}",
    FaultCode.IDS_ABOVE_HIGHEST: "task {task} is counted over ids 1 to {found}, the highest is {bound}",
    FaultCode.TOO_MANY_IDS: "task {task} is counted over {found} ids, which no block has the gas for",
}
"""What stands in braces: ``found`` and ``bound`` as they are, ``power`` and ``held`` the same in e18."""
