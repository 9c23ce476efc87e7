"""What the real contract said to a task beside what the model says, and where the two differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from avsctl.core.attestation.conditions import Answer, Conditions, Refused
from avsctl.core.changes import L2State
from avsctl.core.deployment import Generation
from avsctl.core.units import OperatorId, TaskDefinitionId

_OF_PERFORMER: Final = ("InvalidPerformerSignature", "ECDSAInvalid")
"""How the errors of a performer's signature begin, which the model knows as one."""


@dataclass(frozen=True)
class Refusal:
    """The contract reverted."""

    error: str
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Taken:
    """The contract took the task; what was read behind it, in raw units."""

    powers: Mapping[OperatorId, int]
    """Empty where nothing was read."""
    total: int | None = None
    totals: Mapping[TaskDefinitionId, int] | None = None
    """What getters say."""


def find_differences(answer: Answer, seen: Refusal | Taken, before: Conditions) -> tuple[str, ...]:
    """Tell where contract and model differ, in words; nothing where they agree.

    Args:
        answer: of the model.
        seen: of the contract.
        before: the conditions that both met.
    """
    if isinstance(answer, Refused) or isinstance(seen, Refusal):
        model, contract = _name(answer), _name(seen)
        return () if _is_same(answer, seen) else (f"the contract {contract}, the model {model}",)
    after = answer.after
    return (*_compare_powers(after, seen), *_compare_totals(before.state, after.state, seen))


def _is_same(answer: Answer, seen: Refusal | Taken) -> bool:
    if not isinstance(answer, Refused) or not isinstance(seen, Refusal):
        return False
    if any(answer.error.startswith(each) and seen.error.startswith(_OF_PERFORMER) for each in _OF_PERFORMER):
        return True
    return (answer.error, answer.args) == (seen.error, seen.args)


def _name(said: Answer | Refusal | Taken) -> str:
    if not isinstance(said, Refused | Refusal):
        return "takes it"
    shown = ", ".join(f"0x{arg.hex()}" if isinstance(arg, bytes) else str(arg) for arg in said.args)
    return f"reverts {said.error}({shown})" if said.error else "reverts without data"


def _compare_powers(after: Conditions, seen: Taken) -> Iterator[str]:
    powers = after.powers
    for operator_id, power in seen.powers.items():
        expected = powers.get(operator_id, 0)
        if power != expected:
            yield f"operator {operator_id} has {power}raw behind it, by the model {expected}raw"


def _compare_totals(before: L2State, after: L2State, seen: Taken) -> Iterator[str]:
    if seen.total is not None and seen.total != after.global_total:
        yield f"the global total is {seen.total}raw behind it, by the model {after.global_total}raw"
    for each in after.definitions:
        task_definition_id = each.definition.task_definition_id
        shown = (seen.totals or {}).get(task_definition_id)
        expected = _show_total(before, after, task_definition_id)
        if shown is not None and expected is not None and shown != expected:
            yield f"the total of task {task_definition_id} is {shown}raw behind it, by the model {expected}raw"


def _show_total(before: L2State, after: L2State, task_definition_id: TaskDefinitionId) -> int | None:
    """Give what the getter of a total says; None where the getter's word left open what is stored.

    From V2 on it says the global total for a stored 0, so that a total which it said alone may be either.
    """
    was, found = before.find(task_definition_id), after.find(task_definition_id)
    if was is None or found is None:
        return None
    if not found.is_raw and was.own_total == before.global_total:
        return None
    hides_zero = after.generation is not Generation.V1 and found.own_total == 0
    return after.global_total if hides_zero else found.own_total
