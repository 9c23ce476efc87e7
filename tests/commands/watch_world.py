"""A V2 deployment in memory whose layers change from round to round, and endpoints that fail in every way.

``World.play`` runs ``power watch`` over it through ``cli.main``; ``World.truth`` says how the layers stand at a pair of
blocks, worked out from what was planted and with none of avsctl's own rules.
"""

import contextlib
import functools
import io
import os
import random
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from unittest import mock

from avsctl.chain.fake import FakeClock, FakeNode, FakeTransport, Mishap, Ran
from avsctl.cli import main
from avsctl.commands import connection  # noqa: F401 - takes the transport by name: not while that is patched
from avsctl.config.settings import SETTING_NAMES
from avsctl.contracts.abi import load_function
from avsctl.contracts.address import to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.core.units import E18

V2 = Generation.V2
SECRET = "5ec2e7c0ffee5ec2e7"
L1_URL, L2_URL = f"http://l1.example/{SECRET}", f"http://l2.example/{SECRET}"
GOVERNANCE, CENTER, HANDLER, OBLS = (to_checksum(bytes([digit] * 20)) for digit in (0x11, 0x22, 0x44, 0x55))
ROUND_S = 60
KEPT_STATES = 50
GENESIS = 10_000
NOT_ACTIVE = keccak256(b"NotActiveOperator()")[:4]
SETTINGS = {
    "L1_RPC": L1_URL,
    "L2_RPC": L2_URL,
    "L1_CHAIN": "1",
    "L2_CHAIN": "8453",
    "AVS_GOVERNANCE_ADDRESS": GOVERNANCE,
    "ATTESTATION_CENTER_ADDRESS": CENTER,
    "INTERNAL_TASKS": '[{"name": "VOTING_POWER_SYNC", "interval": 120000}]',
}
PASSING = (
    *(Mishap.DROPPED, Mishap.TOO_MANY, Mishap.LIMIT_ONE, Mishap.SERVER_ERROR, Mishap.HTML, Mishap.TRUNCATED),
    *(Mishap.WRONG_IDS, Mishap.SWAPPED, Mishap.MISSING, Mishap.EXTRA, Mishap.NULLED, Mishap.INTERNAL, Mishap.LAGGING),
)
"""What may go wrong with one request and be well at the next try."""
LASTING = (Mishap.UNREACHABLE, Mishap.DROPPED, Mishap.DENIED, Mishap.BAD_GATEWAY, Mishap.TRUNCATED, Mishap.TOO_MANY)


@functools.cache
def selector(contract, name):
    return load_function(contract, V2, name).selector


def word(value):
    return Ran(True, value.to_bytes(32))


def revert(data=b""):
    return Ran(False, data)


@dataclass(frozen=True)
class L1Stand:
    """One operator on L1."""

    power: int
    is_registered: bool = True
    is_operator: bool = True
    is_readable: bool = True


@dataclass(frozen=True)
class L2State:
    powers: tuple[int, ...]
    active: tuple[bool, ...]
    commit: tuple[int, int] = (0, 0)


class Course:
    """What a layer was like from which block on."""

    def __init__(self, state):
        self.blocks, self.states, self.head = [GENESIS], [state], GENESIS

    @property
    def now(self):
        return self.states[-1]

    def at(self, block):
        return self.states[bisect_right(self.blocks, block) - 1]

    def mine(self, blocks, state=None):
        """Mine blocks, the last of which has another state where one is given; very old ones are forgotten."""
        self.head += blocks
        if state is not None:
            self.blocks.append(self.head)
            self.states.append(state)
            del self.blocks[:-KEPT_STATES], self.states[:-KEPT_STATES]


def address_of(operator_id):
    return to_checksum(operator_id.to_bytes(20))


@dataclass
class World:
    """Both layers, block by block."""

    operators: int = 5
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self):
        self.l1 = FakeNode(chain_id=1, head=10_000, contracts={GOVERNANCE.lower(): self._governance})
        self.l2 = FakeNode(
            chain_id=8453,
            head=10_000,
            contracts={
                CENTER.lower(): self._center,
                HANDLER.lower(): self._handler,
                OBLS.lower(): self._obls,
            },
        )
        powers = tuple(100 * E18 * at for at in range(1, self.operators + 1))
        self.l1_course = Course(tuple(map(L1Stand, powers)))
        self.l2_course = Course(L2State(powers, (True,) * self.operators))
        self.transport = FakeTransport({L1_URL: self.l1, L2_URL: self.l2}, self.clock)
        self.rounds, self.last_round, self.before_round = 0, 0, lambda number: None

    def mine(self, blocks=ROUND_S, l1=None, l2=None):
        """Mine blocks on both layers, the last of which has another state where one is given."""
        for node, course, state in ((self.l1, self.l1_course, l1), (self.l2, self.l2_course, l2)):
            course.mine(blocks, state)
            node.head = course.head

    def stake(self, operator_id, **changes):
        """Change how an operator stands on L1, in a new block."""
        rows = list(self.l1_course.now)
        rows[operator_id - 1] = replace(rows[operator_id - 1], **changes)
        self.mine(1, l1=tuple(rows))

    def sync(self):
        """Land a 10001 sync of all that an honest one carries, read at the heads of now."""
        l2 = self.l2_course.now
        powers = tuple(map(_synced, self.l1_course.now, l2.powers))
        self.mine(1, l2=replace(l2, powers=powers, commit=(self.l1_course.head, self.l2_course.head)))

    def truth(self, l1_block, l2_block):
        """Give id -> status and delta of all that drifts, the ids that cannot be read, and the last commit."""
        l1, l2 = self.l1_course.at(l1_block), self.l2_course.at(l2_block)
        drift, unread = {}, set()
        for at, (stand, power) in enumerate(zip(l1, l2.powers, strict=True), 1):
            if not stand.is_readable:
                unread.add(at)
            elif _status(stand, power) != "in_sync":
                drift[at] = (_status(stand, power), _counted(stand) - power)
        return drift, unread, l2.commit

    # What the contracts answer

    def _governance(self, data, _gas, block_hash):
        stands, name = self.l1_course.at(_number(block_hash)), data[:4]
        if name == selector("AvsGovernance", "numOfActiveOperators"):
            return word(sum(stand.is_registered for stand in stands))
        if name == selector("AvsGovernance", "minVotingPower"):
            return word(0)
        stand = stands[int.from_bytes(data[4:36]) - 1]
        if name == selector("AvsGovernance", "isOperatorRegistered"):
            return word(stand.is_registered)
        if not stand.is_readable:
            return revert(b"\x12\x34\x56\x78")
        return word(stand.power) if stand.is_operator else revert(NOT_ACTIVE)

    def _center(self, data, _gas, _block_hash):
        name = data[:4]
        if name == selector("AttestationCenter", "getOperatorPaymentDetail"):
            return Ran(True, data[4:36] + bytes(96))
        if name == selector("AttestationCenter", "getTaskDefinitionRestrictedAttesters"):
            return Ran(True, (32).to_bytes(32) + bytes(32))
        answers = {
            "obls": int(OBLS, 16),
            "internalTaskHandler": int(HANDLER, 16),
            "numOfTotalOperators": self.operators,
            "numOfTaskDefinitions": 0,
        }
        found = [value for each, value in answers.items() if selector("AttestationCenter", each) == name]
        return word(found[0]) if found else revert()

    def _handler(self, data, _gas, block_hash):
        l1, l2 = self.l2_course.at(_number(block_hash)).commit
        return word(l1 if data[:4] == selector("InternalTaskHandler", "getLastCommitBlockL1") else l2)

    def _obls(self, data, _gas, block_hash):
        state, name = self.l2_course.at(_number(block_hash)), data[:4]
        if name == selector("OBLS", "totalVotingPower"):
            return word(sum(state.powers))
        at = int.from_bytes(data[4:36]) - 1
        return word(state.powers[at] if name == selector("OBLS", "votingPower") else state.active[at])

    # Running it

    def play(self, rounds, *arguments, settings=SETTINGS, before_round=lambda number: None, out=None):
        """Watch as ``watch`` does; gives status, stdout and stderr."""
        out, err = out or _stream(), _stream()
        status = self.watch(rounds, *arguments, settings=settings, before_round=before_round, out=out, err=err)
        return status, *(stream.buffer.getvalue().decode() for stream in (out, err))

    def watch(self, rounds, *arguments, out, err, settings=SETTINGS, before_round=lambda number: None):
        """Run a watch until so many rounds were begun, then interrupt it; gives its status.

        Before each round a minute passes on both layers; then ``before_round`` is called with its number.
        """
        self.rounds, self.last_round, self.before_round = 0, rounds, before_round
        with (
            mock.patch.dict(os.environ, settings),
            mock.patch("avsctl.chain.transport.HttpTransport", self._open),
            mock.patch("avsctl.chain.transport.SystemClock", return_value=self.clock),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            for name in SETTING_NAMES - set(settings):
                os.environ.pop(name, None)
            return main(["power", "watch", *arguments])

    def _open(self):
        """Begin a round as the command does: with a transport of its own."""
        if self.rounds == self.last_round:
            raise KeyboardInterrupt
        self.rounds += 1
        self.transport.sent.clear()
        self.transport.before = lambda count: None
        self.transport.plan = lambda endpoint, methods: None
        self.l1.chain_id, self.l2.chain_id = 1, 8453
        self.mine()
        self.before_round(self.rounds)
        return self.transport


@dataclass
class Misfortune:
    """Changes a world and its endpoints by seed, a little of everything."""

    world: World
    seed: int

    def __post_init__(self):
        self.random = random.Random(self.seed)  # noqa: S311 - no secret
        self.world.stake(1, power=7, is_readable=False)
        self.world.stake(2, power=7)

    def strike(self, number):
        """Change something or nothing, and let something go wrong or nothing."""
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            self.random.choice((self._restake, self._restake, self._leave, self._break, self.world.sync))()
        if number > 1:
            calm, passing = [lambda: None] * 6, [self._pass] * 3
            self.random.choice((*calm, *passing, self._fail, self._lag, self._reorganise, self._move))()

    def _anyone(self):
        return self.random.randint(1, self.world.operators)

    def _restake(self):
        power = self.random.choice((0, 1, 100 * E18, 250 * E18 + 7, 300 * E18))
        self.world.stake(self._anyone(), power=power)

    def _leave(self):
        at = self._anyone()
        stand = self.world.l1_course.now[at - 1]
        trait = self.random.choice(("is_registered", "is_operator"))
        self.world.stake(at, **{trait: not getattr(stand, trait)})

    def _break(self):
        at = self._anyone()
        self.world.stake(at, is_readable=not self.world.l1_course.now[at - 1].is_readable)

    def _pass(self):
        """Let one request of the round go wrong, or two."""
        struck = {self.random.randint(1, 8): self.random.choice(PASSING) for _ in range(2)}
        self.world.transport.plan = lambda *_: struck.pop(len(self.world.transport.sent), None)

    def _fail(self):
        mishap, url = self.random.choice(LASTING), self.random.choice((L1_URL, L2_URL))
        begin = self.random.choice((1, 1, 3))
        sent = self.world.transport.sent
        self.world.transport.plan = lambda endpoint, _: mishap if endpoint.url == url and len(sent) >= begin else None

    def _lag(self):
        """Let an endpoint give blocks of up to two rounds ago."""
        node = self.random.choice((self.world.l1, self.world.l2))
        node.head -= self.random.randint(1, 2 * ROUND_S)

    def _reorganise(self):
        node, at = self.random.choice((self.world.l1, self.world.l2)), self.random.randint(2, 6)

        def replace_blocks(count):
            node.fork += count == at

        self.world.transport.before = replace_blocks

    def _move(self):
        """Let an endpoint be on another chain."""
        node = self.random.choice((self.world.l1, self.world.l2))
        node.chain_id = 17000


def _number(block_hash):
    return int(block_hash[-16:], 16)


def _counted(stand):
    return stand.power if stand.is_registered and stand.is_operator else 0


def _status(stand, power):
    if not stand.is_operator:
        return "not_an_operator_on_l1"
    if not stand.is_registered:
        return "not_registered_on_l1"
    return "in_sync" if stand.power == power else "increase" if stand.power > power else "decrease"


def _synced(stand, power):
    is_carried = stand.is_readable and stand.is_registered and stand.is_operator
    return stand.power if is_carried else power


def _stream():
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
