"""The generation told by its getters."""

import pytest

from avsctl.chain.detect import MOST_OPERATORS, discover
from avsctl.chain.fake import Ran
from avsctl.chain.layers import OpenLayer
from avsctl.contracts.abi import load_function
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
        selector(V2, "getActiveOperatorsDetails"): LIST,
    },
    V3: {
        **COMMON,
        selector(V2, "internalTaskHandler"): word(HANDLER),
        selector(V3, "getTaskDefinitionDetails"): Ran(True, bytes(416)),
        selector(V3, "getActiveOperatorsDetails"): LIST,
    },
}
COMMITS = {
    selector(V2, "getLastCommitBlockL1", "InternalTaskHandler"): word(70),
    selector(V2, "getLastCommitBlockL2", "InternalTaskHandler"): word(80),
}
FALLS_THROUGH = {"revert": Ran(False, b""), "empty success": Ran(True, b""), "burnt gas": Ran(False, b"", 10**9)}


def contract(getters, other=FALLS_THROUGH["revert"]):
    return lambda data, *_: getters.get(data[:4], other)


@pytest.fixture
def found(world):
    """Discover what has these getters, from a hint at its handler."""

    def discover_with(getters, other=FALLS_THROUGH["revert"], hint=HANDLER):
        node = world.add()
        node.contracts[CENTER.lower()] = contract(getters, other)
        node.contracts[HANDLER.lower()] = contract(COMMITS)
        word_of_hint = None if hint is None else bytes.fromhex(hint[2:]).rjust(32, b"\0")
        return discover(OpenLayer(world.reader(), (b"", word_of_hint)), CENTER)

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
        discover(OpenLayer(world.reader(), (b"", None)), CENTER)


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


@pytest.mark.parametrize("listed", [Ran(True, b"\1" * 32), Ran(True, b""), Ran(False, b"")])
def test_a_list_of_active_operators_that_cannot_be_read_guesses_nothing(found, listed):
    getters = {**GETTERS[V2], selector(V2, "getActiveOperatorsDetails"): listed}
    assert found(getters).active_operators == ()


def test_active_operators_are_a_guess(found):
    row = bytes.fromhex(HANDLER[2:]).rjust(32, b"\0") + (9).to_bytes(32) + (1).to_bytes(32)
    listed = Ran(True, (32).to_bytes(32) + (1).to_bytes(32) + row)
    getters = {**GETTERS[V2], selector(V2, "getActiveOperatorsDetails"): listed}
    assert found(getters).active_operators == ((9, HANDLER),)


def test_the_round_is_one_of_two_requests_at_most(found, world):
    found(GETTERS[V2])
    assert len(world.transport.sent) <= 2
