"""``avsctl power history``: the syncs that landed."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, parse_block, with_common
from avsctl.core.history import MOST_SYNCS, Wanted
from avsctl.errors import ConfigError, UsageError
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.commands.connection import Connection
    from avsctl.core.history import History

DEFAULT_LAST = 10


@with_common(is_tabular=True)
def history(
    common: Common,
    *,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", help=f"So many syncs; {DEFAULT_LAST} unless told.")
    ] = None,
    from_block: Annotated[
        str | None, typer.Option("--from-block", metavar="BLOCK", help="All syncs from this L2 block on.")
    ] = None,
) -> Result:
    """Show the syncs that landed, what each changed, and how L1 and L2 stood at it."""
    wanted = _parse_wanted(last, from_block)
    if isinstance(common.l2_block, int):
        _require_below(wanted, common.l2_block)
    from avsctl.commands.connection import BOTH, L2_ALONE, connect, wall_time
    from avsctl.core.history_checks import check_history
    from avsctl.output.power_history import HistoryAnswer, present_history

    with connect(common, L2_ALONE, BOTH) as connection:
        _require_below(wanted, connection.l2.block.number)
        found = _load(connection, wanted)
    findings = (
        *check_history(found, wanted),
        *connection.check_reading(),
        *connection.check_assumptions("what events a sync leaves, and how internal tasks are processed"),
    )
    answer = HistoryAnswer(connection.deployment, connection.l1_block, connection.l2.block, found, wanted, findings)
    return present_history(answer, wall_time())


def _parse_wanted(last: int | None, from_block: str | None) -> Wanted:
    if last is not None and from_block is not None:
        raise UsageError("--last and --from-block exclude each other", "give one of them")
    if from_block is not None:
        return Wanted(None, _parse_height(from_block))
    if last is not None and not 0 < last <= MOST_SYNCS:
        raise UsageError(f"--last {last} is not between 1 and {MOST_SYNCS}", "the newest so many syncs are shown")
    return Wanted(DEFAULT_LAST if last is None else last)


def _parse_height(text: str) -> int:
    """Read ``--from-block``, which the tags of a block do not serve."""
    try:
        tag = parse_block(text, "--from-block")
    except UsageError:
        tag = text
    if isinstance(tag, str):
        raise UsageError(f"--from-block {text!r} is not a block number", "a decimal number, such as 38220000")
    return tag


def _require_below(wanted: Wanted, head: int) -> None:
    if wanted.from_block > head:
        raise ConfigError(
            f"--from-block {wanted.from_block} is above the L2 block that is read, {head}",
            f"give a block up to {head}",
            code="block_in_future",
        )


def _load(connection: "Connection", wanted: Wanted) -> "History":
    from avsctl.chain.queries.operators import L1Place
    from avsctl.chain.queries.power_history import load_history

    l1 = L1Place(connection.l1, connection.avs_governance) if connection.layers.l1 else None
    return load_history(connection.l2, connection.discovery, l1, wanted)
