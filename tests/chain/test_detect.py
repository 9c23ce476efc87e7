"""The generation told by its getters."""

import pytest

from avsctl.chain.detect import MOST_OPERATORS, discover
from avsctl.chain.fake import Ran
from avsctl.chain.layers import OpenLayer
from avsctl.contracts.abi import load_function
from avsctl.contracts.address import to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.core.units import Address
from avsctl.errors import AnswerError, ConfigError, NodeError

CENTER = Address("0x" + "22" * 20)
HANDLER = Address("0x" + "44" * 20)
OBLS = Address("0x" + "55" * 20)
NOT_FOUND = keccak256(b"TaskDefinitionNotFound(uint16)")[:4] + (0).to_bytes(32)


def word(value):
    return Ran(True, value.to_bytes(32) if isinstance(value, int) else bytes.fromhex(value[2:]).rjust(32, b"\0"))


def selector(generation, name, contract="AttestationCenter"):
    return load_function(contract, generation, name).selector


V1, V2, V3 = Generation
LIST = Ran(True, (32).to_bytes(32) + (0).to_bytes(32))
COMMON = {
    selector(V1, "obls"): word(OBLS),
    selector(V1, "numOfTotalOperators"): word(3),
    selector(V1, "numOfTaskDefinitions"): word(2),
}
GETTERS = {
    V1: {**COMMON, selector(V1, "getTaskDefinitionRestrictedOperators"): LIST},
    V2: {
        **COMMON,
        selector(V2, "internalTaskHandler"): word(HANDLER),
        selector(V2, "getTaskDefinitionRestrictedAttesters"): LIST,
    },
    V3: {
        **COMMON,
        selector(V2, "internalTaskHandler"): word(HANDLER),
        selector(V3, "getTaskDefinitionDetails"): Ran(True, bytes(416)),
    },
}
COMMITS = {
    selector(V2, "getLastCommitBlockL1", "InternalTaskHandler"): word(70),
    selector(V2, "getLastCommitBlockL2", "InternalTaskHandler"): word(80),
}
FALLS_THROUGH = {"revert": Ran(False, b""), "empty success": Ran(True, b""), "burnt gas": Ran(False, b"", 10**9)}


PAYMENT_DETAIL = selector(V1, "getOperatorPaymentDetail")


def operator_address(operator_id):
    return to_checksum(operator_id.to_bytes(20))


def contract(getters, other=FALLS_THROUGH["revert"]):
    """Answer by selector; the address of an operator is its id."""

    def answer(data, *_):
        if data[:4] == PAYMENT_DETAIL and PAYMENT_DETAIL not in getters:
            return Ran(True, data[4:] + bytes(96))
        return getters.get(data[:4], other)

    return answer


@pytest.fixture
def found(world):
    """Discover what has these getters, from a hint at its handler."""

    def discover_with(getters, other=FALLS_THROUGH["revert"], hint=HANDLER, count=3):
        node = world.add()
        node.contracts[CENTER.lower()] = contract(getters, other)
        node.contracts[HANDLER.lower()] = contract(COMMITS)
        word_of_hint = None if hint is None else bytes.fromhex(hint[2:]).rjust(32, b"\0")
        word_of_count = None if count is None else count.to_bytes(32)
        return discover(OpenLayer(world.reader(), (b"", word_of_hint, word_of_count)), CENTER)

    return discover_with


@pytest.mark.parametrize("other", FALLS_THROUGH.values(), ids=FALLS_THROUGH)
@pytest.mark.parametrize("hint", [HANDLER, OBLS, None])
@pytest.mark.parametrize("generation", Generation)
def test_generations_are_told_whatever_absent_getters_do(found, generation, other, hint):
    discovery = found(GETTERS[generation], other, hint)
    assert discovery.generation is generation
    assert (discovery.obls, discovery.total_operators, discovery.task_definitions) == (OBLS, 3, 2)
    assert discovery.evm_block_number == 1_000
    assert discovery.internal_task_handler == (None if generation is V1 else HANDLER)
    assert discovery.last_commit == (None if generation is V1 else (70, 80))
    assert discovery.operator_addresses == tuple(map(operator_address, (1, 2, 3)))


def test_a_definition_that_is_not_found_is_an_answer_of_v3(found):
    getters = {**GETTERS[V3], selector(V3, "getTaskDefinitionDetails"): Ran(False, NOT_FOUND)}
    assert found(getters).generation is V3


@pytest.mark.parametrize("getters", [{}, COMMON, {**COMMON, selector(V2, "internalTaskHandler"): word(HANDLER)}])
@pytest.mark.parametrize("other", FALLS_THROUGH.values(), ids=FALLS_THROUGH)
def test_what_answers_as_none_of_them_is_refused(found, getters, other):
    with pytest.raises(ConfigError, match="answers as no known generation"):
        found(getters, other)


def test_a_getter_that_cannot_be_read_is_no_generation(found, world):
    world.transport.plan = None
    node = world.add()
    node.contracts[CENTER.lower()] = contract(GETTERS[V2])
    real = node.answer
    missing = "0x" + selector(V2, "internalTaskHandler").hex()

    def answer(method, params):
        if method == "eth_call" and params[0]["data"] == missing:
            return {"error": {"code": -32000, "message": "request exceeds the gas limit of this plan"}}
        return real(method, params)

    node.answer = answer
    world.transport.plan = lambda *_: None
    with pytest.raises(NodeError, match=r"did not answer AttestationCenter.internalTaskHandler"):
        discover(OpenLayer(world.reader(), (b"", None, None)), CENTER)


@pytest.mark.parametrize(
    "handler", [Ran(True, b"\1" * 32), Ran(True, bytes(31)), Ran(False, NOT_FOUND), Ran(True, bytes(64))]
)
def test_a_handler_that_is_no_address_is_an_answer_of_another_shape(found, handler):
    with pytest.raises(AnswerError, match="internalTaskHandler") as caught:
        found({**GETTERS[V3], selector(V2, "internalTaskHandler"): handler}, hint=None)
    assert caught.value.problems[0].hint


def test_more_operators_than_there_can_be_are_refused(found):
    with pytest.raises(AnswerError, match="which cannot be"):
        found({**GETTERS[V2], selector(V2, "numOfTotalOperators"): word(MOST_OPERATORS + 1)})


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("count", [None, 0, 1, 2, 3, 4, 9, MOST_OPERATORS + 1, 2**256 - 1])
def test_the_ids_asked_for_are_those_of_the_block_whatever_their_number_was_before(found, generation, count):
    discovery = found(GETTERS[generation], count=count)
    assert discovery.operator_addresses == tuple(map(operator_address, (1, 2, 3)))
    assert discovery.last_commit == (None if generation is V1 else (70, 80))


@pytest.mark.parametrize("detail", [Ran(True, bytes(96)), Ran(True, b"\1" * 128), Ran(True, bytes(160))])
def test_an_address_of_another_shape_is_refused(found, detail):
    with pytest.raises(AnswerError, match="getOperatorPaymentDetail"):
        found({**GETTERS[V2], PAYMENT_DETAIL: detail})


def test_the_round_is_one_of_two_requests_at_most(found, world):
    found(GETTERS[V2])
    assert len(world.transport.sent) <= 2


@pytest.mark.parametrize("generation", Generation)
def test_getters_that_are_absent_are_not_asked_again_once_the_others_tell(found, world, generation):
    found(GETTERS[generation], FALLS_THROUGH["empty success"])
    assert len(world.transport.sent) <= 2


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("other", ["empty success", "revert"])
def test_a_getter_that_says_nothing_by_mistake_is_asked_again(found, generation, other):
    for name in set(GETTERS[generation]):
        left = [Ran(True, b"")] * 2
        getters = dict(GETTERS[generation])
        answered = getters.pop(name)
        discovery = found(Faltering(getters, name, left, answered), FALLS_THROUGH[other])
        assert discovery.generation is generation
        assert (discovery.obls, discovery.total_operators, discovery.task_definitions) == (OBLS, 3, 2)


class Faltering(dict):
    """Getters of which one answers what is left before it answers as it should."""

    def __init__(self, getters, name, left, answer):
        super().__init__(getters)
        self.name, self.left, self.answer = name, left, answer

    def get(self, name, other):
        if name == self.name:
            return self.left.pop() if self.left else self.answer
        return super().get(name, other)
