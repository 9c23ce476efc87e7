"""Selectors against the published tables, generations by name, and strict decoding of every function that reads."""

import itertools
import re
import subprocess
import sys

import pytest
from eth_abi import decode, encode
from eth_abi.tools import get_abi_strategy
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from avsctl.contracts.abi import (
    GENERATIONS_BY_CONTRACT,
    ErrorAbi,
    Function,
    decode_values,
    load_entries,
    load_errors,
    load_function,
)
from avsctl.contracts.address import to_checksum
from avsctl.core.deployment import Generation
from avsctl.errors import AnswerError, GenerationError

V1, V2, V3 = Generation

FUNCTIONS = """
0x0c62bf0d createNewTaskDefinition(string,(uint256,uint256,uint256,uint256,uint256,uint256,uint256[]))
0x306fba1c createNewTaskDefinition(string,(uint256,uint256,uint256,uint256,uint256,uint256,uint256[],uint256))
0x64ada5d0 setTaskDefinitionMinVotingPower(uint16,uint256)
0xc8c9e7ab setTaskDefinitionRestrictedOperators(uint16,uint256[])
0x58e75c82 setTaskDefinitionRestrictedAttesters(uint16,uint256[])
0x7d729713 setTaskDefinitionMaximumNumberOfOperators(uint16,uint256)
0x5fdd0ac7 setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)
0xd33cf7d8 setBaseRewardFeeForAttesters(uint16,uint256)
0x19636e2a setBaseRewardFeeForPerformer(uint16,uint256)
0x6b3ba95f setBaseRewardFeeForAggregator(uint16,uint256)
0xeaa6867a setIsRejectedTaskSlashingEnabled(uint16,bool)
0xcc021985 setIsIncorrectAttestationSlashingEnabled(uint16,bool)
0x84efb8ea updateInternalTaskConfig(uint16,(bool,uint48,uint8,bytes))
0x2fd60f1d getTaskDefinitionDetails(uint16)
0x75d9aedf getTaskDefinitionMinimumVotingPower(uint16)
0x4e2ce53f getTaskDefinitionRestrictedOperators(uint16)
0x97b5f370 getTaskDefinitionRestrictedAttesters(uint16)
0x5b386be0 getTaskDefinitionMaximumNumberOfAttesters(uint16)
0x9878eccb getActiveOperatorsDetails()
0x34a7c391 numOfTaskDefinitions()
0x00028b07 numOfTotalOperators()
0x7897dec3 numOfActiveOperators()
0x659fa976 obls()
0xf28eff39 internalTaskHandler()
0x5b15c568 operatorsIdsByAddress(address)
0x9eb72d4c getOperatorPaymentDetail(uint256)
0xac8c16cf verifyOperatorValidForTaskDefinition(address,uint16)
0xc07473f6 votingPower(address)
0x72c4a927 votingPower(uint256)
0x671b3793 totalVotingPower()
0x255da331 totalVotingPowerPerTaskDefinition(uint256)
0x82afd23b isActive(uint256)
0x579a6988 isRegistered(uint256)
0xfff768e3 submitTask((string,bytes,address,uint16),(bool,bytes,uint256[2],uint256[]))
0x8a7ce8a4 submitTask((string,bytes,address,uint16),(bool,uint256[2],uint256[2],uint256[]))
0x1164224e setOblsSharesSyncer(address)
0x513c52ba transferAvsGovernanceMultisig(address)
0x51720945 setIsOpenAggregator(bool)
0x3aa83ec7 pause(bytes4)
0xbac1e94b unpause(bytes4)
0xefd96978 isFlowPaused(bytes4)
0x59807117 getLastCommitBlockL1()
0x0b02444c getLastCommitBlockL2()
0x55e48918 setMinVotingPower(uint256)
0x76086c70 setMaxEffectiveBalance(uint256)
0xe010f957 setTotalVotingPowerPerTaskDefinition(uint16,uint256,uint256)
0xca87bf8f setTotalVotingPowerPerRestrictedTaskDefinition(uint16,uint256,uint256[])
"""
"""Function selectors, from the facts of the deployed contracts."""

ERRORS = """
0xfa63b3a9 InvalidBlockExpiry()
0xd996449f InvalidRestrictedOperatorIndexes()
0xc52e2770 InvalidRestrictedAttesterIds()
0x0236998b InvalidMaximumNumberOfAttesters()
0x42643c32 TaskDefinitionNotFound(uint16)
0x5a31d91b InvalidTaskDefinition()
0x0a8d4779 InvalidAttesterSet()
0xfe88fc71 InvalidRestrictedOperator(uint256,uint256)
0xb2ccc0ce InvalidRestrictedAttester(uint256,uint256)
0x9375157a InsufficientVotingPowerForTaskDefinition(uint16,uint256)
0x8a206046 MessageAlreadySigned()
0x57c3c396 InvalidPerformerSignature()
0xbd620133 OperatorNotRegistered(address)
0x25ec6c1f OperatorNotRegistered()
0x46d3a4a9 InactiveTaskPerformer()
0x4e178c54 InactiveAggregator()
0xe337186c InvalidRequiredVotingPower()
0xcabeb655 InsufficientVotingPower()
0xf319be95 InvalidOBLSSignature()
0x692bf555 InvalidOperatorIndexes()
0x1550a730 InactiveOperator(uint256)
0x8af6bdef OperatorDoesNotHaveMinimumVotingPower(uint256)
0xd3e401e6 InvalidToBlockL1VsLastCommitBlockL1(uint256)
0x92b72195 InvalidToBlockL2VsLastCommitBlockL2(uint256)
0x0776b418 InvalidToBlockL2VsCurrentHeight(uint256,uint256)
0x7d58f819 InternalTransactionRevert(bytes)
0xe4f27f74 InternalTransactionNotAllowed(address,bytes)
0xe2517d3f AccessControlUnauthorizedAccount(address,bytes32)
0xdd8582ad NotAuthorizedRole(address,bytes)
0x722fdba9 FlowIsCurrentlyPaused()
0xd190fe66 FlowIsCurrentlyUnpaused()
0x3d738b2e NotActiveOperator()
0x38679d1a NotEnoughVotingPower()
0x3d8c6f98 InvalidStakingContract()
0xb854d241 StakingContractsNotInAscendingOrder()
0x6f12f3dc InvalidMultiplier()
0x3ee5aeb5 ReentrancyGuardReentrantCall()
"""
"""Error selectors, from the same."""

FILES = [(name, generation) for name, known in GENERATIONS_BY_CONTRACT.items() for generation in known or (None,)]


def table(text):
    return {signature: selector for selector, signature in (line.split(" ", 1) for line in text.split("\n") if line)}


def generation_of(text):
    return Generation(text) if text else None


def canonical(parameter):
    inner = ",".join(canonical(member) for member in parameter.get("components", ()))
    return f"({inner}){parameter['type'][5:]}" if parameter["type"].startswith("tuple") else parameter["type"]


def kinds(parameters):
    return tuple(canonical(parameter) for parameter in parameters)


def functions():
    """Every function of every ABI file, loaded by name and argument types."""
    for contract, generation in FILES:
        for entry in load_entries(contract, generation):
            if entry["type"] == "function":
                yield contract, generation_of(generation), entry


def load(contract, generation, entry):
    """Load as a client would; a function without arguments cannot be asked for by them."""
    return load_function(contract, generation, entry["name"], *kinds(entry["inputs"]))


ALL = [load(*item) for item in functions()]
READING = [load(*item) for item in functions() if item[2]["stateMutability"] in ("view", "pure") and item[2]["outputs"]]


# Selectors


def test_every_function_loads_with_its_signature_and_selector():
    assert len(ALL) > 300
    for (contract, generation, entry), found in zip(functions(), ALL, strict=True):
        signature = f"{entry['name']}({','.join(kinds(entry['inputs']))})"
        assert (found.contract, found.generation, found.signature) == (contract, generation, signature)
        assert found.outputs == kinds(entry["outputs"])
        assert found.selector == keccak(signature.encode())[:4]


@pytest.mark.parametrize(("signature", "selector"), table(FUNCTIONS).items())
def test_function_selectors_of_the_facts(signature, selector):
    found = {function.selector.hex() for function in ALL if function.signature == signature}
    assert found == {selector[2:]}
    assert {function.signature for function in ALL if function.selector.hex() == selector[2:]} <= {signature}


@pytest.mark.parametrize(("signature", "selector"), table(ERRORS).items())
def test_error_selectors_of_the_facts(signature, selector):
    errors = [error for contract, generation in FILES for error in load_errors(contract, generation)]
    found = {e.selector.hex() for e in errors if f"{e.name}({','.join(e.inputs)})" == signature}
    assert found == {selector[2:]}


def test_no_two_errors_share_a_selector():
    errors = {error for contract, generation in FILES for error in load_errors(contract, generation)}
    assert len({error.selector for error in errors}) == len(errors)
    assert ErrorAbi("Error", ("string",)).selector.hex() == "08c379a0"
    assert ErrorAbi("Panic", ("uint256",)).selector.hex() == "4e487b71"


# Generations


@pytest.mark.parametrize(
    ("contract", "generation", "name", "message", "hint"),
    [
        ("OBLS", V1, "isRegistered", "OBLS of generation v1 has no isRegistered", "v3 has it"),
        ("OBLS", V2, "isRegistered", "OBLS of generation v2 has no isRegistered", "v3 has it"),
        ("OBLS", V1, "getOperatorBLSPubKey", "OBLS of generation v1 has no getOperatorBLSPubKey", "v2 and v3 have it"),
        (
            "AttestationCenter",
            V1,
            "internalTaskHandler",
            "AttestationCenter of generation v1 has no internalTaskHandler",
            "v2 and v3 have it",
        ),
        (
            "AttestationCenter",
            V3,
            "getTaskDefinitionRestrictedOperators",
            "AttestationCenter of generation v3 has no getTaskDefinitionRestrictedOperators",
            "v1 and v2 have it",
        ),
        (
            "InternalTaskHandler",
            V1,
            "getLastCommitBlockL1",
            "InternalTaskHandler of generation v1 has no getLastCommitBlockL1",
            "v2 and v3 have it",
        ),
        ("OBLS", V2, "nonsense", "OBLS of generation v2 has no nonsense", "no generation has it"),
        ("OBLS", V1, "InactiveOperator", "OBLS of generation v1 has no InactiveOperator", "no generation has it"),
        ("OBLS", V2, "SetOBLSManager", "OBLS of generation v2 has no SetOBLSManager", "no generation has it"),
        ("Multicall3", None, "nonsense", "Multicall3 has no nonsense", "no generation has it"),
    ],
)
def test_what_a_generation_lacks_is_refused_with_who_has_it(contract, generation, name, message, hint):
    with pytest.raises(GenerationError) as caught:
        load_function(contract, generation, name)
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint, caught.value.status) == (message, hint, 6)


def test_an_overload_that_a_generation_lacks_is_refused_by_its_signature():
    eight = ("string", "(uint256,uint256,uint256,uint256,uint256,uint256,uint256[],uint256)")
    with pytest.raises(GenerationError) as caught:
        load_function("AttestationCenter", V1, "createNewTaskDefinition", *eight)
    (problem,) = caught.value.problems
    assert problem.message.endswith(f"generation v1 has no createNewTaskDefinition({','.join(eight)})")
    assert problem.hint == "v2 and v3 have it"


@pytest.mark.parametrize("name", ["createNewTaskDefinition", "submitTask"])
def test_an_overloaded_name_alone_does_not_choose(name):
    with pytest.raises(ValueError, match=f"AttestationCenter has 2 functions {name}"):
        load_function("AttestationCenter", V2, name)


def test_each_generation_has_the_functions_of_its_file_and_no_others():
    listed = {(function.contract, function.generation, function.name) for function in ALL}
    for (contract, _, name), generation in itertools.product(listed, Generation):
        if GENERATIONS_BY_CONTRACT[contract] and (contract, generation, name) not in listed:
            with pytest.raises(GenerationError, match=f"{contract} of generation {generation} has no {name}"):
                load_function(contract, generation, name)


# Encoding and decoding


def flat(kind, value):
    """A value as Function.decode gives it: words of static tuples and fixed arrays one by one."""
    if kind.startswith("(") and kind.endswith(")"):
        return [w for inner, v in zip(kind[1:-1].split(","), value, strict=True) for w in flat(inner, v)]
    if re.fullmatch(r"\w+\[\d+\]", kind):
        return [w for v in value for w in flat(kind.partition("[")[0], v)]
    return [to_checksum(value) if kind == "address" else value]


def is_static(kinds_):
    return not any(re.search(r"string|bytes(?!\d)|\[\]", kind) for kind in kinds_)


@pytest.mark.parametrize("function", READING, ids=lambda f: f"{f.contract}.{f.generation}.{f.name}")
@settings(max_examples=4)
@given(data=st.data())
def test_every_answer_is_read_back_and_every_other_length_refused(function, data):
    values = tuple(data.draw(get_abi_strategy(kind)) for kind in function.outputs)
    whole = encode(function.outputs, values)
    if is_static(function.outputs):
        expected = tuple(itertools.chain.from_iterable(map(flat, function.outputs, values)))
        assert function.decode(whole) == expected
    else:
        assert encode(function.outputs, function.decode(whole)) == whole
    size = data.draw(st.integers(0, len(whole) - 1))
    for other in (b"", whole[:size], whole[:-1], whole[:-32], whole + b"\0", whole + bytes(32)):
        with pytest.raises(AnswerError) as caught:
            function.decode(other)
        assert function.label in str(caught.value)


@given(st.data())
def test_a_damaged_dynamic_answer_is_refused_or_is_another_canonical_one(data):
    kinds_ = load_function("AttestationCenter", V3, "getTaskDefinitionDetails").outputs
    whole = bytearray(encode(kinds_, [data.draw(get_abi_strategy(kind)) for kind in kinds_]))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(whole) - 1) | st.integers(1, len(whole) // 32).map(lambda n: 32 * n - 1))
        whole[place] = data.draw(st.integers(0, 255) | st.sampled_from((0, 1, 32, 64, 255)))
    try:
        values = decode_values(kinds_, bytes(whole))
    except ValueError:
        return
    raw = [kind.replace("string", "bytes") for kind in kinds_]  # a name that is no UTF-8 any more shows as escapes
    read = decode(raw, bytes(whole))
    assert encode(raw, read) == bytes(whole)
    texts = [text.decode("utf-8", "backslashreplace") for text in read[0] if isinstance(text, bytes)]
    assert [text for text in values[0] if isinstance(text, str)] == texts


def test_a_refusal_names_contract_function_and_generation():
    with pytest.raises(AnswerError) as caught:
        load_function("OBLS", V2, "votingPower").decode(b"")
    (problem,) = caught.value.problems
    assert problem.message == "OBLS.votingPower() (v2) gave an answer of another shape: 0 bytes where 32 were expected"
    assert problem.hint == "the address may belong to another contract or generation, or the endpoint is at fault"
    assert caught.value.status == 5


def test_a_contract_without_generations_is_named_alone():
    assert load_function("Multicall3", None, "aggregate3").label == "Multicall3.aggregate3()"


def test_a_call_carries_what_it_takes_to_make_it():
    function = load_function("OBLS", V1, "votingPower")
    call = function.call("0xA", 7, gas=7_600, alone=True)
    assert call.data == bytes.fromhex("72c4a927") + (7).to_bytes(32)
    assert (call.to, call.label, call.gas, call.alone) == ("0xA", "OBLS.votingPower() (v1)", 7_600, True)
    assert call.decode((9).to_bytes(32)) == 9
    assert function.call("0xA", 7, gas=1, decode=len).decode(b"abc") == 3
    assert function.call("0xA", 7, gas=1).alone is False


def test_the_decoder_of_a_call_is_held_to_the_same():
    def broken(data):
        raise ValueError("no such thing")

    call = load_function("OBLS", V1, "votingPower").call("0xA", 7, gas=1, decode=broken)
    with pytest.raises(AnswerError, match=r"OBLS\.votingPower\(\) \(v1\) gave an answer of another shape: no such"):
        call.decode(b"")


@settings(max_examples=50)
@given(st.data())
def test_calldata_is_what_eth_abi_makes_of_it(data):
    function = data.draw(st.sampled_from([function for function in ALL if function.inputs]))
    values = [data.draw(get_abi_strategy(kind)) for kind in function.inputs]
    assert function.encode(*values) == function.selector + encode(function.inputs, values)


@pytest.mark.parametrize("args", [(), (1, 2), (-1,), (2**256,), ("1",), (True,)])
def test_arguments_that_do_not_fit_are_refused(args):
    with pytest.raises(ValueError):  # noqa: PT011 - several texts
        load_function("OBLS", V2, "votingPower").encode(*args)


def test_static_words_do_not_load_eth_abi():
    program = (
        "import sys; from avsctl.contracts.obls import Obls; from avsctl.contracts.reverts import decode_revert\n"
        "call = Obls('0x' + '11' * 20, 'v2').bls_key(7)\n"
        "call.decode(bytes(128)); decode_revert(bytes.fromhex('3d738b2e')); print('eth_abi' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_function_without_return_values_answers_nothing():
    function = Function("OBLS", V2, "setOblsManager", ("address",), ())
    assert function.decode(b"") == ()
    with pytest.raises(AnswerError):
        function.decode(bytes(32))


def test_text_that_is_no_utf8_is_read_at_any_depth():
    raw = encode(["(uint16,bytes,bytes[])", "bytes"], [(7, b"\xff", (b"ok", b"\xc3")), b"\xfe"])
    values = decode_values(("(uint16,string,string[])", "bytes"), raw)
    assert values == ((7, "\\xff", ("ok", "\\xc3")), b"\xfe")
    with pytest.raises(ValueError, match="canonical"):
        decode_values(("(uint16,string,string[])", "bytes"), raw + bytes(32))
