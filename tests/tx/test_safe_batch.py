"""Batch files of the Transaction Builder: the checksum by published vectors, both forms of a call, hostile files."""

import contextlib
import copy
import json
import shutil
import subprocess

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from avsctl.contracts.abi import load_writes
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, RewardRole, SetList, SetMaximum, SetMinimum, SetReward
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.errors import ConfigError
from avsctl.tx.safe_batch import (
    MOST_CHARACTERS,
    BatchHead,
    append_transactions,
    build_batch,
    compute_checksum,
    parse_batch,
)

CENTER = AttestationCenter("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Generation.V3)
SAFE = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
OTHER = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
TRANSFER = Transaction(OTHER, b"", 10**18)
NAMED = CreateDefinition(TaskDefinition(4, 16, (4, 5)), TaskDetails("price-feed", 11, 12, 13, 14, 15))

A = "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6"
UPSTREAM = {
    "version": "1.0",
    "chainId": "4",
    "createdAt": 1646321521061,
    "meta": {
        "name": "test batch file",
        "txBuilderVersion": "1.4.0",
        "checksum": "",
        "createdFromSafeAddress": "0xDF8a1Ce35c9a6ACE153B4e0767942f1E2291a1Aa",
        "createdFromOwnerAddress": A,
    },
    "transactions": [
        {
            "to": A,
            "value": "0",
            "contractMethod": {
                "inputs": [{"internalType": "address", "name": "paramAddress", "type": "address"}],
                "name": "testAddress",
                "payable": False,
            },
            "contractInputsValues": {"paramAddress": A},
        },
        {
            "to": A,
            "value": "0",
            "contractMethod": {
                "inputs": [{"internalType": "bool", "name": "paramBool", "type": "bool"}],
                "name": "testBool",
                "payable": False,
            },
            "contractInputsValues": {"paramAddress": "", "paramBool": "false"},
        },
        {
            "to": A,
            "value": "2000000000000000000",
            "data": "0x42f4579000000000000000000000000049d4450977e2c95362c13d3a31a09311e0ea26a6",
        },
    ],
}
"""The input of the upstream unit test, apps/tx-builder/src/lib/checksum.test.ts."""
UPSTREAM_CHECKSUM = "0x86c81826dbf7e8a37612153294cc85fdf5c81998dd0a44b86d945502a7eace7c"
UPSTREAM_CHECKSUM_WITH_EMPTY_ONE = "0x4ecbfd364aa6759983915644e73f8bd411e85a2dc306f252a387c2728c4db64c"
"""What the same test expected when the empty checksum was still counted."""

BIP_377 = {
    "version": "1.0",
    "chainId": "1",
    "createdAt": 1690392110768,
    "meta": {
        "name": "Transactions Batch",
        "description": "",
        "txBuilderVersion": "1.16.1",
        "createdFromSafeAddress": "0xc38c5f97B34E175FFd35407fc91a937300E33860",
        "createdFromOwnerAddress": "",
        "checksum": "0x15f5da7bfc9fcf0eade3088ae8c2f1d48160acb6cf42fbd28a3f8ecdbda37f2d",
    },
    "transactions": [
        {
            "to": "0x5DbAd78818D4c8958EfF2d5b95b28385A22113Cd",
            "value": "0",
            "data": None,
            "contractMethod": {
                "inputs": [
                    {"internalType": "address", "name": "gauge", "type": "address"},
                    {"internalType": "string", "name": "gaugeType", "type": "string"},
                ],
                "name": "addGauge",
                "payable": False,
            },
            "contractInputsValues": {
                "gauge": "0x5E23599eBE87A5A140f295C2fC6aAedb10955497",
                "gaugeType": "Ethereum",
            },
        }
    ],
}
"""A file of the wild: BalancerMaxis/multisig-ops, BIPs/2023-W30/BIP-377.json."""


def text_of(value):
    """The checksum's text by hand, from the description of the format alone."""
    if isinstance(value, dict):
        keys = sorted(value)
        return "{" + json.dumps(keys, separators=(",", ":")) + "".join(text_of(value[key]) + "," for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(text_of(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def hash_of(document, keep_checksum=False, keep_name=False):
    document = copy.deepcopy(document)
    if not keep_checksum:
        document["meta"].pop("checksum", None)
    if not keep_name:
        document["meta"]["name"] = None
    return "0x" + keccak256(text_of(document).encode()).hex()


def build(*transactions, **changes):
    arguments = {"name": "task update 3", "description": "", "created_at_ms": 1_795_096_947_000} | changes
    return build_batch(8453, SAFE, transactions, **arguments)


def parse(document, center=CENTER):
    return parse_batch(document if isinstance(document, str) else json.dumps(document), center)


# The checksum


def test_the_published_vectors():
    assert hash_of(UPSTREAM) == compute_checksum(UPSTREAM) == UPSTREAM_CHECKSUM
    assert hash_of(UPSTREAM, keep_checksum=True) == UPSTREAM_CHECKSUM_WITH_EMPTY_ONE
    assert hash_of(BIP_377) == compute_checksum(BIP_377) == BIP_377["meta"]["checksum"]
    assert parse(BIP_377).checksum_ok


def test_a_file_of_ours_carries_the_checksum_that_the_vectors_confirm():
    document = json.loads(build(*map(CENTER.write, [SetMinimum(3, 5), NAMED]), name="näme \u202e"))
    assert document["meta"]["checksum"] == hash_of(document)


def test_early_releases_counted_the_name():
    document = copy.deepcopy(BIP_377)
    document["meta"]["checksum"] = hash_of(document, keep_name=True)
    assert parse(document).checksum_ok
    document["meta"]["name"] = "another"
    assert not parse(document).checksum_ok


@pytest.mark.parametrize("checksum", [None, "", "0x", 5, UPSTREAM_CHECKSUM, BIP_377["meta"]["checksum"].upper()])
def test_a_checksum_that_does_not_fit(checksum):
    document = copy.deepcopy(BIP_377)
    document["meta"]["checksum"] = checksum
    assert not parse(document).checksum_ok
    del document["meta"]["checksum"]
    assert not parse(document).checksum_ok


def test_a_change_is_seen_and_a_new_name_is_none():
    for place in ("chainId", "createdAt", "transactions"):
        document = copy.deepcopy(BIP_377)
        document[place] = {"chainId": "2", "createdAt": 1, "transactions": []}[place]
        assert not parse(document).checksum_ok
    document = copy.deepcopy(BIP_377)
    document["meta"]["name"] = "renamed"
    assert parse(document).checksum_ok


ODD = [
    "half a pair \ud800 and \udc00x",
    '\u2028\u2029\x7f\x1f\b\f\n"\\/',
    {"\uff5e": 1, "\U0001f600": 2, "\ue000": 3, "z": [None, True, -1], "": {}},
    [[], {}, ["a"]],
]


def test_odd_text_is_written_as_javascript_does():
    node = shutil.which("node")
    assert node, "node is not on PATH"
    program = """
    const text = (v) => Array.isArray(v) ? `[${v.map(text).join(",")}]`
      : v !== null && typeof v === "object"
        ? `{${JSON.stringify(Object.keys(v).sort())}${Object.keys(v).sort().map((k) => text(v[k]) + ",").join("")}}`
        : JSON.stringify(v);
    for (const v of JSON.parse(process.argv[1])) console.log(text(v));
    """
    documents = [{"meta": {"name": None, "odd": odd}} for odd in ODD]
    done = subprocess.run([node, "-e", program, json.dumps(documents)], capture_output=True, text=True, check=True)
    hashed = ["0x" + keccak256(line.encode()).hex() for line in done.stdout.split("\n")[:-1]]
    assert hashed == [compute_checksum(document) for document in documents]


# Writing


def test_the_whole_file():
    text = build(CENTER.write(SetList(3, (4, 2**256 - 1))), CENTER.write(NAMED), TRANSFER, description="why")
    document = json.loads(text)
    assert text.endswith("}\n")
    assert text.isascii()
    checksum = document["meta"].pop("checksum")
    assert checksum.startswith("0x")
    assert document == {
        "version": "1.0",
        "chainId": "8453",
        "createdAt": 1_795_096_947_000,
        "meta": {
            "name": "task update 3",
            "description": "why",
            "txBuilderVersion": "1.16.1",
            "createdFromSafeAddress": SAFE,
            "createdFromOwnerAddress": "",
        },
        "transactions": [
            {
                "to": CENTER.address,
                "value": "0",
                "data": None,
                "contractMethod": {
                    "inputs": [
                        {"internalType": "uint16", "name": "_taskDefinitionId", "type": "uint16"},
                        {"internalType": "uint256[]", "name": "_restrictedAttesterIds", "type": "uint256[]"},
                    ],
                    "name": "setTaskDefinitionRestrictedAttesters",
                    "payable": False,
                },
                "contractInputsValues": {
                    "_taskDefinitionId": "3",
                    "_restrictedAttesterIds": f'["4","{2**256 - 1}"]',
                },
            },
            {
                "to": CENTER.address,
                "value": "0",
                "data": "0x" + CENTER.write(NAMED).data.hex(),
                "contractMethod": None,
                "contractInputsValues": None,
            },
            {"to": OTHER, "value": str(10**18), "data": "0x", "contractMethod": None, "contractInputsValues": None},
        ],
    }


def test_the_same_arguments_give_the_same_text():
    transactions = [CENTER.write(SetMinimum(3, 5)), TRANSFER]
    assert build(*transactions) == build(*transactions)
    assert build(*transactions) != build(*transactions[::-1])


SETTINGS = [
    SetMinimum(3, 500 * 10**18),
    SetList(3, ()),
    SetList(0, (1, 2, 3)),
    SetMaximum(10_001, 4),
    SetReward(3, RewardRole.AGGREGATOR, 10**19),
    NAMED,
]


@pytest.mark.parametrize("generation", Generation)
def test_what_is_written_is_read_back(generation):
    center = AttestationCenter(CENTER.address, generation)
    possible = {Generation.V1: [*SETTINGS[:2], NAMED], Generation.V2: [*SETTINGS[:4], NAMED], Generation.V3: SETTINGS}
    transactions = (*map(center.write, possible[generation]), TRANSFER, Transaction(center.address, b"\1\2\3\4"))
    text = build(*transactions, name="n", description="d")
    batch = parse_batch(text, center)
    assert batch.transactions == transactions
    assert (batch.chain_id, batch.safe, batch.created_at_ms) == (8453, SAFE, 1_795_096_947_000)
    assert (batch.head, batch.checksum_ok, batch.text) == (BatchHead(1_795_096_947_000, "n", "d"), True, text)
    assert text not in repr(batch)
    forms = [each["contractMethod"] is not None for each in json.loads(text)["transactions"]]
    assert forms == [True] * (len(possible[generation]) - 1) + [False] * 3


def test_every_call_of_the_center_keeps_its_data_through_a_file():
    samples = {"bytes4": b"abcd", "bytes32": b"\2" * 32, "bool": True, "address": OTHER, "uint256[4]": (1, 2, 3, 4)}
    readable = set()
    for function in load_writes("AttestationCenter", Generation.V3).values():
        if any(kind[0] == "(" or kind == "string" for kind in function.inputs):
            continue
        args = tuple(samples.get(kind, (7, 8) if kind.endswith("[]") else 7) for kind in function.inputs)
        transaction = Transaction(CENTER.address, function.encode(*args), 0, function, args)
        text = build(transaction)
        assert parse(text).transactions == (transaction,)
        if json.loads(text)["transactions"][0]["data"] is None:
            readable.add(function.name)
    assert {"setIsOpenAggregator", "transferAvsGovernanceMultisig", "setTaskDefinitionMinVotingPower"} <= readable
    assert not readable & {"pause", "grantRole", "registerToNetwork"}


def test_a_form_that_says_less_than_the_data_is_not_used():
    write = CENTER.write(SetMinimum(3, 5))
    for other in (
        Transaction(write.to, write.data, 1, write.function, write.args),
        Transaction(write.to, write.data + b"\0", 0, write.function, write.args),
        Transaction(write.to, write.data, 0, write.function, (3, 6)),
    ):
        (written,) = json.loads(build(other))["transactions"]
        assert (written["data"], written["contractMethod"]) == ("0x" + other.data.hex(), None)


# Adding


def test_what_is_added_comes_last_and_the_rest_stays():
    document = copy.deepcopy(BIP_377)
    document["custom"] = {"of": "another tool"}
    document["meta"]["checksum"] = hash_of(document)
    batch = parse(document)
    text = append_transactions(batch, [CENTER.write(SetMinimum(3, 5))], 1_795_096_947_000)
    longer = json.loads(text)
    assert longer["transactions"][:1] == document["transactions"]
    assert longer["custom"] == document["custom"]
    assert longer["meta"]["checksum"] == hash_of(longer)
    assert parse(text).transactions == (*batch.transactions, CENTER.write(SetMinimum(3, 5)))
    assert parse(text).created_at_ms == 1_795_096_947_000
    assert parse(text).checksum_ok


def test_one_by_one_or_at_once_gives_the_same_file():
    first, second = CENTER.write(SetMinimum(3, 5)), CENTER.write(SetMaximum(3, 4))
    assert append_transactions(parse(build(first)), [second], 1_795_096_947_000) == build(first, second)


def test_nothing_is_added_to_a_file_that_was_changed():
    document = json.loads(build(TRANSFER))
    document["transactions"][0]["to"] = SAFE
    with pytest.raises(ConfigError, match="the checksum of the batch file does not fit its content") as caught:
        append_transactions(parse(document), [TRANSFER], 1)
    assert caught.value.problems[0].code == "batch_checksum"


# Files of others


def test_a_file_of_the_wild_is_encoded_from_its_readable_form():
    gauge, kind = BIP_377["transactions"][0]["contractInputsValues"].values()
    (transaction,) = parse(BIP_377).transactions
    selector = keccak256(b"addGauge(address,string)")[:4]
    assert transaction.data == selector + encode(["address", "string"], [gauge, kind])
    assert transaction.function is None


def test_the_upstream_file_is_read_in_all_its_forms():
    first, second, third = parse(UPSTREAM, None).transactions
    assert first.data == keccak256(b"testAddress(address)")[:4] + bytes(12) + bytes.fromhex(A[2:])
    assert second.data == keccak256(b"testBool(bool)")[:4] + bytes(32)
    assert (third.data[:4].hex(), third.value) == ("42f45790", 2 * 10**18)
    assert parse(UPSTREAM | {"meta": {"name": "x"}}, None).safe is None


def with_transaction(**changes):
    document = copy.deepcopy(BIP_377)
    (transaction,) = document["transactions"]
    transaction.update(changes)
    return document


def method(*kinds, name="f", **values):
    """A transaction in the readable form; the arguments are a, b, .."""
    inputs = [
        {"name": letter, **(kind if isinstance(kind, dict) else {"type": kind})}
        for letter, kind in zip("abc", kinds, strict=False)
    ]
    return with_transaction(contractMethod={"inputs": inputs, "name": name}, contractInputsValues=values)


TUPLE = {"type": "tuple[]", "components": [{"type": "uint256"}, {"type": "tuple", "components": [{"type": "bool"}]}]}


@pytest.mark.parametrize(
    ("document", "signature", "kinds", "values"),
    [
        (method("uint", a="7"), "f(uint256)", ["uint256"], [7]),
        (method("int8", a="-128"), "f(int8)", ["int8"], [-128]),
        (method("bytes", a="0x"), "f(bytes)", ["bytes"], [b""]),
        (method("bytes4", a="0xAbCdEf00"), "f(bytes4)", ["bytes4"], [b"\xab\xcd\xef\0"]),
        (method("uint8[]", a='[1,"2"]'), "f(uint8[])", ["uint8[]"], [[1, 2]]),
        (method("bool[2]", a='[true,"false"]'), "f(bool[2])", ["bool[2]"], [[True, False]]),
        (method("string[][]", a='[["a","b,c"],[]]'), "f(string[][])", ["string[][]"], [[["a", "b,c"], []]]),
        (
            method("address[]", "string", a=f'["{A}"]', b=" x "),
            "f(address[],string)",
            ["address[]", "string"],
            [[A], " x "],
        ),
        (method(TUPLE, a='[["5",[true]]]'), "f((uint256,(bool))[])", ["(uint256,(bool))[]"], [[(5, (True,))]]),
        (
            with_transaction(
                contractMethod={"inputs": [{"name": "", "type": "bool"}], "name": "f"},
                contractInputsValues={"0": "true"},
            ),
            "f(bool)",
            ["bool"],
            [True],
        ),
        (method(name="$_1"), "$_1()", [], []),
    ],
)
def test_arguments_of_every_kind(document, signature, kinds, values):
    (transaction,) = parse(document, None).transactions
    data = keccak256(signature.encode())[:4] + encode(kinds, values)
    assert transaction.data == data
    document["transactions"][0]["data"] = "0x" + data.hex()
    assert parse(document, None).transactions == (transaction,)
    document["transactions"][0]["data"] = "0x" + data.hex() + "00"
    with pytest.raises(ConfigError, match="data and contractMethod of transaction 1 say two things") as caught:
        parse(document, None)
    assert caught.value.problems[0].code == "batch_mismatch"


def test_a_method_without_its_values_is_held_to_the_selector_of_the_data():
    document = method("uint256")
    document["transactions"][0]["contractInputsValues"] = None
    document["transactions"][0]["data"] = "0x" + (keccak256(b"f(uint256)")[:4] + bytes(32)).hex()
    assert parse(document, None).transactions[0].data[4:] == bytes(32)
    document["transactions"][0]["data"] = "0xabcdef01"
    with pytest.raises(ConfigError, match="say two things"):
        parse(document, None)


def test_no_data_in_any_spelling():
    for nothing in (None, "", "0x"):
        document = with_transaction(data=nothing, contractMethod=None, contractInputsValues=None)
        assert parse(document, None).transactions[0].data == b""
    with pytest.raises(ConfigError, match="say two things"):
        parse(with_transaction(data="0x"), None)


SECRET = "5ec2e7" * 11
REFUSED = [
    (BIP_377 | {"version": "2.0"}, "'version' of the whole is not 1.0"),
    (BIP_377 | {"version": 1.0}, "'version' of the whole is no text"),
    (BIP_377 | {"chainId": 1}, "'chainId' of the whole is no text in quotes"),
    (BIP_377 | {"chainId": "0x1"}, "'chainId' of the whole is no decimal number in quotes"),
    (BIP_377 | {"chainId": str(2**64)}, "'chainId' of the whole is no decimal number in quotes, or too large"),
    (BIP_377 | {"createdAt": "1"}, "'createdAt' of the whole is no number of milliseconds"),
    (BIP_377 | {"createdAt": True}, "'createdAt' of the whole"),
    (BIP_377 | {"createdAt": 1.5}, "'createdAt' of the whole"),
    (BIP_377 | {"createdAt": -1}, "'createdAt' of the whole"),
    (BIP_377 | {"meta": None}, "meta is no JSON object"),
    (BIP_377 | {"meta": {"name": 5}}, "'name' of meta is no text in quotes"),
    (BIP_377 | {"meta": {"createdFromSafeAddress": SECRET}}, "'createdFromSafeAddress' of meta is no address"),
    (BIP_377 | {"transactions": {}}, "'transactions' of the whole is no list"),
    (BIP_377 | {"transactions": None}, "'transactions' of the whole is no list"),
    (BIP_377 | {"transactions": [UPSTREAM["transactions"][2], 5]}, "transaction 2 is no JSON object"),
    (with_transaction(to=None), "'to' of transaction 1 is missing"),
    (with_transaction(to=A.lower().replace("a", "A", 1)), "'to' of transaction 1 is no address"),
    (with_transaction(value=0), "'value' of transaction 1 is no text in quotes"),
    (with_transaction(value=None), "'value' of transaction 1 is missing"),
    (with_transaction(value="1.5"), "'value' of transaction 1 is no decimal number"),
    (with_transaction(value="-1"), "'value' of transaction 1 is no decimal number"),
    (with_transaction(value="٣"), "'value' of transaction 1 is no decimal number"),
    (with_transaction(value=str(2**256)), "'value' of transaction 1 is no decimal number in quotes, or too large"),
    (with_transaction(value="9" * 5000), "'value' of transaction 1 is no decimal number"),
    (with_transaction(data="0x1"), "'data' of transaction 1 is no hex data"),
    (with_transaction(data=SECRET), "'data' of transaction 1 is no hex data"),
    (with_transaction(data=5), "'data' of transaction 1 is no text"),
    *((with_transaction(operation=each), "'operation' of transaction 1 is not of this") for each in (0, 1, "1", None)),
    (with_transaction(contractMethod=SECRET), "contractMethod of transaction 1 is no JSON object"),
    (with_transaction(contractInputsValues=[]), "contractInputsValues of transaction 1 is no JSON object"),
    (with_transaction(contractMethod={}), "its inputs are no list"),
    (with_transaction(contractMethod={"inputs": []}), "its name is not one of a function"),
    (with_transaction(contractMethod={"inputs": [SECRET], "name": "f"}), "no type that is known"),
    (method(name="receive"), "its name is not one of a function"),
    (method(name="fallback"), "its name is not one of a function"),
    (method(name="f(uint256)"), "its name is not one of a function"),
    (method(name="f" * 300), "its name is not one of a function"),
    (method("uint7", a="1"), "no type that is known"),
    (method("uint0256", a="1"), "no type that is known"),
    (method("bytes33", a="0x"), "no type that is known"),
    (method("function", a="0x"), "no type that is known"),
    (method("uint256[0]", a="[]"), "no type that is known"),
    (method("uint256" + "[]" * 9, a="[]"), "no type that is known"),
    (method("(uint256)", a="[1]"), "no type that is known"),
    (method({"type": "tuple", "components": []}, a="[]"), "no type that is known"),
    (method({"type": "uint256", "name": 5}, a="1"), "no type that is known"),
    (method("uint256"), "argument 1 is missing"),
    (method("uint256", a=5), "argument 1 is missing, or is no text in quotes"),
    (method("bool", "uint256", a="true", b="0xff"), "argument 2 is not of its type"),
    (method("uint256", a="ff"), "argument 1 is not of its type"),
    (method("uint256", a=" 1"), "argument 1 is not of its type"),
    (method("uint256", a='"1"'), "argument 1 is not of its type"),
    (method("uint256", a="1e18"), "argument 1 is not of its type"),
    (method("uint8", a="256"), "an argument does not fit its type"),
    (method("uint256", a="-1"), "an argument does not fit its type"),
    (method("bool", a="1"), "argument 1 is not of its type"),
    (method("bool", a="True"), "argument 1 is not of its type"),
    (method("address", a=SECRET), "argument 1 is not of its type"),
    (method("bytes4", a="0xabcdef"), "argument 1 is not of its type"),
    (method("bytes", a="0xabc"), "argument 1 is not of its type"),
    (method("string", a="\ud800"), "an argument does not fit its type"),
    (method("uint256[]", a="[1,2"), "argument 1 is not of its type"),
    (method("uint256[]", a="1,2"), "argument 1 is not of its type"),
    (method("uint256[]", a='["1,2"]'), "argument 1 is not of its type"),
    (method("uint256[]", a=f"[{2**53}]"), "argument 1 is not of its type"),
    (method("uint256[]", a="[1.5]"), "argument 1 is not of its type"),
    (method("uint256[]", a="[true]"), "argument 1 is not of its type"),
    (method("uint256[2]", a="[1]"), "argument 1 is not of its type"),
    (method("string[]", a="[1]"), "argument 1 is not of its type"),
    (method("uint256[]", a="[" * 150 + "]" * 150), "argument 1 is not of its type"),
    (method(TUPLE, a='[{"0":"5"}]'), "argument 1 is not of its type"),
    (method(TUPLE, a='[["5"]]'), "argument 1 is not of its type"),
]


@pytest.mark.parametrize(("document", "message"), REFUSED)
def test_a_file_of_another_shape_is_refused_by_the_name_of_the_field(document, message):
    with pytest.raises(ConfigError) as caught:
        parse(document)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.message.startswith("in the batch file, ")
    assert (problem.code, caught.value.status) == ("malformed_batch", 2)
    assert SECRET not in problem.message
    assert len(problem.message) < 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON document"),
        ("{", "is no JSON document"),
        ('{"version":"2","version":"1.0"}', "names a member twice"),
        ("[" * 100_000, "is no JSON document"),
        ("9" * 10_000, "is no JSON document"),
        ("null", "the whole is no JSON object"),
        ("[]", "the whole is no JSON object"),
        ('"' + "x" * MOST_CHARACTERS + '"', "has more than 1048576 characters"),
    ],
)
def test_what_is_no_batch_at_all(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_batch(text, CENTER)


def test_tuples_nested_deeper_than_anyone_has_are_refused():
    inner = {"type": "bool", "name": ""}
    for _ in range(50):
        inner = {"type": "tuple", "name": "", "components": [inner]}
    with pytest.raises(ConfigError, match="no type that is known"):
        parse(method(inner, a="[]"))


def places(value, path=()):
    """Every place of a document."""
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([A, "0x", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_a_crash(data):
    whole = {"file": json.loads(build(*map(CENTER.write, SETTINGS), TRANSFER))}
    *path, last = data.draw(st.sampled_from([path for path in places(whole) if path]))
    place = whole
    for key in path:
        place = place[key]
    place[last] = data.draw(json_values)
    with contextlib.suppress(ConfigError):
        batch = parse(whole["file"])
        if batch.checksum_ok:
            assert parse(append_transactions(batch, [TRANSFER], 1)).checksum_ok
