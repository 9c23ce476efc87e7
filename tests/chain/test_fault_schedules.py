"""Two thousand seeded schedules of faults: the right answer byte for byte, or a documented error, in time.

Each schedule has one kind of fault, at some request on, for one to three tries or for good, at one layer or both; some
have a second fault, an endpoint with limits, or another endpoint to fall back to. Truth is what the same command says
where nothing goes wrong, at the blocks that the answer names. The normal run takes a sample; with AVSCTL_SOAK=1 in the
environment (``make soak``) it is all of them.
"""

import json
import os
import random
from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest
from fault_endings import CHANGES, LAYERS, check_problem, says_less, told
from fault_world import GENERATIONS, SECRET, FaultWorld

from avsctl.chain.fake import HARMLESS, Batches, Mishap, Overrides
from avsctl.chain.rpc import TRY_TIMEOUT_S

EVERYTHING, SAMPLE, PER_TEST = 2_400, 80, 40
COUNT = EVERYTHING if os.environ.get("AVSCTL_SOAK") else SAMPLE
COMMANDS = (
    *[("power", "diff")] * 8,
    *[("power", "diff", "--all", "--per-task")] * 2,
    ("power", "explain"),
    ("task", "list"),
    ("restricted", "list"),
    ("operator", "list"),
    ("internal", "status"),
    ("doctor",),
)
BY_LOGS = (("power", "explain"), ("internal", "status"))
"""They say less where the logs of one block are too many for the endpoint, and say so."""
LIMITS = {
    "no Multicall3": {"has_multicall": False},
    "no Multicall3, no overrides": {"has_multicall": False, "overrides": Overrides.REFUSED},
    "overrides ignored": {"has_multicall": False, "overrides": Overrides.IGNORED},
    "no batches": {"most_items": 1},
    "no batches, by dropping": {"most_items": 1, "batches": Batches.BY_DROPPING},
    "batches of 3": {"most_items": 3},
    "batches of 3, by status": {"most_items": 3, "batches": Batches.BY_STATUS},
    "gas cap": {"gas_cap": 600_000},
    "response cap": {"most_bytes": 4_000},
    "no block hashes": {"takes_block_hash": False},
}
MOST_REQUESTS = 400
MOST_OVER_S = 1.0
"""Beyond the time allowed: far less than a try."""
KINDS = (*Mishap, *LIMITS, *CHANGES)
NOISE = (Mishap.DROPPED, Mishap.TOO_MANY, Mishap.LIMIT_ONE, Mishap.SERVER_ERROR, Mishap.TRUNCATED, Mishap.NULLED)


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
    noise: int
    """Number of the request that something else befalls; 0 for none."""
    limits: tuple[str, ...]
    endpoints: int
    timeout_s: int

    @classmethod
    def of(cls, seed: int) -> "Schedule":
        chance = random.Random(seed)  # noqa: S311 - no secret
        kind = KINDS[seed % len(KINDS)]
        limits = [kind] if kind in LIMITS else chance.choice(([], [], [chance.choice(list(LIMITS))]))
        command, tries = chance.choice(COMMANDS), chance.choice((1, 2, 3, None))
        if kind == Mishap.EXCHANGED:
            limits = []
        if "response cap" in limits and command in BY_LOGS:
            command = ("power", "diff")
        return cls(
            seed,
            kind,
            chance.choice(GENERATIONS),
            command,
            chance.choice((("l1",), ("l2",), LAYERS)),
            chance.choice((1, 1, 1, 2, 2, 3, 4, 6)),
            tries,
            0 if tries == 3 else chance.choice((0, 0, chance.randint(1, 8))),
            tuple(limits),
            chance.choice((1, 1, 1, 2)),
            chance.choice((20, 60)),
        )

    @property
    def may_fail(self) -> bool:
        """Whether an error is a good end."""
        if self.kind in ("another chain", Mishap.EXCHANGED):
            return True
        if self.kind in LIMITS or self.kind in HARMLESS:
            return False
        if self.endpoints > 1:
            return "no block hashes" in self.limits and self.tries is None
        if self.tries is None or self.kind in (*CHANGES, Mishap.DENIED):
            return True
        stalls = self.kind == Mishap.STALLED and (self.tries > 1 or self.timeout_s < 2 * TRY_TIMEOUT_S)
        return stalls or (self.kind == Mishap.TOO_MANY_WAIT and self.timeout_s < 30)

    @property
    def must_fail(self) -> bool:
        """Whether only an error is a good end."""
        is_lasting = self.tries is None and self.first == 1 and self.endpoints == 1
        return self.may_fail and is_lasting and self.kind not in (*CHANGES, Mishap.EXCHANGED)

    def play(self):
        world = FaultWorld(self.generation, self.endpoints)
        for node in world.nodes.values():
            for limit in self.limits:
                for trait, value in LIMITS[limit].items():
                    setattr(node, trait, value)
        course = Course(self, world)
        world.transport.plan = course.strike
        return course, world.run(*self.command, "-o", "json", "--timeout", str(self.timeout_s))


class Course:
    """Follows a schedule request by request."""

    def __init__(self, schedule, world):
        self.schedule, self.world = schedule, world
        self.count, self.struck = Counter(), Counter()

    def strike(self, endpoint, _methods):
        schedule, layer = self.schedule, endpoint.masked[8:10]
        if f"{layer}-0" not in endpoint.masked:
            return None
        self.count[layer] += 1
        is_on = layer in schedule.struck and self.count[layer] >= schedule.first
        is_on = is_on and (schedule.tries is None or self.struck[layer] < schedule.tries)
        self.struck[layer] += is_on
        if schedule.kind in CHANGES:
            self.change(layer, is_on)
        elif is_on and schedule.kind not in LIMITS:
            return Mishap(schedule.kind)
        if self.count[layer] == schedule.noise:
            return NOISE[schedule.seed % len(NOISE)]
        return None

    def change(self, layer, is_on):
        node = self.world.nodes[layer, 0]
        if self.schedule.kind == "a node behind":
            node.head = node.recorded_at[1] - is_on
        elif self.schedule.kind == "another chain":
            node.chain_id = 424_242 if is_on else node.home
        else:
            node.fork = max(node.fork, int(is_on))


@cache
def truth(generation, command, blocks):
    """Give what a command says of blocks where nothing goes wrong."""
    world = FaultWorld(generation)
    for layer, block_hash in blocks:
        node = world.nodes[layer, 0]
        node.head, node.fork = int(block_hash[-16:], 16), int(block_hash[34:50], 16)
    ended = world.run(*command, "-o", "json")
    assert ended.status in (0, 3, 6), ended.stderr
    return told(ended.document)


def check(schedule):
    """Play a schedule; gives how it ended."""
    course, ended = schedule.play()
    assert SECRET not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.seconds <= schedule.timeout_s + MOST_OVER_S
    assert len(course.world.transport.sent) < MOST_REQUESTS
    document = ended.document
    assert document["exit_code"] == ended.status
    if ended.status in (2, 5):
        assert schedule.may_fail, ended.stderr
        for problem in document["errors"]:
            check_problem(schedule.kind, ended.status, problem, "-0.example/***")
        return f"status {ended.status}"
    assert not (schedule.must_fail and course.struck.total())
    blocks = tuple((layer, block["hash"]) for layer, block in document["blocks"].items() if block)
    expected = truth(schedule.generation, schedule.command, blocks)
    if schedule.may_fail and says_less(told(document), expected):
        return "right as far as it goes, and says so"
    assert json.dumps(told(document)) == json.dumps(expected)
    return "right"


def group(first):
    return range(first, min(first + PER_TEST, COUNT))


@pytest.mark.parametrize("seeds", [pytest.param(group(n), id=f"{n}") for n in range(0, COUNT, PER_TEST)])
def test_every_schedule_ends_in_the_right_answer_or_a_documented_error_in_time(seeds, record_property):
    ends, wrong = Counter(), []
    for seed in seeds:
        schedule = Schedule.of(seed)
        try:
            ends[f"{schedule.kind}: {check(schedule)}"] += 1
        except AssertionError as error:
            wrong.append(f"{schedule}: {str(error)[:600]}")
    record_property("tally of fault schedules in memory", dict(ends))
    assert not wrong, "\n\n".join(wrong)
