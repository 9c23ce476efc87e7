"""The time of a devnet: a past in which it was set up and synced, a present that its heads stand at, and a going on.

A node is started with a genesis in the past. While the chain is seeded, each block is told its time: the block before
plus the chain's own pace, or a time set for an event. Then ``settle`` mines the blocks that put everything behind
``finalized``, the last of them at the present. From there a mining node follows the clock; one that stands still keeps
the pace, so that what a test does gets the same times whenever it runs. Either mines each transaction at once.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avsctl.devnet import rpc
from avsctl.errors import ChainError

L1_BLOCK_SECONDS: Final = 12
L2_BLOCK_SECONDS: Final = 2
GENESIS_AGE_SECONDS: Final = 7200
SYNC_AGES_SECONDS: Final = (4800, 1200)
"""How long before the present the voting-power syncs land, first to last."""
SETTLING_BLOCKS: Final = 70
"""Blocks after the last event: anvil's ``safe`` is 32 behind the head, its ``finalized`` 64."""
BLOCK_GAS_LIMIT: Final = 60_000_000
"""Of the settled chain; the node starts with a higher one for the seeding."""


@dataclass(frozen=True)
class Present:
    """The time that the heads are to end at."""

    started_at: int
    """Unix seconds, from which the past is counted."""
    is_fixed: bool

    @property
    def genesis_at(self) -> int:
        """Unix seconds of block 0."""
        return self.started_at - GENESIS_AGE_SECONDS

    def now(self) -> int:
        """Give the present in unix seconds: the machine's, unless it is fixed."""
        return self.started_at if self.is_fixed else int(time.time())


def build_present(head_time: int | None) -> Present:
    """Take a fixed time for the heads, or the machine's clock."""
    return Present(int(time.time()) if head_time is None else head_time, head_time is not None)


def set_pace(url: str, block_seconds: int) -> None:
    """Put every block that follows so many seconds after the one before."""
    rpc.call(url, "anvil_setBlockTimestampInterval", block_seconds)


def set_next_block_at(url: str, timestamp: int) -> None:
    """Put the next block at a time, in unix seconds; those after it keep the pace."""
    rpc.call(url, "evm_setNextBlockTimestamp", hex(timestamp))


def settle(url: str, present: Present, block_seconds: int, *, is_mining: bool) -> None:
    """Mine up to the present, and let the node mine each transaction from there.

    The gas limit is lowered before these blocks because ``evm_revert`` brings back the limit of the head.
    """
    now = present.now()
    last = int(rpc.call(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)  # noqa: FBT003 - JSON-RPC
    step = max(1, min(block_seconds, (now - last) // SETTLING_BLOCKS))
    rpc.call(url, "evm_setBlockGasLimit", hex(BLOCK_GAS_LIMIT))
    set_pace(url, step)
    set_next_block_at(url, max(last + 1, now - (SETTLING_BLOCKS - 1) * step))
    rpc.call(url, "anvil_mine", hex(SETTLING_BLOCKS))
    if is_mining:
        rpc.call(url, "anvil_removeBlockTimestampInterval")
        rpc.call(url, "evm_setTime", hex(now))
    else:
        set_pace(url, block_seconds)
    rpc.call(url, "evm_setAutomine", True)  # noqa: FBT003 - JSON-RPC


@contextlib.contextmanager
def keep_mining(url: str, block_seconds: int) -> Iterator[None]:
    """Mine a block every so many seconds beside those of transactions, so that the head stays young.

    anvil has such mixed mining as a start option only, where it would already mine into the seeding.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_mine_until, args=(ended, url, block_seconds), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _mine_until(ended: threading.Event, url: str, block_seconds: int) -> None:
    while not ended.wait(block_seconds):
        with contextlib.suppress(ChainError):
            rpc.call(url, "evm_mine")
