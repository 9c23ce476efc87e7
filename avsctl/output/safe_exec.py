"""The answer of ``safe exec``: who has signed, what the Safe says to it, and what came of sending it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.contracts.roles import tell_revert
from avsctl.core.findings import Finding
from avsctl.core.units import Address, TaskDefinitionId
from avsctl.output.change_outcome import Difference
from avsctl.output.encode import Json, encode_id
from avsctl.output.result import FOUND, INTERRUPTED, REFUSED, Result, Sequel
from avsctl.output.safe_hash import encode_digests
from avsctl.output.safe_proposal import Hashes, ShownExecution, encode_execution, tell_failure
from avsctl.output.safe_signatures import ShownSignatures, encode_signatures, signature_lines
from avsctl.output.screen import Blank, Block, Findings, Line, Span, Style
from avsctl.output.text import clip

COMMAND: Final = "safe exec"


class Outcome(StrEnum):
    """The one thing that was done."""

    REFUSED = "refused"
    """Nothing: the file does not verify, or the signatures are not what they must be."""
    WOULD_REVERT = "would_revert"
    """Nothing: the execution would fail."""
    SHOWN = "shown"
    PREVIEW = "preview"
    """It is shown before the user is asked whether to send it; no command ends so."""
    CALLDATA = "calldata"
    """The calldata was given out."""
    EXECUTED = "executed"
    """It landed, and the Safe says that it succeeded."""
    FAILED = "failed"
    """It landed, and the Safe says that what it calls failed; the nonce is used up."""
    UNKNOWN = "unknown"
    """It landed, and the Safe says nothing of it."""
    REVERTED = "reverted"
    """It landed and reverted; the nonce is free."""
    STOPPED = "stopped"
    """An error came after it left."""
    INTERRUPTED = "interrupted"
    """The user interrupted it after it left."""


_STATUSES: Final = {
    Outcome.REFUSED: FOUND,
    Outcome.WOULD_REVERT: REFUSED,
    Outcome.FAILED: REFUSED,
    Outcome.UNKNOWN: FOUND,
    Outcome.REVERTED: REFUSED,
    Outcome.INTERRUPTED: INTERRUPTED,
}


@dataclass(frozen=True)
class Mined:
    """The transaction as it was mined."""

    transaction_hash: str
    block_number: int
    is_success: bool
    """Whether it did not revert."""
    gas_used: int
    is_executed: bool | None
    """What the Safe says of it by its event; None for nothing."""
    created_ids: tuple[TaskDefinitionId, ...] = ()
    """Definitions that it made, by their events."""
    differences: tuple[Difference, ...] | None = None
    """Between the state after it and the expected one; None where it was not compared."""
    is_grave: bool = False
    """Whether one of them is in what the calls set, or leaves a definition dead that was not to be."""
    revert: Revert | None = None


@dataclass(frozen=True)
class ExecAnswer:
    """Everything that the answer tells beside what verifying the file does."""

    path: str
    """The batch file."""
    safe: Address | None
    """None where the file makes no transaction, as ``hashes`` and ``nonce``."""
    nonce: int | None
    hashes: Hashes | None
    threshold: int | None
    outcome: Outcome
    executor: Address | None = None
    """Who sends; None where nobody does."""
    signatures: ShownSignatures | None = None
    """None where they were not looked at."""
    execution: ShownExecution | None = None
    """What came of executing it with these signatures, in a simulation; None where it was not tried."""
    calldata: bytes = b""
    """Of ``execTransaction``, where it is complete."""
    mined: Mined | None = None
    pending: str | None = None
    """Hash of the transaction, which left; whether it lands is not known."""
    findings: tuple[Finding, ...] = ()
    """Beside those of the verification."""


def present_exec(answer: ExecAnswer, verified: Result, *, is_preview_shown: bool = False) -> Result:
    """Give the result.

    Args:
        answer: what was done.
        verified: the answer of verifying the file, whose screen comes first.
        is_preview_shown: whether a terminal has it all but what came of sending.
    """
    screen = (*verified.screen, *_blocks(answer))
    return replace(
        verified,
        command=COMMAND,
        data=_encode(answer, verified),
        screen=screen,
        findings=_join_findings(verified.findings, answer.findings),
        status=_status(answer),
        payload=f"0x{answer.calldata.hex()}\n" if answer.outcome is Outcome.CALLDATA else None,
        sequel=Sequel((Findings(), *_end_lines(answer)), answer.findings) if is_preview_shown else None,
    )


def _join_findings(verified: tuple[Finding, ...], own: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Put both together; where both say the same of something, the execution's word is the plainer one."""
    told = {(each.code, each.subject) for each in own}
    return (*(each for each in verified if (each.code, each.subject) not in told), *own)


def _status(answer: ExecAnswer) -> int | None:
    is_grave = answer.mined is not None and answer.mined.is_grave
    return _STATUSES.get(answer.outcome, FOUND if is_grave else None)


def _encode(answer: ExecAnswer, verified: Result) -> dict[str, Json]:
    execution = answer.execution
    return {
        "file": {"path": answer.path},
        "safe": {
            "address": answer.safe,
            "nonce": None if answer.nonce is None else encode_id(answer.nonce),
            "threshold": None if answer.threshold is None else encode_id(answer.threshold),
        },
        "hashes": encode_digests(answer.hashes) if answer.hashes else None,
        "checks": verified.data.get("checks", []),
        "signatures": encode_signatures(answer.signatures),
        "executor": answer.executor,
        "execution": encode_execution(execution) if execution else None,
        "calldata": f"0x{answer.calldata.hex()}" if answer.calldata else None,
        "outcome": answer.outcome.value,
        "sent": _encode_mined(answer.mined) if answer.mined else None,
        "pending": answer.pending,
    }


def _encode_mined(mined: Mined) -> Json:
    differences = mined.differences
    return {
        "transaction_hash": mined.transaction_hash,
        "block_number": encode_id(mined.block_number),
        "status": "success" if mined.is_success else "reverted",
        "gas_used": encode_id(mined.gas_used),
        "event": {True: "ExecutionSuccess", False: "ExecutionFailure", None: None}[mined.is_executed],
        "task_definition_ids": list(mined.created_ids),
        "revert": tell_revert(mined.revert) if mined.revert else None,
        "is_as_expected": None if differences is None else not differences,
        "differences": [
            {"field": each.field, "expected": each.simulated, "found": each.found} for each in differences or ()
        ],
    }


def _blocks(answer: ExecAnswer) -> Iterator[Block]:
    if answer.signatures is not None and answer.threshold is not None:
        yield Blank()
        yield from signature_lines(answer.signatures, answer.threshold)
    if answer.execution is not None:
        yield _execution_line(answer.execution)
    yield Findings()
    yield from _end_lines(answer)


def _execution_line(execution: ShownExecution) -> Line:
    lead = Span("executed with these signatures, in a simulation: ")
    if execution.is_success:
        return Line((lead, Span("ok", Style.OK)), indent=2)
    return Line((lead, Span(tell_failure(execution), Style.CRITICAL)), indent=2, hang=2)


def _end_lines(answer: ExecAnswer) -> Iterator[Block]:
    match answer.outcome:
        case Outcome.REFUSED | Outcome.WOULD_REVERT:
            yield Line("Refused; nothing was sent.", Style.CRITICAL)
        case Outcome.PREVIEW:
            yield Line("Not sent yet.")
        case Outcome.SHOWN:
            yield Line("Nothing was sent; add --send and a signer, or --calldata.")
        case Outcome.CALLDATA:
            yield Line("Nothing was sent; anybody may send the calldata, with no value, to:")
            yield Line(answer.safe or "", indent=2, is_verbatim=True)
    yield from _mined_lines(answer)


def _mined_lines(answer: ExecAnswer) -> Iterator[Block]:
    """Tell what was sent and what came of it."""
    if answer.pending is not None:
        yield Line(answer.pending, indent=2, is_verbatim=True)
        yield Line("sent; whether it lands is not known: look it up before it is sent again", Style.WARNING, indent=2)
    if answer.mined is None:
        return
    mined = answer.mined
    yield Line(mined.transaction_hash, indent=2, is_verbatim=True)
    yield Line(_tell_end(answer.outcome, mined), indent=2, hang=2)
    for difference in mined.differences or ():
        values = f"expected {difference.simulated}, found {difference.found}"
        yield Line(f"{clip(difference.field)}: {clip(values)}", Style.WARNING, indent=4)
    for each in mined.created_ids:
        yield Line(f"created task definition {each}", Style.OK, indent=2)


def _tell_end(outcome: Outcome, mined: Mined) -> tuple[Span, ...]:
    where = Span(f" in block {mined.block_number}, gas {mined.gas_used}")
    match outcome:
        case Outcome.REVERTED:
            text = tell_revert(mined.revert) if mined.revert else "the reason is not known"
            return (Span("REVERTED", Style.CRITICAL), where, Span(f": {clip(text)}; the nonce is free"))
        case Outcome.FAILED:
            told = ": the Safe says ExecutionFailure, its nonce is used up and nothing was changed"
            return (Span("FAILED", Style.CRITICAL), where, Span(told))
        case Outcome.UNKNOWN:
            told = ": the Safe says neither ExecutionSuccess nor ExecutionFailure"
            return (Span("LANDED", Style.WARNING), where, Span(told), *_tell_compared(mined))
    return (Span("EXECUTED", Style.OK), where, *_tell_compared(mined))


def _tell_compared(mined: Mined) -> tuple[Span, ...]:
    if mined.differences is None:
        return (Span("; the state after it was not compared"),)
    if mined.differences:
        return (Span("; the state after it is not the expected one", Style.WARNING),)
    return (Span("; the state after it is the expected one", Style.OK),)
