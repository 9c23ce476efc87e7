"""Internal tasks: the ones that an aggregator's node runs by itself, on a schedule of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from avsctl.core.json_text import parse_json
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import ConfigError, ConfigProblems, Problem

DEFAULT_INTERVAL_MS: Final = 3_600_000
"""What the node takes where an entry names no interval, and where INTERNAL_TASKS is not set."""
MINIMUM_INTERVAL_MS: Final = 60_000
MAXIMUM_INTERVAL_MS: Final = 2**48 - 1


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


def find_interval_seconds(settings: tuple[InternalTaskSetting, ...] | None, name: InternalTaskName) -> int:
    """Give how often a task runs, in seconds: as set, else the node's documented default."""
    intervals = [setting.interval_ms for setting in settings or () if setting.name is name]
    return next(iter(intervals), DEFAULT_INTERVAL_MS) // 1000


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
