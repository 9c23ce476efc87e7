"""The setup of a Safe from slots and code, whatever the contract itself answers."""

import pytest

from avsctl.chain.codes import read_codes
from avsctl.chain.fake import FakeNode, Overrides, Ran
from avsctl.chain.queries.safe import load_safe_setup
from avsctl.contracts.safe_storage import setup_slots
from avsctl.core.multisig import SafePart, SafeSetup
from avsctl.core.units import Address
from avsctl.errors import AnswerError

SAFE, SINGLETON, HANDLER, GUARD = (Address("0x" + digit * 40) for digit in "1234")
SENTINEL = (1).to_bytes(32)
EMPTY_PAGE = (64).to_bytes(32) + SENTINEL + bytes(32)


class SafeNode(FakeNode):
    """A node with a contract whose slots name others, and that answers every call alike."""

    def __init__(self, says, named=(SINGLETON, HANDLER, GUARD, None), **traits):
        super().__init__(overrides=Overrides.REFUSED, **traits)
        self.contracts[SAFE.lower()] = lambda *_: says
        self.words = dict(zip(setup_slots(), (int(each or "0x0", 16) for each in named), strict=True))
        self.codes = {}

    def answer(self, method, params):
        if method == "eth_getStorageAt":
            return {"result": f"0x{self.words[int(params[1], 16)]:064x}"}
        if method == "eth_getCode" and params[0] in self.codes:
            return {"result": self.codes[params[0]]}
        return super().answer(method, params)


@pytest.fixture
def load(world):
    def read(says, **traits):
        world.add(SafeNode(says, **traits))
        return load_safe_setup(world.reader(), SAFE)

    return read


def unknown(address):
    return SafePart(address, None, is_official=False)


@pytest.mark.parametrize("takes_block_hash", [True, False])
def test_what_the_slots_name(load, takes_block_hash):
    found = load(Ran(True, EMPTY_PAGE), takes_block_hash=takes_block_hash)
    assert found == SafeSetup(None, unknown(SINGLETON), unknown(HANDLER), GUARD, None, (), has_all_modules=True)


def test_empty_slots(load):
    found = load(Ran(True, EMPTY_PAGE), named=(None,) * 4)
    assert found == SafeSetup(None, None, None, None, None, (), has_all_modules=True)


def test_one_contract_in_two_places(load):
    found = load(Ran(True, EMPTY_PAGE), named=(SINGLETON, SINGLETON, SAFE, SAFE))
    assert (found.singleton, found.fallback_handler) == (unknown(SINGLETON), unknown(SINGLETON))
    assert (found.guard, found.module_guard) == (SAFE, SAFE)


@pytest.mark.parametrize(
    "says",
    [
        Ran(False, b""),
        Ran(False, b"\x08\xc3\x79\xa0"),
        Ran(True, b""),
        Ran(True, b"\xff" * 96),
        Ran(True, EMPTY_PAGE[:-1]),
        Ran(True, (64).to_bytes(32) + SENTINEL + (2**255).to_bytes(32)),
        Ran(True, (64).to_bytes(32) + SENTINEL + (10_000).to_bytes(32) + GUARD.encode() * 10_000),
    ],
)
def test_a_list_of_modules_that_is_none_is_not_read_and_the_rest_is(load, says):
    found = load(says)
    assert (found.modules, found.has_all_modules) == ((), False)
    assert (found.singleton, found.guard) == (unknown(SINGLETON), GUARD)


@pytest.mark.parametrize("code", ["", "0x1", "0xgg", 7, None, {}])
def test_what_is_no_code(world, code):
    node = world.add(SafeNode(Ran(True, EMPTY_PAGE)))
    node.codes[SAFE] = code
    with pytest.raises(AnswerError):
        read_codes(world.reader(), [SAFE])


def test_codes_come_in_order_and_nothing_is_asked_for_none(world):
    node = world.add(SafeNode(Ran(True, EMPTY_PAGE)))
    node.codes |= {SAFE: "0x60", GUARD: "0x"}
    reader = world.reader()
    assert read_codes(reader, [GUARD, SAFE, GUARD]) == [b"", b"\x60", b""]
    sent = len(world.transport.sent)
    assert read_codes(reader, []) == []
    assert len(world.transport.sent) == sent
