"""How fast ``power diff`` is on nodes 100 ms away, beside what people use today and beside what cannot be beaten.

Programs that do one job run in turn, over the same lines: avsctl, a viem script, and the floor, a bare interpreter that
opens the connections, sends the very requests of avsctl's rounds, and throws the answers away. Two rounds in a row
cannot be avoided: which block and how many operators, then what they hold at that block; and before them, a connection
takes a round trip to open. Above 1,000 operators the floor still sends all but the first round at once, which no
endpoint would bear. A fourth program is the import that any such program begins with.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from avsctl.core.deployment import Generation
from tests.bench.far_devnet import GAS_CAP, IMPORTS, ROUND_TRIP_S, Rig, Run, far_devnet, median
from tests.bench.limits import Limit, tell

SIZES = (100, 1_000, 5_000, 10_000)
SIZE_OF_ALL = 1_000
"""V1 and V3 are measured at this size alone."""
RUNS = 5
RUNS_OF_MANY = 3
"""Above ``SIZE_OF_ALL``."""
PROGRAMS = ("avsctl", "viem", "floor", "import")
"""The names that the tables give them."""
GROWING = ("wall_s", "requests", "rounds", "size", "cpu_s", "peak_mb")

Measured = Mapping[str, Run]
"""Medians by program."""
_RUN = "{:>9}  {:8}" + 7 * "{:>10}"
HEADS = _RUN.format("operators", "", "wall s", "requests", "rounds", "KB", "CPU s", "peak MB", "nodes s")
"""Of what ``format_run`` gives."""
_COMPARED = "{:>9}" + 9 * "{:>10}"
_GROWN = "{:8}{:25}" + 6 * "{:>10}"


def describe(sizes: Sequence[int] = SIZES, runs: int | None = None) -> Iterator[str]:
    """Measure every size on V2, and one on the others; gives one line after the other.

    Args:
        sizes: numbers of operators, ascending.
        runs: of each program; without it fewer for the larger sizes.
    """
    told = f"{runs}" if runs else f"{RUNS}, above {SIZE_OF_ALL:,} operators of {RUNS_OF_MANY}"
    far = f"nodes {ROUND_TRIP_S * 1000:.0f} ms away, {GAS_CAP / 1e6:.0f}M gas a call"
    yield f"power diff -o json, {far}; medians of {told}"
    yield HEADS
    measured: dict[tuple[Generation, int], Measured] = {}
    for generation, size in _list_cases(sizes):
        with far_devnet(generation, size) as rig:
            found = measure(rig, runs or (RUNS if size <= SIZE_OF_ALL else RUNS_OF_MANY))
        measured[generation, size] = found
        for program, run in found.items():
            yield format_run(generation, size, program, run)
    yield from ("", f"avsctl beside them; import: `{IMPORTS}`")
    yield from _compare(measured)
    of_v2 = {size: found for (generation, size), found in measured.items() if generation is Generation.V2}
    if len(of_v2) > 1:
        yield from ("", *_tell_growth(of_v2))
    if limits := tuple(_list_limits(of_v2)):
        yield from ("", *tell(limits))


def _list_cases(sizes: Sequence[int]) -> Iterator[tuple[Generation, int]]:
    for size in sizes:
        yield Generation.V2, size
    if SIZE_OF_ALL in sizes:
        yield from ((Generation.V1, SIZE_OF_ALL), (Generation.V3, SIZE_OF_ALL))


def measure(rig: Rig, runs: int) -> Measured:
    """Run every program in turn, and see each time that avsctl and viem say the same."""
    for command in rig.programs.values():
        rig.run(*command)
    rig.add_floor()
    found: dict[str, list[Run]] = {name: [] for name in PROGRAMS}
    for _ in range(runs):
        turn = {name: rig.run(*rig.programs[name]) for name in found}
        _require_same(json.loads(turn["avsctl"][1])["data"], json.loads(turn["viem"][1]))
        for name, (run, _) in turn.items():
            found[name].append(run)
    return {name: median(each) for name, each in found.items()}


def format_run(generation: Generation, size: int, program: str, run: Run) -> str:
    """Give the line of one program."""
    takes = (f"{run.cpu_s:.2f}", f"{run.peak_mb:.0f}", f"{run.node_s:.2f}")
    return _RUN.format(_name(generation, size), program, f"{run.wall_s:.2f}", *_count(run), *takes)


def _name(generation: Generation, size: int) -> str:
    return f"{generation.upper()} {size:>6,}"


def _count(run: Run) -> tuple[str, str, str]:
    return f"{run.requests:.0f}", f"{run.rounds:.0f}", f"{run.size / 1000:,.0f}"


def _compare(measured: Mapping[tuple[Generation, int], Measured]) -> Iterator[str]:
    heads = ("wall s", "x viem", "x floor", "requests", "rounds", "KB", "CPU s", "x import", "peak MB")
    yield _COMPARED.format("operators", *heads)
    for (generation, size), found in measured.items():
        ours = found["avsctl"]
        walls = (f"{ours.wall_s / found[name].wall_s:.2f}" for name in ("viem", "floor"))
        takes = (f"{ours.cpu_s:.2f}", f"{ours.cpu_s / found['import'].cpu_s:.2f}", f"{ours.peak_mb:.0f}")
        yield _COMPARED.format(_name(generation, size), f"{ours.wall_s:.2f}", *walls, *_count(ours), *takes)


def _tell_growth(measured: Mapping[int, Measured]) -> Iterator[str]:
    """Say how many times as much each size takes as the one before."""
    yield _GROWN.format("growth", "operators", "wall", "requests", "rounds", "KB", "CPU", "peak")
    for program in ("avsctl", "viem"):
        for before, size in pairwise(measured):
            old, new = (measured[each][program] for each in (before, size))
            pairs = ((getattr(new, name), getattr(old, name)) for name in GROWING)
            told = f"{before:,} to {size:,}, x {size / before:g}"
            yield _GROWN.format(program, told, *(f"x {more / less:.2f}" for more, less in pairs))


def _list_limits(measured: Mapping[int, Measured]) -> Iterator[Limit]:
    if 1_000 in measured:
        ours, viem, floor, imports = (measured[1_000][name] for name in PROGRAMS)
        yield Limit("1,000 operators: wall, times viem", ours.wall_s / viem.wall_s, 1)
        yield Limit("1,000 operators: wall, times the floor", ours.wall_s / floor.wall_s, 2)
        yield Limit("1,000 operators: requests", ours.requests, 8)
        yield Limit("1,000 operators: CPU, times the import", ours.cpu_s / imports.cpu_s, 2)
    if 10_000 in measured:
        ours, _, _, imports = (measured[10_000][name] for name in PROGRAMS)
        yield Limit("10,000 operators: requests", ours.requests, 60)
        yield Limit("10,000 operators: peak MB above the import", ours.peak_mb - imports.peak_mb, 100)
        yield from _list_limits_of_growth(measured)


def _list_limits_of_growth(measured: Mapping[int, Measured]) -> Iterator[Limit]:
    of_10_000 = measured[10_000]["avsctl"]
    if 5_000 in measured:
        peak = of_10_000.peak_mb / measured[5_000]["avsctl"].peak_mb
        yield Limit("10,000 operators: peak, times that of 5,000", peak, 2)
    for size in (1_000, 5_000):
        if size in measured:
            cpu = of_10_000.cpu_s / measured[size]["avsctl"].cpu_s
            yield Limit(f"10,000 operators: CPU, times that of {size:,}", cpu, 10_000 / size)


def _require_same(ours: object, theirs: object) -> None:
    """See that both did the same job: all that the peer says, avsctl says."""
    if _pick(ours, theirs) != theirs:
        raise SystemExit("avsctl and viem do not agree")


def _pick(ours: object, theirs: object) -> object:
    """Leave out of what avsctl says the keys that the peer does not have."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return {name: _pick(ours.get(name), value) for name, value in theirs.items()}
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [_pick(*pair) for pair in zip(ours, theirs, strict=True)]
    return ours
