"""A proxy that puts a node far away: every byte takes half a round trip each way, and a connection a whole one to open.

Nothing is limited or read but the framing of HTTP/1.1. A connection that was opened early has its round trip behind it
when the first request comes, as on a real line; one that is opened for a request delays that request.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_READ_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Exchange:
    """One HTTP request and its reply, as the client's end of the line sees them."""

    began: float
    """When the whole request had come in."""
    ended: float
    request: bytes
    """Its body."""
    received: int
    """Bytes of the reply's body."""
    node_s: float
    """What the node itself took."""
    node_url: str


@dataclass
class Record:
    """What came over one line or several."""

    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """HTTP requests."""
        return len(self.exchanges)

    @property
    def size(self) -> int:
        """Bytes of all bodies, both ways."""
        return sum(len(each.request) + each.received for each in self.exchanges)

    @property
    def rounds(self) -> list[list[Exchange]]:
        """The requests by how many others had to be answered before each could begin."""
        by_depth: list[list[Exchange]] = []
        for each in sorted(self.exchanges, key=lambda each: each.began):
            before = (d for d, done in enumerate(by_depth, 1) if any(other.ended <= each.began for other in done))
            depth = max(before, default=0)
            by_depth += [[]] if depth == len(by_depth) else []
            by_depth[depth].append(each)
        return by_depth

    @property
    def node_s(self) -> float:
        """What the nodes took, the slowest request of each round."""
        return sum(max(each.node_s for each in part) for part in self.rounds)


@contextlib.contextmanager
def put_away(node_urls: Sequence[str], round_trip_s: float, record: Record) -> Iterator[list[str]]:
    """Give the URLs under which nodes are a round trip away; they share one record."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers = [
        asyncio.run_coroutine_threadsafe(_serve(_Line(url, round_trip_s, record)), loop).result() for url in node_urls
    ]
    try:
        yield [f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in servers]
    finally:
        asyncio.run_coroutine_threadsafe(_end(servers), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(line: "_Line") -> asyncio.Server:
    return await asyncio.start_server(line.carry, "127.0.0.1", 0, limit=_READ_LIMIT)


async def _end(servers: Sequence[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class _Line:
    """The line to one node."""

    node_url: str
    round_trip_s: float
    record: Record

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either end closes it, or all ends."""
        opened = asyncio.get_running_loop().time() + self.round_trip_s
        parts = urlsplit(self.node_url)
        node_reader, node_writer = await asyncio.open_connection(parts.hostname, parts.port, limit=_READ_LIMIT)
        try:
            while True:
                await self._carry_one((reader, writer), (node_reader, node_writer), opened)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            node_writer.close()
            writer.close()

    async def _carry_one(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        node: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        opened: float,
    ) -> None:
        now = asyncio.get_running_loop().time
        head, body = await _read_message(client[0])
        began = now()
        await asyncio.sleep(max(began, opened) - began + self.round_trip_s / 2)
        asked = now()
        node[1].write(head + body)
        reply_head, reply = await _read_message(node[0])
        took = now() - asked
        await asyncio.sleep(self.round_trip_s / 2)
        self.record.exchanges.append(Exchange(began, now(), body, len(reply), took, self.node_url))
        client[1].write(reply_head + reply)
        await client[1].drain()


async def _read_message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head, await reader.readexactly(int(lengths[0]))
