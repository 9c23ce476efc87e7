"""The JSON of attest simulate, the words of faults and errors, and texts and numbers from hostile hands."""

from dataclasses import replace

import pytest
from attestation_answers import (
    CENTER,
    EMPTY,
    OBLS,
    ODD,
    PIPE,
    RECOUNTS,
    body,
    define,
    document,
    draw,
    propose,
    simulate,
    without,
)
from rich.cells import cell_len

from avsctl.contracts.call import Revert
from avsctl.core.attestation.conditions import Refused
from avsctl.core.attestation.faults import Fault, FaultCode, Harm
from avsctl.core.operators import L2Operator
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import TotalCall, TotalsUpdate
from avsctl.core.tasks import TOTALS_SYNC
from avsctl.core.units import E18, UINT256_MAX
from avsctl.output.attestation_answer import Source, View
from avsctl.output.attestation_faults import encode_fault, fault_lines, tell_fault
from avsctl.output.render import Terminal
from avsctl.output.tables import draw_plain, draw_terminal

STEPS = ("decoding", "structure", "recomputation", "votes", "quorum", "chain", "after")
KEYS = [
    *("source", "origin", "mined", "task_definition_id", "proof_of_task", "data", "task_hash", "performer", "sender"),
    *("update", "steps", "outcome", "decoding_fault", "faults", "comparison", "recomputed_at", "not_recomputed"),
    *("votes", "attesters", "views", "quorum", "chain", "model", "agrees", "differences", "after"),
]


def test_the_json_of_a_missed_quorum_is_that_of_the_design():
    answer = simulate(conduct=without(12))
    data = document(answer)["data"]
    assert list(data) == KEYS
    assert data["source"] == "honest"
    assert data["data"] == f"0x{answer.proposal.data.hex()}"
    assert data["proof_of_task"] == "0x8cf877dfb6f60f7f9914a4e855ad905b410c635ad2bfa192d2e4371deda9d2d2"
    assert data["update"] == {
        "to_increase": [{"operator_id": 3, "voting_power": "477000000000000000000"}],
        "to_decrease": [
            {"operator_id": 5, "voting_power": "450000000000000000000"},
            {"operator_id": 8, "voting_power": "800000000000000000000"},
        ],
        "to_block_l1": "23812939",
        "to_block_l2": "38236418",
    }
    results = ("pass", "pass", "pass", "pass", "fail", "fail", "skipped")
    assert data["steps"] == [{"step": each, "result": how} for each, how in zip(STEPS, results, strict=True)]
    assert data["votes"] == {
        "approve": [3, 5, 8],
        "reject": [],
        "offline": [12],
        "handed_in": {"approved": True, "operator_ids": [3, 5, 8]},
        "ineligible": [],
    }
    assert data["quorum"] == {
        "total": "2880000000000000000000",
        "stored_total": "2880000000000000000000",
        "raw_total": "2880000000000000000000",
        "recomputed_total": "2880000000000000000000",
        "required_approve": "1920000000000000000000",
        "required_reject": "960000000000000000000",
        "attainable": "2880000000000000000000",
        "spare_operators": 0,
        "pivotal": [12],
        "signed_approve": "1680000000000000000000",
        "signed_reject": "0",
        "margin": "-240000000000000000000",
        "smallest_passing_set": [8, 12],
    }
    assert data["chain"] == {
        "asked_with": "submitTask_override",
        "accepted": False,
        "outcome": "reverted",
        "error": {"name": "InsufficientVotingPower", "args": [], "text": "InsufficientVotingPower()"},
        "block": 38236421,
        "is_next_block": True,
        "lacking": None,
    }
    assert data["model"] == {
        "accepted": False,
        "outcome": "reverted",
        "error": "InsufficientVotingPower",
        "args": [],
        "unforeseen": [],
    }
    assert (data["after"], data["agrees"], data["outcome"]) == (None, True, "reverted")
    assert data["comparison"][0] == {
        "operator_id": 3,
        "match": "match",
        "expected": "477000000000000000000",
        "proposed": "477000000000000000000",
    }
    assert data["attesters"][0] == {
        "operator_id": 12,
        "address": "0x000000000000000000000000000000000000000c",
        "voting_power": "1200000000000000000000",
        "vote": "offline",
        "reason": "offline",
    }


def test_the_json_of_the_state_after():
    after = document(simulate())["data"]["after"]
    assert list(after) == ["read", "powers", "total", "task_definitions", "drift"]
    assert after["read"] is True
    assert after["powers"][0] == {
        "operator_id": 3,
        "address": "0x0000000000000000000000000000000000000003",
        "before": "360000000000000000000",
        "after": "837000000000000000000",
    }
    assert after["total"] == {"before": str(8160 * E18), "after": str(7387 * E18)}
    (task, _, _) = after["task_definitions"]
    assert list(task) == ["task_definition_id", "becomes_stale", "before", "after"]
    assert (task["task_definition_id"], task["becomes_stale"]) == (3, True)
    assert list(task["after"]) == ["quorum", "verdict", "is_stale"]
    assert [list(row) for row in after["drift"]["operators"]] == [
        ["operator_id", "address", "status", "l1_voting_power", "l2_voting_power", "delta"]
    ] * 2
    assert after["drift"]["in_sync"] is False


def test_the_json_of_10002_and_of_faults():
    update = TotalsUpdate((*RECOUNTS, TotalCall(CENTER, b"\1\2\3\4", None)))
    data = document(simulate(propose(update, TOTALS_SYNC), definitions=ODD))["data"]
    listed, everyone, other = data["update"]["calls"]
    assert listed == {
        "target": OBLS,
        "data": f"0x{RECOUNTS[0].data.hex()}",
        "function": "setTotalVotingPowerPerRestrictedTaskDefinition(uint16,uint256,uint256[])",
        "task_definition_id": 3,
        "minimum_voting_power": "0",
        "number_of_ids": None,
        "operator_ids": [4, 5, 6, 7, 8, 9],
    }
    assert (everyone["number_of_ids"], everyone["operator_ids"]) == (12, None)
    assert everyone["function"] == "setTotalVotingPowerPerTaskDefinition(uint16,uint256,uint256)"
    assert (other["data"], other["function"], other["task_definition_id"]) == ("0x01020304", None, None)
    assert data["faults"] == [
        {
            "code": "wrong_target",
            "harm": "reverts",
            "operator_ids": [],
            "found": None,
            "bound": None,
            "task_definition_id": None,
            "call": 3,
            "error": "InternalTransactionNotAllowed",
            "text": "call 3: it goes to another contract than OBLS: reverts InternalTransactionNotAllowed",
        }
    ]


@pytest.mark.parametrize("code", FaultCode)
def test_every_fault_has_words_with_its_figures(code):
    fault = Fault(code, Harm.REVERTS, (8, 9), 700 * E18, 500 * E18, 3, 2, "Panic")
    text = "".join(span.text for span in tell_fault(fault))
    assert text.startswith("call 2: ")
    assert text.endswith(": reverts Panic")
    assert not set(text) & set("{}")
    assert encode_fault(fault)["text"] == text


def test_many_faults_are_counted():
    faults = tuple(Fault(FaultCode.ZERO_DELTA, Harm.WRONG, (at,)) for at in range(1, 101))
    lines = draw_terminal(fault_lines(faults, 4), 100, colour=False).splitlines()
    assert lines[11:] == ["    operator 12 is changed by 0", "    and 88 more (-o json)"]
    assert draw_plain(fault_lines(faults, 4)).count("is changed by 0") == 100


HOSTILE = [
    "\x1b[31m\x1b]0;owned\x07",
    "ok\u202egnp\n\r\t",
    'x"\n  7 state after    ok    nothing',
    "[bold]x[/bold]{}{0}",
    "\ud800",
    "n" * 10_000,
    "w " * 5_000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [50, 100, 200])
def test_hostile_texts_neither_break_nor_forge_the_screen(text, width):
    base = simulate(
        propose(None, 3, proof=text),
        definitions=(define(3, range(4, 10), name=text),),
        source=Source.FILE,
        origin=text,
        not_recomputed=text,
        views=(View(text, (4,), None, text),),
        differences=(text,),
    )
    chain = replace(base.chain, is_accepted=False, error=Revert("Error", (text,)), lacking=text)
    answer = replace(base, chain=chain)
    lines = draw(answer, Terminal(width, is_tty=True)).splitlines()
    assert all(line.isprintable() and cell_len(line) <= width for line in lines)
    assert len(lines) < 130
    plain = draw(answer, PIPE).splitlines()
    assert all(line.isprintable() for line in plain)
    assert sum(line.startswith("  7 state after") for line in plain) == 1
    shown = "\\ud800" if text == "\ud800" else text
    data = document(replace(answer, decoding_fault=text))["data"]
    assert [data[key] for key in ("origin", "proof_of_task", "decoding_fault")] == [shown] * 3
    assert data["chain"]["error"]["args"] == [shown]


def test_a_terminal_shows_no_more_than_fifty_rows_that_differ():
    update = VotingPowerUpdate(tuple(PowerChange(at, 1) for at in range(100, 900)), (), 23812939, 38236418, ())
    screen = body(simulate(propose(update)))
    assert screen.count(" unexpected\n") == 47
    assert screen.count(" missing\n") == 3
    assert "      753 more differ (-o json)\n" in screen
    assert body(simulate(propose(update)), PIPE).count(" unexpected\n") == 800


@pytest.mark.parametrize("width", [50, 100])
def test_the_largest_numbers_fit_a_terminal(width):
    most = UINT256_MAX
    update = VotingPowerUpdate((PowerChange(most, most),) * 30, (PowerChange(most - 1, most),) * 30, most, most, ())
    answer = simulate(propose(update))
    lines = draw(answer, Terminal(width, is_tty=True)).splitlines()
    assert all(line.isprintable() and cell_len(line) <= width for line in lines)
    data = document(answer)["data"]
    assert data["update"]["to_increase"][0] == {"operator_id": str(most), "voting_power": str(most)}
    assert data["faults"][0]["operator_ids"] == [str(most)]


def test_a_refusal_without_a_name_is_told_as_what_it_is():
    base = simulate(conduct=without(12))
    refused = replace(base.rehearsal, answer=Refused(""))
    answer = replace(base, rehearsal=refused, chain=replace(base.chain, error=Revert("", halt="out of gas")))
    assert "submitTask reverts out of gas\n" in body(answer)
    assert document(answer)["data"]["model"]["error"] == ""


def test_200_operators_stay_countable():
    many = tuple(L2Operator(at, f"0x{at:040x}", E18, True) for at in range(1, 201))
    answer = simulate(EMPTY, source=Source.EMPTY, operators=many, definitions=(define(3),))
    assert "200 approve (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 188 more)" in body(answer)
    assert "199, 200)" in body(answer, PIPE)
