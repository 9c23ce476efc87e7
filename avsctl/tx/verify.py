"""A batch file held to the chain: what it claims recomputed, its calls tried, its hashes made anew."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from avsctl.contracts.address import ZERO_ADDRESS
from avsctl.contracts.multi_send import MultiSend
from avsctl.contracts.safe_tx import DELEGATECALL
from avsctl.core.changes import L2State, Step
from avsctl.core.expectation import Expectation
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.safe_checks import check_safe
from avsctl.core.units import Address
from avsctl.core.verification import Check, CheckResult, Mismatch
from avsctl.tx import verify_checks, verify_outcome
from avsctl.tx.intents import derive_commands
from avsctl.tx.prepare import Intent, Prepared, prepare
from avsctl.tx.safe_exec import ask_safe, load_approvals
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_queue import check_gaps, require_behind
from avsctl.tx.safe_signatures import check_signatures
from avsctl.tx.safe_trial import Rehearsal, rehearse_exec
from avsctl.tx.scene import Chains
from avsctl.tx.verification import SignatureReport, Verification
from avsctl.tx.verify_fields import Recomputed
from avsctl.tx.verify_outcome import Deviations
from avsctl.tx.verify_sight import Asked, Evidence, choose_claimed, choose_proposal, count_tried, look, propose_earlier

__all__ = ["Asked", "verify"]

_AGAIN: Final = "again.json"
"""The batch file that several commands make."""
_REMEDIES: Final = {
    "nonce": ("There is nothing to sign. Should the change still be wanted, make the file anew.",),
    "hash": ("Sign nothing with that hash: it is of another transaction, or of a nonce further on (--nonce).",),
    "signatures": ("Ask the owner that is named for a signature of this file: avsctl safe sign.",),
}
"""What to do where another file does not help, by check."""
_TOLD: Final = 4
"""Mismatches that one finding names."""
_WORD_SHOWN: Final = 80
_VALUE_SHOWN: Final = 300


def verify(chains: Chains, file: SafeFile, asked: Asked, configured: Address | None) -> Verification:
    """Recompute everything that a file claims, and try what it does.

    Args:
        chains: the deployment, open at the blocks to read.
        file: as it was read; its calls are read here.
        asked: what else the user says.
        configured: the multisig of the settings, None where none is set.

    Raises:
        ConfigError: the file names no Safe, or holds no transaction; a version of Safe whose hashes are not known.
        UsageError: a file of ``asked.after`` that is executed, out of order, or not before this one.
        ChainError: a chain could not be read.
    """
    evidence = look(chains, file, asked, configured)
    claimed = choose_claimed(evidence)
    proposal = choose_proposal(evidence, claimed)
    if proposal is not None:
        require_behind(evidence.sight.queue, proposal.safe_tx.nonce, file.path)
    prepared = _prepare(chains, evidence)
    rehearsal = _rehearse(chains, evidence, proposal)
    found = verify_outcome.find_expected(prepared)
    deviations = verify_outcome.find_deviations(file.sidecar, prepared, found)
    signatures, signed = _check_signatures(chains, evidence, proposal)
    checks = (
        *_check_documents(evidence, claimed, found),
        *_check_transaction(evidence, claimed, proposal),
        verify_outcome.check_simulation(prepared, rehearsal.executions, rehearsal.fault),
        verify_outcome.check_expected(file.sidecar, found, deviations),
        *_check_wishes(evidence, proposal),
        *signed,
    )
    findings = (
        *_judge(checks, deviations),
        *_tell(evidence, proposal, rehearsal, signatures),
        *(replace(each, allow=None) for each in (prepared.findings if prepared else ())),
        *_check_setup(evidence),
    )
    return Verification(
        file=file,
        safe=evidence.scene.sender,
        setup=evidence.setup,
        proposal=proposal,
        multi_send=_name_multi_send(evidence, proposal),
        chain_nonce=evidence.sight.state.nonce if evidence.sight.state else 0,
        prepared=prepared,
        execution=rehearsal.executions[-1] if rehearsal.executions else None,
        checks=checks,
        intents=tuple(_tell_intents(evidence, proposal, prepared)),
        signatures=signatures,
        findings=findings,
        accepted=file.sidecar.accepted if file.sidecar else (),
    )


def _prepare(chains: Chains, evidence: Evidence) -> Prepared | None:
    """Try the calls as a change that is planned now; None where avsctl would not write these calls."""
    center, settings = evidence.sight.center, evidence.settings
    is_known = all(each is not None for each in settings)
    has_value = any(each.value for each in evidence.transactions)
    reencoded = verify_checks.check_calls(evidence.transactions, settings, evidence.sight)
    if not is_known or has_value or reencoded.result is not CheckResult.OK:
        return None

    def plan(state: L2State) -> tuple[Step, ...]:
        wanted = [each for each in verify_checks.read_settings(center, evidence.transactions, state.next_id) if each]
        derived = tuple(step for each in derive_commands(state, wanted) for step in each.steps)
        return derived or tuple(map(Step, wanted))

    return prepare(chains, evidence.scene, Intent(plan), evidence.earlier, is_batch=True)


def _rehearse(chains: Chains, evidence: Evidence, proposal: SafeProposal | None) -> Rehearsal:
    """Execute the transaction as the Safe would, behind what is executed before."""
    state, before = evidence.sight.state, propose_earlier(evidence)
    if state is None or proposal is None:
        return Rehearsal(())
    if before is None:
        return Rehearsal((), "a file of --after makes several calls, and no MultiSendCallOnly is known on this chain")
    transactions = [each.safe_tx for each in (*before, proposal)]
    return rehearse_exec(chains.l2, chains.discovery, evidence.sight.safe.address, state.owners[0], transactions)


def _check_documents(
    evidence: Evidence, claimed: SafeProposal | None, expected: tuple[Expectation, ...] | None
) -> Iterator[Check]:
    file, sight = evidence.file, evidence.sight
    known = Recomputed(
        sight.chain_id,
        sight.center.generation,
        sight.center.address,
        sight.safe.address,
        sight.state,
        claimed.safe_tx if claimed else None,
        claimed.hashes if claimed else None,
        *sight.blocks,
        expected,
    )
    yield verify_checks.check_file(file)
    yield verify_checks.check_checksum(file)
    yield verify_checks.check_own_sidecar(file, known)
    yield verify_checks.check_chain(file, sight)
    yield verify_checks.check_deployment(file, sight)


def _check_transaction(
    evidence: Evidence, claimed: SafeProposal | None, proposal: SafeProposal | None
) -> Iterator[Check]:
    file, sight, transactions = evidence.file, evidence.sight, evidence.transactions
    yield verify_checks.check_safe(file, sight)
    yield verify_checks.check_role(sight)
    yield verify_checks.check_nonce(proposal, sight)
    yield verify_checks.check_calls(transactions, evidence.settings, sight)
    yield verify_checks.check_methods(file)
    yield verify_checks.check_targets(transactions, evidence.settings, sight)
    yield verify_checks.check_delegatecall(proposal, file, sight)
    yield verify_checks.check_gas_refund(file)
    yield verify_checks.check_hashes(claimed, file)
    yield verify_checks.check_blocks(file, sight)


def _check_wishes(evidence: Evidence, proposal: SafeProposal | None) -> Iterator[Check]:
    asked = evidence.asked
    if asked.expect is not None:
        yield verify_outcome.check_expect(proposal, asked.expect)
    if asked.hash is not None:
        yield verify_outcome.check_hash(
            proposal, _name_multi_send(evidence, proposal), asked.hash, count_tried(evidence)
        )


def _check_signatures(
    chains: Chains, evidence: Evidence, proposal: SafeProposal | None
) -> tuple[SignatureReport | None, tuple[Check, ...]]:
    """Say who has signed, where signatures were given: by them, by the hashes approved on the chain, by the Safe."""
    claims, state = evidence.asked.signatures, evidence.sight.state
    if not claims:
        return None, ()
    if proposal is None or state is None:
        return None, (verify_outcome.judge_signatures(None, (), None),)
    given, wrong = verify_outcome.read_claims(claims, proposal)
    approved = load_approvals(chains.l2, proposal, state.owners)
    report = check_signatures(given, state.owners, state.threshold, approved)
    refusal = ask_safe(chains.l2, proposal, report.joined, ZERO_ADDRESS) if report.joined else None
    return report, (verify_outcome.judge_signatures(report, wrong, refusal),)


def _judge(checks: Sequence[Check], deviations: Deviations) -> Iterator[Finding]:
    """Make a finding of each check that failed, and of each definition that ends otherwise than expected."""
    for check in checks:
        if check.result is CheckResult.MISMATCH:
            text = f"{check.what}: {_tell_mismatches(check.mismatches)}"
            yield build_finding("not_verified", check.code, text, _REMEDIES.get(check.code, ()))
    for number, group in deviations:
        if not any(each.is_grave for each in group):
            told = "; ".join(f"{each.field} {each.expected} -> {each.found}" for each in group[:_TOLD])
            yield build_finding("state_moved", f"task {number}", f"the chain changed since the file was made: {told}")


def _tell_mismatches(mismatches: Sequence[Mismatch]) -> str:
    told = [f"{each.field} is {_cut(each.found)}, not {_cut(each.expected)}" for each in mismatches[:_TOLD]]
    more = len(mismatches) - _TOLD
    rest = [", ".join(each.field for each in mismatches[_TOLD:])] if more > 0 else []
    return "; ".join(told) + (f"; and {rest[0]}" if rest else "")


def _cut(text: str) -> str:
    """Cut what is long, and words that are longer than an address or a hash."""
    words = " ".join(word if len(word) <= _WORD_SHOWN else f"{word[: _WORD_SHOWN - 2]}.." for word in text.split(" "))
    return words if len(words) <= _VALUE_SHOWN else f"{words[: _VALUE_SHOWN - 2]}.."


def _tell(
    evidence: Evidence, proposal: SafeProposal | None, rehearsal: Rehearsal, signatures: SignatureReport | None
) -> Iterator[Finding]:
    """Find what a reader of the answer should know beside what differs."""
    file, state = evidence.file, evidence.sight.state
    if file.sidecar is None:
        text = f"there is no {file.path}.avsctl.json: what the file was to end in is not known"
        yield build_finding("sidecar_missing", "sidecar", text)
    if proposal is not None and state is not None and proposal.safe_tx.nonce >= state.nonce:
        yield from check_gaps(evidence.sight.queue, state.nonce, proposal.safe_tx.nonce)
    if rehearsal.fault:
        yield build_finding("not_simulated_as_exec", "safe", rehearsal.fault)
    if signatures is not None and signatures.missing and state is not None:
        signed = f"{len(signatures.signed)} of the {state.threshold} owners that must have signed"
        yield build_finding("signatures_missing", "signatures", f"{signed}: {signatures.missing} missing")


def _check_setup(evidence: Evidence) -> tuple[Finding, ...]:
    state, setup = evidence.sight.state, evidence.setup
    return check_safe(evidence.sight.safe.address, state, setup) if state and setup else ()


def _name_multi_send(evidence: Evidence, proposal: SafeProposal | None) -> MultiSend | None:
    if proposal is None or proposal.safe_tx.operation != DELEGATECALL:
        return None
    return next((each for each in evidence.sight.multi_sends if each.address == proposal.safe_tx.to), None)


def _tell_intents(evidence: Evidence, proposal: SafeProposal | None, prepared: Prepared | None) -> Iterator[str]:
    """Give the command lines that derive the same transaction; several add to one batch file, the last one is hashed.

    None where another MultiSendCallOnly than the one that avsctl takes was used.
    """
    if proposal is None or prepared is None or not prepared.has_end:
        return
    used = _name_multi_send(evidence, proposal)
    if used is not None and used != evidence.sight.multi_sends[0]:
        return
    derived = derive_commands(prepared.states[0], [step.setting for step in prepared.steps])
    safe, configured = evidence.sight.safe.address, evidence.sight.configured
    codes = {each.allow for each in prepared.findings if each.allow and each.severity is Severity.CRITICAL}
    words = [
        *([] if configured == safe else ["--from", safe]),
        *(word for each in evidence.sight.queue for word in ("--after", shlex.quote(each.name))),
        *(word for code in sorted(codes) for word in ("--allow", code)),
        "--nonce",
        str(proposal.safe_tx.nonce),
    ]
    for at, each in enumerate(derived, 1):
        file = [] if len(derived) == 1 else ["--safe-batch", _AGAIN, *([] if at == 1 else ["--append"])]
        expect = ["--expect", f"0x{proposal.hashes.safe_tx.hex()}"] if at == len(derived) else []
        yield " ".join((each.command, *file, *words, *expect))
