"""Real Safes on a local node: the released bytecode of three versions, at its canonical addresses.

From the npm packages in devtools, for tests only. Their absence is a failure, never a skip.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from avsctl.contracts.address import ZERO_ADDRESS, to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.devnet import rpc

MODULES = Path(__file__).parents[2] / "devtools/node_modules"
PACKAGES = {
    "1.3.0": "@gnosis.pm/safe-contracts",
    "1.4.1": "@safe-global/safe-contracts",
    "1.5.0": "@safe-global/safe-smart-account",
}
VERSIONS = tuple(PACKAGES)
PREFIXES = {"1.3.0": "Gnosis"}
"""What the names of a version's own contracts begin with."""

SINGLETON_FACTORY = "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7"
"""Safe's own. The code of the one that anvil has from the start is the same."""
ANVIL_FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
FACTORIES = {"1.3.0": ANVIL_FACTORY}

CALL, DELEGATECALL = 0, 1
EXEC = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"


def deploy_safe(url: str, version: str) -> dict[str, str]:
    """Deploy one version where it is not yet; gives the address by contract (``Safe``, ``MultiSendCallOnly``, ..)."""
    (account, *_) = rpc.call(url, "eth_accounts")
    rpc.call(url, "anvil_setCode", SINGLETON_FACTORY, rpc.call(url, "eth_getCode", ANVIL_FACTORY, "latest"))
    factory = FACTORIES.get(version, SINGLETON_FACTORY)
    addresses = {}
    for name, initcode in load_initcodes(version).items():
        addresses[name] = _create2_address(factory, initcode)
        if rpc.call(url, "eth_getCode", addresses[name], "latest") == "0x":
            rpc.send(url, [rpc.Transaction(account, factory, bytes(32) + initcode)])
            assert rpc.call(url, "eth_getCode", addresses[name], "latest") != "0x"
    return addresses


def create_safe(url: str, version: str, owners: Sequence[str], threshold: int, salt: int = 0) -> str:
    """Create a Safe, deploying its version where it is not yet; gives its address."""
    at = deploy_safe(url, version)
    (account, *_) = rpc.call(url, "eth_accounts")
    setup = rpc.calldata(
        "setup(address[],uint256,address,bytes,address,address,uint256,address)",
        *(owners, threshold, ZERO_ADDRESS, b"", at["CompatibilityFallbackHandler"], ZERO_ADDRESS, 0, ZERO_ADDRESS),
    )
    create = rpc.calldata("createProxyWithNonce(address,bytes,uint256)", at["Safe"], setup, salt)
    request = {"from": account, "to": at["ProxyFactory"], "data": "0x" + create.hex()}
    address = to_checksum("0x" + rpc.call(url, "eth_call", request, "latest")[-40:])
    rpc.send(url, [rpc.Transaction(account, at["ProxyFactory"], create)])
    return address


def execute(url: str, safe: str, to: str, data: bytes, operation: int = CALL) -> dict:
    """Let the Safe's owners, accounts that the node signs for, approve a transaction, and the first one execute it.

    Raises:
        ChainError: it reverted.
    """
    owners, needed, nonce = (_read(url, safe, name) for name in ("getOwners()", "getThreshold()", "nonce()"))
    count = int.from_bytes(needed)
    signers = sorted((to_checksum(owners[at + 12 : at + 32]) for at in range(64, len(owners), 32)), key=bytes_of)
    fields = (to, 0, data, operation, 0, 0, 0, ZERO_ADDRESS, ZERO_ADDRESS)
    hashing = EXEC.replace("execTransaction", "getTransactionHash").replace("bytes)", "uint256)")
    tx_hash = rpc.read(url, safe, rpc.calldata(hashing, *fields, int.from_bytes(nonce)))
    approve = rpc.calldata("approveHash(bytes32)", tx_hash)
    rpc.send(url, [rpc.Transaction(owner, safe, approve) for owner in signers[1:count]])
    signatures = b"".join(bytes(12) + bytes_of(owner) + bytes(32) + b"\1" for owner in signers[:count])
    (receipt,) = rpc.send(url, [rpc.Transaction(signers[0], safe, rpc.calldata(EXEC, *fields, signatures))])
    return receipt


@cache
def load_initcodes(version: str) -> dict[str, bytes]:
    """Give the creation code of the contracts that a Safe needs, by name without a version's prefix."""
    build = MODULES / PACKAGES[version] / "build/artifacts/contracts"
    assert build.is_dir(), f"{build} is not there: run `make setup`"
    prefix = PREFIXES.get(version, "")
    files = {
        "Safe": f"{prefix}Safe.sol/{prefix}Safe.json",
        "ProxyFactory": f"proxies/{prefix}SafeProxyFactory.sol/{prefix}SafeProxyFactory.json",
        "CompatibilityFallbackHandler": "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json",
        "MultiSendCallOnly": "libraries/MultiSendCallOnly.sol/MultiSendCallOnly.json",
    }
    return {name: bytes.fromhex(json.loads((build / file).read_text())["bytecode"][2:]) for name, file in files.items()}


def bytes_of(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def _read(url: str, safe: str, signature: str) -> bytes:
    return rpc.read(url, safe, rpc.calldata(signature))


def _create2_address(factory: str, initcode: bytes) -> str:
    """https://eips.ethereum.org/EIPS/eip-1014, salt 0."""
    return to_checksum(keccak256(b"\xff" + bytes_of(factory) + bytes(32) + keccak256(initcode))[12:])
