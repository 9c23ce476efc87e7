"""The answer of tx decode: whole screens, pinned JSON keys, and texts that would break or deceive."""

import json

import pytest
from eth_abi import encode
from rich.cells import cell_len

from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.decoding import decode_bytes
from avsctl.contracts.error_text import read_error_text
from avsctl.contracts.interfaces import Parameter, name_functions
from avsctl.contracts.multi_send import DEPLOYMENTS, encode_multi_send
from avsctl.contracts.roles import name_role
from avsctl.contracts.safe_tx import SafeTx, encode_exec, prevalidate
from avsctl.contracts.task_data import encode_update
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, SetList, SetMaximum, SetMinimum
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import E18, UINT256_MAX
from avsctl.output.decoding import present_decoding
from avsctl.output.decoding_answer import DecodingAnswer, Selector, Source, Word
from avsctl.output.decoding_words import value_span
from avsctl.output.destinations import Format
from avsctl.output.render import Terminal, render
from avsctl.output.result import FailOn, exit_status

CENTER = "0x04d2D471959b7Adbaf27A2E158D25088ab8C2843"
OWNER = "0x84fD386597196662E84358C3A5DeAe3f53e14ffD"
MULTI_SEND = DEPLOYMENTS[3].address
V2 = AttestationCenter(CENTER, Generation.V2)
TERMINAL, PIPE = Terminal(100, is_tty=True), Terminal()
NODE = [
    *("kind", "size", "selector", "candidates", "error", "fault", "notes", "warnings", "calls", "calls_left_out"),
    *("safe_transaction", "signatures", "task", "role", "events", "file"),
]
MANY = VotingPowerUpdate(tuple(PowerChange(at, at * E18) for at in range(1, 71)), (), 100, 200, ())


def answer(subject, source=Source.ARGUMENT, path=""):
    return present_decoding(DecodingAnswer(source, path, subject))


def draw(subject, terminal=TERMINAL):
    result = answer(subject)
    return render(result, Format.TABLE, terminal, exit_status(result, FailOn.NEVER))


def data_of(subject):
    result = answer(subject)
    return json.loads(render(result, Format.JSON, PIPE, exit_status(result, FailOn.NEVER)))["data"]


def test_a_call():
    assert (
        draw(decode_bytes(V2.write(SetMinimum(3, 500 * E18)).data))
        == """\
A call: setTaskDefinitionMinVotingPower(uint16,uint256)  0x64ada5d0
  of AttestationCenter V1, V2, V3
    taskDefinitionId    3
    minimumVotingPower  500e18
  rewrites the total of the definition, from which its quorums are counted, over all active
    operators at or above the minimum, listed or not: where the definition has a list, the list must
    be set again after it
"""
    )


def test_a_creation_has_its_members_by_name():
    details = TaskDetails('price"\x1b[31m', UINT256_MAX, 1, 2, 3, 4)
    created = V2.write(CreateDefinition(TaskDefinition(9, 5 * E18, (1, 2), 0), details))
    assert (
        draw(decode_bytes(created.data), PIPE)
        == """\
A call: createNewTaskDefinition(string,(uint256,uint256,uint256,uint256,uint256,uint256,uint256[],uint256))\
  0x306fba1c
  of AttestationCenter V2, V3
    name                  "price\\"\\x1b[31m"
    taskDefinitionParams
      blockExpiry                 never (2^256-1)
      baseRewardFeeForAttesters   1
      baseRewardFeeForPerformer   2
      baseRewardFeeForAggregator  3
      disputePeriodBlocks         4
      minimumVotingPower          5e18
      restrictedAttesterIds       [1, 2]
      maximumNumberOfAttesters    0, no limit
  the id is given at execution; name, expiry and dispute period can never be changed
"""
    )


def test_a_name_that_another_generation_has_for_the_same():
    (_, newer) = name_functions("setTaskDefinitionRestrictedOperators")
    screen = draw(decode_bytes(newer.selector + encode(newer.kinds, [3, [4, 5]])))
    assert "  of AttestationCenter V2\n    taskDefinitionId       3\n    restrictedAttesterIds  [4, 5]\n" in screen
    assert "  and of AttestationCenter V1, where restrictedAttesterIds is called restrictedOperatorIndexes\n" in screen


def test_a_safe_transaction_with_a_batch_in_it():
    calls = [V2.write(SetList(3, (4, 5))), V2.write(SetMaximum(3, 2))]
    calldata = encode_exec(SafeTx(MULTI_SEND, encode_multi_send(calls), 0, operation=1), prevalidate(OWNER))
    assert (
        draw(decode_bytes(calldata))
        == f"""\
A transaction of a Safe:
  execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)
  0x6a761202
  of Safe
    to              {MULTI_SEND}
    value           0
    operation       1, a delegatecall
    safeTxGas       0
    baseGas         0
    gasPrice        0
    gasToken        0x{"0" * 40}
    refundReceiver  0x{"0" * 40}
  beware: a delegatecall to where MultiSendCallOnly 1.4.1 should be: only safe verify compares its
    code
  1 signature:
    1  approved on chain, or by being who sends (v 1), of {OWNER}
  calldata holds no nonce: avsctl safe verify FILE finds the hash that is signed, and who has signed
  1  delegatecall to {MULTI_SEND}
     multiSend(bytes)  0x8d80ff0a
       of MultiSend
       1.1  to {CENTER}
          setTaskDefinitionRestrictedAttesters(uint16,uint256[])  0x58e75c82
            of AttestationCenter V2, V3
              taskDefinitionId       3
              restrictedAttesterIds  [4, 5]
            rewrites the total of the definition, from which its quorums are counted, over the list;
              an empty list leaves 0
       1.2  to {CENTER}
          setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)  0x5fdd0ac7
            of AttestationCenter V2, V3
              taskDefinitionId          3
              maximumNumberOfAttesters  2
"""
    )


def test_an_error_with_a_role_by_name_and_what_it_means():
    role = bytes.fromhex("f1688026").ljust(32, b"\0")
    screen = draw(decode_bytes(bytes.fromhex("e2517d3f") + encode(["address", "bytes32"], [OWNER, role])), PIPE)
    assert screen.startswith("An error: AccessControlUnauthorizedAccount(address,bytes32)  0xe2517d3f\n")
    assert f"    neededRole  0x{role.hex()} (AVS_GOVERNANCE_MULTISIG)\n" in screen
    assert "  when a task definition is changed: the account lacks the role that changes definitions\n" in screen
    assert "    Correct --from or AVSCTL_MULTISIG.\n" in screen


def test_an_error_by_its_name():
    assert (
        draw(read_error_text("execution reverted: InsufficientVotingPower()"))
        == """\
Error InsufficientVotingPower()  0xcabeb655
  of OBLS V1, V2, V3
  when a task is submitted: the attesters together miss the quorum
    avsctl task list shows whether it can be reached; avsctl task refresh --stale mends a stale
    total.
"""
    )


def test_a_code_of_safe_and_a_panic():
    assert draw(read_error_text("GS026"), PIPE).startswith(
        "Error GS026\n  of a Safe: a signature is not of an owner, or over another hash"
    )
    screen = draw(read_error_text("Panic(0x11)"), PIPE)
    assert "  Solidity's own: arithmetic underflow or overflow\n" in screen
    assert "  when an update is processed: an update lowers a power by more than there is" in screen


def test_an_error_that_nothing_is_known_of():
    screen = draw(read_error_text("PaymentReedemed()"))
    assert screen.endswith("  of AttestationCenter V1\n  what it means is not known beyond its name\n")


def test_an_update_and_one_in_the_flat_encoding():
    data = encode_update(VotingPowerUpdate((PowerChange(3, 477 * E18),), (PowerChange(5, 3),), 100, 200, ()))
    assert (
        draw(decode_bytes(data))
        == """\
The data of an internal task
  as the data of task 10001:
    1 increase, 1 decrease, toBlockL1 100, toBlockL2 200
    operator 3  +477e18
    operator 5  -3raw
"""
    )
    assert "    it cannot pass: its four values are encoded one by one" in draw(decode_bytes(data[32:]))


def test_a_long_update_is_counted_at_a_terminal_and_whole_in_a_pipe():
    decoded = decode_bytes(encode_update(MANY))
    assert draw(decoded).endswith("    operator 50  +50e18\n    and 20 more (-o json)\n")
    assert "operator 69  +69e18; operator 70  +70e18\n" in draw(decoded, PIPE)


def test_what_is_not_known_is_status_2_with_what_was_expected():
    result = answer(decode_bytes(bytes.fromhex("12345678") + bytes(64)))
    assert exit_status(result, FailOn.NEVER) == 2
    (problem,) = result.errors
    assert problem.code == "unreadable"
    assert "function 0x12345678 that avsctl does not know, 64 bytes of arguments" in problem.message
    assert problem.hint.startswith("give calldata, revert data")


def test_no_data_is_a_transfer_in_a_call_and_may_be_a_revert_alone():
    assert draw(decode_bytes(b"")) == "no data: a plain transfer, or a revert without a reason\n"
    assert draw(decode_bytes(encode_multi_send([Transaction(CENTER, b"", 7)]))).endswith(
        f"  1  to {CENTER}  with a value of 7 wei\n     no data: a plain transfer\n"
    )


def test_a_hash_is_not_repeated_and_says_where_it_goes():
    screen = draw(Word(None, ()))
    assert "avsctl attest simulate --tx HASH\n" in screen
    assert "avsctl safe verify FILE --hash HASH\n" in screen
    assert data_of(Word(None, ()))["kind"] == "hash"


def test_a_selector_of_nothing_but_a_flow():
    flow = bytes.fromhex("976be63e")
    found = Selector(flow, (), (), name_role(flow.ljust(32, b"\0")))
    assert draw(found) == "Role or flow CREATE_NEW_TASK_DEFINITION_FLOW  0x976be63e\n"


@pytest.mark.parametrize(
    "subject",
    [
        decode_bytes(V2.write(SetMaximum(3, 2)).data),
        decode_bytes(b""),
        decode_bytes(b"\1\2\3"),
        read_error_text("GS013"),
        read_error_text("votingPower"),
        read_error_text("InvalidBlockExpiry()"),
        read_error_text("Panic(0x11)"),
        Selector(bytes.fromhex("5fdd0ac7"), name_functions("setTaskDefinitionMaximumNumberOfAttesters"), (), None),
        Word("AVS_GOVERNANCE_MULTISIG", ()),
    ],
)
def test_every_answer_has_the_same_keys(subject):
    assert list(data_of(subject)) == ["source", "path", *NODE]


def test_the_keys_of_a_call_and_of_what_is_in_it():
    data = data_of(decode_bytes(encode_multi_send([V2.write(SetMaximum(3, 2))])))
    (call,) = data["calls"]
    assert list(call) == ["number", "to", "value", "operation", "data", *NODE]
    assert (call["number"], call["to"], call["value"], call["operation"]) == ("1", CENTER, "0", 0)
    (candidate,) = call["candidates"]
    assert candidate == {
        "contract": "AttestationCenter",
        "generations": ["v2", "v3"],
        "since": None,
        "function": "setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)",
        "selector": "0x5fdd0ac7",
        "args": [
            {"name": "_taskDefinitionId", "type": "uint16", "value": "3"},
            {"name": "_maximumNumberOfAttesters", "type": "uint256", "value": "2"},
        ],
    }


def test_tuples_and_arrays_of_them_as_data():
    (function,) = name_functions("increaseBatchOperatorVotingPower")
    data = data_of(decode_bytes(function.selector + encode(function.kinds, [[(3, 5), (4, 6)]])))
    (argument,) = data["candidates"][0]["args"]
    assert argument["value"][1] == [
        {"name": "operatorId", "type": "uint256", "value": "4"},
        {"name": "votingPower", "type": "uint256", "value": "6"},
    ]


def test_an_error_as_data():
    error = data_of(read_error_text("InvalidMaximumNumberOfAttesters"))["error"]
    assert list(error) == ["name", "safe_code", "candidates", "meanings", "inner"]
    assert [each["generations"] for each in error["candidates"]] == [["v2", "v3"]]
    assert error["candidates"][0]["error"] == "InvalidMaximumNumberOfAttesters()"
    assert [each["when"] for each in error["meanings"]] == ["definition", "task"]


def test_a_safe_transaction_as_data():
    safe_tx = SafeTx(CENTER, b"", 0, 7, gas_price=1)
    data = data_of(decode_bytes(encode_exec(safe_tx, prevalidate(OWNER))))
    assert data["safe_transaction"]["value"] == "7"
    assert "nonce" not in data["safe_transaction"]
    assert data["signatures"] == [{"kind": "approved", "v": 1, "owner": OWNER}]
    assert [each["code"] for each in data["warnings"]] == ["gas_refund", "nonce_burns"]


@pytest.mark.parametrize(
    ("name", "kind", "value", "text"),
    [
        ("_votingPower", "uint256", 5 * E18, "5e18"),
        ("_requiredVotingPower", "uint256", 7, "7raw"),
        ("_maxBalance", "uint256", 0, "0"),
        ("blockExpiry", "uint256", UINT256_MAX, "never (2^256-1)"),
        ("_amount", "uint256", UINT256_MAX, "2^256-1"),
        ("_startTimestamp", "uint32", 1795096947, "1795096947 (2026-11-19 14:02:27Z)"),
        ("maximumNumberOfAttesters", "uint256", 0, "0, no limit"),
        ("operation", "uint8", 7, "7, which does not exist"),
        ("_pausableFlow", "bytes4", bytes.fromhex("2aedfbf3"), "0x2aedfbf3 (TASKS_SUBMISSION_FLOW)"),
        ("role", "bytes32", b"\1" * 32, "0x" + "01" * 32),
        ("data", "bytes", b"", "nothing"),
        ("data", "bytes", b"\1\2", "2 bytes  0x0102"),
        ("ids", "uint256[]", (1, 2), "[1, 2]"),
        ("flags", "bool[]", (True, False), "[true, false]"),
        ("_name", "string", 'a"b', '"a\\"b"'),
    ],
)
def test_a_value_by_its_name_and_type(name, kind, value, text):
    assert value_span(Parameter(name, kind), value).text == text


def test_a_terminal_shows_so_many_items_and_no_more():
    span = value_span(Parameter("ids", "uint256[]"), tuple(range(60)))
    assert span.brief.endswith("48, 49 and 10 more]")
    assert span.text.endswith("58, 59]")


def test_nothing_hostile_reaches_a_terminal():
    name = "\x1b]0;x\x07\u202e" + "A" * 5000
    (function,) = [each for each in name_functions("setAvsName") if each.contract == "AvsGovernance"]
    decoded = decode_bytes(function.selector + encode(["string"], [name]))
    for terminal in (TERMINAL, PIPE):
        screen = draw(decoded, terminal)
        assert "\x1b" not in screen
        assert "\u202e" not in screen
    assert max(map(cell_len, draw(decoded).splitlines())) <= 100
