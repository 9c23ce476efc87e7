"""What GitHub Actions shows of an answer: annotations on stderr, and Markdown in the summary of the step.

Neither stdout nor the status changes by it. ``text.escape`` keeps everything else that is printed from being taken for
a command of the runner's.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from avsctl.core.chains import chain_name
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding, Severity, sort_findings
from avsctl.output.head import format_moment
from avsctl.output.log import LOGGER
from avsctl.output.render import tell_finding
from avsctl.output.result import FailOn, Result
from avsctl.output.screen import Column, Kind, Row, Table
from avsctl.output.tally import tell_count
from avsctl.output.text import escape

SUMMARY_BYTES_MAX: Final = 2**20
"""What the summary of a step may hold; of a larger one GitHub shows nothing."""

_MESSAGE_LIMIT: Final = 2000
_ANNOTATION_LIMIT: Final = 4000
_LEVELS: Final = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_CUT: Final = b"\n_The rest is cut: the summary of a step holds 1 MiB._\n"
_PADDING: Final = re.compile(r"(?<= ) +|(?<=---)-+")
"""What lines up the columns of a Markdown table in a file and is not shown."""


def tell_github(result: Result, status: int, fail_on: FailOn, environ: Mapping[str, str]) -> None:
    """Write the annotations to stderr, and append to the file that GITHUB_STEP_SUMMARY names.

    A summary that cannot be written is a warning on stderr.
    """
    for line in annotate(result):
        sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
    fault = _append(environ.get("GITHUB_STEP_SUMMARY", ""), summarize(result, status, fail_on))
    if fault:
        LOGGER.log(logging.WARNING, "no step summary: %s", fault, extra={"event": "step_summary"})


def annotate(result: Result) -> Iterator[str]:
    """Give an annotation for each error, and for each finding, worst first: GitHub shows ten of a level."""
    for problem in result.errors:
        yield _annotation("error", problem.code, escape(problem.message, _MESSAGE_LIMIT))
    for finding in sort_findings(result.findings):
        yield _annotation(_LEVELS[finding.severity], finding.code, tell_finding(finding))


def summarize(result: Result, status: int, fail_on: FailOn) -> str:
    """Write as Markdown: the command and its status, what was read, errors and findings, and the answer if a table."""
    name = " ".join(dict.fromkeys(("avsctl", *result.command.split())))
    gate = "" if fail_on is FailOn.NEVER else f" (`--fail-on {fail_on}`)"
    parts = [f"### {name}: status {status}\n", f"{tell_count(result.findings)}{gate}\n"]
    if result.deployment and result.l2_block:
        parts.append(_write(_tabulate_blocks(result.deployment, result.l1_block, result.l2_block)))
    if result.errors or result.findings:
        parts.append(_write(_tabulate_findings(result)))
    if result.table and result.table.rows:
        parts.append(_write(result.table))
    return "".join(f"\n{part}" for part in parts)


def fit(text: str, room: int) -> bytes:
    """Give a text as it fits ``room`` bytes, cut behind a line with a note that says so; nothing where none fits."""
    content = text.encode("utf-8", "backslashreplace")
    if len(content) <= room:
        return content
    lines = content[: max(0, room - len(_CUT))].rpartition(b"\n")[0]
    return lines + b"\n" + _CUT[1:] if lines.strip() else b""


def _annotation(level: str, code: str, text: str) -> str:
    title = _escape_data(escape(f"avsctl {code}")).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={title}::{_escape_data(escape(text, _ANNOTATION_LIMIT))}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _write(table: Table) -> str:
    from avsctl.output import tables  # noqa: PLC0415 - an annotation draws none

    return _PADDING.sub("", tables.write_markdown(table))


def _tabulate_blocks(deployment: Deployment, l1: BlockRef | None, l2: BlockRef) -> Table:
    names = ("layer", "chain", "block", "hash", "time", "contract")
    center = f"AttestationCenter {deployment.attestation_center} ({deployment.generation.upper()})"
    rows = [_block_row("L1", l1, f"AvsGovernance {deployment.avs_governance}")] if l1 else []
    return Table(tuple(map(Column, names)), (*rows, _block_row("L2", l2, center)))


def _block_row(layer: str, block: BlockRef, contract: str) -> Row:
    cells = (layer, chain_name(block.chain_id), block.number, block.hash, format_moment(block.timestamp), contract)
    return Row(cells)


def _tabulate_findings(result: Result) -> Table:
    columns = (Column("severity"), Column("code"), Column("what was found", Kind.TEXT), Column("what mends it"))
    errors = [Row(("error", each.code, escape(each.message, _MESSAGE_LIMIT), each.hint)) for each in result.errors]
    return Table(columns, (*errors, *map(_finding_row, sort_findings(result.findings))))


def _finding_row(finding: Finding) -> Row:
    return Row((finding.severity.value, finding.code, tell_finding(finding), "; ".join(finding.remedy)))


def _append(name: str, text: str) -> str:
    """Append a text to a file as far as there is room; gives what is wrong where that cannot be done.

    What a disk that fills has taken of it goes again.
    """
    if not name:
        return "GITHUB_STEP_SUMMARY names no file"
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            return "what GITHUB_STEP_SUMMARY names is no file"
        size = path.stat().st_size if path.exists() else 0
        content = fit(text, SUMMARY_BYTES_MAX - size)
        if not content:
            return "the summary of this step is full"
        with path.open("ab", buffering=0) as file:
            if file.write(content) != len(content):
                file.truncate(size)
                return "the disk is full"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return f"the file that GITHUB_STEP_SUMMARY names cannot be written: {reason or 'no file has such a name'}"
    return ""
