"""OBLS: its calls in each generation."""

import pytest
from eth_abi import encode

from avsctl.contracts.keccak import keccak256
from avsctl.contracts.obls import Obls
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.errors import AnswerError, GenerationError

V1, V2, V3 = Generation
OBLS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def word(value):
    return value.to_bytes(32)


ID = word(7).hex()
KEY_SELECTOR = keccak256(b"getOperatorBLSPubKey(uint256)")[:4].hex()
CALLS = [
    ("voting_power", (7,), Generation, "72c4a927" + ID, word(2**256 - 1), 2**256 - 1),
    ("is_active", (7,), Generation, "82afd23b" + ID, word(1), True),
    ("is_active", (7,), Generation, "82afd23b" + ID, word(0), False),
    ("is_registered", (7,), (V3,), "579a6988" + ID, word(1), True),
    ("bls_key", (7,), (V2, V3), KEY_SELECTOR + ID, word(1) + word(2) + word(3) + word(4), (1, 2, 3, 4)),
    ("total_voting_power", (), Generation, "671b3793", word(10**24), 10**24),
    ("total_per_task_definition", (10_001,), Generation, "255da331" + word(10_001).hex(), word(0), 0),
]


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(("method", "args", "generations", "calldata", "answer", "value"), CALLS)
def test_calls_of_each_generation(generation, *, method, args, generations, calldata, answer, value):
    ask = getattr(Obls(OBLS, generation), method)
    if generation not in generations:
        with pytest.raises(GenerationError, match=f"OBLS of generation {generation} has no") as caught:
            ask(*args)
        assert caught.value.problems[0].hint == ("v3 has it" if generations == (V3,) else "v2 and v3 have it")
        return
    call = ask(*args)
    assert (call.to, call.data.hex()) == (OBLS, calldata)
    found = call.decode(answer)
    assert found == value
    assert type(found) is type(value)
    assert call.label.startswith("OBLS.")
    assert call.label.endswith(f"() ({generation})")
    for other in (b"", answer[:-1], answer[1:], answer + b"\0", answer + bytes(32), answer * 2):
        with pytest.raises(AnswerError) as refused:
            call.decode(other)
        assert call.label in str(refused.value)


@pytest.mark.parametrize(("method", "generation"), [("is_active", V1), ("is_active", V2), ("is_registered", V3)])
def test_a_flag_that_is_neither_0_nor_1_is_refused(method, generation):
    call = getattr(Obls(OBLS, generation), method)(7)
    with pytest.raises(AnswerError, match=r"\(v\d\) gave an answer of another shape: 2 is no bool"):
        call.decode(word(2))


@pytest.mark.parametrize("operator_id", [-1, 2**256])
def test_an_id_that_no_word_holds_is_not_asked_for(operator_id):
    with pytest.raises(ValueError, match="is no uint256"):
        Obls(OBLS, V2).voting_power(operator_id)


POWER_CHANGES = (PowerChange(3, 10**18), PowerChange(2**256 - 1, 1), PowerChange(3, 5))
PAIRS = tuple((change.operator_id, change.voting_power) for change in POWER_CHANGES)


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("method", ["increase", "decrease"])
def test_powers_are_changed_in_a_batch(generation, method):
    name = f"{method}BatchOperatorVotingPower"
    transaction = getattr(Obls(OBLS, generation), method)(POWER_CHANGES)
    selector = keccak256(f"{name}((uint256,uint256)[])".encode())[:4]
    assert transaction.data == selector + encode(["(uint256,uint256)[]"], [PAIRS])
    assert (transaction.to, transaction.value, transaction.function.name) == (OBLS, 0, name)
    assert transaction.args == (PAIRS,) == transaction.function.decode_arguments(transaction.data)


@pytest.mark.parametrize(
    ("raised", "lowered", "names"),
    [(1, 2, ["increase", "decrease"]), (1, 0, ["increase"]), (0, 1, ["decrease"]), (0, 0, [])],
)
def test_a_syncer_makes_an_update_in_two_calls_at_most(raised, lowered, names):
    update = VotingPowerUpdate(POWER_CHANGES[:raised], POWER_CHANGES[:lowered], 100, 200, ())
    transactions = Obls(OBLS, V1).sync(update)
    assert [each.function.name for each in transactions] == [f"{name}BatchOperatorVotingPower" for name in names]
    assert [len(each.args[0]) for each in transactions] == [count for count in (raised, lowered) if count]
