"""eth_getLogs within an endpoint's limits: newest first, in ranges that adapt, with a bound on the requests."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, is_internal_error, parse_quantity
from avsctl.chain.rpc import Rpc
from avsctl.core.units import Address
from avsctl.errors import AnswerError, EndpointError

SPANS: Final = (10_000, 2_000, 1_000, 500, 100, 10, 5, 1)
"""Ranges in blocks to try when a refusal does not say what is allowed."""
WIDEST_NAMED: Final = 1_000_000
"""Larger numbers in a refusal are taken for heights, not for ranges."""


@dataclass(frozen=True)
class LogQuery:
    """Which logs are wanted."""

    address: Address | tuple[Address, ...]
    """The contract that emits, or any one of several."""
    topic0: str | tuple[str, ...]
    """The event, or any one of several."""
    others: tuple[str | tuple[str, ...] | None, ...] = ()
    """The topics after it, each one or any of several; None for any."""

    @property
    def log_filter(self) -> dict[str, Any]:
        """What eth_getLogs is asked, but for the blocks."""
        return {"address": self.address, "topics": [self.topic0, *self.others]}

    @property
    def events(self) -> tuple[str, ...]:
        """The topics that name an event wanted."""
        return _several(self.topic0)

    @property
    def emitters(self) -> tuple[str, ...]:
        """The contracts whose logs are wanted, in lower case."""
        return tuple(map(str.lower, _several(self.address)))


@dataclass(frozen=True)
class LogWindow:
    """The logs of one range of blocks, both ends included."""

    from_block: int
    to_block: int
    logs: tuple[dict[str, Any], ...]
    """Newest first."""


def scan_back(
    rpc: Rpc, query: LogQuery, newest: int, most_requests: int, *, oldest: int = 0, widest: int | None = None
) -> Iterator[LogWindow]:
    """Give the logs from block ``newest`` back to ``oldest``, as far as ``most_requests`` requests reach.

    The first request asks for everything, or for ``widest`` blocks; a refusal tells the range allowed, or smaller ones
    are tried. It ends where the endpoint refuses even one block.
    """
    everything = newest - oldest + 1
    end, span = newest, min(everything, widest or everything)
    for _ in range(most_requests if everything > 0 else 0):
        start = max(oldest, end - span + 1)
        reply = ask_logs(rpc, query.log_filter, start, end)
        if isinstance(reply, NodeFailure):
            span = allowed_span(reply.message, end - start + 1, (start, end))
            if span == 0:
                return
            continue
        yield read_window(rpc, query, (start, end), reply)
        if start == oldest:
            return
        end = start - 1


def ask_logs(rpc: Rpc, log_filter: Mapping[str, Any], start: int, end: int) -> Reply:
    """Ask for the logs of a range of blocks; an endpoint that chokes on the range has refused it, too.

    Raises:
        ChainError: the endpoint failed, whatever the range.
    """
    request = Request("eth_getLogs", ({**log_filter, "fromBlock": hex(start), "toBlock": hex(end)},))
    try:
        (reply,) = rpc.send([request], _is_fault)
    except EndpointError as error:
        if not error.heavy or start == end:
            raise
        return NodeFailure(0, "")
    return rpc.require("eth_getLogs", reply) if _is_fault(reply) else reply


def _is_fault(reply: Reply) -> bool:
    """Whether an error says nothing about the range: the node has failed, or lags behind."""
    return isinstance(reply, NodeFailure) and (is_internal_error(reply) or _LAGS.search(reply.message) is not None)


def read_window(rpc: Rpc, query: LogQuery, blocks: tuple[int, int], reply: Reply) -> LogWindow:
    """Give the logs in a reply to a query over a range of blocks, both ends included.

    Raises:
        NodeError: the node answered with an error.
        AnswerError: it is something else than the logs asked for.
    """
    return rpc.read("eth_getLogs", reply, partial(_read_window, query, *blocks))


def allowed_span(message: str, refused: int, heights: Collection[int] = ()) -> int:
    """Give the range in blocks to try after ``refused`` blocks were refused; 0 when none is left.

    Refusals name the range in many ways ("limit of 10000", "[0x1, 0x64]", "up to a 10 block range"): the largest number
    below what was refused is tried, else the next smaller usual range. It is smaller than ``refused`` in any case.

    Args:
        message: the refusal.
        refused: how many blocks were refused.
        heights: which numbers are those of the blocks asked for.
    """
    hex_range = re.search(r"\[\s*(0x[0-9a-f]{1,16})\s*,\s*(0x[0-9a-f]{1,16})\s*\]", message, re.IGNORECASE | re.ASCII)
    named = (
        [int(hex_range[2], 16) - int(hex_range[1], 16) + 1]
        if hex_range
        else [number for number in _numbers(message) if number not in heights]
    )
    fitting = [number for number in named if 0 < number < min(refused, WIDEST_NAMED + 1)]
    return max(fitting, default=next((span for span in SPANS if span < refused), 0))


def _numbers(message: str) -> list[int]:
    """Give the numbers that may count blocks: no part of a word or URL, no time and no size."""
    text = re.sub(r"https?://\S+", "", message)
    return [int(digits.replace(",", "")) * (1000 if thousand else 1) for digits, thousand in _NUMBER.findall(text)]


_LAGS: Final = re.compile(r"header (?:for hash )?not found|unknown block", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(
    r"(?<![\w.-])(\d{1,3}(?:,\d{3})+|\d{1,9})(?![\d.]*\d)\s?(k\b)?(?!\s?(?:m?s|sec|seconds?|minutes?|[kmg]i?b|x)\b)",
    re.IGNORECASE | re.ASCII,
)


def _read_window(query: LogQuery, start: int, end: int, found: Any) -> LogWindow:  # noqa: ANN401 - JSON
    if not isinstance(found, list) or not all(_fits(log, query) for log in found):
        raise AnswerError("it is something else than the logs asked for")
    logs = tuple(sorted(found, key=_place, reverse=True))
    if not all(start <= _place(log)[0] <= end for log in logs):
        raise AnswerError(f"a log is not from blocks {start} to {end}")
    return LogWindow(start, end, logs)


def _place(log: Mapping[str, Any]) -> tuple[int, int]:
    return parse_quantity(log.get("blockNumber"), "a log's block"), parse_quantity(log.get("logIndex"), "a log's index")


def _fits(log: object, query: LogQuery) -> bool:
    if not isinstance(log, dict) or not isinstance(log.get("address"), str) or not isinstance(log.get("data"), str):
        return False
    return (
        log["address"].lower() in query.emitters
        and _fits_topics(log.get("topics"), query)
        and re.fullmatch(r"0x(?:[0-9a-fA-F]{2})*", log["data"]) is not None
    )


def _fits_topics(topics: object, query: LogQuery) -> bool:
    if not isinstance(topics, Sequence) or not len(query.others) < len(topics):
        return False
    if not all(isinstance(topic, str) and re.fullmatch(r"0x[0-9a-fA-F]{64}", topic) for topic in topics):
        return False
    first, *others = map(str.lower, topics)
    return first in query.events and all(
        wanted is None or found in _several(wanted) for wanted, found in zip(query.others, others, strict=False)
    )


def _several(one_or_more: str | tuple[str, ...]) -> tuple[str, ...]:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more
