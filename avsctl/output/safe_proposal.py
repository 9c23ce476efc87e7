"""A Safe transaction that awaits its owners: what to compare with the device, and what executing it gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.contracts.multi_send import MultiSend
from avsctl.contracts.roles import tell_revert
from avsctl.contracts.safe_reverts import explain_safe_revert
from avsctl.contracts.safe_tx import DELEGATECALL, SafeTx
from avsctl.output.encode import Json, encode_id
from avsctl.output.screen import Block, Line, Span, Style
from avsctl.output.text import clip

_NAMES: Final = ("data", "domain", "message", "safe_tx")
COMPARE: Final = "Compare with your device"
"""What stands above ``device_lines``."""


@dataclass(frozen=True)
class ShownExecution:
    """What came of executing a transaction in a simulation."""

    is_success: bool
    revert: Revert | None
    """None where it did not revert, as where the Safe took it and what it calls failed."""
    gas_used: int | None
    """None where the node does not tell."""


@dataclass(frozen=True)
class Hashes:
    """Of one transaction, 32 bytes each."""

    domain: bytes
    message: bytes
    safe_tx: bytes
    data: bytes


@dataclass(frozen=True)
class ShownProposal:
    """One transaction."""

    safe_tx: SafeTx
    hashes: Hashes
    multi_send: MultiSend | None = None
    """What a delegatecall goes to, known by its code; None for a plain call, and for a target that is not known."""
    execution: ShownExecution | None = None
    """None where it was not simulated."""


def encode_proposal(proposal: ShownProposal) -> dict[str, Json]:
    """Build one item of ``transactions``."""
    safe_tx, execution = proposal.safe_tx, proposal.execution
    return {
        "nonce": encode_id(safe_tx.nonce),
        "to": safe_tx.to,
        "value": str(safe_tx.value),
        "operation": safe_tx.operation,
        "data": f"0x{safe_tx.data.hex()}",
        **encode_hashes(proposal.hashes),
        "execution": encode_execution(execution) if execution else None,
    }


def encode_hashes(hashes: Hashes | None) -> dict[str, Json]:
    """Build the hashes of a transaction, 0x and lower-case hex; null where there is not one to give."""
    return {f"{name}_hash": f"0x{getattr(hashes, name).hex()}" if hashes else None for name in _NAMES}


def encode_execution(execution: ShownExecution) -> dict[str, Json]:
    """Build ``execution``."""
    return {
        "is_success": execution.is_success,
        "revert": tell_revert(execution.revert) if execution.revert else None,
        "gas_used": None if execution.gas_used is None else encode_id(execution.gas_used),
    }


def operation_lines(proposal: ShownProposal) -> Iterator[Block]:
    """Say what the Safe does with the data, and where; a delegatecall to anything but a known one is critical."""
    safe_tx, multi_send = proposal.safe_tx, proposal.multi_send
    if safe_tx.operation != DELEGATECALL:
        value = f" with a value of {safe_tx.value} wei" if safe_tx.value else ""
        yield Line(f"operation {safe_tx.operation}: call to {safe_tx.to}{value}", indent=2, hang=2)
    elif multi_send is None:
        yield Line(f"operation 1: DELEGATECALL to {safe_tx.to}, which is not known", Style.CRITICAL, indent=2, hang=2)
    else:
        yield Line(f"operation 1: delegatecall to MultiSendCallOnly {multi_send.version}, code hash verified", indent=2)
        yield Line(safe_tx.to, indent=4)


def execution_line(proposal: ShownProposal) -> Line:
    """Say what came of executing it."""
    execution = proposal.execution
    if execution is None:
        return Line((Span("executed as a whole: "), Span("not simulated", Style.WARNING)), indent=2)
    if execution.is_success:
        gas = "" if execution.gas_used is None else f", gas {execution.gas_used}"
        return Line((Span("executed as a whole: "), Span("ok", Style.OK), Span(gas)), indent=2)
    return Line((Span("executed as a whole: "), Span(tell_failure(execution), Style.CRITICAL)), indent=2, hang=2)


def device_lines(hashes: Hashes) -> Iterator[Block]:
    """Give the hashes: the first two as a Ledger shows them, in upper case, the third as wallets do; 80 columns."""
    for name, shown in (
        ("Domain hash", hashes.domain.hex().upper()),
        ("Message hash", hashes.message.hex().upper()),
        ("safeTxHash", hashes.safe_tx.hex()),
        ("data hash", hashes.data.hex()),
    ):
        yield Line(f"{name:<14}0x{shown}", is_verbatim=True)


def tell_failure(execution: ShownExecution) -> str:
    """Say why an execution does not succeed; what comes from outside in it is escaped and cut."""
    if execution.revert is None:
        return "fails without a revert: the Safe would use up its nonce"
    meaning = explain_safe_revert(execution.revert)
    return f"reverts with {clip(tell_revert(execution.revert))}{f': {meaning}' if meaning else ''}"
