"""A batch file and its sidecar read by whoever verifies them: what is malformed is named, not refused."""

from collections.abc import Iterator
from dataclasses import dataclass

from avsctl.core.findings import Finding, build_finding
from avsctl.core.verification import Check, Mismatch, judge_fields
from avsctl.errors import ConfigError
from avsctl.tx.json_fields import MalformedField
from avsctl.tx.safe_batch import parse_batch
from avsctl.tx.safe_file import SafeFile, digest, find_safe
from avsctl.tx.sidecar import Sidecar, parse_sidecar
from avsctl.tx.verify_fields import compare_batch


@dataclass(frozen=True)
class Unreadable:
    """A file, or a sidecar, that nothing can be made of."""

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]


def read_leniently(path: str, batch: str, sidecar: str | None) -> SafeFile | Unreadable:
    """Read a file and its sidecar; what a readable form says beside the data is held against it later.

    Where the batch file alone is malformed, it is compared with the one that its sidecar is of, field by field.

    Args:
        path: of the batch file, as the user gave it.
        batch: its text, from anyone.
        sidecar: the text beside it, None where there is none.
    """
    claims: Sidecar | None = None
    faults: list[tuple[str, Mismatch]] = []
    try:
        claims = parse_sidecar(sidecar) if sidecar is not None else None
    except ConfigError as error:
        faults.append(("sidecar", _tell(error)))
    try:
        file = SafeFile(path, digest(batch), parse_batch(batch, None, tolerates_disputes=True), claims)
        find_safe(file)
    except ConfigError as error:
        return _refuse([*faults, ("file", _tell(error))], compare_batch(batch, claims) if claims else ())
    return _refuse(faults, ()) if faults else file


def _tell(error: ConfigError) -> Mismatch:
    if isinstance(error, MalformedField):
        return Mismatch(error.path, "well formed", error.problem)
    return Mismatch("", "well formed", str(error))


def _refuse(faults: list[tuple[str, Mismatch]], differing: tuple[Mismatch, ...]) -> Unreadable:
    checks = tuple(_check(*each, differing) for each in faults)
    return Unreadable(checks, tuple(_find(checks)))


def _check(code: str, fault: Mismatch, differing: tuple[Mismatch, ...]) -> Check:
    others = [each for each in differing if each.field != fault.field] if code == "file" else []
    return judge_fields(code, "batch file" if code == "file" else "sidecar", (fault, *others))


def _find(checks: tuple[Check, ...]) -> Iterator[Finding]:
    for check in checks:
        told = "; ".join(f"{each.field} {each.found}".strip() for each in check.mismatches[:1])
        more = ", ".join(each.field for each in check.mismatches[1:])
        yield build_finding("not_verified", check.code, f"{check.what}: {told}{f'; and {more}' if more else ''}")
