"""What running commands share: rounds that each open the deployment anew, and findings told when they are new."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from avsctl.commands.options import Common
from avsctl.core.deployment import BlockTag
from avsctl.errors import UsageError
from avsctl.output.destinations import Format

if TYPE_CHECKING:
    from avsctl.chain.transport import Clock
    from avsctl.commands.connection import Connection
    from avsctl.config import Settings
    from avsctl.core.findings import Finding


def require_moving(common: Common, way_out: str) -> None:
    """Refuse what makes no sense for rounds that follow each other.

    Args:
        common: the shared options.
        way_out: an option that is followed by ``, or ``, such as ``give --once``; may be empty.

    Raises:
        UsageError: a block that stays the same, or a file for the lines.
    """
    fixed: dict[str, BlockTag] = {"--l1-block": common.l1_block, "--l2-block": common.l2_block}
    for option, block in fixed.items():
        if isinstance(block, int):
            hint = f"{way_out}, or leave it out" if way_out else "leave it out"
            raise UsageError(f"{option} {block} would be the same in every round", hint)
    if any(each.format is Format.TABLE and each.path is not None for each in common.destinations):
        message = "the lines go to stdout as they come, not to a file"
        raise UsageError(message, "redirect stdout, or use -o json=FILE")


@contextmanager
def open_round(settings: "Settings", common: Common, clock: "Clock") -> "Iterator[Connection]":
    """Open the deployment at the heads of now, with the time of one round."""
    from avsctl.chain.transport import Deadline
    from avsctl.commands.connection import open_deployment
    from avsctl.commands.early import take_transport

    deadline = Deadline(clock, common.timeout_seconds)
    with closing(take_transport()) as transport, open_deployment(settings, common, transport, deadline) as connection:
        yield connection


def tell_new(findings: "Iterable[Finding]", known: "Iterable[Finding]") -> None:
    """Tell the findings that are not known yet, whatever the numbers in their texts, worst first."""
    from avsctl.core.findings import sort_findings
    from avsctl.output.log import log_finding
    from avsctl.output.render import tell_finding

    kinds = {(each.code, each.subject) for each in known}
    for finding in sort_findings(each for each in findings if (each.code, each.subject) not in kinds):
        log_finding(finding, tell_finding(finding))
