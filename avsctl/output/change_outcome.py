"""What was done with the calls of a change: as JSON data, and in the last lines of the screen."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from avsctl.contracts.call import Revert
from avsctl.contracts.roles import tell_revert
from avsctl.contracts.transaction import Transaction
from avsctl.core.units import TaskDefinitionId
from avsctl.output.change_calls import encode_payload
from avsctl.output.change_words import count_calls
from avsctl.output.encode import Json, encode_id
from avsctl.output.screen import Block, Line, Span, Style
from avsctl.output.text import clip


class Outcome(StrEnum):
    """The one thing that was done after the simulation."""

    SHOWN = "shown"
    """Nothing more, also where a finding refused it."""
    PREVIEW = "preview"
    """It is shown before the user is asked whether to send it; no command ends so."""
    CALLDATA = "calldata"
    """The calldata was given out."""
    WRITTEN = "written"
    """A batch file was written."""
    SENT = "sent"
    """Everything was sent and did not revert."""
    REVERTED = "reverted"
    """A transaction that was sent reverted; nothing was sent after it."""
    STOPPED = "stopped"
    """A finding or an error stood in the way of a call after some were sent."""
    INTERRUPTED = "interrupted"
    """The user interrupted it after some of the calls had left."""


@dataclass(frozen=True)
class Payload:
    """One transaction as it is to be signed."""

    transaction: Transaction
    operation: int = 0
    """Of a Safe: 0 calls, 1 delegatecalls."""
    nonce: int | None = None
    """Of the transaction of the Safe that it is for, where there are several."""


@dataclass(frozen=True)
class WrittenFile:
    """A batch file that was written."""

    path: str
    sha256: str
    """64 hex digits."""
    calls: int
    """How many it holds in all."""
    sidecar: str | None = None
    """Where the file beside it is; None where none was written."""


@dataclass(frozen=True)
class Difference:
    """A field that is not as the simulation had it; both values as they are shown."""

    field: str
    simulated: str
    found: str


@dataclass(frozen=True)
class SentCall:
    """One call that was mined."""

    transaction_hash: str
    block_number: int
    is_success: bool
    gas_used: int
    created_id: TaskDefinitionId | None = None
    """From the event; None for what creates nothing."""
    differences: tuple[Difference, ...] | None = None
    """Between the state after it and the simulated one, empty where they are equal; None where it was not compared."""
    revert: Revert | None = None
    """Why it reverted, where that was found out."""


def encode_file(file: WrittenFile) -> Json:
    """Build ``file``, and one item of ``files``."""
    return {"path": file.path, "sha256": file.sha256, "calls": file.calls, "sidecar": file.sidecar}


def encode_calldata(payload: Payload) -> Json:
    """Build one item of ``calldata``."""
    return {**encode_payload(payload.transaction), "operation": payload.operation}


def encode_sent(sent: SentCall) -> Json:
    """Build one item of ``sent``."""
    differences = sent.differences
    return {
        "transaction_hash": sent.transaction_hash,
        "block_number": encode_id(sent.block_number),
        "status": "success" if sent.is_success else "reverted",
        "gas_used": encode_id(sent.gas_used),
        "task_definition_id": sent.created_id,
        "revert": tell_revert(sent.revert) if sent.revert else None,
        "is_as_simulated": None if differences is None else not differences,
        "differences": [
            {"field": each.field, "simulated": each.simulated, "found": each.found} for each in differences or ()
        ],
    }


def file_lines(files: Sequence[WrittenFile]) -> Iterator[Block]:
    """Say what was written where, its hash, and what the owners of a Safe do with it."""
    for file in files:
        yield Line(f"Wrote {count_calls(file.calls)} to {file.path}; nothing was sent.", Style.OK)
        yield Line(f"sha256 {file.sha256}", indent=2, is_verbatim=True)
        if file.sidecar:
            path = shlex.quote(file.path)
            yield Line(f"with what is expected of it in {file.sidecar}: send both to each owner, who runs", indent=2)
            yield Line(f"avsctl safe verify {path}", indent=4, is_verbatim=True)
            yield Line(f"avsctl safe sign {path} --out SIGNATURE", indent=4, is_verbatim=True)


def calldata_lines(calldata: Sequence[Payload]) -> Iterator[Block]:
    """Say where each line of calldata goes."""
    yield Line("Nothing was sent; the calldata goes to:")
    for at, each in enumerate(calldata, 1):
        kind = "delegatecall" if each.operation else "call"
        text = f"{at}  {each.transaction.to}  operation {each.operation} ({kind}), value {each.transaction.value} wei"
        alone = "" if each.nonce is None else f", a transaction of its own with nonce {each.nonce}"
        yield Line(f"{text}{alone}", indent=2, hang=3)


def sent_lines(
    sent: Sequence[SentCall], pending: str | None, number: int, expected_id: TaskDefinitionId | None
) -> Iterator[Block]:
    """Tell each call that was mined and what came of it, then which of the ``number`` calls were not sent.

    ``pending`` is the hash of one that left and may land, ``expected_id`` that of a definition to be created.
    """
    for at, each in enumerate(sent, 1):
        yield Line(f"{at}  {each.transaction_hash}", indent=2, is_verbatim=True)
        yield Line(_tell_receipt(each), indent=5)
        for difference in each.differences or ():
            values = f"simulated {difference.simulated}, found {difference.found}"
            yield Line(f"{difference.field}: {values}", Style.WARNING, indent=7)
        if each.created_id is not None:
            yield _created_line(each.created_id, expected_id)
    left = range(len(sent) + 1, number + 1)
    if pending is not None:
        yield Line(f"{left[0]}  {pending}", indent=2, is_verbatim=True)
        yield Line(
            "sent; whether it lands is not known: look it up before anything is sent again", Style.WARNING, indent=5
        )
        left = left[1:]
    if left:
        names = f"call {left[0]} was" if len(left) == 1 else f"calls {left[0]} to {left[-1]} were"
        yield Line(f"{names[0].upper()}{names[1:]} not sent.", Style.WARNING)


def _tell_receipt(sent: SentCall) -> tuple[Span, ...]:
    where = Span(f" in block {sent.block_number}, gas {sent.gas_used}")
    if not sent.is_success:
        text = tell_revert(sent.revert) if sent.revert else ""
        reason = (Span(": "), Span(text, brief=clip(text))) if text else ()
        return (Span("REVERTED", Style.CRITICAL), where, *reason)
    if sent.differences is None:
        compared = Span("; the state after it was not compared")
    elif sent.differences:
        compared = Span("; the state after it is not the simulated one", Style.WARNING)
    else:
        compared = Span("; the state after it equals the simulated one", Style.OK)
    return (Span("landed"), where, compared)


def _created_line(created: TaskDefinitionId, expected: TaskDefinitionId | None) -> Line:
    if expected in (None, created):
        return Line(f"created task definition {created}", Style.OK, indent=5)
    return Line(f"created task definition {created}, not {expected} as expected", Style.WARNING, indent=5)
