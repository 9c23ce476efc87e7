"""What a Safe means by the codes that it reverts with: ``Error("GS026")`` and the like.

The codes are those of 1.3.0 to 1.5.0 (safe-smart-account, docs/error_codes.md, and GS027 of 1.4.1 alone); before 1.3.0
a Safe says it in words.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from avsctl.contracts.call import Revert

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GS000": "the call that was to finish the set-up of the Safe failed",
        "GS001": "the Safe has no threshold: it was never set up",
        "GS002": "the contract that was to finish the set-up of the Safe has no code",
        "GS010": "the gas that is left is too little for the safeTxGas of the transaction",
        "GS011": "the gas could not be paid back in the chain's coin",
        "GS012": "the gas could not be paid back in the token",
        "GS013": "the call that the Safe makes failed",
        "GS020": "there are fewer signatures than the threshold asks for",
        "GS021": "the signature of a contract is said to lie inside the fixed part of the signatures",
        "GS022": "the signature of a contract is said to begin behind the end of the signatures",
        "GS023": "the signature of a contract is cut short",
        "GS024": "a contract that is an owner does not take the signature in its name as its own",
        "GS025": "an owner is said to have approved the hash, has not, and is not the one who sends",
        "GS026": "a signature is not of an owner, or over another hash, or is not in the ascending order of owners",
        "GS027": "the data beside a hash is not what was hashed",
        "GS030": "only an owner can approve a hash",
        "GS031": "only the Safe itself can call this, by a transaction that its owners sign",
        "GS100": "the modules of the Safe were set up before",
        "GS101": "this address cannot be a module",
        "GS102": "the module is enabled already",
        "GS103": "the module named as the one before is not the one before",
        "GS104": "only a module that is enabled can call this",
        "GS105": "the list of modules cannot begin there",
        "GS106": "a page of the list of modules needs a size above 0",
        "GS200": "the owners of the Safe were set up before",
        "GS201": "the threshold is above the number of owners",
        "GS202": "the threshold is 0",
        "GS203": "this address cannot be an owner, or is none",
        "GS204": "the address is an owner already",
        "GS205": "the owner named as the one before is not the one before",
        "GS300": "the guard is no guard: it does not have the interface of one (ERC-165)",
        "GS301": "the guard of modules is no such guard: it does not have the interface of one (ERC-165)",
        "GS400": "a Safe cannot be its own fallback handler",
    }
)
"""Code to what it says, as the end of a sentence."""


def explain_safe_revert(revert: Revert) -> str | None:
    """Say what a Safe means; None where the revert is not one of its codes."""
    is_code = revert.name == "Error" and len(revert.args) == 1 and isinstance(revert.args[0], str)
    return MEANINGS.get(revert.args[0]) if is_code else None
