"""The code of contracts at the reader's block."""

from collections.abc import Sequence
from typing import Final

from avsctl.chain.answers import may_pass
from avsctl.chain.jsonrpc import Request, parse_bytes
from avsctl.chain.reader import BlockReader
from avsctl.core.units import Address
from avsctl.errors import AnswerError

TRIES: Final = 4


def read_codes(reader: BlockReader, addresses: Sequence[Address]) -> list[bytes]:
    """Read the code at addresses in one request, empty where there is none.

    Any code may be the answer, none too, so that a fault cannot be told from it: each is asked for twice in the same
    request, and all of it again where the two differ.

    Raises:
        ChainError: the chain could not be read, answered with something that is no code, or with two codes.
    """
    if not addresses:
        return []
    count = len(addresses)
    for _ in range(TRIES):
        codes = _read_once(reader, [*addresses, *addresses])
        if codes[:count] == codes[count:]:
            return codes[:count]
    pairs = zip(addresses, codes[:count], codes[count:], strict=True)
    differing = next(address for address, one, other in pairs if one != other)
    raise AnswerError(
        f"{reader.rpc.name()} gave two different codes of {differing} at block {reader.block.number} (eth_getCode)",
        f"try again; {reader.rpc.fallback}",
    )


def _read_once(reader: BlockReader, addresses: Sequence[Address]) -> list[bytes]:
    replies = reader.ask(lambda pin: [Request("eth_getCode", (address, pin)) for address in addresses], may_pass)
    return [reader.rpc.read("eth_getCode", reply, lambda value: parse_bytes(value, "the code")) for reply in replies]
