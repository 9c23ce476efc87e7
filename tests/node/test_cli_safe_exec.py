"""A change carried from preparing to executed by real Safes, and every way in which that is refused."""

from itertools import product

import pytest
import safes
from safe_signing import Desk, told
from test_cli_tasks import create
from test_cli_ways_out import check_landed
from test_safes import govern_by

from avsctl.devnet import rpc
from avsctl.devnet.rpc import calldata

COMBINATIONS = list(product(safes.VERSIONS, ("v1", "v2", "v3")))
UPDATE = ("update", 5, "--min-power", "100e18", "--restricted", "1,2,3,4,5")
"""Two calls, whose order matters: the minimum recounts the total without the list."""


def open_desk(devnet, version, env_for, folder):
    assert create(devnet, list_=range(1, 7)) == 5
    return Desk.open(devnet, govern_by(devnet, version), folder, env_for(devnet))


@pytest.fixture
def desk(devnets, unchanged, env_for, tmp_path):
    """A Safe 1.4.1 of three owners, two of whom must sign, that governs a V2 deployment."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield open_desk(devnet, "1.4.1", env_for, tmp_path)


@pytest.fixture
def update(desk):
    """The same with a file, and signatures of all owners."""
    desk.prepare("update", *UPDATE)
    for name in ("alice", "bob", "carol"):
        assert desk.sign("update", name).status == 0
    return desk


def hash_of(desk, answer):
    """Ask the Safe for the hash of what the file makes."""
    fields = answer.data["safe_tx"]
    hashing = safes.EXEC.replace("execTransaction", "getTransactionHash").replace("bytes)", "uint256)")
    zero = "0x" + "00" * 20
    values = (fields["to"], 0, bytes.fromhex(fields["data"][2:]), fields["operation"], 0, 0, 0, zero, zero)
    return "0x" + rpc.read(desk.url, desk.safe, calldata(hashing, *values, fields["nonce"])).hex()


# The whole way


@pytest.mark.parametrize(("version", "generation"), COMBINATIONS, ids=map("-".join, COMBINATIONS))
def test_from_preparing_to_executed(devnets, unchanged, env_for, tmp_path, version, generation):
    with unchanged(devnets(generation, drift=0)) as devnet:
        desk = open_desk(devnet, version, env_for, tmp_path)
        made = desk.prepare("create", "create", "--name", "fëed", "--restricted", "1,2,3", "--min-power", "1e18")
        updated = desk.prepare("update", *UPDATE, "--after", "create")
        for nonce, (file, change) in enumerate((("create", made), ("update", updated))):
            verified = desk.ask("safe", "verify", file)
            assert verified.status == 0, told(verified)
            hashed = desk.ask("safe", "hash", file)
            assert hashed.data["hashes"]["safe_tx"] == hash_of(desk, hashed)
            alice, bob = desk.sign(file, "alice"), desk.sign(file, "bob")
            assert [alice.status, bob.status] == [0, 0], told(alice)
            assert {alice.data["safe_tx_hash"], bob.data["safe_tx_hash"]} == {hash_of(desk, hashed)}
            assert desk.nonce == nonce
            answer = desk.execute(file, "alice", "bob")
            assert answer.status == 0, told(answer)
            sent = answer.data["sent"]
            assert (answer.data["outcome"], sent["event"], sent["is_as_expected"]) == (
                "executed",
                "ExecutionSuccess",
                True,
            )
            assert sent["task_definition_ids"] == ([6] if file == "create" else [])
            check_landed(devnet, change.data)
        assert desk.nonce == 2
