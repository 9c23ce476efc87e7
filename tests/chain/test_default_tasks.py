"""The newest task of definition 0 that one log request reaches, on each generation."""

import pytest

from avsctl.chain.detect import Discovery
from avsctl.chain.fake import FakeNode, Mishap
from avsctl.chain.queries.default_tasks import find_default_task
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.attestation_center_logs import submitted_topics
from avsctl.core.deployment import Generation, Layer
from avsctl.core.units import Address
from avsctl.errors import AnswerError, EndpointError

CENTER = Address("0x" + "a1" * 20)
HEAD = 50_000
OPERATOR = "0x" + "0b".rjust(64, "0")


class TaskNode(FakeNode):
    """A node that gives of its logs those that a filter by topics wants."""

    def answer(self, method, params):
        answered = super().answer(method, params)
        if method != "eth_getLogs" or "error" in answered:
            return answered
        wanted = params[0]["topics"]
        self.filters = [*getattr(self, "filters", []), wanted]
        kept = [each for each in answered["result"] if fits(each["topics"], wanted)]
        return {"result": kept}


def fits(topics, wanted):
    return len(topics) >= len(wanted) and all(w in (None, t) for t, w in zip(topics, wanted, strict=False))


def task(generation, block, task_definition_id):
    event, _ = submitted_topics(generation, task_definition_id)
    last = f"{task_definition_id:064x}"
    indexed = [] if generation is Generation.V1 else [OPERATOR, "0x" + last]
    head = [OPERATOR[2:], "0" * 64, "0" * 64, "0" * 64, last] if generation is Generation.V1 else ["0" * 64]
    return {
        "address": CENTER,
        "topics": [event, *indexed],
        "data": "0x" + "".join(head),
        "blockNumber": hex(block),
        "logIndex": "0x0",
    }


@pytest.fixture(params=list(Generation), ids=str)
def look(request, world):
    """Give the node, the function that makes a task of this generation, and what looks for the newest one."""
    node = world.add(TaskNode(head=HEAD))
    generation = request.param
    found = Discovery(generation, AttestationCenter(CENTER, generation), CENTER, None, 0, 0, (), None)
    reader = world.reader(rpc=world.rpc(Layer.L2))
    return node, lambda *of: task(generation, *of), lambda: find_default_task(reader, found)


def test_the_newest_task_of_definition_0(look, world):
    node, made, find = look
    node.logs = [made(HEAD - 30, 0), made(HEAD - 20, 0), made(HEAD - 10, 1), made(HEAD - 5, 10001)]
    assert find() == HEAD - 20
    assert world.transport.sent == [["eth_getLogs"]]


def test_tasks_of_others_and_older_ones_are_none(look):
    node, made, find = look
    node.logs = [made(HEAD - 10_000, 0), made(HEAD - 10, 1)]
    assert find() is None


def test_a_refusal_is_followed_by_one_smaller_request(look, world):
    node, made, find = look
    node.log_range, node.log_refusal = 10, "max 10 blocks"
    node.logs = [made(HEAD - 10, 0), made(HEAD - 9, 0)]
    assert find() == HEAD - 9
    assert len(world.transport.sent) == 2
    node.log_refusal = "too wide"
    assert find() is None
    assert len(world.transport.sent) == 4


def test_an_endpoint_without_logs_shows_none(look, world):
    node, _, find = look
    node.log_range = 0
    assert find() is None
    assert len(world.transport.sent) == 2


def test_an_endpoint_that_fails_is_an_error(look, world):
    _, _, find = look
    world.transport.plan = lambda *_: Mishap.UNREACHABLE
    with pytest.raises(EndpointError):
        find()


def test_a_log_of_another_shape_is_an_error(world):
    node = world.add(TaskNode(head=HEAD))
    node.logs = [{**task(Generation.V1, HEAD, 0), "data": "0x"}]
    found = Discovery(Generation.V1, AttestationCenter(CENTER, Generation.V1), CENTER, None, 0, 0, (), None)
    with pytest.raises(AnswerError):
        find_default_task(world.reader(), found)
