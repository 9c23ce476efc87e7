"""What ``power watch`` holds in memory, and what a round of it takes, over rounds of seeded faults and changes.

The deployment, its endpoints and the clock are in memory, and so is what is written. Traced is what Python has
allocated; the first rounds import and compile what they need, so that later ones are compared with the hundredth.
"""

import gc
import io
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "commands"))

from watch_world import Misfortune, World

OPERATORS, ROUNDS = 12, 1_000
MARKS = (100, 250, 500, 750, 1_000)
SEED = 1


class Nowhere(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        return len(content)  # type: ignore[arg-type]


def describe() -> Iterator[str]:
    """Say what is allocated after so many rounds, and what a calm one takes."""
    yield f"power watch -o json, {OPERATORS} operators, {ROUNDS:,} rounds of seeded faults and changes"
    traced = ", ".join(
        f"{size / 1000:.0f} KB at round {mark:,}" for mark, size in zip(MARKS, measure_memory(), strict=True)
    )
    yield f"allocated: {traced}; a calm round takes {cpu_ms():.1f} ms of CPU, the nodes in memory included"


def measure_memory() -> list[int]:
    """Give the bytes that are allocated before the rounds that ``MARKS`` names, once no request is on its way."""
    world, sizes = World(OPERATORS), []
    strike = Misfortune(world, SEED).strike

    def look(number: int) -> None:
        if number in MARKS:
            await_requests()
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
        strike(number)

    tracemalloc.start()
    try:
        play(world, ROUNDS, look)
    finally:
        tracemalloc.stop()
    return sizes


def await_requests() -> None:
    """Wait for what a round that failed had asked of the other layer."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(10)


def cpu_ms(rounds: int = 100) -> float:
    """Give the milliseconds of CPU of one round in which nothing goes wrong, the nodes in memory included."""
    world = World(OPERATORS)
    play(world, 1, lambda number: None)
    began = time.process_time()
    play(world, rounds, lambda number: None)
    return (time.process_time() - began) / rounds * 1000


def play(world: World, rounds: int, before_round: object) -> None:
    out, err = (io.TextIOWrapper(io.BufferedWriter(Nowhere()), encoding="utf-8") for _ in range(2))
    world.watch(rounds, "-o", "json", before_round=before_round, out=out, err=err)
