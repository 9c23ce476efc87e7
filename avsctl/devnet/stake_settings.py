"""Changes what a running devnet makes power of stake with, on L1, and writes power on L2 past the internal task.

As ``changes``: each function returns when its transactions are mined, and powers are in raw units.
"""

from collections.abc import Sequence

from avsctl.core.deployment import Generation
from avsctl.devnet import rpc
from avsctl.devnet.artifacts import creation_of
from avsctl.devnet.deploy import DEPLOYMENT_GAS
from avsctl.devnet.rpc import Transaction, calldata
from avsctl.devnet.world import Devnet
from avsctl.errors import GenerationError


def set_multiplier(devnet: Devnet, staking_contract: str, multiplier: int) -> None:
    """Let governance name itself the multiplier syncer, and change what stake in a contract counts."""
    _govern_l1(devnet, calldata("setAvsGovernanceMultiplierSyncer(address)", devnet.multisig))
    if devnet.generation is Generation.V1:
        data = calldata("setStrategyMultiplier((address,uint256))", (staking_contract, multiplier))
    elif devnet.generation is Generation.V2:
        data = calldata("setStakingContractMultiplier((address,uint256))", (staking_contract, multiplier))
    else:
        signature = "setStakingContractMultiplier((address,uint256,uint256,uint8))"
        data = calldata(signature, (staking_contract, multiplier, 0, 0))
    _govern_l1(devnet, data)


def set_staking_contracts(devnet: Devnet, contracts: Sequence[str]) -> None:
    """Replace the list of supported staking contracts; V2 and V3 want it ascending."""
    if devnet.generation is Generation.V1:
        _govern_l1(devnet, calldata("setSupportedStrategies(address[])", contracts))
        return
    items = [(contract, 0) for contract in contracts]
    _govern_l1(devnet, calldata("setSupportedStakingContracts((address,uint8)[])", items))


def add_staking_contract(devnet: Devnet, stake_by_address: dict[str, int]) -> str:
    """Create a staking contract with stakes, and support it beside those that the devnet began with."""
    created = Transaction(devnet.owner, None, creation_of("StakingContract"), DEPLOYMENT_GAS)
    address: str = rpc.send(devnet.l1_url, [created])[0]["contractAddress"]
    stakes = calldata("setStakes(address[],uint256[])", list(stake_by_address), list(stake_by_address.values()))
    rpc.send(devnet.l1_url, [Transaction(devnet.owner, address, stakes)])
    set_staking_contracts(devnet, sorted((*devnet.contracts.staking_contracts, address), key=str.lower))
    return address


def set_cap(devnet: Devnet, power: int) -> None:
    """Set the maximum effective balance; 0 is none."""
    _govern_l1(devnet, calldata("setMaxEffectiveBalance(uint256)", power))


def set_minimum(devnet: Devnet, power: int) -> None:
    """Set the power that a registration takes."""
    _govern_l1(devnet, calldata("setMinVotingPower(uint256)", power))


def eject_l1(devnet: Devnet, address: str) -> None:
    """Eject an operator on L1 alone; raises GenerationError where L1 knows of no ejections."""
    if devnet.generation is not Generation.V3:
        raise GenerationError(f"generation {devnet.generation} knows of no ejection on L1")
    governance = devnet.contracts.avs_governance
    rpc.send(devnet.l1_url, [Transaction(devnet.owner, governance, calldata("devnetEject(address)", address))])


def write_power(devnet: Devnet, operator_id: int, raised_by: int) -> None:
    """Let governance name the owner a syncer, who raises the power of an id in OBLS."""
    contracts = devnet.contracts
    named = calldata("setOblsSharesSyncer(address)", devnet.owner)
    rpc.send(devnet.l2_url, [Transaction(devnet.multisig, contracts.attestation_center, named)])
    data = calldata("increaseBatchOperatorVotingPower((uint256,uint256)[])", [(operator_id, raised_by)])
    rpc.send(devnet.l2_url, [Transaction(devnet.owner, contracts.obls, data)])


def _govern_l1(devnet: Devnet, data: bytes) -> None:
    rpc.send(devnet.l1_url, [Transaction(devnet.multisig, devnet.contracts.avs_governance, data)])
