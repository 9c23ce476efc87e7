"""Readings of a few operators, one after another, for what a watch makes of them."""

from avsctl.core.operators import L1Operator, L2Operator, NotAnOperator, OperatorSets, Unreadable, VotingPowerRead
from avsctl.core.power import LastSync, diff_powers
from avsctl.core.units import Address, OperatorId
from avsctl.core.watch import Reading, Watch, fail, observe
from avsctl.core.watch_findings import tell_event
from avsctl.errors import Problem

HOUR = 3_600
GONE = (Problem("endpoint", "L2 endpoint x: gone"),)
UNREAD, LEFT, OUT = "unreadable", "left", "out"
"""What L1 may say of an operator beside a power: its read fails, it left EigenLayer, it is not registered."""


def address(at):
    return Address(f"0x{at:040x}")


def l1_operator(at, said):
    answers = {UNREAD: Unreadable("no"), LEFT: NotAnOperator(), OUT: VotingPowerRead(100)}
    answer = answers.get(said) or VotingPowerRead(said)
    return L1Operator(address(at), said is not OUT, answer)


def compare(l1, l2=None, unlisted=0):
    """Compare operators 1, 2 and so on: what L1 says of each with its power on L2, 100 where none is given."""
    powers = l2 or [100] * len(l1)
    l2_rows = tuple(L2Operator(OperatorId(i), address(i), power, is_active=True) for i, power in enumerate(powers, 1))
    l1_rows = tuple(l1_operator(i, said) for i, said in enumerate(l1, 1))
    registered = sum(row.is_registered is not False for row in l1_rows)
    return diff_powers(OperatorSets(l2_rows, l1_rows, registered + unlisted, sum(powers)))


class Rounds:
    """Feeds readings of rising blocks to a watch."""

    def __init__(self, interval=HOUR):
        self.watch, self.at, self.interval, self.sync = Watch(), 0, interval, None

    def read(self, *l1, l2=None, seconds=60, back=0, sync=None, unlisted=0):
        """Give the events of a reading; ``back`` blocks before where it should be."""
        self.at += seconds
        self.sync = LastSync(*sync, None) if sync else self.sync
        block = self.at - back
        reading = Reading(1_000 + block, 5_000 + block, block, compare(l1, l2, unlisted), self.sync)
        events, self.watch = observe(self.watch, reading, self.interval)
        return list(events)

    def fail(self):
        events, self.watch = fail(self.watch, GONE)
        return list(events)


def moves(events):
    return [(event.movement.value, [move.drift.operator_ids[0] for move in event.moves]) for event in events]


def codes(events):
    return [tell_event(event).code for event in events]
