"""Lands tasks on a devnet with real signatures: the performer's over the task, the attesters' over their vote.

Nothing else in avsctl signs attestations, and these keys are worth nothing anywhere else. The sender is impersonated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_keys.datatypes import PrivateKey

from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.call import Revert
from avsctl.contracts.reverts import decode_revert
from avsctl.contracts.submit_task import Submission, Task, encode_submit, task_hash, vote_hash
from avsctl.contracts.task_logs import TaskOutcome, decode_outcome
from avsctl.core.units import Address, OperatorId
from avsctl.devnet import bls, rpc
from avsctl.devnet.clock import BLOCK_GAS_LIMIT
from avsctl.devnet.keys import Keys
from avsctl.devnet.rpc import Receipt, Transaction
from avsctl.devnet.world import Devnet

BALANCE_WEI: Final = 10**24
"""What a sender is given for its gas."""
RECOVERY_OFFSET: Final = 27
"""What Ethereum adds to a signature's last byte."""


@dataclass(frozen=True)
class Desk:
    """Where the tasks of one devnet are handed in, and the keys that they are signed with."""

    url: str
    """Of the L2's node."""
    chain_id: int
    center: AttestationCenter
    keys_by_address: Mapping[Address, Keys]


@dataclass(frozen=True)
class Vote:
    """Who attests, and what they say."""

    attester_ids: tuple[OperatorId, ...]
    """Handed in as they are, in this order; an id whose keys are not known signs nothing."""
    is_approved: bool = True


@dataclass(frozen=True)
class Landing:
    """What came of a task that was handed in; the transaction was mined in any case."""

    transaction_hash: str
    block_number: int
    gas_used: int
    outcome: TaskOutcome | None
    """None where it reverted."""
    revert: Revert | None


def open_desk(devnet: Devnet) -> Desk:
    """Give the desk of a devnet that this process started."""
    everyone = (*devnet.operators, *devnet.strangers)
    return Desk(
        devnet.l2_url,
        devnet.l2_chain_id,
        AttestationCenter(Address(devnet.contracts.attestation_center), devnet.generation),
        {Address(each.address): each.keys for each in everyone},
    )


def land(desk: Desk, task: Task, vote: Vote, sender: Address) -> Landing:
    """Sign a task and its votes, and call submitTask.

    Args:
        desk: where.
        task: what is attested; its performer is one whose keys the desk has.
        vote: who attests, and what.
        sender: the address that calls.

    Raises:
        ChainError: the node failed, or is no devnet's.
    """
    data = encode_submit(desk.center.generation, task, sign(desk, task, vote))
    rpc.batch(desk.url, [("anvil_setBalance", (sender, hex(BALANCE_WEI))), ("anvil_impersonateAccount", (sender,))])
    transaction = Transaction(sender, desk.center.address, data, BLOCK_GAS_LIMIT)
    return _tell(desk, rpc.land(desk.url, [transaction])[0])


def sign(desk: Desk, task: Task, vote: Vote) -> Submission:
    """Make the performer's signature over the raw task hash, and the aggregate of the attesters' over the vote hash."""
    signature = sign_task(desk.keys_by_address[task.performer], task)
    message = vote_hash(task, desk.center.address, desk.chain_id, is_approved=vote.is_approved)
    aggregate = bls.sign(_load_secrets(desk, vote.attester_ids), message)
    return Submission(vote.is_approved, signature, aggregate, vote.attester_ids)


def sign_task(keys: Keys, task: Task) -> bytes:
    """Give the ECDSA signature over the raw task hash, without the prefix of EIP-191."""
    signature = PrivateKey(bytes.fromhex(keys.private_key[2:])).sign_msg_hash(task_hash(task)).to_bytes()
    return signature[:-1] + bytes([signature[-1] + RECOVERY_OFFSET])


def _load_secrets(desk: Desk, operator_ids: Sequence[OperatorId]) -> list[int]:
    """Find the BLS secrets of those ids whose address, as the chain has it now, is one that the desk has keys for."""
    calls = [desk.center.operator_address(operator_id) for operator_id in operator_ids]
    requests: list[rpc.Request] = [
        ("eth_call", ({"to": call.to, "data": "0x" + call.data.hex()}, "latest")) for call in calls
    ]
    answers = rpc.batch(desk.url, requests) if requests else []
    addresses = [call.decode(bytes.fromhex(answer[2:])) for call, answer in zip(calls, answers, strict=True)]
    return [desk.keys_by_address[each].bls_secret for each in addresses if each in desk.keys_by_address]


def _tell(desk: Desk, receipt: Receipt) -> Landing:
    number, gas_used = (int(receipt[key], 16) for key in ("blockNumber", "gasUsed"))
    hash_ = receipt["transactionHash"]
    if rpc.is_success(receipt):
        return Landing(hash_, number, gas_used, _find_outcome(desk, receipt["logs"]), None)
    data = bytes.fromhex(rpc.call(desk.url, "ots_getTransactionError", hash_)[2:])
    halt = f"reverted without data after {gas_used} of {BLOCK_GAS_LIMIT} gas"
    return Landing(hash_, number, gas_used, None, decode_revert(data, halt))


def _find_outcome(desk: Desk, logs: Sequence[Mapping[str, Any]]) -> TaskOutcome | None:
    own = [log for log in logs if log["address"].lower() == desk.center.address.lower()]
    outcomes = (decode_outcome(desk.center.generation, log) for log in own)
    return next((each for each in outcomes if each), None)
