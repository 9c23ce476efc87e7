"""What L1's logs tell of drift: when settings changed and what that did to powers, and who registered or left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from avsctl.chain.logs import LogQuery, scan_back
from avsctl.chain.queries.cause_reference import L1Past
from avsctl.chain.queries.cause_search import search_changes
from avsctl.chain.queries.power_history_states import read_at_blocks
from avsctl.chain.transactions import read_log_transaction
from avsctl.contracts.avs_governance import decode_operator_registered
from avsctl.contracts.call import Answer, Outcome
from avsctl.contracts.stake_settings import REGISTRATION_TOPICS, change_topics, is_unregistration
from avsctl.core.cause_facts import (
    CauseCode,
    NoThen,
    OperatorFacts,
    Seen,
    Shift,
    StakeSettings,
    Then,
    changed_settings,
)
from avsctl.core.units import Address, OperatorId
from avsctl.errors import ChainError

MOST_LOG_REQUESTS: Final = 3
MOST_CHANGES: Final = 12
"""Blocks in which settings changed whose effect is looked at, each by the state before and after it."""


@dataclass(frozen=True)
class _Change:
    """The changes of settings in one block."""

    seen: Seen
    codes: frozenset[CauseCode]


def load_shifts(past: L1Past, facts: Sequence[OperatorFacts]) -> dict[OperatorId, tuple[Shift, ...] | NoThen]:
    """Give what each change of settings since the last sync did to the power of each of these operators."""
    thens = [each.then for each in facts if isinstance(each.then, Then)]
    if not thens:
        return {}
    oldest = min(thens, key=lambda then: then.block_l1)
    try:
        changes = _find_changes(past, oldest.block_l1 + 1) or _search_changes(past, oldest, facts[0].settings)
        addresses = list(dict.fromkeys(each.address for each in facts))
        powers = {} if isinstance(changes, NoThen) else _load_powers(past, changes, addresses)
    except ChainError as error:
        changes = NoThen(error.problems[0].message)
    return {
        each.operator_id: changes if isinstance(changes, NoThen) else _join_shifts(each, changes, powers)
        for each in facts
        if each.operator_id is not None
    }


def _find_changes(past: L1Past, oldest: int) -> tuple[_Change, ...] | None:
    """Find the blocks from ``oldest`` on in which settings changed, by their events; None where logs do not reach."""
    topics, rpc = change_topics(past.discovery.generation), past.reader.rpc
    query = LogQuery(past.address, tuple(topics))
    windows = list(scan_back(rpc, query, past.reader.block.number, MOST_LOG_REQUESTS, oldest=oldest))
    if not windows or windows[-1].from_block > oldest:
        return None
    by_block: dict[int, list[Mapping[str, Any]]] = {}
    for log in (log for window in windows for log in window.logs):
        by_block.setdefault(int(log["blockNumber"], 16), []).append(log)
    changes = (
        _Change(_see(past, logs[0]), frozenset(topics[log["topics"][0].lower()] for log in logs))
        for _, logs in sorted(by_block.items())
    )
    return tuple(changes) if len(by_block) <= MOST_CHANGES else None


def _search_changes(past: L1Past, then: Then, now: StakeSettings) -> tuple[_Change, ...] | NoThen:
    """Find them by state alone."""
    found = search_changes(past, (then.block_l1, then.settings), now, MOST_CHANGES)
    if found is None:
        since = f"since L1 block {then.block_l1}, and neither logs nor state of L1 tell when each did"
        return NoThen(f"settings changed {since}")
    return tuple(_Change(Seen(block), codes) for block, codes in sorted(found.items()))


def _load_powers(
    past: L1Past, changes: Sequence[_Change], addresses: Sequence[Address]
) -> dict[int, dict[Address, Outcome[int]]]:
    """Read powers just before and after each change; a block whose state is gone is left out."""
    heights = sorted({height for each in changes for height in (each.seen.block - 1, each.seen.block)})
    calls = [past.governance.voting_power(address) for address in addresses]
    told = read_at_blocks(past.reader, [(height, calls) for height in heights])
    pairs = zip(heights, told, strict=True)
    return {height: dict(zip(addresses, outcomes, strict=True)) for height, outcomes in pairs if outcomes is not None}


def _join_shifts(
    facts: OperatorFacts, changes: Sequence[_Change], powers: Mapping[int, Mapping[Address, Outcome[int]]]
) -> tuple[Shift, ...] | NoThen:
    if not isinstance(facts.then, Then):
        return ()
    known = frozenset(changed_settings(facts.then.settings, facts.settings))
    shifts: list[Shift] = []
    for change in (each for each in changes if each.seen.block > facts.then.block_l1):
        block = change.seen.block
        before, after = (powers.get(height, {}).get(facts.address) for height in (block - 1, block))
        if not isinstance(before, Answer) or not isinstance(after, Answer):
            return NoThen(f"settings changed, and the endpoint of L1 does not give its power at block {block}")
        codes = change.codes & known or change.codes
        shifts.append(Shift(change.seen, tuple(sorted(codes)), after.value - before.value))
    return tuple(shifts)


def load_messages(past: L1Past, facts: Sequence[OperatorFacts]) -> dict[Address, Seen]:
    """Find the newest unregistration, or registration, whose message should have arrived, as far as logs reach."""
    wanted = {each.address: each.active_on_l2 for each in facts}
    found: dict[Address, Seen] = {}
    try:
        for log in _registrations(past) if wanted else ():
            address = decode_operator_registered(log)
            if address in wanted and address not in found and is_unregistration(log) is wanted[address]:
                found[address] = _see(past, log)
            if len(found) == len(wanted):
                break
    except ChainError:
        return found
    return found


def _registrations(past: L1Past) -> Iterator[dict[str, Any]]:
    query = LogQuery(past.address, REGISTRATION_TOPICS)
    for window in scan_back(past.reader.rpc, query, past.reader.block.number, MOST_LOG_REQUESTS):
        yield from window.logs


def _see(past: L1Past, log: Mapping[str, Any]) -> Seen:
    return Seen(int(log["blockNumber"], 16), read_log_transaction(past.reader.rpc, log))
