"""Rounds of a watch over three operators, for what is shown of them."""

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import build_finding
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, Unreadable, VotingPowerRead
from avsctl.core.power import LastSync, build_update, diff_powers
from avsctl.core.units import E18, Address, OperatorId
from avsctl.core.watch import Reading, Watch, fail, observe
from avsctl.errors import Problem
from avsctl.output.power import DiffAnswer
from avsctl.output.power_watch import Round

AT = 1_795_096_955
HOSTILE = "\x1b[31mred\u202e\n"
A, B, C, D = (Address(f"0x{digit * 40}") for digit in "1234")
L2_BLOCK = 38_236_420
SYNC = LastSync(23_810_220, 38_220_102, AT - 3_600)


def compare(*l1, block=L2_BLOCK, generation=Generation.V2, sync=SYNC):
    """Give the answer of a round: what L1 says of operators 1, 2 and so on, each with 100 e18 on L2."""
    l2 = tuple(L2Operator(OperatorId(i), Address(f"0x{i:040x}"), 100 * E18, is_active=True) for i in range(1, 4))
    rows = tuple(
        L1Operator(each.address, True, Unreadable(HOSTILE) if said is None else VotingPowerRead(said))
        for each, said in zip(l2, l1, strict=True)
    )
    diff = diff_powers(OperatorSets(l2, rows, 3, 300 * E18))
    handler = None if generation is Generation.V1 else D
    findings = (build_finding("drift", "operators", f"{len(diff.drifted)} of 3 operators"),) if diff.drifted else ()
    return DiffAnswer(
        Deployment(generation, 1, 8453, A, B, C, handler),
        BlockRef(1, block - 14_423_480, f"0x{1:064x}", AT - 12),
        BlockRef(8453, block, f"0x{2:064x}", AT),
        diff,
        build_update(diff, block - 14_423_480, block),
        sync,
        None,
        findings,
    )


class Course:
    """Rounds one after another."""

    def __init__(self):
        self.watch, self.number = Watch(), 0

    def read(self, *l1, **changes):
        self.number += 1
        answer = compare(*l1, **{"block": L2_BLOCK + self.number} | changes)
        reading = Reading(answer.l1.number, answer.l2.number, answer.l2.timestamp, answer.diff, answer.last_sync)
        events, self.watch = observe(self.watch, reading, 3_600)
        return self._round(answer, events, is_behind=self.watch.behind > 0)

    def fail(self, message="L2 endpoint x: gone"):
        self.number += 1
        problems = (Problem("endpoint", message),)
        events, self.watch = fail(self.watch, problems)
        return self._round(None, events, problems=problems)

    def _round(self, answer, events, **rest):
        course, at_ms = self.watch.course, (self.number - 1) * 60_000
        return Round(self.number, at_ms, AT + self.number, answer, events, course, **rest)
