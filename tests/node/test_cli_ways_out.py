"""The ways that the calls of a change take: calldata, a batch file, sending; each ends in the state that was foreseen.

Calldata is read back by cast, batch files by a reading of their own here; both are executed by real Safes. States are
compared with what web3 and eth_getStorageAt alone say (``Truth``).
"""

import contextlib
import copy
import json
import re
import subprocess
from dataclasses import dataclass

import pytest
import safes
from commandline import run, through_proxies
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak
from proxy import Limits
from test_cli_tasks import Truth, create, create_call, govern, list_call, minimum_call
from test_cli_traps import MULTISIG_KEY
from test_contract_rules import E18
from test_safes import govern_by

from avsctl.devnet import changes, rpc
from avsctl.devnet.rpc import calldata

CAST = safes.MODULES / ".bin/cast"
MULTI_SEND = "multiSend(bytes)"
SENDING = "eth_sendRawTransaction"
OTHER_KEY = "0x" + "77" * 32
PASSWORD = "not to be seen"


@pytest.fixture(params=["v1", "v2", "v3"])
def calm(request, devnets, unchanged):
    """Twelve operators that all are active, nothing stale."""
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture
def calm_v2(devnets, unchanged):
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield devnet


@pytest.fixture(params=["v2", "v3"])
def modern(request, devnets, unchanged):
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture(
    params=[("v2", version) for version in safes.VERSIONS] + [("v1", "1.3.0"), ("v3", "1.4.1")], ids="-".join
)
def governed(request, devnets, unchanged):
    """A devnet whose governance is a real Safe, with definition 5 restricted to operators 1 to 6."""
    generation, version = request.param
    with unchanged(devnets(generation, drift=0)) as devnet:
        assert create(devnet, list_=range(1, 7)) == 5
        yield Governed(devnet, govern_by(devnet, version), version)


@dataclass(frozen=True)
class Governed:
    """A devnet and the Safe that governs it."""

    devnet: object
    safe: str
    version: str

    @property
    def url(self):
        return self.devnet.l2_url

    def execute(self, to, data, operation=safes.CALL):
        safes.execute(self.url, self.safe, to, data, operation)


def task(settings, *arguments):
    """Run ``avsctl task``; no secret may show, whatever becomes of it."""
    answer = run(settings, "task", *map(str, arguments))
    for secret in (MULTISIG_KEY[2:], OTHER_KEY[2:], PASSWORD):
        assert secret not in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    return answer


def lines_of(answer):
    """The lines of a payload: 0x hex alone."""
    assert answer.status == 0, answer.stderr
    assert re.fullmatch(r"(0x([0-9a-f]{2})+\n)+", answer.stdout)
    return answer.stdout.split()


def cast_decode(signature, data):
    """Read calldata with cast; gives the arguments as it writes them, without its remarks on large numbers."""
    command = [CAST, "calldata-decode", signature, data]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r" \[[0-9.]+e[0-9]+\]", "", shown).splitlines()


def is_v1(devnet):
    return str(devnet.generation) == "v1"


def head(devnet):
    """The head as ``blocks`` of an answer has it."""
    block = rpc.call(devnet.l2_url, "eth_getBlockByNumber", "latest", False)
    return {"l1": None, "l2": {"number": int(block["number"], 16), "hash": block["hash"]}}


def check_landed(devnet, data):
    """Hold the state that was foreseen to what the chain says now."""
    for change in data.get("task_definitions", [data]):
        after = change["states"]["after"]
        truth = Truth(devnet, head(devnet)).definition(change["task_definition_id"])
        assert after == {key: truth[key] for key in after}


# --calldata


CREATE_TYPES = "uint256,uint256,uint256,uint256,uint256,uint256,uint256[]"


def lone_calls(devnet):
    """Commands that take one call: options, the function, and its arguments as cast writes them."""
    whom, most = ("Operators", ()) if is_v1(devnet) else ("Attesters", (3,))
    types = CREATE_TYPES + ",uint256" * len(most)
    fields = ("--min-power", "1.5e18", "--attester-reward", "0.001ether", "--performer-reward", "5gwei")
    more = ("--aggregator-reward", "7wei", "--expiry", "1000000", "--dispute-period", "9", "--restricted", "4,1,2,1")
    values = [10**6, 10**15, 5 * 10**9, 7, 9, 15 * 10**17, "[1, 2, 4]", *most]
    yield (
        ("create", "--name", 'fä"ed', *fields, *more, *(("--max-attesters", "3") if most else ())),
        f"createNewTaskDefinition(string,({types}))",
        ['"fä\\"ed"', f"({', '.join(map(str, values))})"],
    )
    yield ("update", 5, "--min-power", "100e18"), "setTaskDefinitionMinVotingPower(uint16,uint256)", [5, 100 * E18]
    restrict = f"setTaskDefinitionRestricted{whom}(uint16,uint256[])"
    yield ("update", 5, "--restricted", "6,1,2,3"), restrict, [5, "[1, 2, 3, 6]"]
    if most:
        yield ("set-max-attesters", 1, 11), "setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)", [1, 11]
    if str(devnet.generation) == "v3":
        for role in ("Attesters", "Performer", "Aggregator"):
            option = f"--{role.lower().removesuffix('s')}-reward"
            yield ("update", 5, option, "17gwei"), f"setBaseRewardFeeFor{role}(uint16,uint256)", [5, 17 * 10**9]


def test_one_call_is_one_line_that_cast_reads_back(calm, env_for):
    assert create(calm) == 5
    for arguments, signature, values in lone_calls(calm):
        answer = task(env_for(calm), *arguments, "--calldata")
        (line,) = lines_of(answer)
        assert cast_decode(signature, line) == [str(value) for value in values]
        assert f"1  {calm.contracts.attestation_center}  operation 0 (call), value 0 wei" in answer.stderr


def test_the_line_executed_gives_the_state_foreseen(calm, env_for, tmp_path):
    assert create(calm) == 5
    for at, (arguments, *_) in enumerate(lone_calls(calm)):
        file = tmp_path / f"{at}.json"
        (line,) = lines_of(task(env_for(calm), *arguments, "--calldata", "-o", f"json={file}"))
        govern(calm, bytes.fromhex(line[2:]))
        document = json.loads(file.read_text())
        (given,) = document["data"]["calldata"]
        assert given == {"to": calm.contracts.attestation_center, "value": "0", "data": line, "operation": 0}
        assert (document["data"]["outcome"], document["exit_code"]) == ("calldata", 0)
        check_landed(calm, document["data"])


def test_several_calls_of_an_account_are_a_line_each_and_a_warning(calm, env_for):
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    answer = task(env_for(calm), "update", 5, "--min-power", "100e18", "--calldata")
    first, second = lines_of(answer)
    assert cast_decode("setTaskDefinitionMinVotingPower(uint16,uint256)", first) == ["5", str(100 * E18)]
    assert second == "0x" + list_call(calm, 5, [1, 2, 3, 4]).hex()
    center = calm.contracts.attestation_center
    for at in (1, 2):
        assert f"  {at}  {center}  operation 0 (call), value 0 wei\n" in answer.stderr
    assert "warning  dead_between" in answer.stderr
    assert "Both must land together, and from this account they do not" in answer.stderr
    quiet = task(env_for(calm), "update", 5, "--min-power", "100e18", "--calldata", "-q")
    assert (quiet.stdout, quiet.stderr) == (answer.stdout, "")


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_what_is_refused_or_changes_nothing_gives_no_line(calm, env_for, quiet, tmp_path):
    file = tmp_path / "answer.json"
    for arguments, status, outcome in (
        (("update", "1", "--min-power", "1raw"), 4, "refused"),
        (("update", "1", "--min-power", "none"), 0, "ok"),
    ):
        answer = task(env_for(calm), *arguments, "--calldata", *quiet, "-o", f"json={file}")
        assert (answer.status, answer.stdout) == (status, "")
        document = json.loads(file.read_text())
        assert (document["status"], document["data"]["calldata"]) == (outcome, [])
        assert ("Refused; nothing was written or sent." in answer.stderr) is (status == 4 and not quiet)


def test_several_calls_of_a_safe_are_one_line_that_the_safe_executes(governed, env_for, tmp_path):
    devnet, file = governed.devnet, tmp_path / "answer.json"
    settings = env_for(devnet) | {"AVSCTL_MULTISIG": governed.safe}
    answer = task(settings, "update", 5, "--min-power", "100e18", "--calldata", "-o", f"json={file}")
    (line,) = lines_of(answer)
    target = safes.deploy_safe(governed.url, governed.version)["MultiSendCallOnly"]
    assert f"  1  {target}  operation 1 (delegatecall), value 0 wei\n" in answer.stderr
    (packed,) = cast_decode(MULTI_SEND, line)
    center = devnet.contracts.attestation_center.lower()[2:]
    calls = [minimum_call(5, 100 * E18), list_call(devnet, 5, range(1, 7))]
    assert packed == "0x" + "".join(f"00{center}{0:064x}{len(call):064x}{call.hex()}" for call in calls)
    data = json.loads(file.read_text())["data"]
    assert data["atomic"]
    assert data["calldata"] == [{"to": target, "value": "0", "data": line, "operation": 1}]
    of_safe = {"address": governed.safe, "version": governed.version, "threshold": 2, "nonce": 0, "chain_nonce": 0}
    assert {key: data["safe"][key] for key in of_safe} == of_safe
    governed.execute(target, bytes.fromhex(line[2:]), safes.DELEGATECALL)
    check_landed(devnet, data)


def test_one_call_of_a_safe_goes_to_its_target(governed, env_for):
    answer = task(env_for(governed.devnet), "refresh", 5, "--from", governed.safe, "--calldata")
    assert (answer.status, answer.stdout) == (0, "")
    answer = task(env_for(governed.devnet), "update", 5, "--restricted", "1,2,3", "--from", governed.safe, "--calldata")
    (line,) = lines_of(answer)
    assert f"1  {governed.devnet.contracts.attestation_center}  operation 0 (call)" in answer.stderr
    governed.execute(governed.devnet.contracts.attestation_center, bytes.fromhex(line[2:]))
    assert Truth(governed.devnet, head(governed.devnet)).fields(5)[-2] == [1, 2, 3]


def test_what_has_no_key_cannot_send(calm_v2, env_for):
    signing = ("--send", "--yes", "--key-env", "SIGNER", "-o", "json")
    settings = env_for(calm_v2) | {"SIGNER": MULTISIG_KEY}
    safe = govern_by(calm_v2)
    answer = task(settings, "update", 1, "--min-power", "100e18", *signing, "--from", safe)
    (problem,) = answer.document["errors"]
    assert (answer.status, problem["message"]) == (
        2,
        f"--send signs for an account with a key, and {safe} is a Safe",
    )
    assert all(name in problem["hint"] for name in ("--safe-batch", "avsctl safe sign", "avsctl safe exec"))
    contract = calm_v2.contracts.obls
    answer = task(settings, "update", 1, "--min-power", "100e18", *signing, "--from", contract)
    assert (answer.status, f"{contract} is a contract" in answer.problems[0]) == (2, True)


def test_a_safe_where_no_multi_send_is_known_is_told_so(calm_v2, env_for, tmp_path):
    create(calm_v2, list_=[1, 2, 3, 4])
    safe, batch = govern_by(calm_v2), tmp_path / "batch.json"
    rpc.call(calm_v2.l2_url, "anvil_setCode", safes.deploy_safe(calm_v2.l2_url, "1.4.1")["MultiSendCallOnly"], "0x")
    settings = env_for(calm_v2) | {"AVSCTL_MULTISIG": safe}
    several = ("update", 5, "--min-power", "100e18")
    answer = task(settings, *several, "--calldata")
    assert (answer.status, answer.stdout) == (2, "")
    assert "no MultiSendCallOnly that is known is deployed on this chain" in answer.stderr
    assert "--safe-batch FILE" in answer.stderr
    assert task(settings, *several, "--safe-batch", batch).status == 0
    assert len(lines_of(task(settings, "update", 1, "--min-power", "100e18", "--calldata"))) == 1
    refused = task(settings, "update", 5, "--min-power", "1raw", "--calldata")
    assert (refused.status, refused.stdout) == (4, "")


# --safe-batch


def checksum_of(document):
    """Give the checksum as the Transaction Builder computes it, from the description of the format."""

    def write(value):
        if isinstance(value, dict):
            keys = sorted(value)
            return f"{{{write(keys)}{''.join(write(value[key]) + ',' for key in keys)}}}"
        if isinstance(value, list):
            return f"[{','.join(map(write, value))}]"
        return json.dumps(value, ensure_ascii=False)

    document = copy.deepcopy(document)
    document["meta"].pop("checksum")
    document["meta"]["name"] = None
    return "0x" + keccak(text=write(document)).hex()


def read_calls(document):
    """Give the target and data of each transaction, a readable form encoded by what it says alone."""
    for each in document["transactions"]:
        assert each["value"] == "0"
        method = each["contractMethod"]
        if method is None:
            yield each["to"], bytes.fromhex(each["data"][2:])
            continue
        assert (each["data"], method["payable"]) == (None, False)
        kinds = [parameter["type"] for parameter in method["inputs"]]
        texts = [each["contractInputsValues"][parameter["name"]] for parameter in method["inputs"]]
        values = [[int(item) for item in json.loads(text)] if text[0] == "[" else int(text) for text in texts]
        yield each["to"], keccak(text=f"{method['name']}({','.join(kinds)})")[:4] + encode(kinds, values)


def read_batch(file):
    """Give a batch file that is as the Transaction Builder wants it."""
    document = json.loads(file.read_text())
    assert document["version"] == "1.0"
    assert document["meta"]["checksum"] == checksum_of(document)
    return document


def execute_batch(governed, document):
    """Let the Safe execute all calls of a file in one transaction."""
    packed = b"".join(
        bytes(1) + bytes.fromhex(to[2:]) + bytes(32) + len(data).to_bytes(32) + data
        for to, data in read_calls(document)
    )
    target = safes.deploy_safe(governed.url, governed.version)["MultiSendCallOnly"]
    governed.execute(target, calldata(MULTI_SEND, packed), safes.DELEGATECALL)


NEW = ("create", "--name", "a committee", "--restricted", "2,4,6,8,10")


def follow_up(devnet):
    """A change of the definition that ``NEW`` makes, whose calls could not be planned without it."""
    return ("update", 6, "--min-power", "150e18") if is_v1(devnet) else ("set-max-attesters", 6, 4)


def test_a_batch_is_begun_added_to_and_executed_at_once(governed, env_for, tmp_path):
    devnet, file = governed.devnet, tmp_path / "batch.json"
    settings = env_for(devnet) | {"AVSCTL_MULTISIG": governed.safe}
    to_file = ("--safe-batch", file, "-o", "json")
    first = task(settings, "update", 5, "--min-power", "100e18", *to_file)
    assert first.status == 0, first.stdout
    one = read_batch(file)
    assert (one["chainId"], one["meta"]["createdFromSafeAddress"]) == (str(devnet.l2_chain_id), governed.safe)
    assert one["createdAt"] == first.document["blocks"]["l2"]["timestamp"] * 1000
    assert [each["contractMethod"]["name"] for each in one["transactions"]] == [
        "setTaskDefinitionMinVotingPower",
        f"setTaskDefinitionRestricted{'Operators' if is_v1(devnet) else 'Attesters'}",
    ]
    second = task(settings, *NEW, *to_file, "--append")
    assert second.data["task_definition_id"] == 6
    assert second.data["file"]["calls"] == 3
    assert task(settings, *follow_up(devnet)).status == 2
    third = task(settings, *follow_up(devnet), *to_file, "--append")
    assert third.status == 0, third.stdout
    assert [len(each.data["earlier"]) for each in (first, second, third)] == [0, 2, 3]
    whole = read_batch(file)
    assert whole["transactions"][:2] == one["transactions"]
    raw = whole["transactions"][2]
    assert (raw["contractMethod"], raw["contractInputsValues"]) == (None, None)
    center = devnet.contracts.attestation_center
    calls = [call for each in (first, second, third) for call in each.data["calls"]]
    assert list(read_calls(whole)) == [(center, bytes.fromhex(call["data"][2:])) for call in calls]
    assert third.data["file"]["calls"] == len(calls)
    execute_batch(governed, whole)
    check_landed(devnet, first.data)
    check_landed(devnet, third.data)


def test_the_same_block_gives_the_same_bytes(calm, env_for, tmp_path):
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    files = [tmp_path / name for name in ("a.json", "b.json")]
    for file in files:
        assert task(env_for(calm), "update", 5, "--min-power", "100e18", "--safe-batch", file).status == 0
        assert task(env_for(calm), "create", "--name", "x", "--safe-batch", file, "--append").status == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    changes.mine(calm.l2_url)
    assert (
        task(env_for(calm), "update", 5, "--min-power", "100e18", "--safe-batch", files[1], "--overwrite").status == 0
    )
    assert files[0].read_bytes() != files[1].read_bytes()
    assert len(read_batch(files[1])["transactions"]) == 2


def test_the_hash_that_is_shown_is_that_of_the_file(calm_v2, env_for, tmp_path):
    file = tmp_path / "batch.json"
    answer = task(env_for(calm_v2), "update", 1, "--min-power", "100e18", "--safe-batch", file, "-o", "json")
    shown = subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout.split()[0]
    assert answer.data["file"] == {"path": str(file), "sha256": shown, "calls": 1, "sidecar": None}
    assert answer.data["outcome"] == "written"
    assert not list(tmp_path.glob(".*"))


def test_nothing_is_written_where_something_is_or_where_there_is_nothing_to_write(calm_v2, env_for, tmp_path):
    file = tmp_path / "batch.json"
    change = ("update", 1, "--min-power", "100e18", "--safe-batch", file)
    for arguments, status in (
        (("update", 1, "--min-power", "1raw"), 4),
        (("update", 1, "--min-power", "none"), 0),
        (("update", 99, "--min-power", "none"), 2),
    ):
        assert task(env_for(calm_v2), *arguments, "--safe-batch", file).status == status
        assert not list(tmp_path.iterdir())
    file.write_text("mine")
    answer = task(env_for(calm_v2), *change, "-o", "json")
    assert (answer.status, file.read_text()) == (2, "mine")
    assert f"{file} is there already" in answer.problems[0]
    assert task(env_for(calm_v2), *change, "--overwrite").status == 0
    before = file.read_bytes()
    for arguments, status in ((("update", 1, "--min-power", "1raw"), 4), (("update", 2, "--min-power", "none"), 0)):
        for mode in ("--append", "--overwrite"):
            assert task(env_for(calm_v2), *arguments, "--safe-batch", file, mode).status == status
            assert file.read_bytes() == before


def seal(document):
    document["meta"]["checksum"] = checksum_of(document)
    return json.dumps(document)


def put(key, value, part="meta"):
    """Change a file and give it the checksum that it then has."""

    def spoil(document):
        (document[part] if part else document)[key] = value
        return seal(document)

    return spoil


def change_silently(document):
    document["transactions"][0]["contractInputsValues"]["_minimumVotingPower"] = "1"
    return json.dumps(document)


def say_two_things(document):
    document["transactions"][0]["data"] = "0x" + minimum_call(1, 7).hex()
    return seal(document)


SPOILT = {
    "another chain": (put("chainId", "8453", None), "is of another chain: 8453, not 31338"),
    "another sender": (put("createdFromSafeAddress", "0x" + "ab" * 20), "is of another sender"),
    "no sender": (put("createdFromSafeAddress", ""), "does not say which Safe it is of"),
    "another schema": (put("version", "2.0", None), "'version' of the whole is not 1.0"),
    "a checksum that does not fit": (change_silently, "the checksum of the batch file does not fit"),
    "no checksum": (lambda document: document["meta"].pop("checksum") and json.dumps(document), "the checksum of"),
    "two data": (say_two_things, "data and contractMethod of transaction 1 say two things"),
    "no JSON": (lambda _: "{", "is no JSON document"),
    "no object": (lambda _: "[]", "the whole is no JSON object"),
    "no transactions": (put("transactions", None, None), "'transactions' of the whole is no list"),
    "nested": (lambda _: "[" * 100_000, "is no JSON document"),
    "too large": (lambda document: json.dumps(document) + " " * 2_000_000, "is larger than 1024 KiB"),
    "bytes": (lambda _: "\udcff", "is not UTF-8 text"),
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_file_that_is_not_as_it_must_be_is_not_added_to(calm_v2, env_for, tmp_path, spoil):
    file = tmp_path / "batch.json"
    settings = env_for(calm_v2)
    assert task(settings, "update", 1, "--min-power", "100e18", "--safe-batch", file).status == 0
    change, message = SPOILT[spoil]
    file.write_bytes(change(json.loads(file.read_text())).encode("utf-8", "surrogateescape"))
    before = file.read_bytes()
    for arguments in (("create", "--name", "x"), ("update", 2, "--min-power", "none")):
        answer = task(settings, *arguments, "--safe-batch", file, "--append", "-o", "json")
        assert (answer.status, file.read_bytes()) == (2, before)
        assert message in " ".join(answer.problems)
    is_read = "checksum" in message  # what it says is simulated, whoever wrote it
    assert task(settings, "create", "--name", "x", "--after", file).status == (0 if is_read else 2)


def test_a_folder_or_nothing_is_not_added_to(calm_v2, env_for, tmp_path):
    for path in (tmp_path, tmp_path / "missing.json", tmp_path / "no folder" / "x.json"):
        answer = task(env_for(calm_v2), "create", "--name", "x", "--safe-batch", path, "--append")
        assert (answer.status, list(tmp_path.iterdir())) == (2, [])
        assert task(env_for(calm_v2), "create", "--name", "x", "--after", path).status == 2


def test_calls_of_the_file_that_would_revert_refuse_what_comes_after_them(calm, env_for, tmp_path):
    file = tmp_path / "batch.json"
    settings = env_for(calm)
    assert task(settings, "create", "--name", "x", "--expiry", "+3", "--safe-batch", file).status == 0
    changes.mine(calm.l2_url, 3)
    before = file.read_bytes()
    for arguments in (("--safe-batch", file, "--append"), ("--after", file), ("--after", file, "--calldata")):
        answer = task(settings, "update", 1, "--min-power", "100e18", *arguments)
        assert (answer.status, file.read_bytes()) == (4, before)
        assert "InvalidBlockExpiry()" in answer.stdout + answer.stderr


# --after


def test_a_change_after_a_file_starts_where_the_file_ends(calm, env_for, tmp_path):
    settings, file, second = env_for(calm), tmp_path / "first.json", tmp_path / "second.json"
    made = task(settings, "create", "--name", "one", "--restricted", "1,2,3", "--safe-batch", file, "-o", "json")
    assert made.data["task_definition_id"] == 5
    answer = task(settings, "create", "--name", "two", "--after", file, "--safe-batch", second, "-o", "json")
    assert answer.data["task_definition_id"] == 6
    assert [call["function"].partition("(")[0] for call in answer.data["earlier"]] == ["createNewTaskDefinition"]
    assert len(read_batch(second)["transactions"]) == answer.data["file"]["calls"] == 1
    shown = task(settings, "update", 5, "--restricted", "1,2,3,4", "--after", file, "-o", "json")
    states = shown.data["states"]
    assert [states[when]["restricted_operator_ids"] for when in ("before", "after")] == [[1, 2, 3], [1, 2, 3, 4]]
    assert not task(settings, "update", 5, "--restricted", "1,2,3", "--after", file, "-o", "json").data["calls"]
    appended = task(settings, "update", 6, "--restricted", "7,8,9", "--after", file, "--safe-batch", second, "--append")
    assert appended.status == 0
    (line,) = lines_of(task(settings, "create", "--name", "two", "--after", file, "--calldata"))
    for document in (read_batch(file), read_batch(second)):
        govern(calm, *(data for _, data in read_calls(document)))
    assert Truth(calm, head(calm)).fields(6)[-2] == [7, 8, 9]
    assert "0x" + next(read_calls(read_batch(second)))[1].hex() == line


def test_a_file_does_not_count_twice(calm_v2, env_for, tmp_path):
    file = tmp_path / "batch.json"
    assert task(env_for(calm_v2), "create", "--name", "one", "--safe-batch", file).status == 0
    before = file.read_bytes()
    answer = task(
        env_for(calm_v2), "create", "--name", "two", "--after", file, "--safe-batch", file, "--append", "-o", "json"
    )
    assert (answer.status, file.read_bytes()) == (2, before)
    assert "--after and --append" in answer.problems[0]


# --send


@pytest.fixture(scope="module")
def keystores(tmp_path_factory):
    """Keystores of the multisig and of another account, and a file with their password."""
    folder = tmp_path_factory.mktemp("keystores")
    for name, key in (("multisig", MULTISIG_KEY), ("other", OTHER_KEY)):
        (folder / name).write_text(json.dumps(Account.encrypt(key, PASSWORD, "pbkdf2", 1000)))
    (folder / "password").write_text(PASSWORD + "\n")
    return folder


def send(settings, *arguments, json_=True):
    form = ("-o", "json") if json_ else ()
    return task(settings | {"SIGNER": MULTISIG_KEY}, *arguments, "--send", "--yes", "--key-env", "SIGNER", *form)


def told(answer):
    return answer.problems + [f"{f['code']}: {f['text']}" for f in answer.document["findings"]]


def block_of(devnet, transaction_hash):
    receipt = rpc.call(devnet.l2_url, "eth_getTransactionReceipt", transaction_hash)
    return int(receipt["blockNumber"], 16), int(receipt["gasUsed"], 16), int(receipt["status"], 16)


def test_every_kind_of_call_sent_gives_the_state_foreseen(calm, env_for):
    assert create(calm) == 5
    settings = env_for(calm)
    for arguments, signature, _ in lone_calls(calm):
        answer = send(settings, *arguments)
        assert answer.status == 0, told(answer)
        (sent,) = answer.data["sent"]
        assert (sent["is_as_simulated"], sent["differences"], answer.data["outcome"]) == (True, [], "sent")
        facts = (sent["block_number"], sent["gas_used"], {"success": 1, "reverted": 0}[sent["status"]])
        assert block_of(calm, sent["transaction_hash"]) == facts
        is_creation = signature.startswith("create")
        assert sent["task_definition_id"] == (6 if is_creation else None)
        assert answer.data.get("id_is_expected") is (False if is_creation else None)
        assert answer.data["now"] == []
        check_landed(calm, answer.data)


def test_several_calls_are_sent_and_compared_one_after_the_other(calm, env_for):
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    options = ["--min-power", "100e18", "--restricted", "1,2,3"]
    options += [] if is_v1(calm) else ["--max-attesters", "3"]
    options += ["--aggregator-reward", "4wei", "--performer-reward", "9gwei"] if str(calm.generation) == "v3" else []
    answer = send(env_for(calm), "update", 5, *options)
    assert answer.status == 0, told(answer)
    sent = answer.data["sent"]
    assert len(sent) == len(answer.data["calls"]) == {"v1": 2, "v2": 3, "v3": 5}[str(calm.generation)]
    assert [each["is_as_simulated"] for each in sent] == [True] * len(sent)
    blocks = [each["block_number"] for each in sent]
    assert blocks == sorted(set(blocks))
    check_landed(calm, answer.data)


def test_definitions_are_refreshed_one_after_the_other(calm, env_for):
    create(calm, list_=[1, 2, 3, 4]), create(calm, minimum=100 * E18), create(calm, list_=[3, 4, 5, 6])
    changes.unregister_l2(calm, [calm.operators[3].address])
    answer = send(env_for(calm), "refresh", "--stale")
    assert answer.status == 0, told(answer)
    assert all(each["is_as_simulated"] for each in answer.data["sent"])
    assert len(answer.data["sent"]) >= 3
    check_landed(calm, answer.data)
    again = send(env_for(calm), "refresh", "--stale")
    assert (again.status, again.data["calls"], again.data["sent"]) == (0, [], [])


def test_a_keystore_signs_with_its_password_from_a_file_or_a_variable(calm_v2, env_for, keystores):
    settings = env_for(calm_v2) | {"SESAME": PASSWORD}
    change = ("update", 1, "--send", "--yes", "-o", "json", "--keystore", keystores / "multisig", "--min-power")
    for power, password in (
        ("70e18", ("--password-file", keystores / "password")),
        ("80e18", ("--password-env", "SESAME")),
    ):
        answer = task(settings, *change, power, *password)
        assert answer.status == 0, told(answer)
        check_landed(calm_v2, answer.data)


@pytest.mark.parametrize(
    ("signer", "message"),
    [
        (("--keystore", "multisig", "--password-env", "WRONG"), "wrong password for"),
        (("--keystore", "other", "--password-env", "SESAME"), "the key is that of 0x"),
        (("--key-env", "OTHER"), "the key is that of 0x"),
        (("--key-env", "MISSING"), "the environment variable MISSING (--key-env) is not set"),
        (("--key-env", "WRONG"), "the environment variable WRONG (--key-env) holds no private key"),
        (("--keystore", "password", "--password-env", "SESAME"), "is no JSON object"),
    ],
    ids=["password", "keystore of another", "key of another", "no key", "no hex", "no keystore"],
)
def test_the_wrong_signer_sends_nothing(calm_v2, env_for, keystores, signer, message):
    settings = env_for(calm_v2) | {"SESAME": PASSWORD, "WRONG": PASSWORD[::-1], "OTHER": OTHER_KEY}
    option, name, *password = signer
    source = keystores / name if option == "--keystore" else name
    before = head(calm_v2)
    answer = task(
        settings, "update", 1, "--min-power", "70e18", "--send", "--yes", "-o", "json", option, source, *password
    )
    assert (answer.status, head(calm_v2)) == (2, before)
    assert message in answer.problems[0]
    assert PASSWORD[::-1] not in answer.stdout + answer.stderr


# --send, while the chain moves


@dataclass
class Meddling:
    """Does something to the chain when an endpoint is asked for the ``at``-th time to do what ``method`` names."""

    devnet: object
    act: object
    at: int = 1
    method: str = SENDING
    is_after: bool = True
    seen: int = 0

    def __call__(self, item):
        if item["method"] != self.method:
            return None
        self.seen += 1
        if self.seen != self.at:
            return None
        if not self.is_after:
            self.act()
            return None
        result = rpc.call(self.devnet.l2_url, self.method, *item["params"])
        self.act()
        return {"result": result}


@contextlib.contextmanager
def meddled(devnet, act, **how):
    """Give the settings of a devnet whose chain moves while a command runs."""
    meddling = Meddling(devnet, act, **how)
    with through_proxies(devnet, l2=Limits(answer=meddling)) as settings:
        yield settings
    assert meddling.seen >= meddling.at


def govern_besides(devnet, *calls):
    """Send as a second holder of the role would: the multisig's nonce is what it was."""
    nonce = rpc.call(devnet.l2_url, "eth_getTransactionCount", devnet.multisig, "latest")
    govern(devnet, *calls)
    rpc.call(devnet.l2_url, "anvil_setNonce", devnet.multisig, nonce)


def unregister(devnet, ids):
    changes.unregister_l2(devnet, [devnet.operators[i - 1].address for i in ids])


def verdict_now(devnet, definition):
    return Truth(devnet, head(devnet)).definition(definition)["verdict"]


def test_what_the_next_call_would_make_dead_by_now_is_not_sent(calm, env_for):
    """Between the calls an operator of the list leaves: the end state is dead then."""
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    change = ("update", 5, "--min-power", "100e18", "--restricted", "1,2")
    with meddled(calm, lambda: unregister(calm, [1, 2])) as settings:
        answer = send(settings, *change)
    assert answer.status == 4, told(answer)
    data = answer.data
    assert (data["outcome"], len(data["calls"]), len(data["sent"])) == ("stopped", 2, 1)
    assert (data["sent"][0]["status"], block_of(calm, data["sent"][0]["transaction_hash"])[2]) == ("success", 1)
    assert "dead" in {f["code"] for f in answer.document["findings"] if f["severity"] == "critical"}
    (now,) = data["now"]
    truth = Truth(calm, head(calm)).definition(5)
    assert now == {key: truth[key] for key in now}
    assert now["verdict"] == "dead"


def test_the_screen_tells_what_landed_what_is_now_and_what_remains(calm_v2, env_for):
    create(calm_v2, list_=[1, 2, 3, 4])
    change = ("update", 5, "--min-power", "100e18", "--restricted", "1,2")
    with meddled(calm_v2, lambda: unregister(calm_v2, [1, 2])) as settings:
        answer = send(settings, *change, json_=False)
    assert answer.status == 4
    _, end = answer.stdout.split("Stopped: the next call is refused as things are now.")
    assert re.search(r"  1  0x[0-9a-f]{64}\n     landed in block [0-9]+, gas [0-9]+; the state after it", end)
    assert "Call 2 was not sent." in end
    assert "Task 5 is now DEAD" in end


def test_a_call_that_would_revert_by_now_is_not_sent(modern, env_for):
    create(modern, list_=[1, 2, 3, 4])
    change = ("update", 5, "--restricted", "1,2,3,4,5,6", "--max-attesters", "6")
    with meddled(modern, lambda: govern_besides(modern, list_call(modern, 5, [1, 2]))) as settings:
        answer = send(settings, *change)
    assert answer.status == 4, told(answer)
    assert (answer.data["outcome"], len(answer.data["sent"])) == ("stopped", 1)
    assert "would_revert" in answer.codes
    (now,) = answer.data["now"]
    truth = Truth(modern, head(modern)).definition(5)
    assert now == {key: truth[key] for key in now}
    assert now["restricted_operator_ids"] == [1, 2]


@pytest.mark.parametrize("at", [1, 2])
def test_a_call_that_reverts_when_it_lands_ends_the_sending(calm_v2, env_for, at):
    create(calm_v2, list_=[1, 2, 3, 4])
    change = ("update", 5, "--restricted", "1,2,3,4,5,6", "--max-attesters", "6") if at == 2 else None
    change = change or ("set-max-attesters", 5, 4)
    act = lambda: govern_besides(calm_v2, list_call(calm_v2, 5, [1, 2, 3]))  # noqa: E731
    with meddled(calm_v2, act, at=at, is_after=False) as settings:
        answer = send(settings, *change)
    assert answer.status == 4, told(answer)
    data = answer.data
    assert (data["outcome"], [each["status"] for each in data["sent"]]) == (
        "reverted",
        ["success"] * (at - 1) + ["reverted"],
    )
    last = data["sent"][-1]
    assert (last["revert"], last["is_as_simulated"]) == ("InvalidMaximumNumberOfAttesters()", None)
    assert block_of(calm_v2, last["transaction_hash"])[2] == 0
    (now,) = data["now"]
    assert now["restricted_operator_ids"] == [1, 2, 3]
    assert now["verdict"] == verdict_now(calm_v2, 5)


def test_the_state_after_is_not_the_simulated_one_where_something_came_between(calm, env_for):
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    with meddled(calm, lambda: unregister(calm, [12]), is_after=False) as settings:
        answer = send(settings, "update", 1, "--min-power", "100e18")
    assert answer.status == 0, told(answer)
    (sent,) = answer.data["sent"]
    assert not sent["is_as_simulated"]
    assert [each["field"] for each in sent["differences"]] == ["stored_total"]
    truth = Truth(calm, head(calm)).definition(1)
    assert sent["differences"][0]["found"] == truth["quorum"]["stored_total"]


@pytest.mark.parametrize(
    ("method", "is_after"), [(SENDING, False), ("eth_estimateGas", True)], ids=["at the end", "in between"]
)
def test_another_creation_that_lands_first_takes_the_id(calm, env_for, method, is_after):
    act = lambda: govern_besides(calm, create_call(calm, b"somebody else's", minimum=7 * E18))  # noqa: E731
    with meddled(calm, act, method=method, is_after=is_after) as settings:
        answer = send(settings, "create", "--name", "ours", "--restricted", "1,2,3")
    assert answer.status == 0, told(answer)
    (sent,) = answer.data["sent"]
    assert (sent["status"], sent["task_definition_id"], answer.data["task_definition_id"]) == ("success", 6, 6)
    assert not answer.data["id_is_expected"]
    assert sent["differences"] == [{"field": "task_definition_id", "simulated": "5", "found": "6"}]
    truth = Truth(calm, head(calm)).definition(6)
    assert (truth["name"], truth["restricted_operator_ids"]) == ("ours", [1, 2, 3])


def test_the_screen_tells_another_id_than_expected(calm_v2, env_for):
    act = lambda: govern_besides(calm_v2, create_call(calm_v2, b"somebody else's"))  # noqa: E731
    with meddled(calm_v2, act, is_after=False) as settings:
        answer = send(settings, "create", "--name", "ours", json_=False)
    assert "created task definition 6, not 5 as expected" in answer.stdout


@pytest.fixture
def halting(calm_v2):
    """A chain that can be told to mine no more; what waits is forgotten in the end."""
    yield calm_v2
    rpc.call(calm_v2.l2_url, "anvil_dropAllTransactions")
    rpc.call(calm_v2.l2_url, "evm_setAutomine", True)


def waiting_of(devnet):
    """The hash of the one transaction that waits to be mined."""
    ((waiting,),) = [each.values() for each in rpc.call(devnet.l2_url, "txpool_content")["pending"].values()]
    return waiting["hash"]


def test_a_transaction_that_does_not_land_in_time_is_named(halting, env_for):
    rpc.call(halting.l2_url, "evm_setAutomine", False)
    before = head(halting)
    answer = send(env_for(halting), "update", 1, "--min-power", "100e18", "--timeout", "1")
    waiting = waiting_of(halting)
    (problem,) = answer.document["errors"]
    assert (answer.status, problem["code"], head(halting)) == (5, "transaction_pending", before)
    assert waiting in problem["message"]
    assert f"note: sending {waiting}" in answer.stderr
    assert (answer.data["sent"], answer.data["pending"], answer.data["outcome"]) == ([], waiting, "stopped")


def test_the_second_transaction_that_does_not_land_in_time_is_named_beside_what_landed(halting, env_for):
    create(halting, list_=[1, 2, 3, 4])
    stop = lambda: rpc.call(halting.l2_url, "evm_setAutomine", False)  # noqa: E731
    change = ("update", 5, "--min-power", "100e18", "--timeout", "1")
    with meddled(halting, stop) as settings:
        answer = send(settings, *change)
    waiting = waiting_of(halting)
    (problem,) = answer.document["errors"]
    assert (answer.status, problem["code"]) == (5, "transaction_pending")
    assert waiting in problem["message"]
    data = answer.data
    assert (data["outcome"], [each["status"] for each in data["sent"]]) == ("stopped", ["success"])
    assert data["pending"] == waiting
    assert data["now"][0]["verdict"] == "dead"


def test_a_call_whose_reply_was_lost_is_found(calm_v2, env_for):
    with through_proxies(calm_v2, l2=Limits(drop=lambda item: item["method"] == SENDING)) as settings:
        answer = send(settings, "update", 1, "--min-power", "100e18")
    assert answer.status == 0, told(answer)
    assert answer.data["sent"][0]["is_as_simulated"]
    check_landed(calm_v2, answer.data)
