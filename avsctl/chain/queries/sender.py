"""Who would send a change: an account with a key, a contract, or a Safe, and what a Safe can send several calls by."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from avsctl.chain.codes import read_codes
from avsctl.chain.reader import BlockReader
from avsctl.contracts.call import Call, Outcome, Reverted
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.multi_send import MultiSend, prefer_version
from avsctl.contracts.safe import Safe, join_state
from avsctl.core.multisig import SafeState, Sender
from avsctl.core.units import Address
from avsctl.errors import AnswerError

_DELEGATION: Final = bytes.fromhex("ef0100")
"""What the code of an account with a key begins with that lends itself a contract's code; an address follows.

https://eips.ethereum.org/EIPS/eip-7702
"""


def load_sender(reader: BlockReader, address: Address) -> Sender:
    """Read what is at an address; a Safe is what has code and answers as a Safe does.

    Args:
        reader: one that has read before, so that it knows how its endpoint pins a block.
        address: the account.

    Raises:
        ChainError: the chain could not be read.
    """
    (code,) = read_codes(reader, [address])
    if not code or _is_delegation(code):
        return Sender(address, has_code=False, safe=None)
    calls = Safe(address).state()
    outcomes = reader.read([replace(call, decode=bytes) for call in calls])
    return Sender(address, has_code=True, safe=_read_state(calls, outcomes))


def find_multi_send(reader: BlockReader, version: str) -> MultiSend | None:
    """Give a MultiSendCallOnly that is deployed: of this version of Safe, else of another, else None.

    Told by the hash of its code; the reader is one that has read before, as for ``load_sender``.
    """
    return next(iter(find_multi_sends(reader, version)), None)


def find_multi_sends(reader: BlockReader, version: str) -> tuple[MultiSend, ...]:
    """Give every MultiSendCallOnly that is deployed, those of this version of Safe first; told as above."""
    known = prefer_version(version)
    codes = read_codes(reader, [each.address for each in known])
    return tuple(each for each, code in zip(known, codes, strict=True) if keccak256(code) == each.code_hash)


def _read_state(calls: Sequence[Call[Any]], outcomes: Sequence[Outcome[Any]]) -> SafeState | None:
    if any(isinstance(outcome, Reverted) for outcome in outcomes):
        return None
    answers = [outcome.value for outcome in outcomes if not isinstance(outcome, Reverted)]
    try:
        version, threshold, owners, nonce = (call.decode(data) for call, data in zip(calls, answers, strict=True))
    except AnswerError:
        return None
    return join_state(version, threshold, owners, nonce)


def _is_delegation(code: bytes) -> bool:
    return len(code) == len(_DELEGATION) + 20 and code.startswith(_DELEGATION)
