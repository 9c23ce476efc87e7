"""Commands on a batch file without a chain: the hashes of ``safe hash``, and what is refused."""

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from avsctl.cli import main
from avsctl.commands.safe_files import digest
from avsctl.config.settings import SETTING_NAMES
from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.transaction import Transaction
from avsctl.core.deployment import BlockRef, Generation
from avsctl.tx.safe_batch import BatchHead, build_batch
from avsctl.tx.safe_proposal import SafeAccount, propose
from avsctl.tx.sidecar import Sidecar, build_sidecar

SAFE = "0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb"
CENTER = "0x04d2D471959b7Adbaf27A2E158D25088ab8C2843"
CALLS = (Transaction(CENTER, b"\1\2\3\4"), Transaction(CENTER, b"\5\6\7\x08"))
OF_141 = DEPLOYMENTS[3].address
KEY = "0x" + "5e" * 32
SIGNER = ("--key-env", "ALICE", "--yes")


def propose_calls(calls=CALLS, nonce=41, version="1.4.1"):
    return propose(SafeAccount(8453, SAFE, version), calls, nonce, OF_141)


def write(folder, calls=CALLS, *, has_sidecar=True, **claims):
    """Write a batch file, and a sidecar beside it."""
    text = build_batch(8453, SAFE, calls, 1, "task update")
    (folder / "f.json").write_text(text)
    if has_sidecar:
        proposal = propose_calls(calls)
        sidecar = Sidecar(
            avsctl="0.1.0",
            batch_sha256=digest(text),
            head=BatchHead(1, "task update"),
            chain_id=8453,
            generation=Generation.V2,
            attestation_center=CENTER,
            safe=SAFE,
            safe_version="1.4.1",
            threshold=1,
            owners=(CENTER,),
            safe_tx=proposal.safe_tx,
            hashes=proposal.hashes,
            l1=None,
            l2=BlockRef(8453, 1, "0x" + "11" * 32, 1),
            expected=(),
        )
        (folder / "f.json.avsctl.json").write_text(build_sidecar(replace(sidecar, **claims)))
    return str(folder / "f.json")


@pytest.fixture
def safe(monkeypatch, tmp_path, capfd):
    """Run ``avsctl safe`` where there are no settings at all; gives status, stdout and stderr."""
    for name in SETTING_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", None)

    def run(*arguments):
        status = main(["safe", *arguments])
        return status, *capfd.readouterr()

    return run


@pytest.fixture
def hash_(safe):
    return partial(safe, "hash")


def test_the_sidecar_tells_version_nonce_and_multi_send(hash_, tmp_path):
    status, out, _ = hash_(write(tmp_path), "-o", "json")
    answer, proposal = json.loads(out), propose_calls()
    assert (status, answer["status"], answer["findings"], answer["deployment"]) == (0, "ok", [], None)
    assert answer["data"]["safe"] == {
        "address": SAFE,
        "chain_id": 8453,
        "version": "1.4.1",
        "version_from": "sidecar",
        "nonce": 41,
        "nonce_from": "sidecar",
    }
    assert answer["data"]["multi_send"] == {"address": OF_141, "version": "1.4.1", "from": "sidecar"}
    assert answer["data"]["hashes"] == {
        name: "0x" + getattr(proposal.hashes, name).hex() for name in ("domain", "message", "safe_tx", "data")
    }
    assert answer["data"]["safe_tx"]["data"] == "0x" + proposal.safe_tx.data.hex()
    assert answer["data"]["safe_tx"]["operation"] == 1


def test_options_alone_are_enough_and_what_is_assumed_is_said(hash_, tmp_path):
    path = write(tmp_path, has_sidecar=False)
    options = ("--safe-version", "1.4.1", "--nonce", "41", "--chain-id", "8453")
    status, out, _ = hash_(path, *options, "-o", "json")
    data = json.loads(out)["data"]
    assert (status, data["multi_send"]["from"]) == (0, "assumed")
    assert data["hashes"]["safe_tx"] == "0x" + propose_calls().hashes.safe_tx.hex()
    _, out, _ = hash_(path, *options)
    assert "assumed: the canonical one of the version, not looked for on the chain" in out
    assert f"safeTxHash    0x{propose_calls().hashes.safe_tx.hex()}" in out
    assert f"Domain hash   0x{propose_calls().hashes.domain.hex().upper()}" in out


def test_typed_data_alone_is_on_stdout_and_signs_the_same_hash(hash_, tmp_path):
    status, out, err = hash_(write(tmp_path), "--typed-data", "-o", f"json={tmp_path / 'a.json'}")
    message = encode_typed_data(full_message=json.loads(out))
    signed = Account.sign_message(message, KEY)
    assert (status, signed.message_hash) == (0, propose_calls().hashes.safe_tx)
    assert "avsctl safe exec" in err
    assert json.loads((tmp_path / "a.json").read_text())["data"]["given_out"] == "typed_data"


def test_approve_hash_alone_is_on_stdout_and_its_target_on_stderr(hash_, tmp_path):
    status, out, err = hash_(write(tmp_path), "--approve-hash", "--nonce", "42")
    expected = keccak(text="approveHash(bytes32)")[:4] + propose_calls(nonce=42).hashes.safe_tx
    assert (status, out) == (0, f"0x{expected.hex()}\n")
    assert SAFE in err


@pytest.mark.parametrize("option", ["--typed-data", "--approve-hash"])
def test_nothing_is_given_out_of_a_sidecar_that_claims_another_transaction(hash_, tmp_path, option):
    proposal = propose_calls()
    path = write(tmp_path, safe_tx=replace(proposal.safe_tx, operation=0))
    status, out, err = hash_(path, option)
    assert (status, out) == (3, "")
    assert "safe_tx.operation 0, not 1" in err
    status, out, _ = hash_(path, "-o", "json")
    (finding,) = json.loads(out)["findings"]
    assert (status, finding["code"], finding["severity"]) == (3, "not_verified", "critical")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--typed-data", "--approve-hash"), "exclude each other"),
        (("--chain-id", "1"), "is of chain 8453, not 1"),
        (("--chain-id", "base"), "no id of a chain"),
        (("--nonce", "-1"), "no nonce of a Safe"),
        (("--safe-version", "1.4"), "no version of Safe"),
        (("--safe-version", "0.1.0"), "rules of its own"),
        (("--typed-data", "-o", "json"), "-o json needs a file"),
    ],
)
def test_what_is_refused(hash_, tmp_path, arguments, problem):
    status, out, err = hash_(write(tmp_path), *arguments)
    assert status == 2
    assert problem in out + err
    assert "Traceback" not in err


def test_without_sidecar_and_options_the_chain_is_needed(hash_, tmp_path):
    status, _, err = hash_(write(tmp_path, has_sidecar=False), "--nonce", "41")
    assert status == 2
    assert "L2_RPC" in err


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "no such file"), ("{", "no JSON"), ("[]", "no JSON object"), ('{"version": 1}', "version")],
)
def test_files_that_are_none(hash_, tmp_path, text, problem):
    if text is not None:
        (tmp_path / "g.json").write_text(text)
    status, _, err = hash_(str(tmp_path / "g.json"))
    assert status == 2
    assert problem in err
    assert f"{tmp_path}/g.json: " in err


def test_a_malformed_sidecar_is_named(hash_, tmp_path):
    path = write(tmp_path)
    (tmp_path / "f.json.avsctl.json").write_text("{}")
    status, _, err = hash_(path)
    assert (status, f"{path}.avsctl.json: " in err) == (2, True), err


@pytest.mark.parametrize("verb", ["hash", "verify", "exec"])
def test_the_file_beside_a_batch_file_is_none(safe, tmp_path, verb):
    path = write(tmp_path)
    status, _, err = safe(verb, f"{path}.avsctl.json")
    assert (status, f"name the batch file: {path}\n" in err) == (2, True), err


@pytest.mark.parametrize("key", [KEY, KEY[2:], "0X" + KEY[2:], f" {KEY} "])
@pytest.mark.parametrize("option", ["--nonce", "--chain-id", "--safe-version", ""])
def test_a_key_in_the_place_of_anything_is_not_repeated(hash_, tmp_path, option, key):
    path = write(tmp_path, has_sidecar=False)
    arguments = [path, "--nonce", "1", option, key] if option else [key]
    status, out, err = hash_(*arguments)
    assert status == 2
    assert KEY[2:10] not in (out + err).lower()


@pytest.mark.parametrize("folder", [".", "..", "/", "folder"])
@pytest.mark.parametrize("verb", ["hash", "verify", "sign", "exec"])
def test_a_folder_is_no_batch_file(safe, tmp_path, verb, folder):
    (tmp_path / "folder").mkdir()
    options = ("--out", "a", *SIGNER) if verb == "sign" else ()
    status, _, err = safe(verb, folder, *options)
    assert (status, "Is a directory" in err) == (2, True), err


@pytest.mark.parametrize("target", ["f.json", "./f.json", "link", "f.json.avsctl.json", "a.sig"])
@pytest.mark.parametrize("verb", ["hash", "verify", "sign", "exec"])
def test_no_answer_replaces_what_is_read(safe, tmp_path, verb, target):
    write(tmp_path)
    (tmp_path / "link").symlink_to("f.json")
    (tmp_path / "a.sig").write_text("0x" + "5e" * 65)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    options = {"sign": ("--out", "b.sig", "--keystore", "a.sig", "--password-env", "P", "--yes"), "hash": ()}
    taken = options.get(verb, ("--signature", "a.sig"))
    status, _, err = safe(verb, "f.json", *taken, "-o", f"json={target}")
    if verb == "hash" and target == "a.sig":
        assert status == 0, err
        return
    assert (status, f"-o would replace {Path(target)}, which the command reads" in err) == (2, True), err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("way", [("-o", "json=f.json"), ("-ojson=f.json",), ("--output=json=./f.json",)])
@pytest.mark.parametrize(
    "arguments", [("f.json", "--typo"), ("--signature=f.json", "g.json"), ("f.json", "--nonce", "x")]
)
def test_no_error_replaces_what_was_to_be_read(safe, tmp_path, arguments, way):
    text = Path(write(tmp_path)).read_text()
    status, out, _ = safe("verify", *arguments, *way, "-o", "json", "-o", "json=answer.json")
    assert (status, (tmp_path / "f.json").read_text()) == (2, text)
    assert out == (tmp_path / "answer.json").read_text()


@pytest.mark.parametrize("taken", ["--after", "--keystore", "--password-file"])
def test_no_answer_of_a_change_replaces_what_is_read(tmp_path, monkeypatch, capfd, taken):
    text = Path(write(tmp_path)).read_text()
    monkeypatch.chdir(tmp_path)
    send = () if taken == "--after" else ("--send", "--yes", "--keystore", "k", "--password-file", "p")
    arguments = [*send, taken, "f.json"]
    status = main(["task", "update", "3", "--min-power", "1e18", *arguments, "-o", "json=f.json"])
    assert (status, "-o would replace f.json" in capfd.readouterr().err) == (2, True)
    assert (tmp_path / "f.json").read_text() == text


# What signing and executing refuse before anything is read


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--out", "a", "--key-env", "ALICE"), "safe sign cannot ask for confirmation without a terminal"),
        (("--out", "a", "--yes"), "a signer is missing"),
        (("--out", "a", "--yes", "--keystore", "bob.json"), "the keystore's password cannot be asked for"),
        (("--out", "a", "--yes", "--key-env", KEY), "was given what looks like a key"),
        (("--out", KEY, *SIGNER), "was given what looks like a key"),
        (("--out", "f.json", "--overwrite", *SIGNER), "--out would replace f.json, which the command reads"),
        (("--out", "f.json.avsctl.json", "--overwrite", *SIGNER), "--out would replace f.json.avsctl.json, which"),
        (
            ("--out", "k", "--overwrite", "--yes", "--keystore", "k", "--password-env", "P"),
            "--out would replace k, which",
        ),
        (("--out", "./.env", "--overwrite", *SIGNER), "--out would replace .env, which"),
        (("--out", "a", "-o", "json=a", *SIGNER), "two answers for a"),
        (("--out", "f.json", *SIGNER), "f.json is there already"),
        (("--out", "-", *SIGNER), "--out takes a file, not stdout"),
        (("--out", "no/where", *SIGNER), "there is no folder"),
        (("--out", "a", "--l2-block", "1", *SIGNER), "safe sign goes by the state of now"),
        (("--out", "a", "--after", "nowhere", *SIGNER), "no such file"),
        (("--out", "a", "--expect", KEY[2:], *SIGNER), "--expect was given what is no hash"),
        (SIGNER, "Missing option '--out'"),
    ],
)
def test_signing_without_what_it_takes(safe, tmp_path, arguments, problem):
    write(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    status, out, err = safe("sign", "f.json", *arguments)
    assert (status, problem in err) == (2, True), err
    assert KEY[2:] not in out + err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--signature", "0x1234"), "--signature 1 is not a signature"),
        (("--signature", KEY), "--signature 1 is not a signature"),
        (("--signature", KEY[2:]), "was given what looks like a key"),
        (("--signature", "nowhere.sig"), "there is no such file"),
        (("--signature", "f.json"), "schema is not"),
        (("--send", "--calldata"), "exclude each other"),
        (("--send", "--key-env", "RELAY"), "--send cannot ask for confirmation without a terminal"),
        (("--send", "--yes"), "a signer is missing"),
        (("--key-env", "RELAY"), "--key-env means nothing without --send"),
        (("--calldata", "-o", "json"), "-o json needs a file"),
        (("--l2-block", "1"), "safe exec goes by the state of now"),
        (("--nonce", "x"), "no nonce of a Safe"),
    ],
)
def test_executing_without_what_it_takes(safe, tmp_path, arguments, problem):
    write(tmp_path)
    status, out, err = safe("exec", "f.json", *arguments)
    assert (status, problem in err) == (2, True), err
    assert KEY[2:] not in out + err
