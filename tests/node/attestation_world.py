"""A devnet as scenarios of attestation see it: what its chains hold, how it is disturbed, and tasks landed on it."""

import dataclasses
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

from commandline import run
from test_contract_rules import E18

from avsctl.contracts.submit_task import Task
from avsctl.contracts.task_data import build_total_call, decode_update, encode_totals, encode_update
from avsctl.core.deployment import Generation
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposal_file import format_proposal_file, parse_proposal_file
from avsctl.core.proposals import TotalCall, TotalRecount, TotalsUpdate
from avsctl.devnet import changes, rpc
from avsctl.devnet.attest import Landing, Vote, land, open_desk
from avsctl.devnet.world import Devnet, environment

SYNC, TOTALS = 10001, 10002
SUBMISSION_FLOW = bytes.fromhex("2aedfbf3")


@dataclass(frozen=True)
class Holdings:
    """What L2 holds, by single reads."""

    powers: dict[int, int]
    total: int
    totals: dict[int, int]
    """By definition, as the getters say."""


@dataclass
class World:
    """One devnet, its settings, and the randomness of one scenario."""

    devnet: Devnet
    folder: Path
    randomness: random.Random = field(default_factory=random.Random)

    def __post_init__(self):
        self.settings = environment(self.devnet)
        self.center, self.obls = self.devnet.contracts.attestation_center, self.devnet.contracts.obls
        self.url = self.devnet.l2_url

    @property
    def is_v1(self) -> bool:
        return self.devnet.generation is Generation.V1

    # What is there

    def read(self, to: str, signature: str, *arguments) -> int:
        return int.from_bytes(rpc.read(self.url, to, rpc.calldata(signature, *arguments)))

    def count(self) -> int:
        return self.read(self.center, "numOfTotalOperators()")

    def definitions(self) -> list[int]:
        made = list(range(1, self.read(self.center, "numOfTaskDefinitions()") + 1))
        return made if self.is_v1 else [0, *made, SYNC, TOTALS]

    def holdings(self, others=()) -> Holdings:
        ids = {*range(1, self.count() + 1), *others}
        return Holdings(
            {each: self.read(self.obls, "votingPower(uint256)", each) for each in sorted(ids)},
            self.read(self.obls, "totalVotingPower()"),
            {i: self.read(self.obls, "totalVotingPowerPerTaskDefinition(uint256)", i) for i in self.definitions()},
        )

    def active(self) -> dict[int, int]:
        """Powers of the ids that are active."""
        ids = range(1, self.count() + 1)
        powers = {each: self.read(self.obls, "votingPower(uint256)", each) for each in ids}
        return {each: power for each, power in powers.items() if self.read(self.obls, "isActive(uint256)", each)}

    def dead(self) -> list[int]:
        return sorted(set(range(1, self.count() + 1)) - set(self.active()))

    def address(self, operator_id: int) -> str:
        raw = rpc.read(self.url, self.center, rpc.calldata("getOperatorPaymentDetail(uint256)", operator_id))
        return "0x" + raw[12:32].hex()

    def last_commit(self) -> tuple[int, int]:
        handler = self.devnet.contracts.internal_task_handler
        return self.read(handler, "getLastCommitBlockL1()"), self.read(handler, "getLastCommitBlockL2()")

    def heads(self) -> tuple[int, int]:
        return rpc.head(self.devnet.l1_url), rpc.head(self.url)

    # What is done to it

    def govern(self, signature: str, *arguments) -> None:
        data = rpc.calldata(signature, *arguments)
        rpc.send(self.url, [rpc.Transaction(self.devnet.multisig, self.center, data)])

    def restrict(self, definition: int, ids) -> None:
        whom = "Operators" if self.is_v1 else "Attesters"
        self.govern(f"setTaskDefinitionRestricted{whom}(uint16,uint256[])", definition, sorted(ids))

    def demand(self, definition: int, minimum: int) -> None:
        self.govern("setTaskDefinitionMinVotingPower(uint16,uint256)", definition, minimum)

    def limit(self, definition: int, most: int) -> None:
        self.govern("setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)", definition, most)

    def set_l2_powers(self, powers: dict[int, int]) -> None:
        """Bring ids to these powers, without attesters."""
        held = {each: self.read(self.obls, "votingPower(uint256)", each) for each in powers}
        rises = {each: power - held[each] for each, power in powers.items() if power > held[each]}
        falls = {each: held[each] - power for each, power in powers.items() if power < held[each]}
        changes.mine(self.devnet.l1_url)
        changes.land_sync(self.devnet, rises, falls)
        changes.mine(self.devnet.l1_url)

    def create_expiring(self, blocks: int) -> int:
        """Make a definition that expires so many blocks after the one that makes it; give its id."""
        expiry = self.heads()[1] + 1 + blocks
        kinds = "uint256,uint256,uint256,uint256,uint256,uint256,uint256[]" + ("" if self.is_v1 else ",uint256")
        values = (expiry, 1, 2, 3, 4, 0, ()) + (() if self.is_v1 else (0,))
        self.govern(f"createNewTaskDefinition(string,({kinds}))", "brief", values)
        return self.read(self.center, "numOfTaskDefinitions()")

    def unregister(self, operator_id: int) -> None:
        changes.unregister_l2(self.devnet, [self.address(operator_id)])

    def pick(self, least: int = 1, most: int | None = None) -> list[int]:
        """Choose some active ids."""
        ids = sorted(self.active())
        return sorted(self.randomness.sample(ids, self.randomness.randint(least, most or len(ids))))

    # Proposals

    def propose(self, definition: int = SYNC) -> Path:
        """Let avsctl write the honest proposal to a file."""
        path = self.folder / f"honest-{definition}-{self.randomness.getrandbits(64)}.json"
        made = run(self.settings, "attest", "propose", "--task", str(definition), "--out", str(path), "-o", "json")
        assert path.exists(), (made.stdout, made.stderr)
        return path

    def powers_update(self, path: Path) -> VotingPowerUpdate:
        document = json.loads(path.read_text())
        return decode_update(bytes.fromhex(document["data"][2:]))

    def rewrite(self, path: Path, data: bytes, proof: str | None = None) -> Path:
        """Put other data into a file."""
        file = parse_proposal_file(path.read_text(), str(path))
        other = dataclasses.replace(file, data=data, proof_of_task=proof or file.proof_of_task)
        path.write_text(format_proposal_file(other))
        return path

    def spoil(self, **given) -> Path:
        """Give the honest 10001 update with other values in it."""
        path = self.propose()
        return self.rewrite(path, encode_update(dataclasses.replace(self.powers_update(path), **given)))

    # Attesting

    def simulate(self, *arguments: str):
        answer = run(self.settings, "attest", "simulate", *arguments, "-o", "json")
        assert answer.status in (0, 3), (arguments, answer.status, answer.stdout[-4000:], answer.stderr)
        return answer

    def land(self, data: dict, *, is_approved: bool | None = None, ids=None) -> Landing:
        """Land the task of a simulation: its performer, its sender, the votes that it hands in, unless told."""
        handed = data["votes"]["handed_in"]
        approved = handed["approved"] if is_approved is None else is_approved
        vote = Vote(tuple(handed["operator_ids"] if ids is None else ids), approved)
        return land(open_desk(self.devnet), task_of(data), vote, data["sender"]["address"])


def task_of(data: dict) -> Task:
    """Give the task of a simulation."""
    content = bytes.fromhex(data["data"][2:])
    return Task(data["proof_of_task"], content, data["performer"]["address"], data["task_definition_id"])


def recount(definition, minimum=0, ids=None, count=None) -> TotalRecount:
    return TotalRecount(definition, minimum, count, None if ids is None else tuple(ids))


def totals_data(obls: str, recounts, others=()) -> bytes:
    """Encode the data of a 10002 task: recounts, and other calls as pairs of target and data."""
    calls = [build_total_call(obls, each) for each in recounts]
    return encode_totals(TotalsUpdate((*calls, *(TotalCall(to, data, None) for to, data in others))))


__all__ = ["E18", "SUBMISSION_FLOW", "SYNC", "TOTALS", "Holdings", "World", "recount", "task_of", "totals_data"]
