"""Receipts as nodes write them, and what is no receipt of the transaction that was sent."""

import pytest

from avsctl.chain.receipts import MOST_LOGS, parse_receipt
from avsctl.errors import AnswerError

HASH = "0x" + "ab" * 32
LOG = {"address": "0x" + "a1" * 20, "topics": ["0x" + "01" * 32], "data": "0x2a", "logIndex": "0x0"}
RECEIPT = {
    "transactionHash": HASH,
    "blockNumber": "0x10",
    "blockHash": "0x" + "CD" * 32,
    "status": "0x1",
    "gasUsed": "0x5208",
    "effectiveGasPrice": "0x3",
    "logs": [LOG],
}


def test_a_receipt_is_read():
    receipt = parse_receipt(RECEIPT, HASH)
    assert (receipt.block_number, receipt.block_hash, receipt.is_success) == (16, "0x" + "cd" * 32, True)
    assert (receipt.gas_used, receipt.effective_gas_price, receipt.cost) == (21_000, 3, 63_000)
    assert receipt.logs == ({name: LOG[name] for name in ("address", "topics", "data")},)


def test_what_an_op_rollup_takes_for_data_is_part_of_the_cost():
    assert parse_receipt(RECEIPT | {"l1Fee": "0x5"}, HASH).cost == 63_005


def test_a_price_that_is_not_told_is_no_number():
    receipt = parse_receipt(RECEIPT | {"effectiveGasPrice": None, "status": "0x0", "logs": []}, HASH)
    assert (receipt.cost, receipt.is_success, receipt.logs) == (None, False, ())


def test_no_receipt_is_none():
    assert parse_receipt(None, HASH) is None


@pytest.mark.parametrize(
    "change",
    [
        {"transactionHash": "0x" + "ac" * 32},
        {"transactionHash": None},
        {"status": None},
        {"status": "0x2"},
        {"status": 1},
        {"blockNumber": None},
        {"blockHash": "0x12"},
        {"gasUsed": "-0x1"},
        {"effectiveGasPrice": "3"},
        {"l1Fee": "\x1b[2J"},
        {"logs": None},
        {"logs": [LOG] * (MOST_LOGS + 1)},
        {"logs": ["log"]},
        {"logs": [LOG | {"topics": None}]},
        {"logs": [LOG | {"topics": ["0x01"]}]},
        {"logs": [LOG | {"topics": LOG["topics"] * 5}]},
        {"logs": [LOG | {"data": "0x1"}]},
        {"logs": [LOG | {"address": "0x00"}]},
        {"logs": [LOG | {"address": None}]},
    ],
)
def test_what_is_no_receipt_of_it_is_an_error(change):
    with pytest.raises(AnswerError):
        parse_receipt(RECEIPT | change, HASH)


@pytest.mark.parametrize("value", [[], "0x", 7, True])
def test_what_is_no_object_is_an_error(value):
    with pytest.raises(AnswerError):
        parse_receipt(value, HASH)
