"""Two chains in memory on which syncs landed by rule: logs as a real node sent them, their words replaced.

``recorded_syncs.json`` holds what anvil answered about three tasks that were attested on a V2 devnet: a 10001 that
landed (operator 3 +1e18, operator 2 -0.5e18), one that was rejected, and a 10002.
"""

import bisect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avsctl.chain.chunks import Route
from avsctl.chain.detect import Discovery
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.fake import FakeClock, FakeNode, FakeTransport, Ran
from avsctl.chain.queries.operators import L1Place
from avsctl.chain.reader import BlockReader
from avsctl.chain.rpc import Rpc
from avsctl.chain.transport import Deadline
from avsctl.contracts.address import to_checksum
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.core.deployment import BlockRef, Generation, Layer
from avsctl.core.units import Address

RECORDED = json.loads((Path(__file__).parent / "recorded_syncs.json").read_text(encoding="utf-8"))
CENTER, OBLS, HANDLER = (Address(RECORDED[name]) for name in ("attestation_center", "obls", "internal_task_handler"))
GOVERNANCE = Address("0x" + "C0" * 20)
L1_HEAD = 5_000_000
OPERATORS = tuple(to_checksum(f"{n:040x}") for n in range(1, 13))
BASE, RISE, FALL = 1_000 * 10**18, 10**18, 5 * 10**17
"""What each operator has at first, and what every sync adds to operator 3 and takes from operator 2."""
SENDER = to_checksum(RECORDED["transaction"]["from"])

_READ_L1, _READ_L2 = RECORDED["landed"][-2]["data"][2:66], RECORDED["landed"][-2]["data"][66:130]


@dataclass
class SyncedNode(FakeNode):
    """The L2: a sync every so many blocks, each ``lag`` blocks after what it read."""

    syncs: tuple[tuple[int, int, int], ...] = ()
    """Heights of L1 and L2 that each read, and the block it landed in."""
    rejected: tuple[int, ...] = ()
    """Blocks in which a 10001 was rejected."""
    recounts: tuple[int, ...] = ()
    """Blocks in which a 10002 landed."""
    writes: tuple[int, ...] = ()
    """Blocks in which a syncer raised operator 3 by a rise past the tasks."""
    most_results: int = 1_000_000_000
    oldest_state: int = 0
    """Before it, state is pruned."""
    has_logs: bool = True
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.contracts[HANDLER.lower()] = self._handler
        self.contracts[OBLS.lower()] = self._obls
        self._landed = [landed for _, _, landed in self.syncs]

    def answer(self, method: str, params: Any) -> dict[str, Any]:
        self.asked.append(method)
        if method == "eth_getTransactionByHash":
            return {"result": {**RECORDED["transaction"], "hash": params[0]}}
        if method == "eth_call" and self._height(params[1]) < self.oldest_state:
            return {"error": {"code": -32000, "message": "missing trie node 5e1 (path ) state 0x77 is not available"}}
        return super().answer(method, params)

    def count(self, height: int) -> int:
        """Give how many syncs had landed at the end of a block."""
        return bisect.bisect_right(self._landed, height)

    def power(self, operator_id: int, height: int) -> int:
        """Give what an operator had at the end of a block."""
        written = sum(block <= height for block in self.writes)
        change = {3: (self.count(height) + written) * RISE, 2: -self.count(height) * FALL}
        return BASE + change.get(operator_id, 0)

    def total(self, height: int) -> int:
        return sum(self.power(n, height) for n in range(1, len(OPERATORS) + 1))

    def _height(self, block: Any) -> int:
        return int(block["blockHash"][-16:] if isinstance(block, dict) else block, 16)

    def _handler(self, data: bytes, _gas: int, block_hash: str) -> Ran:
        count = self.count(int(block_hash[-16:], 16))
        l1, l2 = self.syncs[count - 1][:2] if count else (0, 0)
        return Ran(True, (l1 if data[:4].hex() == "59807117" else l2).to_bytes(32))

    def _obls(self, data: bytes, _gas: int, block_hash: str) -> Ran:
        height, selector = int(block_hash[-16:], 16), data[:4].hex()
        answers: dict[str, Callable[[], int]] = {
            "671b3793": lambda: self.total(height),
            "72c4a927": lambda: self.power(int.from_bytes(data[4:]), height),
            "255da331": lambda: self.total(height) // 2,
        }
        return Ran(True, answers[selector]().to_bytes(32))

    def _get_logs(self, wanted: Any) -> list[dict[str, Any]]:
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if not self.has_logs:
            first, last = 1, 10**18
        super()._get_logs({"fromBlock": hex(first), "toBlock": hex(last)})
        found = [log for log in self._logs_of(first, last) if _is_wanted(log, wanted)]
        if len(found) > self.most_results:
            self.log_range, kept = 0, self.log_range
            self.log_refusal = f"query returned more than {self.most_results} results"
            try:
                super()._get_logs({"fromBlock": "0x1", "toBlock": "0x2"})
            finally:
                self.log_range = kept
        return found

    def _logs_of(self, first: int, last: int) -> list[dict[str, Any]]:
        logs = []
        for number in range(bisect.bisect_left(self._landed, first), bisect.bisect_right(self._landed, last)):
            logs += landed_logs(self.syncs[number], number)
        places = [("rejected", self.rejected), ("totals", self.recounts)]
        for kind, blocks in places:
            logs += [_placed(log, block, kind) for block in blocks if first <= block <= last for log in RECORDED[kind]]
        increase = RECORDED["landed"][1]
        return logs + [_placed(increase, block, "write") for block in self.writes if first <= block <= last]


def landed_logs(sync: tuple[int, int, int], number: int) -> list[dict[str, Any]]:
    """Give what a node says of a sync: the recorded logs with its heights and number in the place of theirs."""
    words = {_READ_L1: f"{sync[0]:064x}", _READ_L2: f"{sync[1]:064x}"}
    logs = []
    for log in RECORDED["landed"]:
        data = log["data"][2:]
        parts = [data[at : at + 64] for at in range(0, len(data), 64)]
        data = "".join(words.get(part, part) for part in parts)
        if log is RECORDED["landed"][0]:
            data = f"{number:064x}" + data[64:]
        logs.append(_placed({**log, "data": "0x" + data}, sync[2], "landed"))
    return logs


def _placed(log: dict[str, Any], block: int, kind: str) -> dict[str, Any]:
    hash_ = f"0x{kind.encode().hex():0>16}{block:048x}"
    return {**log, "blockNumber": hex(block), "transactionHash": hash_}


def _is_wanted(log: dict[str, Any], wanted: Any) -> bool:
    """Filter as a node does: one address or several, one topic, several, or any."""
    addresses = [wanted["address"]] if isinstance(wanted["address"], str) else wanted["address"]
    if log["address"].lower() not in [each.lower() for each in addresses]:
        return False
    pairs = list(zip(wanted["topics"], [*log["topics"], *[None] * 4], strict=False))
    return all(each is None or topic in ([each] if isinstance(each, str) else each) for each, topic in pairs)


@dataclass
class StakeNode(FakeNode):
    """The L1: every operator is registered, and operator 1 has one unit more in each block."""

    oldest_state: int = 0

    def __post_init__(self) -> None:
        self.contracts[GOVERNANCE.lower()] = self._governance

    def answer(self, method: str, params: Any) -> dict[str, Any]:
        if method == "eth_call" and isinstance(params[1], str) and int(params[1], 16) < self.oldest_state:
            return {"error": {"code": -32000, "message": "missing trie node 5e1 (path ) state 0x77 is not available"}}
        return super().answer(method, params)

    def total(self, height: int) -> int:
        return BASE * len(OPERATORS) + height

    def _governance(self, data: bytes, _gas: int, block_hash: str) -> Ran:
        selector, height = data[:4].hex(), int(block_hash[-16:], 16)
        if selector == "c07473f6":
            return Ran(True, (BASE + (height if int.from_bytes(data[4:]) == 1 else 0)).to_bytes(32))
        return Ran(True, (len(OPERATORS) if selector == "7897dec3" else 1).to_bytes(32))


@dataclass
class Chains:
    """Both chains behind one transport, and what a search begins with."""

    l2: SyncedNode
    l1: StakeNode = field(default_factory=lambda: StakeNode(chain_id=1, head=L1_HEAD))
    seconds: float = 600.0
    """Of the whole command."""
    evm_block: int | None = None
    """The height that contracts see; None for that of RPC."""

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.transport = FakeTransport({"https://l1.example": self.l1, "https://l2.example": self.l2}, self.clock)
        self.deadline = Deadline(self.clock, self.seconds)

    def reader(self, layer: Layer = Layer.L2) -> BlockReader:
        node: FakeNode = self.l2 if layer is Layer.L2 else self.l1
        rpc = Rpc(layer, [Endpoint.parse(f"https://{layer}.example")], self.transport, self.deadline)
        rpc.establish(node.chain_id)
        block = BlockRef(node.chain_id, node.head, node.hash_of(node.head), 1_700_000_000 + node.head)
        return BlockReader(rpc, block, Route.MULTICALL3)

    def place(self) -> L1Place:
        return L1Place(self.reader(Layer.L1), GOVERNANCE)

    def discovery(self) -> Discovery:
        node = self.l2
        count = node.count(node.head)
        last = node.syncs[count - 1][:2] if count else (0, 0)
        evm = node.head if self.evm_block is None else self.evm_block
        center = AttestationCenter(CENTER, Generation.V2)
        return Discovery(Generation.V2, center, OBLS, HANDLER, 0, evm, OPERATORS, last)

    @property
    def requests(self) -> int:
        """HTTP requests to both."""
        return len(self.transport.sent)


def every(blocks: int, count: int, *, lag: int = 3) -> tuple[tuple[int, int, int], ...]:
    """Give so many syncs, so many blocks apart, each landed a little after what it read."""
    return tuple((1_000 + n, n * blocks - lag, n * blocks) for n in range(1, count + 1))
