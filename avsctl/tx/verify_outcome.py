"""What is checked of a batch file after its calls were tried: their end, the hash that is wanted, the signatures."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from avsctl.contracts.call import Revert
from avsctl.contracts.multi_send import MultiSend
from avsctl.contracts.roles import tell_revert
from avsctl.contracts.safe_reverts import explain_safe_revert
from avsctl.core.changes import CreateDefinition
from avsctl.core.expectation import Deviation, Expectation, compare_expectation, expect
from avsctl.core.units import TaskDefinitionId
from avsctl.core.verification import Check, CheckResult, Mismatch, judge_fields, skip
from avsctl.errors import ConfigError
from avsctl.tx.prepare import Prepared
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_signatures import SafeSignature, parse_signatures
from avsctl.tx.safe_trial import Execution
from avsctl.tx.sidecar import Sidecar
from avsctl.tx.signature_file import SignatureClaim, check_claim
from avsctl.tx.verification import SignatureReport
from avsctl.tx.verify_checks import NO_SIDECAR

Deviations = tuple[tuple[TaskDefinitionId, tuple[Deviation, ...]], ...]


def check_simulation(prepared: Prepared | None, executions: Sequence[Execution | None], fault: str) -> Check:
    """Say what came of the calls one by one, and of the whole as the Safe executes it.

    Args:
        prepared: the calls; None where they were not tried.
        executions: of what runs before and of the transaction itself, in their order.
        fault: why an execution is not known.
    """
    code, what = "simulation", "calls simulated one by one, then as execTransaction"
    if prepared is None:
        return skip(code, what, "the calls are not all changes of task definitions here")
    wrong = (*_list_reverts(prepared), *_list_failures(executions))
    if wrong:
        return judge_fields(code, what, wrong)
    if fault:
        return Check(code, "calls simulated one by one", CheckResult.OK, f"not as execTransaction: {fault}")
    last = executions[-1] if executions else None
    gas = f"gas {last.gas_used}" if last and last.gas_used is not None else ""
    block = f"block {prepared.trial.evm_block}" if prepared.trial else ""
    return judge_fields(code, what, (), ", ".join(filter(None, (block, gas))))


def find_expected(prepared: Prepared | None) -> tuple[Expectation, ...] | None:
    """Give how the definitions stand after the calls now, as a sidecar has them; None where that is not known."""
    if prepared is None or not prepared.has_end:
        return None
    return tuple(expect(each.after) for each in prepared.foresights if each.after)


def find_deviations(
    sidecar: Sidecar | None, prepared: Prepared | None, found: Sequence[Expectation] | None
) -> Deviations:
    """Compare what the calls end in now with what the sidecar expects; empty where that is not known.

    A definition that the calls make, and that gets another id now, is compared with the one that gets it; that is
    grave only where other calls name the id.
    """
    if sidecar is None or prepared is None or found is None:
        return ()
    settings = [step.setting for step in prepared.steps]
    now = {each.task_definition_id: each for each in found}
    made = [each.task_definition_id for each in settings if isinstance(each, CreateDefinition)]
    named = {each.task_definition_id for each in settings if not isinstance(each, CreateDefinition)}
    moved = _pair_created(sidecar.expected, now, made)
    rows = []
    for each in sidecar.expected:
        own = each.task_definition_id
        number = moved.get(own, own)
        deviations = compare_expectation(_renumber(each, number), now.get(number), settings)
        if number != own:
            deviations = (Deviation("task_definition_id", own, number, is_grave=own in named), *deviations)
        rows.append((own, deviations))
    return tuple(row for row in rows if row[1])


def check_expected(sidecar: Sidecar | None, found: Sequence[Expectation] | None, deviations: Deviations) -> Check:
    """Judge what differs from the sidecar's state after."""
    code, what = "expected_state", "state after against the sidecar"
    if sidecar is None:
        return skip(code, what, NO_SIDECAR)
    if found is None:
        return skip(code, what, "the end of the calls is not known")
    places = {each.task_definition_id: at for at, each in enumerate(sidecar.expected)}
    every = [(f"expected[{places[number]}].", each) for number, group in deviations for each in group]
    known = {*places, *(each.found for _, each in every if each.field == "task_definition_id")}
    unexpected = [each for each in found if each.task_definition_id not in known]
    grave = [(path, each) for path, each in every if each.is_grave]
    wrong = [_as_mismatch(*each) for each in grave or every]
    wrong += [Mismatch("expected", f"task {each.task_definition_id}", "nothing of it") for each in unexpected]
    if grave or unexpected:
        return judge_fields(code, what, wrong)
    if wrong:
        return Check(code, what, CheckResult.MOVED, "the chain changed since", tuple(wrong))
    return judge_fields(code, what, (), "equal")


def check_expect(proposal: SafeProposal | None, wanted: bytes) -> Check:
    """Hold the safeTxHash to the one that the user expects; that is not repeated, for a private key looks the same."""
    found = f"0x{proposal.hashes.safe_tx.hex()}" if proposal else "no transaction"
    is_wanted = proposal is not None and proposal.hashes.safe_tx == wanted
    wrong = () if is_wanted else (Mismatch("hashes.safe_tx", "the hash that --expect names", found),)
    return judge_fields("expect", "safeTxHash is the one of --expect", wrong)


def check_hash(proposal: SafeProposal | None, multi_send: MultiSend | None, wanted: bytes, tried: str) -> Check:
    """Say whether some nonce and some MultiSendCallOnly give the hash that the user saw; another is not repeated.

    Args:
        proposal: that has it, where one has.
        multi_send: what its calls go through; None for a single one.
        wanted: a safeTxHash or a message hash.
        tried: what was tried, in words.
    """
    code, what = "hash", "hash is one that this file can give"
    if proposal is None or wanted not in (proposal.hashes.safe_tx, proposal.hashes.message):
        return judge_fields(code, what, (Mismatch("hash", f"one of {tried}", "another, which --hash names"),))
    kind = "safeTxHash" if wanted == proposal.hashes.safe_tx else "message hash"
    through = f" through MultiSendCallOnly {multi_send.version}" if multi_send else ""
    return judge_fields(code, what, (), f"{kind} of nonce {proposal.safe_tx.nonce}{through}")


def read_claims(
    claims: Sequence[SignatureClaim], proposal: SafeProposal
) -> tuple[list[tuple[SafeSignature, ...]], list[Mismatch]]:
    """Read signatures, and hold what they are said to be of to the transaction."""
    given, wrong = list[tuple[SafeSignature, ...]](), list[Mismatch]()
    for claim in claims:
        found = check_claim(claim, proposal.account, proposal.hashes)
        if found:
            wrong += [replace(each, field=f"{claim.origin}: {each.field}") for each in found]
            continue
        try:
            given.append(parse_signatures(claim.signature, proposal.hashes.safe_tx, claim.origin))
        except ConfigError as error:
            wrong.append(Mismatch(claim.origin, "a signature", str(error)))
    return given, wrong


def judge_signatures(report: SignatureReport | None, wrong: Sequence[Mismatch], refusal: Revert | None) -> Check:
    """Judge signatures: each fault by its account, and what the Safe itself says of all."""
    code, what = "signatures", "signatures"
    if report is None:
        return judge_fields(code, what, wrong) if wrong else skip(code, what, "no transaction to have signed")
    faults = [Mismatch("signature", "of an owner over this transaction", each) for each in report.faults]
    if refusal is not None:
        text = f"{tell_revert(refusal)}: {explain_safe_revert(refusal) or 'the Safe refuses them'}"
        faults.append(Mismatch("signatures", "taken by the Safe", text))
    count = len(report.signed)
    detail = f"{count} signed, {report.missing} missing" if report.missing else f"{count} signed, enough"
    return judge_fields(code, what, (*wrong, *faults), detail, detail)


def _list_reverts(prepared: Prepared) -> Iterator[Mismatch]:
    ahead = len(prepared.earlier)
    for place, revert in prepared.reverts:
        at = place - ahead - 1
        name = f"transactions[{at}]" if at >= 0 else f"--after, call {place}"
        yield Mismatch(name, "passes", f"reverts with {tell_revert(revert)}")


def _list_failures(executions: Sequence[Execution | None]) -> Iterator[Mismatch]:
    for at, each in enumerate(executions, 1):
        if each is None or each.is_success:
            continue
        name = "execTransaction" if at == len(executions) else f"--after, file {at}"
        found = "fails without a revert: the Safe would use up its nonce"
        if each.revert:
            meaning = explain_safe_revert(each.revert)
            found = f"reverts with {tell_revert(each.revert)}{': ' if meaning else ''}{meaning or ''}"
        yield Mismatch(name, "passes", found)


def _pair_created(
    expected: Sequence[Expectation], now: Collection[TaskDefinitionId], made: Sequence[TaskDefinitionId]
) -> dict[TaskDefinitionId, TaskDefinitionId]:
    """Give, for definitions that are expected and not touched now, those that are made in their place."""
    known = {each.task_definition_id for each in expected}
    lost = sorted(known - set(now))
    new = [number for number in made if number not in known]
    return dict(zip(lost, new, strict=False))


def _renumber(each: Expectation, number: TaskDefinitionId) -> Expectation:
    return replace(each, definition=replace(each.definition, task_definition_id=number))


def _as_mismatch(path: str, deviation: Deviation) -> Mismatch:
    return Mismatch(f"{path}{deviation.field}", *(_show(value) for value in (deviation.expected, deviation.found)))


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return "nothing" if value is None else str(value)
