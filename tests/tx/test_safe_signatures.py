"""Signatures of a Safe's owners: every kind read, every fault named, and what is joined read back."""

import dataclasses

import pytest
from eth_keys import keys
from eth_keys.constants import SECPK1_G, SECPK1_N
from hypothesis import given, settings
from hypothesis import strategies as st

from avsctl.contracts.address import ZERO_ADDRESS, to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_tx import SafeTx, prevalidate
from avsctl.errors import ConfigError
from avsctl.tx.safe_hashes import hash_safe_tx
from avsctl.tx.safe_proposal import SafeAccount
from avsctl.tx.safe_signatures import (
    MOST_BYTES,
    SIZE,
    SafeSignature,
    SignatureKind,
    check_signatures,
    join_signatures,
    parse_signatures,
)
from avsctl.tx.signer import Signer

HASH = keccak256(b"a transaction of a Safe")
OTHER_HASH = keccak256(b"another one")
ETH_SIGN = b"\x19Ethereum Signed Message:\n32"

SECRETS = {
    Signer.from_key(secret).address: secret for secret in (keccak256(b"owner %d" % number) for number in range(4))
}
A, B, C, STRANGER = sorted(SECRETS, key=lambda account: int(account, 16))
OWNERS = (B, C, A)


def sign(account, digest=HASH):
    """Give r, s and v as 27 or 28."""
    signature = keys.PrivateKey(SECRETS[account]).sign_msg_hash(digest)
    return signature.r.to_bytes(32) + signature.s.to_bytes(32) + bytes([signature.v + 27])


def eth_sign(account, digest=HASH):
    signature = sign(account, keccak256(ETH_SIGN + digest))
    return signature[:-1] + bytes([signature[-1] + 4])


def contract(account, position, content=None):
    static = bytes(12) + bytes.fromhex(account[2:]) + position.to_bytes(32) + b"\0"
    return static if content is None else static + len(content).to_bytes(32) + content


def read(*parts):
    """Read each part as an argument of its own."""
    return [parse_signatures(part, HASH) for part in parts]


def check(*parts, owners=OWNERS, threshold=2, approved=(), executor=None):
    return check_signatures(read(*parts), owners, threshold, approved, executor)


# Reading


@pytest.mark.parametrize(
    ("data", "kind", "owner", "dynamic"),
    [
        (sign(A), SignatureKind.ECDSA, A, b""),
        (eth_sign(A), SignatureKind.ETH_SIGN, A, b""),
        (prevalidate(A), SignatureKind.APPROVED, A, b""),
        (contract(A, 65, b"signed"), SignatureKind.CONTRACT, A, b"signed"),
        (contract(A, 65, b""), SignatureKind.CONTRACT, A, b""),
        (prevalidate(ZERO_ADDRESS), SignatureKind.APPROVED, ZERO_ADDRESS, b""),
    ],
)
def test_each_kind_is_read(data, kind, owner, dynamic):
    assert parse_signatures(data, HASH) == (SafeSignature(kind, owner, data[:SIZE], dynamic),)


def test_several_are_read_in_the_order_in_which_they_stand():
    data = join([sign(C), contract(A, 260), eth_sign(B), contract(STRANGER, 295)], [b"one", b"two"])
    found = parse_signatures(data, HASH)
    assert [(each.owner, each.kind, each.dynamic) for each in found] == [
        (C, SignatureKind.ECDSA, b""),
        (A, SignatureKind.CONTRACT, b"one"),
        (B, SignatureKind.ETH_SIGN, b""),
        (STRANGER, SignatureKind.CONTRACT, b"two"),
    ]


def join(statics, contents):
    return b"".join([*statics, *(len(content).to_bytes(32) + content for content in contents)])


def test_a_high_s_is_taken_as_the_safe_takes_it():
    low = sign(A)
    high = low[:32] + (SECPK1_N - int.from_bytes(low[32:64])).to_bytes(32) + bytes([55 - low[-1]])
    (found,) = parse_signatures(high, HASH)
    assert (found.owner, found.static) == (A, high)


def test_v_that_counts_from_0_is_given_its_27():
    data = sign(A)
    assert parse_signatures(data[:-1] + bytes([data[-1] - 27]), HASH) == parse_signatures(data, HASH)


def test_another_hash_recovers_to_another_account():
    (found,) = parse_signatures(sign(A), OTHER_HASH)
    assert found.owner != A


WORD_LIMIT = (2**256 - 1).to_bytes(32)
GOOD = sign(A)
INFINITE = SECPK1_G[0].to_bytes(32) + HASH + bytes([27 + SECPK1_G[1] % 2])
"""s R = z G, so that what is recovered is no point."""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes that do not fall"),
        (GOOD[:-1], "64 bytes that do not fall"),
        (GOOD + b"\0", "66 bytes that do not fall"),
        (GOOD + GOOD[:-1], "129 bytes that do not fall"),
        (bytes(SIZE), "do not fall"),
        (GOOD[:-1] + b"\x02", "v, is 2"),
        (GOOD[:-1] + b"\x1a", "v, is 26"),
        (GOOD[:-1] + b"\x1d", "v, is 29"),
        (GOOD[:-1] + b"\x21", "v, is 33"),
        (GOOD[:-1] + b"\xff", "v, is 255"),
        (GOOD + GOOD[:-1] + b"\x02", "signature 2 in the signature is of no known kind"),
        (bytes(32) + GOOD[32:], "no key makes"),
        (GOOD[:32] + bytes(32) + GOOD[64:], "no key makes"),
        (SECPK1_N.to_bytes(32) + GOOD[32:], "no key makes"),
        (GOOD[:32] + SECPK1_N.to_bytes(32) + GOOD[64:], "no key makes"),
        (WORD_LIMIT + GOOD[32:], "no key makes"),
        ((5).to_bytes(32) + GOOD[32:], "no key makes"),
        (INFINITE, "no key makes"),
        (contract(A, 64, b"signed"), "do not fall"),
        (contract(A, 0, b"signed"), "do not fall"),
        (contract(A, 130, b"signed"), "do not fall"),
        (contract(A, 65), "cut short"),
        (contract(A, 65) + bytes(31), "cut short"),
        (contract(A, 65) + (1).to_bytes(32), "cut short"),
        (contract(A, 65) + WORD_LIMIT, "cut short"),
        (contract(A, 2**256 - 1), "cut short"),
        (contract(A, 2**256 - 1) + contract(B, 130, b""), "signature 1 in the signature is of a contract, and cut"),
        (contract(A, 130) + contract(B, 65, b""), "do not fall"),
        (GOOD * 300, f"more than {MOST_BYTES} bytes"),
    ],
)
def test_what_is_no_signature(data, reason):
    with pytest.raises(ConfigError, match=reason) as caught:
        parse_signatures(data, HASH)
    (problem,) = caught.value.problems
    assert problem.code == "signature"
    assert (data.hex() or "0x") not in problem.message + problem.hint


def test_messages_call_it_as_the_user_does():
    with pytest.raises(ConfigError, match=r"^signature 1 in bob\.sig is of no known kind"):
        parse_signatures((GOOD[:-1] + b"\x02") * 2, HASH, "bob.sig")


@given(st.lists(st.binary(min_size=64, max_size=65), max_size=3), st.binary(max_size=70), st.sampled_from(range(33)))
def test_arbitrary_bytes_are_read_or_refused(parts, tail, v):
    data = b"".join(part[:64] + bytes([v]) for part in parts) + tail
    try:
        found = parse_signatures(data, HASH)
    except ConfigError:
        return
    assert 1 <= len(found) <= len(data) // SIZE


# Joining


distinct_owners = st.lists(st.binary(min_size=20, max_size=20).map(to_checksum), unique=True, max_size=4)


@settings(max_examples=40)
@given(distinct_owners, st.lists(st.binary(max_size=80), min_size=4, max_size=4), st.sets(st.sampled_from([A, B, C])))
def test_what_is_joined_is_read_back_in_ascending_order(contracts, contents, signers):
    signatures = [
        *(
            SafeSignature(SignatureKind.CONTRACT, owner, contract(owner, 7), content)
            for owner, content in zip(contracts, contents, strict=False)
        ),
        *(each for group in read(*map(sign, signers)) for each in group),
    ]
    if not signatures:
        return
    found = parse_signatures(join_signatures(signatures), HASH)
    ascending = sorted(signatures, key=lambda each: int(each.owner, 16))
    assert [brief(each) for each in found] == [brief(each) for each in ascending]
    assert join_signatures(found) == join_signatures(signatures)


def brief(signature):
    return signature.kind, signature.owner, signature.dynamic


def test_positions_count_from_the_beginning_of_all():
    found = read(contract(B, 65, b"of b"), sign(A), contract(C, 65, b"of c!"))
    joined = join_signatures(each for group in found for each in group)
    assert joined == sign(A) + contract(B, 195) + contract(C, 231) + join([], [b"of b", b"of c!"])


# Checking


def test_enough_signatures_are_joined_in_ascending_order():
    report = check(sign(C), sign(A))
    assert (report.signed, report.missing, report.faults) == ((A, C), 0, ())
    assert report.joined == sign(A) + sign(C)


def test_more_than_asked_for_are_cut_to_the_threshold():
    report = check(sign(C), sign(B), eth_sign(A))
    assert (report.signed, report.missing, report.faults) == ((A, B, C), 0, ())
    assert report.joined == eth_sign(A) + sign(B)


@pytest.mark.parametrize(("parts", "threshold", "missing"), [((), 1, 1), ((), 3, 3), ((sign(B),), 2, 1)])
def test_too_few_say_how_many_are_missing(parts, threshold, missing):
    report = check(*parts, threshold=threshold)
    assert (report.missing, report.faults, report.joined) == (missing, (), b"")
    assert len(report.signed) == len(parts)


def test_who_approved_on_the_chain_fills_in():
    report = check(sign(B), approved=(C, STRANGER))
    assert (report.signed, report.missing, report.faults) == ((B, C), 0, ())
    assert report.joined == sign(B) + prevalidate(C)


def test_who_approved_and_signed_counts_once():
    report = check(sign(B), approved=(B,))
    assert (report.signed, report.missing, report.faults) == ((B,), 1, ())
    assert check(sign(B), approved=(B, A)).joined == prevalidate(A) + sign(B)


def test_what_a_contract_signed_is_counted_and_taken_last():
    of_contract = contract(A, 65, b"signed")
    report = check(of_contract, sign(B))
    assert (report.signed, report.missing, report.faults) == ((A, B), 0, ())
    assert report.joined == contract(A, 130) + sign(B) + join([], [b"signed"])
    assert check(of_contract, sign(B), approved=(C,)).joined == sign(B) + prevalidate(C)
    assert check(of_contract, sign(B), sign(C)).joined == sign(B) + sign(C)


def test_several_in_one_argument():
    assert check(sign(A) + sign(B) + sign(C), threshold=3).joined == sign(A) + sign(B) + sign(C)
    assert check(sign(B) + sign(C), sign(A), threshold=3).joined == sign(A) + sign(B) + sign(C)


NO_OWNER = "is no owner of the Safe"
ANOTHER = "over another hash, or an eth_sign with v not raised to 31 or 32?"

FAULTS = [
    ((sign(A), sign(STRANGER)), [f"{STRANGER} {NO_OWNER}: {ANOTHER}"], (A,)),
    ((sign(A), eth_sign(STRANGER)), [f"{STRANGER} {NO_OWNER}: {ANOTHER}"], (A,)),
    ((sign(A), contract(STRANGER, 65, b"")), [f"{STRANGER} {NO_OWNER}"], (A,)),
    ((sign(A), prevalidate(STRANGER)), [f"{STRANGER} {NO_OWNER}"], (A,)),
    ((sign(A), sign(A)), [f"{A} has signed more than once"], (A,)),
    ((sign(A), eth_sign(A), contract(A, 65, b"")), [f"{A} has signed more than once"], (A,)),
    ((sign(A) + sign(A),), [f"{A} has signed more than once"], (A,)),
    ((sign(B) + sign(A),), [f"{A} stands behind {B}: joined signatures ascend by owner"], (A, B)),
    (
        (sign(C) + sign(B) + sign(A),),
        [
            f"{B} stands behind {C}: joined signatures ascend by owner",
            f"{A} stands behind {B}: joined signatures ascend by owner",
        ],
        (A, B, C),
    ),
    (
        (sign(A), prevalidate(B)),
        [f"{B} has not approved the hash on the chain, and is not the one who sends"],
        (A,),
    ),
]


@pytest.mark.parametrize(("parts", "faults", "signed"), FAULTS)
def test_every_fault_names_the_account(parts, faults, signed):
    report = check(*parts)
    assert (list(report.faults), report.signed, report.joined) == (faults, signed, b"")
    assert report.missing == max(0, 2 - len(signed))


def test_a_fault_stands_even_where_enough_others_signed():
    report = check(sign(A), sign(B), sign(STRANGER))
    assert (report.missing, report.joined) == (0, b"")
    assert STRANGER in report.faults[0]


def test_faults_of_one_set_are_all_told():
    report = check(sign(B) + sign(A), sign(A), sign(STRANGER), prevalidate(C))
    assert len(report.faults) == 4


def test_an_unraised_eth_sign_and_another_hash_are_of_nobody():
    for data in (sign(A, keccak256(ETH_SIGN + HASH)), sign(A, OTHER_HASH)):
        report = check(data, sign(B))
        assert report.signed == (B,)
        (fault,) = report.faults
        assert fault.endswith(ANOTHER)


@pytest.mark.parametrize(("approved", "executor"), [((B,), None), ((), B), ((B,), B)])
def test_who_approved_or_sends_needs_no_key(approved, executor):
    report = check(sign(A), prevalidate(B), approved=approved, executor=executor)
    assert (report.signed, report.faults) == ((A, B), ())
    assert report.joined == sign(A) + prevalidate(B)


def test_another_who_sends_does_not_vouch():
    (fault,) = check(sign(A), prevalidate(B), executor=C).faults
    assert fault.startswith(f"{B} has not approved")


def test_who_sends_has_not_signed_by_that_alone():
    assert check(sign(A), executor=B).missing == 1


# Signing


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0+L2", "1.4.1", "1.5.0"])
def test_what_a_signer_signs_is_his_signature_of_the_hash(version):
    account, transaction = SafeAccount(8453, STRANGER, version), SafeTx(A, b"\1", 5)
    hashes = hash_safe_tx(account.chain_id, account.address, account.version, transaction)
    for signer in map(Signer.from_key, SECRETS.values()):
        signature = signer.sign_safe_tx(account, transaction)
        assert len(signature) == SIZE
        assert signature[-1] in (27, 28)
        (found,) = parse_signatures(signature, hashes.safe_tx)
        assert (found.kind, found.owner) == (SignatureKind.ECDSA, signer.address)
        assert signer.sign_safe_tx(account, transaction) == signature
        assert signer.sign_safe_tx(account, dataclasses.replace(transaction, nonce=6)) != signature


def test_a_version_that_hashes_otherwise_is_not_signed():
    with pytest.raises(ConfigError):
        Signer.from_key(SECRETS[A]).sign_safe_tx(SafeAccount(1, STRANGER, "0.1.0"), SafeTx(A, b"", 0))
