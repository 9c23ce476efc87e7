"""What goes wrong in a run over recorded contracts, all of it by seed, and what the run may end in.

A kind of fault begins at some request to a layer and lasts for one to three tries or for good. A limit lasts as a fault
does, too: where several nodes stand behind one URL, it comes and goes.
"""

import json
import random
from collections import Counter
from dataclasses import dataclass
from functools import cache

from fault_endings import CHANGES, LAYERS, check_problem, says_less, told
from fault_lies import LIES, lie
from fault_world import DIFF, DIFF_PER_TASK, GENERATIONS, OTHERS, SECRET, FaultWorld

from avsctl.chain.fake import HARMLESS, IN_CONTENT, Batches, Mishap, Overrides
from avsctl.chain.rpc import TRY_TIMEOUT_S

DIFFS = (*[DIFF] * 8, *[DIFF_PER_TASK] * 2)
COMMANDS = (*DIFFS, *OTHERS)
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
"""Those that one can live with."""
TOO_LOW = {"gas cap below every call": {"gas_cap": 4_000}, "response cap below every answer": {"most_bytes": 60}}
KINDS = (*Mishap, *LIMITS, *TOO_LOW, *CHANGES, *LIES)
FIRST_ROUND = 2 * len(KINDS)
"""So many schedules have each kind by itself, once for some tries and once for good."""
NOISE = (Mishap.DROPPED, Mishap.TOO_MANY, Mishap.LIMIT_ONE, Mishap.SERVER_ERROR, Mishap.TRUNCATED, Mishap.NULLED)
MOST_REQUESTS = 400
MOST_OVER_S = 1.0
"""Beyond the time allowed: far less than a try."""


@dataclass(frozen=True)
class Schedule:
    """What goes wrong in one run."""

    seed: int
    kind: str
    generation: str
    command: tuple[str, ...]
    struck: tuple[str, ...] = LAYERS
    """Layers."""
    first: int = 1
    """Number of the request to a layer that goes wrong first."""
    tries: int | None = None
    """How many go wrong; None for all from there on."""
    noise: int = 0
    """Number of the request that something else befalls; 0 for none."""
    limits: tuple[str, ...] = ()
    """That hold all the time."""
    endpoints: int = 1
    timeout_s: int = 60
    is_anywhere: bool = False
    """Whether any reply of a batch may be the one that goes wrong, not the first alone."""

    @classmethod
    def of(cls, seed: int) -> "Schedule":
        chance = random.Random(seed)  # noqa: S311 - no secret
        kind, lasts = KINDS[seed // 2 % len(KINDS)], seed % 2 == 1
        command = chance.choice(DIFFS if kind in LIES else COMMANDS)
        tries = None if lasts else chance.choice((1, 2, 3))
        generation = chance.choice(GENERATIONS[1:] if kind in LIES and seed < FIRST_ROUND else GENERATIONS)
        if seed < FIRST_ROUND:
            return cls(seed, kind, generation, _fitting(command, (kind,)), first=1 + (kind in CHANGES), tries=tries)
        limits = () if kind == Mishap.EXCHANGED else chance.choice(((), (), (chance.choice(list(LIMITS)),)))
        return cls(
            seed,
            kind,
            generation,
            _fitting(command, (kind, *limits)),
            LAYERS if kind in LIES else chance.choice((("l1",), ("l2",), LAYERS)),
            chance.choice((1, 1, 1, 2, 2, 3, 4, 6)),
            tries,
            0 if tries == 3 else chance.choice((0, 0, chance.randint(1, 8))),
            limits,
            chance.choice((1, 1, 1, 2)),
            chance.choice((20, 60)),
            chance.choice((True, True, False)),
        )

    @property
    def may_fail(self) -> bool:
        """Whether an error is a good end."""
        if self.kind in ("another chain", Mishap.EXCHANGED) or self.is_undone:
            return True
        if self.kind in (*LIMITS, *LIES, *HARMLESS):
            return False
        if self.endpoints > 1:
            return "no block hashes" in self.limits and self.tries is None
        if self.tries is None or self.kind in (*CHANGES, Mishap.DENIED):
            return True
        stalls = self.kind == Mishap.STALLED and (self.tries > 1 or self.timeout_s < 2 * TRY_TIMEOUT_S)
        return stalls or (self.kind == Mishap.TOO_MANY_WAIT and self.timeout_s < 30)

    @property
    def is_undone(self) -> bool:
        """Whether blocks come and go, so that nobody has those that were read."""
        return self.kind == "a reorganisation" and self.tries is not None

    @property
    def must_fail(self) -> bool:
        """Whether only an error is a good end."""
        is_lasting = self.tries is None and self.first == 1 and self.endpoints == 1
        is_missed = self.is_anywhere and self.kind in (*IN_CONTENT, Mishap.LIMIT_ONE)
        return self.may_fail and is_lasting and not is_missed and self.kind not in (*CHANGES, Mishap.EXCHANGED)

    def play(self):
        world = FaultWorld(self.generation, self.endpoints)
        for node in world.nodes.values():
            for limit in self.limits:
                vars(node).update(LIMITS[limit])
        course = Course(self, world)
        return course, world.run(*self.command, "-o", "json", "--timeout", str(self.timeout_s))


def _fitting(command, limits):
    """Give a command that says all that it has to say in spite of limits."""
    is_short = any("response cap" in limit for limit in limits)
    return ("power", "diff") if is_short and command in BY_LOGS else command


class Course:
    """Follows a schedule request by request."""

    def __init__(self, schedule, world):
        self.schedule, self.world = schedule, world
        self.count, self.struck = Counter(), Counter()
        self.traits = (LIMITS | TOO_LOW).get(schedule.kind, {})
        self.otherwise = {name: getattr(world.nodes["l1", 0], name) for name in self.traits}
        world.transport.plan, world.transport.place = self.strike, self.place
        if schedule.kind in LIES:
            world.nodes["l2", 0].lie = self.lie

    def strike(self, endpoint, _methods):
        schedule, layer = self.schedule, endpoint.masked[8:10]
        if f"{layer}-0" not in endpoint.masked:
            return None
        self.count[layer] += 1
        if self.is_on(layer, self.count[layer]) and isinstance(schedule.kind, Mishap):
            return schedule.kind
        if self.count[layer] == schedule.noise:
            return NOISE[schedule.seed % len(NOISE)]
        return None

    def is_on(self, layer, count):
        """Whether a request to a layer is struck; what befalls the node itself does."""
        schedule = self.schedule
        if schedule.kind in LIES:
            return False
        is_on = layer in schedule.struck and count >= schedule.first
        is_on = is_on and (schedule.tries is None or self.struck[layer] < schedule.tries)
        self.struck[layer] += is_on
        self.change(self.world.nodes[layer, 0], is_on)
        return is_on

    def place(self, count):
        at = f"{self.schedule.seed} {self.count.total()}"
        return random.Random(at).randrange(count) if self.schedule.is_anywhere else 0  # noqa: S311 - no secret

    def change(self, node, is_on):
        kind = self.schedule.kind
        vars(node).update(self.traits if is_on else self.otherwise)
        if kind == "a node behind":
            node.head = node.recorded_at[1] - is_on
        elif kind == "another chain":
            node.chain_id = 424_242 if is_on else node.home
        elif kind == "a reorganisation":
            node.fork = int(is_on)

    def lie(self, node, method, params, reply):
        """Lie to the first that ask, or to all."""
        schedule = self.schedule
        if schedule.tries is not None and self.struck["l2"] >= schedule.tries:
            return reply
        said = lie(schedule.kind, self.world.settings["ATTESTATION_CENTER_ADDRESS"], node, (method, params), reply)
        self.struck["l2"] += said != reply
        return said


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


@dataclass(frozen=True)
class Played:
    """How a schedule ended."""

    end: str
    struck: int
    """How many requests or replies it befell."""


@cache
def play(seed):
    """Play the schedule of a seed; raises AssertionError where it ends in anything but what it may end in."""
    schedule = Schedule.of(seed)
    course, ended = schedule.play()
    return Played(judge(schedule, course, ended), course.struck.total())


def judge(schedule, course, ended):
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
    if (schedule.may_fail or schedule.kind in TOO_LOW) and says_less(told(document), expected):
        return "right as far as it goes, and says so"
    assert json.dumps(told(document)) == json.dumps(expected)
    return "right"
