"""The decoder of calls in tests."""

from avsctl.errors import AnswerError


def one_word(data):
    """Take 32 bytes as they are; whatever else comes back is no answer."""
    if len(data) != 32:
        raise AnswerError("no word", "ask for one")
    return data
