"""The address of a contract, as a setting or the state file has it."""

from dataclasses import dataclass

from avsctl.config.env_file import Found
from avsctl.config.items import Choice, Item, Items
from avsctl.config.settings import LayerNames, SettingSource
from avsctl.config.sources import Sources, malformed, read_as
from avsctl.config.state_file import STATE_FILE, StateFile, select_layer
from avsctl.contracts.address import NATIVE_COIN, ZERO_ADDRESS, parse_address
from avsctl.core.units import Address
from avsctl.errors import ConfigError


@dataclass(frozen=True)
class Located:
    """An address, and where it came from."""

    address: Address
    source: SettingSource


def read_account(text: str) -> Address:
    """Read the address of an account that can hold code or a role; raises ConfigError for anything else."""
    address = parse_address(text)
    if address == ZERO_ADDRESS:
        raise ConfigError("expected an address other than the zero address")
    if address == NATIVE_COIN:
        raise ConfigError("expected an address other than 0xEeee.., which stands for the chain's own coin")
    return address


def read_item(items: Items, item: Item) -> Address:
    """Read the address in one item; raises ConfigError, which names the setting."""
    return read_as(read_account, items.found, item.text, item.place)


def read_setting(items: Items, choice: Choice | None) -> Located:
    """Read the one address that a setting has for a chain.

    Raises:
        ConfigError: it has none or several for it, or what it has is no such address.
    """
    picked = items.pick(choice)
    if len(picked) > 1:
        raise malformed(items.found, "expected one address for a chain")
    address = read_item(items, picked[0])
    return Located(address, SettingSource(items.found.name, address, items.found.origin))


def find_in_state(sources: Sources, names: LayerNames, choice: Choice | None) -> Located | str:
    """Look a layer's contract up in the state file; where it is not there, say what was looked for in vain.

    Raises:
        ConfigError: the file is broken, holds several L2s to choose from, or what it holds is no such address.
    """
    state = sources.read_state()
    layers = state.layers(names.layer) if state else ()
    layer = select_layer(layers, choice.chain_id if choice else None)
    if layer is None:
        has = ", ".join(layer.chain for layer in layers) or f"no {names.layer.upper()}"
        return f"{STATE_FILE} ({f'it has {has}' if state else 'no such file'})"
    if layer.contract is None:
        return f"{STATE_FILE} (no {layer.contract_key})"
    found = Found(names.contract, layer.contract, f"{STATE_FILE} ({layer.contract_key})")
    address = read_as(read_account, found, found.text)
    return Located(address, SettingSource(found.name, address, found.origin))


def find_chain_in_state(state: StateFile | None, names: LayerNames, contract: Address) -> tuple[int, str] | None:
    """Give the chain that the state file has a contract on, and the key that says so.

    The file may be about another deployment, so only the chain that stands beside this very address counts.
    """
    layers = state.layers(names.layer) if state else ()
    chains = {
        layer.chain_id: f"{STATE_FILE} ({layer.key}.chainId)"
        for layer in layers
        if layer.chain_id is not None and (layer.contract or "").lower() == contract.lower()
    }
    return next(iter(chains.items())) if len(chains) == 1 else None
