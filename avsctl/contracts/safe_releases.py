"""The code of every release of Safe, by which a singleton, a fallback handler and a proxy are known again.

Singletons and handlers: @safe-global/safe-deployments 1.37.63 (src/assets), where one release stands at up to three
kinds of address: the canonical one, one for chains that take no transaction without a chain id (EIP-155), and
zkSync's, whose code is another. A proxy is made by the factory of a release, whose code holds the proxy's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from avsctl.contracts.keccak import keccak256
from avsctl.core.multisig import SafePart
from avsctl.core.units import Address


@dataclass(frozen=True)
class Release:
    """One contract of a release, and where Safe deploys it."""

    version: str
    """``+L2`` behind it marks the singleton that logs every call."""
    code_hash: bytes
    """keccak256 of what ``eth_getCode`` answers there."""
    addresses: tuple[Address, ...]


SINGLETONS: Final = tuple(
    Release(version, bytes.fromhex(code_hash), tuple(map(Address, addresses)))
    for version, code_hash, *addresses in (
        (
            "1.0.0",
            "e1f1593df76e69abc2d692792c80f329457551d5e83dde597546a1d58764da80",
            "0xb6029EA3B2c51D09a50B53CA8012FeEB05bDa35A",
        ),
        (
            "1.1.1",
            "56b8be58b5ad629a621593a2e5e5e8e9a28408dc06e95597497b303902772e45",
            "0x34CfAC646f301356fAa8B21e94227e3583Fe3F5F",
        ),
        (
            "1.2.0",
            "2ae2d1231f0d754a7fa4f5e5d0e5554085e1b500d8e09f95aaaaa3f49c0db922",
            "0x6851D6fDFAfD08c0295C392436245E5bc78B0185",
        ),
        (
            "1.3.0",
            "bba688fbdb21ad2bb58bc320638b43d94e7d100f6f3ebaab0a4e4de6304b1c2e",
            "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
            "0x69f4D1788e39c87893C980c06EdF4b7f686e2938",
        ),
        (
            "1.3.0",
            "551b7fdfd2dbcec4f785059e1ef6e0b40ca2e44d792158c4e825bc0b092f15e9",
            "0xB00ce5CCcdEf57e539ddcEd01DF43a13855d9910",
        ),
        (
            "1.3.0+L2",
            "21842597390c4c6e3c1239e434a682b054bd9548eee5e9b1d6a4482731023c0f",
            "0x3E5c63644E683549055b9Be8653de26E0B4CD36E",
            "0xfb1bffC9d739B8D520DaF37dF666da4C687191EA",
        ),
        (
            "1.3.0+L2",
            "e2ca068330339d608367d83a0b25545efe39e619098597699ab8ff828cb1ddd8",
            "0x1727c2c531cf966f902E5927b98490fDFb3b2b70",
        ),
        (
            "1.4.1",
            "1fe2df852ba3299d6534ef416eefa406e56ced995bca886ab7a553e6d0c5e1c4",
            "0x41675C099F32341bf84BFc5382aF534df5C7461a",
        ),
        (
            "1.4.1",
            "fa4d4fc0fa9f1a061571a3f3f66502464edf1a519ab1ab93dc232addf4fbe30f",
            "0xC35F063962328aC65cED5D4c3fC5dEf8dec68dFa",
        ),
        (
            "1.4.1+L2",
            "b1f926978a0f44a2c0ec8fe822418ae969bd8c3f18d61e5103100339894f81ff",
            "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762",
        ),
        (
            "1.4.1+L2",
            "520462ebe1156cd2d37b1d470c57f23e12fe0c4cda4c62502d96e03fa0cb44da",
            "0x610fcA2e0279Fa1F8C00c8c2F71dF522AD469380",
        ),
        (
            "1.5.0",
            "dda019cbd7c867a533a2a86e5c53434fdc50b13122b5a5ddb4a8df61b31c20f2",
            "0xFf51A5898e281Db6DfC7855790607438dF2ca44b",
        ),
        (
            "1.5.0+L2",
            "180193227186ccb85316c94db1f0d156ed932b14712cfaac78901899178572dc",
            "0xEdd160fEBBD92E350D4D398fb636302fccd67C7e",
        ),
    )
)
"""What a proxy runs."""

FALLBACK_HANDLERS: Final = tuple(
    Release(version, bytes.fromhex(code_hash), tuple(map(Address, addresses)))
    for version, code_hash, *addresses in (
        (
            "1.1.1",
            "919a9f5dd111a01f7a8e4b1f5c6a972bb2d1441c67bdec71de6a09d0be92f5b9",
            "0xd5D82B6aDDc9027B22dCA772Aa68D5d74cdBdF44",
        ),
        (
            "1.3.0",
            "03e69f7ce809e81687c69b19a7d7cca45b6d551ffdec73d9bb87178476de1abf",
            "0xf48f2B2d2a534e402487b3ee7C18c33Aec0Fe5e4",
            "0x017062a1dE2FE6b99BE3d9d37841FeD19F573804",
        ),
        (
            "1.3.0",
            "017e9a83d5513f503fb85274f4d1ad1811040d7caa31772750ffb08638c28fbb",
            "0x2f870a80647BbC554F3a0EBD093f11B4d2a7492A",
        ),
        (
            "1.4.1",
            "7c6007a5d711cea8dfd5d91f5940ec29c7f200fe511eb1fc1397b367af3c42f9",
            "0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99",
        ),
        (
            "1.4.1",
            "331ff834e83e6e1596325f04eb7d16614155e324010af21f14e9c945e7669d5f",
            "0x9301E98DD367135f21bdF66f342A249c9D5F9069",
        ),
        (
            "1.5.0",
            "3c6a85bcf7b563daa624b884b4e9a1b9fa5371edde7be945d998071a48f28bbc",
            "0x3EfCBb83A4A7AfcB4F68D501E2c2203a38be77f4",
        ),
    )
)
"""CompatibilityFallbackHandler; of 1.1.1 the DefaultCallbackHandler."""

PROXIES: Final = (
    ("1.1.1", "aea7d4252f6245f301e540cfbee27d3a88de543af8e49c5c62405d5499fab7e5"),
    ("1.3.0", "b89c1b3bdf2cf8827818646bce9a8f6e372885f8c55e5c07acbd307cb133b000"),
    ("1.4.1", "d7d408ebcd99b2b70be43e20253d6d92a8ea8fab29bd3be7f55b10032331fb4c"),
    ("1.5.0", "4e381985ca68b3e5d27b4425fa581c19cf33146d3f887a3cfca96f55528ea46f"),
)
"""Release and code hash, each of the proxy in the npm package whose factory has the code hash of the deployed one.

1.2.0 uses the factory of 1.1.1. Of 1.0.0 and of zkSync's there is no such proof, and so no entry.
"""


def identify_singleton(address: Address, code: bytes) -> SafePart:
    """Tell of which release a singleton is."""
    return _identify(SINGLETONS, address, code)


def identify_fallback_handler(address: Address, code: bytes) -> SafePart:
    """Tell of which release a fallback handler is."""
    return _identify(FALLBACK_HANDLERS, address, code)


def find_proxy_release(code: bytes) -> str | None:
    """Give the release whose factory makes proxies of this code; None where none does."""
    return _proxies_by_hash().get(keccak256(code))


def _identify(releases: Iterable[Release], address: Address, code: bytes) -> SafePart:
    code_hash = keccak256(code)
    known = next((each for each in releases if each.code_hash == code_hash), None)
    return SafePart(
        address, known.version if known else None, is_official=known is not None and address in known.addresses
    )


@cache
def _proxies_by_hash() -> dict[bytes, str]:
    return {bytes.fromhex(code_hash): version for version, code_hash in PROXIES}
