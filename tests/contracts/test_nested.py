"""The decoder of nested values, held to eth_abi."""

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.address import to_checksum
from avsctl.contracts.nested import decode_nested, knows

WORDS = {
    "uint256": st.integers(0, 2**256 - 1),
    "uint16": st.integers(0, 2**16 - 1),
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20).map(to_checksum),
    "bytes4": st.binary(min_size=4, max_size=4),
    "bytes": st.binary(max_size=70),
    "string": st.text(max_size=40).filter(lambda text: text.encode("utf-8", "ignore").decode() == text),
}


def tuples(inner):
    return st.lists(inner, min_size=1, max_size=4).map(
        lambda each: (f"({','.join(kind for kind, _ in each)})", st.tuples(*(values for _, values in each)))
    )


def arrays(inner):
    return st.tuples(inner, st.sampled_from([None, 1, 2])).map(
        lambda drawn: (
            f"{drawn[0][0]}[{drawn[1] or ''}]",
            st.lists(drawn[0][1], min_size=drawn[1] or 0, max_size=drawn[1] or 3).map(tuple),
        )
    )


KINDS = st.recursive(st.sampled_from(list(WORDS.items())), lambda inner: tuples(inner) | arrays(inner), max_leaves=8)
EXAMPLES = st.lists(KINDS, min_size=1, max_size=4).flatmap(
    lambda each: st.tuples(st.just([kind for kind, _ in each]), st.tuples(*(values for _, values in each)))
)
DETAILS = "(uint16,bool,(address,string,uint256[]),bytes[2],bytes4)"


@given(EXAMPLES)
def test_what_eth_abi_writes_is_read(example):
    kinds, values = example
    assert knows(kinds)
    assert decode_nested(kinds, encode(kinds, values)) == values


@given(EXAMPLES, st.data())
def test_nothing_else_is_read(example, data):
    """A changed byte or a cut is refused, unless it makes the canonical encoding of other values."""
    kinds, values = example
    raw = bytearray(encode(kinds, values))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    spoilt = bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) - 1, len(raw) - 32]))])
    assert is_read(kinds, spoilt) == is_canonical([kind.replace("string", "bytes") for kind in kinds], spoilt)


def is_read(kinds, raw):
    try:
        return decode_nested(kinds, raw) is not None
    except ValueError:
        return False


def is_canonical(kinds, raw):
    try:
        return encode(kinds, decode(kinds, raw)) == raw
    except (DecodingError, OverflowError):
        return False


def test_text_that_is_none_shows_in_escapes():
    assert decode_nested(["string"], encode(["bytes"], [b"a\xff"])) == ("a\\xff",)


@pytest.mark.parametrize("count", [3, 2**32, 2**255])
def test_a_count_that_cannot_be_is_refused(count):
    with pytest.raises(ValueError, match=f"an array of {count} items"):
        decode_nested(["uint256[]"], (32).to_bytes(32) + count.to_bytes(32) + bytes(32))


@pytest.mark.parametrize("kind", ["int256", "fixed128x18", "uint256[0]", "()", "(uint8,int8)", "function"])
def test_types_that_are_not_known_are_told(kind):
    assert not knows([kind])
    assert knows([DETAILS])
