"""Commands that write for a Safe: hashes held to the Safe's own, execution as a whole, nonces, files with sidecars."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import safes
from commandline import run, through_proxies
from proxy import Limits
from test_cli_tasks import create, ignoring_overrides
from test_cli_ways_out import head, lines_of, task, told
from test_safes import govern_by

from avsctl.contracts.address import ZERO_ADDRESS
from avsctl.contracts.keccak import keccak256
from avsctl.devnet import rpc
from avsctl.tx.sidecar import parse_sidecar

JSON = ("-o", "json")
HASHING = "getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,uint256)"
SEVERAL = ("update", 5, "--min-power", "100e18")
"""Two calls: after the first alone the definition is dead."""
SINGLE = ("update", 5, "--restricted", "1,2,3")
GUARD = "0x00000000000000000000000000000000000c0de5"
REFUSES_DELEGATECALLS = "0x60003560e01c6375f0bb521460643560011416601757005b63deadbeef6000526004601cfd"
"""Reverts with 0xdeadbeef where ``checkTransaction`` names operation 1, and takes all else."""
ALLOWS_ALL = "0x00"
REFUSES_ALL = "0x63deadbeef6000526004601cfd"
BARE = Limits(lacks=frozenset({"eth_simulateV1"}), has_overrides=False)
OVERRIDES = Limits(lacks=frozenset({"eth_simulateV1"}))


@dataclass(frozen=True)
class Governed:
    """A devnet and the Safe that governs it."""

    devnet: object
    safe: str
    version: str
    settings: dict

    @property
    def url(self):
        return self.devnet.l2_url

    def task(self, *arguments):
        return task(self.settings, *arguments)

    def ask(self, *arguments):
        return self.task(*arguments, *JSON)

    def spend(self, count=1):
        """Use up nonces of the Safe."""
        for _ in range(count):
            safes.execute(self.url, self.safe, self.safe, b"")

    def guard(self, code):
        slot = "0x" + keccak256(b"guard_manager.guard.address").hex()
        rpc.call(self.url, "anvil_setCode", GUARD, code)
        rpc.call(self.url, "anvil_setStorageAt", self.safe, slot, "0x" + GUARD[2:].rjust(64, "0"))


def govern(devnet, settings, version="1.4.1"):
    assert create(devnet, list_=[1, 2, 3, 4]) == 5
    safe = govern_by(devnet, version)
    return Governed(devnet, safe, version, settings | {"AVSCTL_MULTISIG": safe})


@pytest.fixture(params=[("v1", "1.3.0"), ("v2", "1.4.1"), ("v3", "1.5.0")], ids="-".join)
def governed(request, devnets, unchanged, env_for):
    generation, version = request.param
    with unchanged(devnets(generation, drift=0)) as devnet:
        yield govern(devnet, env_for(devnet), version)


@pytest.fixture
def one(devnets, unchanged, env_for):
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield govern(devnet, env_for(devnet))


def ask_safe(governed, signature, *arguments):
    return "0x" + rpc.read(governed.url, governed.safe, rpc.calldata(signature, *arguments)).hex()


def hash_of(governed, transaction):
    """The hash that the Safe itself gives a transaction of an answer."""
    fields = (transaction["to"], int(transaction["value"]), bytes.fromhex(transaction["data"][2:]))
    nothing = (0, 0, 0, ZERO_ADDRESS, ZERO_ADDRESS)
    return ask_safe(governed, HASHING, *fields, transaction["operation"], *nothing, transaction["nonce"])


def finding(answer, code):
    (found,) = [each for each in answer.document["findings"] if each["code"] == code]
    return found


def read_sidecar(path):
    return parse_sidecar(path.with_name(path.name + ".avsctl.json").read_text())


def execute(governed, transaction):
    data = bytes.fromhex(transaction["data"][2:])
    safes.execute(governed.url, governed.safe, transaction["to"], data, transaction["operation"])


# Hashes, execution and files


def test_the_hashes_are_the_safes_own_and_what_is_signed_gives_the_state_expected(governed, tmp_path):
    governed.spend()
    file = tmp_path / "batch.json"
    answer = governed.ask(*SEVERAL, "--safe-batch", file)
    assert answer.status == 0, told(answer)
    safe = answer.data["safe"]
    (transaction,) = safe["transactions"]
    assert (safe["nonce"], safe["chain_nonce"], safe["version"]) == (1, 1, governed.version)
    assert safe["safe_tx_hash"] == transaction["safe_tx_hash"] == hash_of(governed, transaction)
    assert safe["domain_hash"] == ask_safe(governed, "domainSeparator()")
    preimage = bytes.fromhex("1901" + safe["domain_hash"][2:] + safe["message_hash"][2:])
    assert safe["safe_tx_hash"] == "0x" + keccak256(preimage).hex()
    assert safe["data_hash"] == "0x" + keccak256(bytes.fromhex(transaction["data"][2:])).hex()
    assert safe["to"] == safes.deploy_safe(governed.url, governed.version)["MultiSendCallOnly"]
    assert (safe["operation"], transaction["execution"]["is_success"]) == (1, True)
    assert 50_000 < transaction["execution"]["gas_used"] < 1_000_000
    sidecar = read_sidecar(file)
    assert answer.data["files"] == [answer.data["file"]]
    assert answer.data["file"]["sidecar"] == str(file) + ".avsctl.json"
    assert sidecar.batch_sha256 == answer.data["file"]["sha256"]
    assert "0x" + sidecar.hashes.safe_tx.hex() == safe["safe_tx_hash"]
    assert (sidecar.safe_tx.nonce, sidecar.safe, sidecar.threshold, len(sidecar.owners)) == (1, governed.safe, 2, 3)
    assert sidecar.l2.number == head(governed.devnet)["l2"]["number"]
    execute(governed, transaction)
    (landed,) = governed.ask("show", 5).data["task_definitions"]
    (expected,) = sidecar.expected
    assert (expected.task_definition_id, expected.verdict) == (5, landed["verdict"])
    assert str(expected.stored_total) == landed["quorum"]["stored_total"]
    assert str(expected.definition.minimum_voting_power) == landed["minimum_voting_power"]


def test_the_screen_has_what_the_device_shows(one):
    answer, data = one.task(*SEVERAL), one.ask(*SEVERAL).data["safe"]
    assert (
        f"""
Safe transaction, nonce 0
  operation 1: delegatecall to MultiSendCallOnly 1.4.1, code hash verified
    {data["to"]}
  executed as a whole: ok, gas {data["transactions"][0]["execution"]["gas_used"]}
Compare with your device
Domain hash   0x{data["domain_hash"][2:].upper()}
Message hash  0x{data["message_hash"][2:].upper()}
safeTxHash    {data["safe_tx_hash"]}
data hash     {data["data_hash"]}
"""
        in answer.stdout
    )
    single = one.task(*SINGLE).stdout
    assert f"  operation 0: call to {one.devnet.contracts.attestation_center}\n" in single


def test_the_same_block_gives_the_same_bytes(one, tmp_path):
    written = []
    for at in (1, 2):
        file = tmp_path / f"{at}.json"
        assert one.task(*SEVERAL, "--safe-batch", file).status == 0
        assert one.task("create", "--name", "x", "--safe-batch", file, "--append").status == 0
        written.append((file.read_bytes(), (tmp_path / f"{at}.json.avsctl.json").read_bytes()))
    assert written[0] == written[1]


def test_what_is_added_to_a_file_is_one_transaction_with_it(one, tmp_path):
    file = tmp_path / "batch.json"
    assert one.task("create", "--name", "first", "--nonce", 3, "--safe-batch", file).status == 0
    answer = one.ask("update", 1, "--min-power", "100e18", "--safe-batch", file, "--append")
    assert answer.status == 0, told(answer)
    (transaction,) = answer.data["safe"]["transactions"]
    assert (transaction["nonce"], transaction["operation"]) == (3, 1)
    assert transaction["safe_tx_hash"] == hash_of(one, transaction)
    assert answer.data["file"]["calls"] == 2
    sidecar = read_sidecar(file)
    assert [each.task_definition_id for each in sidecar.expected] == [1, 6]
    assert sidecar.expected[1].details.name == "first"
    again = one.ask("update", 1, "--min-power", "90e18", "--safe-batch", file, "--append", "--nonce", 5)
    assert again.data["safe"]["nonce"] == 5
    assert read_sidecar(file).safe_tx.nonce == 5
    one.spend(6)
    late = one.ask("create", "--name", "late", "--safe-batch", file, "--append")
    assert (late.status, f"nonce 5 of {file} is used up: the next one of the Safe is 6" in late.problems[0]) == (
        2,
        True,
    )


def test_an_existing_sidecar_is_replaced_only_where_that_is_asked(one, tmp_path):
    file, beside = tmp_path / "batch.json", tmp_path / "batch.json.avsctl.json"
    beside.write_text("mine")
    refused = one.ask(*SEVERAL, "--safe-batch", file)
    assert (refused.status, refused.problems) == (2, [f"{beside} is there already"])
    assert (file.exists(), beside.read_text()) == (False, "mine")
    assert one.task(*SEVERAL, "--safe-batch", file, "--overwrite").status == 0
    assert read_sidecar(file).checksum_ok
    name = tmp_path / ("n" * 250)
    long = one.ask(*SEVERAL, "--safe-batch", name)
    assert (long.status, "File name too long" in long.problems[0], name.exists()) == (2, True, False)
    device = one.ask(*SEVERAL, "--safe-batch", "/dev/null", "--overwrite")
    assert (device.status, device.data["file"]["sidecar"], Path("/dev/null.avsctl.json").exists()) == (0, None, False)
    assert "/dev/null is no file: what is expected of the batch is not written beside it" in device.stderr


def test_a_file_changed_since_it_was_made_is_neither_added_to_nor_followed(one, tmp_path):
    file, other = tmp_path / "batch.json", tmp_path / "other.json"
    for path in (file, other):
        assert one.task("create", "--name", path.name, "--safe-batch", path).status == 0
    other.with_name("other.json.avsctl.json").replace(tmp_path / "batch.json.avsctl.json")
    for way in (("--after", file), ("--safe-batch", file, "--append")):
        answer = one.ask(*SINGLE, *way)
        assert (answer.status, f"is not of {file} as it stands" in answer.problems[0]) == (2, True)
    (tmp_path / "batch.json.avsctl.json").write_text('{"schema": "\x1b[31m"}')
    assert one.ask(*SINGLE, "--after", file).status == 2


def test_without_a_multi_send_there_is_no_hash_and_nothing_beside_the_file(one, tmp_path):
    file, beside = tmp_path / "batch.json", tmp_path / "batch.json.avsctl.json"
    beside.write_text("old")
    rpc.call(one.url, "anvil_setCode", safes.deploy_safe(one.url, "1.4.1")["MultiSendCallOnly"], "0x")
    answer = one.ask(*SEVERAL, "--safe-batch", file, "--overwrite")
    assert (answer.status, answer.data["safe"]["transactions"], beside.exists()) == (0, [], False)
    assert (answer.data["safe"]["safe_tx_hash"], answer.data["file"]["sidecar"]) == (None, None)
    assert finding(answer, "multi_send_unknown")["remedy"] == ["--no-batch makes a transaction of each call."]
    assert len(one.ask(*SEVERAL, "--no-batch").data["safe"]["transactions"]) == 2
    expected = one.ask(*SEVERAL, "--expect", "0x" + "ab" * 32)
    assert (expected.status, "there is no transaction" in finding(expected, "not_verified")["text"]) == (3, True)


# --expect


def test_a_hash_that_is_expected_is_given_or_nothing_is_done(one, tmp_path):
    file = tmp_path / "batch.json"
    right = one.ask(*SEVERAL).data["safe"]["safe_tx_hash"]
    wrong = "0x" + "ab" * 32
    same = one.ask(*SEVERAL, "--expect", "0x" + right[2:].upper(), "--safe-batch", file)
    assert (same.status, same.data["safe"]["is_expected"], file.exists()) == (0, True, True)
    for way in ((), ("--calldata",), ("--safe-batch", tmp_path / "other.json")):
        answer_file = tmp_path / "answer.json"
        answer = one.task(*SEVERAL, "--expect", wrong, *way, "-o", f"json={answer_file}")
        document = json.loads(answer_file.read_text())
        (found,) = [each for each in document["findings"] if each["code"] == "not_verified"]
        assert (answer.status, document["status"], document["data"]["outcome"]) == (3, "finding", "shown")
        assert right in found["text"]
        assert wrong[2:] not in answer_file.read_text() + answer.stdout + answer.stderr
        assert (tmp_path / "other.json").exists() is False
        assert "Not the transaction that --expect names" in answer.stdout + answer.stderr
        assert not answer.stdout.startswith("0x")
    assert one.ask(*SEVERAL, "--nonce", 1, "--expect", right).status == 3
    several = one.ask(*SEVERAL, "--no-batch", "--expect", right)
    hashes = [each["safe_tx_hash"] for each in several.data["safe"]["transactions"]]
    assert (several.status, all(each in finding(several, "not_verified")["text"] for each in hashes)) == (3, True)
    assert one.ask(*SEVERAL, "--no-batch", "--expect", hashes[1]).status == 0
    refused = one.ask("update", 5, "--min-power", "9000e18", "--expect", wrong)
    assert (refused.status, refused.document["status"]) == (4, "refused")
    nothing = one.ask("update", 5, "--min-power", "none", "--expect", wrong)
    assert (nothing.status, "there is no transaction" in finding(nothing, "not_verified")["text"]) == (3, True)


# Nonces


def test_a_later_nonce_is_hashed_as_such_and_told(one):
    one.spend()
    answer = one.ask(*SINGLE, "--nonce", 4)
    (transaction,) = answer.data["safe"]["transactions"]
    assert (answer.status, transaction["nonce"], transaction["execution"]["is_success"]) == (0, 4, True)
    assert transaction["safe_tx_hash"] == hash_of(one, transaction)
    assert "what runs under nonces 1 to 3 is not known here" in finding(answer, "nonce_ahead")["text"]
    assert "\nSafe transaction, nonce 4; simulated at nonce 1\n" in one.task(*SINGLE, "--nonce", 4).stdout
    assert "nonce_ahead" not in one.ask(*SINGLE, "--nonce", 1).codes
    used = one.ask(*SINGLE, "--nonce", 0)
    assert (used.status, used.problems) == (2, ["nonce 0 of --nonce is used up: the next one of the Safe is 1"])


def test_what_follows_files_has_the_nonce_and_the_state_after_them(one, tmp_path):
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    made = one.ask("create", "--name", "one", "--restricted", "1,2,3", "--safe-batch", first)
    then = one.ask("update", 6, "--min-power", "100e18", "--after", first, "--safe-batch", second)
    assert (made.status, then.status, then.data["safe"]["nonce"]) == (0, 0, 1), told(then)
    assert then.data["safe"]["transactions"][0]["execution"]["is_success"]
    assert "nonce_ahead" not in then.codes
    last = one.ask("set-max-attesters", 6, 3, "--after", first, "--after", second)
    (transaction,) = last.data["safe"]["transactions"]
    assert (last.status, transaction["nonce"], transaction["execution"]["is_success"]) == (0, 2, True)
    assert transaction["safe_tx_hash"] == hash_of(one, transaction)
    assert last.data["states"]["before"]["minimum_voting_power"] == str(100 * 10**18)
    assert (
        "Safe transaction, nonce 2\n" in one.task("set-max-attesters", 6, 3, "--after", first, "--after", second).stdout
    )
    gap = one.ask("set-max-attesters", 6, 3, "--after", first, "--after", second, "--nonce", 3)
    assert "under nonce 2 is not known" in finding(gap, "nonce_ahead")["text"]
    for arguments, text in (
        (("--after", second, "--after", first), f"--after {first} has nonce 0, and {second} before it has 1"),
        (("--after", first, "--nonce", 0), f"nonce 0 of --nonce is not after that of --after {first}, which is 0"),
    ):
        wrong = one.ask("create", "--name", "x", *arguments)
        assert (wrong.status, text in wrong.problems[0]) == (2, True), told(wrong)
    for transaction in (made.data["safe"]["transactions"][0], then.data["safe"]["transactions"][0]):
        execute(one, transaction)
    used = one.ask("set-max-attesters", 6, 3, "--after", first)
    assert (used.status, f"--after {first} has nonce 0, which is used up" in used.problems[0]) == (2, True)
    assert "leave --after out" in used.document["errors"][0]["hint"]


def test_files_without_sidecars_are_counted_on(one, tmp_path):
    files = [tmp_path / f"{at}.json" for at in range(2)]
    for file in files:
        assert one.task("create", "--name", file.name, "--safe-batch", file).status == 0
        file.with_name(file.name + ".avsctl.json").unlink()
    answer = one.ask(*SINGLE, "--after", files[0], "--after", files[1])
    assert (answer.status, answer.data["safe"]["nonce"]) == (0, 2)


# --no-batch


def test_each_call_is_a_transaction_and_every_state_in_between_is_told(one, tmp_path):
    file, answer_file = tmp_path / "part.json", tmp_path / "answer.json"
    answer = one.task(
        *SEVERAL, "--no-batch", "--nonce", 0, "--safe-batch", file, "-o", "table", "-o", f"json={answer_file}"
    )
    data = json.loads(answer_file.read_text())["data"]
    assert (answer.status, data["atomic"], data["file"]) == (0, False, None), told(answer)
    assert [each["task_definition"]["verdict"] for each in data["between"]] == ["dead", "fragile"]
    assert "after it task 5 is DEAD (needs " in answer.stdout
    assert "after it task 5 is FRAGILE (needs " in answer.stdout
    assert "warning  dead_between" in answer.stdout
    for at, (transaction, written) in enumerate(zip(data["safe"]["transactions"], data["files"], strict=True)):
        path = tmp_path / f"part-{at + 1}.json"
        assert (written["path"], written["calls"], transaction["nonce"]) == (str(path), 1, at)
        assert (transaction["operation"], transaction["execution"]["is_success"]) == (0, True)
        assert transaction["safe_tx_hash"] == hash_of(one, transaction)
        sidecar = read_sidecar(path)
        assert "0x" + sidecar.hashes.safe_tx.hex() == transaction["safe_tx_hash"]
        assert [each.verdict for each in sidecar.expected] == [data["between"][at]["task_definition"]["verdict"]]
        verified = run(one.settings, "safe", "verify", str(path), *JSON)
        assert (verified.status, verified.data["accepted"]) == (0, ["dead"] if at == 0 else []), told(verified)
        execute(one, transaction)
    assert one.ask("show", 5).data["task_definitions"][0]["minimum_voting_power"] == str(100 * 10**18)


def test_numbered_files_are_written_all_or_none(one, tmp_path):
    file = tmp_path / "part.json"
    (tmp_path / "part-2.json").write_text("mine")
    answer = one.ask(*SEVERAL, "--no-batch", "--safe-batch", file)
    assert (answer.status, answer.problems) == (2, [f"{tmp_path / 'part-2.json'} is there already"])
    assert [each.name for each in tmp_path.iterdir()] == ["part-2.json"]
    assert one.task(*SEVERAL, "--no-batch", "--safe-batch", file, "--overwrite").status == 0
    fewer = one.ask(*SINGLE, "--no-batch", "--safe-batch", file, "--overwrite")
    assert (fewer.status, "part-2.json is there, of a change that took more calls" in fewer.problems[0]) == (2, True)


def test_calldata_of_each_call_is_for_a_transaction_of_its_own(one):
    answer = one.task(*SEVERAL, "--no-batch", "--calldata")
    assert len(lines_of(answer)) == 2
    center = one.devnet.contracts.attestation_center
    for at in range(2):
        text = f"  {at + 1}  {center}  operation 0 (call), value 0 wei, a transaction of its own with nonce {at}\n"
        assert text in answer.stderr


# What the Safe refuses though its calls pass


def test_a_guard_that_refuses_delegatecalls_refuses_several_calls_in_one(governed, tmp_path):
    governed.guard(REFUSES_DELEGATECALLS)
    answer = governed.ask(*SEVERAL, "--safe-batch", tmp_path / "batch.json")
    assert (answer.status, list(tmp_path.iterdir())) == (4, [])
    found = finding(answer, "would_revert")
    assert (
        "would not execute the transaction, whose calls pass by themselves: unknown revert data 0xdeadbeef"
        in found["text"]
    )
    assert found["remedy"][0].startswith("--no-batch makes a transaction of each call")
    assert "allow" not in found
    (transaction,) = answer.data["safe"]["transactions"]
    assert transaction["execution"]["is_success"] is False
    assert transaction["execution"]["revert"] == "unknown revert data 0xdeadbeef"
    assert [each["revert"] for each in answer.data["calls"]] == [None, None]
    assert governed.ask(*SEVERAL, "--no-batch").status == 0
    assert governed.ask(*SINGLE).status == 0


def test_a_guard_that_refuses_everything_is_told_at_the_first_transaction(one, tmp_path):
    file = tmp_path / "batch.json"
    assert one.task("create", "--name", "one", "--safe-batch", file).status == 0
    one.guard(REFUSES_ALL)
    answer = one.ask(*SEVERAL, "--no-batch")
    assert (answer.status, "would not execute transaction 1 of 2" in finding(answer, "would_revert")["text"]) == (
        4,
        True,
    )
    after = one.ask(*SINGLE, "--after", file)
    assert f"would not execute --after {file}" in finding(after, "would_revert")["text"]
    assert after.data["safe"]["transactions"][0]["execution"] is None


def test_a_call_that_fails_is_named_with_its_own_error_beside_the_safes(governed):
    answer = governed.ask("create", "--name", "x", "--expiry", 1)
    texts = [each["text"] for each in answer.document["findings"] if each["code"] == "would_revert"]
    assert (answer.status, len(texts), "call 1 of 1 would revert: InvalidBlockExpiry()" in texts[0]) == (4, 1, True)
    (transaction,) = answer.data["safe"]["transactions"]
    revert = "InvalidBlockExpiry()" if governed.version == "1.5.0" else "Error('GS013')"
    assert transaction["execution"] == {
        "is_success": False,
        "revert": revert,
        "gas_used": transaction["execution"]["gas_used"],
    }


# Endpoints that lack something


def test_where_the_execution_cannot_be_simulated_that_is_said(one):
    ignoring = Limits(lacks=BARE.lacks, answer=ignoring_overrides(one.url))
    for limits, why in ((BARE, "too many arguments"), (ignoring, "does not obey state overrides")):
        with through_proxies(one.devnet, l1=Limits(), l2=limits) as settings:
            answer = task(settings | {"AVSCTL_MULTISIG": one.safe}, *SEVERAL, *JSON)
        (transaction,) = answer.data["safe"]["transactions"]
        assert (answer.status, transaction["execution"]) == (0, None), told(answer)
        found = finding(answer, "not_simulated_as_exec")
        assert (found["severity"], why in found["text"]) == ("warning", True)
        assert transaction["safe_tx_hash"] == hash_of(one, transaction)
    with through_proxies(one.devnet, l1=Limits(), l2=OVERRIDES) as settings:
        answer = task(settings | {"AVSCTL_MULTISIG": one.safe}, *SEVERAL, "--no-batch", *JSON)
    executions = [each["execution"] for each in answer.data["safe"]["transactions"]]
    assert [each["is_success"] for each in executions] == [True, True]
    assert "not_simulated_as_exec" not in answer.codes


def test_where_each_is_tried_alone_the_first_transaction_counts(one):
    def refuse_code(item):
        overrides = item["params"][2:3] if item["method"] == "eth_call" else []
        has_code = any("code" in each for override in overrides for each in override.values())
        return {"error": {"code": -32602, "message": "no code overrides"}} if has_code else None

    limits = Limits(lacks=BARE.lacks, answer=refuse_code)
    with through_proxies(one.devnet, l1=Limits(), l2=limits) as settings:
        answers = [
            task(settings | {"AVSCTL_MULTISIG": one.safe}, *SEVERAL, *mode, *JSON) for mode in ((), ("--no-batch",))
        ]
    batch, each = ([at["execution"] for at in answer.data["safe"]["transactions"]] for answer in answers)
    assert [execution["is_success"] for execution in batch] == [True]
    assert (each[0]["is_success"], each[1]) == (True, None)
    assert "not_simulated_as_exec" not in answers[0].codes
    assert "the first alone counts" in finding(answers[1], "not_simulated_as_exec")["text"]


# Bad input


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--nonce", "1"), "--nonce is for a Safe, and {sender} is none"),
        (("--no-batch",), "--no-batch is for a Safe, and {sender} is none"),
        (("--expect", "0x" + "ab" * 32, "--nonce", "7"), "--nonce and --expect are for a Safe, and {sender} is none"),
        (("--nonce", "x"), "--nonce 'x' is no nonce of a Safe"),
        (("--nonce", "-1"), "--nonce '-1' is no nonce of a Safe"),
        (("--nonce", str(2**256)), f"--nonce '{str(2**256)[:38]}..' is no nonce of a Safe"),
        (("--expect", "77" * 32), "--expect was given what is no hash"),
        (("--after", "/nowhere.json"), "--after /nowhere.json: there is no such file"),
    ],
)
def test_options_of_a_safe_are_refused_where_they_mean_nothing(devnet_v2, env_for, options, message):
    answer = task(env_for(devnet_v2), "update", 1, "--min-power", "100e18", *options, *JSON)
    assert (answer.status, answer.problems) == (2, [message.format(sender=devnet_v2.multisig)])
    assert "77" * 32 not in answer.stdout + answer.stderr


def test_what_is_out_of_the_ordinary_about_the_safe_is_told_before_it_is_written_for(one, tmp_path):
    one.guard(ALLOWS_ALL)
    assert "safe_guard" in one.ask(*SINGLE).codes
    runtime = rpc.call(one.url, "eth_getCode", safes.deploy_safe(one.url, one.version)["Safe"], "latest")
    foreign = "0x000000000000000000000000000000000000dEaD"
    rpc.call(one.url, "anvil_setCode", foreign, runtime + "00")
    rpc.call(one.url, "anvil_setStorageAt", one.safe, hex(0), "0x" + bytes(12).hex() + foreign[2:])
    refused = one.ask(*SINGLE, "--safe-batch", tmp_path / "batch.json")
    assert (refused.status, list(tmp_path.iterdir())) == (4, [])
    found = finding(refused, "safe_singleton_unknown")
    assert (found["severity"], found["allow"]) == ("critical", "safe_singleton_unknown")
    assert foreign in found["text"]
    allowed = one.ask(*SINGLE, "--safe-batch", tmp_path / "batch.json", "--allow", "safe_singleton_unknown")
    assert allowed.status == 0
    assert read_sidecar(tmp_path / "batch.json").accepted == ()  # the others are to see it themselves
