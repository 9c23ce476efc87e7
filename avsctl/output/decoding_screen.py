"""The screen of ``tx decode``: what some bytes are, and under each call what it calls, indented."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from avsctl.contracts.decoding import Decoded, InnerCall, Kind, decode_call
from avsctl.contracts.error_text import NamedError
from avsctl.contracts.interfaces import Interface, Parameter
from avsctl.contracts.task_contents import InnerTask
from avsctl.core.power import VotingPowerUpdate
from avsctl.output.attestation_update import tell_update
from avsctl.output.change_words import count_calls, type_power
from avsctl.output.decoding_data import find_notes
from avsctl.output.decoding_words import (
    SHOWN,
    WHENS,
    by_wording,
    explain_error,
    short_name,
    tell_other_names,
    tell_panic,
    tell_place,
    value_span,
)
from avsctl.output.screen import Block, Line, Span, Style
from avsctl.output.text import plural

_STEP: Final = 2
"""Columns that what belongs to a line is indented by."""
_UNDER_CALL: Final = 3
_SHOWN_BELOW: Final[Mapping[str, tuple[str, ...]]] = {
    "multiSend": ("transactions",),
    "execTransaction": ("data", "signatures"),
    "execTransactionFromModule": ("data",),
    "execTransactionFromModuleReturnData": ("data",),
    "aggregate3": ("calls",),
    "tryAggregate": ("calls",),
}
"""Arguments that stand below as calls or signatures."""
_HEADS: Final[Mapping[Kind, str]] = {
    Kind.MULTI_SEND: "A batch of calls",
    Kind.EXEC_TRANSACTION: "A transaction of a Safe",
    Kind.SUBMIT_TASK: "A submitted task",
    Kind.CALLDATA: "A call",
    Kind.REVERT: "An error",
}


def decoded_blocks(decoded: Decoded, indent: int = 0, number: str = "") -> Iterator[Block]:
    """Give what some bytes are; ``number`` is that of the call, empty for what is none."""
    match decoded.kind:
        case Kind.EMPTY:
            yield Line(f"no data: a plain transfer{'' if number else ', or a revert without a reason'}", indent=indent)
        case Kind.UNKNOWN:
            yield Line(tell_unknown(decoded.data), Style.WARNING, indent=indent)
        case Kind.UPDATE:
            yield Line("The data of an internal task", Style.HEAD, indent=indent)
        case _:
            yield _head_line(decoded, indent)
            yield from _body_blocks(decoded, indent + _STEP)
    yield from call_blocks(decoded.calls, decoded.left_out, indent + _STEP, number)
    if decoded.task is not None:
        yield from task_blocks(decoded.task, indent + _STEP)


def named_blocks(named: NamedError) -> Iterator[Block]:
    """Give the error or the function that a text names."""
    if named.decoded is not None:
        yield from decoded_blocks(named.decoded)
    if named.errors:
        yield from error_blocks(named)
    yield from function_blocks(named.functions)


def error_blocks(named: NamedError) -> Iterator[Block]:
    """Give errors without their arguments, and what they mean."""
    if named.safe_code:
        yield Line((Span("Error "), Span(named.safe_code, Style.HEAD)))
    else:
        yield from _known_lines("Error", named.errors)
    yield from _meaning_lines(named, _STEP)


def function_blocks(functions: Sequence[Interface]) -> Iterator[Block]:
    """Give functions without their arguments."""
    yield from _known_lines("Function", functions)
    yield from _note_lines(functions, _STEP)


def task_blocks(task: InnerTask, indent: int) -> Iterator[Block]:
    """Give what the data of a task carries."""
    if task.update is None and not task.fault:
        return
    yield Line(f"as the data of task {task.task_definition_id}:", indent=indent)
    if task.fault:
        yield Line(f"it cannot pass: {task.fault}", Style.WARNING, indent=indent + _STEP, hang=_STEP)
    if task.update is None:
        return
    yield Line(tell_update(task.update), indent=indent + _STEP)
    if isinstance(task.update, VotingPowerUpdate):
        yield from _change_lines(task.update, indent + _STEP)
        return
    for at, call in enumerate(task.update.calls, 1):
        yield Line((Span(f"{at}  to "), Span(call.target)), indent=indent + _STEP)
        yield from decoded_blocks(decode_call(call.data), indent + _STEP + _UNDER_CALL)


def call_blocks(calls: Sequence[InnerCall], left_out: int, indent: int, above: str = "") -> Iterator[Block]:
    """Give calls with their numbers, each with what is in it."""
    for at, call in enumerate(calls, 1):
        number = f"{above}.{at}" if above else str(at)
        yield Line((Span(f"{number}  "), *_tell_target(call)), indent=indent, hang=len(number) + 2)
        yield from decoded_blocks(call.decoded, indent + _UNDER_CALL, number)
    if left_out:
        text = f"{count_calls(left_out)} more that avsctl does not read: there are too many, or they are too deep"
        yield Line(text, Style.WARNING, indent=indent)


def tell_unknown(data: bytes) -> str:
    """Say of data that no contract known takes what can be said."""
    if len(data) < 4:
        return f"{plural(len(data), 'byte')} that begin no function and no error"
    return f"function 0x{data[:4].hex()} that avsctl does not know, {plural(len(data) - 4, 'byte')} of arguments"


def _head_line(decoded: Decoded, indent: int) -> Line:
    interface = decoded.interfaces[0]
    what = (Span(f"{_HEADS[decoded.kind]}: ", Style.DIM),) if not indent else ()
    selector = Span(f"  0x{decoded.data[:4].hex()}", Style.DIM)
    return Line((*what, Span(interface.signature, Style.HEAD), selector), indent=indent, hang=_STEP)


def _body_blocks(decoded: Decoded, indent: int) -> Iterator[Block]:
    newest, *others = by_wording(decoded.interfaces)
    yield Line(f"of {tell_place(newest)}", indent=indent, hang=_STEP)
    if decoded.args is not None:
        left_out = _SHOWN_BELOW.get(newest[0].name, ())
        yield from _argument_lines(newest[0].parameters, decoded.args, indent + _STEP, left_out)
    for group in others:
        names = tell_other_names(newest[0].parameters, group[0].parameters)
        yield Line(f"and of {tell_place(group)}{names}", indent=indent, hang=_STEP)
    if decoded.fault:
        yield Line(f"not read to the end: {decoded.fault}", Style.WARNING, indent=indent, hang=_STEP)
    for caution in decoded.cautions:
        yield Line((Span("beware: ", Style.CRITICAL), Span(caution.text)), indent=indent, hang=_STEP)
    yield from _signature_lines(decoded, indent)
    if decoded.kind is Kind.REVERT:
        yield from _revert_lines(decoded, indent)
    else:
        yield from _note_lines(decoded.interfaces, indent)


def _revert_lines(decoded: Decoded, indent: int) -> Iterator[Block]:
    if decoded.interfaces[0].name == "Panic" and decoded.args:
        yield Line(f"Solidity's own: {tell_panic(decoded.args[0])}", indent=indent)
    yield from _meaning_lines(decoded, indent)
    if decoded.inner is not None:
        yield Line("in it:", indent=indent)
        yield from decoded_blocks(decoded.inner, indent + _STEP)


def _known_lines(what: str, interfaces: Sequence[Interface]) -> Iterator[Block]:
    for signature in dict.fromkeys(each.signature for each in interfaces):
        found = [each for each in interfaces if each.signature == signature]
        selector = Span(f"  0x{found[0].selector.hex()}", Style.DIM)
        yield Line((Span(f"{what} "), Span(signature, Style.HEAD), selector), hang=_STEP)
        yield Line(f"of {tell_place(found)}", indent=_STEP)
        names = [f"{each.kind} {short_name(each)}".strip() for each in found[0].parameters]
        if names:
            yield Line(f"takes {', '.join(names)}", indent=_STEP, hang=_STEP)


def _argument_lines(
    parameters: Sequence[Parameter], values: Sequence[Any], indent: int, left_out: Sequence[str] = ()
) -> Iterator[Block]:
    """Give one argument a line, the members of a tuple beneath it."""
    width = max((len(short_name(each)) for each in parameters), default=0)
    for parameter, value in zip(parameters, values, strict=True):
        if parameter.name in left_out:
            continue
        name = short_name(parameter) or parameter.kind
        if not parameter.members:
            yield Line((Span(f"{name:{width}}  "), value_span(parameter, value)), indent=indent, hang=width + 2)
        elif parameter.kind.endswith("]"):
            yield Line(f"{name:{width}}  {plural(len(value), 'item')}", indent=indent)
            yield from _item_lines(parameter, value, indent + _STEP)
        else:
            yield Line(name, indent=indent)
            yield from _argument_lines(parameter.members, value, indent + _STEP)


def _item_lines(parameter: Parameter, items: Sequence[Sequence[Any]], indent: int) -> Iterator[Block]:
    """Give one item of an array of tuples a line; a terminal counts those beyond the first."""
    lines = [_item_spans(at, parameter, item) for at, item in enumerate(items, 1)]
    yield from (Line(spans, indent=indent, hang=_STEP) for spans in lines[:SHOWN])
    yield from _folded_line(["".join(each.text for each in spans) for spans in lines[SHOWN:]], indent)


def _item_spans(at: int, parameter: Parameter, item: Sequence[Any]) -> tuple[Span, ...]:
    pairs = zip(parameter.members, item, strict=True)
    named = (span for each, value in pairs for span in (Span(f"  {short_name(each)} "), value_span(each, value)))
    return (Span(str(at)), *named)


def _change_lines(update: VotingPowerUpdate, indent: int) -> Iterator[Block]:
    signed = (("+", update.to_increase), ("-", update.to_decrease))
    lines = [
        f"operator {each.operator_id}  {sign}{type_power(each.voting_power)}" for sign, row in signed for each in row
    ]
    yield from (Line(text, indent=indent) for text in lines[:SHOWN])
    yield from _folded_line(lines[SHOWN:], indent)


def _folded_line(rest: Sequence[str], indent: int) -> Iterator[Block]:
    if rest:
        yield Line((Span("; ".join(rest), brief=f"and {len(rest)} more (-o json)"),), indent=indent)


def _signature_lines(decoded: Decoded, indent: int) -> Iterator[Block]:
    if decoded.safe_tx is None:
        return
    yield Line(f"{plural(len(decoded.signatures), 'signature')}:", indent=indent)
    for at, each in enumerate(decoded.signatures, 1):
        owner = f", of {each.owner}" if each.owner else ""
        yield Line(f"{at}  {_SIGNATURES[each.kind]} (v {each.v}){owner}", indent=indent + _STEP)
    text = "calldata holds no nonce: avsctl safe verify FILE finds the hash that is signed, and who has signed"
    yield Line(text, Style.DIM, indent=indent)


_SIGNATURES: Final[Mapping[str, str]] = {
    "ecdsa": "by a key, over the hash",
    "eth_sign": "by a key, as a message (eth_sign)",
    "approved": "approved on chain, or by being who sends",
    "contract": "by a contract (EIP-1271)",
    "unknown": "of no kind that a Safe knows",
}


def _note_lines(interfaces: Sequence[Interface], indent: int) -> Iterator[Block]:
    yield from (Line(text, Style.INFO, indent=indent, hang=_STEP) for text in find_notes(interfaces))


def _meaning_lines(error: Decoded | NamedError, indent: int) -> Iterator[Block]:
    meanings = explain_error(error)
    if not meanings:
        yield Line("what it means is not known beyond its name", Style.DIM, indent=indent)
    for each in meanings:
        yield Line(f"{WHENS[each.when]}: {each.text}", indent=indent, hang=_STEP)
        if each.remedy:
            yield Line(each.remedy, indent=indent + _STEP, is_verbatim=not each.remedy.endswith("."))


def _tell_target(call: InnerCall) -> tuple[Span, ...]:
    how = (Span("delegatecall ", Style.CRITICAL),) if call.operation == 1 else ()
    value = (Span(f"  with a value of {call.value} wei", Style.WARNING),) if call.value else ()
    return (*how, Span(f"to {call.to}"), *value)
