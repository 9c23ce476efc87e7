"""The execution of a Safe transaction: everything is held to the chain before it is sent, and its end after it."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from avsctl.chain.receipts import Receipt
from avsctl.commands.connection import BOTH, L2_ALONE, Connection, connect
from avsctl.commands.dispatch import SETTLED, find_created, load_key, send_priced, tell_cost
from avsctl.commands.options import Common
from avsctl.commands.prompts import require_confirmed
from avsctl.commands.safe_files import verify_file
from avsctl.commands.safe_sign import open_file, show_hashes
from avsctl.commands.safe_verify import show_verification
from avsctl.commands.writing import chains_of
from avsctl.config.secrets import SignerOptions
from avsctl.contracts.call import Reverted
from avsctl.contracts.roles import tell_revert
from avsctl.contracts.safe_logs import find_end
from avsctl.contracts.safe_reverts import explain_safe_revert
from avsctl.contracts.transaction import Transaction
from avsctl.core.chains import chain_name
from avsctl.core.findings import Finding, build_finding
from avsctl.core.multisig import SafeState
from avsctl.core.units import Address
from avsctl.errors import AvsctlError, ChainError
from avsctl.output.change_outcome import Difference
from avsctl.output.delivery import show_on_stderr
from avsctl.output.log import LOGGER
from avsctl.output.result import Result
from avsctl.output.safe_exec import ExecAnswer, Mined, Outcome, present_exec
from avsctl.output.safe_proposal import ShownExecution
from avsctl.output.safe_signatures import ShownSignatures
from avsctl.tx.pricing import Priced, price
from avsctl.tx.safe_exec import ask_safe, build_exec, load_approvals, try_signed
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.safe_landing import compare_landing
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_signatures import check_signatures
from avsctl.tx.safe_trial import Execution
from avsctl.tx.scene import read_scene
from avsctl.tx.send import Landed
from avsctl.tx.signature_file import SignatureClaim
from avsctl.tx.signer import Signer
from avsctl.tx.verification import SignatureReport, Verification
from avsctl.tx.verify import Asked
from avsctl.tx.verify_outcome import find_expected, read_claims


@dataclass(frozen=True)
class Wish:
    """What the options of ``safe exec`` say."""

    file: str
    claims: tuple[SignatureClaim, ...]
    nonce: int | None
    expect: bytes | None
    gives_calldata: bool
    signer: SignerOptions | None
    """None where nothing is to be sent."""
    is_confirmed: bool


@dataclass(frozen=True)
class _Tried:
    """A transaction that was held to the chain."""

    answer: ExecAnswer
    shown: Result
    """The answer of verifying the file."""
    verification: Verification
    transaction: Transaction | None = None
    """The call of ``execTransaction``; None where it is refused."""


def run_execution(common: Common, wish: Wish) -> Result:
    """Verify, try, and then show, give out or send, as the options say, unless it is refused.

    Raises:
        UsageError: nobody can be asked.
        ConfigError: no key, not enough funds, or a file that is none.
        ChainError: a chain could not be read, or nothing could be sent.
        Declined: not confirmed.
    """
    file = open_file(wish.file)
    if isinstance(file, Result):
        return present_exec(ExecAnswer(wish.file, None, None, None, None, Outcome.REFUSED), file)
    signer = load_key(wish.signer) if wish.signer else None
    tried = _try(common, wish, file, signer)
    if tried.transaction is None:
        return present_exec(tried.answer, tried.shown)
    if wish.gives_calldata:
        return present_exec(replace(tried.answer, outcome=Outcome.CALLDATA), tried.shown)
    if signer is None:
        return present_exec(tried.answer, tried.shown)
    return _send(common, wish, file, tried, signer)


# Before it is sent


def _try(common: Common, wish: Wish, file: SafeFile, signer: Signer | None) -> _Tried:
    """Hold file, signatures and execution to the chain as it is now."""
    with connect(common, L2_ALONE, uses=BOTH) as connection:
        verification = verify_file(connection, file, Asked(wish.nonce, (), wish.expect))
        return _judge(connection, wish, verification, signer.address if signer else None)


def _judge(connection: Connection, wish: Wish, verification: Verification, executor: Address | None) -> _Tried:
    proposal, state = verification.proposal, verification.safe.safe
    answer = ExecAnswer(
        path=wish.file,
        safe=proposal.account.address if proposal else None,
        nonce=proposal.safe_tx.nonce if proposal else None,
        hashes=show_hashes(proposal),
        threshold=state.threshold if state else None,
        outcome=Outcome.SHOWN,
        executor=executor,
    )
    tried = _Tried(answer, show_verification(connection, verification), verification)
    if proposal is None or state is None or not verification.is_verified:
        return _refuse(tried, Outcome.WOULD_REVERT if _would_revert(verification) else Outcome.REFUSED)
    early = tuple(_check_nonce(verification, proposal))
    if early:
        return _refuse(tried, Outcome.REFUSED, early)
    return _judge_signatures(connection, wish, tried, proposal, state)


def _would_revert(verification: Verification) -> bool:
    prepared, execution = verification.prepared, verification.execution
    return bool(prepared and prepared.reverts) or bool(execution and not execution.is_success)


def _refuse(tried: _Tried, outcome: Outcome, findings: Sequence[Finding] = ()) -> _Tried:
    answer = replace(tried.answer, outcome=outcome, findings=(*tried.answer.findings, *findings))
    return replace(tried, answer=answer, transaction=None)


def _check_nonce(verification: Verification, proposal: SafeProposal) -> Iterator[Finding]:
    """Find that other transactions of the Safe have to come first."""
    nonce, following = proposal.safe_tx.nonce, verification.chain_nonce
    if nonce != following:
        text = (
            f"the file has nonce {nonce}, and the Safe executes {following} next: nothing can be executed out of order"
        )
        yield build_finding("nonce_ahead", "safe", text, (f"Execute the transactions before nonce {nonce} first.",))


def _judge_signatures(
    connection: Connection, wish: Wish, tried: _Tried, proposal: SafeProposal, state: SafeState
) -> _Tried:
    """Hold the signatures to owners and threshold, then to the Safe's own view, then to its execution."""
    approved = load_approvals(connection.l2, proposal, state.owners)
    given, wrong = read_claims(wish.claims, proposal)
    report = check_signatures(given, state.owners, state.threshold, approved, tried.answer.executor)
    faults = (*(f"{each.field}: {each.found}, not {each.expected}" for each in wrong), *report.faults)
    shown = ShownSignatures(report.signed, report.missing, faults)
    tried = replace(tried, answer=replace(tried.answer, signatures=shown))
    findings = tuple(_check_signed(wish, shown, state))
    if findings:
        return _refuse(tried, Outcome.REFUSED, findings)
    return _try_signed(connection, tried, proposal, report)


def _check_signed(wish: Wish, signatures: ShownSignatures, state: SafeState) -> Iterator[Finding]:
    command = f"avsctl safe sign {shlex.quote(wish.file)} --out SIG"
    for fault in signatures.faults:
        yield build_finding("not_verified", "signature", fault, (command,))
    if signatures.missing:
        text = f"{len(signatures.signed)} of {state.threshold} owners have signed: {signatures.missing} missing"
        yield build_finding("signatures_missing", "signatures", text, (command,))


def _try_signed(connection: Connection, tried: _Tried, proposal: SafeProposal, report: SignatureReport) -> _Tried:
    executor = tried.answer.executor or report.signed[0]
    refusal = ask_safe(connection.l2, proposal, report.joined, executor)
    if refusal is not None:
        meaning = explain_safe_revert(refusal) or "it does not say why"
        text = f"the Safe refuses the signatures with {tell_revert(refusal)}: {meaning}"
        return _refuse(tried, Outcome.REFUSED, (build_finding("not_verified", "signatures", text),))
    transaction = build_exec(proposal, report.joined)
    execution = try_signed(connection.l2, transaction, executor)
    answer = replace(tried.answer, execution=_show_execution(execution), calldata=transaction.data)
    tried = replace(tried, answer=answer, transaction=transaction)
    return tried if execution.is_success else _refuse(tried, Outcome.WOULD_REVERT, (_find_failure(execution),))


def _show_execution(execution: Execution) -> ShownExecution:
    return ShownExecution(execution.is_success, execution.revert, execution.gas_used)


def _find_failure(execution: Execution) -> Finding:
    revert = execution.revert
    reason = tell_revert(revert) if revert else "it fails without a revert, and uses up the nonce"
    meaning = explain_safe_revert(revert) if revert else None
    text = f"execTransaction with these signatures would fail, though the calls pass by themselves: {reason}"
    return build_finding("would_revert", "safe", f"{text}: {meaning}" if meaning else text, ("avsctl safe show",))


# Sending


def _send(common: Common, wish: Wish, file: SafeFile, tried: _Tried, signer: Signer) -> Result:
    is_shown = not wish.is_confirmed and show_on_stderr(
        present_exec(replace(tried.answer, outcome=Outcome.PREVIEW), tried.shown)
    )
    priced = _price(common, tried, signer)
    if not wish.is_confirmed:
        tell_cost(priced, "it")
        LOGGER.info("it is sent from %s on %s", priced.sender, chain_name(priced.chain_id))
        require_confirmed(f"Execute transaction {tried.answer.nonce} of the Safe {tried.answer.safe}?")
        again = _try(common, wish, file, signer)
        if again.transaction is None:
            return present_exec(again.answer, again.shown)
        _require_shown(tried, again)
        tried, priced = again, _price(common, again, signer)
    announced: list[str] = []
    try:
        with connect(common, L2_ALONE) as connection:
            landed = send_priced(connection.l2.rpc, signer, priced, announced)
    except (AvsctlError, KeyboardInterrupt) as error:
        if not announced:
            raise
        return _stop(tried, error, announced[0], is_shown=is_shown)
    return present_exec(_settle(common, tried, landed), tried.shown, is_preview_shown=is_shown)


def _require_shown(tried: _Tried, again: _Tried) -> None:
    """Refuse to send another transaction than the one that was confirmed.

    Raises:
        ChainError: the nonce was used up meanwhile, and the file does not name one.
    """
    if again.answer.hashes != tried.answer.hashes:
        raise ChainError(
            f"the transaction would now have nonce {again.answer.nonce}, and the one shown has {tried.answer.nonce}",
            "the Safe has executed another meanwhile: run the command again",
        )


def _price(common: Common, tried: _Tried, signer: Signer) -> Priced:
    """Price it on the latest state."""
    assert tried.transaction is not None  # noqa: S101 - what is refused is not sent
    with connect(common, L2_ALONE) as connection:
        priced = price(connection.l2.rpc, signer.address, tried.transaction)
    if isinstance(priced, Reverted):
        raise ChainError(
            f"the execution reverts on the latest state, other than in the simulation: {tell_revert(priced.revert)}",
            "the chain has moved: run the command again",
        )
    return priced


def _stop(tried: _Tried, error: AvsctlError | KeyboardInterrupt, left: str, *, is_shown: bool) -> Result:
    """Tell how sending ended early: what has left may land, unless the error says that it does not."""
    if isinstance(error, KeyboardInterrupt):
        answer = replace(tried.answer, outcome=Outcome.INTERRUPTED, pending=left)
        return present_exec(answer, tried.shown, is_preview_shown=is_shown)
    pending = None if error.problems[0].code in SETTLED else left
    answer = replace(tried.answer, outcome=Outcome.STOPPED, pending=pending)
    result = present_exec(answer, tried.shown, is_preview_shown=is_shown)
    return replace(result, errors=error.problems, status=error.status)


# After it has landed


def _settle(common: Common, tried: _Tried, landed: Landed) -> ExecAnswer:
    """Tell how the Safe transaction ended, and compare the state behind it with the expected one."""
    receipt, proposal = landed.receipt, tried.verification.proposal
    assert proposal is not None  # noqa: S101 - it was sent
    end = find_end(receipt.logs, proposal.account.address, proposal.hashes.safe_tx)
    mined = Mined(
        receipt.transaction_hash,
        receipt.block_number,
        receipt.is_success,
        receipt.gas_used,
        end.is_success if end else None,
        revert=landed.revert,
    )
    outcome = _name_outcome(mined)
    if outcome in (Outcome.EXECUTED, Outcome.UNKNOWN):
        mined = _compare(common, tried, mined, receipt)
    return replace(tried.answer, outcome=outcome, mined=mined)


def _name_outcome(mined: Mined) -> Outcome:
    if not mined.is_success:
        return Outcome.REVERTED
    if mined.is_executed is None:
        return Outcome.UNKNOWN
    return Outcome.EXECUTED if mined.is_executed else Outcome.FAILED


def _compare(common: Common, tried: _Tried, mined: Mined, receipt: Receipt) -> Mined:
    """Read the state at the block that it landed in, and compare it with what the calls were to leave."""
    prepared = tried.verification.prepared
    expected = find_expected(prepared)
    try:
        with connect(replace(common, l2_block=receipt.block_number), L2_ALONE) as connection:
            chains = chains_of(connection)
            mined = replace(mined, created_ids=find_created(receipt, connection.deployment.attestation_center))
            if prepared is None or expected is None:
                return mined
            state = read_scene(chains, tried.verification.safe.address).state
    except AvsctlError as error:
        LOGGER.warning("the state after %s could not be read: %s", receipt.transaction_hash, error)
        return mined
    settings = [step.setting for step in prepared.steps]
    landing = compare_landing(expected, settings, mined.created_ids, state)
    every = [(number, each) for number, deviations in landing for each in deviations]
    differences = tuple(
        Difference(f"{each.field} of task {number}", _show(each.expected), _show(each.found)) for number, each in every
    )
    return replace(mined, differences=differences, is_grave=any(each.is_grave for _, each in every))


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(map(str, value))}]"
    return "nothing" if value is None else str(value)
