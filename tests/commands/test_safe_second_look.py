"""What is looked at again between the yes and the sending of a Safe transaction."""

import pytest

from avsctl.commands.safe_execution import _require_shown, _Tried
from avsctl.errors import ChainError
from avsctl.output.result import Result
from avsctl.output.safe_exec import ExecAnswer, Outcome
from avsctl.output.safe_proposal import Hashes


def tried(nonce):
    hashes = Hashes(b"\1" * 32, bytes([nonce]) * 32, bytes([nonce]) * 32, b"\4" * 32)
    answer = ExecAnswer("task3.json", "0x" + "0" * 40, nonce, hashes, 1, Outcome.SHOWN)
    return _Tried(answer, Result("safe exec", {}), None)


def test_the_transaction_that_was_confirmed_is_sent_and_no_other():
    """Without a sidecar the nonce is that of the chain, and the word of an owner who sends is of any hash."""
    _require_shown(tried(5), tried(5))
    with pytest.raises(ChainError, match="would now have nonce 6, and the one shown has 5"):
        _require_shown(tried(5), tried(6))
