"""A result as text in the format asked for, and what the terminal it is meant for can show."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TextIO

from avsctl.core.findings import Finding, Severity, sort_findings
from avsctl.errors import UsageError
from avsctl.output.destinations import Format
from avsctl.output.encode import encode
from avsctl.output.result import Result, envelope
from avsctl.output.screen import Blank, Block, Findings, Line, Span, Style
from avsctl.output.text import clip, escape

DEFAULT_WIDTH: Final = 100
"""Columns taken when a terminal does not tell."""
MIN_WIDTH: Final = 50
"""Columns that are always drawn for: an address and its indent; a narrower terminal wraps by itself."""

_SEVERITY_STYLES: Final = {
    Severity.CRITICAL: Style.CRITICAL,
    Severity.WARNING: Style.WARNING,
    Severity.INFO: Style.INFO,
}
_SEVERITY_WIDTH: Final = max(map(len, Severity))
_TEXT_LIMIT: Final = 2000
"""Characters of a finding's text that a screen shows."""


@dataclass(frozen=True)
class Terminal:
    """What the stream that an answer goes to can show."""

    width: int = DEFAULT_WIDTH
    """Columns."""
    is_tty: bool = False
    """False for a pipe or a file, which get everything uncut."""
    colour: bool = False
    utf8: bool = True


FILE: Final = Terminal()
"""What a file can show."""


def detect_terminal(stream: TextIO, environ: Mapping[str, str]) -> Terminal:
    """Find out what a stream can show; a set NO_COLOR and a TERM of ``dumb`` forbid every style."""
    is_tty = stream.isatty()
    colour = is_tty and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    return Terminal(_columns(stream, environ) if is_tty else DEFAULT_WIDTH, is_tty, colour, _is_utf8(stream, environ))


def render(result: Result, form: Format, terminal: Terminal, status: int) -> str:
    """Write a result in one format; ``status`` is the exit status that the envelope tells.

    Raises:
        UsageError: csv or markdown of an answer that is not one table.
    """
    if form is Format.JSON:
        return encode(envelope(result, status), ascii_only=not terminal.utf8)
    if form is Format.TABLE:
        return _render_screen(result, terminal)
    if result.table is None:
        raise UsageError(f"the answer of {result.command} is not one table, so it has no {form} form", "use -o json")
    from avsctl.output import tables  # noqa: PLC0415 - JSON draws none

    return tables.write_csv(result.table) if form is Format.CSV else tables.write_markdown(result.table)


def finding_blocks(findings: tuple[Finding, ...]) -> Iterator[Block]:
    """Give the findings as lines, worst first; what mends or accepts one stands on a line of its own, to be copied."""
    code_width = max((len(finding.code) for finding in findings), default=0)
    for finding in sort_findings(findings):
        yield Line(
            (
                Span(f"{finding.severity:{_SEVERITY_WIDTH}}", _SEVERITY_STYLES[finding.severity]),
                Span(f" {finding.code:{code_width}}  "),
                Span(tell_finding(finding)),
            ),
            hang=_SEVERITY_WIDTH + code_width + 3,
        )
        yield from (_remedy_line(remedy) for remedy in finding.remedy)
        if finding.allow:
            yield _remedy_line(f"or accept it: --allow {finding.allow}")


def _remedy_line(remedy: str) -> Line:
    """Keep a command or a setting in one piece, to be copied; a sentence may be wrapped."""
    return Line(remedy, indent=_SEVERITY_WIDTH + 3, is_verbatim=not remedy.endswith("."))


def tell_finding(finding: Finding) -> str:
    """Give the words of a finding, with the subject before the text unless the text names it."""
    text = escape(finding.text, _TEXT_LIMIT)
    subject = clip(finding.subject)
    return text if subject.casefold() in text.casefold() else f"{subject}: {text}"


def _render_screen(result: Result, terminal: Terminal) -> str:
    from avsctl.output import tables  # noqa: PLC0415 - as above

    shown = result.sequel if terminal.is_tty and result.sequel else result
    screen = shown.draw() if isinstance(shown, Result) and shown.draw is not None else shown.screen
    blocks = _with_findings(screen, shown.findings)
    if terminal.is_tty:
        width = max(terminal.width, MIN_WIDTH)
        return tables.draw_terminal(blocks, width, colour=terminal.colour, utf8=terminal.utf8)
    return tables.draw_plain(blocks)


def _with_findings(screen: tuple[Block, ...], findings: tuple[Finding, ...]) -> list[Block]:
    """Put the findings where the screen has a place for them, else last, with blank lines between."""
    blocks = list(screen)
    at = next((at for at, block in enumerate(blocks) if isinstance(block, Findings)), len(blocks))
    parts = (blocks[:at], finding_blocks(findings), blocks[at + 1 :])
    return [block for part in parts if (body := list(part)) for block in (Blank(), *body)][1:]


def _columns(stream: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):
        return DEFAULT_WIDTH


def _is_utf8(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether UTF-8 is both written and wished: Python writes it in the C locale, whose fonts may lack it."""
    locale = environ.get("LC_ALL") or environ.get("LANG") or ""
    encoding = (stream.encoding or "").lower().replace("-", "").replace("_", "")
    return encoding == "utf8" and locale not in {"C", "POSIX"}
