"""The figures of a watch as gauges in the textfile format of Prometheus.

No sample has a time of its own, for the file is collected later: ``avsctl_last_success_timestamp_seconds`` says how
old the figures are (https://github.com/prometheus/node_exporter#textfile-collector). Powers are in none of them: what
reads them keeps 53 bits.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from avsctl.core.watch import drift_bps, is_drifting
from avsctl.output.power import DiffAnswer
from avsctl.output.power_watch import Outcome, WatchLog
from avsctl.output.text import escape

_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True)
class Sample:
    """One figure of a gauge."""

    value: int
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Those that it has besides the labels of all."""


@dataclass(frozen=True)
class Gauge:
    """Figures of one name."""

    name: str
    meaning: str
    samples: tuple[Sample, ...]
    """A gauge without any is left out."""


def write_figures(log: WatchLog, labels: Mapping[str, str]) -> str:
    """Write what a watch knows after a round; the gauges of the chains are left out while none has been read.

    Args:
        log: the rounds so far.
        labels: what tells one deployment from another; texts may come from outside.
    """
    last = log.last_read
    return write_gauges((*_rounds(log), *_chains(last.answer if last else None)), labels)


def write_gauges(gauges: Iterable[Gauge], labels: Mapping[str, str]) -> str:
    """Write gauges, each sample with ``labels`` before its own; ends in a newline."""
    return "".join(f"{line}\n" for gauge in gauges if gauge.samples for line in _lines(gauge, labels))


def _rounds(log: WatchLog) -> tuple[Gauge, ...]:
    return (
        Gauge("avsctl_rounds", "Rounds since the watch began.", _one(log.count)),
        Gauge(
            "avsctl_round_failures",
            "Rounds that could not be read since the watch began.",
            _one(log.outcomes[Outcome.FAILED]),
        ),
        Gauge(
            "avsctl_last_success_timestamp_seconds",
            "Unix time of the last round that was read: how old the gauges below are.",
            _one(log.last_read.began_at if log.last_read else None),
        ),
    )


def _chains(answer: DiffAnswer | None) -> tuple[Gauge, ...]:
    if answer is None:
        return ()
    diff, sync = answer.diff, answer.last_sync
    age = None if sync is None else sync.age_seconds(answer.l2.timestamp)
    statuses = tuple(Sample(count, {"status": status.value}) for status, count in diff.counts.items())
    return (
        Gauge("avsctl_drift", "1 if voting power differs between L1 and L2, else 0.", _one(int(is_drifting(diff)))),
        Gauge(
            "avsctl_drift_ratio_bps",
            "Voting power that differs, in ten-thousandths of the larger of both layers, rounded up.",
            _one(drift_bps(diff)),
        ),
        Gauge("avsctl_operators", "Operators by how they stand between the layers.", statuses),
        Gauge("avsctl_last_sync_age_seconds", "From the L2 block of the last 10001 sync to the one read.", _one(age)),
        Gauge("avsctl_l1_block_number", "Block of L1 that was read.", _one(answer.l1.number)),
        Gauge("avsctl_l2_block_number", "Block of L2 that was read.", _one(answer.l2.number)),
    )


def _one(value: int | None) -> tuple[Sample, ...]:
    return () if value is None else (Sample(value),)


def _lines(gauge: Gauge, labels: Mapping[str, str]) -> Iterator[str]:
    yield f"# HELP {gauge.name} {gauge.meaning}"
    yield f"# TYPE {gauge.name} gauge"
    for sample in gauge.samples:
        named = ",".join(f'{name}="{_escape(value)}"' for name, value in {**labels, **sample.labels}.items())
        yield f"{gauge.name}{{{named}}} {sample.value}"


def _escape(value: str) -> str:
    """Free a label's value of what a screen would obey and of what would end it."""
    return escape(value).translate(_ESCAPED)
