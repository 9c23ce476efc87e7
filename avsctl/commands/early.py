"""Connections that open while the rest of the program is imported, which takes about as long as a round trip.

Where to is read from arguments that nobody has understood yet. A wrong guess costs a connection that is closed unused:
nothing is sent over any before the command asks.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from avsctl.chain.transport import HttpTransport
from avsctl.commands.arguments import find_values
from avsctl.config import Settings, SettingsOptions, load_settings

READING: Final = frozenset({"doctor", "power", "operator", "task", "restricted", "internal", "attest"})
"""Nouns all of whose commands read the chains."""

_opened: list[HttpTransport] = []


def begin(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Begin to connect to the endpoints that arguments, environment and working directory seem to name, if any."""
    if not READING.intersection(arguments[:1]) or "--help" in arguments:
        return
    with suppress(Exception):  # whatever is wrong, the command meets it again and tells it
        settings = load_settings(_read_options(arguments), environ, Path.cwd(), needs=frozenset())
        transport = HttpTransport()
        open_connections(transport, settings, 1)
        _opened.append(transport)


def take_transport() -> HttpTransport:
    """Give the transport whose connections have begun to open, to one taker, else a new one."""
    return _opened.pop() if _opened else HttpTransport()


def open_connections(transport: HttpTransport, settings: Settings, count: int) -> None:
    """Begin to open so many connections to each endpoint that is asked first, less those that are opening already."""
    for chain in (settings.l1, settings.l2):
        for endpoint in () if chain is None else chain.endpoints[: 2 if settings.cross_check else 1]:
            transport.open_early(endpoint, count)


def _read_options(arguments: Sequence[str]) -> SettingsOptions:
    l1_rpc, l2_rpc, l2_chain, env_file = (
        next(iter(find_values(arguments, option)), None)
        for option in ("--l1-rpc", "--l2-rpc", "--l2-chain", "--env-file")
    )
    return SettingsOptions(l1_rpc, l2_rpc, l2_chain, Path(env_file) if env_file else None)
