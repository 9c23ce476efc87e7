"""Making text harmless: nothing that a terminal obeys or hides gets through, and what can be read stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.output.text import SCREEN_LIMIT, clip, escape, is_plain, mask

HOSTILE = st.text(
    st.characters() | st.sampled_from("\x00\x1b\x9b\u202e\u2066\u200b\ufeff\u3164\u2028\r\n\t")
) | st.text(st.characters(categories=["Cs", "Cf", "Cc", "Zl", "Zp", "Co", "Cn"]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("price-feed", "price-feed"),
        ("Цена 価格 größe é", "Цена 価格 größe é"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x1b]8;;https://evil.example\x1b\\", r"\x1b]8;;https://evil.example\x1b\ ".rstrip()),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("a\u200bb\ufeff\u00ad", r"a\u200bb\ufeff\xad"),
        ("\ud800", r"\ud800"),
        ("one\ntwo\r\n\tthree", r"one\ntwo\r\n\tthree"),
        ("\0", r"\x00"),
        ("a\u00a0b\u3000c", r"a\xa0b\u3000c"),
        ("\u3164\u2800\ufe0f", r"\u3164\u2800\ufe0f"),
        ("\U000e0041", r"\U000e0041"),
        ("[bold]x[/]", "[bold]x[/]"),
        ("::error::x", r"\x3a:error::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        (":::x", r"\x3a::x"),
        ("task ::x", "task ::x"),
        ("a ##[stop-commands]###[x]", r"a #\x23[stop-commands]##\x23[x]"),
        ("## [x] #[y]", "## [x] #[y]"),
    ],
)
def test_escape(text, shown):
    assert escape(text) == shown


@given(HOSTILE)
def test_nothing_invisible_gets_through(text):
    shown = escape(text)
    assert all(unicodedata.category(c)[0] not in "CZ" or c == " " for c in shown)
    assert shown.encode("utf-8").decode() == shown
    assert is_plain(shown)
    assert escape(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P"], max_codepoint=0x10FF)))
def test_letters_stay(text):
    hidden = set("\u115f\u1160")
    assert escape(text) == text or hidden & set(text) or text.startswith("::") or "##[" in text


@given(HOSTILE, st.integers(0, 50))
def test_a_limit_counts_what_is_missing(text, limit):
    shown = escape(text, limit)
    missing = len(text) - limit
    assert shown == (escape(text[:limit]) + f"...(+{missing})" if missing > 0 else escape(text))


def test_clip_keeps_what_a_screen_has_room_for():
    assert clip("x" * (SCREEN_LIMIT + 3)) == "x" * SCREEN_LIMIT + "...(+3)"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("at https://user:pass@rpc.example/v3/KEY?token=1 now", "at https://rpc.example/*** now"),
        ("wss://rpc.example", "wss://rpc.example/***"),
        ("'http:/u:s3cret@127.0.0.1:1/v2/KEY' is", "'http:/127.0.0.1:1/***' is"),
        ("http://u:s3/cret@rpc.example/KEY", "http://***/***"),
        ("http://u:s3'cret@rpc.example/KEY'", "http://***/***'"),
        ("http://u:s3cret/KEY", "http://***/***"),
        ("https:/u:p@[::1]:1/KEY", "https:/[::1]:1/***"),
        ("https://rpc.example:8443#KEY", "https://rpc.example:8443/***"),
        (f"key 0x{'ab' * 32}.", "key ***."),
        ("ab" * 32, "***"),
        ("0x04d2D471959b7Adbaf27A2E158D25088ab8C2843", "0x04d2D471959b7Adbaf27A2E158D25088ab8C2843"),
        ("No such option: --al", "No such option: --al"),
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked
    assert mask(masked) == masked
