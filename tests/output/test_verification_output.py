"""The answer of ``safe verify``: a whole screen at a terminal, pinned keys, and what would deceive made harmless."""

import json
from dataclasses import replace

import pytest
from rich.cells import cell_len

from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.call import Revert
from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.safe_releases import FALLBACK_HANDLERS, SINGLETONS
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.changes import (
    DefinitionState,
    L2State,
    Refusal,
    SetList,
    SetMaximum,
    SetMinimum,
    Step,
    Why,
    apply_setting,
)
from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import build_finding
from avsctl.core.foresight import foresee
from avsctl.core.multisig import SafePart, SafeSetup, SafeState, Sender
from avsctl.core.operators import L2Operator
from avsctl.core.tasks import TaskDefinition, TaskDetails, recompute_total
from avsctl.core.units import E18, UINT256_MAX, Address
from avsctl.core.verification import Check, CheckResult, Mismatch, skip
from avsctl.output.change_calls import PlannedCall
from avsctl.output.destinations import Format
from avsctl.output.render import Terminal, render
from avsctl.output.result import FailOn, exit_status
from avsctl.output.safe_proposal import Hashes, ShownExecution, ShownProposal
from avsctl.output.safe_signatures import ShownSignatures
from avsctl.output.verification import VerifyAnswer, present_unreadable, present_verification

CENTER = AttestationCenter(Address("0x04d2D471959b7Adbaf27A2E158D25088ab8C2843"), Generation.V2)
SAFE = Address("0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb")
OWNERS = (
    Address("0x84fD386597196662E84358C3A5DeAe3f53e14ffD"),
    Address("0x39C650FCdF17B88bb296dfdf08Fe43d65515091e"),
    Address("0xCf0ce4c1635Be174152B2300299218573edc45Cc"),
)
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
OPERATORS = tuple(L2Operator(at, Address(f"0x{at:040x}"), power * E18, True) for at, power in enumerate(POWERS, 1))
STEPS = (
    Step(SetMinimum(3, 500 * E18)),
    Step(SetList(3, (4, 5, 6, 7, 8, 9)), Why.RECOMPUTE_TOTAL),
    Step(SetMaximum(3, 4)),
)
L2 = BlockRef(8453, 38277301, "0x5c1e" + "0" * 60, 1795178709)
MADE = BlockRef(8453, 38236420, "0x" + "5c" * 32, 1795096947)
NOW = 1795178717
SINGLETON, HANDLER = (
    next(each.addresses[0] for each in releases if each.version == "1.4.1")
    for releases in (SINGLETONS, FALLBACK_HANDLERS)
)
SETUP = SafeSetup(
    "1.4.1",
    SafePart(SINGLETON, "1.4.1", True),
    SafePart(HANDLER, "1.4.1", True),
    None,
    None,
    (),
    has_all_modules=True,
)
MULTI_SEND = next(each for each in DEPLOYMENTS if each.version == "1.4.1")
INTENT = f"avsctl task update 3 --min-power 500e18 --max-attesters 4 --nonce 41 --expect 0x{'91' * 32}"
TERMINAL, PIPE = Terminal(100, is_tty=True), Terminal()
KEYS = [
    *("file", "safe", "transaction", "hashes", "intent", "calls", "states", "task_definitions", "checks"),
    *("signatures", "accepted", "verified"),
]


def foresight(name="price-feed"):
    definition = TaskDefinition(3, 0, (4, 5, 6, 7, 8, 9), 0)
    stored = recompute_total(definition, OPERATORS)
    present = DefinitionState(definition, TaskDetails(name, UINT256_MAX, 0, 0, 0, 0), stored)
    states = [L2State(Generation.V2, 38277302, OPERATORS, sum(POWERS) * E18, (present,))]
    for step in STEPS:
        after = apply_setting(states[-1], step.setting)
        assert not isinstance(after, Refusal)
        states.append(after)
    return foresee(3, tuple(states), None)


def answer(**changes):
    made = VerifyAnswer(
        deployment=Deployment(Generation.V2, None, 8453, None, CENTER.address, SAFE, None),
        l1=None,
        l2=L2,
        path="task3.json",
        sha256="41d0" * 16,
        has_sidecar=True,
        made_at=MADE,
        safe=Sender(SAFE, True, SafeState("1.4.1", 2, OWNERS, 41)),
        setup=SETUP,
        claimed_nonce=41,
        proposal=ShownProposal(
            SafeTx(MULTI_SEND.address, b"\1\2", 41, operation=1),
            Hashes(*(bytes([each]) * 32 for each in (0x7B, 0xBF, 0x91, 0x27))),
            MULTI_SEND,
            ShownExecution(True, None, 214_870),
        ),
        calls=tuple(PlannedCall(step, CENTER.write(step.setting)) for step in STEPS),
        reverts=(),
        foresights=(foresight(),),
        checks=(
            Check("checksum", "checksum of the batch file", CheckResult.OK),
            Check("simulation", "calls simulated one by one, then as execTransaction", CheckResult.OK, "gas 214870"),
            Check(
                "expected_state",
                "state after against the sidecar",
                CheckResult.MOVED,
                "the chain changed since",
                (Mismatch("expected[0].stored_total", str(3640 * E18), str(2320 * E18)),),
            ),
            skip("blocks", "blocks of the sidecar are on these chains", "L1 not read"),
        ),
        intents=(INTENT,),
        signatures=None,
        findings=(build_finding("state_moved", "task 3", "the chain changed since the file was made"),),
        accepted=(),
        is_verified=True,
    )
    return replace(made, **changes)


def show(made, terminal=TERMINAL):
    return render(present_verification(made, NOW), Format.TABLE, terminal, 0)


def data_of(made):
    return json.loads(render(present_verification(made, NOW), Format.JSON, PIPE, 0))["data"]


SCREEN = """\
V2 on Base (8453)   2026-11-20
L2 Base (8453)  block 38277301  0x5c1e0000..  2026-11-20 12:45:09Z  8 s old

File task3.json
  sha256 41d041d041d041d041d041d041d041d041d041d041d041d041d041d041d041d0
  sidecar found: its figures are claims, of L2 block 38236420

Safe 0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb  1.4.1, 2 of 3, no modules, no guard
  owners  0x84fD386597196662E84358C3A5DeAe3f53e14ffD
          0x39C650FCdF17B88bb296dfdf08Fe43d65515091e
          0xCf0ce4c1635Be174152B2300299218573edc45Cc
  nonce   41 (41 in the sidecar), 41 on chain: next to be executed
  operation 1: delegatecall to MultiSendCallOnly 1.4.1, code hash verified
    0x9641d764fc13c8B624c04430C7356C1C7C8102e2

What it does: task 3 "price-feed", 3 calls
  1  setTaskDefinitionMinVotingPower(3, 500e18)
  2  setTaskDefinitionRestrictedAttesters(3, [4, 5, 6, 7, 8, 9])
"""

END = f"""\
Checked
  ok        checksum of the batch file
  ok        calls simulated one by one, then as execTransaction: gas 214870
  MOVED     state after against the sidecar: the chain changed since
            expected[0].stored_total
              expected  3640000000000000000000
              found     2320000000000000000000
  skipped   blocks of the sidecar are on these chains: L1 not read

Compare with your device
Domain hash   0x{"7B" * 32}
Message hash  0x{"BF" * 32}
safeTxHash    0x{"91" * 32}
data hash     0x{"27" * 32}

Trust no file: derive the same hash from the intent
  avsctl task update 3 --min-power 500e18 --max-attesters 4 \\
    --nonce 41 \\
    --expect 0x{"91" * 32}

Verified: the file is what it claims to be, and does what is shown above.

warning  state_moved"""


@pytest.mark.parametrize("terminal", [TERMINAL, PIPE], ids=["terminal", "pipe"])
def test_a_verified_file(terminal):
    shown = show(answer(), terminal)
    assert shown.startswith(SCREEN)
    assert END in shown
    assert "operator 4 (400e18) is below the new minimum and can no longer attest." in shown


def test_no_line_is_wider_than_the_terminal():
    lines = show(answer(checks=every_check())).splitlines()
    assert max(map(cell_len, lines)) <= 100


def every_check():
    wide = Mismatch("transactions[0].contractInputsValues._minimumVotingPower", "0x" + "ab" * 300, "0x" + "cd" * 300)
    return (
        Check(
            "delegatecall",
            "delegatecall only to a MultiSendCallOnly known by its code",
            CheckResult.MISMATCH,
            "1.4.1",
            (wide,),
        ),
        skip(
            "sidecar", "checksum of the sidecar", "there is no a/very/long/path/to/a/file/of/somebody.json.avsctl.json"
        ),
    )


def test_a_pipe_has_values_uncut():
    assert "0x" + "ab" * 300 in show(answer(checks=every_check()), PIPE)
    assert "0x" + "ab" * 300 not in show(answer(checks=every_check()))


def test_a_file_that_is_not_verified_says_so_last_and_ends_in_3():
    finding = build_finding("not_verified", "gas_refund", "gas price is 1, not 0")
    wrong = Check("gas_refund", "gas price", CheckResult.MISMATCH, "", (Mismatch("safe_tx.gas_price", "0", "1"),))
    result = present_verification(answer(is_verified=False, checks=(wrong,), findings=(finding,)), NOW)
    assert exit_status(result, FailOn.NEVER) == 3
    assert "NOT VERIFIED: do not sign.\n\ncritical not_verified" in render(result, Format.TABLE, PIPE, 3)
    assert exit_status(present_verification(answer(), NOW), FailOn.NEVER) == 0


USED_UP = Check("nonce", "nonce is not used up", CheckResult.MISMATCH, "", (Mismatch("safe_tx.nonce", "42", "41"),))
AFTER_IT = Check("expected_state", "state after", CheckResult.MISMATCH, "", (Mismatch("expected[0].x", "1", "2"),))
REFUND = Check("gas_refund", "gas price", CheckResult.MISMATCH, "", (Mismatch("safe_tx.gas_price", "0", "1"),))
DONE = replace(foresight(), after=foresight().before)
NO_MORE = "EXECUTED, or another with its nonce was"


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"checks": (USED_UP,)}, f"{NO_MORE}: there is nothing to sign."),
        ({"checks": (USED_UP, AFTER_IT)}, f"{NO_MORE}: there is nothing to sign."),
        (
            {"checks": (USED_UP,), "foresights": (DONE,)},
            f"{NO_MORE}, and the state is as these calls leave it: there is nothing to sign.",
        ),
        ({"checks": (USED_UP, REFUND)}, "NOT VERIFIED: do not sign."),
        ({"checks": (AFTER_IT,)}, "NOT VERIFIED: do not sign."),
        ({"checks": ()}, "NOT VERIFIED: the file is what it claims to be; what it does is refused, see below."),
    ],
)
def test_the_last_line_says_why_there_is_nothing_to_sign(changes, end):
    shown = show(answer(is_verified=False, **changes), PIPE)
    assert f"\n\n{end}\n\n" in shown
    assert ("Trust no file" in shown) == (NO_MORE not in end)


def test_the_data_is_that_of_the_design():
    data = data_of(answer())
    assert list(data) == KEYS
    assert data["file"] == {"path": "task3.json", "sha256": "41d0" * 16, "sidecar": "claims"}
    assert data["safe"] == {
        "address": SAFE,
        "version": "1.4.1",
        "threshold": 2,
        "nonce": 41,
        "chain_nonce": 41,
        "owners": list(OWNERS),
        "modules": [],
        "guard": None,
    }
    bytes_by_name = {"domain": "7b", "message": "bf", "safe_tx": "91", "data": "27"}
    assert data["hashes"] == {name: f"0x{byte * 32}" for name, byte in bytes_by_name.items()}
    assert data["intent"] == INTENT
    assert [each["why"] for each in data["calls"]] == [None, "recompute_total", None]
    assert (data["states"]["before"]["verdict"], data["states"]["after_10001"]) == ("live", None)
    assert data["task_definitions"] == []
    assert data["checks"][2] == {
        "code": "expected_state",
        "result": "moved",
        "detail": "the chain changed since",
        "mismatches": [
            {"field": "expected[0].stored_total", "expected": str(3640 * E18), "found": str(2320 * E18)},
        ],
    }
    assert (data["signatures"], data["accepted"], data["verified"]) == (None, [], True)


def test_several_definitions_are_listed():
    other = replace(foresight(), task_definition_id=4)
    data = data_of(answer(foresights=(foresight(), other)))
    assert data["states"] is None
    assert [each["task_definition_id"] for each in data["task_definitions"]] == [3, 4]
    assert "What it does: 2 task definitions, 3 calls" in show(answer(foresights=(foresight(), other)))


def test_signatures_and_what_was_accepted():
    signed = ShownSignatures(OWNERS[:1], 1, ("0x… has signed more than once",))
    data = data_of(answer(signatures=signed, accepted=("dead_after_sync",)))
    assert data["signatures"] == {
        "signed": [OWNERS[0]],
        "missing": 1,
        "faults": ["0x… has signed more than once"],
    }
    lines = f"Signed by 1 of the 2 owners needed\n  ok    {OWNERS[0]}\n  1 signature missing\n"
    assert lines in show(answer(signatures=signed))
    assert "Accepted when the file was made: dead_after_sync" in show(answer(accepted=("dead_after_sync",)))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"claimed_nonce": None}, "  nonce   41, 41 on chain: next to be executed\n"),
        (
            {"safe": Sender(SAFE, True, SafeState("1.4.1", 2, OWNERS, 40))},
            "41 (41 in the sidecar), 40 on chain: 1 after",
        ),
        ({"safe": Sender(SAFE, True, SafeState("1.4.1", 2, OWNERS, 42))}, "42 on chain: used up"),
        ({"safe": Sender(SAFE, True, None), "setup": None}, f"Safe {SAFE}: a contract that is no Safe"),
        ({"safe": Sender(SAFE, False, None), "setup": None}, f"Safe {SAFE}: no contract"),
        ({"calls": (), "foresights": ()}, "What it does: not known, see the checks"),
        ({"intents": ()}, "No command of avsctl derives these calls on the state of now."),
        ({"reverts": ((1, Revert("InvalidRestrictedAttesterIds")),)}, "would revert: InvalidRestrictedAttesterIds()"),
    ],
)
def test_what_is_out_of_the_ordinary(changes, text):
    assert text in show(answer(**changes), PIPE)


def test_nothing_to_sign_has_no_hashes():
    made = answer(proposal=None, intents=())
    assert "Compare with your device" not in show(made)
    assert (data_of(made)["hashes"], data_of(made)["transaction"], data_of(made)["intent"]) == (None, None, None)


def test_a_file_that_cannot_be_read_says_why():
    wrong = Check("file", "batch file", CheckResult.MISMATCH, "", (Mismatch("createdAt", "well formed", "is missing"),))
    finding = build_finding("not_verified", "file", "batch file: createdAt is missing")
    result = present_unreadable("task3.json", "41d0" * 16, (wrong,), (finding,))
    shown = render(result, Format.TABLE, PIPE, 3)
    assert shown.startswith("File task3.json\n")
    assert f"  MISMATCH  batch file\n{'':12}createdAt\n{'':14}expected  well formed\n" in shown
    assert "NOT VERIFIED" in shown
    assert exit_status(result, FailOn.NEVER) == 3


@pytest.mark.parametrize("terminal", [TERMINAL, PIPE], ids=["terminal", "pipe"])
def test_what_a_terminal_would_obey_is_escaped(terminal):
    evil = "\x1b[2J\u202e\n::error::"
    mismatch = Mismatch(f"meta.{evil}", evil, evil)
    made = answer(
        path=f"{evil}.json",
        foresights=(foresight(evil),),
        checks=(Check("file", "batch file", CheckResult.MISMATCH, evil, (mismatch,)),),
        accepted=(evil,),
        safe=Sender(SAFE, True, SafeState(evil, 2, OWNERS, 41)),
    )
    shown = show(made, terminal)
    assert not {"\x1b", "\u202e"} & set(shown)
    assert "\n::error::" not in shown
