"""What ``tx decode`` is given: an argument, a file or standard input, and what each is taken for.

What cannot be read is never repeated: it may be a private key that was pasted.
"""

import re
import sys
from pathlib import Path
from typing import Final

from avsctl.config.text_file import MAX_FILE_BYTES, read_text
from avsctl.contracts.decoding import decode_bytes, decode_calls
from avsctl.contracts.error_text import MOST_CHARACTERS, read_error_text
from avsctl.contracts.interfaces import find_errors, find_events, find_functions
from avsctl.contracts.roles import name_role
from avsctl.contracts.task_contents import read_task_data
from avsctl.core.json_text import parse_json
from avsctl.core.proposal_file import SCHEMA as PROPOSAL_SCHEMA
from avsctl.core.proposal_file import parse_proposal_file
from avsctl.errors import ConfigError, UsageError
from avsctl.output.decoding import CODE, EXPECTED
from avsctl.output.decoding_answer import (
    BatchContent,
    DecodingAnswer,
    ProposalContent,
    Selector,
    SidecarContent,
    SignatureContent,
    Source,
    Subject,
    Word,
)
from avsctl.output.destinations import parse_file
from avsctl.tx.safe_batch import parse_batch
from avsctl.tx.sidecar import SCHEMA as SIDECAR_SCHEMA
from avsctl.tx.sidecar import SUFFIX, sidecar_path
from avsctl.tx.signature_file import SCHEMA as SIGNATURE_SCHEMA
from avsctl.tx.signature_file import parse_signature_text

STDIN: Final = "-"

_HEX: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]*)", re.ASCII)
_LINES: Final = re.compile(r"0[xX][0-9a-fA-F]+(?:[ \t\r]*\n0[xX][0-9a-fA-F]+)+", re.ASCII)
"""As ``--calldata`` writes several calls."""
_FEWEST_BARE_DIGITS: Final = 8
"""Of hex without 0x: what is shorter may be a word."""
_REVERTED: Final = re.compile(r"\brevert", re.ASCII | re.IGNORECASE)
_FILE_NAME: Final = re.compile(r"\S+\.(json|txt|hex)|\S*[/\\]\S*", re.ASCII)


def read_subject(what: str) -> DecodingAnswer:
    """Take an argument for hex, a file or an error, in that order, and read it.

    Raises:
        UsageError: it is empty, odd hex, the name of no file, or names no error that is known.
        ConfigError: a file that cannot be read, or none of those that are known.
    """
    if what == STDIN:
        return DecodingAnswer(Source.STDIN, "", _read_content(_read_stdin(), "standard input", None))
    if not what.strip():
        raise UsageError("nothing was given", EXPECTED, CODE)
    path = None if what[:2].lower() == "0x" or len(what) > 4096 else _find_file(what)
    if path is None:
        return DecodingAnswer(Source.ARGUMENT, "", _read_argument(what.strip()))
    content = read_text(path, str(path), CODE)
    assert content is not None  # noqa: S101 - it was there a moment ago
    return DecodingAnswer(Source.FILE, str(path), _read_content(content, str(path), path))


def _find_file(what: str) -> Path | None:
    try:
        path = Path(what)
        return path if path.exists() else None
    except (OSError, ValueError):
        return None


def _read_stdin() -> str:
    raw = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"standard input is larger than {MAX_FILE_BYTES // 1024} KiB", code=CODE)
    return raw.decode("utf-8-sig", "replace")


def _read_argument(text: str) -> Subject:
    data = _read_hex(text, "the argument")
    if data is not None:
        return read_data(data)
    named = read_error_text(text)
    if named is not None:
        return named
    if _FILE_NAME.fullmatch(text):
        parse_file(text, "FILE")
        raise UsageError("there is no such file, and no error of that name", EXPECTED, CODE)
    raise _refuse("the argument", text)


def _read_content(text: str, name: str, path: Path | None) -> Subject:
    """Read what a file holds: JSON that is known, hex alone, or an error as logs show it."""
    text = text.strip()
    if text.startswith("{"):
        return _read_document(text, name, path)
    data = _read_hex(text.strip('"'), name)
    if data is not None:
        return read_data(data)
    named = read_error_text(text)
    if named is None:
        raise _refuse(name, text)
    return named


def read_data(data: bytes) -> Subject:
    """Read bytes: by themselves four are a selector, and 32 may be a hash, a role or an event."""
    role = name_role(data.ljust(32, b"\0"))
    known_role = None if role.startswith("0x") else role
    if len(data) == 4 and (find_functions(data) or find_errors(data) or known_role):
        return Selector(data, find_functions(data), find_errors(data), known_role)
    if len(data) == 32 and not find_functions(data[:4]) and not find_errors(data[:4]):
        return Word(known_role, find_events(data))
    return decode_bytes(data)


def _read_hex(text: str, name: str) -> bytes | None:
    """Give the bytes of a text in hex; None where it is not meant as such."""
    match = _HEX.fullmatch(text)
    has_prefix = text[:2].lower() == "0x"
    if match is None or (not has_prefix and len(text) < _FEWEST_BARE_DIGITS):
        if _LINES.fullmatch(text):
            one = "give one of them at a time: head -n 1 FILE | avsctl tx decode -"
            raise UsageError(f"{name} has several lines of hex", one, CODE)
        if has_prefix and " " not in text:
            raise UsageError(
                f"{name} begins with 0x and is no hex", "two hex digits for each byte, and no others", CODE
            )
        return None
    if len(match[1]) % 2:
        told = f"{name} has {len(match[1])} hex digits, an odd number: one is missing, or one too many"
        raise UsageError(told, "two hex digits for each byte", CODE)
    return bytes.fromhex(match[1])


def _read_document(text: str, name: str, path: Path | None) -> Subject:
    try:
        document = parse_json(text)
    except ValueError:
        raise ConfigError(f"{name} begins as JSON and is none", EXPECTED, CODE) from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema == PROPOSAL_SCHEMA:
        file = parse_proposal_file(text, name)
        return ProposalContent(file, read_task_data(file.task_definition_id, file.data))
    if schema == SIGNATURE_SCHEMA:
        return _read_signature(text, name)
    if schema == SIDECAR_SCHEMA:
        beside = str(path).removesuffix(SUFFIX) if path is not None and str(path).endswith(SUFFIX) else ""
        return SidecarContent(beside)
    if isinstance(document, dict) and "transactions" in document:
        return _read_batch(text, path)
    hint = "batch files of a Safe, proposals of attest propose, signatures of safe sign and their sidecars"
    raise ConfigError(f"{name} is JSON of no kind that avsctl knows", hint, CODE)


def _read_batch(text: str, path: Path | None) -> BatchContent:
    batch = parse_batch(text, None, tolerates_disputes=True)
    calls, left_out = decode_calls((each.to, each.value, each.data) for each in batch.transactions)
    return BatchContent(
        batch.chain_id,
        batch.safe,
        batch.head.created_at_ms,
        batch.head.name,
        batch.head.description,
        batch.checksum_ok,
        bool(batch.checksums[1]),
        calls,
        left_out,
        batch.disputes,
        path is not None and sidecar_path(path).exists(),
    )


def _read_signature(text: str, name: str) -> SignatureContent:
    claim = parse_signature_text(text, name)
    assert claim.chain_id is not None and claim.safe and claim.safe_tx_hash and claim.signer  # noqa: S101, PT018
    return SignatureContent(claim.chain_id, claim.safe, claim.safe_tx_hash, claim.signer, len(claim.signature))


def _refuse(name: str, text: str) -> UsageError:
    if _REVERTED.search(text[:MOST_CHARACTERS]):
        told = f"{name} says that something reverted, and names no error that avsctl knows"
        return UsageError(told, "without a reason: too little gas, or a function that the contract does not have", CODE)
    return UsageError(f"{name} is no hex, and names no error that avsctl knows", EXPECTED, CODE)
