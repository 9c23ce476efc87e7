"""What a Safe's slots and its list of modules say, and the code of its releases by hash."""

import itertools
import json
from pathlib import Path

import pytest
from eth_abi import encode

from avsctl.contracts.address import to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_releases import (
    FALLBACK_HANDLERS,
    PROXIES,
    SINGLETONS,
    find_proxy_release,
    identify_fallback_handler,
    identify_singleton,
)
from avsctl.contracts.safe_storage import MOST_MODULES, Modules, StoredSetup, decode_setup, modules, setup_slots
from avsctl.core.multisig import SafePart
from avsctl.errors import AnswerError

SAFE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SENTINEL, ZERO = "0x0000000000000000000000000000000000000001", "0x" + "0" * 40
PACKAGES = Path(__file__).parents[2] / "devtools/node_modules"
BUILDS = {
    "1.3.0": ("@gnosis.pm/safe-contracts", "Gnosis"),
    "1.4.1": ("@safe-global/safe-contracts", ""),
    "1.5.0": ("@safe-global/safe-smart-account", ""),
}


def address(number):
    return to_checksum(number.to_bytes(20))


def load_runtime(version, folder, contract):
    """Give the code of a contract as its package has it once deployed."""
    package, prefix = BUILDS[version]
    name = contract if folder == "handler/" else prefix + contract
    path = PACKAGES / package / f"build/artifacts/contracts/{folder}{name}.sol/{name}.json"
    assert path.is_file(), f"{path} is not there: run `make setup`"
    return bytes.fromhex(json.loads(path.read_text())["deployedBytecode"][2:])


# Slots


def test_slots():
    # As Safe's own sources have them, and as they are hashed here.
    assert setup_slots() == (
        0,
        0x6C9A6C4A39284E37ED1CF53D337577D14212A4870FB976A4366C693B939918D5,
        0x4A204F620C8C5CCDCA3FD54D003BADD85BA500436A431F0CBDA4F558C93C34C8,
        0xB104E0B93118902C651344349B610029D694CFDEC91C589C91EBAFBCD0289947,
    )


def test_words():
    words = [number.to_bytes(32) for number in (0xA, 0xB, 0, 0xD)]
    assert decode_setup(words) == StoredSetup(address(0xA), address(0xB), None, address(0xD))
    assert decode_setup([bytes(32)] * 4) == StoredSetup(None, None, None, None)


def test_what_stands_before_an_address_counts_for_nothing_as_the_evm_has_it():
    dirty = b"\xff" * 12 + bytes(19) + b"\x0a"
    assert decode_setup([dirty] * 4) == StoredSetup(*[address(0xA)] * 4)
    only_dirt = b"\1" + bytes(31)
    assert decode_setup([only_dirt] * 4) == StoredSetup(*[ZERO] * 4)


# Modules


def page(found, following):
    return encode(["address[]", "address"], [found, following])


def test_modules_are_asked_for_from_the_beginning():
    call = modules(SAFE)
    assert (call.to, call.data[:4].hex()) == (SAFE, "cc2f8452")
    assert call.data[4:] == encode(["address", "uint256"], [SENTINEL, MOST_MODULES])


MANY = [address(at) for at in range(2, 2 + MOST_MODULES)]


@pytest.mark.parametrize(
    ("found", "following", "expected"),
    [
        ([], SENTINEL, Modules((), True)),
        ([], ZERO, Modules((), True)),  # 1.3.0, whose list was never begun
        (MANY[:2], SENTINEL, Modules(tuple(MANY[:2]), True)),
        (MANY, SENTINEL, Modules(tuple(MANY), True)),
        (MANY, address(0xFFFF), Modules(tuple(MANY), False)),  # 1.3.0: the next one
        (MANY, MANY[-1], Modules(tuple(MANY), False)),  # 1.5.0: the last one here
        (MANY[:2] * 25, MANY[0], Modules(tuple(MANY[:2]), False)),  # a ring
        (MANY[:1] * 2, SENTINEL, Modules(tuple(MANY[:1]), False)),
    ],
)
def test_modules(found, following, expected):
    assert modules(SAFE).decode(page(found, following)) == expected


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        bytes(31),
        b"\xff" * 96,
        page(MANY, SENTINEL)[:-1],
        page(MANY, SENTINEL) + bytes(32),
        page([*MANY, SAFE], SENTINEL),
        page([SAFE], SENTINEL)[:-32] + b"\1" + bytes(31),
        encode(["uint256[]", "address"], [[2**255], SENTINEL]),
        (64).to_bytes(32) + bytes(31) + b"\1" + (2**255).to_bytes(32),
    ],
)
def test_no_list_of_modules(answer):
    with pytest.raises(AnswerError, match=r"Safe\.getModulesPaginated"):
        modules(SAFE).decode(answer)


# Releases


@pytest.mark.parametrize("version", BUILDS)
def test_the_code_of_the_packages_is_known(version):
    proxy = load_runtime(version, "proxies/", "SafeProxy")
    singleton, logging = (load_runtime(version, "", name) for name in ("Safe", "SafeL2"))
    handler = load_runtime(version, "handler/", "CompatibilityFallbackHandler")
    assert find_proxy_release(proxy) == version
    assert identify_singleton(SAFE, singleton) == SafePart(SAFE, version, is_official=False)
    assert identify_singleton(SAFE, logging) == SafePart(SAFE, f"{version}+L2", is_official=False)
    assert identify_fallback_handler(SAFE, handler) == SafePart(SAFE, version, is_official=False)
    for code in (proxy, singleton, logging, handler):
        spoilt = code[:-1] + bytes([code[-1] ^ 1])
        assert find_proxy_release(spoilt) is None
        assert identify_singleton(SAFE, spoilt) == SafePart(SAFE, None, is_official=False)
        assert identify_fallback_handler(SAFE, spoilt) == SafePart(SAFE, None, is_official=False)


@pytest.mark.parametrize("version", BUILDS)
def test_a_release_is_official_where_safe_deploys_it(version):
    singleton = load_runtime(version, "", "Safe")
    places = [place for each in SINGLETONS if each.code_hash == keccak256(singleton) for place in each.addresses]
    assert len(places) == (2 if version == "1.3.0" else 1)
    for place in places:
        assert identify_singleton(place, singleton) == SafePart(place, version, is_official=True)
    assert not identify_fallback_handler(places[0], singleton).release


def test_what_has_no_code_is_of_no_release():
    assert find_proxy_release(b"") is None
    assert identify_singleton(SAFE, b"") == SafePart(SAFE, None, is_official=False)


def test_the_facts_are_well_formed():
    releases = [*SINGLETONS, *FALLBACK_HANDLERS]
    places = list(itertools.chain.from_iterable(each.addresses for each in releases))
    hashes = [each.code_hash for each in releases] + [bytes.fromhex(code_hash) for _, code_hash in PROXIES]
    assert all(place == to_checksum(place) for place in places)
    assert len(set(places)) == len(places)
    assert len(set(hashes)) == len(hashes)
    assert {len(each) for each in hashes} == {32}
    versions = {"1.0.0", "1.1.1", "1.2.0", "1.3.0", "1.3.0+L2", "1.4.1", "1.4.1+L2", "1.5.0", "1.5.0+L2"}
    assert {each.version for each in SINGLETONS} == versions
