"""The index of functions, errors and events: complete, without clashes, and with every name of a parameter."""

import pytest
from abi_values import calldata, values
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.abi import GENERATIONS_BY_CONTRACT, load_entries, load_writes
from avsctl.contracts.interfaces import (
    NESTED_LIMIT,
    Parameter,
    find_errors,
    find_events,
    find_functions,
    name_errors,
    name_functions,
    parse_signature,
    read_arguments,
)
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.more_functions import OF_OTHENTIC, OF_SAFE
from avsctl.core.deployment import Generation

PLACES = [(c, g) for c, generations in GENERATIONS_BY_CONTRACT.items() for g in generations or (None,)]
V1, V2, V3 = Generation
FUNCTIONS = sorted(
    {
        each
        for contract, generation in PLACES
        for entry in load_entries(contract, generation)
        if entry["type"] == "function"
        for each in name_functions(entry["name"])
    },
    key=str,
)
ERRORS = sorted(
    {
        each
        for contract, generation in PLACES
        for entry in load_entries(contract, generation)
        if entry["type"] == "error"
        for each in name_errors(entry["name"])
    },
    key=str,
)


@pytest.mark.parametrize(("contract", "generation"), PLACES)
def test_every_function_and_error_of_every_generation_is_found(contract, generation):
    for entry in load_entries(contract, generation):
        if entry["type"] == "event":
            continue
        find = {"function": (name_functions, find_functions), "error": (name_errors, find_errors)}[entry["type"]]
        places = [
            (each.contract, generation is None or Generation(generation) in each.generations)
            for each in find[0](entry["name"])
        ]
        assert (contract, True) in places
        assert all(each in find[1](each.selector) for each in find[0](entry["name"]))


@pytest.mark.parametrize("generation", list(Generation))
@pytest.mark.parametrize("contract", ["AttestationCenter", "AvsGovernance", "OBLS"])
def test_functions_that_write_are_told_from_those_that_read(contract, generation):
    writes = load_writes(contract, generation)
    for interface in FUNCTIONS:
        if interface.contract == contract and generation in interface.generations:
            is_in_abi = any(each["name"] == interface.name for each in load_entries(contract, generation))
            assert not is_in_abi or interface.is_read == (interface.selector not in writes)


def test_no_selector_has_two_signatures_and_none_is_of_a_function_and_an_error():
    for find, known in ((find_functions, FUNCTIONS), (find_errors, ERRORS)):
        for interface in known:
            assert {each.signature for each in find(interface.selector)} == {interface.signature}
    assert not {each.selector for each in FUNCTIONS} & {each.selector for each in ERRORS}


def test_generations_are_joined_where_the_wording_is_the_same():
    assert [(each.contract, each.generations) for each in name_functions("setTaskDefinitionMinVotingPower")] == [
        ("AttestationCenter", (V1, V2, V3))
    ]
    lists = name_functions("setTaskDefinitionRestrictedOperators")
    assert [(each.generations, each.parameters[1].name) for each in lists] == [
        ((V1,), "_restrictedOperatorIndexes"),
        ((V2,), "_restrictedAttesterIds"),
    ]
    assert [(each.contract, each.signature) for each in name_functions("votingPower")] == [
        ("AttestationCenter", "votingPower(address)"),
        ("AvsGovernance", "votingPower(address)"),
        ("OBLS", "votingPower(uint256)"),
    ]


def test_members_of_tuples_have_their_names():
    (create,) = [each for each in name_functions("createNewTaskDefinition") if V3 in each.generations]
    names = [member.name for member in create.parameters[1].members]
    assert names[0] == "blockExpiry"
    assert names[-2:] == ["restrictedAttesterIds", "maximumNumberOfAttesters"]


@pytest.mark.parametrize(
    ("selector", "signature"),
    [
        ("6a761202", "execTransaction"),
        ("d4d9bdcd", "approveHash"),
        ("8d80ff0a", "multiSend"),
        ("0d582f13", "addOwnerWithThreshold"),
        ("f8dc5dd9", "removeOwner"),
        ("e318b52b", "swapOwner"),
        ("694e80c3", "changeThreshold"),
        ("610b5925", "enableModule"),
        ("e009cfde", "disableModule"),
        ("e19a9dd9", "setGuard"),
        ("f08a0323", "setFallbackHandler"),
        ("e068df37", "setModuleGuard"),
        ("b63e800d", "setup"),
        ("468721a7", "execTransactionFromModule"),
        ("5229073f", "execTransactionFromModuleReturnData"),
    ],
)
def test_the_functions_of_safe_have_their_published_selectors(selector, signature):
    assert [each.name for each in find_functions(bytes.fromhex(selector))] == [signature]


def test_signatures_in_words_are_read_as_they_are_written():
    name, parameters = parse_signature("f(uint256[4] key,((bytes a,uint8 b)[] c,bool d)[2] e)")
    assert name == "f"
    inner = Parameter("c", "(bytes,uint8)[]", (Parameter("a", "bytes"), Parameter("b", "uint8")))
    pair = Parameter("e", "((bytes,uint8)[],bool)[2]", (inner, Parameter("d", "bool")))
    assert parameters == (Parameter("key", "uint256[4]"), pair)
    assert parse_signature("g()") == ("g", ())


def test_no_contract_has_a_function_twice_in_one_generation():
    for interface in FUNCTIONS + ERRORS:
        find = find_functions if interface in FUNCTIONS else find_errors
        places = [(each.contract, name) for each in find(interface.selector) for name in each.generations or (None,)]
        assert len(set(places)) == len(places)


def test_functions_that_no_abi_file_has_are_known_where_the_abi_of_a_generation_is():
    for contract, generations, is_read, texts in OF_OTHENTIC:
        for name, parameters in map(parse_signature, texts):
            found = [
                each for each in name_functions(name) if each.contract == contract and each.parameters == parameters
            ]
            assert {Generation(each) for each in generations} <= {g for each in found for g in each.generations}
            assert {each.is_read for each in found} == {is_read}
    assert len({parse_signature(text) for _, _, text in OF_SAFE}) == len(OF_SAFE)


@given(st.data())
def test_arguments_of_every_function_and_error_are_read_back(data):
    interface = data.draw(st.sampled_from(FUNCTIONS + ERRORS))
    args = data.draw(st.tuples(*map(values, interface.parameters)))
    assert read_arguments(interface, calldata(interface, args)[4:]) == args


@given(st.data())
def test_arguments_cut_short_are_refused_and_none_is_repeated(data):
    interface = data.draw(st.sampled_from([each for each in FUNCTIONS + ERRORS if each.parameters]))
    encoded = calldata(interface, data.draw(st.tuples(*map(values, interface.parameters))))[4:]
    end = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(ValueError, match=r"cut short|not the canonical encoding"):
        read_arguments(interface, encoded[:end])


@given(st.sampled_from(FUNCTIONS + ERRORS), st.binary(max_size=300))
def test_arbitrary_arguments_are_read_faithfully_or_refused(interface, encoded):
    try:
        args = read_arguments(interface, encoded)
    except ValueError:
        return
    if "string" not in "".join(interface.kinds):
        assert encode(interface.kinds, args) == encoded


def test_text_that_is_no_utf8_shows_as_escapes():
    (create,) = [each for each in name_functions("setAvsName") if V1 in each.generations]
    assert read_arguments(create, encode(["bytes"], [b"a\xff\x1b"])) == ("a\\xff\x1b",)


def test_an_array_that_points_to_the_same_bytes_over_and_over_is_not_read():
    (aggregate,) = name_functions("aggregate3")
    count = NESTED_LIMIT // 32
    bomb = (32).to_bytes(32) + count.to_bytes(32) + (count * 32).to_bytes(32) * count + bytes(64) + (96).to_bytes(32)
    with pytest.raises(ValueError, match=r"reads 65536 at most"):
        read_arguments(aggregate, bomb)


def test_an_event_is_found_by_its_topic():
    topic = keccak256(b"SetRestrictedAttester(uint16,uint256[])")
    assert [(each.contract, each.generations) for each in find_events(topic)] == [("AttestationCenter", (V2, V3))]
    assert find_events(bytes(32)) == ()
