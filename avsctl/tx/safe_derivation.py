"""A batch file hashed: from what the user gives, what its sidecar claims, and what the chain says, in this order."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, TypeVar

from avsctl.contracts.multi_send import DEPLOYMENTS, MultiSend, prefer_version
from avsctl.core.multisig import SafeState
from avsctl.core.verification import Mismatch
from avsctl.tx.safe_file import SafeFile, find_safe
from avsctl.tx.safe_proposal import SafeAccount, SafeProposal, propose
from avsctl.tx.sidecar import Sidecar
from avsctl.tx.verify_checks import compare_transaction

T = TypeVar("T")

_OVERRIDES: Final[dict[str, set[str]]] = {
    "domain": {"version"},
    "message": {"nonce"},
    "safe_tx": {"version", "nonce"},
    "data": set(),
}
"""What each hash hangs on that an option may give."""


class Origin(StrEnum):
    """Where a value comes from."""

    OPTION = "option"
    SIDECAR = "sidecar"
    CHAIN = "chain"
    ASSUMED = "assumed"
    """Nowhere: the canonical deployment of the version, not looked for on the chain."""


@dataclass(frozen=True)
class Given:
    """What the user says of a Safe transaction; None for what was left out."""

    version: str | None = None
    nonce: int | None = None


@dataclass(frozen=True)
class Found:
    """What the chain says of a Safe."""

    state: SafeState
    multi_send: MultiSend | None
    """None where none that is known is deployed, and where none was looked for."""


@dataclass(frozen=True)
class Derived:
    """The Safe transaction that a batch file makes, and what each part of it rests on."""

    proposal: SafeProposal
    version_from: Origin
    nonce_from: Origin
    multi_send: MultiSend | None
    """None for a single call."""
    multi_send_from: Origin | None
    mismatches: tuple[Mismatch, ...]
    """What the sidecar claims and this is not."""


def is_known(file: SafeFile, given: Given) -> bool:
    """Whether version and nonce are known without the chain."""
    return file.sidecar is not None or (given.version is not None and given.nonce is not None)


def derive(file: SafeFile, given: Given, found: Found | None) -> Derived:
    """Hash the transaction that a file makes.

    Args:
        file: the batch and its sidecar.
        given: what goes before all else.
        found: what the chain says; needed unless ``is_known``.

    Raises:
        UsageError: several calls and no MultiSendCallOnly on the chain.
        ConfigError: what ``find_safe`` refuses, or a version whose hashes are not known.
    """
    safe, sidecar = find_safe(file), file.sidecar
    state = found.state if found else None
    version, version_from = _choose(
        given.version, sidecar.safe_version if sidecar else None, state.version if state else None
    )
    nonce, nonce_from = _choose(given.nonce, sidecar.safe_tx.nonce if sidecar else None, state.nonce if state else None)
    multi_send, multi_send_from = _choose_multi_send(file, version, found)
    account = SafeAccount(file.batch.chain_id, safe, version)
    proposal = propose(account, file.batch.transactions, nonce, multi_send.address if multi_send else None)
    mismatches = tuple(_compare(file, sidecar, proposal, given)) if sidecar else ()
    return Derived(proposal, version_from, nonce_from, multi_send, multi_send_from, mismatches)


def _choose(given: T | None, claimed: T | None, read: T | None) -> tuple[T, Origin]:
    pairs = ((given, Origin.OPTION), (claimed, Origin.SIDECAR), (read, Origin.CHAIN))
    return next((value, origin) for value, origin in pairs if value is not None)


def _choose_multi_send(file: SafeFile, version: str, found: Found | None) -> tuple[MultiSend | None, Origin | None]:
    """Give what several calls go through: the sidecar's is taken only where it is a known one."""
    if len(file.batch.transactions) == 1:
        return None, None
    claimed = file.sidecar.safe_tx.to if file.sidecar else None
    known = next((each for each in DEPLOYMENTS if each.address == claimed), None)
    if known is not None:
        return known, Origin.SIDECAR
    if found is not None:
        return found.multi_send, Origin.CHAIN
    return prefer_version(version)[0], Origin.ASSUMED


def _compare(file: SafeFile, sidecar: Sidecar, derived: SafeProposal, given: Given) -> Iterator[Mismatch]:
    """Hold what the sidecar claims to what was derived; what an option overrides is not its claim."""
    yield from _compare_file(file, sidecar, derived.account)
    overridden = {f"hashes.{name}" for name, options in _OVERRIDES.items() if options & _list_given(given)}
    found = compare_transaction(sidecar, derived)
    yield from (each for each in found if each.field not in {"safe_tx.nonce", *overridden})


def _list_given(given: Given) -> set[str]:
    return {each.name for each in fields(given) if getattr(given, each.name) is not None}


def _compare_file(file: SafeFile, sidecar: Sidecar, account: SafeAccount) -> Iterator[Mismatch]:
    yield from _differ("file.sha256", file.sha256, sidecar.batch_sha256)
    yield from _differ("chain_id", account.chain_id, sidecar.chain_id)
    yield from _differ("safe.address", account.address, sidecar.safe)
    if not sidecar.checksum_ok:
        yield Mismatch("checksum", "that of its content", "another")


def _differ(name: str, derived: object, claimed: object) -> Iterator[Mismatch]:
    if derived != claimed:
        yield Mismatch(name, str(derived), str(claimed))
