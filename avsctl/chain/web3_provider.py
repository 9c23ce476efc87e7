"""web3 over ``Rpc``: it fills in, prices and sends; requests, retries and masked words are those of the read path.

``import web3`` takes most of a second: this module is imported inside the functions that send.
"""

import json
import warnings
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from web3 import Web3
from web3.eth import Eth
from web3.exceptions import Web3RPCError
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse, TxParams, Wei

from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, execution_revert, is_refusal
from avsctl.chain.rpc import Rpc, never
from avsctl.contracts.call import Answer, Outcome, Revert, Reverted
from avsctl.contracts.transaction import Transaction
from avsctl.core.units import UINT256_MAX, Address
from avsctl.errors import AnswerError, AvsctlError, NodeError

_SENDING: Final = "eth_sendRawTransaction"
_RUNNING: Final = "eth_estimateGas"
_HINT: Final = "try again, or use another endpoint"
T = TypeVar("T")


class RpcProvider(BaseProvider):
    """Carries web3's requests over an ``Rpc``."""

    global_ccip_read_enabled = False
    """A contract cannot make web3 fetch from a URL of its choice (EIP-3668)."""

    def __init__(self, rpc: Rpc) -> None:
        super().__init__()
        self._rpc = rpc

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:  # noqa: ANN401 - as in web3
        """Ask one thing; raises ``ExecutionFailed`` where an estimate reverts: web3 does not know our errors."""
        request = Request(method, tuple(json.loads(Web3.to_json(params))))
        (reply,) = self._rpc.send([request], never if method == _SENDING else _may_pass)
        if not isinstance(reply, NodeFailure):
            return {"jsonrpc": "2.0", "id": 1, "result": reply}
        revert = execution_revert(reply) if method == _RUNNING else None
        if revert is not None:
            raise ExecutionFailed(revert)
        return {"jsonrpc": "2.0", "id": 1, "error": {"code": reply.code, "message": reply.message}}


class ExecutionFailed(Exception):
    """The EVM failed in what a node was asked to run."""

    def __init__(self, revert: Revert) -> None:
        super().__init__()
        self.revert = revert


class Web3Chain:
    """What a sender asks of a chain, through web3.

    Every method raises ChainError: EndpointError where nobody answered, NodeError where a node answered with an error,
    AnswerError where web3 could not read the answer, or read something else than a number.
    """

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._eth = Web3(RpcProvider(rpc), middleware=[]).eth

    def chain_id(self) -> int:
        """Give the chain that the endpoint is on now."""
        return self._ask("eth_chainId", lambda eth: _number(eth.chain_id))

    def nonce(self, sender: Address, tag: Literal["latest", "pending"]) -> int:
        """Give how many transactions an account has sent: in blocks (``latest``), or with those that wait too."""
        return self._ask(
            "eth_getTransactionCount",
            lambda eth: _number(eth.get_transaction_count(Web3.to_checksum_address(sender), tag)),
        )

    def balance(self, account: Address) -> int:
        """Give what an account holds, in wei."""
        return self._ask("eth_getBalance", lambda eth: _number(eth.get_balance(Web3.to_checksum_address(account))))

    def estimate_gas(self, sender: Address, transaction: Transaction) -> Outcome[int]:
        """Give the gas that a transaction takes on the latest state, or how it reverts."""
        fields: TxParams = {
            "from": Web3.to_checksum_address(sender),
            "to": Web3.to_checksum_address(transaction.to),
            "data": Web3.to_hex(transaction.data),
            "value": Wei(transaction.value),
        }
        try:
            return Answer(self._ask(_RUNNING, lambda eth: _number(eth.estimate_gas(fields))))
        except ExecutionFailed as failed:
            return Reverted(failed.revert)

    def base_fee_and_gas_limit(self) -> tuple[int | None, int]:
        """Give wei a gas that the latest block burns, None on a chain that does not, and the most gas of a block."""

        def read(eth: Eth) -> tuple[int | None, int]:
            header = eth.get_block("latest")
            base_fee = header.get("baseFeePerGas")
            return None if base_fee is None else _number(base_fee), _number(header.get("gasLimit"))

        return self._ask("eth_getBlockByNumber", read)

    def priority_fee(self) -> int:
        """Give the tip, in wei a gas, that a node advises; else the one that web3 finds in eth_feeHistory."""
        return self._ask("eth_maxPriorityFeePerGas", lambda eth: _number(eth.max_priority_fee))

    def gas_price(self) -> int:
        """Give the price that a node advises, in wei a gas."""
        return self._ask("eth_gasPrice", lambda eth: _number(eth.gas_price))

    def send(self, raw: bytes) -> None:
        """Hand in a signed transaction; asked again where no reply comes, which a node may then refuse as known."""
        self._ask(_SENDING, lambda eth: eth.send_raw_transaction(raw))

    def _ask(self, method: str, work: Callable[[Eth], T]) -> T:
        """Let web3 ask; whatever it makes of an answer that is none becomes an error of ours."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return work(self._eth)
        except (AvsctlError, ExecutionFailed):
            raise
        except Exception as error:  # noqa: BLE001 - web3 raises many kinds on answers of a wrong shape
            text, kind = _words_of(error), type(error).__name__
        if text is not None:
            raise NodeError(f"{self._rpc.name()} answered {method} with an error: {text}", _HINT)
        raise AnswerError(f"{self._rpc.name()} gave no good answer to {method} ({kind})", _HINT)


def _words_of(error: Exception) -> str | None:
    """Give what a node said, where that is what web3 raised an error for."""
    response = error.rpc_response if isinstance(error, Web3RPCError) else None
    failure = response.get("error") if response else None
    return failure["message"] if isinstance(failure, dict) else None


def _may_pass(reply: Reply) -> bool:
    return isinstance(reply, NodeFailure) and not is_refusal(reply) and execution_revert(reply) is None


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= UINT256_MAX:
        return value
    raise ValueError("no number")
