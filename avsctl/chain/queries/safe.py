"""What a Safe runs and who else acts for it: from its slots and from code hashes, which no contract can lie about."""

from dataclasses import replace
from typing import Any

from avsctl.chain.codes import read_codes
from avsctl.chain.reader import BlockReader
from avsctl.chain.slots import read_with_slots
from avsctl.contracts.call import Call, Outcome, Reverted
from avsctl.contracts.safe_releases import find_proxy_release, identify_fallback_handler, identify_singleton
from avsctl.contracts.safe_storage import Modules, decode_setup, modules, setup_slots
from avsctl.core.multisig import SafeSetup
from avsctl.core.units import Address
from avsctl.errors import AnswerError


def load_safe_setup(reader: BlockReader, address: Address) -> SafeSetup:
    """Read the setup of a contract that answers as a Safe does, in two rounds: slots and modules, then code.

    Raises:
        ChainError: the chain could not be read.
    """
    call: Call[Any] = modules(address)
    (listed,), words = read_with_slots(reader, [replace(call, decode=bytes)], {address: setup_slots()})
    stored, found = decode_setup(words[address]), _read_modules(call, listed)
    named = [part for part in (stored.singleton, stored.fallback_handler) if part is not None]
    own, *others = read_codes(reader, [address, *named])
    codes = dict(zip(named, others, strict=True))
    singleton, handler = stored.singleton, stored.fallback_handler
    return SafeSetup(
        find_proxy_release(own),
        identify_singleton(singleton, codes[singleton]) if singleton else None,
        identify_fallback_handler(handler, codes[handler]) if handler else None,
        stored.guard,
        stored.module_guard,
        found.addresses,
        found.is_complete,
    )


def _read_modules(call: Call[Modules], outcome: Outcome[bytes]) -> Modules:
    """Read the list that the Safe gave; a contract that reverts, or answers in another shape, has told nothing."""
    if isinstance(outcome, Reverted):
        return Modules((), is_complete=False)
    try:
        return call.decode(outcome.value)
    except AnswerError:
        return Modules((), is_complete=False)
