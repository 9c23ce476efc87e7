"""``avsctl operator``: the operators of an AVS on both layers."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.core.units import Address, OperatorId
from avsctl.errors import UsageError
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.commands.connection import Connection
    from avsctl.output.operators import OperatorAnswer, OperatorsAnswer


@with_common(checks=True, is_tabular=True)
def list_operators(common: Common) -> Result:
    """List every operator id of L2, dead ones too, with what L1 says of its address."""
    from avsctl.commands.connection import connect, wall_time
    from avsctl.core.checks import check_unlisted, check_unreadable
    from avsctl.core.power import diff_powers
    from avsctl.output.operators import present_operators

    with connect(common) as connection:
        answer = _read(connection)
    diff = diff_powers(answer.sets)
    findings = (
        *check_unreadable(diff.unreadable),
        *answer.findings,
        *check_unlisted(diff.unlisted_on_l1),
        *connection.check_reading(),
    )
    return present_operators(replace(answer, findings=findings, unreadable=diff.unreadable), wall_time())


@with_common(checks=True)
def show_operator(
    common: Common,
    operator: Annotated[str, typer.Argument(metavar="ID|ADDRESS", help="Operator id on L2, or address.")],
) -> Result:
    """Show one operator on both layers, and for each task definition the error that it would meet."""
    from avsctl.chain.queries.assessments import assess_tasks
    from avsctl.chain.queries.operators import load_bls_key
    from avsctl.chain.queries.tasks import load_paused_flows, load_tasks
    from avsctl.commands.connection import connect, wall_time
    from avsctl.core.checks import about_operator, check_flows, check_unreadable
    from avsctl.core.power import diff_powers
    from avsctl.output.operators import present_operator

    wanted = _parse_operator(operator)
    with connect(common) as connection:
        answer = _find(connection, _read(connection), wanted)
        tasks = load_tasks(connection.l2, connection.discovery)
        paused = load_paused_flows(connection.l2, connection.discovery)
        key = load_bls_key(connection.l2, connection.discovery, answer.current) if answer.current else None
    unreadable = tuple(row for row in diff_powers(answer.all.sets).unreadable if row.address == answer.address)
    findings = (
        *check_unreadable(unreadable),
        *about_operator(answer.all.findings, answer.all.sets, answer.address),
        *check_flows(paused),
        *connection.check_reading(),
        *connection.check_assumptions("which error an attester meets, and in which order"),
    )
    whole = replace(answer.all, findings=findings, unreadable=unreadable)
    assessed = assess_tasks(tasks, None, answer.all.sets.l2, connection.discovery.evm_block_number).assessments
    return present_operator(replace(answer, all=whole, bls_key=key, tasks=assessed), wall_time())


def _read(connection: "Connection") -> "OperatorsAnswer":
    from avsctl.chain.queries.operators import load_operator_sets
    from avsctl.core.checks import check_operators
    from avsctl.output.operators import OperatorsAnswer

    sets = load_operator_sets(connection.l1, connection.l2, connection.discovery, connection.avs_governance)
    findings = check_operators(sets)
    return OperatorsAnswer(connection.deployment, connection.l1.block, connection.l2.block, sets, findings)


def _parse_operator(text: str) -> OperatorId | Address:
    from avsctl.contracts.address import parse_address
    from avsctl.errors import ConfigError

    if text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0:
        return OperatorId(int(text))
    try:
        return parse_address(text)
    except ConfigError as error:
        raise UsageError(
            f"the operator given is no id and no address: {error}", "give an id from 1, or an address"
        ) from None


def _find(connection: "Connection", whole: "OperatorsAnswer", wanted: OperatorId | Address) -> "OperatorAnswer":
    """Give what was read of the operator that an id or an address names; one that neither layer knows is an error."""
    from avsctl.chain.queries.operators import load_l1_operators
    from avsctl.contracts.avs_governance import AvsGovernance
    from avsctl.output.operators import OperatorAnswer

    sets = whole.sets
    if isinstance(wanted, int):
        address = next((each.address for each in sets.l2 if each.operator_id == wanted), None)
        if address is None:
            highest = connection.discovery.total_operators
            raise UsageError(f"operator {wanted} does not exist: ids run from 1 to {highest}", "avsctl operator list")
        return OperatorAnswer(whole, address)
    known = {each.address for each in sets.l2} | {each.address for each in sets.l1}
    if wanted not in known:
        governance = AvsGovernance(connection.avs_governance, connection.discovery.generation)
        found, _ = load_l1_operators(connection.l1, governance, [wanted])
        if found[0].is_registered is False:
            raise UsageError(f"{wanted} is an operator on neither layer", "avsctl operator list shows those that are")
        whole = replace(whole, sets=replace(sets, l1=(*sets.l1, *found)))
    return OperatorAnswer(whole, wanted)
