"""Changes of the powers by comparing them at old blocks: for V1, whose OBLS emits nothing when a syncer writes.

Blocks between two at which all powers are alike are taken to have changed nothing: what was changed and changed back
between them is not seen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

from avsctl.chain.detect import Discovery
from avsctl.chain.jsonrpc import Request, parse_bytes, parse_hash
from avsctl.chain.logs import LogQuery, ask_logs, read_window
from avsctl.chain.queries.power_history_pace import Budget, until
from avsctl.chain.queries.power_history_states import read_at_blocks
from avsctl.chain.reader import BlockReader
from avsctl.contracts.call import Answer
from avsctl.contracts.events import load_event
from avsctl.contracts.obls import Obls
from avsctl.contracts.power_logs import read_write
from avsctl.core.history import Coverage, Found, Sync, Wanted, Way, compare_powers, spread
from avsctl.core.power import PowerChange
from avsctl.core.units import OperatorId
from avsctl.errors import AnswerError, ChainError

FIRST_POINTS: Final = 40
"""Blocks that the whole range is divided by at first, however alike its ends are."""
POINTS: Final = 9
_REGISTRATIONS: Final = ("OperatorRegisteredToNetwork", "OperatorUnregisteredFromNetwork")

Powers = tuple[int, ...]
"""Of the ids from 1 on, in raw units."""


def find_changes(reader: BlockReader, discovery: Discovery, wanted: Wanted, budget: Budget) -> Found:
    """Give what syncers wrote, newest first, as far back as the endpoint has state.

    Raises:
        ChainError: the endpoint failed, or has no old state.
    """
    halving = _Halving(reader, discovery, wanted, budget)
    with until(budget.search):
        halving.run()
    begin = halving.begin
    if not halving.syncs and begin > wanted.from_block and budget.may_search:
        raise ChainError(
            f"{reader.rpc.name()} has no state before block {begin}, and OBLS of generation {discovery.generation}"
            " emits no event when a syncer writes powers",
            "use an endpoint with old state (an archive node)",
        )
    return Found(tuple(halving.syncs), (Way.STATES,), Coverage(begin, begin))


@dataclass
class _Halving:
    reader: BlockReader
    discovery: Discovery
    wanted: Wanted
    budget: Budget
    powers: dict[int, Powers | None] = field(default_factory=dict)
    """By height; None where the endpoint does not have the state."""
    syncs: list[Sync] = field(default_factory=list)
    begin: int = field(init=False)
    """From which block on every change was found."""

    def __post_init__(self) -> None:
        self.begin = self.reader.block.number + 1

    def run(self) -> None:
        """Look for changes, the newest first."""
        oldest, head = max(0, self.wanted.from_block - 1), self.reader.block.number
        points = (oldest, *spread(oldest, head, FIRST_POINTS), head)
        self._load(points)
        parts = list(pairwise(points))
        while parts and self.budget.may_search and not self.wanted.is_met_by(len(self.syncs)):
            low, high = parts.pop()
            self.begin = high + 1
            if self.powers[high] is None:
                return
            if self.powers[low] == self.powers[high]:
                continue
            if high - low > 1:
                points = (low, *spread(low, high, POINTS), high)
                self._load(points)
                parts += pairwise(points)
            elif self.powers[low] is None:
                return
            else:
                self._take(high)
                self.begin = high
        if not parts:
            self.begin = self.wanted.from_block

    def _load(self, heights: Iterable[int]) -> None:
        """Read the powers at heights; before OBLS was there they are 0."""
        unknown = [height for height in heights if height not in self.powers]
        ids = range(1, self.discovery.total_operators + 1)
        self.budget.tell(f"found {len(self.syncs)} changes; comparing powers at L2 blocks up to {max(unknown)}")
        obls = Obls(self.discovery.obls, self.discovery.generation)
        calls = [obls.voting_power(OperatorId(i)) for i in ids]
        there = [height for height, has_code in zip(unknown, self._has_code(unknown), strict=True) if has_code]
        told = read_at_blocks(self.reader, [(height, calls) for height in there])
        self.powers.update(dict.fromkeys(unknown, (0,) * len(ids)))
        for height, outcomes in zip(there, told, strict=True):
            values = tuple(outcome.value for outcome in outcomes or () if isinstance(outcome, Answer))
            self.powers[height] = values if len(values) == len(ids) else None

    def _has_code(self, heights: Sequence[int]) -> list[bool]:
        """Whether OBLS is there; an endpoint that cannot tell is asked for the powers all the same."""
        requests = [Request("eth_getCode", (self.discovery.obls, hex(height))) for height in heights]
        return [reply != "0x" for reply in self.reader.rpc.send(requests)]

    def _take(self, block: int) -> None:
        """Tell what changed the powers in a block: each transaction to OBLS if they explain it, else the block."""
        changed = compare_powers(self.powers[block - 1] or (), self.powers[block] or ())
        writes = list(_read_block(self.reader, self.discovery, block))
        sums: dict[OperatorId, int] = {}
        for sync in writes:
            for operator_id, delta in sync.deltas:
                sums[operator_id] = sums.get(operator_id, 0) + delta
        if {i: delta for i, delta in sums.items() if delta} == dict(changed):
            self.syncs += reversed(writes)
        elif writes or not self._is_registration(block):
            rises = tuple(PowerChange(i, delta) for i, delta in changed if delta > 0)
            falls = tuple(PowerChange(i, -delta) for i, delta in changed if delta < 0)
            self.syncs.append(Sync(block, 0, None, to_increase=rises, to_decrease=falls))

    def _is_registration(self, block: int) -> bool:
        """Whether operators came or went in a block."""
        generation = self.discovery.generation
        topics = tuple(load_event("AttestationCenter", generation, name).topic for name in _REGISTRATIONS)
        query = LogQuery(self.discovery.attestation_center.address, topics)
        reply = ask_logs(self.reader.rpc, query.log_filter, block, block)
        return bool(read_window(self.reader.rpc, query, (block, block), reply).logs)


def _read_block(reader: BlockReader, discovery: Discovery, block: int) -> Iterator[Sync]:
    """Give what the transactions of a block to OBLS say they write; some may have reverted."""
    (reply,) = reader.rpc.send([Request("eth_getBlockByNumber", (hex(block), True))])
    for at, transaction in enumerate(reader.rpc.read("eth_getBlockByNumber", reply, _transactions)):
        if str(transaction.get("to")).lower() != discovery.obls.lower():
            continue
        sync = reader.rpc.read("eth_getBlockByNumber", transaction, lambda each: _parse(discovery, each))
        if sync is not None and sync.deltas:
            yield replace(sync, block=block, index=at)


def _transactions(header: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - JSON
    found = header.get("transactions") if isinstance(header, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise AnswerError("it has no transactions", "another endpoint may answer")
    return found


def _parse(discovery: Discovery, transaction: Mapping[str, Any]) -> Sync | None:
    write = read_write(discovery.generation, parse_bytes(transaction.get("input"), "a transaction's calldata"))
    if write is None:
        return None
    rises, falls = (write.changes, ()) if write.is_increase else ((), write.changes)
    hash_ = parse_hash(transaction.get("hash"), "a transaction's hash")
    return Sync(0, 0, hash_, to_increase=rises, to_decrease=falls)
