"""The options that commands share, declared once, and the decorator that gives them to a command as one value."""

import inspect
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Final, ParamSpec

import typer

from avsctl.commands.read_files import list_settings_files
from avsctl.core.deployment import BLOCK_TAGS, LATEST, BlockTag
from avsctl.errors import UsageError
from avsctl.output.ci import Ci, choose_ci
from avsctl.output.destinations import (
    Destination,
    parse_destinations,
    parse_file,
    require_formats,
    require_stdout_free,
    require_unread,
    require_writable,
)
from avsctl.output.log import LogFormat, configure_logging
from avsctl.output.result import FailOn, Result

if TYPE_CHECKING:
    from avsctl.commands.write_options import WriteOptions

P = ParamSpec("P")

BLOCK_MAX: Final = 2**64 - 1
DEFAULT_TIMEOUT_SECONDS: Final = 60.0

_BLOCK_HELP = "Block of {} to read at: a number, latest, safe or finalized."

L1Rpc = Annotated[str | None, typer.Option("--l1-rpc", metavar="URL", help="Endpoint of L1; else L1_RPC.")]
L2Rpc = Annotated[str | None, typer.Option("--l2-rpc", metavar="URL", help="Endpoint of L2; else L2_RPC.")]
L2Chain = Annotated[
    str | None,
    typer.Option("--l2-chain", metavar="CHAIN", help="Which L2, id or name, where the settings have several."),
]
L1Block = Annotated[str, typer.Option("--l1-block", metavar="BLOCK", help=_BLOCK_HELP.format("L1"))]
L2Block = Annotated[str, typer.Option("--l2-block", metavar="BLOCK", help=_BLOCK_HELP.format("L2"))]
EnvFile = Annotated[
    str | None, typer.Option("--env-file", metavar="FILE", help="Read this instead of .env of the working directory.")
]
Output = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[=FILE]",
        help="table, json, or for an answer that is one table csv and markdown; repeatable.",
    ),
]
CrossCheckOption = Annotated[
    bool,
    typer.Option(
        "--cross-check",
        help="Ask two endpoints of each chain and compare all they say; else AVSCTL_CROSS_CHECK.",
    ),
]
Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="For the whole command.")]
LogForm = Annotated[LogFormat, typer.Option("--log-format", metavar="FORMAT", help="Form of stderr: text or json.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes and no progress, errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell every request and every step.")]
FailOnOption = Annotated[
    FailOn,
    typer.Option(
        "--fail-on", metavar="SEVERITY", help="Least that ends in status 3: critical, warning, info or never."
    ),
]
CiOption = Annotated[
    Ci | None,
    typer.Option(
        "--ci",
        metavar="CI",
        help="github writes annotations to stderr and a step summary, none does not; else github where GITHUB_ACTIONS"
        " is true.",
    ),
]


@dataclass(frozen=True)
class Common:
    """What the shared options say."""

    l1_rpc: str | None = field(default=None, repr=False)
    """Endpoint of L1; None leaves it to the settings. May hold a key."""
    l2_rpc: str | None = field(default=None, repr=False)
    """Endpoint of L2; None leaves it to the settings. May hold a key."""
    l2_chain: str | None = None
    """Id or name of the L2 to choose among several."""
    l1_block: BlockTag = LATEST
    l2_block: BlockTag = LATEST
    env_file: Path | None = None
    """None for ``.env`` of the working directory."""
    destinations: tuple[Destination, ...] = ()
    """Without stdout where ``--calldata`` has it."""
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    """For the whole command."""
    log_format: LogFormat = LogFormat.TEXT
    is_quiet: bool = False
    is_verbose: bool = False
    fail_on: FailOn = FailOn.NEVER
    """NEVER for a command that checks nothing."""
    ci: Ci = Ci.NONE
    """NONE for a command that checks nothing."""
    write: "WriteOptions | None" = None
    """None for a command that writes nothing."""
    cross_check: bool = False
    """Whether two endpoints of each chain are compared; False leaves it to the settings."""

    @property
    def settings_files(self) -> tuple[Path, ...]:
        """The files that settings are read from, there or not."""
        return tuple(list_settings_files(self.env_file))

    @property
    def writing(self) -> "WriteOptions":
        """What the options of a writing command say."""
        assert self.write is not None  # noqa: S101 - only a command with writes=True asks
        return self.write

    def deliver(self, result: Result) -> None:
        """Show a result at once, for a command that goes on after it."""
        from avsctl.output.delivery import deliver  # noqa: PLC0415 - needed once there is an answer

        deliver(result, self.destinations, self.fail_on)

    def leave_stdout_to(self, option: str) -> "Common":
        """Give the same with the answer kept off stdout, which what ``option`` asks for has alone.

        Raises:
            UsageError: the answer is to go there in another form than the table, which then goes to stderr.
        """
        require_stdout_free(self.destinations, option)
        return replace(self, destinations=tuple(each for each in self.destinations if each.path is not None))

    def require_no_table_format(self, option: str) -> None:
        """Refuse csv and markdown for an option that makes the answer more than one table.

        Raises:
            UsageError: the answer is to be written in one of them.
        """
        require_formats(self.destinations, is_tabular=False, option=option)


@dataclass(frozen=True)
class Answer:
    """A command's result, and where it goes."""

    result: Result | None
    """None for a command that has shown itself what it did."""
    destinations: tuple[Destination, ...]
    fail_on: FailOn
    ci: Ci = Ci.NONE


def with_common(
    *,
    reads: bool = True,
    checks: bool = False,
    writes: bool = False,
    is_tabular: bool = False,
    payloads: Collection[str] = (),
) -> Callable[[Callable[Concatenate[Common, P], Result | None]], Callable[..., Answer]]:
    """Give a command the shared options; it receives them as its first argument and declares only its own.

    Args:
        reads: whether it reads a deployment; where not, the options of settings, blocks and time are not offered.
        checks: whether it has findings, and with them ``--fail-on`` and ``--ci``.
        writes: whether it makes transactions; it then has ``Common.writing``.
        is_tabular: whether the answer is one table, so that csv and markdown exist.
        payloads: those of its own flags that have stdout for themselves, such as ``--calldata``.
    """
    offered = _offer(reads=reads, checks=checks, writes=writes)

    def decorate(function: Callable[Concatenate[Common, P], Result | None]) -> Callable[..., Answer]:
        def command(**values: Any) -> Answer:  # noqa: ANN401 - typer gives whatever the options are
            common = parse_common({name: values.pop(name) for name in offered})
            for option in (option for option in payloads if values[option[2:].replace("-", "_")]):
                common = common.leave_stdout_to(option)
            require_formats(common.destinations, is_tabular=is_tabular)
            require_writable(common.destinations)
            configure_logging(sys.stderr, common.log_format, is_quiet=common.is_quiet, is_verbose=common.is_verbose)
            result = function(common, **values)  # type: ignore[call-arg]
            return Answer(result, common.destinations, common.fail_on, common.ci)

        return _present(command, function, offered)

    return decorate


def parse_common(values: Mapping[str, Any]) -> Common:
    """Read the shared options as typer gives them; one that the command does not offer has its default.

    Raises:
        UsageError: a block, a time limit, a file or an output that is none, ``--quiet`` with ``--verbose``, or what
            ``parse_write_options`` refuses.
    """
    has_writing, has_settings = not values.keys() <= _SHARED.keys(), "env_file" in values
    values = {"fail_on": FailOn.NEVER, "ci": Ci.NONE, **_DEFAULTS, **values}
    if values["quiet"] and values["verbose"]:
        raise UsageError("--quiet and --verbose exclude each other", "give one of them")
    l2_block = parse_block(values["l2_block"], "--l2-block")
    env_file = None if values["env_file"] is None else parse_file(values["env_file"], "--env-file")
    destinations = parse_destinations(values["output"] or ())
    if has_settings:
        require_unread(destinations, list_settings_files(env_file))
    write = None
    if has_writing:
        from avsctl.commands.write_options import Calldata, parse_write_options  # noqa: PLC0415 - few commands write

        write = parse_write_options(values, destinations, l2_block)
        if isinstance(write.way_out, Calldata):
            destinations = tuple(each for each in destinations if each.path is not None)
    return Common(
        l1_rpc=values["l1_rpc"],
        l2_rpc=values["l2_rpc"],
        l2_chain=values["l2_chain"],
        l1_block=parse_block(values["l1_block"], "--l1-block"),
        l2_block=l2_block,
        env_file=env_file,
        destinations=destinations,
        timeout_seconds=_require_seconds(values["timeout"]),
        log_format=values["log_format"],
        is_quiet=values["quiet"],
        is_verbose=values["verbose"],
        fail_on=values["fail_on"],
        ci=choose_ci(values["ci"], os.environ),
        write=write,
        cross_check=values["cross_check"],
    )


def parse_block(text: str, option: str) -> BlockTag:
    """Read a block as typed: a decimal number, or ``latest``, ``safe`` or ``finalized``.

    Raises:
        UsageError: none of these.
    """
    if text in BLOCK_TAGS:
        return text
    if text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= BLOCK_MAX:
        return int(text)
    raise UsageError(f"{option} {text!r} is not a block", "a decimal number, latest, safe or finalized")


def _require_seconds(seconds: float) -> float:
    if not 0 < seconds < float("inf"):
        raise UsageError(f"--timeout {seconds:g} is not a time limit", "seconds above 0, such as --timeout 90")
    return seconds


def _declare_shared(  # noqa: PLR0913 - one argument an option
    *,
    l1_rpc: L1Rpc = None,
    l2_rpc: L2Rpc = None,
    l2_chain: L2Chain = None,
    l1_block: L1Block = LATEST,
    l2_block: L2Block = LATEST,
    env_file: EnvFile = None,
    output: Output = None,
    cross_check: CrossCheckOption = False,
    timeout: Timeout = DEFAULT_TIMEOUT_SECONDS,
    log_format: LogForm = LogFormat.TEXT,
    quiet: Quiet = False,
    verbose: Verbose = False,
    fail_on: FailOnOption = FailOn.WARNING,
    ci: CiOption = None,
) -> None:
    """Hold the shared options in the order in which ``--help`` lists them."""


_SHARED: Final = inspect.signature(_declare_shared).parameters
_READING: Final = frozenset(
    {"l1_rpc", "l2_rpc", "l2_chain", "l1_block", "l2_block", "env_file", "cross_check", "timeout"}
)
"""Options that mean nothing where no deployment is read."""
_CHECKING: Final = frozenset({"fail_on", "ci"})
_DEFAULTS: Final = {name: each.default for name, each in _SHARED.items() if name not in _CHECKING}


def _offer(*, reads: bool, checks: bool, writes: bool) -> Mapping[str, inspect.Parameter]:
    """Choose the shared options that mean something for a command."""
    left_out = (frozenset() if reads else _READING) | (frozenset() if checks else _CHECKING)
    shared = {name: each for name, each in _SHARED.items() if name not in left_out}
    if not writes:
        return shared
    from avsctl.commands.write_options import WRITING  # noqa: PLC0415 - few commands write

    return {**WRITING, **shared}


def _present(
    command: Callable[..., Answer], function: Callable[..., object], offered: Mapping[str, inspect.Parameter]
) -> Callable[..., Answer]:
    """Let the wrapped command look to typer as the function with the shared options behind its own."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    parameters = [
        *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own),
        *offered.values(),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__name__ = function.__name__
    command.__qualname__ = function.__qualname__
    command.__module__ = function.__module__
    command.__doc__ = function.__doc__
    return command
