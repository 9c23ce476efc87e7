"""The line of a round in a pipe and at a terminal, its envelope, and the document of a whole watch."""

import contextlib
import io
import json
import logging

import pytest
from watch_rounds import HOSTILE, L2_BLOCK, Course

from avsctl.core.deployment import Generation
from avsctl.core.units import E18
from avsctl.core.watch import COURSE_ROUNDS
from avsctl.core.watch_findings import check_awaited_sync
from avsctl.output.destinations import Format
from avsctl.output.live import is_live, open_live_line
from avsctl.output.log import LOGGER, LogFormat, configure_logging
from avsctl.output.power_watch import (
    KEPT,
    Ending,
    Plan,
    WatchLog,
    find_drift_findings,
    present_end,
    write_round,
)
from avsctl.output.render import FILE, Terminal, render
from avsctl.output.result import FailOn, Result, exit_status
from avsctl.output.sparkline import draw_sparkline
from avsctl.output.text import is_plain
from avsctl.output.watch_line import live_line, plain_line

ENVELOPE = ["schema", "avsctl", "command", "status", "exit_code", "deployment", "blocks", "data", "findings", "errors"]
DATA = [
    *("round", "at_s", "outcome", "drift", "events", "in_sync"),
    *("last_sync", "operators", "totals", "unlisted_on_l1", "counts"),
]
EVEN = (100 * E18,) * 3
APART = (100 * E18, 150 * E18, 90 * E18)


@pytest.fixture
def course():
    return Course()


def draw(line, terminal=FILE):
    return render(Result("power watch", {}, screen=(line,)), Format.TABLE, terminal, 0)


def live(each, width=100, utf8=True):
    terminal = Terminal(width, is_tty=True, utf8=utf8)
    return draw(live_line(each, terminal), terminal)


def encoded(each):
    text = write_round(each)
    assert text.count("\n") == 1
    return json.loads(text)


# Sparklines


@pytest.mark.parametrize(
    ("values", "drawn", "ascii_drawn"),
    [
        ((), "", ""),
        ((0, 0), "··", ".."),
        ((0, None, 5), "·x█", ".x#"),
        ((1, 2, 3, 4, 5, 6, 7, 8), "▁▂▃▄▅▆▇█", "########"),
        ((1, 10_000), "▁█", "##"),
        ((None, None), "xx", "xx"),
    ],
)
def test_a_course_is_as_high_as_beside_its_highest(values, drawn, ascii_drawn):
    assert draw_sparkline(values, utf8=True) == drawn
    assert draw_sparkline(values, utf8=False) == ascii_drawn


# Lines


def test_the_lines_of_a_pipe(course):
    rounds = [course.read(*EVEN), course.read(*APART), course.fail(), course.read(*APART)]
    assert "".join(draw(plain_line(each)) for each in rounds) == (
        "2026-11-19 14:02:36Z  in sync  0.00 %  last sync 1 h 00 m ago  L1 23812941  L2 38236421\n"
        "2026-11-19 14:02:37Z  2 of 3 drift  17.15 %  last sync 1 h 00 m ago"
        "  L1 23812942  L2 38236422  drift_appeared\n"
        "2026-11-19 14:02:38Z  failed  L2 endpoint x: gone  reading_failed\n"
        "2026-11-19 14:02:39Z  2 of 3 drift  17.15 %  last sync 1 h 00 m ago"
        "  L1 23812944  L2 38236424  reading_recovered\n"
    )


def test_what_a_line_says_of_odd_rounds(course):
    assert "  no sync yet  " in draw(plain_line(course.read(*EVEN, sync=None)))
    assert "sync" not in draw(plain_line(course.read(*APART, sync=None, generation=Generation.V1)))
    assert "  1 of 3 drift, 1 unreadable  " in draw(plain_line(course.read(None, 150 * E18, 100 * E18)))
    behind = draw(plain_line(course.read(*EVEN, block=L2_BLOCK)))
    assert "behind: older blocks than before, compared with none (L1 23812940, L2 38236420)  reading_behind" in behind


def test_a_terminal_has_the_rounds_before_in_the_same_line(course):
    course.read(*EVEN)
    course.fail()
    last = course.read(*APART)
    assert live(last) == f"14:02:38Z  {'·x█':>30}  2 of 3 drift  17.15 %  last sync 1 h 00 m ago\n"
    assert live(last, 130).endswith("  L1 23812943  L2 38236423\n")
    assert live(last, utf8=False).split()[1] == ".x#"
    for _ in range(50):
        last = course.read(*APART)
    assert "█" * COURSE_ROUNDS + "  2 of 3" in live(last)


@pytest.mark.parametrize("width", range(24, 140))
def test_a_terminal_never_has_a_line_that_wraps(course, width):
    rounds = [course.read(*EVEN), course.fail(HOSTILE * 40), course.read(*APART), course.read(*EVEN, block=1)]
    for each in rounds:
        for utf8 in (True, False):
            text = live(each, width, utf8)
            assert text.count("\n") == 1
            assert len(text) - 1 < width
            assert is_plain(text[:-1])


def test_what_failed_is_escaped_in_every_form(course):
    failed = course.fail(HOSTILE)
    for text in (draw(plain_line(failed)), live(failed), write_round(failed)):
        assert is_plain(text[:-1])
    assert encoded(failed)["errors"][0]["message"] == HOSTILE


# The envelope of a round


def test_a_round_is_one_envelope_in_one_line(course):
    calm, drifting, failed = (encoded(each) for each in (course.read(*EVEN), course.read(*APART), course.fail()))
    for line in (calm, drifting, failed):
        assert list(line) == ENVELOPE
        assert list(line["data"]) == DATA
        assert (line["schema"], line["command"]) == ("avsctl/1", "power watch")
    assert [(line["status"], line["exit_code"]) for line in (calm, drifting, failed)] == [
        ("ok", 0),
        ("finding", 3),
        ("error", 5),
    ]
    assert calm["blocks"]["l2"]["number"] == L2_BLOCK + 1
    assert failed["blocks"] == {"l1": None, "l2": None}
    assert failed["deployment"] is None
    assert failed["data"] == dict.fromkeys(DATA) | {
        "round": 3,
        "at_s": 120,
        "outcome": "failed",
        "events": [{"code": "reading_failed", "codes": ["endpoint"]}],
    }


def test_the_data_of_a_round(course):
    course.read(*EVEN)
    data = encoded(course.read(*APART))["data"]
    assert (data["round"], data["at_s"], data["outcome"]) == (2, 60, "read")
    assert data["drift"] == {"operators": 2, "bps": 1715}
    assert [row["operator_id"] for row in data["operators"]] == [2, 3]
    assert data["counts"]["in_sync"] == 1
    assert data["last_sync"]["age_s"] == 3_600
    assert data["events"] == [
        {
            "code": "drift_appeared",
            "operators": [
                {
                    "operator_ids": [2],
                    "address": f"0x{2:040x}",
                    "before": None,
                    "after": {"delta": "50000000000000000000", "statuses": ["increase"]},
                },
                {
                    "operator_ids": [3],
                    "address": f"0x{3:040x}",
                    "before": None,
                    "after": {"delta": "-10000000000000000000", "statuses": ["decrease"]},
                },
            ],
        }
    ]


def test_the_findings_of_a_round_are_what_changed_and_what_stands(course):
    first, second, third = (encoded(course.read(*APART)), encoded(course.read(*APART)), encoded(course.read(*EVEN)))
    assert [[each["code"] for each in line["findings"]] for line in (first, second, third)] == [
        ["drift"],
        ["drift"],
        ["drift_healed"],
    ]
    assert first["findings"][0]["text"] == "2 of 3 operators"
    assert first["data"]["events"][0]["code"] == "drift"


def test_what_cannot_be_read_makes_an_error_of_a_round(course):
    line = encoded(course.read(None, 100 * E18, 100 * E18))
    assert (line["exit_code"], line["errors"][0]["code"]) == (5, "unreadable_on_l1")
    assert line["data"]["totals"]["l1"] is None


# The document of all


def finish(log, ending, findings=()):
    result = present_end(log, ending, findings)
    return exit_status(result, FailOn.NEVER), json.loads(render(result, Format.JSON, FILE, 0)), result


def test_the_document_counts_all_rounds_and_holds_the_last(course):
    log = WatchLog(Plan(60, 21_600, Ending.SYNC))
    log.add(course.read(*EVEN))
    for _ in range(KEPT):
        log.add(course.read(*APART))
        log.add(course.fail())
    log.add(course.read(*EVEN, block=1))
    status, document, _ = finish(log, Ending.INTERRUPTED)
    data = document["data"]
    assert status == 130
    assert list(data) == [
        *("interval_s", "for_s", "until", "ended_by", "counts", "events"),
        *("left_out", "rounds", "last"),
    ]
    assert (data["interval_s"], data["for_s"], data["until"], data["ended_by"]) == (60, 21_600, "sync", "interrupted")
    assert data["counts"] == {"rounds": 2 * KEPT + 2, "read": KEPT + 1, "behind": 1, "failed": KEPT}
    assert data["events"] == {
        "drift_appeared": 1,
        "reading_behind": 1,
        "reading_failed": KEPT,
        "reading_recovered": KEPT,
    }
    assert (len(data["rounds"]), data["left_out"]) == (KEPT, KEPT + 2)
    assert list(data["rounds"][0]) == ["round", "at_s", "outcome", "blocks", "drift", "events", "errors"]
    assert [each["outcome"] for each in data["rounds"]][-2:] == ["failed", "behind"]
    assert data["last"]["counts"]["increase"] == 1
    assert document["blocks"]["l2"]["number"] == L2_BLOCK + 2 * KEPT


def test_how_a_watch_ends(course):
    log = WatchLog(Plan(60))
    each = course.read(*APART)
    log.add(each)
    assert finish(log, Ending.TIME)[0] == 0
    assert finish(log, Ending.UNREAD)[0] == 0
    assert finish(log, Ending.SYNC)[0] == 0
    assert finish(log, Ending.DRIFT, find_drift_findings(each))[0] == 3
    status, document, result = finish(log, Ending.TIME, (check_awaited_sync(3_600),))
    assert (status, [each["code"] for each in document["findings"]]) == (3, ["sync_not_seen"])
    assert draw_screen(result).startswith("warning  sync_not_seen  no 10001 sync landed within 1 h 00 m\n")


def draw_screen(result):
    return render(result, Format.TABLE, FILE, 0)


def test_a_watch_that_read_nothing_ends_in_the_status_of_its_errors(course):
    log = WatchLog(Plan(60, 60))
    log.add(course.fail())
    log.add(course.fail())
    status, document, _ = finish(log, Ending.TIME, (check_awaited_sync(60),))
    assert (status, document["errors"][0]["message"]) == (5, "L2 endpoint x: gone")
    log.add(course.read(*EVEN))
    assert finish(log, Ending.TIME)[0] == 0


def test_an_empty_watch_can_be_told(course):
    status, document, _ = finish(WatchLog(Plan(60)), Ending.INTERRUPTED)
    assert (status, document["data"]["counts"]["rounds"], document["data"]["last"]) == (130, 0, None)


# In place


class Screen(io.StringIO):
    """A terminal that shows what is written to it."""

    def isatty(self):
        return True

    @property
    def lines(self):
        """What stands on it: a carriage return goes back and overwrites."""
        shown = []
        for line in self.getvalue().split("\n"):
            row = ""
            for part in line.split("\r"):
                row = part + row[len(part) :]
            shown.append(row.rstrip())
        return shown


@pytest.fixture
def screen(monkeypatch):
    screen = Screen()
    for name, value in {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    configure_logging(screen, LogFormat.TEXT)
    return screen


def test_a_line_takes_the_place_of_the_one_before(screen, course):
    with contextlib.redirect_stdout(screen), open_live_line() as line:
        for each in (course.fail("a long reason why it failed"), course.read(*EVEN)):
            assert line.show(live_line(each, line.terminal))
    assert screen.lines == [f"14:02:37Z  {'x.':>30}  in sync  0.00 %  last sync 1 h 00 m ago", ""]
    assert "\x1b" not in screen.getvalue()


def test_what_is_logged_meanwhile_stands_above_it(screen, course):
    with contextlib.redirect_stdout(screen), open_live_line() as line:
        line.show(live_line(course.read(*APART), line.terminal))
        logging.getLogger("avsctl.chain").warning("something")
        assert screen.lines == ["warning: something", ""]
        line.show(live_line(course.read(*EVEN), line.terminal))
    logging.getLogger("avsctl.chain").warning("later")
    assert [each[:9] for each in screen.lines] == ["warning: ", "14:02:37Z", "warning: ", ""]
    assert LOGGER.handlers[0].filters == []


def test_only_a_terminal_that_can_go_back_is_written_to_in_place():
    assert is_live(Screen(), {"TERM": "xterm"})
    assert not is_live(Screen(), {"TERM": "dumb"})
    assert not is_live(io.StringIO(), {"TERM": "xterm"})


def test_a_terminal_that_is_gone(screen, course, monkeypatch):
    def refuse(_text):
        raise OSError(5, "Input/output error")

    with contextlib.redirect_stdout(screen), open_live_line() as line:
        monkeypatch.setattr(screen, "write", refuse)
        assert not line.show(live_line(course.read(*EVEN), line.terminal))
