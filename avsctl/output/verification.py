"""The answer of ``safe verify``: what the file does, every check, the hashes to compare, and how to derive them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.foresight import Foresight
from avsctl.core.multisig import SafeSetup, Sender
from avsctl.core.verification import Check, CheckResult, Mismatch
from avsctl.output.change_calls import PlannedCall, call_lines, encode_call
from avsctl.output.change_states import encode_states, overview_table, state_blocks
from avsctl.output.change_words import quote
from avsctl.output.encode import Json, encode_id
from avsctl.output.head import head_lines
from avsctl.output.result import FOUND, Result
from avsctl.output.safe import safe_lines
from avsctl.output.safe_hash import encode_digests
from avsctl.output.safe_proposal import COMPARE, ShownProposal, device_lines, encode_proposal, operation_lines
from avsctl.output.safe_signatures import ShownSignatures, encode_signatures, signature_lines
from avsctl.output.screen import Blank, Block, Line, Span, Style
from avsctl.output.text import clip, plural, shorten

_COMMAND: Final = "safe verify"
_WORDS: Final = {
    CheckResult.OK: ("ok", Style.OK),
    CheckResult.MOVED: ("MOVED", Style.WARNING),
    CheckResult.MISMATCH: ("MISMATCH", Style.CRITICAL),
    CheckResult.SKIPPED: ("skipped", Style.DIM),
}
_RESULT_WIDTH: Final = 10
_OF_NOW: Final = frozenset({"nonce", "simulation", "expected_state"})
"""Checks that fail where the calls were executed already, and are tried once more."""
_REFUSED: Final = "NOT VERIFIED: do not sign."
_WORD_SHOWN: Final = 70
"""Characters of one word of a value that a terminal shows, so that no address or hash is cut; a pipe has all."""
_VALUE_SHOWN: Final = 300
"""Of the whole value."""


@dataclass(frozen=True)
class VerifyAnswer:
    """A batch file held to the chain."""

    deployment: Deployment
    l1: BlockRef | None
    l2: BlockRef
    path: str
    sha256: str
    has_sidecar: bool
    made_at: BlockRef | None
    """The block of L2 that the file was made at, as its sidecar claims."""
    safe: Sender
    setup: SafeSetup | None
    claimed_nonce: int | None
    """As the sidecar has it."""
    proposal: ShownProposal | None
    """None where the file makes no transaction."""
    calls: tuple[PlannedCall, ...]
    """Empty where they are not all changes of task definitions of this deployment."""
    reverts: tuple[tuple[int, Revert], ...]
    """By place among the calls, from 0."""
    foresights: tuple[Foresight, ...]
    checks: tuple[Check, ...]
    intents: tuple[str, ...]
    signatures: ShownSignatures | None
    """None where none were given."""
    findings: tuple[Finding, ...]
    accepted: tuple[str, ...]
    """Codes of critical findings that were allowed when the file was made."""
    is_verified: bool


def present_verification(answer: VerifyAnswer, wall_time: int) -> Result:
    """Give the result; a file that is not verified ends in status 3.

    Args:
        answer: what was checked.
        wall_time: Unix seconds of now, for the ages of blocks only.
    """
    return Result(
        _COMMAND,
        _encode(answer),
        screen=(*head_lines(answer.deployment, answer.l1, answer.l2, wall_time), *_blocks(answer)),
        deployment=answer.deployment,
        l1_block=answer.l1,
        l2_block=answer.l2,
        findings=answer.findings,
        status=None if answer.is_verified else FOUND,
    )


def present_unreadable(path: str, sha256: str, checks: tuple[Check, ...], findings: tuple[Finding, ...]) -> Result:
    """Give the result for a file that nothing can be made of: what is wrong with it, status 3; no chain was asked."""
    return Result(
        _COMMAND,
        {"file": {"path": path, "sha256": sha256, "sidecar": None}, "checks": [_encode_check(each) for each in checks]},
        screen=(
            *_file_lines(path, sha256, None),
            Blank(),
            *_check_lines(checks),
            Blank(),
            Line(_REFUSED, Style.CRITICAL),
        ),
        findings=findings,
        status=FOUND,
    )


def _encode(answer: VerifyAnswer) -> dict[str, Json]:
    reverts = dict(answer.reverts)
    single = answer.foresights[0] if len(answer.foresights) == 1 else None
    return {
        "file": {
            "path": answer.path,
            "sha256": answer.sha256,
            "sidecar": "claims" if answer.has_sidecar else None,
        },
        "safe": _encode_safe(answer),
        "transaction": encode_proposal(answer.proposal) if answer.proposal else None,
        "hashes": encode_digests(answer.proposal.hashes) if answer.proposal else None,
        "intent": " && ".join(answer.intents) or None,
        "calls": [
            encode_call(each.transaction, each.step.why, reverts.get(at)) for at, each in enumerate(answer.calls)
        ],
        "states": encode_states(single) if single else None,
        "task_definitions": []
        if single
        else [
            {"task_definition_id": each.task_definition_id, "states": encode_states(each)} for each in answer.foresights
        ],
        "checks": [_encode_check(each) for each in answer.checks],
        "signatures": encode_signatures(answer.signatures),
        "accepted": list(answer.accepted),
        "verified": answer.is_verified,
    }


def _encode_safe(answer: VerifyAnswer) -> Json:
    state, setup, proposal = answer.safe.safe, answer.setup, answer.proposal
    return {
        "address": answer.safe.address,
        "version": state.version if state else None,
        "threshold": encode_id(state.threshold) if state else None,
        "nonce": encode_id(proposal.safe_tx.nonce) if proposal else None,
        "chain_nonce": encode_id(state.nonce) if state else None,
        "owners": list(state.owners) if state else [],
        "modules": list(setup.modules) if setup else [],
        "guard": setup.guard if setup else None,
    }


def _encode_check(check: Check) -> Json:
    return {
        "code": check.code,
        "result": check.result.value,
        "detail": check.detail,
        "mismatches": [
            {"field": each.field, "expected": each.expected, "found": each.found} for each in check.mismatches
        ],
    }


def _blocks(answer: VerifyAnswer) -> Iterator[Block]:
    yield from _file_lines(answer.path, answer.sha256, answer.made_at if answer.has_sidecar else None)
    yield Blank()
    yield from _safe_blocks(answer)
    yield Blank()
    yield from _deed_blocks(answer)
    yield from _check_lines(answer.checks)
    yield Blank()
    if answer.signatures is not None and answer.safe.safe is not None:
        yield from signature_lines(replace(answer.signatures, faults=()), answer.safe.safe.threshold)
        yield Blank()
    if answer.proposal is not None:
        yield Line(COMPARE, Style.HEAD)
        yield from device_lines(answer.proposal.hashes)
        yield Blank()
        if not _is_used_up(answer):
            yield from _intent_lines(answer)
    if answer.accepted:
        yield Line(f"Accepted when the file was made: {clip(', '.join(answer.accepted))}", Style.WARNING)
    yield _end_line(answer)


def _file_lines(path: str, sha256: str, made_at: BlockRef | None) -> Iterator[Block]:
    yield Line((Span("File ", Style.HEAD), Span(path, Style.HEAD)))
    yield Line(f"sha256 {sha256}", indent=2, is_verbatim=True)
    if made_at is not None:
        yield Line(f"sidecar found: its figures are claims, of L2 block {made_at.number}", Style.DIM, indent=2)


def _safe_blocks(answer: VerifyAnswer) -> Iterator[Block]:
    state, setup, proposal = answer.safe.safe, answer.setup, answer.proposal
    if state is None or setup is None:
        kind = "a contract that is no Safe" if answer.safe.has_code else "no contract"
        yield Line((Span(f"Safe {answer.safe.address}: "), Span(kind, Style.CRITICAL)))
        return
    yield from safe_lines(answer.safe.address, state, setup)
    if proposal is not None:
        yield Line(f"{'nonce':<8}{_tell_nonce(answer, proposal.safe_tx.nonce, state.nonce)}", indent=2)
        yield from operation_lines(proposal)


def _tell_nonce(answer: VerifyAnswer, nonce: int, on_chain: int) -> str:
    claimed = "" if answer.claimed_nonce is None else f" ({answer.claimed_nonce} in the sidecar)"
    ahead = nonce - on_chain
    place = "next to be executed" if ahead == 0 else f"{ahead} after it" if ahead > 0 else "used up"
    return f"{nonce}{claimed}, {on_chain} on chain: {place}"


def _deed_blocks(answer: VerifyAnswer) -> Iterator[Block]:
    """Say in Othentic's terms what the calls do."""
    if not answer.calls:
        yield Line((Span("What it does: ", Style.HEAD), Span("not known, see the checks", Style.CRITICAL)))
        yield Blank()
        return
    center, generation = answer.deployment.attestation_center, answer.deployment.generation
    subject = _name_subject(answer.foresights)
    yield Line((Span("What it does", Style.HEAD), subject, Span(f", {plural(len(answer.calls), 'call')}")))
    yield from call_lines(answer.calls, center, dict(answer.reverts), answer.foresights)
    yield Blank()
    shown = [each for each in answer.foresights if each.before or each.after]
    if len(shown) == 1:
        yield from state_blocks(shown[0], generation)
        yield Blank()
    elif shown:
        yield overview_table(shown, generation)
        yield Blank()


def _name_subject(foresights: Sequence[Foresight]) -> Span:
    if len(foresights) != 1:
        return Span(f": {len(foresights)} task definitions")
    foresight = foresights[0]
    known = foresight.before or foresight.after
    title = f": task {foresight.task_definition_id}"
    if known is None or known.details is None:
        return Span(title)
    name = known.details.name
    return Span(f"{title} {quote(name)}", brief=f"{title} {quote(name, is_brief=True)}")


def _check_lines(checks: Sequence[Check]) -> Iterator[Block]:
    yield Line("Checked", Style.HEAD)
    for check in checks:
        word, style = _WORDS[check.result]
        detail = (Span(f": {check.detail}", Style.DIM),) if check.detail else ()
        lead = Span(f"{word:<{_RESULT_WIDTH}}", style)
        yield Line((lead, Span(check.what), *detail), indent=2, hang=_RESULT_WIDTH)
        for mismatch in check.mismatches:
            yield from _mismatch_lines(mismatch, style)


def _mismatch_lines(mismatch: Mismatch, style: Style) -> Iterator[Block]:
    indent = 2 + _RESULT_WIDTH
    yield Line((Span(mismatch.field or "the document", style),), indent=indent)
    for label, value in (("expected", mismatch.expected), ("found", mismatch.found)):
        words = (shorten(word, _WORD_SHOWN) for word in clip(value).split(" "))
        shown = Span(value, brief=shorten(" ".join(words), _VALUE_SHOWN))
        yield Line((Span(f"{label:<10}", Style.DIM), shown), indent=indent + 2, hang=10)


def _intent_lines(answer: VerifyAnswer) -> Iterator[Block]:
    if not answer.intents:
        yield Line("No command of avsctl derives these calls on the state of now.", Style.DIM)
    else:
        yield Line("Trust no file: derive the same hash from the intent", Style.HEAD)
        for each in answer.intents:
            first, *rest = re.split(r" (?=--(?:after|nonce|expect) )", each)
            yield from _command_lines(first, rest)
    yield Blank()


def _command_lines(first: str, rest: Sequence[str]) -> Iterator[Line]:
    """Give a command on several lines of a shell."""
    for at, part in enumerate((first, *rest)):
        end = " \\" if at < len(rest) else ""
        yield Line(f"{part}{end}", indent=4 if at else 2, is_verbatim=True)


def _end_line(answer: VerifyAnswer) -> Line:
    if answer.is_verified:
        return Line("Verified: the file is what it claims to be, and does what is shown above.", Style.OK)
    wrong = {check.code for check in answer.checks if check.result is CheckResult.MISMATCH}
    if _is_used_up(answer):
        return Line(_tell_used_up(answer), Style.WARNING)
    if not wrong:
        return Line(
            "NOT VERIFIED: the file is what it claims to be; what it does is refused, see below.", Style.CRITICAL
        )
    return Line(_REFUSED, Style.CRITICAL)


def _is_used_up(answer: VerifyAnswer) -> bool:
    """Whether nothing speaks against the file but that its nonce is used up."""
    wrong = {check.code for check in answer.checks if check.result is CheckResult.MISMATCH}
    return "nonce" in wrong and wrong <= _OF_NOW


def _tell_used_up(answer: VerifyAnswer) -> str:
    """Say that there is nothing left to sign; that it was this transaction which was executed, no state can prove."""
    is_done = all(each.before == each.after for each in answer.foresights) and bool(answer.foresights)
    state = ", and the state is as these calls leave it" if is_done else ""
    return f"EXECUTED, or another with its nonce was{state}: there is nothing to sign."
