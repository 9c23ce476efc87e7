"""``--cross-check`` over real nodes: a flipped digit is found or changes nothing, and two that agree cost twice.

The normal run takes a sample of the flips; with AVSCTL_SOAK=1 in the environment (``make soak``) it is all of them.
"""

import contextlib
import itertools
import json
import os
import random
from dataclasses import dataclass, field

import pytest
from commandline import run
from proxy import Limits, Recorder, proxied
from test_cli_safe_writing import SEVERAL, govern
from test_cli_traps import MULTISIG_KEY

from avsctl.chain.fake import Overrides
from avsctl.devnet import rpc
from avsctl.devnet.world import environment

EVERYTHING, SAMPLE = 120, 15
FLIPS = EVERYTHING if os.environ.get("AVSCTL_SOAK") else SAMPLE
LAYERS = ("l1", "l2")


@dataclass
class Flipper:
    """An endpoint that changes one hex digit of one of its results."""

    url: str
    target: int | None = None
    """Number of the result, from 1; None for none."""
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - no secret
    count: int = 0
    flipped: str = ""
    """What was changed."""

    def answer(self, request):
        """Give the node's reply, changed where its turn has come; errors are left to the proxy."""
        try:
            result = rpc.call(self.url, request["method"], *request["params"])
        except Exception:  # noqa: BLE001 - the proxy asks again and passes the error on
            return None
        places = list(find_hex(result))
        if not places:
            return {"result": result}
        self.count += 1
        if self.count != self.target:
            return {"result": result}
        path = self.chance.choice(places)
        self.flipped = f"{request['method']} {path}"
        return {"result": flip(result, path, self.chance)}


def find_hex(value, path=()):
    """Give the path to each hex text that has a digit."""
    if isinstance(value, str):
        if value.startswith("0x") and len(value) > len("0x"):
            yield path
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from find_hex(item, (*path, key))


def flip(value, path, chance):
    if path:
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[path[0]] = flip(value[path[0]], path[1:], chance)
        return copy
    at = chance.randrange(2, len(value))
    digit = int(value[at], 16) ^ chance.randrange(1, 16)
    return f"{value[:at]}{digit:x}{value[at + 1 :]}"


@dataclass(frozen=True)
class Scene:
    """A governed deployment, a batch file of it, and what each command says of it where nothing is compared."""

    devnet: object
    settings: dict
    commands: dict

    def ask(self, name, *options, settings=None):
        return run(self.settings | (settings or {}), *map(str, self.commands[name]), "-o", "json", *options)

    def node(self, layer):
        return {"l1": self.devnet.l1_url, "l2": self.devnet.l2_url}[layer]

    @contextlib.contextmanager
    def behind(self, limits=None, recorder=None, *, is_first=True):
        """Give the settings with a second endpoint for each layer, through a proxy; the proxied one first or second."""
        limits = limits or {}
        with contextlib.ExitStack() as stack:
            yield {
                f"{layer.upper()}_RPC": ",".join(
                    [
                        stack.enter_context(proxied(self.node(layer), limits.get(layer), recorder)),
                        stack.enter_context(proxied(self.node(layer), None, recorder)),
                    ][:: 1 if is_first else -1]
                )
                for layer in LAYERS
            }


@pytest.fixture(scope="module")
def scene(devnets, unchanged, tmp_path_factory):
    with unchanged(devnets("v2", drift=2)) as devnet:
        governed = govern(devnet, environment(devnet))
        path = tmp_path_factory.mktemp("files") / "changes.json"
        assert governed.ask(*SEVERAL, "--safe-batch", path).status == 0
        commands = {
            "diff": ("power", "diff", "--per-task"),
            "list": ("task", "list"),
            "update": ("task", *SEVERAL),
            "simulate": ("attest", "simulate"),
            "verify": ("safe", "verify", str(path)),
        }
        yield Scene(devnet, governed.settings, commands)


COMMANDS = ("diff", "list", "update", "simulate", "verify")


def without_note(answer):
    document = answer.document
    return document | {"findings": [each for each in document["findings"] if each["code"] != "cross_checked"]}


def notes(answer):
    return [each for each in answer.document["findings"] if each["code"] == "cross_checked"]


@pytest.mark.parametrize("name", COMMANDS)
def test_two_that_agree_say_what_one_says_at_twice_the_requests(scene, name):
    alone, both = Recorder(), Recorder()
    limits = dict.fromkeys(LAYERS, Limits(delay_s=0.02))
    with scene.behind(limits, alone) as settings:
        expected = scene.ask(name, settings={key: url.split(",")[0] for key, url in settings.items()})
    with scene.behind(limits, both) as settings:
        answer = scene.ask(name, "--cross-check", settings=settings)
    assert (answer.status, without_note(answer)) == (expected.status, expected.document)
    read = [layer for layer, block in answer.document["blocks"].items() if block]
    assert [note["subject"] for note in notes(answer)] == read
    for note in notes(answer):
        assert all(url in note["text"] for url in settings[f"{note['subject'].upper()}_RPC"].split(","))
        assert int(note["text"].split(" ")[0]) > 0
    assert both.requests <= 2 * alone.requests


def test_no_more_rounds(scene):
    """Both endpoints answer late, so that what is asked side by side counts as one round."""
    rounds = []
    for option in ((), ("--cross-check",)):
        recorder = Recorder()
        with contextlib.ExitStack() as stack:
            urls = {
                f"{layer.upper()}_RPC": ",".join(
                    stack.enter_context(proxied(scene.node(layer), Limits(delay_s=0.1), recorder)) for _ in range(2)
                )
                for layer in LAYERS
            }
            assert scene.ask("diff", *option, settings=urls).status == 3
        rounds.append(recorder.rounds)
    assert rounds[1] <= rounds[0]


@pytest.fixture(scope="module")
def honest(scene):
    """What each command says, and how many results it takes from one endpoint of a layer."""
    told = {}
    for name in COMMANDS:
        flippers = {layer: Flipper(scene.node(layer)) for layer in LAYERS}
        limits = {layer: Limits(answer=each.answer) for layer, each in flippers.items()}
        with scene.behind(limits) as settings:
            answer = scene.ask(name, "--cross-check", settings=settings)
        told[name] = answer, {layer: each.count for layer, each in flippers.items()}
    return told


@pytest.mark.parametrize("seed", range(FLIPS))
def test_one_flipped_digit_is_found_or_changes_nothing(scene, honest, seed):
    chance = random.Random(seed)  # noqa: S311 - no secret
    name = COMMANDS[seed % len(COMMANDS)]
    expected, counts = honest[name]
    layer = chance.choice([layer for layer in LAYERS for _ in range(counts[layer])])
    flipper = Flipper(scene.node(layer), chance.randint(1, counts[layer]), chance)
    is_first = chance.random() < 0.5
    with scene.behind({layer: Limits(answer=flipper.answer)}, is_first=is_first) as settings:
        answer = scene.ask(name, "--cross-check", settings=settings)
    assert flipper.flipped
    told = json.dumps(answer.document["errors"])
    if answer.status == 5:
        assert "endpoints_differ" in told, (flipper.flipped, told)
        assert all(url in told for url in settings[f"{layer.upper()}_RPC"].split(",")), (flipper.flipped, told)
    elif answer.status == 2:
        assert flipper.flipped.startswith("eth_chainId"), told
    else:
        assert (answer.status, without_note(answer)) == (expected.status, without_note(expected)), flipper.flipped


LIMITED = {
    "no overrides, no simulation": Limits(has_overrides=False, lacks=frozenset({"eth_simulateV1"})),
    "no simulation": Limits(lacks=frozenset({"eth_simulateV1"})),
    "no block hashes": Limits(takes_block_hashes=False),
    "batches of 3": Limits(most_items=3),
    "a gas cap": Limits(gas_cap=3_000_000),
    "no block overrides": Limits(block_overrides=Overrides.IGNORED),
    "a range of logs": Limits(log_range=10),
}


@pytest.mark.parametrize(("name", "kind"), list(itertools.product(("diff", "update"), LIMITED)))
def test_what_one_endpoint_cannot_do_is_no_difference(scene, name, kind):
    limits = dict.fromkeys(LAYERS, LIMITED[kind])
    with scene.behind(limits, is_first=False) as settings:
        answer = scene.ask(name, "--cross-check", settings=settings)
        alone = [
            scene.ask(name, settings={key: urls.split(",")[at] for key, urls in settings.items()}) for at in (0, 1)
        ]
    assert (answer.status, answer.data) in [(each.status, each.data) for each in alone], answer.problems


def test_an_endpoint_that_is_gone(scene):
    with scene.behind(is_first=False) as settings:
        gone = f"{settings['L2_RPC'].split(',')[0]},http://127.0.0.1:9"
        answer = scene.ask("list", "--cross-check", settings=settings | {"L2_RPC": gone})
    assert answer.status == 5
    assert "127.0.0.1:9: connection refused" in answer.problems[0]


def test_an_endpoint_of_another_chain(scene):
    swapped = {"L2_RPC": f"{scene.node('l2')},{scene.node('l1')}", "L1_RPC": f"{scene.node('l1')},{scene.node('l2')}"}
    answer = scene.ask("list", "--cross-check", settings=swapped)
    assert answer.status == 2
    assert {error["code"] for error in answer.document["errors"]} == {"wrong_chain"}
    assert scene.node("l2") in answer.problems[0]


def test_one_endpoint_is_too_few_and_the_environment_asks_for_two(scene):
    answer = scene.ask("diff", settings={"AVSCTL_CROSS_CHECK": "1"})
    assert answer.status == 2
    assert [problem.partition(" ")[0] for problem in answer.problems] == ["L1_RPC", "L2_RPC"]
    assert "L2_RPC=URL1,URL2" in answer.document["errors"][1]["hint"]


def test_a_transaction_is_sent_once_to_one_endpoint(devnets, unchanged):
    recorders = Recorder(), Recorder()
    with contextlib.ExitStack() as stack:
        devnet = stack.enter_context(unchanged(devnets("v2", drift=0)))
        urls = [stack.enter_context(proxied(devnet.l2_url, None, recorder)) for recorder in recorders]
        settings = environment(devnet) | {"L1_RPC": "", "L2_RPC": ",".join(urls), "KEY": MULTISIG_KEY}
        change = ("task", "update", "1", "--min-power", "70e18", "--send", "--yes", "--key-env", "KEY")
        answer = run(settings, *change, "--cross-check", "-o", "json")
    assert answer.status == 0, answer.problems
    assert [recorder.count("eth_sendRawTransaction") for recorder in recorders] == [1, 0]
    assert recorders[1].count("eth_call") > 0
    assert recorders[1].count("eth_estimateGas") + recorders[1].count("eth_getTransactionCount") == 0
