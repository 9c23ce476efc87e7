"""Heads of a devnet that take each other's place: same number, other hash, other powers; and the block before them.

A head is rebuilt to the byte whenever it is shown again, so that what an answer says of a block can be compared with
what is said of it when nothing goes wrong.
"""

import contextlib
import threading

from avsctl.core.deployment import Generation
from avsctl.core.tasks import VOTING_POWER_SYNC
from avsctl.devnet import changes, rpc

LAYERS = ("l1", "l2")
E18 = 10**18
SYNC = "(((uint256,uint256)[],(uint256,uint256)[],uint256,uint256))"
BASE_FEE_WEI = 7
BEHIND = -1
"""The block before the heads that are exchanged."""


def url_of(devnet, layer):
    return devnet.l1_url if layer == "l1" else devnet.l2_url


class Forks:
    """Shows one of many heads on each layer of a devnet; safe to use from several threads."""

    def __init__(self, devnet):
        self.devnet = devnet
        self.shown = dict.fromkeys(LAYERS, BEHIND)
        self.by_hash = {layer: {} for layer in LAYERS}
        """Which head it is that has a hash."""
        self._lock = threading.Lock()
        self._snapshots = {layer: self._call(layer, "evm_snapshot") for layer in LAYERS}
        before = {layer: self._head(layer) for layer in LAYERS}
        self._numbers = {layer: int(block["number"], 16) for layer, block in before.items()}
        self._times = {layer: int(block["timestamp"], 16) for layer, block in before.items()}
        for layer, block in before.items():
            self.by_hash[layer][block["hash"]] = BEHIND

    def show(self, layer, head):
        """Make a layer's newest block the one of this number, ``BEHIND`` for none of them."""
        with self._lock:
            if head == self.shown[layer]:
                return
            self._call(layer, "evm_revert", self._snapshots[layer])
            self._snapshots[layer] = self._call(layer, "evm_snapshot")
            if head != BEHIND:
                self._build(layer, head)
            self.shown[layer] = head
            self.by_hash[layer][self._head(layer)["hash"]] = head

    def _build(self, layer, head):
        self._call(layer, "evm_setNextBlockTimestamp", self._times[layer] + 12 + head)
        self._call(layer, "anvil_setNextBlockBaseFeePerGas", hex(BASE_FEE_WEI))
        if layer == "l1":
            changes.set_powers(self.devnet, {self.devnet.operators[0].address: (700 + head) * E18})
        else:
            self._land_sync({1: (5 + head) * E18})

    def _land_sync(self, increases):
        """Land a sync that names the same blocks whatever L1 shows."""
        if self.devnet.generation is Generation.V1:
            changes.land_sync(self.devnet, increases, {})
            return
        data = rpc.arguments_of(SYNC, (list(increases.items()), [], *self._numbers.values()))
        changes.process_task(self.devnet, VOTING_POWER_SYNC, data)

    def _head(self, layer):
        return self._call(layer, "eth_getBlockByNumber", "latest", False)

    def _call(self, layer, method, *params):
        return rpc.call(url_of(self.devnet, layer), method, *params)


@contextlib.contextmanager
def forked(devnet):
    """Give the heads of a devnet, the first of them shown; blocks are mined one at a time meanwhile."""
    urls = (devnet.l1_url, devnet.l2_url)
    mined = [rpc.call(url, "anvil_getAutomine") for url in urls]
    try:
        for url in urls:
            rpc.call(url, "evm_setAutomine", False)
        forks = Forks(devnet)
        for layer in LAYERS:
            forks.show(layer, 0)
        yield forks
    finally:
        for url, was in zip(urls, mined, strict=True):
            rpc.call(url, "evm_setAutomine", was)
