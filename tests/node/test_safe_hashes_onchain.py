"""Real Safes of three versions agree: on every hash, and on which signatures are right, whatever set is handed in.

Oracle: the Safe's own getTransactionHash, domainSeparator, checkNSignatures and checkSignatures.
"""

import random
from dataclasses import dataclass

import pytest
import safes
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys import keys
from eth_keys.constants import SECPK1_G, SECPK1_N
from test_safes import reading

from avsctl.contracts.abi import Function
from avsctl.contracts.address import ZERO_ADDRESS, to_checksum
from avsctl.contracts.call import Answer
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe import Safe
from avsctl.contracts.safe_reverts import MEANINGS, explain_safe_revert
from avsctl.contracts.safe_tx import SafeTx, encode_approve, encode_exec, prevalidate
from avsctl.devnet import rpc
from avsctl.errors import ConfigError
from avsctl.tx.safe_hashes import SafeHashes, hash_safe_tx
from avsctl.tx.safe_proposal import SafeAccount
from avsctl.tx.safe_signatures import SIZE, check_signatures, join_signatures, parse_signatures
from avsctl.tx.signer import Signer

SECRETS = [keccak256(b"owner %d" % number) for number in range(5)]
SIGNERS = [Signer.from_key(secret) for secret in SECRETS]
ALICE, BOB, CAROL, APPROVER, STRANGER = (signer.address for signer in SIGNERS)
SECRET_BY_ADDRESS = {signer.address: secret for signer, secret in zip(SIGNERS, SECRETS, strict=True)}
THRESHOLD = 3
ROUNDS = 60

CHECK_N = Function("Safe", None, "checkNSignatures", ("bytes32", "bytes", "bytes", "uint256"), ())


def nothing(data):
    assert data == b""


def random_safe_tx(rng):
    def address():
        return to_checksum(rng.randbytes(20))

    def number():
        return rng.randrange(2 ** rng.choice([1, 64, 256]))

    gas = number(), number(), number()
    return SafeTx(address(), rng.randbytes(rng.randrange(70)), number(), number(), rng.randrange(2), *gas, address())


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_hashes_are_the_safes_own(devnet_v2, version):
    url, rng = devnet_v2.l2_url, random.Random(version)  # noqa: S311 - has to be repeatable
    safe = Safe(safes.create_safe(url, version, [ALICE], 1))
    transactions = [SafeTx(ALICE, b"", 0), *(random_safe_tx(rng) for _ in range(15))]
    with reading(url) as reader:
        chain_id = reader.block.chain_id
        (domain,) = reader.require([safe.domain_separator()])
        found = reader.require([safe.transaction_hash(each) for each in transactions])
    hashes = [hash_safe_tx(chain_id, safe.address, version, each) for each in transactions]
    assert [each.safe_tx for each in hashes] == found
    assert {each.domain for each in hashes} == {domain}


@dataclass
class World:
    """A Safe with people, a Safe that signs by EIP-1271, and a Safe and a person who approved on the chain."""

    url: str
    safe: str
    inner: str
    approver: str
    owners: tuple
    transaction: SafeTx
    account: SafeAccount
    hashes: SafeHashes

    @property
    def approved(self):
        return {APPROVER, self.approver}

    def check(self, given, threshold=THRESHOLD):
        return check_signatures(given, self.owners, threshold, self.approved)

    def check_alone(self, group):
        """Ask for all of a group, with nobody filling in."""
        vouched = self.approved & {each.owner for each in group}
        return check_signatures([group], self.owners, len(group), vouched)

    def parse(self, data):
        return parse_signatures(data, self.hashes.safe_tx)

    def passes(self, signatures, count):
        """Ask the Safe of each whether so many of its signatures are right, and which code it reverts with."""
        asked = (self.hashes.safe_tx, self.hashes.preimage)
        calls = [
            CHECK_N.call(self.safe, *asked, each, n, gas=500_000, decode=nothing, alone=True)
            for each, n in zip(signatures, count, strict=True)
        ]
        return self.ask(calls)

    def accepts(self, signatures):
        """Ask the Safe of each whether it would be enough for an execution."""
        asked = (self.hashes.safe_tx, self.hashes.preimage)
        return self.ask([Safe(self.safe).check_signatures(*asked, each) for each in signatures])

    def ask(self, calls):
        with reading(self.url) as reader:
            return [None if isinstance(each, Answer) else each.revert for each in reader.read(calls)]


@pytest.fixture
def world(devnet_v2, version):
    url = devnet_v2.l2_url
    unlocked = rpc.call(url, "eth_accounts")[:1]
    inner = safes.create_safe(url, version, [CAROL], 1)
    approver = safes.create_safe(url, version, unlocked, 1)
    owners = (ALICE, BOB, CAROL, APPROVER, inner, approver)
    safe = safes.create_safe(url, version, owners, THRESHOLD)
    account = SafeAccount(int(rpc.call(url, "eth_chainId"), 16), safe, version)
    transaction = SafeTx(ALICE, b"\1\2\3", 0)
    hashes = hash_safe_tx(account.chain_id, safe, version, transaction)
    approve = encode_approve(hashes.safe_tx)
    rpc.call(url, "anvil_setBalance", APPROVER, hex(10**18))
    rpc.call(url, "anvil_impersonateAccount", APPROVER)
    rpc.send(url, [rpc.Transaction(APPROVER, safe, approve, 100_000)])
    safes.execute(url, approver, safe, approve)
    return World(url, safe, inner, approver, owners, transaction, account, hashes)


def sign(account, digest):
    signature = keys.PrivateKey(SECRET_BY_ADDRESS[account]).sign_msg_hash(digest)
    return signature.r.to_bytes(32) + signature.s.to_bytes(32) + bytes([signature.v + 27])


def eth_sign(account, digest):
    signature = sign(account, keccak256(b"\x19Ethereum Signed Message:\n32" + digest))
    return signature[:-1] + bytes([signature[-1] + 4])


def sign_as_inner(world):
    """Sign as the owner of the inner Safe what the outer one asks that for: the preimage, from 1.5.0 the hash."""
    message = world.hashes.safe_tx if world.account.version == "1.5.0" else world.hashes.preimage
    document = {
        "types": {
            "EIP712Domain": [
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "SafeMessage": [{"name": "message", "type": "bytes"}],
        },
        "primaryType": "SafeMessage",
        "domain": {"chainId": world.account.chain_id, "verifyingContract": world.inner},
        "message": {"message": message},
    }
    key = SECRET_BY_ADDRESS[CAROL]
    return bytes(Account.sign_message(encode_typed_data(full_message=document), key).signature)


def locate(account, position):
    return bytes(12) + safes.bytes_of(account) + position.to_bytes(32) + b"\0"


def concatenate(items):
    """Join as they stand: each is an owner, a fixed part, and what a contract signed or None."""
    fixed, tail = b"", b""
    for owner, static, content in items:
        fixed += static if content is None else locate(owner, SIZE * len(items) + len(tail))
        tail += b"" if content is None else len(content).to_bytes(32) + content
    return fixed + tail


def build_pool(world):
    """Give items that are right and items that are wrong."""
    digest, other = world.hashes.safe_tx, keccak256(b"another hash")
    right = [
        *((signer.address, signer.sign_safe_tx(world.account, world.transaction), None) for signer in SIGNERS[:3]),
        *((person, eth_sign(person, digest), None) for person in (ALICE, BOB)),
        *((person, prevalidate(person), None) for person in (APPROVER, world.approver)),
        (world.inner, b"", sign_as_inner(world)),
    ]
    wrong = [
        (STRANGER, sign(STRANGER, digest), None),
        (STRANGER, eth_sign(STRANGER, digest), None),
        (STRANGER, prevalidate(STRANGER), None),
        (ZERO_ADDRESS, prevalidate(ZERO_ADDRESS), None),
        (BOB, sign(BOB, other), None),
        (BOB, sign(BOB, keccak256(b"\x19Ethereum Signed Message:\n32" + digest)), None),
        (CAROL, prevalidate(CAROL), None),
    ]
    return right, wrong


def draw_sets(rng, right, wrong):
    """Draw sets of one to five, most of them sorted, without doubles, or all right."""
    for _ in range(ROUNDS):
        pool = right if rng.random() < 0.6 else right + wrong
        drawn = rng.choices(pool, k=rng.randrange(1, 6))
        if rng.random() < 0.8:
            drawn = list({item[0]: item for item in drawn}.values())
        yield sorted(drawn, key=lambda item: int(item[0], 16)) if rng.random() < 0.8 else drawn


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_what_is_joined_passes_and_what_is_at_fault_reverts(world, version):
    rng = random.Random(version)  # noqa: S311 - has to be repeatable
    sets = list(draw_sets(rng, *build_pool(world)))
    blobs, sizes = [concatenate(items) for items in sets], [len(items) for items in sets]
    parsed = [world.parse(blob) for blob in blobs]
    assert [len(group) for group in parsed] == sizes

    reports = [world.check_alone(group) for group in parsed]
    reverts = world.passes(blobs, sizes)
    assert [report.faults == () for report in reports] == [revert is None for revert in reverts]
    right = [(report.joined, blob) for report, blob in zip(reports, blobs, strict=True) if not report.faults]
    assert all(joined == blob for joined, blob in right)

    apart = [world.check([[each] for each in group]) for group in parsed]
    joined = [report.joined for report in apart if report.joined]
    few = [join_signatures(group) for group, report in zip(parsed, apart, strict=True) if report.missing]
    assert world.accepts(joined) == [None] * len(joined)
    assert None not in world.accepts(few)
    codes = [revert.args[0] for revert in (*reverts, *world.accepts(few)) if revert]
    assert {"GS020", "GS025", "GS026"} <= set(codes) <= set(MEANINGS)
    assert len(joined) >= 10 <= reverts.count(None) <= ROUNDS - 10


def hostile(world):
    """Give what nobody can have signed: each with how many signatures the Safe is to look for."""
    good = sign(ALICE, world.hashes.safe_tx)
    at_infinity = SECPK1_G[0].to_bytes(32) + world.hashes.safe_tx + bytes([27 + SECPK1_G[1] % 2])
    inner = sign_as_inner(world)
    signed = len(inner).to_bytes(32) + inner
    return [
        *((good[:-1] + bytes([v]), 1) for v in (2, 26, 29, 30, 33, 34, 255)),
        (bytes(32) + good[32:], 1),
        (good[:32] + bytes(32) + good[64:], 1),
        (SECPK1_N.to_bytes(32) + good[32:], 1),
        (good[:32] + SECPK1_N.to_bytes(32) + good[64:], 1),
        (b"\xff" * 32 + good[32:], 1),
        (at_infinity, 1),
        (good[:-1], 1),
        (good + good[:-1], 2),
        (locate(world.inner, 64) + signed, 1),
        (locate(world.inner, 0) + signed, 1),
        (locate(world.inner, SIZE) + signed[:-1], 1),
        (locate(world.inner, SIZE) + signed[:31], 1),
        (locate(world.inner, 2**256 - 1) + signed, 1),
        (locate(world.inner, SIZE) + b"\xff" * 32 + inner, 1),
    ]


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_what_is_not_read_is_not_taken_by_the_safe_and_what_else_it_takes_is(world, version):
    cases = hostile(world)
    for data, _ in cases:
        with pytest.raises(ConfigError):
            world.parse(data)
    assert None not in world.passes(*zip(*cases, strict=True))

    low = sign(ALICE, world.hashes.safe_tx)
    high = low[:32] + (SECPK1_N - int.from_bytes(low[32:64])).to_bytes(32) + bytes([55 - low[-1]])
    raised = world.check_alone(world.parse(low[:-1] + bytes([low[-1] - 27]))).joined
    assert (world.check_alone(world.parse(high)).joined, raised) == (high, low)
    assert world.passes([high, raised], [1, 1]) == [None, None]

    foreign = world.check_alone(world.parse(concatenate([(world.inner, b"", sign(BOB, world.hashes.safe_tx))])))
    assert foreign.faults == ()  # the Safe alone can tell
    (revert,) = world.passes([foreign.joined], [1])
    assert explain_safe_revert(revert) is not None


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_what_is_joined_executes_with_the_word_of_the_one_who_sends(world, version):
    given = [
        world.parse(SIGNERS[0].sign_safe_tx(world.account, world.transaction)),
        world.parse(concatenate([(world.inner, b"", sign_as_inner(world))])),
        world.parse(prevalidate(BOB)),
    ]
    assert BOB in world.check(given).faults[0]
    report = check_signatures(given, world.owners, THRESHOLD, (), executor=BOB)
    assert (report.missing, report.faults) == (0, ())
    (revert,) = world.accepts([report.joined])
    assert revert.args == ("GS025",)  # who asks is not the one who sends

    rpc.call(world.url, "anvil_setBalance", BOB, hex(10**18))
    rpc.call(world.url, "anvil_impersonateAccount", BOB)
    execution = encode_exec(world.transaction, report.joined)
    rpc.send(world.url, [rpc.Transaction(BOB, world.safe, execution, 500_000)])
    with reading(world.url) as reader:
        approvals = [Safe(world.safe).approved(owner, world.hashes.safe_tx) for owner in world.owners]
        nonce, *approved = reader.require([Safe(world.safe).nonce(), *approvals])
    assert nonce == 1
    assert {owner for owner, flag in zip(world.owners, approved, strict=True) if flag} == world.approved
