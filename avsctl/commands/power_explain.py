"""``avsctl power explain``: why the powers of L1 and L2 differ."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.core.operator_names import OperatorName
from avsctl.core.units import Address
from avsctl.errors import UsageError
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.chain.queries.cause_reference import L1Past
    from avsctl.chain.queries.power_causes import CausesReading
    from avsctl.commands.connection import Connection
    from avsctl.core.cause_facts import OperatorFacts
    from avsctl.core.internal_status import InternalScene
    from avsctl.core.operators import OperatorSets


@with_common(checks=True)
def explain(
    common: Common,
    operators: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|ADDRESS]...", help="Operators; else all that drifted."),
    ] = None,
) -> Result:
    """Say why the powers of L1 and L2 differ, by what they were at the last sync, and what mends it."""
    names = _parse_names(operators)
    from avsctl.chain.queries.cause_reference import L1Past
    from avsctl.chain.queries.power_causes import load_now, load_past
    from avsctl.commands.connection import connect, wall_time
    from avsctl.core.cause_checks import check_explained, check_waiting
    from avsctl.core.causes import explain as explain_facts
    from avsctl.core.power import diff_powers
    from avsctl.output.power_explain import ExplainAnswer, present_explanations, tell_unreadable

    with connect(common) as connection:
        past = L1Past(connection.l1, connection.discovery, connection.avs_governance)
        now = load_now(past, connection.l2)
        named = None if names is None else _find_named(past, now.power.sets, names)
        if named is not None:
            now = replace(now, power=replace(now.power, sets=named[0]))
        facts = load_past(past, connection.l2, _choose(past, now, named[1] if named else None), now.settings)
    explanations = tuple(map(explain_facts, facts))
    sets = now.power.sets
    findings = (
        *check_explained(explanations, sets, diff_powers(sets), named[1] if named else None),
        *check_waiting(explanations, _set_scene(connection, now)),
        *connection.check_reading(),
        *connection.check_assumptions("what power is made of, and how internal tasks are processed"),
    )
    answer = ExplainAnswer(
        connection.deployment,
        connection.l1.block,
        connection.l2.block,
        now.power.last_sync,
        explanations,
        findings,
        tell_unreadable(explanations),
    )
    return present_explanations(answer, wall_time())


def _parse_names(texts: Sequence[str] | None) -> tuple[OperatorName, ...] | None:
    """Read the arguments, ids and addresses, also with commas between them; None where there are none."""
    from avsctl.commands.operator_ids import parse_operators

    return parse_operators(",".join(texts), or_none=False) if texts else None


def _find_named(
    past: "L1Past", sets: "OperatorSets", names: Sequence[OperatorName]
) -> tuple["OperatorSets", tuple[Address, ...]]:
    """Give the addresses that are named, and the operators with those among them that L1 alone knows.

    Raises:
        UsageError: names of nobody, all of them in one message.
    """
    from avsctl.chain.queries.operators import load_l1_operators

    by_id = {int(each.operator_id): each.address for each in sets.l2}
    known = {each.address for each in sets.l1}
    strangers = tuple(dict.fromkeys(n for n in names if isinstance(n, str) and n not in known))
    found = load_l1_operators(past.reader, past.governance, strangers)[0] if strangers else ()
    only_l1 = tuple(each for each in found if each.is_registered is not False)
    unknown = {each.address for each in found} - {each.address for each in only_l1}
    missing = [str(n) for n in names if (n not in by_id if isinstance(n, int) else n in unknown)]
    if missing:
        highest = f"ids run from 1 to {len(by_id)}" if by_id else "there are no ids yet"
        raise UsageError(f"no operator on either layer: {', '.join(missing)}; {highest}", "avsctl operator list")
    addresses = [by_id[n] if isinstance(n, int) else n for n in names]
    return replace(sets, l1=(*sets.l1, *only_l1)), tuple(dict.fromkeys(addresses))


def _choose(past: "L1Past", now: "CausesReading", named: Sequence[Address] | None) -> tuple["OperatorFacts", ...]:
    from avsctl.core.cause_scene import build_facts, choose_drifted, choose_named

    definitions = [task.definition for task in now.tasks]
    everyone = build_facts(past.discovery.generation, now.power.sets, definitions, now.settings)
    return choose_drifted(everyone) if named is None else choose_named(everyone, named)


def _set_scene(connection: "Connection", now: "CausesReading") -> "InternalScene":
    from avsctl.chain.queries.tasks import state_of
    from avsctl.core.changes import L2State
    from avsctl.core.internal_status import InternalScene
    from avsctl.core.internal_tasks import InternalTaskName, find_interval

    discovery, sets = connection.discovery, now.power.sets
    total, states = sets.l2_total_voting_power, tuple(state_of(task) for task in now.tasks)
    state = L2State(discovery.generation, discovery.evm_block_number, sets.l2, total, states)
    intervals = {name: find_interval(connection.settings.internal_tasks, name) for name in InternalTaskName}
    return InternalScene(state, sets, now.power.last_sync, {}, intervals, connection.l2.block.timestamp)
