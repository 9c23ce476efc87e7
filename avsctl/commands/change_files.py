"""The batch files that a change starts from: those executed before it, and the one that it is added to."""

from dataclasses import dataclass
from pathlib import Path

from avsctl.commands.connection import Connection
from avsctl.commands.safe_files import parse_texts
from avsctl.commands.write_options import BatchMode, SafeBatchFile, WriteOptions
from avsctl.config.text_file import read_text
from avsctl.contracts.transaction import Transaction
from avsctl.core.multisig import Sender
from avsctl.errors import UsageError
from avsctl.output.log import LOGGER
from avsctl.tx.safe_batch import Batch, append_transactions
from avsctl.tx.safe_file import SafeFile, require_own_sidecar, require_same
from avsctl.tx.safe_queue import Queued, order_queue
from avsctl.tx.sidecar import sidecar_path


@dataclass(frozen=True)
class Ground:
    """What a change starts from."""

    queue: tuple[Queued, ...] = ()
    """The files of ``--after``; with nonces where the sender is a Safe."""
    held: Batch | None = None
    """The file that ``--append`` adds to."""
    held_nonce: int | None = None
    """Its nonce, where the file beside it says so."""
    held_sha256: str = ""
    """Its digest as it was read."""

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
    file = _read_file(way_out.path, connection, sender)
    append_transactions(file.batch, (), file.batch.created_at_ms)  # refuses a file that cannot be added to
    require_own_sidecar(file)
    return Ground(queue, file.batch, file.sidecar.safe_tx.nonce if file.sidecar else None, file.sha256)


def _read_queued(path: Path, connection: Connection, sender: Sender) -> Queued:
    file = _read_file(path, connection, sender)
    if not file.batch.checksum_ok:
        LOGGER.warning("the checksum of %s does not fit its content, which is taken as it stands", path)
    require_own_sidecar(file)
    return Queued(file.path, file.batch.transactions, file.sidecar.safe_tx.nonce if file.sidecar else None)


def _read_file(path: Path, connection: Connection, sender: Sender) -> SafeFile:
    """Read a batch file, which has to be one of this chain and this sender; of a Safe also what is kept beside it."""
    text = read_text(path, str(path), "batch_file")
    if text is None:
        raise UsageError(f"{path}: there is no such file")
    beside = sidecar_path(path)
    claims = read_text(beside, str(beside), "sidecar_file") if sender.safe else None
    file = parse_texts(str(path), text, claims, connection.discovery.attestation_center)
    require_same(file, connection.l2.block.chain_id, connection.sender)
    return file
