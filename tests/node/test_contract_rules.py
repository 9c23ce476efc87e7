"""The devnet's contracts keep the rules of the real ones, traps included."""

import json
import platform
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_abi import decode, encode
from eth_utils import keccak
from web3 import HTTPProvider, Web3

ROOT = Path(__file__).parents[2]
E18 = 10**18
# The twelve operators of the local runs that the rules were seen in.
POWERS = [n * E18 for n in (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)]
TOTAL = 8160 * E18
FIRST_FOUR = 1120 * E18
NEVER = 2**256 - 1
AC_BASE = 0x47C1BDCA9C75057BF1CA178A62FB0EF8908B21EE1EA9B9658BA5135FD3A35468
OBLS_BASE = 0xB11BCA917DD8ECD11E8A1C64799B2B95BACFAF4C224D49C0CA8DBC14A8D7976D
HANDLER_BASE = 0xA1A1DD55CBD3BC53C9D323CCA8110D05953F7C222EC280884B6251156888DFC7
MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11"
UNKNOWN = Web3.to_checksum_address("0x00000000000000000000000000000000000000aa")
UPDATE = "((uint256,uint256)[],(uint256,uint256)[],uint256,uint256)"
PANIC_UNDERFLOW = "0x4e487b71" + "11".rjust(64, "0")
PANIC_INDEX = "0x4e487b71" + "32".rjust(64, "0")


def anvil_binary() -> Path:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = f"anvil-{platform.system().lower()}-{machine}"
    return ROOT / "devtools/node_modules/@foundry-rs" / package / "bin/anvil"


def artifact(name: str) -> dict:
    return json.loads((ROOT / f"avsctl/devnet/artifacts/{name}.json").read_text())


def published_abi(name: str) -> list:
    return json.loads((ROOT / f"abis/{name}.json").read_text())


def role(number: int) -> bytes:
    return number.to_bytes(4, "big").ljust(32, b"\0")


GOVERNANCE_ROLE = role(0xF1688026)
SYNCER_ROLE = role(0xCF9D7BF0)
DEFINITION_FLOW = bytes.fromhex("976be63e")


def error(signature: str, *values: object) -> str:
    name, _, types = signature.partition("(")
    types = [t for t in types.rstrip(")").split(",") if t]
    return "0x" + (keccak(text=f"{name}({','.join(types)})")[:4] + encode(types, values)).hex()


def topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


def key(number: int) -> list[int]:
    return [number * 10 + i for i in range(4)]


def entry(key_type: str, key_value: object, slot: int) -> int:
    return int.from_bytes(keccak(encode([key_type, "uint256"], [key_value, slot])), "big")


class Chain:
    """One anvil with plain requests, for what a revert says byte for byte."""

    def __init__(self, url: str) -> None:
        self.w3 = Web3(HTTPProvider(url))
        accounts = self.w3.eth.accounts
        self.deployer, self.governance, self.operations, self.community, self.syncer, self.stranger = accounts[:6]

    def rpc(self, method: str, *params: object) -> object:
        answer = self.w3.provider.make_request(method, list(params))
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def contract(self, address: str, *abis: list) -> object:
        return self.w3.eth.contract(address=address, abi=[item for abi in abis for item in abi])

    def deploy(self, name: str, *args: object) -> str:
        built = artifact(name)
        factory = self.w3.eth.contract(abi=built["abi"], bytecode=built["bytecode"])
        receipt = self.receipt(factory.constructor(*args).transact({"from": self.deployer}))
        return receipt["contractAddress"]

    def behind_proxy(self, name: str, *args: object, immutables: tuple = ()) -> str:
        implementation = self.deploy(name, *immutables)
        if not args:
            return self.deploy("Proxy", implementation, b"")
        initialize = self.w3.eth.contract(abi=artifact(name)["abi"]).encode_abi("initialize", args)
        return self.deploy("Proxy", implementation, initialize)

    def receipt(self, tx_hash: bytes) -> dict:
        receipt = self.w3.eth.wait_for_transaction_receipt(tx_hash, poll_latency=0.005)
        assert receipt["status"] == 1
        return receipt

    def send(self, function: object, sender: str) -> dict:
        return self.receipt(function.transact({"from": sender, "gas": 500_000_000}))

    def revert(self, function: object, sender: str | None = None, block: str = "pending") -> str:
        """The revert data of a call that must revert."""
        data = function if isinstance(function, str) else function._encode_transaction_data()
        return self.revert_raw(function.address, data, sender, block)

    def revert_raw(self, to: str, data: str, sender: str | None = None, block: str = "pending") -> str:
        tx = {"from": sender or self.stranger, "to": to, "data": data, "gas": hex(100_000_000)}
        answer = self.w3.provider.make_request("eth_call", [tx, block])
        assert "error" in answer, f"did not revert: {answer}"
        return answer["error"].get("data", "0x")

    def word(self, address: str, slot: int) -> int:
        return int.from_bytes(self.w3.eth.get_storage_at(address, slot), "big")

    def gas(self, function: object) -> int:
        return function.estimate_gas({"from": self.stranger}) - 21_000


@dataclass
class Deployment:
    chain: Chain
    generation: str
    registry: object
    stakings: list
    governance: object
    obls: object
    handler: object
    center: object
    seeder: object
    operators: list[str]

    @property
    def modern(self) -> bool:
        return self.generation != "v1"

    # What governance does, in the words of the generation.

    def create(self, *, list_=(), minimum=0, maximum=0, expiry=NEVER, name="a task") -> int:
        function = self.create_call(list_=list_, minimum=minimum, maximum=maximum, expiry=expiry, name=name)
        self.chain.send(function, self.chain.governance)
        return self.center.functions.numOfTaskDefinitions().call()

    def create_call(self, *, list_=(), minimum=0, maximum=0, expiry=NEVER, name="a task"):
        members = [expiry, 1, 2, 3, 4, minimum, list(list_)]
        types = "uint256,uint256,uint256,uint256,uint256,uint256,uint256[]"
        if self.modern:
            members.append(maximum)
            types += ",uint256"
        signature = f"createNewTaskDefinition(string,({types}))"
        return self.center.get_function_by_signature(signature)(name, tuple(members))

    def list_call(self, definition: int, ids: list[int]):
        name = "setTaskDefinitionRestrictedAttesters" if self.modern else "setTaskDefinitionRestrictedOperators"
        return self.center.functions[name](definition, ids)

    def minimum_call(self, definition: int, minimum: int):
        return self.center.functions.setTaskDefinitionMinVotingPower(definition, minimum)

    def maximum_call(self, definition: int, maximum: int):
        return self.center.functions.setTaskDefinitionMaximumNumberOfAttesters(definition, maximum)

    def govern(self, function) -> dict:
        return self.chain.send(function, self.chain.governance)

    def list_of(self, definition: int) -> list[int]:
        if self.generation == "v3":
            return self.center.functions.getTaskDefinitionDetails(definition).call()[10]
        name = "getTaskDefinitionRestrictedAttesters" if self.modern else "getTaskDefinitionRestrictedOperators"
        return self.center.functions[name](definition).call()

    def minimum_of(self, definition: int) -> int:
        if self.generation == "v3":
            return self.center.functions.getTaskDefinitionDetails(definition).call()[9]
        return self.center.functions.getTaskDefinitionMinimumVotingPower(definition).call()

    def total(self, definition: int) -> int:
        return self.obls.functions.totalVotingPowerPerTaskDefinition(definition).call()

    def stored_total(self, definition: int) -> int:
        base = OBLS_BASE if self.generation != "v3" else V3_BASES["OBLS"]
        return self.chain.word(self.obls.address, entry("uint256", definition, base + 5))

    def power(self, operator_id: int) -> int:
        return self.obls.functions.votingPower(operator_id).call()

    def global_total(self) -> int:
        return self.obls.functions.totalVotingPower().call()

    def register(self, operators: list[str], powers: list[int], keys: list[list[int]] | None = None) -> dict:
        keys = keys or [key(i + 1) for i in range(len(operators))]
        function = self.seeder.functions.devnetRegister(self.center.address, operators, powers, keys)
        return self.chain.send(function, self.chain.deployer)

    def unregister(self, *operators: str) -> dict:
        function = self.seeder.functions.devnetUnregister(self.center.address, list(operators))
        return self.chain.send(function, self.chain.deployer)

    # What lands a sync: a task on V2 and V3.

    def process(self, data: bytes, *, definition: int = 10001, proof: str = "proof"):
        performer = self.operators[0]
        return self.center.functions.devnetProcessTask((proof, data, performer, definition))

    def update(self, increase=(), decrease=(), l1: int = 1, l2: int = 1, *, proof: str = "proof"):
        data = encode([UPDATE], [(list(increase), list(decrease), l1, l2)])
        return self.process(data, proof=proof)

    def become_syncer(self) -> None:
        self.govern(self.center.functions.setOblsSharesSyncer(self.chain.syncer))


V3_BASES = {
    name: int.from_bytes(keccak(text=f"avsctl.devnet.{name}.v3"), "big") - 1
    for name in ("AttestationCenter", "OBLS", "InternalTaskHandler")
}


def deploy(chain: Chain, generation: str) -> Deployment:
    number = generation.upper()
    deployer, multisigs = chain.deployer, (chain.governance, chain.operations, chain.community)
    registry = chain.contract(chain.deploy("OperatorRegistry"), artifact("OperatorRegistry")["abi"])
    stakings = [
        chain.contract(address, artifact("StakingContract")["abi"])
        for address in sorted((chain.deploy("StakingContract") for _ in range(2)), key=lambda a: int(a, 16))
    ]
    governance = chain.behind_proxy(
        f"AvsGovernance{number}",
        *multisigs, deployer, registry.address, "an AVS", [s.address for s in stakings], [1, 0],
    )  # fmt: skip
    obls = chain.behind_proxy(f"Obls{number}", deployer)
    seeder = chain.deploy("Seeder")
    last = (seeder, obls, deployer, True)
    handler = None
    parts = [f"AttestationCenter{number}"]
    if generation == "v1":
        center = chain.behind_proxy(parts[0], *multisigs, *last)
    else:
        handler = chain.behind_proxy(f"InternalTaskHandler{number}")
        parts.append(f"AttestationCenter{number}Extension")
        behind = ()
        if generation == "v2":
            parts.append("AttestationCenterV2Obsolete")
            behind = (chain.deploy(parts[2]),)
        extension = chain.deploy(parts[1], *behind)
        center = chain.behind_proxy(parts[0], *multisigs, *last, handler, immutables=(extension,))
        handler = chain.contract(handler, artifact(f"InternalTaskHandler{number}")["abi"])
        chain.send(handler.functions.initialize(center, obls), deployer)
    devnet = [e for name in parts for e in artifact(name)["abi"] if e.get("name", "").startswith("devnetP")]
    obls = chain.contract(obls, published_abi(f"OBLS.{generation}"))
    chain.send(obls.functions.setOblsManager(center), deployer)
    if handler is not None:
        chain.send(obls.functions.setVotingPowerSyncer(handler.address), deployer)
    deployment = Deployment(
        chain=chain,
        generation=generation,
        registry=registry,
        stakings=stakings,
        governance=chain.contract(governance, artifact(f"AvsGovernance{number}")["abi"]),
        obls=obls,
        handler=handler,
        center=chain.contract(center, published_abi(f"AttestationCenter.{generation}"), devnet),
        seeder=chain.contract(seeder, artifact("Seeder")["abi"]),
        operators=[Web3.to_checksum_address(f"0x{0x1000 + i:040x}") for i in range(len(POWERS))],
    )
    populate(deployment)
    return deployment


def populate(d: Deployment) -> None:
    chain, operators = d.chain, d.operators
    d.register(operators, POWERS)
    chain.send(d.registry.functions.devnetSetOperators(operators, True), chain.deployer)
    chain.send(d.registry.functions.devnetSetRegisteredWithAvsDirectory(operators, True), chain.deployer)
    chain.send(d.stakings[0].functions.setStakes(operators, [p // 4 for p in POWERS]), chain.deployer)
    chain.send(d.stakings[1].functions.setStakes(operators, [p - p // 4 for p in POWERS]), chain.deployer)
    keys = [key(i + 1) for i in range(len(operators))]
    chain.send(d.governance.functions.devnetRegister(operators, keys), chain.deployer)


@pytest.fixture(scope="module")
def chain():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(anvil_binary()), "--port", str(port), "--silent", "--gas-limit", "1000000000"]
    process = subprocess.Popen(command)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 20
        while not Web3(HTTPProvider(url)).is_connected():
            assert process.poll() is None, "anvil ended at once"
            assert time.monotonic() < deadline, "anvil does not answer"
            time.sleep(0.02)
        yield Chain(url)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def deployments(chain):
    return {generation: deploy(chain, generation) for generation in ("v1", "v2", "v3")}


@pytest.fixture
def restored(chain, deployments):
    """Every test begins with the chain as deployment left it."""
    snapshot = chain.rpc("evm_snapshot")
    yield deployments
    chain.rpc("evm_revert", snapshot)


@pytest.fixture(params=["v1", "v2", "v3"])
def d(request, restored):
    return restored[request.param]


@pytest.fixture(params=["v2", "v3"])
def modern(request, restored):
    return restored[request.param]


@pytest.fixture
def v1(restored):
    return restored["v1"]


@pytest.fixture
def v2(restored):
    return restored["v2"]


@pytest.fixture
def v3(restored):
    return restored["v3"]


# Task definitions: making them


def test_create_writes_the_total_of_the_list_or_of_those_at_the_minimum(d):
    assert d.global_total() == TOTAL
    assert d.create() == 1
    assert d.stored_total(1) == 0
    assert d.create(list_=[1, 2, 3, 4]) == 2
    assert d.stored_total(2) == d.total(2) == FIRST_FOUR
    assert d.create(minimum=500 * E18) == 3
    assert d.stored_total(3) == 7040 * E18
    assert d.create(list_=[1, 2, 3, 4], minimum=240 * E18) == 4
    assert d.stored_total(4) == 1000 * E18  # inclusive: operator 2 has exactly the minimum


def test_create_emits_everything(d):
    signature = "TaskDefinitionCreated(uint16,string,uint256,uint256,uint256,uint256,uint256,uint256,uint256[]"
    receipt = d.govern(d.create_call(list_=[1, 2], minimum=5, maximum=2, name="named"))
    log = next(log for log in receipt["logs"] if log["address"] == d.center.address)
    assert log["topics"][0].to_0x_hex() == topic(signature + (",uint256)" if d.modern else ")"))
    types = ["uint16", "string", *["uint256"] * 6, "uint256[]", *["uint256"] * d.modern]
    assert decode(types, log["data"]) == (1, "named", NEVER, 1, 2, 3, 4, 5, (1, 2), *[2] * d.modern)


def test_create_checks_role_then_pause_then_expiry_then_list_then_maximum(d):
    chain = d.chain
    bad = {"list_": [2, 1], "maximum": 9, "expiry": 1}
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", chain.stranger, GOVERNANCE_ROLE)
    chain.send(d.center.functions.pause(DEFINITION_FLOW), chain.community)
    assert chain.revert(d.create_call(**bad), chain.stranger) == denied
    assert chain.revert(d.create_call(**bad), chain.governance) == error("FlowIsCurrentlyPaused()")
    chain.send(d.center.functions.unpause(DEFINITION_FLOW), chain.operations)
    assert chain.revert(d.create_call(**bad), chain.governance) == error("InvalidBlockExpiry()")
    pending = chain.w3.eth.block_number + 1
    assert chain.revert(d.create_call(expiry=pending), chain.governance) == error("InvalidBlockExpiry()")
    d.create_call(expiry=pending + 1).call({"from": chain.governance}, "pending")
    bad["expiry"] = NEVER
    name = "InvalidRestrictedAttesterIds()" if d.modern else "InvalidRestrictedOperatorIndexes()"
    assert chain.revert(d.create_call(**bad), chain.governance) == error(name)
    if d.modern:
        bad["list_"] = [1, 2]
        assert chain.revert(d.create_call(**bad), chain.governance) == error("InvalidMaximumNumberOfAttesters()")


def test_reserved_definitions(v2, v3):
    for d in (v2, v3):
        assert d.center.functions.numOfTaskDefinitions().call() == 0
        for definition in (0, 10001, 10002):
            d.govern(d.list_call(definition, [1, 2, 3, 4]))
            assert d.stored_total(definition) == FIRST_FOUR
        refused = d.chain.revert(d.list_call(10003, [1]), d.chain.governance)
        assert refused == error("TaskDefinitionNotFound(uint16)", 10003)
    names = ["default", "Voting Power Sync Task", "Total Voting Power Sync Task Definition"]
    for definition, name, reward in zip((0, 10001, 10002), names, (10 * E18, 0, 0), strict=True):
        details = v3.center.functions.getTaskDefinitionDetails(definition).call()
        assert details[:10] == (definition, False, False, name, NEVER, reward, reward, reward, 0, 0)
        assert details[11] == 0


def test_v1_has_no_reserved_definitions(v1):
    for definition in (0, 1, 10001):
        refused = error("TaskDefinitionNotFound(uint16)", definition)
        assert v1.chain.revert(v1.list_call(definition, [1]), v1.chain.governance) == refused
        assert v1.chain.revert(v1.minimum_call(definition, 1), v1.chain.governance) == refused
    assert v1.center.functions.baseRewardFee().call() == 10 * E18


def test_unknown_definitions_read_as_unrestricted(d):
    assert d.minimum_of(999) == 0
    assert d.list_of(999) == []


# Task definitions: changing them


@pytest.mark.parametrize("minimum", [0, 1, 120 * E18])
def test_a_minimum_on_a_restricted_definition_rewrites_the_total_over_everyone(d, minimum):
    definition = d.create(list_=[1, 2, 3, 4])
    receipt = d.govern(d.minimum_call(definition, minimum))
    assert d.list_of(definition) == [1, 2, 3, 4]
    assert d.stored_total(definition) == TOTAL
    d.govern(d.list_call(definition, [1, 2, 3, 4]))
    assert d.stored_total(definition) == FIRST_FOUR
    # The event lacks the id; from V2 on OBLS's, in the same transaction, has it.
    events = {log["topics"][0].to_0x_hex(): log for log in receipt["logs"]}
    assert events[topic("SetMinimumTaskDefinitionVotingPower(uint256)")]["data"] == encode(["uint256"], [minimum])
    of_obls = events.get(topic("SetTotalVotingPowerPerTaskDefinition(uint16,uint256,uint256)"))
    assert (of_obls is not None) == d.modern
    if of_obls:
        assert decode(["uint16", "uint256", "uint256"], of_obls["data"]) == (definition, 12, minimum)


def test_an_empty_list_writes_zero_and_the_same_minimum_mends_it(d):
    definition = d.create(list_=[5, 6, 7], minimum=500 * E18)
    d.govern(d.list_call(definition, []))
    assert d.stored_total(definition) == 0
    assert d.minimum_of(definition) == 500 * E18
    assert d.total(definition) == (TOTAL if d.modern else 0)
    d.govern(d.minimum_call(definition, 500 * E18))
    assert d.stored_total(definition) == d.total(definition) == 7040 * E18


def test_a_list_of_nobody_shows_the_total_of_everybody(d):
    definition = d.create(list_=[0, 99, NEVER])
    assert d.list_of(definition) == [0, 99, NEVER]
    assert d.stored_total(definition) == 0
    assert d.total(definition) == (TOTAL if d.modern else 0)


def test_totals_go_stale(d):
    definition = d.create(list_=[1, 2, 3, 4])
    d.unregister(d.operators[3])
    assert d.total(definition) == FIRST_FOUR
    assert d.global_total() == TOTAL - POWERS[3]
    d.register([d.operators[3]], [POWERS[3]])
    assert d.total(definition) == FIRST_FOUR
    d.become_syncer()
    d.chain.send(d.obls.functions.increaseBatchOperatorVotingPower([(1, E18)]), d.chain.syncer)
    assert d.total(definition) == FIRST_FOUR
    d.govern(d.list_call(definition, [1, 2, 3, 4]))  # id 4 is dead
    assert d.total(definition) == 721 * E18


def test_the_maximum_is_checked_one_way_only(modern):
    d = modern
    definition = d.create(list_=[1, 2, 3], maximum=3)
    refused = error("InvalidMaximumNumberOfAttesters()")
    assert d.chain.revert(d.maximum_call(definition, 4), d.chain.governance) == refused
    d.govern(d.list_call(definition, [1]))
    assert d.chain.revert(d.maximum_call(definition, 2), d.chain.governance) == refused
    d.govern(d.maximum_call(definition, 1))
    d.govern(d.maximum_call(definition, 0))
    receipt = d.govern(d.maximum_call(d.create(), 1000))
    assert receipt["logs"][0]["topics"][0].to_0x_hex() == topic("SetMaximumNumberOfAttesters(uint16,uint256)")
    assert int.from_bytes(receipt["logs"][0]["topics"][1], "big") == 2


def test_a_minimum_above_everyone_leaves_no_total(d):
    definition = d.create(minimum=1200 * E18)
    assert d.stored_total(definition) == POWERS[11]
    d.govern(d.minimum_call(definition, 1200 * E18 + 1))
    assert d.stored_total(definition) == 0


def test_lists_must_ascend_strictly_but_obls_counts_duplicates(d):
    definition = d.create()
    name = "InvalidRestrictedAttesterIds()" if d.modern else "InvalidRestrictedOperatorIndexes()"
    for ids in ([2, 1], [2, 2]):
        assert d.chain.revert(d.list_call(definition, ids), d.chain.governance) == error(name)
    function = d.obls.functions.setTotalVotingPowerPerRestrictedTaskDefinition(definition, 0, [2, 2, 2])
    needed = SYNCER_ROLE if d.modern else role(0x60F62CF2)
    refused = d.chain.revert(function, d.chain.syncer)
    assert refused == error("AccessControlUnauthorizedAccount(address,bytes32)", d.chain.syncer, needed)
    if d.modern:
        d.become_syncer()
        d.chain.send(function, d.chain.syncer)
        assert d.total(definition) == 3 * POWERS[1]


def test_setters_look_at_the_role_before_the_pause(d):
    definition = d.create()
    d.chain.send(d.center.functions.pause(DEFINITION_FLOW), d.chain.governance)
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", d.chain.stranger, GOVERNANCE_ROLE)
    calls = [d.minimum_call(definition, 1), d.list_call(definition, [1])]
    if d.modern:
        calls.append(d.maximum_call(definition, 1))
    for call in calls:
        assert d.chain.revert(call, d.chain.stranger) == denied
        assert d.chain.revert(call, d.chain.governance) == error("FlowIsCurrentlyPaused()")


def test_verify_operator_for_a_definition_in_its_order(modern):
    d, functions = modern, modern.center.functions
    head = d.chain.w3.eth.block_number
    definition = d.create(list_=[2, 3], minimum=300 * E18, expiry=head + 4)

    def verdict(operator, definition=definition):
        return d.chain.revert(functions.verifyOperatorValidForTaskDefinition(operator, definition), block="latest")

    functions.verifyOperatorValidForTaskDefinition(d.operators[2], definition).call()
    assert verdict(UNKNOWN, 999) == error("OperatorNotRegistered(address)", UNKNOWN)
    assert verdict(d.operators[0], 999) == error("TaskDefinitionNotFound(uint16)", 999)
    assert verdict(d.operators[0]) == error("InvalidRestrictedAttester(uint256,uint256)", definition, 1)
    too_weak = error("InsufficientVotingPowerForTaskDefinition(uint16,uint256)", definition, 300 * E18)
    assert verdict(d.operators[1]) == too_weak
    d.chain.rpc("anvil_mine", "0x3")
    assert verdict(d.operators[0]) == error("InvalidTaskDefinition()")  # equal is expired


def test_what_only_v3_can_change(v3):
    definition, functions = v3.create(), v3.center.functions
    for name, value in (
        ("setBaseRewardFeeForAttesters", 11),
        ("setBaseRewardFeeForPerformer", 12),
        ("setBaseRewardFeeForAggregator", 13),
        ("setIsRejectedTaskSlashingEnabled", True),
        ("setIsIncorrectAttestationSlashingEnabled", True),
        ("updateInternalTaskConfig", (True, 3600, 1, b"x")),
    ):
        call = functions[name](definition, value)
        denied = error("AccessControlUnauthorizedAccount(address,bytes32)", v3.chain.stranger, GOVERNANCE_ROLE)
        assert v3.chain.revert(call, v3.chain.stranger) == denied
        v3.govern(call)
    details = functions.getTaskDefinitionDetails(definition).call()
    assert details[:8] == (definition, True, True, "a task", NEVER, 11, 12, 13)


# Who is in the network


def test_registration_again_gives_a_new_id(d):
    functions, operator = d.center.functions, d.operators[1]
    d.unregister(operator)
    unknown = error("OperatorNotRegistered(address)", operator)
    for call in (functions.votingPower(operator), functions.operatorsIdsByAddress(operator)):
        assert d.chain.revert(call) == unknown
    kept = d.chain.word(d.center.address, entry("address", operator, center_base(d) + 9))
    assert kept == (2 if d.modern else 0)
    d.register([operator], [7], [key(99)])
    assert functions.operatorsIdsByAddress(operator).call() == 13
    assert functions.votingPower(operator).call() == 7
    assert functions.numOfTotalOperators().call() == 13
    assert functions.numOfActiveOperators().call() == 12
    for operator_id in (2, 13):  # dead ids still say whose they were
        assert functions.getOperatorPaymentDetail(operator_id).call()[0] == operator
    assert d.power(2) == 0
    assert not d.obls.functions.isActive(2).call()


def test_unregistering_keeps_the_bls_key(d):
    d.unregister(d.operators[1])
    slot = entry("uint256", 2, obls_base(d) + 3)
    assert [d.chain.word(d.obls.address, slot + i) for i in range(4)] == key(2)
    if d.modern:
        assert d.obls.functions.getOperatorBLSPubKey(2).call() == key(2)


def test_a_live_operator_can_be_registered_twice(d):
    d.register([d.operators[0]], [5], [key(1)])
    assert d.obls.functions.isActive(1).call()
    assert d.obls.functions.isActive(13).call()
    assert d.global_total() == TOTAL + 5
    assert d.center.functions.operatorsIdsByAddress(d.operators[0]).call() == 13


def test_an_inactive_id_cannot_be_unregistered(modern):
    d = modern
    d.become_syncer()
    d.chain.send(d.obls.functions.modifyOperatorActiveStatus(3, False), d.chain.syncer)
    call = d.seeder.functions.devnetUnregister(d.center.address, [d.operators[2]])
    assert d.chain.revert(call, d.chain.deployer) == error("OperatorNotRegistered(address)", d.operators[2])


def test_registering_needs_the_message_handler(d):
    call = d.center.functions.registerToNetwork(UNKNOWN, 1, key(1), UNKNOWN)
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", d.chain.governance, role(0x8A70A0EB))
    assert d.chain.revert(call, d.chain.governance) == denied


def test_registration_events_are_indexed_from_v2_on(d):
    receipt = d.register([UNKNOWN], [1])
    log = next(log for log in receipt["logs"] if log["address"] == d.center.address)
    assert log["topics"][0].to_0x_hex() == topic("OperatorRegisteredToNetwork(address,uint256)")
    assert len(log["topics"]) == (2 if d.modern else 1)
    log = d.unregister(UNKNOWN)["logs"][0]
    assert log["topics"][0].to_0x_hex() == topic("OperatorUnregisteredFromNetwork(uint256)")
    assert len(log["topics"]) == (2 if d.modern else 1)


def test_active_operators_have_another_stride_in_each_generation(v1, v2, v3):
    selector = topic("getActiveOperatorsDetails()")[:10]
    for d, stride in ((v2, 128), (v3, 256)):
        answer = d.chain.w3.eth.call({"to": d.center.address, "data": selector})
        assert (len(answer) - 64) // 12 == stride
        rows = d.center.functions.getActiveOperatorsDetails().call()
        assert [row[:4] for row in rows] == [(a, i + 1, POWERS[i], 0) for i, a in enumerate(d.operators)]
    assert rows[4][4] == key(5)
    assert v1.chain.revert_raw(v1.center.address, selector) == "0x"


def test_a_changed_flag_leaves_a_blank_tail_or_panics(modern):
    d = modern
    d.become_syncer()
    set_flag = d.obls.functions.modifyOperatorActiveStatus
    d.chain.send(set_flag(3, False), d.chain.syncer)
    rows = d.center.functions.getActiveOperatorsDetails().call()
    assert len(rows) == 12
    assert rows[11][:2] == ("0x" + "0" * 40, 0)
    assert d.global_total() == TOTAL  # its power stays
    d.chain.send(set_flag(3, True), d.chain.syncer)
    d.unregister(d.operators[3])
    d.chain.send(set_flag(4, True), d.chain.syncer)
    assert d.chain.revert(d.center.functions.getActiveOperatorsDetails()) == PANIC_INDEX


def test_ejection(modern):
    d = modern
    call = d.center.functions.ejectOperatorFromNetwork(d.operators[4])
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", d.chain.stranger, role(0x52FB486E))
    assert d.chain.revert(call, d.chain.stranger) == denied
    d.govern(d.center.functions.setEjector(d.chain.stranger))
    d.chain.send(call, d.chain.stranger)
    assert d.global_total() == TOTAL - POWERS[4]
    d.govern(d.center.functions.revokeEjector(d.chain.stranger))
    assert d.chain.revert(call, d.chain.stranger) == denied


def test_a_thousand_operators_in_two_transactions(v2):
    for start in (0, 500):
        addresses = [Web3.to_checksum_address(f"0x{0xABC0000 + start + i:040x}") for i in range(500)]
        receipt = v2.register(addresses, [E18] * 500)
        assert receipt["gasUsed"] / 500 < 300_000
    assert v2.center.functions.numOfTotalOperators().call() == 1012
    assert v2.global_total() == TOTAL + 1000 * E18


# Updates of voting power


def test_v1_is_synced_by_whom_governance_names(v1):
    batch = v1.obls.functions.increaseBatchOperatorVotingPower([(1, 5)])
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", v1.chain.syncer, SYNCER_ROLE)
    assert v1.chain.revert(batch, v1.chain.syncer) == denied
    v1.become_syncer()
    receipt = v1.chain.send(batch, v1.chain.syncer)
    assert receipt["logs"] == []
    assert v1.power(1) == POWERS[0] + 5


def test_naming_another_syncer_takes_the_role_from_the_one_named_before(modern):
    d = modern
    definition = d.create()
    d.govern(d.center.functions.setOblsSharesSyncer(d.center.address))
    d.become_syncer()
    refused = d.chain.revert(d.list_call(definition, [1]), d.chain.governance)
    assert refused == error("AccessControlUnauthorizedAccount(address,bytes32)", d.center.address, SYNCER_ROLE)


def test_updates_are_deltas(modern):
    d = modern
    receipt = d.chain.send(d.update([(1, 5), (1, 5)], [(2, 3), (1, 2)], 100, 2), d.chain.deployer)
    assert (d.power(1), d.power(2)) == (POWERS[0] + 8, POWERS[1] - 3)
    assert d.global_total() == TOTAL + 5
    names = [log["topics"][0].to_0x_hex() for log in receipt["logs"]]
    assert names == [
        topic("TaskSubmitted(address,uint32,string,bytes,uint16,uint256[])"),
        topic("IncreaseBatchOperatorVotingPower((uint256,uint256)[])"),
        topic("DecreaseBatchOperatorVotingPower((uint256,uint256)[])"),
        topic("VotingPowerUpdated(uint256,uint256,string)"),
        topic("TaskProcessed(uint256,string)"),
    ]
    assert d.handler.functions.getLastCommitBlockL1().call() == 100
    assert d.handler.functions.getLastCommitBlockL2().call() == 2
    again = d.update([(1, 5), (1, 5)], [(2, 3), (1, 2)], 100, 2)
    assert d.chain.revert(again, d.chain.deployer) == error("MessageAlreadySigned()")


def test_the_encoding_of_an_update():
    words = encode([UPDATE], [([(1, 10)], [(2, 5)], 100, 200)])
    expected = (0x20, 0x80, 0xE0, 0x64, 0xC8, 1, 1, 0xA, 1, 2, 5)
    assert words == b"".join(n.to_bytes(32, "big") for n in expected)


def test_one_decrease_too_deep_reverts_the_whole_update(modern):
    d = modern
    assert d.chain.revert(d.update([(1, 5)], [(1, POWERS[0] + 6)]), d.chain.deployer) == PANIC_UNDERFLOW
    d.update([(1, 5)], [(1, POWERS[0] + 5)]).call({"from": d.chain.deployer})  # increases run first
    twice = [(1, POWERS[0] // 2 + 1)] * 2
    assert d.chain.revert(d.update([], twice), d.chain.deployer) == PANIC_UNDERFLOW
    d.unregister(d.operators[1])
    assert d.chain.revert(d.update([], [(2, 1)]), d.chain.deployer) == PANIC_UNDERFLOW


def test_ghost_power(d):
    d.become_syncer()
    d.chain.send(d.obls.functions.increaseBatchOperatorVotingPower([(77, 1000)]), d.chain.syncer)
    assert d.power(77) == 1000
    assert not d.obls.functions.isActive(77).call()
    assert d.global_total() == TOTAL + 1000


def test_checks_on_the_blocks_of_an_update_in_their_order(modern):
    d = modern
    d.chain.send(d.update((), (), 10, 3), d.chain.deployer)

    def refused(l1, l2, block="latest"):
        return d.chain.revert(d.update((), (), l1, l2, proof="next"), d.chain.deployer, block)

    head = d.chain.w3.eth.block_number
    assert refused(10, 3) == error("InvalidToBlockL1VsLastCommitBlockL1(uint256)", 11)
    assert refused(11, 3) == error("InvalidToBlockL2VsLastCommitBlockL2(uint256)", 4)
    assert refused(11, head) == error("InvalidToBlockL2VsCurrentHeight(uint256,uint256)", head, head)
    d.update((), (), 11, head - 1, proof="next").call({"from": d.chain.deployer}, "latest")
    # Mined, the head of now passes; and nothing bounds the block on L1.
    d.chain.send(d.update((), (), NEVER - 1, head, proof="next"), d.chain.deployer)
    stuck = error("InvalidToBlockL1VsLastCommitBlockL1(uint256)", NEVER)
    assert d.chain.revert(d.update((), (), 12, head + 1), d.chain.deployer) == stuck


def test_hopping_back_through_the_syncs(v2):
    landed = []
    for number in range(3):
        v2.chain.rpc("anvil_mine", "0x5")
        at = v2.chain.w3.eth.block_number - 1
        v2.chain.send(v2.update((), (), number + 1, at, proof=str(number)), v2.chain.deployer)
        landed.append(at)
    hops, block = [], "latest"
    while block:
        block = v2.handler.functions.getLastCommitBlockL2().call(block_identifier=block)
        hops.append(block)
    assert hops == [*reversed(landed), 0]


def test_only_the_attestation_center_may_process(modern):
    d = modern
    data = encode([UPDATE], [([], [], 1, 1)])
    call = d.handler.functions.processTask(("p", data, d.operators[0], 10001))
    assert call._encode_transaction_data()[:10] == "0x9d002345"
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", d.chain.deployer, role(0x1F9350CB))
    assert d.chain.revert(call, d.chain.deployer) == denied
    call.call({"from": d.center.address})
    owner_only = error("DevnetNotOwner(address)", d.chain.stranger)
    assert d.chain.revert(d.update(), d.chain.stranger) == owner_only


def test_10002_refreshes_totals_and_does_nothing_else(modern):
    d = modern
    definition = d.create(list_=[1, 2, 3, 4])
    d.unregister(d.operators[3])
    refresh = d.obls.encode_abi("setTotalVotingPowerPerRestrictedTaskDefinition", [definition, 0, [1, 2, 3, 4]])
    refresh_all = d.obls.encode_abi("setTotalVotingPowerPerTaskDefinition", [0, 12, 0])

    def task(*items):
        data = encode(["(address,bytes)[]"], [[(to, bytes.fromhex(data[2:])) for to, data in items]])
        return d.process(data, definition=10002)

    receipt = d.chain.send(task((d.obls.address, refresh), (d.obls.address, refresh_all)), d.chain.deployer)
    assert d.stored_total(definition) == FIRST_FOUR - POWERS[3]
    assert d.stored_total(0) == TOTAL - POWERS[3]
    names = [log["topics"][0].to_0x_hex() for log in receipt["logs"]]
    executed = topic("ExecuteInternalTransactionsTask((address,bytes)[])")
    assert names[-2:] == [executed, topic("TaskProcessed(uint256,string)")]
    assert d.handler.functions.getLastCommitBlockL2().call() == 0

    not_allowed = "InternalTransactionNotAllowed(address,bytes)"
    other = d.obls.encode_abi("increaseOperatorVotingPower", [1, 1])
    for to, data in ((d.center.address, refresh), (d.obls.address, other), (d.obls.address, "0x01")):
        refused = error(not_allowed, to, bytes.fromhex(data[2:]))
        assert d.chain.revert(task((to, data)), d.chain.deployer) == refused
    broken = error("InternalTransactionRevert(bytes)", b"")
    assert d.chain.revert(task((d.obls.address, refresh[:10])), d.chain.deployer) == broken


def test_an_unknown_internal_definition_is_not_found(modern):
    refused = modern.chain.revert(modern.process(b"", definition=10003), modern.chain.deployer)
    assert refused == error("TaskDefinitionNotFound(uint16)", 10003)


# Roles and flows


def test_no_role_can_be_granted_and_one_can_be_renounced_for_good(d):
    functions, chain = d.center.functions, d.chain
    grant = functions.grantRole(GOVERNANCE_ROLE, chain.stranger)
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", chain.governance, bytes(32))
    assert chain.revert(grant, chain.governance) == denied
    renounce = functions.renounceRole(GOVERNANCE_ROLE, chain.governance)
    assert chain.revert(renounce, chain.stranger) == error("AccessControlBadConfirmation()")
    d.govern(renounce)
    assert not functions.hasRole(GOVERNANCE_ROLE, chain.governance).call()


def test_pausing_looks_at_the_flow_before_the_role(d):
    pause, unpause = d.center.functions.pause(DEFINITION_FLOW), d.center.functions.unpause(DEFINITION_FLOW)
    denied = error(
        "AccessControlUnauthorizedAccount(address,bytes32)", d.chain.stranger, DEFINITION_FLOW.ljust(32, b"\0")
    )
    assert d.chain.revert(unpause, d.chain.stranger) == error("UnpausingFlowIsAlreadyUnpaused()")
    assert d.chain.revert(pause, d.chain.stranger) == denied
    d.chain.send(pause, d.chain.operations)
    assert d.chain.revert(pause, d.chain.stranger) == error("PauseFlowIsAlreadyPaused()")


def test_payment_flows_begin_paused_from_v2_on(d):
    for flow in ("c6d72715", "4b5254ec"):
        assert d.center.functions.isFlowPaused(bytes.fromhex(flow)).call() == d.modern
    assert not d.center.functions.isFlowPaused(DEFINITION_FLOW).call()


def test_a_moved_multisig_leaves_the_pauser_roles_behind(d):
    functions, chain = d.center.functions, d.chain
    d.govern(functions.transferAvsGovernanceMultisig(chain.stranger))
    assert functions.hasRole(GOVERNANCE_ROLE, chain.stranger).call()
    assert not functions.hasRole(GOVERNANCE_ROLE, chain.governance).call()
    flow = DEFINITION_FLOW.ljust(32, b"\0")
    assert functions.hasRole(flow, chain.governance).call()
    assert not functions.hasRole(flow, chain.stranger).call()


def test_nothing_is_initialised_twice(d):
    call = d.obls.address, "0xc4d66de8" + UNKNOWN[2:].rjust(64, "0")
    assert d.chain.revert_raw(*call) == error("DevnetAlreadyInitialized()")


# The parts of the attestation center


def test_an_absent_function_ends_in_an_empty_revert(d):
    assert d.chain.revert_raw(d.center.address, "0xdeadbeef") == "0x"


def test_the_parts_answer_behind_one_address(v2):
    functions = v2.center.functions
    extension = functions.EXTENSION_IMPLEMENTATION().call()
    obsolete = functions.OBSOLETE_IMPLEMENTATION().call()
    for address in (extension, obsolete):
        assert v2.chain.w3.eth.get_code(address) != b""
    seven = "uint256,uint256,uint256,uint256,uint256,uint256,uint256[]"
    create = v2.center.get_function_by_signature(f"createNewTaskDefinition(string,({seven}))")
    v2.govern(create("old", (NEVER, 0, 0, 0, 0, 0, [1, 2])))
    v2.govern(functions.setTaskDefinitionMaximumNumberOfOperators(1, 2))
    assert functions.getTaskDefinitionMaximumNumberOfAttesters(1).call() == 2
    assert functions.getTaskDefinitionMaximumNumberOfOperators(1).call() == 2
    v2.govern(functions.setTaskDefinitionRestrictedOperators(1, [3]))
    assert functions.getTaskDefinitionRestrictedOperators(1).call() == [3]
    # An implementation without code answers everything with nothing.
    v2.chain.rpc("anvil_setCode", obsolete, "0x")
    assert v2.chain.w3.eth.call({"to": v2.center.address, "data": "0xdeadbeef"}) == b""


def test_the_generations_can_be_told_apart(v1, v2, v3):
    def answers(d, signature, *values):
        data = error(signature, *values)  # a call is encoded as an error is
        answer = d.chain.w3.provider.make_request("eth_call", [{"to": d.center.address, "data": data}, "latest"])
        return len(answer.get("result", "0x")) > 2

    probes = {
        "getTaskDefinitionDetails(uint16)": (v3,),
        "getTaskDefinitionRestrictedAttesters(uint16)": (v2,),
        "getTaskDefinitionRestrictedOperators(uint16)": (v1, v2),
    }
    for signature, having in probes.items():
        for d in (v1, v2, v3):
            assert answers(d, signature, 0) == (d in having), (signature, d.generation)
    assert [answers(d, "internalTaskHandler()") for d in (v1, v2, v3)] == [False, True, True]
    assert [answers_registered(d) for d in (v1, v2, v3)] == [False, False, True]


def answers_registered(d):
    data = error("isRegistered(uint256)", 1)
    answer = d.chain.w3.provider.make_request("eth_call", [{"to": d.obls.address, "data": data}, "latest"])
    return "result" in answer


# Storage


def center_base(d):
    return V3_BASES["AttestationCenter"] if d.generation == "v3" else AC_BASE


def obls_base(d):
    return V3_BASES["OBLS"] if d.generation == "v3" else OBLS_BASE


def test_storage_of_the_attestation_center(d):
    functions, word = d.center.functions, lambda slot: d.chain.word(d.center.address, slot)
    base = center_base(d)
    long_name = "a name that does not fit into the thirty-two bytes of one word"
    definition = d.create(list_=[3, 5], minimum=7, maximum=2, expiry=123456, name="short")
    d.create(name=long_name)
    d.govern(functions.setAvsLogic(UNKNOWN))
    d.govern(functions.setFeeCalculator(UNKNOWN))
    assert word(base + 2) == functions.numOfTotalOperators().call() == 12
    assert word(base + 3) == int(functions.obls().call(), 16)
    assert word(base + 4) == int(d.seeder.address, 16)
    assert word(base + 5) == int(functions.avsLogic().call(), 16) == 0xAA
    assert word(base + 6) == functions.numOfTaskDefinitions().call() == 2
    assert word(entry("address", d.operators[4], base + 9)) == 5
    assert word(entry("uint256", 5, base + 10)) == int(d.operators[4], 16)
    assert word(base + 11) == functions.numOfActiveOperators().call() == 12
    assert word(base + 12) == 0xAA
    assert word(base + 14) == int(d.chain.deployer, 16) << 8 | 1

    slot = entry("uint256", definition, base + 7)
    short = int.from_bytes(b"short".ljust(31, b"\0"), "big") << 8 | 10
    expected = [definition, short, 123456, 1, 2, 3, 4, 7, 2, 2 if d.modern else 0]
    assert [word(slot + i) for i in range(10)] == expected
    items = int.from_bytes(keccak(encode(["uint256"], [slot + 8])), "big")
    assert [word(items), word(items + 1)] == d.list_of(definition) == [3, 5]
    assert d.minimum_of(definition) == 7
    assert word(entry("uint256", 2, base + 7) + 1) == len(long_name) * 2 + 1


def test_storage_of_what_v2_added(v2):
    word = v2.chain.word
    assert word(v2.center.address, AC_BASE + 16) == int(v2.center.functions.internalTaskHandler().call(), 16)
    v2.govern(v2.center.functions.setIsOpenAggregator(True))
    assert word(v2.center.address, AC_BASE + 16) >> 160 == 1
    v2.chain.send(v2.update((), (), 5, 2, proof="p"), v2.chain.deployer)
    assert word(v2.center.address, AC_BASE) == v2.center.functions.taskNumber().call() == 1
    data = encode([UPDATE], [([], [], 5, 2)])
    hashed = keccak(encode(["string", "bytes", "address", "uint16"], ["p", data, v2.operators[0], 10001]))
    assert word(v2.center.address, entry("bytes32", hashed, AC_BASE + 8)) == 1
    handler = v2.handler.address
    assert [word(handler, HANDLER_BASE + i) for i in range(3)] == [int(v2.obls.address, 16), 5, 2]


def test_storage_of_obls(d):
    d.become_syncer()
    word, base = (lambda slot: d.chain.word(d.obls.address, slot)), obls_base(d)
    assert word(base) == int(d.obls.functions.getOblsManager().call(), 16) == int(d.center.address, 16)
    assert word(base + 1) == d.global_total() == TOTAL
    slot = entry("uint256", 6, base + 3)
    assert [word(slot + i) for i in range(6)] == [*key(6), POWERS[5], 1]
    assert word(base + 4) == int(d.chain.syncer, 16)


def test_v3_keeps_its_state_elsewhere(v3):
    for address, base in (
        (v3.center.address, AC_BASE),
        (v3.obls.address, OBLS_BASE),
        (v3.handler.address, HANDLER_BASE),
    ):
        assert [v3.chain.word(address, base + i) for i in range(17)] == [0] * 17
    definition = v3.create()
    v3.govern(v3.center.functions.setIsIncorrectAttestationSlashingEnabled(definition, True))
    slot = entry("uint256", definition, V3_BASES["AttestationCenter"] + 7)
    assert v3.chain.word(v3.center.address, slot) == 1 << 24 | definition


# L1


def test_voting_power_is_stake_times_multiplier_under_a_cap(d):
    functions, chain = d.governance.functions, d.chain
    first, second = (staking.address for staking in d.stakings)

    def power(index):
        return functions.votingPower(d.operators[index]).call()

    assert [power(i) for i in range(12)] == POWERS
    item = (first, 5, 0, 0) if d.generation == "v3" else (first, 5)
    setter = "setStakingContractMultiplier" if d.modern else "setStrategyMultiplier"
    denied = error("AccessControlUnauthorizedAccount(address,bytes32)", chain.governance, role(0xEF0892D1))
    assert chain.revert(functions[setter](item), chain.governance) == denied
    d.govern(functions.setAvsGovernanceMultiplierSyncer(chain.syncer))
    chain.send(functions[setter](item), chain.syncer)
    assert power(0) == POWERS[0] * 2
    chain.send(functions[setter]((first, 0, *item[2:])), chain.syncer)
    assert power(0) == POWERS[0]  # 0 counts as 1
    if d.modern:
        refused = chain.revert(functions[setter]((first, 2**96, *item[2:])), chain.syncer)
        assert refused == error("InvalidMultiplier()")
        parts = [functions.votingPowerPerStakingContracts(d.operators[3], [c]).call() for c in (first, second)]
        assert parts == [100 * E18, 300 * E18]
    d.govern(functions.setMaxEffectiveBalance(200 * E18))
    assert (power(0), power(3)) == (POWERS[0], 200 * E18)
    if d.modern:  # capped in each call, so parts need not add up
        parts = [functions.votingPowerPerStakingContracts(d.operators[3], [c]).call() for c in (first, second)]
        assert parts == [100 * E18, 200 * E18]
        assert functions.votingPowerPerStakingContracts(d.operators[3], [UNKNOWN]).call() == 0


def test_lists_of_staking_contracts(v1, v2, v3):
    first, second = (staking.address for staking in v1.stakings)
    v1.govern(v1.governance.functions.setSupportedStrategies([second, first, first]))
    assert v1.governance.functions.strategies().call() == [second, first, first]
    for d in (v2, v3):
        setter = d.governance.functions.setSupportedStakingContracts
        first, second = (staking.address for staking in d.stakings)
        refused = d.chain.revert(setter([(second, 0), (first, 0)]), d.chain.governance)
        assert refused == error("StakingContractsNotInAscendingOrder()")
        d.govern(setter([(second, 0), (second, 0)]))  # equal neighbours pass and count twice
        assert d.governance.functions.votingPower(d.operators[3]).call() == 600 * E18


def test_who_is_unknown_on_l1(v1, v2, v3):
    assert v1.chain.revert(v1.governance.functions.votingPower(UNKNOWN)) == "0x3d738b2e"
    for d in (v2, v3):
        assert d.governance.functions.votingPower(UNKNOWN).call() == 0
        left = d.registry.functions.devnetSetRegisteredWithAvsDirectory([d.operators[0]], False)
        d.chain.send(left, d.chain.deployer)
        assert d.governance.functions.votingPower(d.operators[0]).call() == 0
        assert d.governance.functions.isOperatorRegistered(d.operators[0]).call()


def test_unregistered_from_the_avs_still_has_power(d):
    functions, operator = d.governance.functions, d.operators[2]
    receipt = d.chain.send(functions.devnetUnregister(operator), d.chain.deployer)
    assert receipt["logs"][0]["topics"][0].to_0x_hex() == topic("OperatorUnregistered(address)")
    assert len(receipt["logs"][0]["topics"]) == (2 if d.modern else 1)
    assert not functions.isOperatorRegistered(operator).call()
    assert functions.numOfActiveOperators().call() == 11
    assert functions.votingPower(operator).call() == POWERS[2]


def test_the_minimum_on_l1_is_looked_at_on_registration_only(d):
    functions = d.governance.functions
    d.chain.send(functions.devnetUnregister(d.operators[0]), d.chain.deployer)
    d.govern(functions.setMinVotingPower(POWERS[0] + 1))
    again = functions.devnetRegister([d.operators[0]], [key(1)])
    assert d.chain.revert(again, d.chain.deployer) == error("NotEnoughVotingPower()")
    twice = functions.devnetRegister([d.operators[1]], [key(1)])
    assert d.chain.revert(twice, d.chain.deployer) == error("OperatorAlreadyRegistered()")
    assert functions.minVotingPower().call() == POWERS[0] + 1


def test_reading_a_power_costs_what_a_real_one_costs(d):
    used = d.chain.gas(d.governance.functions.votingPower(d.operators[0]))
    assert 50_000 <= used < 100_000


def test_every_way_a_read_can_break(d):
    operator, read = d.operators[0], d.governance.functions.votingPower(d.operators[0])
    staking = d.stakings[1].functions
    expected = {
        1: "0x",
        2: "0x",
        3: "0x",
        4: error("Error(string)", "the price feed is stale"),
        5: error("StakeUnavailable(address,uint256)", operator, 5),
    }
    for mode, data in expected.items():
        d.chain.send(staking.devnetBreak(operator, mode), d.chain.deployer)
        assert d.chain.revert(read) == data
        assert d.governance.functions.votingPower(d.operators[1]).call() == POWERS[1]
    d.chain.send(staking.devnetBreak(operator, 0), d.chain.deployer)
    assert read.call() == POWERS[0]


# Reading many at once


def aggregate3(chain, address, abi, calls, overrides):
    contract = chain.w3.eth.contract(address=address, abi=abi)
    tx = {"to": address, "data": contract.encode_abi("aggregate3", [calls]), "gas": hex(100_000_000)}
    return chain.w3.provider.make_request("eth_call", [tx, "latest", overrides])


def test_the_lens_and_multicall3_answer_alike(v1):
    chain, read = v1.chain, v1.governance.functions.votingPower
    runtime = artifact("Multicall3Compatible")["runtime"]
    lens = json.loads((ROOT / "avsctl/contracts/lens.json").read_text())
    calls = [(v1.governance.address, True, read(who)._encode_transaction_data()) for who in (v1.operators[0], UNKNOWN)]
    of_multicall = aggregate3(chain, MULTICALL3, published_abi("Multicall3"), calls, {MULTICALL3: {"code": runtime}})
    of_lens = aggregate3(chain, UNKNOWN, lens["abi"], calls, {UNKNOWN: {"code": lens["runtime"]}})
    assert of_lens["result"] == of_multicall["result"]
    ((good, bad),) = decode(["(bool,bytes)[]"], bytes.fromhex(of_lens["result"][2:]))
    assert good == (True, encode(["uint256"], [POWERS[0]]))
    assert bad == (False, bytes.fromhex("3d738b2e"))
    strict = [(v1.governance.address, False, calls[1][2])]
    for address, abi, code in (
        (MULTICALL3, published_abi("Multicall3"), runtime),
        (UNKNOWN, lens["abi"], lens["runtime"]),
    ):
        refused = aggregate3(chain, address, abi, strict, {address: {"code": code}})
        assert refused["error"]["data"] == error("Error(string)", "Multicall3: call failed")


def test_multicall3_at_its_address(chain, restored):
    chain.rpc("anvil_setCode", MULTICALL3, artifact("Multicall3Compatible")["runtime"])
    functions = chain.contract(MULTICALL3, published_abi("Multicall3")).functions
    head = chain.w3.eth.get_block("latest")
    assert functions.getBlockNumber().call() == head["number"]
    assert functions.getCurrentBlockTimestamp().call() == head["timestamp"]
    assert functions.getEthBalance(chain.deployer).call() == chain.w3.eth.get_balance(chain.deployer)
    assert functions.getBlockHash(head["number"] - 1).call() == head["parentHash"]
    assert functions.tryAggregate(False, [(MULTICALL3, "0xdeadbeef")]).call() == [(False, b"")]


def test_the_lens_reads_storage_and_runs_calls_as_the_account(v2):
    chain = v2.chain
    lens = json.loads((ROOT / "avsctl/contracts/lens.json").read_text())

    def ask(address, name, argument):
        data = chain.w3.eth.contract(abi=lens["abi"]).encode_abi(name, [argument])
        tx = {"to": address, "data": data, "gas": hex(100_000_000)}
        answer = chain.rpc("eth_call", tx, "latest", {address: {"code": lens["runtime"]}})
        return bytes.fromhex(answer[2:])

    slots = [(OBLS_BASE + i).to_bytes(32, "big") for i in (0, 1)]
    words = decode(["bytes32[]"], ask(v2.obls.address, "slots", slots))[0]
    assert [int.from_bytes(word, "big") for word in words] == [int(v2.center.address, 16), TOTAL]

    read = v2.obls.functions.totalVotingPowerPerTaskDefinition(1)._encode_transaction_data()
    sequence = [
        (v2.center.address, 0, v2.create_call(list_=[1, 2, 3, 4])._encode_transaction_data()),
        (v2.obls.address, 0, read),
        (v2.center.address, 0, v2.list_call(9, [1])._encode_transaction_data()),
        (v2.center.address, 0, v2.minimum_call(1, 0)._encode_transaction_data()),
        (v2.obls.address, 0, read),
    ]
    outcomes = decode(["(bool,bytes)[]"], ask(chain.governance, "run", sequence))[0]
    assert [ok for ok, _ in outcomes] == [True, True, False, True, True]
    assert outcomes[1][1] == encode(["uint256"], [FIRST_FOUR])
    assert outcomes[2][1].hex() == error("TaskDefinitionNotFound(uint16)", 9)[2:]
    assert outcomes[4][1] == encode(["uint256"], [TOTAL])
