"""The hashes of a Safe transaction: public vectors, the rules of EIP-712 written out, and what decides them."""

import dataclasses

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.address import ZERO_ADDRESS, to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_tx import CALL, DELEGATECALL, SafeTx, encode_approve
from avsctl.errors import ConfigError
from avsctl.tx.safe_hashes import build_typed_data, hash_safe_tx

SAFE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

DOMAIN_TYPE = b"EIP712Domain(uint256 chainId,address verifyingContract)"
DOMAIN_TYPE_BEFORE_1_3 = b"EIP712Domain(address verifyingContract)"
SAFE_TX_TYPE = (
    b"SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
    b"uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
)

ARBITRUM = (42161, "0x111CEEee040739fD91D29C34C33E6B3E112F2177", "1.3.0+L2")
SEPOLIA = (11155111, "0x657ff0D4eC65D82b2bC1247b0a558bcd2f80A0f1", "1.3.0")
NESTED = (11155111, "0x6bc56d6CE87C86CB0756c616bECFD3Cd32b09251", "1.4.1")
ADD_OWNER = bytes.fromhex(
    "0d582f130000000000000000000000000c75fa5a5f1c0997e3eea425cfa13184ed0ec9e5"
    "0000000000000000000000000000000000000000000000000000000000000003"
)
SEPOLIA_HASH = "cb8bbe7bf8f8a1f3f57658e450d07d4422356ac042d96a87ba425b19e67a78a1"

SHOWN = [
    (
        ARBITRUM,
        SafeTx(ARBITRUM[1], ADD_OWNER, 234),
        "1CF7F9B1EFE3BC47FE02FD27C649FEA19E79D66040683A1C86C7490C80BF7291",
        "D9109EA63C50ECD3B80B6B27ED5C5A9FD3D546C2169DFB69BFA7BA24CD14C7A5",
        "0cb7250b8becd7069223c54e2839feaed4cee156363fbfe5dd0a48e75c4e25b3",
        "b34f85cea7c4d9f384d502fc86474cd71ff27a674d785ebd23a4387871b8cbfe",
    ),
    (
        ARBITRUM,
        SafeTx(
            ARBITRUM[1],
            ADD_OWNER,
            234,
            value=1000,
            operation=DELEGATECALL,
            gas_price=50,
            gas_token="0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
            refund_receiver="0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
        ),
        "1CF7F9B1EFE3BC47FE02FD27C649FEA19E79D66040683A1C86C7490C80BF7291",
        "C7E826933DA60E6AC3E2246ED0563A26A920A65BEAA9089D784AC96234141BB3",
        "c818fceb1cace51c1a4039c4c66fc73d95eccc298104c9c52debac604b9f4e04",
        "b34f85cea7c4d9f384d502fc86474cd71ff27a674d785ebd23a4387871b8cbfe",
    ),
    (
        SEPOLIA,
        SafeTx("0x255C3912f91eF11bFDadd405F13144a823Da8cc5", b"", 4, value=10**17),
        "611379C19940CAEE095CDB12BEBE6A9FA9ABB74CDB1FBD7377C49A1F198DC24F",
        "565BBA8B51924FFA64953596D0A2DD5C2CAD39649F7DE0BF2C8DBC903BD03258",
        SEPOLIA_HASH,
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    ),
    (
        NESTED,
        SafeTx(SEPOLIA[1], encode_approve(bytes.fromhex(SEPOLIA_HASH)), 4),
        "55F6C329A7834E2A4E789F5526F328FA75D14FE75B97B0001BE40CAF46CA92A1",
        "CD411EE5D49344391EF8D37B76E19DFACF505BBB20E856AC907ACB5958ECBDF0",
        "86eb3f93f2670d119a4ecb8eeaa4dafe31a28abcafe06688d47e195a3dd7abb0",
        "873d41be4be44b68a3ad9cb19bf644be0f02392498d3a81d46d9f0741c942664",
    ),
]
"""https://github.com/pcaversaccio/safe-tx-hashes-util, README.md: its examples, one of them nested."""

TO = "0x5AC255889882aaB35A2aa939679E3F3d4Cea221E"
OLD = (1, "0x692a70D2e424a56D2C6C27aA97D1a86395877b3A", "1.0.0")
RINKEBY = (4, "0x2B0b9cBDA3D7b0F760187c52A8FFB18C48E5d96A", "1.3.0")
FROM_SAFE_ETH_PY = [
    (
        OLD,
        SafeTx(TO, b"\0", 67, 5_000_000, CALL, 50_000, 100, 10_000),
        "7c60341f3e1b4483575f38e84e97d6b332a2dd55b9290f39e6e26eef29a04fe7",
    ),
    (
        OLD,
        SafeTx(ZERO_ADDRESS, b"\x56\x29\x44", 257_000, 80_000_000, 2, 54_522, 773, 22_000_000),
        "f585279fd867c94738096f4eab964e9e202014d2f0d5155d751099ad85cbe504",
    ),
    (
        RINKEBY,
        SafeTx(
            "0x79613FD49472C3C7a32188e45ff00e7bdC8a897d",
            b"\x12\x12",
            17,
            2,
            gas_token="0xFA995c7a0d32A4e7497508a5C380369BE8dB49Db",
            refund_receiver="0x6b92f5E5360bfCa8F5d3FcE65D87382967847983",
        ),
        "01d42a801ac44d3ebd43592be980dea0756d7f7b27d718d3016a42ea7ce85587",
    ),
]
"""https://github.com/safe-global/safe-eth-py, tests of SafeTx."""

words = st.integers(0, 2**256 - 1)
addresses = st.binary(min_size=20, max_size=20).map(to_checksum)
safe_txs = st.builds(
    SafeTx,
    addresses,
    st.binary(max_size=70),
    words,
    words,
    st.integers(0, 1),
    words,
    words,
    words,
    addresses,
    addresses,
)


@pytest.mark.parametrize(("account", "transaction", "domain", "message", "safe_tx", "data"), SHOWN)
def test_what_another_tool_shows(account, transaction, domain, message, safe_tx, data):
    hashes = hash_safe_tx(*account, transaction)
    assert (hashes.domain.hex().upper(), hashes.message.hex().upper()) == (domain, message)
    assert (hashes.safe_tx.hex(), hashes.data.hex()) == (safe_tx, data)


@pytest.mark.parametrize(("account", "transaction", "safe_tx"), FROM_SAFE_ETH_PY)
def test_vectors_of_another_library(account, transaction, safe_tx):
    assert hash_safe_tx(*account, transaction).safe_tx.hex() == safe_tx


def test_type_hashes():
    assert keccak256(DOMAIN_TYPE).hex() == "47e79534a245952e8b16893a336b85a3d9ea9fa8c573f3d803afb92a79469218"
    assert keccak256(DOMAIN_TYPE_BEFORE_1_3).hex() == "035aff83d86937d35b32e04f0ddc6ff469290eef2f1b692d8a815c89404d4749"
    assert keccak256(SAFE_TX_TYPE).hex() == "bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8"


def hash_message(of):
    fields = (of.value, keccak256(of.data), of.operation, of.safe_tx_gas, of.base_gas, of.gas_price)
    kinds = ["bytes32", "address", "uint256", "bytes32", *["uint256"] * 4, "address", "address", "uint256"]
    values = (keccak256(SAFE_TX_TYPE), of.to, *fields, of.gas_token, of.refund_receiver, of.nonce)
    return keccak256(encode(kinds, values))


@given(
    safe_txs, addresses, st.integers(1, 2**64 - 1), st.sampled_from(["1.3.0", "1.4.1", "1.5.0", "1.3.0+L2", "2.0.0"])
)
def test_hashes_follow_the_rules_written_out(transaction, safe, chain_id, version):
    hashes = hash_safe_tx(chain_id, safe, version, transaction)
    domain = keccak256(encode(["bytes32", "uint256", "address"], [keccak256(DOMAIN_TYPE), chain_id, safe]))
    assert (hashes.domain, hashes.message) == (domain, hash_message(transaction))
    assert hashes.preimage == b"\x19\x01" + hashes.domain + hashes.message
    assert hashes.safe_tx == keccak256(hashes.preimage)
    assert hashes.data == keccak256(transaction.data)


@given(safe_txs, addresses, st.sampled_from(["1.0.0", "1.1.1", "1.2.0"]))
def test_before_1_3_0_the_domain_does_not_name_the_chain(transaction, safe, version):
    hashes = hash_safe_tx(1, safe, version, transaction)
    assert hashes.domain == keccak256(encode(["bytes32", "address"], [keccak256(DOMAIN_TYPE_BEFORE_1_3), safe]))
    assert hashes.message == hash_message(transaction)
    assert hashes == hash_safe_tx(8453, safe, version, transaction)


CHANGES = {
    "to": TO,
    "data": b"\2",
    "nonce": 2,
    "value": 1,
    "operation": DELEGATECALL,
    "safe_tx_gas": 1,
    "base_gas": 1,
    "gas_price": 1,
    "gas_token": TO,
    "refund_receiver": TO,
}


def test_every_field_is_hashed():
    transaction = SafeTx(SAFE, b"\1", 1)
    assert set(CHANGES) == {field.name for field in dataclasses.fields(SafeTx)}
    variants = [transaction, *(dataclasses.replace(transaction, **{name: value}) for name, value in CHANGES.items())]
    hashed = [hash_safe_tx(8453, SAFE, "1.4.1", each) for each in variants]
    assert len({each.message for each in hashed}) == len({each.safe_tx for each in hashed}) == len(variants)
    assert len({each.domain for each in hashed}) == 1


def test_chain_and_safe_are_hashed():
    domains = [hash_safe_tx(*account, SafeTx(SAFE, b"", 0)).domain for account in (ARBITRUM, SEPOLIA, NESTED)]
    assert len(set(domains)) == 3
    elsewhere = hash_safe_tx(1, *ARBITRUM[1:], SafeTx(SAFE, b"", 0)).domain
    assert elsewhere not in domains


def test_the_document_holds_numbers_as_text_and_no_chain_where_none_is_signed():
    transaction = SafeTx(SAFE, b"\xab", 2**60, 2**200)
    document = build_typed_data(8453, SAFE, "1.4.1", transaction)
    assert document["domain"] == {"chainId": "8453", "verifyingContract": SAFE}
    assert (document["message"]["value"], document["message"]["nonce"]) == (str(2**200), str(2**60))
    assert document["message"]["data"] == "0xab"
    assert build_typed_data(8453, SAFE, "1.2.0", transaction)["domain"] == {"verifyingContract": SAFE}


@pytest.mark.parametrize("version", ["0.1.0", "0.9.9", "", "1.3", "1.3.0.0", "v1.3.0", "1.3.x", "1.٣.0", "1.3000.0"])
def test_other_versions_are_refused(version):
    with pytest.raises(ConfigError):
        hash_safe_tx(1, SAFE, version, SafeTx(SAFE, b"", 0))
