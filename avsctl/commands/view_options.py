"""The option ``--view NAME=L1_RPC,L2_RPC``, as typed: an attester's own endpoints, which are never repeated whole."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avsctl.chain.endpoint import Endpoint
from avsctl.commands.operator_ids import parse_operators
from avsctl.core.operator_names import OperatorName, resolve_operators
from avsctl.core.operators import L2Operator
from avsctl.core.units import OperatorId
from avsctl.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from avsctl.tx.views import Vantage

MOST_VIEWS: Final = 32
_FORM: Final = "--view NAME=L1_RPC,L2_RPC; a comma inside a URL is written %2C"
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,42}", re.ASCII)

ViewOption = Annotated[
    list[str] | None,
    typer.Option(
        "--view",
        metavar="NAME=L1_RPC,L2_RPC",
        help="Endpoints of an attester's own, an operator's id or address, or any name; repeatable.",
    ),
]


@dataclass(frozen=True)
class NamedView:
    """Endpoints of an attester's own, by the name typed."""

    name: str
    operator: OperatorName | None
    """None for a name that stands for no operator."""
    l1: Endpoint
    l2: Endpoint


def parse_views(texts: Sequence[str]) -> tuple[NamedView, ...]:
    """Read every ``--view``.

    Raises:
        UsageError: another form, no URL where one must be, one name twice, or too many; no URL is repeated.
    """
    if len(texts) > MOST_VIEWS:
        raise UsageError(f"--view is given {len(texts)} times", f"{MOST_VIEWS} views at most")
    views = tuple(_parse(text, place) for place, text in enumerate(texts, 1))
    _require_distinct(views, [view.name if view.operator is None else view.operator for view in views])
    return views


def resolve_views(views: Iterable[NamedView], operators: Sequence[L2Operator]) -> "tuple[Vantage, ...]":
    """Give the endpoints with the ids of the operators that they are named by.

    Raises:
        UsageError: an address that stands for no one id, an id that was never given out, or one operator twice.
    """
    from avsctl.tx.views import Vantage  # noqa: PLC0415 - the read path is imported when a command runs

    given = tuple(views)
    ids = [_resolve(view.operator, operators) for view in given]
    _require_distinct([view for view, own in zip(given, ids, strict=True) if own], [own for own in ids if own])
    return tuple(Vantage(view.name, own, view.l1, view.l2) for view, own in zip(given, ids, strict=True))


def _parse(text: str, place: int) -> NamedView:
    name, _, urls = text.partition("=")
    parts = [part.strip() for part in urls.split(",")]
    if not _NAME.fullmatch(name) or len(parts) != 2 or not all(parts):
        raise UsageError(f"--view, number {place}, is not NAME=L1_RPC,L2_RPC", _FORM)
    is_operator = name.isdigit() or name[:2].lower() == "0x"
    operator = parse_operators(name)[0] if is_operator else None
    l1, l2 = (_parse_url(part, place, layer) for part, layer in zip(parts, ("L1", "L2"), strict=True))
    return NamedView(name, operator, l1, l2)


def _parse_url(text: str, place: int, layer: str) -> Endpoint:
    try:
        return Endpoint.parse(text)
    except ConfigError as error:
        problem = error.problems[0]
        message = f"--view, number {place}, the endpoint of {layer}: {problem.message}"
        raise UsageError(message, problem.hint or _FORM) from None


def _resolve(operator: OperatorName | None, operators: Sequence[L2Operator]) -> tuple[OperatorId, ...]:
    if operator is None:
        return ()
    ids = resolve_operators([operator], operators)
    if not any(each.operator_id in ids for each in operators):
        raise UsageError(f"there is no operator {operator}", "avsctl operator list names them all")
    return ids


def _require_distinct(views: Sequence[NamedView], keys: Sequence[object]) -> None:
    for at, key in enumerate(keys):
        if key in keys[:at]:
            raise UsageError(f"--view {views[at].name} is given twice", "one view a name")
