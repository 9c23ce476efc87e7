"""How long avsctl takes where it reads no chain: help, version, a mistake, and what a shell completes.

Each program runs in turn with ``import typer, rich``, which any such command line begins with, so that both meet the
same machine.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from avsctl.cli import COMMANDS
from tests.bench.limits import Limit, tell
from tests.bench.programs import AVSCTL, Ended, run

PAIRS = 9
BASE = (sys.executable, "-c", "import typer, rich")
WORDS = "avsctl power diff --min"


@dataclass(frozen=True)
class Start:
    """A command line that ends before anything is read, and how long it may take."""

    arguments: tuple[str, ...]
    most: float
    """Times the import."""
    says: str
    """What it has to write."""
    status: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    """In place of the command line."""

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name or " ".join(("avsctl", *self.arguments))

    def run(self, folder: Path) -> Ended:
        """Run it; anything but what it has to write is an error."""
        ended = run((AVSCTL, *self.arguments), folder, self.environment, (self.status,))
        if self.says not in ended.out + ended.err:
            raise SystemExit(f"{self.title} did not say {self.says}")
        return ended


STARTS = (
    Start(("--help",), 3, "power"),
    Start(("--version",), 3, "avsctl"),
    Start(("power", "--help"), 4, "diff"),
    Start(("power", "dif"), 4, "No such command", 2),
    Start(("power", "diff", "--mindelta"), 4, "No such option", 2),
)


def describe(pairs: int = PAIRS) -> Iterator[str]:
    """Compare every start with the import; gives one line after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = (*STARTS, _find_heaviest(folder), *map(_complete, ("bash", "zsh", "fish")))
        measured = [_measure(each, folder, pairs) for each in starts]
    base = statistics.median(theirs for _, theirs in measured)
    yield f'starts, in times of `python -c "import typer, rich"` ({base:.3f} s); medians of {pairs} pairs'
    yield from tell(
        Limit(f"{each.title}  ({ours:.3f} s)", ours / theirs, each.most)
        for each, (ours, theirs) in zip(starts, measured, strict=True)
    )


def _measure(start: Start, folder: Path, pairs: int) -> tuple[float, float]:
    """Give the median seconds of a start and of the import, in turn, once both are cached."""
    start.run(folder)
    run(BASE, folder)
    turns = [(start.run(folder).wall_s, run(BASE, folder).wall_s) for _ in range(pairs)]
    ours, theirs = (statistics.median(column) for column in zip(*turns, strict=True))
    return ours, theirs


def _find_heaviest(folder: Path) -> Start:
    """Find the command whose help takes the most CPU, of all of them."""
    helps = [Start((*each.path.split(), "--help"), 4, "Usage") for each in COMMANDS]
    for each in helps:
        each.run(folder)
    return max(helps, key=lambda each: each.run(folder).cpu_s)


def _complete(shell: str) -> Start:
    asked = {
        "_AVSCTL_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": WORDS,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    if shell == "bash":
        asked |= {"COMP_WORDS": WORDS, "COMP_CWORD": str(WORDS.count(" "))}
        del asked["_TYPER_COMPLETE_ARGS"]
    return Start((), 4, "--min-delta", environment=asked, name=f"completion of `{WORDS}` in {shell}")
