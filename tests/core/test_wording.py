"""Rows in a sentence."""

from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.wording import join_words


@given(st.lists(st.integers(0, 99), min_size=1, max_size=40))
def test_rows_of_words_name_twelve_and_count_the_rest(ids):
    told = join_words(ids)
    if len(ids) > 12:
        assert told == f"{', '.join(map(str, ids[:12]))} and {len(ids) - 12} more"
    else:
        assert told.replace(" and ", ", ") == ", ".join(map(str, ids))
        assert told.count(" and ") == (len(ids) > 1)
