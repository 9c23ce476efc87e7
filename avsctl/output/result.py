"""What a command answers: one frozen Result, its exit status, and the JSON envelope that all of them share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from avsctl import __version__
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding, Severity, sort_findings
from avsctl.errors import AvsctlError, ChainError, GenerationError, Problem
from avsctl.output.encode import Json

if TYPE_CHECKING:
    from avsctl.output.screen import Block, Table

SCHEMA: Final = "avsctl/1"
INTERNAL: Final = 1
USAGE: Final = 2
FOUND: Final = 3
REFUSED: Final = 4
INTERRUPTED: Final = 130

_PRECEDENCE: Final = (INTERNAL, INTERRUPTED, USAGE, GenerationError.status, ChainError.status, REFUSED, FOUND)
_STATUS_WORDS: Final = {0: "ok", FOUND: "finding", REFUSED: "refused"}


class FailOn(StrEnum):
    """Least severity of a finding that makes a checking command end in status 3."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


@dataclass(frozen=True)
class Sequel:
    """What is new to somebody who has just been shown the rest at the terminal."""

    screen: "tuple[Block, ...]"
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Result:
    """The answer of one command, ready to be drawn in every format."""

    command: str
    """Noun and verb, such as ``power diff``."""
    data: Mapping[str, Json]
    """The envelope's ``data``; powers, amounts and blocks of contract data as decimal strings."""
    screen: "tuple[Block, ...]" = ()
    """What the table format shows, without the findings, which the renderer adds."""
    table: "Table | None" = None
    """The one table that csv and markdown export: all rows, columns named as the JSON's keys."""
    deployment: Deployment | None = None
    l1_block: BlockRef | None = None
    l2_block: BlockRef | None = None
    findings: tuple[Finding, ...] = ()
    errors: tuple[Problem, ...] = ()
    status: int | None = None
    """An exit status that the command itself asks for, such as 5 when some rows could not be read."""
    payload: str | None = None
    """What stdout carries alone, such as calldata; the screen is then shown on stderr."""
    sequel: Sequel | None = None
    """What a terminal shows in place of screen and findings; files, pipes and JSON have these."""
    draw: "Callable[[], tuple[Block, ...]] | None" = None
    """Gives the screen in place of ``screen`` once it is shown: a row for each operator is work that JSON spares."""


def failure(command: str, error: AvsctlError) -> Result:
    """Give the result of a command that an error ended: no data, its problems, its status."""
    return Result(command, {}, errors=error.problems, status=error.status)


def exit_status(result: Result, fail_on: FailOn) -> int:
    """Give the exit status: the first of 1, 130, 2, 6, 5, 4, 3 that applies, or 0."""
    applying = set(_statuses(result, fail_on))
    return next((status for status in _PRECEDENCE if status in applying), 0)


def envelope(result: Result, status: int) -> dict[str, Json]:
    """Build the JSON document of a result, with the same keys in the same order whatever the command and its end."""
    return {
        "schema": SCHEMA,
        "avsctl": __version__,
        "command": result.command,
        "status": _STATUS_WORDS.get(status, "error"),
        "exit_code": status,
        "deployment": _deployment(result.deployment),
        "blocks": {"l1": _block(result.l1_block), "l2": _block(result.l2_block)},
        "data": result.data,
        "findings": [_finding(finding) for finding in sort_findings(result.findings)],
        "errors": [{"code": each.code, "message": each.message, "hint": each.hint} for each in result.errors],
    }


def _statuses(result: Result, fail_on: FailOn) -> Iterator[int]:
    if result.status is not None:
        yield result.status
    elif result.errors:
        yield INTERNAL
    if fail_on is not FailOn.NEVER:
        least = Severity(fail_on.value)
        yield from (FOUND for finding in result.findings if finding.severity.rank >= least.rank)


def _deployment(deployment: Deployment | None) -> Json:
    if deployment is None:
        return None
    return {
        "generation": deployment.generation.value,
        "l1_chain_id": deployment.l1_chain_id,
        "l2_chain_id": deployment.l2_chain_id,
        "avs_governance": deployment.avs_governance,
        "attestation_center": deployment.attestation_center,
        "obls": deployment.obls,
        "internal_task_handler": deployment.internal_task_handler,
    }


def _block(block: BlockRef | None) -> Json:
    if block is None:
        return None
    return {"chain_id": block.chain_id, "number": block.number, "hash": block.hash, "timestamp": block.timestamp}


def _finding(finding: Finding) -> Json:
    allow = {"allow": finding.allow} if finding.allow else {}
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "text": finding.text,
        "remedy": list(finding.remedy),
        **allow,
    }
