"""AttestationCenter: its calls in each generation, and the shapes of other generations refused."""

import pytest
from eth_abi import encode
from hypothesis import assume, given
from hypothesis import strategies as st

from avsctl.contracts.attestation_center import FLOWS, GOVERNANCE_ROLE, AttestationCenter
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.reverts import decode_revert
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TaskDefinition
from avsctl.errors import AnswerError, GenerationError

V1, V2, V3 = Generation
CENTER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
ADDRESS_WORD = bytes(12) + bytes.fromhex(OTHER[2:])
DETAILS = "(uint16,bool,bool,string,uint256,uint256,uint256,uint256,uint256,uint256,uint256[],uint256)"
FIELDS = {
    3: "(address,uint256,uint256)",
    4: "(address,uint256,uint256,uint256)",
    5: "(address,uint256,uint256,uint256,uint256)",
}
FIELDS[8] = "(address,uint256,uint256,uint256,uint256[4])"


def word(value):
    return value.to_bytes(32)


def center(generation):
    return AttestationCenter(CENTER, generation)


def details_of_operators(width, count):
    """What a generation whose items have ``width`` words answers to getActiveOperatorsDetails."""
    row = (OTHER, 7, 10**18, 5, (1, 2, 3, 4)) if width == 8 else (OTHER, 7, 10**18, 5, 6)[:width]
    return encode([f"{FIELDS[width]}[]"], [[row] * count])


CALLS = [
    ("obls", (), {V1: "659fa976", V2: "659fa976", V3: "659fa976"}, ADDRESS_WORD, OTHER),
    ("num_of_total_operators", (), {V1: "00028b07", V2: "00028b07", V3: "00028b07"}, word(41), 41),
    ("num_of_task_definitions", (), {V1: "34a7c391", V2: "34a7c391", V3: "34a7c391"}, word(65_535), 65_535),
    ("internal_task_handler", (), {V2: "f28eff39", V3: "f28eff39"}, ADDRESS_WORD, OTHER),
    (
        "operator_address",
        (7,),
        dict.fromkeys(Generation, "9eb72d4c" + word(7).hex()),
        ADDRESS_WORD + word(3) + word(10**18) + word(2),
        OTHER,
    ),
    ("operator_id", (OTHER,), dict.fromkeys(Generation, "5b15c568" + ADDRESS_WORD.hex()), word(7), 7),
    (
        "verify_operator",
        (OTHER, 10_001),
        dict.fromkeys((V2, V3), "ac8c16cf" + ADDRESS_WORD.hex() + word(10_001).hex()),
        None,
        None,
    ),
    ("active_operators_details", (), {V2: "9878eccb", V3: "9878eccb"}, None, None),
    (
        "has_governance_role",
        (OTHER,),
        dict.fromkeys(Generation, "91d14854" + GOVERNANCE_ROLE.hex() + ADDRESS_WORD.hex()),
        word(1),
        True,
    ),
    (
        "is_flow_paused",
        (bytes.fromhex("2aedfbf3"),),
        dict.fromkeys(Generation, "efd96978" + "2aedfbf3" + "00" * 28),
        word(0),
        False,
    ),
]


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(("method", "args", "calldata", "answer", "value"), CALLS)
def test_calls_of_each_generation(method, args, calldata, answer, value, generation):
    ask = getattr(center(generation), method)
    if generation not in calldata:
        with pytest.raises(GenerationError) as caught:
            ask(*args)
        assert caught.value.problems[0].hint == "v2 and v3 have it"
        return
    call = ask(*args)
    assert (call.to, call.data.hex()) == (CENTER, calldata[generation])
    assert call.label.startswith("AttestationCenter.")
    assert call.label.endswith(f"() ({generation})")
    if answer is None:
        return
    assert call.decode(answer) == value
    for other in (b"", answer[:-1], answer[:-32], answer + b"\0", answer + bytes(32)):
        with pytest.raises(AnswerError) as refused:
            call.decode(other)
        assert call.label in str(refused.value)


@pytest.mark.parametrize("generation", [V2, V3])
def test_that_an_operator_may_attest_is_said_with_nothing(generation):
    call = center(generation).verify_operator(OTHER, 3)
    assert call.decode(b"") is None
    with pytest.raises(AnswerError, match="verifyOperatorValidForTaskDefinition"):
        call.decode(word(1))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("OperatorNotRegistered(address)", (OTHER,)),
        ("TaskDefinitionNotFound(uint16)", (9,)),
        ("InvalidTaskDefinition()", ()),
        ("InvalidRestrictedAttester(uint256,uint256)", (3, 7)),
        ("InsufficientVotingPowerForTaskDefinition(uint16,uint256)", (3, 10**18)),
    ],
)
def test_why_an_operator_may_not_attest_is_named(name, args):
    kinds = [kind for kind in name.partition("(")[2][:-1].split(",") if kind]
    found = decode_revert(keccak256(name.encode())[:4] + encode(kinds, args))
    assert (found.name, found.args) == (name.partition("(")[0], args)


def test_role_and_flows_are_the_first_bytes_of_the_hash_of_their_names():
    assert GOVERNANCE_ROLE.hex() == keccak256(b"AVS_GOVERNANCE_MULTISIG")[:4].hex() + "00" * 28
    assert {name: flow.hex() for name, flow in FLOWS.items()} == {
        "CREATE_NEW_TASK_DEFINITION_FLOW": "976be63e",
        "TASKS_SUBMISSION_FLOW": "2aedfbf3",
    }


# getActiveOperatorsDetails: three shapes in the wild


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 12, 24])
@pytest.mark.parametrize("width", [3, 4, 5, 8])
@pytest.mark.parametrize(("generation", "widths"), [(V2, (3, 4)), (V3, (8,))])
def test_items_of_another_generation_are_refused(generation, widths, width, count):
    call = center(generation).active_operators_details()
    data = details_of_operators(width, count)
    if width in widths:
        assert call.decode(data) == ((7, OTHER),) * count
        return
    with pytest.raises(AnswerError) as caught:
        call.decode(data)
    (problem,) = caught.value.problems
    assert problem.message == (
        f"AttestationCenter.getActiveOperatorsDetails() ({generation}) gave an answer of another shape:"
        f" {32 * width * count} bytes for {count} rows: {' or '.join(map(str, widths))} words each were expected"
    )


@pytest.mark.parametrize("generation", [V2, V3])
def test_no_operators_and_no_answer_are_two_things(generation):
    call = center(generation).active_operators_details()
    assert call.decode(word(32) + word(0)) == ()
    for data in (b"", word(32), word(0) + word(0), word(32) + word(0) + word(0), word(32) + word(1)):
        with pytest.raises(AnswerError, match=r"getActiveOperatorsDetails\(\)"):
            call.decode(data)


@given(st.integers(1, 5), st.sampled_from([(V2, 3), (V2, 4), (V3, 8)]), st.data())
def test_items_cut_short_extended_or_with_high_bytes_are_refused(count, shape, data):
    generation, width = shape
    call, whole = center(generation).active_operators_details(), details_of_operators(width, count)
    row = data.draw(st.integers(0, count - 1))
    high = bytearray(whole)
    high[64 + row * 32 * width + data.draw(st.integers(0, 11))] = data.draw(st.integers(1, 255))
    size = data.draw(st.integers(0, len(whole) - 1))
    assume((count, width, size) != (1, 4, 64 + 96))  # a single item of 4 words begins with all that one of 3 has
    for other in (whole[:size], whole + bytes(data.draw(st.integers(1, 31))), bytes(high)):
        with pytest.raises(AnswerError, match="getActiveOperatorsDetails"):
            call.decode(other)


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_items_of_four_words_cut_to_the_length_of_three_are_refused(count):
    cut = details_of_operators(4, count)[: 64 + 96 * count]
    with pytest.raises(AnswerError, match="is more than 64 bits hold"):
        center(V2).active_operators_details().decode(cut)


def test_it_is_asked_alone():
    assert center(V2).active_operators_details().alone


# Task definitions


def ids_answer(ids):
    return encode(["uint256[]"], [ids])


@pytest.mark.parametrize(
    ("generation", "selectors"),
    [(V1, ["75d9aedf", "4e2ce53f"]), (V2, ["75d9aedf", "97b5f370", "5b386be0"]), (V3, ["2fd60f1d"])],
)
def test_a_definition_is_asked_for_by_the_getters_of_its_generation(generation, selectors):
    calls = center(generation).task_definition(10_001)
    assert [call.data.hex() for call in calls] == [selector + word(10_001).hex() for selector in selectors]
    assert all(call.to == CENTER for call in calls)
    for call in calls:
        with pytest.raises(AnswerError, match=f"getTaskDefinition.*{generation}"):
            call.decode(b"")


@pytest.mark.parametrize("generation", [V1, V2])
def test_a_definition_of_the_first_generations(generation):
    minimum, listing, *most = center(generation).task_definition(3)
    answers = (minimum.decode(word(500)), listing.decode(ids_answer([1, 4, 2**256 - 1])))
    answers += tuple(call.decode(word(2)) for call in most)
    limit = 2 if generation is V2 else 0
    assert center(generation).decode_task_definition(3, answers) == TaskDefinition(3, 500, (1, 4, 2**256 - 1), limit)
    assert listing.decode(ids_answer([])) == ()
    for other in (ids_answer([1])[:-1], ids_answer([1]) + bytes(32), details_of_operators(3, 1), word(0)):
        with pytest.raises(AnswerError, match="getTaskDefinitionRestricted"):
            listing.decode(other)


@given(
    st.integers(1, 65_535),
    st.text(max_size=40),
    st.integers(0, 2**256 - 1),
    st.lists(st.integers(0, 2**256 - 1), max_size=4),
)
def test_a_definition_of_the_third_generation(number, name, minimum, ids):
    (call,) = center(V3).task_definition(number)
    whole = encode([DETAILS], [(number, True, False, name, 11, 12, 13, 14, 15, minimum, ids, 16)])
    definition = center(V3).decode_task_definition(number, (call.decode(whole),))
    assert definition.task_definition_id == number
    assert (definition.minimum_voting_power, definition.restricted_operator_ids) == (minimum, tuple(ids))
    for other in (whole[:-1], whole[:-32], whole + bytes(32), whole[32:]):
        with pytest.raises(AnswerError, match=r"getTaskDefinitionDetails\(\) \(v3\)"):
            call.decode(other)
