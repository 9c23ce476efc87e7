"""The results of eth_simulateV1, as nodes have them (execution-apis; what differs between nodes is borne)."""

import re
from collections.abc import Sequence
from typing import Any, Final

from avsctl.chain.answers import may_pass_undivided
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.jsonrpc import MAX_MESSAGE, NodeFailure, Reply, is_data, parse_bytes, parse_quantity
from avsctl.chain.metered import Ran
from avsctl.contracts.call import Answer, Reverted
from avsctl.contracts.reverts import decode_revert
from avsctl.errors import AnswerError


def parse_blocks(value: object, counts: Sequence[int], endpoints: Sequence[Endpoint]) -> list[list[Ran]]:
    """Read the results of each block's calls.

    Args:
        value: what the node answered.
        counts: how many calls each block has.
        endpoints: whose secrets a message may hold.

    Raises:
        AnswerError: any other shape.
    """
    blocks = [block.get("calls") if isinstance(block, dict) else None for block in _list(value, len(counts))]
    return [[_parse_call(call, endpoints) for call in _list(calls, n)] for calls, n in zip(blocks, counts, strict=True)]


def may_be_simulated(reply: Reply) -> bool:
    """Whether the same request may be answered when it is asked again."""
    if isinstance(reply, NodeFailure) and (reply.code in _CODES or _UNSUPPORTED.search(reply.message)):
        return False
    return not isinstance(reply, list) and may_pass_undivided(reply)


_CODES: Final = range(-38_999, -38_000 + 1)
"""Limits, and transactions that cannot be."""
_UNSUPPORTED: Final = re.compile(r"\bmethod\b|unsupported|not supported", re.IGNORECASE | re.ASCII)


def _list(value: object, count: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != count:
        raise AnswerError(f"something else than a list of {count} results", "another endpoint may answer")
    return value


def _parse_call(call: object, endpoints: Sequence[Endpoint]) -> Ran:
    """Read one result; it failed if the status says so, whatever else there is."""
    if not isinstance(call, dict):
        raise AnswerError("a result that is no object", "another endpoint may answer")
    gas_used = parse_quantity(call.get("gasUsed"), "the gas used")
    status = parse_quantity(call.get("status"), "the status")
    data = parse_bytes(call.get("returnData"), "the return data")
    if status > 1:
        raise AnswerError(f"a result with status {status}", "another endpoint may answer")
    return Ran(Answer(data) if status else _read_failure(call.get("error"), data, endpoints), gas_used)


def _read_failure(error: object, data: bytes, endpoints: Sequence[Endpoint]) -> Reverted:
    """Read a failure; nodes put its data into ``returnData``, into the error, or into both."""
    fields = error if isinstance(error, dict) else {}
    shown, message = fields.get("data"), fields.get("message")
    text = message[:MAX_MESSAGE] if isinstance(message, str) else ""
    for endpoint in endpoints:
        text = endpoint.scrub(text)
    return Reverted(decode_revert(parse_bytes(shown, "the revert data") if is_data(shown) and not data else data, text))
