"""An answer of every command, each a function of the text that stands wherever something comes from outside."""

from dataclasses import replace

import attestation_answers as attestation
import test_change_output as change
import test_internal_output as internal
import test_internal_run_output as rehearsing
import test_power_explain_output as explaining
import test_power_history_output as history
import test_safe_exec_output as executing
import test_safe_output as safes
import test_verification_output as verification
from eth_abi import encode
from watch_rounds import Course, compare

from avsctl.contracts.call import Revert
from avsctl.contracts.decoding import decode_bytes
from avsctl.contracts.interfaces import name_functions
from avsctl.core.deployment import Layer
from avsctl.core.endpoints import Abilities, EndpointReport
from avsctl.core.findings import build_finding
from avsctl.core.health import Check
from avsctl.core.history import Record
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, Unreadable, VotingPowerRead
from avsctl.core.power import diff_powers
from avsctl.core.quorum import StoredTotal, assess
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import E18, UINT256_MAX
from avsctl.core.verification import Check as FileCheck
from avsctl.core.verification import CheckResult, Mismatch, skip
from avsctl.errors import ConfigError, Problem
from avsctl.output.attestation_answer import WrittenProposal
from avsctl.output.change import present_change
from avsctl.output.change_outcome import Difference, SentCall, WrittenFile
from avsctl.output.change_outcome import Outcome as ChangeOutcome
from avsctl.output.decoding import present_decoding
from avsctl.output.decoding_answer import BatchContent, DecodingAnswer, SidecarContent, Source
from avsctl.output.doctor import DoctorAnswer, SettingLine, present_doctor
from avsctl.output.internal import present_internal
from avsctl.output.internal_run import Round as Rehearsed
from avsctl.output.internal_run import RunLog, present_once
from avsctl.output.landing import LandingAnswer, present_landing
from avsctl.output.operators import OperatorAnswer, OperatorsAnswer, present_operator, present_operators
from avsctl.output.power import present_diff
from avsctl.output.power_explain import present_explanations
from avsctl.output.power_history import present_history
from avsctl.output.power_watch import Ending, Plan, WatchLog, present_end
from avsctl.output.result import FailOn, failure
from avsctl.output.safe import present_safe
from avsctl.output.safe_exec import Outcome as ExecOutcome
from avsctl.output.safe_exec import present_exec
from avsctl.output.safe_hash import present_hash
from avsctl.output.safe_proposal import ShownExecution
from avsctl.output.safe_sign import SignAnswer, present_sign
from avsctl.output.safe_signatures import ShownSignatures
from avsctl.output.tasks import TasksAnswer, present_definitions, present_tasks
from avsctl.output.verification import present_unreadable, present_verification

NOW = attestation.NOW


def findings(text):
    """One of each severity, about what the text names and what it says."""
    return tuple(build_finding(code, text, f"it is {text}") for code in ("sync_overdue", "drift", "limited_endpoint"))


def problem(text):
    return Problem("endpoint", f"L2 endpoint a: {text}", f"look at {text}")


def revert(text):
    return Revert("Error", (text,))


def operator_sets(text):
    """Two operators whose L1 read fails, and one whose does not."""
    l2 = tuple(L2Operator(i, f"0x{i:040x}", 100 * E18, is_active=True) for i in (1, 2, 3))
    said = (Unreadable(text), VotingPowerRead(7), Unreadable(text))
    l1 = tuple(L1Operator(each.address, True, answer) for each, answer in zip(l2, said, strict=True))
    return OperatorSets(l2, l1, 3, 300 * E18)


def diff_answer(text):
    return replace(compare(1, 2, 3), diff=diff_powers(operator_sets(text)), findings=findings(text), told_total=text)


def power_watch(text):
    course, log = Course(), WatchLog(Plan(60))
    for each in (course.fail(text), course.read(1, 2, 3), course.fail(text)):
        log.add(each)
    return present_end(log, Ending.TIME, findings(text))


def power_explain(text):
    known = (
        explaining.facts(3, Unreadable(text), 9, parts=(explaining.StakePart(explaining.STETH, 1, None),)),
        explaining.facts(4, 837, 360, then=explaining.NoThen(text)),
        explaining.facts(5, 100, 80, then=100, since=explaining.L2Since(text)),
    )
    return present_explanations(explaining.answer_of(*known, findings=findings(text)), NOW)


def power_history(text):
    sync = replace(history.USUAL[0].sync, to_increase=(), to_decrease=(), unreadable=text)
    return present_history(history.answer_of(Record(sync), *history.USUAL), NOW)


def tasks_answer(text):
    details = TaskDetails(text, UINT256_MAX, 0, 0, 0, 0)
    assessed = tuple(assess(TaskDefinition(i, 0, (5,)), details, (), StoredTotal(3, None), 7) for i in (1, 2))
    return TasksAnswer("task list", internal.DEPLOYMENT, None, internal.L2, 7, assessed, findings(text))


def operators_answer(text):
    read = diff_answer(text)
    unreadable = tuple(row for row in read.diff.rows if row.unreadable)
    return OperatorsAnswer(read.deployment, read.l1, read.l2, operator_sets(text), findings(text), unreadable)


def operator_show(text):
    answer = OperatorAnswer(operators_answer(text), f"0x{1:040x}", (1, 2, 3, 4), tasks_answer(text).assessments)
    return present_operator(answer, NOW)


def internal_status(text):
    return present_internal(replace(internal.answer_of(), findings=findings(text)), NOW)


def internal_run(text):
    log = RunLog(rehearsing.SCHEDULE)
    rounds = (Rehearsed(1, 10001, 0, NOW, None, (problem(text),)), Rehearsed(2, 10001, 0, NOW, simulated(text)))
    for each in rounds:
        log.add(each)
    return present_once(rounds, log)


def simulated(text):
    """A task with a foreign proof, seen on several views, that the contract refuses in words of its own."""
    answer = attestation.simulate(attestation.propose(proof=text), definitions=(attestation.define(3, name=text),))
    chain = replace(answer.chain, is_accepted=False, error=revert(text), lacking=text)
    return replace(answer, origin=text, chain=chain, differences=(text,), not_recomputed=text, findings=findings(text))


def undecodable(text):
    return replace(attestation.simulate_undecodable(text), origin=text)


def proposal(text):
    answer = attestation.propose_now(definitions=(attestation.define(3, total=1, name=text),), findings=findings(text))
    return replace(answer, proposal=attestation.propose(proof=text), file=WrittenProposal(text, "ab" * 32))


def changed(text):
    """A change whose names, reverts and files are foreign, sent in part."""
    sent = SentCall(change.HASH, 7, False, 30_000, revert=revert(text), differences=(Difference(text, text, text),))
    return present_change(
        change.answer(
            change.MINIMUM_AND_MAXIMUM,
            change.define(name=text),
            sender=replace(change.SAFE_SENDER, safe=replace(change.SAFE_SENDER.safe, version=text)),
            simulated_with=text,
            reverts=((1, revert(text)), (2, Revert("", halt=text))),
            findings=findings(text),
            sent=(sent,),
            outcome=ChangeOutcome.SENT,
        ),
        NOW,
    )


def created(text):
    files = (WrittenFile(text, "ab" * 32, 1, f"{text}.avsctl.json"),)
    proposal = replace(change.SINGLE, execution=ShownExecution(False, revert(text), None))
    made = change.create(name=_carried(text), files=files, outcome=ChangeOutcome.WRITTEN)
    return present_change(replace(made, safe=change.SafePart(41, 41, (proposal,), None)), NOW)


def safe_show(text):
    state = replace(safes.STATE, version=text)
    setup = replace(safes.ODD, proxy_release=text, singleton=replace(safes.ODD.singleton, release=text))
    return present_safe(replace(safes.answer_of(state, setup), findings=findings(text)), NOW)


def file_checks(text):
    mismatch = Mismatch(text, text, text)
    return (
        FileCheck("checksum", text, CheckResult.OK, text),
        FileCheck("simulation", "simulated", CheckResult.MISMATCH, text, (mismatch, mismatch)),
        FileCheck("expected_state", "state", CheckResult.MOVED, text, (mismatch,)),
        skip("blocks", "blocks", text),
    )


def verified(text):
    execution = ShownExecution(False, revert(text), None)
    return present_verification(
        verification.answer(
            path=text,
            safe=replace(verification.answer().safe, safe=replace(verification.answer().safe.safe, version=text)),
            proposal=replace(verification.answer().proposal, execution=execution),
            reverts=((1, revert(text)),),
            foresights=(verification.foresight(text),),
            checks=file_checks(text),
            intents=(f"avsctl task create --name {text}",),
            signatures=ShownSignatures(verification.OWNERS[:1], 1, (text,)),
            findings=findings(text),
            accepted=(text,),
            is_verified=False,
        ),
        NOW,
    )


def unreadable_file(text):
    return present_unreadable(text, "ab" * 32, file_checks(text), findings(text))


def safe_hash(text):
    return present_hash(replace(executing.HASHED, path=text, version=text, findings=findings(text)))


def safe_sign(text):
    answer = SignAnswer(text, executing.HASHES, 2, executing.OWNERS[0], text, executing.OWNERS[:1], 1)
    return present_sign(answer, verified(text))


def safe_exec(text):
    mined = replace(executing.MINED, differences=(Difference(text, text, text),), revert=revert(text))
    answer = replace(
        executing.ANSWER,
        path=text,
        outcome=ExecOutcome.REVERTED,
        signatures=ShownSignatures((), 2, (text, text)),
        execution=ShownExecution(is_success=False, revert=revert(text), gas_used=None),
        mined=mined,
        findings=findings(text),
    )
    return present_exec(answer, verified(text))


def decoded_call(text):
    (function,) = [each for each in name_functions("setAvsName") if each.contract == "AvsGovernance"]
    return decoded(decode_bytes(function.selector + encode(["string"], [_carried(text)])), text)


def decoded_error(text):
    return decoded(decode_bytes(bytes.fromhex("08c379a0") + encode(["string"], [_carried(text)])), text)


def decoded_batch(text):
    disputes = (Mismatch(text, text, text),)
    return decoded(BatchContent(1, None, 0, text, text, True, True, (), 0, disputes, False), text)


def decoded_sidecar(text):
    return decoded(SidecarContent(text), text)


def decoded(subject, text):
    return present_decoding(DecodingAnswer(Source.FILE, text, subject))


def doctor(text):
    report = EndpointReport(Layer.L2, "https://a.example/***", None, None, None, 1, 0, text)
    able = EndpointReport(Layer.L1, "https://b.example/***", 1, None, Abilities(True, True, True, True, 10, None), 1, 0)
    answer = DoctorAnswer(
        (SettingLine("L1_RPC", text, text),),
        (report, able),
        (Check("endpoints", "setup", text, findings(text)), Check("names", "health", text, is_fault=True)),
        errors=(problem(text),),
        status=5,
    )
    return present_doctor(answer, FailOn.WARNING, NOW)


def landing(text):
    answer = LandingAnswer(
        attestation.deployment(), attestation.L2, 10001, text, True, (1, 2), 1, change.HASH, 7, 30_000, None,
        revert(text), (), (),
    )  # fmt: skip
    return present_landing(answer, NOW)


def failed(text):
    return failure("power diff", ConfigError(f".env line 1: {text}", f"mend {text}"))


def _carried(text):
    """A text as UTF-8 carries it."""
    return text.encode("utf-8", "backslashreplace").decode()


ANSWERS = {
    "power diff": lambda text: present_diff(diff_answer(text), shows_all=True, wall_time=NOW),
    "power watch": power_watch,
    "power explain": power_explain,
    "power history": power_history,
    "operator list": lambda text: present_operators(operators_answer(text), NOW),
    "operator show": operator_show,
    "task list": lambda text: present_tasks(tasks_answer(text), NOW),
    "task show": lambda text: present_definitions(tasks_answer(text), NOW),
    "task update": changed,
    "task create": created,
    "internal status": internal_status,
    "internal run": internal_run,
    "attest propose": lambda text: attestation.present(proposal(text)),
    "attest simulate": lambda text: attestation.present(simulated(text)),
    "attest simulate, no update": lambda text: attestation.present(undecodable(text)),
    "safe show": safe_show,
    "safe verify": verified,
    "safe verify, unreadable": unreadable_file,
    "safe hash": safe_hash,
    "safe sign": safe_sign,
    "safe exec": safe_exec,
    "tx decode, a call": decoded_call,
    "tx decode, an error": decoded_error,
    "tx decode, a batch": decoded_batch,
    "tx decode, a sidecar": decoded_sidecar,
    "doctor": doctor,
    "devnet attest": landing,
    "an error": failed,
}
