"""Work beside other work: threads that never keep a process alive."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def start(work: Callable[[], A]) -> Future[A]:
    """Begin work in a thread of its own; whoever wants to be gone does not have to wait for it."""
    future: Future[A] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def run_all(works: Sequence[Callable[[], A]]) -> list[A]:
    """Do several works of one kind at the same time, the first one here."""
    others = [start(work) for work in works[1:]]
    return [*(work() for work in works[:1]), *(other.result() for other in others)]


def side_by_side(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Do two works at the same time; the first one's error is raised before the second one's, at once."""
    other = start(second)
    mine = first()
    return mine, other.result()
