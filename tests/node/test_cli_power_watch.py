"""``power watch`` on real nodes: drift that appears and grows, a sync that lands, Ctrl-C, and a reader that is gone."""

import json
import signal
import subprocess
import sys

import pytest
from commandline import EMPTY, process_environment, run, through_proxies
from proxy import Limits

from avsctl.chain.fake import FakeClock
from avsctl.core.units import E18
from avsctl.devnet import changes

AT_LEAST_S = 10
"""Waits for the next round; what is shorter waits for an endpoint."""


class Conductor(FakeClock):
    """A clock that passes while somebody waits, and does something before the second round, the third and so on."""

    def __init__(self, *acts):
        super().__init__()
        self.acts = list(acts)

    def sleep(self, seconds):
        super().sleep(seconds)
        if seconds >= AT_LEAST_S:
            self.acts.pop(0)()


@pytest.fixture
def conduct(monkeypatch):
    """Watch with something done between the rounds, until all is done."""

    def go(settings, *arguments, acts=()):
        monkeypatch.setattr("avsctl.chain.transport.SystemClock", lambda: Conductor(*acts))
        return run(settings, "power", "watch", "--for", f"{len(acts)}m", *arguments)

    return go


@pytest.fixture
def calm(devnets, unchanged):
    """Twelve operators in sync on both layers."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield devnet


def lines(answer):
    return [json.loads(line) for line in answer.stdout.splitlines()]


def changed(line):
    return [event["code"] for event in line["data"]["events"]]


def restake(devnet, position, more):
    operator = devnet.operators[position]
    return lambda: changes.set_powers(devnet, {operator.address: operator.voting_power + more * E18})


def land(devnet, settings, folder):
    """Let the devnet's attesters land the sync that an honest performer proposes."""

    def act():
        file = folder / "update.json"
        assert run(settings, "attest", "propose", "--out", str(file), "--overwrite").status == 0
        assert run(settings, "devnet", "attest", str(file)).status == 0

    return act


def test_drift_appears_and_grows_and_a_sync_that_lands_heals_it(calm, env_for, conduct, tmp_path):
    settings = env_for(calm)
    acts = [restake(calm, 2, 5), restake(calm, 2, 9), lambda: None, land(calm, settings, tmp_path)]
    answer = conduct(settings, "-o", "json", "--until-sync", "--prometheus", str(tmp_path / "a.prom"), acts=acts)
    rounds = lines(answer)
    assert answer.status == 0
    assert list(map(changed, rounds)) == [
        [],
        ["drift_appeared"],
        ["drift_grew"],
        [],
        ["sync_landed", "drift_healed"],
    ]
    (move,) = rounds[2]["data"]["events"][0]["operators"]
    assert (move["operator_ids"], move["before"]["delta"], move["after"]["delta"]) == (
        [3],
        str(5 * E18),
        str(9 * E18),
    )
    diff = run(settings, "power", "diff", "-o", "json")
    last = rounds[-1]
    for key in ("in_sync", "last_sync", "totals", "counts", "unlisted_on_l1"):
        assert last["data"][key] == diff.data[key]
    assert last["blocks"] == diff.document["blocks"]
    assert last["deployment"] == diff.document["deployment"]
    assert "\navsctl_drift{" in (tmp_path / "a.prom").read_text()


def test_until_drift_through_an_endpoint_that_fails(calm, conduct):
    state = {"is_down": False}
    limits = Limits(drop=lambda item: state["is_down"])
    with through_proxies(calm, Limits(), limits) as settings:
        acts = [
            lambda: state.update(is_down=True),
            lambda: (state.update(is_down=False), restake(calm, 0, -1)()),
            lambda: None,
        ]
        answer = conduct(settings, "--until-drift", acts=acts)
    assert answer.status == 3
    calm_line, failed, drifting, *findings = answer.stdout.splitlines()
    assert "  in sync  0.00 %  " in calm_line
    assert "  failed  L2 endpoint http://127.0.0.1:" in failed
    assert "  1 of 12 drift  " in drifting
    assert findings[0] == "warning  drift  1 of 12 operators"
    assert [line.split(":")[0] for line in answer.stderr.splitlines()][:3] == [
        "warning reading_failed",
        "info reading_recovered",
        "warning drift_appeared",
    ]


def test_the_first_generation_has_drift_and_no_syncs(devnet_v1, env_for, conduct):
    refused = run(env_for(devnet_v1), "power", "watch", "--until-sync", "-o", "json")
    assert (refused.status, "V2 and V3 have" in refused.stderr) == (6, True)
    syncer = {1: 1 * E18}
    answer = conduct(env_for(devnet_v1), acts=[lambda: changes.land_sync(devnet_v1, syncer, {})])
    assert answer.status == 0
    assert all("sync" not in line.replace("in sync", "") for line in answer.stdout.splitlines())
    assert "warning drift_appeared: operator 1 began to drift by -1 (e18)" in answer.stderr


def test_every_generation_is_watched(devnet, env_for, conduct):
    answer = conduct(env_for(devnet), "-o", "json", acts=[lambda: None])
    first, second = lines(answer)
    diff = run(env_for(devnet), "power", "diff", "-o", "json")
    assert (answer.status, first["exit_code"]) == (0, 3)
    assert first["data"]["operators"] == [row for row in diff.data["operators"] if row["status"] != "in_sync"]
    assert first["data"]["counts"] == diff.data["counts"]
    assert (changed(first), changed(second)) == (["drift"], [])


# A process of its own


def start(settings, folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "avsctl", "power", "watch", *arguments],
        env=process_environment(settings),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("form", ["table", "json"])
def test_ctrl_c_ends_it_with_130(calm, env_for, tmp_path, form):
    process = start(env_for(calm), tmp_path, "--interval", "1s", "-o", form, "-o", "json=watch.json")
    shown = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "error: interrupted\n"
    rounds = [line for line in (*shown, *rest.splitlines()) if line]
    document = json.loads((tmp_path / "watch.json").read_text())
    assert document["exit_code"] == 130
    assert document["data"]["counts"]["read"] == len(rounds) >= 2
    if form == "json":
        assert [json.loads(line)["data"]["round"] for line in rounds] == list(range(1, len(rounds) + 1))


def test_it_ends_when_nobody_reads_its_lines(calm, env_for):
    process = start(env_for(calm), EMPTY, "--interval", "1s")
    assert "in sync" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
