"""Which batch files count as executed: those of this chain and Safe, with a sidecar of their own or none."""

from dataclasses import replace

import pytest
from verifying import BATCH, SAFE, SIDECAR, file_of

from avsctl.errors import UsageError
from avsctl.tx.safe_file import require_own_sidecar, require_same
from avsctl.tx.sidecar import build_sidecar, parse_sidecar


def test_a_file_of_this_chain_and_safe_passes():
    require_same(file_of(), 8453, SAFE)
    require_own_sidecar(file_of())
    require_own_sidecar(file_of(sidecar=None))


@pytest.mark.parametrize(
    ("batch", "chain_id", "safe", "message"),
    [
        (BATCH, 1, SAFE, "task3.json is of another chain: 8453, not 1"),
        (BATCH, 8453, "0x" + "0" * 40, "task3.json is of another sender"),
        (BATCH.replace(SAFE, ""), 8453, SAFE, "does not say which Safe it is of"),
    ],
)
def test_another_file_is_refused(batch, chain_id, safe, message):
    with pytest.raises(UsageError, match=message):
        require_same(file_of(batch), chain_id, safe)


@pytest.mark.parametrize(
    "sidecar",
    [
        replace(SIDECAR, batch_sha256="0" * 64),
        replace(SIDECAR, safe="0x" + "0" * 40),
        parse_sidecar(build_sidecar(SIDECAR).replace('"nonce": 41', '"nonce": 42')),
    ],
)
def test_a_sidecar_of_another_file_is_refused(sidecar):
    with pytest.raises(UsageError, match=r"task3.json.avsctl.json is not of task3.json as it stands"):
        require_own_sidecar(file_of(sidecar=sidecar))
