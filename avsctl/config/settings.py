"""What a command is set up with: the frozen values, and the names that they are set under."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avsctl.chain.endpoint import Endpoint
from avsctl.core.deployment import Layer
from avsctl.core.internal_tasks import InternalTaskSetting
from avsctl.core.units import Address

L1_RPC: Final = "L1_RPC"
L2_RPC: Final = "L2_RPC"
L1_CHAIN: Final = "L1_CHAIN"
L2_CHAIN: Final = "L2_CHAIN"
AVS_GOVERNANCE_ADDRESS: Final = "AVS_GOVERNANCE_ADDRESS"
ATTESTATION_CENTER_ADDRESS: Final = "ATTESTATION_CENTER_ADDRESS"
INTERNAL_TASKS: Final = "INTERNAL_TASKS"
AVSCTL_MULTISIG: Final = "AVSCTL_MULTISIG"
AVSCTL_CROSS_CHECK: Final = "AVSCTL_CROSS_CHECK"

SETTING_NAMES: Final = frozenset(
    {
        L1_RPC,
        L2_RPC,
        L1_CHAIN,
        L2_CHAIN,
        AVS_GOVERNANCE_ADDRESS,
        ATTESTATION_CENTER_ADDRESS,
        INTERNAL_TASKS,
        AVSCTL_MULTISIG,
        AVSCTL_CROSS_CHECK,
    }
)
"""Every name that is looked up; no other line of a ``.env`` is kept, so no key of an operator ever is."""

OPTION_BY_NAME: Final = {
    L1_RPC: "--l1-rpc",
    L2_RPC: "--l2-rpc",
    L2_CHAIN: "--l2-chain",
    AVSCTL_MULTISIG: "--from",
    AVSCTL_CROSS_CHECK: "--cross-check",
}


@dataclass(frozen=True)
class LayerNames:
    """The names that the settings of a layer have."""

    layer: Layer
    rpc: str
    chain: str
    contract: str
    contract_title: str
    """Its key in the state file."""


L1_NAMES: Final = LayerNames(Layer.L1, L1_RPC, L1_CHAIN, AVS_GOVERNANCE_ADDRESS, "AvsGovernance")
L2_NAMES: Final = LayerNames(Layer.L2, L2_RPC, L2_CHAIN, ATTESTATION_CENTER_ADDRESS, "AttestationCenter")


@dataclass(frozen=True)
class SettingsOptions:
    """The options of the command line that are settings; None: not given. One that is empty is wrong."""

    l1_rpc: str | None = None
    l2_rpc: str | None = None
    l2_chain: str | None = None
    env_file: Path | None = None
    """Read in place of ``.env``; it must be there."""
    from_: str | None = None
    """The multisig."""
    cross_check: bool = False
    """Whether it is asked for; one that is not leaves it to the environment."""

    def __repr__(self) -> str:
        return "SettingsOptions(...)"


@dataclass(frozen=True)
class SettingSource:
    """One setting as it may be shown, and where it came from."""

    name: str
    shown_value: str
    """Masked where it may hold a secret."""
    origin: str
    """``option --l1-rpc``, ``environment``, ``.env line 3``, ``.othentic/state.output.json (L1.AvsGovernance)``."""


@dataclass(frozen=True)
class ChainSettings:
    """How one chain is reached, and which one it must be."""

    endpoints: tuple[Endpoint, ...]
    """Tried in this order."""
    expected_chain_id: int | None
    """None: nothing says which chain it must be."""
    sources: tuple[SettingSource, ...]
    """One for each endpoint, and one for the chain where one is expected."""


@dataclass(frozen=True)
class Settings:
    """Everything that options, environment, ``.env`` and the state file say; no secret but the endpoints' URLs."""

    l1: ChainSettings | None
    """None where no L1 is set and none is needed."""
    l2: ChainSettings
    avs_governance: Address | None
    """Given whenever L1 is needed."""
    attestation_center: Address
    multisig: Address | None
    internal_tasks: tuple[InternalTaskSetting, ...] | None
    """None where INTERNAL_TASKS is not set here: the node's defaults are then assumed."""
    cross_check: bool
    """Whether two endpoints of each chain are asked and compared."""
    provenance: tuple[SettingSource, ...]
    """Every setting that was found, those of the chains included."""
