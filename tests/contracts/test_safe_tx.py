"""Transactions of a Safe encoded both ways, what a Safe is asked about them, and what it means when it reverts."""

import re

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.address import to_checksum
from avsctl.contracts.call import Revert
from avsctl.contracts.reverts import decode_revert
from avsctl.contracts.safe import Safe
from avsctl.contracts.safe_reverts import MEANINGS, explain_safe_revert
from avsctl.contracts.safe_tx import SafeTx, decode_exec, encode_approve, encode_exec, prevalidate
from avsctl.errors import AnswerError

SAFE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OWNER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
TOKEN = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
HASH = bytes(range(32))

FULL = SafeTx(OWNER, b"\xab\xcd", 9, 1, 1, 2, 3, 4, TOKEN, SAFE)
KINDS = ("address", "uint256", "bytes", "uint8", "uint256", "uint256", "uint256", "address", "address")
FIELDS = (OWNER, 1, b"\xab\xcd", 1, 2, 3, 4, TOKEN, SAFE)
EXEC = bytes.fromhex("6a761202") + encode([*KINDS, "bytes"], [*FIELDS, b"\1\2\3"])

words = st.integers(0, 2**256 - 1)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum)
safe_txs = st.builds(
    SafeTx, addresses, st.binary(max_size=70), words, words, st.integers(0, 255), *[words] * 3, addresses, addresses
)


def test_the_calldata_of_an_execution():
    assert encode_exec(FULL, b"\1\2\3") == EXEC
    assert decode_exec(EXEC, 9) == (FULL, b"\1\2\3")


@given(safe_txs, st.binary(max_size=140))
def test_an_execution_is_read_back(transaction, signatures):
    assert decode_exec(encode_exec(transaction, signatures), transaction.nonce) == (transaction, signatures)


@pytest.mark.parametrize(
    "calldata", [b"", EXEC[:4], b"\0" + EXEC[1:], EXEC[:-1], EXEC + b"\0", EXEC[:-32], EXEC[:4] + b"\1" + EXEC[5:]]
)
def test_another_calldata_is_refused(calldata):
    with pytest.raises(ValueError, match=r"."):
        decode_exec(calldata)


@given(st.binary(max_size=400))
def test_arbitrary_calldata_is_read_faithfully_or_refused(arguments):
    calldata = EXEC[:4] + arguments
    try:
        transaction, signatures = decode_exec(calldata)
    except ValueError:
        return
    assert encode_exec(transaction, signatures) == calldata


def test_an_approval():
    assert encode_approve(HASH) == bytes.fromhex("d4d9bdcd") + HASH
    assert prevalidate(OWNER).hex() == "00" * 12 + OWNER[2:].lower() + "00" * 32 + "01"


# What a Safe is asked


def test_the_hash_is_asked_for_with_every_field():
    call = Safe(SAFE).transaction_hash(FULL)
    assert call.to == SAFE
    assert call.data == bytes.fromhex("d8d11f78") + encode([*KINDS, "uint256"], [*FIELDS, 9])
    assert call.decode(HASH) == HASH


def test_the_domain_is_asked_for():
    call = Safe(SAFE).domain_separator()
    assert (call.to, call.data.hex(), call.decode(HASH)) == (SAFE, "f698da25", HASH)


def test_signatures_are_asked_about_alone_and_well_where_nothing_is_returned():
    call = Safe(SAFE).check_signatures(HASH, b"\x19\1", b"\3" * 65)
    assert call.data == bytes.fromhex("934f3a11") + encode(["bytes32", "bytes", "bytes"], [HASH, b"\x19\1", b"\3" * 65])
    assert (call.to, call.alone, call.decode(b"")) == (SAFE, True, None)
    with pytest.raises(AnswerError, match=r"Safe\.checkSignatures"):
        call.decode(bytes(32))


@pytest.mark.parametrize(("word", "value"), [(0, False), (1, True), (2**256 - 1, True)])
def test_an_approval_is_asked_for(word, value):
    call = Safe(SAFE).approved(OWNER, HASH)
    assert call.data == bytes.fromhex("7d832974") + encode(["address", "bytes32"], [OWNER, HASH])
    assert call.decode(word.to_bytes(32)) is value


@pytest.mark.parametrize("call", [Safe(SAFE).transaction_hash(FULL), Safe(SAFE).domain_separator()])
@pytest.mark.parametrize("answer", [b"", bytes(31), bytes(33), bytes(64)])
def test_answers_of_another_shape_are_refused(call, answer):
    with pytest.raises(AnswerError, match=r"Safe\."):
        call.decode(answer)
    with pytest.raises(AnswerError, match=r"Safe\.approvedHashes"):
        Safe(SAFE).approved(OWNER, HASH).decode(answer)


# What it means when it reverts


def reverting(text):
    return decode_revert(bytes.fromhex("08c379a0") + encode(["string"], [text]))


def test_codes_are_explained():
    assert explain_safe_revert(reverting("GS013")) == "the call that the Safe makes failed"
    assert "threshold" in explain_safe_revert(reverting("GS020"))
    for code, meaning in MEANINGS.items():
        assert re.fullmatch(r"GS[0-4]\d\d", code)
        assert meaning == meaning.strip(" .")
    assert len(set(MEANINGS.values())) == len(MEANINGS)


@pytest.mark.parametrize(
    "revert",
    [
        reverting("GS999"),
        reverting("gs013"),
        reverting(""),
        reverting("Not enough gas to execute safe transaction"),
        decode_revert(b""),
        decode_revert(b"GS013"),
        Revert("Panic", (0x11,)),
        Revert("GS013"),
    ],
)
def test_other_reverts_are_not(revert):
    assert explain_safe_revert(revert) is None
