"""A Safe on the screen and in JSON: figures, full addresses, and what is marked."""

import json
from dataclasses import replace

import pytest

from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.safe_releases import FALLBACK_HANDLERS, SINGLETONS
from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.multisig import SafePart, SafeSetup, SafeState
from avsctl.core.units import Address
from avsctl.output.destinations import Format
from avsctl.output.render import Terminal, render
from avsctl.output.safe import MOST_OWNERS, SafeAnswer, SafeReading, present_safe, safe_lines
from avsctl.output.screen import Style
from avsctl.output.tables import draw_plain

NOW = 1_795_096_947
SAFE = Address("0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb")
OWNERS = tuple(
    map(
        Address,
        (
            "0x84fD386597196662E84358C3A5DeAe3f53e14ffD",
            "0x39C650FCdF17B88bb296dfdf08Fe43d65515091e",
            "0xCf0ce4c1635Be174152B2300299218573edc45Cc",
        ),
    )
)
STRANGER, OTHER = (Address("0x" + digit * 40) for digit in "89")
SINGLETON, HANDLER = (
    next(each.addresses[0] for each in releases if each.version == "1.4.1")
    for releases in (SINGLETONS, FALLBACK_HANDLERS)
)
MULTI_SEND = next(each for each in DEPLOYMENTS if each.version == "1.4.1")
STATE = SafeState("1.4.1", 2, OWNERS, 41)
SETUP = SafeSetup(
    "1.4.1",
    SafePart(SINGLETON, "1.4.1", True),
    SafePart(HANDLER, "1.4.1", True),
    None,
    None,
    (),
    has_all_modules=True,
)
ODD = SafeSetup(None, SafePart(STRANGER, None, False), None, STRANGER, OTHER, (STRANGER, OTHER), has_all_modules=False)
TTY = Terminal(100, is_tty=True)
PLAIN = """\
V2 on Base (8453)   2026-11-19
L2 Base (8453)  block 38236420  0x22222222..  2026-11-19 14:02:27Z  8 s old

Safe 0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb  1.4.1, 2 of 3, no modules, no guard
  owners  0x84fD386597196662E84358C3A5DeAe3f53e14ffD
          0x39C650FCdF17B88bb296dfdf08Fe43d65515091e
          0xCf0ce4c1635Be174152B2300299218573edc45Cc

  nonce              41, of the next transaction
  proxy              1.4.1
  singleton          0x41675C099F32341bf84BFc5382aF534df5C7461a  1.4.1
  fallback handler   0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99  1.4.1
  guard              none
  module guard       none
  modules            none
  MultiSendCallOnly  0x9641d764fc13c8B624c04430C7356C1C7C8102e2  1.4.1
  governance role    held
"""


def answer_of(state=STATE, setup=SETUP, multi_send=MULTI_SEND, *, holds_role=True):
    deployment = Deployment(Generation.V2, None, 8453, None, Address("0xB"), Address("0xC"), Address("0xD"))
    block = BlockRef(8453, 38_236_420, "0x" + "2" * 64, NOW)
    return SafeAnswer(deployment, block, SAFE, SafeReading(state, setup, multi_send, holds_role), ())


def screen(answer, terminal=None):
    return render(present_safe(answer, NOW + 8), Format.TABLE, terminal or Terminal(), 0)


def document(answer):
    return json.loads(render(present_safe(answer, NOW + 8), Format.JSON, Terminal(), 0))["data"]["safe"]


def test_an_ordinary_safe():
    assert screen(answer_of()) == screen(answer_of(), TTY) == PLAIN


def test_its_json():
    assert document(answer_of()) == {
        "address": SAFE,
        "version": "1.4.1",
        "threshold": 2,
        "owners": list(OWNERS),
        "nonce": 41,
        "proxy_release": "1.4.1",
        "singleton": SINGLETON,
        "singleton_release": "1.4.1",
        "fallback_handler": HANDLER,
        "fallback_handler_release": "1.4.1",
        "guard": None,
        "module_guard": None,
        "modules": [],
        "modules_complete": True,
        "multi_send": {"address": MULTI_SEND.address, "version": "1.4.1"},
        "holds_role": True,
    }


def test_one_out_of_the_ordinary():
    state = replace(STATE, threshold=1)
    answer = answer_of(state, ODD, None, holds_role=False)
    head, facts = screen(answer).split("\n\n")[1:]
    assert head.startswith(
        f"Safe {SAFE}  1.4.1 by its own word, 1 of 3, at least 2 modules, a guard and a module guard\n"
    )
    assert facts.splitlines()[1:] == [
        "  proxy              of no release",
        f"  singleton          {STRANGER}  of no release",
        "  fallback handler   none",
        f"  guard              {STRANGER}",
        f"  module guard       {OTHER}",
        f"  modules            {STRANGER}",
        f"                     {OTHER}",
        "                     and more",
        "  MultiSendCallOnly  none",
        "  governance role    not held",
    ]
    told = document(answer)
    assert (told["proxy_release"], told["singleton"], told["singleton_release"]) == (None, STRANGER, None)
    assert (told["fallback_handler"], told["fallback_handler_release"]) == (None, None)
    assert (told["guard"], told["module_guard"], told["modules"]) == (STRANGER, OTHER, [STRANGER, OTHER])
    assert (told["modules_complete"], told["multi_send"], told["holds_role"]) == (False, None, False)


def test_modules_that_cannot_be_read_and_copies_are_told():
    copied = replace(SETUP, singleton=SafePart(STRANGER, "1.4.1", False), has_all_modules=False)
    shown = screen(answer_of(setup=copied))
    assert f"{STRANGER}  1.4.1, a copy elsewhere\n" in shown
    assert "modules            not readable\n" in shown
    assert "2 of 3, modules unknown, no guard\n" in shown
    empty = screen(answer_of(setup=replace(SETUP, singleton=None)))
    assert "singleton          none\n" in empty
    assert "1.4.1 by its own word" in empty


def test_what_is_out_of_the_ordinary_is_marked():
    marked = {
        span.text: span.style
        for line in safe_lines(SAFE, replace(STATE, threshold=1), ODD)
        for span in line.spans
        if span.style in (Style.WARNING, Style.CRITICAL)
    }
    assert marked == {
        "1.4.1 by its own word": Style.CRITICAL,
        "1 of 3": Style.WARNING,
        "at least 2 modules": Style.WARNING,
        "a guard and a module guard": Style.WARNING,
    }
    ordinary = [span.style for line in safe_lines(SAFE, STATE, SETUP) for span in line.spans]
    assert not {Style.WARNING, Style.CRITICAL} & set(ordinary)
    assert "\x1b[" in screen(answer_of(setup=ODD), Terminal(100, is_tty=True, colour=True))


def test_more_owners_than_a_screen_has_room_for_are_counted_and_json_has_all():
    owners = tuple(Address(f"0x{at:040x}") for at in range(2, 202))
    state = replace(STATE, owners=owners)
    shown = draw_plain(safe_lines(SAFE, state, SETUP))
    assert shown.splitlines()[0].startswith(f"Safe {SAFE}  1.4.1, 2 of 200,")
    assert shown.count("0x" + "0" * 36) == MOST_OWNERS
    assert shown.splitlines()[-1].strip() == f"and {200 - MOST_OWNERS} more: -o json has them"
    assert document(answer_of(state))["owners"] == list(owners)


@pytest.mark.parametrize("width", [20, 50, 64, 80, 100])
def test_an_address_stays_in_one_piece_at_any_width(width):
    modules = tuple(Address("0x" + digit * 40) for digit in "abc")
    shown = screen(answer_of(setup=replace(ODD, modules=modules)), Terminal(width, is_tty=True))
    assert max(map(len, shown.splitlines())) <= max(width, 63)
    for address in (SAFE, *OWNERS, STRANGER, OTHER, MULTI_SEND.address, *modules):
        assert address in shown


def test_a_version_from_outside_is_made_harmless():
    state = replace(STATE, version="1.4.1\x1b[31m" + "9" * 1000)
    assert "\x1b" not in screen(answer_of(state))
    assert max(map(len, screen(answer_of(state)).splitlines())) < 400
