"""What a simulation says is what happens: the same by every way, and on the chain afterwards."""

import contextlib
from contextlib import closing
from dataclasses import replace

import pytest
from commandline import EMPTY
from proxy import Limits, Recorder, proxied

from avsctl.chain.fake import Overrides
from avsctl.chain.pace import measure_pace
from avsctl.chain.queries.tasks import load_tasks, state_of
from avsctl.chain.simulation import Way
from avsctl.chain.transport import Deadline, HttpTransport, SystemClock
from avsctl.commands.connection import L2_ALONE, open_deployment
from avsctl.commands.options import Common
from avsctl.config import SettingsOptions, load_settings
from avsctl.contracts.abi import load_function
from avsctl.contracts.call import Answer, Reverted
from avsctl.contracts.transaction import Transaction
from avsctl.core.deployment import Generation
from avsctl.core.pace import Pace
from avsctl.core.units import E18, UINT256_MAX
from avsctl.devnet import rpc
from avsctl.errors import AnswerError, NodeError
from avsctl.tx import moments
from avsctl.tx.simulate import try_out

SIMULATE_V1 = frozenset({"eth_simulateV1"})
LIMITS = {
    Way.SIMULATE_V1: Limits(),
    Way.CODE_OVERRIDE: Limits(lacks=SIMULATE_V1),
    Way.ONE_BY_ONE: Limits(lacks=SIMULATE_V1, has_overrides=False),
}
WAYS = pytest.mark.parametrize("way", LIMITS)
IN_ONE = pytest.mark.parametrize("way", [Way.SIMULATE_V1, Way.CODE_OVERRIDE])
WATCHED = (0, 1, 2, 3, 5, 10001)
LONG_NAME = "oracle " * 20


class Stage:
    """One devnet's L2, and what its governance may send."""

    def __init__(self, devnet, limits=None):
        self.devnet, self.limits = devnet, limits or Limits()
        self.generation = devnet.generation
        self.center = devnet.contracts.attestation_center
        self.recorder = Recorder()

    @contextlib.contextmanager
    def opened(self):
        with proxied(self.devnet.l2_url, self.limits, self.recorder) as url, closing(HttpTransport()) as transport:
            env = {"L2_RPC": url, "ATTESTATION_CENTER_ADDRESS": self.center}
            settings = load_settings(SettingsOptions(), env, EMPTY, needs=L2_ALONE)
            with open_deployment(settings, Common(), transport, Deadline(SystemClock(), 60)) as connection:
                yield connection.l2, connection.discovery

    def try_out(self, transactions, watched=WATCHED, sender=None, amend=list, made=4):
        with self.opened() as (reader, discovery):
            known = amend(load_tasks(reader, discovery).readings)
            found = replace(discovery, task_definitions=made)
            self.recorder.exchanges.clear()
            return try_out(reader, found, sender or self.devnet.multisig, transactions, watched, known)

    def states(self, watched=WATCHED):
        """The watched definitions as they are read at the head."""
        with self.opened() as (reader, discovery):
            return tuple(
                state_of(reading)
                for reading in sorted(load_tasks(reader, discovery).readings, key=id_of)
                if id_of(reading) in watched
            )

    def head(self):
        return rpc.head(self.devnet.l2_url)

    def land(self, transactions):
        sent = [rpc.Transaction(self.devnet.multisig, each.to, each.data) for each in transactions]
        rpc.send(self.devnet.l2_url, sent)

    def call(self, name, *args, types=()):
        function = load_function("AttestationCenter", self.generation, name, *types)
        return Transaction(self.center, function.encode(*args), function=function, args=args)

    def set_minimum(self, i, power):
        return self.call("setTaskDefinitionMinVotingPower", i, power)

    def set_list(self, i, ids):
        whom = "Operators" if self.generation is Generation.V1 else "Attesters"
        return self.call(f"setTaskDefinitionRestricted{whom}", i, ids)

    def create(self, name="new", expiry=UINT256_MAX, minimum=0, ids=()):
        fields = [expiry, 1, 2, 3, 4, minimum, ids]
        kinds = "uint256,uint256,uint256,uint256,uint256,uint256,uint256[]"
        if self.generation is not Generation.V1:
            fields, kinds = [*fields, 0], f"{kinds},uint256"
        return self.call("createNewTaskDefinition", name, tuple(fields), types=("string", f"({kinds})"))

    def change(self):
        """A create, and an update that takes two calls."""
        return [self.create(LONG_NAME, ids=(1, 2, 3)), self.set_minimum(2, 100 * E18), self.set_list(2, [1, 2, 3, 4])]


def id_of(reading):
    return reading.definition.task_definition_id


def shown(states):
    """What every way tells of states."""
    return [[each.definition for each in state] for state in states]


@pytest.fixture(params=[Overrides.TAKEN, Overrides.REFUSED, Overrides.IGNORED])
def block_overrides(request):
    return request.param


@pytest.mark.parametrize("takes_block_hashes", [True, False])
@WAYS
def test_every_way_tells_the_same_of_a_change(devnet, way, takes_block_hashes):
    best = Stage(devnet).try_out(Stage(devnet).change())
    stage = Stage(devnet, replace(LIMITS[way], takes_block_hashes=takes_block_hashes))
    trial = stage.try_out(stage.change())
    assert trial.way is way
    assert trial.outcomes == best.outcomes == (Answer((5).to_bytes(32)), Answer(b""), Answer(b""))
    if way is Way.ONE_BY_ONE:
        assert trial.states == best.states[:1]
        assert (trial.evm_block, trial.is_next_block) == (stage.head(), False)
        return
    assert shown(trial.states) == shown(best.states)
    assert trial.global_totals == best.global_totals
    assert (trial.evm_block, trial.is_next_block) == (stage.head() + 1, True)


@IN_ONE
def test_what_is_simulated_is_what_happens(devnet, way):
    stage = Stage(devnet, LIMITS[way])
    change = stage.change()
    before = stage.states()
    trial = stage.try_out(change)
    stage.land(change)
    after = stage.states()
    assert trial.states[0] == before
    if way is Way.SIMULATE_V1:
        assert trial.states[-1] == after
        assert trial.gas_used[0] > 100_000
    assert shown(trial.states)[-1] == shown([after])[0]
    made = next(each for each in after if each.definition.task_definition_id == 5)
    assert made.details.name == LONG_NAME
    for told, true in zip(trial.states[-1], after, strict=True):
        assert told.details in (true.details, None)
        assert told.own_total == true.own_total or not told.is_raw


def test_the_simulation_is_one_request(devnet):
    stage = Stage(devnet)
    stage.try_out(stage.change())
    assert [each.methods for each in stage.recorder.exchanges] == [("eth_simulateV1",)]


def test_the_second_way_is_one_request_once_the_first_is_refused(devnet_v2):
    stage = Stage(devnet_v2, LIMITS[Way.CODE_OVERRIDE])
    stage.try_out(stage.change())
    assert [each.methods for each in stage.recorder.exchanges] == [("eth_simulateV1",), ("eth_call",)]


@WAYS
def test_a_revert_in_the_middle_is_named_and_ends_the_states(devnet, way):
    stage = Stage(devnet, LIMITS[way])
    trial = stage.try_out([stage.set_minimum(2, E18), stage.set_minimum(77, E18), stage.set_list(2, [1, 2, 3])])
    first, second, third = trial.outcomes
    assert isinstance(second, Reverted)
    assert (second.revert.name, second.revert.args) == ("TaskDefinitionNotFound", (77,))
    assert first == third == Answer(b"")
    reached = 1 if way is Way.ONE_BY_ONE else 2
    assert len(trial.states) == len(trial.global_totals) == reached


@WAYS
def test_a_sender_without_the_role_is_refused(devnet, way):
    stage = Stage(devnet, LIMITS[way])
    trial = stage.try_out([stage.set_minimum(2, E18)], sender=stage.devnet.owner)
    assert trial.outcomes[0].revert.name == "AccessControlUnauthorizedAccount"
    assert trial.outcomes[0].revert.args[0] == stage.devnet.owner
    assert len(trial.states) == 1


@WAYS
def test_a_contract_may_be_the_sender(devnet_v2, way):
    revert_all = "0x60006000fd"
    rpc.call(devnet_v2.l2_url, "anvil_setCode", devnet_v2.multisig, revert_all)
    rpc.call(devnet_v2.l2_url, "anvil_setBalance", devnet_v2.multisig, "0x0")
    stage = Stage(devnet_v2, LIMITS[way])
    trial = stage.try_out(stage.change())
    assert trial.way is way
    assert [type(each) for each in trial.outcomes] == [Answer] * 3


@IN_ONE
def test_an_expiry_that_the_next_block_reaches_is_caught(devnet, way):
    stage = Stage(devnet, LIMITS[way])
    late, in_time = stage.create(expiry=stage.head() + 1), stage.create(expiry=stage.head() + 2)
    trial = stage.try_out([in_time, late])
    assert trial.outcomes[0] == Answer((5).to_bytes(32))
    assert trial.outcomes[1].revert.name == "InvalidBlockExpiry"


@pytest.mark.parametrize("refused", [Overrides.REFUSED, Overrides.IGNORED])
@IN_ONE
def test_without_a_block_override_it_runs_in_the_block_itself_and_says_so(devnet_v2, way, refused):
    stage = Stage(devnet_v2, replace(LIMITS[way], block_overrides=refused))
    trial = stage.try_out([stage.create(expiry=stage.head() + 1)])
    assert (trial.evm_block, trial.is_next_block) == (stage.head(), False)
    assert trial.outcomes == (Answer((5).to_bytes(32)),)
    assert trial.way is (Way.CODE_OVERRIDE if refused is Overrides.REFUSED else way)


@IN_ONE
def test_a_total_of_0_is_told_where_it_can_be_known(devnet, way):
    stage = Stage(devnet, LIMITS[way])
    trial = stage.try_out([stage.set_list(2, [77])], watched=[2])
    ((state,),) = trial.states[1:]
    is_hidden = devnet.generation is Generation.V2 and way is Way.CODE_OVERRIDE
    if devnet.generation is Generation.V3 or is_hidden:
        assert (state.own_total, state.is_raw) == (trial.global_totals[-1], False)
    else:
        assert (state.own_total, state.is_raw) == (0, True)


def test_reading_less_between_many_calls_tells_the_same_of_those_it_changes(devnet, monkeypatch):
    stage = Stage(devnet)
    change = stage.change()
    full = stage.try_out(change)
    monkeypatch.setattr(moments, "MOST_READ", 0)
    less = stage.try_out(change)
    assert shown(less.states) == shown(full.states)
    assert (less.states[0], less.states[-1]) == (full.states[0], full.states[-1])


def test_gas_that_suffices_for_each_alone_and_not_for_all_leaves_only_the_last_way(devnet_v2):
    stage = Stage(devnet_v2, Limits(lacks=SIMULATE_V1, gas_cap=1_000_000))
    trial = stage.try_out([stage.create(str(number) * 400) for number in range(3)], watched=[5])
    assert trial.way is Way.ONE_BY_ONE
    assert [type(each) for each in trial.outcomes] == [Answer] * 3


@pytest.mark.parametrize("lacks", [frozenset(), SIMULATE_V1])
def test_too_little_gas_is_an_error_and_no_revert(devnet_v2, lacks):
    stage = Stage(devnet_v2, Limits(lacks=lacks, gas_cap=450_000))
    with pytest.raises(NodeError, match=r"createNewTaskDefinition.* cannot be simulated at L2 endpoint .* more gas"):
        stage.try_out([stage.create("n" * 1_000)], watched=[5])


def test_a_sender_that_cannot_pay_the_value_reverts_by_the_second_way(devnet_v2):
    stage = Stage(devnet_v2)
    rpc.call(devnet_v2.l2_url, "anvil_setBalance", devnet_v2.multisig, "0x0")
    trial = stage.try_out([replace(stage.set_minimum(2, E18), value=1), stage.set_minimum(3, E18)])
    assert trial.way is Way.CODE_OVERRIDE
    assert isinstance(trial.outcomes[0], Reverted)
    assert trial.outcomes[1] == Answer(b"")


AMENDED = {
    "a total": (lambda it: replace(it, own_total=it.own_total + 1) if id_of(it) == 3 else it, 4),
    "a minimum": (lambda it: replace(it, definition=replace(it.definition, minimum_voting_power=7)), 4),
    "the global total": (lambda it: replace(it, global_total=it.global_total - 1), 4),
    "the count": (lambda it: it, 5),
}


@pytest.mark.parametrize(("amend", "made"), AMENDED.values(), ids=AMENDED)
def test_a_simulation_that_began_in_another_state_is_refused(devnet_v2, amend, made):
    stage = Stage(devnet_v2)
    with pytest.raises(AnswerError, match="simulated on another state than that of block"):
        stage.try_out(stage.change(), amend=lambda readings: list(map(amend, readings)), made=made)


def test_nothing_to_try_is_the_state_as_it_is(devnet):
    trial = Stage(devnet).try_out([])
    assert trial.states == (Stage(devnet).states(),)
    assert trial.outcomes == ()


def test_nothing_of_it_stays(devnet):
    stage = Stage(devnet)
    before = stage.states()
    stage.try_out(stage.change())
    assert stage.states() == before


def test_the_pace_of_a_devnet_is_that_of_its_clock(devnet_v2):
    with Stage(devnet_v2).opened() as (reader, discovery):
        pace = measure_pace(reader, discovery.evm_block_number)
    assert pace == Pace(pace.blocks, 2 * pace.blocks)
    assert pace.blocks > 40
