"""Connections that open while the rest of the program is imported, which takes about as long as a round trip.

Where to is read from arguments that nobody has understood yet. A wrong guess costs a connection that is closed unused:
nothing is sent over any before the command asks.
"""
# ruff: noqa: PLC0415 - what connects is imported where something will be read

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avsctl.commands.arguments import find_values
from avsctl.commands.read_files import list_settings_files

if TYPE_CHECKING:
    from avsctl.chain.transport import HttpTransport
    from avsctl.config import Settings, SettingsOptions

NOUNS: Final = frozenset({"power", "operator", "task", "restricted", "internal", "attest"})
"""Those all of whose commands read the chains, as ``doctor`` does."""

_opened: "list[HttpTransport]" = []


def begin(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Begin to connect to the endpoints that arguments, environment and working directory seem to name, if any."""
    if not _will_read(arguments):
        return
    with suppress(Exception):  # whatever is wrong, the command meets it again and tells it
        from avsctl.chain.transport import HttpTransport
        from avsctl.config import load_settings

        options = _read_options(arguments)
        if any(each.exists() and not each.is_file() for each in list_settings_files(options.env_file)):
            return  # what can be read but once is the command's
        settings = load_settings(options, environ, Path.cwd(), needs=frozenset())
        transport = HttpTransport()
        open_connections(transport, settings, 1)
        _opened.append(transport)


def take_transport() -> "HttpTransport":
    """Give the transport whose connections have begun to open, to one taker, else a new one."""
    from avsctl.chain.transport import HttpTransport

    return _opened.pop() if _opened else HttpTransport()


def open_connections(transport: "HttpTransport", settings: "Settings", count: int) -> None:
    """Begin to open so many connections to each endpoint that is asked first, less those that are opening already."""
    for chain in (settings.l1, settings.l2):
        for endpoint in () if chain is None else chain.endpoints[: 2 if settings.cross_check else 1]:
            transport.open_early(endpoint, count)


def _will_read(arguments: Sequence[str]) -> bool:
    """Whether a command is called that reads the chains; a noun alone shows its help."""
    is_reading = "doctor" in arguments[:1] or (len(arguments) > 1 and arguments[0] in NOUNS)
    return is_reading and "--help" not in arguments


def _read_options(arguments: Sequence[str]) -> "SettingsOptions":
    from avsctl.config import SettingsOptions

    options = ("--l1-rpc", "--l2-rpc", "--l2-chain", "--env-file")
    l1_rpc, l2_rpc, l2_chain, env_file = (next(reversed(find_values(arguments, each)), None) for each in options)
    is_pair = "--cross-check" in arguments
    return SettingsOptions(l1_rpc, l2_rpc, l2_chain, Path(env_file) if env_file else None, cross_check=is_pair)
