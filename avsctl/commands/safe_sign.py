"""``avsctl safe sign``: one owner signs the Safe transaction that a file makes, once it is verified."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.commands.prompts import require_confirmed
from avsctl.commands.safe_options import After, Expect, Nonce, parse_after, parse_hash, parse_nonce
from avsctl.commands.signer_options import KeyEnv, Keystore, PasswordEnv, PasswordFile, parse_path, parse_signer
from avsctl.core.deployment import LATEST
from avsctl.errors import AvsctlError, UsageError
from avsctl.output.delivery import show_on_stderr
from avsctl.output.destinations import require_apart, require_unread
from avsctl.output.files import require_place, write_file
from avsctl.output.log import LOGGER
from avsctl.output.result import Result
from avsctl.output.safe_proposal import Hashes

if TYPE_CHECKING:
    from avsctl.config.secrets import SignerOptions
    from avsctl.core.units import Address
    from avsctl.output.safe_sign import SignAnswer
    from avsctl.tx.safe_file import SafeFile
    from avsctl.tx.safe_proposal import SafeProposal
    from avsctl.tx.signer import Signer
    from avsctl.tx.verification import Verification

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Sign without asking.")]


@dataclass(frozen=True)
class _Wish:
    """What the options say."""

    file: str
    out: Path
    is_new: bool
    """Whether ``out`` must not be there, when it is written as now."""
    signer: "SignerOptions"
    is_confirmed: bool
    nonce: int | None
    after: tuple[Path, ...]
    expect: bytes | None


@dataclass(frozen=True)
class _Verified:
    """A file that was verified, and what the chain knows of who signed it."""

    verification: "Verification"
    shown: Result
    approved: tuple["Address", ...]
    """Owners who approved the hash on the chain."""


@with_common()
def sign(  # noqa: PLR0913 - one argument an option
    common: Common,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A batch file.")],
    *,
    out: Annotated[str, typer.Option("--out", metavar="SIG", help="Write the signature to this file.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file that --out names.")] = False,
    nonce: Nonce = None,
    after: After = None,
    expect: Expect = None,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    key_env: KeyEnv = None,
    yes: Yes = False,
) -> Result:
    """Verify a batch file, sign the Safe transaction that it makes as one of the owners, and write the signature."""
    values = {"keystore": keystore, "password_file": password_file, "password_env": password_env, "key_env": key_env}
    require_latest(common, "safe sign")
    from avsctl.commands.safe_files import list_read

    read = *(name for each in (file, *(after or ())) for name in list_read(each)), keystore, password_file
    require_unread(common.destinations, read)
    wish = _Wish(
        file,
        _parse_out(common, out, read, overwrite=overwrite),
        not overwrite,
        parse_signer(values, is_confirmed=yes, by="safe sign", act="sign"),
        yes,
        parse_nonce(nonce),
        parse_after(after),
        parse_hash(expect, "--expect"),
    )
    return _sign(common, wish)


def require_latest(common: Common, command: str) -> None:
    """Refuse an older block for what is signed or executed now.

    Raises:
        UsageError: ``--l2-block`` names one.
    """
    if common.l2_block != LATEST:
        raise UsageError(
            f"{command} goes by the state of now, not by that of --l2-block {common.l2_block}", "leave --l2-block out"
        )


def _parse_out(common: Common, text: str, read: Sequence[str | None], *, overwrite: bool) -> Path:
    path = parse_path(text, "--out")
    assert path is not None  # noqa: S101 - it is None for None alone
    if text == "-":
        raise UsageError("--out takes a file, not stdout", "name a file, such as alice.sig")
    require_place(path)
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is there already", "--overwrite replaces it")
    require_apart(common.destinations, path, "--out", (*read, *common.settings_files))
    return path


def _sign(common: Common, wish: _Wish) -> Result:
    from avsctl.commands.dispatch import load_key
    from avsctl.output.safe_sign import SignAnswer, present_sign

    file = open_file(wish.file)
    if isinstance(file, Result):
        return present_sign(SignAnswer(wish.file, None, is_refused=True), file)
    verified = _verify(common, wish, file)
    proposal = verified.verification.proposal
    hashes = show_hashes(proposal)
    if proposal is None or not verified.verification.is_verified:
        return present_sign(SignAnswer(wish.file, hashes, is_refused=True), verified.shown)
    preview = present_sign(SignAnswer(wish.file, hashes), verified.shown)
    is_shown = not wish.is_confirmed and show_on_stderr(preview)
    signer = load_key(wish.signer)
    _require_owner(signer, verified.verification)
    if not wish.is_confirmed:
        LOGGER.info("the key is that of %s, an owner", signer.address)
        require_confirmed(_ask(proposal), "signed")
    return present_sign(_write(wish, verified, proposal, signer), verified.shown, is_preview_shown=is_shown)


def open_file(path: str) -> "SafeFile | Result":
    """Read a batch file as ``safe verify`` does; gives what that answers where nothing can be made of it.

    Raises:
        UsageError: there is no such file.
        ConfigError: it is no text, or too large.
    """
    from avsctl.commands.safe_files import read_texts
    from avsctl.output.verification import present_unreadable
    from avsctl.tx.safe_file import digest
    from avsctl.tx.verify_reading import Unreadable, read_leniently

    batch, sidecar = read_texts(path)
    read = read_leniently(path, batch, sidecar)
    if isinstance(read, Unreadable):
        return present_unreadable(path, digest(batch), read.checks, read.findings)
    return read


def _verify(common: Common, wish: _Wish, file: "SafeFile") -> _Verified:
    from avsctl.commands.connection import BOTH, L2_ALONE, connect
    from avsctl.commands.safe_files import read_safe_file, verify_file
    from avsctl.commands.safe_verify import show_verification
    from avsctl.tx.safe_exec import load_approvals
    from avsctl.tx.verify import Asked

    asked = Asked(wish.nonce, tuple(read_safe_file(str(each)) for each in wish.after), wish.expect)
    with connect(common, L2_ALONE, uses=BOTH) as connection:
        verification = verify_file(connection, file, asked)
        state, proposal = verification.safe.safe, verification.proposal
        approved = () if state is None or proposal is None else load_approvals(connection.l2, proposal, state.owners)
        return _Verified(verification, show_verification(connection, verification), approved)


def _require_owner(signer: "Signer", verification: "Verification") -> None:
    """Refuse the key of somebody else, naming him."""
    state = verification.safe.safe
    owners = state.owners if state else ()
    if signer.address not in owners:
        raise UsageError(
            f"the key is that of {signer.address}, which is no owner of the Safe {verification.safe.address}",
            f"give the key of one of {', '.join(owners)}",
            "wrong_signer",
        )


def _ask(proposal: "SafeProposal") -> str:
    return f"Sign 0x{proposal.hashes.safe_tx.hex()}?"


def _write(wish: _Wish, verified: _Verified, proposal: "SafeProposal", signer: "Signer") -> "SignAnswer":
    """Sign, hold the signature to the owners once more, and write it."""
    from avsctl.output.safe_sign import SignAnswer
    from avsctl.tx.safe_signatures import check_signatures, parse_signatures
    from avsctl.tx.signature_file import build_signature_file

    state = verified.verification.safe.safe
    assert state is not None  # noqa: S101 - its owners were asked for
    signature = signer.sign_safe_tx(proposal.account, proposal.safe_tx)
    given = parse_signatures(signature, proposal.hashes.safe_tx)
    report = check_signatures([given], state.owners, state.threshold, verified.approved)
    if report.faults:
        raise AvsctlError(f"the signature made is not one of {signer.address}")
    text = build_signature_file(proposal.account, proposal.hashes, signer.address, signature)
    write_file(wish.out, text, is_new=wish.is_new)
    hashes = show_hashes(proposal)
    return SignAnswer(wish.file, hashes, state.threshold, signer.address, str(wish.out), report.signed, report.missing)


def show_hashes(proposal: "SafeProposal | None") -> Hashes | None:
    """Give the hashes of a transaction as an answer holds them."""
    if proposal is None:
        return None
    hashes = proposal.hashes
    return Hashes(hashes.domain, hashes.message, hashes.safe_tx, hashes.data)
