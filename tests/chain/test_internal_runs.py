"""The runs of internal tasks by logs and by the getters at old blocks: found, dated, bounded, and never made up."""

import pytest
from eth_abi import encode

from avsctl.chain.detect import Discovery
from avsctl.chain.fake import FakeNode, Ran
from avsctl.chain.queries.internal_runs import LOG_REQUESTS, MOST_HOPS, MOST_RUNS, load_histories
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.task_logs import outcome_topics, power_sync_event, processed_event
from avsctl.core.deployment import Generation, Layer
from avsctl.core.units import Address
from avsctl.errors import AnswerError, EndpointError

CENTER, HANDLER = Address("0x" + "a1" * 20), Address("0x" + "b2" * 20)
HEAD, DAY, START = 200_000, 86_400, 1_700_000_000
"""One block a second; the first one's time."""
L1_GETTER, L2_GETTER = bytes.fromhex("59807117"), bytes.fromhex("0b02444c")


class SyncNode(FakeNode):
    """A node of a chain on which syncs landed, with its logs and, from ``oldest_state`` on, the getters' answers."""

    syncs = ()
    """Heights of L1 and L2 that each read, and the block it landed in."""
    oldest_state = 0
    requests = ()

    def answer(self, method, params):
        self.requests = [*self.requests, method]
        if method == "eth_getTransactionReceipt":
            return {"result": self.receipts.get(params[0])}
        answered = super().answer(method, params)
        if method != "eth_getLogs" or "error" in answered:
            return answered
        wanted = params[0]
        own = [log for log in answered["result"] if log["address"] == wanted["address"]]
        first = wanted["topics"][0]
        return {"result": [log for log in own if log["topics"][0] in ([first] if isinstance(first, str) else first)]}

    def _call(self, tx, block, overrides=None):
        if self._state_at(block) < self.oldest_state:
            return super()._call({"to": tx["to"], "data": "0x"}, hex(self.head + 1))
        return super()._call(tx, block, overrides)

    def commit(self, data, _gas, block_hash):
        number = int(block_hash[-16:], 16)
        seen = [sync for sync in self.syncs if sync[2] <= number]
        last = seen[-1] if seen else (0, 0, 0)
        return Ran(True, last[0 if data[:4] == L1_GETTER else 1].to_bytes(32))


def log_of(address, topic, types, values, block, *others):
    return {
        "address": address,
        "topics": [topic, *others],
        "data": "0x" + encode(types, values).hex(),
        "blockNumber": hex(block),
        "logIndex": "0x0",
        "transactionHash": f"0x{block:064x}",
    }


def sync_log(sync, generation=Generation.V2):
    topic = power_sync_event(generation).topic
    return log_of(HANDLER, topic, ["uint256", "uint256", "string"], [*sync[:2], "proof"], sync[2])


def processed_log(task_definition_id, block, generation=Generation.V2):
    event = processed_event(generation)
    return log_of(HANDLER, event.topic, ["uint256", "string"], [task_definition_id, "proof"], block)


def rejected_log(task_definition_id, block, number, generation=Generation.V2):
    _, topic = outcome_topics(generation)
    types, values = ["uint32", "string", "bytes", "uint256[]"], [number, "proof", b"", [1]]
    return log_of(CENTER, topic, types, values, block, "0x" + "0b".rjust(64, "0"), f"0x{task_definition_id:064x}")


@pytest.fixture
def look(world):
    """Give the node of a chain on which these syncs landed, and what looks for runs on it."""

    def build(*syncs, head=HEAD, evm_block=None, has_logs=True):
        node = world.add(SyncNode(head=head))
        node.syncs, node.receipts = syncs, {}
        node.contracts[HANDLER.lower()] = node.commit
        node.logs = [sync_log(sync) for sync in syncs] if has_logs else []
        center = AttestationCenter(CENTER, Generation.V2)
        last = syncs[-1][:2] if syncs else (0, 0)
        evm = head if evm_block is None else evm_block
        discovery = Discovery(Generation.V2, center, CENTER, HANDLER, 0, evm, (), last)
        reader = world.reader(rpc=world.rpc(Layer.L2))
        return node, lambda: load_histories(reader, discovery)

    return build


def hourly(count, head=HEAD):
    """Syncs an hour apart, the newest an hour ago, each mined three blocks after what it read."""
    blocks = [head - 3600 * age for age in range(count, 0, -1)]
    return tuple((block // 12, block - 3, block) for block in blocks)


def brief(history):
    return [(run.seen_in.value, run.timestamp - START, run.to_blocks) for run in history.runs]


def test_logs_of_the_last_day_are_enough(look):
    node, load = look(*hourly(30))
    node.logs += [processed_log(10002, HEAD - 50), processed_log(10001, HEAD - 3600), processed_log(4, HEAD - 9)]
    histories, log_blocks = load()
    assert log_blocks is None
    powers, totals = histories[10001], histories[10002]
    assert brief(powers) == [("logs", sync[2], sync[:2]) for sync in hourly(30)[::-1] if sync[2] >= HEAD - DAY]
    assert powers.seen_from == totals.seen_from == START + HEAD - DAY
    assert [(run.block, run.transaction, run.landed_at) for run in totals.runs] == [
        (HEAD - 50, f"0x{HEAD - 50:064x}", START + HEAD - 50)
    ]
    assert node.requests.count("eth_getLogs") == 2
    assert "eth_call" not in node.requests


def test_what_is_older_is_looked_for_where_a_task_has_no_run_in_the_last_day(look):
    node, load = look(*hourly(3))
    node.logs.append(processed_log(10002, 50_000))
    histories, log_blocks = load()
    assert log_blocks is None
    assert [run.block for run in histories[10002].runs] == [50_000]
    assert histories[10002].seen_from == 0
    assert node.requests.count("eth_getLogs") == 3


def test_rejections_stand_beside_what_landed(look):
    node, load = look(*hourly(2))
    node.logs += [rejected_log(10001, HEAD - 10, 77), rejected_log(3, HEAD - 9, 78), rejected_log(10002, HEAD - 8, 79)]
    histories, _ = load()
    first = histories[10001].runs[0]
    assert (first.is_approved, first.task_number, first.block) == (False, 77, HEAD - 10)
    assert histories[10001].last_landed.block == HEAD - 3600
    assert [run.task_number for run in histories[10002].runs] == [79]


def test_the_number_of_a_task_is_in_the_receipt(look):
    node, load = look(*hourly(1))
    transaction = f"0x{HEAD - 3600:064x}"
    submitted, _ = outcome_topics(Generation.V2)
    log = rejected_log(10001, HEAD - 3600, 42)
    of_another = rejected_log(7, HEAD - 3600, 41) | {"topics": [submitted, *rejected_log(7, 1, 1)["topics"][1:]]}
    node.receipts = {
        transaction: {
            "transactionHash": transaction,
            "status": "0x1",
            "blockNumber": hex(HEAD - 3600),
            "blockHash": node.hash_of(HEAD - 3600),
            "gasUsed": "0x1",
            "logs": [of_another, log | {"topics": [submitted, *log["topics"][1:]]}],
        }
    }
    assert load()[0][10001].runs[0].task_number == 42
    node.receipts[transaction]["logs"] = []
    assert load()[0][10001].runs[0].task_number is None
    node.receipts[transaction]["transactionHash"] = "0x" + "9" * 64
    with pytest.raises(AnswerError, match="another transaction"):
        load()


def test_where_logs_do_not_reach_the_getters_are_asked_at_old_blocks(look):
    node, load = look(*hourly(40))
    node.log_range, node.log_refusal = 10, "max 10 blocks"
    histories, log_blocks = load()
    assert log_blocks == 20
    found = brief(histories[10001])
    assert found == [("getters", sync[1], sync[:2]) for sync in hourly(40)[:-25:-1]]
    assert histories[10001].seen_from == START + hourly(40)[-24][1]
    assert histories[10002].runs == ()
    assert histories[10002].seen_from == START + HEAD - 19
    assert node.requests.count("eth_getLogs") == LOG_REQUESTS + LOG_REQUESTS - 1


def test_hops_end_at_the_first_sync(look):
    node, load = look(*hourly(3), has_logs=False)
    node.log_range, node.log_refusal = 0, "no logs here"
    histories, log_blocks = load()
    assert log_blocks == 0
    assert [run.to_blocks for run in histories[10001].runs] == [sync[:2] for sync in hourly(3)[::-1]]
    assert histories[10001].seen_from == 0
    assert histories[10002].seen_from is None


def test_hops_end_where_state_is_pruned(look):
    node, load = look(*hourly(10))
    node.log_range = 0
    node.oldest_state = hourly(10)[-2][1]
    histories, _ = load()
    assert len(histories[10001].runs) == 3
    assert histories[10001].seen_from == START + hourly(10)[-3][1]


def test_hops_are_bounded_and_go_back_only(look):
    node, load = look(*((at, 190_000 + 100 * at, 190_003 + 100 * at) for at in range(1, 90)))
    node.log_range = 0
    histories, _ = load()
    assert len(histories[10001].runs) == MOST_HOPS
    assert histories[10001].seen_from == histories[10001].runs[-1].timestamp
    node.contracts[HANDLER.lower()] = lambda *_: Ran(True, (198_900).to_bytes(32))  # names itself
    assert len(load()[0][10001].runs) == 1


def test_nobody_hops_where_contracts_count_other_blocks(look):
    node, load = look(*hourly(3), evm_block=17)
    node.log_range = 0
    histories, _ = load()
    assert histories[10001].runs == ()
    assert histories[10001].seen_from is None


def test_a_height_above_the_head_is_not_dated(look):
    node, load = look((1, 10**9, HEAD - 5), has_logs=False)
    node.log_range = 0
    assert load()[0][10001].runs == ()


def test_most_runs_are_left_undated(look):
    _, load = look(*((at, at, HEAD - 60 * (200 - at)) for at in range(1, 200)))
    histories, log_blocks = load()
    assert log_blocks is None
    assert len(histories[10001].runs) == MOST_RUNS
    assert histories[10001].seen_from == histories[10001].runs[-1].timestamp == START + HEAD - 60 * MOST_RUNS


def test_a_young_chain_is_seen_whole(look):
    _, load = look((1, 5, 6), head=40)
    histories, log_blocks = load()
    assert (log_blocks, histories[10001].seen_from) == (None, 0)
    assert brief(histories[10001]) == [("logs", 6, (1, 5))]


@pytest.mark.parametrize(
    "change",
    [{"data": "0x"}, {"transactionHash": None}, {"transactionHash": "0x12"}, {"blockNumber": hex(HEAD + 1)}],
)
def test_logs_that_are_malformed_are_an_error(look, change):
    node, load = look(*hourly(1))
    node.logs[0] |= change
    if "blockNumber" in change:
        node._get_logs = lambda _: node.logs
    with pytest.raises((AnswerError, EndpointError)):
        load()
