"""JSON text: read back as it was, safe at a terminal, and without numbers that a reader would round."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.output.encode import SAFE_INTEGER_MAX, decimal, encode
from avsctl.output.text import is_plain

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE_INTEGER_MAX, SAFE_INTEGER_MAX) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(VALUES, st.booleans())
def test_reads_back_and_is_harmless(value, ascii_only):
    text = encode(value, ascii_only=ascii_only)
    assert json.loads(text) == value
    assert is_plain(text.replace("\n", ""))
    assert text.isascii() or not ascii_only
    assert encode(value, indent=None).count("\n") == 1


def test_keys_keep_their_order():
    assert encode({"b": 1, "a": (1, 2)}) == '{\n  "b": 1,\n  "a": [\n    1,\n    2\n  ]\n}\n'


def test_what_a_terminal_obeys_is_escaped_and_letters_are_not():
    assert encode("ö\u202e\x9b\U000e0041") == '"ö\\u202e\\u009b\\udb40\\udc41"\n'


def test_a_lone_surrogate_becomes_its_visible_escape():
    assert json.loads(encode({"\ud800": "a\udfff"})) == {r"\ud800": r"a\udfff"}
    assert encode("\ud800").encode("utf-8")


@pytest.mark.parametrize("value", [2**53, -(2**53), {"a": [10**20]}, float("nan"), float("inf")])
def test_numbers_that_readers_disagree_about_are_refused(value):
    with pytest.raises(ValueError, match=r"decimal string|not JSON compliant"):
        encode(value)


@pytest.mark.parametrize("value", [b"x", {1: 2}, {3}, object()])
def test_what_json_has_no_form_for_is_refused(value):
    with pytest.raises(TypeError):
        encode(value)


@given(st.none() | st.integers())
def test_decimal(value):
    assert decimal(value) == (None if value is None else f"{value:d}")
