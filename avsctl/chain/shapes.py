"""The shape that a result must have to be an answer to its method at all: what has another is asked for again."""

from collections.abc import Callable, Mapping
from typing import Final

from avsctl.chain.blocks import parse_block
from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    Request,
    is_data,
    is_internal_error,
    is_unknown_block,
    parse_quantity,
)
from avsctl.core.deployment import LATEST
from avsctl.errors import AnswerError


def fits(request: Request, reply: Reply) -> bool:
    """Whether a reply may be what was asked for; an error object is, where it may be about the request."""
    if isinstance(reply, NodeFailure):
        is_reading = request.method == "eth_call" or request.method in _SHAPES
        return not (is_reading and is_internal_error(reply)) and not (_is_of_now(request) and is_unknown_block(reply))
    if reply is None and _is_of_now(request):
        return False
    return (request.accepts or _any)(reply) and _SHAPES.get(request.method, _any)(reply)


def may_improve(request: Request, reply: Reply, passing: Callable[[Reply], bool]) -> bool:
    """Whether a reply may be better next time: by its shape, or as ``passing`` has it; that to a guess need not be."""
    return not request.is_guess and (passing(reply) or not fits(request, reply))


def drop_failed_guess(request: Request, reply: Reply) -> Reply:
    """Give nothing for a guess that failed, whatever the error: it is not waited for."""
    return None if request.is_guess and isinstance(reply, NodeFailure) else reply


def is_there(reply: Reply) -> bool:
    """Whether an object was found: what a log names is there, at an endpoint that does not lag."""
    return isinstance(reply, dict)


def is_missing(reply: Reply) -> bool:
    """Whether no object was given, which another endpoint may have; an error is none, either."""
    return not is_there(reply)


def _is_of_now(request: Request) -> bool:
    """Whether every node has an answer: none can lack the block."""
    return LATEST in request.params or request.method in ("eth_chainId", "eth_blockNumber")


def _any(_: Reply) -> bool:
    return True


def _is_quantity(reply: Reply) -> bool:
    try:
        parse_quantity(reply, "")
    except AnswerError:
        return False
    return True


def _is_number(reply: Reply) -> bool:
    """Tell numbers that every node writes in 64 bits or less from words of a contract."""
    return _is_quantity(reply) and len(reply) <= len("0x") + 16


def _is_header(reply: Reply) -> bool:
    try:
        parse_block(reply, 0)
    except AnswerError:
        return reply is None
    return True


def _is_list(reply: Reply) -> bool:
    return isinstance(reply, list)


def _is_object(reply: Reply) -> bool:
    return reply is None or isinstance(reply, dict)


_SHAPES: Final[Mapping[str, Callable[[Reply], bool]]] = {
    "eth_chainId": _is_number,
    "eth_blockNumber": _is_number,
    "eth_gasPrice": _is_quantity,
    "eth_getBalance": _is_quantity,
    "eth_getTransactionCount": _is_quantity,
    "eth_getStorageAt": _is_quantity,
    "eth_estimateGas": _is_quantity,
    "eth_getCode": is_data,
    "eth_getBlockByNumber": _is_header,
    "eth_getBlockByHash": _is_header,
    "eth_getTransactionByHash": _is_object,
    "eth_getTransactionReceipt": _is_object,
    "eth_getLogs": _is_list,
    "eth_simulateV1": _is_list,
}
"""eth_call is left to who asks: its answers are large, and are looked at there."""
