"""The history of syncs as JSON, csv and on a screen, and the chart of both totals."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.history import Aftermath, Coverage, History, L1Stand, Record, Sample, Sync, Wanted, Way
from avsctl.core.power import PowerChange
from avsctl.core.proposals import TotalRecount
from avsctl.core.units import E18
from avsctl.output.charts import draw_chart
from avsctl.output.destinations import Format
from avsctl.output.power_history import HistoryAnswer, present_history
from avsctl.output.render import Terminal, render
from avsctl.output.screen import Chart, Course

HOUR, NOW = 3600, 1_795_096_947
L1, L2 = BlockRef(1, 23_812_940, "0x" + "1" * 64, NOW - 4), BlockRef(8453, 38_236_420, "0x" + "2" * 64, NOW)
DEPLOYMENT = Deployment(Generation.V2, 1, 8453, "0xA", "0xB", "0xC", "0xD")
TTY = Terminal(100, is_tty=True)
SYNC_KEYS = [
    "kind",
    "outcome",
    "block",
    "timestamp",
    "transaction",
    "sender",
    "task_definition_id",
    "task_number",
    "performer",
    "attesters",
    "to_block_l1",
    "to_block_l2",
    "to_increase",
    "to_decrease",
    "recounts",
    "unreadable",
    "powers_after",
    "l2_total_before",
    "l2_total",
    "l1_total",
    "delta_before",
    "delta",
]
POINT_KEYS = [
    "kind",
    "l2_block",
    "timestamp",
    "l1_block",
    "l1_timestamp",
    "l2_total_before",
    "l2_total",
    "l1_total",
    "delta_before",
    "delta",
]


def landed(block, at, l2, l1=None, **given):
    fields = {
        "task_number": 7,
        "performer": "0x" + "9" * 40,
        "attester_ids": (3, 5, 8),
        "to_increase": (PowerChange(3, 477 * E18),),
        "to_decrease": (PowerChange(5, E18 // 2),),
        "to_blocks": (block // 2, block - 3),
    }
    sync = Sync(block, 4, "0x" + f"{block:064x}", 10001, **(fields | given))
    after = Aftermath(l2 * E18, (l2 - 1) * E18, ((3, 837 * E18), (5, 70 * E18)), ())
    return Record(sync, at, "0x" + "7" * 40, after, None if l1 is None else L1Stand(block // 2, at - 9, l1 * E18))


WHOLE = Coverage(5, 5)


def answer_of(*records, l1=L1, deployment=DEPLOYMENT, coverage=WHOLE, now=None, ways=(Way.LOGS,)):
    now = now or Sample(L2.number, NOW, 8160 * E18, L1Stand(L1.number, NOW - 4, 5147 * E18))
    history = History(records, ways, coverage, True, False, 10_000, (), now)
    return HistoryAnswer(deployment, l1, L2, history, Wanted(10), ())


USUAL = (landed(900, NOW - 9 * HOUR, 8160, 8160), landed(800, NOW - 10 * HOUR, 8100, 8000))


def draw(answer, terminal=TTY, form=Format.TABLE):
    return render(present_history(answer, NOW + 5), form, terminal, 0)


def data(answer):
    return json.loads(draw(answer, form=Format.JSON))["data"]


def test_keys():
    told = data(answer_of(*USUAL))
    assert list(told) == ["wanted", "syncs", "points", "is_complete", "complete_from", "found_by", "log_blocks"]
    assert [list(sync) for sync in told["syncs"]] == [SYNC_KEYS] * 2
    assert [list(point) for point in told["points"]] == [POINT_KEYS] * 3
    assert told["wanted"] == {"last": 10, "from_block": None}
    assert told["complete_from"] == {"power_syncs": 5, "others": 5}
    assert (told["found_by"], told["is_complete"], told["log_blocks"]) == (["logs"], True, 10_000)


def test_a_sync_with_all_that_is_known():
    sync = data(answer_of(*USUAL))["syncs"][0]
    assert sync["to_increase"] == [{"operator_id": 3, "voting_power": str(477 * E18)}]
    assert sync["to_decrease"] == [{"operator_id": 5, "voting_power": str(E18 // 2)}]
    assert sync["powers_after"][1] == {"operator_id": 5, "voting_power": str(70 * E18)}
    assert (sync["to_block_l1"], sync["to_block_l2"], sync["block"]) == ("450", "897", 900)
    assert (sync["l2_total"], sync["l1_total"], sync["delta"]) == (str(8160 * E18), str(8160 * E18), "0")
    assert (sync["l2_total_before"], sync["delta_before"]) == (str(8159 * E18), str(E18))
    assert sync["attesters"] == [3, 5, 8]


def test_what_is_not_known_is_null():
    sync = data(answer_of(Record(Sync(9, 0, None))))["syncs"][0]
    null = {name for name, value in sync.items() if value is None}
    assert null == {*SYNC_KEYS} - {"kind", "outcome", "block", "to_increase", "to_decrease", "recounts"}


def test_recounts_with_their_totals_after():
    recounts = (TotalRecount(2, 5, operator_ids=(3, 2**60)), TotalRecount(4, 0, number_of_ids=12))
    sync = Sync(9, 0, "0x", 10002, recounts=recounts)
    record = Record(sync, NOW, None, Aftermath(1, None, (), ((2, 77),)))
    told = data(answer_of(record))["syncs"][0]["recounts"]
    assert told[0] == {
        "task_definition_id": 2,
        "minimum_voting_power": "5",
        "number_of_ids": None,
        "operator_ids": [3, str(2**60)],
        "total_after": "77",
    }
    assert (told[1]["number_of_ids"], told[1]["operator_ids"], told[1]["total_after"]) == ("12", None, None)
    assert "totals of 2, 4" in draw(answer_of(record))


def test_csv_has_a_row_for_each_sync():
    rows = list(csv.DictReader(io.StringIO(draw(answer_of(*USUAL), form=Format.CSV))))
    assert list(rows[0]) == SYNC_KEYS
    assert rows[0]["to_increase"] == f"3:{477 * E18}"
    assert rows[0]["attesters"] == "3 5 8"
    assert rows[0]["delta"] == "0"
    assert list(csv.DictReader(io.StringIO(draw(answer_of(), form=Format.CSV)))) == []
    assert draw(answer_of(*USUAL), form=Format.MARKDOWN).count("\n") == 4


def test_the_screen_names_deltas_attesters_and_drift():
    text = draw(answer_of(*USUAL))
    assert "2 voting power syncs landed, the newest first" in text
    assert re.search(r"900 +11-19 05:02Z +10001 +3 5 8 +3 \+477, 5 -0.5 +8160 +0\n", text)
    assert re.search(r"800 +11-19 04:02Z +10001 +3 5 8 +3 \+477, 5 -0.5 +8100 +-100\n", text)
    assert "complete from L2 block 5 on; found by logs" in text
    assert max(map(len, text.splitlines())) <= 100


def test_many_deltas_and_attesters_are_counted_at_a_terminal_and_told_in_a_pipe():
    changes = tuple(PowerChange(n, n * E18) for n in range(1, 8))
    answer = answer_of(landed(900, NOW, 8160, to_increase=changes, attester_ids=tuple(range(1, 10))))
    text = draw(answer)
    assert "1 +1, 2 +2, 3 +3, 4 +4, 4 more" in re.sub(r"\s+", " ", text)
    assert "9 ids" in text
    piped = draw(answer, Terminal())
    assert "7 +7, 5 -0.5" in piped
    assert "1 2 3 4 5 6 7 8 9" in piped


def test_rejected_tasks_and_writes_are_named():
    rejected = Record(replace(USUAL[0].sync, is_approved=False), NOW)
    wrote = Record(Sync(7, 1, "0x", to_increase=(PowerChange(1, 1),)), NOW)
    text = draw(answer_of(rejected, wrote))
    assert "10001 rejected" in text
    assert re.search(r"7 .* syncer +- +1 \+1raw", text)


def test_text_of_strangers_is_made_harmless():
    record = Record(replace(USUAL[0].sync, to_increase=(), to_decrease=(), unreadable="\x1b[31mhi\u202e" + "x" * 500))
    for terminal in (TTY, Terminal()):
        text = draw(answer_of(record), terminal)
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_where_others_are_not_seen_and_nothing_was_found():
    text = draw(answer_of(coverage=Coverage(7, None), ways=(Way.HOPS,)))
    assert "10001 complete from L2 block 7 on, the rest not looked for" in text
    assert "none was found" in text
    assert "no way to find any" in draw(answer_of(coverage=Coverage(None, None), ways=()))


def test_without_l1_there_is_no_column_for_it():
    text = draw(answer_of(landed(900, NOW - HOUR, 8160), l1=None, now=Sample(L2.number, NOW, 8160 * E18, None)))
    assert "L1 - L2" not in text
    assert "L1 was not read" in text
    assert "L2 total (e18)" in text


def test_v1_has_no_attesters():
    text = draw(answer_of(*USUAL, deployment=replace(DEPLOYMENT, generation=Generation.V1)))
    assert "attested" not in text
    assert "names no L1 block" in text


# The chart


def chart(l2, l1=(), ticks=(), begin=0, end=100):
    courses = (Course("L2", tuple((at, value * E18) for at, value in l2)),)
    courses += (Course("L1", tuple((at, value * E18) for at, value in l1)),)
    return Chart("totals", begin, end, courses, ticks)


STEPS = chart([(0, 10), (50, 20)], [(0, 20), (75, 10)], (50, 75))


def test_a_chart_in_utf8():
    empty = "      ┤                   ┃         │         "
    assert draw_chart(STEPS, 52, utf8=True) == [
        "totals",
        "1970-01-01 00:00:00Z to 1970-01-01 00:01:40Z, a column is 2 s",
        "   20 ┤───────────────────┏━━━━━━━━━━━━━━━━━━━ L2",
        *[empty] * 5,
        "   10 ┤━━━━━━━━━━━━━━━━━━━┛         └───────── L1",
        " sync  ···················▲·········▲·········",
        "drift  ███████████████████▁▁▁▁▁▁▁▁▁▁██████████",
        "       now 10, most 10",
    ]


def test_a_chart_without_utf8_is_ascii():
    lines = draw_chart(STEPS, 60, utf8=False)
    assert all(line.isascii() for line in lines)
    assert any("=" in line for line in lines)
    assert any("^" in line for line in lines)


def test_the_head_is_one_line_where_it_fits():
    head = draw_chart(STEPS, 80, utf8=True)[0]
    assert re.fullmatch(r"totals  1970-.*Z to 1970-.*Z, a column is 1 s", head)


def test_a_drift_between_two_columns_is_drawn_and_counted_at_every_width():
    brief = chart([(0, 50), (4_000, 10)], [(0, 50), (3_999, 10)], begin=0, end=100_000)
    for width in range(35, 130):
        *_, drawn, told = draw_chart(brief, width, utf8=True)
        assert drawn.count("█") == 1
        assert told.strip() == "now 0, most 40"


def test_a_course_that_stands_still_is_one_line():
    lines = draw_chart(chart([(0, 10)], [(0, 10)]), 80, utf8=True)
    assert lines[1].startswith("   10 ┤━━━")
    assert lines[1].endswith("━ L2 L1")
    assert len(lines) == 5


def test_a_course_that_begins_later_is_blank_before():
    lines = draw_chart(chart([(50, 10)]), 80, utf8=True)
    assert re.fullmatch(r" +10 ┤ {20,}━{20,} L2", lines[1])


@pytest.mark.parametrize(
    "nothing", [chart([]), chart([(0, 1)], end=0), chart([(500, 1)]), chart([(0, 1)], begin=9, end=3)]
)
def test_where_there_is_nothing_to_draw(nothing):
    assert draw_chart(nothing, 100, utf8=True) == []


def test_a_narrow_terminal_gets_no_chart():
    assert draw_chart(STEPS, 20, utf8=True) == []


def test_a_pipe_gets_no_chart_and_no_title_of_one():
    piped = draw(answer_of(*USUAL), Terminal())
    assert "against" not in piped
    assert "┤" not in piped
    assert "L2 total against L1 total (e18)" in draw(answer_of(*USUAL))


VALUES = st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 2**256 - 1)), max_size=8)


@given(VALUES, VALUES, st.lists(st.integers(-5, 2_000), max_size=5), st.integers(0, 120), st.booleans())
def test_charts_fit_and_never_fail(l2, l1, ticks, width, utf8):
    drawn = Chart("", 0, 1_000, (Course("L2", tuple(l2)), Course("L1", tuple(l1))), tuple(ticks))
    lines = draw_chart(drawn, width, utf8=utf8)
    assert all(len(line) <= width for line in lines[2:-1])
