"""What runs at the address of the AttestationCenter: the generation, found by probing, and its neighbours."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Final

from avsctl.chain.layers import OpenLayer
from avsctl.chain.reader import BlockReader
from avsctl.contracts import lens
from avsctl.contracts.abi import load_function
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.internal_task_handler import InternalTaskHandler
from avsctl.contracts.scout import decode_scouted, scout
from avsctl.contracts.words import decode_address
from avsctl.core.deployment import Generation
from avsctl.core.units import Address, OperatorId
from avsctl.errors import AnswerError, ConfigError

MOST_OPERATORS: Final = 1_000_000
"""More ids than this are taken for a wrong answer."""
MOST_GUESSED: Final = 20_000
"""More ids are asked for only once the block that is read has them."""
_CONFIRMATIONS: Final = 3
"""How often an answer that cannot be is asked for again."""
_TELLING: Final = 4
"""So many of the first probes tell the generation."""


@dataclass(frozen=True)
class Discovery:
    """What one round of probes says of a deployment's L2."""

    generation: Generation
    attestation_center: AttestationCenter
    obls: Address
    internal_task_handler: Address | None
    task_definitions: int
    """The highest id that governance has made."""
    evm_block_number: int
    """The height that contracts see at the pinned block."""
    operator_addresses: tuple[Address, ...]
    """The address of each id from 1 to the highest, dead ones too."""
    last_commit: tuple[int, int] | None
    """Up to which L1 and L2 blocks the last 10001 sync read (V2, V3)."""

    @property
    def total_operators(self) -> int:
        """The highest operator id ever given."""
        return len(self.operator_addresses)


def l1_probes(avs_governance: Address) -> tuple[Call[Any], ...]:
    """Give the calls that tell an AvsGovernance, the same in all generations."""
    return (load_function("AvsGovernance", Generation.V1, "minVotingPower").call(avs_governance, gas=15_000).raw(),)


def l2_probes(attestation_center: Address) -> tuple[Call[Any], ...]:
    """Give the calls that tell an AttestationCenter, its handler from V2 on, and how many operators to ask for."""
    v1, v2 = (AttestationCenter(attestation_center, generation) for generation in (Generation.V1, Generation.V2))
    return v1.obls().raw(), v2.internal_task_handler().raw(), v1.num_of_total_operators().raw()


def l2_guesses(attestation_center: Address) -> tuple[Call[Any], ...]:
    """Give the calls that ``guess`` reads the answers of."""
    return scout(attestation_center), _probe(attestation_center, Generation.V3, "getTaskDefinitionDetails", 0)


@dataclass(frozen=True)
class Guess:
    """What a deployment probably is: good for reading ahead, and for nothing else."""

    generation: Generation
    """V2 stands for V1, too."""
    obls: Address
    operators: tuple[Address, ...]
    """Of each id, in lower case."""
    last_commit_l2: int
    """The L2 block that the last sync names; 0 where none did."""


def guess(layer: OpenLayer) -> Guess | None:
    """Read what the guesses answered; None where they tell too little."""
    obls, count = _guess_address(layer.hints[0]), _guess_count(layer.hints[2])
    scouted, details = layer.guesses or (None, None)
    try:
        found = None if scouted is None else decode_scouted(scouted)
    except AnswerError:
        return None
    if found is None or obls is None or len(found.accounts) != count:
        return None
    generation = Generation.V3 if details else Generation.V2
    return Guess(generation, obls, tuple(Address(f"0x{each.hex()}") for each in found.accounts), found.last_commit_l2)


def discover(layer: OpenLayer, address: Address, ahead: Sequence[Call[bytes]] = ()) -> Discovery:
    """Find out what runs at ``address``, in one round at the pinned block.

    Args:
        layer: where.
        address: of the AttestationCenter.
        ahead: calls to read in the same round, for whoever asks for them next.

    Raises:
        ConfigError: it answers as no known generation does.
    """
    probes = _Probes(address, _guess_address(layer.hints[1]), _guess_count(layer.hints[2]))
    getters = len(probes.calls) - probes.operators
    raw = [_raw(call) for call in probes.calls[:getters]]
    outcomes = layer.reader.read_with([*raw, *probes.calls[getters:]], ahead)
    outcomes[:getters] = _confirm(layer.reader, raw, outcomes[:getters])
    generation = _tell_generation(outcomes)
    if generation is None:
        raise ConfigError(
            f"ATTESTATION_CENTER_ADDRESS {address} answers as no known generation of AttestationCenter does",
            "see that it is the proxy of the AttestationCenter on L2",
            code="unknown_generation",
        )
    return probes.join(layer.reader, generation, outcomes)


def _confirm(reader: BlockReader, calls: list[Call[bytes]], outcomes: list[Outcome[Any]]) -> list[Outcome[Any]]:
    """Ask again what no known contract answers: nothing, and as V3 and V2 at once.

    What is nothing may be a getter that is absent, once the others tell a generation.
    """
    for _ in range(_CONFIRMATIONS):
        odd = [at for at, each in enumerate(outcomes) if isinstance(each, Answer) and not each.value]
        if _answers(outcomes[0]) and _answers(outcomes[2]):
            odd = [0, *odd]
        elif _is_told(outcomes):
            odd = [at for at in odd if at >= _TELLING]
        if not odd:
            break
        again = reader.read([calls[at] for at in odd])
        outcomes = [again[odd.index(at)] if at in odd else each for at, each in enumerate(outcomes)]
    return _insist(reader, calls, outcomes)


def _insist(reader: BlockReader, calls: list[Call[bytes]], outcomes: list[Outcome[Any]]) -> list[Outcome[Any]]:
    """Ask one endpoint after another for what is nothing while the rest tells no generation."""
    found = list(outcomes)
    for at, (call, outcome) in enumerate(zip(calls[:_TELLING], outcomes, strict=False)):
        if isinstance(outcome, Answer) and not outcome.value and not _is_told(found):
            with suppress(AnswerError):
                (found[at],) = reader.read([replace(call, decode=partial(_take_some_words, call.label))])
    return found


@dataclass(frozen=True)
class _Probes:
    """The calls of the discovery round; the first four tell the generation, alone: failures mean something.

    Their answers are taken as bytes and read once the generation is known: what it does not have answers anything, and
    so does a handler that was guessed wrongly.
    """

    address: Address
    handler: Address | None
    operators: int
    """How many ids the contract had a moment ago."""

    @cached_property
    def calls(self) -> list[Call[Any]]:
        v1 = AttestationCenter(self.address, Generation.V1)
        task = InternalTaskHandler(self.handler, Generation.V2) if self.handler else None
        return [
            _probe(self.address, Generation.V3, "getTaskDefinitionDetails", 0),
            _probe(self.address, Generation.V2, "internalTaskHandler"),
            _probe(self.address, Generation.V2, "getTaskDefinitionRestrictedAttesters", 0),
            _probe(self.address, Generation.V1, "getTaskDefinitionRestrictedOperators", 1),
            lens.evm_block_number(),
            v1.obls(),
            v1.num_of_total_operators(),
            v1.num_of_task_definitions(),
            *((task.last_commit_block_l1(), task.last_commit_block_l2()) if task else ()),
            *_address_calls(v1, range(1, self.operators + 1)),
        ]

    def join(self, reader: BlockReader, generation: Generation, outcomes: list[Outcome[Any]]) -> Discovery:
        """Read the answers of ``calls``, now that the generation is known."""
        center = AttestationCenter(self.address, generation)
        handler = _address(reader, outcomes[1]) if generation is not Generation.V1 else None
        calls = self.calls
        evm, obls, operators, definitions = (_decode(reader, calls[i], outcomes[i]) for i in range(4, 8))
        if operators > MOST_OPERATORS:
            raise AnswerError(
                f"AttestationCenter {self.address} counts {operators} operators, which cannot be",
                "see that it is the proxy of the AttestationCenter on L2",
            )
        return Discovery(
            generation,
            center,
            obls,
            handler,
            definitions,
            evm,
            self._addresses(reader, center, operators, outcomes),
            self._last_commit(reader, generation, handler, outcomes[8:10]),
        )

    def _addresses(
        self, reader: BlockReader, center: AttestationCenter, operators: int, outcomes: list[Outcome[Any]]
    ) -> tuple[Address, ...]:
        """Read the addresses that were asked for, and ask for those of ids that are newer than the guess."""
        known = min(operators, self.operators)
        first = len(outcomes) - self.operators
        calls = _address_calls(center, range(1, known + 1))
        addresses = [reader.value(call, outcomes[first + at]) for at, call in enumerate(calls)]
        late = reader.require(_address_calls(center, range(known + 1, operators + 1)))
        return (*addresses, *late)

    def _last_commit(
        self, reader: BlockReader, generation: Generation, handler: Address | None, outcomes: list[Outcome[Any]]
    ) -> tuple[int, int] | None:
        if handler is None:
            return None
        task = InternalTaskHandler(handler, generation)
        calls = [task.last_commit_block_l1(), task.last_commit_block_l2()]
        if handler == self.handler:
            l1, l2 = (_decode(reader, call, outcome) for call, outcome in zip(calls, outcomes, strict=True))
        else:
            l1, l2 = reader.require(calls)
        return l1, l2


def _probe(center: Address, generation: Generation, name: str, *args: object) -> Call[Any]:
    return load_function("AttestationCenter", generation, name).call(center, *args, gas=60_000, alone=True)


def _address_calls(center: AttestationCenter, ids: range) -> list[Call[Address]]:
    return [center.operator_address(OperatorId(operator_id)) for operator_id in ids]


def _raw(call: Call[Any]) -> Call[bytes]:
    """Ask the same and take the words as they come, or none."""
    return replace(call.raw(), decode=partial(_take_words, call.label))


def _take_words(label: str, data: bytes) -> bytes:
    if len(data) % 32:
        raise AnswerError(f"{label} gave an answer of another shape: {len(data)} bytes", "use another endpoint")
    return data


def _take_some_words(label: str, data: bytes) -> bytes:
    if not data:
        raise AnswerError(f"{label} gave nothing", "use another endpoint")
    return _take_words(label, data)


def _decode(reader: BlockReader, call: Call[Any], outcome: Outcome[Any]) -> Any:  # noqa: ANN401 - the ABI decides
    return reader.decode(call, reader.value(call, outcome))


def _tell_generation(outcomes: list[Outcome[Any]]) -> Generation | None:
    """Tell the generation by the getters that are there: others fall through to an empty revert or success."""
    details, handler, attesters, operators = map(_answers, outcomes[:_TELLING])
    if details:
        return Generation.V3
    if handler and attesters:
        return Generation.V2
    return Generation.V1 if operators and not handler and not attesters else None


def _is_told(outcomes: list[Outcome[Any]]) -> bool:
    """Whether the getters that a generation has are there; what fails to answer hides one, and invents none."""
    generation = _tell_generation(outcomes)
    return generation is Generation.V1 or (generation is not None and _answers(outcomes[1]))


def _answers(outcome: Outcome[Any]) -> bool:
    """Whether a getter is there: it returned something, or reverted with an error of its own."""
    if isinstance(outcome, Reverted):
        return outcome.revert.name == "TaskDefinitionNotFound"
    return bool(outcome.value)


def _guess_address(hint: bytes | None) -> Address | None:
    try:
        return Address(decode_address(hint)) if hint is not None and len(hint) == 32 else None
    except ValueError:
        return None


def _guess_count(hint: bytes | None) -> int:
    """Read how many ids to ask for; what cannot be right asks for none, and what is much for few."""
    count = int.from_bytes(hint) if hint is not None and len(hint) == 32 else 0
    return min(count, MOST_GUESSED) if count <= MOST_OPERATORS else 0


def _address(reader: BlockReader, outcome: Outcome[Any]) -> Address:
    handler = None if isinstance(outcome, Reverted) else _guess_address(outcome.value)
    if handler is None:
        raise AnswerError(
            "AttestationCenter.internalTaskHandler() gave an answer of another shape,"
            f" as {reader.rpc.name()} has it (eth_call)",
            "the address may belong to another contract, or the endpoint is at fault",
        )
    return handler
