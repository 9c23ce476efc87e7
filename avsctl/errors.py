"""Every error that avsctl raises on purpose, and the exit status each one ends in.

    AvsctlError                1  avsctl itself is at fault
    +-- UsageError             2  the command line is wrong
    +-- ConfigError            2  a setting is missing, malformed or does not fit the chain
    |   +-- ConfigProblems     2  several of them, told in one message
    +-- GenerationError        6  the deployed contract generation does not have this
    +-- ChainError             5  a chain could not be read, or answered inconsistently
    |   +-- EndpointError         no endpoint of a chain gave a usable answer
    |   +-- NodeError             a node answered with an error object
    |   +-- AnswerError           an answer that does not have the shape it must have
    |   +-- BlockError            the pinned block is not there, or is no longer the same
    |   +-- EndpointsDifferError  two endpoints of a chain say different things of one block

``cli.main`` is the one place that turns them into a status. Texts that came from outside (a node, a file) are made
harmless where they are printed, not here; secrets never get into a message in the first place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing that was wrong, as the envelope's ``errors`` lists it."""

    code: str
    """Stable, for programs."""
    message: str
    """What was wrong and where it came from."""
    hint: str = ""
    """What to do."""


class AvsctlError(Exception):
    """Root of the tree: an error with an exit status, a stable code and a remedy."""

    status: ClassVar[int] = 1
    code: ClassVar[str] = "internal"

    def __init__(self, message: str, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(code or self.code, message, hint),)


class UsageError(AvsctlError):
    """The command line is wrong."""

    status = 2
    code = "usage"


class ConfigError(AvsctlError):
    """A setting is missing, malformed, or does not fit the chain that answered."""

    status = 2
    code = "config"


class ConfigProblems(ConfigError):
    """Several settings are wrong; all of them are told at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class GenerationError(AvsctlError):
    """The deployed contract generation does not have what was asked for."""

    status = 6
    code = "generation"


class ChainError(AvsctlError):
    """A chain could not be read, or answered inconsistently; trying again may help."""

    status = 5
    code = "chain"


class EndpointError(ChainError):
    """No endpoint of a chain gave a usable answer within the tries and the time allowed."""

    code = "endpoint"

    def __init__(self, message: str, hint: str = "", *, heavy: bool = False) -> None:
        super().__init__(message, hint)
        self.heavy = heavy
        """Whether the endpoint took requests and failed on them, so that smaller ones may pass."""


class NodeError(ChainError):
    """A node answered a request with a JSON-RPC error object."""

    code = "node"


class AnswerError(ChainError):
    """An answer does not have the shape that the contract or the protocol prescribes."""

    code = "answer"


class BlockError(ChainError):
    """The block asked for is not there, or its number now names another block."""

    code = "block"


class EndpointsDifferError(ChainError):
    """Two endpoints of a chain say different things of the same block: one of them is wrong."""

    code = "endpoints_differ"
