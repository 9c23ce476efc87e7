"""From an intent to the one thing that is done with it: what every command that writes goes through."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from avsctl.commands.batch_writing import Draft, write_batches
from avsctl.commands.change_files import read_ground
from avsctl.commands.connection import Connection, connect_to_write, wall_time
from avsctl.commands.options import Common
from avsctl.commands.safe_writing import check_expected, choose_order, pack, require_safe, show_change
from avsctl.commands.write_options import Calldata, SafeBatchFile, Send, WayOut, WriteOptions
from avsctl.core.changes import CreateDefinition
from avsctl.core.expiry import seconds_until
from avsctl.core.findings import Finding, build_finding
from avsctl.core.multisig import Sender
from avsctl.errors import UsageError
from avsctl.output.change import present_change
from avsctl.output.change_answer import ChangeAnswer
from avsctl.output.change_calls import PlannedCall
from avsctl.output.change_outcome import Outcome, Payload
from avsctl.output.result import Result
from avsctl.tx.guards import refusing
from avsctl.tx.prepare import Intent, Prepared, prepare
from avsctl.tx.safe_change import SafeChange, propose_change
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
    with connect_to_write(common) as connection:
        draft = _draft(connection, common.writing, command, intend)
    return _finish(common, draft)


def _draft(connection: Connection, options: WriteOptions, command: str, intend: Intend) -> Draft:
    chains = chains_of(connection)
    scene = read_scene(chains, connection.sender)
    safe = scene.sender.safe
    _require_key(options.way_out, scene.sender)
    require_safe(options, scene.sender)
    ground = read_ground(options, connection, scene.sender)
    order = choose_order(options, ground, safe) if safe else None
    is_batch = options.is_batch and (safe is not None or isinstance(options.way_out, SafeBatchFile))
    prepared = prepare(chains, scene, intend(chains, scene), ground.calls, is_batch=is_batch)
    change = propose_change(chains, scene.sender.address, safe, prepared, order) if safe and order else None
    answer = _answer(command, connection, scene, prepared, options, is_batch=is_batch)
    return Draft(_add_safe(answer, change, options) if change else answer, prepared, ground, change)


def _finish(common: Common, draft: Draft) -> Result:
    """Do what the options say with what was prepared, unless it is refused."""
    answer, way_out = draft.answer, common.writing.way_out
    if answer.refused or answer.is_unexpected or not answer.calls:
        return present_change(answer, wall_time())
    match way_out:
        case Calldata():
            return _give_out(draft)
        case SafeBatchFile():
            return present_change(write_batches(draft, way_out), wall_time())
        case Send():
            from avsctl.commands.sending import send_calls  # noqa: PLC0415 - imports web3, which only this way needs

            return send_calls(common, way_out, answer, draft.prepared)
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


def _add_safe(answer: ChangeAnswer, change: SafeChange, options: WriteOptions) -> ChangeAnswer:
    """Add what is of the Safe; another transaction than expected is no refusal, and ends the command all the same."""
    part = show_change(change, options.expected_hash)
    unexpected = tuple(check_expected(part, options.expected_hash))
    return replace(
        answer,
        safe=part,
        findings=(*answer.findings, *change.findings, *unexpected),
        refused=(*answer.refused, *refusing(change.findings, options.allowed)),
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


def _give_out(draft: Draft) -> Result:
    payloads = pack(draft.change) if draft.change else tuple(map(Payload, draft.prepared.transactions))
    lines = "".join(f"0x{payload.transaction.data.hex()}\n" for payload in payloads)
    given = replace(draft.answer, outcome=Outcome.CALLDATA, calldata=payloads)
    return replace(present_change(given, wall_time()), payload=lines)
