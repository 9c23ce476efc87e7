"""``safe hash`` against real Safes: the hashes are theirs, and what an external signer makes of them they take."""

import json
import subprocess
from pathlib import Path

import pytest
import safes
from commandline import run
from test_safes import govern_by

from avsctl.contracts.address import to_checksum
from avsctl.contracts.transaction import Transaction
from avsctl.devnet import rpc
from avsctl.devnet.rpc import calldata
from avsctl.tx.safe_batch import build_batch

CAST = safes.MODULES / ".bin/cast"
KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
)
"""Of anvil's first accounts, the owners of the Safe."""


@pytest.fixture(params=safes.VERSIONS)
def governed(request, devnets, unchanged):
    """A devnet governed by a Safe of each version, and that Safe."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield devnet, govern_by(devnet, request.param), request.param


def write(folder, devnet, safe, count=2):
    """Write a batch file of calls, without a sidecar."""
    calls = [
        Transaction(
            devnet.contracts.attestation_center, calldata("setTaskDefinitionMinVotingPower(uint16,uint256)", 1, n)
        )
        for n in range(count)
    ]
    chain_id = int(rpc.call(devnet.l2_url, "eth_chainId"), 16)
    path = folder / f"{count}.json"
    path.write_text(build_batch(chain_id, safe, calls, 1, "test"))
    return str(path)


def hash_(devnet, env_for, *arguments):
    return run(env_for(devnet), "safe", "hash", *arguments)


def ask(devnet, safe, signature, *arguments):
    return rpc.read(devnet.l2_url, safe, calldata(signature, *arguments))


@pytest.mark.parametrize("count", [1, 2])
def test_the_hashes_are_the_safes_own(governed, env_for, tmp_path, count):
    devnet, safe, version = governed
    safes.execute(devnet.l2_url, safe, devnet.multisig, b"")
    answer = hash_(devnet, env_for, write(tmp_path, devnet, safe, count), "-o", "json")
    assert answer.status == 0, answer.stderr
    data, fields = answer.data, answer.data["safe_tx"]
    assert (data["safe"]["version"], data["safe"]["nonce"]) == (version, 1)
    assert {data["safe"][name] for name in ("version_from", "nonce_from")} == {"chain"}
    assert answer.codes == ["sidecar_missing"]
    multi_send = safes.deploy_safe(devnet.l2_url, version)["MultiSendCallOnly"]
    expected = {"address": multi_send, "version": version, "from": "chain"}
    assert (data["multi_send"], fields["operation"]) == ((expected, 1) if count > 1 else (None, 0))
    hashing = safes.EXEC.replace("execTransaction", "getTransactionHash").replace("bytes)", "uint256)")
    zero = "0x" + "00" * 20
    values = (fields["to"], 0, bytes.fromhex(fields["data"][2:]), fields["operation"], 0, 0, 0, zero, zero, 1)
    assert data["hashes"]["safe_tx"] == "0x" + ask(devnet, safe, hashing, *values).hex()
    assert data["hashes"]["domain"] == "0x" + ask(devnet, safe, "domainSeparator()").hex()


def test_an_external_signer_signs_the_typed_data(governed, env_for, tmp_path):
    devnet, safe, _ = governed
    path = write(tmp_path, devnet, safe)
    (tmp_path / "typed.json").write_text(hash_(devnet, env_for, path, "--typed-data").stdout)
    digest = bytes.fromhex(hash_(devnet, env_for, path, "-o", "json").data["hashes"]["safe_tx"][2:])
    signed = {}
    for key in KEYS[:2]:
        command = [CAST, "wallet", "sign", "--private-key", key, "--data", "--from-file", tmp_path / "typed.json"]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        address = subprocess.run([CAST, "wallet", "address", key], capture_output=True, text=True, check=True).stdout
        signed[address.strip()] = bytes.fromhex(shown.strip()[2:])
    joined = b"".join(signed[owner] for owner in sorted(signed, key=lambda owner: int(owner, 16)))
    ask(devnet, safe, "checkSignatures(bytes32,bytes,bytes)", digest, b"", joined)  # reverts where one is wrong


def test_an_owner_approves_the_hash(governed, env_for, tmp_path):
    devnet, safe, _ = governed
    path = write(tmp_path, devnet, safe)
    digest = hash_(devnet, env_for, path, "-o", "json").data["hashes"]["safe_tx"]
    owner = to_checksum(rpc.call(devnet.l2_url, "eth_accounts")[2])
    answer = hash_(devnet, env_for, path, "--approve-hash")
    rpc.send(devnet.l2_url, [rpc.Transaction(owner, safe, bytes.fromhex(answer.stdout.strip()[2:]))])
    found = ask(devnet, safe, "approvedHashes(address,bytes32)", owner, bytes.fromhex(digest[2:]))
    assert int.from_bytes(found) == 1


def test_a_file_of_another_chain_and_an_account_that_is_no_safe(governed, env_for, tmp_path):
    devnet, safe, _ = governed
    path = write(tmp_path, devnet, devnet.multisig)
    answer = hash_(devnet, env_for, path)
    assert answer.status == 2
    assert f"{devnet.multisig} is no Safe" in answer.stderr
    document = json.loads(Path(write(tmp_path, devnet, safe)).read_text())
    (tmp_path / "other.json").write_text(json.dumps(document | {"chainId": "8453"}))
    answer = hash_(devnet, env_for, str(tmp_path / "other.json"))
    assert answer.status == 2
    assert "is of Base (8453), and L2 is" in answer.stderr
