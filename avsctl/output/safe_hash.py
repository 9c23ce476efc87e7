"""The answer of ``safe hash``: the hashes of the Safe transaction that a file makes, and what they rest on."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from avsctl.contracts.multi_send import MultiSend
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.chains import chain_name
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.units import Address
from avsctl.output.change_words import count_calls
from avsctl.output.encode import Json, encode_id
from avsctl.output.result import FOUND, Result
from avsctl.output.safe_proposal import COMPARE, Hashes, device_lines
from avsctl.output.screen import Blank, Block, Line, Style
from avsctl.output.text import clip

COMMAND: Final = "safe hash"
_ORIGINS: Final = {
    "option": "as given",
    "sidecar": "as the sidecar claims",
    "chain": "as the chain has it",
    "assumed": "assumed: the canonical one of the version, not looked for on the chain",
}
"""Where a value comes from, in words."""


class Form(StrEnum):
    """What is given out."""

    HASHES = "hashes"
    TYPED_DATA = "typed_data"
    """The EIP-712 document."""
    APPROVE_HASH = "approve_hash"
    """The calldata of ``approveHash``."""


@dataclass(frozen=True)
class HashAnswer:
    """Everything that the answer tells; an origin is ``option``, ``sidecar``, ``chain`` or ``assumed``."""

    path: str
    sha256: str
    calls: int
    chain_id: int
    safe: Address
    version: str
    version_from: str
    nonce_from: str
    multi_send: MultiSend | None
    """None for a single call."""
    multi_send_from: str | None
    safe_tx: SafeTx
    hashes: Hashes
    findings: tuple[Finding, ...]
    is_refused: bool
    """Whether the sidecar claims another transaction, so that nothing is given out."""
    form: Form = Form.HASHES
    payload: str | None = None
    """What stdout has for itself."""
    deployment: Deployment | None = None
    """None where no chain was read, as ``l2``."""
    l2: BlockRef | None = None


def present_hash(answer: HashAnswer) -> Result:
    """Give the result; a sidecar that claims another transaction ends in status 3."""
    return Result(
        COMMAND,
        _encode(answer),
        screen=tuple(_blocks(answer)),
        deployment=answer.deployment,
        l2_block=answer.l2,
        findings=answer.findings,
        status=FOUND if answer.is_refused else None,
        payload=None if answer.is_refused else answer.payload,
    )


def encode_digests(hashes: Hashes) -> dict[str, Json]:
    """Build ``hashes``: 0x and lower-case hex each."""
    return {name: f"0x{getattr(hashes, name).hex()}" for name in ("domain", "message", "safe_tx", "data")}


def encode_safe_tx(safe_tx: SafeTx) -> dict[str, Json]:
    """Build ``safe_tx``: what the owners sign, numbers as decimal strings but operation and nonce."""
    return {
        "to": safe_tx.to,
        "value": str(safe_tx.value),
        "data": f"0x{safe_tx.data.hex()}",
        "operation": safe_tx.operation,
        "safe_tx_gas": str(safe_tx.safe_tx_gas),
        "base_gas": str(safe_tx.base_gas),
        "gas_price": str(safe_tx.gas_price),
        "gas_token": safe_tx.gas_token,
        "refund_receiver": safe_tx.refund_receiver,
        "nonce": encode_id(safe_tx.nonce),
    }


def _encode(answer: HashAnswer) -> dict[str, Json]:
    multi_send = answer.multi_send
    return {
        "file": {"path": answer.path, "sha256": answer.sha256, "calls": answer.calls},
        "safe": {
            "address": answer.safe,
            "chain_id": answer.chain_id,
            "version": answer.version,
            "version_from": answer.version_from,
            "nonce": encode_id(answer.safe_tx.nonce),
            "nonce_from": answer.nonce_from,
        },
        "multi_send": None
        if multi_send is None
        else {"address": multi_send.address, "version": multi_send.version, "from": answer.multi_send_from},
        "hashes": encode_digests(answer.hashes),
        "safe_tx": encode_safe_tx(answer.safe_tx),
        "given_out": None if answer.is_refused or answer.form is Form.HASHES else answer.form.value,
    }


def _blocks(answer: HashAnswer) -> Iterator[Block]:
    yield Line(f"File {answer.path}: {count_calls(answer.calls)} of the Safe")
    yield Line(f"sha256 {answer.sha256}", indent=2, is_verbatim=True)
    yield Blank()
    yield Line(f"Safe {answer.safe} on {chain_name(answer.chain_id)}", Style.HEAD)
    yield _origin_line("version", clip(answer.version), answer.version_from)
    yield _origin_line("nonce", str(answer.safe_tx.nonce), answer.nonce_from)
    yield from _operation_lines(answer)
    yield Blank()
    yield Line(COMPARE)
    yield from device_lines(answer.hashes)
    yield Blank()
    yield from _end_lines(answer)


def _origin_line(name: str, value: str, origin: str | None) -> Line:
    style = Style.WARNING if origin == "assumed" else Style.PLAIN
    return Line(f"{name:<10}{value}   {_ORIGINS.get(origin or '', '')}", style, indent=2, hang=10)


def _operation_lines(answer: HashAnswer) -> Iterator[Block]:
    multi_send = answer.multi_send
    if multi_send is None:
        yield Line(f"{'operation':<10}0, a call to {answer.safe_tx.to}", indent=2, hang=10)
        return
    yield _origin_line(
        "operation", f"1, a delegatecall to MultiSendCallOnly {multi_send.version}", answer.multi_send_from
    )
    yield Line(multi_send.address, indent=12)


def _end_lines(answer: HashAnswer) -> Iterator[Block]:
    if answer.is_refused:
        yield Line("Sign nothing of this: the sidecar claims another transaction.", Style.CRITICAL)
    elif answer.form is Form.APPROVE_HASH:
        yield Line("The calldata of approveHash; each owner who sends it has signed, and cannot take it back. To:")
        yield Line(answer.safe, indent=2, is_verbatim=True)
    elif answer.form is Form.TYPED_DATA:
        yield Line("The EIP-712 document to be signed by an owner; the signature goes to:")
        yield Line(f"avsctl safe exec {shlex.quote(answer.path)} --signature 0x..", indent=2, is_verbatim=True)
    else:
        yield Line("Hashes only: what the calls do was not looked at.")
        yield Line(f"avsctl safe verify {shlex.quote(answer.path)}", indent=2, is_verbatim=True)
