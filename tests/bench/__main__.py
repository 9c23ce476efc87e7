"""Prints what ``power diff``, ``power history``, ``power watch`` and a proposal cost, and ``--help``: ``make bench``.

``power diff`` runs as a process of its own against a devnet behind counting proxies that cap a call at 30M gas: once
over endpoints that are 0.4 s away for requests, bytes and rounds, and once over near ones for time and memory. Rounds
are requests one after another over both chains together. ``--help`` is compared with the import of the libraries that
any such program stands on, in turn, so that both meet the same machine.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avsctl.contracts.task_data import decode_update, encode_update
from avsctl.core.attestation.recomputation import compare_powers
from avsctl.core.deployment import Generation
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, VotingPowerRead
from avsctl.core.proposals import propose_powers
from avsctl.core.units import E18, Address, OperatorId
from avsctl.devnet.launch import DevnetSettings, start
from avsctl.devnet.world import Devnet
from tests.bench import power_history, power_watch

sys.path.insert(0, str(Path(__file__).parents[1] / "node"))

from commandline import process_environment, through_proxies
from proxy import Limits, Recorder

SIZES = (12, 200, 1000)
DRIFT = 5
"""All kinds that leave every operator active on L2."""
GAS_CAP = 30_000_000
DELAY_S = 0.4
PAIRS = 9
PROPOSED, REPEATED = 200, 20
HEAVY = ("web3", "eth_account", "eth_abi", "urllib3", "rich", "tabulate", "dotenv")
MEASURED = """
import json, os, sys, time
from pathlib import Path
began = time.perf_counter()
from avsctl.cli import main
status = main(sys.argv[1:])
spent = os.times()
(peak,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(json.dumps([status, time.perf_counter() - began, spent.user + spent.system, int(peak)]), file=sys.stderr)
"""
HELP_MODULES = """
import json, sys
from avsctl.cli import main
main(["--help"])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


@dataclass(frozen=True)
class Cost:
    """What one ``power diff`` took."""

    requests: int
    rounds: int
    size: int
    """Bytes of all bodies, both ways."""
    wall_s: float
    cpu_s: float
    peak_kib: int


def main() -> None:
    """Print every figure."""
    say("power diff -o json, every operator active on L2, calls capped at 30M gas")
    say(f"{'':4}{'operators':>10}{'requests':>10}{'rounds':>8}{'KB':>8}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    for generation in Generation:
        for size in SIZES:
            with start(DevnetSettings(generation, size, DRIFT, is_mining=False)) as devnet:
                say(format_cost(generation, size, measure(devnet)))
    say("")
    for line in describe_help():
        say(line)
    say("")
    say(describe_proposal())
    say("")
    for line in power_history.describe():
        say(line)
    say("")
    for line in power_watch.describe():
        say(line)


def measure(devnet: Devnet) -> Cost:
    """Run a diff far away for its requests, then near for its time."""
    far, near = Recorder(), Recorder()
    with through_proxies(devnet, Limits(gas_cap=GAS_CAP, delay_s=DELAY_S), recorder=far) as settings:
        run_measured(settings)
    with through_proxies(devnet, Limits(gas_cap=GAS_CAP), recorder=near) as settings:
        wall_s, cpu_s, peak_kib = run_measured(settings)
    return Cost(far.requests, far.rounds, far.size, wall_s, cpu_s, peak_kib)


def run_measured(settings: dict[str, str]) -> tuple[float, float, int]:
    """Give wall seconds, CPU seconds and peak memory in KiB of one diff; anything but drift is an error."""
    ended = run([sys.executable, "-c", MEASURED, "power", "diff", "-o", "json"], process_environment(settings))
    status, wall_s, cpu_s, peak_kib = json.loads(ended.stderr.splitlines()[-1])
    if status != 3:
        raise SystemExit(f"power diff ended in status {status}:\n{ended.stderr}")
    return wall_s, cpu_s, peak_kib


def format_cost(generation: Generation, size: int, cost: Cost) -> str:
    return (
        f"{generation:4}{size:>10}{cost.requests:>10}{cost.rounds:>8}{cost.size / 1000:>8.0f}"
        f"{cost.wall_s:>8.2f}{cost.cpu_s:>8.2f}{cost.peak_kib * 1024 / 1e6:>9.1f}"
    )


def describe_help() -> Iterator[str]:
    """Compare ``avsctl --help`` with the import of typer and rich, and say what it imports."""
    ours, base = [sys.executable, "-m", "avsctl", "--help"], [sys.executable, "-c", "import typer, rich"]
    pairs = [(seconds(ours), seconds(base)) for _ in range(PAIRS)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    times = f"avsctl --help {mine:.3f} s, import typer, rich {theirs:.3f} s"
    yield f"{times}, ratio {mine / theirs:.2f}, medians of {PAIRS} pairs"
    ended = run([sys.executable, "-c", HELP_MODULES], process_environment({}))
    modules = set(json.loads(ended.stderr.splitlines()[-1]))
    packages = sorted(modules - sys.stdlib_module_names - {"avsctl", "__main__"})
    yield f"its imports outside the standard library: {', '.join(packages)}"
    yield f"of {', '.join(HEAVY)}: {', '.join(sorted(modules & set(HEAVY))) or 'none'}"


def describe_proposal() -> str:
    """Propose, encode, decode and compare an update that touches every operator."""
    l2 = tuple(
        L2Operator(OperatorId(n), Address(f"0x{n:040x}"), n * E18, is_active=True) for n in range(1, PROPOSED + 1)
    )
    l1 = tuple(L1Operator(each.address, True, VotingPowerRead(each.voting_power + 1)) for each in l2)
    sets = OperatorSets(l2, l1, PROPOSED, sum(each.voting_power for each in l2))
    began = time.process_time()
    for _ in range(REPEATED):
        update = decode_update(encode_update(propose_powers(sets, 1, 1)))
        assert compare_powers(update, sets).is_match
    spent = (time.process_time() - began) / REPEATED
    return f"an update of {PROPOSED} operators proposed, encoded, decoded and compared: {spent:.4f} s of CPU"


def seconds(command: Sequence[str]) -> float:
    began = time.perf_counter()
    run(command, process_environment({}))
    return time.perf_counter() - began


def run(command: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program in an empty directory; what it writes is kept from the screen."""
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
