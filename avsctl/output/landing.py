"""What came of a task that ``avsctl devnet attest`` landed: as JSON data and on the screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.units import Address, OperatorId, TaskDefinitionId
from avsctl.output.encode import Json, decimal, encode_id
from avsctl.output.head import head_lines, power_span
from avsctl.output.result import REFUSED, Result
from avsctl.output.screen import Blank, Block, Column, Kind, Line, Row, Span, Style, Table
from avsctl.output.text import clip, plural

COMMAND: Final = "devnet attest"


@dataclass(frozen=True)
class PowerChanged:
    """One operator whose power on L2 the task changed; powers in raw units."""

    operator_id: OperatorId
    address: Address
    before: int
    after: int


@dataclass(frozen=True)
class TotalChanged:
    """One total that the task changed; in raw units."""

    task_definition_id: TaskDefinitionId | None
    """None for ``totalVotingPower``."""
    before: int
    after: int


@dataclass(frozen=True)
class LandingAnswer:
    """Everything that the answer tells."""

    deployment: Deployment
    l2: BlockRef
    """The block before, that the attesters were found at."""
    task_definition_id: TaskDefinitionId
    proof_of_task: str
    """Text from a file."""
    is_approved: bool
    """What the attesters voted."""
    attester_ids: tuple[OperatorId, ...]
    performer_id: OperatorId
    transaction_hash: str
    block_number: int
    gas_used: int
    task_number: int | None
    """None where it reverted."""
    revert: Revert | None
    powers: tuple[PowerChanged, ...]
    totals: tuple[TotalChanged, ...]

    @property
    def outcome(self) -> str:
        """``submitted``, ``rejected`` or ``reverted``."""
        if self.revert is not None:
            return "reverted"
        return "submitted" if self.is_approved else "rejected"


def present_landing(answer: LandingAnswer, wall_time: int) -> Result:
    """Give the result; a task that the contract refused ends in status 4."""
    return Result(
        COMMAND,
        _encode(answer),
        screen=(*head_lines(answer.deployment, None, answer.l2, wall_time), *_blocks(answer)),
        deployment=answer.deployment,
        l2_block=answer.l2,
        status=REFUSED if answer.revert else None,
    )


def _encode(answer: LandingAnswer) -> dict[str, Json]:
    revert = answer.revert
    return {
        "task_definition_id": answer.task_definition_id,
        "proof_of_task": answer.proof_of_task,
        "vote": "approve" if answer.is_approved else "reject",
        "attesters": [encode_id(each) for each in answer.attester_ids],
        "performer": encode_id(answer.performer_id),
        "outcome": answer.outcome,
        "task_number": answer.task_number,
        "revert": {"name": revert.name, "text": revert.text} if revert else None,
        "transaction_hash": answer.transaction_hash,
        "block_number": encode_id(answer.block_number),
        "gas_used": encode_id(answer.gas_used),
        "powers": [
            {"operator_id": encode_id(each.operator_id), "address": each.address, **_encode_change(each)}
            for each in answer.powers
        ],
        "totals": [{"task_definition_id": each.task_definition_id, **_encode_change(each)} for each in answer.totals],
    }


def _encode_change(change: PowerChanged | TotalChanged) -> dict[str, Json]:
    return {"before": decimal(change.before), "after": decimal(change.after)}


def _blocks(answer: LandingAnswer) -> Iterator[Block]:
    vote, count = ("for" if answer.is_approved else "against"), len(answer.attester_ids)
    ids = clip(", ".join(map(str, answer.attester_ids)))
    who = f"{plural(count, 'operator')}{f': {ids}' if ids else ''}"
    yield Line(f"Task {answer.task_definition_id}, signed {vote} by {who}", Style.HEAD, hang=2)
    yield Line(f"performed and handed in by operator {answer.performer_id}, with the keys of this devnet", indent=2)
    yield Blank()
    yield _outcome_line(answer)
    yield Line(answer.transaction_hash, indent=2, is_verbatim=True)
    if answer.revert is None:
        yield Blank()
        yield from _change_blocks(answer)


def _outcome_line(answer: LandingAnswer) -> Line:
    where = Span(f" in block {answer.block_number}, gas {answer.gas_used}")
    if answer.revert is not None:
        text = answer.revert.text
        return Line((Span("REVERTED", Style.CRITICAL), where, Span(": "), Span(text, brief=clip(text))))
    event = "TaskSubmitted" if answer.is_approved else "TaskRejected"
    return Line((Span("LANDED", Style.OK), where, Span(f": {event}, task number {answer.task_number}")))


def _change_blocks(answer: LandingAnswer) -> Iterator[Block]:
    if answer.powers:
        columns = (
            Column("id", Kind.NUMBER),
            Column("address", Kind.ADDRESS),
            *(Column(name, Kind.NUMBER) for name in ("before (e18)", "after (e18)", "change")),
        )
        yield Table(columns, tuple(Row((each.operator_id, each.address, *_spans(each))) for each in answer.powers))
    else:
        yield Line("No power changed.")
    for total in answer.totals:
        of = "totalVotingPower" if total.task_definition_id is None else f"total of task {total.task_definition_id}"
        before, after, change = _spans(total)
        yield Line((Span(f"{of} (e18): "), before, Span(" -> "), after, Span("  "), change))


def _spans(change: PowerChanged | TotalChanged) -> tuple[Span, Span, Span]:
    difference = power_span(change.after - change.before, signed=True)
    return power_span(change.before), power_span(change.after), difference
