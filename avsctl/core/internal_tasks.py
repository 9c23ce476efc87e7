"""Internal tasks: the ones that an aggregator's node runs by itself, on a schedule of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from avsctl.core.json_text import parse_json
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import ConfigError, ConfigProblems, Problem, UsageError

DEFAULT_INTERVAL_MS: Final = 3_600_000
"""What the node takes where an entry names no interval, and where INTERNAL_TASKS is not set."""
MINIMUM_INTERVAL_MS: Final = 60_000
MAXIMUM_INTERVAL_MS: Final = 2**48 - 1
OVERDUE_INTERVALS: Final = 2
"""From so many missed intervals on a run counts as overdue; one may just be late."""


class InternalTaskName(StrEnum):
    """The names that INTERNAL_TASKS knows."""

    VOTING_POWER_SYNC = "VOTING_POWER_SYNC"
    VOTING_POWER_PER_TASK_DEFINITION_SYNC = "VOTING_POWER_PER_TASK_DEFINITION_SYNC"
    WEIGHTS_UPDATE = "WEIGHTS_UPDATE"
    """In older releases only."""


TASK_DEFINITION_ID_BY_NAME: Final[Mapping[InternalTaskName, TaskDefinitionId]] = MappingProxyType(
    {
        InternalTaskName.VOTING_POWER_SYNC: VOTING_POWER_SYNC,
        InternalTaskName.VOTING_POWER_PER_TASK_DEFINITION_SYNC: TOTALS_SYNC,
        InternalTaskName.WEIGHTS_UPDATE: TaskDefinitionId(10003),
    }
)


@dataclass(frozen=True)
class InternalTaskSetting:
    """One entry of INTERNAL_TASKS."""

    name: InternalTaskName
    interval_ms: int = DEFAULT_INTERVAL_MS


class IntervalSource(StrEnum):
    """What says how often a task runs."""

    DEFAULT = "default"
    """Nothing: it is the node's documented default."""
    SETTING = "INTERNAL_TASKS"
    OPTION = "--sync-interval"


@dataclass(frozen=True)
class Interval:
    """How often an aggregator with these settings runs a task."""

    milliseconds: int | None
    """None where INTERNAL_TASKS is set and does not name the task: nobody runs it."""
    source: IntervalSource

    @property
    def seconds(self) -> int | None:
        """As ``milliseconds``, in whole seconds."""
        return None if self.milliseconds is None else self.milliseconds // 1000


def parse_internal_tasks(text: str) -> tuple[InternalTaskSetting, ...]:
    """Read INTERNAL_TASKS, a JSON array of ``{"name": .., "interval": milliseconds}``, in its order.

    Raises:
        ConfigError: names every entry that is wrong, counted from 1, and what was expected; repeats nothing of it.
    """
    entries = _parse_array(text)
    read = [_parse_entry(entry) for entry in entries]
    names = [setting.name for setting in read if isinstance(setting, InternalTaskSetting)]
    wrong = [f"entry {at}: {setting}" for at, setting in enumerate(read, 1) if isinstance(setting, str)]
    wrong += [f"{name} is named {names.count(name)} times" for name in InternalTaskName if names.count(name) > 1]
    if wrong:
        raise ConfigProblems([Problem("malformed_setting", message) for message in wrong])
    return tuple(setting for setting in read if isinstance(setting, InternalTaskSetting))


def require_interval(milliseconds: int) -> int:
    """Give the interval of ``--sync-interval``; raises UsageError for one that no node takes."""
    if not _is_interval(milliseconds):
        raise UsageError(
            f"--sync-interval {milliseconds} is not an interval",
            f"milliseconds, {MINIMUM_INTERVAL_MS} or more; an hour is 3600000",
        )
    return milliseconds


def find_interval(
    settings: tuple[InternalTaskSetting, ...] | None, name: InternalTaskName, sync_interval_ms: int | None = None
) -> Interval:
    """Give how often a task runs.

    Args:
        settings: INTERNAL_TASKS; None where it is not set.
        name: which task.
        sync_interval_ms: what older aggregators were started with (``--sync-interval``): how often they run 10001.
    """
    if sync_interval_ms is not None and name is InternalTaskName.VOTING_POWER_SYNC:
        return Interval(sync_interval_ms, IntervalSource.OPTION)
    if settings is None:
        return Interval(DEFAULT_INTERVAL_MS, IntervalSource.DEFAULT)
    intervals = [setting.interval_ms for setting in settings if setting.name is name]
    return Interval(next(iter(intervals), None), IntervalSource.SETTING)


def find_interval_seconds(settings: tuple[InternalTaskSetting, ...] | None, name: InternalTaskName) -> int:
    """Give how often a task runs, in seconds: as set, else the node's documented default."""
    return find_interval(settings, name).seconds or DEFAULT_INTERVAL_MS // 1000


def count_missed(age_seconds: int, interval_seconds: int) -> int:
    """Give how many intervals have gone by since the last run."""
    return age_seconds // interval_seconds


def _parse_array(text: str) -> list[object]:
    try:
        value = parse_json(text)
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise ConfigError('expected a JSON array of {"name": .., "interval": milliseconds}', code="malformed_setting")
    return value


def _parse_entry(entry: object) -> InternalTaskSetting | str:
    """Read one entry; a text says what was expected instead."""
    if not isinstance(entry, dict):
        return 'expected {"name": .., "interval": milliseconds}'
    name, interval = entry.get("name"), entry.get("interval", DEFAULT_INTERVAL_MS)
    if name not in list(InternalTaskName):
        return f'expected "name" to be one of {", ".join(InternalTaskName)}'
    if not _is_interval(interval):
        return f'expected "interval" to be whole milliseconds, {MINIMUM_INTERVAL_MS} or more'
    return InternalTaskSetting(InternalTaskName(name), int(interval))


def _is_interval(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return MINIMUM_INTERVAL_MS <= value <= MAXIMUM_INTERVAL_MS and value % 1 == 0
