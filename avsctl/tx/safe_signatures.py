r"""Signatures of the owners of a Safe: read, held to owners and threshold, and joined. Pure; eth_keys recovers.

Each has a fixed part of 65 bytes, ``r (32) | s (32) | v (1)``, and ``v`` says what it is (Safe.sol, checkNSignatures)::

    27, 28   ECDSA over safeTxHash
    31, 32   ECDSA over keccak256("\x19Ethereum Signed Message:\n32" | safeTxHash): eth_sign, v raised by 4
    1        r is an owner who approved the hash on the chain, or who sends the transaction
    0        r is an owner that is a contract, s the position of its signature: length (32) | bytes

The fixed parts come first, in ascending order of the owners as numbers, and behind them what contracts have signed.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from avsctl.contracts.address import to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_tx import prevalidate
from avsctl.contracts.words import WORD
from avsctl.core.units import Address
from avsctl.errors import ConfigError
from avsctl.tx.verification import SignatureReport

SIZE: Final = 65
"""Bytes of the fixed part."""
MOST_BYTES: Final = 1 << 14
"""More are not read: room for a hundred owners and what some contracts sign."""
CODE: Final = "signature"
"""Of every error about signatures."""

_ETH_SIGN: Final = b"\x19Ethereum Signed Message:\n32"
_ETH_SIGN_RISE: Final = 4


class SignatureKind(StrEnum):
    """How an owner has signed."""

    ECDSA = "ecdsa"
    ETH_SIGN = "eth_sign"
    APPROVED = "approved"
    """On the chain, or by being the one who sends."""
    CONTRACT = "contract"
    """By EIP-1271: only the chain can tell whether it is right."""


_RANKS: Final = {
    SignatureKind.ECDSA: 0,
    SignatureKind.ETH_SIGN: 0,
    SignatureKind.APPROVED: 1,
    SignatureKind.CONTRACT: 2,
}
"""The lower, the surer it is that the chain takes it."""


@dataclass(frozen=True)
class SafeSignature:
    """What one account has signed with."""

    kind: SignatureKind
    owner: Address
    """Whose it is: recovered, or as it says; whether he is an owner is another question."""
    static: bytes
    """The fixed part, 65 bytes; of a contract the position in it holds where it was read."""
    dynamic: bytes = b""
    """What a contract signed, without its length; empty for other kinds."""


def parse_signatures(data: bytes, safe_tx_hash: bytes, origin: str = "the signature") -> tuple[SafeSignature, ...]:
    """Read one signature or several joined ones, in the order in which they stand.

    High values of s are taken, as the Safe does. A ``v`` of 0 or 1 beside an ``r`` that cannot be an account is what
    some wallets write for 27 and 28, and read so.

    Args:
        data: 65 bytes for each, and behind them what contracts have signed.
        safe_tx_hash: what must have been signed; another hash recovers to another account.
        origin: how messages call ``data``.

    Raises:
        ConfigError: too long, cut short, of no known kind, or such that no account can have made it.
    """
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{origin} has more than {MOST_BYTES} bytes", code=CODE)
    parts = tuple(_split(data, origin))
    names = [origin] if len(parts) == 1 else [f"signature {at} in {origin}" for at in range(1, len(parts) + 1)]
    return tuple(_read(part, data, safe_tx_hash, name) for part, name in zip(parts, names, strict=True))


def check_signatures(
    given: Sequence[Sequence[SafeSignature]],
    owners: Collection[Address],
    threshold: int,
    approved: Collection[Address],
    executor: Address | None = None,
) -> SignatureReport:
    """Hold signatures to the owners of a Safe, and join as many as it asks for.

    What a contract has signed is counted, and taken last: only the Safe's own view can tell whether it is right.

    Args:
        given: what was handed in, by argument; several in one must be in the order that the chain asks for.
        owners: of the Safe.
        threshold: how many must sign.
        approved: owners who approved the hash on the chain.
        executor: who is to send the transaction; his word (``v`` 1) counts as a signature.
    """
    every = [signature for group in given for signature in group]
    vouched = {*approved, executor}
    faults = (*_find_wrong(every, owners, vouched), *_find_repeated(every), *_find_unsorted(given))
    signed = {
        **{owner: _approve(owner) for owner in owners if owner in approved},
        **{each.owner: each for each in every if each.owner in owners and _counts(each, vouched)},
    }
    missing = max(0, threshold - len(signed))
    chosen = sorted(signed.values(), key=lambda each: (_RANKS[each.kind], _number(each)))[:threshold]
    joined = b"" if faults or missing else join_signatures(chosen)
    return SignatureReport(tuple(sorted(signed, key=_as_number)), missing, faults, joined)


def join_signatures(signatures: Iterable[SafeSignature]) -> bytes:
    """Give what ``execTransaction`` takes: sorted by owner, what contracts have signed behind the fixed parts."""
    ordered = sorted(signatures, key=_number)
    fixed, tail = b"", b""
    for signature in ordered:
        if signature.kind is SignatureKind.CONTRACT:
            fixed += _locate(signature.owner, len(ordered) * SIZE + len(tail))
            tail += len(signature.dynamic).to_bytes(WORD) + signature.dynamic
        else:
            fixed += signature.static
    return fixed + tail


def _split(data: bytes, origin: str) -> Iterator[bytes]:
    """Give the fixed parts: they end where the first signature of a contract begins, or with the data."""
    position, end = 0, len(data)
    while position < end:
        part = _raise_v(data[position : position + SIZE])
        if len(part) == SIZE and part[-1] == 0:
            end = min(end, int.from_bytes(part[WORD:-1]))
        position += SIZE
        yield part
    if position != end or not data:
        raise ConfigError(
            f"{origin} is no signature: {len(data)} bytes that do not fall into parts of {SIZE}",
            "each signature is r, s and v, 32, 32 and 1 bytes; what a contract signed comes behind all of them",
            CODE,
        )


def _raise_v(part: bytes) -> bytes:
    """Give a ``v`` that counts from 0 its 27, where ``r`` is too large for an account."""
    is_low = part[-1:] in (b"\0", b"\1") and any(part[: WORD - 20])
    return part[:-1] + bytes([part[-1] + 27]) if is_low and len(part) == SIZE else part


def _read(part: bytes, data: bytes, safe_tx_hash: bytes, name: str) -> SafeSignature:
    v = part[-1]
    if v in (0, 1):
        owner = to_checksum(part[WORD - 20 : WORD])
        if v == 1:
            return SafeSignature(SignatureKind.APPROVED, owner, prevalidate(owner))
        return SafeSignature(SignatureKind.CONTRACT, owner, part, _read_dynamic(part, data, name))
    if v in (27, 28):
        return SafeSignature(SignatureKind.ECDSA, _recover(part, v, safe_tx_hash, name), part)
    if v in (27 + _ETH_SIGN_RISE, 28 + _ETH_SIGN_RISE):
        owner = _recover(part, v - _ETH_SIGN_RISE, keccak256(_ETH_SIGN + safe_tx_hash), name)
        return SafeSignature(SignatureKind.ETH_SIGN, owner, part)
    raise ConfigError(
        f"{name} is of no known kind: its last byte, v, is {v}",
        "v is 27 or 28, for eth_sign 31 or 32, 1 for an approved hash, 0 for a contract",
        CODE,
    )


def _read_dynamic(part: bytes, data: bytes, name: str) -> bytes:
    start = int.from_bytes(part[WORD:-1]) + WORD
    end = start + int.from_bytes(data[start - WORD : start])
    if end > len(data):
        raise ConfigError(f"{name} is of a contract, and cut short", "give all of it", CODE)
    return data[start:end]


def _recover(part: bytes, v: int, digest: bytes, name: str) -> Address:
    from eth_keys.datatypes import Signature  # noqa: PLC0415 - only signatures need it
    from eth_keys.exceptions import BadSignature  # noqa: PLC0415 - as above

    r, s = int.from_bytes(part[:WORD]), int.from_bytes(part[WORD:-1])
    try:
        key = Signature(vrs=(v - 27, r, s)).recover_public_key_from_msg_hash(digest)
    except BadSignature:
        raise ConfigError(
            f"{name} is no signature: no key makes such r and s", "it may be damaged: let the owner sign again", CODE
        ) from None
    return to_checksum(key.to_canonical_address())


def _find_wrong(
    every: Iterable[SafeSignature], owners: Collection[Address], vouched: Collection[Address | None]
) -> Iterator[str]:
    for each in every:
        if each.owner not in owners:
            is_recovered = each.kind in (SignatureKind.ECDSA, SignatureKind.ETH_SIGN)
            why = ": over another hash, or an eth_sign with v not raised to 31 or 32?" if is_recovered else ""
            yield f"{each.owner} is no owner of the Safe{why}"
        elif not _counts(each, vouched):
            yield f"{each.owner} has not approved the hash on the chain, and is not the one who sends"


def _find_repeated(every: Iterable[SafeSignature]) -> Iterator[str]:
    seen, told = set[Address](), set[Address]()
    for owner in (each.owner for each in every):
        if owner in seen - told:
            told.add(owner)
            yield f"{owner} has signed more than once"
        seen.add(owner)


def _find_unsorted(given: Iterable[Sequence[SafeSignature]]) -> Iterator[str]:
    for group in given:
        for before, after in pairwise(group):
            if _number(after) < _number(before):
                yield f"{after.owner} stands behind {before.owner}: joined signatures ascend by owner"


def _counts(signature: SafeSignature, vouched: Collection[Address | None]) -> bool:
    return signature.kind is not SignatureKind.APPROVED or signature.owner in vouched


def _approve(owner: Address) -> SafeSignature:
    return SafeSignature(SignatureKind.APPROVED, owner, prevalidate(owner))


def _locate(owner: Address, position: int) -> bytes:
    return bytes(WORD - 20) + bytes.fromhex(owner[2:]) + position.to_bytes(WORD) + b"\0"


def _as_number(owner: Address) -> int:
    return int(owner, 16)


def _number(signature: SafeSignature) -> int:
    return _as_number(signature.owner)
