"""The options that say who signs: a keystore or the name of a variable, never a secret itself."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from avsctl.commands.prompts import is_interactive
from avsctl.errors import UsageError
from avsctl.output.destinations import parse_file

if TYPE_CHECKING:
    from avsctl.config.secrets import SignerOptions

Keystore = Annotated[str | None, typer.Option("--keystore", metavar="FILE", help="Sign with this keystore.")]
PasswordFile = Annotated[
    str | None, typer.Option("--password-file", metavar="FILE", help="The keystore's password is in this file.")
]
PasswordEnv = Annotated[
    str | None,
    typer.Option("--password-env", metavar="NAME", help="The keystore's password is in this environment variable."),
]
KeyEnv = Annotated[
    str | None, typer.Option("--key-env", metavar="NAME", help="Sign with the key in this environment variable.")
]


SIGNER_OPTIONS: Final = {
    "--keystore": "keystore",
    "--password-file": "password_file",
    "--password-env": "password_env",
    "--key-env": "key_env",
}
"""Names of the values, by option."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_KEY: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{64}", re.ASCII)
_LEAKED: Final = "what stands on a command line is in the shell's history and in the list of processes: replace the key"


def parse_signer(values: Mapping[str, Any], *, is_confirmed: bool) -> "SignerOptions":
    """Read the signer that ``--send`` needs.

    Args:
        values: as typer gives them, by the names in ``SIGNER_OPTIONS``.
        is_confirmed: whether nothing has to be asked before it signs.

    Raises:
        UsageError: no signer, two, a password that belongs to none, a secret where a name or a file is wanted (it is
            not repeated), or something that would have to be asked for where nobody can be asked.
    """
    from avsctl.config.secrets import SignerOptions  # noqa: PLC0415 - it brings what help and mistakes do not need

    signer = SignerOptions(
        parse_path(values["keystore"], "--keystore"),
        parse_path(values["password_file"], "--password-file"),
        _parse_name(values["password_env"], "--password-env"),
        _parse_name(values["key_env"], "--key-env"),
    )
    if signer.keystore and signer.key_env:
        raise UsageError("--keystore and --key-env exclude each other", "give one of them")
    if not signer.keystore and not signer.key_env:
        raise UsageError("--send needs a signer", "give --keystore FILE, or --key-env NAME")
    if signer.password_file and signer.password_env:
        raise UsageError("--password-file and --password-env exclude each other", "give one of them")
    has_password = bool(signer.password_file or signer.password_env)
    if has_password and not signer.keystore:
        raise UsageError("a password is of a keystore, and --key-env names a key", "give --keystore, or no password")
    _require_answers(asks_password=bool(signer.keystore and not has_password), is_confirmed=is_confirmed)
    return signer


def parse_path(text: str | None, option: str) -> Path | None:
    """Read the FILE of an option, None where it is left out.

    Raises:
        UsageError: it is empty, no name that a file can have, a URL, or looks like a key; the latter two are not
            repeated.
    """
    if text is None:
        return None
    if _KEY.fullmatch(text.strip()):
        raise UsageError(f"{option} takes a file, and was given what looks like a key", _LEAKED)
    path = parse_file(text, option)
    try:
        path.exists()
    except OSError as error:
        raise UsageError(f"{option}: no file can be there: {error.strerror}", f"correct {option}") from None
    return path


def _parse_name(text: str | None, option: str) -> str | None:
    """Read the name of a variable; what is none is not repeated, for it may be the secret itself."""
    if text is None:
        return None
    if _KEY.fullmatch(text.strip()):
        raise UsageError(f"{option} takes a variable's name, and was given what looks like a key", _LEAKED)
    if not _NAME.fullmatch(text):
        raise UsageError(
            f"{option} was given what is no name of an environment variable",
            f"letters, digits and underscores, such as {option} AVSCTL_SECRET",
        )
    return text


def _require_answers(*, asks_password: bool, is_confirmed: bool) -> None:
    if is_interactive():
        return
    if asks_password:
        raise UsageError(
            "the keystore's password cannot be asked for without a terminal",
            "give --password-file FILE or --password-env NAME",
        )
    if not is_confirmed:
        raise UsageError("--send cannot ask for confirmation without a terminal", "give --yes to send without asking")
