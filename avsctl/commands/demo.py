"""``avsctl demo``: a devnet, the tour of the commands against it, and its end."""
# ruff: noqa: PLC0415 - the devnet is imported when it is started, so that help and mistakes cost nothing

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avsctl.commands.options import Common, with_common
from avsctl.core.deployment import Generation
from avsctl.errors import AvsctlError
from avsctl.output.result import Result
from avsctl.output.screen import Blank, Line, Style


@dataclass(frozen=True)
class Stop:
    """One command of the tour, and the status that it ends in on the demo's devnet."""

    arguments: tuple[str, ...]
    what: str
    status: int


TOUR: Final = (
    Stop(("doctor", "--fail-on", "never"), "Is everything set up, and is the deployment well?", 0),
    Stop(("power", "diff"), "Which operators drifted? Status 3: a check found something.", 3),
    Stop(("power", "diff", "--min-bps", "2000"), "Only what differs by 20 % and more.", 3),
    Stop(("operator", "list"), "Every operator id, dead ones too.", 0),
    Stop(("operator", "show", "2"), "One operator, and which tasks it may attest.", 0),
    Stop(("task", "list"), "Every task definition: can it reach consensus?", 3),
    Stop(("power", "diff", "-o", "json"), "The same diff for programs.", 3),
)


@with_common(reads=False)
def demo(common: Common) -> None:
    """Start a devnet with drift, run the main commands against it, and stop it."""
    from avsctl.devnet.launch import DevnetSettings, start
    from avsctl.devnet.world import environment

    common.deliver(_say("Starting two local nodes with a V2 deployment of 12 operators, 8 of them drifted."))
    settings = DevnetSettings(Generation.V2, operators=12, drift=8)
    with tempfile.TemporaryDirectory() as folder, start(settings) as devnet:
        for stop in TOUR:
            _run(common, stop, environment(devnet), Path(folder))
    common.deliver(_say("The devnet is stopped. `avsctl devnet up` keeps one running to try things on."))


def _run(common: Common, stop: Stop, settings: Mapping[str, str], folder: Path) -> None:
    """Run one command as a user would, in a process of its own with the devnet's settings in its environment."""
    common.deliver(_say(stop.what, f"$ avsctl {' '.join(stop.arguments)}"))
    command = [sys.executable, "-m", "avsctl", *stop.arguments]
    ended = subprocess.run(command, env={**os.environ, **settings}, cwd=folder, check=False)  # noqa: S603 - our own
    if ended.returncode != stop.status:
        raise AvsctlError(
            f"avsctl {' '.join(stop.arguments)} ended in status {ended.returncode} instead of {stop.status}",
            "run avsctl devnet up, and the command against it, to see why",
        )


def _say(text: str, command: str = "") -> Result:
    shown = (Line(command, is_verbatim=True), Blank()) if command else ()
    return Result("demo", {}, screen=(Blank(), Line(text, Style.HEAD), *shown))
