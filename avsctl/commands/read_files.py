"""The files that a command reads, none of which is a place for what it writes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from avsctl.errors import UsageError
from avsctl.output.destinations import Destination, require_unread

_OUTPUT: Final = ("-o", "--output")

_ENV_FILE: Final = Path(".env")


def list_settings_files(env_file: Path | None) -> Iterator[Path]:
    """Give the files that settings are read from, there or not; ``env_file`` as ``--env-file`` names it, if it does."""
    from avsctl.config.state_file import STATE_FILE  # noqa: PLC0415 - asked for where a file is written alone

    yield env_file or _ENV_FILE
    yield Path(STATE_FILE)


def spare(destinations: Iterable[Destination], arguments: Sequence[str]) -> tuple[Destination, ...]:
    """Leave out files that other arguments name, or settings are in: an error is not written over what is read.

    Args:
        destinations: where the error would go.
        arguments: the command line, which may be wrong anywhere.
    """
    return tuple(each for each in destinations if each.path is None or _is_free(each, arguments))


def _is_free(destination: Destination, arguments: Sequence[str]) -> bool:
    from avsctl.commands.safe_files import list_read  # noqa: PLC0415 - it brings what other mistakes do not need

    others = [
        word
        for before, argument in zip(("", *arguments), arguments, strict=False)
        if before not in _OUTPUT and not argument.startswith(_OUTPUT)
        for word in (argument, argument.partition("=")[2])
    ]
    with suppress(UsageError):
        require_unread(
            [destination], (*list_settings_files(None), *(name for word in others for name in list_read(word)))
        )
        return True
    return False
