"""What is committed from Solidity is what its sources give, and the devnet's contracts have the published ABIs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from eth_hash.auto import keccak

ROOT = Path(__file__).parents[2]
LENS = json.loads((ROOT / "avsctl/contracts/lens.json").read_text())
ARTIFACTS = ROOT / "avsctl/devnet/artifacts"


def published(name):
    return json.loads((ROOT / f"abis/{name}.json").read_text())


def of_artifacts(*names):
    return [entry for name in names for entry in json.loads((ARTIFACTS / f"{name}.json").read_text())["abi"]]


def canonical(parameter):
    if not parameter["type"].startswith("tuple"):
        return parameter["type"]
    inner = ",".join(canonical(member) for member in parameter["components"])
    return f"({inner}){parameter['type'][5:]}"


def signature(entry):
    return f"{entry['name']}({','.join(canonical(parameter) for parameter in entry['inputs'])})"


def shape(entry):
    """All that matters on chain: parameter names are left out."""
    returns = tuple(canonical(parameter) for parameter in entry.get("outputs", ()))
    indexed = tuple(parameter.get("indexed") for parameter in entry["inputs"])
    return entry["type"], signature(entry), returns, indexed, entry.get("stateMutability")


def test_committed_output_is_what_the_sources_give():
    node = shutil.which("node")
    assert node, "node is not on PATH: the Solidity sources cannot be checked"
    result = subprocess.run(
        [node, "devtools/build.mjs", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("AttestationCenter.v1", ["AttestationCenterV1"]),
        (
            "AttestationCenter.v2",
            ["AttestationCenterV2", "AttestationCenterV2Extension", "AttestationCenterV2Obsolete"],
        ),
        ("AttestationCenter.v3", ["AttestationCenterV3", "AttestationCenterV3Extension"]),
        ("AvsGovernance.v1", ["AvsGovernanceV1"]),
        ("AvsGovernance.v2", ["AvsGovernanceV2"]),
        ("AvsGovernance.v3", ["AvsGovernanceV3"]),
        ("InternalTaskHandler.v2", ["InternalTaskHandlerV2"]),
        ("InternalTaskHandler.v3", ["InternalTaskHandlerV3"]),
        ("OBLS.v1", ["OblsV1"]),
        ("OBLS.v2", ["OblsV2"]),
        ("OBLS.v3", ["OblsV3"]),
        ("Multicall3", ["Multicall3Compatible"]),
    ],
)
def test_the_devnet_answers_in_the_shape_of_the_published_abi(name, parts):
    known = {shape(entry) for entry in published(name)}
    names = {entry["name"] for entry in published(name)}
    for entry in of_artifacts(*parts):
        if entry.get("name") in names:
            assert shape(entry) in known


SELECTORS = {
    ("AttestationCenter.v1", "createNewTaskDefinition"): ["0x0c62bf0d"],
    ("AttestationCenter.v2", "createNewTaskDefinition"): ["0x0c62bf0d", "0x306fba1c"],
    ("AttestationCenter.v3", "createNewTaskDefinition"): ["0x306fba1c"],
    ("AttestationCenter.v1", "setTaskDefinitionRestrictedOperators"): ["0xc8c9e7ab"],
    ("AttestationCenter.v2", "setTaskDefinitionRestrictedAttesters"): ["0x58e75c82"],
    ("AttestationCenter.v2", "setTaskDefinitionMaximumNumberOfAttesters"): ["0x5fdd0ac7"],
    ("AttestationCenter.v2", "submitTask"): ["0x8a7ce8a4", "0xfff768e3"],
    ("AttestationCenter.v3", "getTaskDefinitionDetails"): ["0x2fd60f1d"],
    ("AttestationCenter.v3", "updateInternalTaskConfig"): ["0x84efb8ea"],
    ("AttestationCenter.v3", "setBaseRewardFeeForAttesters"): ["0xd33cf7d8"],
    ("OBLS.v1", "setTotalVotingPowerPerTaskDefinition"): ["0xe010f957"],
    ("OBLS.v2", "setTotalVotingPowerPerRestrictedTaskDefinition"): ["0xca87bf8f"],
    ("InternalTaskHandler.v2", "processTask"): ["0x9d002345"],
    ("AvsGovernance.v1", "NotActiveOperator"): ["0x3d738b2e"],
    ("AvsGovernance.v2", "NotActiveOperator"): ["0x3d738b2e"],
    ("AvsGovernance.v3", "NotActiveOperator"): ["0x3d738b2e"],
    ("Multicall3", "aggregate3"): ["0x82ad56cb"],
}


@pytest.mark.parametrize(("where", "selectors"), SELECTORS.items())
def test_selectors_of_the_published_abis(where, selectors):
    abi, name = where
    found = [keccak(signature(entry).encode())[:4].hex() for entry in published(abi) if entry["name"] == name]
    assert sorted("0x" + selector for selector in found) == selectors


def test_every_abi_is_one_entry_a_line_without_repetition():
    for path in (ROOT / "abis").glob("*.json"):
        entries = json.loads(path.read_text())
        assert len(path.read_text().splitlines()) == len(entries) + 2
        assert len({(entry["type"], signature(entry)) for entry in entries}) == len(entries)


def test_the_lens_is_what_a_code_override_needs():
    assert set(LENS) == {"abi", "runtime"}
    names = {entry["name"]: signature(entry) for entry in LENS["abi"]}
    assert names["aggregate3"] == "aggregate3((address,bool,bytes)[])"
    assert names["slots"] == "slots(bytes32[])"
    assert names["run"] == "run((address,uint256,bytes)[])"
    code = bytes.fromhex(LENS["runtime"][2:])
    assert len(code) < 2048
    assert 0x5F not in opcodes(code), "PUSH0 is unknown to old chains"


def test_contracts_stay_below_the_size_that_chains_allow():
    for path in ARTIFACTS.glob("*.json"):
        assert len(json.loads(path.read_text())["bytecode"]) // 2 < 24_576, path.name


def opcodes(code):
    """The instructions of the code, the data of its pushes left out."""
    found, at = set(), 0
    while at < len(code):
        found.add(code[at])
        at += 1 + (code[at] - 0x5F if 0x60 <= code[at] <= 0x7F else 0)
    return found
