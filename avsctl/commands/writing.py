"""From an intent to the one thing that is done with it: what every command that writes goes through."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from avsctl.chain.queries.sender import find_multi_send
from avsctl.commands.connection import Connection, connect_to_write, wall_time
from avsctl.commands.options import Common
from avsctl.commands.write_options import BatchMode, Calldata, SafeBatchFile, Send, WayOut, WriteOptions
from avsctl.config.text_file import read_text
from avsctl.contracts.multi_send import encode_multi_send
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition
from avsctl.core.expiry import seconds_until
from avsctl.core.findings import Finding, build_finding
from avsctl.core.multisig import Sender
from avsctl.errors import UsageError
from avsctl.output.change import present_change
from avsctl.output.change_answer import ChangeAnswer
from avsctl.output.change_calls import PlannedCall
from avsctl.output.change_outcome import Outcome, Payload, WrittenFile
from avsctl.output.destinations import write_file
from avsctl.output.log import LOGGER
from avsctl.output.result import Result
from avsctl.tx.guards import refusing
from avsctl.tx.prepare import Intent, Prepared, prepare
from avsctl.tx.safe_batch import Batch, append_transactions, build_batch, parse_batch
from avsctl.tx.scene import Chains, Scene, read_scene

Intend = Callable[[Chains, Scene], Intent]
"""Makes of what was read what is wanted: names are resolved at the block read."""


def write(common: Common, command: str, intend: Intend) -> Result:
    """Read, plan, simulate and judge; then show, give out, write or send, as the options say, unless it is refused.

    Raises:
        UsageError: what is wanted cannot be, or not in this way.
        GenerationError: the generation has no call for it.
        ChainError: a chain could not be read.
    """
    options = common.writing
    with connect_to_write(common) as connection:
        chains = chains_of(connection)
        scene = read_scene(chains, connection.sender)
        _require_key(options.way_out, scene.sender)
        after, batch = _read_files(options, connection)
        earlier = (*after, *(batch.transactions if batch else ()))
        is_batch = scene.sender.safe is not None or isinstance(options.way_out, SafeBatchFile)
        prepared = prepare(chains, scene, intend(chains, scene), earlier, is_batch=is_batch)
        answer = _answer(command, connection, scene, prepared, options, is_batch=is_batch)
        is_given_out = isinstance(options.way_out, Calldata) and not answer.refused
        payloads = _pack(connection, scene.sender, prepared) if is_given_out else ()
    if answer.refused or not answer.calls:
        return present_change(answer, wall_time())
    match options.way_out:
        case Calldata():
            return _give_out(answer, payloads)
        case SafeBatchFile():
            return _write_batch(answer, options.way_out, batch)
        case Send():
            from avsctl.commands.sending import send_calls  # noqa: PLC0415 - imports web3, which only this way needs

            return send_calls(common, options.way_out, answer, prepared)
    return present_change(answer, wall_time())


def chains_of(connection: Connection) -> Chains:
    """Give what a change is prepared on: L2, and L1 where it is open."""
    if connection.layers.l1 is None:
        return Chains(connection.l2, connection.discovery)
    return Chains(connection.l2, connection.discovery, connection.l1, connection.avs_governance)


def _require_key(way_out: WayOut, sender: Sender) -> None:
    """Refuse to send for a contract: no key signs for it."""
    if not isinstance(way_out, Send) or not sender.has_code:
        return
    if sender.safe is None:
        raise UsageError(f"--send signs for an account with a key, and {sender.address} is a contract", "--calldata")
    raise UsageError(
        f"--send signs for an account with a key, and {sender.address} is a Safe",
        "write it with --safe-batch FILE, then avsctl safe sign FILE by each owner, and avsctl safe exec FILE",
    )


def _read_files(options: WriteOptions, connection: Connection) -> tuple[tuple[Transaction, ...], Batch | None]:
    """Read the calls that count as executed, and the batch that is to be added to."""
    after = () if options.after is None else _read_after(options.after, connection)
    way_out = options.way_out
    if not isinstance(way_out, SafeBatchFile) or way_out.mode is not BatchMode.APPEND:
        return after, None
    if options.after is not None and options.after.resolve() == way_out.path.resolve():
        raise UsageError(
            f"--after and --append both name {way_out.path}, whose calls would count twice",
            "leave --after out: what is added to a file runs after its calls",
        )
    batch = _read_batch(way_out.path, connection)
    append_transactions(batch, (), batch.created_at_ms)  # refuses a file that cannot be added to, before all else
    return after, batch


def _read_after(path: Path, connection: Connection) -> tuple[Transaction, ...]:
    batch = _read_batch(path, connection)
    if not batch.checksum_ok:
        LOGGER.warning("the checksum of %s does not fit its content, which is taken as it stands", path)
    return batch.transactions


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


def _pack(connection: Connection, sender: Sender, prepared: Prepared) -> tuple[Payload, ...]:
    """Give what is to be signed: several calls of a Safe as one delegatecall of its MultiSendCallOnly."""
    transactions = prepared.transactions
    if sender.safe is None or len(transactions) < 2:
        return tuple(map(Payload, transactions))
    multi_send = find_multi_send(connection.l2, sender.safe.version)
    if multi_send is None:
        raise UsageError(
            "no MultiSendCallOnly that is known is deployed on this chain, so several calls cannot be one transaction",
            "use --safe-batch FILE: the Safe's own app knows which one there is",
        )
    return (Payload(Transaction(multi_send.address, encode_multi_send(transactions)), operation=1),)


def _answer(
    command: str,
    connection: Connection,
    scene: Scene,
    prepared: Prepared,
    options: WriteOptions,
    *,
    is_batch: bool,
) -> ChangeAnswer:
    trial = prepared.trial
    findings = (*prepared.findings, *_check_batch(options.way_out, scene.sender), *connection.check_reading())
    return ChangeAnswer(
        command=command,
        deployment=connection.deployment,
        l1=connection.l1_block,
        l2=connection.l2.block,
        sender=scene.sender,
        holds_role=scene.holds_role,
        calls=tuple(map(PlannedCall, prepared.steps, prepared.transactions)),
        earlier=prepared.earlier,
        is_atomic=is_batch or len(prepared.steps) <= 1,
        simulated_with=trial.way.value if trial else "",
        evm_block=trial.evm_block if trial else connection.discovery.evm_block_number,
        is_next_block=trial.is_next_block if trial else False,
        reverts=prepared.reverts,
        foresights=prepared.foresights,
        findings=findings,
        refused=refusing(findings, options.allowed),
        outcome=Outcome.SHOWN,
        expiry_date=_date_expiry(connection, prepared),
    )


def _check_batch(way_out: WayOut, sender: Sender) -> Iterator[Finding]:
    """Find that a batch for a Safe is made from an account that is none."""
    if isinstance(way_out, SafeBatchFile) and sender.safe is None:
        text = f"{sender.address} is no Safe on L2: who opens the batch there finds no Safe that can run it"
        yield build_finding("sender_is_no_safe", "sender", text)


def _date_expiry(connection: Connection, prepared: Prepared) -> int | None:
    """Give the Unix time at which the expiry of a new definition is about due."""
    settings = [step.setting for step in prepared.steps]
    expiries = [each.details.block_expiry for each in settings if isinstance(each, CreateDefinition)]
    left = [seconds_until(each, connection.discovery.evm_block_number, prepared.pace) for each in expiries]
    return next((connection.l2.block.timestamp + seconds for seconds in left if seconds is not None), None)


def _give_out(answer: ChangeAnswer, payloads: Sequence[Payload]) -> Result:
    lines = "".join(f"0x{payload.transaction.data.hex()}\n" for payload in payloads)
    given = replace(answer, outcome=Outcome.CALLDATA, calldata=tuple(payloads))
    return replace(present_change(given, wall_time()), payload=lines)


def _write_batch(answer: ChangeAnswer, way_out: SafeBatchFile, batch: Batch | None) -> Result:
    transactions = [call.transaction for call in answer.calls]
    made_at_ms = answer.l2.timestamp * 1000
    if batch is None:
        text = build_batch(answer.l2.chain_id, answer.sender.address, transactions, made_at_ms, answer.command)
    else:
        text = append_transactions(batch, transactions, made_at_ms)
    write_file(way_out.path, text)
    count = len(transactions) + (len(batch.transactions) if batch else 0)
    file = WrittenFile(str(way_out.path), hashlib.sha256(text.encode()).hexdigest(), count)
    return present_change(replace(answer, outcome=Outcome.WRITTEN, file=file), wall_time())
