"""What is out of the ordinary about a Safe, and who is one."""

from dataclasses import replace

import pytest

from avsctl.core.findings import Severity
from avsctl.core.multisig import SafePart, SafeSetup, SafeState, Sender, require_safe
from avsctl.core.safe_checks import check_multi_send, check_safe
from avsctl.core.units import Address
from avsctl.errors import ConfigError

SAFE, SINGLETON, HANDLER, STRANGER, OTHER = (Address(f"0x{digit * 40}") for digit in "12345")
STATE = SafeState("1.4.1", 2, (Address("0x" + "a" * 40), Address("0x" + "b" * 40)), 41)


def part(address, release, *, is_official=True):
    return SafePart(address, release, is_official)


SETUP = SafeSetup("1.4.1", part(SINGLETON, "1.4.1"), part(HANDLER, "1.4.1"), None, None, (), has_all_modules=True)
UNKNOWN = "safe_singleton_unknown"


def setup_of(version, handler=None):
    """Give the ordinary setup of another version."""
    held = part(HANDLER, handler or version.partition("+")[0])
    return replace(SETUP, singleton=part(SINGLETON, version), fallback_handler=held)


def check(setup=SETUP, state=STATE):
    return check_safe(SAFE, state, setup)


def one(setup=SETUP, state=STATE):
    (finding,) = check(setup, state)
    assert finding.subject == f"Safe {SAFE}"
    return finding


@pytest.mark.parametrize(
    ("setup", "version"),
    [
        (SETUP, "1.4.1"),
        (setup_of("1.4.1+L2"), "1.4.1"),
        (setup_of("1.4.1+L2"), "1.4.1+L2"),
        (setup_of("1.3.0"), "1.3.0"),
        (setup_of("1.5.0"), "1.5.0"),
        (setup_of("1.1.1"), "1.1.1"),
        (setup_of("1.2.0", handler="1.1.1"), "1.2.0"),
        (replace(setup_of("1.0.0"), fallback_handler=None), "1.0.0"),
        (replace(setup_of("1.5.0"), proxy_release="1.1.1"), "1.5.0"),
    ],
)
def test_an_ordinary_safe(setup, version):
    assert check(setup, replace(STATE, version=version)) == ()


@pytest.mark.parametrize(
    ("setup", "version", "told"),
    [
        (replace(SETUP, proxy_release=None), "1.4.1", "its own code is that of no proxy"),
        (replace(SETUP, singleton=None), "1.4.1", "its slot of the singleton is empty"),
        (replace(SETUP, singleton=part(STRANGER, None)), "1.4.1", f"it runs {STRANGER}, whose code is of no release"),
        (SETUP, "1.5.0", f"it calls itself 1.5.0 and runs {SINGLETON}, the code of 1.4.1"),
        (setup_of("1.4.1+L2"), "1.3.0+L2", "the code of 1.4.1+L2"),
    ],
)
def test_code_of_no_release(setup, version, told):
    finding = one(setup, replace(STATE, version=version))
    assert (finding.code, finding.severity) == (UNKNOWN, Severity.CRITICAL)
    assert told in finding.text
    assert "sign nothing" in finding.remedy[0]


def test_a_copy_of_a_release_is_a_warning():
    finding = one(replace(SETUP, singleton=part(STRANGER, "1.4.1", is_official=False)))
    assert (finding.code, finding.severity) == (UNKNOWN, Severity.WARNING)
    assert f"{STRANGER}, a copy of 1.4.1" in finding.text


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (None, "it has no fallback handler"),
        (part(STRANGER, None), f"{STRANGER} is of no release"),
        (part(HANDLER, "1.3.0"), f"{HANDLER} is that of 1.3.0, the Safe is 1.4.1"),
    ],
)
def test_fallback_handlers(handler, told):
    finding = one(replace(SETUP, fallback_handler=handler))
    assert (finding.code, finding.severity) == ("safe_fallback_handler", Severity.WARNING)
    assert told in finding.text


def test_a_copy_of_a_fallback_handler_is_as_good_for_it_keeps_nothing():
    assert check(replace(SETUP, fallback_handler=part(STRANGER, "1.4.1", is_official=False))) == ()


def test_what_a_safe_of_unknown_code_says_of_its_version_still_tells_which_handler_is_its():
    setup = replace(SETUP, singleton=part(STRANGER, None))
    assert [finding.code for finding in check(setup)] == [UNKNOWN]
    assert [finding.code for finding in check(setup, replace(STATE, version="1.3.0"))] == [
        UNKNOWN,
        "safe_fallback_handler",
    ]


@pytest.mark.parametrize(
    ("modules", "has_all", "told"),
    [
        ((STRANGER,), True, f"it has 1 module: {STRANGER}"),
        ((STRANGER, OTHER), True, f"it has 2 modules: {STRANGER} and {OTHER}"),
        ((STRANGER, OTHER), False, f"it has at least 2 modules: {STRANGER} and {OTHER}"),
        (tuple(Address(f"0x{at:040x}") for at in range(50)), False, "at least 50 modules: 0x"),
        ((), False, "which modules it has cannot be read"),
    ],
)
def test_modules(modules, has_all, told):
    finding = one(replace(SETUP, modules=modules, has_all_modules=has_all))
    assert (finding.code, finding.severity) == ("safe_modules", Severity.WARNING)
    assert told in finding.text
    assert len(finding.text) < 700


def test_guards():
    guard, module_guard = check(replace(SETUP, guard=STRANGER, module_guard=OTHER))
    assert {guard.code, module_guard.code} == {"safe_guard"}
    assert guard.text == f"it has the guard {STRANGER}"
    assert f"module guard {OTHER}" in module_guard.text


def test_a_threshold_of_one():
    finding = one(state=replace(STATE, threshold=1))
    assert (finding.code, finding.text) == ("safe_threshold_one", "one signature of 2 owners is enough")
    assert one(state=replace(STATE, threshold=1, owners=STATE.owners[:1])).text == "one signature of 1 owner is enough"


def test_all_of_it_at_once():
    setup = SafeSetup(None, None, None, STRANGER, OTHER, (), has_all_modules=False)
    codes = [finding.code for finding in check(setup, replace(STATE, threshold=1))]
    assert codes == [
        *[UNKNOWN] * 2,
        "safe_fallback_handler",
        "safe_modules",
        *["safe_guard"] * 2,
        "safe_threshold_one",
    ]


def test_nothing_to_send_several_calls_by():
    assert check_multi_send(SAFE, is_found=True) == ()
    (finding,) = check_multi_send(SAFE, is_found=False)
    assert (finding.code, finding.severity) == ("multi_send_unknown", Severity.INFO)


def test_only_a_safe_is_one():
    assert require_safe(Sender(SAFE, True, STATE), "Base (8453)") is STATE
    for sender, told in (
        (Sender(SAFE, False, None), "no code of its own"),
        (Sender(SAFE, True, None), "a contract that does not answer as a Safe does"),
    ):
        with pytest.raises(ConfigError, match=rf"{SAFE} is no Safe on Base \(8453\): .*{told}") as caught:
            require_safe(sender, "Base (8453)")
        (problem,) = caught.value.problems
        assert problem.code == "no_safe"
        assert "--from" in problem.hint
