"""A second model of submitTask: storage kept in dicts, and the contracts' loops written out one by one."""

from copy import deepcopy

MAX = 2**256 - 1
PANIC = (0x11,)


class RevertError(Exception):
    """The contract's error and its arguments."""


def require(condition, error, *args):
    if not condition:
        raise RevertError(error, args)


def checked(value):
    require(0 <= value <= MAX, "Panic", *PANIC)
    return value


class NaiveChain:
    """What the contracts of one deployment hold, and what submitTask does to it."""

    def __init__(self, is_v1, block, obls):
        self.is_v1, self.block, self.obls = is_v1, block, obls
        self.paused = self.open_aggregator = False
        self.signed, self.power, self.active = set(), {}, {}
        self.total, self.totals, self.definitions = 0, {}, {}
        self.last_l1 = self.last_l2 = 0
        self.numbers = 0

    def submit(self, attempt):
        """Do it all, or nothing; gives (error, args) or None."""
        before = deepcopy(self.__dict__)
        try:
            self._submit(attempt)
        except RevertError as error:
            self.__dict__ = before
            return error.args
        return None

    def _submit(self, attempt):
        i, ids = attempt.proposal.task_definition_id, attempt.attester_ids
        require(not self.paused, "FlowIsCurrentlyPaused")
        require(attempt.task_hash not in self.signed, "MessageAlreadySigned")
        require(attempt.is_performer_signed, "InvalidPerformerSignature")
        definition = {"expiry": MAX, "list": (), "minimum": 0, "most": 0}
        if not (self.is_v1 and i == 0):
            require(i in self.definitions, "TaskDefinitionNotFound", i)
            definition = self.definitions[i]
            require(definition["expiry"] > self.block, "InvalidTaskDefinition")
        if definition["list"]:
            require(len(ids) <= len(definition["list"]), "InvalidAttesterSet")
            name = "InvalidRestrictedOperator" if self.is_v1 else "InvalidRestrictedAttester"
            for each in ids:
                require(each in definition["list"], name, i, each)
        if definition["most"]:
            require(len(ids) <= definition["most"], "InvalidMaximumNumberOfAttesters")
        self._verify(attempt, self._total_of(i, definition), definition["minimum"])
        self._check_party(attempt.performer, "InactiveTaskPerformer")
        if not self.open_aggregator:
            self._check_party(attempt.sender, "InactiveAggregator")
        self.signed.add(attempt.task_hash)
        if attempt.is_approved and i >= 10001 and not self.is_v1:
            self._process(i, attempt.proposal.update)

    def _total_of(self, i, definition):
        if not definition["list"] and not definition["minimum"]:
            return self.total
        stored = self.totals.get(i, 0)
        return self.total if stored == 0 and not self.is_v1 else stored

    def _verify(self, attempt, total, minimum):
        required = checked(total * 2) // 3 if attempt.is_approved else total // 3
        require(required != 0, "InvalidRequiredVotingPower")
        signed, ids = 0, attempt.attester_ids
        for at in range(len(ids)):
            require(at == 0 or ids[at] > ids[at - 1], "InvalidOperatorIndexes")
            require(self.power.get(ids[at], 0) >= minimum, "OperatorDoesNotHaveMinimumVotingPower", ids[at])
            require(self.active.get(ids[at]), "InactiveOperator", ids[at])
            signed += self.power[ids[at]]
        require(signed >= required, "InsufficientVotingPower")
        require(attempt.is_aggregate_signed, "InvalidOBLSSignature")

    def _check_party(self, party, inactive):
        if self.is_v1:
            require(party.standing != "unregistered", "OperatorNotRegistered", party.address)
            require(party.standing != "inactive", inactive)
        require(party.standing == "active", "OperatorNotRegistered", party.address)

    def _process(self, i, update):
        if i == 10001:
            self.update_powers(update)
        if i == 10002:
            for call in update.calls:
                self._recount(call)

    def update_powers(self, update):
        if not self.is_v1:
            l1, l2 = update.to_block_l1, update.to_block_l2
            require(self.last_l1 < l1, "InvalidToBlockL1VsLastCommitBlockL1", self.last_l1 + 1)
            require(self.last_l2 < l2, "InvalidToBlockL2VsLastCommitBlockL2", self.last_l2 + 1)
            require(l2 < self.block, "InvalidToBlockL2VsCurrentHeight", l2, self.block)
            self.last_l1, self.last_l2 = l1, l2
        for item in update.to_increase:
            self.power[item.operator_id] = checked(self.power.get(item.operator_id, 0) + item.voting_power)
            self.total = checked(self.total + item.voting_power)
        for item in update.to_decrease:
            self.power[item.operator_id] = checked(self.power.get(item.operator_id, 0) - item.voting_power)
            self.total = checked(self.total - item.voting_power)

    def _recount(self, call):
        selectors = (bytes.fromhex("e010f957"), bytes.fromhex("ca87bf8f"))
        is_allowed = call.target == self.obls and call.data[:4] in selectors
        require(is_allowed, "InternalTransactionNotAllowed", call.target, call.data)
        require(call.total is not None, "InternalTransactionRevert", b"")
        total, ids = 0, call.total.operator_ids
        if ids is None:
            require(call.total.number_of_ids <= 1_000_000, "InternalTransactionRevert", b"")
            ids = range(1, call.total.number_of_ids + 1)
        for each in ids:
            if self.active.get(each) and self.power.get(each, 0) >= call.total.minimum_voting_power:
                total += self.power[each]
        panic = bytes.fromhex("4e487b71") + bytes(31) + b"\x11"
        require(total <= MAX, "InternalTransactionRevert", panic)
        self.totals[call.total.task_definition_id] = total
