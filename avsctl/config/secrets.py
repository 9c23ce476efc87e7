"""The key that signs: from a keystore and its password, or from an environment variable that an option names.

A secret is in no message, repr or exception from here. Variables are those of the process: the ``.env`` of an Othentic
project holds an operator's key, and avsctl reads settings alone from it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from avsctl.config.keystore import decrypt, read_keystore
from avsctl.config.text_file import read_text
from avsctl.errors import ConfigError, UsageError

CODE: Final = "signer"
MAX_PASSWORD: Final = 4096
"""Characters."""
LEAKED: Final = "what stands on a command line is in the shell's history and in the list of processes: replace the key"
"""What to do about a key that was given where a name is wanted."""

_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1: a key is from 1 up to one less."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_KEY: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]{64})", re.ASCII)
_WHERE_VARIABLES_ARE: Final = "avsctl looks in the environment of its process only, not in .env: export the variable"


@dataclass(frozen=True)
class SignerOptions:
    """Where key and password are, never what they are.

    Raises:
        UsageError: no source of a key, two, a password that belongs to none, or a secret where the name of a variable
            is wanted (it is not repeated).
    """

    keystore: Path | None = None
    password_file: Path | None = None
    password_env: str | None = None
    """Name of an environment variable."""
    key_env: str | None = None
    """Name of an environment variable; given exactly where ``keystore`` is not."""

    def __post_init__(self) -> None:
        _require_name("--password-env", self.password_env)
        _require_name("--key-env", self.key_env)
        _require_one_source(self)

    def __repr__(self) -> str:
        return "SignerOptions(...)"


@dataclass(frozen=True)
class SignerSecret:
    """A private key, shown nowhere."""

    key: bytes = field(repr=False)
    """32 bytes, valid on secp256k1."""
    origin: str
    """The option that named it, for messages."""


def load_signer(
    options: SignerOptions, environ: Mapping[str, str], ask_password: Callable[[], str] | None
) -> SignerSecret:
    """Load the key of a signer.

    Args:
        options: where it is.
        environ: the environment of the process; ``.env`` is no part of it.
        ask_password: asks at a terminal for the keystore's password; None where nobody can be asked.

    Raises:
        UsageError: a password that would have to be asked for.
        ConfigError: a file or variable that is not there or does not hold what it must, or a wrong password.
    """
    if options.key_env is not None:
        return SignerSecret(_read_key(options.key_env, environ), f"--key-env {options.key_env}")
    assert options.keystore is not None  # noqa: S101 - one of the two is given
    keystore = read_keystore(options.keystore)
    key = decrypt(keystore, _read_password(options, environ, ask_password))
    if not _is_key(key):
        raise ConfigError(f"{keystore.shown} holds no private key of an account", code=CODE)
    return SignerSecret(key, f"--keystore {options.keystore}")


def looks_like_key(text: str) -> bool:
    """Whether a text has the form of a private key."""
    return _KEY.fullmatch(text.strip()) is not None


def _require_name(option: str, name: str | None) -> None:
    """Refuse what is no name of a variable, without repeating it: it may be the secret itself."""
    if name is None:
        return
    if looks_like_key(name):
        raise UsageError(f"{option} takes a variable's name, and was given what looks like a key", LEAKED)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{option} was given what is no name of an environment variable",
            f"letters, digits and underscores, such as {option} AVSCTL_SECRET",
        )


def _require_one_source(options: SignerOptions) -> None:
    if options.keystore is not None and options.key_env is not None:
        raise UsageError("--keystore and --key-env exclude each other", "give one of them")
    if options.keystore is None and options.key_env is None:
        raise UsageError("a signer is missing", "give --keystore FILE, or --key-env NAME")
    if options.password_file is not None and options.password_env is not None:
        raise UsageError("--password-file and --password-env exclude each other", "give one of them")
    if options.keystore is None and (options.password_file is not None or options.password_env is not None):
        raise UsageError("a password is of a keystore, and --key-env names a key", "give --keystore, or no password")


def _read_key(name: str, environ: Mapping[str, str]) -> bytes:
    match = _KEY.fullmatch(_look_up("--key-env", name, environ).strip())
    key = bytes.fromhex(match[1]) if match else b""
    if not _is_key(key):
        raise ConfigError(
            f"the environment variable {name} (--key-env) holds no private key",
            "expected 64 hex digits, with or without 0x",
            CODE,
        )
    return key


def _read_password(options: SignerOptions, environ: Mapping[str, str], ask_password: Callable[[], str] | None) -> str:
    if options.password_env is not None:
        return _look_up("--password-env", options.password_env, environ)
    if options.password_file is not None:
        return _read_password_file(options.password_file)
    if ask_password is None:
        raise UsageError(
            "the keystore's password cannot be asked for without a terminal",
            "give --password-file FILE or --password-env NAME",
        )
    return ask_password()


def _read_password_file(path: Path) -> str:
    """Read the password in a file; one line end after it is none of it."""
    shown = f"{path} (--password-file)"
    text = read_text(path, shown, CODE)
    if text is None:
        raise ConfigError(f"{shown}: no such file", code=CODE)
    if len(text) > MAX_PASSWORD:
        raise ConfigError(f"{shown} is larger than any password", "name the file that holds the password alone", CODE)
    return text.removesuffix("\n").removesuffix("\r")


def _look_up(option: str, name: str, environ: Mapping[str, str]) -> str:
    """Give what the variable holds that an option names."""
    text = environ.get(name)
    if not text:
        state = "not set" if text is None else "empty"
        raise ConfigError(f"the environment variable {name} ({option}) is {state}", _WHERE_VARIABLES_ARE, CODE)
    return text


def _is_key(key: bytes) -> bool:
    return len(key) == 32 and 0 < int.from_bytes(key) < _ORDER
