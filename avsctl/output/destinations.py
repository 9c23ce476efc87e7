"""Where answers go: the ``-o FORMAT[=FILE]`` of a command line, and what is no place for one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from avsctl.errors import UsageError
from avsctl.output.files import NO_FILE, is_same_file, require_place, tell_reason


class Format(StrEnum):
    """A form that an answer can be written in."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


TABULAR: Final = (Format.CSV, Format.MARKDOWN)
"""Formats of an answer that is one table."""


@dataclass(frozen=True)
class Destination:
    """One ``-o``: a format, and a file or stdout."""

    format: Format
    path: Path | None = None
    """None for stdout."""


STDOUT_TABLE: Final = Destination(Format.TABLE)

_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,30}:/")
_KEY: Final = re.compile(r"(?:0[xX])?[0-9a-fA-F]{64}")


def parse_file(text: str, option: str) -> Path:
    """Read the FILE that an option names.

    Raises:
        UsageError: it is empty, no name that a file can have, or what may be or hold a key (32 bytes in hex, a URL),
            which is not repeated.
    """
    if not text.strip():
        raise UsageError(f"{option} is empty: it names no file", "name a file, or leave the option out")
    if _URL.search(text):
        raise UsageError(f"{option} was given a URL; it takes a file", "an endpoint goes into L1_RPC or L2_RPC")
    if _KEY.fullmatch(text.strip()):
        raise UsageError(f"{option} takes a file, and was given what may be a key", "a file of such a name is ./NAME")
    path = Path(text)
    try:
        path.resolve()
        path.exists()
    except NO_FILE as error:
        raise UsageError(f"{option}: no file can be there: {tell_reason(error)}", f"correct {option}") from None
    return path


def parse_destinations(texts: Sequence[str]) -> tuple[Destination, ...]:
    """Read every ``FORMAT[=FILE]``; stdout gets the table unless one of them has no FILE.

    Raises:
        UsageError: an unknown format, a FILE that is none, two answers for stdout or for one file.
    """
    given = tuple(parse_destination(text) for text in texts)
    _require_distinct(given)
    return given if any(each.path is None for each in given) else (STDOUT_TABLE, *given)


def parse_destination(text: str) -> Destination:
    """Read one ``FORMAT[=FILE]``; ``-`` as FILE is stdout.

    Raises:
        UsageError: an unknown format, or a FILE that is empty or a URL.
    """
    name, has_file, file = text.partition("=")
    if name not in list(Format):
        raise UsageError(
            f"{name!r} is not an output format", f"one of {', '.join(Format)}, such as -o json=answer.json"
        )
    if has_file and not file:
        raise UsageError(f"-o {text} names no file", f"-o {name} writes to stdout, -o {name}=FILE to a file")
    return Destination(Format(name), parse_file(file, f"-o {name}=FILE") if file and file != "-" else None)


def require_formats(destinations: Iterable[Destination], *, is_tabular: bool, option: str = "") -> None:
    """Refuse csv and markdown where the answer is not one table; ``option`` is the one that makes it more, if any.

    Raises:
        UsageError: the answer cannot be written in a format asked for.
    """
    for each in destinations:
        if each.format in TABULAR and not is_tabular:
            answer = f"with {option} the answer" if option else "this answer"
            raise UsageError(
                f"{answer} is not one table, so it has no {each.format} form",
                f"use -o json or -o table{f', or leave {option} out' if option else ''}",
            )


def require_stdout_free(destinations: Iterable[Destination], option: str) -> None:
    """Refuse a form of the answer for stdout, which what ``option`` asks for has alone; the table goes to stderr.

    Raises:
        UsageError: another form than the table is to go there.
    """
    for each in destinations:
        if each.path is None and each.format is not Format.TABLE:
            raise UsageError(
                f"with {option} stdout carries that alone, so -o {each.format} needs a file", f"-o {each.format}=FILE"
            )


def require_writable(destinations: Iterable[Destination]) -> None:
    """Refuse a file that cannot be written, before anything is read for it.

    Raises:
        UsageError: as ``require_place``.
    """
    for each in destinations:
        if each.path is not None:
            require_place(each.path)


def require_unread(destinations: Iterable[Destination], read: Iterable[Path | str | None], option: str = "-o") -> None:
    """Refuse to replace a file which the command reads, such as a batch that was signed.

    Args:
        destinations: where the answer goes.
        read: what is read, there or not, None for nothing; asked for only where a file is written.
        option: what names the destinations.

    Raises:
        UsageError: a file is among both.
    """
    written = [each.path for each in destinations if each.path is not None]
    taken = [each for each in read if each is not None] if written else []
    for path in written:
        if any(is_same_file(path, each) for each in taken):
            raise UsageError(f"{option} would replace {path}, which the command reads", "name another file")


def require_apart(
    destinations: Iterable[Destination], path: Path, option: str, read: Iterable[Path | str | None] = ()
) -> None:
    """Refuse a file that an option names to be written where an answer goes too, or that the command reads.

    Args:
        destinations: where the answer goes.
        path: of the file.
        option: what names it.
        read: what is read, there or not, None for nothing.

    Raises:
        UsageError: it is one of those.
    """
    if any(each.path is not None and is_same_file(each.path, path) for each in destinations):
        raise UsageError(f"two answers for {path}", f"give {option} a FILE of its own")
    require_unread([Destination(Format.TABLE, path)], read, option)


def _require_distinct(destinations: Iterable[Destination]) -> None:
    seen: set[Path | None] = set()
    for each in destinations:
        path = each.path.resolve() if each.path else None
        if path in seen:
            target = "stdout" if each.path is None else str(each.path)
            raise UsageError(f"two answers for {target}", "give each -o but one a FILE of its own: -o json=answer.json")
        seen.add(path)
