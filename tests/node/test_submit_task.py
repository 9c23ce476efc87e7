"""submitTask of the devnet's contracts: every check in its place, quorum, rewards, and trying it without keys."""

import time
from dataclasses import dataclass

import bls
import pytest
from eth_abi import decode, encode
from eth_account import Account
from eth_utils import keccak
from test_contract_rules import (
    AC_BASE,
    E18,
    NEVER,
    OBLS_BASE,
    POWERS,
    TOTAL,
    UNKNOWN,
    UPDATE,
    V3_BASES,
    Chain,
    Deployment,
    deploy,
    entry,
    error,
    topic,
)

from avsctl.devnet import rpc
from avsctl.devnet.anvil import NodeSettings, run_node
from avsctl.errors import NodeError

CHAIN_ID = 31338
GENERATIONS = ["v1", "v2", "v3"]
# Beside the twelve attesters, two without power: one performs, one aggregates.
PERFORMER = Account.from_key(keccak(text="performer"))
PERFORMER_ID, AGGREGATOR_ID = 13, 14
EPHEMERAL = Account.from_key(keccak(text="ephemeral"))
NINE = list(range(4, 13))  # 7440e18 of 8160e18
ALL = list(range(1, 13))
SUBMISSION_FLOW = bytes.fromhex("2aedfbf3")
SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
TASK_TYPE = "(string,bytes,address,uint16)"
ECDSA_FORM = f"submitTask({TASK_TYPE},(bool,bytes,uint256[2],uint256[]))"
BLS_FORM = f"submitTask({TASK_TYPE},(bool,uint256[2],uint256[2],uint256[]))"
FLAT_FORM = f"submitTask({TASK_TYPE},bool,bytes,uint256[2],uint256[])"
REWARD = "RewardAccumulated(uint256,uint256,uint32)"
SYNC = 10001


@dataclass
class Task:
    """A good submission; what a test spoils is given by name."""

    definition: int = 1
    ids: list = None
    is_approved: bool = True
    proof: str = "proof"
    data: bytes = b""
    performer: str = PERFORMER.address
    signer: object = PERFORMER
    """Who makes the performer's ECDSA signature."""
    ecdsa: bytes | None = None
    performer_bls: tuple | None = None
    signers: list | None = None
    """Who really signs, where that is not the attesters named."""
    aggregate: tuple | None = None

    @property
    def info(self):
        return (self.proof, self.data, self.performer, self.definition)

    @property
    def hash(self) -> bytes:
        return bls.task_hash(self.info)

    @property
    def performer_signature(self) -> bytes:
        if self.ecdsa is not None:
            return self.ecdsa
        return bytes(self.signer.unsafe_sign_hash(self.hash).signature)


@dataclass
class Desk:
    """Where tasks are handed in: one deployment with real BLS keys."""

    d: Deployment

    @property
    def chain(self) -> Chain:
        return self.d.chain

    @property
    def modern(self) -> bool:
        return self.d.modern

    @property
    def aggregator(self) -> str:
        return self.chain.w3.eth.accounts[6]

    @property
    def center_base(self) -> int:
        return V3_BASES["AttestationCenter"] if self.d.generation == "v3" else AC_BASE

    @property
    def obls_base(self) -> int:
        return V3_BASES["OBLS"] if self.d.generation == "v3" else OBLS_BASE

    def function(self, form: str | None = None, **given):
        task = Task(**({"ids": NINE} | given))
        aggregate = task.aggregate or self.aggregate(task)
        if form is None:
            form = BLS_FORM if task.performer_bls else ECDSA_FORM
        if form == FLAT_FORM:
            details = (task.is_approved, task.performer_signature, aggregate, task.ids)
            return self.d.center.get_function_by_signature(form)(task.info, *details)
        performers = task.performer_bls or task.performer_signature
        details = (task.is_approved, performers, aggregate, task.ids)
        return self.d.center.get_function_by_signature(form)(task.info, details)

    def aggregate(self, task: Task) -> tuple:
        digest = bls.vote_hash(task.info, self.d.center.address, CHAIN_ID, task.is_approved)
        return bls.sign(task.signers or task.ids, digest)

    def passes(self, sender: str | None = None, **given) -> bool:
        self.function(**given).call({"from": sender or self.aggregator, "gas": 100_000_000}, "pending")
        return True

    def refusal(self, sender: str | None = None, **given) -> str:
        return self.chain.revert(self.function(**given), sender or self.aggregator)

    def send(self, sender: str | None = None, **given) -> dict:
        return self.chain.send(self.function(**given), sender or self.aggregator)

    # Storage

    def set_word(self, address: str, slot: int, value: int) -> None:
        self.chain.rpc("anvil_setStorageAt", address, word(slot), word(value))

    def set_key(self, operator_id: int, words) -> None:
        for slot, value in zip(self.key_slots(operator_id), words, strict=True):
            self.set_word(self.d.obls.address, slot, value)

    def key_slots(self, operator_id: int) -> list[int]:
        first = entry("uint256", operator_id, self.obls_base + 3)
        return [first + i for i in range(4)]

    def signed_slot(self, task_hash: bytes) -> int:
        return entry("bytes32", task_hash, self.center_base + 8)

    def id_slot(self, address: str) -> int:
        return entry("address", address, self.center_base + 9)

    def expiry_slot(self, definition: int) -> int:
        return entry("uint16", definition, self.center_base + 7) + 2

    # What others do

    def fee_to_claim(self, operator_id: int) -> int:
        return self.d.center.functions.getOperatorPaymentDetail(operator_id).call()[2]

    def set_powers(self, powers: dict[int, int]) -> None:
        """Bring operators to these powers, as a syncer can, and everyone else to none."""
        self.d.become_syncer()
        falls = [(i, self.d.power(i)) for i in ALL]
        self.sync("decreaseBatchOperatorVotingPower", falls)
        self.sync("increaseBatchOperatorVotingPower", list(powers.items()))
        assert self.d.global_total() == sum(powers.values())

    def set_active(self, operator_id: int, is_active: bool) -> None:
        self.sync("modifyOperatorActiveStatus", operator_id, is_active)

    def sync(self, name: str, *arguments) -> None:
        self.chain.send(self.d.obls.functions[name](*arguments), self.chain.syncer)

    def stub(self, getter: str, *functions: tuple[str, list[str]]):
        abi = [
            {
                "type": "function",
                "name": name,
                "inputs": [{"name": f"_{i}", "type": each} for i, each in enumerate(types)],
                "outputs": [],
                "stateMutability": "nonpayable",
            }
            for name, types in functions
        ]
        return self.chain.contract(self.d.seeder.functions[getter]().call(), abi)

    def hang_logic(self):
        functions = [("devnetRefuse", ["bool", "bool"]), ("devnetCallBack", ["bytes"])]
        logic = self.stub("devnetAvsLogic", *functions)
        self.d.govern(self.d.center.functions.setAvsLogic(logic.address))
        return logic

    def hang_calculator(self):
        calculator = self.stub(
            "devnetFeeCalculator",
            ("devnetSetIsBaseRewardFee", ["bool"]),
            ("devnetSetFees", ["uint16", "uint256", "uint256", "uint256"]),
            ("devnetBreak", ["uint16", "bool"]),
        )
        self.d.govern(self.d.center.functions.setFeeCalculator(calculator.address))
        return calculator

    def instruct(self, function) -> None:
        self.chain.send(function, self.chain.deployer)

    def restricted_error(self, definition: int, operator_id: int) -> str:
        name = "InvalidRestrictedAttester" if self.modern else "InvalidRestrictedOperator"
        return error(f"{name}(uint256,uint256)", definition, operator_id)


def word(value: int) -> str:
    return f"0x{value:064x}"


def not_registered(address: str) -> str:
    return error("OperatorNotRegistered(address)", address)


def logs_of(receipt: dict, contract, signature: str) -> list:
    return [
        log
        for log in receipt["logs"]
        if log["address"] == contract.address and log["topics"][0].to_0x_hex() == topic(signature)
    ]


@pytest.fixture(scope="module")
def chain():
    with run_node(NodeSettings(CHAIN_ID, int(time.time()))) as node:
        chain = Chain(node.url)
        chain.rpc("evm_setAutomine", True)
        yield chain


@pytest.fixture(scope="module")
def desks(chain):
    """The three generations, each with real keys and one definition that binds nobody."""
    desks = {generation: Desk(deploy(chain, generation)) for generation in GENERATIONS}
    for desk in desks.values():
        desk.d.register([PERFORMER.address, desk.aggregator], [0, 0])
        for operator_id in (*ALL, PERFORMER_ID):
            desk.set_key(operator_id, bls.public_key(operator_id))
        assert desk.d.create() == 1
    return desks


@pytest.fixture
def restored(chain, desks):
    snapshot = chain.rpc("evm_snapshot")
    yield desks
    chain.rpc("evm_revert", snapshot)


@pytest.fixture(params=GENERATIONS)
def desk(request, restored):
    return restored[request.param]


@pytest.fixture(params=["v2", "v3"])
def modern(request, restored):
    return restored[request.param]


@pytest.fixture
def v1(restored):
    return restored["v1"]


# Hashes, points and signatures


@pytest.mark.parametrize(
    ("message", "point"),
    [
        (
            "0932bdf85fc8aa10ac3c22f02317f8f53d4b4f52235ed1eabb3a4cbbe08b5c41",
            (
                0x13072C9BA9467D92DCE0E95B93DB72336E4010FC416779D72E39ACE8F294774D,
                0x14BF0948438AE3618C2751204F219A11FAC8A80E1AD5CF6ECD547070110480C2,
            ),
        ),
        (
            "01".rjust(64, "0"),
            (
                14267058873789466807310754066919517880751657852366372582469376872691789387565,
                17130604848929363722529658732279888797012910829820054650026453377517251531693,
            ),
        ),
    ],
)
def test_hash_to_point_of_the_known_messages(desk, message, point):
    assert bls.TASKS_MANAGER.hex() == "b110049506439a07d78731efed3c809a6b13e0bab7cc9805f3bb45fb1e9a67e8"
    assert bls.hash_to_point(bls.TASKS_MANAGER, bytes.fromhex(message)) == point
    assert tuple(desk.d.obls.functions.hashToPoint(bls.TASKS_MANAGER, bytes.fromhex(message)).call()) == point


@pytest.mark.parametrize("domain", [bls.TASKS_MANAGER, keccak(text="OthenticBLSAuth"), bytes(32)])
def test_hash_to_point_of_messages_of_any_length(desk, domain):
    for length in (0, 1, 31, 32, 33, 55, 56, 64, 65, 1000):
        message = (keccak(text=f"message {length}") * 32)[:length]
        expected = bls.hash_to_point(domain, message)
        assert tuple(desk.d.obls.functions.hashToPoint(domain, message).call()) == expected


def test_hashes_of_the_known_task():
    performer, center = "0x" + "11" * 20, "0x" + "ac" * 20
    task = ("QmTest", bytes.fromhex("deadbeef"), performer, 1)
    assert bls.task_hash(task).hex() == "ea883953ea8b01b75660a22f923e325afad3bdc2f72d97a304b4dfc473926aa3"
    approved, rejected = (bls.vote_hash(task, center, 84532, vote).hex() for vote in (True, False))
    assert approved == "819be4e7a1f2eb4571dda1956508193014dea4f363fd9d934ff9e5199d284754"
    assert rejected == "dc05e8a5fa79b7e6ffbae8f9c3693a7003b0d24af32e2ee392fc70957edc1327"


def test_verify_signature_in_its_order(desk):
    d, digest = desk.d, keccak(text="any")
    point = bls.hash_to_point(bls.TASKS_MANAGER, digest)
    good = bls.sign([1, 2, 3], digest)

    def refusal(ids, required, minimum=0, signature=(1, 1)):
        return d.chain.revert(d.obls.functions.verifySignature(point, signature, ids, required, minimum))

    assert refusal([2, 1], 0, 130 * E18) == error("InvalidRequiredVotingPower()")
    # Attester by attester: the first is below the minimum, the second out of order.
    assert refusal([2, 1], NEVER, 300 * E18) == error("OperatorDoesNotHaveMinimumVotingPower(uint256)", 2)
    assert refusal([2, 1], NEVER, 130 * E18) == error("InvalidOperatorIndexes()")
    assert refusal([2, 2], NEVER) == error("InvalidOperatorIndexes()")
    assert refusal([1, 99], NEVER, 1) == error("OperatorDoesNotHaveMinimumVotingPower(uint256)", 99)
    assert refusal([1, 99], NEVER) == error("InactiveOperator(uint256)", 99)
    assert refusal([1, 2, 3], 720 * E18 + 1) == error("InsufficientVotingPower()")
    assert refusal([], 1) == error("InsufficientVotingPower()")
    assert refusal([1, 2, 3], 720 * E18) == error("InvalidOBLSSignature()")  # (1, 1) is no point
    assert refusal([1, 2, 3], 1, signature=bls.sign([1, 2], digest)) == error("InvalidOBLSSignature()")
    assert refusal([1, 2, 3], 1, signature=bls.INFINITY) == error("InvalidOBLSSignature()")
    assert refusal([1, 2], 1, signature=good) == error("InvalidOBLSSignature()")
    d.obls.functions.verifySignature(point, good, [1, 2, 3], 720 * E18, 120 * E18).call()
    desk.set_key(2, (1, 2, 3, 4))  # not on the curve
    assert refusal([1, 2, 3], 1, signature=good) == error("InvalidOBLSSignature()")
    desk.set_key(2, (0, 0, 0, 0))  # infinity: adds nothing
    d.obls.functions.verifySignature(point, bls.sign([1, 3], digest), [1, 2, 3], 720 * E18, 0).call()


def test_validate_operator_signature(modern):
    digest = keccak(text="any")
    point = bls.hash_to_point(bls.TASKS_MANAGER, encode(["bytes32"], [digest]))
    validate = modern.d.obls.functions.validateOperatorSignature
    validate(5, point, bls.sign([5], digest)).call()
    assert modern.chain.revert(validate(6, point, bls.sign([5], digest))) == error("InvalidOBLSSignature()")


# A task that lands


def test_an_approved_task(desk):
    receipt = desk.send(proof="p", data=b"\1\2")
    suffix = ",uint256[])" if desk.modern else ")"
    (log,) = logs_of(receipt, desk.d.center, f"TaskSubmitted(address,uint32,string,bytes,uint16{suffix}")
    if desk.modern:
        assert [each.to_0x_hex() for each in log["topics"][1:]] == [word(int(PERFORMER.address, 16)), word(1)]
        assert decode(["uint32", "string", "bytes", "uint256[]"], log["data"]) == (1, "p", b"\1\2", tuple(NINE))
    else:
        assert len(log["topics"]) == 1
        types = ["address", "uint32", "string", "bytes", "uint16"]
        assert decode(types, log["data"]) == (PERFORMER.address.lower(), 1, "p", b"\1\2", 1)
    assert desk.d.center.functions.taskNumber().call() == 1
    signed = Task(proof="p", data=b"\1\2").hash
    assert desk.chain.word(desk.d.center.address, desk.signed_slot(signed)) == 1
    assert desk.refusal(proof="p", data=b"\1\2") == error("MessageAlreadySigned()")
    assert desk.passes(proof="another")


def test_gas_of_nine_attesters(desk):
    assert 950_000 < desk.send()["gasUsed"] < 1_050_000  # everyone's first reward
    assert 750_000 < desk.send(proof="another")["gasUsed"] < 850_000
    if desk.modern:
        assert 800_000 < desk.send(**update(desk, increase=[(1, 5)]))["gasUsed"] < 900_000


def test_a_rejected_task_is_burned(desk):
    receipt = desk.send(is_approved=False)
    suffix = ",uint256[])" if desk.modern else ")"
    assert len(logs_of(receipt, desk.d.center, f"TaskRejected(address,uint32,string,bytes,uint16{suffix}")) == 1
    assert desk.refusal() == error("MessageAlreadySigned()")


def test_v1_takes_the_details_one_by_one_too(v1):
    v1.send(form=FLAT_FORM)
    assert v1.refusal() == error("MessageAlreadySigned()")


def test_a_vote_holds_for_one_center_chain_and_answer(desk):
    digest = bls.vote_hash(Task().info, desk.d.center.address, CHAIN_ID, False)
    assert desk.refusal(aggregate=bls.sign(NINE, digest)) == error("InvalidOBLSSignature()")
    digest = bls.vote_hash(Task().info, UNKNOWN, CHAIN_ID, True)
    assert desk.refusal(aggregate=bls.sign(NINE, digest)) == error("InvalidOBLSSignature()")
    digest = bls.vote_hash(Task().info, desk.d.center.address, 1, True)
    assert desk.refusal(aggregate=bls.sign(NINE, digest)) == error("InvalidOBLSSignature()")


# Each refusal by itself


def test_a_paused_flow(desk):
    desk.d.govern(desk.d.center.functions.pause(SUBMISSION_FLOW))
    assert desk.refusal() == error("FlowIsCurrentlyPaused()")
    desk.d.govern(desk.d.center.functions.unpause(SUBMISSION_FLOW))
    assert desk.passes()


def test_no_task_inside_a_task(desk):
    logic = desk.hang_logic()
    inner = desk.function(proof="inner")._encode_transaction_data()
    desk.instruct(logic.functions.devnetCallBack(inner))
    assert desk.refusal() == error("ReentrancyGuardReentrantCall()")
    desk.instruct(logic.functions.devnetCallBack(b""))
    desk.send()
    assert desk.passes(proof="the next")


def spoiled(signature: bytes, v: int | None = None) -> bytes:
    return signature[:64] + bytes([signature[64] if v is None else v])


def with_high_s(signature: bytes) -> bytes:
    high = SECP256K1_N - int.from_bytes(signature[32:64], "big")
    return signature[:32] + high.to_bytes(32, "big") + bytes([55 - signature[64]])


def test_the_performers_ecdsa_signature(desk):
    good = Task().performer_signature
    assert desk.passes(ecdsa=good)
    assert desk.refusal(ecdsa=good[:64]) == error("ECDSAInvalidSignatureLength(uint256)", 64)
    assert desk.refusal(ecdsa=b"") == error("ECDSAInvalidSignatureLength(uint256)", 0)
    high = with_high_s(good)
    assert desk.refusal(ecdsa=high) == error("ECDSAInvalidSignatureS(bytes32)", high[32:64])
    assert desk.refusal(ecdsa=spoiled(good, v=29)) == error("ECDSAInvalidSignature()")
    assert desk.refusal(signer=EPHEMERAL) == error("InvalidPerformerSignature()")
    prefixed = keccak(b"\x19Ethereum Signed Message:\n32" + Task().hash)
    wrong = bytes(PERFORMER.unsafe_sign_hash(prefixed).signature)
    assert desk.refusal(ecdsa=wrong) == error("InvalidPerformerSignature()")


def test_the_performers_bls_signature(modern):
    good = bls.sign([PERFORMER_ID], Task().hash)
    assert modern.passes(performer_bls=good)
    wrong = bls.sign([1], Task().hash)
    assert modern.refusal(performer_bls=wrong) == error("InvalidOBLSSignature()")
    assert modern.refusal(performer=UNKNOWN, performer_bls=good) == not_registered(UNKNOWN)
    # Its first word 0 stands for no BLS signature, and this form has no other.
    assert modern.refusal(performer_bls=(0, 7)) == error("ECDSAInvalidSignatureLength(uint256)", 0)


def test_an_unknown_definition(desk):
    assert desk.refusal(definition=99) == error("TaskDefinitionNotFound(uint16)", 99)
    internal = 10003 if desk.modern else SYNC  # V1 has no internal ones
    assert desk.refusal(definition=internal) == error("TaskDefinitionNotFound(uint16)", internal)


def test_an_expired_definition(desk):
    expiry = desk.chain.w3.eth.block_number + 3
    definition = desk.d.create(expiry=expiry)
    assert desk.passes(definition=definition)  # in the block before it
    desk.chain.rpc("anvil_mine", hex(1))
    assert desk.refusal(definition=definition) == error("InvalidTaskDefinition()")


def test_a_restricted_definition(desk):
    definition = desk.d.create(list_=[1, 2, 3, 4])
    assert desk.passes(definition=definition, ids=[1, 2, 3, 4])
    assert desk.refusal(definition=definition, ids=[1, 2, 3, 4, 5]) == error("InvalidAttesterSet()")
    assert desk.refusal(definition=definition, ids=[2, 3, 5]) == desk.restricted_error(definition, 5)
    # The list comes before the order of the ids and before their power.
    assert desk.refusal(definition=definition, ids=[7, 6]) == desk.restricted_error(definition, 7)


def test_a_maximum_of_attesters(modern):
    definition = modern.d.create(maximum=9)
    assert modern.passes(definition=definition)
    ten = error("InvalidMaximumNumberOfAttesters()")
    assert modern.refusal(definition=definition, ids=list(range(3, 13))) == ten


def test_attesters_and_their_signature(desk):
    assert desk.refusal(ids=[4, 4, 5]) == error("InvalidOperatorIndexes()")
    assert desk.refusal(ids=NINE[::-1]) == error("InvalidOperatorIndexes()")
    assert desk.refusal(ids=[*NINE, 99]) == error("InactiveOperator(uint256)", 99)
    assert desk.refusal(ids=[12]) == error("InsufficientVotingPower()")
    assert desk.refusal(ids=[], signers=[1]) == error("InsufficientVotingPower()")
    assert desk.refusal(signers=NINE[1:]) == error("InvalidOBLSSignature()")
    desk.d.unregister(desk.d.operators[4])
    assert desk.refusal() == error("InactiveOperator(uint256)", 5)


def test_who_performs_and_who_aggregates_must_be_registered(desk):
    stranger = desk.chain.stranger
    assert desk.refusal(sender=stranger) == not_registered(stranger)
    someone_else = {"performer": EPHEMERAL.address, "signer": EPHEMERAL}
    assert desk.refusal(**someone_else) == not_registered(EPHEMERAL.address)
    assert desk.refusal(sender=stranger, **someone_else) == not_registered(EPHEMERAL.address)
    desk.d.unregister(desk.aggregator)
    assert desk.refusal() == not_registered(desk.aggregator)
    desk.d.unregister(PERFORMER.address)
    assert desk.refusal() == not_registered(PERFORMER.address)


def test_an_inactive_performer_or_aggregator_has_errors_of_its_own_in_v1_only(desk):
    desk.d.become_syncer()
    desk.set_active(AGGREGATOR_ID, False)
    ours = not_registered(desk.aggregator)
    assert desk.refusal() == (ours if desk.modern else error("InactiveAggregator()"))
    desk.set_active(PERFORMER_ID, False)
    theirs = not_registered(PERFORMER.address)
    assert desk.refusal() == (theirs if desk.modern else error("InactiveTaskPerformer()"))


# All of them at once: mended from the front, each shows in its turn


def mark_as_signed(desk, value: int, *definitions: int) -> None:
    for definition in definitions:
        task = Task(definition=definition, performer=EPHEMERAL.address)
        desk.set_word(desk.d.center.address, desk.signed_slot(task.hash), value)


def spoil_everything(desk, logic, calculator) -> int:
    """Leave nothing in order on the chain; gives the definition that is to be mended."""
    d = desk.d
    d.become_syncer()
    definition = d.create(list_=[1, 2, 3], minimum=300 * E18, maximum=2 if desk.modern else 0)
    mark_as_signed(desk, 1, 99, definition)
    desk.instruct(logic.functions.devnetRefuse(True, True))
    desk.instruct(calculator.functions.devnetBreak(definition, True))
    for operator_id in (1, PERFORMER_ID, AGGREGATOR_ID):
        desk.set_active(operator_id, False)
    desk.set_word(d.obls.address, entry("uint256", definition, desk.obls_base + 5), 1)
    desk.set_word(d.center.address, desk.expiry_slot(definition), desk.chain.w3.eth.block_number)
    d.govern(d.center.functions.pause(SUBMISSION_FLOW))
    return definition


def test_the_order_of_all_checks(desk):
    d, chain, center = desk.d, desk.chain, desk.d.center
    logic, calculator = desk.hang_logic(), desk.hang_calculator()
    definition = spoil_everything(desk, logic, calculator)
    task = {
        "definition": 99,
        "performer": EPHEMERAL.address,
        "ids": [2, 1, 4, 5],
        "aggregate": (1, 1),
        "ecdsa": b"short",
        "sender": chain.stranger,
    }

    def refusal(**mended):
        task.update(mended)
        return desk.refusal(**task)

    # 1 and 2: the flow, the AVS's own logic
    assert refusal() == error("FlowIsCurrentlyPaused()")
    d.govern(center.functions.unpause(SUBMISSION_FLOW))
    assert refusal() == error("AvsLogicRefuses()")
    desk.instruct(logic.functions.devnetRefuse(False, True))
    # 3 and 4: replay, the performer's signature
    assert refusal() == error("MessageAlreadySigned()")
    mark_as_signed(desk, 0, 99, definition)
    assert refusal() == error("ECDSAInvalidSignatureLength(uint256)", 5)
    assert refusal(ecdsa=None, signer=PERFORMER) == error("InvalidPerformerSignature()")
    # 5 and 6: the definition
    assert refusal(signer=EPHEMERAL) == error("TaskDefinitionNotFound(uint16)", 99)
    assert refusal(definition=definition) == error("InvalidTaskDefinition()")
    desk.set_word(center.address, desk.expiry_slot(definition), NEVER)
    # 7 and 8: the list, the maximum
    assert refusal() == error("InvalidAttesterSet()")
    assert refusal(ids=[2, 1, 4]) == desk.restricted_error(definition, 4)
    if desk.modern:
        assert refusal(ids=[2, 1, 3]) == error("InvalidMaximumNumberOfAttesters()")
        d.govern(d.maximum_call(definition, 0))
    # 9: OBLS
    assert refusal(ids=[2, 1, 3]) == error("InvalidRequiredVotingPower()")
    d.govern(d.list_call(definition, [1, 2, 3]))
    assert refusal() == error("OperatorDoesNotHaveMinimumVotingPower(uint256)", 2)
    d.govern(d.minimum_call(definition, 0))
    assert refusal() == error("InvalidOperatorIndexes()")
    assert refusal(ids=[1]) == error("InactiveOperator(uint256)", 1)
    desk.set_active(1, True)
    assert refusal() == error("InsufficientVotingPower()")
    d.govern(d.list_call(definition, [1, 2, 3]))
    assert refusal(ids=[1, 2, 3]) == error("InvalidOBLSSignature()")
    # 10: the performer, the aggregator
    assert refusal(aggregate=None) == not_registered(EPHEMERAL.address)
    desk.set_word(center.address, desk.id_slot(EPHEMERAL.address), PERFORMER_ID)
    inactive = not_registered(EPHEMERAL.address) if desk.modern else error("InactiveTaskPerformer()")
    assert refusal() == inactive
    desk.set_active(PERFORMER_ID, True)
    assert refusal() == not_registered(chain.stranger)
    inactive = not_registered(desk.aggregator) if desk.modern else error("InactiveAggregator()")
    assert refusal(sender=desk.aggregator) == inactive
    desk.set_active(AGGREGATOR_ID, True)
    # 11 to 13: the fees, the AVS's own logic again
    assert refusal() == error("FeesUnavailable(uint16)", definition)
    desk.instruct(calculator.functions.devnetBreak(definition, False))
    assert refusal() == error("AvsLogicRefuses()")
    desk.instruct(logic.functions.devnetRefuse(False, False))
    assert desk.passes(**task)


# Rewards


def test_everyone_gets_the_definitions_fee(desk):
    receipt = desk.send()
    expected = [(operator_id, 1) for operator_id in NINE] + [(PERFORMER_ID, 2), (AGGREGATOR_ID, 3)]
    logs = logs_of(receipt, desk.d.center, REWARD)
    assert [(int(log["topics"][1].hex(), 16), int(log["data"].hex(), 16)) for log in logs] == expected
    assert {log["topics"][2].to_0x_hex() for log in logs} == {word(1)}
    assert [desk.fee_to_claim(operator_id) for operator_id in range(1, 15)] == [0] * 3 + [1] * 9 + [2, 3]
    desk.send(proof="another")
    assert [desk.fee_to_claim(i) for i in (4, PERFORMER_ID, AGGREGATOR_ID)] == [2, 4, 6]


def test_a_rejected_task_pays_the_performer_in_v1_only(desk):
    desk.send(is_approved=False)
    paid = [desk.fee_to_claim(i) for i in (4, PERFORMER_ID, AGGREGATOR_ID)]
    assert paid == [1, 0 if desk.modern else 2, 3]


def test_the_default_definition_pays_ten_to_each(desk):
    desk.send(definition=0)
    assert {desk.fee_to_claim(i) for i in (*NINE, PERFORMER_ID, AGGREGATOR_ID)} == {10 * E18}


def test_an_open_aggregator_may_be_anyone_and_gets_nothing(modern):
    stranger = modern.chain.stranger
    modern.d.govern(modern.d.center.functions.setIsOpenAggregator(True))
    receipt = modern.send(sender=stranger)
    assert len(logs_of(receipt, modern.d.center, REWARD)) == 10
    modern.send(proof="another")
    assert modern.fee_to_claim(AGGREGATOR_ID) == 0
    modern.d.govern(modern.d.center.functions.setIsOpenAggregator(False))
    assert modern.refusal(sender=stranger, proof="a third") == not_registered(stranger)


def test_a_fee_calculator_takes_the_place_of_the_definitions_fees(desk):
    calculator = desk.hang_calculator()
    desk.instruct(calculator.functions.devnetSetFees(1, 100, 200, 300))
    desk.send()
    assert [desk.fee_to_claim(i) for i in (4, PERFORMER_ID, AGGREGATOR_ID)] == [100, 200, 300]
    desk.instruct(calculator.functions.devnetSetIsBaseRewardFee(True))
    desk.send(proof="another")
    assert [desk.fee_to_claim(i) for i in (4, PERFORMER_ID, AGGREGATOR_ID)] == [101, 202, 303]


# Internal tasks


def update(desk, increase=(), decrease=(), **given):
    """A voting power update up to the block before the head."""
    head = desk.chain.w3.eth.block_number
    data = encode([UPDATE], [(list(increase), list(decrease), 1000 + head, head - 1)])
    return {"definition": SYNC, "data": data} | given


def test_an_approved_update_changes_powers(modern):
    before = modern.d.power(1), modern.d.power(2)
    task = update(modern, increase=[(1, 7)], decrease=[(2, 3)])
    receipt = modern.send(**task)
    assert (modern.d.power(1), modern.d.power(2)) == (before[0] + 7, before[1] - 3)
    assert len(logs_of(receipt, modern.d.handler, "VotingPowerUpdated(uint256,uint256,string)")) == 1
    assert len(logs_of(receipt, modern.d.handler, "TaskProcessed(uint256,string)")) == 1
    assert modern.refusal(**task) == error("MessageAlreadySigned()")
    last = modern.d.handler.functions.getLastCommitBlockL1().call()
    again = error("InvalidToBlockL1VsLastCommitBlockL1(uint256)", last + 1)
    assert modern.refusal(**task, proof="again") == again


def test_a_rejected_update_changes_nothing_and_is_burned(modern):
    task = update(modern, increase=[(1, 7)])
    receipt = modern.send(**task, is_approved=False)
    assert modern.d.power(1) == POWERS[0]
    assert logs_of(receipt, modern.d.handler, "TaskProcessed(uint256,string)") == []
    assert modern.d.handler.functions.getLastCommitBlockL1().call() == 0
    assert modern.refusal(**task) == error("MessageAlreadySigned()")


def test_approved_totals_are_written(modern):
    definition = modern.d.create(list_=[1, 2, 3, 4])
    modern.d.unregister(modern.d.operators[3])
    assert modern.d.stored_total(definition) == 1120 * E18
    name = "setTotalVotingPowerPerRestrictedTaskDefinition"
    call = modern.d.obls.functions[name](definition, 0, [1, 2, 3, 4])._encode_transaction_data()
    data = encode(["(address,bytes)[]"], [[(modern.d.obls.address, bytes.fromhex(call[2:]))]])
    modern.send(definition=10002, data=data, ids=list(range(5, 13)))
    assert modern.d.stored_total(definition) == 720 * E18


def test_logic_is_not_asked_about_internal_tasks(modern):
    logic = modern.hang_logic()
    modern.instruct(logic.functions.devnetRefuse(True, True))
    assert modern.refusal() == error("AvsLogicRefuses()")
    assert modern.passes(**update(modern))


# The traps in quorum and totals


def test_a_restricted_definition_under_a_new_minimum_is_out_of_reach(desk):
    definition = desk.d.create(list_=[1, 2, 3, 4])
    desk.d.govern(desk.d.minimum_call(definition, 100 * E18))
    task = {"definition": definition, "ids": [1, 2, 3, 4]}
    assert desk.refusal(**task) == error("InsufficientVotingPower()")
    desk.d.govern(desk.d.list_call(definition, [1, 2, 3, 4]))
    assert desk.passes(**task)


@pytest.mark.parametrize(("minimum", "able", "is_live"), [(500, range(5, 13), True), (1100, (11, 12), False)])
def test_an_emptied_list_with_a_minimum(desk, minimum, able, is_live):
    definition = desk.d.create(list_=[9, 10, 11, 12], minimum=minimum * E18)
    desk.d.govern(desk.d.list_call(definition, []))
    task = {"definition": definition, "ids": list(able)}
    if not desk.modern:
        assert desk.refusal(**task) == error("InvalidRequiredVotingPower()")
    elif is_live:  # 7040 of 8160, against two thirds of everyone
        assert desk.passes(**task)
    else:  # 2360
        assert desk.refusal(**task) == error("InsufficientVotingPower()")
    desk.d.govern(desk.d.minimum_call(definition, minimum * E18))
    assert desk.passes(**task)


def test_a_list_of_nobody(desk):
    definition = desk.d.create(list_=[0, 99, NEVER])
    dead = error("InactiveOperator(uint256)", 99) if desk.modern else error("InvalidRequiredVotingPower()")
    assert desk.refusal(definition=definition, ids=[99]) == dead
    nobody = error("InsufficientVotingPower()") if desk.modern else error("InvalidRequiredVotingPower()")
    assert desk.refusal(definition=definition, ids=[], signers=[1]) == nobody


def test_a_stale_total_is_out_of_reach(desk):
    definition = desk.d.create(list_=[1, 2, 3, 4])
    desk.d.unregister(desk.d.operators[3])
    task = {"definition": definition, "ids": [1, 2, 3]}
    assert desk.refusal(**task) == error("InsufficientVotingPower()")  # 720 of 1120, and 746 are required
    desk.d.govern(desk.d.list_call(definition, [1, 2, 3, 4]))
    assert desk.passes(**task)


@pytest.mark.parametrize("total", [0, 1, 2, 3])
def test_without_power_no_sync_can_begin(modern, total):
    """Trap 6: nobody came with power."""
    modern.set_powers({1: total})
    task = update(modern, increase=[(2, 100)], ids=[1])
    refused = error("InvalidRequiredVotingPower()")
    assert (modern.passes(**task) if total > 1 else modern.refusal(**task) == refused) is True
    task["is_approved"] = False
    assert (modern.passes(**task) if total > 2 else modern.refusal(**task) == refused) is True


def test_the_strongest_within_the_maximum_may_be_too_weak(modern):
    """Trap 7: the five strongest bring 5120, the six strongest 5880; 5440 are required."""
    definition = modern.d.create(maximum=5)
    strongest = {"definition": definition, "ids": [8, 9, 10, 11, 12]}
    assert modern.refusal(**strongest) == error("InsufficientVotingPower()")
    six = {"definition": definition, "ids": [7, 8, 9, 10, 11, 12]}
    assert modern.refusal(**six) == error("InvalidMaximumNumberOfAttesters()")
    modern.d.govern(modern.d.maximum_call(definition, 6))
    assert modern.passes(**six)


def test_the_minimum_is_inclusive_and_one_below_it_spoils_the_task(desk):
    """Trap 9."""
    definition = desk.d.create(minimum=400 * E18)
    assert desk.passes(definition=definition, ids=NINE)  # 4 has exactly 400
    below = error("OperatorDoesNotHaveMinimumVotingPower(uint256)", 3)
    assert desk.refusal(definition=definition, ids=[3, *NINE]) == below


def test_a_minimum_above_everyone(desk):
    """Trap 9."""
    definition = desk.d.create(minimum=1200 * E18 + 1)
    below = error("OperatorDoesNotHaveMinimumVotingPower(uint256)", 12)
    expected = below if desk.modern else error("InvalidRequiredVotingPower()")
    assert desk.refusal(definition=definition, ids=[12]) == expected


def test_rounding_leaves_small_totals_without_a_way(desk):
    """Trap 10: (floor(2/3), floor(1/3)) of 1, 2 and 3 are (0, 0), (1, 0) and (2, 1)."""
    desk.set_powers({1: 1, 2: 1, 3: 1, 12: 1000})
    refused = error("InvalidRequiredVotingPower()")
    one, two, three = (desk.d.create(list_=ids) for ids in ([1], [1, 2], [1, 2, 3]))
    assert desk.refusal(definition=one, ids=[1]) == refused
    assert desk.refusal(definition=one, ids=[1], is_approved=False) == refused
    assert desk.passes(definition=two, ids=[1])
    assert desk.refusal(definition=two, ids=[1, 2], is_approved=False) == refused
    assert desk.refusal(definition=three, ids=[1]) == error("InsufficientVotingPower()")
    assert desk.passes(definition=three, ids=[1, 2])
    assert desk.passes(definition=three, ids=[1], is_approved=False)


def test_exactly_a_third_rejects_and_exactly_two_thirds_approve(desk):
    """Trap 11: 2720 and 5440 of 8160; whoever comes first decides."""
    third = [3, 11, 12]
    two_thirds = [i for i in ALL if i not in third]
    assert sum(POWERS[i - 1] for i in third) * 3 == TOTAL
    assert sum(POWERS[i - 1] for i in two_thirds) * 3 == TOTAL * 2
    assert desk.passes(ids=two_thirds)
    assert desk.refusal(ids=two_thirds[1:]) == error("InsufficientVotingPower()")
    assert desk.refusal(ids=[2, 11, 12], is_approved=False) == error("InsufficientVotingPower()")
    desk.send(ids=third, is_approved=False)
    assert desk.refusal(ids=two_thirds) == error("MessageAlreadySigned()")


def test_list_and_minimum_bind_attesters_only(desk):
    """Trap 12: performer and aggregator are in no list and have no power."""
    definition = desk.d.create(list_=[1, 2, 3, 4], minimum=120 * E18)
    assert desk.passes(definition=definition, ids=[1, 2, 3, 4])


def test_a_fee_calculator_can_block_all_syncing(modern):
    """Trap 13."""
    calculator = modern.hang_calculator()
    modern.instruct(calculator.functions.devnetBreak(SYNC, True))
    assert modern.refusal(**update(modern)) == error("FeesUnavailable(uint16)", SYNC)
    assert modern.passes()
    modern.instruct(calculator.functions.devnetBreak(SYNC, False))
    assert modern.passes(**update(modern))


# Attestation without signatures


def overrides(desk, ids, *, burned: Task | None = None, instead: Task | None = None) -> dict:
    """No keys of attesters, an ephemeral performer in an active operator's place, and the burned hash carried over."""
    keys = {word(slot): word(0) for operator_id in ids for slot in desk.key_slots(operator_id)}
    center = {word(desk.id_slot(EPHEMERAL.address)): word(1)}
    if burned:
        value = desk.chain.word(desk.d.center.address, desk.signed_slot(burned.hash))
        center[word(desk.signed_slot(instead.hash))] = word(value)
    return {desk.d.obls.address: {"stateDiff": keys}, desk.d.center.address: {"stateDiff": center}}


def keyless(desk, **given) -> dict:
    """A call from an active operator that nobody but an ephemeral key has signed."""
    given |= {"performer": EPHEMERAL.address, "signer": EPHEMERAL, "aggregate": bls.INFINITY}
    data = desk.function(**given)._encode_transaction_data()
    return {"from": desk.d.operators[0], "to": desk.d.center.address, "data": data, "gas": hex(30_000_000)}


def answer(desk, transaction: dict, state: dict) -> str:
    """What eth_call returns, or the revert data."""
    response = desk.chain.w3.provider.make_request("eth_call", [transaction, "latest", state])
    return response["error"]["data"] if "error" in response else response["result"]


def test_a_plain_task_without_signatures(desk):
    state = overrides(desk, NINE)
    assert answer(desk, keyless(desk), state) == "0x"
    assert answer(desk, keyless(desk, is_approved=False), state) == "0x"
    assert answer(desk, keyless(desk, ids=[12]), state) == error("InsufficientVotingPower()")
    assert answer(desk, keyless(desk, definition=99), state) == error("TaskDefinitionNotFound(uint16)", 99)
    # What each override is for.
    of_center = {desk.d.center.address: state[desk.d.center.address]}
    assert answer(desk, keyless(desk), of_center) == error("InvalidOBLSSignature()")
    of_obls = {desk.d.obls.address: state[desk.d.obls.address]}
    assert answer(desk, keyless(desk), of_obls) == not_registered(EPHEMERAL.address)
    from_stranger = keyless(desk) | {"from": desk.chain.stranger}
    assert answer(desk, from_stranger, state) == not_registered(desk.chain.stranger)


def test_an_update_without_signatures(modern):
    state = overrides(modern, NINE)
    task = update(modern, increase=[(1, 7)], decrease=[(2, 3)])
    assert answer(modern, keyless(modern, **task), state) == "0x"
    assert answer(modern, keyless(modern, **task, ids=[12]), state) == error("InsufficientVotingPower()")
    too_deep = update(modern, decrease=[(2, POWERS[1] + 1)])
    assert answer(modern, keyless(modern, **too_deep), state) == "0x4e487b71" + "11".rjust(64, "0")


def test_v1_has_no_update_to_attest(v1):
    unknown = error("TaskDefinitionNotFound(uint16)", SYNC)
    assert answer(v1, keyless(v1, definition=SYNC), overrides(v1, NINE)) == unknown


def test_a_burned_task_is_refused_once_its_slot_is_copied(desk):
    task = update(desk, increase=[(1, 7)]) if desk.modern else {}
    desk.send(**task, is_approved=False)
    burned, instead = Task(**task), Task(**task, performer=EPHEMERAL.address)
    call = keyless(desk, **task)
    assert answer(desk, call, overrides(desk, NINE)) == "0x"
    state = overrides(desk, NINE, burned=burned, instead=instead)
    assert answer(desk, call, state) == error("MessageAlreadySigned()")
    fresh = Task(**task, proof="fresh")
    call = keyless(desk, **task, proof="fresh")
    instead = Task(**task, proof="fresh", performer=EPHEMERAL.address)
    assert answer(desk, call, overrides(desk, NINE, burned=fresh, instead=instead)) == "0x"


def simulated(desk, calls: list[dict]) -> list[dict]:
    block = {"stateOverrides": overrides(desk, NINE), "calls": calls}
    return desk.chain.rpc("eth_simulateV1", {"blockStateCalls": [block]}, "latest")[0]["calls"]


def read(desk, function) -> dict:
    return {"from": desk.d.operators[0], "to": function.address, "data": function._encode_transaction_data()}


def test_a_simulation_reads_the_new_powers(modern):
    functions = modern.d.obls.functions
    task = keyless(modern, **update(modern, increase=[(1, 7)], decrease=[(2, 3)]))
    reads = [functions.votingPower(1), functions.votingPower(2), functions.totalVotingPower()]
    landed, *powers = simulated(modern, [task, *(read(modern, each) for each in reads)])
    assert landed["status"] == "0x1"
    assert [int(each["returnData"], 16) for each in powers] == [POWERS[0] + 7, POWERS[1] - 3, TOTAL + 4]
    assert modern.d.power(1) == POWERS[0]


def test_a_simulation_reads_what_a_plain_task_pays(desk):
    number = desk.d.center.functions.taskNumber()
    landed, after = simulated(desk, [keyless(desk), read(desk, number)])
    assert landed["status"] == "0x1"
    assert int(after["returnData"], 16) == 1


# The devnet that avsctl starts: words for BLS keys that are no points, and operators whose ECDSA keys are known


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_started_devnet_can_be_tried_without_bls_keys(devnets, generation):
    devnet = devnets(generation, operators=3, drift=0)
    contracts, performer = devnet.contracts, devnet.operators[0]
    task = Task(performer=performer.address, signer=Account.from_key(performer.private_key))
    data = rpc.calldata(ECDSA_FORM, task.info, (True, task.performer_signature, bls.INFINITY, [1, 2, 3]))
    call = {"from": devnet.operators[1].address, "to": contracts.attestation_center, "data": "0x" + data.hex()}
    base = V3_BASES["OBLS"] if generation == "v3" else OBLS_BASE
    keys = {word(entry("uint256", i, base + 3) + n): word(0) for i in (1, 2, 3) for n in range(4)}
    with pytest.raises(NodeError, match=error("InvalidOBLSSignature()")):
        rpc.call(devnet.l2_url, "eth_call", call, "latest")
    assert rpc.call(devnet.l2_url, "eth_call", call, "latest", {contracts.obls: {"stateDiff": keys}}) == "0x"
