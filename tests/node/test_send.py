"""Signing, pricing, sending and awaiting on a real node, and what goes wrong on the way."""

import json
import logging
import subprocess
import sys
import traceback
from dataclasses import replace
from functools import partial

import pytest
from commandline import CHECKOUT
from eth_account import Account
from proxy import Limits, Recorder, proxied

from avsctl.chain.endpoint import Endpoint
from avsctl.chain.rpc import Rpc
from avsctl.chain.transport import Deadline, HttpTransport, SystemClock
from avsctl.config.secrets import SignerOptions, load_signer
from avsctl.contracts import gas_price_oracle
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.call import Reverted
from avsctl.contracts.transaction import Transaction
from avsctl.core.deployment import Layer
from avsctl.core.units import Address
from avsctl.devnet import rpc as node
from avsctl.devnet.rpc import calldata
from avsctl.errors import AnswerError, ChainError, ConfigError, EndpointError, NodeError, UsageError
from avsctl.tx.pricing import Fee, Priced, price
from avsctl.tx.send import send
from avsctl.tx.signer import Signer

MNEMONIC = "test test test test test test test test test test test junk"
PASSWORD = "not to be seen"
URL_KEY = "5ec2e7c0ffee5ec2e7"
NOBODY = Account.from_key(b"\x77" * 32)
SENDING = "eth_sendRawTransaction"
TASK = 1
TRANSPORTS: list[HttpTransport] = []


def account(index):
    Account.enable_unaudited_hdwallet_features()
    return Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")


OWNER, MULTISIG = account(0), account(1)
SIGNER = Signer.from_key(bytes(MULTISIG.key))


@pytest.fixture(autouse=True)
def _closed():
    yield
    while TRANSPORTS:
        TRANSPORTS.pop().close()


def connect(url, seconds=10.0, chain_id=31338):
    TRANSPORTS.append(HttpTransport())
    endpoints = [Endpoint.parse(each) for each in url.split(",")]
    rpc = Rpc(Layer.L2, endpoints, TRANSPORTS[-1], Deadline(SystemClock(), seconds))
    rpc.establish(chain_id)
    return rpc


def set_minimum(devnet, power=7, task=TASK):
    data = calldata("setTaskDefinitionMinVotingPower(uint16,uint256)", task, power)
    return Transaction(Address(devnet.contracts.attestation_center), data)


def minimum(devnet, task=TASK):
    center = AttestationCenter(devnet.contracts.attestation_center, devnet.generation)
    calls = center.task_definition(task)
    answers = tuple(call.decode(node.read(devnet.l2_url, call.to, call.data)) for call in calls)
    return center.decode_task_definition(task, answers).minimum_voting_power


def nonce(devnet, of=MULTISIG):
    return int(node.call(devnet.l2_url, "eth_getTransactionCount", of.address, "latest"), 16)


def is_quiet(error, *more):
    """Whether nothing secret is in an error, in what caused it, or in other texts."""
    texts = list(map(str, more))
    while error is not None:
        texts += [repr(error), *traceback.format_exception(error), repr(getattr(error, "problems", ""))]
        error = error.__cause__ or error.__context__
    secrets = (URL_KEY, PASSWORD, bytes(MULTISIG.key).hex(), bytes(OWNER.key).hex())
    return not any(secret in text.lower() for text in texts for secret in secrets)


@pytest.fixture
def not_mining(devnet_v2):
    """Keep transactions waiting, and forget those that wait in the end."""
    node.call(devnet_v2.l2_url, "evm_setAutomine", False)
    yield devnet_v2
    node.call(devnet_v2.l2_url, "anvil_dropAllTransactions")
    node.call(devnet_v2.l2_url, "evm_setAutomine", True)


# What goes right


def test_the_multisig_sets_a_minimum_with_a_key_from_the_environment(devnet):
    environ = {"AVSCTL_TEST_KEY": bytes(MULTISIG.key).hex()}
    signer = Signer.from_key(load_signer(SignerOptions(key_env="AVSCTL_TEST_KEY"), environ, None).key)
    assert signer.address == devnet.multisig
    rpc, before, announced = connect(devnet.l2_url), nonce(devnet), []
    priced = price(rpc, signer.address, set_minimum(devnet, 7))
    assert isinstance(priced, Priced)
    assert (priced.chain_id, priced.nonce, priced.sender) == (31338, before, devnet.multisig)
    landed = send(rpc, signer, priced, announced.append)
    receipt = landed.receipt
    assert announced == [receipt.transaction_hash]
    assert (receipt.is_success, landed.revert) == (True, None)
    assert minimum(devnet) == 7
    told = node.call(devnet.l2_url, "eth_getTransactionReceipt", receipt.transaction_hash)
    assert (hex(receipt.block_number), receipt.block_hash) == (told["blockNumber"], told["blockHash"])
    assert (hex(receipt.gas_used), hex(receipt.effective_gas_price)) == (told["gasUsed"], told["effectiveGasPrice"])
    assert [log["data"] for log in receipt.logs] == [log["data"] for log in told["logs"]]
    assert [log["topics"] for log in receipt.logs] == [log["topics"] for log in told["logs"]]
    assert receipt.logs
    assert 0 < receipt.cost <= priced.fee.most
    assert receipt.gas_used <= priced.fee.gas_limit
    left = int(node.call(devnet.l2_url, "eth_getBalance", devnet.multisig, "latest"), 16)
    assert priced.balance - left == receipt.cost
    sent = node.call(devnet.l2_url, "eth_getTransactionByHash", receipt.transaction_hash)
    assert (int(sent["chainId"], 16), sent["type"], sent["from"]) == (31338, "0x2", devnet.multisig.lower())
    assert int(sent["maxFeePerGas"], 16) == priced.fee.max_fee_per_gas
    assert int(sent["maxPriorityFeePerGas"], 16) == priced.fee.max_priority_fee_per_gas


def test_the_multisig_sets_a_minimum_with_a_keystore(devnet_v2, tmp_path):
    keystore, password = tmp_path / "keystore.json", tmp_path / "password"
    keystore.write_text(json.dumps(Account.encrypt(MULTISIG.key, PASSWORD, iterations=1024)))
    password.write_text(f"{PASSWORD}\n")
    secret = load_signer(SignerOptions(keystore, password), {}, None)
    signer, rpc = Signer.from_key(secret.key), connect(devnet_v2.l2_url)
    priced = price(rpc, signer.address, set_minimum(devnet_v2, 9))
    assert send(rpc, signer, priced, lambda _: None).receipt.is_success
    assert minimum(devnet_v2) == 9
    assert is_quiet(None, secret, [secret], signer, priced, vars(signer))


def test_the_gas_is_the_estimate_and_a_quarter_and_the_fee_twice_the_base_fee_and_the_tip(devnet_v2):
    url, transaction = devnet_v2.l2_url, set_minimum(devnet_v2)
    call = {"from": devnet_v2.multisig, "to": transaction.to, "data": f"0x{transaction.data.hex()}"}
    estimate = int(node.call(url, "eth_estimateGas", call), 16)
    base = int(node.call(url, "eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    tip = int(node.call(url, "eth_maxPriorityFeePerGas"), 16)
    fee = price(connect(url), SIGNER.address, transaction).fee
    assert fee == Fee(estimate * 5 // 4, 2 * base + tip, tip)
    assert fee.most == fee.gas_limit * (2 * base + tip)


def test_a_node_that_advises_no_tip_is_asked_for_those_that_were_paid(devnet_v2, recwarn):
    def answer(item):
        if item["method"] == "eth_maxPriorityFeePerGas":
            return {"error": {"code": -32601, "message": "the method does not exist"}}
        return None

    with proxied(devnet_v2.l2_url, Limits(answer=answer), recorder := Recorder()) as url:
        priced = price(connect(url), SIGNER.address, set_minimum(devnet_v2))
        assert 0 < priced.fee.max_priority_fee_per_gas <= 1_500_000_000
        assert recorder.count("eth_feeHistory") == 1
    assert not recwarn.list


def test_a_chain_without_a_base_fee_is_paid_by_gas_price(devnet_v2):
    def answer(item):
        if item["method"] != "eth_getBlockByNumber":
            return None
        header = node.call(devnet_v2.l2_url, item["method"], *item["params"])
        return {"result": {name: value for name, value in header.items() if name != "baseFeePerGas"}}

    with proxied(devnet_v2.l2_url, Limits(answer=answer)) as url:
        rpc = connect(url)
        priced = price(rpc, SIGNER.address, set_minimum(devnet_v2, 11))
        assert priced.fee.max_priority_fee_per_gas is None
        landed = send(rpc, SIGNER, priced, lambda _: None)
    sent = node.call(devnet_v2.l2_url, "eth_getTransactionByHash", landed.receipt.transaction_hash)
    assert sent["type"] == "0x0"
    assert int(sent["gasPrice"], 16) == priced.fee.max_fee_per_gas == landed.receipt.effective_gas_price


def test_the_fee_for_the_data_of_an_op_rollup_counts(devnet_v2):
    rpc = connect(devnet_v2.l2_url)
    before = price(rpc, SIGNER.address, set_minimum(devnet_v2)).fee
    node.call(devnet_v2.l2_url, "anvil_setCode", gas_price_oracle.ADDRESS, "0x602a60005260206000f3")
    fee = price(rpc, SIGNER.address, set_minimum(devnet_v2)).fee
    assert (before.data_fee, fee.data_fee) == (0, 42)
    assert fee.most == before.most + 42


def test_everything_goes_through_the_one_network_layer(devnet_v2):
    with proxied(devnet_v2.l2_url, Limits(path=f"/v3/{URL_KEY}"), recorder := Recorder()) as url:
        rpc = connect(url)
        send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(devnet_v2)), lambda _: None)
    assert recorder.requests == rpc.traffic[0].requests
    assert recorder.count(SENDING) == 1
    assert recorder.requests <= 12


# What would revert, and what did


def test_what_would_revert_is_an_outcome_with_the_decoded_error(devnet):
    outcome = price(connect(devnet.l2_url), Address(devnet.owner), set_minimum(devnet))
    assert isinstance(outcome, Reverted)
    assert outcome.revert.name == "AccessControlUnauthorizedAccount"
    assert outcome.revert.args[0].lower() == devnet.owner.lower()


def test_what_reverts_in_its_block_says_why(devnet):
    rpc, owner = connect(devnet.l2_url), Signer.from_key(bytes(OWNER.key))
    transfer = price(rpc, owner.address, Transaction(owner.address, b""))
    before = minimum(devnet)
    priced = replace(transfer, transaction=set_minimum(devnet), fee=replace(transfer.fee, gas_limit=200_000))
    landed = send(rpc, owner, priced, lambda _: None)
    assert not landed.receipt.is_success
    assert landed.receipt.logs == ()
    assert landed.revert.name == "AccessControlUnauthorizedAccount"
    assert minimum(devnet) == before


def test_what_ran_out_of_gas_is_told(devnet_v2):
    rpc = connect(devnet_v2.l2_url)
    priced = price(rpc, SIGNER.address, set_minimum(devnet_v2, 13))
    landed = send(rpc, SIGNER, replace(priced, fee=replace(priced.fee, gas_limit=30_000)), lambda _: None)
    assert not landed.receipt.is_success
    assert 29_000 < landed.receipt.gas_used <= 30_000
    assert (landed.revert.name, landed.revert.data) == ("", b"")


# What is refused before anything leaves


def test_another_key_than_the_senders_sends_nothing(devnet_v2):
    with proxied(devnet_v2.l2_url, Limits(), recorder := Recorder()) as url:
        rpc = connect(url)
        priced = price(rpc, SIGNER.address, set_minimum(devnet_v2))
        with pytest.raises(UsageError) as caught:
            send(rpc, Signer.from_key(bytes(OWNER.key)), priced, lambda _: None)
    assert OWNER.address in str(caught.value)
    assert MULTISIG.address in str(caught.value)
    assert recorder.count(SENDING) == 0


def test_an_endpoint_that_is_on_another_chain_by_then_gets_nothing(devnet_v2):
    moved = []

    def answer(item):
        return {"result": "0x1"} if item["method"] == "eth_chainId" and moved else None

    with proxied(devnet_v2.l2_url, Limits(answer=answer), recorder := Recorder()) as url:
        rpc = connect(url)
        priced = price(rpc, SIGNER.address, set_minimum(devnet_v2))
        moved.append(True)
        with pytest.raises(ConfigError) as caught:
            send(rpc, SIGNER, priced, lambda _: None)
    assert caught.value.problems[0].code == "wrong_chain"
    assert "is on Ethereum (1) now; chain 31338 was expected" in str(caught.value)
    assert recorder.count(SENDING) == 0


def test_what_was_signed_for_another_chain_is_refused_by_the_node(devnet_v2):
    """Both words of an endpoint may lie; the chain id under the signature is what was verified."""

    def answer(item):
        return {"result": "0x1"} if item["method"] == "eth_chainId" else None

    with proxied(devnet_v2.l2_url, Limits(answer=answer)) as url:
        rpc = connect(url, chain_id=1)
        priced = price(rpc, SIGNER.address, set_minimum(devnet_v2))
        with pytest.raises(NodeError) as caught:
            send(rpc, SIGNER, priced, lambda _: None)
    assert caught.value.problems[0].code == "transaction_refused"
    assert "was refused" in str(caught.value)


def test_a_sender_without_funds_is_told_what_it_takes(devnet_v2):
    empty = Address(NOBODY.address)
    with pytest.raises(ConfigError) as caught:
        price(connect(devnet_v2.l2_url), empty, Transaction(empty, b""))
    (problem,) = caught.value.problems
    assert problem.code == "insufficient_funds"
    assert f"{empty} holds 0 of the coin of" in problem.message
    needed = problem.message.rpartition("up to ")[2].partition(" ")[0]
    assert problem.hint == f"fund it with {needed} or more"
    node.call(devnet_v2.l2_url, "anvil_setBalance", empty, hex(10**18))
    assert price(connect(devnet_v2.l2_url), empty, Transaction(empty, b"", 10**17)).balance == 10**18
    with pytest.raises(ConfigError, match="holds 1 of the coin"):
        price(connect(devnet_v2.l2_url), empty, Transaction(empty, b"", 10**18))


def test_funds_that_went_away_are_told_by_the_node(devnet_v2):
    rpc = connect(devnet_v2.l2_url)
    priced = price(rpc, SIGNER.address, set_minimum(devnet_v2))
    node.call(devnet_v2.l2_url, "anvil_setBalance", devnet_v2.multisig, "0x1")
    with pytest.raises(NodeError, match=r"was refused: .*[Ii]nsufficient funds"):
        send(rpc, SIGNER, priced, lambda _: None)


def test_nothing_is_priced_while_a_transaction_of_the_sender_waits(not_mining):
    rpc = connect(not_mining.l2_url, 1.0)
    with pytest.raises(ChainError):
        send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(not_mining)), lambda _: None)
    with pytest.raises(ChainError) as caught:
        price(connect(not_mining.l2_url), SIGNER.address, set_minimum(not_mining))
    assert caught.value.problems[0].code == "transactions_waiting"
    assert f"1 of {MULTISIG.address}'s transactions wait" in str(caught.value)


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("eth_maxPriorityFeePerGas", hex(10**18)),
        ("eth_maxPriorityFeePerGas", "0x" + "f" * 200),
        ("eth_maxPriorityFeePerGas", "-0x1"),
        ("eth_maxPriorityFeePerGas", None),
        ("eth_maxPriorityFeePerGas", "a lot"),
        ("eth_getTransactionCount", {"nonce": 1}),
        ("eth_getTransactionCount", "-0x1"),
        ("eth_estimateGas", ["0x1"]),
        ("eth_estimateGas", "\x1b[2J"),
        ("eth_getBlockByNumber", None),
        ("eth_getBlockByNumber", []),
        ("eth_getBlockByNumber", {"baseFeePerGas": "low"}),
        ("eth_getBlockByNumber", {"baseFeePerGas": "0x1"}),
        ("eth_getBalance", "0x"),
        ("eth_getBalance", True),
    ],
)
def test_answers_that_are_none_are_errors_of_the_chain(devnet_v2, method, result):
    limits = Limits(path=f"/{URL_KEY}", answer=lambda item: {"result": result} if item["method"] == method else None)
    with proxied(devnet_v2.l2_url, limits) as url, pytest.raises(AnswerError) as caught:
        price(connect(url), SIGNER.address, set_minimum(devnet_v2))
    assert "L2 endpoint http://127.0.0.1:" in str(caught.value)
    assert is_quiet(caught.value)


def test_the_words_of_a_node_are_told_without_the_key_in_its_url(devnet_v2):
    error = {"error": {"code": -32000, "message": f"no plan for /v3/{URL_KEY}"}}
    limits = Limits(path=f"/v3/{URL_KEY}", answer=lambda item: error if item["method"] == "eth_getBalance" else None)
    with proxied(devnet_v2.l2_url, limits) as url, pytest.raises(NodeError) as caught:
        price(connect(url), SIGNER.address, set_minimum(devnet_v2))
    assert "answered eth_getBalance with an error: no plan for ***" in str(caught.value)
    assert is_quiet(caught.value)


@pytest.mark.parametrize("method", ["eth_getTransactionCount", "eth_getBalance", "eth_chainId", "eth_getBlockByNumber"])
def test_a_revert_where_nothing_runs_is_an_error_of_the_chain(devnet_v2, method):
    error = {"error": {"code": 3, "message": "execution reverted", "data": "0x12345678"}}
    limits = Limits(answer=lambda item: error if item["method"] == method else None)
    priced = price(connect(devnet_v2.l2_url), SIGNER.address, set_minimum(devnet_v2))
    with proxied(devnet_v2.l2_url, limits) as url:
        rpc = connect(url)
        work = partial(send, rpc, SIGNER, priced, lambda _: None)
        if method != "eth_chainId":
            work = partial(price, rpc, SIGNER.address, set_minimum(devnet_v2))
        with pytest.raises(NodeError, match=f"answered {method} with an error"):
            work()


def test_a_node_that_lags_behind_what_landed_is_waited_for(devnet_v2):
    rpc = connect(devnet_v2.l2_url)
    first = price(rpc, SIGNER.address, set_minimum(devnet_v2, 27))
    send(rpc, SIGNER, first, lambda _: None)
    lags = [hex(first.nonce)] * 2

    def answer(item):
        if item["method"] == "eth_getTransactionCount" and item["params"][1] == "latest" and lags:
            return {"result": lags.pop()}
        return None

    with proxied(devnet_v2.l2_url, Limits(answer=answer)) as url:
        second = price(connect(url), SIGNER.address, set_minimum(devnet_v2, 28), first.nonce + 1)
    assert second.nonce == first.nonce + 1
    with pytest.raises(ChainError, match="is behind: it has") as caught:
        price(rpc, SIGNER.address, set_minimum(devnet_v2), second.nonce + 1)
    assert caught.value.problems[0].code == "endpoint_behind"


# What goes wrong once it left


def test_what_is_not_mined_in_time_is_named(not_mining):
    rpc, announced = connect(not_mining.l2_url, 2.0), []
    priced = price(rpc, SIGNER.address, set_minimum(not_mining, 15))
    with pytest.raises(ChainError) as caught:
        send(rpc, SIGNER, priced, announced.append)
    (problem,) = caught.value.problems
    assert (problem.code, caught.value.status) == ("transaction_pending", 5)
    assert f"transaction {announced[0]} (nonce {priced.nonce} of {MULTISIG.address}) was sent" in problem.message
    assert "2 s (--timeout)" in problem.message
    assert f"cast receipt {announced[0]}" in problem.hint
    node.call(not_mining.l2_url, "evm_mine")
    assert minimum(not_mining) == 15


def test_what_is_mined_while_it_is_awaited_lands(not_mining):
    asked = []

    def answer(item):
        if item["method"] == "eth_getTransactionReceipt":
            asked.append(item)
            if len(asked) == 2:
                return {"error": {"code": -32000, "message": "transaction indexing is in progress"}}
            if len(asked) == 3:
                node.call(not_mining.l2_url, "evm_mine")
        return None

    with proxied(not_mining.l2_url, Limits(answer=answer)) as url:
        rpc = connect(url)
        landed = send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(not_mining, 17)), lambda _: None)
    assert landed.receipt.is_success
    assert minimum(not_mining) == 17


@pytest.mark.parametrize("times", [1, 3])
def test_a_reply_that_is_lost_does_not_send_twice(devnet_v2, times):
    lost, before = [], nonce(devnet_v2)

    def drop(item):
        if item["method"] == SENDING and len(lost) < times:
            lost.append(item)
            return True
        return False

    with proxied(devnet_v2.l2_url, Limits(drop=drop), recorder := Recorder()) as url:
        rpc = connect(url)
        landed = send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(devnet_v2, 19)), lambda _: None)
    assert recorder.count(SENDING) == times + 1
    assert landed.receipt.is_success
    assert (nonce(devnet_v2), minimum(devnet_v2)) == (before + 1, 19)


def test_a_reply_that_is_lost_while_it_waits_does_not_send_twice(not_mining):
    lost, before = [], nonce(not_mining)

    def drop(item):
        if item["method"] == SENDING and not lost:
            lost.append(item)
            return True
        return False

    def answer(item):
        if item["method"] == "eth_getTransactionReceipt":
            node.call(not_mining.l2_url, "evm_mine")

    with proxied(not_mining.l2_url, Limits(drop=drop, answer=answer)) as url:
        rpc = connect(url)
        landed = send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(not_mining, 20)), lambda _: None)
    assert landed.receipt.is_success
    assert (nonce(not_mining), minimum(not_mining)) == (before + 1, 20)


def test_the_next_endpoint_stands_in_for_one_that_keeps_its_replies(devnet_v2):
    before = nonce(devnet_v2)
    with proxied(devnet_v2.l2_url, Limits(drop=lambda item: item["method"] == SENDING)) as url:
        rpc = connect(f"{url},{devnet_v2.l2_url}", 20.0)
        landed = send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(devnet_v2, 21)), lambda _: None)
    assert landed.receipt.is_success
    assert (nonce(devnet_v2), minimum(devnet_v2)) == (before + 1, 21)


def test_replies_that_never_come_are_found_by_the_hash(devnet_v2):
    """Every reply to the sending is lost; the node has the transaction all the same."""
    with proxied(devnet_v2.l2_url, Limits(drop=lambda item: item["method"] == SENDING)) as url:
        rpc = connect(url, 20.0)
        landed = send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(devnet_v2, 23)), lambda _: None)
    assert landed.receipt.is_success
    assert minimum(devnet_v2) == 23


def test_an_endpoint_that_dies_leaves_the_hash(devnet_v2):
    dead, announced = [], []

    def drop(item):
        return bool(dead) and item["method"] != "eth_chainId"

    with proxied(devnet_v2.l2_url, Limits(drop=drop, path=f"/v3/{URL_KEY}")) as url:
        rpc = connect(url, 15.0)
        priced = price(rpc, SIGNER.address, set_minimum(devnet_v2, 25))
        dead.append(True)
        with pytest.raises(ChainError) as caught:
            send(rpc, SIGNER, priced, announced.append)
    (problem,) = caught.value.problems
    assert problem.code == "transaction_unknown"
    assert not isinstance(caught.value, EndpointError)
    assert announced[0] in problem.message
    assert announced[0] in problem.hint
    assert is_quiet(caught.value)
    assert minimum(devnet_v2) == 25


def test_an_endpoint_that_forgets_its_receipts_leaves_the_hash(devnet_v2):
    announced = []
    error = {"error": {"code": -32000, "message": f"no receipts for {URL_KEY}"}}

    def answer(item):
        return error if item["method"] == "eth_getTransactionReceipt" else None

    with proxied(devnet_v2.l2_url, Limits(answer=answer, path=f"/v3/{URL_KEY}")) as url:
        rpc = connect(url, 2.0)
        with pytest.raises(ChainError) as caught:
            send(rpc, SIGNER, price(rpc, SIGNER.address, set_minimum(devnet_v2)), announced.append)
    assert caught.value.problems[0].code == "transaction_pending"
    assert announced[0] in str(caught.value)
    assert "no receipts for ***" in str(caught.value)
    assert is_quiet(caught.value)


def test_a_transaction_that_was_replaced_is_told(not_mining):
    url, announced = not_mining.l2_url, []

    def replace_it(transaction_hash):
        announced.append(transaction_hash)
        fields = {"from": not_mining.multisig, "to": not_mining.owner, "nonce": hex(priced.nonce), "gas": "0x5208"}
        node.call(
            url, "eth_sendTransaction", fields | {"maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**12)}
        )
        node.call(url, "evm_mine")

    rpc = connect(url, 30.0)
    priced = price(rpc, SIGNER.address, set_minimum(not_mining))
    with pytest.raises(NodeError) as caught:
        send(rpc, SIGNER, priced, replace_it)
    assert announced[0] in str(caught.value)
    assert "landed meanwhile" in caught.value.problems[0].hint


def test_a_transaction_that_was_replaced_while_it_waited_is_told(not_mining):
    url, done = not_mining.l2_url, []

    def answer(item):
        if item["method"] == "eth_getTransactionReceipt" and not done:
            done.append(item)
            fields = {"from": not_mining.multisig, "to": not_mining.owner, "nonce": hex(priced.nonce), "gas": "0x5208"}
            tip = hex(10**12)
            node.call(url, "eth_sendTransaction", fields | {"maxFeePerGas": tip, "maxPriorityFeePerGas": tip})
            node.call(url, "evm_mine")

    with proxied(url, Limits(answer=answer)) as through:
        rpc = connect(through, 60.0)
        priced = price(rpc, SIGNER.address, set_minimum(not_mining))
        with pytest.raises(ChainError) as caught:
            send(rpc, SIGNER, priced, lambda _: None)
    assert caught.value.problems[0].code == "transaction_replaced"
    assert f"nonce {priced.nonce} of {MULTISIG.address}" in str(caught.value)


def test_one_that_waits_with_the_same_nonce_is_told(not_mining):
    url = not_mining.l2_url
    rpc = connect(url)
    priced = price(rpc, SIGNER.address, set_minimum(not_mining))
    fields = {"from": not_mining.multisig, "to": not_mining.owner, "nonce": hex(priced.nonce), "gas": "0x5208"}
    node.call(url, "eth_sendTransaction", fields | {"maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**12)})
    with pytest.raises(NodeError) as caught:
        send(rpc, SIGNER, priced, lambda _: None)
    assert f"nonce {priced.nonce} waits" in caught.value.problems[0].hint


# Secrets


def test_no_secret_is_written_or_logged(not_mining, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    with proxied(not_mining.l2_url, Limits(path=f"/v3/{URL_KEY}")) as url:
        rpc = connect(url, 2.0)
        priced = price(rpc, SIGNER.address, set_minimum(not_mining))
        with pytest.raises(ChainError) as caught:
            send(rpc, SIGNER, priced, print)
    written = capsys.readouterr()
    records = [
        f"{record.getMessage()}{record.__dict__}"
        for record in caplog.records
        if record.name != "urllib3.connectionpool"
    ]
    assert is_quiet(caught.value, written.out, written.err, *records, repr(rpc), repr(priced), repr(SIGNER))


IMPORTS = """
import sys
import avsctl.tx.send, avsctl.tx.pricing, avsctl.tx.signer, avsctl.config
print([name for name in ("web3", "eth_account", "eth_abi") if name in sys.modules])
"""


def test_what_sends_loads_web3_only_when_it_does():
    ended = subprocess.run([sys.executable, "-c", IMPORTS], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
