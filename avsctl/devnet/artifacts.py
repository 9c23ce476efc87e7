"""The built contracts of the devnet: creation code with its constructor's arguments, and runtime code."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from avsctl.devnet import rpc


@dataclass(frozen=True)
class Artifact:
    """One built contract."""

    creation_code: bytes
    runtime_code: bytes


@cache
def load_artifact(name: str) -> Artifact:
    """Load a built contract by the name of its file."""
    text = (files("avsctl.devnet") / "artifacts" / f"{name}.json").read_text(encoding="utf-8")
    built = json.loads(text)
    return Artifact(bytes.fromhex(built["bytecode"][2:]), bytes.fromhex(built["runtime"][2:]))


def creation_of(name: str, types: str = "()", *arguments: object) -> bytes:
    """Give the data of the transaction that deploys a contract, its constructor's arguments included."""
    return load_artifact(name).creation_code + rpc.arguments_of(types, *arguments)
