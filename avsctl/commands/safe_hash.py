"""``avsctl safe hash``: the hashes of the Safe transaction that a batch file makes, without a chain where it can be."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avsctl.commands.options import Common, with_common
from avsctl.commands.safe_options import Nonce, parse_nonce
from avsctl.core.chains import chain_name
from avsctl.core.findings import Finding, build_finding
from avsctl.core.multisig import require_safe
from avsctl.errors import UsageError
from avsctl.output.destinations import require_unread
from avsctl.output.encode import encode
from avsctl.output.result import Result
from avsctl.output.safe_hash import Form, HashAnswer, present_hash
from avsctl.output.safe_proposal import Hashes
from avsctl.output.text import mask, shorten

if TYPE_CHECKING:
    from avsctl.commands.connection import Connection
    from avsctl.core.deployment import BlockRef, Deployment
    from avsctl.core.multisig import SafeState
    from avsctl.tx.safe_derivation import Derived, Found
    from avsctl.tx.safe_file import SafeFile

_CHAIN_ID: Final = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True)
class _Read:
    """What was read of a chain; nothing where none was."""

    found: "Found | None" = None
    deployment: "Deployment | None" = None
    l2: "BlockRef | None" = None
    findings: tuple[Finding, ...] = ()


@with_common(payloads=["--typed-data", "--approve-hash"])
def hash_file(  # noqa: PLR0913 - one argument an option
    common: Common,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A batch file.")],
    *,
    typed_data: Annotated[
        bool, typer.Option("--typed-data", help="Print the EIP-712 document alone, for an external signer.")
    ] = False,
    approve_hash: Annotated[
        bool, typer.Option("--approve-hash", help="Print the calldata of approveHash alone, for an owner to send.")
    ] = False,
    safe_version: Annotated[
        str | None, typer.Option("--safe-version", metavar="V", help="Version of the Safe, such as 1.4.1.")
    ] = None,
    chain_id: Annotated[
        str | None, typer.Option("--chain-id", metavar="N", help="Id of the chain that the file must be of.")
    ] = None,
    nonce: Nonce = None,
) -> Result:
    """Hash the Safe transaction that a file makes; offline where its sidecar or options tell version and nonce."""
    if typed_data and approve_hash:
        raise UsageError("--typed-data and --approve-hash exclude each other", "give one of them")
    form = Form.TYPED_DATA if typed_data else Form.APPROVE_HASH if approve_hash else Form.HASHES
    wanted_chain = _parse_chain_id(chain_id)
    from avsctl.commands.safe_files import list_read, read_safe_file
    from avsctl.tx.safe_derivation import Given, derive, is_known
    from avsctl.tx.safe_file import find_safe

    given = Given(safe_version, parse_nonce(nonce))
    require_unread(common.destinations, list_read(file))
    read = read_safe_file(file)
    find_safe(read)
    _require_chain(read, wanted_chain)
    known = _Read() if is_known(read, given) else _read_chain(common, read)
    return present_hash(_answer(read, derive(read, given, known.found), known, form))


def _parse_chain_id(text: str | None) -> int | None:
    if text is None:
        return None
    if not _CHAIN_ID.fullmatch(text):
        raise UsageError(
            f"--chain-id {shorten(mask(text), 40)!r} is no id of a chain", "a whole number, such as --chain-id 8453"
        )
    return int(text)


def _require_chain(file: "SafeFile", chain_id: int | None) -> None:
    found = file.batch.chain_id
    if chain_id not in (None, found):
        raise UsageError(
            f"{file.path} is of chain {found}, not {chain_id} (--chain-id)", "the chain is part of what is signed"
        )


def _read_chain(common: Common, file: "SafeFile") -> _Read:
    """Read the Safe, and what several calls go through."""
    from avsctl.chain.queries.sender import find_multi_send
    from avsctl.commands.connection import L2_ALONE, connect
    from avsctl.tx.safe_derivation import Found

    with connect(common, L2_ALONE) as connection:
        state = _load_state(connection, file)
        has_several = len(file.batch.transactions) > 1
        multi_send = find_multi_send(connection.l2, state.version) if has_several else None
        findings = connection.check_reading()
        return _Read(Found(state, multi_send), connection.deployment, connection.l2.block, findings)


def _load_state(connection: "Connection", file: "SafeFile") -> "SafeState":
    from avsctl.chain.queries.sender import load_sender
    from avsctl.tx.safe_file import find_safe

    wanted, found = chain_name(file.batch.chain_id), chain_name(connection.l2.block.chain_id)
    if found != wanted:
        raise UsageError(
            f"{file.path} is of {wanted}, and L2 is {found}",
            "choose the L2 by --l2-rpc or --l2-chain, or give --safe-version and --nonce",
        )
    return require_safe(load_sender(connection.l2, find_safe(file)), wanted)


def _answer(file: "SafeFile", derived: "Derived", read: _Read, form: Form) -> HashAnswer:
    proposal = derived.proposal
    hashes = proposal.hashes
    return HashAnswer(
        path=file.path,
        sha256=file.sha256,
        calls=len(proposal.transactions),
        chain_id=proposal.account.chain_id,
        safe=proposal.account.address,
        version=proposal.account.version,
        version_from=derived.version_from.value,
        nonce_from=derived.nonce_from.value,
        multi_send=derived.multi_send,
        multi_send_from=derived.multi_send_from.value if derived.multi_send_from else None,
        safe_tx=proposal.safe_tx,
        hashes=Hashes(hashes.domain, hashes.message, hashes.safe_tx, hashes.data),
        findings=(*_check(file, derived), *read.findings),
        is_refused=bool(derived.mismatches),
        form=form,
        payload=_pack(derived, form),
        deployment=read.deployment,
        l2=read.l2,
    )


def _check(file: "SafeFile", derived: "Derived") -> Iterator[Finding]:
    """Find that the sidecar claims another transaction, or that there is none to say which nonce is meant."""
    from avsctl.tx.safe_derivation import Origin

    if derived.mismatches:
        told = "; ".join(f"{each.field} {each.found[:100]}, not {each.expected[:100]}" for each in derived.mismatches)
        yield build_finding("not_verified", "sidecar", f"the sidecar of {file.path} claims another transaction: {told}")
    if derived.nonce_from is Origin.CHAIN:
        text = f"{file.path} has no sidecar: the nonce is that of the next transaction"
        yield build_finding("sidecar_missing", "sidecar", text)


def _pack(derived: "Derived", form: Form) -> str | None:
    """Give what stdout has for itself."""
    from avsctl.contracts.safe_tx import encode_approve
    from avsctl.tx.safe_hashes import build_typed_data

    proposal = derived.proposal
    if form is Form.APPROVE_HASH:
        return f"0x{encode_approve(proposal.hashes.safe_tx).hex()}\n"
    if form is Form.TYPED_DATA:
        account = proposal.account
        return encode(build_typed_data(account.chain_id, account.address, account.version, proposal.safe_tx))
    return None
