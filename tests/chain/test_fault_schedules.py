"""Two thousand seeded schedules of faults: the right answer byte for byte, or a documented error, in time.

Each schedule has one kind of fault, at some request on, for one to three tries or for good, at one layer or both; some
have a second fault, an endpoint with limits, or another endpoint to fall back to. Truth is what the same command says
where nothing goes wrong, at the blocks that the answer names. The normal run takes a sample; with AVSCTL_SOAK=1 in the
environment (``make soak``) it is all of them.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest
from fault_world import GENERATIONS, LAYERS, SECRET, FaultWorld

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
CHANGES = ("a node behind", "another chain", "a reorganisation")
MOST_REQUESTS = 400
KINDS = (*Mishap, *LIMITS, *CHANGES)
NOISE = (Mishap.DROPPED, Mishap.TOO_MANY, Mishap.LIMIT_ONE, Mishap.SERVER_ERROR, Mishap.TRUNCATED, Mishap.NULLED)
MISREAD = {"wrong_chain", "no_code", "wrong_contract", "unknown_generation"}
"""What status 2 says of an endpoint that answers consistently as another chain does."""


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


def told(document):
    """Give an answer without what it says of how the endpoints did."""
    about_endpoints = (*LAYERS, *(f"https://{layer}-{at}.example/***" for layer in LAYERS for at in (0, 1)))
    findings = [each for each in document["findings"] if each["subject"] not in about_endpoints]
    data = document["data"]
    if document["command"] == "doctor":
        checks = [each for each in data["checks"] if each["group"] != "setup"]
        data = data | {"endpoints": [], "settings": [], "checks": checks}
    about = {name: document[name] for name in ("command", "deployment", "blocks", "errors")}
    return about | {"data": data, "findings": findings}


def check(schedule):
    """Play a schedule; gives how it ended and how many seconds it took beyond its time."""
    course, ended = schedule.play()
    assert SECRET not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.seconds <= schedule.timeout_s + TRY_TIMEOUT_S
    assert len(course.world.transport.sent) < MOST_REQUESTS
    document = ended.document
    assert document["exit_code"] == ended.status
    over = ended.seconds - schedule.timeout_s
    if ended.status in (2, 5):
        assert schedule.may_fail, ended.stderr
        for problem in document["errors"]:
            check_problem(schedule, ended.status, problem)
        return f"status {ended.status}", over
    assert not (schedule.must_fail and course.struck.total())
    blocks = tuple((layer, block["hash"]) for layer, block in document["blocks"].items() if block)
    expected = truth(schedule.generation, schedule.command, blocks)
    if schedule.may_fail and says_less(told(document), expected):
        return "right as far as it goes, and says so", over
    assert told(document) == expected
    return "right", over


def says_less(got, want):
    """Whether an answer leaves out what logs and old states tell, with the finding that says so, and nothing else."""
    if got["command"] not in ("power diff", "power explain") or got == want:
        return False
    codes = {finding["code"] for finding in got["findings"]}
    rows, expected = ({row["address"]: row for row in each["data"]["operators"]} for each in (got, want))
    if got["command"] == "power diff":
        is_said = "operators_unknown_to_l2" in codes and set(got["data"]["totals"].values()) >= {None}
        return is_said and all(row == expected[address] for address, row in rows.items())
    is_said = all(row == expected[address] or row["not_told_apart"] for address, row in rows.items())
    has_numbers = {at: row["delta"] for at, row in rows.items()} == {at: row["delta"] for at, row in expected.items()}
    return "causes_not_told_apart" in codes and is_said and has_numbers


def check_problem(schedule, status, problem):
    message = problem["message"]
    assert problem["hint"]
    if status == 2:
        assert problem["code"] in MISREAD
        assert schedule.kind in ("another chain", Mishap.NO_DATA, Mishap.EXCHANGED)
        return
    assert "-0.example/***" in message
    assert "eth_" in message


def group(first):
    return range(first, min(first + PER_TEST, COUNT))


@pytest.mark.parametrize("seeds", [pytest.param(group(n), id=f"{n}") for n in range(0, COUNT, PER_TEST)])
def test_every_schedule_ends_in_the_right_answer_or_a_documented_error_in_time(seeds, record_property):
    ends, most_over, wrong = Counter(), 0.0, []
    for seed in seeds:
        schedule = Schedule.of(seed)
        try:
            end, over = check(schedule)
        except AssertionError as error:
            wrong.append(f"{schedule}: {str(error)[:600]}")
            continue
        ends[f"{schedule.kind}: {end}"] += 1
        most_over = max(most_over, over)
    record_property("fault schedules", dict(ends))
    record_property("seconds beyond the time allowed", most_over)
    assert not wrong, "\n\n".join(wrong)
