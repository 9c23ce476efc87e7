"""``avsctl safe verify``: each field of a batch file and its sidecar changed, and whole files made to deceive."""

import copy
import hashlib
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import safes
from commandline import Run, run, through_proxies
from eth_account import Account
from proxy import Limits
from safe_signing import KEYS, OWNERS, STRANGER_KEY, told
from test_cli_safe_writing import SEVERAL, SINGLE, govern

from avsctl.contracts.safe_tx import encode_approve
from avsctl.core.findings import CODES
from avsctl.devnet import rpc
from avsctl.tx.safe_batch import compute_checksum
from avsctl.tx.safe_hashes import hash_safe_tx
from avsctl.tx.sidecar import Sidecar, build_sidecar, parse_sidecar

DEAD = "0x000000000000000000000000000000000000dEaD"
ORDER = (
    *("file", "checksum", "sidecar", "chain", "deployment", "safe", "role", "nonce", "calls_reencoded"),
    *("contract_method", "targets", "delegatecall", "gas_refund", "hashes", "blocks", "simulation", "expected_state"),
)


@dataclass(frozen=True)
class File:
    """A batch file of a governed deployment and its sidecar, as they were made."""

    governed: object
    path: Path
    batch: str
    sidecar: str

    @property
    def claims(self) -> Sidecar:
        return parse_sidecar(self.sidecar)

    def verify(self, *options, batch=None, sidecar=None, settings=None) -> Run:
        """Verify with other texts in place of those that were written."""
        self.path.write_text(self.batch if batch is None else batch)
        beside(self.path).write_text(self.sidecar if sidecar is None else sidecar)
        return verify(settings or self.governed.settings, self.path, *options)


def verify(settings, path, *options) -> Run:
    return run(settings, "safe", "verify", str(path), *map(str, options), "-o", "json")


def beside(path) -> Path:
    return path.with_name(path.name + ".avsctl.json")


def make(governed, path, *change) -> File:
    answer = governed.ask(*change, "--safe-batch", path)
    assert answer.status == 0, told(answer)
    return File(governed, path, path.read_text(), beside(path).read_text())


@pytest.fixture(scope="module")
def prepared(devnets, unchanged, env_for, tmp_path_factory):
    """A V2 deployment that a Safe 1.4.1 governs, and a file with two calls."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield make(govern(devnet, env_for(devnet)), tmp_path_factory.mktemp("files") / "task5.json", *SEVERAL)


@pytest.fixture
def file(prepared, unchanged):
    """The same; what a test does to the chain is undone."""
    with unchanged(prepared.governed.devnet):
        yield prepared


@pytest.fixture
def one(file):
    return file.governed


def check(answer, code):
    (found,) = [each for each in answer.data["checks"] if each["code"] == code]
    return found


def failed(answer) -> dict[str, list[str]]:
    """The fields that each check names."""
    wrong = [each for each in answer.data["checks"] if each["result"] == "mismatch"]
    return {each["code"]: [found["field"] for found in each["mismatches"]] for each in wrong}


def finding(answer, code):
    return [each for each in answer.document["findings"] if each["code"] == code]


def forge(file, **changes) -> str:
    """Give the sidecar with other claims, its checksum right."""
    return build_sidecar(replace(file.claims, **changes))


def rehash(file, **changes) -> str:
    """Give the sidecar of another transaction, with the hashes that it has."""
    claims = file.claims
    safe_tx = replace(claims.safe_tx, **changes)
    hashes = hash_safe_tx(claims.chain_id, claims.safe, claims.safe_version, safe_tx)
    return forge(file, safe_tx=safe_tx, hashes=hashes)


def edit(file, change) -> dict[str, str]:
    """Give both texts with the batch file changed, and every checksum right."""
    document = json.loads(file.batch)
    change(document)
    document["meta"]["checksum"] = compute_checksum(document)
    text = json.dumps(document, indent=2) + "\n"
    return {"batch": text, "sidecar": forge(file, batch_sha256=hashlib.sha256(text.encode()).hexdigest())}


# A file that is what it claims to be


@pytest.mark.parametrize(("generation", "version"), [("v1", "1.3.0"), ("v2", "1.4.1"), ("v3", "1.5.0")])
def test_a_file_is_verified_and_the_command_shown_derives_its_hash(
    devnets, unchanged, env_for, tmp_path, generation, version
):
    with unchanged(devnets(generation, drift=0)) as devnet:
        governed = govern(devnet, env_for(devnet), version)
        for name, change in (("several", SEVERAL), ("new", ("create", "--name", "it's new", "--restricted", "1,2"))):
            made = make(governed, tmp_path / f"{name}.json", *change)
            answer = made.verify("--hash", f"0x{made.claims.hashes.message.hex()}")
            assert answer.status == 0, told(answer)
            assert [each["code"] for each in answer.data["checks"]] == [*ORDER, "hash"]
            assert {each["result"] for each in answer.data["checks"]} <= {"ok", "skipped"}
            assert answer.data["hashes"]["safe_tx"] == f"0x{made.claims.hashes.safe_tx.hex()}"
            assert answer.data["transaction"]["execution"]["is_success"]
            command = shlex.split(answer.data["intent"])
            assert command[:2] == ["avsctl", "task"]
            assert command[-2:] == ["--expect", answer.data["hashes"]["safe_tx"]]
            derived = run(governed.settings, *command[1:], "-o", "json")
            assert (derived.status, derived.data["safe"]["is_expected"]) == (0, True), told(derived)


def test_the_screen_says_what_it_does_and_how_to_check_it(file):
    assert file.verify().status == 0
    answer = run(file.governed.settings, "safe", "verify", str(file.path))
    assert answer.status == 0
    claims = file.claims
    for text in (
        f"File {file.path}\n  sha256 {claims.batch_sha256}\n  sidecar found: its figures are claims",
        f"Safe {claims.safe}  1.4.1, 2 of 3, no modules, no guard",
        "nonce   0 (0 in the sidecar), 0 on chain: next to be executed",
        'What it does: task 5 "a task", 2 calls',
        "  1  setTaskDefinitionMinVotingPower(5, 100e18)",
        "unchanged list, on purpose: call 1 counts all active operators",
        f"Domain hash   0x{claims.hashes.domain.hex().upper()}",
        f"Message hash  0x{claims.hashes.message.hex().upper()}",
        f"safeTxHash    0x{claims.hashes.safe_tx.hex()}",
        "Trust no file: derive the same hash from the intent\n  avsctl task update 5 --min-power 100e18 \\\n",
        f"\n    --nonce 0 \\\n    --expect 0x{claims.hashes.safe_tx.hex()}\n",
        "Verified: the file is what it claims to be",
    ):
        assert text in answer.stdout


def test_l2_alone_is_enough_and_the_blocks_of_l1_are_then_not_compared(file):
    settings = {name: value for name, value in file.governed.settings.items() if name != "AVS_GOVERNANCE_ADDRESS"}
    answer = file.verify(settings=settings)
    assert answer.status == 0, told(answer)
    assert answer.document["blocks"]["l1"] is None
    assert (check(answer, "blocks")["result"], check(answer, "blocks")["detail"][:2]) == ("skipped", "L1")


def test_without_a_sidecar_all_but_its_comparisons_is_done(file):
    file.path.write_text(file.batch)
    beside(file.path).unlink(missing_ok=True)
    answer = verify(file.governed.settings, file.path, "--expect", f"0x{file.claims.hashes.safe_tx.hex()}")
    assert answer.status == 0, told(answer)
    skipped = {each["code"] for each in answer.data["checks"] if each["result"] == "skipped"}
    assert skipped == {"file", "sidecar", "deployment", "gas_refund", "hashes", "blocks", "expected_state"}
    assert finding(answer, "sidecar_missing")[0]["severity"] == "info"


def test_an_endpoint_without_overrides_leaves_the_whole_unsimulated(file):
    bare = Limits(lacks=frozenset({"eth_simulateV1"}), has_overrides=False)
    with through_proxies(file.governed.devnet, bare) as settings:
        answer = file.verify(settings=settings | {"AVSCTL_MULTISIG": file.governed.safe})
    assert answer.status == 0, told(answer)
    assert "not_simulated_as_exec" in answer.codes
    assert answer.data["transaction"]["execution"] is None


# Each field


def leaves(value, path=()) -> Iterator[tuple[tuple, object]]:
    """Every member and item of a document, the objects and lists among them."""
    if path:
        yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from leaves(member, (*path, name))


def altered(document, path, value=None):
    """Give a copy with one member replaced; removed where nothing is given."""
    copied = copy.deepcopy(document)
    parent = copied
    for name in path[:-1]:
        parent = parent[name]
    if value is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return copied


def other(value):
    """Give another value that is as well formed."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "0x1234"
    if value.isdigit() and len(value) < 60:
        return str(int(value) - 1 if value == str(2**256 - 1) else int(value) + 1)
    if value.startswith("0x"):
        return DEAD if len(value) == 42 else value[:-1] + ("1" if value[-1] == "0" else "0")
    words = {"v2": "v1", "fragile": "live", '["1","2","3","4"]': '["1","2","3","5"]'}
    is_digest = len(value) == 64
    return words.get(value, value[:-1] + ("1" if value[-1] == "0" else "0") if is_digest else f"{value}x")


def changes(document) -> Iterator[tuple[str, object]]:
    """Give the document with one value changed, for each that it has, and the path of that value."""
    for path, value in leaves(document):
        if not isinstance(value, dict | list):
            name = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)[1:]
            yield name, altered(document, path, other(value))


@pytest.mark.parametrize("which", ["batch", "sidecar"])
def test_each_field_that_is_changed_is_named(file, which):
    """All that may be removed or added goes through the same code in tests/tx/test_verify.py; below is a sample."""
    document = json.loads(getattr(file, which))
    tried = 0
    for name, changed in changes(document):
        answer = file.verify(**{which: json.dumps(changed, indent=2) + "\n"})
        fields = {field for each in failed(answer).values() for field in each}
        assert (name, answer.status, answer.codes[0]) == (name, 3, "not_verified")
        assert {name, name.rpartition("[")[0]} & fields, (name, failed(answer))
        tried += 1
    assert tried == {"batch": 35, "sidecar": 55}[which]


@pytest.mark.parametrize(
    ("which", "path", "value", "field"),
    [
        ("batch", ["meta", "name"], None, "meta.name"),
        ("batch", ["meta", "note"], "x", "meta.note"),
        ("batch", ["transactions", 1], None, "transactions[1]"),
        ("batch", ["transactions", 0, "contractMethod"], None, "transactions[0].contractMethod"),
        ("sidecar", ["safe_tx", "nonce"], None, "safe_tx.nonce"),
        ("sidecar", ["safe", "note"], "x", "safe.note"),
        ("sidecar", ["expected", 0], None, "expected[0]"),
    ],
)
def test_a_field_that_is_removed_or_added_is_named(file, which, path, value, field):
    changed = altered(json.loads(getattr(file, which)), path, value)
    answer = file.verify(**{which: json.dumps(changed)})
    assert answer.status == 3
    assert field in {named for each in failed(answer).values() for named in each}, failed(answer)


def test_a_text_that_json_does_not_tell_apart_is_another_file(file):
    assert failed(file.verify(batch=file.batch.replace("  ", "\t"))) == {"file": ["sha256"]}


@pytest.mark.parametrize("field", ["createdAt", "name", "description", "txBuilderVersion", "createdFromOwnerAddress"])
def test_what_the_sidecar_repeats_of_the_file_is_compared_whatever_its_checksum(file, field):
    names = {
        "createdAt": "created_at_ms",
        "txBuilderVersion": "builder_version",
        "createdFromOwnerAddress": "owner",
    }
    head = replace(file.claims.head, **{names.get(field, field): 7 if field == "createdAt" else "other"})
    assert failed(file.verify(sidecar=forge(file, head=head))) == {"file": [f"file.{field}"]}


@pytest.mark.parametrize(
    ("which", "text"),
    [
        ("batch", "no json"),
        ("batch", "[]"),
        ("batch", "[" * 5_000),
        ("batch", "{}"),
        ("sidecar", "no json"),
        ("sidecar", "7"),
        ("sidecar", "{}"),
    ],
)
def test_a_malformed_file_is_not_verified(file, which, text):
    answer = file.verify(**{which: text})
    assert (answer.status, answer.codes) == (3, ["not_verified"])
    assert list(failed(answer)) == ["file" if which == "batch" else "sidecar"]


def test_a_file_that_is_not_there_is_a_mistake(one, tmp_path):
    answer = verify(one.settings, tmp_path / "none.json")
    assert (answer.status, "there is no such file" in answer.problems[0]) == (2, True)


# Files made to deceive: every checksum in them is right


def test_calls_that_are_swapped_differ_from_the_transaction(file):
    answer = file.verify(**edit(file, lambda document: document["transactions"].reverse()))
    assert answer.status == 3
    assert failed(answer)["hashes"] == ["safe_tx.data", "hashes.message", "hashes.safe_tx", "hashes.data"]


def test_a_call_elsewhere_is_no_change_of_a_task_definition(file):
    stray = {"to": DEAD, "value": "5", "data": "0x", "contractMethod": None, "contractInputsValues": None}
    answer = file.verify(**edit(file, lambda document: document["transactions"].append(stray)))
    assert failed(answer)["targets"] == ["transactions[2].to", "transactions[2].value"]
    assert (answer.data["calls"], check(answer, "simulation")["result"]) == ([], "skipped")


def test_another_function_of_the_attestation_center_is_no_change_of_a_task_definition(file):
    data = "0x" + rpc.calldata("transferAvsGovernanceMultisig(address)", DEAD).hex()
    to = file.governed.devnet.contracts.attestation_center
    stray = {"to": to, "value": "0", "data": data, "contractMethod": None, "contractInputsValues": None}
    answer = file.verify(**edit(file, lambda document: document["transactions"].append(stray)))
    (found,) = check(answer, "targets")["mismatches"]
    assert (found["field"], found["found"]) == ("transactions[2].data", "transferAvsGovernanceMultisig(address)")


def test_data_beside_a_readable_form_that_says_something_else(file):
    def lie(document):
        document["transactions"][0]["data"] = "0x" + rpc.calldata("unpause(bytes4)", b"abcd").hex()

    answer = file.verify(**edit(file, lie))
    assert answer.status == 3
    assert failed(answer)["contract_method"] == ["transactions[0].contractMethod"]
    assert failed(answer)["targets"] == ["transactions[0].data"]


def test_a_delegatecall_to_anything_else(file):
    answer = file.verify(sidecar=rehash(file, to=DEAD))
    assert failed(answer)["delegatecall"] == ["safe_tx.to"]
    assert failed(answer)["hashes"][0] == "safe_tx.to"
    single = make(file.governed, file.path.with_name("single.json"), *SINGLE)
    answer = single.verify(sidecar=rehash(single, operation=1))
    assert failed(answer)["delegatecall"] == ["safe_tx.to"]
    assert failed(answer)["hashes"][0] == "safe_tx.operation"


@pytest.mark.parametrize(
    ("field", "value"),
    [("safe_tx_gas", 1), ("base_gas", 1), ("gas_price", 1), ("gas_token", DEAD), ("refund_receiver", DEAD)],
)
def test_gas_that_is_paid_back(file, field, value):
    answer = file.verify(sidecar=rehash(file, **{field: value}))
    assert answer.status == 3
    assert failed(answer)["gas_refund"] == [f"safe_tx.{field}"]


def test_another_chain(file):
    answer = file.verify(**edit(file, lambda document: document.update(chainId="1")))
    assert failed(answer)["chain"] == ["chainId"]


def test_another_safe(file):
    governed = file.governed
    stranger = safes.create_safe(governed.url, "1.4.1", OWNERS, 2, salt=7)

    def move(document):
        document["meta"]["createdFromSafeAddress"] = stranger

    answer = file.verify(**edit(file, move))
    assert failed(answer)["safe"] == ["meta.createdFromSafeAddress", "safe.address"]
    assert failed(answer)["role"] == ["AVS_GOVERNANCE_MULTISIG"]
    answer = file.verify(settings=governed.settings | {"AVSCTL_MULTISIG": stranger})
    assert failed(answer) == {"safe": ["meta.createdFromSafeAddress"]}
    answer = file.verify(**edit(file, lambda document: document["meta"].update(createdFromSafeAddress=DEAD)))
    assert "meta.createdFromSafeAddress" in failed(answer)["safe"]


def test_another_deployment(file):
    answer = file.verify(sidecar=forge(file, attestation_center=DEAD))
    assert failed(answer) == {"deployment": ["attestation_center"]}


def test_owners_that_changed_since(file):
    add = rpc.calldata("addOwnerWithThreshold(address,uint256)", DEAD, 3)
    safes.execute(file.governed.url, file.governed.safe, file.governed.safe, add)
    answer = file.verify("--nonce", 1)
    assert failed(answer)["safe"] == ["safe.threshold", *(f"safe.owners[{at}]" for at in range(4))]


def test_blocks_that_are_not_on_the_chain(file):
    l2 = file.claims.l2
    assert failed(file.verify(sidecar=forge(file, l2=replace(l2, hash="0x" + "11" * 32)))) == {
        "blocks": ["blocks.l2.hash"]
    }
    later = replace(l2, number=l2.number + 10**6, hash="0x" + "11" * 32)
    assert failed(file.verify(sidecar=forge(file, l2=later))) == {"blocks": ["blocks.l2.number"]}


def test_an_end_that_is_not_as_the_calls_set_it(file):
    (expected,) = file.claims.expected
    lie = replace(expected, definition=replace(expected.definition, minimum_voting_power=1))
    answer = file.verify(sidecar=forge(file, expected=(lie,)))
    assert failed(answer) == {"expected_state": ["expected[0].minimum_voting_power"]}


def test_a_critical_finding_that_nobody_accepted(one, tmp_path):
    change = ("update", 5, "--max-attesters", "1", "--allow", "dead_after")
    codes = [code for code, kind in CODES.items() if kind.severity.value == "critical"]
    refused = one.ask(*change[:4])
    assert refused.status == 4
    allowed = [each["allow"] for each in refused.document["findings"] if each.get("allow")]
    assert set(allowed) <= set(codes)
    words = [word for code in allowed for word in ("--allow", code)]
    made = make(one, tmp_path / "dead.json", *change[:4], *words)
    answer = made.verify()
    assert (answer.status, answer.data["accepted"]) == (0, sorted(allowed)), told(answer)
    assert all(f"--allow {code}" in answer.data["intent"] for code in allowed)
    answer = made.verify(sidecar=forge(made, accepted=()))
    assert (answer.status, failed(answer), answer.data["verified"]) == (3, {}, False)


# Nonces, hashes, and what changed since


def test_a_nonce_that_is_used_up(file):
    file.governed.spend()
    answer = file.verify()
    assert (answer.status, failed(answer)) == (3, {"nonce": ["safe_tx.nonce"]})


def test_a_nonce_further_on_is_told_unless_what_runs_before_is_named(one, tmp_path):
    first = make(one, tmp_path / "first.json", "create", "--name", "first")
    second = make(one, tmp_path / "second.json", *SEVERAL, "--after", first.path)
    answer = second.verify("--after", first.path)
    assert answer.status == 0, told(answer)
    assert (answer.data["safe"]["nonce"], "nonce_ahead" in answer.codes) == (1, False)
    assert f"--after {first.path}" in answer.data["intent"]
    derived = run(one.settings, *shlex.split(answer.data["intent"])[1:], "-o", "json")
    assert derived.status == 0, told(derived)
    alone = second.verify()
    assert (alone.status, "nonce_ahead" in alone.codes) == (0, True), told(alone)
    for nonce, each in enumerate((first, second)):
        early = first.verify("--after", each.path)
        assert early.problems == [f"--after {each.path} has nonce {nonce}, and {first.path} has 0"]
    changed = json.loads(Path(first.path).read_text()) | {"chainId": "1"}
    Path(first.path).write_text(json.dumps(changed))
    assert second.verify("--after", first.path).problems == [f"{first.path} is of another chain: 1, not 31338"]


def test_a_hash_tells_its_nonce(file):
    claims = file.claims
    later = hash_safe_tx(claims.chain_id, claims.safe, claims.safe_version, replace(claims.safe_tx, nonce=10))
    for hashed in (later.safe_tx, later.message):
        answer = file.verify("--hash", f"0x{hashed.hex()}")
        assert answer.status == 0, told(answer)
        assert (answer.data["safe"]["nonce"], answer.data["hashes"]["safe_tx"]) == (10, f"0x{later.safe_tx.hex()}")
        assert check(answer, "hash")["detail"].endswith(" of nonce 10 through MultiSendCallOnly 1.4.1")
    beyond = hash_safe_tx(claims.chain_id, claims.safe, claims.safe_version, replace(claims.safe_tx, nonce=11))
    assert failed(file.verify("--hash", f"0x{beyond.safe_tx.hex()}")) == {"hash": ["hash"]}


def test_a_hash_through_another_release_of_multi_send(file):
    governed, claims = file.governed, file.claims
    target = safes.deploy_safe(governed.url, "1.3.0")["MultiSendCallOnly"]
    hashes = hash_safe_tx(claims.chain_id, claims.safe, claims.safe_version, replace(claims.safe_tx, to=target))
    answer = file.verify("--hash", f"0x{hashes.safe_tx.hex()}")
    assert answer.status == 0, told(answer)
    assert (answer.data["transaction"]["to"], answer.data["intent"]) == (target, None)


def test_a_hash_that_is_expected(file):
    expected = f"0x{file.claims.hashes.safe_tx.hex()}"
    assert file.verify("--expect", expected).status == 0
    answer = file.verify("--expect", "0x" + "11" * 32)
    assert (answer.status, failed(answer)) == (3, {"expect": ["hashes.safe_tx"]})
    answer = file.verify("--nonce", 4, "--expect", expected)
    assert (answer.data["safe"]["nonce"], failed(answer)) == (4, {"expect": ["hashes.safe_tx"]})


def test_a_chain_that_moved_is_a_warning_with_both_figures(one, tmp_path):
    made = make(one, tmp_path / "later.json", *SINGLE, "--nonce", 1)
    other_change = one.ask("update", 5, "--min-power", "1raw", "--allow", "min_power_slip")
    (transaction,) = other_change.data["safe"]["transactions"]
    data = bytes.fromhex(transaction["data"][2:])
    safes.execute(one.url, one.safe, transaction["to"], data, transaction["operation"])
    answer = made.verify()
    assert answer.status == 0, told(answer)
    found = check(answer, "expected_state")
    assert (found["result"], found["mismatches"]) == (
        "moved",
        [{"field": "expected[0].minimum_voting_power", "expected": "0", "found": "1"}],
    )
    assert "minimum_voting_power 0 -> 1" in finding(answer, "state_moved")[0]["text"]


def test_a_call_that_would_revert_by_now_is_named_by_its_place(one, tmp_path):
    made = make(one, tmp_path / "late.json", "update", 5, "--max-attesters", "3", "--nonce", 1)
    shrunk = one.ask("update", 5, "--restricted", "1,2")
    (transaction,) = shrunk.data["safe"]["transactions"]
    safes.execute(
        one.url, one.safe, transaction["to"], bytes.fromhex(transaction["data"][2:]), transaction["operation"]
    )
    answer = made.verify()
    assert answer.status == 3
    inner, whole = check(answer, "simulation")["mismatches"]
    assert (inner["field"], inner["found"]) == ("transactions[0]", "reverts with InvalidMaximumNumberOfAttesters()")
    assert (whole["field"], "GS013" in whole["found"]) == ("execTransaction", True)


# Signatures


def sign(file, key) -> str:
    signed = Account.from_key(key).unsafe_sign_hash(file.claims.hashes.safe_tx)
    return "0x" + signed.signature.hex().removeprefix("0x")


def test_who_signed_and_how_many_are_missing(file):
    first = file.verify("--signature", sign(file, KEYS[0]))
    assert (first.status, first.data["signatures"]) == (0, {"signed": [OWNERS[0]], "missing": 1, "faults": []})
    assert "1 missing" in finding(first, "signatures_missing")[0]["text"]
    approve = rpc.Transaction(OWNERS[1], file.governed.safe, encode_approve(file.claims.hashes.safe_tx))
    rpc.send(file.governed.url, [approve])
    both = file.verify("--signature", sign(file, KEYS[0]))
    assert (both.status, both.data["signatures"]["missing"], len(both.data["signatures"]["signed"])) == (0, 0, 2)


def test_signatures_that_are_at_fault_name_the_account(file):
    stranger = Account.from_key(STRANGER_KEY).address
    answer = file.verify("--signature", sign(file, STRANGER_KEY), "--signature", sign(file, KEYS[0]))
    assert (answer.status, list(failed(answer))) == (3, ["signatures"])
    assert stranger in answer.data["signatures"]["faults"][0]
    twice = file.verify("--signature", sign(file, KEYS[0]), "--signature", sign(file, KEYS[0]))
    assert OWNERS[0] in twice.data["signatures"]["faults"][0]
    assert failed(file.verify("--signature", "0x" + "00" * 64 + "05")) == {"signatures": ["--signature 1"]}
