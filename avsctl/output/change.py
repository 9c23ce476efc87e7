"""The answer of a command that changes task definitions as JSON data and on the screen."""

from dataclasses import replace

from avsctl.core.findings import Finding
from avsctl.output.change_answer import REFRESH, ChangeAnswer
from avsctl.output.change_calls import encode_call
from avsctl.output.change_outcome import Outcome, encode_calldata, encode_file, encode_sent
from avsctl.output.change_safe import encode_safe
from avsctl.output.change_screen import change_blocks, end_blocks
from avsctl.output.change_states import encode_states
from avsctl.output.encode import Json, encode_id
from avsctl.output.head import head_lines
from avsctl.output.result import FOUND, INTERRUPTED, REFUSED, Result, Sequel
from avsctl.output.screen import Findings
from avsctl.output.tasks import encode_assessment


def present_change(answer: ChangeAnswer, wall_time: int, preview: ChangeAnswer | None = None) -> Result:
    """Give the result of a command that writes; what is refused or has reverted ends in status 4.

    Another transaction than the user expects ends in status 3.

    Args:
        answer: what was planned, tried and done.
        wall_time: Unix seconds of now, for the ages of blocks only.
        preview: the same before anything was done, where that was shown; a terminal then gets only what is new.
    """
    findings = _drop_accepted(answer)
    known = _drop_accepted(preview) if preview else ()
    new = tuple(finding for finding in findings if finding not in known)
    return Result(
        answer.command,
        _encode(answer),
        screen=(*head_lines(answer.deployment, answer.l1, answer.l2, wall_time), *change_blocks(answer)),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=findings,
        status=_status(answer),
        sequel=Sequel((Findings(), *end_blocks(answer)), new) if preview else None,
    )


def _status(answer: ChangeAnswer) -> int | None:
    if answer.refused or answer.outcome is Outcome.REVERTED or not all(each.is_success for each in answer.sent):
        return REFUSED
    if answer.is_unexpected:
        return FOUND
    return INTERRUPTED if answer.outcome is Outcome.INTERRUPTED else None


def _drop_accepted(answer: ChangeAnswer) -> tuple[Finding, ...]:
    """Give the findings, those that were accepted without the way to accept them."""
    accepted = answer.accepted
    return tuple(replace(each, allow=None) if each in accepted else each for each in answer.findings)


def _encode(answer: ChangeAnswer) -> dict[str, Json]:
    reverts, count, safe = dict(answer.reverts), len(answer.earlier), answer.sender.safe
    return {
        **_encode_subject(answer),
        "sender": answer.sender.address,
        "calls": [
            encode_call(each.transaction, each.step.why, reverts.get(count + at))
            for at, each in enumerate(answer.calls, 1)
        ],
        "earlier": [encode_call(each, None, reverts.get(at)) for at, each in enumerate(answer.earlier, 1)],
        "atomic": answer.is_atomic,
        "simulated_with": answer.simulated_with or None,
        "simulated_at_block": encode_id(answer.evm_block) if answer.simulated_with else None,
        "is_next_block": answer.is_next_block if answer.simulated_with else None,
        "outcome": answer.outcome.value,
        **_encode_states(answer),
        "between": _encode_between(answer),
        "safe": encode_safe(answer.sender.address, safe, answer.safe) if safe else None,
        "accepted": [finding.code for finding in answer.accepted],
        "file": encode_file(answer.files[0]) if len(answer.files) == 1 else None,
        "files": [encode_file(each) for each in answer.files],
        "calldata": [encode_calldata(each) for each in answer.calldata],
        "sent": [encode_sent(each) for each in answer.sent],
        "pending": answer.pending,
        "now": [encode_assessment(each) for each in answer.now],
    }


def _encode_subject(answer: ChangeAnswer) -> dict[str, Json]:
    """Build what tells which definition is meant; a refresh has one in each of its ``task_definitions``."""
    if answer.command == REFRESH:
        return {}
    creation = answer.creation
    if creation is not None:
        created = answer.created_id
        expected = creation.task_definition_id if created is None else created
        about = None if answer.expiry_date is None else encode_id(answer.expiry_date)
        return {"task_definition_id": expected, "id_is_expected": created is None, "expiry_timestamp": about}
    return {"task_definition_id": next(iter(answer.task_definition_ids), None)}


def _encode_states(answer: ChangeAnswer) -> dict[str, Json]:
    if answer.command != REFRESH:
        return {"states": encode_states(next(iter(answer.known), None))}
    rows: list[Json] = [
        {"task_definition_id": each, "states": encode_states(answer.find(each))} for each in answer.task_definition_ids
    ]
    return {"task_definitions": rows}


def _encode_between(answer: ChangeAnswer) -> list[Json]:
    """Build the state after each call, of the definition that it changes, where the calls do not land together."""
    if answer.is_atomic:
        return []
    return [
        {"after_call": at, "task_definition": encode_assessment(each) if each else None}
        for at, each in enumerate(answer.prefixes, 1)
    ]
