"""A signer shows its address and never its key, and signs what web3's own account would."""

import copy
import traceback

import pytest
from eth_account import Account

from avsctl.core.units import Address
from avsctl.errors import UsageError
from avsctl.tx.signer import Signer

KEY = bytes.fromhex("7d5f2a9be1c3408f96a0b45d2c8e713f5b6a90c4d3e2f1807162534435261708")
OTHER = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
FIELDS = {"chainId": 8453, "nonce": 3, "to": OTHER, "value": 5, "data": b"\x01\x02", "gas": 50_000}
DYNAMIC = FIELDS | {"type": 2, "maxFeePerGas": 10, "maxPriorityFeePerGas": 1}
LEGACY = FIELDS | {"gasPrice": 10}


def test_a_signer_shows_its_address_alone():
    signer = Signer.from_key(KEY)
    assert signer.address == Account.from_key(KEY).address
    assert repr(signer) == f"Signer(address='{signer.address}')"
    shown = f"{signer}{[signer]}{signer!r}{vars(signer)}{copy.copy(signer)}"
    assert KEY.hex() not in shown
    assert repr(KEY) not in shown
    assert str(int.from_bytes(KEY)) not in shown


@pytest.mark.parametrize("fields", [DYNAMIC, LEGACY])
def test_what_is_signed_is_recovered_to_the_signer_on_the_one_chain(fields):
    signer = Signer.from_key(KEY)
    raw = signer.sign_transaction(fields)
    assert Account.recover_transaction(raw) == signer.address
    assert signer.sign_transaction(fields) == raw
    assert signer.sign_transaction(fields | {"chainId": 1}) != raw


def test_another_sender_than_the_signer_is_refused_with_both_addresses():
    signer = Signer.from_key(KEY)
    signer.require(signer.address)
    with pytest.raises(UsageError) as caught:
        signer.require(OTHER)
    assert signer.address in str(caught.value)
    assert OTHER in str(caught.value)
    assert KEY.hex() not in "".join(traceback.format_exception(caught.value))


def test_what_cannot_be_signed_does_not_show_the_key():
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever eth_account raises
        Signer.from_key(KEY).sign_transaction({"gas": "much"})
    assert KEY.hex() not in "".join(traceback.format_exception(caught.value))
