"""The traps of quorums and totals (OTHENTIC.md 7.A), 1 to 15, on each generation that has them.

Each test shows the bad state as a raw call makes it, what ``restricted list`` says of it, and the command of avsctl
that does not get there or mends it. Whether a task passes is always tried on the contract.
"""

import pytest
from commandline import Run, run, through_proxies
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak
from test_cli_tasks import (
    answering_storage,
    by_strength,
    create,
    create_call,
    everyone,
    govern,
    list_call,
    maximum_call,
    minimum_call,
    power,
)
from test_contract_rules import AC_BASE, E18, NEVER, OBLS_BASE, UPDATE, V3_BASES, entry
from test_submit_task import ECDSA_FORM, Task, bls, word

from avsctl.contracts.address import to_checksum
from avsctl.devnet import changes, rpc
from avsctl.devnet.plan import Operator
from avsctl.devnet.rpc import Transaction, calldata
from avsctl.errors import NodeError

MULTISIG_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
"""Of anvil's second account, which is the multisig of a devnet."""
STRANGER = Operator(to_checksum("0x" + "ab" * 20), "0x" + "1" * 64, (1, 2, 3, 4), 5000 * E18)
ALIVE = ("live", "fragile")


@pytest.fixture(params=["v1", "v2", "v3"])
def calm(request, devnets, unchanged):
    """Twelve operators that all are active, nothing stale."""
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture(params=["v2", "v3"])
def modern(request, devnets, unchanged):
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


# What the contract does with a task


def attempt(devnet, definition, ids, *, is_approved=True, data=b"", performer=1):
    """Try a task attested by these ids; gives the name of the error, None where it passes."""
    call = submission(devnet, definition, ids, is_approved=is_approved, data=data, performer=performer)
    base = V3_BASES["OBLS"] if str(devnet.generation) == "v3" else OBLS_BASE
    keys = {word(entry("uint256", i, base + 3) + n): word(0) for i in ids for n in range(4)}
    try:
        assert rpc.call(devnet.l2_url, "eth_call", call, "latest", {devnet.contracts.obls: {"stateDiff": keys}}) == "0x"
    except NodeError as error:
        return next(name for name in ERRORS if keccak(text=name)[:4].hex() in str(error)).partition("(")[0]
    return None


def submission(devnet, definition, ids, *, is_approved=True, data=b"", performer=1):
    who = devnet.operators[performer - 1]
    task = Task(definition=definition, data=data, performer=who.address, signer=Account.from_key(who.private_key))
    body = calldata(ECDSA_FORM, task.info, (is_approved, task.performer_signature, bls.INFINITY, sorted(ids)))
    return {"from": who.address, "to": devnet.contracts.attestation_center, "data": "0x" + body.hex()}


ERRORS = (
    "InvalidRequiredVotingPower()",
    "InsufficientVotingPower()",
    "InvalidMaximumNumberOfAttesters()",
    "OperatorDoesNotHaveMinimumVotingPower(uint256)",
    "InactiveOperator(uint256)",
    "MessageAlreadySigned()",
    "FeesUnavailable(uint16)",
    "InvalidRestrictedAttesterIds()",
    "InvalidRestrictedOperatorIndexes()",
)


def refusal(devnet, data):
    """Call AttestationCenter as governance; gives the name of the error, None where it passes."""
    call = {"from": devnet.multisig, "to": devnet.contracts.attestation_center, "data": "0x" + data.hex()}
    try:
        rpc.call(devnet.l2_url, "eth_call", call, "latest")
    except NodeError as error:
        return next(name for name in ERRORS if keccak(text=name)[:4].hex() in str(error)).partition("(")[0]
    return None


def empty_sync(devnet, definition):
    """What an internal task carries that has nothing to do."""
    if definition == 10001:
        return encode([UPDATE], [([], [], rpc.head(devnet.l1_url), rpc.head(devnet.l2_url) - 1)])
    return encode(["(address,bytes)[]"], [[]]) if definition == 10002 else b""


# What avsctl says and does


class Look:
    """One definition as ``restricted list`` shows it, its verdict tried with the strongest that may attest."""

    def __init__(self, devnet, env_for, definition, performer=1):
        command = ("restricted", "list", "--task", str(definition))
        answer = run(env_for(devnet), *command, "-o", "json")
        (self.row,) = answer.data["task_definitions"]
        self.verdict, self.quorum = self.row["verdict"], self.row["quorum"]
        findings = answer.document["findings"]
        own = [f for f in findings if f["subject"] == f"task {definition}"]
        self.texts = {f["code"]: f["text"] for f in own}
        self.remedies = {f["code"]: f["remedy"] for f in own}
        most = int(self.row["maximum_number_of_attesters"]) or None
        strongest = by_strength(self.row)[:most]
        data = empty_sync(devnet, definition)
        self.refused = attempt(devnet, definition, strongest, data=data, performer=performer)
        assert (self.refused is None) is (self.verdict != "dead")

    @property
    def codes(self):
        return set(self.texts)

    @property
    def is_well(self):
        return self.verdict in ALIVE and self.codes <= {"fragile"}


def send(devnet, env_for, *arguments):
    """Run ``avsctl task`` with these arguments and let it send, signed by the multisig's key."""
    settings = env_for(devnet) | {"TRAP_KEY": MULTISIG_KEY}
    return run(settings, "task", *arguments, "--send", "--yes", "--key-env", "TRAP_KEY", "-o", "json")


def sent(devnet, env_for, *arguments):
    """Send what must be sent; gives the names of the functions called."""
    answer = send(devnet, env_for, *arguments)
    assert answer.status == 0, told(answer)
    assert MULTISIG_KEY[2:] not in answer.stdout + answer.stderr
    return functions(answer)


def told(answer: Run):
    return answer.problems + [f"{f['code']}: {f['text']}" for f in answer.document["findings"]]


def functions(answer: Run):
    return [call["function"].partition("(")[0] for call in answer.data["calls"]]


def refused(devnet, env_for, *arguments):
    """Try to send what must be refused; gives the codes of the critical findings."""
    nonce = nonce_of(devnet)
    answer = send(devnet, env_for, *arguments)
    assert answer.status == 4, told(answer)
    assert nonce_of(devnet) == nonce
    return {f["code"] for f in answer.document["findings"] if f["severity"] == "critical"}


def nonce_of(devnet):
    return rpc.call(devnet.l2_url, "eth_getTransactionCount", devnet.multisig, "pending")


def set_list(devnet):
    whom = "Operators" if str(devnet.generation) == "v1" else "Attesters"
    return f"setTaskDefinitionRestricted{whom}"


SET_MINIMUM = "setTaskDefinitionMinVotingPower"
SET_MAXIMUM = "setTaskDefinitionMaximumNumberOfAttesters"


def bring_to(devnet, powers):
    """Let operators have these powers on both layers."""
    held = {i: devnet.operators[i - 1].voting_power for i in powers}
    changes.land_sync(devnet, {}, {i: held[i] - wanted for i, wanted in powers.items()})
    changes.set_powers(devnet, {devnet.operators[i - 1].address: wanted for i, wanted in powers.items()})


def strongest(devnet):
    return max(operator.voting_power for operator in devnet.operators)


def test_trap_1_a_minimum_on_a_restricted_definition_counts_everyone(calm, env_for):
    bad, good = create(calm, list_=[1, 2, 3, 4]), create(calm, list_=[1, 2, 3, 4])
    govern(calm, minimum_call(bad, 100 * E18))
    look = Look(calm, env_for, bad)
    assert (look.verdict, look.refused) == ("dead", "InsufficientVotingPower")
    assert {"dead", "stale"} <= look.codes
    assert look.quorum["stored_total"] == str(everyone(calm))
    assert sent(calm, env_for, "refresh", str(bad)) == [set_list(calm)]
    assert Look(calm, env_for, bad).is_well

    assert sent(calm, env_for, "update", str(good), "--min-power", "100e18") == [SET_MINIMUM, set_list(calm)]
    look = Look(calm, env_for, good)
    assert look.is_well
    assert look.row["minimum_voting_power"] == str(100 * E18)
    assert look.quorum["stored_total"] == str(power(calm, 1, 2, 3, 4))


def test_trap_2_an_emptied_list_leaves_no_total(calm, env_for):
    minimum = strongest(calm)
    bad, good = create(calm, list_=[1, 2, 3, 4], minimum=minimum), create(calm, list_=[1, 2, 3, 4], minimum=minimum)
    govern(calm, list_call(calm, bad, []))
    look = Look(calm, env_for, bad)
    is_v1 = str(calm.generation) == "v1"
    assert look.refused == ("InvalidRequiredVotingPower" if is_v1 else "InsufficientVotingPower")
    assert {"dead", "stale"} <= look.codes
    assert look.quorum["stored_total"] == ("0" if is_v1 else str(everyone(calm)))
    assert sent(calm, env_for, "refresh", str(bad)) == [SET_MINIMUM]
    assert Look(calm, env_for, bad).is_well

    assert sent(calm, env_for, "update", str(good), "--restricted", "none") == [set_list(calm), SET_MINIMUM]
    look = Look(calm, env_for, good)
    assert look.is_well
    assert (look.row["restricted_operator_ids"], look.quorum["stored_total"]) == ([], str(minimum))


def test_trap_3_a_list_of_nobody_shows_the_total_of_everybody(calm, env_for):
    bad = create(calm, list_=[0, 99, NEVER])
    look = Look(calm, env_for, bad)
    assert {"dead", "unknown_ids_listed"} <= look.codes
    assert look.texts["unknown_ids_listed"] == f"lists 0, 99, {NEVER}"
    assert look.quorum["attainable"] == "0"
    assert look.quorum["stored_total"] == ("0" if str(calm.generation) == "v1" else str(everyone(calm)))
    assert sent(calm, env_for, "update", str(bad), "--restricted", "1,2,3,4") == [set_list(calm)]
    assert Look(calm, env_for, bad).is_well

    new = ("create", "--name", "nobody", "--restricted")
    assert refused(calm, env_for, *new, "98,99") == {"dead", "unknown_ids_listed"}
    assert send(calm, env_for, *new, "0").status == 2
    gone = calm.operators[0].address
    changes.unregister_l2(calm, [gone])
    answer = send(calm, env_for, *new, gone)
    assert answer.status == 2
    assert f"{gone} is not registered any more: its ids, 1, are dead" in answer.problems[0]


def test_trap_4_totals_go_stale(calm, env_for):
    bad = create(calm, list_=[1, 2, 3, 4])
    first, second = sorted((1, 2, 3, 4), key=lambda i: -power(calm, i))[:2]
    gone = [calm.operators[i - 1].address for i in (first, second)]
    changes.unregister_l2(calm, gone)
    look = Look(calm, env_for, bad)
    assert (look.verdict, look.refused) == ("dead", "InsufficientVotingPower")
    assert {"dead", "stale", "dead_ids_listed"} <= look.codes
    assert look.quorum["stored_total"] == str(power(calm, 1, 2, 3, 4))
    assert sent(calm, env_for, "refresh", str(bad)) == [set_list(calm)]
    look = Look(calm, env_for, bad)
    assert look.verdict in ALIVE
    assert look.codes <= {"fragile", "dead_ids_listed"}

    assert "stale" in run(env_for(calm), "restricted", "list", "-o", "json").codes
    sent(calm, env_for, "refresh", "--stale")
    answer = run(env_for(calm), "task", "list", "-o", "json")
    assert not {"dead", "stale"} & set(answer.codes)


@pytest.mark.parametrize("internal", [10001, 10002])
def test_trap_5_the_total_of_a_sync_gates_the_sync(modern, env_for, internal):
    govern(modern, list_call(modern, internal, [1, 2, 3]))
    assert Look(modern, env_for, internal).is_well
    gone = sorted((1, 2, 3), key=lambda i: -power(modern, i))[:2]
    changes.unregister_l2(modern, [modern.operators[i - 1].address for i in gone])
    look = Look(modern, env_for, internal)
    assert (look.verdict, look.refused) == ("dead", "InsufficientVotingPower")
    assert {"dead", "stale"} <= look.codes
    assert sent(modern, env_for, "refresh", str(internal)) == [set_list(modern)]
    assert Look(modern, env_for, internal).verdict in ALIVE

    dead_list = ("update", str(internal), "--restricted", ",".join(map(str, sorted(gone))))
    assert refused(modern, env_for, *dead_list) == {"dead", "sync_unable"}


def test_trap_6_without_power_no_sync_can_begin(modern, env_for):
    govern(modern, list_call(modern, 10001, []))
    bring_to(modern, dict.fromkeys(range(1, 13), 0))
    look = Look(modern, env_for, 10001)
    assert (look.verdict, look.refused) == ("dead", "InvalidRequiredVotingPower")
    assert "nothing can be approved" in look.texts["dead"]
    assert refused(modern, env_for, "update", "10001", "--restricted", "1,2,3") == {"dead", "sync_unable"}
    assert refused(modern, env_for, "create", "--name", "too early") == {"dead"}

    changes.register_l2(modern, [STRANGER], [STRANGER.voting_power])
    assert sent(modern, env_for, "update", "10001", "--restricted", STRANGER.address) == [set_list(modern)]
    assert Look(modern, env_for, 10001).is_well


def test_trap_7_the_strongest_within_the_maximum_miss_the_quorum(modern, env_for):
    bad, good = create(modern, list_=range(1, 7)), create(modern, list_=range(1, 7))
    govern(modern, maximum_call(bad, 1))
    look = Look(modern, env_for, bad)
    assert (look.verdict, look.refused, look.codes) == ("dead", "InsufficientVotingPower", {"dead"})
    assert attempt(modern, bad, [1, 2]) == "InvalidMaximumNumberOfAttesters"
    assert sent(modern, env_for, "set-max-attesters", str(bad), "none") == [SET_MAXIMUM]
    assert Look(modern, env_for, bad).is_well

    answer = send(modern, env_for, "set-max-attesters", str(good), "1")
    assert answer.status == 4
    assert {"dead", "max_below_quorum"} <= set(answer.codes)
    assert sent(modern, env_for, "set-max-attesters", str(good), "5") == [SET_MAXIMUM]
    assert Look(modern, env_for, good).row["maximum_number_of_attesters"] == "5"


def test_trap_7_the_first_generation_has_no_maximum(devnets, unchanged, env_for):
    with unchanged(devnets("v1", drift=0)) as devnet:
        assert send(devnet, env_for, "set-max-attesters", "1", "5").status == 6
        assert send(devnet, env_for, "update", "1", "--max-attesters", "5").status == 6


def test_trap_8_a_maximum_above_a_shrunken_list(modern, env_for):
    bad, good = (create(modern, list_=range(1, 7), most=5) for _ in range(2))
    govern(modern, list_call(modern, bad, [1, 2, 3]))
    look = Look(modern, env_for, bad)
    assert (look.row["maximum_number_of_attesters"], len(look.row["operators"])) == ("5", 3)
    assert look.texts["max_above_list"] == "the maximum is 5, the list has 3: setting a maximum above 3 reverts"
    assert look.remedies["max_above_list"] == [f"avsctl task set-max-attesters {bad} 3"]
    assert refusal(modern, maximum_call(bad, 4)) == "InvalidMaximumNumberOfAttesters"
    answer = send(modern, env_for, "set-max-attesters", str(bad), "4")
    assert answer.status == 2
    assert "is above the length of the list" in answer.problems[0]
    assert sent(modern, env_for, "set-max-attesters", str(bad), "3") == [SET_MAXIMUM]
    look = Look(modern, env_for, bad)
    assert look.is_well
    assert look.row["maximum_number_of_attesters"] == "3"

    assert sent(modern, env_for, "update", str(good), "--restricted", "1,2,3") == [SET_MAXIMUM, set_list(modern)]
    look = Look(modern, env_for, good)
    assert look.is_well
    assert (look.row["maximum_number_of_attesters"], look.row["restricted_operator_ids"]) == ("3", [1, 2, 3])


@pytest.mark.parametrize("listed", [(), (1, 2, 3, 4)], ids=["open", "restricted"])
def test_trap_9_a_minimum_above_everyone(calm, env_for, listed):
    everyone_listed = listed or range(1, 13)
    most = max(power(calm, i) for i in everyone_listed)
    bad, good = create(calm, list_=listed, minimum=strongest(calm) + 1), create(calm, list_=listed)
    look = Look(calm, env_for, bad)
    assert "dead" in look.codes
    assert look.quorum["attainable"] == "0"
    below = attempt(calm, bad, [1])
    assert below == ("InvalidRequiredVotingPower" if str(calm.generation) == "v1" else BELOW_MINIMUM)
    assert sent(calm, env_for, "update", str(bad), "--min-power", "none")[0] == SET_MINIMUM
    assert Look(calm, env_for, bad).is_well

    change = ("update", str(good), "--min-power")
    assert refused(calm, env_for, *change, f"{strongest(calm) + 1}raw") == {"dead"}
    assert SET_MINIMUM in sent(calm, env_for, *change, f"{most}raw")
    look = Look(calm, env_for, good)
    assert look.is_well
    assert look.quorum["attainable"] == str(most)


BELOW_MINIMUM = "OperatorDoesNotHaveMinimumVotingPower"


def test_trap_10_small_totals_round_to_nothing(calm, env_for):
    bring_to(calm, {4: 2, 5: 1})
    one, two = create(calm, list_=[5]), create(calm, list_=[4])
    look = Look(calm, env_for, one)
    assert (look.refused, look.quorum["required_approve"]) == ("InvalidRequiredVotingPower", "0")
    assert look.texts["dead"].startswith("the total is 1raw: two thirds of it are 0")
    look = Look(calm, env_for, two)
    assert look.texts["total_too_small"] == "the total is 2raw: no task can be rejected"
    assert (look.refused, look.quorum["required_reject"]) == (None, "0")
    assert attempt(calm, two, [4], is_approved=False) == "InvalidRequiredVotingPower"

    assert refused(calm, env_for, "create", "--name", "tiny", "--restricted", "5") == {"dead"}
    answer = run(env_for(calm), "task", "create", "--name", "small", "--restricted", "4", "-o", "json")
    assert "total_too_small" in answer.codes
    for bad in (one, two):
        sent(calm, env_for, "update", str(bad), "--restricted", "4,5")
        look = Look(calm, env_for, bad)
        assert look.is_well
        assert look.quorum["required_reject"] == "1"
        assert attempt(calm, bad, [5], is_approved=False) is None


def test_trap_11_a_third_rejects_first_and_for_good(calm, env_for):
    few = create(calm, list_=[1, 2, 3])
    look = Look(calm, env_for, few)
    heaviest = by_strength(look.row)[0]
    assert power(calm, heaviest) >= int(look.quorum["required_reject"])
    assert attempt(calm, few, [heaviest], is_approved=False, performer=2) is None
    land_rejection(calm, few, heaviest)
    assert attempt(calm, few, [1, 2, 3]) == "MessageAlreadySigned"

    sent(calm, env_for, "update", str(few), "--restricted", ",".join(map(str, range(1, 13))))
    look = Look(calm, env_for, few, performer=2)
    assert look.is_well
    assert strongest(calm) < int(look.quorum["required_reject"])
    assert attempt(calm, few, [heaviest], is_approved=False, performer=2) == "InsufficientVotingPower"


def land_rejection(devnet, definition, operator_id):
    """Submit a task that one operator rejects, whose key is made the point at infinity."""
    base = V3_BASES["OBLS"] if str(devnet.generation) == "v3" else OBLS_BASE
    for n in range(4):
        slot = entry("uint256", operator_id, base + 3) + n
        rpc.call(devnet.l2_url, "anvil_setStorageAt", devnet.contracts.obls, word(slot), word(0))
    call = submission(devnet, definition, [operator_id], is_approved=False)
    rpc.call(devnet.l2_url, "anvil_setBalance", call["from"], hex(E18))
    rpc.call(devnet.l2_url, "anvil_impersonateAccount", call["from"])
    rpc.send(devnet.l2_url, [Transaction(call["from"], call["to"], bytes.fromhex(call["data"][2:]))])
    rpc.call(devnet.l2_url, "anvil_stopImpersonatingAccount", call["from"])


def test_trap_12_list_and_minimum_bind_attesters_only(calm, env_for):
    """No call changes that: it is said beside list and minimum, also where they are set, and who may not attest."""
    outside = min(range(5, 13), key=lambda i: power(calm, i))
    minimum = power(calm, outside) + 1
    listed = [i for i in range(1, 13) if power(calm, i) >= minimum][:4]
    definition = create(calm, list_=listed, minimum=minimum)
    assert attempt(calm, definition, listed, performer=outside) is None
    assert "attesters only" in run(env_for(calm), "restricted", "list", "--task", str(definition)).stdout
    change = run(env_for(calm), "task", "update", str(definition), "--restricted", ",".join(map(str, listed[:3])))
    assert change.stdout.count("attesters only") == 1
    (row,) = [
        each
        for each in run(env_for(calm), "operator", "show", str(outside), "-o", "json").data["task_definitions"]
        if each["task_definition_id"] == definition
    ]
    assert row["eligible"] is False


def test_trap_13_a_fee_calculator_blocks_the_syncs(modern, env_for):
    """It is named where it can be read; what it leaves undone is shown, and mended without a sync."""
    assert not calculators(modern, env_for)
    calculator = hang_calculator(modern, 10001, 10002)
    told = f"{calculator} is asked for the fees of every task, 10001 and 10002 too, and blocks those that it reverts on"
    assert calculators(modern, env_for) == ({told} if str(modern.generation) == "v2" else set())
    for internal in (10001, 10002):
        data = empty_sync(modern, internal)
        assert attempt(modern, internal, range(1, 10), data=data) == "FeesUnavailable"
    assert attempt(modern, 1, range(1, 13)) is None
    stale = create(modern, list_=[1, 2, 3, 4])
    changes.unregister_l2(modern, [modern.operators[3].address])
    assert "stale" in Look(modern, env_for, stale).codes
    sent(modern, env_for, "refresh", str(stale))
    look = Look(modern, env_for, stale)
    assert look.verdict in ALIVE
    assert "stale" not in look.codes
    govern(modern, calldata("setFeeCalculator(address)", "0x" + "0" * 40))
    assert not calculators(modern, env_for)
    assert attempt(modern, 10001, {*range(1, 10)} - {4}, data=empty_sync(modern, 10001)) is None


def test_trap_13_the_first_generation_has_fee_calculators_too(devnets, unchanged, env_for):
    with unchanged(devnets("v1", drift=0)) as devnet:
        calculator = hang_calculator(devnet, 1)
        assert attempt(devnet, 1, range(1, 13)) == "FeesUnavailable"
        told = f"{calculator} is asked for the fees of every task and blocks those that it reverts on"
        assert calculators(devnet, env_for) == {told}


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_trap_13_no_calculator_is_read_from_a_storage_laid_out_otherwise(devnets, unchanged, env_for, generation):
    with unchanged(devnets(generation, drift=0)) as devnet:
        slot = AC_BASE + 12
        for value, others in ((0xFEE, True), (0xFEE, False), (NEVER, True)):

            def change(address, asked, value=value, others=others):
                real = rpc.call(devnet.l2_url, "eth_getStorageAt", address, word(asked), "latest")
                return word(value) if asked == slot else real if others else word(0)

            with through_proxies(devnet, answering_storage(change)) as settings:
                codes = run(settings, "task", "list", "-o", "json").codes
            assert ("fee_calculator_set" in codes) is (value == 0xFEE and others)


def calculators(devnet, env_for):
    """What each of three commands says of a fee calculator."""
    answers = [
        run(env_for(devnet), *command, "-o", "json")
        for command in (["task", "list"], ["restricted", "list"], ["doctor"])
    ]
    told = [[f for f in answer.document["findings"] if f["code"] == "fee_calculator_set"] for answer in answers]
    assert {finding["severity"] for finding in told[0]} <= {"info"}
    assert told[0] == told[1] == told[2]
    return {finding["text"] for finding in told[0]}


def hang_calculator(devnet, *broken):
    """Let governance name a fee calculator that reverts on these definitions."""
    getter = calldata("devnetFeeCalculator()")
    calculator = "0x" + rpc.read(devnet.l2_url, devnet.contracts.seeder, getter)[-20:].hex()
    govern(devnet, calldata("setFeeCalculator(address)", calculator))
    breaks = [calldata("devnetBreak(uint16,bool)", definition, True) for definition in broken]
    rpc.send(devnet.l2_url, [Transaction(devnet.owner, calculator, data) for data in breaks])
    return to_checksum(calculator)


def test_trap_14_ids_that_do_not_ascend(calm, env_for):
    definition = create(calm, list_=[1, 2, 3, 4])
    is_v1 = str(calm.generation) == "v1"
    error = "InvalidRestrictedOperatorIndexes" if is_v1 else "InvalidRestrictedAttesterIds"
    for ids in ([2, 1], [2, 2], [1, 3, 2]):
        assert refusal(calm, list_call(calm, definition, ids)) == error
        assert refusal(calm, create_call(calm, list_=ids)) == error
    mixed = f"9,{calm.operators[2].address},5,1,5,{calm.operators[8].address.lower()},01"
    assert sent(calm, env_for, "update", str(definition), "--restricted", mixed) == [set_list(calm)]
    look = Look(calm, env_for, definition)
    assert look.is_well
    assert look.row["restricted_operator_ids"] == [1, 3, 5, 9]


def test_trap_14_a_sync_of_totals_counts_an_id_twice(modern, env_for):
    """OBLS itself takes duplicates, which 10002 may carry."""
    definition = create(modern, list_=[2, 3])
    three_times = calldata(
        "setTotalVotingPowerPerRestrictedTaskDefinition(uint16,uint256,uint256[])", definition, 0, [2, 2, 2, 2, 3]
    )
    items = rpc.arguments_of("((address,bytes)[])", [(modern.contracts.obls, three_times)])
    changes.process_task(modern, 10002, items)
    look = Look(modern, env_for, definition)
    assert "stale" in look.codes
    assert look.quorum["stored_total"] == str(4 * power(modern, 2) + power(modern, 3))
    assert sent(modern, env_for, "refresh", str(definition)) == [set_list(modern)]
    assert Look(modern, env_for, definition).is_well


def test_trap_15_a_list_names_who_is_yet_to_come(calm, env_for):
    bad = create(calm, list_=[1, 2, 3, 13])
    look = Look(calm, env_for, bad)
    assert look.texts["unknown_ids_listed"] == "lists 13"
    assert refused(calm, env_for, "create", "--name", "seats", "--restricted", "1,2,3,13") == {"unknown_ids_listed"}
    assert send(calm, env_for, "create", "--name", "seats", "--restricted", f"1,{STRANGER.address}").status == 2

    changes.register_l2(calm, [STRANGER], [STRANGER.voting_power])
    look = Look(calm, env_for, bad)
    assert look.row["operators"][-1]["address"] == STRANGER.address
    assert look.row["operators"][-1]["eligible"]
    assert "stale" in look.codes
    assert sent(calm, env_for, "update", str(bad), "--restricted", "1,2,3") == [set_list(calm)]
    assert Look(calm, env_for, bad).is_well
