"""tx decode from outside: what an argument, a file and standard input are taken for, and what is never repeated."""

import io
import json
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avsctl.cli import main
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.multi_send import encode_multi_send
from avsctl.contracts.task_data import encode_update
from avsctl.core.changes import SetMaximum, SetMinimum
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposal_file import BlockPoint, ProposalFile, format_proposal_file
from avsctl.tx.safe_batch import build_batch
from avsctl.tx.safe_hashes import SafeHashes
from avsctl.tx.safe_proposal import SafeAccount
from avsctl.tx.signature_file import build_signature_file

CENTER = "0x04d2D471959b7Adbaf27A2E158D25088ab8C2843"
SAFE = "0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb"
KEY = "5ec4e7" * 10 + "beef"
V2 = AttestationCenter(CENTER, Generation.V2)
CALLS = (V2.write(SetMinimum(3, 500 * 10**18)), V2.write(SetMaximum(3, 4)))
SET_MAXIMUM = f"0x{CALLS[1].data.hex()}"
BATCH = build_batch(8453, SAFE, CALLS, 1795096947000, "task 3", "made by a test")
UPDATE = encode_update(VotingPowerUpdate((PowerChange(3, 5),), (), 100, 200, ()))
PROPOSAL = format_proposal_file(
    ProposalFile(10001, "0xproof", UPDATE, 1, 8453, CENTER, SAFE, *[BlockPoint(7, "0x" + "ab" * 32)] * 2)
)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def decode(capsys):
    """Run tx decode; gives status, the envelope, and all that was written."""

    def run(what, *options):
        status = main(["tx", "decode", *options, "-o", "json", what])
        out, err = capsys.readouterr()
        return status, json.loads(out), out + err

    return run


def give_stdin(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("what", "kind", "selector"),
    [
        (SET_MAXIMUM, "calldata", "0x5fdd0ac7"),
        (SET_MAXIMUM[2:], "calldata", "0x5fdd0ac7"),
        (SET_MAXIMUM.upper().replace("0X", "0x"), "calldata", "0x5fdd0ac7"),
        (f"  {SET_MAXIMUM}\n", "calldata", "0x5fdd0ac7"),
        (f"0x{encode_multi_send(CALLS).hex()}", "multi_send", "0x8d80ff0a"),
        (f"0x{UPDATE.hex()}", "update", None),
        ("0x5fdd0ac7", "selector", "0x5fdd0ac7"),
        ("cabeb655", "selector", "0xcabeb655"),
        ("0x976be63e", "selector", "0x976be63e"),
        ("0x42643c32" + f"{3:064x}", "revert", "0x42643c32"),
        ("0x" + "ab" * 32, "hash", None),
        ("0x", "empty", None),
        ("InsufficientVotingPower", "error_name", "0xcabeb655"),
        ("execution reverted: InvalidMaximumNumberOfAttesters()", "error_name", "0x0236998b"),
        ("Error: VM Exception ... reverted with custom error 'InvalidBlockExpiry()'", "error_name", "0xfa63b3a9"),
        ("custom error 0xcabeb655", "error_name", "0xcabeb655"),
        ("GS013", "error_name", "0x08c379a0"),
        ("Panic(0x11)", "error_name", "0x4e487b71"),
        ("setTaskDefinitionMinVotingPower", "function_name", "0x64ada5d0"),
    ],
)
def test_what_an_argument_is_taken_for(decode, what, kind, selector):
    status, document, _ = decode(what)
    assert (status, document["exit_code"], document["command"]) == (0, 0, "tx decode")
    assert (document["data"]["source"], document["data"]["kind"]) == ("argument", kind)
    assert document["data"]["selector"] == selector


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("", "nothing was given"),
        ("  ", "nothing was given"),
        ("0x123", "the argument has 3 hex digits, an odd number: one is missing, or one too many"),
        ("0x12g4", "the argument begins with 0x and is no hex"),
        ("abcdef01234", "the argument has 11 hex digits, an odd number: one is missing, or one too many"),
        ("hello", "the argument is no hex, and names no error that avsctl knows"),
        ("execution reverted", "the argument says that something reverted, and names no error that avsctl knows"),
        ("absent.json", "there is no such file, and no error of that name"),
        ("a/b", "there is no such file, and no error of that name"),
        ("https://key@host/x", "FILE was given a URL; it takes a file"),
        ("é", "the argument is no hex, and names no error that avsctl knows"),
        ("\ud800", "the argument is no hex, and names no error that avsctl knows"),
    ],
)
def test_what_cannot_be_read_is_status_2(decode, what, message):
    status, document, _ = decode(what)
    assert (status, document["data"]) == (2, {})
    assert [problem["message"] for problem in document["errors"]] == [message]


def test_a_function_that_nobody_knows_is_status_2_with_what_there_is(decode):
    status, document, _ = decode("0x12345678" + "00" * 32)
    assert (status, document["status"], document["data"]["kind"]) == (2, "error", "unknown")
    assert (document["data"]["selector"], document["data"]["size"]) == ("0x12345678", 36)
    assert document["errors"][0]["code"] == "unreadable"


@pytest.mark.parametrize(
    "what",
    [
        KEY,
        f"0x{KEY}",
        f" {KEY} ",
        f"{KEY}00",
        f"{KEY}0",
        f"0x{KEY}zz",
        f"key {KEY}",
        f"InvalidBlockExpiry {KEY}",
        f"custom error 0x12345678{KEY}",
        f"{KEY}.json",
        f"Error(string) 0x{KEY}",
    ],
)
def test_what_may_be_a_key_is_never_repeated(decode, capsys, what):
    _, _, written = decode(what)
    main(["tx", "decode", what])
    captured = capsys.readouterr()
    assert KEY not in written + captured.out + captured.err
    assert KEY[8:] not in written + captured.out + captured.err


def test_a_key_in_a_file_or_on_stdin_is_not_repeated(decode, tmp_path, monkeypatch):
    for content in (KEY, f"{KEY}\n{KEY}", f'{{"key": "{KEY}"}}', f'["{KEY}"]', f"x {KEY}"):
        (tmp_path / "key.txt").write_text(content)
        give_stdin(monkeypatch, content.encode())
        assert KEY not in decode("key.txt")[2] + decode("-")[2]


def test_a_batch_file(decode, tmp_path):
    (tmp_path / "task3.json").write_text(BATCH)
    status, document, _ = decode("task3.json")
    data = document["data"]
    assert (status, data["source"], data["path"], data["kind"]) == (0, "file", "task3.json", "batch_file")
    assert [call["number"] for call in data["calls"]] == ["1", "2"]
    assert data["calls"][1]["candidates"][0]["args"][1]["value"] == "4"
    assert data["file"] == {
        "chain_id": 8453,
        "safe": SAFE,
        "created_at_ms": 1795096947000,
        "name": "task 3",
        "description": "made by a test",
        "checksum": "ok",
        "disputes": [],
        "has_sidecar": False,
    }


def test_a_batch_file_that_was_changed_says_so(decode, tmp_path, capsys):
    path = tmp_path / "task3.json"
    path.write_text(BATCH.replace('"4"', '"5"'))
    assert decode("task3.json")[1]["data"]["file"]["checksum"] == "mismatch"
    document = json.loads(BATCH)
    del document["meta"]["checksum"]
    path.write_text(json.dumps(document))
    assert decode("task3.json")[1]["data"]["file"]["checksum"] == "missing"
    document["transactions"][1]["data"] = f"0x{CALLS[0].data.hex()}"
    path.write_text(json.dumps(document))
    (dispute,) = decode("task3.json")[1]["data"]["file"]["disputes"]
    assert dispute["field"].startswith("transactions[1].contract")
    assert main(["tx", "decode", "task3.json"]) == 0
    assert f"beware: {dispute['field']} is not what the data says" in capsys.readouterr().out.replace("\n    ", " ")


def test_a_sidecar_is_told_as_what_it_is(decode, tmp_path):
    (tmp_path / "task3.json").write_text(BATCH)
    (tmp_path / "task3.json.avsctl.json").write_text('{"schema": "avsctl-safe/1"}')
    status, document, _ = decode("task3.json.avsctl.json")
    assert (status, document["data"]["kind"]) == (0, "sidecar")
    assert document["data"]["file"] == {"batch_file": "task3.json"}
    assert decode("task3.json")[1]["data"]["file"]["has_sidecar"] is True


def test_a_proposal_file(decode, tmp_path):
    (tmp_path / "update.json").write_text(PROPOSAL)
    status, document, _ = decode("update.json")
    data = document["data"]
    assert (status, data["kind"], data["task"]["carries"]) == (0, "proposal_file", "voting_power")
    assert data["task"]["update"]["to_increase"] == [{"operator_id": 3, "voting_power": "5"}]
    assert data["file"]["attestation_center"] == CENTER


def test_a_signature_file(decode, tmp_path):
    hashes = SafeHashes(*[b"\1" * 32, b"\2" * 32, b"\3" * 32, b"\4" * 32], preimage=b"")
    text = build_signature_file(SafeAccount(8453, SAFE, "1.4.1"), hashes, CENTER, b"\x11" * 64 + b"\x1b")
    (tmp_path / "alice.json").write_text(text)
    status, document, _ = decode("alice.json")
    assert (status, document["data"]["kind"], document["data"]["size"]) == (0, "signature_file", 65)
    assert document["data"]["file"] == {
        "chain_id": 8453,
        "safe": SAFE,
        "safe_tx_hash": f"0x{'03' * 32}",
        "signer": CENTER,
    }


@pytest.mark.parametrize("content", [SET_MAXIMUM, f"{SET_MAXIMUM}\n", f'"{SET_MAXIMUM}"\n', f"\ufeff{SET_MAXIMUM}"])
def test_hex_in_a_file_and_on_stdin(decode, tmp_path, monkeypatch, content):
    (tmp_path / "calldata.hex").write_text(content)
    give_stdin(monkeypatch, content.encode())
    from_file, from_stdin = decode("calldata.hex")[1]["data"], decode("-")[1]["data"]
    assert (from_file["kind"], from_stdin["kind"]) == ("calldata", "calldata")
    assert (from_stdin["source"], from_stdin["path"]) == ("standard_input", None)


def test_an_error_in_a_log_on_stdin(decode, monkeypatch):
    give_stdin(monkeypatch, b"12:00:01 WARN task 3 \xff\n12:00:02 ERROR reverted: InsufficientVotingPower()\n")
    status, document, _ = decode("-")
    assert (status, document["data"]["error"]["name"]) == (0, "InsufficientVotingPower")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "begins as JSON and is none"),
        (b"{}", "is JSON of no kind that avsctl knows"),
        (b'{"schema": "avsctl-proposal/1"}', "task_definition_id is missing"),
        (b'{"schema": "avsctl-signature/1"}', "missing"),
        (b'{"transactions": []}', "in the batch file"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "begins as JSON and is none"),
        (b"", "is no hex, and names no error"),
        (f"{SET_MAXIMUM}\n{SET_MAXIMUM}\n".encode(), "has several lines of hex"),
        (b"0x" + b"ab" * 6_000_000, "larger than 1024 KiB"),
        (b"\xff\xfe\x00", "is no"),
    ],
)
def test_files_that_are_none(decode, tmp_path, monkeypatch, content, message):
    (tmp_path / "what.json").write_bytes(content)
    give_stdin(monkeypatch, content)
    for what in ("what.json", "-"):
        status, document, _ = decode(what)
        assert status == 2
        assert message in document["errors"][0]["message"]


def test_a_folder_is_no_file(decode, tmp_path):
    (tmp_path / "folder").mkdir()
    status, document, _ = decode("folder")
    assert (status, document["errors"][0]["message"]) == (2, "folder cannot be read: Is a directory")


def test_no_setting_and_no_chain_are_needed(decode, monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("L2_RPC='unclosed")
    monkeypatch.setenv("L2_CHAIN", "nonsense")
    assert decode(SET_MAXIMUM)[0] == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_stands_on_stdin_ends_in_an_answer_or_status_2(decode, content):
    with pytest.MonkeyPatch.context() as patch:
        give_stdin(patch, content)
        status, document, _ = decode("-")
    assert status in (0, 2)
    assert bool(document["errors"]) == (status == 2)
    assert all(problem["code"] != "internal" for problem in document["errors"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(max_size=120))
def test_whatever_hex_ends_in_an_answer_or_status_2(decode, data):
    assert decode(f"0x{data.hex()}")[0] in (0, 2)
