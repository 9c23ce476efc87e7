"""The answer of attest propose: whole screens, pinned JSON keys, and hostile texts."""

import pytest
from attestation_answers import L1, OBLS, PIPE, SETS, V1, define, document, draw, propose_now, state_of
from rich.cells import cell_len

from avsctl.contracts.obls import Obls
from avsctl.contracts.task_data import build_total_call, encode_update
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import TotalsUpdate, propose_powers, propose_totals
from avsctl.core.tasks import TOTALS_SYNC
from avsctl.core.units import E18
from avsctl.output.attestation_answer import WrittenProposal
from avsctl.output.render import Terminal

HEAD = """\
V2 on Base (8453)   2026-11-19
L1 Ethereum (1)  block 23812940  0x8d200000..  2026-11-19 14:02:23Z  12 s old
L2 Base (8453)  block 38236420  0x5c1e0000..  2026-11-19 14:02:27Z  8 s old

"""
ODD = (define(3, range(4, 10), total=5 * E18, name="price-feed"), define(4, minimum=500 * E18, total=1))
RECOUNTS = TotalsUpdate(tuple(build_total_call(OBLS, each) for each in propose_totals(state_of(*ODD))))
NOTHING = VotingPowerUpdate((), (), 1, 2, ())
KEYS = ["task_definition_id", "proof_of_task", "data", "update", "is_empty", "calls", "file"]


def sync_of_v1(update):
    return propose_now(update, generation=V1, calls=Obls(OBLS, V1).sync(update))


def test_a_sync_of_powers_at_a_terminal():
    screen = draw(propose_now(file=WrittenProposal("sync.json", "41" * 32)))
    assert (
        screen
        == f"""\
{HEAD}Task 10001, the update of an honest performer at these blocks
  1 increase, 2 decreases, toBlockL1 23812940, toBlockL2 38236420

  id  address                                     L2 (e18)  change  becomes
   3  0x0000000000000000000000000000000000000003       360    +477      837
   5  0x0000000000000000000000000000000000000005       520    -450       70
   8  0x0000000000000000000000000000000000000008       800    -800        0
  left out 10, 12: not registered on L1, no operator there, or unreadable

  proof of task  0x6792cf5befb6820619ff4ef1cfc0632207be8632b54ecb013ad9368c39afc27b, keccak(data)
  data           416 bytes, whole in a pipe, as JSON and with --out
  0x{"0" * 62}20{"0" * 32}
  {"0" * 30}80{"0" * 62}e000
  {"0" * 4}...(+634)

Wrote "sync.json"; nothing was sent.
  sha256 {"41" * 32}
"""
    )
    assert max(map(len, screen.splitlines())) <= 100


def test_in_a_pipe_the_data_is_whole():
    update = propose_powers(SETS, L1.number, 38236420)
    assert f"  0x{encode_update(update).hex()}\n" in draw(propose_now(), PIPE)


def test_recounts_of_totals_at_a_terminal():
    screen = draw(propose_now(RECOUNTS, definitions=(*ODD, define(TOTALS_SYNC, name="totals")), l1=None))
    assert (
        """\
Task 10002 "totals", the update of an honest performer at these blocks
  2 recounts: tasks 3, 4

  task  name        counted over     minimum (e18)  total  becomes
     3  price-feed  its list, 6 ids              0      5     4040
     4              ids 1 to 12                500   1raw     7040

  proof of task  0x"""
        in screen
    )
    assert "L1" not in screen


def test_the_calls_of_a_syncer_of_v1():
    increase, decrease = Obls(OBLS, V1).sync(propose_powers(SETS, 1, 2))
    assert (
        draw(sync_of_v1(propose_powers(SETS, 1, 2)), PIPE).split("old\n\n")[1]
        == f"""\
Voting powers, what a syncer of V1 sends at these blocks
  1 increase, 2 decreases

  id  address                                     L2 (e18)  change  becomes
   3  0x0000000000000000000000000000000000000003       360    +477      837
   5  0x0000000000000000000000000000000000000005       520    -450       70
   8  0x0000000000000000000000000000000000000008       800    -800        0
  left out 10, 12: not registered on L1, no operator there, or unreadable

2 calls to OBLS 0xe230003caBd203aA2Ca88C03BA5256aed9eAF4a0, from a voting power syncer
  1  increaseBatchOperatorVotingPower
     0x{increase.data.hex()}
  2  decreaseBatchOperatorVotingPower
     0x{decrease.data.hex()}
"""
    )


def test_nothing_to_carry_and_nothing_to_recount():
    assert "performer at these blocks\n  nothing to carry: L2 holds the powers that L1 gives\n\n" in draw(
        propose_now(NOTHING)
    )
    assert "  nothing to recount: no quorum would be counted from another total\n" in draw(
        propose_now(TotalsUpdate(()))
    )
    assert draw(sync_of_v1(NOTHING)).endswith("  nothing to carry: L2 holds the powers that L1 gives\n\n")
    assert document(propose_now(NOTHING))["data"]["is_empty"] is True


def test_the_json_of_a_sync_of_powers():
    answer = propose_now(file=WrittenProposal("sync.json", "41" * 32))
    data = document(answer)["data"]
    assert list(data) == KEYS
    assert data == {
        "task_definition_id": 10001,
        "proof_of_task": "0x6792cf5befb6820619ff4ef1cfc0632207be8632b54ecb013ad9368c39afc27b",
        "data": f"0x{answer.proposal.data.hex()}",
        "update": {
            "to_increase": [{"operator_id": 3, "voting_power": "477000000000000000000"}],
            "to_decrease": [
                {"operator_id": 5, "voting_power": "450000000000000000000"},
                {"operator_id": 8, "voting_power": "800000000000000000000"},
            ],
            "to_block_l1": "23812940",
            "to_block_l2": "38236420",
            "left_out": [10, 12],
        },
        "is_empty": False,
        "calls": [],
        "file": {"path": "sync.json", "sha256": "41" * 32},
    }


def test_the_json_of_recounts():
    data = document(propose_now(RECOUNTS, definitions=ODD))["data"]
    assert list(data["update"]) == ["calls"]
    assert [call["task_definition_id"] for call in data["update"]["calls"]] == [3, 4]
    assert list(data["update"]["calls"][0]) == [
        *("target", "data", "function", "task_definition_id"),
        *("minimum_voting_power", "number_of_ids", "operator_ids"),
    ]


def test_the_json_of_v1_has_calls_and_no_task():
    data = document(sync_of_v1(propose_powers(SETS, 1, 2)))["data"]
    assert list(data) == KEYS
    assert (data["task_definition_id"], data["proof_of_task"], data["data"]) == (None, None, None)
    assert [call["function"] for call in data["calls"]] == [
        "increaseBatchOperatorVotingPower((uint256,uint256)[])",
        "decreaseBatchOperatorVotingPower((uint256,uint256)[])",
    ]
    assert data["calls"][0]["args"] == [[["3", "477000000000000000000"]]]


@pytest.mark.parametrize("text", ["\x1b[31m\x1b]0;owned\x07", "ok\u202egnp\n\r\t", "\ud800", "n" * 10_000, "[b]{}"])
@pytest.mark.parametrize("width", [50, 100])
def test_hostile_texts_neither_break_nor_forge_the_screen(text, width):
    odd = (define(3, range(4, 10), total=5 * E18, name=text), define(TOTALS_SYNC, name=text))
    update = TotalsUpdate(RECOUNTS.calls[:1])
    answer = propose_now(update, definitions=odd, file=WrittenProposal(text, "41" * 32))
    lines = draw(answer, Terminal(width, is_tty=True)).splitlines()
    assert all(line.isprintable() and cell_len(line) <= max(width, 71) for line in lines)
    assert len(lines) < 60
    assert all(line.isprintable() for line in draw(answer, PIPE).splitlines())


def test_a_large_sync_names_each_operator_that_changes():
    changes = tuple(PowerChange(at, 1) for at in range(1, 13))
    screen = draw(propose_now(VotingPowerUpdate(changes, (), 1, 2, tuple(range(100)))))
    assert screen.count("+1raw") == 12
    assert "left out 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 88 more: not registered" in screen
