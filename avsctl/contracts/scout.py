"""The scout: init code that reads, in one eth_call, what the next questions to a deployment depend on; for guesses.

Built from ``avsctl/devnet/contracts/Scout.sol``. It runs without a recipient, so it needs neither a contract nor an
override; nodes bound what it returns as they bound the size of code, 24,576 bytes (EIP-170).
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from avsctl.contracts.abi import load_function
from avsctl.contracts.call import Call
from avsctl.contracts.words import WORD, encode_word
from avsctl.core.deployment import Generation
from avsctl.core.units import Address
from avsctl.errors import AnswerError

MOST_ACCOUNTS: Final = 1_200
"""So many fit into what it may return."""
_ACCOUNT: Final = 20


@dataclass(frozen=True)
class Scouted:
    """What the scout came back with, at a block that is not pinned: nothing of it is believed."""

    last_commit_l2: int
    """Of the InternalTaskHandler; 0 without one."""
    accounts: tuple[bytes, ...]
    """Of the operator ids from 1 on, 20 bytes each; none where they are too many."""


def scout(attestation_center: Address) -> Call[Scouted]:
    """Ask for the address of every operator and for the L2 block of the last sync."""
    center = (
        load_function("AttestationCenter", Generation.V1, "numOfTotalOperators"),
        load_function("AttestationCenter", Generation.V2, "internalTaskHandler"),
    )
    commit = load_function("InternalTaskHandler", Generation.V2, "getLastCommitBlockL2")
    account = load_function("AttestationCenter", Generation.V1, "getOperatorPaymentDetail")
    selectors = [function.selector.ljust(WORD, b"\0") for function in (*center, commit, account)]
    words = (encode_word("address", attestation_center), *selectors, MOST_ACCOUNTS.to_bytes(WORD))
    gas = 25_000_000
    return Call(None, b"".join((_load_code(), *words)), decode_scouted, "the scout", gas, alone=True)


def decode_scouted(data: bytes) -> Scouted:
    """Read what the scout returns; raises AnswerError for any other shape."""
    count, rest = divmod(len(data) - WORD, _ACCOUNT)
    if rest or not 0 <= count <= MOST_ACCOUNTS:
        raise AnswerError(f"the scout answered {len(data)} bytes", "another endpoint may answer")
    starts = range(WORD, len(data), _ACCOUNT)
    return Scouted(int.from_bytes(data[:WORD]), tuple(data[start : start + _ACCOUNT] for start in starts))


@cache
def _load_code() -> bytes:
    text = Path(__file__).with_name("scout.json").read_text(encoding="utf-8")
    return bytes.fromhex(json.loads(text)["creation"][2:])
