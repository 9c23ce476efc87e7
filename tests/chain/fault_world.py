"""Commands over a deployment in memory whose endpoints fail by plan: recorded contracts, one clock, no threads.

The contracts are those of a devnet, by what they answered (``tests/node/recording.py``). There are two states of them,
two blocks apart, and a reorganisation exchanges the two: a number of another block is another number. Work that
runs side by side is done one after the other and takes the time of the longest, so that a schedule is the same every
time.
"""

import contextlib
import gzip
import importlib
import io
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from avsctl import commands
from avsctl.chain.fake import FakeClock, FakeNode, FakeTransport, Overrides, Ran
from avsctl.cli import main
from avsctl.config.settings import SETTING_NAMES
from avsctl.contracts import lens, multicall3
from avsctl.contracts.abi import load_function
from avsctl.core.deployment import Generation
from avsctl.core.units import Address

SECRET = "5ec2e7c0ffee5ec2e7"
GENERATIONS = ("v1", "v2", "v3")
LAYERS = ("l1", "l2")
RECORDED = Path(__file__).with_name("recorded_deployments.json.gz")
STRANGER = Address("0x" + "57" * 20)
"""Whom no contract knows; what is said of it is recorded, too, and so it is of the id after the highest."""
BLOCK_S = 12
DIFF = ("power", "diff")
DIFF_PER_TASK = ("power", "diff", "--all", "--per-task")
OTHERS = (
    ("power", "explain"),
    ("task", "list"),
    ("restricted", "list"),
    ("operator", "list"),
    ("internal", "status"),
    ("doctor",),
)
"""With the two above, the commands whose answers are recorded."""
PINNED = {"eth_call": 1, "eth_getCode": 1, "eth_getStorageAt": 2, "eth_simulateV1": 1}
_RULED = ("eth_chainId", "eth_blockNumber", "eth_getBlockByNumber")
_LENS = "lens"
_WORD_CALL = "0x" + 4 * "00" + 32 * "00"
_READ_SLOTS = "0x" + lens.read_slots(STRANGER, []).data[:4].hex()
_TOTAL = load_function("AttestationCenter", Generation.V1, "numOfTotalOperators").selector.hex()
_HEIGHT = "0x" + lens.evm_block_number().data.hex()


def key_of(method: str, params: list[Any]) -> str | None:
    """Give under which name an answer is recorded; None for what follows from rules or from other answers."""
    if method in _RULED or (method == "eth_call" and params[0].get("to") == multicall3.ADDRESS):
        return None
    if method == "eth_call" and params[0]["data"] == _HEIGHT:
        return None
    if method == "eth_getCode" and params[0] == multicall3.ADDRESS:
        return None
    kept = [each for at, each in enumerate(params) if at != PINNED.get(method)]
    return f"{method} {json.dumps(kept, sort_keys=True)}".replace(lens.load_runtime(), _LENS)


def time_key(number: int) -> str:
    """Give under which name the time of a block is recorded."""
    return f"time of {number}"


@cache
def recorded(generation: str) -> dict[str, Any]:
    """Give what was recorded of a generation: its settings, and the answers of each layer in both states."""
    document = json.loads(gzip.decompress(RECORDED.read_bytes()))[generation]
    for layer in LAYERS:
        earlier, later = (document[state][layer] for state in ("earlier", "later"))
        later["answers"], earlier["answers"] = (
            earlier["answers"] | later["answers"],
            later["answers"] | earlier["answers"],
        )
    return document


class NotRecorded(AssertionError):
    """Something is asked that nobody has recorded: ``make recording`` does."""


@dataclass
class RecordedNode(FakeNode):
    """A node whose contracts answer as recorded."""

    generation: str = "v2"
    layer: str = "l2"
    lie: Callable[["RecordedNode", str, list[Any], dict[str, Any]], dict[str, Any]] = lambda *asked_and_reply: (
        asked_and_reply[-1]
    )
    """Gives what is told in place of a reply; its request stands before it."""

    def __post_init__(self) -> None:
        states = recorded(self.generation)
        self.states = [states[state][self.layer] for state in ("earlier", "later")]
        self.recorded_at = [state["head"]["number"] for state in self.states]
        self.head = self.recorded_at[1]
        self.chain_id = int(states["settings"][f"{self.layer.upper()}_CHAIN"])
        self.home = self.chain_id
        self.next_id = 1 + int(next((v for k, v in states["later"]["l2"]["answers"].items() if _TOTAL in k), "0x0"), 16)
        keys = {key for state in self.states for key in state["answers"] if key.startswith("eth_call ")}
        asked = [json.loads(key.partition(" ")[2].partition(" @")[0]) for key in keys]
        functions = {
            (params[0]["to"], params[0]["data"][:10]) for params in asked if len(params) == 1 and "to" in params[0]
        }
        for address in {address for address, _ in functions}:
            others = {selector for _, selector in functions if (address, selector) not in functions}
            self.contracts[address.lower()] = self._contract(address, others)

    def header(self, number: int) -> dict[str, str]:
        head = self.states[1]["head"]
        supposed = hex(head["timestamp"] - BLOCK_S * (head["number"] - number))
        return super().header(number) | {"timestamp": self.states[1]["answers"].get(time_key(number), supposed)}

    def answers_at(self, block_hash: str) -> dict[str, Any]:
        """Give what is answered at a block, of any fork or chain."""
        number, fork = int(block_hash[-16:], 16), int(block_hash[34:50], 16)
        is_later = number >= self.states[1]["head"]["number"]
        is_strange = fork % 2 == 1 or int(block_hash[2:34], 16) != self.home
        return self.states[is_later != is_strange]["answers"]

    def _contract(self, address, others):
        """Play a contract, which reverts at the functions of others."""

        def run(data: bytes, gas: int, block_hash: str) -> Ran:
            selector = "0x" + data[:4].hex()
            if selector in others or selector == _READ_SLOTS:
                return Ran(success=False, data=b"")
            return _ran(self._replay("eth_call", [{"data": "0x" + data.hex(), "to": address}, None], block_hash), gas)

        return run

    def _rules(self):
        taped = ("eth_getStorageAt", "eth_simulateV1", "eth_getTransactionReceipt", "eth_getTransactionByHash")
        return super()._rules() | {method: self._taped(method) for method in taped}

    def _taped(self, method):
        def answer(*params):
            at = PINNED.get(method)
            number = self.head if at is None else self._state_at(params[at])
            return self._replay(method, list(params), self.hash_of(number))

        return answer

    def _replay(self, method, params, block_hash):
        key, answers, number = key_of(method, params), self.answers_at(block_hash), int(block_hash[-16:], 16)
        keys = (f"{key} @{number}", key) if number >= self.recorded_at[0] else (f"{key} @{number}",)
        keys = (*keys, *self._as_unknown(method, params))
        found = next((each for each in keys if each in answers), None)
        if found is None:
            raise NotRecorded(f"{self.generation} {self.layer} {keys[0]}")
        return answers[found]

    def _as_unknown(self, method, params):
        """Give under which names it is recorded what a contract says of somebody or of an id that it does not know."""
        if method != "eth_call" or len(params[0]["data"]) != len(_WORD_CALL):
            return []
        calldata = [params[0]["data"][:10] + word for word in (STRANGER[2:].rjust(64, "0"), f"{self.next_id:064x}")]
        return [key_of(method, [params[0] | {"data": data}, *params[1:]]) for data in calldata]

    def answer(self, method, params):
        reply = super().answer(method, params)
        result = reply.get("result")
        is_error = isinstance(result, dict) and set(result) >= {"code", "message"}
        return self.lie(self, method, params, {"error": result} if is_error else reply)

    def replay_call(self, tx: dict[str, str], number: int) -> Any:
        """Give what was recorded of a call at a block."""
        return self._replay("eth_call", [tx, None], self.hash_of(number))

    def _call(self, tx, block, overrides=None):
        is_scout = "to" not in tx and tx["data"] != _HEIGHT
        is_lens = overrides is not None and tx["to"] != multicall3.ADDRESS
        if is_scout or (is_lens and self.overrides is Overrides.TAKEN):
            number = self._state_at(block)
            params = [tx, block] if overrides is None else [tx, block, overrides]
            return self._replay("eth_call", params, self.hash_of(number))
        return super()._call(tx, block, overrides)

    def _get_logs(self, wanted):
        super()._get_logs(wanted)
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        answers = self.answers_at(self.hash_of(last))
        return [
            log | {"blockHash": self.hash_of(int(log["blockNumber"], 16))}
            for log in _logs(answers)
            if first <= int(log["blockNumber"], 16) <= last and _is_wanted(log, wanted)
        ]


def _ran(answer: Any, gas: int) -> Ran:
    if isinstance(answer, str):
        return Ran(success=True, data=bytes.fromhex(answer[2:]))
    data = answer.get("data")
    if isinstance(data, str):
        return Ran(success=False, data=bytes.fromhex(data[2:]))
    return Ran(success=False, data=b"", gas=gas)


def _logs(answers: dict[str, Any]) -> list[dict[str, Any]]:
    found = [log for key, logs in answers.items() if key.startswith("eth_getLogs ") for log in logs]
    unique = {json.dumps(log, sort_keys=True): log for log in found if isinstance(log, dict)}
    return sorted(unique.values(), key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)))


def _is_wanted(log: dict[str, Any], wanted: dict[str, Any]) -> bool:
    addresses = wanted.get("address", log["address"])
    if log["address"].lower() not in [
        each.lower() for each in ([addresses] if isinstance(addresses, str) else addresses)
    ]:
        return False
    pairs = zip(wanted.get("topics", []), [*log["topics"], *[None] * 4], strict=False)
    return all(each is None or topic in ([each] if isinstance(each, str) else each) for each, topic in pairs)


class Lanes:
    """Does what would run side by side one after the other, each from the same point in time on."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def start(self, work):
        """Do a work at once and put the clock back; who awaits it gets to the time of its end."""
        began, done = self.clock._now, Future()
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            done.set_exception(error)
        ended, self.clock._now = self.clock._now, began
        take = done.result

        def result(timeout=None):
            if timeout is not None and ended > self.clock._now + timeout:
                self.clock._now += timeout
                raise TimeoutError
            self.clock._now = max(self.clock._now, ended)
            return take()

        done.result = result
        return done


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    """That it took on its clock."""

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.stdout)


@dataclass
class FaultWorld:
    """A deployment behind as many endpoints a layer as are asked for, the first of which fail by plan."""

    generation: str = "v2"
    endpoints: int = 1
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.nodes = {
            (layer, at): RecordedNode(generation=self.generation, layer=layer)
            for layer in LAYERS
            for at in range(self.endpoints)
        }
        urls = {
            f"https://u:{SECRET}@{layer}-{at}.example/v3/{SECRET}": node for (layer, at), node in self.nodes.items()
        }
        self.transport = FakeTransport(urls, self.clock)
        named = {layer: ",".join(url for url in urls if f"@{layer}" in url) for layer in LAYERS}
        rpcs = {f"{layer.upper()}_RPC": urls for layer, urls in named.items()}
        self.settings = recorded(self.generation)["settings"] | rpcs

    def run(self, *arguments: str) -> Ended:
        """Run a command over it through ``cli.main``."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        began = self.clock.now()
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, self.settings))
            for name in SETTING_NAMES - set(self.settings):
                os.environ.pop(name, None)
            for patch in self._patches():
                stack.enter_context(patch)
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            status = main(arguments)
        texts = (stream.buffer.getvalue().decode() for stream in (out, err))
        return Ended(status, *texts, self.clock.now() - began)

    def _patches(self):
        """Put transport, clock and lanes in the place of the real ones, wherever a module has taken hold of them."""
        stands_in = {
            "HttpTransport": lambda *_a, **_k: self.transport,
            "SystemClock": lambda: self.clock,
            "start": Lanes(self.clock).start,
        }
        _import_commands()
        real = {(name, id(getattr(importlib.import_module(module), name))) for name, module in _SEAMS.items()}
        for module in [each for name, each in sys.modules.items() if name.startswith("avsctl.")]:
            for name, other in stands_in.items():
                if (name, id(getattr(module, name, None))) in real:
                    yield mock.patch.object(module, name, other)


@cache
def _import_commands() -> None:
    """Import every command before anything is put in another's place, or one would keep what stands in."""
    for found in pkgutil.iter_modules(commands.__path__, "avsctl.commands."):
        importlib.import_module(found.name)


_SEAMS = {
    "HttpTransport": "avsctl.chain.transport",
    "SystemClock": "avsctl.chain.transport",
    "start": "avsctl.chain.background",
}
