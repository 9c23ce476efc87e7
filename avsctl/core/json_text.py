"""JSON from outside, read without trusting its depth."""

import json
from collections.abc import Sequence
from typing import Any, Final

DEEPEST: Final = 200
"""Nesting that no document read here comes near."""

_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


def parse_json(text: str | bytes, *, is_strict: bool = False) -> object:
    """Read a JSON document; raises ValueError for anything else, and for one nested deeper than ``DEEPEST``.

    Strictly, an object that names a member twice is refused, too: some readers take the first, some the last.

    The depth is bounded here because Python's parser recurses: a library that raises the recursion limit (py_ecc does,
    on import) would let a deeply nested document overflow the stack and end the process.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if _depth(raw) > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    document: object = json.loads(text, object_pairs_hook=_join if is_strict else None)
    return document


def _join(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object names a member twice")
    return members


def _depth(raw: bytes) -> int:
    """Count how deep brackets nest, those inside strings among them."""
    depth = deepest = 0
    for bracket in raw.translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
