"""Signing a file as an owner, and every set of signatures that must not be executed; through the command line."""

import json
import re
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from safe_signing import KEYS, OWNERS, STRANGER, STRANGER_KEY, told, with_secret
from test_cli_prompts import talk
from test_cli_safe_exec import UPDATE, finding, number, open_desk

ALICE, BOB, CAROL = OWNERS


@pytest.fixture
def desk(devnets, unchanged, env_for, tmp_path):
    """A Safe 1.4.1 of three owners, two of whom must sign, and a file."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        desk = open_desk(devnet, "1.4.1", env_for, tmp_path)
        desk.prepare("update", *UPDATE)
        yield desk


@pytest.fixture
def signed(desk):
    """The same, signed by alice and bob."""
    for name in ("alice", "bob"):
        assert desk.sign("update", name).status == 0
    return desk


def digest(desk):
    return bytes.fromhex(desk.ask("safe", "hash", "update").data["hashes"]["safe_tx"][2:])


def sign_hash(key, hashed):
    return "0x" + Account.unsafe_sign_hash(hashed, key).signature.hex()


def execute(desk, *signatures):
    """Try to send with these signatures; gives the answer, once it is seen that nothing left."""
    before = desk.sent
    given = (word for each in signatures for word in ("--signature", each))
    answer = desk.ask("safe", "exec", "update", *given, "--send", "--yes", "--key-env", "RELAY")
    assert desk.sent == before
    return answer


# Signing


def test_a_signature_is_written_with_what_it_is_of(desk):
    answer, hashed = desk.sign("update", "alice"), digest(desk)
    assert (answer.status, answer.data["signer"], answer.data["signed"], answer.data["missing"]) == (
        0,
        ALICE,
        [ALICE],
        1,
    )
    assert answer.data["safe_tx_hash"] == answer.data["hashes"]["safe_tx"] == "0x" + hashed.hex()
    assert answer.data["file"] == "alice-update.sig"
    assert json.loads((desk.folder / "alice-update.sig").read_text()) == {
        "schema": "avsctl-signature/1",
        "chain_id": desk.devnet.l2_chain_id,
        "safe": desk.safe,
        "safe_tx_hash": "0x" + hashed.hex(),
        "signer": ALICE,
        "signature": sign_hash(KEYS[0], hashed),
    }


def test_what_is_signed_is_what_is_expected_or_nothing(desk):
    wanted = "0x" + digest(desk).hex()
    assert desk.sign("update", "alice", "--expect", wanted).status == 0
    answer = desk.sign("update", "bob", "--expect", "0x" + "ab" * 32)
    assert (answer.status, answer.data["signer"], answer.data["file"]) == (3, None, None)
    assert not (desk.folder / "bob-update.sig").exists()
    later = desk.sign("update", "carol", "--nonce", "7")
    assert (later.status, later.data["safe_tx_hash"] == wanted) == (0, False)
    faults = execute(desk, "alice-update.sig", "carol-update.sig").data["signatures"]["faults"]
    assert [each.startswith("carol-update.sig: safe_tx_hash:") for each in faults] == [True]


def test_a_file_that_does_not_verify_is_not_signed(desk):
    for name in ("update", "update.avsctl.json"):
        path = desk.folder / name
        whole = path.read_text()
        path.write_text(whole.replace(desk.safe, STRANGER))
        answer = desk.sign("update", "alice")
        assert (answer.status, answer.data["signer"]) == (3, None), told(answer)
        assert finding(answer, "not_verified")
        path.write_text("{")
        assert desk.sign("update", "alice").status == 3
        assert desk.ask("safe", "exec", "update").status == 3
        path.write_text(whole)
    assert not (desk.folder / "alice-update.sig").exists()


def test_whoever_is_no_owner_is_named(desk):
    answer = desk.sign("update", "stranger")
    assert (answer.status, answer.document["errors"][0]["code"]) == (2, "wrong_signer")
    assert f"the key is that of {STRANGER}, which is no owner of the Safe {desk.safe}" in answer.problems[0]
    assert not (desk.folder / "stranger-update.sig").exists()


def test_keys_and_passwords_that_are_none(desk):
    keystore = ("--keystore", "bob.json", "--password-env")
    for signer, problem in (
        (("--key-env", "NOBODY"), "NOBODY (--key-env) is not set"),
        ((*keystore, "WRONG_PASSWORD"), "wrong password"),
        ((*keystore, "NOBODY"), "NOBODY (--password-env) is not set"),
    ):
        answer = desk.ask("safe", "sign", "update", "--out", "a", "--yes", *signer)
        assert (answer.status, [problem in each for each in answer.problems]) == (2, [True]), told(answer)
    assert not (desk.folder / "a").exists()


def test_a_signature_that_is_there_is_replaced_only_where_that_is_asked_for(signed):
    (signed.folder / "alice-update.sig").write_text("precious")
    answer = signed.sign("update", "alice")
    assert (answer.status, (signed.folder / "alice-update.sig").read_text()) == (2, "precious")
    assert signed.sign("update", "alice", "--overwrite").status == 0


# Sets of signatures that are refused


def test_too_few_say_how_many_are_missing(signed):
    for given, missing in (((), 2), (("alice-update.sig",), 1)):
        answer = execute(signed, *given)
        assert (answer.status, answer.data["outcome"]) == (3, "refused")
        assert answer.data["signatures"]["missing"] == missing
        assert f"{missing} missing" in finding(answer, "signatures_missing")["text"]


def refused_sets(desk):
    """Give sets of signatures that no Safe takes, with what each fault says."""
    hashed = digest(desk)
    alice, bob = (sign_hash(key, hashed)[2:] for key in KEYS[:2])
    low, high = (pair[1] for pair in sorted([(number(ALICE), alice), (number(BOB), bob)]))
    first = max(ALICE, BOB, key=number), min(ALICE, BOB, key=number)
    approved = bytes(12).hex() + CAROL[2:] + bytes(32).hex() + "01"
    raw = Account.sign_message(encode_defunct(hashed), KEYS[0]).signature.hex()
    yield ("0x" + sign_hash(STRANGER_KEY, hashed)[2:], "bob-update.sig"), f"{STRANGER} is no owner of the Safe"
    yield ("0x" + alice, "0x" + alice), f"{ALICE} has signed more than once"
    yield ("0x" + alice + alice,), f"{ALICE} has signed more than once"
    yield ("0x" + high + low,), f"{first[1]} stands behind {first[0]}"
    yield ("0x" + approved, "bob-update.sig"), f"{CAROL} has not approved the hash on the chain"
    yield (sign_hash(KEYS[0], bytes(32)), "bob-update.sig"), "is no owner of the Safe: over another hash"
    yield ("0x" + raw, "bob-update.sig"), "is no owner of the Safe: over another hash, or an eth_sign"
    yield ("0x" + alice[:-2] + "63", "bob-update.sig"), "is of no known kind: its last byte, v, is 99"
    yield ("0x" + "ff" * 64 + "1b", "bob-update.sig"), "no key makes such r and s"
    yield ("0x" + alice + "00", "bob-update.sig"), "66 bytes that do not fall into parts of 65"


def test_wrong_sets_are_refused_each_account_named(signed):
    for given, fault in refused_sets(signed):
        answer = execute(signed, *given)
        faults = answer.data["signatures"]["faults"]
        assert (answer.status, answer.data["outcome"]) == (3, "refused"), told(answer)
        assert any(fault in each for each in faults), faults
        assert any(fault in each["text"] for each in answer.document["findings"] if each["code"] == "not_verified")


def test_joined_signatures_in_their_order_and_an_eth_sign_are_taken(signed):
    hashed = digest(signed)
    pairs = sorted((number(owner), sign_hash(key, hashed)[2:]) for owner, key in zip(OWNERS[:2], KEYS[:2], strict=True))
    joined = "0x" + "".join(signature for _, signature in pairs)
    assert signed.ask("safe", "exec", "update", "--signature", joined).status == 0
    raw = bytes(Account.sign_message(encode_defunct(hashed), KEYS[0]).signature)
    risen = "0x" + (raw[:-1] + bytes([raw[-1] + 4])).hex()
    answer = signed.ask("safe", "exec", "update", "--signature", risen, "--signature", "bob-update.sig")
    assert (answer.status, answer.data["outcome"]) == (0, "shown"), told(answer)


def test_a_file_of_another_signature_is_refused_by_its_field(signed):
    path = signed.folder / "alice-update.sig"
    own = json.loads(path.read_text())
    for field, value, named in (
        ("chain_id", 1, "chain_id"),
        ("safe", STRANGER, "safe"),
        ("safe_tx_hash", "0x" + "ab" * 32, "safe_tx_hash"),
        ("signer", STRANGER, "signature"),
        ("signature", "0x" + "11" * 64 + "1b", "signature"),
    ):
        path.write_text(json.dumps(own | {field: value}))
        answer = execute(signed, "alice-update.sig", "bob-update.sig")
        assert (answer.status, answer.data["outcome"]) == (3, "refused"), told(answer)
        assert any(each.startswith(f"alice-update.sig: {named}:") for each in answer.data["signatures"]["faults"])


# Secrets, and a person at a terminal


def test_no_secret_is_in_any_log(signed):
    """``Desk.run`` searches all that is written; here with the most that can be asked for."""
    loud = ("--log-format", "json", "--verbose", "-o", "json=answer.json")
    keystore = ("--keystore", "bob.json", "--password-env")
    signing = ("safe", "sign", "update", "--out", "x.sig", "--overwrite", "--yes")
    for options, status in (
        ((*keystore, "BOB_PASSWORD"), 0),
        ((*keystore, "WRONG_PASSWORD"), 2),
        (("--key-env", "CAROL"), 0),
        (("--key-env", "STRANGER"), 2),
    ):
        answer = signed.run(*signing, *options, *loud)
        assert (answer.status, '"event": "request"' in answer.stderr or "eth_call" in answer.stderr) == (status, True)
    execution = ("safe", "exec", "update", "--signature", "alice-update.sig", "--signature", "bob-update.sig")
    sending = ("--send", "--yes", "--key-env", "RELAY")
    unfunded = ("--send", "--yes", "--key-env", "STRANGER")
    broken = replace(signed, settings=signed.settings | {"L2_RPC": with_secret("http://127.0.0.1:1")})
    assert signed.run(*execution, *unfunded, *loud).status == 2
    assert signed.run(*execution, *sending, *loud).status == 0
    assert signed.run(*execution, *sending, *loud).status == 3
    assert broken.run(*execution, *sending, "--timeout", "1", *loud).status == 5


def test_at_a_terminal_it_is_shown_and_asked(signed):
    paths = (signed.path("alice-update.sig"), signed.path("bob-update.sig"))
    signatures = tuple(word for path in paths for word in ("--signature", path))
    signing = ("safe", "sign", signed.path("update"), "--out", signed.path("carol.sig"), "--key-env", "CAROL")
    sending = ("safe", "exec", signed.path("update"), *signatures, "--send", "--key-env", "RELAY")
    status, out, shown = talk(signed.settings, signing, ("[y/N]: ", "y\n"))
    assert (status, f"Signed by {CAROL}" in out, (signed.folder / "carol.sig").exists()) == (0, True, True), shown
    assert "Not signed yet." in shown
    assert re.search(rf"that of {CAROL}, an owner\nSign 0x[0-9a-f]{{64}}\? \[y/N\]", shown)
    status, out, shown = talk(signed.settings, sending, ("[y/N]: ", "y\n"))
    assert (status, signed.nonce, "EXECUTED" in out, "Not sent yet." in shown) == (0, 1, True, True), shown
