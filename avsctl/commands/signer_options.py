"""The options that say who signs: a keystore or the name of a variable, never a secret itself."""

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


def parse_signer(
    values: Mapping[str, Any], *, is_confirmed: bool, by: str = "--send", act: str = "send"
) -> "SignerOptions":
    """Read the signer that ``--send`` or another command needs.

    Args:
        values: as typer gives them, by the names in ``SIGNER_OPTIONS``.
        is_confirmed: whether nothing has to be asked before it signs.
        by: what needs the signer, for messages.
        act: what it does then, in one word.

    Raises:
        UsageError: what ``SignerOptions`` refuses, a secret where a file is wanted (it is not repeated), or something
            that would have to be asked for where nobody can be asked.
    """
    from avsctl.config.secrets import SignerOptions  # noqa: PLC0415 - it brings what help and mistakes do not need

    signer = SignerOptions(
        parse_path(values["keystore"], "--keystore"),
        parse_path(values["password_file"], "--password-file"),
        values["password_env"],
        values["key_env"],
    )
    has_password = signer.password_file is not None or signer.password_env is not None
    _require_answers(
        asks_password=signer.keystore is not None and not has_password, is_confirmed=is_confirmed, by=by, act=act
    )
    return signer


def parse_path(text: str | None, option: str) -> Path | None:
    """Read the FILE of an option, None where it is left out.

    Raises:
        UsageError: it is empty, no name that a file can have, a URL, or looks like a key; the latter two are not
            repeated.
    """
    if text is None:
        return None
    from avsctl.config.secrets import LEAKED, looks_like_key  # noqa: PLC0415 - as above

    if looks_like_key(text):
        raise UsageError(f"{option} takes a file, and was given what looks like a key", LEAKED)
    return parse_file(text, option)


def _require_answers(*, asks_password: bool, is_confirmed: bool, by: str, act: str) -> None:
    if is_interactive():
        return
    if asks_password:
        raise UsageError(
            "the keystore's password cannot be asked for without a terminal",
            "give --password-file FILE or --password-env NAME",
        )
    if not is_confirmed:
        raise UsageError(f"{by} cannot ask for confirmation without a terminal", f"give --yes to {act} without asking")
