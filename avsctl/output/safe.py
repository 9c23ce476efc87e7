"""A Safe on the screen and in JSON: who owns it, what it runs, and who else acts for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from avsctl.contracts.multi_send import MultiSend
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.multisig import SafePart, SafeSetup, SafeState
from avsctl.core.units import Address
from avsctl.output.encode import Json, encode_id
from avsctl.output.head import head_lines
from avsctl.output.result import Result
from avsctl.output.screen import Blank, Block, Line, Span, Style
from avsctl.output.text import clip, plural

MOST_OWNERS: Final = 50
"""Owners that a screen lists; JSON has all."""

_NAME_WIDTH: Final = 19
_NONE: Final = (Span("none"),)


@dataclass(frozen=True)
class SafeReading:
    """What was read of a Safe."""

    state: SafeState
    setup: SafeSetup
    multi_send: MultiSend | None
    """What it can send several calls by; None where no MultiSendCallOnly of known code is on its chain."""
    holds_role: bool
    """Whether it holds AVS_GOVERNANCE_MULTISIG."""


@dataclass(frozen=True)
class SafeAnswer:
    """A Safe as it stands at a block."""

    deployment: Deployment
    l2: BlockRef
    address: Address
    reading: SafeReading
    findings: tuple[Finding, ...]


def present_safe(answer: SafeAnswer, wall_time: int) -> Result:
    """Give the result of ``safe show``."""
    return Result(
        "safe show",
        {"safe": _encode(answer.address, answer.reading)},
        screen=(
            *head_lines(answer.deployment, None, answer.l2, wall_time),
            *safe_lines(answer.address, answer.reading.state, answer.reading.setup),
            *_fact_lines(answer.reading),
        ),
        deployment=answer.deployment,
        l2_block=answer.l2,
        findings=answer.findings,
    )


def safe_lines(address: Address, state: SafeState, setup: SafeSetup) -> tuple[Block, ...]:
    """Tell a Safe in a line, with whatever is out of the ordinary marked, and its owners below."""
    head = (
        Span(f"Safe {address}", Style.HEAD),
        Span("  "),
        _version_span(state, setup),
        Span(", "),
        Span(f"{state.threshold} of {len(state.owners)}", Style.WARNING if state.threshold == 1 else Style.PLAIN),
        Span(", "),
        _count_modules(setup),
        Span(", "),
        _tell_guards(setup),
    )
    return (Line(head), *_owner_lines(state.owners))


def _version_span(state: SafeState, setup: SafeSetup) -> Span:
    is_known = setup.proxy_release and setup.singleton and setup.singleton.release
    return Span(clip(state.version)) if is_known else Span(f"{clip(state.version)} by its own word", Style.CRITICAL)


def _count_modules(setup: SafeSetup) -> Span:
    if not setup.modules:
        return Span("no modules") if setup.has_all_modules else Span("modules unknown", Style.WARNING)
    least = "" if setup.has_all_modules else "at least "
    return Span(f"{least}{plural(len(setup.modules), 'module')}", Style.WARNING)


def _tell_guards(setup: SafeSetup) -> Span:
    guards = [name for name, guard in (("guard", setup.guard), ("module guard", setup.module_guard)) if guard]
    return Span(f"a {' and a '.join(guards)}", Style.WARNING) if guards else Span("no guard")


def _owner_lines(owners: Sequence[Address]) -> Iterator[Line]:
    for at, owner in enumerate(owners[:MOST_OWNERS]):
        yield Line(f"{'' if at else 'owners':<8}{owner}", indent=2, is_verbatim=True)
    if len(owners) > MOST_OWNERS:
        yield Line(f"{'':<8}and {len(owners) - MOST_OWNERS} more: -o json has them", indent=2)


def _fact_lines(reading: SafeReading) -> Iterator[Block]:
    setup, multi_send = reading.setup, reading.multi_send
    yield Blank()
    yield _fact("nonce", Span(f"{reading.state.nonce}, of the next transaction"))
    yield _fact("proxy", _release_span(setup.proxy_release, Style.CRITICAL))
    yield _fact("singleton", *_part_spans(setup.singleton, Style.CRITICAL))
    yield _fact("fallback handler", *_part_spans(setup.fallback_handler, Style.WARNING))
    yield _fact("guard", *_stranger(setup.guard))
    yield _fact("module guard", *_stranger(setup.module_guard))
    yield from _module_lines(setup)
    found = _NONE if multi_send is None else (Span(multi_send.address), Span(f"  {multi_send.version}"))
    yield _fact("MultiSendCallOnly", *found)
    yield _fact("governance role", Span("held", Style.OK) if reading.holds_role else Span("not held", Style.CRITICAL))


def _module_lines(setup: SafeSetup) -> Iterator[Line]:
    if not setup.modules:
        yield _fact("modules", *(_NONE if setup.has_all_modules else (Span("not readable", Style.WARNING),)))
        return
    for at, module in enumerate(setup.modules):
        yield _fact("" if at else "modules", *_stranger(module))
    if not setup.has_all_modules:
        yield _fact("", Span("and more", Style.WARNING))


def _fact(name: str, *spans: Span) -> Line:
    return Line((Span(f"{name:<{_NAME_WIDTH}}"), *spans), indent=2, is_verbatim=not name)


def _stranger(address: Address | None) -> tuple[Span, ...]:
    """Show a contract that a Safe need not have."""
    return _NONE if address is None else (Span(address, Style.WARNING),)


def _part_spans(part: SafePart | None, unknown: Style) -> tuple[Span, ...]:
    if part is None:
        return (Span("none", unknown),)
    elsewhere = () if part.is_official or part.release is None else (Span(", a copy elsewhere", Style.WARNING),)
    return (Span(f"{part.address}  "), _release_span(part.release, unknown), *elsewhere)


def _release_span(release: str | None, unknown: Style) -> Span:
    return Span("of no release", unknown) if release is None else Span(release)


def _encode(address: Address, reading: SafeReading) -> dict[str, Json]:
    state, setup, multi_send = reading.state, reading.setup, reading.multi_send
    singleton, handler = setup.singleton, setup.fallback_handler
    return {
        "address": address,
        "version": state.version,
        "threshold": encode_id(state.threshold),
        "owners": list(state.owners),
        "nonce": encode_id(state.nonce),
        "proxy_release": setup.proxy_release,
        "singleton": singleton.address if singleton else None,
        "singleton_release": singleton.release if singleton else None,
        "fallback_handler": handler.address if handler else None,
        "fallback_handler_release": handler.release if handler else None,
        "guard": setup.guard,
        "module_guard": setup.module_guard,
        "modules": list(setup.modules),
        "modules_complete": setup.has_all_modules,
        "multi_send": {"address": multi_send.address, "version": multi_send.version} if multi_send else None,
        "holds_role": reading.holds_role,
    }
