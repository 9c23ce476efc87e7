"""``avsctl safe verify``: a batch file held to its sidecar and the chain, before anyone signs it."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.commands.safe_options import After, Expect, Nonce, parse_after, parse_hash, parse_nonce
from avsctl.commands.signature_options import SignatureOption, read_signatures
from avsctl.output.destinations import require_unread
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.commands.connection import Connection
    from avsctl.output.safe_proposal import ShownProposal
    from avsctl.output.safe_signatures import ShownSignatures
    from avsctl.tx.verification import Verification
    from avsctl.tx.verify import Asked


@with_common()
def verify(  # noqa: PLR0913 - one argument an option
    common: Common,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A batch file.")],
    *,
    signature: SignatureOption = None,
    hash_: Annotated[
        str | None,
        typer.Option(
            "--hash", metavar="HASH", help="What a device or the Safe web app shows: which nonce gives it, or status 3."
        ),
    ] = None,
    nonce: Nonce = None,
    after: After = None,
    expect: Expect = None,
) -> Result:
    """Recompute all that a batch file claims, try what it does, and name each field that is not as it must be."""
    from avsctl.commands.safe_files import list_read, read_safe_file
    from avsctl.tx.verify import Asked

    batches = [name for each in (file, *(after or ())) for name in list_read(each)]
    require_unread(common.destinations, (*batches, *(signature or ())))
    asked = Asked(
        parse_nonce(nonce),
        tuple(read_safe_file(str(each)) for each in parse_after(after)),
        parse_hash(expect, "--expect"),
        parse_hash(hash_, "--hash"),
        read_signatures(signature),
    )
    return _verify(common, file, asked)


def show_verification(connection: "Connection", verification: "Verification") -> Result:
    """Give the result of a file that was held to the chain."""
    from avsctl.commands.connection import wall_time
    from avsctl.output.change_calls import PlannedCall
    from avsctl.output.verification import VerifyAnswer, present_verification

    prepared, sidecar = verification.prepared, verification.file.sidecar
    ahead = len(prepared.earlier) if prepared else 0
    answer = VerifyAnswer(
        deployment=connection.deployment,
        l1=connection.l1_block,
        l2=connection.l2.block,
        path=verification.file.path,
        sha256=verification.file.sha256,
        has_sidecar=sidecar is not None,
        made_at=sidecar.l2 if sidecar else None,
        safe=verification.safe,
        setup=verification.setup,
        claimed_nonce=sidecar.safe_tx.nonce if sidecar else None,
        proposal=_show_proposal(verification),
        calls=tuple(map(PlannedCall, prepared.steps, prepared.transactions)) if prepared else (),
        reverts=tuple((place - ahead - 1, revert) for place, revert in prepared.reverts) if prepared else (),
        foresights=prepared.foresights if prepared else (),
        checks=verification.checks,
        intents=verification.intents,
        signatures=_show_signatures(verification),
        findings=(*verification.findings, *connection.check_reading()),
        accepted=verification.accepted,
        is_verified=verification.is_verified,
    )
    return present_verification(answer, wall_time())


def _verify(common: Common, path: str, asked: "Asked") -> Result:
    """Read the file; one that nothing can be made of is told without a chain."""
    from avsctl.commands.connection import BOTH, L2_ALONE, connect
    from avsctl.commands.safe_files import read_texts, verify_file
    from avsctl.output.verification import present_unreadable
    from avsctl.tx.safe_file import digest
    from avsctl.tx.verify_reading import Unreadable, read_leniently

    batch, sidecar = read_texts(path)
    read = read_leniently(path, batch, sidecar)
    if isinstance(read, Unreadable):
        return present_unreadable(path, digest(batch), read.checks, read.findings)
    with connect(common, L2_ALONE, uses=BOTH) as connection:
        return show_verification(connection, verify_file(connection, read, asked))


def _show_proposal(verification: "Verification") -> "ShownProposal | None":
    from avsctl.commands.safe_writing import show_proposal

    proposal = verification.proposal
    return show_proposal(proposal, verification.multi_send, verification.execution) if proposal else None


def _show_signatures(verification: "Verification") -> "ShownSignatures | None":
    from avsctl.output.safe_signatures import ShownSignatures

    report = verification.signatures
    return ShownSignatures(report.signed, report.missing, report.faults) if report else None
