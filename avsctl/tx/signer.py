"""An account that signs, as a value that shows its address and never its key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from avsctl.contracts.address import to_checksum
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.units import Address
from avsctl.errors import UsageError
from avsctl.tx.safe_hashes import build_typed_data
from avsctl.tx.safe_proposal import SafeAccount

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


@dataclass(frozen=True)
class Signer:
    """Signs for one account."""

    address: Address
    _account: "LocalAccount" = field(repr=False, compare=False)

    @classmethod
    def from_key(cls, key: bytes) -> Self:
        """Give the account of a private key: 32 bytes, valid on secp256k1."""
        from eth_account import Account  # noqa: PLC0415 - half a second, and only a signer needs it

        account = Account.from_key(key)
        return cls(to_checksum(account.address), account)

    def require(self, sender: Address) -> None:
        """Raise UsageError, naming both addresses, unless this account is the sender."""
        if self.address != sender:
            raise UsageError(
                f"the key is that of {self.address}, and the sender is {sender}",
                "give the key of the sender, or --from the account that is to send",
                "wrong_signer",
            )

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Sign a transaction whose fields are all given (numbers, ``to`` checksummed); gives what is to be sent."""
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)

    def sign_safe_tx(self, account: SafeAccount, safe_tx: SafeTx) -> bytes:
        """Sign a transaction of a Safe as one of its owners (EIP-712).

        Returns:
            65 bytes, ``r | s | v`` with v 27 or 28; the same arguments give the same.

        Raises:
            ConfigError: a version of Safe whose hashes are not known.
        """
        document = build_typed_data(account.chain_id, account.address, account.version, safe_tx)
        return bytes(self._account.sign_typed_data(full_message=document).signature)
