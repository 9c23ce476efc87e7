"""Revert data in words, and nothing read into what fits no known error."""

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.abi import GENERATIONS_BY_CONTRACT, load_errors
from avsctl.contracts.address import to_checksum
from avsctl.contracts.call import PANICS, Revert
from avsctl.contracts.reverts import decode_revert

ACCOUNT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
ERROR, PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")
NOT_REGISTERED = bytes.fromhex("bd620133")
ROLE = "f1688026" + "00" * 28
KNOWN = sorted(
    {
        error
        for contract, generations in GENERATIONS_BY_CONTRACT.items()
        for generation in generations
        for error in load_errors(contract, generation)
    },
    key=str,
)


def word(value):
    return value.to_bytes(32)


def reason(text):
    return ERROR + encode(["string"], [text])


@pytest.mark.parametrize(
    ("data", "name", "args", "text"),
    [
        ("3d738b2e", "NotActiveOperator", (), "NotActiveOperator()"),
        ("25ec6c1f", "OperatorNotRegistered", (), "OperatorNotRegistered()"),
        (
            "bd620133" + "00" * 12 + ACCOUNT[2:],
            "OperatorNotRegistered",
            (ACCOUNT,),
            f"OperatorNotRegistered('{ACCOUNT}')",
        ),
        ("42643c32" + f"{10_003:064x}", "TaskDefinitionNotFound", (10_003,), "TaskDefinitionNotFound(10003)"),
        (
            "e2517d3f" + "00" * 12 + ACCOUNT[2:] + ROLE,
            "AccessControlUnauthorizedAccount",
            (ACCOUNT, bytes.fromhex(ROLE)),
            f"AccessControlUnauthorizedAccount('{ACCOUNT}', 0x{ROLE})",
        ),
        (
            "7d58f819" + encode(["bytes"], [b"\xde\xad"]).hex(),
            "InternalTransactionRevert",
            (b"\xde\xad",),
            "InternalTransactionRevert(0xdead)",
        ),
        (
            "0776b418" + f"{9:064x}{8:064x}",
            "InvalidToBlockL2VsCurrentHeight",
            (9, 8),
            "InvalidToBlockL2VsCurrentHeight(9, 8)",
        ),
    ],
)
def test_known_errors_by_name(data, name, args, text):
    raw = bytes.fromhex(data)
    revert = decode_revert(raw, "execution reverted")
    assert revert == Revert(name, args, raw)
    assert revert.text == text


@pytest.mark.parametrize("code", [0, *PANICS, 0x99, 2**256 - 1])
def test_panics(code):
    revert = decode_revert(PANIC + word(code))
    assert (revert.name, revert.args) == ("Panic", (code,))
    assert revert.text == f"Panic(0x{code:02x}): {PANICS.get(code, 'unknown panic')}"


def test_the_panics_that_matter_here():
    assert decode_revert(PANIC + word(0x11)).text == "Panic(0x11): arithmetic underflow or overflow"
    assert decode_revert(PANIC + word(0x32)).text == "Panic(0x32): array index out of bounds"


@given(st.text())
def test_a_reason_is_kept_as_it_came_and_quoted_in_one_line(text):
    revert = decode_revert(reason(text))
    assert (revert.name, revert.args) == ("Error", (text,))
    assert revert.text.isprintable()
    assert revert.text == f"Error({text!r})"


@pytest.mark.parametrize(
    "text", ["\x1b[2J\x1b]0;owned\x07", "a\nb\rc", "\u202eevil", "'); rm -rf", "\x9b31m", "\ud7ff\u2028"]
)
def test_hostile_reasons_do_not_reach_out(text):
    shown = decode_revert(reason(text)).text
    assert shown.isprintable()
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    "data",
    [
        "",
        "3d",
        "3d738b",
        "3d738b2e00",
        "3d738b2e" + "00" * 32,
        "deadbeef",
        "deadbeef" + "00" * 32,
        "bd620133",
        "bd620133" + "00" * 31,
        "bd620133" + "00" * 33,
        "bd620133" + "00" * 64,
        "bd620133" + "01" * 32,
        "42643c32" + f"{65_536:064x}",
        "4e487b71",
        "4e487b71" + "00" * 31,
        "4e487b71" + "00" * 64,
        "08c379a0",
        "08c379a0" + f"{32:064x}",
        "08c379a0" + f"{32:064x}{2**255:064x}",
        "08c379a0" + f"{2**255:064x}{1:064x}",
        "08c379a0" + f"{64:064x}{1:064x}" + "61" + "00" * 31,
        "08c379a0" + f"{32:064x}{1:064x}" + "61",
        "08c379a0" + f"{32:064x}{1:064x}" + "61" * 32,
        "00" * 4,
        "ff" * 100,
    ],
)
def test_what_fits_no_error_stays_as_it_is(data):
    raw = bytes.fromhex(data)
    assert decode_revert(raw, "halted") == Revert("", (), raw, "halted")
    expected = f"unknown revert data 0x{data}" if data else "halted"
    assert decode_revert(raw, "halted").text == expected


def test_no_data_and_no_word_from_the_node():
    assert decode_revert(b"").text == "reverted without data"
    assert decode_revert(b"", "out of gas").text == "out of gas"


@given(st.sampled_from(KNOWN), st.data())
def test_every_known_error_is_told_and_only_by_its_own_encoding(error, data):
    kinds = {
        "address": st.binary(min_size=20, max_size=20).map(to_checksum),
        "bytes32": st.binary(min_size=32, max_size=32),
        "bytes": st.binary(max_size=40),
        "string": st.text(max_size=20),
        "bool": st.booleans(),
        "uint8": st.integers(0, 2**8 - 1),
        "uint16": st.integers(0, 2**16 - 1),
    }
    args = [data.draw(kinds.get(kind, st.integers(0, 2**32 - 1))) for kind in error.inputs]
    whole = error.selector + encode(error.inputs, args)
    found = decode_revert(whole)
    assert found.name == error.name
    assert encode(error.inputs, found.args) == whole[4:]
    if not {"bytes", "string"} & set(error.inputs):
        assert found.args == tuple(args)
    for other in (whole[: data.draw(st.integers(0, len(whole) - 1))], whole + b"\0", whole + bytes(32)):
        assert decode_revert(other) == Revert("", (), other)


@given(
    st.binary(max_size=200) | st.sampled_from(KNOWN).flatmap(lambda e: st.binary(max_size=200).map(e.selector.__add__))
)
def test_garbage_is_named_or_kept(data):
    revert = decode_revert(data)
    assert revert.data == data
    assert revert.text
    assert revert.name or revert == Revert("", (), data)
