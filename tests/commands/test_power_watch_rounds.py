"""A thousand rounds of seeded faults and changes: it goes on, and tells what changed and nothing else.

What a round should tell is worked out anew from the truth at the blocks that its line names, and from those before it.
"""

import json
import os
from collections import Counter

import pytest
from watch_world import SECRET, Misfortune, World, address_of

from avsctl.core.units import BPS

MOVES = ("drift_appeared", "drift_grew", "drift_shrank", "drift_turned", "drift_healed", "drift")
STILL_S = 120
"""The interval of 10001 in the settings of the world."""
MENDED = {"increase", "decrease"}


class Expected:
    """Follows a world round by round, in the plainest way, and says what each has to tell."""

    def __init__(self, world):
        self.world = world
        self.blocks, self.last, self.commit = None, {}, (0, 0)
        self.failed = self.behind = 0
        self.still, self.since, self.seen, self.syncs, self.is_told = {}, 0, 0, 0, False

    def of(self, line):
        """Give what a round tells: (code, what it is about) in no order."""
        if line["data"]["outcome"] == "failed":
            self.failed += 1
            return [("reading_failed", None)] if self.failed == 1 else []
        told = [("reading_recovered", self.failed)] if self.failed else []
        self.failed = 0
        blocks = tuple(line["blocks"][layer]["number"] for layer in ("l1", "l2"))
        if self.blocks and (blocks[0] < self.blocks[0] or blocks[1] < self.blocks[1]):
            self.behind += 1
            if self.behind < 5:
                return told + ([("reading_behind", False)] if self.behind == 1 else [])
            told.append(("reading_behind", True))
            self.__init__(self.world)
        self.behind = 0
        return told + self.compare(blocks, line["blocks"]["l2"]["timestamp"])

    def compare(self, blocks, now):
        drift, unread, commit = self.world.truth(*blocks)
        told = [("sync_landed", commit)] if self.blocks and commit != self.commit else []
        for at in range(1, self.world.operators + 1):
            if at not in unread:
                told += [(code, at) for code in self.moved(at, drift.get(at))]
                self.last[at] = drift.get(at)
        mended = {at: each for at, each in drift.items() if each[0] in MENDED}
        if not mended or mended != self.still:
            self.still, self.since, self.seen, self.syncs, self.is_told = mended, now, 0, 0, False
        elif commit != self.commit:
            self.syncs += 1
        self.seen += 1
        if mended and not self.is_told and self.seen >= 3 and now - self.since >= STILL_S:
            told.append(("drift_stands", (self.seen, self.syncs)))
            self.is_told = True
        self.blocks, self.commit = blocks, commit
        return told

    def moved(self, at, after):
        before = self.last.get(at)
        if at not in self.last:
            return ["drift"] if after else []
        if before == after:
            return []
        if before is None or after is None:
            return ["drift_healed" if after is None else "drift_appeared"]
        sizes = abs(before[1]), abs(after[1])
        return ["drift_turned" if sizes[0] == sizes[1] else "drift_grew" if sizes[1] > sizes[0] else "drift_shrank"]


def told_by(line):
    for event in line["data"]["events"]:
        code = event["code"]
        if code in MOVES:
            yield from ((code, ids) for each in event["operators"] for ids in each["operator_ids"])
        elif code == "drift_stands":
            yield code, (event["rounds"], event["syncs"])
        elif code == "sync_landed":
            yield code, tuple(int(event["last_sync"][key]) for key in ("to_block_l1", "to_block_l2"))
        else:
            yield code, {"reading_recovered": "failed", "reading_behind": "is_accepted"}.get(code)


def resolve(line, told):
    """Put the value beside the codes that carry one."""
    by_code = {event["code"]: event for event in line["data"]["events"]}
    for code, about in told:
        yield code, by_code[code][about] if code in ("reading_recovered", "reading_behind") else about


SEEDS = range(1, 6) if os.environ.get("AVSCTL_SOAK") else (1,)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_change_is_told_that_did_not_happen_and_none_is_missed(seed, monkeypatch):
    monkeypatch.setattr("watch_world.KEPT_STATES", 10**9)
    world, rounds = World(), 1000
    strike = Misfortune(world, seed).strike
    status, out, err = world.play(rounds, "-o", "json", "--log-format", "json", before_round=strike)
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 130, err[-2000:]
    assert [line["data"]["round"] for line in lines] == list(range(1, rounds + 1))
    expected, seen = Expected(world), Counter()
    for line in lines:
        wanted = sorted(expected.of(line), key=str)
        assert sorted(resolve(line, told_by(line)), key=str) == wanted, line["data"]
        seen.update(code for code, _ in wanted)
        seen[line["data"]["outcome"]] += 1
        check_figures(world, line)
    assert seen["read"] > rounds // 2
    assert not {*MOVES, "drift_stands", "sync_landed", "reading_behind", "behind", "failed"} - seen.keys()
    assert "Traceback" not in err
    assert SECRET not in err
    check_told_once(lines, err)


def check_figures(world, line):
    """Hold the figures of a line to the truth at its blocks, also of one that is compared with none."""
    if line["data"]["outcome"] == "failed":
        assert line["blocks"] == {"l1": None, "l2": None}
        assert line["errors"]
        return
    drift, unread, _ = world.truth(line["blocks"]["l1"]["number"], line["blocks"]["l2"]["number"])
    rows = {row["operator_id"]: row for row in line["data"]["operators"]}
    assert set(rows) == set(drift) | unread
    for at, (status, delta) in drift.items():
        assert (rows[at]["status"], rows[at]["delta"], rows[at]["address"]) == (status, str(delta), address_of(at))
    assert line["data"]["drift"]["operators"] == len(drift)
    assert 0 <= line["data"]["drift"]["bps"] <= BPS
    assert line["exit_code"] == (5 if unread else 3 if drift else 0)


def check_told_once(lines, err):
    """Every change that a line has is one finding on stderr, in the order of the lines."""
    changes = {*MOVES, "drift_stands", "sync_landed", "reading_failed", "reading_recovered", "reading_behind"}
    on_stderr = [each["code"] for each in map(json.loads, err.splitlines()) if each["event"] == "finding"]
    in_lines = [event["code"] for line in lines for event in line["data"]["events"]]
    assert [code for code in on_stderr if code in changes] == in_lines
