"""Rows of ids and names in a sentence: joined in words, and cut and counted where they are long."""

from collections.abc import Sequence
from typing import Final

_SHOWN: Final = 12
"""Items of a row that a text names."""


def join_words(words: Sequence[object]) -> str:
    """Join in words: ``1``, ``1 and 2``, ``1, 2 and 3``, or the first ones ``and 9 more``."""
    shown = [str(word) for word in words[:_SHOWN]]
    rest = [f"{len(words) - _SHOWN} more"] if len(words) > _SHOWN else shown[-1:]
    head = shown if len(words) > _SHOWN else shown[:-1]
    return " and ".join(filter(None, (", ".join(head), *rest)))
