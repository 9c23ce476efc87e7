"""A devnet whose nodes are far away and cap a call's gas, and the programs that are measured on it."""

import marshal
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from avsctl.core.deployment import Generation
from avsctl.devnet import rpc
from avsctl.devnet.launch import DevnetSettings, start
from avsctl.devnet.world import Devnet, environment
from tests.bench.distance import Record, put_away
from tests.bench.programs import AVSCTL, CHECKOUT, run

ROUND_TRIP_S = 0.1
GAS_CAP = 30_000_000
"""What a node gives to one eth_call, the least that is met with."""
DRIFT = 5
"""All kinds that leave every operator active on L2."""
IMPORTS = "import typer, rich, urllib3, eth_abi"


@dataclass(frozen=True)
class Run:
    """What one run of a program took, or the median of several."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    requests: float
    rounds: float
    """Requests one after another, over both chains together."""
    size: float
    """Bytes of all bodies, both ways."""
    node_s: float
    """What the nodes took of it: the slowest request of each round."""


class Rig:
    """Runs programs on one far devnet, in a directory of their own."""

    def __init__(self, devnet: Devnet, urls: Sequence[str], record: Record, folder: Path) -> None:
        self.record, self.folder = record, folder
        self.ports = {devnet.l1_url: urlsplit(urls[0]).port, devnet.l2_url: urlsplit(urls[1]).port}
        self.settings = {**environment(devnet), "L1_RPC": urls[0], "L2_RPC": urls[1]}
        self.programs: dict[str, tuple[str, ...]] = {
            "viem": ("node", str(CHECKOUT / "devtools" / "viem_peer.mjs")),
            "import": (sys.executable, "-c", IMPORTS),
            "avsctl": (AVSCTL, "power", "diff", "-o", "json"),
        }

    def run(self, *command: str) -> tuple[Run, str]:
        """Run a program; gives what it took and what it wrote. Status 3 says that there is drift."""
        record = self.record
        record.exchanges.clear()
        ended = run(command, self.folder, self.settings, statuses=(0, 3))
        counted = (record.requests, len(record.rounds), record.size, record.node_s)
        return Run(ended.wall_s, ended.cpu_s, ended.peak_mb, *counted), ended.out

    def add_floor(self) -> None:
        """Make the floor of the requests that came last: their first round, and all others as one."""
        first, *others = ([(self.ports[each.node_url], each.request) for each in part] for part in self.record.rounds)
        recorded = self.folder / "rounds"
        recorded.write_bytes(marshal.dumps([first, [each for part in others for each in part]]))
        floor = Path(__file__).with_name("floor.py")
        self.programs["floor"] = (sys.executable, "-I", "-S", str(floor), str(recorded))


@contextmanager
def far_devnet(generation: Generation, operators: int) -> Iterator[Rig]:
    """Run a devnet whose nodes are far away, and stop it."""
    record = Record()
    with (
        start(DevnetSettings(generation, operators, DRIFT, is_mining=False)) as devnet,
        put_away((devnet.l1_url, devnet.l2_url), ROUND_TRIP_S, record) as urls,
        tempfile.TemporaryDirectory() as folder,
    ):
        for url in (devnet.l1_url, devnet.l2_url):
            rpc.call(url, "evm_setBlockGasLimit", hex(GAS_CAP))
            rpc.call(url, "evm_mine")
        yield Rig(devnet, urls, record, Path(folder))


def median(runs: Sequence[Run]) -> Run:
    """Give the median of each figure."""
    return Run(*map(statistics.median, zip(*map(astuple, runs), strict=True)))
