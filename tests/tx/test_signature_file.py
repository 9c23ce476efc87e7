"""The file of one signature: written, read as what a stranger sent, and held to the transaction."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.verification import Mismatch
from avsctl.errors import ConfigError
from avsctl.tx.safe_hashes import hash_safe_tx
from avsctl.tx.safe_proposal import SafeAccount
from avsctl.tx.safe_signatures import MOST_BYTES, parse_signatures
from avsctl.tx.signature_file import (
    MOST_CHARACTERS,
    SignatureClaim,
    build_signature_file,
    check_claim,
    parse_signature_text,
)
from avsctl.tx.signer import Signer

KEY = keccak256(b"an owner")
SIGNER, OTHER = Signer.from_key(KEY), Signer.from_key(keccak256(b"another owner"))
ACCOUNT = SafeAccount(8453, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "1.4.1")
TRANSACTION = SafeTx(OTHER.address, b"\1", 7)
HASHES = hash_safe_tx(8453, ACCOUNT.address, "1.4.1", TRANSACTION)
SIGNATURE = SIGNER.sign_safe_tx(ACCOUNT, TRANSACTION)
TEXT = build_signature_file(ACCOUNT, HASHES, SIGNER.address, SIGNATURE)
DOCUMENT = json.loads(TEXT)
HEX = "0x" + SIGNATURE.hex()


def test_a_file_says_what_it_is_of():
    expected = {
        "schema": "avsctl-signature/1",
        "chain_id": 8453,
        "safe": ACCOUNT.address,
        "safe_tx_hash": "0x" + HASHES.safe_tx.hex(),
        "signer": SIGNER.address,
        "signature": HEX,
    }
    assert list(DOCUMENT.items()) == list(expected.items())
    assert TEXT.endswith("}\n")
    assert KEY.hex() not in TEXT


def test_what_is_written_is_read_back():
    claim = parse_signature_text(TEXT, "bob.sig")
    assert claim == SignatureClaim("bob.sig", SIGNATURE, 8453, ACCOUNT.address, HASHES.safe_tx, SIGNER.address)
    assert check_claim(claim, ACCOUNT, HASHES) == ()


@pytest.mark.parametrize("text", [HEX, f"  {HEX}\n", "0X" + HEX[2:].upper(), f"{HEX[:40]}\n  {HEX[40:90]} {HEX[90:]}"])
def test_bare_hex_claims_nothing(text):
    claim = parse_signature_text(text, "--signature")
    assert claim == SignatureClaim("--signature", SIGNATURE)
    assert check_claim(claim, ACCOUNT, HASHES) == ()
    assert check_claim(claim, ACCOUNT, hash_safe_tx(1, ACCOUNT.address, "1.4.1", TRANSACTION)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        HEX[2:],
        HEX[:-1],
        HEX[:-2],
        HEX + "0",
        HEX[:-1] + "g",
        HEX[:-1] + "٣",
        f"{HEX} {HEX}",
        "0x" + KEY.hex(),
        KEY.hex(),
        "0x" + "00" * (MOST_BYTES + 1),
        "[]",
        f'"{HEX}"',
        "{",
        "{}",
        "{" * 1000,
        '{"schema": "avsctl-signature/2"}',
        '{"schema": []}',
        " " * (MOST_CHARACTERS + 1),
    ],
)
def test_anything_else_is_refused_and_not_repeated(text):
    with pytest.raises(ConfigError) as caught:
        parse_signature_text(text, "--signature")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message[:11]) == ("signature", "--signature")
    assert KEY.hex() not in problem.message + problem.hint


def test_the_compact_form_is_named():
    with pytest.raises(ConfigError, match="64 bytes are the compact form"):
        parse_signature_text(HEX[:130], "--signature")


MALFORMED = [
    *(("chain_id", value) for value in (0, -1, 2**64, "8453", 8453.0, True, None, [])),
    *(("safe", value) for value in ("", "0x", ACCOUNT.address.swapcase(), ACCOUNT.address[:-1], 5, None, {})),
    *(("safe_tx_hash", value) for value in ("0x", "0x" + "00" * 31, "00" * 32, "0x" + "0g" * 32, 1, None)),
    *(("signer", value) for value in (ACCOUNT.address + "0", "bob", None)),
    *(("signature", value) for value in ("", "0x", HEX[:-2], HEX[2:], "0x" + KEY.hex(), 1, None, [HEX])),
]


@pytest.mark.parametrize(("key", "value"), MALFORMED)
def test_a_field_of_another_type_is_named_and_its_value_is_not(key, value):
    with pytest.raises(ConfigError, match=f"^bob: {key} is not ") as caught:
        parse_signature_text(json.dumps(DOCUMENT | {key: value}), "bob")
    assert KEY.hex() not in str(caught.value.problems)


@pytest.mark.parametrize("key", [key for key in DOCUMENT if key != "schema"])
def test_a_field_that_is_missing_is_named(key):
    document = {name: value for name, value in DOCUMENT.items() if name != key}
    with pytest.raises(ConfigError, match=f"^bob: {key} missing$"):
        parse_signature_text(json.dumps(document), "bob")


def test_fields_that_are_not_known_are_named_as_far_as_they_are_short():
    with pytest.raises(ConfigError) as caught:
        parse_signature_text(json.dumps(DOCUMENT | {"note\x1b": 1, "x" * 5000: 2}), "bob")
    message = str(caught.value)
    assert r"'note\x1b'" in message
    assert "\x1b" not in message
    assert len(message) < 200


TAMPERED = [
    ("chain_id", 1, "8453", "1"),
    ("safe", OTHER.address, ACCOUNT.address, OTHER.address),
    ("safe_tx_hash", "0x" + "11" * 32, "0x" + HASHES.safe_tx.hex(), "0x" + "11" * 32),
    ("signer", OTHER.address, f"of {OTHER.address}", f"of {SIGNER.address}"),
    (
        "signature",
        "0x" + OTHER.sign_safe_tx(ACCOUNT, TRANSACTION).hex(),
        f"of {SIGNER.address}",
        f"of {OTHER.address}",
    ),
    ("signature", HEX + HEX[2:], f"of {SIGNER.address}", f"of {SIGNER.address} and {SIGNER.address}"),
]


@pytest.mark.parametrize(("key", "value", "expected", "found"), TAMPERED)
def test_each_field_is_held_to_the_transaction(key, value, expected, found):
    claim = parse_signature_text(json.dumps(DOCUMENT | {key: value}), "bob")
    field = "signature" if key == "signer" else key
    assert check_claim(claim, ACCOUNT, HASHES) == (Mismatch(field, expected, found),)


def test_a_signature_that_nobody_made_names_who_is_said_to_have():
    claim = parse_signature_text(json.dumps(DOCUMENT | {"signature": HEX[:-2] + "05"}), "bob")
    (mismatch,) = check_claim(claim, ACCOUNT, HASHES)
    assert (mismatch.field, mismatch.expected) == ("signature", f"of {SIGNER.address}")
    assert "bob is of no known kind" in mismatch.found


def test_all_that_is_of_another_transaction_is_told():
    account = SafeAccount(1, OTHER.address, "1.4.1")
    hashes = hash_safe_tx(1, OTHER.address, "1.4.1", TRANSACTION)
    found = check_claim(parse_signature_text(TEXT, "bob"), account, hashes)
    assert [mismatch.field for mismatch in found] == ["chain_id", "safe", "safe_tx_hash"]


def test_a_file_that_says_two_things_is_refused():
    with pytest.raises(ConfigError, match="names a member twice"):
        parse_signature_text(TEXT.replace("{", '{"signer": "0x", ', 1), "bob")


def test_one_changed_byte_is_found():
    for at in range(64):
        changed = bytearray(SIGNATURE)
        changed[at] ^= 1
        claim = parse_signature_text(json.dumps(DOCUMENT | {"signature": "0x" + changed.hex()}), "bob")
        assert check_claim(claim, ACCOUNT, HASHES)


@given(st.text(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_arbitrary_texts_are_refused(text):
    with pytest.raises(ConfigError):
        parse_signature_text(text, "bob")


def test_the_signature_of_a_file_is_read_as_any_other():
    claim = parse_signature_text(TEXT, "bob")
    (found,) = parse_signatures(claim.signature, HASHES.safe_tx, claim.origin)
    assert found.owner == SIGNER.address
