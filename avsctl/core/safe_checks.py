"""What is out of the ordinary about a Safe: code that was never released, and whoever acts for it or may refuse."""

from collections.abc import Iterator
from typing import Final

from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.multisig import SafePart, SafeSetup, SafeState
from avsctl.core.units import Address
from avsctl.core.wording import join_words

_WITHOUT_HANDLER: Final = "1.0.0"
"""The release before fallback handlers."""
_HANDLERS: Final = {"1.2.0": "1.1.1"}
"""Release to that of its fallback handler, where it is another."""


def check_safe(address: Address, state: SafeState, setup: SafeSetup) -> tuple[Finding, ...]:
    """Find what whoever signs for a Safe should know of it before.

    Args:
        address: the Safe.
        state: what it says of itself.
        setup: what its storage and its code say.
    """
    subject = f"Safe {address}"
    return (
        *_check_code(subject, state, setup),
        *_check_fallback_handler(subject, state, setup),
        *_check_modules(subject, setup),
        *_check_guards(subject, setup),
        *_check_threshold(subject, state),
    )


def check_multi_send(address: Address, *, is_found: bool) -> tuple[Finding, ...]:
    """Tell that a Safe has nothing to send several calls by; an info while there is nothing to send."""
    if is_found:
        return ()
    text = "no MultiSendCallOnly of known code is on its chain"
    return (build_finding("multi_send_unknown", f"Safe {address}", text, severity=Severity.INFO),)


def _check_code(subject: str, state: SafeState, setup: SafeSetup) -> Iterator[Finding]:
    """Find code of no release; what a contract says of itself counts for nothing where its code is not known."""
    singleton = setup.singleton
    if setup.proxy_release is None:
        yield build_finding("safe_singleton_unknown", subject, "its own code is that of no proxy that is known")
    if singleton is None:
        yield build_finding("safe_singleton_unknown", subject, "its slot of the singleton is empty")
    elif singleton.release is None:
        yield build_finding(
            "safe_singleton_unknown", subject, f"it runs {singleton.address}, whose code is of no release"
        )
    elif _plain(singleton.release) != _plain(state.version):
        text = f"it calls itself {state.version} and runs {singleton.address}, the code of {singleton.release}"
        yield build_finding("safe_singleton_unknown", subject, text)
    elif not singleton.is_official:
        yield _tell_elsewhere(subject, singleton)


def _tell_elsewhere(subject: str, singleton: SafePart) -> Finding:
    """Tell of a copy: set up by a stranger in its own storage, it can be made to destroy itself on some chains."""
    text = f"it runs {singleton.address}, a copy of {singleton.release} where Safe deploys none"
    remedy = "See on the chain who deployed it, and that nobody has set it up as a Safe of its own."
    return build_finding("safe_singleton_unknown", subject, text, (remedy,), severity=Severity.WARNING)


def _check_fallback_handler(subject: str, state: SafeState, setup: SafeSetup) -> Iterator[Finding]:
    handler = setup.fallback_handler
    version = _plain(setup.singleton.release if setup.singleton and setup.singleton.release else state.version)
    if version == _WITHOUT_HANDLER:
        return
    if handler is None:
        remedy = "Nothing to mend where it signs no messages; the owners set one with setFallbackHandler."
        yield build_finding("safe_fallback_handler", subject, "it has no fallback handler", (remedy,))
    elif handler.release is None:
        yield build_finding(
            "safe_fallback_handler", subject, f"its fallback handler {handler.address} is of no release"
        )
    elif handler.release != _HANDLERS.get(version, version):
        remedy = "The owners set the one of its version with setFallbackHandler."
        text = f"its fallback handler {handler.address} is that of {handler.release}, the Safe is {version}"
        yield build_finding("safe_fallback_handler", subject, text, (remedy,))


def _check_modules(subject: str, setup: SafeSetup) -> Iterator[Finding]:
    modules = setup.modules
    if not modules and not setup.has_all_modules:
        remedy = "Use another endpoint; 1.0.0 has no list that can be read in pages."
        yield build_finding("safe_modules", subject, "which modules it has cannot be read", (remedy,))
    elif modules:
        count = f"{len(modules)} module{'s' if len(modules) > 1 else ''}"
        least = "" if setup.has_all_modules else "at least "
        yield build_finding("safe_modules", subject, f"it has {least}{count}: {join_words(modules)}")


def _check_guards(subject: str, setup: SafeSetup) -> Iterator[Finding]:
    if setup.guard is not None:
        yield build_finding("safe_guard", subject, f"it has the guard {setup.guard}")
    if setup.module_guard is not None:
        text = f"it has the module guard {setup.module_guard}, asked of what modules do from 1.5.0 on"
        yield build_finding("safe_guard", subject, text, ("See what it refuses: it is asked about modules alone.",))


def _check_threshold(subject: str, state: SafeState) -> Iterator[Finding]:
    if state.threshold == 1:
        text = f"one signature of {len(state.owners)} owner{'s' if len(state.owners) > 1 else ''} is enough"
        yield build_finding("safe_threshold_one", subject, text)


def _plain(version: str) -> str:
    """Give a version without what marks the singleton that logs: ``1.4.1`` of ``1.4.1+L2``."""
    return version.partition("+")[0]
