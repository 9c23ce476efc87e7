"""A hundred seeded schedules of faults over real nodes, in real time: the right answer or a documented error, in time.

The faults are those of ``tests/chain/test_fault_schedules.py``, which plays thousands of them in memory; here they come
over HTTP, from a proxy. A node that is behind or reorganised is one that has been, and another chain is that of the
other layer. The normal run takes a sample; with AVSCTL_SOAK=1 in the environment (``make soak``) it is all of them.
"""

import contextlib
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest
from commandline import Run, run, through_proxies
from proxy import Limits
from test_cli_safe_verify import make
from test_cli_safe_writing import SEVERAL, govern

from avsctl.chain.fake import HARMLESS, Mishap
from avsctl.contracts import multicall3
from avsctl.devnet import changes, rpc

sys.path.insert(0, str(Path(__file__).parents[1] / "chain"))

from fault_endings import CHANGES, LAYERS, check_problem, says_less, told

EVERYTHING, SAMPLE, PER_TEST = 120, 6, 6
IS_SOAK = bool(os.environ.get("AVSCTL_SOAK"))
COUNT = EVERYTHING if IS_SOAK else SAMPLE
SECRET = "5ec2e7c0ffee5ec2e7"
TIMEOUT_S = 8
KINDS = (*sorted(set(Mishap) - {Mishap.EXCHANGED}), *CHANGES)
READING = (
    *[("power", "diff")] * 4,
    ("power", "diff", "--all", "--per-task"),
    ("task", "list"),
    ("restricted", "list"),
    ("doctor",),
    ("power", "explain"),
    ("power", "history"),
)
OF_V2 = (
    ("internal", "status"),
    ("attest", "simulate"),
    ("task", "update", "1", "--min-power", "5e18"),
    ("safe", "verify", "FILE"),
)


def hide_multicall(item):
    """Answer as where Multicall3 was never deployed."""
    if item["method"] == "eth_getCode" and item["params"][0] == multicall3.ADDRESS:
        return {"result": "0x"}
    is_plain = item["method"] == "eth_call" and item["params"][0].get("to") == multicall3.ADDRESS
    return {"result": "0x"} if is_plain and len(item["params"]) < 3 else None


LIMITS = (
    {"answer": hide_multicall},
    {"answer": hide_multicall, "has_overrides": False},
    {"most_items": 1},
    {"most_items": 3},
    {"gas_cap": 3_000_000},
    {"most_bytes": 20_000},
    {"takes_block_hashes": False},
)


@dataclass(frozen=True)
class Schedule:
    """What goes wrong in one run, all of it by seed."""

    seed: int
    kind: str
    generation: str
    command: tuple[str, ...]
    struck: tuple[str, ...]
    """Layers."""
    first: int
    """Number of the request to a layer that goes wrong first."""
    tries: int | None
    """How many go wrong; None for all from there on."""
    limits: dict

    @classmethod
    def of(cls, seed):
        chance = random.Random(seed)  # noqa: S311 - no secret
        generation = chance.choice(("v1", "v2", "v2", "v3"))
        command = chance.choice(READING + (OF_V2 * 2 if generation == "v2" else ()))
        has_limits = command in READING[:6] and chance.random() < 0.4
        return cls(
            seed,
            KINDS[seed * 11 % len(KINDS)],
            generation,
            command,
            chance.choice((("l1",), ("l2",), LAYERS, LAYERS)),
            chance.choice((1, 1, 2, 3)),
            chance.choice((1, 2, 3, None)),
            chance.choice(LIMITS) if has_limits else {},
        )

    @property
    def may_fail(self):
        """Whether an error is a good end: what asks for long waits may use up the time."""
        slow = (Mishap.STALLED, Mishap.TOO_MANY_WAIT, Mishap.LIMIT_ALL, Mishap.LIMIT_ONE)
        if self.kind in HARMLESS:
            return False
        return self.tries is None or self.kind in (*CHANGES, Mishap.DENIED, *slow)


class Course:
    """Follows a schedule request by request, on both layers at once."""

    def __init__(self, schedule, devnet):
        self.schedule, self.devnet = schedule, devnet
        self.count, self.struck, self.is_changed = Counter(), Counter(), set()
        self.lock = threading.Lock()
        self.snapshots = {}

    def limits(self, layer):
        answer = self.schedule.limits.get("answer")
        limits = self.schedule.limits | {"answer": partial(self.answer, layer, answer)}
        return Limits(fault=partial(self.strike, layer), path=f"/v3/{SECRET}", **limits)

    def strike(self, layer, _methods):
        schedule = self.schedule
        with self.lock:
            self.count[layer] += 1
            is_on = layer in schedule.struck and self.count[layer] >= schedule.first
            is_on = is_on and (schedule.tries is None or self.struck[layer] < schedule.tries)
            self.struck[layer] += is_on
            if schedule.kind not in CHANGES:
                return Mishap(schedule.kind) if is_on else None
            if is_on and layer not in self.is_changed:
                self.is_changed.add(layer)
                self.change(layer)
            return None

    def change(self, layer):
        """Take the newest block away, and put another one in its place where it is a reorganisation."""
        if self.schedule.kind == "another chain":
            return
        url = url_of(self.devnet, layer)
        rpc.call(url, "evm_revert", self.snapshots[layer])
        if self.schedule.kind == "a reorganisation":
            rpc.call(url, "evm_increaseTime", 77)
            changes.mine(url)

    def answer(self, layer, otherwise, item):
        """Answer as the other layer's node where the endpoint has changed to another chain."""
        if self.schedule.kind == "another chain" and layer in self.is_changed:
            other = url_of(self.devnet, "l1" if layer == "l2" else "l2")
            return (
                {"result": rpc.call(other, "eth_chainId")} if item["method"] == "eth_chainId" else _relay(other, item)
            )
        return otherwise(item) if otherwise else None


def _relay(url, item):
    try:
        return {"result": rpc.call(url, item["method"], *item["params"])}
    except Exception as error:  # noqa: BLE001 - whatever the other node does not know is an error to the caller
        return {"error": {"code": -32000, "message": f"header not found ({type(error).__name__})"}}


def url_of(devnet, layer):
    return devnet.l1_url if layer == "l1" else devnet.l2_url


@pytest.fixture(scope="module")
def worlds(devnets, unchanged, env_for, tmp_path_factory):
    """A devnet of each generation, and one of V2 that a Safe governs, with a batch file of its."""
    with contextlib.ExitStack() as stack:

        @cache
        def get(generation, is_governed):
            if not is_governed:
                devnet = devnets(generation)
                return devnet, env_for(devnet), None
            devnet = stack.enter_context(unchanged(devnets(generation, drift=0)))
            path = tmp_path_factory.mktemp("files") / "task5.json"
            governed = govern(devnet, env_for(devnet))
            make(governed, path, *SEVERAL)
            return devnet, governed.settings, path

        yield get


def check(schedule, world, unchanged):
    """Play a schedule; gives how it ended."""
    devnet, settings, path = world
    command = [str(path) if part == "FILE" else part for part in schedule.command]
    with unchanged(devnet):
        course = Course(schedule, devnet)
        course.snapshots = {layer: rpc.call(url_of(devnet, layer), "evm_snapshot") for layer in LAYERS}
        for layer in LAYERS:
            changes.mine(url_of(devnet, layer))
        truths = [told(ask(settings, command).document)]
        with through_proxies(devnet, course.limits("l1"), course.limits("l2")) as proxied:
            urls = {name: proxied[name] for name in ("L1_RPC", "L2_RPC")}
            began = time.monotonic()
            ended = ask(settings | urls, [*command, "--timeout", str(TIMEOUT_S)])
            took = time.monotonic() - began
        if course.is_changed:
            truths.append(told(ask(settings, command).document))
    assert took <= 2 * TIMEOUT_S, f"it took {took:.1f} s"
    assert SECRET not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return judge(schedule, ended, truths)


def ask(settings, command) -> Run:
    return run(settings, *command, "-o", "json")


def judge(schedule, ended, truths):
    document = ended.document
    if ended.status in (2, 5):
        assert schedule.may_fail, ended.stderr
        for problem in document["errors"]:
            check_problem(schedule.kind, ended.status, problem, "/***")
        return f"status {ended.status}"
    answer = told(document)
    if schedule.may_fail and any(says_less(answer, truth) for truth in truths):
        return "right as far as it goes, and says so"
    assert json.dumps(answer) in [json.dumps(truth) for truth in truths], ended.stderr
    return "right"


def group(first):
    return range(first, min(first + PER_TEST, COUNT))


@pytest.mark.parametrize("seeds", [pytest.param(group(n), id=f"{n}") for n in range(0, COUNT, PER_TEST)])
def test_every_schedule_ends_in_the_right_answer_or_a_documented_error_in_time(
    seeds, worlds, unchanged, record_property
):
    ends, wrong = Counter(), []
    for seed in seeds:
        schedule = Schedule.of(seed)
        try:
            world = worlds(schedule.generation, "FILE" in schedule.command)
            ends[f"{schedule.kind}: {check(schedule, world, unchanged)}"] += 1
        except AssertionError as error:
            wrong.append(f"{schedule}: {str(error)[:1500]}")
    record_property("tally of fault schedules over real nodes", dict(ends))
    assert not wrong, "\n\n".join(wrong)
