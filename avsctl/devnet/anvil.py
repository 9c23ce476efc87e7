"""The local node: finds anvil, runs one on 127.0.0.1, and sees to it that it never outlives this process."""

import atexit
import contextlib
import ctypes
import errno
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from avsctl.devnet import rpc
from avsctl.errors import ConfigError, UsageError

HOST: Final = "127.0.0.1"
PORT_MAX: Final = 65_535
START_SECONDS: Final = 30.0
"""How long a node may take to open its port."""
SEEDING_GAS_LIMIT: Final = 10**12
"""Block gas limit that a node starts with; ``clock.settle`` lowers it once the chain is seeded."""

_CHECKOUT_MODULES: Final = Path(__file__).parents[2] / "devtools" / "node_modules"
_ANY_PORT: Final = "without the option a free one is taken"
_LISTENING: Final = re.compile(rb"^Listening on 127\.0\.0\.1:([0-9]+)$", re.MULTILINE)
_PR_SET_PDEATHSIG: Final = 1
_CLEAR_UP: Final = 'read -r _; kill -9 "$1"; sleep 0.1; rm -rf "$2"'
_KERNEL_CAN_BE_ASKED: bool = sys.platform == "linux"


@dataclass(frozen=True)
class NodeSettings:
    """What one node is started with."""

    chain_id: int
    genesis_timestamp: int
    """Unix seconds."""
    port: int | None = None
    """None takes a free one."""


@dataclass(frozen=True)
class Node:
    """A running anvil."""

    url: str
    pid: int


def find_anvil() -> Path:
    """Find the native anvil: the one on PATH, else the one of a checkout's devtools.

    Raises:
        ConfigError: there is none.
    """
    on_path = shutil.which("anvil")
    candidates = [_native(Path(on_path).resolve())] if on_path else []
    candidates += sorted(_CHECKOUT_MODULES.glob("@foundry-rs/anvil-*/bin/anvil"))
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    raise ConfigError(
        "anvil, the local node, was not found on PATH",
        "install Foundry, or `npm install -g @foundry-rs/anvil`; in a checkout, `npm ci` in devtools",
        code="anvil_not_found",
    )


def require_ports(port_by_option: Mapping[str, int | None]) -> None:
    """Refuse ports that no node can open, by the option that names them; None is a free one.

    Raises:
        UsageError: a port out of range, taken, closed to this user, or given twice.
    """
    given = {option: port for option, port in port_by_option.items() if port is not None}
    for option, port in given.items():
        if not 1 <= port <= PORT_MAX:
            raise UsageError(f"{option} {port} is no port", f"1 to {PORT_MAX}; {_ANY_PORT}")
    if len(set(given.values())) < len(given):
        both = " and ".join(f"{option} {port}" for option, port in given.items())
        raise UsageError(f"{both} are the same port", f"give each node its own; {_ANY_PORT}")
    for option, port in given.items():
        _require_free(option, port)


@contextlib.contextmanager
def run_node(settings: NodeSettings) -> Iterator[Node]:
    """Run a node that mines only when told to, and kill it on leaving, however that comes about.

    Should this process be killed, a watcher kills the node and removes the directory that it keeps old states in; on
    Linux the kernel sees to the node already when the thread that called this ends.

    Raises:
        ConfigError: there is no anvil, or it did not start.
    """
    with (
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryDirectory(prefix="avsctl-devnet-") as states,
        _process([*_command(settings), "--cache-path", states], log, states) as process,
    ):
        url = f"http://{HOST}:{_await_port(process, log)}"
        rpc.call(url, "anvil_setLoggingEnabled", False)  # noqa: FBT003 - a JSON-RPC parameter has no name
        yield Node(url, process.pid)


def _require_free(option: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be opened: {error.strerror}"
            raise UsageError(f"{option} {port} {reason}", f"choose another port; {_ANY_PORT}") from None


def _native(anvil: Path) -> Path:
    """Look behind npm's launcher, whose death the node would survive."""
    if anvil.suffix != ".mjs":
        return anvil
    return next(iter(sorted(anvil.parents[1].glob("anvil-*/bin/anvil"))), anvil)


def _command(settings: NodeSettings) -> list[str]:
    return [
        str(find_anvil()),
        *("--host", HOST),
        *("--port", str(settings.port or 0)),
        *("--chain-id", str(settings.chain_id)),
        *("--timestamp", str(settings.genesis_timestamp)),
        *("--gas-limit", str(SEEDING_GAS_LIMIT)),
        *("--color", "never"),
        "--no-mining",
    ]


@contextlib.contextmanager
def _process(command: list[str], log: IO[bytes], states: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a session of its own, so that Ctrl-C reaches this process alone."""
    process = subprocess.Popen(  # noqa: S603 - the found anvil, and numbers
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with_parent(),  # noqa: PLW1509 - it makes two system calls
    )
    atexit.register(process.kill)
    try:
        with _watcher(process.pid, states):
            yield process
    finally:
        process.kill()
        process.wait()
        atexit.unregister(process.kill)


def _die_with_parent() -> Callable[[], None] | None:
    """Build what the child runs before it becomes the node: it asks the kernel to be killed with its parent."""
    if not _KERNEL_CAN_BE_ASKED:
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was gone before the kernel knew
            os._exit(1)

    return ask


@contextlib.contextmanager
def _watcher(pid: int, states: str) -> Iterator[None]:
    """Run a shell that reads a pipe nobody writes, and clears up when that closes without its having been stopped."""
    with subprocess.Popen(  # noqa: S603 - own script
        ["/bin/sh", "-c", _CLEAR_UP, "avsctl-devnet-watcher", str(pid), states],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as shell:
        try:
            yield
        finally:
            shell.kill()


def _await_port(process: subprocess.Popen[bytes], log: IO[bytes]) -> int:
    """Wait until the node has said which port it listens on; the operating system chose a free one for port 0."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        log.seek(0)
        text = log.read()
        if match := _LISTENING.search(text):
            return int(match[1])
        if ended:
            last = text.decode(errors="replace").strip().rpartition("\n")[2]
            raise ConfigError(f"anvil did not start: {last}", "choose another port, or none", code="anvil_failed")
        time.sleep(0.01)
    raise ConfigError(f"anvil did not answer within {START_SECONDS:.0f} s", code="anvil_failed")
