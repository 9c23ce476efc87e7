"""What it takes to propose an update that touches every operator, and to hold it to the chains again."""

import time
from collections.abc import Iterator

from avsctl.contracts.task_data import decode_update, encode_update
from avsctl.core.attestation.recomputation import compare_powers
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, VotingPowerRead
from avsctl.core.proposals import propose_powers
from avsctl.core.units import E18, Address, OperatorId

OPERATORS, REPEATED = 200, 20


def describe() -> Iterator[str]:
    """Propose, encode, decode and compare; gives the one line."""
    ids = range(1, OPERATORS + 1)
    l2 = tuple(L2Operator(OperatorId(n), Address(f"0x{n:040x}"), n * E18, is_active=True) for n in ids)
    l1 = tuple(L1Operator(each.address, True, VotingPowerRead(each.voting_power + 1)) for each in l2)
    sets = OperatorSets(l2, l1, OPERATORS, sum(each.voting_power for each in l2))
    began = time.process_time()
    for _ in range(REPEATED):
        update = decode_update(encode_update(propose_powers(sets, 1, 1)))
        assert compare_powers(update, sets).is_match
    spent = (time.process_time() - began) / REPEATED
    yield f"an update of {OPERATORS} operators proposed, encoded, decoded and compared: {spent:.4f} s of CPU"
