"""How calls are put into eth_calls, and those into requests: bounded gas, bounded items, several side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from avsctl.contracts import multicall3
from avsctl.contracts.call import Call
from avsctl.core.units import Address

GAS_PER_REQUEST: Final = 25_000_000
"""What one eth_call is packed up to: nodes cap it at 30M (anvil) or 50M (geth) and more."""
CALLS_PER_CHUNK: Final = 2_500
"""So that a body stays near a megabyte."""
WORKERS: Final = 4
SPARE_GAS: Final = 300_000
"""What must be left at the end of a chunk for its answers to be believed; see ``SPARE``."""

SPARE: Final = Call(
    Address("0x0000000000000000000000000000000000000009"),
    SPARE_GAS.to_bytes(4) + bytes(208) + b"\1",
    bytes,
    "BLAKE2F",
    SPARE_GAS,
)
"""The last call of every chunk: the precompile BLAKE2F costs one gas a round (EIP-152), so it fails unless that much
gas is left.

Without it, a call that got too little gas and swallowed the failure (``try``/``catch``) would answer a wrong number.
Such a call leaves next to nothing: each frame keeps a 64th of its gas (EIP-150), ten frames 15 % together. So where
this much is left, nothing that needs less than 2M was starved, forty times what the calls here take. A chain without
the precompile answers it with success and no data, and is believed.
"""

_BESIDE: Final = 1_000_000
"""Gas of calls that stand alone which a request may hold beside a full chunk."""


class Route(StrEnum):
    """How many calls get into one eth_call."""

    MULTICALL3 = "multicall3"
    """Through Multicall3, which has code at the block."""
    LENS = "lens"
    """Through the lens, in its place by a code override."""
    SINGLE = "single"
    """Not at all: JSON-RPC batches of single calls."""


@dataclass(frozen=True)
class Chunk:
    """Calls that share one eth_call, by their place in the caller's list."""

    indexes: tuple[int, ...]
    gas: int
    route: Route
    """SINGLE for one call that goes to its contract."""

    @property
    def is_direct(self) -> bool:
        """Whether it is one call that goes to its contract."""
        return self.route is Route.SINGLE


def pack(calls: Sequence[Call[Any]], indexes: Iterable[int], route: Route) -> list[Chunk]:
    """Put calls into chunks of bounded gas, in order; those that stand alone, alone.

    Args:
        calls: the caller's list.
        indexes: which of them, by their place.
        route: the way that those take which do not stand alone.
    """
    chunks: list[Chunk] = []
    group: list[int] = []
    gas = SPARE_GAS
    for index in indexes:
        call = calls[index]
        if call.alone or route is Route.SINGLE:
            chunks.append(stand_alone(index, call))
            continue
        cost = call.gas + multicall3.GAS_PER_CALL
        if group and (gas + cost > GAS_PER_REQUEST or len(group) >= CALLS_PER_CHUNK):
            chunks.append(_group(group, gas, route))
            group, gas = [], SPARE_GAS
        group.append(index)
        gas += cost
    return [*chunks, _group(group, gas, route)] if group else chunks


def stand_alone(index: int, call: Call[Any]) -> Chunk:
    """Give the chunk of one call that goes to its contract."""
    return Chunk((index,), call.gas, Route.SINGLE)


def next_wave(pending: Sequence[Chunk], most_items: int) -> tuple[list[list[Chunk]], list[Chunk]]:
    """Take the next requests, several side by side, each of bounded gas and items; gives what is left, too."""
    wave: list[list[Chunk]] = []
    gas = 0
    for taken, chunk in enumerate(pending):
        full = not wave or gas + chunk.gas > GAS_PER_REQUEST + _BESIDE or len(wave[-1]) >= most_items
        if full and len(wave) == WORKERS:
            return wave, list(pending[taken:])
        if full:
            wave.append([])
            gas = 0
        wave[-1].append(chunk)
        gas += chunk.gas
    return wave, []


def _group(indexes: Sequence[int], gas: int, route: Route) -> Chunk:
    """Put calls into one chunk; one call alone needs no route."""
    return Chunk(tuple(indexes), gas, route if len(indexes) > 1 else Route.SINGLE)
