"""Small deployments and tasks for the tests of attestation."""

from naive_chain import NaiveChain

from avsctl.core.attestation.conditions import Attempt, Conditions, Party, Refused
from avsctl.core.attestation.submission import submit
from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.deployment import Generation
from avsctl.core.operators import L1Operator, L2Operator, NotAnOperator, OperatorSets, Unreadable, VotingPowerRead
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import Proposal, TotalCall, TotalRecount, TotalsUpdate
from avsctl.core.tasks import TaskDefinition, TaskDetails

V1, V2, V3 = Generation
NEVER = 2**256 - 1
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
"""Twelve operators as in section 8 of the facts, seen on a local node."""
OBLS, STRANGER = "0xOBLS", "0xSTRANGER"
ALL_IDS, LISTED = bytes.fromhex("e010f957"), bytes.fromhex("ca87bf8f")
LEFT, GONE, BROKEN = "left", NotAnOperator(), Unreadable("a vault reverts")


def operators_of(powers):
    """Ids from 1; a power of None is an inactive id without any, a pair says power and flag."""
    rows = [(0, False) if each is None else each if isinstance(each, tuple) else (each, True) for each in powers]
    return tuple(L2Operator(at, f"0x{at}", power, is_active) for at, (power, is_active) in enumerate(rows, 1))


def define(task_definition_id=1, minimum=0, ids=(), most=0, own_total=0, *, expiry=NEVER, is_raw=True):
    details = None if expiry is None else TaskDetails("", expiry, 0, 0, 0, 0)
    definition = TaskDefinition(task_definition_id, minimum, tuple(ids), most)
    return DefinitionState(definition, details, own_total, is_raw)


def state_of(*definitions, generation=V2, powers=POWERS, total=None):
    operators = operators_of(powers)
    running = sum(each.voting_power for each in operators) if total is None else total
    return L2State(generation, 100, operators, running, tuple(sorted(definitions, key=id_of)))


def id_of(definition_state):
    return definition_state.definition.task_definition_id


def conditions_of(*definitions, generation=V2, powers=POWERS, total=None, **given):
    state = state_of(*definitions, generation=generation, powers=powers, total=total)
    return Conditions(state, 101, OBLS, **given)


def update_of(increase=(), decrease=(), l1=50, l2=100, left_out=()):
    changes = ((PowerChange(*item) for item in items) for items in (increase, decrease))
    return VotingPowerUpdate(*map(tuple, changes), l1, l2, tuple(left_out))


def recount(task_definition_id=1, minimum=0, number=None, ids=None, target=OBLS, data=None):
    total = TotalRecount(task_definition_id, minimum, number, None if ids is None else tuple(ids))
    return TotalCall(target, (ALL_IDS if ids is None else LISTED) if data is None else data, total)


def propose(task_definition_id=1, update=None):
    if isinstance(update, list):
        update = TotalsUpdate(tuple(update))
    return Proposal(task_definition_id, b"", "proof", update)


def attempt_of(ids, task_definition_id=1, update=None, is_approved=True, **given):
    given = {"performer": Party("0x1"), "sender": Party("0x2"), "task_hash": b"hash"} | given
    return Attempt(propose(task_definition_id, update), tuple(ids), is_approved, **given)


def sets_of(state, answers=()):
    """What L1 answers by operator id; where it is not named it is what L2 has."""
    answers, l1 = dict(answers), []
    for each in state.operators:
        answer = answers.get(each.operator_id, each.voting_power)
        is_registered = answer != LEFT
        read = VotingPowerRead(answer) if isinstance(answer, int) else answer
        l1.append(L1Operator(each.address, is_registered, VotingPowerRead(0) if read == LEFT else read))
    return OperatorSets(state.operators, tuple(l1), len(l1), state.global_total)


def naive_of(conditions):
    """Put the same conditions into the second model."""
    state = conditions.state
    chain = NaiveChain(state.generation is V1, conditions.block, conditions.obls)
    chain.paused, chain.open_aggregator = conditions.is_paused, conditions.is_open_aggregator and not chain.is_v1
    chain.signed, chain.total = set(conditions.burned), state.global_total
    chain.last_l1, chain.last_l2 = conditions.last_commit_l1, conditions.last_commit_l2
    chain.power = dict(conditions.other_powers)
    for each in state.operators:
        chain.power[each.operator_id], chain.active[each.operator_id] = each.voting_power, each.is_active
    for each in state.definitions:
        rules = each.definition
        chain.totals[id_of(each)] = each.own_total
        chain.definitions[id_of(each)] = {
            "expiry": each.details.block_expiry if each.details else NEVER,
            "list": rules.restricted_operator_ids,
            "minimum": rules.minimum_voting_power,
            "most": rules.maximum_number_of_attesters,
        }
    return chain


def refusal(conditions, attempt):
    """Give the error and its arguments; None where the task is taken."""
    answer = submit(conditions, attempt)
    return (answer.error, *answer.args) if isinstance(answer, Refused) else None
