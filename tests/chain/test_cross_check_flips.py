"""One hex digit of one result of one endpoint is another: ``--cross-check`` finds it, or it does not count.

What a result tells is the same each time it is asked for, as with a node whose disk is at fault. What does not count is
what only guesses are made of; then the answer is that of two honest endpoints. The normal run takes a sample; with
AVSCTL_SOAK=1 in the environment (``make soak``) it is all of them.
"""

import json
import os
import random
from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest
from fault_endings import told
from fault_schedules import COMMANDS, LIMITS
from fault_world import GENERATIONS, SECRET, FaultWorld

EVERYTHING, SAMPLE, PER_TEST = 2_000, 60, 20
COUNT = EVERYTHING if os.environ.get("AVSCTL_SOAK") else SAMPLE
WAYS = ((), (), ("no Multicall3",), ("no Multicall3, no overrides",), ("no block hashes",))
DIGITS = "0123456789abcdef"
OF_LATEST = 0.3
"""Share of the runs in which what is asked of the newest block may be flipped, too: most of that is guesses."""
FINDS = ("endpoints_differ", "wrong_chain", "endpoint")
"""The last where an endpoint that is to be used is seen to have another block before anything is compared."""


@dataclass(frozen=True)
class Scene:
    """What is read over two endpoints a layer."""

    generation: str
    command: tuple[str, ...]
    limits: tuple[str, ...]
    """Of all endpoints."""

    def run(self, world):
        return world.run(*self.command, "-o", "json", "--cross-check")

    def build(self):
        world = FaultWorld(self.generation, endpoints=2)
        for node in world.nodes.values():
            for limit in self.limits:
                vars(node).update(LIMITS[limit])
        return world


class Liar:
    """Flips a digit of the answer to one of the questions that an endpoint is asked, each time that it is asked."""

    def __init__(self, chance, at, of_latest):
        self.chance, self.at, self.of_latest = chance, at, of_latest
        self.asked, self.flipped = [], None

    def tell(self, _node, method, params, reply):
        question = f"{method} {json.dumps(params)}"
        is_asked = self.of_latest or "latest" not in params
        if is_asked and question not in self.asked and hex_places(reply):
            self.asked.append(question)
            if len(self.asked) - 1 == self.at:
                self.flipped = question, *self.choose(reply)
        if self.flipped is None or self.flipped[0] != question:
            return reply
        return flip(reply, *self.flipped[1:])

    def choose(self, reply):
        path, at = self.chance.choice(hex_places(reply))
        was = find(reply, path)[at]
        return path, at, self.chance.choice([digit for digit in DIGITS if digit != was.lower()])


def hex_places(reply, path=()):
    """Give where hex digits stand in a result, or in the data of a revert: the way to their text, and their place."""
    if isinstance(reply, dict):
        kept = {name: reply[name] for name in reply if path != ("error",) or name == "data"}
        return [place for name, value in kept.items() for place in hex_places(value, (*path, name))]
    if isinstance(reply, list):
        return [place for at, value in enumerate(reply) for place in hex_places(value, (*path, at))]
    return [(path, at) for at in range(2, len(reply))] if isinstance(reply, str) and reply.startswith("0x") else []


def find(reply, path):
    return find(reply[path[0]], path[1:]) if path else reply


def flip(reply, path, at, digit):
    if not path:
        return reply[:at] + digit + reply[at + 1 :]
    changed = flip(reply[path[0]], path[1:], at, digit)
    if isinstance(reply, dict):
        return reply | {path[0]: changed}
    return [*reply[: path[0]], changed, *reply[path[0] + 1 :]]


@cache
def honest(scene, of_latest):
    """Give what two honest endpoints say, and how many questions with hex answers each endpoint is asked."""
    world = scene.build()
    liars = {name: Liar(None, -1, of_latest) for name in world.nodes}
    for name, node in world.nodes.items():
        node.lie = liars[name].tell
    ended = scene.run(world)
    assert ended.status in (0, 3, 6), ended.stderr
    return json.dumps(told(ended.document)), {name: len(liar.asked) for name, liar in liars.items()}


def check(seed):
    """Play one flip; gives what it ended in."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    scene = Scene(chance.choice(GENERATIONS), chance.choice(COMMANDS), chance.choice(WAYS))
    of_latest = chance.random() < OF_LATEST
    answer, asked = honest(scene, of_latest)
    name = chance.choice([name for name, count in asked.items() if count])
    world, liar = scene.build(), Liar(chance, chance.randrange(asked[name]), of_latest)
    world.nodes[name].lie = liar.tell
    ended = scene.run(world)
    assert liar.flipped, "nothing was flipped"
    assert SECRET not in ended.stdout + ended.stderr
    where = f"{scene}, {name}: {liar.flipped}"
    if ended.status in (2, 5):
        (problem,) = ended.document["errors"]
        said = [f"{name[0]}-{at}.example/***" in problem["message"] for at in range(2)]
        assert problem["code"] in FINDS, f"{where}: {problem}"
        assert any(said), f"{where}: {problem}"
        assert all(said) or problem["code"] == "endpoint", f"{where}: {problem}"
        assert problem["hint"]
        return f"found ({problem['code']})"
    assert json.dumps(told(ended.document)) == answer, where
    return "does not count"


def group(first):
    return range(first, min(first + PER_TEST, COUNT))


@pytest.mark.parametrize("seeds", [pytest.param(group(n), id=f"{n}") for n in range(0, COUNT, PER_TEST)])
def test_a_flipped_digit_is_found_or_does_not_count(seeds, record_property):
    ends, wrong = Counter(), []
    for seed in seeds:
        try:
            ends[check(seed)] += 1
        except AssertionError as error:
            wrong.append(f"{seed}: {str(error)[:800]}")
    record_property("tally of flipped digits under --cross-check", dict(ends))
    assert not wrong, "\n\n".join(wrong)
