"""Simulations at endpoints of every kind: believed where they ran where they should, else tried another way."""

import pytest
from eth_abi.abi import decode, encode

from avsctl.chain.fake import FakeNode, Mishap, Overrides, Ran
from avsctl.chain.simulation import Script, Way, simulate
from avsctl.contracts import lens
from avsctl.contracts.call import Answer, Call, Reverted
from avsctl.contracts.transaction import Transaction
from avsctl.core.units import Address
from avsctl.errors import AnswerError, BlockError, EndpointError, NodeError

SENDER = Address("0x" + "5e" * 20)
BOX = Address("0x" + "b0" * 20)
GAS = 10_000_000
DENIED = bytes.fromhex("42643c32") + (77).to_bytes(32)
"""TaskDefinitionNotFound(77)."""
RUN, SLOTS = lens.encode_run([])[:4], lens.read_slots(BOX, []).data[:4]
GET = Call(BOX, b"get!", int.from_bytes, "the box", 5_000)
HEIGHT = Call(BOX, b"num!", int.from_bytes, "the height", 5_000)


def put(number):
    return Transaction(BOX, b"put!" + number.to_bytes(32))


class Box:
    """A contract that keeps a number; some it refuses, with data, without, or by burning all gas."""

    def __init__(self, node, number):
        self.kept, self.node, self.number = 0, node, number

    def run(self, sender, data, gas):
        """Give success, data and gas used."""
        if data == b"get!":
            return True, self.kept.to_bytes(32), 2_500
        if data == b"num!":
            return True, self.number.to_bytes(32), 100
        value = int.from_bytes(data[4:])
        if sender != SENDER.lower() or value == 13:
            return False, DENIED, 3_000
        if value == 14:
            return False, b"", 3_000
        if value == 15 or self.node.needs > gas:
            return False, b"", gas - gas // 64
        self.kept = value
        return True, data[4:], max(20_000, self.node.needs)


class Simulator(FakeNode):
    """A node that runs the box, the lens and the meter, in one block and the next."""

    has_simulate = True
    block_overrides = Overrides.TAKEN
    behind = 0
    """How far the height that contracts see lies behind that of the RPC."""
    needs = 0
    """Gas of a put."""
    gas = GAS
    spoil = staticmethod(lambda result: result)
    """Changes the result of a call of eth_simulateV1."""

    def __init__(self, **traits):
        own = {name: traits.pop(name) for name in tuple(traits) if hasattr(Simulator, name)}
        super().__init__(**traits)
        vars(self).update(own)
        self.contracts[BOX.lower()] = lambda *_: Ran(True, bytes(32))
        self.asked = []

    def answer(self, method, params):
        self.asked.append((method, params))
        if method == "eth_simulateV1" and self.has_simulate:
            return self._simulate(*params)
        if method == "eth_call" and (len(params) > 2 or "from" in params[0]):
            return self._run_call(*params)
        return super().answer(method, params)

    def _simulate(self, body, block):
        refusal = self._refuse(block, any("blockOverrides" in each for each in body["blockStateCalls"]))
        if refusal:
            return refusal
        code, box, results = {}, Box(self, 0), []
        for each in body["blockStateCalls"]:
            code |= {to: change["code"] for to, change in each.get("stateOverrides", {}).items()}
            box.number = self._height(each.get("blockOverrides"))
            calls = [self._result(self._execute(box, code, call, self.gas)) for call in each["calls"]]
            results.append({"number": hex(box.number), "calls": calls})
        return {"result": results}

    def _run_call(self, call, block, overrides=None, block_overrides=None):
        refusal = self._refuse(block, block_overrides is not None)
        if refusal:
            return refusal
        if overrides is not None and self.overrides is Overrides.REFUSED:
            return refuse(-32602, "too many arguments, want at most 2")
        taken = (overrides or {}) if self.overrides is Overrides.TAKEN else {}
        box = Box(self, self._height(block_overrides))
        code = {to: change["code"] for to, change in taken.items()}
        success, data, used = self._execute(box, code, call, self.gas)
        if success:
            return {"result": "0x" + data.hex()}
        if used > self.gas // 2:
            return refuse(-32000, "out of gas")
        return {"error": {"code": 3, "message": "execution reverted", "data": "0x" + data.hex()}}

    def _refuse(self, block, has_block_overrides):
        if isinstance(block, dict) and not self.takes_block_hash:
            return refuse(-32602, "invalid argument 1: json: cannot unmarshal object into Go value of type string")
        if isinstance(block, dict) and block["blockHash"] != self.hash_of(self.head):
            return refuse(-32000, "block is not canonical")
        if has_block_overrides and self.block_overrides is Overrides.REFUSED:
            return refuse(-32602, "expected: 3, actual: 4")
        return None

    def _height(self, overrides):
        if overrides and self.block_overrides is Overrides.TAKEN:
            assert int(overrides["time"], 16) > 1_700_000_000 + self.head
            return int(overrides["number"], 16)
        return self.head - self.behind

    def _result(self, ran):
        success, data, used = ran
        failure = {} if success else {"error": {"code": -32015, "message": "execution failed"}}
        result = {"status": hex(success), "returnData": "0x" + data.hex(), "gasUsed": hex(used), "logs": []}
        return self.spoil(result | failure)

    def _execute(self, box, code, call, gas):
        assert "gasPrice" not in call
        return self._run_at(box, code, (call.get("from", "0x"), call["to"]), bytes.fromhex(call["data"][2:]), gas)

    def _run_at(self, box, code, between, data, gas):
        sender, to = between
        if code.get(to) == lens.METER_CODE:
            return True, box.number.to_bytes(32) + gas.to_bytes(32), 100
        if code.get(to) == lens.load_runtime():
            return self._run_lens(box, code, to, data, gas)
        return box.run(sender.lower(), data, gas) if to == BOX else (True, b"", 0)

    def _run_lens(self, box, code, at, data, gas):
        if data[:4] == SLOTS:
            (slots,) = decode(["bytes32[]"], data[4:])
            return True, encode(["bytes32[]"], [[box.kept.to_bytes(32)] * len(slots)]), 3_000
        kind = "(address,uint256,bytes)[]" if data[:4] == RUN else "(address,bool,bytes)[]"
        (items,), left, results = decode([kind], data[4:]), gas, []
        for to, _, calldata in items:
            target = next((each for each in (*code, BOX) if each.lower() == to), to)
            success, answer, used = self._run_at(box, code, (at, target), calldata, left - left // 64)
            left -= used + 1_000
            if left < 0:
                return False, b"", gas
            results.append((success, answer))
        return True, encode(["(bool,bytes)[]"], [results]), gas - left


def refuse(code, message):
    return {"error": {"code": code, "message": message}}


@pytest.fixture
def tried(world):
    """Try transactions at a node of these traits."""

    def run(*transactions, storage=None, kind=Simulator, is_fresh=False, **traits):
        node = world.add(kind(**traits))
        reader = world.reader()
        if not is_fresh:
            reader.require([Call(world.target, b"", bytes, "the target", 5_000)])
        script = Script(SENDER, transactions, ((GET, HEIGHT),) * (len(transactions) + 1), storage or {})
        world.transport.sent.clear()
        return node, simulate(reader, script, node.head - node.behind)

    return run


def kept(simulated):
    """What the box held at each moment that was read."""
    return [reading and reading[0].value for reading in simulated.readings]


SECOND = {"has_simulate": False}
THIRD = {"has_simulate": False, "overrides": Overrides.REFUSED}
ALL = [{}, SECOND, THIRD]


def test_the_first_way_takes_one_request_and_reads_all(world, tried):
    node, simulated = tried(put(1), put(13), put(2), storage={BOX: [7, 8]})
    assert simulated.way is Way.SIMULATE_V1
    assert kept(simulated) == [0, 1, 1, 2]
    assert simulated.outcomes[::2] == (Answer((1).to_bytes(32)), Answer((2).to_bytes(32)))
    assert (simulated.outcomes[1].revert.name, simulated.outcomes[1].revert.args) == ("TaskDefinitionNotFound", (77,))
    assert simulated.storage == {BOX: ((2).to_bytes(32),) * 2}
    assert simulated.gas_used == (20_000, 3_000, 20_000)
    assert (simulated.evm_block, simulated.is_next_block) == (1_001, True)
    assert world.transport.sent == [["eth_simulateV1"]]
    body, block = node.asked[-1][1]
    assert block == {"blockHash": node.hash_of(1_000), "requireCanonical": True}
    assert [each["blockOverrides"]["number"] for each in body["blockStateCalls"]] == [hex(1_001), hex(1_002)]


def test_the_second_way_reads_all_but_storage(world, tried):
    _, simulated = tried(put(1), put(13), put(2), storage={BOX: [7, 8]}, **SECOND)
    assert simulated.way is Way.CODE_OVERRIDE
    assert kept(simulated) == [0, 1, 1, 2]
    assert simulated.outcomes[1].revert.args == (77,)
    assert (simulated.storage, simulated.gas_used) == (None, (None,) * 3)
    assert (simulated.evm_block, simulated.is_next_block) == (1_001, True)
    assert world.transport.sent == [["eth_simulateV1"], ["eth_call"]]


def test_the_third_way_runs_each_alone_and_reads_the_state_before(tried):
    _, simulated = tried(put(1), put(13), put(2), storage={BOX: [7]}, **THIRD)
    assert simulated.way is Way.ONE_BY_ONE
    assert kept(simulated) == [0, None, None, None]
    assert simulated.outcomes[2] == Answer((2).to_bytes(32))
    assert simulated.outcomes[1].revert.args == (77,)
    assert (simulated.storage, simulated.gas_used) == (None, (None,) * 3)
    assert (simulated.evm_block, simulated.is_next_block) == (1_000, False)


@pytest.mark.parametrize("traits", ALL)
@pytest.mark.parametrize("behind", [980, -5_000])
def test_where_contracts_count_other_blocks_nothing_is_overridden(tried, traits, behind):
    node, simulated = tried(put(1), behind=behind, storage={BOX: [7]}, **traits)
    assert (simulated.evm_block, simulated.is_next_block) == (1_000 - behind, False)
    assert simulated.outcomes == (Answer((1).to_bytes(32)),)
    for method, params in node.asked:
        assert method != "eth_call" or len(params) < 4
        if method == "eth_simulateV1":
            assert all("blockOverrides" not in each for each in params[0]["blockStateCalls"])


def test_a_height_that_contracts_cannot_see_is_not_believed(tried):
    class Miscounting(Simulator):
        """Shows contracts its own height inside eth_simulateV1 alone."""

        def _simulate(self, body, block):
            behind, self.behind = self.behind, -1
            try:
                return super()._simulate(body, block)
            finally:
                self.behind = behind

    _, simulated = tried(put(1), behind=980, kind=Miscounting)
    assert simulated.way is Way.CODE_OVERRIDE
    assert simulated.evm_block == 20


@pytest.mark.parametrize("traits", [{}, SECOND])
@pytest.mark.parametrize("refused", [Overrides.REFUSED, Overrides.IGNORED])
def test_a_block_override_that_is_refused_or_ignored_leaves_the_block_itself(tried, traits, refused):
    _, simulated = tried(put(1), block_overrides=refused, **traits)
    assert (simulated.evm_block, simulated.is_next_block) == (1_000, False)
    assert kept(simulated) == [0, 1]


@pytest.mark.parametrize("is_fresh", [True, False])
@pytest.mark.parametrize("traits", ALL)
def test_an_endpoint_without_block_hashes_is_asked_by_number(tried, traits, is_fresh):
    node, simulated = tried(put(1), is_fresh=is_fresh, takes_block_hash=False, **traits)
    assert simulated.outcomes == (Answer((1).to_bytes(32)),)
    assert node.asked[-1][1][1] == hex(1_000)


DATA = "0x" + DENIED.hex()
FAILURES = {
    "in the result": {"returnData": DATA, "error": {"code": -3200, "message": "execution failed"}},
    "in the error": {"returnData": "0x", "error": {"code": 3, "message": "execution reverted", "data": DATA}},
    "in both": {"returnData": DATA, "error": {"code": 3, "message": "execution reverted", "data": DATA}},
    "without an error": {"returnData": DATA},
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_revert_data_is_taken_from_where_it_is(tried, failure):
    def spoil(result):
        if result["status"] == "0x1":
            return result
        return {"status": "0x0", "gasUsed": "0x1", **failure}

    _, simulated = tried(put(13), spoil=spoil)
    assert simulated.outcomes[0].revert.args == (77,)


@pytest.mark.parametrize("error", [None, "failed", {}, {"message": 7, "data": 7}, {"data": "0x123"}, {"data": {}}])
def test_a_failure_without_words_or_data_is_a_failure(tried, error):
    _, simulated = tried(put(14), spoil=lambda result: result | ({"error": error} if "error" in result else {}))
    assert isinstance(simulated.outcomes[0], Reverted)
    assert simulated.outcomes[0].revert.text == "reverted without data"


def test_a_failure_without_data_tells_what_the_node_said_and_no_secret(world, tried):
    message = f"execution failed at https://node0.example/v3/{world.secret}"
    _, simulated = tried(
        put(14), spoil=lambda result: result | ({"error": {"message": message}} if "error" in result else {})
    )
    assert "execution failed" in simulated.outcomes[0].revert.text
    assert world.secret not in simulated.outcomes[0].revert.text


# Gas


def test_gas_that_suffices_for_each_alone_leaves_the_last_way(tried):
    _, simulated = tried(*map(put, range(5)), needs=3_000_000, **SECOND)
    assert simulated.way is Way.ONE_BY_ONE
    assert simulated.outcomes == tuple(Answer(number.to_bytes(32)) for number in range(5))


@pytest.mark.parametrize("traits", ALL)
def test_what_takes_more_gas_than_there_is_is_an_error_and_no_revert(tried, traits):
    with pytest.raises(NodeError, match=r"the transaction cannot be simulated at L1 endpoint .*more gas"):
        tried(put(1), needs=20_000_000, **traits)


@pytest.mark.parametrize("traits", [{}, SECOND])
def test_readings_that_leave_little_gas_are_not_believed(tried, traits):
    _, simulated = tried(put(2), gas=250_000, **traits)
    assert simulated.way is Way.ONE_BY_ONE
    assert simulated.outcomes == (Answer((2).to_bytes(32)),)
    assert kept(simulated) == [0, None]


@pytest.mark.parametrize("traits", [{}, SECOND])
def test_a_cheap_failure_without_data_is_believed(tried, traits):
    _, simulated = tried(put(14), put(2), **traits)
    assert simulated.way is (Way.CODE_OVERRIDE if traits else Way.SIMULATE_V1)
    assert kept(simulated) == [0, 0, 2]


# Hostile and broken endpoints


GOOD_CALL = {"status": "0x1", "returnData": "0x", "gasUsed": "0x1"}
BAD = {
    "no list": {},
    "no blocks": [],
    "too many blocks": [{"calls": []}] * 2,
    "no object": ["0x"],
    "no calls": [{}],
    "too few calls": [{"calls": [GOOD_CALL] * 2}],
    "too many calls": [{"calls": [GOOD_CALL] * 4}],
    "a call that is no object": [{"calls": ["0x"] * 3}],
    "no status": [{"calls": [{"returnData": "0x", "gasUsed": "0x1"}] * 3}],
    "another status": [{"calls": [GOOD_CALL | {"status": "0x2"}] * 3}],
    "a status that is no quantity": [{"calls": [GOOD_CALL | {"status": True}] * 3}],
    "data that is none": [{"calls": [GOOD_CALL | {"returnData": "0x1"}] * 3}],
    "no gas": [{"calls": [{"status": "0x1", "returnData": "0x"}] * 3}],
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_another_shape_is_an_error_that_names_the_endpoint(tried, answer, monkeypatch):
    monkeypatch.setattr(Simulator, "_simulate", lambda *_: {"result": answer})
    with pytest.raises(AnswerError, match=r"L1 endpoint .* gave no good answer to eth_simulateV1"):
        tried(put(1))


def test_an_answer_of_a_contract_of_another_shape_is_an_error(world):
    def refuse_all(_):
        raise AnswerError("the box is odd")

    node = world.add(Simulator())
    odd = Call(BOX, b"get!", refuse_all, "the box", 5_000)
    with pytest.raises(AnswerError, match=r"the box is odd, as L1 endpoint .* has it at block 1000"):
        simulate(world.reader(), Script(SENDER, (), ((odd,),), {}), node.head)


@pytest.mark.parametrize("ignored", ["0x", "0x" + "00" * 64, "0x" + DENIED.hex()])
@pytest.mark.parametrize("method", ["eth_simulateV1", "eth_call"])
def test_where_the_overrides_are_ignored_the_answer_is_not_taken(tried, method, ignored, monkeypatch):
    def simulated(self, body, _):
        calls = [{**GOOD_CALL, "returnData": ignored}] * len(body["blockStateCalls"][0]["calls"])
        return {"result": [{"calls": calls}]}

    monkeypatch.setattr(Simulator, "_simulate", simulated)
    if method == "eth_call":
        plain = Simulator._run_call
        monkeypatch.setattr(
            Simulator, "_run_call", lambda *given: {"result": ignored} if len(given) > 3 else plain(*given)
        )
    _, found = tried(put(1))
    assert found.way is (Way.CODE_OVERRIDE if method == "eth_simulateV1" else Way.ONE_BY_ONE)
    assert found.outcomes == (Answer((1).to_bytes(32)),)


def test_slots_that_the_lens_did_not_read_are_unknown(tried, monkeypatch):
    plain = Simulator._run_lens
    monkeypatch.setattr(
        Simulator, "_run_lens", lambda *given: (True, bytes(32), 5) if given[4][:4] == SLOTS else plain(*given)
    )
    _, simulated = tried(put(1), storage={BOX: [7]})
    assert simulated.way is Way.SIMULATE_V1
    assert simulated.storage is None
    assert kept(simulated) == [0, 1]


REFUSALS = {
    "unknown method": (-32601, "the method eth_simulateV1 does not exist/is not available"),
    "another code": (-32000, "Unsupported method: eth_simulateV1"),
    "gateway": (-32001, "method eth_simulateV1 not found"),
    "params": (-32602, "missing value for required argument 1"),
    "limit": (-38026, "too many blocks"),
    "funds": (-38014, "insufficient funds for gas * price + value"),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_costs_one_request(world, tried, refusal, monkeypatch):
    monkeypatch.setattr(Simulator, "_simulate", lambda *_: refuse(*refusal))
    _, simulated = tried(put(1))
    assert simulated.way is Way.CODE_OVERRIDE
    assert world.transport.sent.count(["eth_simulateV1"]) == 1


def test_a_fault_that_may_pass_is_borne(world, tried, monkeypatch):
    left = [refuse(-32603, "no backend"), {"result": None}, refuse(-32005, "rate limited")]
    plain = Simulator._simulate
    monkeypatch.setattr(Simulator, "_simulate", lambda *given: left.pop(0) if left else plain(*given))
    _, simulated = tried(put(1))
    assert simulated.way is Way.SIMULATE_V1
    assert world.transport.sent == [["eth_simulateV1"]] * 4


def test_a_dead_endpoint_is_an_error(world, tried):
    world.transport.plan = lambda _endpoint, _methods: Mishap.UNREACHABLE
    with pytest.raises(EndpointError):
        tried(put(1))


def test_a_block_that_was_replaced_is_said_so(world):
    node = world.add(Simulator())
    reader = world.reader()
    node.fork = 1
    with pytest.raises(BlockError, match="was replaced"):
        simulate(reader, Script(SENDER, (put(1),), ((GET,),) * 2, {}), 1_000)


def test_a_value_is_sent_along(tried):
    node, _ = tried(Transaction(BOX, put(1).data, value=7), put(2))
    first, second = [call for call in node.asked[-1][1][0]["blockStateCalls"][0]["calls"] if "from" in call]
    assert (first["value"], "value" in second) == ("0x7", False)
