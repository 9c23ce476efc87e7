"""When internal tasks are due that run at intervals of their own, all of them for the first time at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from avsctl.core.units import TaskDefinitionId


def find_next(at_ms: int, every_ms: int) -> int:
    """Give the first whole multiple of an interval that is later than a moment; both in milliseconds."""
    return (at_ms // every_ms + 1) * every_ms


@dataclass(frozen=True)
class Due:
    """A moment of a timetable."""

    at_ms: int
    """Since the first one."""
    tasks: tuple[TaskDefinitionId, ...]
    """Those that run then, by id."""


@dataclass(frozen=True)
class Timetable:
    """How often each task runs, in milliseconds above 0; at least one task."""

    intervals_ms: Mapping[TaskDefinitionId, int]

    @property
    def first(self) -> Due:
        """Every task, at once."""
        return Due(0, tuple(sorted(self.intervals_ms)))

    def find_after(self, at_ms: int) -> Due:
        """Give the first moment later than this one; what was due until then and did not run is left out."""
        next_by_task = {task: find_next(at_ms, every) for task, every in self.intervals_ms.items()}
        soonest = min(next_by_task.values())
        return Due(soonest, tuple(sorted(task for task, at in next_by_task.items() if at == soonest)))
