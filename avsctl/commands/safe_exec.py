"""``avsctl safe exec``: the signatures held to the Safe, the execution tried, and with ``--send`` sent and awaited."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from typing import Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.commands.safe_options import Expect, Nonce, parse_hash, parse_nonce
from avsctl.commands.safe_sign import require_latest
from avsctl.commands.signature_options import SignatureOption, read_signatures
from avsctl.commands.signer_options import SIGNER_OPTIONS, KeyEnv, Keystore, PasswordEnv, PasswordFile, parse_signer
from avsctl.errors import UsageError
from avsctl.output.destinations import require_unread
from avsctl.output.result import Result


@with_common(payloads=["--calldata"])
def execute(  # noqa: PLR0913 - one argument an option
    common: Common,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A batch file.")],
    *,
    signature: SignatureOption = None,
    calldata: Annotated[
        bool, typer.Option("--calldata", help="Print the calldata of execTransaction, 0x hex alone, on stdout.")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="Sign and send it, with --keystore or --key-env.")] = False,
    nonce: Nonce = None,
    expect: Expect = None,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    key_env: KeyEnv = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False,
) -> Result:
    """Execute the Safe transaction that a file makes, with the signatures of its owners, once it is verified."""
    values = {"keystore": keystore, "password_file": password_file, "password_env": password_env, "key_env": key_env}
    if calldata and send:
        raise UsageError("--calldata and --send exclude each other", "give one of them")
    for option, name in SIGNER_OPTIONS.items():
        if values[name] is not None and not send:
            raise UsageError(f"{option} means nothing without --send", f"give --send too, or leave {option} out")
    require_latest(common, "safe exec")
    signer = parse_signer(values, is_confirmed=yes) if send else None
    from avsctl.commands.safe_files import list_read

    require_unread(common.destinations, (*list_read(file), *(signature or ()), keystore, password_file))
    claims, wanted, expected = read_signatures(signature), parse_nonce(nonce), parse_hash(expect, "--expect")
    from avsctl.commands.safe_execution import Wish, run_execution

    return run_execution(common, Wish(file, claims, wanted, expected, calldata, signer, yes))
