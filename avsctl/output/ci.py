"""Which CI an answer is told to, besides."""

from collections.abc import Mapping
from enum import StrEnum


class Ci(StrEnum):
    """Which CI an answer is told to, besides."""

    GITHUB = "github"
    NONE = "none"


def choose_ci(asked: Ci | None, environ: Mapping[str, str]) -> Ci:
    """Give what was asked for; where nothing was, GitHub if GITHUB_ACTIONS is ``true``."""
    return asked or (Ci.GITHUB if environ.get("GITHUB_ACTIONS") == "true" else Ci.NONE)
