"""submitTask: hashes by their vectors, calldata as eth_abi has it both ways, and the logs that a task leaves."""

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.abi import load_entries, load_function
from avsctl.contracts.address import to_checksum
from avsctl.contracts.internal_task_handler import InternalTaskHandler
from avsctl.contracts.submit_task import (
    CALLDATA_LIMIT,
    Submission,
    Task,
    decode_submit,
    encode_submit,
    task_hash,
    vote_hash,
)
from avsctl.contracts.task_logs import (
    TOTALS_SYNC_TOPIC,
    PowerSync,
    ProcessedTask,
    TaskOutcome,
    decode_outcome,
    decode_power_sync,
    decode_processed,
    definition_topics,
    outcome_topics,
    power_sync_event,
    processed_event,
)
from avsctl.core.deployment import Generation
from avsctl.errors import AnswerError, GenerationError

V1, V2, V3 = Generation
TASK_TYPE = "(bytes,bytes,address,uint16)"
ECDSA = "(bool,bytes,uint256[2],uint256[])"
BLS = "(bool,uint256[2],uint256[2],uint256[])"
FLAT = ("bool", "bytes", "uint256[2]", "uint256[]")
CENTER = to_checksum(b"\xac" * 20)
PERFORMER = to_checksum(b"\x11" * 20)
KNOWN = Task("QmTest", b"\xde\xad\xbe\xef", PERFORMER, 1)

UINT256 = st.integers(0, 2**256 - 1) | st.integers(0, 100)
POINTS = st.tuples(UINT256, UINT256)
PROOFS = st.binary(max_size=70).map(lambda raw: raw.decode("utf-8", "surrogateescape")) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=40
)
TASKS = st.builds(
    Task,
    PROOFS,
    st.binary(max_size=70),
    st.binary(min_size=20, max_size=20).map(to_checksum),
    st.integers(0, 2**16 - 1),
)


def submissions(signatures):
    return st.builds(Submission, st.booleans(), signatures, POINTS, st.lists(UINT256, max_size=4).map(tuple))


WITH_ECDSA = submissions(st.binary(max_size=70))
WITH_BLS = submissions(POINTS)
ANY = WITH_ECDSA | WITH_BLS


def values(task):
    proof = task.proof_of_task.encode("utf-8", "surrogateescape")
    return proof, task.data, task.performer, task.task_definition_id


def details(submission):
    signature, aggregate = submission.performer_signature, submission.aggregate
    return submission.is_approved, signature, aggregate, submission.attester_ids


def by_eth_abi(task, submission):
    is_ecdsa = isinstance(submission.performer_signature, bytes)
    head, kind = ("fff768e3", ECDSA) if is_ecdsa else ("8a7ce8a4", BLS)
    return bytes.fromhex(head) + encode([TASK_TYPE, kind], [values(task), details(submission)])


def flat(task, submission):
    return bytes.fromhex("7d5f32bc") + encode([TASK_TYPE, *FLAT], [values(task), *details(submission)])


@st.composite
def damaged(draw, whole):
    """A valid encoding with some bytes changed, cut or added; often such as stand in heads and lengths."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(4, len(data) - 1) | st.integers(1, len(data) // 32).map(lambda n: 32 * n + 3))
        data[place] = draw(st.sampled_from((0, 1, 2, 31, 32, 64, 96, 255)) | st.integers(0, 255))
    cut = draw(st.sampled_from((None, None, None, -1, -32, 31)))
    return bytes(data[:cut]) + bytes(draw(st.sampled_from((0, 0, 0, 1, 32))))


# Hashes


def test_the_vectors_of_the_hashes():
    assert task_hash(KNOWN).hex() == "ea883953ea8b01b75660a22f923e325afad3bdc2f72d97a304b4dfc473926aa3"
    approve = vote_hash(KNOWN, CENTER, 84532, is_approved=True)
    reject = vote_hash(KNOWN, CENTER, 84532, is_approved=False)
    assert approve.hex() == "819be4e7a1f2eb4571dda1956508193014dea4f363fd9d934ff9e5199d284754"
    assert reject.hex() == "dc05e8a5fa79b7e6ffbae8f9c3693a7003b0d24af32e2ee392fc70957edc1327"


@given(TASKS, UINT256, st.booleans())
def test_hashes_are_those_of_eth_abi(task, chain_id, is_approved):
    kinds = ["bytes", "bytes", "address", "uint16"]
    assert task_hash(task) == keccak(encode(kinds, values(task)))
    voted = encode([*kinds, "address", "uint256", "bool"], [*values(task), CENTER, chain_id, is_approved])
    assert vote_hash(task, CENTER, chain_id, is_approved=is_approved) == keccak(voted)


@pytest.mark.parametrize(
    "task",
    [
        Task("", b"", PERFORMER, 2**16),
        Task("", b"", PERFORMER, -1),
        Task("\ud800", b"", PERFORMER, 1),
        Task("", b"", PERFORMER[:-2], 1),
        Task("", "text", PERFORMER, 1),
    ],
)
def test_what_no_contract_can_be_told_is_refused(task):
    for attempt in (task_hash, lambda task: encode_submit(V2, task, Submission(True, b"", (0, 0), ()))):
        with pytest.raises(ValueError, match="encode"):
            attempt(task)


# Calldata


@pytest.mark.parametrize("generation", Generation)
@given(TASKS, WITH_ECDSA)
def test_a_submission_is_what_eth_abi_makes_of_it(generation, task, submission):
    calldata = encode_submit(generation, task, submission)
    assert calldata == by_eth_abi(task, submission)
    assert decode_submit(calldata) == (task, submission)


@pytest.mark.parametrize("generation", [V2, V3])
@given(TASKS, WITH_BLS)
def test_a_submission_with_a_point_of_the_performer(generation, task, submission):
    calldata = encode_submit(generation, task, submission)
    assert calldata == by_eth_abi(task, submission)
    assert decode_submit(calldata) == (task, submission)


def test_the_first_generation_takes_no_point_of_the_performer():
    with pytest.raises(GenerationError, match="AttestationCenter of generation v1 has no submitTask") as caught:
        encode_submit(V1, KNOWN, Submission(True, (1, 2), (0, 0), ()))
    assert caught.value.problems[0].hint == "v2 and v3 have it"


@given(TASKS, WITH_ECDSA)
def test_the_flat_form_of_the_first_generation_is_read(task, submission):
    assert decode_submit(flat(task, submission)) == (task, submission)


@given(damaged(st.builds(by_eth_abi, TASKS, ANY) | st.builds(flat, TASKS, WITH_ECDSA)))
def test_a_submission_read_is_the_one_that_was_written(calldata):
    try:
        found = decode_submit(calldata)
    except ValueError:
        return
    assert calldata in (by_eth_abi(*found), flat(*found) if isinstance(found[1].performer_signature, bytes) else b"")


GOOD = by_eth_abi(KNOWN, Submission(True, bytes(65), (1, 2), (1, 3)))


@pytest.mark.parametrize(
    ("calldata", "reason"),
    [
        (b"", "no calldata of submitTask: it begins with 0x$"),
        (b"\xff\xf7", "no calldata of submitTask: it begins with 0xfff7$"),
        (bytes.fromhex("a9059cbb") + bytes(64), "it begins with 0xa9059cbb"),
        (GOOD[:4], "cut short, too long or otherwise encoded"),
        (GOOD[:-1], "cut short, too long or otherwise encoded"),
        (GOOD[:-32], "cut short, too long or otherwise encoded"),
        (GOOD + bytes(32), "cut short, too long or otherwise encoded"),
        (GOOD[:4] + bytes.fromhex("ff" * 32) + GOOD[36:], "cut short, too long or otherwise encoded"),
        (bytes.fromhex("8a7ce8a4") + GOOD[4:], "cut short, too long or otherwise encoded"),
        (bytes.fromhex("7d5f32bc") + GOOD[4:], "cut short, too long or otherwise encoded"),
    ],
)
def test_what_is_no_submission_is_refused_with_the_reason(calldata, reason):
    with pytest.raises(ValueError, match=reason):
        decode_submit(calldata)


def test_ten_megabytes_are_refused():
    with pytest.raises(ValueError, match=f"10000000 bytes, where no submitTask has more than {CALLDATA_LIMIT}"):
        decode_submit(GOOD.ljust(10_000_000, b"\0"))


PLAIN_WORDS = {12, 13, 16, 17, 20, 21}
"""Words of GOOD that hold a whole value: the aggregate, the performer's signature, two ids."""


@pytest.mark.parametrize(("absurd", "taken"), [(2**256 - 1, set()), (2**63, {4}), (2**31, {4})])
def test_lengths_and_offsets_that_do_not_fit_are_refused(absurd, taken):
    accepted = set()
    for index in range(len(GOOD) // 32):
        at = 4 + 32 * index
        calldata = GOOD[:at] + absurd.to_bytes(32) + GOOD[at + 32 :]
        try:
            assert by_eth_abi(*decode_submit(calldata)) == calldata
        except ValueError:
            continue
        accepted.add(index)
    assert accepted == PLAIN_WORDS | taken


@pytest.mark.parametrize("generation", [V2, V3])
@given(TASKS)
def test_an_internal_task_is_handed_on(generation, task):
    transaction = InternalTaskHandler(CENTER, generation).process_task(task)
    assert (transaction.to, transaction.value) == (CENTER, 0)
    assert transaction.data == bytes.fromhex("9d002345") + encode([TASK_TYPE], [values(task)])


def test_an_internal_task_can_be_shown():
    transaction = InternalTaskHandler(CENTER, V2).process_task(KNOWN)
    assert transaction.function == load_function("InternalTaskHandler", V2, "processTask")
    assert transaction.args == transaction.function.decode_arguments(transaction.data)


# Logs


def log_of(generation, contract, name, args):
    """A log as the ABI file has the event, its topic hashed from there."""
    (entry,) = [each for each in load_entries(contract, generation) if each["type"] == "event" and each["name"] == name]
    kinds = [each["type"] for each in entry["inputs"]]
    topics, rest = [keccak(f"{name}({','.join(kinds)})".encode())], []
    for each, value in zip(entry["inputs"], args, strict=True):
        kind = each["type"].replace("string", "bytes")
        if each["indexed"]:
            topics.append(encode([kind], [value]))
        else:
            rest.append((kind, value))
    data = encode([kind for kind, _ in rest], [value for _, value in rest])
    return {"topics": ["0x" + topic.hex() for topic in topics], "data": "0x" + data.hex()}


def outcome_log(generation, outcome):
    proof, data, performer, task_definition_id = values(outcome.task)
    name = "TaskSubmitted" if outcome.is_approved else "TaskRejected"
    args = [performer, outcome.task_number, proof, data, task_definition_id]
    ids = [] if generation is V1 else [outcome.attester_ids]
    return log_of(generation, "AttestationCenter", name, args + ids)


@pytest.mark.parametrize("generation", Generation)
@given(TASKS, st.booleans(), st.integers(0, 2**32 - 1), st.lists(UINT256, max_size=3).map(tuple))
def test_the_outcome_of_a_task_is_read(generation, task, is_approved, number, ids):
    outcome = TaskOutcome(task, is_approved, number, None if generation is V1 else ids)
    log = outcome_log(generation, outcome)
    assert decode_outcome(generation, log) == outcome
    assert log["topics"][0] == outcome_topics(generation)[0 if is_approved else 1]
    others = definition_topics(generation, task.task_definition_id)
    for wanted, found in zip(others, log["topics"][1:], strict=True):
        assert wanted in (None, found)


def test_topics_are_those_known():
    assert outcome_topics(V1)[0] == "0xde1faaa044a7216023ec32c06f91d9b5098d8bbd3b37f3662be3a729752ec9fc"
    for generation in (V2, V3):
        assert outcome_topics(generation) == (
            "0xaed5b9322f1cce79090471045d025d7a0a841daf787ec955d17cdd32a3ebfdb1",
            "0x834bcdc44f628888090e897856fa3d661504c545654ba804c61b293c36b6595b",
        )
        synced = "0x3e2aa71657857bb7b7a0901abef4ea1d1ffeee4005c5549f2b2c646f7043760a"
        processed = "0xdaf0d474b8053df2faf3471e4542b5e6d97b45b45aefcbb52a823b3ba1ef8a53"
        assert (power_sync_event(generation).topic, processed_event(generation).topic) == (synced, processed)
    executed = keccak(b"ExecuteInternalTransactionsTask((address,bytes)[])")
    assert "0x" + executed.hex() == TOTALS_SYNC_TOPIC


APPROVED = TaskOutcome(KNOWN, True, 7, (1, 3))


@pytest.mark.parametrize(
    ("generation", "log"),
    [
        (V2, {**outcome_log(V2, APPROVED), "data": "0x"}),
        (V2, {**outcome_log(V2, APPROVED), "data": outcome_log(V2, APPROVED)["data"][:-64]}),
        (V2, {**outcome_log(V2, APPROVED), "data": outcome_log(V2, APPROVED)["data"] + "00"}),
        (V2, {**outcome_log(V2, APPROVED), "topics": outcome_log(V2, APPROVED)["topics"][:2]}),
        (V2, {**outcome_log(V2, APPROVED), "topics": [*outcome_log(V2, APPROVED)["topics"], "0x" + "00" * 32]}),
        (V2, {**outcome_log(V2, APPROVED), "topics": [*outcome_log(V2, APPROVED)["topics"][:2], "0x" + "ff" * 32]}),
        (V1, {**outcome_log(V1, APPROVED), "topics": [outcome_log(V1, APPROVED)["topics"][0], "0x" + "00" * 32]}),
    ],
)
def test_an_outcome_in_another_shape_is_an_error(generation, log):
    with pytest.raises(AnswerError, match=rf"AttestationCenter's TaskSubmitted \({generation}\) has another shape"):
        decode_outcome(generation, log)


def test_other_events_are_none_of_these():
    other = {"topics": ["0x" + "00" * 32], "data": "0x"}
    for log in (other, {"topics": [], "data": "0x"}, outcome_log(V1, APPROVED)):
        assert decode_outcome(V2, log) is None
        assert decode_power_sync(V2, log) is None
        assert decode_processed(V2, log) is None


@pytest.mark.parametrize("generation", [V2, V3])
def test_what_the_handler_says_of_a_task(generation):
    synced = log_of(generation, "InternalTaskHandler", "VotingPowerUpdated", [100, 2**200, b"proof\xff"])
    processed = log_of(generation, "InternalTaskHandler", "TaskProcessed", [10_001, b"proof"])
    assert decode_power_sync(generation, synced) == PowerSync(100, 2**200, "proof\udcff")
    assert decode_processed(generation, processed) == ProcessedTask(10_001, "proof")
    assert decode_power_sync(generation, processed) is decode_processed(generation, synced) is None
    with pytest.raises(AnswerError, match="InternalTaskHandler's VotingPowerUpdated"):
        decode_power_sync(generation, {**synced, "data": synced["data"][:-64]})


def test_the_first_generation_has_no_handler():
    with pytest.raises(GenerationError, match="generation v1 has no InternalTaskHandler"):
        power_sync_event(V1)
