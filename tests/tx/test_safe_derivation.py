"""What a file hashes to, and what its hashes rest on: options, the sidecar, the chain."""

from dataclasses import replace

import pytest

from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.transaction import Transaction
from avsctl.core.deployment import BlockRef, Generation
from avsctl.core.multisig import SafeState
from avsctl.errors import ConfigError, UsageError
from avsctl.tx.safe_batch import BatchHead, build_batch, parse_batch
from avsctl.tx.safe_derivation import Found, Given, Origin, derive, is_known
from avsctl.tx.safe_file import SafeFile, find_safe
from avsctl.tx.safe_proposal import SafeAccount, propose
from avsctl.tx.sidecar import Sidecar

SAFE = "0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb"
CENTER = "0x04d2D471959b7Adbaf27A2E158D25088ab8C2843"
OWNERS = ("0x84fD386597196662E84358C3A5DeAe3f53e14ffD", "0x39C650FCdF17B88bb296dfdf08Fe43d65515091e")
CALLS = (Transaction(CENTER, b"\1\2\3\4"), Transaction(CENTER, b"\5\6\7\x08"))
SHA256 = "41" * 32
(V130, _, _, V141, _, _) = DEPLOYMENTS


def make_file(calls=CALLS, *, made_for=SAFE, has_sidecar=True, version="1.4.1", nonce=41, multi_send=V141, **claims):
    batch = parse_batch(build_batch(8453, SAFE, calls, 1, "task update"), None)
    sidecar = make_sidecar(calls, version, nonce, multi_send) if has_sidecar else None
    return SafeFile("f.json", SHA256, replace(batch, safe=made_for), replace(sidecar, **claims) if claims else sidecar)


def make_sidecar(calls, version, nonce, multi_send):
    proposal = propose(SafeAccount(8453, SAFE, version), calls, nonce, multi_send.address)
    return Sidecar(
        avsctl="0.1.0",
        batch_sha256=SHA256,
        head=BatchHead(1, "task update"),
        chain_id=8453,
        generation=Generation.V2,
        attestation_center=CENTER,
        safe=SAFE,
        safe_version=version,
        threshold=2,
        owners=OWNERS,
        safe_tx=proposal.safe_tx,
        hashes=proposal.hashes,
        l1=None,
        l2=BlockRef(8453, 1, "0x" + "11" * 32, 1),
        expected=(),
    )


def found(version="1.3.0", nonce=7, multi_send=V130):
    return Found(SafeState(version, 2, OWNERS, nonce), multi_send)


def origins(derived):
    return derived.version_from, derived.nonce_from, derived.multi_send_from


def test_the_sidecar_is_enough():
    file = make_file()
    assert is_known(file, Given())
    derived = derive(file, Given(), None)
    assert origins(derived) == (Origin.SIDECAR,) * 3
    assert (derived.proposal.hashes, derived.mismatches) == (file.sidecar.hashes, ())


def test_a_multi_send_of_another_version_is_taken_where_the_sidecar_names_a_known_one():
    derived = derive(make_file(multi_send=V130), Given(), None)
    assert (derived.multi_send, derived.proposal.safe_tx.to, derived.mismatches) == (V130, V130.address, ())


def test_options_are_enough_and_multi_send_is_then_the_canonical_one():
    file, given = make_file(has_sidecar=False), Given("1.4.1", 41)
    assert is_known(file, given)
    derived = derive(file, given, None)
    assert origins(derived) == (Origin.OPTION, Origin.OPTION, Origin.ASSUMED)
    assert (derived.multi_send, derived.proposal.hashes) == (V141, make_file().sidecar.hashes)


def test_the_chain_tells_what_nobody_else_does():
    file = make_file(has_sidecar=False)
    assert not any(is_known(file, given) for given in (Given(), Given("1.4.1"), Given(nonce=41)))
    assert origins(derive(file, Given(), found())) == (Origin.CHAIN,) * 3
    assert origins(derive(file, Given(nonce=9), found())) == (Origin.CHAIN, Origin.OPTION, Origin.CHAIN)
    derived = derive(file, Given(), found())
    assert derived.proposal == propose(SafeAccount(8453, SAFE, "1.3.0"), file.batch.transactions, 7, V130.address)


def test_several_calls_need_a_multi_send_and_one_none():
    with pytest.raises(UsageError, match="no MultiSendCallOnly that is known"):
        derive(make_file(has_sidecar=False), Given(), found(multi_send=None))
    derived = derive(make_file(CALLS[:1], has_sidecar=False), Given(), found(multi_send=None))
    assert (derived.multi_send, derived.multi_send_from, derived.proposal.safe_tx.to) == (None, None, CENTER)


def test_options_go_before_the_sidecar_and_are_no_mismatch():
    for given in (Given(nonce=42), Given("1.1.1"), Given("1.1.1", 42)):
        derived = derive(make_file(), given, None)
        assert derived.mismatches == ()
        assert derived.proposal.hashes.safe_tx != make_file().sidecar.hashes.safe_tx
    assert derive(make_file(), Given("1.4.1", 41), None).proposal.hashes == make_file().sidecar.hashes


@pytest.mark.parametrize(
    ("claims", "names"),
    [
        ({"batch_sha256": "00" * 32}, {"file.sha256"}),
        ({"chain_id": 1}, {"chain_id"}),
        ({"safe": CENTER}, {"safe.address"}),
        ({"checksum_ok": False}, {"checksum"}),
        ({"safe_version": "1.1.1"}, {"hashes.domain", "hashes.safe_tx"}),
        ({"safe_tx": replace(make_file().sidecar.safe_tx, operation=0)}, {"safe_tx.operation"}),
        ({"safe_tx": replace(make_file().sidecar.safe_tx, to=CENTER)}, {"safe_tx.to"}),
        ({"safe_tx": replace(make_file().sidecar.safe_tx, gas_price=1)}, {"safe_tx.gas_price"}),
        ({"safe_tx": replace(make_file().sidecar.safe_tx, nonce=40)}, {"hashes.message", "hashes.safe_tx"}),
        *(
            ({"hashes": replace(make_file().sidecar.hashes, **{name: bytes(32)})}, {f"hashes.{name}"})
            for name in ("domain", "message", "safe_tx", "data")
        ),
    ],
)
def test_what_the_sidecar_claims_falsely_is_named(claims, names):
    assert {each.field for each in derive(make_file(**claims), Given(), None).mismatches} == names


def test_swapped_calls_are_told_by_the_data():
    derived = derive(replace(make_file(), batch=make_file(CALLS[::-1]).batch), Given(), None)
    names = {"safe_tx.data", "hashes.data", "hashes.message", "hashes.safe_tx"}
    assert {each.field for each in derived.mismatches} == names


def test_files_without_safe_or_calls():
    assert find_safe(make_file(made_for=None)) == SAFE
    with pytest.raises(ConfigError, match="does not say which Safe"):
        find_safe(make_file(made_for=None, has_sidecar=False))
    with pytest.raises(ConfigError, match="holds no transaction"):
        find_safe(make_file((), has_sidecar=False))


@pytest.mark.parametrize("version", ["0.1.0", "1.4", "x"])
def test_versions_that_hash_otherwise(version):
    with pytest.raises(ConfigError, match=r"version|no version"):
        derive(make_file(), Given(version), None)
