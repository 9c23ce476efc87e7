"""Thousands of seeded schedules of faults: the right answer byte for byte, or a documented error, in time.

Truth is what the same command says where nothing goes wrong, at the blocks that the answer names. The normal run takes
a sample; with AVSCTL_SOAK=1 in the environment (``make soak``) it is all of them.
"""

import os
from collections import Counter

import pytest
from fault_lies import LIES
from fault_schedules import FIRST_ROUND, KINDS, LIMITS, Schedule, play

from avsctl.chain.fake import HARMLESS, Mishap

EVERYTHING, SAMPLE, PER_TEST = 3_000, FIRST_ROUND + 40, 40
COUNT = EVERYTHING if os.environ.get("AVSCTL_SOAK") else SAMPLE
DEMANDED = {
    "429 with Retry-After": [Mishap.TOO_MANY_WAIT],
    "429 without": [Mishap.TOO_MANY],
    "-32005 with backoff data": [Mishap.LIMIT_ALL, Mishap.LIMIT_ONE],
    "500": [Mishap.SERVER_ERROR, Mishap.BAD_GATEWAY],
    "an HTML page with status 200": [Mishap.HTML],
    "truncated JSON": [Mishap.TRUNCATED, Mishap.EMPTY_BODY],
    "wrong ids": [Mishap.WRONG_IDS],
    "swapped ids": [Mishap.EXCHANGED, Mishap.SWAPPED],
    "missing batch items": [Mishap.MISSING],
    "extra batch items": [Mishap.EXTRA],
    "null results": [Mishap.NULLED],
    "empty batches": [Mishap.EMPTY_BATCH],
    "dropped connections": [Mishap.DROPPED, Mishap.UNREACHABLE],
    "stalls": [Mishap.STALLED],
    "oversized and malformed hex": [Mishap.OVERSIZED_HEX, Mishap.MALFORMED_HEX, Mishap.OVERSIZED],
    "0x where data was due": [Mishap.NO_DATA],
    "errors in place of results": [Mishap.INTERNAL],
    "a node that is blocks behind": ["a node behind", Mishap.LAGGING],
    "another chain after the first call": ["another chain"],
    "a reorganisation between two requests": ["a reorganisation"],
    "without Multicall3": ["no Multicall3", "no Multicall3, no overrides", "overrides ignored"],
    "without batches": ["no batches", "no batches, by dropping"],
    "with a batch limit of 3": ["batches of 3", "batches of 3, by status"],
    "with a gas cap": ["gas cap", "gas cap below every call"],
    "with a response size cap": ["response cap", "response cap below every answer"],
    "without block hashes": ["no block hashes"],
    "no credentials": [Mishap.DENIED],
    "lies to what is only guessed": list(LIES),
}
"""The kinds of fault that there must be."""
LIVED_WITH = (*LIMITS, *HARMLESS, *LIES)
GIVEN_UP = (Mishap.DENIED,)
"""What is not tried twice."""


def group(first):
    return range(first, min(first + PER_TEST, COUNT))


@pytest.mark.parametrize("seeds", [pytest.param(group(n), id=f"{n}") for n in range(0, COUNT, PER_TEST)])
def test_every_schedule_ends_in_the_right_answer_or_a_documented_error_in_time(seeds, record_property):
    ends, wrong = Counter(), []
    for seed in seeds:
        schedule = Schedule.of(seed)
        try:
            ends[f"{schedule.kind}: {play(seed).end}"] += 1
        except AssertionError as error:
            wrong.append(f"{schedule}: {str(error)[:600]}")
    record_property("tally of fault schedules in memory", dict(ends))
    assert not wrong, "\n\n".join(wrong)


def test_every_kind_is_demanded():
    assert sorted(kind for kinds in DEMANDED.values() for kind in kinds) == sorted(KINDS)


@pytest.mark.parametrize("demanded", DEMANDED)
def test_every_kind_strikes_and_passes_or_stays(demanded):
    for kind in DEMANDED[demanded]:
        passes, stays = (play(seed) for seed in range(FIRST_ROUND) if Schedule.of(seed).kind == kind)
        assert passes.struck
        assert stays.struck
        assert passes.end == ("status 5" if kind in GIVEN_UP else "right"), kind
        assert stays.end == ("right" if kind in LIVED_WITH else "status 5"), kind
