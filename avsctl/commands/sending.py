"""``--send``: asks, signs, sends each call in turn, and compares what it finds after it with what was simulated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from avsctl.commands.connection import connect_to_write, wall_time
from avsctl.commands.dispatch import SETTLED, find_created, load_key, send_priced, tell_cost
from avsctl.commands.options import Common
from avsctl.commands.prompts import require_confirmed
from avsctl.commands.write_options import Send
from avsctl.commands.writing import chains_of
from avsctl.contracts.call import Reverted
from avsctl.core.chains import chain_name
from avsctl.core.changes import CreateDefinition, L2State, Step
from avsctl.core.comparison import compare_definition
from avsctl.core.findings import Finding
from avsctl.core.quorum import Assessment
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import AvsctlError, ChainError
from avsctl.output.change import present_change
from avsctl.output.change_answer import ChangeAnswer
from avsctl.output.change_outcome import Difference, Outcome, SentCall
from avsctl.output.change_words import count_calls
from avsctl.output.delivery import show_on_stderr
from avsctl.output.log import LOGGER
from avsctl.output.result import REFUSED, Result
from avsctl.tx.guards import refusing
from avsctl.tx.prepare import Intent, Prepared, prepare
from avsctl.tx.pricing import Priced, price
from avsctl.tx.scene import read_scene
from avsctl.tx.send import Landed
from avsctl.tx.signer import Signer


@dataclass(frozen=True)
class _Ended:
    """How sending went."""

    sent: tuple[SentCall, ...]
    outcome: Outcome
    refused: tuple[Finding, ...] = ()
    """What a call that was next is refused by, as things are by then."""
    error: AvsctlError | None = None
    """What else stopped it."""
    pending: str | None = None
    """Hash of a transaction that left, and of which it is not known whether it lands."""
    now: L2State | None = None
    """The last state that was read."""


def send_calls(common: Common, way_out: Send, answer: ChangeAnswer, prepared: Prepared) -> Result:
    """Show a change on stderr, ask, and send its calls one after the other; stops at the first that does not land.

    Raises:
        UsageError: the signer is not the sender, or nobody can be asked.
        ConfigError: no key, or not enough funds.
        ChainError: nothing could be sent.
        Declined: not confirmed, before anything was sent.
    """
    signer = load_key(way_out.signer)
    signer.require(answer.sender.address)
    first = _price(common, prepared, 0)
    preview = None if way_out.is_confirmed else _preview(answer)
    if not way_out.is_confirmed:
        _confirm(answer, first)
    ended = _send_all(common, signer, prepared, first)
    ids = [foresight.task_definition_id for foresight in answer.foresights]
    final = replace(
        answer,
        outcome=ended.outcome,
        sent=ended.sent,
        pending=ended.pending,
        refused=ended.refused,
        findings=(*answer.findings, *ended.refused),
        now=_assess(ended.now, ids) if ended.outcome is not Outcome.SENT and ended.now else (),
    )
    return _add_error(present_change(final, wall_time(), preview), ended.error)


def _preview(answer: ChangeAnswer) -> ChangeAnswer | None:
    """Show what is to be sent on stderr; gives what was shown, None where nothing was."""
    preview = replace(answer, outcome=Outcome.PREVIEW)
    return preview if show_on_stderr(present_change(preview, wall_time())) else None


def _confirm(answer: ChangeAnswer, first: Priced) -> None:
    """Ask once to send, and once more where several calls do not land together."""
    count = len(answer.calls)
    tell_cost(first, "the call" if count == 1 else "the first call")
    require_confirmed(f"Send {count_calls(count)} on {chain_name(first.chain_id)} from {first.sender}?")
    if count > 1:
        require_confirmed(f"They do not land together: between them the state is not the wanted one. Send all {count}?")


def _price(common: Common, prepared: Prepared, at: int, least_nonce: int = 0) -> Priced:
    """Price a call on the latest state; ``least_nonce`` is known from the one sent before it."""
    with connect_to_write(common) as connection:
        priced = price(connection.l2.rpc, connection.sender, prepared.transactions[at], least_nonce)
    if isinstance(priced, Reverted):
        raise ChainError(
            f"call {at + 1} reverts on the latest state, other than in the simulation: {priced.revert.text}",
            "the chain has moved: run the command again",
        )
    return priced


def _send_all(common: Common, signer: Signer, prepared: Prepared, first: Priced) -> _Ended:
    sent: list[SentCall] = []
    announced: list[str] = []
    now: L2State | None = None
    priced = first
    for at in range(len(prepared.transactions)):
        announced.clear()
        try:
            refused, now = _try_again(common, prepared, at)
            if refused:
                return _Ended(tuple(sent), Outcome.STOPPED, refused, now=now)
            priced = _price(common, prepared, at, least_nonce=priced.nonce + 1) if at else first
            landed = _send_one(common, signer, priced, announced)
        except (AvsctlError, KeyboardInterrupt) as error:
            if not sent and not announced:
                raise
            return _stop(sent, announced, error, now)
        call, now = _settle(common, prepared, at, landed)
        sent.append(call)
        if not call.is_success:
            return _Ended(tuple(sent), Outcome.REVERTED, now=now)
    return _Ended(tuple(sent), Outcome.SENT, now=now)


def _stop(
    sent: Sequence[SentCall], announced: Sequence[str], error: AvsctlError | KeyboardInterrupt, now: L2State | None
) -> _Ended:
    """Tell how sending ended early: what has left may land, unless the error says that it does not."""
    if isinstance(error, KeyboardInterrupt):
        return _Ended(tuple(sent), Outcome.INTERRUPTED, pending=next(iter(announced), None), now=now)
    is_settled = error.problems[0].code in SETTLED
    pending = None if is_settled else next(iter(announced), None)
    return _Ended(tuple(sent), Outcome.STOPPED, error=error, pending=pending, now=now)


def _try_again(common: Common, prepared: Prepared, at: int) -> tuple[tuple[Finding, ...], L2State]:
    """Simulate the calls that are left on the state of now; gives what refuses them, and that state."""
    with connect_to_write(common) as connection:
        chains = chains_of(connection)
        scene = read_scene(chains, connection.sender)
        steps = tuple(_expect_next_id(step, scene.state) for step in prepared.steps[at:])
        again = prepare(chains, scene, Intent(lambda _: steps), is_batch=False)
    return refusing(again.findings, common.writing.allowed), scene.state


def _expect_next_id(step: Step, state: L2State) -> Step:
    """Let a definition that is to be made have the id that it would get by now."""
    setting = step.setting
    if not isinstance(setting, CreateDefinition):
        return step
    definition = replace(setting.definition, task_definition_id=state.next_id)
    return replace(step, setting=replace(setting, definition=definition))


def _send_one(common: Common, signer: Signer, priced: Priced, announced: list[str]) -> Landed:
    """Send one call as ``send_priced`` does."""
    with connect_to_write(common) as connection:
        return send_priced(connection.l2.rpc, signer, priced, announced)


def _settle(common: Common, prepared: Prepared, at: int, landed: Landed) -> tuple[SentCall, L2State | None]:
    """Read the state at the block that a call landed in, and compare it with the simulated one."""
    receipt = landed.receipt
    call = SentCall(
        receipt.transaction_hash,
        receipt.block_number,
        receipt.is_success,
        receipt.gas_used,
        next(iter(find_created(receipt, prepared.transactions[0].to)), None),
        revert=landed.revert,
    )
    try:
        with connect_to_write(replace(common, l2_block=receipt.block_number)) as connection:
            state = read_scene(chains_of(connection), connection.sender).state
    except AvsctlError as error:
        LOGGER.warning("the state after %s could not be read: %s", receipt.transaction_hash, error)
        return call, None
    if not receipt.is_success or at + 1 >= len(prepared.states):
        return call, state
    return replace(call, differences=tuple(_compare(prepared, at, call.created_id, state))), state


def _compare(prepared: Prepared, at: int, created: TaskDefinitionId | None, found: L2State) -> Iterator[Difference]:
    """Compare the definitions that are changed; one that was made under another id is looked for there."""
    expected = prepared.states[at + 1]
    ids = [foresight.task_definition_id for foresight in prepared.foresights]
    made = expected.find(ids[0])
    if created is None or created in ids or made is None:
        yield from _differences(expected, found, ids)
        return
    yield Difference("task_definition_id", str(ids[0]), str(created))
    moved = replace(made, definition=replace(made.definition, task_definition_id=created))
    yield from _differences(expected.put(moved), found, [created])


def _differences(expected: L2State, found: L2State, ids: Sequence[TaskDefinitionId]) -> Iterator[Difference]:
    for task_definition_id in ids:
        for each in compare_definition(expected, found, task_definition_id):
            name = each.field if len(ids) == 1 else f"{each.field} of task {task_definition_id}"
            yield Difference(name, _show(each.expected), _show(each.found))


def _show(value: Any) -> str:  # noqa: ANN401 - a field of any type
    return "[" + ",".join(map(str, value)) + "]" if isinstance(value, tuple) else str(value)


def _assess(state: L2State, ids: Sequence[TaskDefinitionId]) -> tuple[Assessment, ...]:
    found = (state.assess(each) for each in ids)
    return tuple(each for each in found if each is not None)


def _add_error(result: Result, error: AvsctlError | None) -> Result:
    """Tell what stopped the sending, beside what landed before."""
    if error is None:
        return result
    status = result.status if result.status is not None and result.status != REFUSED else error.status
    return replace(result, errors=error.problems, status=status)
