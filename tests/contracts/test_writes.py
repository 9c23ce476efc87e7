"""What AttestationCenter is asked to change: calldata of each generation, read back, and what a generation lacks."""

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.abi import load_writes
from avsctl.contracts.attestation_center import AttestationCenter, decode_created_id, decode_setting, read_transaction
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, RewardRole, SetList, SetMaximum, SetMinimum, SetReward
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.errors import AnswerError, GenerationError, UsageError

V1, V2, V3 = Generation
CENTER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
CREATED_V1 = bytes.fromhex("4306a9df64b49fc07c0f1929d57cc2b5cdfc108656189460e6aa127754413ef1")
CREATED = bytes.fromhex("7eae3686e408afa807ebe15ce7995105877e176b7384d0656633435f6e58eab8")


def center(generation):
    return AttestationCenter(CENTER, generation)


def word(value):
    return value.to_bytes(32).hex()


def creation(maximum=0, name="price-feed"):
    return CreateDefinition(TaskDefinition(7, 16, (4, 5), maximum), TaskDetails(name, 11, 12, 13, 14, 15))


NAME = word(10) + b"price-feed".hex() + "00" * 22
LIST = word(2) + word(4) + word(5)
FIELDS = "".join(map(word, range(11, 17)))

WRITES = [
    (SetMinimum(3, 500), dict.fromkeys(Generation, "64ada5d0" + word(3) + word(500))),
    (
        SetList(3, (4, 5)),
        {V1: "c8c9e7ab" + word(3) + word(64) + LIST} | dict.fromkeys((V2, V3), "58e75c82" + word(3) + word(64) + LIST),
    ),
    (SetList(3, ()), {V2: "58e75c82" + word(3) + word(64) + word(0)}),
    (SetMaximum(10_001, 4), dict.fromkeys((V2, V3), "5fdd0ac7" + word(10_001) + word(4))),
    (SetReward(3, RewardRole.ATTESTER, 9), {V3: "d33cf7d8" + word(3) + word(9)}),
    (SetReward(3, RewardRole.PERFORMER, 9), {V3: "19636e2a" + word(3) + word(9)}),
    (SetReward(0, RewardRole.AGGREGATOR, 9), {V3: "6b3ba95f" + word(0) + word(9)}),
    (creation(), {V1: "0c62bf0d" + word(64) + word(128) + NAME + FIELDS + word(224) + LIST}),
    (
        creation(6),
        dict.fromkeys((V2, V3), "306fba1c" + word(64) + word(128) + NAME + FIELDS + word(256) + word(6) + LIST),
    ),
]


@pytest.mark.parametrize(("setting", "calldata"), WRITES)
def test_each_setting_is_made_by_its_generations_own_call_and_read_back(setting, calldata):
    for generation, expected in calldata.items():
        transaction = center(generation).write(setting)
        assert (transaction.to, transaction.value, transaction.data.hex()) == (CENTER, 0, expected)
        assert read_transaction(center(generation), CENTER, 0, transaction.data) == transaction
        assert decode_setting(transaction, 7) == setting


@pytest.mark.parametrize(
    ("generation", "setting", "message", "hint"),
    [
        (V1, SetMaximum(3, 4), "v1 has no maximum number of attesters", "v2 and v3 have it"),
        (V1, creation(6), "v1 has no maximum number of attesters", "v2 and v3 have it"),
        (V1, SetMinimum(0, 1), "v1 has no task definition 0", "v2 and v3 have it"),
        (V1, SetList(10_001, ()), "v1 has no task definition 10001", "v2 and v3 have it"),
        (V1, SetMinimum(10_002, 1), "v1 has no task definition 10002", "v2 and v3 have it"),
        (
            V2,
            SetReward(3, RewardRole.PERFORMER, 4),
            "v2 cannot change the rewards of a task definition after its creation",
            "v3 can",
        ),
        (
            V1,
            SetReward(3, RewardRole.PERFORMER, 4),
            "v1 cannot change the rewards of a task definition after its creation",
            "v3 can",
        ),
    ],
)
def test_what_a_generation_lacks_is_said_with_the_one_that_has_it(generation, setting, message, hint):
    with pytest.raises(GenerationError) as caught:
        center(generation).write(setting)
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint, caught.value.status) == (message, hint, 6)


def test_a_name_that_is_no_text_is_refused():
    with pytest.raises(UsageError, match="the name is no text in UTF-8"):
        center(V2).write(creation(name="\udcff"))


def test_the_older_spellings_that_v2_takes_are_read():
    parameters = (11, 12, 13, 14, 15, 16, (4, 5))
    kinds = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256[])"
    older = [
        ("0c62bf0d" + encode(["string", kinds], ["price-feed", parameters]).hex(), creation()),
        ("c8c9e7ab" + encode(["uint16", "uint256[]"], [3, [4, 5]]).hex(), SetList(3, (4, 5))),
        ("7d729713" + word(3) + word(4), SetMaximum(3, 4)),
    ]
    for calldata, setting in older:
        assert decode_setting(read_transaction(center(V2), CENTER, 0, bytes.fromhex(calldata)), 7) == setting
        if not isinstance(setting, CreateDefinition):
            assert read_transaction(center(V3), CENTER, 0, bytes.fromhex(calldata)).function is None


# Reading transactions


@pytest.mark.parametrize("generation", Generation)
def test_every_function_that_changes_state_is_read_back(generation):
    functions = load_writes("AttestationCenter", generation)
    samples = {
        "address": OTHER,
        "string": "text",
        "bytes": b"\1",
        "bytes4": b"abcd",
        "bytes32": b"\2" * 32,
        "bool": True,
        "uint256[]": (1, 2),
        "uint256[2]": (1, 2),
        "uint256[4]": (1, 2, 3, 4),
    }
    for selector, function in functions.items():
        args = tuple(
            tuple(samples.get(part, 5) for part in kind[1:-1].split(",")) if kind[0] == "(" else samples.get(kind, 5)
            for kind in function.inputs
        )
        data = function.encode(*args)
        assert data[:4] == selector
        assert read_transaction(center(generation), CENTER, 1, data) == Transaction(CENTER, data, 1, function, args)
        assert len(function.input_names) == len(function.inputs)


SET = bytes.fromhex(WRITES[1][1][V2])
TRANSFER = bytes.fromhex("513c52ba") + bytes(12) + bytes.fromhex(OTHER[2:])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SET[:3],
        SET[:4],
        SET[:-1],
        SET + b"\0",
        SET + bytes(32),
        b"\0" + SET[1:],
        bytes.fromhex("58e75c82" + word(65_536) + word(64) + LIST),
        bytes.fromhex("58e75c82" + word(3) + word(96) + LIST),
        bytes.fromhex("58e75c82" + word(3) + word(64) + word(2**255)),
        bytes.fromhex("97b5f370" + word(3)),
        bytes.fromhex("0c62bf0d" + word(64) + word(128) + NAME.replace("70", "ff", 1) + FIELDS + word(224) + LIST),
        TRANSFER[:4] + b"\1" + TRANSFER[5:],
    ],
)
def test_anything_but_the_canonical_calldata_is_left_unread(data):
    assert read_transaction(center(V2), CENTER, 3, data) == Transaction(CENTER, data, 3)
    assert decode_setting(Transaction(CENTER, data), 7) is None


def test_another_contract_is_left_unread():
    assert read_transaction(center(V2), OTHER, 0, SET) == Transaction(OTHER, SET)


def test_a_call_that_sets_nothing_of_a_definition_is_no_setting():
    transaction = read_transaction(center(V3), CENTER, 0, TRANSFER)
    assert transaction.args == (OTHER,)
    assert decode_setting(transaction, 7) is None


@given(st.binary(max_size=200), st.sampled_from(sorted(load_writes("AttestationCenter", V2))))
def test_arbitrary_calldata_is_read_faithfully_or_not_at_all(rest, selector):
    transaction = read_transaction(center(V2), CENTER, 0, selector + rest)
    if transaction.function is not None:
        assert transaction.function.encode(*transaction.args) == selector + rest


# The event


KINDS = ["uint16", "string", *["uint256"] * 6, "uint256[]"]
VALUES = [7, "price-feed", 11, 12, 13, 14, 15, 16, [4, 5]]


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ([CREATED_V1], encode(KINDS, VALUES)),
        ([CREATED], encode([*KINDS, "uint256"], [*VALUES, 6])),
        ([CREATED, bytes.fromhex(word(7))], encode([*KINDS, "uint256"][1:], [*VALUES, 6][1:])),
    ],
)
def test_the_created_id_is_read_from_the_event(topics, data):
    assert decode_created_id(topics, data) == 7
    for other in (b"", data[:-1], data[:-32], data + bytes(32), data + b"\0"):
        with pytest.raises(AnswerError, match="TaskDefinitionCreated has another shape"):
            decode_created_id(topics, other)
    for more in ([*topics, bytes(32)], [*topics, bytes(32), bytes(32)]):
        with pytest.raises(AnswerError, match="TaskDefinitionCreated has another shape"):
            decode_created_id(more, data)


def test_an_id_that_is_no_uint16_is_refused():
    data = encode(["uint256", *KINDS[1:]], [65_536, *VALUES[1:]])
    with pytest.raises(AnswerError, match="TaskDefinitionCreated has another shape"):
        decode_created_id([CREATED_V1], data)


def test_the_arguments_of_one_generation_under_the_topic_of_another_are_refused():
    with pytest.raises(AnswerError):
        decode_created_id([CREATED], encode(KINDS, VALUES))
    with pytest.raises(AnswerError):
        decode_created_id([CREATED_V1], encode([*KINDS, "uint256"], [*VALUES, 6]))


@pytest.mark.parametrize("topics", [[], [bytes(32)], [bytes.fromhex("364aa2fa".ljust(64, "0"))]])
def test_a_log_of_another_event_is_not_ours(topics):
    assert decode_created_id(topics, b"") is None
