"""The first lines of every screen."""

import pytest

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.output.head import head_lines
from avsctl.output.screen import Line

L2 = BlockRef(8453, 38236420, "0x5c1e" + "0" * 60, 1795096947)
DEPLOYMENT = Deployment(Generation.V2, 1, 8453, "0x1", "0x2", "0x3", None)


@pytest.mark.parametrize(
    ("now", "age"),
    [(1795096947, "0 s old"), (1795096955, "8 s old"), (1795096935, "12 s ahead"), (1795093347, "1 h 00 m ahead")],
)
def test_a_block_is_old_or_ahead_by_the_clock_of_the_machine(now, age):
    (_, line, _) = head_lines(DEPLOYMENT, None, L2, now)
    assert isinstance(line, Line)
    assert line.text == f"L2 Base (8453)  block 38236420  0x5c1e0000..  2026-11-19 14:02:27Z  {age}"
