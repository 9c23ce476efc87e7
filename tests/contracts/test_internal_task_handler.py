"""InternalTaskHandler: the two heights that the last sync left behind."""

import pytest

from avsctl.contracts.internal_task_handler import InternalTaskHandler
from avsctl.core.deployment import Generation
from avsctl.errors import AnswerError, GenerationError

V1, V2, V3 = Generation
HANDLER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
CALLS = [("last_commit_block_l1", "59807117", "L1"), ("last_commit_block_l2", "0b02444c", "L2")]


@pytest.mark.parametrize("generation", [V2, V3])
@pytest.mark.parametrize(("method", "selector", "layer"), CALLS)
def test_calls(method, selector, layer, generation):
    call = getattr(InternalTaskHandler(HANDLER, generation), method)()
    assert (call.to, call.data.hex()) == (HANDLER, selector)
    assert call.label == f"InternalTaskHandler.getLastCommitBlock{layer}() ({generation})"
    assert call.decode((38_220_102).to_bytes(32)) == 38_220_102
    for other in (b"", bytes(31), bytes(33), bytes(64)):
        with pytest.raises(AnswerError) as refused:
            call.decode(other)
        assert call.label in str(refused.value)


@pytest.mark.parametrize(("method", "selector", "layer"), CALLS)
def test_the_first_generation_has_none(method, selector, layer):
    with pytest.raises(GenerationError) as caught:
        getattr(InternalTaskHandler(HANDLER, V1), method)()
    (problem,) = caught.value.problems
    assert problem.message == f"InternalTaskHandler of generation v1 has no getLastCommitBlock{layer}"
    assert problem.hint == "v2 and v3 have it"
