"""The contracts that ``fault_world`` plays answer as those of a devnet do: the same answer from memory and from nodes.

The normal run looks at V2; with AVSCTL_SOAK=1 (``make soak``) it is every generation.
"""

import os

import pytest
from commandline import run
from recording import change, fault_world, settings_of

from avsctl.core.deployment import Generation
from avsctl.devnet.launch import start
from avsctl.devnet.world import environment

IS_SOAK = bool(os.environ.get("AVSCTL_SOAK"))


@pytest.mark.parametrize("generation", list(Generation) if IS_SOAK else [Generation.V2], ids=str)
def test_the_answer_from_memory_is_that_of_nodes(generation):
    with start(settings_of(generation)) as devnet:
        for state in ("earlier", "later"):
            answer = run(environment(devnet), "power", "diff", "--all", "--per-task", "-o", "json").document
            assert told(from_memory(generation, state)) == told(answer)
            change(devnet)


def from_memory(generation, state):
    world = fault_world.FaultWorld(generation)
    for node in world.nodes.values():
        node.head = node.recorded_at[state == "later"]
    return world.run("power", "diff", "--all", "--per-task", "-o", "json").document


def told(document):
    blocks = {layer: (block["number"], block["timestamp"]) for layer, block in document["blocks"].items()}
    return {name: document[name] for name in ("deployment", "data", "findings", "exit_code")} | {"blocks": blocks}
