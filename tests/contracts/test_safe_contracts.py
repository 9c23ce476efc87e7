"""Safe: its calls, and answers that no Safe can give."""

import pytest
from eth_abi import encode

from avsctl.contracts.address import ZERO_ADDRESS
from avsctl.contracts.safe import Safe, join_state
from avsctl.core.multisig import SafeState
from avsctl.errors import AnswerError

SAFE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OWNERS = ("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")
SENTINEL = "0x0000000000000000000000000000000000000001"

CALLS = [
    ("version", "ffa1ad74", encode(["string"], ["1.3.0"]), "1.3.0"),
    ("threshold", "e75235b8", encode(["uint256"], [2]), 2),
    ("owners", "a0e67e2b", encode(["address[]"], [OWNERS]), OWNERS),
    ("nonce", "affed0e0", encode(["uint256"], [41]), 41),
]


@pytest.mark.parametrize(("method", "selector", "answer", "value"), CALLS)
def test_calls(method, selector, answer, value):
    call = getattr(Safe(SAFE), method)()
    assert (call.to, call.data.hex(), call.decode(answer)) == (SAFE, selector, value)
    assert call.label.startswith("Safe.")
    for other in (b"", answer[:-1], answer[:-32], answer + bytes(32)):
        with pytest.raises(AnswerError, match=r"Safe\."):
            call.decode(other)


def test_the_state_is_asked_for_at_once():
    calls = Safe(SAFE).state()
    assert [call.data.hex() for call in calls] == [selector for _, selector, _, _ in CALLS]
    answers = [call.decode(answer) for call, (_, _, answer, _) in zip(calls, CALLS, strict=True)]
    assert join_state(*answers) == SafeState("1.3.0", 2, OWNERS, 41)


@pytest.mark.parametrize("version", ["1.0.0", "1.3.0+L2", "1.4.1", "12.0.100"])
def test_releases(version):
    assert join_state(version, 1, OWNERS, 0) == SafeState(version, 1, OWNERS, 0)


@pytest.mark.parametrize(
    ("version", "threshold", "owners", "nonce"),
    [
        ("", 1, OWNERS, 0),
        ("1.3", 1, OWNERS, 0),
        ("1.3.0\n", 1, OWNERS, 0),
        ("1.3.0\x1b[31m", 1, OWNERS, 0),
        ("1.3.٠", 1, OWNERS, 0),
        ("1" * 1000 + ".3.0", 1, OWNERS, 0),
        ("1.3.0", 0, OWNERS, 0),
        ("1.3.0", 3, OWNERS, 0),
        ("1.3.0", 1, (), 0),
        ("1.3.0", 1, (*OWNERS, OWNERS[0]), 0),
        ("1.3.0", 1, (*OWNERS, ZERO_ADDRESS), 0),
        ("1.3.0", 1, (*OWNERS, SENTINEL), 0),
        ("1.3.0", 1, OWNERS, 2**53),
    ],
)
def test_what_no_safe_answers(version, threshold, owners, nonce):
    assert join_state(version, threshold, owners, nonce) is None
