"""The newest task of the default definition that a log request reaches: it is for testing only, and pays."""

from typing import Final

from avsctl.chain.detect import Discovery
from avsctl.chain.logs import LogQuery, scan_back
from avsctl.chain.reader import BlockReader
from avsctl.contracts.attestation_center_logs import decode_submitted_id, submitted_topics
from avsctl.core.units import TaskDefinitionId

BLOCKS: Final = 10_000
"""How far back is looked where the endpoint allows it."""
_LOG_REQUESTS: Final = 2
"""The second one asks for less, where the first is refused."""
_DEFAULT: Final = TaskDefinitionId(0)


def find_default_task(reader: BlockReader, discovery: Discovery) -> int | None:
    """Give the block of the newest approved task of definition 0 in the last blocks that one log request covers.

    None says that none was seen there, or that the endpoint refused to tell: it proves nothing.

    Raises:
        ChainError: the endpoint failed, or answered with something else than the logs asked for.
    """
    event, others = submitted_topics(discovery.generation, _DEFAULT)
    query = LogQuery(discovery.attestation_center.address, event, others)
    window = next(scan_back(reader.rpc, query, reader.block.number, _LOG_REQUESTS, widest=BLOCKS), None)
    logs = window.logs if window else ()
    return next((int(log["blockNumber"], 16) for log in logs if decode_submitted_id(log) == _DEFAULT), None)
