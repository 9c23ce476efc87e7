"""The order of a Safe's transactions: those that count as executed, and the nonce of the one that follows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from avsctl.contracts.transaction import Transaction
from avsctl.core.findings import Finding, build_finding
from avsctl.core.units import Address
from avsctl.errors import UsageError
from avsctl.tx.safe_proposal import SafeAccount, SafeProposal, propose


@dataclass(frozen=True)
class Queued:
    """A batch file, one transaction of the Safe, that counts as executed."""

    name: str
    """The file as the user names it."""
    transactions: tuple[Transaction, ...]
    """The calls that it makes."""
    nonce: int | None
    """By its sidecar, or what follows from its place; None before that is known, and where the sender is no Safe."""


def order_queue(files: Sequence[Queued], next_nonce: int) -> tuple[Queued, ...]:
    """Give each file its nonce: one without a sidecar has that after the file before it, the first one the next.

    Args:
        files: as the user names them.
        next_nonce: of the next transaction that the Safe executes.

    Raises:
        UsageError: a file that was executed, or files that are not in the order of their nonces.
    """
    ordered: list[Queued] = []
    for file in files:
        due = _follow(ordered, next_nonce)
        nonce = due if file.nonce is None else file.nonce
        if nonce < next_nonce:
            raise UsageError(
                f"--after {file.name} has nonce {nonce}, which is used up: the next one is {next_nonce}",
                "it was executed already, or another in its place: leave --after out",
            )
        if nonce < due:
            raise UsageError(
                f"--after {file.name} has nonce {nonce}, and {ordered[-1].name} before it has {due - 1}",
                "name the files in the order of their nonces, and one file for each",
            )
        ordered.append(Queued(file.name, file.transactions, nonce))
    return tuple(ordered)


def choose_nonce(queue: Sequence[Queued], next_nonce: int, wanted: int | None, source: str = "--nonce") -> int:
    """Give the nonce of what comes after the queue: the one wanted, else the first that is free.

    Args:
        queue: as ``order_queue`` gives it.
        next_nonce: of the next transaction that the Safe executes.
        wanted: None for the first that is free.
        source: what it is wanted by, for messages.

    Raises:
        UsageError: the one wanted is used up, or not after the queue.
    """
    due = _follow(queue, next_nonce)
    if wanted is None or wanted >= due:
        return due if wanted is None else wanted
    if wanted < next_nonce:
        raise UsageError(
            f"nonce {wanted} of {source} is used up: the next one of the Safe is {next_nonce}",
            f"--nonce {due}, or leave it out",
        )
    raise UsageError(
        f"nonce {wanted} of {source} is not after that of --after {queue[-1].name}, which is {due - 1}",
        f"--nonce {due}, or leave it out",
    )


def require_behind(queue: Sequence[Queued], nonce: int, name: str) -> None:
    """Refuse files of ``--after`` that run no earlier than the file which is said to come after them.

    Args:
        queue: as ``order_queue`` gives it.
        nonce: of the file.
        name: of the file.

    Raises:
        UsageError: the last of the queue has its nonce, or a later one.
    """
    if queue and nonce < _follow(queue, nonce):
        raise UsageError(
            f"--after {queue[-1].name} has nonce {queue[-1].nonce}, and {name} has {nonce}",
            "name the files that are executed before it, or leave --after out",
        )


def propose_queue(
    account: SafeAccount, queue: Sequence[Queued], multi_send: Address | None
) -> tuple[SafeProposal, ...] | None:
    """Give the transactions that run first; None where several calls have no MultiSendCallOnly to go through.

    Args:
        account: the Safe.
        queue: as ``order_queue`` gives it.
        multi_send: one that is known by its code.

    Raises:
        ConfigError: a version of Safe whose hashes are not known.
    """
    if multi_send is None and any(len(each.transactions) != 1 for each in queue):
        return None
    return tuple(propose(account, each.transactions, each.nonce or 0, multi_send) for each in queue)


def check_gaps(queue: Sequence[Queued], next_nonce: int, nonce: int) -> Iterator[Finding]:
    """Find that there are nonces before ``nonce`` of which nobody said what runs under them."""
    gaps = tuple(_find_gaps([next_nonce - 1, *(each.nonce or 0 for each in queue), nonce]))
    if gaps:
        which = "nonce" if len(gaps) == 1 and gaps[0].isdigit() else "nonces"
        text = f"the Safe is at nonce {next_nonce}: what runs under {which} {', '.join(gaps)} is not known here"
        yield build_finding("nonce_ahead", "safe", text)


def _follow(queue: Sequence[Queued], next_nonce: int) -> int:
    """Give the first nonce that is free behind a queue."""
    last = queue[-1].nonce if queue else None
    return next_nonce if last is None else last + 1


def _find_gaps(nonces: Sequence[int]) -> Iterator[str]:
    """Write what lies between nonces that do not follow one another: ``42`` or ``42 to 44``."""
    for low, high in pairwise(nonces):
        if high - low == 2:
            yield str(low + 1)
        elif high - low > 2:
            yield f"{low + 1} to {high - 1}"
