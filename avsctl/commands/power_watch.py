"""``avsctl power watch``: the diff at an interval, and what changed from one round to the next."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

import functools
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from avsctl.commands.options import Answer, Common, with_common
from avsctl.commands.rounds import open_round, require_moving, tell_new
from avsctl.core.durations import parse_duration
from avsctl.core.internal_tasks import InternalTaskName, find_interval_seconds
from avsctl.core.power import Threshold
from avsctl.core.watch import Reading, Watch, fail, observe
from avsctl.errors import AvsctlError, ChainError, ConfigError, GenerationError, UsageError
from avsctl.output.destinations import STDOUT_TABLE, Destination, Format, parse_file, require_apart
from avsctl.output.files import require_place, write_file
from avsctl.output.power_watch import Ending, Plan, Round, WatchLog
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.chain.transport import Clock
    from avsctl.config import Settings
    from avsctl.core.findings import Finding
    from avsctl.output.live import LiveLine
    from avsctl.output.power import DiffAnswer

_STDOUT_JSON: Final = Destination(Format.JSON)
_EVENTS_TELL: Final = "drift"
"""The code of what a round finds and the changes tell of in more words."""

_log = logging.getLogger("avsctl.commands.power_watch")


def _shows_itself(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """Leave the document off a stdout that has had a line of JSON for each round; what it found is told on stderr."""

    @functools.wraps(command)
    def shown(**values: Any) -> Answer:  # noqa: ANN401 - typer gives whatever the options are
        answer = command(**values)
        kept = tuple(each for each in answer.destinations if each != _STDOUT_JSON)
        if answer.result is None or kept == answer.destinations:
            return answer
        if kept:
            return replace(answer, destinations=kept)
        tell_new(answer.result.findings, ())
        return replace(answer, destinations=(), result=replace(answer.result, findings=()))

    return shown


@_shows_itself
@with_common()
def watch(
    common: Common,
    *,
    interval: Annotated[
        str, typer.Option("--interval", metavar="DURATION", help="From round to round: 30s, 1m, 6h, 2d.")
    ] = "1m",
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="DURATION", help="End after this, with a last round; else it goes on."),
    ] = None,
    until_sync: Annotated[
        bool,
        typer.Option("--until-sync", help="End when a 10001 sync lands, status 0; 3 where --for is over without one."),
    ] = False,
    until_drift: Annotated[
        bool,
        typer.Option("--until-drift", help="End when there is drift, status 3; 0 where --for is over without any."),
    ] = False,
    prometheus: Annotated[
        str | None,
        typer.Option("--prometheus", metavar="FILE", help="Write gauges for a textfile collector after every round."),
    ] = None,
) -> Result:
    """Compare voting power on L1 and L2 at an interval, a line a round, and tell on stderr what changes.

    With -o json a line is the envelope of its round; -o json=FILE is one document at the end. A round that fails is
    told, and the next one is tried; --timeout is for each round. Ends in 130 at Ctrl-C, in 5 where --for is over and
    no round could be read.
    """
    plan = _parse_plan(interval, for_, until_sync=until_sync, until_drift=until_drift)
    require_moving(common, "")
    figures = None if prometheus is None else _parse_prometheus(prometheus, common)
    from avsctl.chain.transport import SystemClock
    from avsctl.commands.connection import BOTH, read_settings

    settings = read_settings(common, needs=BOTH)
    return _Watcher(common, settings, plan, figures, SystemClock()).run()


@dataclass
class _Watcher:
    """Plays rounds, and keeps what the next one is compared with."""

    common: Common
    settings: "Settings"
    plan: Plan
    prometheus: Path | None
    clock: "Clock"
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    has_read: bool = False
    """Whether a round has not failed."""
    watch: Watch = field(default_factory=Watch)
    known: "tuple[Finding, ...]" = ()
    """What was found in the last round that did not fail."""
    is_unwritable: bool = False
    """Whether the gauges could not be written after the last round."""

    def __post_init__(self) -> None:
        self.log = WatchLog(self.plan)

    def run(self) -> Result:
        """Watch until what is waited for is there, the time is over, it is interrupted, or nobody reads it any more.

        Raises:
            AvsctlError: what no later round can mend.
        """
        from avsctl.output.power_watch import present_end

        try:
            with self._open_screen() as live:
                ending = self._go_on(live)
        except KeyboardInterrupt:
            ending = Ending.INTERRUPTED
        return present_end(self.log, ending, self._conclude(ending))

    def _open_screen(self) -> "AbstractContextManager[LiveLine | None]":
        """Give the line that rounds stand in, one after another, where stdout is a terminal that can."""
        from avsctl.output.live import is_live, open_live_line

        return open_live_line() if self._has_lines and is_live(sys.stdout, os.environ) else nullcontext()

    @property
    def _has_lines(self) -> bool:
        return STDOUT_TABLE in self.common.destinations

    def _go_on(self, live: "LiveLine | None") -> Ending:
        from avsctl.tx.timekeeping import keep_interval

        ends_ms = None if self.plan.for_seconds is None else self.plan.for_seconds * 1000
        for at_ms in keep_interval(self.plan.interval_seconds * 1000, self.clock, ends_ms):
            each = self._play(at_ms)
            self.log.add(each)
            self._write_figures()
            self._tell(each)
            if not self._show(each, live):
                return Ending.UNREAD
            if self._has_come(each):
                assert self.plan.until is not None  # noqa: S101 - it has come
                return self.plan.until
        return Ending.TIME

    def _has_come(self, each: Round) -> bool:
        """Whether a round shows what is waited for."""
        awaited = {Ending.SYNC: each.has_sync, Ending.DRIFT: each.is_drifting}
        return self.plan.until is not None and awaited[self.plan.until]

    def _play(self, at_ms: int) -> Round:
        """Read and compare; chains that cannot be read make a round fail, and so do settings that were right.

        Raises:
            AvsctlError: what no later round can mend.
        """
        from avsctl.commands.connection import wall_time

        began_at = wall_time()
        try:
            answer = self._read()
        except ChainError as error:
            return self._fail(at_ms, began_at, error)
        except (ConfigError, UsageError) as error:
            if not self.has_read:
                raise
            return self._fail(at_ms, began_at, error)
        self.has_read = True
        reading = Reading(answer.l1.number, answer.l2.number, answer.l2.timestamp, answer.diff, answer.last_sync)
        interval = find_interval_seconds(self.settings.internal_tasks, InternalTaskName.VOTING_POWER_SYNC)
        events, self.watch = observe(self.watch, reading, interval)
        is_behind = self.watch.behind > 0
        return Round(next(self.numbers), at_ms, began_at, answer, events, self.watch.course, is_behind)

    def _read(self) -> "DiffAnswer":
        from avsctl.commands.power_reading import read_diff

        with open_round(self.settings, self.common, self.clock) as connection:
            if self.plan.until is Ending.SYNC and connection.discovery.internal_task_handler is None:
                raise GenerationError(
                    f"generation {connection.discovery.generation} has no internal tasks: V2 and V3 have",
                    "leave --until-sync out: what a syncer writes shows as drift that heals",
                )
            return read_diff(connection, Threshold())

    def _fail(self, at_ms: int, began_at: int, error: AvsctlError) -> Round:
        events, self.watch = fail(self.watch, error.problems)
        number, course = next(self.numbers), self.watch.course
        return Round(number, at_ms, began_at, None, events, course, problems=error.problems, status=error.status)

    def _tell(self, each: Round) -> None:
        """Tell what changed, in the order in which it did, and what was not found in the round before."""
        from avsctl.core.watch_findings import tell_event

        for change in map(tell_event, each.events):
            tell_new((change,), ())
        if each.answer is not None:
            found = tuple(finding for finding in each.answer.findings if finding.code != _EVENTS_TELL)
            tell_new(found, self.known)
            self.known = found
        event = "round_failed" if each.answer is None else "round_ended"
        fields = {"round": each.number, "outcome": each.outcome.value, "codes": [item.code for item in each.problems]}
        _log.debug("round %s", each.number, extra={"event": event, "fields": fields})

    def _show(self, each: Round, live: "LiveLine | None") -> bool:
        """Show a round; false where nobody reads."""
        from avsctl.output.delivery import show_line
        from avsctl.output.power_watch import write_round
        from avsctl.output.screen import Line
        from avsctl.output.watch_line import live_line, plain_line

        if live is not None:
            return live.show(live_line(each, live.terminal))
        if self._has_lines:
            return show_line(plain_line(each))
        return show_line(Line(write_round(each).rstrip("\n"), is_verbatim=True))

    def _write_figures(self) -> None:
        """Write the gauges; a file that cannot be written is told once, and tried again after the next round."""
        from avsctl.output.log import log_problem
        from avsctl.output.prometheus import write_figures

        if self.prometheus is None:
            return
        try:
            write_file(self.prometheus, write_figures(self.log, self._labels))
        except UsageError as error:
            for problem in () if self.is_unwritable else error.problems:
                log_problem(problem)
            self.is_unwritable = True
        else:
            self.is_unwritable = False

    @property
    def _labels(self) -> dict[str, str]:
        """What tells this deployment from others; the chain that is not known yet has no name."""
        answer = self.log.last_read.answer if self.log.last_read else None
        chain_id = answer.deployment.l2_chain_id if answer else self.settings.l2.expected_chain_id
        return {
            "avs_governance": str(self.settings.avs_governance),
            "attestation_center": str(self.settings.attestation_center),
            "l2_chain_id": "" if chain_id is None else str(chain_id),
        }

    def _conclude(self, ending: Ending) -> "tuple[Finding, ...]":
        """Give what the whole watch found."""
        from avsctl.core.watch_findings import check_awaited_sync
        from avsctl.output.power_watch import find_drift_findings

        if ending is Ending.TIME and self.plan.until is Ending.SYNC:
            return (check_awaited_sync(self.plan.for_seconds or 0),)
        if ending is Ending.DRIFT and self.log.last is not None:
            return find_drift_findings(self.log.last)
        return ()


def _parse_plan(interval: str, for_: str | None, *, until_sync: bool, until_drift: bool) -> Plan:
    """Read how long to watch and for what.

    Raises:
        UsageError: a duration that is none, or two things to wait for.
    """
    if until_sync and until_drift:
        raise UsageError("--until-sync and --until-drift exclude each other", "give one of them")
    until = Ending.SYNC if until_sync else Ending.DRIFT if until_drift else None
    for_seconds = None if for_ is None else parse_duration(for_, "--for")
    return Plan(parse_duration(interval, "--interval"), for_seconds, until)


def _parse_prometheus(text: str, common: Common) -> Path:
    """Read ``--prometheus``.

    Raises:
        UsageError: no file that can be written, or one that an answer goes to or settings are read from.
    """
    path = parse_file(text, "--prometheus")
    require_place(path)
    require_apart(common.destinations, path, "--prometheus", common.settings_files)
    return path
