"""Deploys one generation of the contracts on two running nodes; contracts/README.md has the order and the arguments."""

from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts import multicall3
from avsctl.contracts.address import to_checksum
from avsctl.core.deployment import Generation
from avsctl.devnet import rpc
from avsctl.devnet.artifacts import creation_of, runtime_of
from avsctl.devnet.rpc import Transaction, calldata
from avsctl.devnet.world import Contracts

AVS_NAME: Final = "avsctl devnet"
MULTIPLIERS: Final = (0, 2)
"""Of the two staking contracts; one that is not set counts once."""
DEPLOYMENT_GAS: Final = 30_000_000


@dataclass(frozen=True)
class Accounts:
    """Accounts that a node signs for, the same on both."""

    owner: str
    multisig: str
    operations: str
    community: str
    treasury: str

    @property
    def multisigs(self) -> tuple[str, str, str]:
        """Governance, operations, community: as every ``initialize`` takes them."""
        return self.multisig, self.operations, self.community


def load_accounts(url: str) -> Accounts:
    """Take the first accounts of a node."""
    return Accounts(*_checksummed(rpc.call(url, "eth_accounts"))[:5])


def set_multicall(url: str) -> None:
    """Put code with Multicall3's functions at its address, from the next block on."""
    rpc.call(url, "anvil_setCode", multicall3.ADDRESS, "0x" + runtime_of("Multicall3Compatible").hex())


def deploy(generation: Generation, l1_url: str, l2_url: str) -> Contracts:
    """Deploy everything and wire it up; the owner is each node's first account."""
    l1, l2 = _Deployer(generation, l1_url), _Deployer(generation, l2_url)
    registry, staking, governance = _deploy_l1(l1)
    obls, seeder = l2.proxy("Obls", calldata("initialize(address)", l2.accounts.owner)), l2.create("Seeder")
    handler = None if generation is Generation.V1 else l2.proxy("InternalTaskHandler", b"")
    center = _deploy_center(l2, obls, seeder, handler)
    _connect(l2, center, obls, handler)
    return Contracts(governance, center, obls, handler, registry, staking, seeder)


class _Deployer:
    """Creates contracts of one generation on one node, one block each."""

    def __init__(self, generation: Generation, url: str) -> None:
        self.generation, self.url, self.accounts = generation, url, load_accounts(url)

    def create(self, name: str, types: str = "()", *arguments: object) -> str:
        data = creation_of(name, types, *arguments)
        receipt = rpc.send(self.url, [Transaction(self.accounts.owner, None, data, DEPLOYMENT_GAS)])[0]
        return _checksummed([receipt["contractAddress"]])[0]

    def proxy(self, contract: str, initialization: bytes, *parts: str) -> str:
        """Create an implementation of this generation, built on other parts of it, and a proxy before it."""
        types = f"({','.join('address' for _ in parts)})"
        implementation = self.create(self.named(contract), types, *parts)
        return self.create("Proxy", "(address,bytes)", implementation, initialization)

    def named(self, contract: str) -> str:
        return f"{contract}{self.generation.name}"

    def call(self, to: str, data: bytes, sender: str | None = None) -> None:
        rpc.send(self.url, [Transaction(sender or self.accounts.owner, to, data)])


def _deploy_l1(node: _Deployer) -> tuple[str, tuple[str, str], str]:
    registry = node.create("OperatorRegistry")
    first, second = sorted((node.create("StakingContract"), node.create("StakingContract")), key=str.lower)
    initialization = calldata(
        "initialize(address,address,address,address,address,string,address[],uint256[])",
        *node.accounts.multisigs,
        node.accounts.owner,
        registry,
        AVS_NAME,
        (first, second),
        MULTIPLIERS,
    )
    return registry, (first, second), node.proxy("AvsGovernance", initialization)


def _deploy_center(node: _Deployer, obls: str, seeder: str, handler: str | None) -> str:
    """Create the attestation center with the parts that its generation has."""
    arguments = (*node.accounts.multisigs, seeder, obls, node.accounts.treasury, False)
    signature = "initialize(address,address,address,address,address,address,bool"
    if handler is None:
        return node.proxy("AttestationCenter", calldata(f"{signature})", *arguments))
    initialization = calldata(f"{signature},address)", *arguments, handler)
    if node.generation is Generation.V2:
        obsolete = node.create("AttestationCenterV2Obsolete")
        extension = node.create("AttestationCenterV2Extension", "(address)", obsolete)
    else:
        extension = node.create("AttestationCenterV3Extension")
    return node.proxy("AttestationCenter", initialization, extension)


def _connect(node: _Deployer, center: str, obls: str, handler: str | None) -> None:
    """Let the contracts of L2 obey one another; V1's power is moved by a syncer, who is the owner here."""
    node.call(obls, calldata("setOblsManager(address)", center))
    if handler is None:
        syncer = node.accounts.owner
        node.call(center, calldata("setOblsSharesSyncer(address)", syncer), node.accounts.multisig)
        return
    node.call(handler, calldata("initialize(address,address)", center, obls))
    node.call(obls, calldata("setVotingPowerSyncer(address)", handler))


def _checksummed(addresses: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [to_checksum(address) for address in addresses]
