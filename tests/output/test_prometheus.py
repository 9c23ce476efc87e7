"""The gauges of a watch: the textfile format, held to its grammar by a reader of its own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watch_rounds import AT, HOSTILE, Course

from avsctl.core.units import E18
from avsctl.output.power_watch import Plan, WatchLog
from avsctl.output.prometheus import Gauge, Sample, write_figures, write_gauges

LABELS = {"avs_governance": "0xAb", "attestation_center": "0xCd", "l2_chain_id": "8453"}
NAMED = 'avs_governance="0xAb",attestation_center="0xCd",l2_chain_id="8453"'
SAMPLE = re.compile(
    r'(?P<name>[a-z_0-9]+)\{(?P<labels>(?:[a-z_0-9]+="(?:[^"\\\n]|\\["\\n])*",?)*)\} (?P<value>-?[0-9]+)'
)


def read(text):
    """Give the samples of a text, name and labels to value; every line is one, or the HELP or TYPE of the next."""
    assert text.endswith("\n")
    samples, head = {}, []
    for line in text.splitlines():
        if line.startswith("#"):
            head.append(line)
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name = match["name"]
        if head:
            assert head[0].startswith(f"# HELP {name} ")
            assert head[1:] == [f"# TYPE {name} gauge"]
            assert not any(known.startswith(f"{name}{{") for known in samples)
            head = []
        samples[f"{name}{{{match['labels']}}}"] = int(match["value"])
    assert not head
    return samples


def figures(*rounds):
    log = WatchLog(Plan(60))
    for each in rounds:
        log.add(each)
    return log


def test_the_whole_text_of_a_round():
    course = Course()
    log = figures(course.fail(), course.read(100 * E18, 150 * E18, 90 * E18))
    assert (
        write_figures(log, LABELS)
        == f"""\
# HELP avsctl_rounds Rounds since the watch began.
# TYPE avsctl_rounds gauge
avsctl_rounds{{{NAMED}}} 2
# HELP avsctl_round_failures Rounds that could not be read since the watch began.
# TYPE avsctl_round_failures gauge
avsctl_round_failures{{{NAMED}}} 1
# HELP avsctl_last_success_timestamp_seconds Unix time of the last round that was read: how old the gauges below are.
# TYPE avsctl_last_success_timestamp_seconds gauge
avsctl_last_success_timestamp_seconds{{{NAMED}}} {AT + 2}
# HELP avsctl_drift 1 if voting power differs between L1 and L2, else 0.
# TYPE avsctl_drift gauge
avsctl_drift{{{NAMED}}} 1
# HELP avsctl_drift_ratio_bps Voting power that differs, in ten-thousandths of the larger of both layers, rounded up.
# TYPE avsctl_drift_ratio_bps gauge
avsctl_drift_ratio_bps{{{NAMED}}} 1715
# HELP avsctl_operators Operators by how they stand between the layers.
# TYPE avsctl_operators gauge
avsctl_operators{{{NAMED},status="in_sync"}} 1
avsctl_operators{{{NAMED},status="increase"}} 1
avsctl_operators{{{NAMED},status="decrease"}} 1
avsctl_operators{{{NAMED},status="not_registered_on_l1"}} 0
avsctl_operators{{{NAMED},status="not_an_operator_on_l1"}} 0
avsctl_operators{{{NAMED},status="not_on_l2"}} 0
avsctl_operators{{{NAMED},status="unreadable_on_l1"}} 0
# HELP avsctl_last_sync_age_seconds From the L2 block of the last 10001 sync to the one read.
# TYPE avsctl_last_sync_age_seconds gauge
avsctl_last_sync_age_seconds{{{NAMED}}} 3600
# HELP avsctl_l1_block_number Block of L1 that was read.
# TYPE avsctl_l1_block_number gauge
avsctl_l1_block_number{{{NAMED}}} 23812942
# HELP avsctl_l2_block_number Block of L2 that was read.
# TYPE avsctl_l2_block_number gauge
avsctl_l2_block_number{{{NAMED}}} 38236422
"""
    )


def test_what_is_not_known_is_left_out():
    course = Course()
    samples = read(write_figures(figures(course.fail()), LABELS))
    assert samples == {f"avsctl_rounds{{{NAMED}}}": 1, f"avsctl_round_failures{{{NAMED}}}": 1}
    text = write_figures(figures(course.read(*[100 * E18] * 3, sync=None)), LABELS)
    assert "avsctl_last_sync_age_seconds" not in text
    assert read(text)[f"avsctl_drift{{{NAMED}}}"] == 0


def test_a_round_that_failed_or_was_behind_leaves_the_gauges_at_the_last_that_was_read():
    course = Course()
    rounds = [course.read(*[100 * E18] * 3), course.read(*[90 * E18] * 3, block=1), course.fail()]
    before, *later = (read(write_figures(figures(*rounds[:count]), LABELS)) for count in (1, 2, 3))
    for after in later:
        kept = {name: value for name, value in after.items() if "round" not in name}
        assert kept == {name: value for name, value in before.items() if "round" not in name}
    assert later[-1][f"avsctl_round_failures{{{NAMED}}}"] == 1


@pytest.mark.parametrize("value", [HOSTILE, '"} 1\nevil{x="', "\\", "a\\\nb", "\u202e", ""])
def test_labels_are_made_harmless(value):
    text = write_gauges([Gauge("avsctl_x", "X.", (Sample(1, {"own": value}),))], {"all": value})
    assert len(read(text)) == 1
    assert "\x1b" not in text
    assert "\u202e" not in text


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(max_size=20), max_size=3), st.integers())
def test_whatever_the_labels_are_a_sample_is_one_line(labels, value):
    text = write_gauges([Gauge("avsctl_x", "X.", (Sample(value),)), Gauge("avsctl_y", "Y.", ())], labels)
    assert list(read(text).values()) == [value]
