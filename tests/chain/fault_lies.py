"""What an endpoint may say to the questions whose answers only decide what is read ahead: nothing of it may matter.

They are asked at the newest block, which is not pinned: those of the scout, and what the contract on L2 is probed for.
"""

from collections.abc import Callable
from typing import Any

from fault_world import STRANGER, RecordedNode

from avsctl.chain.detect import l2_guesses, l2_probes
from avsctl.contracts.scout import MOST_ACCOUNTS
from avsctl.contracts.words import WORD
from avsctl.core.units import Address

Change = Callable[[RecordedNode, bytes], bytes | dict[str, Any] | None]
"""Gives the data, the error or the null in place of data."""
ACCOUNT = 20
_STRANGER = bytes.fromhex(STRANGER[2:])
_AS_WORD = _STRANGER.rjust(WORD, b"\0")


def _accounts(said: bytes) -> list[bytes]:
    return [said[at : at + ACCOUNT] for at in range(WORD, len(said), ACCOUNT)]


def _repack(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    return lambda _node, said: said[:WORD] + b"".join(change(_accounts(said)))


def _replace_commit(change: Callable[[int], int]) -> Change:
    return lambda _node, said: change(int.from_bytes(said[:WORD])).to_bytes(WORD) + said[WORD:]


def _add(number: int) -> Change:
    return lambda _node, said: (int.from_bytes(said) + number).to_bytes(WORD)


def _say(instead: bytes | dict[str, Any] | None) -> Change:
    return lambda _node, _said: instead


OBLS, HANDLER, COUNT, SCOUT, DETAILS = range(5)
"""Which question: as ``l2_probes`` and then ``l2_guesses`` ask them."""
OF_OTHER_BLOCK = "a scout: the state of another block"
LIES: dict[str, dict[int, Change]] = {
    "a scout: an error": {SCOUT: _say({"code": -32000, "message": "no init code here"})},
    "a scout: a revert": {SCOUT: _say({"code": 3, "message": "execution reverted", "data": "0x"})},
    "a scout: null": {SCOUT: _say(None)},
    "a scout: nothing": {SCOUT: _say(b"")},
    "a scout: a byte less": {SCOUT: lambda _node, said: said[:-1]},
    "a scout: half a word": {SCOUT: lambda _node, said: said[: WORD // 2]},
    "a scout: far too much": {SCOUT: _say(bytes(100_000))},
    "a scout: no accounts": {SCOUT: _repack(lambda _: [])},
    "a scout: an account less": {SCOUT: _repack(lambda each: each[:-1])},
    "a scout: an account more": {SCOUT: _repack(lambda each: [*each, _STRANGER])},
    "a scout: as many as there may be": {SCOUT: _repack(lambda _: [_STRANGER] * MOST_ACCOUNTS)},
    "a scout: more than there may be": {SCOUT: _repack(lambda _: [_STRANGER] * (MOST_ACCOUNTS + 1))},
    "a scout: a stranger for an account": {SCOUT: _repack(lambda each: [*each[:-1], _STRANGER])},
    "a scout: strangers": {SCOUT: _repack(lambda each: [_STRANGER] * len(each))},
    "a scout: accounts in another order": {SCOUT: _repack(lambda each: each[::-1])},
    "a scout: one account for all": {SCOUT: _repack(lambda each: each[:1] * len(each))},
    "a scout: no last sync": {SCOUT: _replace_commit(lambda _: 0)},
    "a scout: the sync before": {SCOUT: _replace_commit(lambda block: max(block - 1, 1))},
    "a scout: a sync to come": {SCOUT: _replace_commit(lambda block: block + 1_000)},
    "a scout: a sync at no block": {SCOUT: _replace_commit(lambda _: 2**256 - 1)},
    OF_OTHER_BLOCK: {},
    "an operator less, by count alone": {COUNT: _add(-1)},
    "an operator more, by count alone": {COUNT: _add(1)},
    "an operator less": {COUNT: _add(-1), SCOUT: _repack(lambda each: each[:-1])},
    "an operator more": {COUNT: _add(1), SCOUT: _repack(lambda each: [*each, _STRANGER])},
    "no operators": {COUNT: _say(bytes(WORD)), SCOUT: _repack(lambda _: [])},
    "more operators than can be": {COUNT: _say(b"\xff" * WORD)},
    "another OBLS": {OBLS: _say(_AS_WORD)},
    "another handler": {HANDLER: _say(_AS_WORD)},
    "another generation": {DETAILS: lambda _node, said: b"" if said else bytes(WORD)},
    "strangers everywhere": {
        OBLS: _say(_AS_WORD),
        HANDLER: _say(_AS_WORD),
        SCOUT: _repack(lambda each: [_STRANGER] * len(each)),
    },
}
"""By name, what is said in place of which answer."""


def lie(name: str, center: Address, node: RecordedNode, asked: tuple[str, list[Any]], reply: dict[str, Any]) -> Any:
    """Give what is said in place of a reply; the reply itself where this lie leaves it as it is."""
    at = _find_question(center, *asked)
    if at == SCOUT and name == OF_OTHER_BLOCK and "result" in reply:
        earlier, later = node.recorded_at
        return {"result": node.replay_call(asked[1][0], earlier if node.head >= later else later)}
    change = None if at is None else LIES[name].get(at)
    return reply if change is None else _tell(change(node, _said(reply)))


def _find_question(center: Address, method: str, params: list[Any]) -> int | None:
    if method != "eth_call" or params[1] != "latest":
        return None
    questions = [call.data for call in (*l2_probes(center), *l2_guesses(center))]
    data = bytes.fromhex(params[0]["data"][2:])
    return questions.index(data) if data in questions else None


def _said(reply: dict[str, Any]) -> bytes:
    result = reply.get("result")
    return bytes.fromhex(result[2:]) if isinstance(result, str) else b""


def _tell(instead: bytes | dict[str, Any] | None) -> dict[str, Any]:
    if isinstance(instead, dict):
        return {"error": instead}
    return {"result": None if instead is None else "0x" + instead.hex()}
