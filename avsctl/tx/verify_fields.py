"""A batch file and its sidecar held to what they must be, field by field; pure.

The batch file is written again from the sidecar, and the sidecar from the file and the chain; what differs is named by
its path in the document: ``transactions[0].contractInputsValues.minVotingPower``, ``safe_tx.nonce``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from avsctl.contracts.attestation_center import AttestationCenter, read_transaction
from avsctl.contracts.multi_send import decode_multi_send
from avsctl.contracts.safe_tx import DELEGATECALL, SafeTx
from avsctl.contracts.transaction import Transaction
from avsctl.core.deployment import BlockRef, Generation
from avsctl.core.expectation import Expectation
from avsctl.core.json_text import parse_json
from avsctl.core.multisig import SafeState
from avsctl.core.units import Address
from avsctl.core.verification import Mismatch
from avsctl.tx.json_fields import join_path
from avsctl.tx.safe_batch import rebuild_batch
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.safe_hashes import SafeHashes
from avsctl.tx.sidecar import Sidecar, compute_checksum, encode_sidecar

ABSENT: Final = "nothing"
"""Stands for a field that is not there."""
MOST_NAMED: Final = 1_000
"""Fields of a batch file that are named as other than they must be."""
MOST_OF_NAME: Final = 80
"""Characters of the name of a field, which may come from a stranger."""
_ANYTHING: Final = "as it was written"
"""Stands for a value that nothing can tell anew."""


@dataclass(frozen=True)
class Recomputed:
    """What of a sidecar is known without it; None for what could not be told."""

    chain_id: int
    generation: Generation
    attestation_center: Address
    safe: Address
    state: SafeState | None
    safe_tx: SafeTx | None
    hashes: SafeHashes | None
    l1: BlockRef | None
    l2: BlockRef | None
    expected: tuple[Expectation, ...] | None


def diff_documents(expected: object, found: object, path: str = "") -> Iterator[Mismatch]:
    """Name every field of two JSON documents that differs, the innermost; values are shown as JSON has them."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name in dict.fromkeys((*expected, *found)):
            yield from _diff_member(expected, found, name, join_path(path, name[:MOST_OF_NAME]))
    elif isinstance(expected, list) and isinstance(found, list):
        wanted, given = dict(enumerate(expected)), dict(enumerate(found))
        for at in range(max(len(expected), len(found))):
            yield from _diff_member(wanted, given, at, f"{path}[{at}]")
    elif type(expected) is not type(found) or expected != found:
        yield Mismatch(path, _show(expected), _show(found))


def compare_batch(text: str, sidecar: Sidecar) -> tuple[Mismatch, ...]:
    """Hold a batch file to the one that the sidecar is of; any text is taken.

    Returns:
        The first ``MOST_NAMED`` that differ, none where the files are the same in all that JSON counts.
    """
    rebuilt = rebuild_batch(sidecar.chain_id, sidecar.safe, _read_calls(sidecar), sidecar.head)
    try:
        found = parse_json(text)
    except ValueError:
        return (Mismatch("", "a JSON document", "something else"),)
    return tuple(islice(diff_documents(json.loads(rebuilt), found), MOST_NAMED))


def compare_head(file: SafeFile, sidecar: Sidecar) -> tuple[Mismatch, ...]:
    """Hold what the sidecar repeats of the file to it, where the file is the one that it was written beside."""
    claimed = encode_sidecar(sidecar)["file"]
    known = encode_sidecar(replace(sidecar, head=file.batch.head, batch_sha256=file.sha256))["file"]
    return tuple(diff_documents(known, claimed, "file"))


def check_sidecar(file: SafeFile, sidecar: Sidecar, known: Recomputed) -> tuple[Mismatch, ...]:
    """Name what was changed in a sidecar whose checksum does not fit; empty where it fits.

    What can be told anew is compared; where none of that differs, the change is in what nothing can tell.
    """
    if sidecar.checksum_ok:
        return ()
    recomputed, open_paths = _recompute(file, sidecar, known)
    claimed = encode_sidecar(sidecar)
    found = tuple(diff_documents(encode_sidecar(recomputed), claimed))
    if found:
        return found
    own = Mismatch("checksum", compute_checksum(claimed), sidecar.checksum)
    return (own, *(Mismatch(path, _ANYTHING, _show(_find(claimed, path))) for path in open_paths))


def _recompute(file: SafeFile, sidecar: Sidecar, known: Recomputed) -> tuple[Sidecar, tuple[str, ...]]:
    """Give the sidecar with all that is known told anew, and the paths of the rest."""
    state = known.state
    fields = {
        "safe_version": state.version if state else None,
        "threshold": state.threshold if state else None,
        "owners": state.owners if state else None,
        "safe_tx": known.safe_tx,
        "hashes": known.hashes,
        "l1": known.l1,
        "l2": known.l2,
        "expected": known.expected,
    }
    told: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    recomputed = replace(
        sidecar,
        batch_sha256=file.sha256,
        head=file.batch.head,
        chain_id=known.chain_id,
        generation=known.generation,
        attestation_center=known.attestation_center,
        safe=known.safe,
        **told,
    )
    return recomputed, ("avsctl", "accepted", *(_PATHS[name] for name in fields if name not in told))


_PATHS: Final = {
    "safe_version": "safe.version",
    "threshold": "safe.threshold",
    "owners": "safe.owners",
    "safe_tx": "safe_tx",
    "hashes": "hashes",
    "l1": "blocks.l1",
    "l2": "blocks.l2",
    "expected": "expected",
}


def _read_calls(sidecar: Sidecar) -> tuple[Transaction, ...]:
    """Give the calls of the transaction that a sidecar claims, readable as the file had them."""
    center = AttestationCenter(sidecar.attestation_center, sidecar.generation)
    safe_tx = sidecar.safe_tx
    calls: Sequence[Transaction] = [Transaction(safe_tx.to, safe_tx.data, safe_tx.value)]
    if safe_tx.operation == DELEGATECALL:
        with suppress(ValueError):
            calls = decode_multi_send(safe_tx.data)
    return tuple(read_transaction(center, each.to, each.value, each.data) for each in calls)


def _diff_member(expected: Mapping[Any, Any], found: Mapping[Any, Any], name: object, path: str) -> Iterator[Mismatch]:
    if name not in found:
        yield Mismatch(path, _show(expected[name]), ABSENT)
    elif name not in expected:
        yield Mismatch(path, ABSENT, _show(found[name]))
    else:
        yield from diff_documents(expected[name], found[name], path)


def _find(document: Mapping[str, Any], path: str) -> object:
    value: Any = document
    for name in path.split("."):
        value = value[name]
    return value


def _show(value: object) -> str:
    """Write a value as JSON has it, a text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value)
