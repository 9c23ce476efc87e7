"""The batch files that a change starts from: those executed before it, and the one that it is added to."""

from dataclasses import dataclass
from pathlib import Path

from avsctl.commands.connection import Connection
from avsctl.commands.write_options import BatchMode, SafeBatchFile, WriteOptions
from avsctl.config.text_file import read_text
from avsctl.contracts.transaction import Transaction
from avsctl.core.multisig import Sender
from avsctl.errors import UsageError
from avsctl.output.log import LOGGER
from avsctl.tx.safe_batch import Batch, append_transactions, parse_batch
from avsctl.tx.safe_file import digest
from avsctl.tx.safe_queue import Queued, order_queue
from avsctl.tx.sidecar import Sidecar, parse_sidecar, sidecar_path


@dataclass(frozen=True)
class Ground:
    """What a change starts from."""

    queue: tuple[Queued, ...] = ()
    """The files of ``--after``; with nonces where the sender is a Safe."""
    held: Batch | None = None
    """The file that ``--append`` adds to."""
    held_nonce: int | None = None
    """Its nonce, where the file beside it says so."""

    @property
    def calls(self) -> tuple[Transaction, ...]:
        """All that runs before the calls of the change."""
        before = (transaction for file in self.queue for transaction in file.transactions)
        return (*before, *(self.held.transactions if self.held else ()))


def read_ground(options: WriteOptions, connection: Connection, sender: Sender) -> Ground:
    """Read the files that count as executed, and the one that is to be added to.

    Raises:
        UsageError: a file of another chain or sender, one that was executed, or one that would count twice.
        ConfigError: a file that is malformed, or has changed since it was made.
    """
    queue = tuple(_read_queued(path, connection, sender) for path in options.after)
    if sender.safe is not None:
        queue = order_queue(queue, sender.safe.nonce)
    way_out = options.way_out
    if not isinstance(way_out, SafeBatchFile) or way_out.mode is not BatchMode.APPEND:
        return Ground(queue)
    if any(path.resolve() == way_out.path.resolve() for path in options.after):
        raise UsageError(
            f"--after and --append both name {way_out.path}, whose calls would count twice",
            "leave --after out: what is added to a file runs after its calls",
        )
    batch = _read_batch(way_out.path, connection)
    append_transactions(batch, (), batch.created_at_ms)  # refuses a file that cannot be added to, before all else
    sidecar = None if sender.safe is None else _read_sidecar(way_out.path, batch)
    return Ground(queue, batch, sidecar.safe_tx.nonce if sidecar else None)


def _read_queued(path: Path, connection: Connection, sender: Sender) -> Queued:
    batch = _read_batch(path, connection)
    if not batch.checksum_ok:
        LOGGER.warning("the checksum of %s does not fit its content, which is taken as it stands", path)
    sidecar = None if sender.safe is None else _read_sidecar(path, batch)
    return Queued(str(path), batch.transactions, sidecar.safe_tx.nonce if sidecar else None)


def _read_batch(path: Path, connection: Connection) -> Batch:
    """Read a batch file, which has to be one of this chain and this sender."""
    text = read_text(path, str(path), "batch_file")
    if text is None:
        raise UsageError(f"{path}: there is no such file")
    batch = parse_batch(text, connection.discovery.attestation_center)
    if batch.safe is None:
        raise UsageError(f"{path} does not say which Safe it is of", "name a batch of this deployment")
    _require_same(path, "chain", batch.chain_id, connection.l2.block.chain_id)
    _require_same(path, "sender", batch.safe, connection.sender)
    return batch


def _require_same(path: Path, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise UsageError(f"{path} is of another {what}: {found}, not {wanted}", "name a batch of this deployment")


def _read_sidecar(path: Path, batch: Batch) -> Sidecar | None:
    """Read what is kept beside a batch file, None where there is nothing; it has to be of the file as it stands."""
    beside = sidecar_path(path)
    text = read_text(beside, str(beside), "sidecar_file")
    if text is None:
        return None
    sidecar = parse_sidecar(text)
    if not sidecar.checksum_ok or (sidecar.batch_sha256, sidecar.safe) != (digest(batch.text), batch.safe):
        raise UsageError(
            f"{beside} is not of {path} as it stands: one of them was changed or replaced",
            f"avsctl safe verify {path} names what differs",
        )
    return sidecar
