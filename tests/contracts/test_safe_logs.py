"""How a Safe transaction ended, by the logs of both shapes that Safes have."""

import pytest

from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_logs import FAILURE_TOPIC, SUCCESS_TOPIC, ExecutionEnd, decode_end, find_end

SAFE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
HASH, PAID = bytes(range(32)), 7
TOPICS = {True: SUCCESS_TOPIC, False: FAILURE_TOPIC}


def log(is_success=True, *, is_indexed=True, address=SAFE, safe_tx_hash=HASH):
    """A log as 1.4.1 has it, or as 1.3.0 does, which indexes nothing."""
    first, paid = f"0x{safe_tx_hash.hex()}", f"{PAID:064x}"
    topics = [TOPICS[is_success], first] if is_indexed else [TOPICS[is_success]]
    return {"address": address, "topics": topics, "data": f"0x{paid}" if is_indexed else first + paid}


def test_topics_are_the_hashes_of_the_events():
    for name, topic in (("ExecutionSuccess", SUCCESS_TOPIC), ("ExecutionFailure", FAILURE_TOPIC)):
        assert topic == f"0x{keccak256(f'{name}(bytes32,uint256)'.encode()).hex()}"


@pytest.mark.parametrize("is_indexed", [True, False], ids=["1.4.1", "1.3.0"])
@pytest.mark.parametrize("is_success", [True, False])
def test_both_ends_in_both_shapes(is_success, is_indexed):
    assert decode_end(log(is_success, is_indexed=is_indexed)) == ExecutionEnd(HASH, is_success, PAID)
    shouted = log(is_success, is_indexed=is_indexed, address=SAFE.upper().replace("X", "x"))
    assert find_end([shouted], SAFE, HASH) == ExecutionEnd(HASH, is_success, PAID)


@pytest.mark.parametrize(
    "strange",
    [
        {"address": SAFE, "topics": [], "data": "0x"},
        {"address": SAFE, "topics": ["0x" + "11" * 32], "data": "0x" + "00" * 64},
        {"address": SAFE, "topics": [SUCCESS_TOPIC], "data": "0x"},
        {"address": SAFE, "topics": [SUCCESS_TOPIC], "data": "0x" + "00" * 65},
        {"address": SAFE, "topics": [SUCCESS_TOPIC, "0x" + "00" * 32], "data": "0x" + "00" * 64},
    ],
)
def test_other_events_and_other_shapes_say_nothing(strange):
    assert decode_end(strange) is None
    assert find_end([strange, log()], SAFE, HASH) == ExecutionEnd(HASH, is_success=True, payment=PAID)


def test_what_others_emit_and_other_transactions_say_nothing():
    forged = log(address=OTHER)
    nested = log(safe_tx_hash=bytes(32))
    assert find_end([forged, nested], SAFE, HASH) is None
    assert find_end([forged, nested, log(is_success=False)], SAFE, HASH) == ExecutionEnd(HASH, False, PAID)
