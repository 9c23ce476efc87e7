"""What an endpoint can do and where its limits are, found by trying."""

from typing import Final

from avsctl.chain.blocks import parse_block
from avsctl.chain.jsonrpc import NodeFailure, Request, parse_quantity
from avsctl.chain.logs import allowed_span, ask_logs
from avsctl.chain.rpc import Rpc
from avsctl.contracts import multicall3
from avsctl.core.deployment import BlockRef
from avsctl.core.endpoints import Abilities, EndpointReport
from avsctl.core.units import Address
from avsctl.errors import AvsctlError

BATCHES: Final = (100, 50, 20, 10, 5, 3)
"""Batch sizes to try, in items."""
LOG_RANGE: Final = 10_000
"""The widest range of blocks that is tried."""
_LOG_TRIES: Final = 6

_PROBE: Final = Address("0x00000000000000000000000000000000000A75c7")
"""An address without code that the override is tried on."""
_ANSWER: Final = "0x" + "2a".rjust(64, "0")
_ANSWERING_CODE: Final = "0x602a60005260206000f3"
"""Returns 42: PUSH1 42, MSTORE at 0, RETURN 32 bytes."""


def report_endpoint(rpc: Rpc, contract: Address) -> EndpointReport:
    """Try the one endpoint of ``rpc``; an endpoint that does not answer is a report, too.

    Args:
        rpc: with a single endpoint.
        contract: whose logs are asked for.
    """
    chain_id, head, abilities, fault = None, None, None, ""
    try:
        chain_id, head = _read_head(rpc)
        abilities = probe_abilities(rpc, head, contract)
    except AvsctlError as error:
        fault = "; ".join(problem.message for problem in error.problems)
    traffic = rpc.traffic[0]
    masked = rpc.endpoint.masked
    return EndpointReport(rpc.layer, masked, chain_id, head, abilities, traffic.requests, traffic.retries, fault)


def _read_head(rpc: Rpc) -> tuple[int, BlockRef]:
    requests = [Request("eth_chainId"), Request("eth_getBlockByNumber", ("latest", False))]
    answered, header = rpc.send(requests)
    chain_id = rpc.read("eth_chainId", answered, lambda value: parse_quantity(value, "the chain id"))
    return chain_id, rpc.read("eth_getBlockByNumber", header, lambda value: parse_block(value, chain_id))


def probe_abilities(rpc: Rpc, head: BlockRef, contract: Address) -> Abilities:
    """Try what avsctl would use; refusals are answers here, endpoints that fail are not."""
    call = {"to": _PROBE, "data": "0x"}
    override, simulated, code, finalized = (
        rpc.send([request])[0]
        for request in (
            Request("eth_call", (call, "latest", {_PROBE: {"code": _ANSWERING_CODE}})),
            Request("eth_simulateV1", ({"blockStateCalls": [{"calls": [call]}]}, "latest")),
            Request("eth_getCode", (multicall3.ADDRESS, "latest")),
            Request("eth_getBlockByNumber", ("finalized", False)),
        )
    )
    return Abilities(
        has_state_override=override == _ANSWER,
        has_simulate_v1=isinstance(simulated, list),
        has_multicall3=isinstance(code, str) and len(code) > len("0x"),
        has_finalized=isinstance(finalized, dict),
        batch=next((size for size in BATCHES if rpc.takes_batch([Request("eth_chainId")] * size)), 1),
        log_range=_find_log_range(rpc, head, contract),
    )


def _find_log_range(rpc: Rpc, head: BlockRef, contract: Address) -> int | None:
    """Ask for the newest logs in narrower and narrower ranges until one is allowed."""
    span = widest = min(LOG_RANGE, head.number + 1)
    for _ in range(_LOG_TRIES):
        reply = ask_logs(rpc, {"address": contract}, head.number - span + 1, head.number)
        if not isinstance(reply, NodeFailure):
            return None if span == widest else span
        span = allowed_span(reply.message, span, (head.number - span + 1, head.number))
        if span == 0:
            break
    return 0
