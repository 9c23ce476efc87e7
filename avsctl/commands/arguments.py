"""What a list of arguments says before anything has understood it."""

from collections.abc import Sequence


def find_values(arguments: Sequence[str], long: str, short: str | None = None) -> list[str]:
    """Find the values of an option in the spellings ``--long V``, ``--long=V``, ``-s V`` and ``-sV``."""
    values: list[str] = []
    for at, argument in enumerate(arguments):
        if argument in (long, short):
            values += arguments[at + 1 : at + 2]
        elif argument.startswith(f"{long}="):
            values.append(argument.removeprefix(f"{long}="))
        elif short and argument.startswith(short):
            values.append(argument.removeprefix(short))
    return values
