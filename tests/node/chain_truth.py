"""What the chains say, read with web3 one call at a time, and what ``power diff`` has to answer then.

Shares no code with avsctl, and none of its ideas: no batches, no Multicall3, no guesses; each fact is asked for once,
by itself. Only the ABI files and the addresses of the devnet are the same.
"""

import contextlib
import json
from pathlib import Path

from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError, ContractLogicError, Web3RPCError

ABIS = Path(__file__).parents[2] / "abis"
NOT_ACTIVE_OPERATOR = "0x3d738b2e"
REGISTERED_TOPIC = "0x54bc9cf83c2eb0f2ad1abf6e4fab882964404622ba2df6b5a9356a18d3aac055"
UNREADABLE = "unreadable"
NO_OPERATOR = "no operator"


@contextlib.contextmanager
def reading(devnet, blocks):
    """Give a ``Chains`` at the two blocks that an answer names; they have to be the chains' own."""
    chains = Chains(devnet, blocks)
    try:
        yield chains
    finally:
        for web3 in (chains.l1, chains.l2):
            web3.provider._request_session_manager.session_cache.clear()


class Chains:
    """Single reads of both chains, each at one block."""

    def __init__(self, devnet, blocks):
        self.generation = str(devnet.generation)
        self.answers = {}
        self.l1, self.l2 = (self._connect(url) for url in (devnet.l1_url, devnet.l2_url))
        self.l1_block, self.l2_block = (blocks[layer]["number"] for layer in ("l1", "l2"))
        for web3, layer in ((self.l1, "l1"), (self.l2, "l2")):
            assert web3.eth.get_block(blocks[layer]["number"])["hash"].to_0x_hex() == blocks[layer]["hash"]
        at = devnet.contracts
        self.governance = self._load(self.l1, at.avs_governance, "AvsGovernance")
        self.center = self._load(self.l2, at.attestation_center, "AttestationCenter")
        self.obls = self._load(self.l2, self.on_l2(self.center, "obls"), "OBLS")
        if self.generation != "v1":
            handler = self.on_l2(self.center, "internalTaskHandler")
            self.handler = self._load(self.l2, handler, "InternalTaskHandler")

    @staticmethod
    def _connect(url):
        """Connect without the checks of web3 that ask for the chain id before and after each call."""
        web3 = Web3(HTTPProvider(url))
        web3.middleware_onion.remove("validation")
        return web3

    def _load(self, web3, address, name):
        abi = json.loads((ABIS / f"{name}.{self.generation}.json").read_text())
        return web3.eth.contract(address=address, abi=abi)

    def on_l1(self, contract, function, *arguments):
        return self._ask(contract, function, arguments, self.l1_block)

    def on_l2(self, contract, function, *arguments):
        return self._ask(contract, function, arguments, self.l2_block)

    def _ask(self, contract, function, arguments, block):
        key = (contract.w3 is self.l1, contract.address, function, arguments)
        if key not in self.answers:
            try:
                self.answers[key] = contract.functions[function](*arguments).call(
                    block_identifier=block, ccip_read_enabled=False
                )
            except (ContractLogicError, Web3RPCError) as error:
                self.answers[key] = error
        if isinstance(self.answers[key], Exception):
            raise self.answers[key]
        return self.answers[key]

    # L1

    def is_registered(self, address):
        return self.on_l1(self.governance, "isOperatorRegistered", address)

    def l1_answer(self, address):
        """What votingPower answers: a number, NO_OPERATOR, or UNREADABLE."""
        try:
            return self.on_l1(self.governance, "votingPower", address)
        except ContractCustomError as error:
            return NO_OPERATOR if error.data == NOT_ACTIVE_OPERATOR else UNREADABLE
        except (ContractLogicError, Web3RPCError):
            return UNREADABLE

    def ever_registered(self):
        """Every address that L1's logs name."""
        where = {"address": self.governance.address, "topics": [REGISTERED_TOPIC]}
        logs = self.l1.eth.get_logs({**where, "fromBlock": 0, "toBlock": self.l1_block})
        return {Web3.to_checksum_address(log["topics"][1][-20:].hex()) for log in logs}

    # L2

    def ids(self):
        return range(1, self.on_l2(self.center, "numOfTotalOperators") + 1)

    def address_of(self, operator_id):
        return self.on_l2(self.center, "getOperatorPaymentDetail", operator_id)[0]

    def is_active(self, operator_id):
        return self.on_l2(self.obls, "isActive", operator_id)

    def l2_power(self, operator_id):
        return self.on_l2(self.obls, "votingPower", operator_id)

    def definition(self, definition_id):
        """Minimum and list of a task definition."""
        if self.generation == "v3":
            details = self.on_l2(self.center, "getTaskDefinitionDetails", definition_id)
            return details[9], list(details[10])
        whom = "Operators" if self.generation == "v1" else "Attesters"
        return (
            self.on_l2(self.center, "getTaskDefinitionMinimumVotingPower", definition_id),
            self.on_l2(self.center, f"getTaskDefinitionRestricted{whom}", definition_id),
        )


def expected_diff(chains, *, per_task=False, named=None, is_below=lambda delta, larger: False):
    """Give the ``data`` that ``power diff`` has to answer at these blocks.

    ``named`` are the addresses that L1's logs give away, all of them unless told otherwise.
    """
    rows = _active_rows(chains) + _absent_rows(chains, chains.ever_registered() if named is None else named)
    for row in rows:
        _judge(row, is_below)
    unlisted = _unlisted(chains, rows)
    data = {
        "in_sync": not unlisted and all(row["status"] == "in_sync" or row["below_threshold"] for row in rows),
        "last_sync": _last_sync(chains),
        "operators": [{key: _text(row, key) for key in row} for row in rows],
        "totals": _totals(rows, unlisted),
        "unlisted_on_l1": unlisted,
        "update": _update(chains, rows),
        "counts": {
            status: len([row for row in rows if row["status"] == status])
            for status in (
                "in_sync",
                "increase",
                "decrease",
                "not_registered_on_l1",
                "not_an_operator_on_l1",
                "not_on_l2",
                "unreadable_on_l1",
            )
        },
    }
    if per_task:
        data["task_definitions"] = _task_definitions(chains)
    return data


def _active_rows(chains):
    return [
        _row(chains, operator_id, chains.address_of(operator_id), chains.l2_power(operator_id))
        for operator_id in chains.ids()
        if chains.is_active(operator_id)
    ]


def _absent_rows(chains, named):
    active = {chains.address_of(i) for i in chains.ids() if chains.is_active(i)}
    known = {chains.address_of(i) for i in chains.ids()} | set(named)
    return [_row(chains, None, a, 0) for a in sorted(known - active) if chains.is_registered(a)]


def _row(chains, operator_id, address, l2_power):
    return {
        "operator_id": operator_id,
        "address": address,
        "status": None,
        "l1_voting_power": None,
        "l2_voting_power": l2_power,
        "delta": None,
        "active_on_l2": operator_id is not None,
        "registered_on_l1": chains.is_registered(address),
        "l1_answer": chains.l1_answer(address),
        "below_threshold": False,
    }


def _judge(row, is_below):
    answer, is_registered = row["l1_answer"], row["registered_on_l1"]
    if answer == UNREADABLE:
        row["status"], row["l1_answer"] = "unreadable_on_l1", None
        return
    row["l1_voting_power"] = answer if is_registered and answer != NO_OPERATOR else 0
    row["delta"] = row["l1_voting_power"] - row["l2_voting_power"]
    if row["operator_id"] is None:
        row["status"] = "not_on_l2"
    elif answer == NO_OPERATOR:
        row["status"] = "not_an_operator_on_l1"
    elif not is_registered:
        row["status"] = "not_registered_on_l1"
    elif row["delta"] > 0:
        row["status"] = "increase"
    elif row["delta"] < 0:
        row["status"] = "decrease"
    else:
        row["status"] = "in_sync"
    if answer == NO_OPERATOR:
        row["l1_answer"] = None
    if row["status"] != "in_sync":
        larger = max(row["l1_voting_power"], row["l2_voting_power"])
        row["below_threshold"] = is_below(abs(row["delta"]), larger)


def _unlisted(chains, rows):
    """How many operators L1 counts beyond those that are registered and known."""
    known = {chains.address_of(i) for i in chains.ids()} | {row["address"] for row in rows}
    registered = [address for address in known if chains.is_registered(address)]
    return chains.on_l1(chains.governance, "numOfActiveOperators") - len(registered)


def _totals(rows, unlisted):
    l2 = sum(row["l2_voting_power"] for row in rows)
    if unlisted or any(row["l1_voting_power"] is None for row in rows):
        return {"l1": None, "l2": str(l2), "delta": None}
    l1 = sum({row["address"]: row["l1_voting_power"] for row in rows}.values())
    return {"l1": str(l1), "l2": str(l2), "delta": str(l1 - l2)}


def _update(chains, rows):
    synced = [row for row in rows if row["status"] in ("in_sync", "increase", "decrease")]
    return {
        "to_increase": [_change(row) for row in synced if row["delta"] > 0],
        "to_decrease": [_change(row) for row in synced if row["delta"] < 0],
        "to_block_l1": str(chains.l1_block),
        "to_block_l2": str(chains.l2_block),
        "left_out": [row["operator_id"] for row in rows if row["active_on_l2"] and row not in synced],
    }


def _change(row):
    return {"operator_id": row["operator_id"], "voting_power": str(abs(row["delta"]))}


def _last_sync(chains):
    if chains.generation == "v1":
        return None
    l1, l2 = (chains.on_l2(chains.handler, f"getLastCommitBlockL{layer}") for layer in (1, 2))
    if (l1, l2) == (0, 0):
        return None
    timestamp = chains.l2.eth.get_block(l2)["timestamp"]
    age = chains.l2.eth.get_block(chains.l2_block)["timestamp"] - timestamp
    return {"to_block_l1": str(l1), "to_block_l2": str(l2), "timestamp": timestamp, "age_s": age}


def _task_definitions(chains):
    made = list(range(1, chains.on_l2(chains.center, "numOfTaskDefinitions") + 1))
    ids = made if chains.generation == "v1" else [0, *made, 10001, 10002]
    return [_task_definition(chains, definition_id) for definition_id in ids]


def _task_definition(chains, definition_id):
    minimum, listed = chains.definition(definition_id)
    if minimum or listed:
        stored = chains.on_l2(chains.obls, "totalVotingPowerPerTaskDefinition", definition_id)
    else:
        stored = chains.on_l2(chains.obls, "totalVotingPower")
    recomputed = 0
    for operator_id in listed or chains.ids():
        if chains.is_active(operator_id) and chains.l2_power(operator_id) >= minimum:
            recomputed += chains.l2_power(operator_id)
    return {
        "task_definition_id": definition_id,
        "stored_total": str(stored),
        "recomputed_total": str(recomputed),
        "delta": str(recomputed - stored),
    }


def _text(row, key):
    """Write powers as the JSON has them."""
    value = row[key]
    is_power = key in ("l1_voting_power", "l2_voting_power", "delta", "l1_answer")
    return str(value) if is_power and value is not None else value
