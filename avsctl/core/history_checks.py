"""Findings on a history of syncs: how far it is complete, and what was written past the tasks."""

from collections.abc import Iterable, Iterator

from avsctl.core.findings import Finding, build_finding
from avsctl.core.history import History, Record, SyncKind, Wanted, Way


def check_history(history: History, wanted: Wanted) -> Iterator[Finding]:
    """Find what a reader of the history has to know."""
    if not history.is_enough:
        yield _tell_incomplete(history, wanted)
    if _is_partial(history):
        yield _tell_partial(history)
    yield from _check_state(history)
    if Way.STATES in history.ways:
        yield build_finding("changes_compared", "l2", "powers were compared at old blocks; no log tells of a change")
    else:
        yield from _check_writes(history.records)


def _tell_incomplete(history: History, wanted: Wanted) -> Finding:
    landed = sum(record.sync.has_changed_powers for record in history.records)
    asked = f"{landed} found" if wanted.last is None else f"{landed} of {wanted.last} syncs"
    begin = history.coverage.power_syncs
    known = "nothing is known to be complete" if begin is None else f"complete from L2 block {begin} on"
    why = "the time was up" if history.is_timed_out else f"the endpoint gives no more ({_tell_logs(history)})"
    return build_finding("history_incomplete", "l2", f"{asked}, {known}: {why}")


def _is_partial(history: History) -> bool:
    begin, others = history.coverage.power_syncs, history.coverage.others
    return begin is not None and (others is None or others > begin)


def _tell_partial(history: History) -> Finding:
    others = history.coverage.others
    seen = "not at all" if others is None else f"from L2 block {others} on only"
    text = f"10002, rejected tasks and what syncers wrote are seen {seen}: {_tell_logs(history)}"
    return build_finding("history_partial", "l2", text)


def _tell_logs(history: History) -> str:
    if history.log_blocks is None:
        return "no logs"
    return f"logs of {history.log_blocks} blocks in one query"


def _check_state(history: History) -> Iterator[Finding]:
    """Find, by layer, of how many syncs the totals are not known."""
    landed = [record for record in history.records if record.sync.is_approved]
    l2 = sum(record.after is None for record in landed)
    if l2:
        yield build_finding("old_state_unavailable", "l2", f"totals and powers after {l2} of {len(landed)} syncs")
    read = [record for record in landed if record.sync.to_blocks is not None]
    l1 = sum(record.l1 is None or record.l1.total is None for record in read)
    if l1 and history.now is not None and history.now.l1 is not None:
        yield build_finding("old_state_unavailable", "l1", f"L1's total at {l1} of {len(read)} syncs")


def _check_writes(records: Iterable[Record]) -> Iterator[Finding]:
    writes = [record for record in records if record.sync.kind is SyncKind.SYNCER_WRITE]
    if writes:
        newest = writes[0]
        by = f" by {newest.sender}" if newest.sender else ""
        times = "once" if len(writes) == 1 else f"{len(writes)} times, last"
        text = f"{times} in L2 block {newest.sync.block}{by} ({newest.sync.transaction})"
        yield build_finding("syncer_wrote", "OBLS", text)
