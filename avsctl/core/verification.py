"""What comes of holding a file, a hash or a signature to the chain: checks with a stable code each."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CheckResult(StrEnum):
    """How a check ended."""

    OK = "ok"
    MOVED = "moved"
    """The chain is another than when the file was made; the file is not."""
    MISMATCH = "mismatch"
    SKIPPED = "skipped"
    """It could not be made; the text says why."""


@dataclass(frozen=True)
class Mismatch:
    """One field that is not as it must be; both values as they are shown, either may come from a stranger."""

    field: str
    """Path in the file (``transactions[0].to``), in the sidecar (``safe_tx.nonce``), or a name."""
    expected: str
    found: str


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    code: str
    """Stable, for programs."""
    what: str
    """In words, for the screen."""
    result: CheckResult
    detail: str = ""
    """What was found, or why it was skipped."""
    mismatches: tuple[Mismatch, ...] = ()
    """What differs; not empty where the result is MISMATCH or MOVED."""


def judge_fields(code: str, what: str, mismatches: Iterable[Mismatch], detail: str = "", amiss: str = "") -> Check:
    """Give a check that is well where nothing differs, with ``detail``; else it has ``amiss``."""
    found = tuple(mismatches)
    if found:
        return Check(code, what, CheckResult.MISMATCH, amiss, found)
    return Check(code, what, CheckResult.OK, detail)


def skip(code: str, what: str, why: str) -> Check:
    """Give a check that could not be made."""
    return Check(code, what, CheckResult.SKIPPED, why)
