"""What is to be opened on each layer, from the settings and the options of a command."""

from avsctl.chain.detect import l1_probes, l2_guesses, l2_probes
from avsctl.chain.layers import Target
from avsctl.chain.rpc import Rpc
from avsctl.chain.transport import Deadline, Transport
from avsctl.commands.options import Common
from avsctl.config import ChainSettings, Settings
from avsctl.core.deployment import Layer
from avsctl.core.units import Address


def build_targets(
    settings: Settings, common: Common, transport: Transport, deadline: Deadline, *, reads_powers: bool
) -> tuple[Target | None, Target]:
    """Give the targets on L1, None where it is not set, and on L2; it has guesses where the powers of both are read."""
    l1 = None
    if settings.l1 is not None and settings.avs_governance is not None:
        pair = build_rpcs(settings, Layer.L1, settings.l1, transport, deadline)
        l1 = _l1_target(settings.l1, settings.avs_governance, common, pair)
    center, chain = settings.attestation_center, settings.l2
    rpc, other = build_rpcs(settings, Layer.L2, chain, transport, deadline)
    l2 = Target(
        rpc,
        common.l2_block,
        chain.expected_chain_id,
        _origin(chain, "L2_CHAIN"),
        center,
        "ATTESTATION_CENTER_ADDRESS",
        l2_probes(center),
        other,
        l2_guesses(center) if reads_powers and l1 is not None else (),
    )
    return l1, l2


def build_rpcs(
    settings: Settings, layer: Layer, chain: ChainSettings, transport: Transport, deadline: Deadline
) -> tuple[Rpc, Rpc | None]:
    """Give who asks a chain, and the one whose answers are compared where there is a cross-check."""
    rpc = Rpc(layer, chain.endpoints, transport, deadline)
    return rpc, rpc.split() if settings.cross_check else None


def _l1_target(chain: ChainSettings, governance: Address, common: Common, pair: tuple[Rpc, Rpc | None]) -> Target:
    rpc, other = pair
    return Target(
        rpc,
        common.l1_block,
        chain.expected_chain_id,
        _origin(chain, "L1_CHAIN"),
        governance,
        "AVS_GOVERNANCE_ADDRESS",
        l1_probes(governance),
        other,
    )


def _origin(chain: ChainSettings, setting: str) -> str:
    """Say where the chain that is expected was named."""
    return next((f"{setting}, {source.origin}" for source in chain.sources if source.name == setting), setting)
