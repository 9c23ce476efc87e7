"""A signature as it is handed from an owner to whoever executes: bare hex, or a file that says what it is of.

The file is JSON, every key present and no other, in this order::

    {"schema": "avsctl-signature/1", "chain_id": 8453, "safe": "0x..", "safe_tx_hash": "0x..", "signer": "0x..",
     "signature": "0x.."}

Whatever comes from outside is a claim: ``check_claim`` holds it to the transaction that is to be executed.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.address import parse_address
from avsctl.core.json_text import parse_json
from avsctl.core.units import Address
from avsctl.core.verification import Mismatch
from avsctl.core.wording import join_words
from avsctl.errors import ConfigError
from avsctl.tx.safe_hashes import SafeHashes
from avsctl.tx.safe_proposal import SafeAccount
from avsctl.tx.safe_signatures import CODE, MOST_BYTES, SIZE, parse_signatures

SCHEMA: Final = "avsctl-signature/1"
MOST_CHARACTERS: Final = 4 * MOST_BYTES
"""Larger texts are not read."""

_BYTES: Final = re.compile(r"0[xX](?:[0-9a-fA-F]{2})*", re.ASCII)
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_COMPACT_SIZE: Final = 64
_HINT: Final = "avsctl safe sign makes one; from a hardware wallet, give 0x and r, s and v in hex"


@dataclass(frozen=True)
class SignatureClaim:
    """One signature, or several joined ones, and what they are said to be of; None where nothing is said."""

    origin: str
    """How messages call it."""
    signature: bytes
    """Unread."""
    chain_id: int | None = None
    safe: Address | None = None
    safe_tx_hash: bytes | None = None
    signer: Address | None = None


def build_signature_file(account: SafeAccount, hashes: SafeHashes, signer: Address, signature: bytes) -> str:
    """Write the file of one owner's signature; the same arguments give the same text."""
    document = {
        "schema": SCHEMA,
        "chain_id": account.chain_id,
        "safe": account.address,
        "safe_tx_hash": "0x" + hashes.safe_tx.hex(),
        "signer": signer,
        "signature": "0x" + signature.hex(),
    }
    return json.dumps(document, indent=2) + "\n"


def parse_signature_text(text: str, origin: str) -> SignatureClaim:
    """Read what ``--signature`` was given, or what the file that it names holds: hex, or such a file.

    Args:
        text: from anyone.
        origin: how messages call it.

    Raises:
        ConfigError: too large, or neither. It names the field and repeats no value: it may be a key.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConfigError(f"{origin} has more than {MOST_CHARACTERS} characters", code=CODE)
    bare = text.strip()
    if not bare.startswith("{"):
        return SignatureClaim(origin, _read(origin, "", _signature, "".join(bare.split())))
    document = _parse_document(bare, origin)
    return SignatureClaim(origin, **{key: _read(origin, key, read, document[key]) for key, read in _READERS.items()})


def check_claim(claim: SignatureClaim, account: SafeAccount, hashes: SafeHashes) -> tuple[Mismatch, ...]:
    """Hold what a signature is said to be of to the transaction that is to be executed.

    Where all of that is as it must be, the signature itself is held to its signer. Nothing is compared for bare hex:
    what it recovers to is the business of ``check_signatures``.
    """
    compared = (
        ("chain_id", account.chain_id, claim.chain_id),
        ("safe", account.address, claim.safe),
        ("safe_tx_hash", hashes.safe_tx, claim.safe_tx_hash),
    )
    wrong = (each for each in compared if each[2] not in (None, each[1]))
    return tuple(Mismatch(field, _show(must), _show(said)) for field, must, said in wrong) or _check_signer(
        claim, hashes.safe_tx
    )


def _show(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def _check_signer(claim: SignatureClaim, safe_tx_hash: bytes) -> tuple[Mismatch, ...]:
    if claim.signer is None:
        return ()
    try:
        found = [each.owner for each in parse_signatures(claim.signature, safe_tx_hash, claim.origin)]
    except ConfigError as error:
        return (Mismatch("signature", f"of {claim.signer}", str(error)),)
    return () if found == [claim.signer] else (Mismatch("signature", f"of {claim.signer}", f"of {join_words(found)}"),)


def _parse_document(text: str, origin: str) -> Mapping[str, Any]:
    try:
        document = parse_json(text, is_strict=True)
    except ValueError:
        raise ConfigError(f"{origin} is not JSON, or names a member twice", _HINT, CODE) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ConfigError(f"{origin}: schema is not {SCHEMA!r}", _HINT, CODE)
    missing = [key for key in _READERS if key not in document]
    if missing:
        raise ConfigError(f"{origin}: {join_words(missing)} missing", _HINT, CODE)
    unknown = [f"{key[:40]!r}" for key in document if key not in ("schema", *_READERS)]
    if unknown:
        raise ConfigError(f"{origin} has keys that no signature has: {join_words(unknown)}", _HINT, CODE)
    return document


def _read(origin: str, key: str, read: Callable[[object], Any], value: object) -> Any:  # noqa: ANN401 - the key decides
    try:
        return read(value)
    except ValueError as error:
        raise ConfigError(f"{f'{origin}: {key}' if key else origin} is not {error}", _HINT, CODE) from None


def _signature(value: object) -> bytes:
    is_hex = isinstance(value, str) and _BYTES.fullmatch(value) is not None
    data = bytes.fromhex(str(value)[2:]) if is_hex else b""
    if len(data) == _COMPACT_SIZE:
        raise ValueError("what a Safe takes: 64 bytes are the compact form (EIP-2098); ask for r, s and v, 65 bytes")
    if not SIZE <= len(data) <= MOST_BYTES:
        raise ValueError(f"a signature: 0x and {SIZE} bytes or more in hex, at most {MOST_BYTES}")
    return data


def _chain_id(value: object) -> int:
    if type(value) is not int or not 0 < value < 1 << 64:
        raise ValueError("a chain id, a whole number")
    return value


def _address(value: object) -> Address:
    try:
        return parse_address(value if isinstance(value, str) else "")
    except ConfigError:
        raise ValueError("an address: 0x and 40 hex digits with the right checksum") from None


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or _HASH.fullmatch(value) is None:
        raise ValueError("a hash: 0x and 64 hex digits")
    return bytes.fromhex(value[2:])


_READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "chain_id": _chain_id,
    "safe": _address,
    "safe_tx_hash": _hash,
    "signer": _address,
    "signature": _signature,
}
