"""The code of contracts at the reader's block."""

from collections.abc import Sequence

from avsctl.chain.answers import may_pass
from avsctl.chain.jsonrpc import Request, parse_bytes
from avsctl.chain.reader import BlockReader
from avsctl.core.units import Address


def read_codes(reader: BlockReader, addresses: Sequence[Address]) -> list[bytes]:
    """Read the code at addresses in one request, empty where there is none.

    Raises:
        ChainError: the chain could not be read, or answered with something that is no code.
    """
    if not addresses:
        return []
    replies = reader.ask(lambda pin: [Request("eth_getCode", (address, pin)) for address in addresses], may_pass)
    return [reader.rpc.read("eth_getCode", reply, lambda value: parse_bytes(value, "the code")) for reply in replies]
