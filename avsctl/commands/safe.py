"""``avsctl safe``: the multisig that governs, here as it stands."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from typing import TYPE_CHECKING

from avsctl.commands.options import Common, with_common
from avsctl.commands.write_options import From
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.commands.connection import Connection
    from avsctl.output.safe import SafeReading


@with_common(checks=True)
def show(common: Common, *, from_: From = None) -> Result:
    """Show a Safe: its owners, what it runs, and who else acts for it or may refuse what it does."""
    from avsctl.commands.connection import L2_ALONE, connect_as, wall_time
    from avsctl.core.checks import check_role
    from avsctl.core.safe_checks import check_multi_send, check_safe
    from avsctl.output.safe import SafeAnswer, present_safe

    with connect_as(common, from_, L2_ALONE) as connection:
        reading = _read(connection)
    address = connection.sender
    findings = (
        *check_safe(address, reading.state, reading.setup),
        *check_multi_send(address, is_found=reading.multi_send is not None),
        *check_role(address, holds_role=reading.holds_role),
        *connection.check_reading(),
    )
    answer = SafeAnswer(connection.deployment, connection.l2.block, address, reading, findings)
    return present_safe(answer, wall_time())


def _read(connection: "Connection") -> "SafeReading":
    from avsctl.chain.background import side_by_side
    from avsctl.chain.queries.safe import load_safe_setup
    from avsctl.chain.queries.sender import find_multi_send, load_sender
    from avsctl.core.chains import chain_name
    from avsctl.core.multisig import require_safe
    from avsctl.output.safe import SafeReading

    l2, address = connection.l2, connection.sender
    asked = connection.discovery.attestation_center.has_governance_role(address)
    sender, (holds_role,) = side_by_side(lambda: load_sender(l2, address), lambda: l2.require([asked]))
    state = require_safe(sender, chain_name(l2.block.chain_id))
    setup, multi_send = side_by_side(lambda: load_safe_setup(l2, address), lambda: find_multi_send(l2, state.version))
    return SafeReading(state, setup, multi_send, holds_role)
