"""``avsctl internal run``: the life of the internal tasks, rehearsed on their schedule and never submitted."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avsctl.commands.attest_options import Assumed
from avsctl.commands.options import Common, with_common
from avsctl.commands.rounds import open_round, require_moving, tell_new
from avsctl.commands.view_options import ViewOption, parse_views
from avsctl.core.internal_tasks import (
    TASK_DEFINITION_ID_BY_NAME,
    InternalTaskName,
    find_interval,
    require_interval,
)
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import AvsctlError, ChainError, ConfigError, GenerationError, UsageError
from avsctl.output.destinations import STDOUT_TABLE
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.chain.transport import Clock
    from avsctl.commands.connection import Connection
    from avsctl.config import Settings
    from avsctl.core.findings import Finding
    from avsctl.core.internal_schedule import Due
    from avsctl.output.attestation_answer import AttestationAnswer
    from avsctl.output.internal_run import Round, Scheduled

_ALL: Final = "all"
_TASKS: Final = (VOTING_POWER_SYNC, TOTALS_SYNC)
_NAMES: Final = {TASK_DEFINITION_ID_BY_NAME[name]: name for name in InternalTaskName}

_log = logging.getLogger("avsctl.commands.internal_run")


@with_common(checks=True)
def run(
    common: Common,
    *,
    once: Annotated[bool, typer.Option("--once", help="Each task once, now, and end.")] = False,
    task: Annotated[str, typer.Option("--task", metavar="ID", help="10001, 10002 or all.")] = _ALL,
    sync_interval: Annotated[
        int | None,
        typer.Option("--sync-interval", metavar="MS", help="How often 10001 runs; else INTERNAL_TASKS."),
    ] = None,
    view: ViewOption = None,
) -> Result:
    """Rehearse the internal tasks at their intervals until Ctrl-C, and submit none; --timeout is for each round."""
    wanted = _parse_task(task)
    interval_ms = None if sync_interval is None else require_interval(sync_interval)
    assumed = Assumed(views=parse_views(view or ()))
    if not once:
        require_moving(common, "give --once")
    from avsctl.chain.transport import SystemClock

    settings, schedule = _set_up(common, wanted, interval_ms, is_once=once)
    runner = _Runner(common, settings, schedule, assumed, SystemClock())
    return runner.run_once() if once else runner.run_on()


@dataclass
class _Runner:
    """Plays rounds, and keeps what came of them."""

    common: Common
    settings: "Settings"
    schedule: "tuple[Scheduled, ...]"
    assumed: Assumed
    clock: "Clock"
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    has_read: bool = False
    """Whether a round has not failed."""
    told: "dict[TaskDefinitionId, tuple[Finding, ...]]" = field(default_factory=dict)
    """What was found in the last round of each task."""

    def run_once(self) -> Result:
        """Rehearse each task once, at one block of each layer.

        Raises:
            AvsctlError: as any command that reads both chains.
        """
        from avsctl.core.internal_schedule import Due
        from avsctl.output.internal_run import RunLog, present_once
        from avsctl.tx.events import tell_scheduled

        for task in self.schedule:
            tell_scheduled(task.task_definition_id, task.interval.milliseconds, 0)
        due = Due(0, tuple(each.task_definition_id for each in self.schedule))
        log = RunLog(self.schedule)
        try:
            rounds = self._read(due)
        except AvsctlError as error:
            for each in self._fail(due, error):
                _tell_round(each, logging.DEBUG)
            raise
        for each in rounds:
            _tell_round(each, logging.DEBUG)
            log.add(each)
        return present_once(rounds, log)

    def run_on(self) -> Result:
        """Rehearse each task whenever it is due, until interrupted, or until nobody reads the lines any more.

        Raises:
            AvsctlError: what no later round can mend.
        """
        from avsctl.core.internal_schedule import Timetable
        from avsctl.output.internal_run import RunLog, present_interrupted
        from avsctl.tx.timekeeping import keep_time

        intervals = {each.task_definition_id: each.interval.milliseconds or 0 for each in self.schedule}
        log = RunLog(self.schedule)
        try:
            for due in keep_time(Timetable(intervals), self.clock):
                for each in self._play(due):
                    log.add(each)
                    if not self._show(each):
                        return present_interrupted(log, is_interrupted=False)
        except KeyboardInterrupt:
            pass
        return present_interrupted(log, is_interrupted=True)

    def _play(self, due: "Due") -> "tuple[Round, ...]":
        """Rehearse what is due; a chain that cannot be read makes a round fail, and so do settings that were right.

        Raises:
            AvsctlError: what no later round can mend.
        """
        try:
            rounds = self._read(due)
        except ChainError as error:
            return self._fail(due, error)
        except (ConfigError, UsageError) as error:
            if not self.has_read:
                raise
            return self._fail(due, error)
        self.has_read = True
        return rounds

    def _read(self, due: "Due") -> "tuple[Round, ...]":
        """Rehearse what is due, everything at the same blocks."""
        from avsctl.commands.connection import wall_time
        from avsctl.output.internal_run import Round

        began_at = wall_time()
        with open_round(self.settings, self.common, self.clock) as connection:
            answers = self._rehearse(connection, due)
        pairs = zip(due.tasks, answers, strict=True)
        return tuple(Round(next(self.numbers), task, due.at_ms, began_at, answer) for task, answer in pairs)

    def _rehearse(self, connection: "Connection", due: "Due") -> "list[AttestationAnswer]":
        from avsctl.commands.attest_sources import open_chains, rehearse_honest
        from avsctl.tx.drafts import set_stage

        if connection.discovery.internal_task_handler is None:
            raise GenerationError(
                f"generation {connection.discovery.generation} has no internal tasks: V2 and V3 have",
                "avsctl attest propose gives the calls that a syncer would make",
            )
        stage = set_stage(open_chains(connection))
        return [rehearse_honest(connection, stage, task, self.assumed) for task in due.tasks]

    def _fail(self, due: "Due", error: AvsctlError) -> "tuple[Round, ...]":
        from avsctl.commands.connection import wall_time
        from avsctl.output.internal_run import Round

        now, problems = wall_time(), error.problems
        return tuple(Round(next(self.numbers), task, due.at_ms, now, None, problems) for task in due.tasks)

    def _show(self, each: "Round") -> bool:
        """Show a round at once, as a line where stdout has the table, else as an event; false where nobody reads."""
        from avsctl.output.delivery import show_line
        from avsctl.output.internal_run import round_line

        has_lines = STDOUT_TABLE in self.common.destinations
        is_read = show_line(round_line(each)) if has_lines else True
        _tell_round(each, logging.DEBUG if has_lines else logging.WARNING if each.answer is None else logging.INFO)
        self._tell_findings(each)
        return is_read

    def _tell_findings(self, each: "Round") -> None:
        """Tell what was not found in the round of this task before."""
        if each.answer is not None:
            tell_new(each.findings, self.told.get(each.task_definition_id, ()))
            self.told[each.task_definition_id] = each.findings


def _tell_round(each: "Round", level: int) -> None:
    """Tell of a round as ``round_ended`` or ``round_failed``."""
    from avsctl.output.internal_run import round_fields, tell_round

    event = "round_failed" if each.answer is None else "round_ended"
    _log.log(level, "%s", tell_round(each), extra={"event": event, "fields": round_fields(each)})


def _set_up(
    common: Common, wanted: tuple[TaskDefinitionId, ...], interval_ms: int | None, *, is_once: bool
) -> "tuple[Settings, tuple[Scheduled, ...]]":
    """Load the settings, once for all rounds, and tell which tasks run how often.

    Raises:
        ConfigError: settings that are missing or malformed, or INTERNAL_TASKS names none of the tasks.
    """
    from avsctl.commands.connection import BOTH, L2_ALONE, read_settings
    from avsctl.output.internal_run import Scheduled

    settings = read_settings(common, needs=L2_ALONE)
    named = [(task, _NAMES[task]) for task in wanted]
    found = [Scheduled(task, name, find_interval(settings.internal_tasks, name, interval_ms)) for task, name in named]
    is_named = is_once and len(wanted) == 1
    schedule = tuple(each for each in found if is_named or each.interval.milliseconds is not None)
    if not schedule:
        names = " or ".join(name.value for _, name in named)
        raise ConfigError(
            f"INTERNAL_TASKS names no {names}, so nothing runs it", "name it there, or give --once --task"
        )
    if any(each.task_definition_id == VOTING_POWER_SYNC for each in schedule):
        settings = read_settings(common, needs=BOTH)
    elif settings.avs_governance is None:
        settings = replace(settings, l1=None)
    return settings, schedule


def _parse_task(text: str) -> tuple[TaskDefinitionId, ...]:
    """Read ``--task``.

    Raises:
        UsageError: no internal task that can be rehearsed.
    """
    tasks = tuple(task for task in _TASKS if text in (_ALL, str(task)))
    if not tasks:
        raise UsageError("--task takes 10001, 10002 or all", "10001 syncs powers, 10002 the totals of definitions")
    return tasks
