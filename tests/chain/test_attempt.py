"""What is asked of the contract about a task that nobody has signed, and which answers are believed."""

from dataclasses import replace
from typing import ClassVar

import pytest
from eth_abi.abi import decode, encode
from eth_keys.datatypes import Signature

from avsctl.chain.attempt import AskedWith, Bench, Observed, replay, try_processing, try_submission
from avsctl.chain.detect import Discovery
from avsctl.chain.fake import FakeNode, Mishap
from avsctl.chain.queries.attestation import Ground
from avsctl.contracts import lens, storage
from avsctl.contracts.abi import load_function
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.submit_task import Task, decode_submit, task_hash
from avsctl.core.attestation.conditions import Attempt, Conditions, Party
from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator
from avsctl.core.proposals import Proposal
from avsctl.core.tasks import TaskDefinition
from avsctl.errors import AnswerError, EndpointError

CENTER, OBLS, HANDLER = ("0x" + f"{n:02d}" * 20 for n in (11, 22, 33))
FIRST, LATER = "0x" + "Aa" * 20, "0x" + "Bb" * 20
HEIGHT = 1_000
GAS = 10_000_000
TASK = Task("proof", b"data", FIRST, 10001)


def error(signature, *args):
    kinds = signature[signature.index("(") + 1 : -1].split(",") if args else []
    return keccak256(signature.encode())[:4] + encode(kinds, args)


class Desk(FakeNode):
    """A node that runs a contract in memory: powers in OBLS, and a submitTask that moves 5 to operator 2."""

    obeys = True
    """Whether overrides of storage have their effect."""
    refusal = b""
    """What submitTask and processTask revert with."""
    begins_with = None
    """Powers that a simulation begins with, where that is not what the chain has."""

    def __init__(self, **traits):
        own = {name: traits.pop(name) for name in tuple(traits) if hasattr(Desk, name)}
        super().__init__(**traits)
        vars(self).update(own)
        self.bodies = []

    def answer(self, method, params):
        if method != "eth_simulateV1":
            return super().answer(method, params)
        (block,) = params[0]["blockStateCalls"]
        self.bodies.append(block)
        self.powers = dict(self.begins_with or {1: 10, 2: 20, 3: 0})
        self.slots = {}
        for address, change in block["stateOverrides"].items():
            for slot, value in change.get("stateDiff", {}).items():
                self.slots[address, int(slot, 16)] = int(value, 16) if self.obeys else 0
        calls = [self.result(call) for call in block["calls"]]
        return {"result": [{"number": hex(HEIGHT + 1), "calls": calls}]}

    def result(self, call):
        success, data = self.execute(call.get("from"), call["to"], bytes.fromhex(call["data"][2:]))
        failure = {} if success else {"error": {"code": 3, "message": "execution reverted"}}
        return {"status": hex(success), "returnData": "0x" + data.hex(), "gasUsed": "0x5208", **failure}

    def execute(self, sender, to, data):
        if to.lower() == lens.METER_ADDRESS.lower():
            return True, (HEIGHT + 1).to_bytes(32) + GAS.to_bytes(32)
        if to.lower() == lens.ADDRESS.lower():
            (items,) = decode(["(address,bool,bytes)[]"], data[4:])
            return True, encode(["(bool,bytes)[]"], [[self.execute(to, each[0], each[2]) for each in items]])
        return self.contracts_by_address[to.lower()](self, sender, data)

    def in_obls(self, _, data):
        words = [int.from_bytes(data[at : at + 32]) for at in range(4, len(data), 32)]
        name = {0x671B3793: "total", 0x72C4A927: "power", 0x255DA331: "totals"}[int.from_bytes(data[:4])]
        value = self.powers.get(words[0], 0) if name == "power" else sum(self.powers.values())
        return True, value.to_bytes(32)

    def in_center(self, sender, data):
        if data[:4].hex() == "5b15c568":
            account = "0x" + data[16:36].hex()
            number = self.slots.get((CENTER, storage.operator_id_slot(account)), 0)
            return (True, number.to_bytes(32)) if number else (False, error("OperatorNotRegistered(address)", account))
        self.task, self.submission = decode_submit(data)
        self.sender = sender
        return self.process()

    def process(self, *_):
        if self.refusal:
            return False, self.refusal
        self.powers[2] += 5
        return True, b""

    contracts_by_address: ClassVar = {OBLS: in_obls, CENTER: in_center, HANDLER: process}


def bench_of(world, node, *, has_slots=True, burned=(), generation=Generation.V2, named=()):
    world.add(node)
    operators = tuple(L2Operator(i, a, p, p > 0) for i, a, p in ((1, FIRST, 10), (2, LATER, 20), (3, FIRST, 0)))
    definition = DefinitionState(TaskDefinition(10001, 0, ()), None, 0)
    state = L2State(generation, HEIGHT, operators, 30, (definition,))
    conditions = Conditions(state, HEIGHT + 1, OBLS, burned=frozenset(burned))
    center = AttestationCenter(CENTER, generation)
    handler = None if generation is Generation.V1 else HANDLER
    discovery = Discovery(generation, center, OBLS, handler, 0, HEIGHT, (FIRST, LATER, FIRST), None)
    return Bench(world.reader(), discovery, Ground(conditions, {10001: 30}, has_slots), named)


def attempt_of(ids=(1, 2), *, is_approved=True, task=TASK):
    proposal = Proposal(task.task_definition_id, task.data, task.proof_of_task, None)
    return Attempt(proposal, ids, is_approved, Party(FIRST), Party(LATER), task_hash(task))


@pytest.fixture
def tried(world):
    def run(ids=(1, 2), *, is_approved=True, node=None, **given):
        node = node or Desk()
        bench = bench_of(world, node, **given)
        world.transport.sent.clear()
        return node, try_submission(bench, TASK, attempt_of(ids, is_approved=is_approved))

    return run


def test_one_request_asks_and_reads_what_is_behind_the_task(world, tried):
    node, answer = tried()
    assert world.transport.sent == [["eth_simulateV1"]]
    assert answer.asked_with is AskedWith.OVERRIDE
    assert (answer.evm_block, answer.is_next_block, answer.lacking) == (HEIGHT + 1, True, "")
    assert (answer.revert, answer.is_accepted) == (None, True)
    assert answer.after == Observed(((1, 10), (2, 25), (3, 0)), 35, ((10001, 35),))
    assert node.bodies[0]["blockOverrides"]["number"] == hex(HEIGHT + 1)


def test_the_task_is_the_same_but_for_its_performer_and_is_handed_in_as_it_would_be(tried):
    node, _ = tried((2, 7), is_approved=False)
    task, submission = node.task, node.submission
    assert (task.proof_of_task, task.data, task.task_definition_id) == ("proof", b"data", 10001)
    assert (submission.is_approved, submission.attester_ids, submission.aggregate) == (False, (2, 7), (0, 0))
    assert node.sender == LATER


def test_the_performer_signs_the_task_with_a_key_made_for_it(world, tried):
    performers = set()
    for _ in range(2):
        node, _ = tried()
        signature = node.submission.performer_signature
        assert signature[64] in (27, 28)
        signed = Signature(signature[:64] + bytes([signature[64] - 27]))
        key = signed.recover_public_key_from_msg_hash(task_hash(node.task))
        assert key.to_checksum_address() == node.task.performer
        performers.add(node.task.performer)
        world.nodes.clear()
    assert len(performers) == 2
    assert FIRST not in performers


def test_what_is_overridden(tried):
    node, _ = tried((1, 2))
    keys = {(OBLS, slot): 0 for each in (1, 2) for slot in storage.operator_key_slots(each)}
    id_slot = (CENTER, storage.operator_id_slot(node.task.performer))
    signed = (CENTER, storage.signed_task_slot(task_hash(node.task)))
    assert node.slots == keys | {id_slot: 1, signed: 0}
    overrides = node.bodies[0]["stateOverrides"]
    assert "code" not in overrides[OBLS]
    assert "code" not in overrides[CENTER]


def test_a_performer_has_the_newest_id_under_which_it_is_active(tried):
    node, answer = tried()
    assert node.slots[CENTER, storage.operator_id_slot(node.task.performer)] == 1
    assert answer.is_accepted


def test_a_task_that_was_handed_in_stays_so_under_its_other_hash(tried):
    node, _ = tried(burned=[task_hash(TASK)])
    assert node.slots[CENTER, storage.signed_task_slot(task_hash(node.task))] == 1


def test_another_task_that_was_handed_in_is_another(tried):
    node, _ = tried(burned=[task_hash(replace(TASK, data=b"other"))])
    assert node.slots[CENTER, storage.signed_task_slot(task_hash(node.task))] == 0


def test_nobody_who_attests_leaves_obls_as_it_is(tried):
    node, _ = tried(())
    assert OBLS not in node.bodies[0]["stateOverrides"]


@pytest.mark.parametrize(
    ("refusal", "name", "args"),
    [
        (error("InsufficientVotingPower()"), "InsufficientVotingPower", ()),
        (error("TaskDefinitionNotFound(uint16)", 10001), "TaskDefinitionNotFound", (10001,)),
        (error("OperatorNotRegistered(address)", "0x" + "cc" * 20), "OperatorNotRegistered", ("0x" + "cC" * 20,)),
    ],
)
def test_what_the_contract_reverts_with_is_told(tried, refusal, name, args):
    _, answer = tried(node=Desk(refusal=refusal))
    assert (answer.asked_with, answer.after, answer.is_accepted) == (AskedWith.OVERRIDE, None, False)
    assert answer.revert.name == name
    assert [str(arg).lower() for arg in answer.revert.args] == [str(arg).lower() for arg in args]


@pytest.mark.parametrize(
    "refusal",
    [
        error("InvalidOBLSSignature()"),
        error("InvalidPerformerSignature()"),
        error("ECDSAInvalidSignature()"),
    ],
)
def test_what_only_an_override_without_effect_leads_to_is_not_believed(tried, refusal):
    _, answer = tried(node=Desk(refusal=refusal))
    assert (answer.asked_with, answer.revert, answer.is_accepted) == (AskedWith.MODEL, None, None)
    assert "overrides" in answer.lacking


def test_a_node_that_ignores_overrides_is_not_believed_when_it_refuses(tried):
    _, answer = tried(node=Desk(refusal=error("InsufficientVotingPower()"), obeys=False))
    assert answer.asked_with is AskedWith.MODEL


def test_slots_that_are_not_known_are_not_overridden(world, tried):
    node, answer = tried(has_slots=False)
    assert (answer.asked_with, node.bodies, world.transport.sent) == (AskedWith.MODEL, [], [])
    assert "v2" in answer.lacking


def test_a_simulation_of_another_state_is_an_error(tried):
    with pytest.raises(AnswerError, match="simulated on another state"):
        tried(node=Desk(begins_with={1: 10, 2: 21}))


def test_ids_that_a_task_names_are_read_too(tried):
    _, answer = tried(named=(77,))
    assert answer.after.powers[-1] == (77, 0)


def test_processing_is_asked_as_attestation_center(world):
    node = Desk()
    answer = try_processing(bench_of(world, node, has_slots=False, generation=Generation.V3), TASK)
    assert (answer.asked_with, answer.is_accepted) == (AskedWith.PROCESS, True)
    assert answer.after.total == 35
    sent = node.bodies[0]["calls"][1]
    assert (sent["from"], sent["to"]) == (CENTER, HANDLER)
    function = load_function("InternalTaskHandler", Generation.V3, "processTask")
    assert sent["data"].startswith("0x" + function.selector.hex())
    assert "stateDiff" not in str(node.bodies[0]["stateOverrides"])


def test_v1_has_nothing_to_process(world):
    answer = try_processing(bench_of(world, Desk(), generation=Generation.V1), TASK)
    assert (answer.asked_with, answer.lacking) == (AskedWith.MODEL, "there is no InternalTaskHandler")


def test_a_replay_sends_what_was_mined_and_overrides_nothing(world):
    node = Desk()
    bench = bench_of(world, node)
    _, calldata = try_submission(bench, TASK, attempt_of()), node.bodies[0]["calls"][1]["data"]
    answer = replay(bench, LATER, bytes.fromhex(calldata[2:]), 7)
    sent = node.bodies[1]["calls"][1]
    assert sent == {"from": LATER, "to": CENTER, "data": calldata, "value": "0x7"}
    assert "stateDiff" not in str(node.bodies[1]["stateOverrides"])
    assert (answer.asked_with, answer.is_accepted, answer.after.total) == (AskedWith.REPLAY, True, 35)


def test_a_node_that_is_gone_is_no_reason_to_believe_the_model(world):
    bench = bench_of(world, Desk())
    world.transport.plan = lambda *_: Mishap.UNREACHABLE
    with pytest.raises(EndpointError):
        try_submission(bench, TASK, attempt_of())
