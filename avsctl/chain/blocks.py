"""Block headers, and the tags that name a block, as JSON-RPC has them."""

from typing import Any

from avsctl.chain.jsonrpc import Request, parse_hash, parse_quantity
from avsctl.core.deployment import BlockRef, BlockTag
from avsctl.errors import AnswerError


def format_tag(tag: BlockTag) -> str:
    """Write a tag as JSON-RPC has it."""
    return hex(tag) if isinstance(tag, int) else tag


def ask_block(number: int) -> Request:
    """Give the request whose reply ``parse_block`` reads."""
    return Request("eth_getBlockByNumber", (hex(number), False))


def parse_block(header: Any, chain_id: int) -> BlockRef:  # noqa: ANN401 - JSON
    """Read number, hash and time of a header; raises AnswerError when one is missing or malformed."""
    if not isinstance(header, dict):
        raise AnswerError("the endpoint sent something else than a block header", "another endpoint may answer")
    return BlockRef(
        chain_id,
        parse_quantity(header.get("number"), "a block's number"),
        parse_hash(header.get("hash"), "a block's hash"),
        parse_quantity(header.get("timestamp"), "a block's timestamp"),
    )
