"""Progress, notes and errors on stderr, as text or as one JSON object a line.

The library logs with ``logging.getLogger("avsctl.chain").info("..", extra={"event": "..", "fields": {..}})``; here it
is decided what is shown and how. Lines carry no time of their own.
"""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TextIO

from avsctl.core.findings import Finding, Severity
from avsctl.errors import Problem
from avsctl.output.encode import SAFE_INTEGER_MAX, Json, encode
from avsctl.output.text import escape

LOGGER: Final = logging.getLogger("avsctl")

_MESSAGE_LIMIT: Final = 2000
_FINDING: Final = "finding"
_WORDS: Final = {logging.ERROR: "error", logging.WARNING: "warning", logging.INFO: "note", logging.DEBUG: "debug"}


class LogFormat(StrEnum):
    """Form of what is written to stderr."""

    TEXT = "text"
    JSON = "json"


def configure_logging(stream: TextIO, form: LogFormat, *, is_quiet: bool = False, is_verbose: bool = False) -> None:
    """Send everything that avsctl logs to one stream: errors alone when quiet, debugging too when verbose."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonFormatter() if form is LogFormat.JSON else _TextFormatter())
    LOGGER.handlers[:] = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.ERROR if is_quiet else logging.DEBUG if is_verbose else logging.INFO)


def log_problem(problem: Problem) -> None:
    """Tell one problem, with its remedy beneath it."""
    fields = {"code": problem.code, "hint": problem.hint}
    LOGGER.error("%s", problem.message, extra={"event": "error", "fields": fields})


def log_finding(finding: Finding, text: str) -> None:
    """Tell one finding, in the words of the screen."""
    level = logging.INFO if finding.severity is Severity.INFO else logging.WARNING
    fields = {"code": finding.code, "severity": finding.severity.value, "subject": finding.subject}
    LOGGER.log(level, "%s", text, extra={"event": _FINDING, "fields": fields})


class _TextFormatter(logging.Formatter):
    """``error: message`` with the hint indented beneath; the fields of a debug record behind its message.

    A finding is told as ``warning drift: text``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        fields = _fields(record)
        line = f"{_head(record, fields)}: {escape(record.getMessage(), _MESSAGE_LIMIT)}"
        if record.levelno == logging.DEBUG:
            return line + "".join(f" {escape(key)}={escape(str(value), 200)}" for key, value in fields.items())
        hint = str(fields.get("hint") or "")
        return line + "".join(f"\n  {escape(part, _MESSAGE_LIMIT)}" for part in hint.splitlines())


class _JsonFormatter(logging.Formatter):
    """``{"event": .., "level": .., "message": ..}`` and the fields of the record."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line: dict[str, Json] = {
            "event": str(getattr(record, "event", record.name)),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        for key, value in _fields(record).items():
            line.setdefault(key, _loggable(value))
        return encode(line, indent=None).rstrip("\n")


def _head(record: logging.LogRecord, fields: Mapping[str, object]) -> str:
    if getattr(record, "event", "") == _FINDING:
        return escape(f"{fields['severity']} {fields['code']}")
    return _WORDS.get(record.levelno, "note")


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    fields = getattr(record, "fields", None)
    return {str(key): value for key, value in fields.items()} if isinstance(fields, Mapping) else {}


def _loggable(value: object) -> Json:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) <= SAFE_INTEGER_MAX:
        return value
    return [_loggable(item) for item in value] if isinstance(value, list | tuple) else str(value)
