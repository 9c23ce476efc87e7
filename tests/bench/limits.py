"""Figures beside the limits that were set for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE = "{:62}{:>10}{:>8}{}"


@dataclass(frozen=True)
class Limit:
    """One figure, and the most that it may be."""

    what: str
    measured: float
    most: float

    @property
    def is_met(self) -> bool:
        """Whether it is no more."""
        return self.measured <= self.most


def tell(limits: Iterable[Limit]) -> Iterator[str]:
    """Give a line for each, with a word where it is not met."""
    yield _LINE.format("", "measured", "limit", "")
    for each in limits:
        yield _LINE.format(each.what, f"{each.measured:.2f}", f"{each.most:g}", "" if each.is_met else "  NOT MET")
