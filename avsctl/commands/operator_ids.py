"""Lists of operators as typed, such as ``--restricted`` takes."""

from avsctl.contracts.address import parse_address
from avsctl.core.amounts import NONE
from avsctl.core.operator_names import OperatorName
from avsctl.core.units import UINT256_MAX, OperatorId
from avsctl.errors import ConfigError, UsageError

_HINT = "ids and addresses with commas between them, such as 4,5,6"


def parse_operators(text: str, *, or_none: bool = True) -> tuple[OperatorName, ...]:
    """Read ids and addresses in the order given; empty for ``none`` where that is taken.

    Raises:
        UsageError: an item that is empty, no id from 1 to 2^256-1, and no address; what it is is not repeated.
    """
    if or_none and text.strip() == NONE:
        return ()
    hint = f"{_HINT}, or none for anyone" if or_none else _HINT
    return tuple(_parse_operator(item.strip(), place, hint) for place, item in enumerate(text.split(","), 1))


def _parse_operator(item: str, place: int, hint: str) -> OperatorName:
    if not item:
        raise UsageError(f"item {place} of the list of operators is empty", hint)
    if item.isascii() and item.isdigit():
        return OperatorId(_parse_id(item, place, hint))
    try:
        return parse_address(item)
    except ConfigError as error:
        problem = error.problems[0]
        raise UsageError(
            f"item {place} of the list of operators is no id and no address: {problem.message}", problem.hint or hint
        ) from None


def _parse_id(item: str, place: int, hint: str) -> int:
    digits = item.lstrip("0")
    if digits and len(digits) <= len(str(UINT256_MAX)) and int(digits) <= UINT256_MAX:
        return int(digits)
    wrong = "above 2^256-1" if digits else "0"
    raise UsageError(f"item {place} of the list of operators is {wrong}: ids are from 1", hint)
