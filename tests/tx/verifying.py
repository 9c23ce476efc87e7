"""A batch file and its sidecar as avsctl writes them, for tests of what reads them."""

from dataclasses import replace

from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.core.changes import SetList, SetMinimum
from avsctl.core.deployment import BlockRef, Generation
from avsctl.core.expectation import Expectation
from avsctl.core.multisig import SafeState, Sender
from avsctl.core.quorum import Verdict
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import E18
from avsctl.tx.safe_batch import BatchHead, parse_batch, rebuild_batch
from avsctl.tx.safe_file import SafeFile, digest
from avsctl.tx.safe_proposal import SafeAccount, propose
from avsctl.tx.sidecar import Sidecar
from avsctl.tx.verify_checks import Sight
from avsctl.tx.verify_fields import Recomputed

SAFE = "0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb"
OWNERS = ("0x84fD386597196662E84358C3A5DeAe3f53e14ffD", "0x39C650FCdF17B88bb296dfdf08Fe43d65515091e")
CENTER = AttestationCenter("0x04d2D471959b7Adbaf27A2E158D25088ab8C2843", Generation.V2)
HEAD = BatchHead(1_795_096_947_000, "task update", "a description", owner=OWNERS[0])
CALLS = (CENTER.write(SetMinimum(3, 500 * E18)), CENTER.write(SetList(3, (4, 5))))
ACCOUNT = SafeAccount(8453, SAFE, "1.4.1")
(MULTI_SEND,) = (each for each in DEPLOYMENTS if each.address == "0x9641d764fc13c8B624c04430C7356C1C7C8102e2")
PROPOSAL = propose(ACCOUNT, CALLS, 41, MULTI_SEND.address)
STATE = SafeState("1.4.1", 2, OWNERS, 41)
L1 = BlockRef(1, 23_812_940, "0x" + "8d" * 32, 1_795_096_943)
L2 = BlockRef(8453, 38_236_420, "0x" + "5c" * 32, 1_795_096_947)
DETAILS = TaskDetails("price-feed", 2**256 - 1, 1, 2, 3, 0)
EXPECTED = Expectation(TaskDefinition(3, 500 * E18, (4, 5), 2), DETAILS, 920 * E18, Verdict.FRAGILE)
BATCH = rebuild_batch(8453, SAFE, CALLS, HEAD)
SIDECAR = Sidecar(
    avsctl="0.1.0",
    batch_sha256=digest(BATCH),
    head=HEAD,
    chain_id=8453,
    generation=Generation.V2,
    attestation_center=CENTER.address,
    safe=SAFE,
    safe_version="1.4.1",
    threshold=2,
    owners=OWNERS,
    safe_tx=PROPOSAL.safe_tx,
    hashes=PROPOSAL.hashes,
    l1=L1,
    l2=L2,
    expected=(EXPECTED,),
    accepted=("dead_after_sync",),
)
KNOWN = Recomputed(
    8453, Generation.V2, CENTER.address, SAFE, STATE, PROPOSAL.safe_tx, PROPOSAL.hashes, L1, L2, (EXPECTED,)
)
SIGHT = Sight(
    8453,
    CENTER,
    Sender(SAFE, has_code=True, safe=STATE),
    holds_role=True,
    multi_sends=(MULTI_SEND,),
    blocks=(L1, L2),
    heads=(replace(L1, number=L1.number + 9), replace(L2, number=L2.number + 9)),
)


def file_of(batch=BATCH, sidecar=SIDECAR):
    return SafeFile("task3.json", digest(batch), parse_batch(batch, None, tolerates_disputes=True), sidecar)
