"""Web3 Secret Storage, version 3: an encrypted key in a JSON file, checked whole before any work is done on it.

https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from avsctl.config.text_file import read_text
from avsctl.core.json_text import parse_json
from avsctl.errors import ConfigError

CODE: Final = "keystore"
MOST_MEMORY: Final = 2**22
"""scrypt's n times r, 128 bytes each: 512 MiB. geth takes half of that."""
MOST_SCRYPT_WORK: Final = 2**23
"""scrypt's n times r times p: four times geth's, some 3 s."""
MOST_ROUNDS: Final = 20_000_000
"""pbkdf2's c: twenty times that of eth-account, some 5 s."""

_HEX: Final = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})*)", re.ASCII)
_HINT: Final = "expected a keystore of version 3, as geth, cast wallet and eth-account write them"


@dataclass(frozen=True)
class Keystore:
    """An encrypted key whose form is right and whose cost is bounded."""

    shown: str
    """The file, for messages."""
    document: Mapping[str, Any] = field(repr=False)
    """As the decryption takes it: version 3, and nothing in it that it does not need."""


def read_keystore(path: Path) -> Keystore:
    """Read a keystore file.

    Raises:
        ConfigError: it is not there, cannot be read, has another form, or would cost too much time or memory.
    """
    shown = f"{path} (--keystore)"
    text = read_text(path, shown, CODE)
    if text is None:
        raise ConfigError(f"{shown}: no such file", code=CODE)
    document = _lower(_parse(text))
    if document is None:
        raise ConfigError(f"{shown} is no JSON object", _HINT, CODE)
    fault = _find_fault(document)
    if fault:
        raise ConfigError(f"{shown} {fault}", _HINT, CODE)
    return Keystore(shown, {"version": 3, "crypto": document["crypto"]})


def decrypt(keystore: Keystore, password: str) -> bytes:
    """Give the key in a keystore, 32 bytes; raises ConfigError when the password is wrong."""
    key = _try_decrypt(keystore, password)
    if key is None:
        raise ConfigError(f"wrong password for {keystore.shown}", code=CODE)
    return key


def _try_decrypt(keystore: Keystore, password: str) -> bytes | None:
    from eth_account import Account  # noqa: PLC0415 - half a second, and only a signer needs it

    try:
        return bytes(Account.decrypt(dict(keystore.document), password))
    except ValueError:  # its text is not passed on, nor the error itself
        return None


def _parse(text: str) -> object:
    try:
        return parse_json(text)
    except ValueError:
        return None


def _lower(value: object) -> dict[str, Any] | None:
    """Spell the keys of an object in lower case, those of objects in it too: old wallets wrote ``Crypto``."""
    if not isinstance(value, dict):
        return None
    return {key.lower(): _lower(each) if isinstance(each, dict) else each for key, each in value.items()}


def _find_fault(document: Mapping[str, Any]) -> str:
    """Say what is wrong with a keystore; empty where nothing is."""
    crypto = document.get("crypto")
    if document.get("version") != 3 or not isinstance(crypto, dict):
        return "is no keystore of version 3"
    if crypto.get("cipher") != "aes-128-ctr":
        return "names another cipher than aes-128-ctr"
    iv = crypto["cipherparams"].get("iv") if isinstance(crypto.get("cipherparams"), dict) else None
    if _size(iv) != 16 or _size(crypto.get("ciphertext")) != 32 or _size(crypto.get("mac")) != 32:
        return "has no iv, ciphertext or mac of the right size"
    params = crypto.get("kdfparams")
    if not isinstance(params, dict) or _size(params.get("salt")) is None or params.get("dklen") != 32:
        return "has no salt, or another dklen than 32"
    check = {"scrypt": _find_scrypt_fault, "pbkdf2": _find_pbkdf2_fault}.get(str(crypto.get("kdf")))
    return check(params) if check else "names another key derivation than scrypt and pbkdf2"


def _find_scrypt_fault(params: Mapping[str, Any]) -> str:
    n, r, p = (_count(params.get(name)) for name in "nrp")
    if n < 2 or n & (n - 1) or not r or not p:
        return "has no scrypt parameters n, r and p (n a power of two)"
    if n * r > MOST_MEMORY or n * r * p > MOST_SCRYPT_WORK:
        return "asks for more time or memory than a key is worth (scrypt's n, r and p)"
    return ""


def _find_pbkdf2_fault(params: Mapping[str, Any]) -> str:
    rounds = _count(params.get("c"))
    if not rounds or params.get("prf") != "hmac-sha256":
        return "has no pbkdf2 parameters c and prf (hmac-sha256)"
    return "asks for more time than a key is worth (pbkdf2's c)" if rounds > MOST_ROUNDS else ""


def _count(value: object) -> int:
    """Give a whole number above 0; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _size(value: object) -> int | None:
    """Give how many bytes of hex a value is; None where it is none."""
    match = _HEX.fullmatch(value) if isinstance(value, str) else None
    return len(match[1]) // 2 if match else None
