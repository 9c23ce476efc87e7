"""How typer is used here: plain help, and values that need no conversion taken as they are.

typer converts every value with pydantic, which takes longer to import than avsctl itself; a command line of texts and
defaults has nothing to convert.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

_WANTED: Final = {"int_": "a whole number", "float_": "a number"}
"""What is wanted where the kind of error that pydantic gives begins with this."""
_VALUE_SHOWN: Final = 100
_NUMBERS: Final = {int: re.compile(r"\d{1,18}", re.ASCII), float: re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)}


class PlainCommand(TyperCommand):
    """A command whose help names its arguments without the types that Python has for them."""

    def __init__(self, name: str | None, **settings: Any) -> None:  # noqa: ANN401 - what typer gives a command
        super().__init__(name, **settings)
        for parameter in self.params:
            if isinstance(parameter, TyperArgument):
                parameter.display_type_rich = _tell_no_type  # type: ignore[method-assign]

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's
        """Give its parameters and ``--help``, which take what needs no conversion as it is."""
        return _take_as_is(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same of a group."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's
        """Give its parameters and ``--help``, which take what needs no conversion as it is."""
        return _take_as_is(super().get_params(ctx))


PLAIN: Final[dict[str, Any]] = {
    "cls": PlainGroup,
    "rich_markup_mode": None,
    "add_completion": False,
    "pretty_exceptions_enable": False,
}
"""What every app is made with."""


def read_completed(environ: Mapping[str, str]) -> Sequence[str]:
    """Give the words that a shell asks to complete, without the program's; the last one may be cut."""
    return (environ.get("_TYPER_COMPLETE_ARGS") or environ.get("COMP_WORDS") or "").split()[1:]


def is_completing(environ: Mapping[str, str]) -> bool:
    """Whether a shell asks for completions of a command line."""
    return bool(environ.get("_AVSCTL_COMPLETE"))


def say_wanted(error: typer.TyperException) -> str:
    """Say of a value that is no number what it is and what was wanted: the library's words name neither."""
    describe = getattr(error.__cause__, "errors", None)
    first = describe()[0] if describe else {"type": ""}
    wanted = next((_WANTED[kind] for kind in _WANTED if first["type"].startswith(kind)), None)
    if wanted is None or not isinstance(error, typer.BadParameter):
        return ""
    option = error.param.opts[0] if error.param else "an argument"
    return f"Invalid value for '{option}': {str(first['input'])[:_VALUE_SHOWN]!r} is not {wanted}"


def _take_as_is(parameters: Any) -> Any:  # noqa: ANN401 - typer's
    for parameter in parameters:
        if not isinstance(parameter.get_runtime_param, _AsIs):
            parameter.get_runtime_param = _AsIs(parameter.type_descriptor.annotation, parameter.get_runtime_param)
    return parameters


class _AsIs:
    """Stands in for what converts the values of one parameter, and finds that only when it is needed."""

    def __init__(self, annotation: Any, find_converter: Any) -> None:  # noqa: ANN401 - typer's
        self._annotation = annotation
        self._find_converter = find_converter

    def __call__(self) -> "_AsIs":
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401 - typer's
        """Give a value as the command gets it."""
        is_several = param.multiple or param.nargs == -1
        if value is None:
            return () if is_several else None
        if is_several and get_origin(self._annotation) is list and self._are_texts(value):
            return list(value)
        if not is_several and isinstance(self._annotation, type):
            with suppress(ValueError):
                return _convert(value, self._annotation)
        return self._find_converter().coerce(value, param=param, ctx=ctx)

    def _are_texts(self, values: Any) -> bool:  # noqa: ANN401 - typer's
        return get_args(self._annotation) == (str,) and all(type(value) is str for value in values)


def _convert(value: object, kind: type) -> object:
    """Give what has the kind already, a name of an enumeration, or a number in plain decimal digits.

    Raises:
        ValueError: anything else, which is the library's to convert or to refuse.
    """
    if type(value) is kind:
        return value
    if isinstance(value, str) and (issubclass(kind, StrEnum) or (kind in _NUMBERS and _NUMBERS[kind].fullmatch(value))):
        return kind(value)
    raise ValueError


def _tell_no_type(ctx: object) -> None:
    """Stand in for what writes the type of a parameter."""
