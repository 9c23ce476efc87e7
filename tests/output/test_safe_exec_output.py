"""The answers of safe hash, sign and exec: status by outcome, pinned keys, whole ends of screens, hostile texts."""

import json
from dataclasses import replace

import pytest

from avsctl.contracts.call import Revert
from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.findings import build_finding
from avsctl.core.units import Address
from avsctl.output.change_outcome import Difference
from avsctl.output.destinations import Format
from avsctl.output.render import Terminal, render
from avsctl.output.result import FailOn, Result, exit_status
from avsctl.output.safe_exec import ExecAnswer, Mined, Outcome, present_exec
from avsctl.output.safe_hash import Form, HashAnswer, present_hash
from avsctl.output.safe_proposal import Hashes, ShownExecution
from avsctl.output.safe_sign import SignAnswer, present_sign
from avsctl.output.safe_signatures import ShownSignatures
from avsctl.output.screen import Line

SAFE = Address("0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb")
OWNERS = (Address("0x84fD386597196662E84358C3A5DeAe3f53e14ffD"), Address("0x39C650FCdF17B88bb296dfdf08Fe43d65515091e"))
HASHES = Hashes(*(bytes([at]) * 32 for at in range(1, 5)))
SENT = "0x" + "ab" * 32
CHECKED = build_finding("state_moved", "task 3", "the chain changed")
VERIFIED = Result("safe verify", {"checks": [{"code": "chain"}]}, (Line("verified"),), findings=(CHECKED,))
HOSTILE = "\x1b[2J\u202eowner"
ANSWER = ExecAnswer(
    "f.json",
    SAFE,
    41,
    HASHES,
    2,
    Outcome.SHOWN,
    signatures=ShownSignatures(OWNERS, 0, ()),
    execution=ShownExecution(is_success=True, revert=None, gas_used=None),
    calldata=b"\1\2",
)
MINED = Mined(SENT, 7, is_success=True, gas_used=21_000, is_executed=True, created_ids=(6,), differences=())
MOVED = replace(MINED, differences=(Difference("stored_total of task 3", "5", "4"),))
TERMINAL = Terminal(100, is_tty=True)


def status_of(result):
    return exit_status(result, FailOn.NEVER)


def draw(result, terminal=Terminal()):  # noqa: B008 - frozen
    return render(result, Format.TABLE, terminal, 0)


def data_of(result):
    return json.loads(render(result, Format.JSON, Terminal(), 0))["data"]


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"outcome": Outcome.REFUSED}, 3, "Refused; nothing was sent."),
        ({"outcome": Outcome.WOULD_REVERT}, 4, "Refused; nothing was sent."),
        ({}, 0, "Nothing was sent; add --send and a signer, or --calldata."),
        ({"outcome": Outcome.CALLDATA}, 0, "anybody may send the calldata, with no value, to:"),
        ({"outcome": Outcome.EXECUTED, "mined": MINED}, 0, "; the state after it is the expected one"),
        ({"outcome": Outcome.EXECUTED, "mined": MINED}, 0, "created task definition 6"),
        ({"outcome": Outcome.EXECUTED, "mined": MOVED}, 0, "stored_total of task 3: expected 5, found 4"),
        ({"outcome": Outcome.EXECUTED, "mined": replace(MOVED, is_grave=True)}, 3, "is not the expected one"),
        ({"outcome": Outcome.EXECUTED, "mined": replace(MINED, differences=None)}, 0, "was not compared"),
        ({"outcome": Outcome.FAILED, "mined": MINED}, 4, "the Safe says ExecutionFailure, its nonce is used up"),
        ({"outcome": Outcome.UNKNOWN, "mined": MINED}, 3, "neither ExecutionSuccess nor ExecutionFailure"),
        ({"outcome": Outcome.REVERTED, "mined": replace(MINED, revert=Revert("Error", ("GS013",)))}, 4, "GS013"),
        ({"outcome": Outcome.INTERRUPTED, "pending": SENT}, 130, "whether it lands is not known"),
        ({"outcome": Outcome.STOPPED, "pending": SENT}, 0, "whether it lands is not known"),
    ],
)
def test_how_an_execution_ends(changes, status, told):
    result = present_exec(replace(ANSWER, **changes), VERIFIED)
    assert (result.command, status_of(result)) == ("safe exec", status)
    shown = draw(result)
    assert told in shown
    assert shown.index("verified") < shown.index("Signed by 2 of the 2 owners needed") < shown.index(told)


def test_the_calldata_is_given_out_only_where_it_is_asked_for():
    for outcome in Outcome:
        payload = present_exec(replace(ANSWER, outcome=outcome), VERIFIED).payload
        assert payload == ("0x0102\n" if outcome is Outcome.CALLDATA else None)


def test_the_keys_of_an_execution():
    data = data_of(present_exec(replace(ANSWER, outcome=Outcome.EXECUTED, mined=MOVED, executor=OWNERS[0]), VERIFIED))
    assert data == {
        "file": {"path": "f.json"},
        "safe": {"address": SAFE, "nonce": 41, "threshold": 2},
        "hashes": {"domain": "0x" + "01" * 32, "message": "0x" + "02" * 32, "safe_tx": "0x" + "03" * 32}
        | {"data": "0x" + "04" * 32},
        "checks": [{"code": "chain"}],
        "signatures": {"signed": list(OWNERS), "missing": 0, "faults": []},
        "executor": OWNERS[0],
        "execution": {"is_success": True, "revert": None, "gas_used": None},
        "calldata": "0x0102",
        "outcome": "executed",
        "sent": {
            "transaction_hash": SENT,
            "block_number": 7,
            "status": "success",
            "gas_used": 21_000,
            "event": "ExecutionSuccess",
            "task_definition_ids": [6],
            "revert": None,
            "is_as_expected": False,
            "differences": [{"field": "stored_total of task 3", "expected": "5", "found": "4"}],
        },
        "pending": None,
    }
    nothing = ExecAnswer("f.json", None, None, None, None, Outcome.REFUSED)
    assert data_of(present_exec(nothing, VERIFIED)).keys() == data.keys()


def test_who_has_seen_the_rest_at_the_terminal_is_told_only_what_is_new():
    result = present_exec(replace(ANSWER, outcome=Outcome.EXECUTED, mined=MINED), VERIFIED, is_preview_shown=True)
    assert draw(result, TERMINAL).split() == draw(result).split()[-len(draw(result, TERMINAL).split()) :]
    assert "verified" not in draw(result, TERMINAL)
    assert "verified" in draw(result)


def test_a_finding_of_both_is_told_once():
    ahead = [build_finding("nonce_ahead", "safe", text) for text in ("of the file", "of the execution")]
    own = replace(ANSWER, outcome=Outcome.REFUSED, findings=(ahead[1],))
    assert present_exec(own, replace(VERIFIED, findings=(ahead[0], CHECKED))).findings == (CHECKED, ahead[1])


def test_faults_hold_nothing_that_a_terminal_obeys():
    answer = replace(
        ANSWER,
        outcome=Outcome.WOULD_REVERT,
        signatures=ShownSignatures((), 2, (HOSTILE,)),
        execution=ShownExecution(is_success=False, revert=Revert("Error", (HOSTILE,)), gas_used=None),
        mined=replace(MINED, differences=(Difference(HOSTILE, HOSTILE, HOSTILE),), revert=Revert("Error", (HOSTILE,))),
    )
    for outcome in (Outcome.WOULD_REVERT, Outcome.REVERTED, Outcome.EXECUTED):
        for terminal in (Terminal(), TERMINAL):
            shown = draw(present_exec(replace(answer, outcome=outcome), VERIFIED), terminal)
            assert "\x1b[2J" not in shown
            assert "\u202e" not in shown


# Signing


def test_what_was_signed_and_what_is_still_missing():
    answer = SignAnswer("my f.json", HASHES, 2, OWNERS[0], "a.sig", (OWNERS[0],), 1)
    result = present_sign(answer, VERIFIED)
    assert (result.command, status_of(result), data_of(result)) == (
        "safe sign",
        0,
        {
            "safe_tx_hash": "0x" + "03" * 32,
            "signer": OWNERS[0],
            "file": "a.sig",
            "signed": [OWNERS[0]],
            "missing": 1,
            "hashes": {"domain": "0x" + "01" * 32, "message": "0x" + "02" * 32, "safe_tx": "0x" + "03" * 32}
            | {"data": "0x" + "04" * 32},
        },
    )
    assert draw(result).endswith(
        f"Signed by {OWNERS[0]}; wrote a.sig.\n"
        f"safeTxHash    0x{'03' * 32}\n"
        "\n"
        "1 more signature of the 2 needed; with these:\n"
        "  avsctl safe exec 'my f.json' --signature a.sig --signature ..\n"
    )


def test_the_last_signature_leads_to_the_execution():
    answer = SignAnswer("f.json", HASHES, 2, OWNERS[0], "a.sig", OWNERS, 0)
    assert draw(present_sign(answer, VERIFIED)).endswith(
        f"  approved on the chain by {OWNERS[1]}\n"
        "\n"
        "Enough have signed; anybody may execute it:\n"
        "  avsctl safe exec f.json --signature a.sig\n"
    )


def test_a_file_that_is_refused_and_one_that_is_not_signed_yet():
    refused = present_sign(SignAnswer("f.json", None, is_refused=True), VERIFIED)
    assert (status_of(refused), data_of(refused)["safe_tx_hash"]) == (3, None)
    assert draw(refused).endswith("Refused; nothing was signed.\n")
    assert draw(present_sign(SignAnswer("f.json", HASHES), VERIFIED)).endswith("Not signed yet.\n")


# Hashing

HASHED = HashAnswer(
    path="f.json",
    sha256="41" * 32,
    calls=2,
    chain_id=8453,
    safe=SAFE,
    version="1.4.1",
    version_from="sidecar",
    nonce_from="chain",
    multi_send=DEPLOYMENTS[3],
    multi_send_from="assumed",
    safe_tx=SafeTx(DEPLOYMENTS[3].address, b"\1", 41, operation=1),
    hashes=HASHES,
    findings=(),
    is_refused=False,
)


def test_hashes_are_shown_as_devices_show_them():
    assert draw(present_hash(HASHED)) == (
        "File f.json: 2 calls of the Safe\n"
        f"  sha256 {'41' * 32}\n"
        "\n"
        f"Safe {SAFE} on Base (8453)\n"
        "  version   1.4.1   as the sidecar claims\n"
        "  nonce     41   as the chain has it\n"
        "  operation 1, a delegatecall to MultiSendCallOnly 1.4.1"
        "   assumed: the canonical one of the version, not looked for on the chain\n"
        f"            {DEPLOYMENTS[3].address}\n"
        "\n"
        "Compare with your device\n"
        f"Domain hash   0x{'01' * 32}\n"
        f"Message hash  0x{'02' * 32}\n"
        f"safeTxHash    0x{'03' * 32}\n"
        f"data hash     0x{'04' * 32}\n"
        "\n"
        "Hashes only: what the calls do was not looked at.\n"
        "  avsctl safe verify f.json\n"
    )


def test_a_refused_hash_gives_nothing_out():
    given = replace(HASHED, form=Form.APPROVE_HASH, payload="0x01\n")
    assert (status_of(present_hash(given)), present_hash(given).payload) == (0, "0x01\n")
    refused = present_hash(replace(given, is_refused=True))
    assert (status_of(refused), refused.payload, data_of(refused)["given_out"]) == (3, None, None)
    assert "Sign nothing of this" in draw(refused)
