"""A change carried from preparing to executed by real Safes, and every way in which that is refused."""

import json
import re
from dataclasses import replace
from itertools import product

import pytest
import safes
from commandline import through_proxies
from proxy import Limits
from safe_signing import OWNERS, RELAY, Desk, told
from test_cli_tasks import create
from test_cli_ways_out import check_landed
from test_safes import govern_by

from avsctl.contracts.safe_logs import FAILURE_TOPIC, SUCCESS_TOPIC
from avsctl.contracts.transaction import Transaction
from avsctl.devnet import rpc
from avsctl.devnet.rpc import calldata
from avsctl.tx.safe_batch import build_batch

COMBINATIONS = list(product(safes.VERSIONS, ("v1", "v2", "v3")))
UPDATE = ("update", 5, "--min-power", "100e18", "--restricted", "1,2,3,4,5")
"""Two calls, whose order matters: the minimum recounts the total without the list."""


def open_desk(devnet, version, env_for, folder):
    assert create(devnet, list_=range(1, 7)) == 5
    return Desk.open(devnet, govern_by(devnet, version), folder, env_for(devnet))


@pytest.fixture
def desk(devnets, unchanged, env_for, tmp_path):
    """A Safe 1.4.1 of three owners, two of whom must sign, that governs a V2 deployment."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield open_desk(devnet, "1.4.1", env_for, tmp_path)


@pytest.fixture
def update(desk):
    """The same with a file, and signatures of all owners."""
    desk.prepare("update", *UPDATE)
    for name in ("alice", "bob", "carol"):
        assert desk.sign("update", name).status == 0
    return desk


def hash_of(desk, answer):
    """Ask the Safe for the hash of what the file makes."""
    fields = answer.data["safe_tx"]
    hashing = safes.EXEC.replace("execTransaction", "getTransactionHash").replace("bytes)", "uint256)")
    zero = "0x" + "00" * 20
    values = (fields["to"], 0, bytes.fromhex(fields["data"][2:]), fields["operation"], 0, 0, 0, zero, zero)
    return "0x" + rpc.read(desk.url, desk.safe, calldata(hashing, *values, fields["nonce"])).hex()


# The whole way


@pytest.mark.parametrize(("version", "generation"), COMBINATIONS, ids=map("-".join, COMBINATIONS))
def test_from_preparing_to_executed(devnets, unchanged, env_for, tmp_path, version, generation):
    with unchanged(devnets(generation, drift=0)) as devnet:
        desk = open_desk(devnet, version, env_for, tmp_path)
        made = desk.prepare("create", "create", "--name", "fëed", "--restricted", "1,2,3", "--min-power", "1e18")
        updated = desk.prepare("update", *UPDATE, "--after", "create")
        for nonce, (file, change) in enumerate((("create", made), ("update", updated))):
            verified = desk.ask("safe", "verify", file)
            assert verified.status == 0, told(verified)
            hashed = desk.ask("safe", "hash", file)
            assert hashed.data["hashes"]["safe_tx"] == hash_of(desk, hashed)
            alice, bob = desk.sign(file, "alice"), desk.sign(file, "bob")
            assert [alice.status, bob.status] == [0, 0], told(alice)
            assert {alice.data["safe_tx_hash"], bob.data["safe_tx_hash"]} == {hash_of(desk, hashed)}
            assert desk.nonce == nonce
            answer = desk.execute(file, "alice", "bob")
            assert answer.status == 0, told(answer)
            sent = answer.data["sent"]
            assert (answer.data["outcome"], sent["event"], sent["is_as_expected"]) == (
                "executed",
                "ExecutionSuccess",
                True,
            )
            assert sent["task_definition_ids"] == ([6] if file == "create" else [])
            check_landed(devnet, change.data)
        assert desk.nonce == 2


# Ways to execute


def test_calldata_alone_is_on_stdout_and_anybody_may_send_it(update):
    signed = ("--signature", "alice-update.sig", "--signature", "carol-update.sig")
    answer = update.run("safe", "exec", "update", *signed, "--calldata", "-o", "json=answer.json")
    assert re.fullmatch(r"0x([0-9a-f]{2})+\n", answer.stdout), answer.stderr
    assert update.safe in answer.stderr
    data = json.loads((update.folder / "answer.json").read_text())["data"]
    assert (data["outcome"], data["calldata"], data["sent"]) == ("calldata", answer.stdout.strip(), None)
    rpc.send(update.url, [rpc.Transaction(RELAY, update.safe, bytes.fromhex(answer.stdout[2:]))])
    assert update.nonce == 1


def test_nothing_is_sent_unless_asked_for(update):
    before = update.sent
    answer = update.execute("update", "bob", "carol", sends=False)
    assert (answer.status, answer.data["outcome"], update.sent) == (0, "shown", before)
    assert answer.data["execution"] == {"is_success": True, "revert": None, "gas_used": None}
    assert answer.data["signatures"] == {"signed": sorted(OWNERS[1:], key=number), "missing": 0, "faults": []}


def test_hex_approvals_and_the_word_of_who_sends_count_too(update):
    digest = bytes.fromhex(update.ask("safe", "hash", "update").data["hashes"]["safe_tx"][2:])
    own = "0x" + bytes(12).hex() + OWNERS[0][2:] + bytes(32).hex() + "01"
    refused = update.ask("safe", "exec", "update", "--signature", own, "--signature", "bob-update.sig")
    assert (refused.status, OWNERS[0] in refused.data["signatures"]["faults"][0]) == (3, True)
    rpc.send(update.url, [rpc.Transaction(OWNERS[2], update.safe, calldata("approveHash(bytes32)", digest))])
    shown = update.ask("safe", "exec", "update", "--signature", update.signature("update", "bob"))
    assert (shown.status, shown.data["signatures"]["missing"]) == (0, 0)
    signing = update.sign("update", "alice", "--overwrite")
    assert (signing.data["signed"], signing.data["missing"]) == (sorted([OWNERS[0], OWNERS[2]], key=number), 0)
    sending = ("--send", "--yes", "--key-env", "ALICE")
    answer = update.ask("safe", "exec", "update", "--signature", own, "--signature", "bob-update.sig", *sending)
    assert (answer.status, answer.data["outcome"], answer.data["executor"]) == (0, "executed", OWNERS[0])


def number(address):
    return int(address, 16)


# What the execution ends in


def alter_receipts(url, change):
    """Answer for receipts of transactions with a log of a Safe what ``change`` makes of them."""

    def answer(request):
        if request["method"] != "eth_getTransactionReceipt":
            return None
        receipt = rpc.call(url, "eth_getTransactionReceipt", *request["params"])
        return {"result": receipt and receipt | {"logs": list(filter(None, map(change, receipt["logs"])))}}

    return Limits(answer=answer)


@pytest.mark.parametrize(
    ("change", "status", "outcome", "event"),
    [
        (lambda topics: [FAILURE_TOPIC, *topics[1:]], 4, "failed", "ExecutionFailure"),
        (lambda _: None, 3, "unknown", None),
        (lambda topics: [topics[0], "0x" + "00" * 32], 3, "unknown", None),
    ],
    ids=["failure", "no event", "of another transaction"],
)
def test_the_event_of_the_safe_tells_how_it_ended(update, change, status, outcome, event):
    def alter(log):
        topics = change(log["topics"]) if log["topics"][0] == SUCCESS_TOPIC else log["topics"]
        return log | {"topics": topics} if topics else None

    with through_proxies(update.devnet, l1=Limits(), l2=alter_receipts(update.url, alter)) as settings:
        altered = update.settings | {"L2_RPC": settings["L2_RPC"]}
        answer = replace(update, settings=altered).execute("update", "alice", "bob")
    assert (answer.status, answer.data["outcome"]) == (status, outcome), told(answer)
    sent = answer.data["sent"]
    assert sent["event"] == event
    assert (sent["status"], sent["is_as_expected"]) == ("success", None if event else True)


def test_a_transaction_that_no_block_takes_is_told_as_pending(update):
    rpc.call(update.url, "evm_setAutomine", False)
    try:
        signed = ("--signature", "alice-update.sig", "--signature", "bob-update.sig")
        sending = ("--send", "--yes", "--key-env", "RELAY", "--timeout", "4")
        answer = update.ask("safe", "exec", "update", *signed, *sending)
        ((waiting,),) = [each.values() for each in rpc.call(update.url, "txpool_content")["pending"].values()]
    finally:
        rpc.call(update.url, "evm_setAutomine", True)
    assert (answer.status, answer.data["outcome"], answer.data["pending"]) == (5, "stopped", waiting["hash"])
    assert answer.document["errors"][0]["code"] == "transaction_pending"


def test_a_used_nonce_and_one_that_is_not_the_next(update):
    update.prepare("later", "update", 5, "--restricted", "1,2,3", "--after", "update")
    for name in ("alice", "bob"):
        update.sign("later", name)
    answer = update.execute("later", "alice", "bob")
    assert (answer.status, answer.data["outcome"], update.nonce) == (3, "refused", 0)
    assert "the file has nonce 1, and the Safe executes 0 next" in finding(answer, "nonce_ahead")["text"]
    assert update.execute("update", "alice", "bob").status == 0
    answer = update.execute("update", "alice", "bob")
    assert (answer.status, answer.data["outcome"], update.nonce) == (3, "refused", 1)
    assert [each["field"] for each in mismatches(answer, "nonce")] == ["safe_tx.nonce"]
    assert update.execute("later", "alice", "bob").status == 0


def test_transactions_of_their_own_are_executed_one_after_the_other(desk):
    desk.prepare("both.json", "update", 5, "--restricted", "1,2,3,4,5", "--max-attesters", "4", "--no-batch")
    for at in (1, 2):
        for name in ("alice", "bob"):
            assert desk.sign(f"both-{at}.json", name).status == 0
    assert desk.execute("both-2.json", "alice", "bob").status == 3
    for at in (1, 2):
        answer = desk.execute(f"both-{at}.json", "alice", "bob")
        assert (answer.status, answer.data["sent"]["is_as_expected"], desk.nonce) == (0, True, at), told(answer)


def test_what_a_contract_signs_is_held_to_the_safes_own_view(desk):
    """A contract that is an owner: what it does not take as its own is refused before anything is sent."""
    desk.prepare("update", *UPDATE)
    desk.sign("update", "alice")
    contract = OWNERS[1]
    rpc.call(desk.url, "anvil_setCode", contract, "0x60006000fd")
    before = desk.sent
    of_contract = "0x" + (bytes(12) + bytes.fromhex(contract[2:]) + (65).to_bytes(32) + b"\0" + bytes(32)).hex()
    given = ("--signature", "alice-update.sig", "--signature", of_contract)
    answer = desk.ask("safe", "exec", "update", *given, "--send", "--yes", "--key-env", "RELAY")
    assert (answer.status, answer.data["outcome"], desk.sent) == (3, "refused", before), told(answer)
    assert "the Safe refuses the signatures" in finding(answer, "not_verified")["text"]
    takes = "0x6320c13b0b60e01b60005260206000f3"
    rpc.call(desk.url, "anvil_setCode", contract, takes)
    answer = desk.ask("safe", "exec", "update", *given, "--send", "--yes", "--key-env", "RELAY")
    assert (answer.status, answer.data["outcome"]) == (0, "executed"), told(answer)


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_a_failing_call_is_named_by_its_place_and_its_own_error(devnets, unchanged, env_for, tmp_path, version):
    with unchanged(devnets("v2", drift=0)) as devnet:
        desk = open_desk(devnet, version, env_for, tmp_path)
        good = calldata("setTaskDefinitionMinVotingPower(uint16,uint256)", 5, 7)
        bad = calldata("setTaskDefinitionRestrictedAttesters(uint16,uint256[])", 5, [2, 1])
        calls = [Transaction(devnet.contracts.attestation_center, data) for data in (good, bad)]
        (tmp_path / "bad").write_text(build_batch(devnet.l2_chain_id, desk.safe, calls, 1, "bad"))
        answer = desk.ask(
            "safe", "exec", "bad", "--signature", "0x" + "11" * 65, "--send", "--yes", "--key-env", "RELAY"
        )
        assert (answer.status, answer.data["outcome"], desk.nonce) == (4, "would_revert", 0), told(answer)
        (inner, *_) = mismatches(answer, "simulation")
        assert (inner["field"], "InvalidRestrictedAttesterIds" in inner["found"]) == ("transactions[1]", True)


def mismatches(answer, code):
    (check,) = (each for each in answer.data["checks"] if each["code"] == code)
    return check["mismatches"]


def finding(answer, code):
    return next(each for each in answer.document["findings"] if each["code"] == code)
