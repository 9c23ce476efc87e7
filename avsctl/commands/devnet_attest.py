"""``avsctl devnet attest``: the only place where avsctl signs attestations, with the keys of a local devnet."""
# ruff: noqa: PLC0415 - the devnet is imported when it is signed for, so that help and mistakes cost nothing

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from avsctl.commands.operator_ids import parse_operators
from avsctl.commands.options import Common, with_common
from avsctl.core.deployment import LATEST, Generation
from avsctl.core.operator_names import OperatorName, resolve_operators
from avsctl.core.operators import L2Operator, active_operators
from avsctl.core.proposal_file import CODE, ProposalFile, parse_proposal_file, require_deployment
from avsctl.core.tasks import VOTING_POWER_SYNC, TaskDefinition, find_eligible
from avsctl.core.units import Address, OperatorId, TaskDefinitionId
from avsctl.errors import ConfigError, GenerationError, UsageError
from avsctl.output.destinations import parse_file, require_unread
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.chain.endpoint import Endpoint
    from avsctl.commands.connection import Connection
    from avsctl.devnet.keys import Keys
    from avsctl.output.landing import PowerChanged, TotalChanged

LOCAL_HOSTS: Final = ("127.0.0.1", "localhost")
NOT_A_DEVNET: Final = "not_a_devnet"
_ONLY_DEVNETS: Final = "avsctl devnet attest signs for a devnet of avsctl devnet up alone, on this machine"


@dataclass(frozen=True)
class _State:
    """What a task can change."""

    operators: tuple[L2Operator, ...]
    definitions: tuple[TaskDefinition, ...]
    totals: dict[TaskDefinitionId | None, int]
    """Stored totals in raw units, that of all operators under None."""


@dataclass(frozen=True)
class _Signers:
    """Whose keys are used."""

    attester_ids: tuple[OperatorId, ...]
    performer: L2Operator
    keys: "dict[Address, Keys]"


@with_common()
def attest(
    common: Common,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A proposal, as attest propose --out writes it.")],
    *,
    attesters: Annotated[
        str | None,
        typer.Option("--attesters", metavar="ID,...", help="Who signs; else all that may, up to the maximum."),
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Let them vote against it.")] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The seed that devnet up was given.")] = 1,
) -> Result:
    """Sign a proposal with a devnet's own keys, and land it there."""
    from avsctl.commands.connection import L2_ALONE, connect, wall_time
    from avsctl.contracts.submit_task import Task
    from avsctl.devnet.attest import Desk, Vote, land
    from avsctl.output.landing import LandingAnswer, present_landing

    names = None if attesters is None else parse_operators(attesters)
    require_unread(common.destinations, (file,))
    proposal, shown = _read_file(file)
    _require_head(common)
    url = _require_local(common)
    with connect(common, L2_ALONE) as connection:
        _require_devnet(connection, proposal, shown)
        before = _read_state(connection)
        signers = _find_signers(connection, before, proposal.task_definition_id, names, seed)
    vote = Vote(signers.attester_ids, not reject)
    desk = Desk(url, proposal.l2_chain_id, connection.discovery.attestation_center, signers.keys)
    performer = signers.performer.address
    task = Task(proposal.proof_of_task, proposal.data, performer, proposal.task_definition_id)
    landing = land(desk, task, vote, performer)
    with connect(replace(common, l2_block=landing.block_number), L2_ALONE) as later:
        after = _read_state(later)
    answer = LandingAnswer(
        deployment=connection.deployment,
        l2=connection.l2.block,
        task_definition_id=proposal.task_definition_id,
        proof_of_task=proposal.proof_of_task,
        is_approved=vote.is_approved,
        attester_ids=vote.attester_ids,
        performer_id=signers.performer.operator_id,
        transaction_hash=landing.transaction_hash,
        block_number=landing.block_number,
        gas_used=landing.gas_used,
        task_number=landing.outcome.task_number if landing.outcome else None,
        revert=landing.revert,
        powers=tuple(_changed_powers(before, after)),
        totals=tuple(_changed_totals(before, after)),
    )
    return present_landing(answer, wall_time())


def _read_file(text: str) -> tuple[ProposalFile, str]:
    """Read the proposal, and give the name that messages call it by."""
    from avsctl.config.text_file import read_text

    path = parse_file(text, "FILE")
    content = read_text(path, str(path), CODE)
    if content is None:
        raise ConfigError(f"there is no file {path}", "avsctl attest propose --out FILE makes one", CODE)
    return parse_proposal_file(content, str(path)), str(path)


def _require_head(common: Common) -> None:
    if common.l2_block != LATEST:
        raise UsageError("--l2-block is not for what lands a task: it lands at the head", "leave the option out")


def _require_local(common: Common) -> str:
    """Give the URL of the L2's node; refuses one that is not on this machine before anything is asked of it."""
    from avsctl.commands.connection import L2_ALONE, read_settings

    endpoints = read_settings(common, needs=L2_ALONE).l2.endpoints
    for endpoint in endpoints:
        if not _is_local(endpoint):
            raise ConfigError(f"L2_RPC ({endpoint.masked}) is no node at 127.0.0.1", _ONLY_DEVNETS, NOT_A_DEVNET)
    return endpoints[0].request_url


def _is_local(endpoint: "Endpoint") -> bool:
    parts = urlsplit(endpoint.url)
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
    return is_bare and parts.hostname in LOCAL_HOSTS


def _require_devnet(connection: "Connection", proposal: ProposalFile, shown: str) -> None:
    from avsctl.devnet.launch import L1_CHAIN_ID, L2_CHAIN_ID

    chain_id = connection.l2.block.chain_id
    if chain_id != L2_CHAIN_ID:
        raise ConfigError(f"L2_RPC is on chain {chain_id}, a devnet's on {L2_CHAIN_ID}", _ONLY_DEVNETS, NOT_A_DEVNET)
    require_deployment(proposal, replace(connection.deployment, l1_chain_id=L1_CHAIN_ID), shown)


def _read_state(connection: "Connection") -> _State:
    from avsctl.chain.background import side_by_side
    from avsctl.chain.queries.operators import load_l2_operators
    from avsctl.chain.queries.tasks import load_definitions

    reader, discovery = connection.l2, connection.discovery
    (operators, total), readings = side_by_side(
        lambda: load_l2_operators(reader, discovery), lambda: load_definitions(reader, discovery)
    )
    totals: dict[TaskDefinitionId | None, int] = {
        each.definition.task_definition_id: each.own_total for each in readings if each.definition.has_own_total
    }
    return _State(operators, tuple(each.definition for each in readings), {None: total, **totals})


def _find_signers(
    connection: "Connection",
    state: _State,
    task_definition_id: TaskDefinitionId,
    names: Sequence[OperatorName] | None,
    seed: int,
) -> _Signers:
    """Choose attesters and performer, and find their keys.

    Raises:
        UsageError: no such operator or definition.
        GenerationError: no such definition in this generation.
        ConfigError: the keys of the seed are not those registered.
    """
    from avsctl.devnet.keys import find_keys

    definition = _find_definition(state, connection.discovery.generation, task_definition_id)
    attesters = _choose(definition, state) if names is None else _pick(names, state)
    addresses = {operator.address for operator in state.operators}
    keys = find_keys(seed, addresses, 2 * len(state.operators))
    _require_keys(connection, attesters, keys, seed)
    performers = [each for each in active_operators(state.operators) if each.address in keys]
    if not performers:
        raise _no_such_devnet(seed, "none of its active operators has a key of this seed")
    return _Signers(tuple(each.operator_id for each in attesters), performers[0], keys)


def _find_definition(state: _State, generation: Generation, task_definition_id: TaskDefinitionId) -> TaskDefinition:
    """Give a definition; V1 takes tasks of 0, which binds nobody, without having one."""
    if generation is Generation.V1 and task_definition_id == 0:
        return TaskDefinition(task_definition_id, 0, ())
    found = next((each for each in state.definitions if each.task_definition_id == task_definition_id), None)
    if found is not None:
        return found
    if generation is Generation.V1 and task_definition_id >= VOTING_POWER_SYNC:
        raise GenerationError(f"v1 has no task definition {task_definition_id}", "v2 and v3 have it")
    raise UsageError(f"there is no task definition {task_definition_id}", "avsctl task list names them all")


def _choose(definition: TaskDefinition, state: _State) -> list[L2Operator]:
    """Give all that may attest a definition, by id; where it has a maximum, so many of the strongest."""
    eligible = find_eligible(definition, state.operators)
    most = definition.maximum_number_of_attesters or len(eligible)
    return sorted(eligible[:most], key=lambda operator: operator.operator_id)


def _pick(names: Sequence[OperatorName], state: _State) -> list[L2Operator]:
    """Give the operators named, by id, whether or not they may attest: the contract is to say what it makes of them."""
    by_id = {operator.operator_id: operator for operator in state.operators}
    ids = resolve_operators(names, state.operators)
    for operator_id in ids:
        if operator_id not in by_id:
            raise UsageError(f"there is no operator {operator_id}", "avsctl operator list names them all")
    return [by_id[operator_id] for operator_id in ids]


def _require_keys(
    connection: "Connection", attesters: Sequence[L2Operator], keys: "dict[Address, Keys]", seed: int
) -> None:
    """Refuse attesters whose address, or whose BLS key where the generation tells it, is not one of the seed's."""
    from avsctl.contracts.obls import Obls

    for each in attesters:
        if each.address not in keys:
            raise _no_such_devnet(seed, f"operator {each.operator_id} is {each.address}, which has no key of this seed")
    discovery = connection.discovery
    if discovery.generation is Generation.V1:
        return
    obls = Obls(discovery.obls, discovery.generation)
    registered = connection.l2.require([obls.bls_key(each.operator_id) for each in attesters])
    for each, key in zip(attesters, registered, strict=True):
        if tuple(key) != keys[each.address].bls_key:
            raise _no_such_devnet(seed, f"operator {each.operator_id} has registered another BLS key")


def _no_such_devnet(seed: int, why: str) -> ConfigError:
    return ConfigError(
        f"this is no devnet of avsctl's with seed {seed}: {why}",
        "give the --seed that devnet up was given, or --attesters whose keys follow from it",
        NOT_A_DEVNET,
    )


def _changed_powers(before: _State, after: _State) -> "Iterator[PowerChanged]":
    from avsctl.output.landing import PowerChanged

    for old, new in zip(before.operators, after.operators, strict=False):
        if old.voting_power != new.voting_power:
            yield PowerChanged(old.operator_id, old.address, old.voting_power, new.voting_power)


def _changed_totals(before: _State, after: _State) -> "Iterator[TotalChanged]":
    from avsctl.output.landing import TotalChanged

    for task_definition_id, old in before.totals.items():
        new = after.totals.get(task_definition_id, old)
        if old != new:
            yield TotalChanged(task_definition_id, old, new)
