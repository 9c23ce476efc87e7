"""What ``attest propose`` and ``attest simulate`` are given, as typed: the task, where it comes from, who votes how."""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avsctl.commands.operator_ids import parse_operators
from avsctl.commands.view_options import NamedView
from avsctl.config.text_file import MAX_FILE_BYTES, read_text
from avsctl.core.attestation.votes import Conduct
from avsctl.core.operator_names import OperatorName, resolve_operators
from avsctl.core.operators import L2Operator
from avsctl.core.proposal_file import CODE, DATA_LIMIT, ProposalFile, parse_proposal_file
from avsctl.core.units import OperatorId, TaskDefinitionId
from avsctl.errors import ConfigError, UsageError
from avsctl.output.destinations import parse_file
from avsctl.output.files import require_place

STDIN: Final = "-"
MAX_TASK_ID: Final = 2**16 - 1
_HASH: Final = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_HEX: Final = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})*)", re.ASCII)


@dataclass(frozen=True)
class Assumed:
    """Who is assumed to vote how, by the names typed."""

    offline: tuple[OperatorName, ...] = ()
    dissent: tuple[OperatorName, ...] = ()
    attesters: tuple[OperatorName, ...] | None = None
    """None for everyone."""
    views: tuple[NamedView, ...] = ()
    """Who looks through endpoints of its own."""

    @property
    def is_given(self) -> bool:
        """Whether anything is assumed."""
        return bool(self.offline or self.dissent or self.views) or self.attesters is not None


def parse_task(task: int | None) -> TaskDefinitionId | None:
    """Read ``--task``.

    Raises:
        UsageError: no id of a task definition.
    """
    if task is not None and not 0 <= task <= MAX_TASK_ID:
        raise UsageError(f"--task {task} is no id of a task definition", f"ids are from 0 to {MAX_TASK_ID}")
    return None if task is None else TaskDefinitionId(task)


def parse_assumed(offline: Sequence[str], dissent: Sequence[str], attesters: str | None) -> Assumed:
    """Read ``--offline``, ``--dissent`` and ``--attesters``, ids and addresses with commas between them.

    Raises:
        UsageError: an item that is neither; it is not repeated.
    """
    away, against = (tuple(name for text in texts for name in parse_operators(text)) for texts in (offline, dissent))
    return Assumed(away, against, None if attesters is None else parse_operators(attesters))


def resolve_assumed(assumed: Assumed, operators: Sequence[L2Operator]) -> Conduct:
    """Give the ids of the operators named.

    Raises:
        UsageError: an address that stands for no one id, or an id that was never given out.
    """
    attesters = None if assumed.attesters is None else _resolve(assumed.attesters, operators)
    return Conduct(
        offline=_resolve(assumed.offline, operators),
        attesters=attesters,
        dissent=_resolve(assumed.dissent, operators),
    )


def parse_data(text: str) -> bytes:
    """Read ``--data``, two hex digits for each byte, with 0x before them or without.

    Raises:
        UsageError: anything else, or more than any task carries; it is not repeated.
    """
    if len(text) > 2 * DATA_LIMIT + len("0x"):
        raise UsageError(f"--data has more than {DATA_LIMIT} bytes", "no task carries so much")
    match = _HEX.fullmatch(text)
    if match is None:
        raise UsageError("--data is no hex: two digits for each byte, with 0x before them or without")
    return bytes.fromhex(match[1])


def parse_hash(text: str) -> str:
    """Read ``--tx``.

    Raises:
        UsageError: no hash of a transaction; it is not repeated.
    """
    if _HASH.fullmatch(text) is None:
        raise UsageError("--tx is no hash of a transaction", "0x and 64 hex digits")
    return text.lower()


def read_proposal(text: str) -> tuple[ProposalFile, str]:
    """Read a file as ``attest propose --out`` writes it, ``-`` for standard input; give it and what it is called.

    Raises:
        UsageError: no name of a file.
        ConfigError: there is no such file, or it is no proposal.
    """
    if text == STDIN:
        raw = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise ConfigError(f"standard input is larger than {MAX_FILE_BYTES // 1024} KiB", code=CODE)
        return parse_proposal_file(raw, "standard input"), STDIN
    path = parse_file(text, "--update")
    content = read_text(path, str(path), CODE)
    if content is None:
        raise ConfigError(f"there is no file {path}", "avsctl attest propose --out FILE makes one", CODE)
    return parse_proposal_file(content, str(path)), str(path)


def parse_out(text: str | None, *, overwrite: bool) -> Path | None:
    """Read ``--out``.

    Raises:
        UsageError: no file that can be written, or one that is there already and is not to be replaced.
    """
    if text is None:
        if overwrite:
            raise UsageError("--overwrite is for the file that --out names", "give --out FILE, or leave it out")
        return None
    path = parse_file(text, "--out")
    if text == STDIN:
        raise UsageError("--out takes a file, not stdout", "name a file, such as update.json")
    require_place(path)
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is there already", "--overwrite replaces it")
    return path


def _resolve(names: Iterable[OperatorName], operators: Sequence[L2Operator]) -> frozenset[OperatorId]:
    ids = resolve_operators(names, operators)
    known = {each.operator_id for each in operators}
    for operator_id in ids:
        if operator_id not in known:
            raise UsageError(f"there is no operator {operator_id}", "avsctl operator list names them all")
    return frozenset(ids)
