"""What the owners of a Safe are to sign for a change: as JSON data, and below the states on the screen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from avsctl.core.multisig import SafeState
from avsctl.core.quorum import Assessment
from avsctl.core.units import Address
from avsctl.output.change_states import show_verdict
from avsctl.output.change_words import tell_need
from avsctl.output.encode import Json, encode_id
from avsctl.output.safe_proposal import (
    COMPARE,
    ShownProposal,
    device_lines,
    encode_hashes,
    encode_proposal,
    execution_line,
    operation_lines,
)
from avsctl.output.screen import Blank, Block, Line, Span, Style


@dataclass(frozen=True)
class SafePart:
    """The transactions of the Safe that make a change."""

    nonce: int
    """Of the first one."""
    simulated_nonce: int
    """That the Safe had in the simulation when the first one ran."""
    proposals: tuple[ShownProposal, ...]
    """Empty where there is nothing to call, and where several calls cannot be one transaction."""
    is_expected: bool | None = None
    """Whether one of them has the hash that the user expects; None where that was not asked."""


def encode_safe(address: Address, safe: SafeState, part: SafePart | None) -> Json:
    """Build ``safe``; what is of one transaction is null where there are several, or none."""
    proposals = part.proposals if part else ()
    single = proposals[0] if len(proposals) == 1 else None
    return {
        "address": address,
        "version": safe.version,
        "threshold": encode_id(safe.threshold),
        "nonce": encode_id(part.nonce if part else safe.nonce),
        "chain_nonce": encode_id(safe.nonce),
        **encode_hashes(single.hashes if single else None),
        "operation": single.safe_tx.operation if single else None,
        "to": single.safe_tx.to if single else None,
        "is_expected": part.is_expected if part else None,
        "transactions": [encode_proposal(each) for each in proposals],
    }


def safe_blocks(part: SafePart, prefixes: Sequence[Assessment | None]) -> Iterator[Block]:
    """Give each transaction: what it is, what executing it gives, and its hashes.

    Args:
        part: the transactions.
        prefixes: the definition that each call changes, as it stands after the call.
    """
    proposals = part.proposals
    for at, each in enumerate(proposals):
        yield Blank()
        yield Line((Span(_name(at, len(proposals)), Style.HEAD), Span(_tell_nonce(part, at))))
        yield from operation_lines(each)
        yield execution_line(each)
        if len(proposals) > 1:
            yield _prefix_line(prefixes[at])
        yield Line(COMPARE, Style.HEAD)
        yield from device_lines(each.hashes)
    if part.is_expected:
        which = "It is" if len(proposals) == 1 else "One of them is"
        yield Line(f"{which} the transaction that --expect names.", Style.OK)


def _name(at: int, count: int) -> str:
    return "Safe transaction" if count == 1 else f"Safe transaction {at + 1} of {count}, call {at + 1}"


def _tell_nonce(part: SafePart, at: int) -> str:
    """Write the nonce, and the one that the Safe had in the simulation where that is another."""
    nonce, simulated = part.nonce + at, part.simulated_nonce + at
    return f", nonce {nonce}" if nonce == simulated else f", nonce {nonce}; simulated at nonce {simulated}"


def _prefix_line(after: Assessment | None) -> Line:
    """Say how the definition stands until the next transaction is executed."""
    if after is None:
        return Line("the state after it is not known", Style.WARNING, indent=2)
    lead = Span(f"after it task {after.definition.task_definition_id} is ")
    return Line((lead, show_verdict(after), Span(" "), *tell_need(after)), indent=2)
