"""The JSON envelope is a contract: these keys, in this order, whatever the command and however it ended."""

import json

from avsctl import __version__
from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import build_finding
from avsctl.core.units import Address
from avsctl.errors import GenerationError
from avsctl.output.destinations import Format
from avsctl.output.render import FILE, render
from avsctl.output.result import Result, failure

KEYS = [
    "schema",
    "avsctl",
    "command",
    "status",
    "exit_code",
    "deployment",
    "blocks",
    "data",
    "findings",
    "errors",
]
A, B, C, D = (Address(f"0x{digit * 40}") for digit in "1234")


def document(result, status):
    return json.loads(render(result, Format.JSON, FILE, status))


def test_full_envelope():
    result = Result(
        "power diff",
        {"in_sync": False},
        deployment=Deployment(Generation.V2, 1, 8453, A, B, C, D),
        l1_block=BlockRef(1, 23812940, "0x8d20", 1795096943),
        l2_block=BlockRef(8453, 38236420, "0x5c1e", 1795096947),
        findings=(build_finding("drift", "operators", "5 of 12", ["avsctl power explain"]),),
    )
    read = document(result, 3)
    assert list(read) == KEYS
    assert read == {
        "schema": "avsctl/1",
        "avsctl": __version__,
        "command": "power diff",
        "status": "finding",
        "exit_code": 3,
        "deployment": {
            "generation": "v2",
            "l1_chain_id": 1,
            "l2_chain_id": 8453,
            "avs_governance": A,
            "attestation_center": B,
            "obls": C,
            "internal_task_handler": D,
        },
        "blocks": {
            "l1": {"chain_id": 1, "number": 23812940, "hash": "0x8d20", "timestamp": 1795096943},
            "l2": {"chain_id": 8453, "number": 38236420, "hash": "0x5c1e", "timestamp": 1795096947},
        },
        "data": {"in_sync": False},
        "findings": [
            {
                "code": "drift",
                "severity": "warning",
                "subject": "operators",
                "text": "5 of 12",
                "remedy": ["avsctl power explain"],
            }
        ],
        "errors": [],
    }
    assert list(read["deployment"])[:3] == ["generation", "l1_chain_id", "l2_chain_id"]
    assert list(read["findings"][0]) == ["code", "severity", "subject", "text", "remedy"]


def test_envelope_of_a_failure():
    read = document(failure("power history", GenerationError("V1 has no internal tasks", "nothing to do")), 6)
    assert list(read) == KEYS
    assert read == {
        "schema": "avsctl/1",
        "avsctl": __version__,
        "command": "power history",
        "status": "error",
        "exit_code": 6,
        "deployment": None,
        "blocks": {"l1": None, "l2": None},
        "data": {},
        "findings": [],
        "errors": [{"code": "generation", "message": "V1 has no internal tasks", "hint": "nothing to do"}],
    }


def test_an_l2_alone_is_told_as_such():
    deployment = Deployment(Generation.V1, None, 8453, None, B, C, None)
    read = document(Result("operator list", {}, deployment=deployment), 0)
    assert (read["deployment"]["l1_chain_id"], read["deployment"]["internal_task_handler"]) == (None, None)
    assert read["blocks"] == {"l1": None, "l2": None}
