"""Batch files of Safe's Transaction Builder, schema 1.0: written, read as what a stranger sent, and added to.

The format and its import rules: safe-wallet-monorepo, apps/tx-builder (typings/models.ts, lib/checksum.ts,
store/transactionLibraryContext.tsx). It has no operation: a file cannot ask for a delegatecall.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from avsctl.contracts.address import parse_address
from avsctl.contracts.attestation_center import AttestationCenter, read_transaction
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.transaction import Transaction
from avsctl.core.json_text import parse_json
from avsctl.core.units import UINT256_MAX, Address
from avsctl.core.verification import Mismatch
from avsctl.errors import ConfigError
from avsctl.tx.contract_method import describe_call, encode_method, hash_selector
from avsctl.tx.json_fields import MalformedField, join_path

MOST_CHARACTERS: Final = 1 << 20
"""Larger files are not read."""

_SCHEMA: Final = "1.0"
_BUILDER: Final = "1.16.1"
"""The release of the Transaction Builder whose files these are like."""
_NUMBER: Final = re.compile(r"[0-9]{1,78}", re.ASCII)
_BYTES: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Document = dict[str, Any]


@dataclass(frozen=True)
class BatchHead:
    """What of a batch file does not follow from the transactions in it."""

    created_at_ms: int
    """Unix milliseconds."""
    name: str
    """Text from outside, as are those that follow."""
    description: str = ""
    builder_version: str = _BUILDER
    """``txBuilderVersion``."""
    owner: str = ""
    """``createdFromOwnerAddress``."""


@dataclass(frozen=True)
class Batch:
    """What a batch file says."""

    chain_id: int
    safe: Address | None
    """The Safe that it was made for; None where it does not say."""
    transactions: tuple[Transaction, ...]
    checksum_ok: bool
    """Whether the file is as it was made; False, too, where it carries no checksum."""
    head: BatchHead
    text: str = field(repr=False)
    """The file."""
    checksums: tuple[str, str] = ("", "")
    """The right one, and the one that it carries, empty for none."""
    methods: int = 0
    """Transactions that have a readable form."""
    disputes: tuple[Mismatch, ...] = ()
    """Where the readable form says other than the data, which is what a wallet sends; empty unless tolerated."""

    @property
    def created_at_ms(self) -> int:
        """Unix milliseconds."""
        return self.head.created_at_ms


def build_batch(
    chain_id: int,
    safe: Address,
    transactions: Sequence[Transaction],
    created_at_ms: int,
    name: str,
    description: str = "",
) -> str:
    """Write a batch file; the same arguments give the same text.

    Each transaction is written readably where the Transaction Builder is sure to read it back, else as raw data.

    Args:
        chain_id: of the chain that the Safe is on.
        safe: whose transactions they are.
        transactions: in the order of execution.
        created_at_ms: Unix milliseconds.
        name: shown in the Transaction Builder.
        description: likewise.
    """
    return rebuild_batch(chain_id, safe, transactions, BatchHead(created_at_ms, name, description))


def rebuild_batch(chain_id: int, safe: Address, transactions: Sequence[Transaction], head: BatchHead) -> str:
    """Write a batch file as ``build_batch`` and ``append_transactions`` do, from what is known of it."""
    return _write(
        {
            "version": _SCHEMA,
            "chainId": str(chain_id),
            "createdAt": head.created_at_ms,
            "meta": {
                "name": head.name,
                "description": head.description,
                "txBuilderVersion": head.builder_version,
                "createdFromSafeAddress": safe,
                "createdFromOwnerAddress": head.owner,
            },
            "transactions": list(map(_write_transaction, transactions)),
        }
    )


def parse_batch(text: str, center: AttestationCenter | None, *, tolerates_disputes: bool = False) -> Batch:
    """Read a batch file that may come from anyone.

    Args:
        text: the file.
        center: whose calls are given with function and arguments; None leaves all unread.
        tolerates_disputes: whether data beside a readable form that says something else is taken, and told.

    Raises:
        ConfigError: too large, another schema, a field of another type, or data that is not what the readable form
            beside it says. It names the field and repeats nothing of the file, and is a ``MalformedField`` where one
            field is at fault.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConfigError(f"the batch file has more than {MOST_CHARACTERS} characters", code="malformed_batch")
    try:
        document = parse_json(text, is_strict=True)
    except ValueError as error:
        problem = "the batch file is no JSON document, or names a member twice"
        raise ConfigError(problem, code="malformed_batch") from error
    whole = _object(document, "the whole")
    if whole.text("version") != _SCHEMA:
        raise whole.malformed("version", f"not {_SCHEMA}, the one schema that is known")
    meta = _object(whole.members.get("meta"), "meta", "meta")
    items = whole.objects("transactions")
    contents = [_read_data(each) for each in items]
    disputes = [each for _, each in contents if each is not None]
    if disputes and not tolerates_disputes:
        raise disputes[0].error
    checksums, found = _checksums(whole.members), meta.members.get("checksum")
    return Batch(
        whole.number("chainId", 2**64 - 1),
        meta.address("createdFromSafeAddress") if meta.text("createdFromSafeAddress", "") else None,
        tuple(_read_transaction(each, data, center) for each, (data, _) in zip(items, contents, strict=True)),
        found in checksums,
        BatchHead(
            whole.count("createdAt"),
            meta.text("name", ""),
            meta.text("description", ""),
            meta.text("txBuilderVersion", ""),
            meta.text("createdFromOwnerAddress", ""),
        ),
        text,
        (checksums[0], found if isinstance(found, str) else ""),
        sum(each.members.get("contractMethod") is not None for each in items),
        tuple(each.mismatch for each in disputes),
    )


def append_transactions(batch: Batch, transactions: Sequence[Transaction], created_at_ms: int) -> str:
    """Write a batch file anew with more transactions at its end; all but time and checksum stays.

    Raises:
        ConfigError: the file is not as it was made, which the new checksum would hide.
    """
    if not batch.checksum_ok:
        raise ConfigError(
            "the checksum of the batch file does not fit its content",
            "it was changed after it was made: make it anew",
            code="batch_checksum",
        )
    document: Any = parse_json(batch.text)
    added = map(_write_transaction, transactions)
    return _write({**document, "createdAt": created_at_ms, "transactions": [*document["transactions"], *added]})


def compute_checksum(document: Mapping[str, Any], *, with_name: bool = False) -> str:
    """Give the checksum of a file: keccak256 of its text in a canonical form, without the checksum itself.

    Args:
        document: the whole file.
        with_name: as early releases of the Transaction Builder did; later ones count the name as null.
    """
    meta = {key: value for key, value in document["meta"].items() if key != "checksum"}
    if not with_name:
        meta["name"] = None
    return "0x" + keccak256(_serialize({**document, "meta": meta}).encode()).hex()


def _write(document: Document) -> str:
    meta = {**document["meta"], "checksum": compute_checksum(document)}
    return json.dumps({**document, "meta": meta}, indent=2) + "\n"


def _write_transaction(transaction: Transaction) -> Document:
    method, values = _describe(transaction) or (None, None)
    return {
        "to": transaction.to,
        "value": str(transaction.value),
        "data": None if method else "0x" + transaction.data.hex(),
        "contractMethod": method,
        "contractInputsValues": values,
    }


def _describe(transaction: Transaction) -> tuple[Document, dict[str, str]] | None:
    """Give the readable form where it says no less than the data, and the data alone is sent."""
    if transaction.function is None or transaction.value:
        return None
    found = describe_call(transaction.function, transaction.args)
    return found if found and encode_method(*found) == transaction.data else None


def _checksums(document: Document) -> tuple[str, str]:
    return compute_checksum(document), compute_checksum(document, with_name=True)


def _serialize(value: object) -> str:
    """Write JSON as the checksum counts it: the sorted keys of an object, then its values, a comma after each."""
    if isinstance(value, list):
        return f"[{','.join(map(_serialize, value))}]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return f"{{{_scalar(keys)}{''.join(f'{_serialize(value[key])},' for key in keys)}}}"
    return _scalar(value)


def _scalar(value: object) -> str:
    """Write as JSON.stringify does, which escapes half a surrogate pair."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


@dataclass(frozen=True)
class _Object:
    """An object of the file; its fields are read by type, or refused by name."""

    members: Document
    where: str
    """Its name in messages."""
    path: str = ""

    def malformed(self, name: str, problem: str) -> MalformedField:
        message = f"in the batch file, {name!r} of {self.where} is {problem}"
        return MalformedField(join_path(self.path, name), f"is {problem}", message, "malformed_batch")

    def text(self, name: str, default: str | None = None) -> str:
        value = self.members.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.malformed(name, "missing" if value is None else "no text in quotes")
        return value

    def number(self, name: str, most: int) -> int:
        text = self.text(name)
        if not _NUMBER.fullmatch(text) or int(text) > most:
            raise self.malformed(name, "no decimal number in quotes, or too large")
        return int(text)

    def count(self, name: str) -> int:
        value = self.members.get(name)
        if type(value) is not int or not 0 <= value < 2**63:
            raise self.malformed(name, "no number of milliseconds")
        return value

    def address(self, name: str) -> Address:
        text = self.text(name)
        try:
            return parse_address(text)
        except ConfigError as error:
            raise self.malformed(name, "no address: 0x and 40 hex digits with the right checksum") from error

    def data(self, name: str) -> bytes | None:
        """Read bytes as hex; None where there are none, for which the Transaction Builder takes an empty text too."""
        text = self.text(name, "")
        if text and not _BYTES.fullmatch(text):
            raise self.malformed(name, "no hex data: 0x and an even number of digits")
        return bytes.fromhex(text[2:]) if text else None

    def objects(self, name: str) -> list["_Object"]:
        items = self.members.get(name)
        if not isinstance(items, list):
            raise self.malformed(name, "no list")
        return [_object(item, f"transaction {at + 1}", f"{name}[{at}]") for at, item in enumerate(items)]

    def inner(self, name: str) -> "_Object | None":
        value = self.members.get(name)
        return None if value is None else _object(value, f"{name} of {self.where}", join_path(self.path, name))


def _object(value: object, where: str, path: str = "") -> _Object:
    if not isinstance(value, dict):
        message = f"in the batch file, {where} is no JSON object"
        raise MalformedField(path, "is no JSON object", message, "malformed_batch")
    return _Object(value, where, path)


def _read_transaction(each: _Object, data: bytes, center: AttestationCenter | None) -> Transaction:
    to, value = each.address("to"), each.number("value", UINT256_MAX)
    if "operation" in each.members:
        raise each.malformed("operation", "not of this format, which has plain calls only: another tool may obey it")
    return Transaction(to, data, value) if center is None else read_transaction(center, to, value, data)


@dataclass(frozen=True)
class _Dispute:
    """Data and readable form of a transaction that say two things."""

    error: ConfigError
    mismatch: Mismatch


def _read_data(each: _Object) -> tuple[bytes, _Dispute | None]:
    """Give what would be sent: the data, else what the readable form says; and where there are both and differ."""
    data, method, values = each.data("data"), each.inner("contractMethod"), each.inner("contractInputsValues")
    if method is None:
        return data or b"", None
    try:
        is_named_only = data is not None and values is None
        said = (
            hash_selector(method.members)
            if is_named_only
            else encode_method(method.members, values.members if values else {})
        )
    except ValueError as error:
        unreadable = each.malformed("contractMethod", f"not to be read: {error}")
        if data is None:
            raise unreadable from error
        return data, _dispute(unreadable, method, data, str(error))
    if data is None:
        return said, None
    if said == (data[:4] if is_named_only else data):
        return data, None
    two_things = ConfigError(
        f"in the batch file, data and contractMethod of {each.where} say two things",
        "a wallet sends the data and shows only that: make the file anew",
        code="batch_mismatch",
    )
    other = method if values is None or said[:4] != data[:4] else values
    return data, _dispute(two_things, other, data, f"0x{said.hex()}")


def _dispute(error: ConfigError, at: _Object, data: bytes, said: str) -> _Dispute:
    return _Dispute(error, Mismatch(at.path, f"as in data, 0x{data.hex()}", said))
