"""The writing half of ``avsctl task``: create, update, set-max-attesters, refresh."""
# ruff: noqa: PLC0415 - what plans and simulates is imported when a command runs, so that help and mistakes cost nothing

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from avsctl.commands.options import Common, with_common
from avsctl.commands.prompts import require_value
from avsctl.commands.task import parse_task_id
from avsctl.errors import GenerationError, UsageError
from avsctl.output.result import Result
from avsctl.output.text import escape, mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avsctl.core.changes import L2State, Step
    from avsctl.core.expiry import Expiry
    from avsctl.core.operator_names import OperatorName
    from avsctl.core.tasks import TaskDetails
    from avsctl.core.units import OperatorId, TaskDefinitionId
    from avsctl.tx.prepare import Intent
    from avsctl.tx.scene import Chains, Scene

T = TypeVar("T")

_SHOWN: Final = 500
"""Characters of a complaint; what was typed may be in it."""
_TYPED_SHOWN: Final = 100

MinPower = Annotated[
    str | None, typer.Option("--min-power", metavar="N", help="Least power of an attester, such as 500e18; none: 0.")
]
Restricted = Annotated[
    str | None,
    typer.Option("--restricted", metavar="ID|ADDRESS,...", help="Who may attest; none: anyone."),
]
MaxAttesters = Annotated[
    str | None, typer.Option("--max-attesters", metavar="N", help="Most attesters of one task; none: no limit.")
]
AttesterReward = Annotated[
    str | None,
    typer.Option("--attester-reward", metavar="A", help="To each attester, such as 0.001ether, 5gwei or 1000wei."),
]
PerformerReward = Annotated[str | None, typer.Option("--performer-reward", metavar="A", help="To the performer.")]
AggregatorReward = Annotated[str | None, typer.Option("--aggregator-reward", metavar="A", help="To the aggregator.")]
TaskId = Annotated[str | None, typer.Argument(metavar="ID", help="Task definition id.", show_default=False)]


@with_common(writes=True)
def create(  # noqa: PLR0913 - one argument an option
    common: Common,
    *,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="Its name; cannot be changed.")] = None,
    min_power: MinPower = None,
    restricted: Restricted = None,
    max_attesters: MaxAttesters = None,
    expiry: Annotated[
        str,
        typer.Option(
            "--expiry", metavar="WHEN", help="never, a block, +N blocks, 30d or 12h from now; cannot be changed."
        ),
    ] = "never",
    attester_reward: AttesterReward = None,
    performer_reward: PerformerReward = None,
    aggregator_reward: AggregatorReward = None,
    dispute_period: Annotated[
        str, typer.Option("--dispute-period", metavar="BLOCKS", help="Stored; no V1 or V2 code reads it.")
    ] = "0",
) -> Result:
    """Prepare the creation of a task definition."""
    from avsctl.commands.operator_ids import parse_operators
    from avsctl.commands.writing import write
    from avsctl.core.amounts import parse_count, parse_minimum
    from avsctl.core.expiry import parse_expiry
    from avsctl.core.tasks import TaskDetails, parse_name

    minimum = _read_given("--min-power", min_power, parse_minimum) or 0
    operators = _read_given("--restricted", restricted, parse_operators) or ()
    most = _read_given("--max-attesters", max_attesters, parse_count) or 0
    until = _read("--expiry", expiry, parse_expiry)
    attester, performer, aggregator = _read_rewards(attester_reward, performer_reward, aggregator_reward)
    dispute = _read("--dispute-period", dispute_period, parse_count)
    title = _require("--name", name, "Name of the task definition", parse_name)
    details = TaskDetails(title, 0, attester or 0, performer or 0, aggregator or 0, dispute)

    def intend(chains: "Chains", scene: "Scene") -> "Intent":
        return _intend_creation(chains, _resolve(scene, operators), minimum, most, details, until)

    return write(common, "task create", intend)


@with_common(writes=True)
def update(  # noqa: PLR0913 - one argument an option
    common: Common,
    task: TaskId = None,
    *,
    min_power: MinPower = None,
    restricted: Restricted = None,
    max_attesters: MaxAttesters = None,
    attester_reward: AttesterReward = None,
    performer_reward: PerformerReward = None,
    aggregator_reward: AggregatorReward = None,
    name: Annotated[str | None, typer.Option("--name", hidden=True)] = None,
    expiry: Annotated[str | None, typer.Option("--expiry", hidden=True)] = None,
    dispute_period: Annotated[str | None, typer.Option("--dispute-period", hidden=True)] = None,
) -> Result:
    """Prepare a change of a task definition: the calls it takes, in the order that keeps its total right."""
    from avsctl.commands.operator_ids import parse_operators
    from avsctl.commands.writing import write
    from avsctl.core.amounts import parse_count, parse_minimum
    from avsctl.tx.plan import DefinitionChange, plan_update
    from avsctl.tx.prepare import Intent

    _refuse_fixed({"--name": name, "--expiry": expiry, "--dispute-period": dispute_period})
    minimum = _read_given("--min-power", min_power, parse_minimum)
    operators = _read_given("--restricted", restricted, parse_operators)
    most = _read_given("--max-attesters", max_attesters, parse_count)
    rewards = _read_rewards(attester_reward, performer_reward, aggregator_reward)
    if all(each is None for each in (operators, minimum, most, *rewards)):
        raise UsageError("nothing to change is given", "give --min-power, --restricted, --max-attesters or a reward")
    wanted = _require("ID", task, "Task definition id", parse_task_id)

    def intend(_: "Chains", scene: "Scene") -> "Intent":
        ids = None if operators is None else _resolve(scene, operators)
        change = DefinitionChange(minimum, ids, most, *rewards)
        return Intent(lambda state: plan_update(state, wanted, change), (wanted,))

    return write(common, "task update", intend)


@with_common(writes=True)
def set_max_attesters(
    common: Common,
    task: TaskId = None,
    number: Annotated[
        str | None, typer.Argument(metavar="N", help="Most attesters of one task; none: no limit.", show_default=False)
    ] = None,
) -> Result:
    """Prepare a change of the maximum number of attesters."""
    from avsctl.commands.writing import write
    from avsctl.core.amounts import parse_count
    from avsctl.tx.plan import DefinitionChange, plan_update
    from avsctl.tx.prepare import Intent

    wanted = _require("ID", task, "Task definition id", parse_task_id)
    change = DefinitionChange(maximum_number_of_attesters=_require("N", number, "Most attesters", parse_count))
    intent = Intent(lambda state: plan_update(state, wanted, change), (wanted,))
    return write(common, "task set-max-attesters", lambda *_: intent)


@with_common(writes=True)
def refresh(
    common: Common,
    tasks: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Task definition ids.", show_default=False)
    ] = None,
    *,
    stale: Annotated[bool, typer.Option("--stale", help="All whose stored total is not the recomputed one.")] = False,
) -> Result:
    """Prepare the recount of stored totals, by setting again what is set."""
    from avsctl.commands.writing import write
    from avsctl.tx.plan import find_stale, plan_refresh
    from avsctl.tx.prepare import Intent

    if stale and tasks:
        raise UsageError("--stale names the task definitions by itself", "leave out the ids, or --stale")
    wanted = [] if stale else _require("ID", " ".join(tasks) if tasks else None, "Task definition ids", _parse_task_ids)
    intent = Intent(lambda state: plan_refresh(state, find_stale(state) if stale else wanted), tuple(wanted))
    return write(common, "task refresh", lambda *_: intent)


def _intend_creation(
    chains: "Chains",
    operator_ids: "tuple[OperatorId, ...]",
    minimum: int,
    most: int,
    details: "TaskDetails",
    expiry: "Expiry",
) -> "Intent":
    from dataclasses import replace

    from avsctl.chain.pace import measure_pace
    from avsctl.core.expiry import DurationFromNow, resolve_expiry
    from avsctl.core.tasks import TaskDefinition
    from avsctl.tx.plan import plan_creation
    from avsctl.tx.prepare import Intent

    evm_block = chains.discovery.evm_block_number
    pace = measure_pace(chains.l2, evm_block) if isinstance(expiry, DurationFromNow) else None
    until = resolve_expiry(expiry, evm_block, pace)

    def plan(state: "L2State") -> "tuple[Step, ...]":
        definition = TaskDefinition(state.next_id, minimum, operator_ids, most)
        return plan_creation(state, definition, replace(details, block_expiry=until))

    return Intent(plan)


def _resolve(scene: "Scene", operators: "Sequence[OperatorName]") -> "tuple[OperatorId, ...]":
    from avsctl.core.operator_names import resolve_operators

    return resolve_operators(operators, scene.state.operators)


def _read(option: str, text: str, parse: Callable[[str], T]) -> T:
    """Read the value of an option or argument; what is wrong with it is told with its name."""
    try:
        return parse(text)
    except UsageError as error:
        problem = error.problems[0]
        message, hint = (_shorten(each, text.strip()) for each in (problem.message, problem.hint))
        raise UsageError(f"{option}: {message}", hint) from None


def _shorten(complaint: str, typed: str) -> str:
    """Cut what was typed where it stands in a complaint, and the whole where that is not enough."""
    brief = complaint.replace(typed, escape(typed, _TYPED_SHOWN)) if len(typed) > _TYPED_SHOWN else complaint
    return escape(mask(brief), _SHOWN)


def _read_given(option: str, text: str | None, parse: Callable[[str], T]) -> T | None:
    return None if text is None else _read(option, text, parse)


def _read_rewards(*texts: str | None) -> tuple[int | None, ...]:
    """Read the rewards of attester, performer and aggregator."""
    from avsctl.core.amounts import parse_amount

    options = ("--attester-reward", "--performer-reward", "--aggregator-reward")
    return tuple(_read_given(option, text, parse_amount) for option, text in zip(options, texts, strict=True))


def _require(option: str, text: str | None, question: str, parse: Callable[[str], T]) -> T:
    """Read what must be given; at a terminal it is asked for where it is not."""
    return require_value(None, option, question, parse) if text is None else _read(option, text, parse)


def _parse_task_ids(text: str) -> "list[TaskDefinitionId]":
    ids = [parse_task_id(each) for each in text.replace(",", " ").split()]
    if not ids:
        raise UsageError("no task definition id is given", "ids with blanks between them, such as 2 3")
    return ids


def _refuse_fixed(given: dict[str, str | None]) -> None:
    """Refuse to change what no generation can change after creation."""
    named = [option for option, value in given.items() if value is not None]
    if named:
        raise GenerationError(
            f"{' and '.join(named)} cannot be changed after creation in any generation",
            "create a new task definition with avsctl task create; the old one stays",
        )
