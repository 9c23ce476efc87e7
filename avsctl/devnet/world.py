"""A running devnet as a value: its endpoints, its contracts, and the truth about what was planted in it."""

from dataclasses import dataclass

from avsctl.core.deployment import Generation
from avsctl.devnet.definitions import TaskDefinition
from avsctl.devnet.plan import Drift, DriftKind, Operator
from avsctl.devnet.scenario_names import Befallen


@dataclass(frozen=True)
class Contracts:
    """Addresses of one deployment, proxies where there are proxies."""

    avs_governance: str
    attestation_center: str
    obls: str
    internal_task_handler: str | None
    """None on V1."""
    operator_registry: str
    """On L1: stands for EigenLayer's delegation manager and AVS directory."""
    staking_contracts: tuple[str, str]
    """On L1, ascending: strategies in V1's words. Stake counts once in the first and twice in the second."""
    seeder: str
    """On L2: stands for the message handler that brings operators into the network."""


@dataclass(frozen=True)
class Devnet:
    """Two running nodes with one deployment across them."""

    generation: Generation
    l1_url: str
    l2_url: str
    l1_chain_id: int
    l2_chain_id: int
    l1_pid: int
    l2_pid: int
    contracts: Contracts
    owner: str
    """Account that both nodes sign for and that the devnet's own functions obey."""
    multisig: str
    """Account that both nodes sign for and that holds AVS_GOVERNANCE_MULTISIG on both layers."""
    operators: tuple[Operator, ...]
    """Registered on both layers at first; the one at position i had id i + 1."""
    strangers: tuple[Operator, ...]
    """Registered on L1 only."""
    drift: tuple[Drift, ...]
    task_definitions: tuple[TaskDefinition, ...]
    """Those that governance made, and 10001 where it restricted that."""
    befallen: tuple[Befallen, ...] = ()
    """Whom a scenario played since befell."""

    def drift_of(self, kind: DriftKind) -> Drift:
        """Give the first drift of a kind; raises LookupError when none was planted."""
        for drift in self.drift:
            if drift.kind is kind:
                return drift
        raise LookupError(f"no {kind} in this devnet")


def env_file(devnet: Devnet) -> str:
    """Write a ``.env`` that avsctl reads this devnet with; there is no key in it."""
    return "".join(f"{name}={value}\n" for name, value in environment(devnet).items())


def environment(devnet: Devnet) -> dict[str, str]:
    """Give the settings of this devnet by the names of the environment."""
    return {
        "L1_RPC": devnet.l1_url,
        "L2_RPC": devnet.l2_url,
        "L1_CHAIN": str(devnet.l1_chain_id),
        "L2_CHAIN": str(devnet.l2_chain_id),
        "AVS_GOVERNANCE_ADDRESS": devnet.contracts.avs_governance,
        "ATTESTATION_CENTER_ADDRESS": devnet.contracts.attestation_center,
        "AVSCTL_MULTISIG": devnet.multisig,
    }
