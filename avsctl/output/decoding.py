"""The answer of ``tx decode`` as a result."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from avsctl.contracts.decoding import Decoded, Kind
from avsctl.contracts.error_text import NamedError
from avsctl.contracts.interfaces import Interface
from avsctl.core.chains import chain_name
from avsctl.errors import Problem
from avsctl.output.attestation_words import quoted_span
from avsctl.output.change_words import count_calls
from avsctl.output.decoding_answer import (
    BatchContent,
    DecodingAnswer,
    ProposalContent,
    Selector,
    SidecarContent,
    SignatureContent,
    Source,
    Word,
)
from avsctl.output.decoding_data import encode_decoding
from avsctl.output.decoding_screen import (
    call_blocks,
    decoded_blocks,
    error_blocks,
    function_blocks,
    named_blocks,
    task_blocks,
    tell_unknown,
)
from avsctl.output.head import format_moment
from avsctl.output.result import USAGE, Result
from avsctl.output.screen import Blank, Block, Line, Span, Style
from avsctl.output.text import plural

CODE: Final = "unreadable"
EXPECTED: Final = (
    "give calldata, revert data or the data of an internal task in hex, an error's name as logs show it, or a batch, "
    "proposal or signature file; - reads standard input"
)
_REPLACE: Final = "should it be a private key: what stands on a command line is in the shell's history, so replace it"


def present_decoding(answer: DecodingAnswer) -> Result:
    """Give the result of ``tx decode``; status 2 where nothing of it could be read.

    ``data`` has the same keys whatever it was, empty lists and null for what does not apply::

        {"source": "argument|file|standard_input", "path": "..", "kind": "calldata|multi_send|exec_transaction|
         submit_task|update|revert|empty|unknown|error_name|function_name|selector|hash|batch_file|proposal_file|
         signature_file|sidecar", "size": bytes, "selector": "0x..",
         "candidates": [{"contract", "generations": ["v1"], "since": release of Safe, "function": signature, "selector",
           "args": [{"name", "type", "value"}] or null}],
         "error": {"name", "safe_code", "candidates": [as above, "error" for "function"],
           "meanings": [{"when", "text", "remedy"}], "inner": {as a call}},
         "fault": why not all was read, "notes": ["what to know before signing"],
         "warnings": [{"code": "delegatecall|multi_send|no_delegatecall|operation|gas_refund|nonce_burns", "text"}],
         "calls": [{"number": "2.1", "to", "value": "wei", "operation", "data", and all keys from "kind" on}],
         "calls_left_out": count, "safe_transaction": {"to", "value", "operation", "safe_tx_gas", "base_gas",
           "gas_price", "gas_token", "refund_receiver"}, "signatures": [{"kind", "v", "owner"}],
         "task": {"task_definition_id", "carries": "voting_power|totals", "update", "fault"},
         "role": name, "events": [signatures], "file": {what the file says of itself}}

    Numbers inside arguments are decimal strings, bytes 0x hex. The value of a tuple is a list of its members as
    ``name``, ``type`` and ``value``, that of an array of tuples a list of such lists.
    """
    subject = answer.subject
    is_unknown = isinstance(subject, Decoded) and subject.kind is Kind.UNKNOWN
    text = f"nothing that avsctl knows: {tell_unknown(subject.data)}" if isinstance(subject, Decoded) else ""
    return Result(
        "tx decode",
        encode_decoding(answer),
        screen=tuple(_blocks(answer)),
        errors=(Problem(CODE, text, EXPECTED),) if is_unknown else (),
        status=USAGE if is_unknown else None,
    )


def _blocks(answer: DecodingAnswer) -> Iterator[Block]:
    match answer.subject:
        case Decoded():
            yield from decoded_blocks(answer.subject)
        case NamedError():
            yield from named_blocks(answer.subject)
        case Selector():
            yield from _selector_blocks(answer.subject)
        case Word():
            yield from _word_blocks(answer.subject)
        case BatchContent():
            yield from _batch_blocks(answer, answer.subject)
        case ProposalContent():
            yield from _proposal_blocks(answer, answer.subject)
        case SignatureContent():
            yield from _signature_blocks(answer, answer.subject)
        case SidecarContent():
            yield from _sidecar_blocks(answer, answer.subject)


def _selector_blocks(found: Selector) -> Iterator[Block]:
    if found.errors:
        yield from error_blocks(NamedError(found.errors))
    yield from function_blocks(found.functions)
    if found.role is not None:
        yield Line(
            (Span("Role or flow "), Span(found.role, Style.HEAD), Span(f"  0x{found.selector.hex()}", Style.DIM))
        )


def _word_blocks(word: Word) -> Iterator[Block]:
    if word.role is not None:
        yield Line((Span("Role or flow "), Span(word.role, Style.HEAD)))
    elif word.events:
        yield from _event_lines(word.events)
    else:
        yield Line("32 bytes, as a hash has: of what, cannot be told from it", Style.HEAD)
        yield Line("It is not repeated here, for a private key looks the same.", indent=2)
        yield Line("the hash of a transaction that submits a task goes to", indent=2)
        yield Line("avsctl attest simulate --tx HASH", indent=4, is_verbatim=True)
        yield Line("the hash of a Safe transaction goes with its batch file to", indent=2)
        yield Line("avsctl safe verify FILE --hash HASH", indent=4, is_verbatim=True)
        yield Line(_REPLACE, Style.WARNING, indent=2)


def _event_lines(events: Sequence[Interface]) -> Iterator[Block]:
    for each in events:
        places = f"{each.contract} {', '.join(generation.upper() for generation in each.generations)}"
        yield Line((Span("First topic of event "), Span(each.signature, Style.HEAD)), hang=2)
        yield Line(f"of {places}", indent=2)


def _batch_blocks(answer: DecodingAnswer, batch: BatchContent) -> Iterator[Block]:
    yield _file_line("A batch of a Safe", answer)
    number = len(batch.calls) + batch.left_out
    safe = f"Safe {batch.safe}" if batch.safe else "of which Safe, it does not say"
    yield Line(f"{count_calls(number)}, {safe}, on {chain_name(batch.chain_id)}", indent=2)
    if batch.name:
        yield Line((Span("name      "), quoted_span(batch.name)), indent=2)
    if batch.description:
        yield Line((Span("says      "), quoted_span(batch.description)), indent=2, hang=10)
    yield Line(f"made      {format_moment(batch.created_at_ms // 1000)}, as it says", indent=2)
    yield _checksum_line(batch)
    for each in batch.disputes:
        text = f"beware: {each.field} is not what the data says, and the data is what is signed"
        yield Line(text, Style.CRITICAL, indent=2, hang=2)
    yield Line(_tell_sidecar(batch, _name_file(answer)), indent=2, hang=2)
    yield from call_blocks(batch.calls, batch.left_out, 2)


def _checksum_line(batch: BatchContent) -> Line:
    if batch.checksum_ok:
        return Line("checksum  ok", indent=2)
    text = "does not fit: it was changed after it was made" if batch.has_checksum else "none"
    return Line((Span("checksum  "), Span(text, Style.WARNING)), indent=2)


def _tell_sidecar(batch: BatchContent, file: str) -> str:
    if batch.has_sidecar:
        return f"its sidecar is beside it: avsctl safe verify {file} holds both to the chain"
    return f"only avsctl safe verify {file} holds it to the chain and the Safe"


def _proposal_blocks(answer: DecodingAnswer, proposal: ProposalContent) -> Iterator[Block]:
    file = proposal.file
    yield _file_line(f"A proposal of task {file.task_definition_id}", answer)
    yield Line(f"AttestationCenter {file.attestation_center} on {chain_name(file.l2_chain_id)}", indent=2)
    yield Line(f"OBLS              {file.obls}", indent=2)
    yield Line(f"L1 block {file.l1_block.number} of {chain_name(file.l1_chain_id)}  {file.l1_block.hash}", indent=2)
    yield Line(f"L2 block {file.l2_block.number}  {file.l2_block.hash}", indent=2)
    yield Line((Span("proof of task  "), quoted_span(file.proof_of_task)), indent=2)
    yield Line(f"data           {plural(len(file.data), 'byte')}", indent=2)
    yield from task_blocks(proposal.task, 2)
    yield Blank()
    yield Line("What would become of it:")
    yield Line(f"avsctl attest simulate --update {_name_file(answer)}", indent=2, is_verbatim=True)


def _signature_blocks(answer: DecodingAnswer, file: SignatureContent) -> Iterator[Block]:
    yield _file_line("A signature for a Safe transaction", answer)
    yield Line("what it says of itself is a claim until it is held to the transaction:", indent=2)
    yield Line(f"signer        {file.signer}", indent=4)
    yield Line(f"Safe          {file.safe} on {chain_name(file.chain_id)}", indent=4)
    yield Line(f"safeTxHash    0x{file.safe_tx_hash.hex()}", indent=4)
    yield Line(f"signature     {plural(file.size, 'byte')}", indent=4)
    yield Line(f"avsctl safe verify BATCH --signature {_name_file(answer)}", indent=2, is_verbatim=True)


def _sidecar_blocks(answer: DecodingAnswer, file: SidecarContent) -> Iterator[Block]:
    yield _file_line("The sidecar of a batch file", answer)
    yield Line("It keeps what avsctl expected of the batch; the calls are in the batch file.", indent=2)
    if file.batch:
        yield Line((Span("batch file  "), quoted_span(file.batch)), indent=2)
    batch = shlex.quote(file.batch) if file.batch else "BATCH"
    yield Line(f"avsctl safe verify {batch} holds both to the chain.", indent=2)


def _name_file(answer: DecodingAnswer) -> str:
    """Give the file as a shell takes it."""
    return shlex.quote(answer.path) if answer.path else "FILE"


def _file_line(what: str, answer: DecodingAnswer) -> Line:
    origin = (
        (Span("  from standard input"),) if answer.source is Source.STDIN else (Span("  "), quoted_span(answer.path))
    )
    return Line((Span(what, Style.HEAD), *origin))
