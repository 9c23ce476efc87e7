"""Both layers of a deployment, opened side by side: the right chains, one block each, the contracts in their place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final, Self

from avsctl.chain.agreement import agree
from avsctl.chain.background import side_by_side
from avsctl.chain.blocks import format_tag, parse_block
from avsctl.chain.chunks import Route
from avsctl.chain.cross_check import HINT
from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    Request,
    execution_revert,
    is_data,
    is_refusal,
    is_unknown_block,
    parse_bytes,
    parse_quantity,
)
from avsctl.chain.reader import BlockReader
from avsctl.chain.rpc import Rpc
from avsctl.contracts import multicall3
from avsctl.contracts.call import Call
from avsctl.core.chains import chain_name
from avsctl.core.deployment import LATEST, BlockRef, BlockTag, Layer
from avsctl.core.units import Address
from avsctl.errors import (
    AnswerError,
    AvsctlError,
    ChainError,
    ConfigError,
    ConfigProblems,
    EndpointError,
    EndpointsDifferError,
    Problem,
)

LAG_TRIES: Final = 5
LAG_PAUSE_S: Final = 1.0
"""An endpoint that lacks a block that the one beside it has may get it within seconds."""

_CONFIRMATIONS: Final = 4
"""How often an endpoint has to say that there is no code."""
_IN_FUTURE: Final = "block_in_future"
_LACKING: Final = frozenset({_IN_FUTURE, ChainError.code})
_WRONG_CHAIN: Final = "wrong_chain"
_OF_CONTRACT: Final = frozenset({"no_code", "wrong_contract"})


@dataclass(frozen=True)
class Target:
    """What is to be opened on one layer, and what it has to be."""

    rpc: Rpc
    tag: BlockTag
    expected_chain_id: int | None
    expected_from: str
    """Which setting says so and where it stands, for messages."""
    contract: Address
    contract_setting: str
    """Name of the setting, for messages."""
    probes: tuple[Call[Any], ...]
    """Calls that only the right contract answers, the first one always; asked at the tag, not yet pinned."""
    other: Rpc | None = None
    """The endpoint that every answer is compared with; None where each is taken from one endpoint alone."""
    guesses: tuple[Call[Any], ...] = ()
    """Calls asked beside the probes, on whose answers nothing depends but what is read ahead."""

    @property
    def layer(self) -> Layer:
        """The layer it is on."""
        return self.rpc.layer


@dataclass(frozen=True)
class OpenLayer:
    """One layer, ready to be read at its block."""

    reader: BlockReader
    hints: tuple[bytes | None, ...]
    """What the probes answered at the tag, None for a revert: good for guesses, to be confirmed at the block."""
    guesses: tuple[bytes | None, ...] = ()
    """What the guesses answered there; None where they did not."""


_Attempt = OpenLayer | AvsctlError


@dataclass(frozen=True)
class Layers:
    """The layers of one deployment, each at one block."""

    l1: OpenLayer | None
    l2: OpenLayer

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End what is still being read in the background."""
        for layer in (self.l1, self.l2):
            if layer is not None:
                layer.reader.close()

    def check_blocks(self) -> None:
        """Check at the end that the blocks read are still the same; raises BlockError."""
        for layer in (self.l1, self.l2):
            if layer is not None:
                layer.reader.check_block()
                if layer.reader.rpc.check is not None:
                    layer.reader.rpc.check.settle()


def open_layers(l1: Target | None, l2: Target) -> Layers:
    """Ask both layers for chain, block and contract in one request each, and check what they are.

    Raises:
        ConfigProblems: another chain than expected, a block that is not there yet, no code or another contract at an
            address; all of them in one.
        ChainError: a layer could not be read.
    """
    if l1 is None:
        return Layers(None, _open_or_raise([_attempt(l2)], (l2,))[0])
    first, second = side_by_side(lambda: _attempt(l1), lambda: _attempt(l2))
    opened = _open_or_raise([first, second], (l1, l2))
    return Layers(opened[0], opened[1])


def _attempt(target: Target) -> _Attempt:
    try:
        return _open_layer(target) if target.other is None else _open_both(target, target.other)
    except AvsctlError as error:
        return error


def _open_both(target: Target, other: Rpc) -> OpenLayer:
    """Open a layer at two endpoints, at a block that both have."""
    alone, beside = replace(target, other=None), replace(target, rpc=other, other=None)
    mine, theirs = side_by_side(lambda: _attempt(alone), lambda: _attempt(beside))
    if isinstance(mine, AvsctlError) or isinstance(theirs, AvsctlError):
        mine, theirs = _catch_up(alone, mine, theirs), _catch_up(beside, theirs, mine)
    if isinstance(mine, AvsctlError):
        raise mine if isinstance(theirs, AvsctlError) else _explain_alone(alone, mine, other)
    if isinstance(theirs, AvsctlError):
        raise _explain_alone(beside, theirs, target.rpc)
    block = agree(target.rpc, other, (mine.reader.block, theirs.reader.block))
    return replace(mine, reader=replace(mine.reader, block=block))


def _catch_up(target: Target, mine: _Attempt, theirs: _Attempt) -> _Attempt:
    """Give an endpoint a little time for a block that it lacks and the other one has."""
    deadline = target.rpc.deadline
    for _ in range(LAG_TRIES if isinstance(theirs, OpenLayer) else 0):
        lacks_block = isinstance(mine, AvsctlError) and mine.problems[0].code in _LACKING
        if not lacks_block or deadline.remaining() <= LAG_PAUSE_S:
            break
        deadline.clock.sleep(LAG_PAUSE_S)
        mine = _attempt(target)
    return mine


def _explain_alone(target: Target, error: AvsctlError, other: Rpc) -> AvsctlError:
    """Say what it means that one endpoint fails where the other one does not."""
    name, problem = target.rpc.name(), error.problems[0]
    if problem.code == _IN_FUTURE:
        text = f"{name} does not have block {target.tag} yet, which {other.name()} has"
        return ChainError(text, "try again, or give another endpoint to cross-check with")
    if problem.code in _OF_CONTRACT:
        text = f"two endpoints differ: {name} says that {problem.message}; {other.name()} says otherwise"
        return EndpointsDifferError(text, HINT)
    if problem.code == _WRONG_CHAIN and isinstance(error, ConfigError):
        return ConfigError(f"{problem.message}; {other.name()} is on it", problem.hint, problem.code)
    return error


def _open_or_raise(attempts: Sequence[_Attempt], targets: Sequence[Target]) -> list[OpenLayer]:
    problems = [p for a in attempts if isinstance(a, ConfigError) for p in a.problems]
    if problems:
        raise ConfigProblems([*problems, *_swap_hint(targets)])
    for attempt in attempts:
        if isinstance(attempt, AvsctlError):
            raise attempt
    return [attempt for attempt in attempts if isinstance(attempt, OpenLayer)]


def _swap_hint(targets: Sequence[Target]) -> list[Problem]:
    """Say so when each endpoint is on the chain that the other one should be on."""
    found = [target.rpc.chain_id for target in targets]
    expected = [target.expected_chain_id for target in targets]
    if len(targets) == 2 and None not in found and found == expected[::-1] and found[0] != found[1]:
        return [Problem("swapped_layers", "each endpoint is on the other layer's chain", "exchange L1_RPC and L2_RPC")]
    return []


def _open_layer(target: Target) -> OpenLayer:
    tag = format_tag(target.tag)
    requests = [
        Request("eth_chainId"),
        Request("eth_getBlockByNumber", (tag, False)),
        Request("eth_getCode", (multicall3.ADDRESS, tag)),
        *(_probe(probe, tag, is_data) for probe in target.probes),
    ]
    chain_id, header, code, *probed = _send_with_guesses(target, requests, tag)
    probed, guessed = probed[: len(target.probes)], probed[len(target.probes) :]
    _check_chain(target, chain_id)
    block = _read_block(target, header)
    route = Route.LENS if isinstance(code, NodeFailure) or code == "0x" else Route.MULTICALL3
    hints = tuple(_read_hint(target, probe, reply) for probe, reply in zip(target.probes, probed, strict=True))
    if hints[0] == b"" and not _has_code(target, block):
        raise _no_code(target, block)
    if hints[0] == b"":
        hints = (_ask_again(target, block), *hints[1:])
    if not hints[0]:
        raise _wrong_contract(target, block)
    return OpenLayer(BlockReader(target.rpc, block, route), hints, tuple(map(_read_guess, guessed)))


def _send_with_guesses(target: Target, requests: Sequence[Request], tag: str) -> list[Reply]:
    """Ask the guesses beside the requests, and the requests alone where an endpoint answers, but not to those."""
    guesses = [_probe(guess, tag, None, is_guess=True) for guess in target.guesses]
    try:
        return target.rpc.send([*requests, *guesses], _may_pass)
    except EndpointError:
        if not guesses or not any(line.has_answered for line in target.rpc.lines):
            raise
        return target.rpc.send(requests, _may_pass)


def _probe(probe: Call[Any], tag: str, accepts: Callable[[Reply], bool] | None, *, is_guess: bool = False) -> Request:
    recipient = {"to": probe.to} if probe.to else {}
    return Request("eth_call", ({**recipient, "data": "0x" + probe.data.hex()}, tag), accepts, is_guess)


def _ask_again(target: Target, block: BlockRef) -> bytes | None:
    """Ask for what the contract must answer when it gave nothing; where there is code, nothing may be a fault."""
    request = _probe(target.probes[0], hex(block.number), lambda reply: is_data(reply) and reply != "0x")
    return _read_hint(target, target.probes[0], target.rpc.send([request], _may_pass)[0])


def _may_pass(reply: Reply) -> bool:
    """Whether a node's error may pass; what it does not have or does not know is judged by what was asked for."""
    if not isinstance(reply, NodeFailure) or is_unknown_block(reply) or is_refusal(reply):
        return False
    return execution_revert(reply) is None


def _check_chain(target: Target, reply: Reply) -> None:
    chain_id = target.rpc.read("eth_chainId", reply, lambda value: parse_quantity(value, "the chain id"))
    target.rpc.establish(chain_id)
    expected = target.expected_chain_id
    if expected is not None and chain_id != expected:
        layer = target.layer.upper()
        raise ConfigError(
            f"{layer}_RPC ({target.rpc.endpoint.masked}) is on {chain_name(chain_id)};"
            f" {chain_name(expected)} was expected ({target.expected_from})",
            f"correct {layer}_RPC, or what names the chain",
            code=_WRONG_CHAIN,
        )


def _read_block(target: Target, reply: Reply) -> BlockRef:
    rpc, method = target.rpc, f"eth_getBlockByNumber({target.tag})"
    if reply is None or isinstance(reply, NodeFailure):
        if isinstance(target.tag, int):
            raise _missing_height(target, target.tag)
        if target.tag != LATEST and (reply is None or is_unknown_block(reply) or is_refusal(reply)):
            raise ConfigError(
                f"{rpc.name()} does not know the block {target.tag}",
                f"use --{target.layer}-block latest, or an endpoint that knows {target.tag}",
                code="unknown_tag",
            )
    block = rpc.read(method, reply, lambda header: parse_block(header, rpc.chain_id or 0))
    if isinstance(target.tag, int) and block.number != target.tag:
        raise AnswerError(f"{rpc.name()} answered {method} with block {block.number}", "use another endpoint")
    return block


def _missing_height(target: Target, height: int) -> AvsctlError:
    option = f"--{target.layer}-block"
    (reply,) = target.rpc.send([Request("eth_blockNumber")])
    head = target.rpc.read("eth_blockNumber", reply, lambda value: parse_quantity(value, "the block number"))
    if height > head:
        return ConfigError(
            f"{option} {height} is in the future: {target.layer.upper()} is at block {head}",
            f"give a block up to {head}, or latest, safe or finalized",
            code=_IN_FUTURE,
        )
    return ChainError(
        f"{target.rpc.name()} does not have block {height} (eth_getBlockByNumber)",
        f"use {option} latest, or an endpoint that has it",
    )


def _read_hint(target: Target, probe: Call[Any], reply: Reply) -> bytes | None:
    if isinstance(reply, NodeFailure):
        if execution_revert(reply) is None:
            target.rpc.require(f"{probe.label} (eth_call)", reply)
        return None
    return target.rpc.read("eth_call", reply, lambda value: parse_bytes(value, f"the answer to {probe.label}"))


def _read_guess(reply: Reply) -> bytes | None:
    return bytes.fromhex(reply[2:]) if is_data(reply) else None


def _has_code(target: Target, block: BlockRef) -> bool:
    """Ask for the code of the contract; that there is none is believed when it is said again and again."""
    request = Request("eth_getCode", (target.contract, hex(block.number)))
    replies = (target.rpc.send([request])[0] for _ in range(_CONFIRMATIONS))
    return any(target.rpc.read("eth_getCode", reply, lambda value: parse_bytes(value, "the code")) for reply in replies)


def _wrong_contract(target: Target, block: BlockRef) -> ConfigError:
    asked, _, _ = target.probes[0].label.partition(" (")
    return ConfigError(
        f"{_name_contract(target)} is another contract: it does not answer {asked} on {_name_place(target, block)}",
        f"see that {target.contract_setting} is the {asked.partition('.')[0]} of the AVS",
        code="wrong_contract",
    )


def _no_code(target: Target, block: BlockRef) -> ConfigError:
    hint = f"see that {target.contract_setting} is right and that {target.layer.upper()}_RPC is on its chain"
    if target.tag != LATEST:
        hint += f", or give a --{target.layer}-block at which it was deployed"
    return ConfigError(
        f"{_name_contract(target)} has no code on {_name_place(target, block)}",
        hint,
        code="no_code",
    )


def _name_contract(target: Target) -> str:
    return f"{target.contract_setting} {target.contract}"


def _name_place(target: Target, block: BlockRef) -> str:
    return f"{target.layer.upper()}, {chain_name(block.chain_id)}, at block {block.number}"
