"""``task list``, ``task show`` and ``restricted list`` against what the chain says when it is asked one by one.

The truth is read with web3 and eth_getStorageAt alone, and reasoned about by trying every set of attesters; it shares
no code with avsctl but the ABI files.
"""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from functools import cached_property
from itertools import combinations
from pathlib import Path

import pytest
import urllib3
from commandline import EMPTY, process_environment, run, through_proxies
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak
from proxy import Limits, Recorder
from test_contract_rules import AC_BASE, E18, NEVER, OBLS_BASE, V3_BASES, entry
from test_submit_task import ECDSA_FORM, Task, bls, word
from web3 import HTTPProvider, Web3

from avsctl.devnet import changes, rpc
from avsctl.devnet.rpc import Transaction, calldata

ABIS = Path(__file__).parents[2] / "abis"
GENERATIONS = ["v1", "v2", "v3"]
COMMANDS = [("task", "list"), ("restricted", "list")]
MOST_REQUESTS = 8


# What the chain says


class Truth:
    """Single reads of L2 at one block, and what follows from them."""

    def __init__(self, devnet, blocks):
        self.generation = str(devnet.generation)
        self.url = devnet.l2_url
        self.web3 = Web3(HTTPProvider(self.url))
        self.web3.middleware_onion.remove("validation")
        self.block = blocks["l2"]["number"]
        assert self.web3.eth.get_block(self.block)["hash"].to_0x_hex() == blocks["l2"]["hash"]
        assert blocks["l1"] is None
        self.center = self._load(devnet.contracts.attestation_center, "AttestationCenter")
        self.obls = self._load(devnet.contracts.obls, "OBLS")

    def _load(self, address, name):
        abi = json.loads((ABIS / f"{name}.{self.generation}.json").read_text())
        return self.web3.eth.contract(address=address, abi=abi)

    def ask(self, contract, name, *arguments):
        return contract.functions[name](*arguments).call(block_identifier=self.block)

    def words(self, contract, slots):
        asked = [("eth_getStorageAt", (contract.address, word(slot % 2**256), hex(self.block))) for slot in slots]
        return [bytes.fromhex(answer[2:]) for answer in rpc.batch(self.url, asked)]

    def raw(self, contract, selector, operator_id):
        return ("eth_call", ({"to": contract.address, "data": selector + word(operator_id)[2:]}, hex(self.block)))

    @cached_property
    def operators(self):
        """Address, power and activity by id."""
        ids = range(1, self.ask(self.center, "numOfTotalOperators") + 1)
        reads = [(self.center, "0x9eb72d4c"), (self.obls, "0x72c4a927"), (self.obls, "0x82afd23b")]
        answers = rpc.batch(self.url, [self.raw(*read, i) for i in ids for read in reads])
        first = [int(answer[2:66], 16) for answer in answers]  # of a payment detail it is the address
        return {
            i: (Web3.to_checksum_address(f"0x{address:040x}"), power, bool(is_active))
            for i, address, power, is_active in zip(ids, first[::3], first[1::3], first[2::3], strict=True)
        }

    def ids(self):
        made = list(range(1, self.ask(self.center, "numOfTaskDefinitions") + 1))
        return made if self.generation == "v1" else [0, *made, 10001, 10002]

    def fields(self, i):
        """Name, expiry, three rewards, dispute period, minimum, list, maximum."""
        if self.generation == "v3":
            return self.ask(self.center, "getTaskDefinitionDetails", i)[3:]
        first = entry("uint16", i, AC_BASE + 7)
        stored = [int.from_bytes(each) for each in self.words(self.center, range(first, first + 10))]
        assert stored[0] == i
        minimum = self.ask(self.center, "getTaskDefinitionMinimumVotingPower", i)
        whom = "Operators" if self.generation == "v1" else "Attesters"
        listed = self.ask(self.center, f"getTaskDefinitionRestricted{whom}", i)
        assert (stored[7], stored[8]) == (minimum, len(listed))
        most = 0
        if self.generation == "v2":
            most = self.ask(self.center, "getTaskDefinitionMaximumNumberOfAttesters", i)
            assert stored[9] == most
        return (self.text(first + 1), *stored[2:7], minimum, listed, most)

    def text(self, slot):
        (head,) = self.words(self.center, [slot])
        if head[-1] % 2 == 0:
            return head[: head[-1] // 2].decode()
        size, at = int.from_bytes(head) // 2, int.from_bytes(keccak(slot.to_bytes(32)))
        return b"".join(self.words(self.center, range(at, at + (size + 31) // 32)))[:size].decode()

    def raw_total(self, i):
        if self.generation == "v3":
            return None
        return int.from_bytes(*self.words(self.obls, [entry("uint256", i, OBLS_BASE + 5)]))

    def members(self, minimum, listed):
        rows = []
        for i in listed or [i for i, (_, _, is_active) in self.operators.items() if is_active]:
            address, power, is_active = self.operators.get(i, (None, 0, False))
            reason = "below_minimum" if power < minimum else None
            reason = "unknown" if address is None else reason if is_active else "inactive"
            rows.append(
                {
                    "operator_id": number(i),
                    "address": address,
                    "active": is_active,
                    "voting_power": str(power),
                    "eligible": reason is None,
                    "reason": reason,
                }
            )
        return rows

    def definition(self, i):
        """Everything that ``task show`` has to say of a definition."""
        name, expiry, *rewards, dispute, minimum, listed, most = self.fields(i)
        members = self.members(minimum, listed)
        powers = {m["operator_id"]: int(m["voting_power"]) for m in members if m["eligible"]}
        getter = self.ask(self.obls, "totalVotingPowerPerTaskDefinition", i)
        total = getter if listed or minimum else self.ask(self.obls, "totalVotingPower")
        required = total * 2 // 3
        passing, attainable = try_all(powers, most, required)
        pivotal = sorted(set.intersection(*map(set, passing))) if passing else []
        is_stale, is_expired = total != sum(powers.values()), expiry <= self.block
        verdict = "fragile" if pivotal else "live"
        verdict = "dead" if is_expired or not passing else "stale" if is_stale else verdict
        return {
            "task_definition_id": i,
            "name": name,
            "minimum_voting_power": str(minimum),
            "maximum_number_of_attesters": str(most),
            "restricted_operator_ids": [number(i) for i in listed],
            "block_expiry": None if expiry == NEVER else str(expiry),
            "is_expired": is_expired,
            "attester_reward": str(rewards[0]),
            "performer_reward": str(rewards[1]),
            "aggregator_reward": str(rewards[2]),
            "dispute_period_blocks": str(dispute),
            "details": "read",
            "quorum": {
                "stored_total": str(total),
                "raw_total": None if self.generation == "v3" else str(self.raw_total(i)),
                "recomputed_total": str(sum(powers.values())),
                "required_approve": str(required),
                "required_reject": str(total // 3),
                "attainable": str(attainable),
                "spare_operators": spare(powers, most, required) if passing else None,
                "pivotal": pivotal,
            },
            "verdict": verdict,
            "is_stale": is_stale,
            "operators": members,
        }


def number(operator_id):
    """JSON numbers are exact up to 2^53-1."""
    return operator_id if operator_id < 2**53 else str(operator_id)


def try_all(powers, most, required):
    """Give every admissible set that approves, and the most that any admissible set brings."""
    sizes = range(min(most or len(powers), len(powers)) + 1)
    sums = {ids: sum(powers[i] for i in ids) for size in sizes for ids in combinations(powers, size)}
    return [ids for ids, power in sums.items() if 0 < required <= power], max(sums.values())


def spare(powers, most, required):
    """How many of the strongest may be missing."""
    left = sorted(powers.values())
    count = 0
    while left and sum(left[:-1][::-1][: most or None]) >= required:
        left.pop()
        count += 1
    return count


# What governance does, by raw calls


def govern(devnet, *calls):
    center = devnet.contracts.attestation_center
    return rpc.send(devnet.l2_url, [Transaction(devnet.multisig, center, data) for data in calls])


def create_call(devnet, name=b"a task", *, expiry=NEVER, rewards=(1, 2, 3), dispute=0, minimum=0, list_=(), most=0):
    types, params = "uint256,uint256,uint256,uint256,uint256,uint256,uint256[]", [expiry, *rewards, dispute, minimum]
    params.append(list(list_))
    if str(devnet.generation) != "v1":
        types, params = f"{types},uint256", [*params, most]
    selector = keccak(text=f"createNewTaskDefinition(string,({types}))")[:4]
    return selector + encode(["bytes", f"({types})"], [name, params])  # bytes are encoded as a string is


def create(devnet, name=b"a task", **given):
    """Create a definition and give its id."""
    govern(devnet, create_call(devnet, name, **given))
    counter = rpc.read(devnet.l2_url, devnet.contracts.attestation_center, calldata("numOfTaskDefinitions()"))
    return int.from_bytes(counter)


def list_call(devnet, definition, ids):
    whom = "Operators" if str(devnet.generation) == "v1" else "Attesters"
    return calldata(f"setTaskDefinitionRestricted{whom}(uint16,uint256[])", definition, ids)


def minimum_call(definition, power):
    return calldata("setTaskDefinitionMinVotingPower(uint16,uint256)", definition, power)


def maximum_call(definition, number):
    return calldata("setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)", definition, number)


def plant(devnet):
    """Create definitions of every kind and verdict."""
    has_maximum = str(devnet.generation) != "v1"
    govern(
        devnet,
        create_call(devnet, b"", minimum=1, rewards=(0, 0, 0)),
        create_call(devnet, b"n" * 31, minimum=300 * E18, list_=[1, 2, 3, 5, 77], dispute=7, rewards=(5, 6, 2**127)),
        create_call(devnet, b"n" * 32, list_=[2, 4, 6, 8], most=3 * has_maximum, expiry=10**6),
        create_call(devnet, b"soon over", expiry=rpc.head(devnet.l2_url) + 7),
        create_call(devnet, b"nobody", list_=[0, 99]),
        create_call(devnet, b"everyone's total", list_=[1, 2, 4]),
        minimum_call(10, 100 * E18),
        create_call(devnet, "naïve ☃".encode(), list_=[4, 5, 6], minimum=200 * E18),
        list_call(devnet, 11, []),
        create_call(devnet, b"one wei", list_=[8], minimum=1),
    )
    if has_maximum:
        govern(devnet, create_call(devnet, b"too few", most=2), maximum_call(10002, 9))
    changes.mine(devnet.l2_url)


def shown(devnet, env_for, *arguments):
    return run(env_for(devnet), *arguments, "-o", "json")


def test_every_field_of_every_definition(devnet, env_for):
    plant(devnet)
    answer = shown(devnet, env_for, "task", "list")
    truth = Truth(devnet, answer.document["blocks"])
    expected = {i: truth.definition(i) for i in truth.ids()}
    without = [{k: v for k, v in each.items() if k != "operators"} for each in expected.values()]
    assert answer.data == {"task_definitions": without}
    assert answer.status == 3
    for i in (truth.ids()[0], 2, 6, 8, 10):
        definition = expected[i]
        assert shown(devnet, env_for, "task", "show", str(i)).data == {"task_definitions": [definition]}
    restricted = [each for each in expected.values() if each["restricted_operator_ids"]]
    assert shown(devnet, env_for, "restricted", "list").data == {"task_definitions": restricted}
    chosen = shown(devnet, env_for, "restricted", "list", "--task", "12", "--task", "1", "--task", "6")
    assert chosen.data == {"task_definitions": [expected[1], expected[6], expected[12]]}
    assert {"dead", "stale", "fragile", "live"} == {each["verdict"] for each in expected.values()}
    is_v3 = truth.generation == "v3"
    assert {each["quorum"]["raw_total"] is None for each in expected.values()} == {is_v3}
    assert ("assumed_from_v2" in answer.codes) is is_v3


def test_the_verdicts_and_spares_hold_when_tried(devnet, env_for):
    """The strongest admissible attesters pass the contract's own checks, or do not."""
    plant(devnet)
    definitions = shown(devnet, env_for, "restricted", "list", *every_task(devnet)).data["task_definitions"]
    tried = dict.fromkeys(("dead", "stale", "fragile", "live"), 0)
    for definition in definitions:
        quorum, verdict = definition["quorum"], definition["verdict"]
        tried[verdict] += 1
        if verdict == "dead":
            assert refusal(devnet, definition) is not None
            continue
        assert refusal(devnet, definition) is None
        strongest = by_strength(definition)
        number = quorum["spare_operators"]
        assert refusal(devnet, definition, offline=strongest[:number]) is None
        assert refusal(devnet, definition, offline=strongest[: number + 1]) == INSUFFICIENT
        for operator_id in quorum["pivotal"]:
            assert refusal(devnet, definition, offline=[operator_id]) == INSUFFICIENT
    assert min(tried.values()) > 0, tried


INSUFFICIENT = "0x" + keccak(text="InsufficientVotingPower()")[:4].hex()
EXPIRED = "0x" + keccak(text="InvalidTaskDefinition()")[:4].hex()


def every_task(devnet):
    ids = range(1, 13) if str(devnet.generation) == "v1" else [0, *range(1, 14), 10002]
    return [part for i in ids for part in ("--task", str(i))]


def by_strength(definition):
    eligible = [member for member in definition["operators"] if member["eligible"]]
    return [m["operator_id"] for m in sorted(eligible, key=lambda m: -int(m["voting_power"]))]


def refusal(devnet, definition, offline=()):
    """Try a task with the strongest that may attest; gives the error's selector, None where it passes."""
    most = int(definition["maximum_number_of_attesters"]) or None
    ids = sorted([i for i in by_strength(definition) if i not in offline][:most])
    performer = devnet.operators[1]
    i = definition["task_definition_id"]
    data = b""
    if i == 10001:  # no power changes
        changes.mine(devnet.l2_url, 2)
        update = ([], [], 10**9, rpc.head(devnet.l2_url) - 1)
        data = encode(["((uint256,uint256)[],(uint256,uint256)[],uint256,uint256)"], [update])
    elif i > 10000:  # nothing to do: an empty list of totals
        data = encode(["(address,bytes)[]"], [[]])
    task = Task(definition=i, data=data, performer=performer.address, signer=Account.from_key(performer.private_key))
    body = rpc.calldata(ECDSA_FORM, task.info, (True, task.performer_signature, bls.INFINITY, ids))
    call = {"from": performer.address, "to": devnet.contracts.attestation_center, "data": "0x" + body.hex()}
    base = V3_BASES["OBLS"] if str(devnet.generation) == "v3" else OBLS_BASE
    keys = {word(entry("uint256", i, base + 3) + n): word(0) for i in ids for n in range(4)}
    override = {devnet.contracts.obls: {"stateDiff": keys}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest", override]}
    answer = urllib3.request("POST", devnet.l2_url, json=request).json()
    if "error" not in answer:
        assert answer["result"] == "0x"
        return None
    return answer["error"]["data"][:10]


# Storage that does not confirm what the getters say


def slot_of(definition, offset):
    return entry("uint16", definition, AC_BASE + 7) + offset


def put(devnet, address, slot, value):
    rpc.call(devnet.l2_url, "anvil_setStorageAt", address, word(slot % 2**256), word(value))


UNKNOWN = {
    "name": None,
    "block_expiry": None,
    "is_expired": None,
    "attester_reward": None,
    "performer_reward": None,
    "aggregator_reward": None,
    "dispute_period_blocks": None,
    "details": "unknown",
}


@pytest.fixture(params=["v1", "v2"])
def older(request, devnets, unchanged):
    with unchanged(devnets(request.param)) as devnet:
        yield devnet


def test_details_are_unknown_where_the_stored_id_is_another(older, env_for):
    before = shown(older, env_for, "task", "list").data["task_definitions"]
    put(older, older.contracts.attestation_center, slot_of(2, 0), 3)
    after = shown(older, env_for, "task", "list").data["task_definitions"]
    for old, new in zip(before, after, strict=True):
        assert new == (old | UNKNOWN if new["task_definition_id"] == 2 else old)
    for command in (("task", "list"), ("task", "show", "2")):
        assert "unknown" in run(env_for(older), *command).stdout


NAME_NOT_KEPT_SO = {
    "a short one of 40 bytes": 80,
    "a short one with more behind": (1 << 255) | (1 << 8),
    "a long one of 31 bytes": 63,
    "a long one of none": 1,
}


@pytest.mark.parametrize("value", NAME_NOT_KEPT_SO.values(), ids=NAME_NOT_KEPT_SO)
def test_details_are_unknown_where_the_name_is_no_string(devnet_v2, env_for, value):
    put(devnet_v2, devnet_v2.contracts.attestation_center, slot_of(1, 1), value)
    (definition,) = shown(devnet_v2, env_for, "task", "show", "1").data["task_definitions"]
    assert UNKNOWN.items() <= definition.items()


def test_a_name_of_absurd_length_is_cut(devnet_v2, env_for):
    put(devnet_v2, devnet_v2.contracts.attestation_center, slot_of(1, 1), NEVER)
    (definition,) = shown(devnet_v2, env_for, "task", "show", "1").data["task_definitions"]
    assert definition["name"] == "\0" * 10_240 + f"...(+{NEVER // 2 - 10_240})"


def answering_storage(change):
    """An endpoint whose getters are right, and whose lens and storage answer something else."""

    def answer(item):
        if item["method"] == "eth_getStorageAt":
            return {"result": change(item["params"][0], int(item["params"][1], 16))}
        if item["method"] != "eth_call" or len(item["params"]) < 3:
            return None
        call = item["params"][0]
        data = bytes.fromhex(call["data"][2:])
        if data[:4] != keccak(text="slots(bytes32[])")[:4]:
            return None
        words = [int.from_bytes(data[at : at + 32]) for at in range(4, len(data), 32)]
        values = [change(call["to"], slot) for slot in words[2:]]
        return {"result": word(32) + "".join(value[2:] for value in (word(len(values)), *values))}

    return Limits(answer=answer)


@pytest.mark.parametrize("value", [0, NEVER])
def test_nothing_is_guessed_from_a_storage_laid_out_otherwise(older, env_for, value):
    before = shown(older, env_for, "task", "list").data["task_definitions"]
    with through_proxies(older, answering_storage(lambda *_: word(value))) as settings:
        answer = run(settings, "task", "list", "-o", "json")
    for old, new in zip(before, answer.data["task_definitions"], strict=True):
        assert new == old | UNKNOWN | {"quorum": old["quorum"] | {"raw_total": None}}


@pytest.mark.parametrize("value", [0, 12345])
def test_a_raw_total_that_the_getter_does_not_confirm_is_unknown(older, env_for, value):
    """The getter itself is right: another layout in OBLS alone."""
    slot = entry("uint256", 2, OBLS_BASE + 5)
    obls = older.contracts.obls.lower()

    def change(address, asked):
        if address.lower() == obls and asked == slot:
            return word(value)
        return rpc.call(older.l2_url, "eth_getStorageAt", address, word(asked), "latest")

    with through_proxies(older, answering_storage(change)) as settings:
        answer = run(settings, "task", "list", "-o", "json").data["task_definitions"]
    by_id = {each["task_definition_id"]: each for each in answer}
    assert by_id[2]["quorum"]["raw_total"] is None
    assert by_id[2]["details"] == "read"
    assert by_id[3]["quorum"]["raw_total"] == by_id[3]["quorum"]["stored_total"]


def test_the_storage_of_the_third_generation_is_never_read(devnet_v3):
    seen = []

    def watch(item):
        seen.append(item["method"])
        assert keccak(text="slots(bytes32[])")[:4].hex() not in str(item["params"])

    with through_proxies(devnet_v3, Limits(answer=watch)) as settings:
        for command in COMMANDS:
            assert run(settings, *command, "-o", "json").status == 3
    assert "eth_call" in seen
    assert "eth_getStorageAt" not in seen


def test_an_internal_task_of_older_releases_is_shown_where_it_exists(devnet_v3, env_for):
    ids = [each["task_definition_id"] for each in shown(devnet_v3, env_for, "task", "list").data["task_definitions"]]
    assert 10003 not in ids
    first = entry("uint16", 10003, V3_BASES["AttestationCenter"] + 7)
    put(devnet_v3, devnet_v3.contracts.attestation_center, first, 10003)
    ids = [each["task_definition_id"] for each in shown(devnet_v3, env_for, "task", "list").data["task_definitions"]]
    assert ids[-1] == 10003


# Names from strangers

NAMES = {
    "none": b"",
    "31 bytes": b"a" * 31,
    "32 bytes": b"b" * 32,
    "33 bytes": b"c" * 33,
    "10 kB": b"0123456789" * 1024,
    "escapes": b"\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J\rx\x08\x7f",
    "no UTF-8": b"bad \xff\xfe\xc3 \xed\xa0\x80 end",
    "markup": b"[bold red]x[/] [link=file:///etc]y[/link] :smile: \\[z]",
    "newlines": b"one\ntwo\r\nthree\tfour\x0b\x0c\x85",
    "markdown": b"a|b `c` <script>alert(1)</script> [x](http://e) **d**",
    "a formula": b'=cmd|"/c calc"!A1',
    "directions": "safe\u202egnp.exe\u2066\u200b\ufeff".encode(),
    "commas": b'a,"b",;c',
    "as unknown": b"unknown",
}
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]")


@pytest.fixture
def named(devnet):
    """Definitions 5 and on have these names."""
    for name in NAMES.values():
        govern(devnet, create_call(devnet, name, list_=[1, 2, 4, 5, 6, 7]))
    return devnet


def test_names_are_harmless_wherever_they_are_shown(named, env_for):
    numbers = range(5, 5 + len(NAMES))
    decoded = [name.decode("utf-8", "backslashreplace") for name in NAMES.values()]
    answer = shown(named, env_for, "task", "list")
    names = {each["task_definition_id"]: each["name"] for each in answer.data["task_definitions"]}
    assert [names[i] for i in numbers] == decoded
    assert not CONTROLS.search(answer.stdout)
    table = run(env_for(named), "task", "list", "-o", "csv").stdout
    assert not CONTROLS.search(table.replace("\r\n", "\n"))
    rows = {int(row["task_definition_id"]): row for row in csv.DictReader(io.StringIO(table))}
    assert set(rows) == set(names)
    assert rows[6]["name"] == "a" * 31
    assert not rows[15]["name"].startswith("=")
    markdown = run(env_for(named), "task", "list", "-o", "markdown").stdout
    assert not CONTROLS.search(markdown)
    bars = {len(re.findall(r"(?<!\\)\|", line)) for line in markdown.splitlines() if line.startswith("|")}
    assert len(bars) == 1
    assert "<script>" not in markdown
    pipe = run(env_for(named), "task", "list").stdout
    assert not CONTROLS.search(pipe)
    assert len([line for line in pipe.splitlines() if re.match(r" *\d+  ", line)]) == len(names)
    for command in (("restricted", "list"), ("task", "show", "10")):
        out = run(env_for(named), *command).stdout
        assert not CONTROLS.search(out)
        assert r"\x1b[31mred" in out


def at_terminal(settings, *arguments):
    """Run a command whose stdout is a terminal of 100 columns; gives what it wrote there."""
    master, slave = pty.openpty()
    environment = process_environment(settings) | {"COLUMNS": "100", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "avsctl", *arguments]
    process = subprocess.Popen(command, env=environment, cwd=EMPTY, stdout=slave, stderr=slave, stdin=slave)
    os.close(slave)
    chunks = []
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(master)
    process.wait(timeout=60)
    return b"".join(chunks).decode()


def test_names_are_harmless_at_a_terminal(devnet_v2, env_for):
    govern(devnet_v2, *(create_call(devnet_v2, name, list_=[1, 2, 4, 5, 6, 7]) for name in NAMES.values()))
    for command in COMMANDS:
        out = at_terminal(env_for(devnet_v2), *command)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", out).replace("\r\n", "\n")
        assert not CONTROLS.search(plain)
        assert r"\x1b[31mred" in plain.replace("\n", "")
        assert "[bold red]x[/]" in plain
        assert max(map(len, plain.splitlines())) <= 100
        assert plain.count("0123456789") <= 21  # of the 1024


# Ids


@pytest.mark.parametrize("wanted", ["65536", "-1", "1.5", "0x1", "one", "", " ", "1" * 400, "٣", "1\n"])
@pytest.mark.parametrize("command", [("task", "show"), ("restricted", "list", "--task")], ids=" ".join)
def test_what_is_no_id_is_told_before_anything_is_read(wanted, command):
    answer = run({}, *command, wanted, "-o", "json")
    assert answer.status == 2
    assert len(answer.problems) == 1
    assert len(answer.problems[0]) < 500
    if wanted.strip() and (wanted != "-1" or command[0] == "restricted"):
        assert "is no task definition id" in answer.problems[0]
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", [("task", "show"), ("restricted", "list", "--task")], ids=" ".join)
@pytest.mark.parametrize("wanted", ["10003", "00099"])
def test_an_id_that_does_not_exist(devnet, env_for, command, wanted):
    answer = shown(devnet, env_for, *command, wanted)
    assert (answer.status, answer.data) == (2, {})
    assert answer.problems[0].startswith(f"task definition {int(wanted)} does not exist: there are ")


def test_the_first_generation_has_no_default_and_no_internal_ones(devnet_v1, env_for):
    for wanted in ("0", "10001"):
        answer = shown(devnet_v1, env_for, "task", "show", wanted)
        assert answer.status == 2
        assert answer.problems == [f"task definition {wanted} does not exist: there are 1, 2, 3 and 4"]


def test_findings_are_those_of_the_definitions_asked_for(devnet_v2, env_for):
    everything = shown(devnet_v2, env_for, "task", "list").document["findings"]
    assert {"task 2", "task 3", "task 10001"} <= {each["subject"] for each in everything}
    one = shown(devnet_v2, env_for, "task", "show", "2").document["findings"]
    assert one == [each for each in everything if each["subject"] == "task 2"]
    assert shown(devnet_v2, env_for, "task", "show", "1").status == 0


# L1 is of no concern


def test_no_setting_of_l1_is_needed(devnet, env_for):
    whole = env_for(devnet)
    alone = {name: whole[name] for name in ("L2_RPC", "ATTESTATION_CENTER_ADDRESS", "L2_CHAIN")}
    for command in (*COMMANDS, ("task", "show", "1")):
        answer, other = (run(settings, *command, "-o", "json") for settings in (alone, whole))
        assert answer == other
        assert answer.document["blocks"]["l1"] is None
        deployment = answer.document["deployment"]
        assert (deployment["l1_chain_id"], deployment["avs_governance"]) == (None, None)


def test_a_broken_l1_is_not_touched(devnet_v2, env_for):
    recorders = Recorder(), Recorder()
    with through_proxies(devnet_v2, Limits(page=(500, "broken")), Limits(), recorders) as settings:
        assert run(settings, "task", "list", "-o", "json") == shown(devnet_v2, env_for, "task", "list")
    assert recorders[0].requests == 0
    assert recorders[1].requests > 0


# The traps


@pytest.fixture(params=GENERATIONS)
def calm(request, devnets, unchanged):
    """Twelve operators that all are active, nothing stale."""
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture(params=["v2", "v3"])
def calm_modern(request, devnets, unchanged):
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


class Seen:
    """One definition as ``task show`` has it, the same as in the lists and as the chain has it."""

    def __init__(self, devnet, env_for, definition):
        self.answer = shown(devnet, env_for, "task", "show", str(definition))
        (self.row,) = self.answer.data["task_definitions"]
        truth = Truth(devnet, self.answer.document["blocks"]).definition(definition)
        assert self.row == truth
        listed = shown(devnet, env_for, "task", "list")
        (row,) = [r for r in listed.data["task_definitions"] if r["task_definition_id"] == definition]
        assert row == {key: value for key, value in truth.items() if key != "operators"}
        subject = f"task {definition}"
        self.findings = {f["code"]: f for f in listed.document["findings"] if f["subject"] == subject}
        if self.row["restricted_operator_ids"]:
            restricted = shown(devnet, env_for, "restricted", "list")
            assert truth in restricted.data["task_definitions"]
            findings = restricted.document["findings"]
            assert [f for f in findings if f["subject"] == subject] == list(self.findings.values())
        self.verdict, self.quorum = self.row["verdict"], self.row["quorum"]
        self.stored, self.raw, self.needed, self.attainable = (
            None if self.quorum[key] is None else int(self.quorum[key])
            for key in ("stored_total", "raw_total", "required_approve", "attainable")
        )
        passes = refusal(devnet, self.row) is None
        assert passes is (self.verdict != "dead")

    @property
    def codes(self):
        return set(self.findings)


def power(devnet, *ids):
    return sum(devnet.operators[i - 1].voting_power for i in ids)


def everyone(devnet):
    return power(devnet, *range(1, 13))


def as_slot(devnet, value):
    return None if str(devnet.generation) == "v3" else value


def fallback(devnet):
    """What a stored 0 shows as."""
    return 0 if str(devnet.generation) == "v1" else everyone(devnet)


def test_trap_1_a_minimum_on_a_restricted_definition(calm, env_for):
    i = create(calm, list_=[1, 2, 3, 4])
    assert Seen(calm, env_for, i).verdict in ("live", "fragile")
    govern(calm, minimum_call(i, 1))
    seen = Seen(calm, env_for, i)
    assert (seen.verdict, seen.codes) == ("dead", {"dead", "stale"})
    assert (seen.stored, seen.attainable) == (everyone(calm), power(calm, 1, 2, 3, 4))
    assert seen.raw == as_slot(calm, everyone(calm))
    assert seen.answer.status == 3
    govern(calm, list_call(calm, i, [1, 2, 3, 4]))
    assert Seen(calm, env_for, i).verdict in ("live", "fragile")


def test_trap_2_an_emptied_list_with_a_minimum(calm, env_for):
    strongest = max(operator.voting_power for operator in calm.operators)
    for minimum in (300 * E18, strongest):
        i = create(calm, list_=[1, 2, 3, 4], minimum=minimum)
        govern(calm, list_call(calm, i, []))
        seen = Seen(calm, env_for, i)
        is_dead = str(calm.generation) == "v1" or minimum == strongest
        assert seen.verdict == ("dead" if is_dead else "stale")
        assert seen.codes == ({"dead", "stale"} if is_dead else {"stale"})
        assert (seen.stored, seen.raw) == (fallback(calm), as_slot(calm, 0))
        govern(calm, minimum_call(i, minimum))
        assert Seen(calm, env_for, i).verdict in ("live", "fragile")
    i = create(calm, list_=[1, 2, 3, 4])
    govern(calm, list_call(calm, i, []))
    seen = Seen(calm, env_for, i)
    assert (seen.verdict, seen.codes, seen.stored) == ("live", set(), everyone(calm))


def test_trap_3_a_list_of_nobody(calm, env_for):
    i = create(calm, list_=[0, 99, NEVER])
    seen = Seen(calm, env_for, i)
    assert (seen.verdict, seen.attainable) == ("dead", 0)
    assert (seen.stored, seen.raw) == (fallback(calm), as_slot(calm, 0))
    assert {"dead", "unknown_ids_listed"} <= seen.codes
    assert seen.findings["unknown_ids_listed"]["text"] == f"lists 0, 99, {NEVER}"


def test_trap_4_totals_that_nobody_recomputes(calm, env_for):
    i = create(calm, list_=[1, 2, 3, 4])
    fine = Seen(calm, env_for, i)
    heaviest = sorted((1, 2, 3, 4), key=lambda n: -power(calm, n))
    changes.unregister_l2(calm, [calm.operators[heaviest[0] - 1].address])
    seen = Seen(calm, env_for, i)
    assert (seen.stored, seen.raw) == (fine.stored, fine.raw)
    assert {"stale", "dead_ids_listed"} <= seen.codes
    assert seen.findings["dead_ids_listed"]["text"] == f"lists {heaviest[0]}"
    changes.unregister_l2(calm, [calm.operators[heaviest[1] - 1].address])
    seen = Seen(calm, env_for, i)
    assert (seen.verdict, seen.stored) == ("dead", fine.stored)
    govern(calm, list_call(calm, i, sorted(heaviest[2:])))
    seen = Seen(calm, env_for, i)
    assert (seen.verdict, seen.stored) == ("fragile", power(calm, *heaviest[2:]))


def test_trap_7_the_strongest_within_the_maximum(calm_modern, env_for):
    i = create(calm_modern, most=3)
    seen = Seen(calm_modern, env_for, i)
    strongest = sorted((o.voting_power for o in calm_modern.operators), reverse=True)
    assert (seen.verdict, seen.codes, seen.attainable) == ("dead", {"dead"}, sum(strongest[:3]))
    restricted = create(calm_modern, list_=[1, 2, 3, 4], most=4)
    govern(calm_modern, maximum_call(restricted, 1))
    seen = Seen(calm_modern, env_for, restricted)
    assert (seen.verdict, seen.codes) == ("dead", {"dead"})
    govern(calm_modern, maximum_call(restricted, 0))
    assert Seen(calm_modern, env_for, restricted).verdict in ("live", "fragile")


def test_trap_9_a_minimum_above_everyone_and_just_not(calm, env_for):
    strongest = max(operator.voting_power for operator in calm.operators)
    for list_ in ((), (1, 2, 3, 4)):
        i = create(calm, minimum=strongest + 1, list_=list_)
        seen = Seen(calm, env_for, i)
        assert (seen.verdict, seen.attainable) == ("dead", 0)
        assert (seen.stored, seen.raw) == (fallback(calm), as_slot(calm, 0))
        assert "dead" in seen.codes
    just = Seen(calm, env_for, create(calm, minimum=strongest))
    assert (just.verdict, just.attainable, just.codes) == ("fragile", strongest, {"fragile"})


def test_trap_15_an_id_that_does_not_exist_yet_is_inherited(calm, env_for):
    i = create(calm, list_=[1, 2, 3, 13])
    seen = Seen(calm, env_for, i)
    assert seen.findings["unknown_ids_listed"]["text"] == "lists 13"
    assert seen.row["operators"][-1] == {
        "operator_id": 13,
        "address": None,
        "active": False,
        "voting_power": "0",
        "eligible": False,
        "reason": "unknown",
    }
    assert "exists nowhere" in run(env_for(calm), "restricted", "list", "--task", str(i)).stdout
    stranger = Web3.to_checksum_address("0x" + "ab" * 20)
    newcomer = type(calm.operators[0])(stranger, "0x" + "1" * 64, (1, 2, 3, 4), 5000 * E18)
    changes.register_l2(calm, [newcomer], [5000 * E18])
    seen = Seen(calm, env_for, i)
    assert "unknown_ids_listed" not in seen.codes
    assert (seen.row["operators"][-1]["address"], seen.row["operators"][-1]["eligible"]) == (stranger, True)
    assert (seen.verdict, "stale" in seen.codes) == ("stale", True)


def test_an_expired_definition_is_dead(calm, env_for):
    i = create(calm, expiry=rpc.head(calm.l2_url) + 3, list_=[1, 2, 3, 4])
    assert Seen(calm, env_for, i).verdict in ("live", "fragile")
    changes.mine(calm.l2_url)
    assert Seen(calm, env_for, i).verdict in ("live", "fragile")  # one block before
    changes.mine(calm.l2_url)
    seen = Seen(calm, env_for, i)
    assert (seen.verdict, seen.codes, seen.row["is_expired"]) == ("dead", {"dead"}, True)
    assert seen.findings["dead"]["text"] == "it has expired: no task of it passes any more"
    assert refusal(calm, seen.row) == EXPIRED
    text = run(env_for(calm), "task", "show", str(i)).stdout
    assert "expired at block" in text
    assert "may be offline" not in text


def test_ghost_power_makes_open_definitions_stale_and_no_sync_mends_that(devnet_v2, env_for):
    changes.land_sync(devnet_v2, {77: 10**6 * E18}, {})
    (found,) = shown(devnet_v2, env_for, "task", "show", "1").document["findings"][1:]
    assert (found["code"], "totalVotingPower" in found["text"]) == ("stale", True)
    assert "10002" not in found["remedy"][0]


# Endpoints with limits


def ignoring_overrides(node_url):
    """An endpoint that takes a third parameter of eth_call and forgets it."""

    def answer(item):
        if item["method"] != "eth_call" or len(item["params"]) < 3:
            return None
        body = item | {"params": item["params"][:2]}
        reply = urllib3.request("POST", node_url, json=body).json()
        return {key: reply[key] for key in ("result", "error") if key in reply}

    return answer


def refusing_hashes(item):
    if item["method"] == "eth_getStorageAt" and isinstance(item["params"][2], dict):
        return {"error": {"code": -32602, "message": "invalid argument 2: cannot unmarshal object"}}
    return None


LIMITS = {
    "overrides_refused": lambda _: Limits(has_overrides=False),
    "overrides_refused_in_tens": lambda _: Limits(has_overrides=False, most_items=10),
    "overrides_ignored": lambda url: Limits(answer=ignoring_overrides(url)),
    "tens": lambda _: Limits(most_items=10),
    "no_hashes": lambda _: Limits(takes_block_hashes=False, answer=refusing_hashes),
    "little_gas": lambda _: Limits(gas_cap=3_000_000),
    "all_of_it": lambda _: Limits(3_000_000, 10, False, 10, False, answer=refusing_hashes),
}


@pytest.mark.parametrize(
    ("generation", "has_multicall", "limits"),
    [
        *(pytest.param("v2", True, LIMITS[name], id=f"v2-{name}") for name in LIMITS),
        pytest.param("v2", False, lambda _: Limits(), id="v2-lens"),
        *(pytest.param("v2", False, LIMITS[name], id=f"v2-bare-{name}") for name in ("overrides_ignored", "all_of_it")),
        *(pytest.param("v1", True, LIMITS[name], id=f"v1-{name}") for name in ("overrides_ignored", "all_of_it")),
        *(pytest.param("v3", True, LIMITS[name], id=f"v3-{name}") for name in ("overrides_ignored", "all_of_it")),
    ],
)
def test_limits_do_not_change_the_answer(devnets, unchanged, env_for, generation, has_multicall, limits):
    with unchanged(devnets(generation, drift=9, has_multicall=has_multicall)) as devnet:
        govern(devnet, create_call(devnet, b"x" * 200, list_=[1, 2]))
        limits = limits(devnet.l2_url)
        for command in COMMANDS:
            with through_proxies(devnet, limits) as settings:
                answer = run(settings, *command, "-o", "json")
            assert answer.data == shown(devnet, env_for, *command).data
            assert answer.status == 3
            assert ("block_pinned_by_number" in answer.codes) is not limits.takes_block_hashes


@pytest.fixture(params=GENERATIONS)
def crowd(request, devnets, unchanged):
    """Two hundred operators and fifty definitions, most of them with long lists, minima and names."""
    with unchanged(devnets(request.param, operators=200, drift=0)) as devnet:
        missing = 50 - len(devnet.task_definitions) - 2 * (request.param != "v1")
        names = [f"definition {n} ".encode() * (n % 5) for n in range(missing)]
        calls = [
            create_call(devnet, name, list_=range(1 + n, 60 + n) if n % 3 else (), minimum=n % 2 * 200 * E18)
            for n, name in enumerate(names)
        ]
        for call in calls:  # one by one: so many at once are not always mined
            govern(devnet, call)
        yield devnet


def test_fifty_definitions_and_two_hundred_operators_take_few_requests(crowd, capsys):
    for command in COMMANDS:
        free, tight = Recorder(), Recorder()
        with through_proxies(crowd, Limits(gas_cap=30_000_000), recorder=free) as settings:
            answer = run(settings, *command, "-o", "json")
        with through_proxies(crowd, Limits(has_overrides=False, most_items=10), recorder=tight) as settings:
            limited = run(settings, *command, "-o", "json")
        assert limited.data == answer.data
        if command == ("task", "list"):
            assert len(answer.data["task_definitions"]) >= 50
        asked = tight.count("eth_getStorageAt")
        with capsys.disabled():
            sys.stdout.write(
                f"\n{crowd.generation}, {' '.join(command)}: {free.requests} requests in {free.rounds} rounds;"
                f" {tight.requests} without overrides in batches of 10 ({asked} slots)\n"
            )
        assert free.requests <= MOST_REQUESTS
        assert (asked > 0) is (str(crowd.generation) != "v3")
        assert max(len(each.methods) for each in tight.exchanges[-20:]) <= 10
