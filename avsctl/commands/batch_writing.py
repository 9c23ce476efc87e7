"""``--safe-batch``: the batch files of a change, each with what is kept beside it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from avsctl import __version__
from avsctl.commands.change_files import Ground
from avsctl.commands.write_options import BatchMode, SafeBatchFile, is_file_name
from avsctl.config.text_file import read_text
from avsctl.contracts.attestation_center import decode_setting
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, L2State
from avsctl.core.expectation import Expectation, expect
from avsctl.core.quorum import Verdict
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import UsageError
from avsctl.output.change_answer import ChangeAnswer
from avsctl.output.change_outcome import Outcome, WrittenFile
from avsctl.output.files import remove_file, require_place, write_files
from avsctl.output.log import LOGGER
from avsctl.tx.guards.permission import OF_THE_CHANGE
from avsctl.tx.prepare import Prepared
from avsctl.tx.safe_batch import append_transactions, build_batch, parse_batch
from avsctl.tx.safe_change import SafeChange
from avsctl.tx.safe_file import digest
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.sidecar import Sidecar, build_sidecar, sidecar_path


@dataclass(frozen=True)
class Draft:
    """A change that is to be written."""

    answer: ChangeAnswer
    prepared: Prepared
    ground: Ground
    change: SafeChange | None
    """None where the sender is no Safe."""


@dataclass(frozen=True)
class _File:
    """One batch file, and what is kept beside it."""

    path: Path
    text: str
    calls: int
    sidecar: str | None
    """None where nothing is kept beside it."""


def write_batches(draft: Draft, way_out: SafeBatchFile) -> ChangeAnswer:
    """Write the files of a change, all or none; gives the answer that names them.

    What is kept beside a file is there before it: stopped in between, neither is taken for the other's.

    Raises:
        UsageError: a file is there that may not be replaced, cannot be written, or has changed since it was read.
    """
    files = tuple(_build_files(draft, way_out))
    _require_free(way_out, files)
    texts = {sidecar_path(each.path): each.sidecar for each in files if each.sidecar is not None}
    if draft.ground.held is not None:
        _require_unchanged(way_out.path, draft.ground.held_sha256)
    write_files(texts | {each.path: each.text for each in files}, is_new=way_out.mode is BatchMode.NEW)
    for each in files:
        _clear_beside(each)
    written = tuple(
        WrittenFile(
            str(each.path), digest(each.text), each.calls, str(sidecar_path(each.path)) if each.sidecar else None
        )
        for each in files
    )
    return replace(draft.answer, outcome=Outcome.WRITTEN, files=written)


def _build_files(draft: Draft, way_out: SafeBatchFile) -> Iterator[_File]:
    """Give one file, or where they are numbered one for each call."""
    calls = [call.transaction for call in draft.answer.calls]
    groups = [[each] for each in calls] if way_out.is_numbered else [calls]
    proposals = draft.change.proposals if draft.change else ()
    for at, (path, group) in enumerate(zip(way_out.paths(len(groups)), groups, strict=True)):
        text, held = _write_text(draft, group), draft.ground.held
        proposal = proposals[at] if proposals and _takes_sidecar(path) else None
        expected = _expect_one(draft, at) if way_out.is_numbered else _expect_all(draft)
        accepted = _accept(draft, expected if at < len(groups) - 1 else ())
        sidecar = _describe(draft, text, proposal, expected, accepted) if proposal else None
        yield _File(path, text, len(group) + (len(held.transactions) if held else 0), sidecar)


def _write_text(draft: Draft, transactions: Sequence[Transaction]) -> str:
    answer, held = draft.answer, draft.ground.held
    made_at_ms = answer.l2.timestamp * 1000
    if held is not None:
        return append_transactions(held, transactions, made_at_ms)
    return build_batch(answer.l2.chain_id, answer.sender.address, transactions, made_at_ms, answer.command)


def _takes_sidecar(path: Path) -> bool:
    if is_file_name(path):
        return True
    LOGGER.warning("%s is no file: what is expected of the batch is not written beside it", path)
    return False


def _accept(draft: Draft, between: Sequence[Expectation]) -> tuple[str, ...]:
    """Give the codes of what was allowed; of a file that others follow also that it leaves a definition dead.

    That is what ``dead_between`` warned of: the transactions that follow mend it.
    """
    codes = {each.code for each in draft.answer.accepted if each.code in OF_THE_CHANGE}
    return tuple(sorted(codes | {"dead" for each in between if each.verdict is Verdict.DEAD}))


def _describe(
    draft: Draft, text: str, proposal: SafeProposal, expected: Sequence[Expectation], accepted: tuple[str, ...]
) -> str:
    answer, safe = draft.answer, draft.answer.sender.safe
    assert safe is not None  # noqa: S101 - a proposal is of a Safe
    return build_sidecar(
        Sidecar(
            avsctl=__version__,
            batch_sha256=digest(text),
            head=parse_batch(text, None).head,
            chain_id=answer.l2.chain_id,
            generation=answer.deployment.generation,
            attestation_center=answer.deployment.attestation_center,
            safe=answer.sender.address,
            safe_version=safe.version,
            threshold=safe.threshold,
            owners=safe.owners,
            safe_tx=proposal.safe_tx,
            hashes=proposal.hashes,
            l1=answer.l1,
            l2=answer.l2,
            expected=tuple(expected),
            accepted=accepted,
        )
    )


def _expect_one(draft: Draft, at: int) -> tuple[Expectation, ...]:
    """Keep the definition that one call changes, as it leaves it."""
    prepared = draft.prepared
    ids = [prepared.steps[at].setting.task_definition_id]
    return _expect(prepared.states[at + 1], ids) if prepared.has_end else ()


def _expect_all(draft: Draft) -> tuple[Expectation, ...]:
    """Keep every definition that the file changes, as all its calls leave it."""
    prepared, held = draft.prepared, draft.ground.held
    ids = {step.setting.task_definition_id for step in prepared.steps}
    if held is not None:
        ids.update(_list_changed(held.transactions, prepared.states[0]))
    return _expect(prepared.states[-1], sorted(ids)) if prepared.has_end else ()


def _expect(state: L2State, ids: Sequence[TaskDefinitionId]) -> tuple[Expectation, ...]:
    found = (state.assess(each) for each in ids)
    return tuple(expect(each) for each in found if each is not None)


def _list_changed(transactions: Sequence[Transaction], after: L2State) -> Iterator[TaskDefinitionId]:
    """Give the definitions that calls change which lead to the state ``after`` them."""
    settings = [decode_setting(each, after.next_id) for each in transactions]
    created = sum(isinstance(setting, CreateDefinition) for setting in settings)
    for setting in settings:
        if isinstance(setting, CreateDefinition):
            yield TaskDefinitionId(after.next_id - created)
            created -= 1
        elif setting is not None:
            yield setting.task_definition_id


def _require_free(way_out: SafeBatchFile, files: Sequence[_File]) -> None:
    """Refuse to replace what may not be, and what cannot be written, before anything is."""
    paths = [each.path for each in files]
    left = way_out.paths(len(files) + 1)[-1]
    for path in (*paths, *(sidecar_path(each.path) for each in files if each.sidecar), left):
        require_place(path)
    besides = [sidecar_path(path) for path in paths if is_file_name(path)]
    taken = next((path for path in (*paths, *besides) if _is_there(path)), None)
    if taken is not None and way_out.mode is BatchMode.NEW:
        raise UsageError(f"{taken} is there already", "--overwrite replaces it")
    if way_out.is_numbered and left.exists():
        raise UsageError(f"{left} is there, of a change that took more calls", "remove it, or name another file")


def _require_unchanged(path: Path, sha256: str) -> None:
    """Refuse to replace a file that somebody else has added to since it was read."""
    text = read_text(path, str(path), "batch_file")
    if text is None or digest(text) != sha256:
        raise UsageError(f"{path} has changed since it was read: nothing is written", "run the command again")


def _clear_beside(file: _File) -> None:
    """Remove what another left beside a file that has nothing there: it would be wrong."""
    beside = sidecar_path(file.path)
    if file.sidecar is None and is_file_name(file.path) and _is_there(beside):
        remove_file(beside)


def _is_there(path: Path) -> bool:
    """Tell whether there is such a file; not where it could not have such a name."""
    with suppress(OSError):
        return path.exists()
    return False
