"""What a reply to eth_call is: an answer of the EVM, a plea for less or for patience, or a refusal of its form."""

from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    execution_revert,
    is_data,
    is_refusal,
    is_too_heavy,
    is_unknown_block,
    parse_bytes,
)
from avsctl.contracts import multicall3
from avsctl.errors import AnswerError, EndpointError


def read_results(reply: Reply | EndpointError, count: int) -> list[tuple[bool, bytes]] | None:
    """Give what aggregate3 answered; None where it did not."""
    if not is_data(reply):
        return None
    try:
        return multicall3.decode_results(parse_bytes(reply, "the answer to aggregate3"), count)
    except AnswerError:
        return None


def is_answer(reply: Reply) -> bool:
    """Whether the EVM ran: data came back, or it failed there."""
    return is_data(reply) or (isinstance(reply, NodeFailure) and execution_revert(reply) is not None)


def is_no_answer(reply: Reply) -> bool:
    """Whether the node did not run the call, for another reason than the work in it or the block."""
    if not isinstance(reply, NodeFailure) or is_unknown_block(reply) or is_too_heavy(reply):
        return False
    return execution_revert(reply) is None


def asks_for_less(reply: Reply | EndpointError) -> bool:
    """Whether a chunk failed for the work in it, not for its form."""
    return isinstance(reply, EndpointError) or (isinstance(reply, NodeFailure) and not is_no_answer(reply))


def may_pass(reply: Reply) -> bool:
    """Whether the same call may be answered when it is asked again."""
    return not is_answer(reply) and not (isinstance(reply, NodeFailure) and is_refusal(reply))


def may_pass_undivided(reply: Reply) -> bool:
    """Whether many calls in one may be answered when they are asked again as they are."""
    return may_pass(reply) and not (isinstance(reply, NodeFailure) and is_too_heavy(reply))
