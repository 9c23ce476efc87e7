"""Finding syncs: by hops, by logs in ranges that adapt, complete as far as told, equal to the state at each block."""

import logging

import pytest
from synced_chain import BASE, FALL, OPERATORS, RISE, SENDER, Chains, SyncedNode, every

from avsctl.chain.fake import Mishap
from avsctl.chain.queries.power_history import load_history
from avsctl.core.history import Coverage, SyncKind, Wanted, Way
from avsctl.errors import AnswerError, BlockError, ChainError

HEAD, APART, COUNT = 1_000_500, 1_000, 1_000


def chains(count=COUNT, apart=APART, *, lag=3, head=None, syncs=None, seconds=600.0, evm_block=None, **traits):
    syncs = every(apart, count, lag=lag) if syncs is None else syncs
    node = SyncedNode(chain_id=8453, head=head or count * apart + apart // 2, syncs=syncs, **traits)
    return Chains(node, seconds=seconds, evm_block=evm_block)


def look(world, last=10, from_block=0, l1=True):
    wanted = Wanted(None if from_block else last, from_block)
    return load_history(world.reader(), world.discovery(), world.place() if l1 else None, wanted)


def landed(history):
    return [record.sync.block for record in history.records if record.sync.has_changed_powers]


def newest(world, count):
    return [sync[2] for sync in world.l2.syncs[::-1][:count]]


FULL = {"log_range": 10}
PRUNED = {"log_range": 2_000, "oldest_state": HEAD - 128}
RESULTS = {"most_results": 10_000}


def check_against_state(world, history):
    """Compare every figure with what plain reads of the node say at each block."""
    for record in history.records:
        sync, block = record.sync, record.sync.block
        assert record.timestamp == 1_700_000_000 + block
        assert record.sender == SENDER
        if record.after is None:
            assert block < world.l2.oldest_state or not sync.is_approved
            continue
        assert record.after.total == world.l2.total(block)
        before = world.l2.total(block - 1) if block - 1 >= world.l2.oldest_state else None
        assert record.after.total_before == before
        assert record.after.powers == tuple((i, world.l2.power(i, block)) for i in sync.touched_ids)
    for record in history.records:
        if record.sync.to_blocks and record.sync.is_approved and record.l1:
            height = record.sync.to_blocks[0]
            assert (record.l1.block, record.l1.total) == (height, world.l1.total(height))


# A thousand syncs over a million blocks


def test_the_last_ten_take_forty_requests_by_hopping():
    world = chains(**FULL)
    history = look(world)
    assert landed(history) == newest(world, 10)
    assert history.ways == (Way.LOGS, Way.HOPS)
    assert history.is_enough
    assert history.coverage.power_syncs == newest(world, 10)[-1]
    assert HEAD - 2_000 < history.coverage.others < HEAD - 100
    assert world.requests <= 40
    check_against_state(world, history)


@pytest.mark.parametrize(("limits", "most_requests"), [(FULL, 1_100), (PRUNED, 60), (RESULTS, 60)])
def test_a_thousand_syncs_over_a_million_blocks(limits, most_requests):
    world = chains(**limits)
    history = look(world, last=COUNT, l1=False)
    assert landed(history) == newest(world, COUNT)
    assert history.is_enough
    assert world.requests <= most_requests
    check_against_state(world, history)


@pytest.mark.parametrize("limits", [FULL, PRUNED, RESULTS])
def test_all_from_a_block_on(limits):
    world = chains(**limits)
    history = look(world, from_block=HEAD - 20_000)
    assert landed(history) == newest(world, 20)
    assert history.coverage.power_syncs == HEAD - 20_000
    assert history.is_enough
    check_against_state(world, history)


def test_nothing_is_hopped_over_where_one_request_for_logs_shows_more():
    world = chains(**RESULTS)
    assert look(world).ways == (Way.LOGS,)


# Hops


def test_a_sync_is_told_as_it_landed():
    world = chains(count=3, **FULL)
    record = look(world).records[0]
    sync = record.sync
    assert (sync.kind, sync.block, sync.to_blocks) == (SyncKind.POWER_SYNC, 3_000, (1_003, 2_997))
    assert (sync.performer, sync.task_number, sync.attester_ids) == (sync.performer, 2, tuple(range(1, 10)))
    assert sync.performer is not None
    assert sync.deltas == ((3, RISE), (2, -FALL))
    assert sync.transaction is not None
    assert record.after.powers == ((2, BASE - 3 * FALL), (3, BASE + 3 * RISE))
    assert record.after.total == len(OPERATORS) * BASE + 3 * (RISE - FALL)


def test_hops_end_at_the_first_sync_and_everything_is_then_complete():
    history = look(chains(count=4, **FULL))
    assert len(history.records) == 4
    assert history.is_enough
    assert history.coverage.power_syncs == 0


def test_a_chain_without_syncs_is_known_to_have_none():
    history = look(chains(syncs=(), head=1_000_000, **FULL))
    assert history.records == ()
    assert history.is_enough
    assert history.coverage.power_syncs == 0
    assert history.coverage.others > 999_000
    assert [point.kind for point in history.points] == ["now"]


def test_syncs_that_overlap_are_all_found():
    """One that read block 90 lands after another that read 80 and landed at 95."""
    syncs = ((1, 80, 95), (2, 90, 99), (3, 2_000, 2_003), (4, 2_001, 2_004), (5, 500_000, 500_003))
    world = chains(syncs=syncs, head=1_000_000, **FULL)
    assert landed(look(world)) == [500_003, 2_004, 2_003, 99, 95]


@pytest.mark.parametrize("lag", [1, 9, 39, 41, 500, 999])
def test_a_sync_that_landed_long_after_what_it_read_is_found_by_the_getters(lag):
    world = chains(count=20, lag=lag, **FULL)
    history = look(world, last=6)
    assert landed(history) == newest(world, 6)
    assert world.requests <= 70


def test_a_long_lag_is_remembered_from_sync_to_sync():
    world = chains(count=30, apart=10_000, lag=30, **FULL)
    assert landed(look(world, last=10)) == newest(world, 10)
    assert world.requests <= 40


def test_logs_take_over_where_state_is_pruned():
    world = chains(count=40, apart=5_000, log_range=1_000, oldest_state=40 * 5_000 - 12_000)
    history = look(world, last=8)
    assert landed(history) == newest(world, 8)
    assert history.is_enough
    assert [record.after is None for record in history.records] == [False] * 3 + [True] * 5


def test_nobody_hops_where_contracts_count_other_blocks():
    world = chains(count=100, evm_block=77, log_range=100)
    history = look(world, last=5)
    assert history.ways == (Way.LOGS,)
    assert landed(history) == newest(world, 5)


def test_getters_that_name_themselves_end_the_hops():
    world = chains(count=50, log_range=10, seconds=60)
    commit = world.l2.syncs[-1]
    world.l2.contracts[next(iter(world.l2.contracts))] = lambda data, *_: type(world.l2)._handler(
        world.l2, data, 0, world.l2.hash_of(world.l2.head)
    )
    history = look(world)
    assert landed(history)[:1] == [commit[2]]
    assert history.coverage.power_syncs <= commit[2]


def test_without_logs_and_state_nothing_is_claimed():
    history = look(chains(log_range=0, oldest_state=HEAD))
    assert history.records == ()
    assert history.coverage == Coverage(None, None)
    assert not history.is_enough
    assert history.log_blocks is None


# Everything else that logs tell


def test_rejected_tasks_recounts_and_direct_writes_stand_beside_the_syncs():
    world = chains(count=5, rejected=(4_400,), recounts=(3_500,), writes=(2_200,))
    history = look(world)
    kinds = [(r.sync.kind, r.sync.is_approved, r.sync.block) for r in history.records]
    assert kinds[1:3] == [(SyncKind.POWER_SYNC, False, 4_400), (SyncKind.POWER_SYNC, True, 4_000)]
    assert (SyncKind.TOTALS_SYNC, True, 3_500) in kinds
    assert (SyncKind.SYNCER_WRITE, True, 2_200) in kinds
    check_against_state(world, history)
    (recount,) = (r for r in history.records if r.sync.kind is SyncKind.TOTALS_SYNC)
    (told,) = recount.sync.recounts
    assert recount.after.definition_totals == ((told.task_definition_id, world.l2.total(3_500) // 2),)
    assert recount.l1 is None
    (write,) = (r for r in history.records if r.sync.kind is SyncKind.SYNCER_WRITE)
    assert write.sync.deltas == ((3, RISE),)
    assert (write.sync.performer, write.sync.attester_ids, write.sync.to_blocks) == (None, None, None)


def test_what_lies_before_the_oldest_sync_wanted_is_left_out():
    world = chains(count=5, rejected=(4_400, 3_300))
    history = look(world, last=2)
    assert [record.sync.block for record in history.records] == [5_000, 4_400, 4_000]
    assert history.coverage == Coverage(4_000, 4_000)


# The course


def test_the_points_go_from_the_oldest_sync_to_now():
    world = chains(count=3)
    history = look(world)
    points = history.points
    assert [point.l2_block for point in points[:3]] == [1_000, 2_000, 3_000]
    assert points[-1].l2_block == world.l2.head
    assert points[-1].l1.block == world.l1.head
    assert points[-1].delta == world.l1.total(world.l1.head) - world.l2.total(world.l2.head)
    assert points[0].delta_before == world.l1.total(1_001) - world.l2.total(999)
    samples = points[3:-1]
    assert len(samples) == 8
    for sample in samples:
        assert sample.l2_total == world.l2.total(sample.l2_block)
        assert sample.l1.total == world.l1.total(sample.l1.block)


def test_without_l1_its_totals_are_absent():
    world = chains(count=3)
    history = look(world, l1=False)
    assert {record.l1 for record in history.records} == {None}
    assert history.now.l1 is None
    assert history.now.l2_total == world.l2.total(world.l2.head)
    assert history.samples == ()


def test_an_l1_that_prunes_gives_its_total_of_now_alone():
    world = chains(count=30)
    world.l1.oldest_state = world.l1.head
    history = look(world)
    assert {record.l1.total for record in history.records} == {None}
    assert history.now.l1.total == world.l1.total(world.l1.head)


@pytest.mark.parametrize("to_block_l1", [2**255, 5_000_001])
def test_an_l1_block_that_is_not_there_is_not_read(to_block_l1):
    world = chains(syncs=((to_block_l1, 97, 100),), head=1_000)
    (record,) = look(world).records
    assert record.sync.to_blocks[0] == to_block_l1
    assert record.l1 is None


def test_an_operator_that_l1_counts_and_nobody_knows_leaves_its_total_unknown():
    world = chains(count=2)
    governance = next(iter(world.l1.contracts))
    answer = world.l1.contracts[governance]

    def one_more(data, gas, block_hash):
        ran = answer(data, gas, block_hash)
        return type(ran)(True, (13).to_bytes(32)) if data[:4].hex() == "7897dec3" else ran

    world.l1.contracts[governance] = one_more
    assert [record.l1.total for record in look(world).records] == [None, None]


# Time, mishaps


def test_a_search_that_runs_out_of_time_says_how_far_it_came(caplog):
    caplog.set_level(logging.INFO, "avsctl.chain.power_history")
    world = chains(seconds=6.0, **FULL)
    history = look(world, last=500)
    assert history.is_timed_out
    assert not history.is_enough
    assert 10 < len(landed(history)) < 200
    assert landed(history) == newest(world, len(landed(history)))
    assert history.coverage.power_syncs < landed(history)[-1]
    assert world.clock.now() < 6
    told = [record.getMessage() for record in caplog.records]
    assert told[0].startswith("found ")
    assert len(told) <= 4


def test_a_short_search_tells_nothing(caplog):
    caplog.set_level(logging.INFO, "avsctl.chain.power_history")
    look(chains(count=3))
    assert caplog.records == []


def test_a_head_that_was_replaced_is_an_error():
    world = chains(count=3)
    reader = world.reader()
    world.l2.fork = 1
    with pytest.raises(BlockError):
        load_history(reader, world.discovery(), None, Wanted(10))


@pytest.mark.parametrize("change", [{"transactionHash": "0x12"}, {"data": "0x1234"}, {"blockNumber": hex(10**7)}])
def test_logs_that_are_malformed_are_an_error(change):
    world = chains(count=3)
    real = world.l2._logs_of
    world.l2._logs_of = lambda first, last: [log | change for log in real(first, last)]
    with pytest.raises(AnswerError):
        look(world)


def test_an_endpoint_that_fails_is_an_error():
    world = chains(count=3)
    world.transport.plan = lambda endpoint, methods: Mishap.DENIED if "eth_getLogs" in methods else None
    with pytest.raises(ChainError):
        look(world)


@pytest.mark.parametrize("mishap", [Mishap.STALLED, Mishap.DROPPED, Mishap.SERVER_ERROR])
def test_a_search_that_never_gets_logs_ends_in_time(mishap):
    world = chains(count=3, seconds=6.0)
    world.transport.plan = lambda endpoint, methods: mishap if "eth_getLogs" in methods else None
    history = look(world)
    assert history.is_timed_out
    assert not landed(history)
    assert history.coverage == Coverage(None, None)
    assert world.clock.now() < 6
