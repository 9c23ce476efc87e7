"""A chain in memory and what reads it."""

import contextlib
import hashlib

import pytest
from http_server import Server
from one_word import one_word

from avsctl.chain.chunks import Route
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.fake import FakeClock, FakeNode, FakeTransport, Ran
from avsctl.chain.reader import BlockReader
from avsctl.chain.rpc import Rpc
from avsctl.chain.transport import Deadline, HttpTransport
from avsctl.contracts.call import Call
from avsctl.core.deployment import BlockRef, Layer
from avsctl.core.units import Address

SECRET = "5ec2e7c0ffee5ec2e7"
TARGET = Address("0x" + "a1" * 20)


class World:
    """Nodes behind one transport, the first of them pinned at its head."""

    secret = SECRET
    target = TARGET

    def __init__(self):
        self.clock = FakeClock()
        self.nodes = {}
        self.transport = FakeTransport(self.nodes, self.clock)
        self.deadline = Deadline(self.clock, 60.0)

    def add(self, node=None, **traits):
        node = node or FakeNode(**traits)
        node.contracts.setdefault(TARGET.lower(), answer_by_hash)
        self.nodes[f"https://u:{SECRET}@node{len(self.nodes)}.example/v3/{SECRET}?key={SECRET}"] = node
        return node

    def rpc(self, layer=Layer.L1):
        return Rpc(layer, [Endpoint.parse(url) for url in self.nodes], self.transport, self.deadline)

    def reader(self, route=Route.MULTICALL3, rpc=None):
        rpc, node = rpc or self.rpc(), next(iter(self.nodes.values()))
        rpc.establish(node.chain_id)
        return BlockReader(rpc, BlockRef(1, node.head, node.hash_of(node.head), 1_700_000_000 + node.head), route)

    def plan(self, *mishaps):
        """Let requests go wrong in this order, and none after that."""
        left = list(mishaps)
        self.transport.plan = lambda _endpoint, _methods: left.pop(0) if left else None


def answer_by_hash(data, gas, block_hash):
    """Answer 32 bytes that tell calldata and block."""
    return Ran(True, hashlib.sha256(data + block_hash.encode()).digest(), 5_000)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def new_world():
    return World


@pytest.fixture
def numbered():
    """Give calls that the contract in memory answers, and what it has to answer."""

    def build(count, node, gas=50_000):
        calls = [Call(TARGET, index.to_bytes(36), one_word, f"number {index}", gas) for index in range(count)]
        block_hash = node.hash_of(node.head)
        return calls, [answer_by_hash(call.data, gas, block_hash).data for call in calls]

    return build


@pytest.fixture
def talk():
    """Start a server with some replies, and give it with a transport."""
    with contextlib.ExitStack() as stack:

        def begin(*replies, **traits):
            server, transport = Server(*replies, **traits), HttpTransport()
            stack.callback(server.close)
            stack.callback(transport.close)
            return server, transport

        yield begin
