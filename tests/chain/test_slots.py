"""Storage slots: through the lens, or one by one where an endpoint takes no override or ignores it."""

import pytest

from avsctl.chain.fake import FakeNode, Overrides, Ran
from avsctl.chain.slots import SLOTS_PER_CALL, read_slots, read_with_slots
from avsctl.contracts.call import Answer
from avsctl.contracts.keccak import keccak256
from avsctl.core.units import Address
from avsctl.errors import ChainError

HOLDER = Address("0x" + "5e" * 20)
SELECTOR = keccak256(b"slots(bytes32[])")[:4]


def stored(slot):
    return keccak256(slot.to_bytes(32))


class StorageNode(FakeNode):
    """A node that holds ``stored(slot)`` in every slot of one contract, and knows the lens."""

    def __init__(self, own=Ran(False, b""), lens=None, **traits):  # noqa: B008
        super().__init__(**traits)
        self.contracts[HOLDER.lower()] = lambda *_: own
        self.lens = lens or (lambda slots: (32).to_bytes(32) + len(slots).to_bytes(32) + b"".join(map(stored, slots)))
        self.asked = []

    def answer(self, method, params):
        if method == "eth_getStorageAt":
            address, slot, _ = params
            assert address == HOLDER
            assert len(slot) == 66
            self.asked.append(int(slot, 16))
            return {"result": "0x" + stored(int(slot, 16)).hex()}
        if method == "eth_call" and len(params) > 2 and self.overrides is Overrides.TAKEN:
            data = bytes.fromhex(params[0]["data"][2:])
            if data[:4] == SELECTOR:
                assert list(params[2]) == [params[0]["to"]] == [HOLDER]
                words = [int.from_bytes(data[at : at + 32]) for at in range(4, len(data), 32)]
                assert words[0] == 32
                assert words[1] == len(words) - 2
                return {"result": "0x" + self.lens(words[2:]).hex()}
        return super().answer(method, params)


SLOTS = [0, 1, 2**256 - 1, 7, 7, *range(1000, 1040)]


@pytest.fixture
def held(world):
    """A node of this kind, and what is read from it."""

    def read(slots, **traits):
        node = world.add(StorageNode(**traits))
        return node, lambda: read_slots(world.reader(), HOLDER, slots)

    return read


def test_the_lens_reads_all_in_one_request(world, held):
    node, read = held(SLOTS)
    assert read() == [stored(slot) for slot in SLOTS]
    assert [list(methods) for methods in world.transport.sent] == [["eth_call"]]
    assert node.asked == []


def test_no_slots_are_no_requests(world, held):
    _, read = held([])
    assert read() == []
    assert world.transport.sent == []


def test_many_slots_take_several_calls(world, held):
    slots = list(range(2 * SLOTS_PER_CALL + 1))
    _, read = held(slots)
    assert read() == [stored(slot) for slot in slots]
    assert sum(map(len, world.transport.sent)) == 3


@pytest.mark.parametrize("takes_block_hash", [True, False])
def test_without_overrides_they_are_asked_for_one_by_one(held, takes_block_hash):
    node, read = held(SLOTS, overrides=Overrides.REFUSED, takes_block_hash=takes_block_hash)
    assert read() == [stored(slot) for slot in SLOTS]
    assert sorted(node.asked) == sorted(SLOTS)


OWN = {
    "reverts": Ran(False, b""),
    "reverts with data": Ran(False, b"\x12\x34\x56\x78"),
    "answers nothing": Ran(True, b""),
    "answers a word": Ran(True, (1).to_bytes(32)),
    "answers no words": Ran(True, (32).to_bytes(32) + bytes(32)),
    "answers fewer": Ran(True, (32).to_bytes(32) + (1).to_bytes(32) + bytes(32)),
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_where_overrides_are_ignored_the_contracts_own_answer_is_not_taken(held, own):
    node, read = held(SLOTS, overrides=Overrides.IGNORED, own=own)
    assert read() == [stored(slot) for slot in SLOTS]
    assert sorted(node.asked) == sorted(SLOTS)


def test_a_lens_that_answers_too_few_is_not_believed(held):
    node, read = held(SLOTS, lens=lambda slots: (32).to_bytes(32) + (1).to_bytes(32) + bytes(32))
    assert read() == [stored(slot) for slot in SLOTS]
    assert sorted(node.asked) == sorted(SLOTS)


def test_a_slot_that_is_no_word_is_an_error(held):
    node, read = held([1, 2], overrides=Overrides.REFUSED)
    node.answer = lambda method, params: {"result": "0x" + "ff" * 33} if "Storage" in method else {"error": REFUSED}
    with pytest.raises(ChainError):
        read()


REFUSED = {"code": -32602, "message": "too many arguments, want at most 2"}


@pytest.fixture
def beside(world, numbered):
    """A node of this kind, and what calls and slots are read from it together."""

    def read(slots, calls=3, **traits):
        node = world.add(StorageNode(**traits))
        asked, answers = numbered(calls, node)
        outcomes, words = read_with_slots(world.reader(), asked, {HOLDER: slots} if slots else {})
        assert outcomes == [Answer(each) for each in answers]
        assert words == ({HOLDER: [stored(slot) for slot in slots]} if slots else {})
        return node

    return read


def test_calls_and_slots_take_one_request_together(world, beside):
    beside(SLOTS)
    assert [list(methods) for methods in world.transport.sent] == [["eth_call", "eth_call"]]


@pytest.mark.parametrize("overrides", [Overrides.REFUSED, Overrides.IGNORED])
@pytest.mark.parametrize("takes_block_hash", [True, False])
def test_or_as_many_as_it_takes_without_overrides(beside, overrides, takes_block_hash):
    node = beside(SLOTS, overrides=overrides, takes_block_hash=takes_block_hash)
    assert sorted(node.asked) == sorted(SLOTS)


def test_calls_alone_and_more_slots_than_a_call_takes(world, beside):
    beside([])
    assert len(world.transport.sent) == 1
    world.nodes.clear()
    beside(list(range(SLOTS_PER_CALL + 1)))
