"""Runs programs as a user has them installed, bytecode cached, and says what each took."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from avsctl.config.settings import SETTING_NAMES

CHECKOUT = Path(__file__).parents[2]
AVSCTL = str(Path(sys.executable).with_name("avsctl"))
"""The command that pip installed beside this interpreter."""
MOST_SHOWN = 2_000
"""Characters of what a program says when it fails."""
_MAXRSS_UNIT = 1024 if sys.platform == "linux" else 1
"""In bytes."""
_STOPWATCH = str(Path(__file__).with_name("stopwatch.py"))


@dataclass(frozen=True)
class Ended:
    """How a program ended: what it took with all its children, and what it wrote."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    """Of the largest process."""
    out: str
    err: str


def run(
    command: Sequence[str], folder: Path, settings: Mapping[str, str] | None = None, statuses: Collection[int] = (0,)
) -> Ended:
    """Run a program in a directory, with these settings of avsctl and no others.

    It gets a session of its own, so that Ctrl-C reaches this process alone, which then kills all of it.
    """
    out, err, report = folder / "out", folder / "err", folder / "report"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            (sys.executable, "-I", "-S", _STOPWATCH, str(report), *command),
            env=_build_environment(folder, settings or {}),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            process.wait()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} could not be run:\n{err.read_text()}")
    status, wall_s, cpu_s, peak = report.read_text().split()
    if int(status) not in statuses:
        raise SystemExit(f"{' '.join(command)} ended in status {status}:\n{err.read_text()[:MOST_SHOWN]}")
    peak_mb = int(peak) * _MAXRSS_UNIT / 1e6
    return Ended(float(wall_s), float(cpu_s), peak_mb, out.read_text(), err.read_text())


def _build_environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Leave out this process's settings; what Python and Node compile is cached below the directory."""
    left_out = {*SETTING_NAMES, "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    caches = {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "NODE_COMPILE_CACHE": str(folder / "compiled-by-node")}
    return {**kept, "PYTHONPATH": str(CHECKOUT), **caches, **settings}
