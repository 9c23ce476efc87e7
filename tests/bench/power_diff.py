"""How fast ``power diff`` is on nodes 100 ms away, beside what people use today and beside what cannot be beaten.

Three programs do one job in turn, over the same lines: avsctl, a viem script, and the floor, a bare interpreter that
opens the connections, sends the very requests of avsctl's rounds, and throws the answers away. Two rounds in a row
cannot be avoided: which block and how many operators, then what they hold at that block; and before them, a connection
takes a round trip to open. A loop of ``cast call`` does it for 100 operators, once. All run with their bytecode cached,
as installed programs do.
"""

import json
import marshal
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from avsctl.config.settings import SETTING_NAMES
from avsctl.core.deployment import Generation
from avsctl.devnet.launch import DevnetSettings, start
from avsctl.devnet.world import Devnet, environment
from tests.bench.distance import Record, put_away

ROUND_TRIP_S = 0.1
SIZES = (100, 1_000, 5_000, 10_000)
MOST_WITH_FLOOR = 1_000
"""More operators take more than two rounds, as gas is bounded: which of those cannot be avoided is arguable."""
RUNS = 5
RUNS_OF_MANY = 3
BY_CAST = 100
DRIFT = 5
"""All kinds that leave every operator active on L2."""
IMPORTS = "import typer, rich, urllib3, eth_abi"
LINE = "{:>9} {:8}" + 7 * "{:>10}"

_CHECKOUT = Path(__file__).parents[2]
_MODULES = _CHECKOUT / "devtools" / "node_modules"
_AVSCTL = "import avsctl.__main__ as program; program.main()"
_ARGUMENTS = ("power", "diff", "-o", "json")
_WITH_PEAK = """
import sys
program = sys.argv.pop(1)
exec(program)
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1], file=sys.stderr)
"""
"""Tells a program's peak memory in KiB: what its parent is told of it may be the parent's own."""
_BY_CAST = """
obls=$($CAST call $ATTESTATION_CENTER_ADDRESS 'obls()(address)' --rpc-url $L2_RPC)
for id in $(seq 1 $COUNT); do
  read -r address _ <<< $($CAST call $ATTESTATION_CENTER_ADDRESS \\
    'getOperatorPaymentDetail(uint256)(address,uint256,uint256,uint8)' $id --rpc-url $L2_RPC)
  $CAST call $obls 'votingPower(uint256)(uint256)' $id --rpc-url $L2_RPC
  $CAST call $obls 'isActive(uint256)(bool)' $id --rpc-url $L2_RPC
  $CAST call $AVS_GOVERNANCE_ADDRESS 'isOperatorRegistered(address)(bool)' $address --rpc-url $L1_RPC
  $CAST call $AVS_GOVERNANCE_ADDRESS 'votingPower(address)(uint256)' $address --rpc-url $L1_RPC
done
"""


@dataclass(frozen=True)
class Run:
    """What one run of a program took."""

    wall_s: float
    cpu_s: float
    requests: float
    rounds: float
    size: float
    """Bytes of all bodies, both ways."""
    node_s: float
    """What the nodes took of it: the slowest request of each round."""


class Rig:
    """Runs programs on one devnet whose nodes are far away, in a directory of their own."""

    def __init__(self, devnet: Devnet, urls: Sequence[str], record: Record, folder: Path) -> None:
        self.record, self.folder = record, folder
        self.ports = {devnet.l1_url: urlsplit(urls[0]).port, devnet.l2_url: urlsplit(urls[1]).port}
        self.settings = {**environment(devnet), "L1_RPC": urls[0], "L2_RPC": urls[1]}
        self.programs: dict[str, tuple[str, ...]] = {
            "viem": ("node", str(_CHECKOUT / "devtools" / "viem_peer.mjs")),
            "avsctl": (sys.executable, "-c", _AVSCTL, *_ARGUMENTS),
        }

    def run(self, *command: str) -> tuple[Run, str]:
        """Run a program; gives what it took and what it wrote."""
        self.record.exchanges.clear()
        wall_s, cpu_s, wrote = execute(command, self.folder, self.settings)
        record = self.record
        return Run(wall_s, cpu_s, record.requests, len(record.rounds), record.size, record.node_s), wrote

    def add_floor(self) -> None:
        """Make the floor of the requests that avsctl was seen to send last: its first round, and all others as one."""
        first, *others = ([(self.ports[each.node_url], each.request) for each in part] for part in self.record.rounds)
        recorded = self.folder / "rounds"
        recorded.write_bytes(marshal.dumps([first, [each for part in others for each in part]]))
        floor = Path(__file__).with_name("floor.py")
        self.programs["floor"] = (sys.executable, "-I", "-S", str(floor), str(recorded))

    def peak_mb(self, program: str, *arguments: str) -> float:
        """Give the peak memory of a Python program."""
        ended = subprocess.run(
            (sys.executable, "-c", _WITH_PEAK, program, *arguments),
            env=build_environment(self.settings),
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        return int(ended.stderr.split()[-1]) * 1024 / 1e6


def describe() -> Iterator[str]:
    """Measure every size; gives one line after the other."""
    runs = f"medians of {RUNS} runs, of {RUNS_OF_MANY} above {MOST_WITH_FLOOR:,} operators"
    yield f"power diff -o json, V2, nodes {ROUND_TRIP_S * 1000:.0f} ms away; {runs}"
    yield LINE.format("operators", "", "wall s", "x floor", "CPU s", "requests", "rounds", "KB", "nodes s")
    notes: list[str] = []
    for size in SIZES:
        with far_devnet(size) as rig:
            yield from _measure(rig, size, notes)
            if size == BY_CAST:
                yield _measure_cast(rig)
    yield from notes


def _measure(rig: Rig, size: int, notes: list[str]) -> Iterator[str]:
    answers = {name: json.loads(rig.run(*command)[1]) for name, command in rig.programs.items()}
    _require_same(answers["avsctl"]["data"]["operators"], answers["viem"]["operators"])
    if size <= MOST_WITH_FLOOR:
        rig.add_floor()
    runs: dict[str, list[Run]] = {name: [] for name in rig.programs}
    for _ in range(RUNS if size <= MOST_WITH_FLOOR else RUNS_OF_MANY):
        for name, command in rig.programs.items():
            runs[name].append(rig.run(*command)[0])
    medians = {name: _median(each) for name, each in runs.items()}
    for name, run in medians.items():
        yield _format(size, name, run, medians.get("floor"))
    notes.append(_tell_beside(rig, size, medians))


def _tell_beside(rig: Rig, size: int, medians: dict[str, Run]) -> str:
    """Compare with the peer, and with the imports that any such program begins with."""
    imports = statistics.median(execute((sys.executable, "-c", IMPORTS), rig.folder, {})[1] for _ in range(RUNS))
    peak, base = rig.peak_mb(_AVSCTL, *_ARGUMENTS), rig.peak_mb(IMPORTS)
    ours = medians["avsctl"]
    return (
        f"{size:>9,} avsctl: wall {ours.wall_s / medians['viem'].wall_s:.2f} of viem's;"
        f" CPU {ours.cpu_s / imports:.2f} times that of `{IMPORTS}` ({imports:.2f} s),"
        f" {ours.cpu_s * 1e6 / size:,.0f} us an operator; peak {peak:.0f} MB, {peak - base:.0f} MB above that import"
    )


def _measure_cast(rig: Rig) -> str:
    cast = next(iter(sorted(_MODULES.glob("@foundry-rs/cast-*/bin/cast"))))
    rig.settings |= {"CAST": str(cast), "COUNT": str(BY_CAST)}
    return _format(BY_CAST, "cast", rig.run("bash", "-c", _BY_CAST)[0], None)


def _format(size: int, name: str, run: Run, floor: Run | None) -> str:
    times = f"{run.wall_s / floor.wall_s:.2f}" if floor else "-"
    counts = (f"{run.requests:.0f}", f"{run.rounds:.0f}", f"{run.size / 1000:,.0f}")
    return LINE.format(f"{size:,}", name, f"{run.wall_s:.2f}", times, f"{run.cpu_s:.2f}", *counts, f"{run.node_s:.2f}")


@contextmanager
def far_devnet(operators: int) -> Iterator[Rig]:
    """Run a devnet whose nodes are far away."""
    record = Record()
    with (
        start(DevnetSettings(Generation.V2, operators, DRIFT, is_mining=False)) as devnet,
        put_away((devnet.l1_url, devnet.l2_url), ROUND_TRIP_S, record) as urls,
        tempfile.TemporaryDirectory() as folder,
    ):
        yield Rig(devnet, urls, record, Path(folder))


def execute(command: Sequence[str], folder: Path, settings: dict[str, str]) -> tuple[float, float, str]:
    """Run a program; gives seconds, seconds of CPU, and what it wrote. Status 3 says that there is drift."""
    out, err = folder / "out", folder / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        began = perf_counter()
        process = subprocess.Popen(command, env=build_environment(settings), cwd=folder, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{command[0]} ended in status {process.returncode}:\n{err.read_text()}")
    return wall_s, usage.ru_utime + usage.ru_stime, out.read_text()


def build_environment(settings: dict[str, str]) -> dict[str, str]:
    """Give the environment of an installed program: its settings and no others, its bytecode cached."""
    left_out = {*SETTING_NAMES, "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    cache = Path(tempfile.gettempdir()) / f"avsctl-bench-{os.getuid()}"
    return {**kept, "PYTHONPATH": str(_CHECKOUT), "PYTHONPYCACHEPREFIX": str(cache), **settings}


def _median(runs: Sequence[Run]) -> Run:
    return Run(*(statistics.median(getattr(run, each.name) for run in runs) for each in fields(Run)))


def _require_same(ours: Sequence[dict[str, object]], theirs: Sequence[dict[str, object]]) -> None:
    """See that both did the same job."""
    mine = [{name: row[name] for name in theirs[0]} for row in ours]
    if mine != list(theirs):
        raise SystemExit("avsctl and viem do not agree")
