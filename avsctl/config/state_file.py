"""``.othentic/state.output.json``, in the three shapes that releases of the Othentic CLI wrote.

until May 2025   {"L1": {"AvsGovernance": ..}, "L2": {"AttestationCenter": ..}}
May 2025         {"L1": {"AvsGovernance": ..}, "L2s": [{"chainId": .., "AttestationCenter": ..}]}
August 2025      the same with "chainId" in "L1"
"""

from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Final

from avsctl.config.text_file import read_text
from avsctl.core.chains import chain_name, parse_chain
from avsctl.core.deployment import Layer
from avsctl.core.json_text import parse_json
from avsctl.errors import ConfigError

STATE_FILE: Final = ".othentic/state.output.json"
CODE: Final = "state_file"

_ADVICE: Final = (
    "mend the file, or move it away and set AVS_GOVERNANCE_ADDRESS, ATTESTATION_CENTER_ADDRESS, L1_CHAIN and L2_CHAIN"
)


@dataclass(frozen=True)
class StateLayer:
    """One ``L1``, ``L2`` or item of ``L2s``."""

    key: str
    """``L1``, ``L2``, ``L2s[0]``."""
    chain_id: int | None
    contract_key: str
    """``L2s[0].AttestationCenter``."""
    contract: str | None
    """As the file has it, not checked."""

    @property
    def chain(self) -> str:
        """Its chain, for messages."""
        return "a chain without id" if self.chain_id is None else chain_name(self.chain_id)


@dataclass(frozen=True)
class StateFile:
    """What the file says of each layer."""

    l1: tuple[StateLayer, ...]
    """One or none."""
    l2: tuple[StateLayer, ...]

    def layers(self, layer: Layer) -> tuple[StateLayer, ...]:
        """Give what the file has of a layer."""
        return self.l1 if layer is Layer.L1 else self.l2


def read_state_file(cwd: Path) -> StateFile | None:
    """Read the state file below a directory, None where there is none.

    Raises:
        ConfigError: it cannot be read, is no JSON or has none of the three shapes; names the key.
    """
    text = read_text(cwd / STATE_FILE, STATE_FILE, CODE)
    if text is None:
        return None
    state = _parse(text)
    if state.get("L2") is not None and state.get("L2s") is not None:
        raise ConfigError(f"{STATE_FILE} has both L2 and L2s: expected one of them", _ADVICE, CODE)
    l1 = [] if state.get("L1") is None else [_layer("L1", state["L1"], "AvsGovernance")]
    return StateFile(tuple(l1), tuple(_l2_layers(state)))


def select_layer(layers: tuple[StateLayer, ...], chain_id: int | None) -> StateLayer | None:
    """Give the layer on a chain, or the only one when no chain is known; None when none fits.

    Raises:
        ConfigError: several fit, or one of several does not say its chain.
    """
    if len(layers) > 1:
        for layer in layers:
            if layer.chain_id is None:
                raise _wrong(f"{layer.key}.chainId", "a chain id, because there are several L2s")
    fit = [layer for layer in layers if chain_id is None or layer.chain_id in {None, chain_id}]
    if len(fit) > 1:
        raise ConfigError(
            f"{STATE_FILE} has several L2s to choose from: {', '.join(layer.chain for layer in fit)}",
            "choose one with --l2-chain, or set L2_CHAIN" if chain_id is None else "keep one of them",
            "ambiguous_chain",
        )
    return fit[0] if fit else None


def _parse(text: str) -> dict[str, object]:
    try:
        state = parse_json(text)
    except JSONDecodeError as error:
        fault = f"is not JSON: the fault is at line {error.lineno}, column {error.colno}"
    except ValueError:
        fault = "is not JSON that can be read: it is nested too deep, or a number is too long"
    else:
        return _require_object(state)
    raise ConfigError(f"{STATE_FILE} {fault}", _ADVICE, CODE)


def _require_object(state: object) -> dict[str, object]:
    if not isinstance(state, dict):
        raise ConfigError(f"{STATE_FILE}: expected an object with L1 and L2 or L2s", _ADVICE, CODE)
    return state


def _l2_layers(state: dict[str, object]) -> Iterator[StateLayer]:
    if state.get("L2") is not None:
        yield _layer("L2", state["L2"], "AttestationCenter")
    items = state.get("L2s")
    if items is None:
        return
    if not isinstance(items, list):
        raise _wrong("L2s", "a list")
    for at, item in enumerate(items):
        yield _layer(f"L2s[{at}]", item, "AttestationCenter")


def _layer(key: str, value: object, contract: str) -> StateLayer:
    if not isinstance(value, dict):
        raise _wrong(key, "an object")
    address = value.get(contract)
    if address is not None and not isinstance(address, str):
        raise _wrong(f"{key}.{contract}", "an address in quotes")
    return StateLayer(key, _chain_id(key, value.get("chainId")), f"{key}.{contract}", address or None)


def _chain_id(key: str, value: object) -> int | None:
    if value is None:
        return None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    chain_id = parse_chain(str(value)) if is_number or isinstance(value, str) else None
    if chain_id is None:
        raise _wrong(f"{key}.chainId", "a chain id")
    return chain_id


def _wrong(key: str, expected: str) -> ConfigError:
    return ConfigError(f"{STATE_FILE}: expected {key} to be {expected}", _ADVICE, CODE)
