"""The settings of one layer: its endpoints, the chain that it must be, and the contract that stands on it."""

from dataclasses import dataclass

from avsctl.chain.endpoint import EXPECTED_URL, Endpoint
from avsctl.config.addresses import Located, find_chain_in_state, find_in_state, read_item, read_setting
from avsctl.config.env_file import Found
from avsctl.config.items import Choice, Item, Items, find_items, list_chains, read_chains, try_chains
from avsctl.config.settings import L2_NAMES, ChainSettings, LayerNames, SettingSource
from avsctl.config.sources import Gathered, Sources, malformed, read_as
from avsctl.core.chains import chain_name
from avsctl.errors import ConfigError


@dataclass(frozen=True)
class LayerSettings:
    """What is set of a layer; None where it is absent or wrong."""

    chain: ChainSettings | None = None
    contract: Located | None = None
    choice: Choice | None = None
    """The chain that a setting names."""
    is_settled: bool = True
    """Whether the settings agree on that chain."""


def load_layer(sources: Sources, names: LayerNames, gathered: Gathered, *, is_required: bool) -> LayerSettings:
    """Load a layer, going on after a problem to meet the others.

    One that is not required may lack its endpoints, its contract, or both; without endpoints the state file is not
    asked for it.
    """
    rpc = gathered.attempt(find_items, sources, names.rpc)
    contract = gathered.attempt(find_items, sources, names.contract)
    has_rpc = sources.find(names.rpc) is not None
    if not is_required and not has_rpc and contract is None:
        return LayerSettings()
    if is_required and not has_rpc:
        gathered.add(sources.missing(names.rpc, EXPECTED_URL))
    try:
        choice = choose_chain(sources, names, rpc, contract)
    except ConfigError as error:
        gathered.add(error)
        _check_every_item(rpc, contract, gathered)
        return LayerSettings(is_settled=False)
    located = gathered.attempt(_locate, sources, names, contract, choice, is_required=is_required)
    if rpc is None:
        return LayerSettings(None, located, choice)
    endpoints = gathered.attempt(_read_endpoints, rpc, choice, gathered) or ()
    expected = gathered.attempt(_expect_chain, sources, names, choice, located)
    return LayerSettings(_build_chain(rpc, endpoints, expected), located, choice)


def choose_chain(sources: Sources, names: LayerNames, rpc: Items | None, contract: Items | None) -> Choice | None:
    """Say which chain is meant: by L1_CHAIN or L2_CHAIN, else by what stands before an ``@``; None: nothing says.

    Chains in the endpoints that an option gives outrank an L2_CHAIN that no option gives.

    Raises:
        ConfigError: several are named, or ``--l2-chain`` is none of those that L2_CHAIN names.
    """
    outranked = (
        rpc is not None and rpc.chain_ids and sources.is_option(names.rpc) and not sources.is_option(names.chain)
    )
    named = None if outranked else sources.find(names.chain)
    if named:
        choice = _choose_one(names, named, read_chains(named))
        _require_known(sources, names, choice)
        return choice
    labelled = next((items for items in (rpc, contract) if items and items.chain_ids), None)
    return _choose_one(names, labelled.found, labelled.chain_ids) if labelled else None


def _choose_one(names: LayerNames, found: Found, chain_ids: tuple[int, ...]) -> Choice:
    if len(chain_ids) == 1:
        return Choice(chain_ids[0], found)
    raise ConfigError(
        f"{found.name} ({found.origin}) names several chains: {list_chains(chain_ids)}",
        "choose one with --l2-chain" if names is L2_NAMES else f"set {names.chain} to one of them",
        "ambiguous_chain",
    )


def _require_known(sources: Sources, names: LayerNames, choice: Choice) -> None:
    """Refuse an option that is none of the several chains that the endpoints below it are for."""
    below = sources.find_below_options(names.chain)
    if below is None or not sources.is_option(names.chain) or sources.is_option(names.rpc):
        return
    known = try_chains(below)
    if len(known) > 1 and choice.chain_id not in known:
        raise malformed(choice.found, f"expected one of {list_chains(known)}, as {below.name} ({below.origin}) has")


def _check_every_item(rpc: Items | None, contract: Items | None, gathered: Gathered) -> None:
    if rpc:
        _parse_endpoints(rpc, rpc.items, gathered)
    if contract:
        for item in contract.items:
            gathered.attempt(read_item, contract, item)


def _locate(
    sources: Sources, names: LayerNames, contract: Items | None, choice: Choice | None, *, is_required: bool
) -> Located | None:
    if contract:
        return read_setting(contract, choice)
    if sources.find(names.contract):
        return None
    located = find_in_state(sources, names, choice)
    if isinstance(located, Located):
        return located
    if is_required:
        raise sources.missing(names.contract, f"the address of {names.contract_title}", located)
    return None


def _read_endpoints(rpc: Items, choice: Choice | None, gathered: Gathered) -> tuple[Endpoint, ...]:
    return _parse_endpoints(rpc, rpc.pick(choice), gathered)


def _parse_endpoints(rpc: Items, items: tuple[Item, ...], gathered: Gathered) -> tuple[Endpoint, ...]:
    """Read endpoints, each once; what is wrong with one is gathered."""
    read = [gathered.attempt(read_as, Endpoint.parse, rpc.found, item.text, item.place) for item in items]
    return tuple(dict.fromkeys(endpoint for endpoint in read if endpoint))


def _expect_chain(
    sources: Sources, names: LayerNames, choice: Choice | None, located: Located | None
) -> tuple[int, SettingSource] | None:
    """Give the chain that the endpoints must be of, and what says so; None where nothing does."""
    if choice:
        found = choice.found
        origin = found.origin if found.name == names.chain else f"{found.origin}, {found.name}"
        return choice.chain_id, SettingSource(names.chain, chain_name(choice.chain_id), origin)
    if located is None:
        return None
    said = find_chain_in_state(sources.read_state(), names, located.address)
    return (said[0], SettingSource(names.chain, chain_name(said[0]), said[1])) if said else None


def _build_chain(
    rpc: Items, endpoints: tuple[Endpoint, ...], expected: tuple[int, SettingSource] | None
) -> ChainSettings:
    count = len(endpoints)
    sources = [
        SettingSource(rpc.found.name, endpoint.masked, rpc.found.origin + (f", {at} of {count}" if count > 1 else ""))
        for at, endpoint in enumerate(endpoints, 1)
    ]
    if expected is None:
        return ChainSettings(endpoints, None, tuple(sources))
    return ChainSettings(endpoints, expected[0], (*sources, expected[1]))
