"""Foreseen equals seen: what ``attest simulate`` says of a task is what comes of landing it with real signatures.

CI runs a sample; with AVSCTL_SOAK=1 (``make soak``) it is 300 scenarios on V2, 100 on V1 and 30 on V3. Whatever is
compared with was read by single calls, and every error is the one that the transaction was mined with.
"""

import os
import random

import pytest
from attestation_world import (
    E18,
    SUBMISSION_FLOW,
    SYNC,
    TOTALS,
    World,
    recount,
    totals_data,
)

from avsctl.contracts.keccak import keccak256
from avsctl.contracts.task_data import encode_update
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.devnet import changes, rpc
from avsctl.devnet.plan import DriftKind
from avsctl.output.encode import encode_args

EVERYTHING = {"v2": 300, "v1": 100, "v3": 30}
SAMPLE = {"v2": 15, "v1": 6, "v3": 4}
IS_SOAK = bool(os.environ.get("AVSCTL_SOAK"))


# Kinds of scenarios: each disturbs the world and gives the arguments of ``attest simulate``


def honest(world):
    return "--update", str(world.propose())


def honest_of_now(world):
    return ()


def wrong_by_1_wei(world):
    update = world.powers_update(path := world.propose())
    rises, falls = list(update.to_increase), list(update.to_decrease)
    items = world.randomness.choice([each for each in (rises, falls) if each])
    at = world.randomness.randrange(len(items))
    items[at] = PowerChange(items[at].operator_id, items[at].voting_power + world.randomness.choice((-1, 1)))
    return altered(world, path, rises, falls)


def missing(world):
    update = world.powers_update(path := world.propose())
    rises, falls = list(update.to_increase), list(update.to_decrease)
    items = world.randomness.choice([each for each in (rises, falls) if each])
    items.pop(world.randomness.randrange(len(items)))
    return altered(world, path, rises, falls)


def extra(world):
    update = world.powers_update(path := world.propose())
    named = {each.operator_id for each in (*update.to_increase, *update.to_decrease)}
    other = world.randomness.choice(sorted(set(world.active()) - named))
    more = PowerChange(other, world.randomness.choice((1, E18)))
    return altered(world, path, [*update.to_increase, more], list(update.to_decrease))


def lowered_to_zero(world):
    """One that an honest update leaves out: nobody knows what a node does with it."""
    update = world.powers_update(path := world.propose())
    out = world.devnet.drift_of(DriftKind.UNREGISTERED_ON_L1).operator_id
    gone = PowerChange(out, world.active()[out])
    return altered(world, path, list(update.to_increase), [*update.to_decrease, gone])


def duplicate(world):
    update = world.powers_update(path := world.propose())
    rises, falls = list(update.to_increase), list(update.to_decrease)
    items = world.randomness.choice([each for each in (rises, falls) if each])
    items.append(world.randomness.choice(items))
    return altered(world, path, rises, falls)


def in_both_lists(world):
    update = world.powers_update(path := world.propose())
    first = update.to_increase[0]
    falls = [*update.to_decrease, PowerChange(first.operator_id, world.randomness.choice((1, first.voting_power)))]
    return altered(world, path, list(update.to_increase), falls)


def unknown_id(world):
    update = world.powers_update(path := world.propose())
    stranger = world.randomness.choice((0, world.count() + 1, 77, 2**255))
    return altered(world, path, [*update.to_increase, PowerChange(stranger, 1000 * E18)], list(update.to_decrease))


def inactive_id(world):
    update = world.powers_update(path := world.propose())
    change = PowerChange(world.randomness.choice(world.dead()), E18)
    return altered(world, path, [*update.to_increase, change], list(update.to_decrease))


def underflow(world):
    update = world.powers_update(path := world.propose())
    victim, power = world.randomness.choice(sorted(world.active().items()))
    falls = [each for each in update.to_decrease if each.operator_id != victim]
    rises = [each for each in update.to_increase if each.operator_id != victim]
    return altered(world, path, rises, [*falls, PowerChange(victim, power + world.randomness.choice((1, E18)))])


def overflow(world):
    update = world.powers_update(path := world.propose())
    victim = world.randomness.choice(sorted(world.active()))
    rises = [each for each in update.to_increase if each.operator_id != victim]
    return altered(world, path, [*rises, PowerChange(victim, 2**256 - 1)], list(update.to_decrease))


def stale_l1_block(world):
    path = world.spoil(to_block_l1=world.last_commit()[0] - world.randomness.randrange(2))
    return "--update", str(path), *sometimes_all_dissent(world)


def stale_l2_block(world):
    path = world.spoil(to_block_l2=world.last_commit()[1] - world.randomness.randrange(2))
    return "--update", str(path), *sometimes_all_dissent(world)


def older_blocks(world):
    """Behind the last update, and behind the heads: recomputed where powers were otherwise."""
    path = world.propose()
    operator = world.randomness.choice(world.devnet.operators)
    changes.set_powers(world.devnet, {operator.address: world.randomness.randrange(2000) * E18})
    changes.mine(world.devnet.l1_url, world.randomness.randrange(1, 4))
    changes.mine(world.url, world.randomness.randrange(1, 4))
    return "--update", str(path)


def future_l1_block(world):
    path = world.spoil(to_block_l1=world.heads()[0] + world.randomness.choice((1, 10**6)))
    return "--update", str(path), *sometimes_all_dissent(world)


def future_l2_block(world):
    path = world.spoil(to_block_l2=world.heads()[1] + world.randomness.choice((1, 2, 10**6)))
    return "--update", str(path), *sometimes_all_dissent(world)


def offline(world):
    return "--update", str(world.propose()), *named("--offline", world.pick(1, 7))


def dissenting(world):
    return "--update", str(world.propose()), *named("--dissent", world.pick(1, 9))


def only_some(world):
    return "--update", str(world.propose()), "--attesters", ",".join(map(str, world.pick()))


def restricted(world):
    world.restrict(SYNC, world.pick(3))
    return "--update", str(world.propose()), *named("--offline", world.pick(0, 2))


def minimum(world):
    power = world.randomness.choice(sorted(world.active().values()))
    world.demand(SYNC, power + world.randomness.choice((-1, 0, 1)))
    return "--update", str(world.propose()), *named("--offline", world.pick(0, 2))


def maximum(world):
    world.restrict(SYNC, ())
    world.limit(SYNC, world.randomness.randrange(4, 10))
    return "--update", str(world.propose()), *named("--offline", world.pick(0, 3))


def stale_totals(world):
    world.restrict(SYNC, world.pick(4))
    victims = world.pick(1, 3)
    world.set_l2_powers({each: world.randomness.randrange(3000) * E18 for each in victims})
    if world.randomness.random() < 0.5:
        world.unregister(world.randomness.choice([each for each in sorted(world.active()) if each != 1]))
    return "--update", str(world.propose())


def replayed(world):
    path = str(world.propose())
    assert world.land(world.simulate("--update", path).data).revert is None
    return "--update", path, *sometimes_all_dissent(world)


def replayed_after_a_rejection(world):
    path = str(world.propose())
    rejected = world.land(world.simulate("--update", path).data, is_approved=False, ids=sorted(world.active()))
    assert rejected.outcome is None or not rejected.outcome.is_approved
    return "--update", path


def quorum_exactly(world):
    return at_the_edge(world, SYNC, 0)


def quorum_missed_by_1_wei(world):
    return at_the_edge(world, SYNC, 1)


def paused(world):
    path = str(world.propose())
    world.govern("pause(bytes4)", SUBMISSION_FLOW)
    return "--update", path


def open_to_all(world):
    world.govern("setIsOpenAggregator(bool)", True)
    return "--update", str(world.propose())


def totals_honest(world):
    disturb_totals(world)
    return "--update", str(world.propose(TOTALS)), *named("--dissent", world.pick(0, 3))


def totals_wrong(world):
    """Recounts with a wrong minimum, list, count or function, too many or too few of them."""
    disturb_totals(world)
    ids, count = world.pick(), world.count()
    recounts = world.randomness.sample(
        [
            recount(2, 0, ids),
            recount(2, E18, range(1, 7)),
            recount(3, 1, count=count),
            recount(3, 520 * E18, count=count - 1),
            recount(3, 520 * E18, count=count + 5),
            recount(SYNC, 0, [3, 3, 5]),
            recount(SYNC, 0, range(1, 10)),
            recount(99, 0, [1]),
            recount(1, 0, count=count),
        ],
        world.randomness.randrange(1, 4),
    )
    path = world.rewrite(world.propose(TOTALS), totals_data(world.obls, recounts))
    return "--update", str(path), *sometimes_all_dissent(world)


def totals_not_allowed(world):
    """A call that goes elsewhere, or to another function, or cannot be read."""
    data = rpc.calldata("setTotalVotingPowerPerTaskDefinition(uint16,uint256,uint256)", 3, 13, 520 * E18)
    bad = world.randomness.choice(
        [
            (world.center, data),
            (world.obls, rpc.calldata("totalVotingPower()")),
            (world.obls, b""),
            (world.obls, data[:-1]),
            (world.obls, b"\xe0\x10\xf9\x57"),
        ]
    )
    path = world.rewrite(world.propose(TOTALS), totals_data(world.obls, [recount(2, 0, range(1, 7))], [bad]))
    return "--update", str(path), "--dissent", everyone(world)


def ordinary(world):
    """A task of some definition, as it is or disturbed."""
    definition = world.randomness.choice([i for i in world.definitions() if i < SYNC] + ([0] if world.is_v1 else []))
    if definition:
        world.randomness.choice([disturb_list, disturb_minimum, disturb_maximum, unregister_one])(world, definition)
    return "--task", str(definition), *data_of(world), *some_votes(world)


def ordinary_replayed(world):
    task = ("--task", str(world.randomness.choice((1, 4))), *data_of(world))
    is_approved = world.randomness.choice((None, False))
    landed = world.land(world.simulate(*task).data, is_approved=is_approved)
    assert landed.revert is None
    return task


def ordinary_at_the_edge(world):
    return at_the_edge(world, 1, world.randomness.randrange(2), "--task", "1", *data_of(world))


def ordinary_with_stale_totals(world):
    world.set_l2_powers({each: world.randomness.randrange(3000) * E18 for each in world.pick(1, 3)})
    return "--task", str(world.randomness.choice((2, 3))), *data_of(world), *some_votes(world)


def ordinary_that_nobody_may_attest(world):
    """V1 then requires nothing and refuses everything; V2 counts from everyone's power."""
    world.demand(1, max(world.active().values()) + 1)
    return "--task", "1", *data_of(world)


def ordinary_paused(world):
    world.govern("pause(bytes4)", SUBMISSION_FLOW)
    return "--task", "1"


def expiring(world):
    definition = world.create_expiring(world.randomness.choice((1, 2)))
    return "--task", str(definition), *data_of(world)


ORDINARY = (
    ordinary,
    ordinary_at_the_edge,
    ordinary_replayed,
    ordinary_with_stale_totals,
    expiring,
    ordinary_that_nobody_may_attest,
    ordinary_paused,
)
INTERNAL = (
    honest,
    wrong_by_1_wei,
    quorum_exactly,
    totals_honest,
    underflow,
    stale_totals,
    dissenting,
    missing,
    replayed_after_a_rejection,
    extra,
    maximum,
    future_l2_block,
    offline,
    replayed,
    duplicate,
    quorum_missed_by_1_wei,
    unknown_id,
    minimum,
    inactive_id,
    stale_l1_block,
    totals_wrong,
    restricted,
    stale_l2_block,
    older_blocks,
    future_l1_block,
    honest_of_now,
    only_some,
    totals_not_allowed,
    in_both_lists,
    lowered_to_zero,
    overflow,
    open_to_all,
    paused,
)
V3_CANNOT = (replayed, replayed_after_a_rejection, ordinary_replayed, open_to_all)
"""Whether a task was handed in before, and who may hand one in, stands in slots that are not known."""
KINDS = {
    "v1": ORDINARY,
    "v2": (*INTERNAL, *ORDINARY),
    "v3": tuple(each for each in (*INTERNAL, *ORDINARY) if each not in V3_CANNOT),
}


def scenarios():
    for generation, count in EVERYTHING.items():
        kinds = KINDS[generation]
        step = 1 if IS_SOAK else count / SAMPLE[generation]
        chosen = dict.fromkeys(int(at * step) for at in range(int(count / step)))
        for number in chosen:
            kind = kinds[number % len(kinds)]
            yield pytest.param(generation, number, kind, id=f"{generation}-{number}-{kind.__name__}")


@pytest.mark.parametrize(("generation", "number", "kind"), list(scenarios()))
def test_foreseen_equals_seen(generation, number, kind, devnets, unchanged, tmp_path):
    with unchanged(devnets(generation)) as devnet:
        world = World(devnet, tmp_path, random.Random(f"{generation} {number}"))  # noqa: S311 - repeatable
        arguments = kind(world)
        check(world, arguments)


def check(world, arguments):
    """Simulate a task, land it, and hold the one to the other."""
    answer = world.simulate(*arguments)
    data = answer.data
    strangers = [int(each["operator_id"]) for each in (data["after"] or {"powers": ()})["powers"]]
    before = world.holdings(strangers)
    landed = world.land(data)
    after = world.holdings(strangers)
    outcome = "reverted" if landed.revert else "submitted" if landed.outcome.is_approved else "rejected"
    assert data["outcome"] == outcome, (arguments, data["chain"], data["model"], landed)
    assert (answer.status == 0) is (outcome == "submitted" and not warns(answer)), (arguments, answer.codes)
    assert data["agrees"] is not False
    check_way(world, data)
    if landed.revert:
        assert foreseen_error(data) == (landed.revert.name, encode_args(landed.revert.args)), arguments
    if outcome != "submitted":
        assert data["after"] is None
        assert after == before, arguments
        return
    check_after(data["after"], before, after, arguments)


def warns(answer):
    return any(finding["severity"] != "info" for finding in answer.document["findings"])


def foreseen_error(data):
    if data["chain"]["error"]:
        return data["chain"]["error"]["name"], data["chain"]["error"]["args"]
    return data["model"]["error"], data["model"]["args"]


def check_way(world, data):
    asked, generation = data["chain"]["asked_with"], str(world.devnet.generation)
    if generation != "v3":
        assert asked == "submitTask_override"
        assert data["agrees"] is True
        return
    assert asked in ("processTask", "model")
    if asked == "processTask":
        assert data["task_definition_id"] in (SYNC, TOTALS)


def check_after(foreseen, before, after, arguments):
    powers = before.powers | {int(each["operator_id"]): int(each["after"]) for each in foreseen["powers"]}
    assert powers == after.powers, arguments
    assert int(foreseen["total"]["after"]) == after.total
    for each in foreseen["task_definitions"]:
        quorum = each["after"]["quorum"]
        stored = {int(quorum["stored_total"]), int(quorum["raw_total"] or quorum["stored_total"])}
        getter = after.totals[each["task_definition_id"]]
        assert getter in stored or (getter == after.total and quorum["raw_total"] == "0"), (arguments, each)


# Parts of scenarios


def altered(world, path, rises, falls):
    """Put other lists into a file; sometimes everyone approves it all the same."""
    update = world.powers_update(path)
    other = VotingPowerUpdate(tuple(rises), tuple(falls), update.to_block_l1, update.to_block_l2, ())
    return "--update", str(world.rewrite(path, encode_update(other))), *sometimes_all_dissent(world)


def sometimes_all_dissent(world):
    return ("--dissent", everyone(world)) if world.randomness.random() < 0.6 else ()


def everyone(world):
    return ",".join(map(str, sorted(world.active())))


def named(option, ids):
    return [part for each in ids for part in (option, str(each))]


def some_votes(world):
    votes = ((), named("--offline", world.pick(1, 6)), named("--dissent", world.pick(1, 9)))
    return world.randomness.choice(votes)


def data_of(world):
    return ("--data", keccak256(bytes([world.randomness.randrange(256)])).hex())


def at_the_edge(world, definition, missed, *source):
    """Two attest a definition, and the stronger one alone signs two thirds, or a wei less."""
    first, second = world.randomness.sample(sorted(set(world.active()) - {1}), 2)
    part = world.randomness.randrange(1, 10**21)
    world.set_l2_powers({first: 2 * part - missed, second: part + missed})
    world.restrict(definition, (first, second))
    source = source or ("--update", str(world.propose()))
    return *source, "--attesters", str(first)


def disturb_totals(world):
    if world.randomness.random() < 0.7:
        world.set_l2_powers({each: world.randomness.randrange(3000) * E18 for each in world.pick(1, 3)})


def disturb_list(world, definition):
    world.restrict(definition, world.pick(2))


def disturb_minimum(world, definition):
    power = world.randomness.choice(sorted(world.active().values()))
    world.demand(definition, power + world.randomness.choice((-1, 0, 1)))


def disturb_maximum(world, definition):
    if world.is_v1 or definition == 2:
        disturb_list(world, definition)
    else:
        world.limit(definition, world.randomness.randrange(1, 10))


def unregister_one(world, definition):
    world.unregister(world.randomness.choice([each for each in sorted(world.active()) if each != 1]))
