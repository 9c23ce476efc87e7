"""The built contracts of the devnet: creation code with its constructor's arguments, and runtime code."""

import json
from functools import cache
from importlib.resources import files

from avsctl.devnet import rpc


def creation_of(name: str, types: str = "()", *arguments: object) -> bytes:
    """Give the data of the transaction that deploys a contract, its constructor's arguments included."""
    return _load(name, "bytecode") + rpc.arguments_of(types, *arguments)


def runtime_of(name: str) -> bytes:
    """Give the code of a contract as it would be deployed, where its file has it."""
    return _load(name, "runtime")


@cache
def _load(name: str, member: str) -> bytes:
    text = (files("avsctl.devnet") / "artifacts" / f"{name}.json").read_text(encoding="utf-8")
    return bytes.fromhex(json.loads(text)[member][2:])
