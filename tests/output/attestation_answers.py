"""Answers of attest propose and attest simulate for the tests, from real values, and what is drawn of them."""

import json
from dataclasses import replace

from avsctl.contracts.call import Revert
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.task_data import build_total_call, encode_totals, encode_update
from avsctl.core.attestation.conditions import Conditions, Party, Refused
from avsctl.core.attestation.rehearsal import Knowledge, Rehearsal, Task, hand_in, poll, rehearse
from avsctl.core.attestation.submission import submit
from avsctl.core.attestation.votes import Conduct
from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.operators import L1Operator, L2Operator, NotAnOperator, OperatorSets, VotingPowerRead
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import Proposal, TotalsUpdate, propose_powers, propose_totals
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, TaskDefinition, TaskDetails, recompute_total
from avsctl.core.units import E18, UINT256_MAX, Address
from avsctl.output.attestation import present_attestation, present_proposal
from avsctl.output.attestation_answer import AttestationAnswer, ChainAnswer, ProposalAnswer, Source
from avsctl.output.destinations import Format
from avsctl.output.render import Terminal, render

V1, V2, V3 = Generation
OBLS = Address("0xe230003caBd203aA2Ca88C03BA5256aed9eAF4a0")
CENTER = Address("0x04d2D471959b7Adbaf27A2E158D25088ab8C2843")
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
OPERATORS = tuple(L2Operator(at, Address(f"0x{at:040x}"), power * E18, True) for at, power in enumerate(POWERS, 1))
TOTAL = sum(POWERS) * E18
ON_L1 = {3: 837, 5: 70, 8: 0}
L1 = BlockRef(1, 23812940, "0x8d20" + "0" * 60, 1795096943)
L2 = BlockRef(8453, 38236420, "0x5c1e" + "0" * 60, 1795096947)
NOW = 1795096955
TERMINAL, PIPE = Terminal(100, is_tty=True), Terminal()
HONEST = VotingPowerUpdate(
    (PowerChange(3, 477 * E18),), (PowerChange(5, 450 * E18), PowerChange(8, 800 * E18)), 23812939, 38236418, (10, 12)
)

EVERYONE = Conduct()


def define(number, ids=(), minimum=0, most=0, *, total=None, name=""):
    definition = TaskDefinition(number, minimum, tuple(ids), most)
    own = recompute_total(definition, OPERATORS) if definition.has_own_total else 0
    return DefinitionState(definition, TaskDetails(name, UINT256_MAX, 0, 0, 0, 0), own if total is None else total)


DEFINITIONS = (
    define(3, range(4, 10), name="price-feed"),
    define(VOTING_POWER_SYNC, (3, 5, 8, 12)),
    define(TOTALS_SYNC),
)


def answer_on_l1(operator):
    if operator.operator_id == 12:
        return NotAnOperator()
    return VotingPowerRead(ON_L1.get(operator.operator_id, POWERS[operator.operator_id - 1]) * E18)


SETS = OperatorSets(
    OPERATORS,
    tuple(L1Operator(each.address, each.operator_id != 10, answer_on_l1(each)) for each in OPERATORS),
    10,
    TOTAL,
)


def deployment(generation=V2):
    return Deployment(generation, 1, 8453, CENTER, CENTER, OBLS, None)


def state_of(*definitions, generation=V2, operators=OPERATORS):
    total = sum(each.voting_power for each in operators)
    return L2State(generation, 38236420, operators, total, definitions or DEFINITIONS)


def propose(update=HONEST, number=VOTING_POWER_SYNC, proof=None):
    data = b""
    if isinstance(update, VotingPowerUpdate):
        data = encode_update(update)
    if isinstance(update, TotalsUpdate):
        data = encode_totals(update)
    return Proposal(number, data, f"0x{keccak256(data).hex()}" if proof is None else proof, update)


def simulate(proposal=None, conduct=EVERYONE, *, knowledge=None, **changes):
    """An answer whose chain says what the model does."""
    task, conditions = _place(proposal or propose(), changes)
    known = Knowledge(SETS, None, SETS, L1.number) if knowledge is None else knowledge
    return _join(conditions, task.proposal, rehearse(task, conditions, known, conduct), changes)


def simulate_undecodable(fault):
    """An answer to data that no attester can read."""
    task, conditions = _place(Proposal(VOTING_POWER_SYNC, b"\0" * 5, "x", None), {})
    votes, tally = poll(task.proposal, conditions, Conduct(), is_right=False)
    attempt = hand_in(task, tally)
    answer = submit(conditions, attempt)
    rehearsal = Rehearsal((), None, False, votes, tally, attempt, answer, (), None)
    return _join(conditions, task.proposal, rehearsal, {"decoding_fault": fault})


def _place(proposal, changes):
    """Take what the task meets out of ``changes``."""
    generation, operators = changes.pop("generation", V2), changes.pop("operators", OPERATORS)
    state = state_of(*changes.pop("definitions", ()), generation=generation, operators=operators)
    conditions = Conditions(state, 38236421, OBLS, 23810220, 38220102, **changes.pop("given", {}))
    parties = Party(Address(f"0x{1:040x}")), Party(Address(f"0x{2:040x}"))
    digest = keccak256(proposal.data + proposal.proof_of_task.encode(errors="replace"))
    return Task(proposal, digest, *parties), conditions


def _join(conditions, proposal, rehearsal, changes):
    refused = rehearsal.answer if isinstance(rehearsal.answer, Refused) else None
    aftermath = rehearsal.aftermath
    chain = ChainAnswer(
        "submitTask_override",
        refused is None,
        Revert(refused.error, refused.args) if refused else None,
        38236421,
        is_next_block=True,
        powers_after=tuple((each.operator_id, each.power.after) for each in aftermath.powers) if aftermath else None,
        total_after=aftermath.global_total.after if aftermath else None,
        totals_after=() if aftermath else None,
    )
    made = AttestationAnswer(
        "attest simulate",
        deployment(conditions.generation),
        L1,
        L2,
        Source.HONEST,
        "",
        proposal,
        conditions,
        rehearsal,
        chain,
        differences=(),
        findings=(),
    )
    return replace(made, **changes)


def without(*ids):
    return Conduct(offline=frozenset(ids))


ODD = (define(3, range(4, 10), total=5 * E18), define(4, minimum=500 * E18, total=1), define(TOTALS_SYNC))
"""Definitions whose totals a 10002 task recounts."""
RECOUNTS = tuple(build_total_call(OBLS, each) for each in propose_totals(state_of(*ODD)))
EMPTY = propose(None, 3, proof="x")


def propose_now(update=None, *, definitions=(), generation=V2, **changes):
    """An answer of attest propose: the honest update unless another is given."""
    update = update or propose_powers(SETS, L1.number, L2.number)
    number = TOTALS_SYNC if isinstance(update, TotalsUpdate) else VOTING_POWER_SYNC
    proposal = None if generation is V1 else propose(update, number)
    state = state_of(*definitions, generation=generation)
    made = ProposalAnswer("attest propose", deployment(generation), L1, L2, state, update, proposal, ())
    return replace(made, **changes)


def present(answer):
    shown = present_proposal if isinstance(answer, ProposalAnswer) else present_attestation
    return shown(answer, NOW)


def draw(answer, terminal=TERMINAL):
    return render(present(answer), Format.TABLE, terminal, 0)


def body(answer, terminal=TERMINAL):
    """The screen from the steps on."""
    return draw(answer, terminal).split("task hash      0x")[1].split("\n\n", 1)[1]


def document(answer):
    return json.loads(render(present(answer), Format.JSON, PIPE, 0))
