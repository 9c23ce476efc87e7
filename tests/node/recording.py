"""Records what the contracts of a devnet answer to everything that commands ask, by every way they can ask it.

``make recording`` writes ``tests/chain/recorded_deployments.json.gz`` for ``fault_world``: three generations, each in
two states, two blocks apart. That is due whenever commands ask for something else than they did.
"""

import contextlib
import gzip
import json
import sys
from pathlib import Path
from typing import Any

from commandline import EMPTY, run, through_proxies
from proxy import Limits

from avsctl.chain.queries.operators import l1_operator_calls, l2_id_calls
from avsctl.contracts import multicall3
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.avs_governance import AvsGovernance
from avsctl.contracts.call import Call
from avsctl.contracts.obls import Obls
from avsctl.core.deployment import Generation
from avsctl.core.units import Address, OperatorId
from avsctl.devnet import changes, rpc
from avsctl.devnet.launch import DevnetSettings, start
from avsctl.devnet.plan import DriftKind
from avsctl.devnet.world import Devnet, environment
from avsctl.errors import NodeError

sys.path.insert(0, str(Path(__file__).parents[1] / "chain"))

import fault_world

HEAD_TIME = 1_767_225_600
COMMANDS = (fault_world.DIFF, fault_world.DIFF_PER_TASK, *fault_world.OTHERS)
E18 = 10**18


def settings_of(generation: Generation) -> DevnetSettings:
    return DevnetSettings(
        generation, operators=len(DriftKind) + 1, drift=len(DriftKind), seed=1, is_mining=False, head_time=HEAD_TIME
    )


def record(generation: Generation) -> dict[str, Any]:
    """Start a devnet of a generation and record it at a block and at the next one, at which other numbers hold."""
    with start(settings_of(generation)) as devnet:
        earlier = record_state(devnet)
        change(devnet)
        later = record_state(devnet)
        return {"settings": contract_settings(devnet), "earlier": earlier, "later": _less(later, earlier)}


def change(devnet: Devnet) -> None:
    """Change powers on both layers, in two blocks on each, whether transactions share one or not."""
    first, second, *_ = devnet.operators
    ends = {url: rpc.head(url) + 2 for url in (devnet.l1_url, devnet.l2_url)}
    changes.set_powers(devnet, {first.address: 777 * E18, second.address: 333 * E18})
    changes.mine(devnet.l1_url, ends[devnet.l1_url] - rpc.head(devnet.l1_url))
    changes.land_sync(devnet, {1: 5 * E18}, {3: E18})
    changes.mine(devnet.l2_url, ends[devnet.l2_url] - rpc.head(devnet.l2_url))


def contract_settings(devnet: Devnet) -> dict[str, str]:
    return {name: value for name, value in environment(devnet).items() if name not in ("L1_RPC", "L2_RPC")}


def record_state(devnet: Devnet) -> dict[str, Any]:
    """Give both chains' tapes, with the head that they were recorded at."""
    tapes: dict[str, Any] = {"l1": {}, "l2": {}}
    for limits in LIMITS:
        noted = (
            _limited(limits, tapes["l1"], devnet.l1_url),
            _limited(limits, tapes["l2"], devnet.l2_url),
        )
        with through_proxies(devnet, *noted) as settings:
            for command in COMMANDS:
                ended = run(settings, *command, "-o", "json")
                assert ended.status in (0, 3, 6), ended.stdout + ended.stderr
            ask_of_strangers(devnet, settings)
    heads = {}
    for layer, url in (("l1", devnet.l1_url), ("l2", devnet.l2_url)):
        block = rpc.call(url, "eth_getBlockByNumber", "latest", False)
        heads[layer] = {"number": int(block["number"], 16), "timestamp": int(block["timestamp"], 16)}
    return {layer: {"head": heads[layer], "answers": dict(sorted(tapes[layer].items()))} for layer in tapes}


def ask_of_strangers(devnet: Devnet, settings: dict[str, str]) -> None:
    """Ask of an operator that is none and of the id after the highest, as a wrong guess leads to."""
    contracts, generation = devnet.contracts, devnet.generation
    governance = AvsGovernance(Address(contracts.avs_governance), generation)
    center = AttestationCenter(Address(contracts.attestation_center), generation)
    obls = Obls(Address(contracts.obls), Generation.V3)
    next_id = OperatorId(int(ask(settings["L2_RPC"], center.num_of_total_operators()), 16) + 1)
    asked = {
        "L1_RPC": l1_operator_calls(governance, [fault_world.STRANGER]),
        "L2_RPC": [center.operator_address(next_id), *l2_id_calls(obls, next_id)],
    }
    for name, calls in asked.items():
        for call in calls:
            with contextlib.suppress(NodeError):
                ask(settings[name], call)


def ask(url: str, call: Call[Any]) -> str:
    return rpc.call(url, "eth_call", {"to": call.to, "data": "0x" + call.data.hex()}, "latest")


def _less(later: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is as it was in the earlier state."""
    return {
        layer: {
            "head": tapes["head"],
            "answers": {k: v for k, v in tapes["answers"].items() if earlier[layer]["answers"].get(k, k) != v},
        }
        for layer, tapes in later.items()
    }


LIMITS = (
    {"has_overrides": False},
    {"has_overrides": False, "lacks": frozenset({"eth_simulateV1"})},
    {"lacks": frozenset({"eth_getLogs"})},
    {"has_overrides": True},
)


def _limited(limits: dict[str, Any], tape: dict[str, Any], url: str) -> Limits:
    head = int(rpc.call(url, "eth_blockNumber"), 16)

    def note(item: dict[str, Any], reply: dict[str, Any]) -> None:
        header = reply.get("result") if item["method"] == "eth_getBlockByNumber" else None
        if header:
            tape[fault_world.time_key(int(header["number"], 16))] = header["timestamp"]
        key = fault_world.key_of(item["method"], item["params"])
        if key is not None and item["method"] not in limits.get("lacks", ()):
            at = _height(item, url, head)
            tape[key if at == head else f"{key} @{at}"] = reply["error"] if "error" in reply else reply["result"]

    return Limits(answer=_hide_multicall, note=note, **limits)


def _height(item: dict[str, Any], url: str, head: int) -> int:
    if item["method"] not in fault_world.PINNED:
        return head
    block = item["params"][fault_world.PINNED[item["method"]]]
    if isinstance(block, dict):
        return int(rpc.call(url, "eth_getBlockByHash", block["blockHash"], False)["number"], 16)
    return head if block == "latest" else int(block, 16)


def _hide_multicall(item: dict[str, Any]) -> dict[str, Any] | None:
    is_it = item["method"] == "eth_getCode" and item["params"][0] == multicall3.ADDRESS
    return {"result": "0x"} if is_it else None


def pack(document: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document, indent=1).encode(), mtime=0)


if __name__ == "__main__":
    with contextlib.chdir(EMPTY):
        document = {str(each): record(each) for each in Generation}
    fault_world.RECORDED.write_bytes(pack(document))
    sys.stdout.write(f"{fault_world.RECORDED.stat().st_size} bytes\n")
