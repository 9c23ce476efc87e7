"""What is read of a block before anybody asks for it, so that it is there when they do.

Whatever is kept here was read at the block of its reader, as every other answer: a guess decides only what is read,
never what is believed. An answer is handed out once.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from avsctl.chain.background import start
from avsctl.contracts.call import Call, Outcome

_Key = tuple[str | None, bytes, str]


@dataclass
class Ahead:
    """Raw outcomes by call, and Unix times by block, of one reader; safe to use from several threads."""

    _outcomes: dict[_Key, Outcome[bytes]] = field(default_factory=dict)
    _times: dict[int, "Future[int | None]"] = field(default_factory=dict)
    _under_way: list["Future[None]"] = field(default_factory=list)

    def begin(self, calls: Sequence[Call[bytes]], read: Callable[[], Iterable[Outcome[bytes]]]) -> None:
        """Keep what ``read`` gives for ``calls``, once it is there."""
        self._under_way.append(start(lambda: self.keep(calls, read())))

    def begin_time(self, number: int, read: Callable[[], int | None]) -> None:
        """Keep the time of an earlier block, once it is there."""
        self._times[number] = start(read)

    def keep(self, calls: Iterable[Call[bytes]], outcomes: Iterable[Outcome[bytes]]) -> None:
        """Keep outcomes that nobody has asked for yet."""
        self._outcomes.update(zip(map(_key, calls), outcomes, strict=True))

    def take(self, calls: Sequence[Call[Any]]) -> dict[int, Outcome[bytes]]:
        """Give the outcomes that are kept, by the place of their calls; waits for those that are under way.

        Raises:
            ChainError: what is under way could not be read.
        """
        for future in tuple(self._under_way):
            future.result()
        if not self._outcomes:
            return {}
        found = ((index, self._outcomes.pop(_key(call), None)) for index, call in enumerate(calls))
        return {index: outcome for index, outcome in found if outcome is not None}

    def take_time(self, number: int) -> "Future[int | None] | None":
        """Give the time of a block that is kept or under way."""
        return self._times.pop(number, None)


def _key(call: Call[Any]) -> _Key:
    return call.to, call.data, call.code
