"""INTERNAL_TASKS: what is read, what is refused, and that nothing else than a ConfigError comes out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.internal_tasks import (
    DEFAULT_INTERVAL_MS,
    TASK_DEFINITION_ID_BY_NAME,
    InternalTaskName,
    InternalTaskSetting,
    Interval,
    IntervalSource,
    count_missed,
    find_interval,
    find_interval_seconds,
    parse_internal_tasks,
    require_interval,
)
from avsctl.errors import ConfigError, UsageError

POWERS, TOTALS, WEIGHTS = InternalTaskName
NAMES = 'expected "name" to be one of VOTING_POWER_SYNC, VOTING_POWER_PER_TASK_DEFINITION_SYNC, WEIGHTS_UPDATE'
INTERVAL = 'expected "interval" to be whole milliseconds, 60000 or more'
ENTRY = 'expected {"name": .., "interval": milliseconds}'
ARRAY = 'expected a JSON array of {"name": .., "interval": milliseconds}'


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("[]", ()),
        ('[{"name":"VOTING_POWER_SYNC"}]', (InternalTaskSetting(POWERS, 3_600_000),)),
        ('[{"name":"VOTING_POWER_SYNC","interval":60000}]', (InternalTaskSetting(POWERS, 60_000),)),
        ('[{"name":"VOTING_POWER_SYNC","interval":3.6e6}]', (InternalTaskSetting(POWERS, 3_600_000),)),
        (
            """[
              {"name": "VOTING_POWER_PER_TASK_DEFINITION_SYNC", "interval": 3900000, "other": null},
              {"name": "WEIGHTS_UPDATE"}
            ]""",
            (InternalTaskSetting(TOTALS, 3_900_000), InternalTaskSetting(WEIGHTS)),
        ),
    ],
)
def test_entries_are_read_in_their_order(text, settings):
    assert parse_internal_tasks(text) == settings


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", [ARRAY]),
        ("{}", [ARRAY]),
        ("null", [ARRAY]),
        ("[", [ARRAY]),
        ("[" * 100_000, [ARRAY]),
        ("[" + "9" * 5000 + "]", [ARRAY]),
        ("['a']", [ARRAY]),
        ("[1]", [f"entry 1: {ENTRY}"]),
        ("[{}]", [f"entry 1: {NAMES}"]),
        ('[{"name":["VOTING_POWER_SYNC"]}]', [f"entry 1: {NAMES}"]),
        (
            '[{"name":"voting_power_sync"}, null]',
            [f"entry 1: {NAMES}", f"entry 2: {ENTRY}"],
        ),
        *(
            ('[{"name":"VOTING_POWER_SYNC","interval":%s}]' % interval, [f"entry 1: {INTERVAL}"])  # noqa: UP031
            for interval in (
                '"3600000"',
                "59999",
                "0",
                "-1",
                "60000.5",
                "true",
                "null",
                "NaN",
                "Infinity",
                "1e400",
                2**48,
            )
        ),
        (
            '[{"name":"VOTING_POWER_SYNC"},{"name":"VOTING_POWER_SYNC"},{"name":"VOTING_POWER_SYNC"}]',
            ["VOTING_POWER_SYNC is named 3 times"],
        ),
    ],
)
def test_every_wrong_entry_is_named(text, messages):
    with pytest.raises(ConfigError) as caught:
        parse_internal_tasks(text)
    assert [problem.message for problem in caught.value.problems] == messages
    assert {problem.code for problem in caught.value.problems} == {"malformed_setting"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(list(InternalTaskName)),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["name", "interval", "x"]), inner),
)


@given(json_values.map(json.dumps) | st.text())
def test_any_text_is_read_or_refused(text):
    try:
        settings = parse_internal_tasks(text)
    except ConfigError:
        return
    assert parse_internal_tasks(json.dumps([{"name": s.name, "interval": s.interval_ms} for s in settings])) == settings


def test_every_name_has_its_task_definition():
    assert list(TASK_DEFINITION_ID_BY_NAME.values()) == [10001, 10002, 10003]
    assert DEFAULT_INTERVAL_MS == 3_600_000


SET = (InternalTaskSetting(POWERS, 90_500),)


@pytest.mark.parametrize(
    ("settings", "name", "option", "interval", "seconds"),
    [
        (None, POWERS, None, Interval(3_600_000, IntervalSource.DEFAULT), 3600),
        (SET, POWERS, None, Interval(90_500, IntervalSource.SETTING), 90),
        (SET, TOTALS, None, Interval(None, IntervalSource.SETTING), None),
        ((), POWERS, None, Interval(None, IntervalSource.SETTING), None),
        (SET, POWERS, 60_000, Interval(60_000, IntervalSource.OPTION), 60),
        (None, TOTALS, 60_000, Interval(3_600_000, IntervalSource.DEFAULT), 3600),
        ((), TOTALS, 60_000, Interval(None, IntervalSource.SETTING), None),
    ],
)
def test_how_often_a_task_runs_and_who_says_so(settings, name, option, interval, seconds):
    found = find_interval(settings, name, option)
    assert (found, found.seconds) == (interval, seconds)
    if option is None:
        assert find_interval_seconds(settings, name) == (seconds or 3600)


@pytest.mark.parametrize("milliseconds", [59_999, 0, -1, 2**48, 3600])
def test_an_interval_that_no_node_takes_is_refused(milliseconds):
    with pytest.raises(UsageError, match=f"--sync-interval {milliseconds} is not an interval"):
        require_interval(milliseconds)
    assert require_interval(60_000) == 60_000


def test_intervals_that_went_by():
    assert [count_missed(age, 3600) for age in (0, 3599, 3600, 32_636)] == [0, 0, 1, 9]
