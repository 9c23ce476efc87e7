"""``avsctl tx``: transactions, reverts and errors in words, without a chain."""
# ruff: noqa: PLC0415 - what decodes is imported when a command runs, so that help and mistakes cost nothing

from typing import Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.output.destinations import require_unread
from avsctl.output.result import Result


@with_common(reads=False)
def decode(
    common: Common,
    what: Annotated[
        str, typer.Argument(metavar="HEX|FILE|ERROR", help="Data in hex, a file, an error in quotes, or - for stdin.")
    ],
) -> Result:
    """Tell in words what calldata, revert data, an error or a file of a Safe is. Reads no chain."""
    from avsctl.commands.tx_sources import read_subject
    from avsctl.output.decoding import present_decoding

    require_unread(common.destinations, (what,))
    return present_decoding(read_subject(what))
