"""What it takes to send a transaction: its nonce, its gas and the most that it may cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from avsctl.chain.jsonrpc import NodeFailure, Request, is_data
from avsctl.chain.rpc import Rpc
from avsctl.contracts import gas_price_oracle
from avsctl.contracts.call import Reverted
from avsctl.contracts.transaction import Transaction
from avsctl.core.chains import chain_name
from avsctl.core.units import Address, format_e18
from avsctl.errors import AnswerError, AvsctlError, ChainError, ConfigError

if TYPE_CHECKING:
    from avsctl.chain.web3_provider import Web3Chain

MOST_WEI_PER_GAS: Final = 10**14
"""100,000 gwei: what an endpoint asks above that is taken for a mistake, or worse."""
NONCE_TRIES: Final = 4
NONCE_PAUSE_S: Final = 1.0
"""Nodes behind one address may lag a little."""
MARGIN: Final = (5, 4)
"""Gas limit to estimate: the state may have changed when the transaction runs."""


@dataclass(frozen=True)
class Fee:
    """What the gas of a transaction costs; amounts in wei."""

    gas_limit: int
    """The estimate and a quarter of it."""
    max_fee_per_gas: int
    """Twice the base fee and the tip (what is not used up comes back); without a base fee, the gas price."""
    max_priority_fee_per_gas: int | None
    """The tip; None where the chain has no base fee."""
    data_fee: int = 0
    """At most, for posting to L1, at present prices, on rollups of the OP kind, which take it beside the gas."""

    @property
    def most(self) -> int:
        """The most that is paid."""
        return self.gas_limit * self.max_fee_per_gas + self.data_fee


@dataclass(frozen=True)
class Priced:
    """A transaction ready to be signed."""

    transaction: Transaction
    sender: Address
    chain_id: int
    """The one that the connection was held to."""
    nonce: int
    fee: Fee
    balance: int
    """Of the sender, in wei, before it."""

    @property
    def fields(self) -> dict[str, Any]:
        """What is signed."""
        fee = self.fee
        tip = fee.max_priority_fee_per_gas
        return {
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "to": self.transaction.to,
            "value": self.transaction.value,
            "data": self.transaction.data,
            "gas": fee.gas_limit,
            **(
                {"gasPrice": fee.max_fee_per_gas}
                if tip is None
                else {"type": 2, "maxFeePerGas": fee.max_fee_per_gas, "maxPriorityFeePerGas": tip}
            ),
        }


def price(rpc: Rpc, sender: Address, transaction: Transaction, least_nonce: int = 0) -> Priced | Reverted:
    """Find nonce, gas and fees on the latest state; gives how the transaction would revert where it would.

    Args:
        rpc: of the chain to send on, held to its chain id.
        sender: who is to sign.
        transaction: what to send.
        least_nonce: one more than that of the sender's transaction that landed before, where there was one; a node
            that has not seen that yet is waited for.

    Raises:
        ConfigError: the sender cannot pay for it.
        ChainError: the chain could not be read, asks for an absurd fee, or transactions of the sender wait already
            (``transactions_waiting``), after which the state may be another.
    """
    from avsctl.chain.web3_provider import Web3Chain  # noqa: PLC0415 - imports web3, 0.8 s

    if rpc.chain_id is None:
        raise AvsctlError("a transaction was to be priced before its chain was known")
    chain = Web3Chain(rpc)
    nonce = _find_nonce(rpc, chain, sender, least_nonce)
    gas = chain.estimate_gas(sender, transaction)
    if isinstance(gas, Reverted):
        return gas
    fee = _find_fee(rpc, chain, gas.value, transaction)
    priced = Priced(transaction, sender, rpc.chain_id, nonce, fee, chain.balance(sender))
    _require_funds(priced)
    return priced


def _find_nonce(rpc: Rpc, chain: "Web3Chain", sender: Address, least: int) -> int:
    """Give the next nonce; while one waits before it, what was simulated may not be what lands."""
    for attempt in range(NONCE_TRIES):
        if attempt:
            rpc.deadline.clock.sleep(min(NONCE_PAUSE_S, rpc.deadline.remaining()))
        landed, known = chain.nonce(sender, "latest"), chain.nonce(sender, "pending")
        if landed >= max(known, least):
            return landed
    if landed < least:
        raise ChainError(
            f"{rpc.name()} is behind: it has {landed} transactions of {sender}, and {least} landed",
            "run this again, or use another endpoint",
            "endpoint_behind",
        )
    raise ChainError(
        f"{known - landed} of {sender}'s transactions wait to land, from nonce {landed}",
        "wait until they have landed, or replace them from the wallet that sent them; then run this again",
        "transactions_waiting",
    )


def _find_fee(rpc: Rpc, chain: "Web3Chain", estimate: int, transaction: Transaction) -> Fee:
    base_fee, block_gas = chain.base_fee_and_gas_limit()
    limit = max(estimate, min(estimate * MARGIN[0] // MARGIN[1], block_gas))
    tip = None if base_fee is None else chain.priority_fee()
    per_gas = chain.gas_price() if base_fee is None else 2 * base_fee + (tip or 0)
    if per_gas > MOST_WEI_PER_GAS:
        raise AnswerError(
            f"{rpc.name()} asks for {per_gas} wei a gas, more than any chain does", "use another endpoint"
        )
    return Fee(limit, per_gas, tip, _find_data_fee(rpc, transaction))


def _find_data_fee(rpc: Rpc, transaction: Transaction) -> int:
    """Ask the predeploy of OP rollups; other chains have no code there, and answer with no data."""
    call = {"to": gas_price_oracle.ADDRESS, "data": gas_price_oracle.upper_bound(len(transaction.data))}
    (reply,) = rpc.send([Request("eth_call", (call, "latest"))])
    return int(reply, 16) if not isinstance(reply, NodeFailure) and is_data(reply) and len(reply) == 66 else 0


def _require_funds(priced: Priced) -> None:
    needed = priced.fee.most + priced.transaction.value
    if priced.balance < needed:
        raise ConfigError(
            f"{priced.sender} holds {format_e18(priced.balance)} of the coin of {chain_name(priced.chain_id)},"
            f" and up to {format_e18(needed)} is needed to send",
            f"fund it with {format_e18(needed - priced.balance)} or more",
            "insufficient_funds",
        )
