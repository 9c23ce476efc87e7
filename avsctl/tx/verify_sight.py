"""What verifying a batch file reads before anything is tried, and the transaction that the file makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avsctl.chain.background import side_by_side
from avsctl.chain.queries.headers import find_block
from avsctl.chain.queries.safe import load_safe_setup
from avsctl.chain.queries.sender import find_multi_sends
from avsctl.contracts.attestation_center import read_transaction
from avsctl.contracts.safe_tx import DELEGATECALL
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, Setting
from avsctl.core.deployment import BlockRef
from avsctl.core.multisig import SafeSetup
from avsctl.core.units import Address, TaskDefinitionId
from avsctl.tx.safe_file import SafeFile, find_safe, require_own_sidecar, require_same
from avsctl.tx.safe_proposal import SafeAccount, SafeProposal, propose
from avsctl.tx.safe_queue import Queued, choose_nonce, order_queue, propose_queue
from avsctl.tx.scene import Chains, Scene, read_scene
from avsctl.tx.signature_file import SignatureClaim
from avsctl.tx.verify_checks import Sight, read_settings

NONCES_AHEAD: Final = 10
"""How far behind the next nonce a hash is looked for."""


@dataclass(frozen=True)
class Asked:
    """What the user says of a transaction beside its file; None for what was left out."""

    nonce: int | None = None
    after: tuple[SafeFile, ...] = ()
    """What is executed before it, in order."""
    expect: bytes | None = None
    """The safeTxHash that it must have."""
    hash: bytes | None = None
    """A safeTxHash or message hash that some nonce and MultiSendCallOnly must give."""
    signatures: tuple[SignatureClaim, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All that is read before anything is tried."""

    file: SafeFile
    asked: Asked
    scene: Scene
    setup: SafeSetup | None
    """None for what is no Safe."""
    sight: Sight
    transactions: tuple[Transaction, ...]
    """The calls of the file, read."""
    settings: tuple[Setting | None, ...]
    """What each of them sets; None for another call."""

    @property
    def earlier(self) -> tuple[Transaction, ...]:
        """The calls of what is executed before."""
        return tuple(call for each in self.sight.queue for call in each.transactions)


def look(chains: Chains, file: SafeFile, asked: Asked, configured: Address | None) -> Evidence:
    """Read what a file is held to.

    Raises:
        ConfigError: the file names no Safe, or holds no transaction.
        UsageError: a file of ``after`` that is executed, out of order, of another chain or Safe, or changed.
        ChainError: a chain could not be read.
    """
    safe, center = find_safe(file), chains.discovery.attestation_center
    scene = read_scene(chains, safe)
    state = scene.sender.safe
    version = state.version if state else file.sidecar.safe_version if file.sidecar else ""
    (setup, multi_sends), blocks = side_by_side(
        lambda: (load_safe_setup(chains.l2, safe) if state else None, find_multi_sends(chains.l2, version)),
        lambda: _find_blocks(chains, file),
    )
    for each in asked.after:
        require_same(each, chains.l2.block.chain_id, safe)
        require_own_sidecar(each)
    after = tuple(Queued(each.path, _read_calls(chains, each), _claimed_nonce(each)) for each in asked.after)
    sight = Sight(
        chains.l2.block.chain_id,
        center,
        scene.sender,
        scene.holds_role,
        multi_sends,
        blocks,
        (chains.l1.block if chains.l1 else None, chains.l2.block),
        configured,
        order_queue(after, state.nonce) if state else after,
    )
    earlier = [call for each in sight.queue for call in each.transactions]
    made = sum(isinstance(each, CreateDefinition) for each in read_settings(center, earlier, TaskDefinitionId(0)))
    transactions = _read_calls(chains, file)
    settings = read_settings(center, transactions, TaskDefinitionId(scene.state.next_id + made))
    return Evidence(file, asked, scene, setup, sight, transactions, settings)


def choose_claimed(evidence: Evidence) -> SafeProposal | None:
    """Give the transaction that the sidecar is held to; None where several calls have nothing to go through.

    It is the one with the hash that is claimed, where some nonce from the next one on and some MultiSendCallOnly give
    that; else the one by the nonce that is claimed, or without a sidecar by the one that is free.

    Raises:
        ConfigError: a version of Safe whose hashes are not known.
    """
    sidecar, state = evidence.file.sidecar, evidence.sight.state
    if sidecar is not None:
        return _choose(evidence, sidecar.safe_tx.nonce, sidecar.hashes.safe_tx)
    return _choose(evidence, choose_nonce(evidence.sight.queue, state.nonce, None), None) if state else None


def choose_proposal(evidence: Evidence, claimed: SafeProposal | None) -> SafeProposal | None:
    """Give the transaction that is verified: the claimed one, unless a nonce or a hash is asked for."""
    asked = evidence.asked
    if claimed is None or (asked.hash is None and asked.nonce is None):
        return claimed
    return _choose(evidence, claimed.safe_tx.nonce if asked.nonce is None else asked.nonce, asked.hash)


def count_tried(evidence: Evidence) -> str:
    """Say what a hash was looked for in."""
    low = evidence.sight.state.nonce if evidence.sight.state else 0
    count = len(evidence.sight.multi_sends) if len(evidence.transactions) > 1 else 0
    known = "the MultiSendCallOnly" if count == 1 else f"each of {count} MultiSendCallOnly"
    through = f" through {known} known here" if count else ""
    return f"the hashes of nonces {low} to {low + NONCES_AHEAD}{through}"


def propose_earlier(evidence: Evidence) -> tuple[SafeProposal, ...] | None:
    """Give the transactions that are executed before; None where one of them cannot be made."""
    account, multi_sends = _account(evidence), evidence.sight.multi_sends
    to = multi_sends[0].address if multi_sends else None
    return propose_queue(account, evidence.sight.queue, to) if account else None


def _choose(evidence: Evidence, nonce: int, wanted: bytes | None) -> SafeProposal | None:
    """Give the transaction with a wanted hash; where there is none, or none is wanted, the first with a nonce."""
    first = None
    for proposal in _list_proposals(evidence, nonce):
        if wanted is None or wanted in (proposal.hashes.safe_tx, proposal.hashes.message):
            return proposal
        first = first or proposal
    return first


def _list_proposals(evidence: Evidence, preferred: int) -> Iterator[SafeProposal]:
    """Give every transaction that the file may be, those of the preferred nonce first."""
    account, state = _account(evidence), evidence.sight.state
    if account is None or state is None:
        return
    for nonce in dict.fromkeys((preferred, *range(state.nonce, state.nonce + NONCES_AHEAD + 1))):
        for target in _list_targets(evidence):
            yield propose(account, evidence.transactions, nonce, target)


def _list_targets(evidence: Evidence) -> list[Address | None]:
    """Give what several calls may go through, the one that is claimed first; nothing in particular for one call."""
    if len(evidence.transactions) == 1:
        return [None]
    sidecar, known = evidence.file.sidecar, [each.address for each in evidence.sight.multi_sends]
    claimed = sidecar.safe_tx.to if sidecar and sidecar.safe_tx.operation == DELEGATECALL else None
    return sorted(known, key=lambda each: each != claimed)


def _account(evidence: Evidence) -> SafeAccount | None:
    """Give what the hashes hang on; None for what is no Safe."""
    sight, state = evidence.sight, evidence.sight.state
    return SafeAccount(sight.chain_id, sight.safe.address, state.version) if state else None


def _read_calls(chains: Chains, file: SafeFile) -> tuple[Transaction, ...]:
    center = chains.discovery.attestation_center
    return tuple(read_transaction(center, each.to, each.value, each.data) for each in file.batch.transactions)


def _claimed_nonce(file: SafeFile) -> int | None:
    return file.sidecar.safe_tx.nonce if file.sidecar else None


def _find_blocks(chains: Chains, file: SafeFile) -> tuple[BlockRef | None, BlockRef | None]:
    sidecar = file.sidecar
    if sidecar is None:
        return None, None
    return (
        find_block(chains.l1, sidecar.l1) if chains.l1 and sidecar.l1 else None,
        find_block(chains.l2, sidecar.l2),
    )
