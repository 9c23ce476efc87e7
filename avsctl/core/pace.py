"""How fast a chain makes blocks, as measured, and how many that is in a time to come."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """So many blocks came in so many seconds; both are above 0."""

    blocks: int
    """Blocks as contracts count them."""
    seconds: int


def blocks_in(pace: Pace, seconds: int) -> int:
    """Give how many blocks come in a time, in seconds, at this pace; rounded up."""
    return -(-seconds * pace.blocks // pace.seconds)
