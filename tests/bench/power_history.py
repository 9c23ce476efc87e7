"""What ``power history`` asks of endpoints: 1,000 syncs over 1,000,000 blocks in memory, behind the usual limits."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from avsctl.chain.queries.power_history import load_history
from avsctl.core.history import Wanted

sys.path.insert(0, str(Path(__file__).parents[1] / "chain"))

from synced_chain import Chains, SyncedNode, every

SYNCS, APART = 1_000, 1_000
HEAD = SYNCS * APART + APART // 2
ENDPOINTS: dict[str, dict[str, Any]] = {
    "all state, logs of 10 blocks": {"log_range": 10},
    "state of 128 blocks, logs of 2,000": {"log_range": 2_000, "oldest_state": HEAD - 128},
    "all state, 10,000 results": {"most_results": 10_000},
    "no old state, logs of 10 blocks": {"log_range": 10, "oldest_state": HEAD - 128},
}
LASTS = (10, SYNCS)
TIMEOUT_S = 600.0


def describe() -> Iterator[str]:
    """Look for the last 10 and for all of them; each request takes 0.05 s of the clock in memory."""
    yield f"power history, {SYNCS:,} syncs over {HEAD:,} blocks, L1 read too"
    yield f"{'endpoint':36}{'--last':>8}{'found':>7}{'by':>11}{'requests':>10}{'of logs':>9}{'CPU s':>7}"
    for name, limits in ENDPOINTS.items():
        for last in LASTS:
            yield _measure(name, limits, last)


def _measure(name: str, limits: dict[str, Any], last: int) -> str:
    node = SyncedNode(chain_id=8453, head=HEAD, syncs=every(APART, SYNCS), **limits)
    chains = Chains(node, seconds=TIMEOUT_S)
    began = time.process_time()
    history = load_history(chains.reader(), chains.discovery(), chains.place(), Wanted(last))
    spent = time.process_time() - began
    logs = sum("eth_getLogs" in methods for methods in chains.transport.sent)
    found = sum(record.sync.has_changed_powers for record in history.records)
    ways = "+".join(way.value for way in history.ways)
    return f"{name:36}{last:>8}{found:>7}{ways:>11}{chains.requests:>10}{logs:>9}{spent:>7.2f}"
