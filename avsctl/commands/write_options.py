"""The options of commands that write: which way out the calls take, who signs, and what may be gone on in spite of."""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from avsctl.commands.read_files import list_settings_files
from avsctl.commands.safe_options import After, Expect, NoBatch, Nonce, parse_after, parse_hash, parse_nonce
from avsctl.commands.signer_options import (
    SIGNER_OPTIONS,
    KeyEnv,
    Keystore,
    PasswordEnv,
    PasswordFile,
    parse_path,
    parse_signer,
)
from avsctl.core.deployment import LATEST, BlockTag
from avsctl.errors import UsageError
from avsctl.output.destinations import Destination, require_stdout_free, require_unread
from avsctl.output.files import is_same_file, is_stream, name_file, require_place

if TYPE_CHECKING:
    from avsctl.config.secrets import SignerOptions

From = Annotated[
    str | None, typer.Option("--from", metavar="ADDRESS", help="The governance multisig; else AVSCTL_MULTISIG.")
]
PrintCalldata = Annotated[bool, typer.Option("--calldata", help="Print the calldata, 0x hex alone, on stdout.")]
SafeBatch = Annotated[
    str | None, typer.Option("--safe-batch", metavar="FILE", help="Write a batch for Safe's Transaction Builder.")
]
Append = Annotated[bool, typer.Option("--append", help="Add to the batch that --safe-batch names.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file that --safe-batch names.")]
SendNow = Annotated[bool, typer.Option("--send", help="Sign and send, with --keystore or --key-env.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="CODE", help="Go on in spite of this finding; repeatable."),
]


class BatchMode(StrEnum):
    """What becomes of a batch file that is there."""

    NEW = "new"
    """There is none."""
    APPEND = "append"
    OVERWRITE = "overwrite"


@dataclass(frozen=True)
class Show:
    """Nothing is made of the calls but what is shown of them."""


@dataclass(frozen=True)
class Calldata:
    """The calls go to stdout as 0x hex, and nothing else does."""


@dataclass(frozen=True)
class SafeBatchFile:
    """The calls go into a file for Safe's Transaction Builder."""

    path: Path
    mode: BatchMode
    is_numbered: bool = False
    """Whether there is a file for each call: ``NAME-1.json`` and so on in place of ``NAME.json``."""

    def paths(self, count: int) -> tuple[Path, ...]:
        """Give where each of ``count`` files goes; there is one unless they are numbered."""
        if not self.is_numbered:
            return (self.path,)
        return tuple(self.path.with_name(f"{self.path.stem}-{at}{self.path.suffix}") for at in range(1, count + 1))


@dataclass(frozen=True)
class Send:
    """The calls are signed and sent."""

    signer: "SignerOptions"
    is_confirmed: bool
    """Whether ``--yes`` was given, so that nothing is asked."""


WayOut: TypeAlias = Show | Calldata | SafeBatchFile | Send


@dataclass(frozen=True)
class WriteOptions:
    """What the options of a writing command say."""

    way_out: WayOut = Show()
    sender: str | None = None
    """As given to ``--from``; None leaves it to the settings."""
    allowed: frozenset[str] = frozenset()
    """Codes of the findings to go on in spite of."""
    after: tuple[Path, ...] = ()
    """Batch files that count as executed, in this order."""
    nonce: int | None = None
    """Of the Safe transaction; None for the first that is free."""
    is_batch: bool = True
    """Whether several calls of a Safe become one transaction; else one each."""
    expected_hash: bytes | None = None
    """The safeTxHash that the user expects."""


def parse_write_options(
    values: Mapping[str, Any], destinations: Sequence[Destination], l2_block: BlockTag
) -> WriteOptions:
    """Read the options of a writing command as typer gives them, before anything is read from a chain.

    Args:
        values: by the names of ``WRITING``; one that is missing has its default.
        destinations: where the answer goes.
        l2_block: the block to read at.

    Raises:
        UsageError: options that exclude each other or lack one another, a file that is not as it must be, an unknown
            code, a secret where the name of a variable is wanted (it is not repeated).
    """
    values = {**_DEFAULTS, **values}
    _require_one_way_out(values)
    way_out = _parse_way_out(values)
    if isinstance(way_out, Send | SafeBatchFile) and l2_block != LATEST:
        option = "--send" if isinstance(way_out, Send) else "--safe-batch"
        raise UsageError(
            f"{option} goes by the state of now, not by that of --l2-block {l2_block}", "leave --l2-block out"
        )
    _require_free(way_out, destinations)
    read = _list_read(values)
    require_unread(destinations, read)
    _require_unread(way_out, read)
    return WriteOptions(
        way_out,
        values["from_"],
        _parse_allowed(values["allow"] or ()),
        _parse_after(values, way_out),
        parse_nonce(values["nonce"]),
        not values["no_batch"],
        parse_hash(values["expect"], "--expect"),
    )


def _require_one_way_out(values: Mapping[str, Any]) -> None:
    """Refuse two ways out, and options of a way that is not taken."""
    ways = [option for option, name in _WAYS.items() if _is_given(values[name])]
    if len(ways) > 1:
        raise UsageError(f"{' and '.join(ways)} exclude each other", "give one of them")
    if values["append"] and values["overwrite"]:
        raise UsageError("--append and --overwrite exclude each other", "give one of them")
    if values["append"] and values["no_batch"]:
        raise UsageError(
            "--append and --no-batch exclude each other: a file is one transaction of the Safe",
            "write other files with --no-batch --after FILE, which come after it",
        )
    taken = ways[0] if ways else ""
    for way, options in _OPTIONS_OF.items():
        for option, name in options.items():
            if _is_given(values[name]) and way != taken:
                raise UsageError(f"{option} means nothing without {way}", f"give {way} too, or leave {option} out")


def _is_given(value: object) -> bool:
    return value is not None and value is not False


def _parse_way_out(values: Mapping[str, Any]) -> WayOut:
    if values["calldata"]:
        return Calldata()
    if values["send"]:
        return Send(parse_signer(values, is_confirmed=values["yes"]), values["yes"])
    batch = parse_path(values["safe_batch"], "--safe-batch")
    return Show() if batch is None else _parse_safe_batch(batch, values)


def _parse_safe_batch(path: Path, values: Mapping[str, Any]) -> SafeBatchFile:
    if str(path) == "-":
        raise UsageError("--safe-batch takes a file, not stdout", "name a file, such as batch.json")
    mode = BatchMode.APPEND if values["append"] else BatchMode.OVERWRITE if values["overwrite"] else BatchMode.NEW
    way_out = SafeBatchFile(path, mode, is_numbered=values["no_batch"])
    if way_out.is_numbered and not is_file_name(path):
        raise UsageError(f"--no-batch writes a file for each call, and {path} is none", "name a file")
    (first,) = way_out.paths(1)
    require_place(first)
    if mode is BatchMode.APPEND and not path.exists():
        raise UsageError(f"there is no file {path} to append to", "leave --append out to make it")
    if mode is BatchMode.NEW and first.exists():
        adds = "" if way_out.is_numbered else "--append adds to it, "
        raise UsageError(f"{first} is there already", f"{adds}--overwrite replaces it")
    return way_out


def is_file_name(path: Path) -> bool:
    """Tell where a file is or may be from a device or a pipe, beside which nothing can be written."""
    return not is_stream(path)


def _list_read(values: Mapping[str, Any]) -> tuple[Path | str, ...]:
    """Give the files that options name to be read, and those of the settings."""
    from avsctl.tx.sidecar import SUFFIX  # noqa: PLC0415 - it brings what help and mistakes do not need

    env_file, others = values.get("env_file"), (values["keystore"], values["password_file"])
    batches = (name for each in values["after"] or () for name in (each, f"{each}{SUFFIX}"))
    settings = list_settings_files(Path(env_file) if env_file else None)
    return (*batches, *(each for each in others if each is not None), *settings)


def _require_unread(way_out: WayOut, read: Sequence[Path | str]) -> None:
    """Refuse calls that would replace what is read; what ``--append`` adds to is judged when it was read."""
    if not isinstance(way_out, SafeBatchFile) or way_out.mode is BatchMode.APPEND:
        return
    for each in read:
        if _would_write(way_out, Path(each)):
            raise UsageError(f"--safe-batch would replace {each}, which the command reads", "name another file")


def _require_free(way_out: WayOut, destinations: Sequence[Destination]) -> None:
    """Refuse an answer that would go where the calls go."""
    if isinstance(way_out, Calldata):
        require_stdout_free(destinations, "--calldata")
    if isinstance(way_out, SafeBatchFile):
        for each in destinations:
            if each.path is not None and _would_write(way_out, each.path):
                raise UsageError(f"--safe-batch and -o both write {each.path}", "give each a file of its own")


def _would_write(way_out: SafeBatchFile, path: Path) -> bool:
    """Whether a file is one that the batch may take: numbered, if it is, or what is kept beside it."""
    from avsctl.tx.sidecar import SUFFIX  # noqa: PLC0415 - it brings what help and mistakes do not need

    if is_same_file(way_out.path, path):
        return True
    batch, other = Path(name_file(way_out.path)), Path(name_file(path))
    name = other.name.removesuffix(SUFFIX)
    if way_out.is_numbered:
        name = re.sub(rf"-[0-9]+{re.escape(batch.suffix)}\Z", batch.suffix, name)
    return (other.parent, name) == (batch.parent, batch.name)


def _parse_allowed(codes: Sequence[str]) -> frozenset[str]:
    if codes:
        from avsctl.tx.guards import check_allowed  # noqa: PLC0415 - it brings what help and mistakes do not need

        check_allowed(codes)
    return frozenset(codes)


def _parse_after(values: Mapping[str, Any], way_out: WayOut) -> tuple[Path, ...]:
    if values["after"] and isinstance(way_out, Send):
        raise UsageError(
            "--send goes by the state of now, not by that after a file", "execute the file first, and leave --after out"
        )
    return parse_after(values["after"])


def _declare_writing(  # noqa: PLR0913 - one argument an option
    *,
    from_: From = None,
    calldata: PrintCalldata = False,
    safe_batch: SafeBatch = None,
    append: Append = False,
    overwrite: Overwrite = False,
    send: SendNow = False,
    yes: Yes = False,
    allow: Allow = None,
    after: After = None,
    nonce: Nonce = None,
    no_batch: NoBatch = False,
    expect: Expect = None,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    key_env: KeyEnv = None,
) -> None:
    """Hold the options in the order in which ``--help`` lists them."""


WRITING: Final = inspect.signature(_declare_writing).parameters
"""The options, as ``with_common(writes=True)`` offers them."""
_DEFAULTS: Final = {name: each.default for name, each in WRITING.items()}
_WAYS: Final = {"--calldata": "calldata", "--safe-batch": "safe_batch", "--send": "send"}
_OPTIONS_OF: Final = {
    "--safe-batch": {"--append": "append", "--overwrite": "overwrite"},
    "--send": SIGNER_OPTIONS,
}
"""The options that one way out alone has."""
