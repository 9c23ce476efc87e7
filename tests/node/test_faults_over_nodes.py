"""Seeded schedules of faults over real nodes, in real time: the right answer or a documented error, in time.

The faults are those of ``tests/chain/test_fault_schedules.py``, which plays thousands of them in memory; here they come
over HTTP, from a proxy, and break connections too. A node that is behind or reorganised is one that has been
(``forks``), and another chain is that of the other layer. Every kind is drawn both passing after some tries and
staying. The normal run takes a sample; with AVSCTL_SOAK=1 in the environment (``make soak``) it is all of them.
"""

import contextlib
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import pytest
from commandline import Run, run, through_proxies
from forks import BEHIND, LAYERS, forked, url_of
from proxy import Break, Limits
from test_cli_safe_verify import make
from test_cli_safe_writing import SEVERAL, govern

from avsctl.chain.fake import HARMLESS, Mishap
from avsctl.contracts import multicall3

sys.path.insert(0, str(Path(__file__).parents[1] / "chain"))

from fault_endings import CHANGES, check_problem, says_less, told

SECRET = "5ec2e7c0ffee5ec2e7"
TIMEOUT_S = 8
STALL_TIMEOUT_S = 36
"""Where a try on each layer that takes all its time has to leave some for the next one."""
MOST_OVER_S = 2
"""Beyond the time allowed, on a busy machine."""
READING = (
    *[("power", "diff")] * 4,
    ("power", "diff", "--all", "--per-task"),
    ("task", "list"),
    ("restricted", "list"),
    ("operator", "list"),
    ("doctor",),
    ("power", "explain"),
    ("power", "history"),
)
OF_V2 = (
    ("internal", "status"),
    ("attest", "simulate"),
    ("task", "update", "1", "--min-power", "5e18"),
    ("safe", "verify", "FILE"),
    ("safe", "show"),
)


def hide_multicall(item):
    """Answer as where Multicall3 was never deployed."""
    if item["method"] == "eth_getCode" and item["params"][0] == multicall3.ADDRESS:
        return {"result": "0x"}
    is_plain = item["method"] == "eth_call" and item["params"][0].get("to") == multicall3.ADDRESS
    return {"result": "0x"} if is_plain and len(item["params"]) < 3 else None


LIMITS = {
    "no Multicall3": {"answer": hide_multicall},
    "no Multicall3, no overrides": {"answer": hide_multicall, "has_overrides": False},
    "no batches": {"most_items": 1},
    "batches of 3": {"most_items": 3},
    "gas cap": {"gas_cap": 3_000_000},
    "response cap": {"most_bytes": 20_000},
    "no block hashes": {"takes_block_hashes": False},
}
KINDS = (*Mishap, *Break, *LIMITS, *CHANGES)
NAMED = {
    "429 without Retry-After": Mishap.TOO_MANY,
    "429 with Retry-After": Mishap.TOO_MANY_WAIT,
    "-32005 with backoff data": Mishap.LIMIT_ALL,
    "500": Mishap.SERVER_ERROR,
    "an HTML page with status 200": Mishap.HTML,
    "truncated JSON": Mishap.TRUNCATED,
    "wrong ids": Mishap.WRONG_IDS,
    "swapped ids": Mishap.EXCHANGED,
    "missing batch items": Mishap.MISSING,
    "extra batch items": Mishap.EXTRA,
    "null results": Mishap.NULLED,
    "empty batches": Mishap.EMPTY_BATCH,
    "dropped connections": Mishap.DROPPED,
    "dropped within a reply": Break.CUT,
    "stalls": Mishap.STALLED,
    "stalls within a reply": Break.HELD,
    "oversized hex": Mishap.OVERSIZED_HEX,
    "malformed hex": Mishap.MALFORMED_HEX,
    "0x where data was due": Mishap.NO_DATA,
    "errors in place of results": Mishap.INTERNAL,
    "a node that is blocks behind": "a node behind",
    "one that answers from another chain after the first call": "another chain",
    "a reorganisation between two requests": "a reorganisation",
    "a node without Multicall3": "no Multicall3",
    "without batches": "no batches",
    "with a batch limit of 3": "batches of 3",
    "with a gas cap": "gas cap",
    "with a response size cap": "response cap",
}
"""What issue 7 lists, in its words."""
STALLING = (Mishap.STALLED, Break.HELD, Break.TRICKLED)
SLOW = (*STALLING, Mishap.TOO_MANY_WAIT, Mishap.LIMIT_ALL, Mishap.LIMIT_ONE)
AT_ODDS = (*CHANGES, "no block hashes", Mishap.EXCHANGED, Mishap.DENIED)
"""What may end in an error although it passes: what was read does not fit together, or asking again is pointless."""
ROUNDS = 4
PER_TEST = 10
EVERYTHING = ROUNDS * len(KINDS)
SAMPLE = (7, 29, 43, 49, 57, 65, 94, 98, 111, 132)
"""Those that take little time: changes of the chain, limits, and what is answered with something else."""
SEEDS = range(EVERYTHING) if os.environ.get("AVSCTL_SOAK") else SAMPLE


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
    place: int
    """Of the reply in a batch that is struck."""
    limits: str | None

    @classmethod
    def of(cls, seed):
        """Draw one; answers are exchanged only where few hold all of a round: nothing tells single ones apart."""
        chance = random.Random(seed)  # noqa: S311 - no secret
        kind = KINDS[seed * 11 % len(KINDS)]
        does_stay = (seed + seed // len(KINDS)) % 2 == 0
        generation = chance.choice(("v1", "v2", "v2", "v3"))
        is_any = generation == "v2" and kind != Mishap.EXCHANGED
        command = chance.choice(READING + (OF_V2 * 2 if is_any else ()))
        has_limits = command in READING and kind != Mishap.EXCHANGED and chance.random() < 0.3
        return cls(
            seed,
            kind,
            generation,
            command,
            chance.choice((("l1",), ("l2",), LAYERS, LAYERS)),
            chance.choice((1, 1, 2, 3)),
            None if does_stay else 1 if kind in SLOW else chance.choice((1, 2, 3)),
            chance.choice((0, 0, 0, 1, 2, 5)),
            chance.choice(list(LIMITS)) if has_limits else None,
        )

    @property
    def timeout_s(self):
        return STALL_TIMEOUT_S if self.kind in STALLING and self.tries else TIMEOUT_S

    @property
    def may_fail(self):
        """Whether an error is a good end."""
        if self.kind in HARMLESS or self.kind in LIMITS:
            return self.kind in AT_ODDS and self.tries is not None
        return self.tries is None or self.kind in AT_ODDS

    @property
    def must_fail(self):
        """Whether only an error is, where the layer was asked at all."""
        is_lasting = self.tries is None and self.first == 1 and self.place == 0
        return self.may_fail and is_lasting and self.kind not in (*CHANGES, Mishap.EXCHANGED, Break.TRICKLED)


class Course:
    """Follows a schedule request by request, on both layers at once."""

    def __init__(self, schedule, forks):
        self.schedule, self.forks = schedule, forks
        self.count, self.struck = Counter(), Counter()
        self.lock = threading.Lock()

    def limits(self, layer):
        limits = LIMITS.get(self.schedule.limits, {})
        limits = Limits(path=f"/v3/{SECRET}", credentials=f"u:{SECRET}", place=self.schedule.place, **limits)
        return replace(limits, fault=partial(self.strike, layer, limits))

    def strike(self, layer, limits, _methods):
        schedule = self.schedule
        with self.lock:
            self.count[layer] += 1
            is_on = layer in schedule.struck and self.count[layer] >= schedule.first
            is_on = is_on and (schedule.tries is None or self.struck[layer] < schedule.tries)
            self.struck[layer] += is_on
            if schedule.kind == "a node behind":
                self.forks.show(layer, BEHIND if is_on else 0)
            if schedule.kind == "a reorganisation" and is_on:
                self.forks.show(layer, self.struck[layer])
        if not is_on or schedule.kind in ("a node behind", "a reorganisation"):
            return None
        if schedule.kind == "another chain":
            other = LAYERS[layer == LAYERS[0]]
            return replace(limits, node_url=url_of(self.forks.devnet, other))
        return replace(limits, **LIMITS[schedule.kind]) if schedule.kind in LIMITS else schedule.kind


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
    with unchanged(devnet), forked(devnet) as forks:
        course = Course(schedule, forks)
        with through_proxies(devnet, course.limits("l1"), course.limits("l2")) as proxied:
            urls = {name: proxied[name] for name in ("L1_RPC", "L2_RPC")}
            began = time.monotonic()
            ended = ask(settings | urls, [*command, "--timeout", str(schedule.timeout_s)])
            took = time.monotonic() - began
        assert took <= schedule.timeout_s + MOST_OVER_S, f"it took {took:.1f} s"
        assert SECRET not in ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        if ended.status in (2, 5):
            return judge_error(schedule, ended)
        assert not (schedule.must_fail and course.struck.total()), "an answer in spite of it"
        return judge(schedule, ended, partial(ask_again, settings, command, forks))


def ask(settings, command) -> Run:
    return run(settings, *command, "-o", "json")


def ask_again(settings, command, forks, blocks):
    """Ask the same where nothing goes wrong, at the blocks that an answer names."""
    for layer, block in blocks.items():
        if block is not None:
            forks.show(layer, forks.by_hash[layer][block["hash"]])
    return told(ask(settings, command).document)


def judge_error(schedule, ended):
    assert schedule.may_fail, ended.stderr
    lines = ended.stderr.splitlines()
    assert len(set(lines)) == len(lines), ended.stderr
    for problem in ended.document["errors"]:
        if problem["code"] == "swapped_layers" and schedule.struck == LAYERS:
            continue
        check_problem(schedule.kind, ended.status, problem, "/***")
        is_one_of_them = any(f"{layer.upper()} endpoint" in problem["message"] for layer in schedule.struck)
        assert is_one_of_them or ended.status == 2 or schedule.kind in CHANGES
    return f"status {ended.status}"


def judge(schedule, ended, find_truth):
    answer = told(ended.document)
    truth = find_truth(ended.document["blocks"])
    if schedule.may_fail and (says_less(answer, truth) or skips(answer, truth)):
        return "right as far as it goes, and says so"
    assert json.dumps(answer) == json.dumps(truth), ended.stderr
    return "right"


def skips(got, want):
    """Whether a file's verification leaves out what L1 tells, says so, and nothing else."""
    if got["command"] != "safe verify" or got["data"]["checks"] == want["data"]["checks"]:
        return False
    pairs = zip(got["data"]["checks"], want["data"]["checks"], strict=True)
    checks = [ours if ours["result"] == "skipped" and ours["code"] == "blocks" else other for ours, other in pairs]
    return got == want | {"data": want["data"] | {"checks": checks}}


def test_every_kind_that_is_named_is_drawn_both_passing_and_staying():
    drawn = {(each.kind, each.tries is None) for each in map(Schedule.of, range(EVERYTHING))}
    assert {(kind, does_stay) for kind in NAMED.values() for does_stay in (True, False)} <= drawn
    assert {kind for kind, _ in drawn} == set(KINDS)


@pytest.mark.parametrize("first", range(0, len(SEEDS), PER_TEST))
def test_every_schedule_ends_in_the_right_answer_or_a_documented_error_in_time(
    first, worlds, unchanged, record_property
):
    ends, wrong = Counter(), []
    for seed in SEEDS[first : first + PER_TEST]:
        schedule = Schedule.of(seed)
        try:
            world = worlds(schedule.generation, schedule.command[0] == "safe")
            ends[f"{schedule.kind}: {check(schedule, world, unchanged)}"] += 1
        except AssertionError as error:
            wrong.append(f"{schedule}: {str(error)[:1500]}")
    record_property("tally of fault schedules over real nodes", dict(ends))
    assert not wrong, "\n\n".join(wrong)
