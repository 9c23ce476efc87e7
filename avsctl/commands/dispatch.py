"""What every sending has in common: the key, the price that is told, the hash that is announced, what was made."""

import os
from typing import Final

from avsctl.chain.receipts import Receipt
from avsctl.chain.rpc import Rpc
from avsctl.commands.prompts import ask_password, is_interactive
from avsctl.config.secrets import SignerOptions, load_signer
from avsctl.contracts.attestation_center import decode_created_id
from avsctl.core.units import Address, TaskDefinitionId, format_coin
from avsctl.output.log import LOGGER
from avsctl.tx.pricing import Priced
from avsctl.tx.send import Landed, send
from avsctl.tx.signer import Signer

SETTLED: Final = frozenset({"transaction_refused", "transaction_replaced"})
"""Codes of errors after which a transaction does not land any more."""


def load_key(options: SignerOptions) -> Signer:
    """Load who signs; the password of a keystore is asked for at a terminal where no option names it.

    Raises:
        UsageError: nobody can be asked.
        ConfigError: no key.
    """
    secret = load_signer(options, os.environ, _ask_password if is_interactive() else None)
    return Signer.from_key(secret.key)


def tell_cost(priced: Priced, subject: str) -> None:
    """Tell on stderr what a transaction may cost, before it is asked for."""
    fee = priced.fee
    LOGGER.info("gas limit %s at up to %s gwei", fee.gas_limit, format_coin(fee.max_fee_per_gas * 10**9))
    LOGGER.info(
        "%s costs up to %s of the chain's coin, of %s held", subject, format_coin(fee.most), format_coin(priced.balance)
    )


def send_priced(rpc: Rpc, signer: Signer, priced: Priced, announced: list[str]) -> Landed:
    """Send a transaction and await it; its hash is told, and added to ``announced``, right before it leaves.

    Raises:
        UsageError, ConfigError, ChainError: as ``tx.send.send``.
    """

    def announce(transaction_hash: str) -> None:
        announced.append(transaction_hash)
        LOGGER.info("sending %s", transaction_hash)

    return send(rpc, signer, priced, announce)


def find_created(receipt: Receipt, center: Address) -> tuple[TaskDefinitionId, ...]:
    """Give the ids of the definitions that a transaction made, in their order, by AttestationCenter's events."""
    own = (log for log in receipt.logs if str(log["address"]).lower() == center.lower())
    ids = (decode_created_id(list(map(_bytes, log["topics"])), _bytes(log["data"])) for log in own)
    return tuple(each for each in ids if each is not None)


def _ask_password() -> str:
    return ask_password("Password of the keystore")


def _bytes(data: str) -> bytes:
    return bytes.fromhex(data[2:])
