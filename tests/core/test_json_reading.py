"""JSON from outside: read as Python reads it, but never deeper than is bounded."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.json_text import DEEPEST, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_it_reads_what_json_writes(value):
    text = json.dumps(value)
    assert parse_json(text) == parse_json(text.encode()) == value


@pytest.mark.parametrize(
    "deep", ["[" * 200_000, '{"a":' * 200_000, "[" * 200_000 + "]" * 200_000, "[[" * (DEEPEST // 2 + 1)]
)
def test_what_is_nested_too_deep_is_refused_whatever_the_recursion_limit(deep):
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(ValueError, match="nested deeper"):
            parse_json(deep)
    finally:
        sys.setrecursionlimit(limit)


def test_the_deepest_is_read():
    deepest = "[" * DEEPEST + "]" * DEEPEST
    assert json.dumps(parse_json(deepest)) == deepest


@pytest.mark.parametrize("text", ["", "{", "nul", b"\xff", "\ud800", '"\ud800', "[1,]"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the parser says
        parse_json(text)
