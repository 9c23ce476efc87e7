"""``power watch`` over a deployment in memory: what it takes and refuses, when it ends, and what it writes where."""

import io
import json
import logging
import os
import re

import pytest
from watch_world import L2_URL, SECRET, SETTINGS, World

from avsctl.chain.fake import Mishap
from avsctl.core.units import E18


@pytest.fixture
def world():
    return World()


def at(acts):
    """Do something before the rounds with these numbers."""
    return lambda number: acts.get(number, lambda: None)()


def lines(out):
    return [json.loads(line) for line in out.splitlines()]


def outcomes(out):
    return [line["data"]["outcome"] for line in lines(out)]


def fail_from(world, url=L2_URL):
    def begin():
        world.transport.plan = lambda endpoint, _: Mishap.UNREACHABLE if endpoint.url == url else None

    return begin


# What is typed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--interval", "0s"], "--interval '0s' is no time at all"),
        (["--interval", "-5s"], "--interval '-5s' is not a duration"),
        (["--interval", "soon"], "--interval 'soon' is not a duration"),
        (["--interval", "60"], "write 60s for seconds, 60m for minutes"),
        (["--interval", "99999999d"], "is longer than a year"),
        (["--for", "0m"], "--for '0m' is no time at all"),
        (["--for", "-1h"], "is not a duration"),
        (["--for", ""], "is not a duration"),
        (["--for", f"{'9' * 400}s"], "is longer than a year"),
        (["--until-sync", "--until-drift"], "exclude each other"),
        (["--l1-block", "5"], "would be the same in every round"),
        (["--l2-block", "5"], "would be the same in every round"),
        (["-o", "table=lines.txt"], "not to a file"),
        (["-o", "csv"], "not one table"),
        (["--prometheus", ""], "--prometheus is empty"),
        (["--prometheus", "https://h/KEY"], "--prometheus was given a URL"),
        (["--prometheus", "no-such-folder/x.prom"], "there is no folder"),
        (["--prometheus", "."], "it is a folder"),
        (["--prometheus", "x.prom", "-o", "json=x.prom"], "two answers for x.prom"),
        (["--fail-on", "info"], "No such option"),
    ],
)
def test_what_is_refused_before_anything_is_read(world, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = world.play(1, *arguments)
    assert (status, out, world.transport.sent) == (2, "", [])
    assert words in err


def test_settings_are_needed(world):
    for missing in ("L1_RPC", "L2_RPC", "AVS_GOVERNANCE_ADDRESS"):
        settings = {name: value for name, value in SETTINGS.items() if name != missing}
        status, _, err = world.play(1, settings=settings)
        assert (status, missing in err) == (2, True)


# Rounds


def test_a_round_every_minute_until_interrupted(world):
    status, out, err = world.play(3)
    assert (status, err) == (130, "error: interrupted\n")
    assert len(out.splitlines()) == 3
    assert all("  in sync  0.00 %  no sync yet  L1 " in line for line in out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "moments"),
    [
        (["--for", "3m"], [0, 60, 120, 180]),
        (["--for", "90s"], [0, 60, 90]),
        (["--for", "5s"], [0, 5]),
        (["--for", "1h", "--interval", "30m"], [0, 1_800, 3_600]),
        (["--for", "1d", "--interval", "12h"], [0, 43_200, 86_400]),
    ],
)
def test_how_often_and_how_long(world, arguments, moments):
    status, out, err = world.play(10, "-o", "json", *arguments)
    assert (status, err) == (0, "")
    assert [line["data"]["at_s"] for line in lines(out)] == moments
    assert round(world.clock.now()) >= moments[-1]


def test_rounds_that_fail_are_told_once_and_the_next_is_tried(world):
    acts = {1: fail_from(world), 2: fail_from(world), 4: fail_from(world)}
    status, out, err = world.play(5, "-o", "json", "--log-format", "json", before_round=at(acts))
    assert status == 130
    assert outcomes(out) == ["failed", "failed", "read", "failed", "read"]
    told = [json.loads(line) for line in err.splitlines()]
    assert [each.get("code") for each in told] == [
        *("reading_failed", "reading_recovered"),
        *("reading_failed", "reading_recovered", "interrupted"),
    ]
    assert SECRET not in out + err


def test_settings_that_do_not_fit_end_it_unless_they_fitted_before(world):
    def move():
        world.l2.chain_id = 10

    status, out, _ = world.play(3, "-o", "json", before_round=at({1: move}))
    assert status == 2
    assert json.loads(out)["errors"][0]["code"] == "wrong_chain"
    status, out, _ = World().play(1, "-o", "json", settings=SETTINGS | {"L2_CHAIN": "10"})
    assert (status, json.loads(out)["exit_code"]) == (2, 2)
    status, out, _ = world.play(3, "-o", "json", before_round=at({2: move}))
    assert (status, outcomes(out)) == (130, ["read", "failed", "read"])
    assert lines(out)[1]["exit_code"] == 2


def test_a_round_has_the_time_of_timeout_for_itself(world):
    def stall():
        world.transport.plan = lambda *_: Mishap.STALLED

    status, out, _ = world.play(4, "-o", "json", "--timeout", "5", before_round=at({2: stall}))
    assert (status, outcomes(out)) == (130, ["read", "failed", "read", "read"])
    assert [line["data"]["at_s"] for line in lines(out)] == [0, 60, 120, 180]


def test_rounds_that_take_longer_than_the_interval_miss_moments(world):
    def stall():
        world.transport.plan = lambda *_: Mishap.STALLED

    _, out, _ = world.play(3, "-o", "json", "--interval", "10s", "--timeout", "25", before_round=at({2: stall}))
    assert [line["data"]["at_s"] for line in lines(out)] == [0, 10, 40]


def test_no_round_that_could_be_read_is_status_5(world):
    acts = dict.fromkeys((1, 2, 3), fail_from(world))
    for more in ([], ["--until-sync"], ["--until-drift"]):
        status, out, err = world.play(5, "-o", "json", "--for", "2m", *more, before_round=at(acts))
        assert (status, outcomes(out)) == (5, ["failed"] * 3)
        assert "\nerror: L2 endpoint " in err


# What it waits for


def test_until_drift(world):
    status, out, err = world.play(9, "--until-drift", before_round=at({3: lambda: world.stake(2, power=7 * E18)}))
    assert status == 3
    assert len([line for line in out.splitlines() if re.match("[0-9]{4}-", line)]) == 3
    assert "\nwarning  drift  1 of 5 operators\n" in out
    assert "warning drift_appeared: operator 2 began to drift by -193 (e18)" in err


def test_until_drift_that_is_there_already_and_that_never_comes(world):
    assert world.play(9, "--until-drift", "--for", "3m")[0] == 0
    world.stake(2, power=7 * E18)
    status, out, err = world.play(9, "-o", "json", "--until-drift")
    assert (status, len(lines(out))) == (3, 1)
    assert "warning drift: operator 2 drifts by -193 (e18)" in err


def test_until_drift_does_not_take_an_older_block_or_one_that_cannot_be_read_for_drift(world):
    world.stake(2, power=7 * E18)
    world.mine()

    def heal():
        world.stake(2, power=200 * E18)

    def lag():
        world.l1.head -= 100

    def hide():
        world.stake(1, is_readable=False)

    acts = {1: heal, 2: lag, 3: hide}
    status, out, _ = world.play(9, "-o", "json", "--until-drift", "--for", "3m", before_round=at(acts))
    assert (status, outcomes(out)) == (0, ["read", "behind", "read", "read"])
    assert lines(out)[1]["data"]["drift"]["operators"] == 1


def test_until_sync(world):
    world.sync()
    status, out, err = world.play(9, "-o", "json", "--until-sync", before_round=at({4: world.sync}))
    assert (status, len(lines(out))) == (0, 4)
    assert err.startswith("info sync_landed: a 10001 sync landed: up to L1 block ")


def test_until_sync_that_does_not_come(world):
    world.sync()
    status, out, err = world.play(9, "--until-sync", "--for", "2m")
    assert status == 3
    assert out.endswith(
        "warning  sync_not_seen  no 10001 sync landed within 2 m 00 s\n           avsctl internal status\n"
    )
    status, out, err = world.play(9, "-o", "json", "--until-sync", "--for", "2m", "--log-format", "json")
    assert (status, outcomes(out)) == (3, ["read"] * 3)
    (told,) = [json.loads(line) for line in err.splitlines()]
    assert (told["event"], told["code"]) == ("finding", "sync_not_seen")


def test_a_sync_that_lands_while_rounds_fail_is_seen_after_them(world):
    def land_unseen():
        world.sync()
        fail_from(world)()

    acts = {2: land_unseen, 3: fail_from(world)}
    status, out, _ = world.play(9, "-o", "json", "--until-sync", before_round=at(acts))
    assert (status, outcomes(out)) == (0, ["read", "failed", "failed", "read"])


# Where it goes


def test_lines_and_a_document_of_them_all(world, tmp_path):
    file = tmp_path / "watch.json"
    acts = {2: lambda: world.stake(2, power=0), 3: fail_from(world)}
    status, out, _ = world.play(4, "-o", "table", "-o", f"json={file}", before_round=at(acts))
    assert (status, len(out.splitlines())) == (130, 4)
    document = json.loads(file.read_text())
    assert (document["command"], document["exit_code"]) == ("power watch", 130)
    assert document["data"]["counts"] == {"rounds": 4, "read": 3, "behind": 0, "failed": 1}
    assert document["data"]["last"]["counts"]["decrease"] == 1
    status, out, _ = world.play(2, "-o", "json", "-o", f"json={file}", "--for", "1m", "--until-sync")
    assert (status, len(lines(out))) == (3, 2)
    assert [each["code"] for each in json.loads(file.read_text())["findings"]] == ["sync_not_seen"]


def test_quiet_has_lines_and_errors_alone(world):
    acts = {2: lambda: world.stake(2, power=0), 3: fail_from(world)}
    status, out, err = world.play(4, "-q", before_round=at(acts))
    assert (status, len(out.splitlines()), err) == (130, 4, "error: interrupted\n")


def test_verbose_tells_of_every_round(world):
    _, _, err = world.play(2, "-o", "json", "-v", "--log-format", "json", before_round=at({2: fail_from(world)}))
    told = [each for each in map(json.loads, err.splitlines()) if each["event"].startswith("round_")]
    assert [(each["event"], each["round"], each["outcome"]) for each in told] == [
        ("round_ended", 1, "read"),
        ("round_failed", 2, "failed"),
    ]


def test_standing_findings_are_told_when_they_are_new(world):
    acts = {2: lambda: world.stake(2, power=0), 6: world.sync, 8: lambda: world.stake(2, power=7)}
    _, _, err = world.play(12, before_round=at(acts))
    assert err.count("warning never_synced: ") == 1
    assert err.count("drift_appeared") == 2


def test_a_stdout_that_cannot_be_written_to(world):
    class Full(io.TextIOWrapper):
        def write(self, _text):
            raise OSError(28, "No space left on device")

    out = Full(io.BytesIO(), encoding="utf-8")
    out.fileno = lambda: os.open(os.devnull, os.O_WRONLY)
    status, _, err = world.play(3, out=out)
    assert status == 2
    assert "cannot write to stdout: No space left on device" in err


# Gauges


def read_gauges(file):
    samples = (line.rpartition(" ") for line in file.read_text().splitlines() if not line.startswith("#"))
    return {name.partition("{")[0]: int(value) for name, _, value in samples if "status=" not in name}


def test_gauges_are_written_after_every_round(world, tmp_path):
    file, seen = tmp_path / "avsctl.prom", []

    def look(number):
        if file.exists():
            seen.append(read_gauges(file))
        {2: fail_from(world), 4: lambda: world.stake(2, power=0), 5: world.sync}.get(number, lambda: None)()

    status, _, _ = world.play(6, "--prometheus", str(file), before_round=look)
    seen.append(read_gauges(file))
    assert status == 130
    assert [each["avsctl_rounds"] for each in seen] == [1, 2, 3, 4, 5, 6]
    assert [each["avsctl_round_failures"] for each in seen] == [0, 1, 1, 1, 1, 1]
    assert [each["avsctl_drift"] for each in seen] == [0, 0, 0, 1, 0, 0]
    assert seen[3]["avsctl_drift_ratio_bps"] == 1334
    assert [each.get("avsctl_last_sync_age_seconds") for each in seen] == [None] * 4 + [1, 61]
    assert seen[0]["avsctl_l2_block_number"] == seen[1]["avsctl_l2_block_number"] < seen[2]["avsctl_l2_block_number"]
    assert 'l2_chain_id="8453"' in file.read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["avsctl.prom"]


def test_gauges_of_a_watch_that_has_read_nothing(world, tmp_path):
    file = tmp_path / "avsctl.prom"
    settings = {name: value for name, value in SETTINGS.items() if name != "L2_CHAIN"}
    world.play(1, "--prometheus", str(file), settings=settings, before_round=at({1: fail_from(world)}))
    assert read_gauges(file) == {"avsctl_rounds": 1, "avsctl_round_failures": 1}
    assert 'l2_chain_id=""' in file.read_text()


def test_a_file_that_cannot_be_written_any_more_is_told_once_and_tried_again(world, tmp_path):
    folder = tmp_path / "metrics"
    folder.mkdir()
    acts = {
        2: lambda: [each.unlink() for each in folder.iterdir()] and folder.rmdir(),
        4: folder.mkdir,
        5: lambda: [each.unlink() for each in folder.iterdir()] and folder.rmdir(),
    }
    status, out, err = world.play(6, "--prometheus", str(folder / "a.prom"), before_round=at(acts))
    assert (status, len(out.splitlines())) == (130, 6)
    assert err.count("error: cannot write ") == 2


def test_loggers_are_left_as_they_were(world):
    world.play(1)
    assert all(not handler.filters for handler in logging.getLogger("avsctl").handlers)
