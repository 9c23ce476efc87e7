"""The readable form of a call in a batch file of Safe's Transaction Builder: a method, and its arguments as text.

Only what the Transaction Builder reads without doubt is written, and only what it reads the same way is read.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from avsctl.contracts.abi import Function
from avsctl.contracts.address import parse_address
from avsctl.contracts.keccak import keccak256
from avsctl.core.json_text import parse_json
from avsctl.errors import ConfigError

_WRITTEN: Final = re.compile(r"(uint[0-9]+|address|bool)(\[\])?", re.ASCII)
"""What is written readably: its import is known to break on tuples (safe-react-apps#835), and it trims some texts."""
_TYPE: Final = re.compile(
    r"(?P<base>[a-z]+)(?P<size>[1-9][0-9]{0,2})?(?P<arrays>(\[([1-9][0-9]{0,3})?\]){0,4})", re.ASCII
)
_SIZES: Final = {"uint": range(8, 257, 8), "int": range(8, 257, 8), "bytes": range(1, 33)}
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,199}", re.ASCII)
_NO_METHODS: Final = frozenset({"receive", "fallback"})
"""For these the Transaction Builder sends no data at all."""
_DEEPEST_TUPLE: Final = 8
_INTEGER: Final = re.compile(r"-?[0-9]{1,78}", re.ASCII)
_BYTES: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)
_MOST_UNQUOTED: Final = 2**53 - 1
"""Above it JavaScript rounds."""


def describe_call(function: Function, args: Sequence[Any]) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Give ``contractMethod`` and ``contractInputsValues``; None where the form would not be safe."""
    names, kinds = function.input_names, function.inputs
    if len(set(names) - {""}) != len(kinds) or not all(_WRITTEN.fullmatch(kind) for kind in kinds):
        return None
    inputs = [{"internalType": kind, "name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]
    values = {name: _write(value) for name, value in zip(names, args, strict=True)}
    return {"inputs": inputs, "name": function.name, "payable": False}, values


def encode_method(method: Mapping[str, Any], values: Mapping[str, Any]) -> bytes:
    """Give the calldata that a method with these arguments stands for.

    Args:
        method: ``contractMethod`` of a file.
        values: ``contractInputsValues`` of it.

    Raises:
        ValueError: it has another shape, or is written as the Transaction Builder might read otherwise. The message
            repeats nothing of the file.
    """
    from eth_abi.abi import encode  # noqa: PLC0415 - 0.2 s that most commands do not need
    from eth_abi.exceptions import EncodingError  # noqa: PLC0415

    kinds = _read_types(method)
    names = [parameter.get("name") or str(index) for index, parameter in enumerate(method["inputs"])]
    args = [
        _read_argument(kind, values.get(name), index)
        for index, (kind, name) in enumerate(zip(kinds, names, strict=True))
    ]
    try:
        return hash_selector(method) + encode(kinds, args)
    except (EncodingError, UnicodeEncodeError) as error:
        raise ValueError("an argument does not fit its type") from error


def hash_selector(method: Mapping[str, Any]) -> bytes:
    """Give the first four bytes of the hash of the method's signature; raises ValueError as ``encode_method`` does."""
    kinds, name = _read_types(method), method.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _NO_METHODS:
        raise ValueError("its name is not one of a function")
    return keccak256(f"{name}({','.join(kinds)})".encode())[:4]


def _write(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return json.dumps([_write(item) for item in value], separators=(",", ":"))
    return str(value)


def _read_types(method: Mapping[str, Any]) -> list[str]:
    return _read_parameters(method.get("inputs"), _DEEPEST_TUPLE)


def _read_parameters(parameters: object, deepest: int) -> list[str]:
    if not isinstance(parameters, list):
        raise ValueError("its inputs are no list")  # noqa: TRY004 - of a file, not of this code
    return [_read_type(parameter, deepest) for parameter in parameters]


def _read_type(parameter: object, deepest: int) -> str:
    """Give the canonical type of one parameter."""
    members = parameter if isinstance(parameter, dict) else {}
    kind = members.get("type")
    found = _TYPE.fullmatch(kind) if isinstance(kind, str) else None
    if found is None or not isinstance(members.get("name", ""), str) or deepest == 0:
        raise ValueError("an input has no type that is known")
    base, size, arrays = found["base"], found["size"], found["arrays"]
    if base == "tuple" and size is None and members.get("components"):
        return f"({','.join(_read_parameters(members['components'], deepest - 1))}){arrays}"
    if base in ("address", "bool", "string", "bytes") and size is None:
        return f"{base}{arrays}"
    bits = int(size) if size else 256
    if bits not in _SIZES.get(base, ()):
        raise ValueError("an input has no type that is known")
    return f"{base}{bits}{arrays}"


def _read_argument(kind: str, text: object, index: int) -> Any:  # noqa: ANN401 - the type decides
    from eth_abi.grammar import TupleType, parse  # noqa: PLC0415 - as above

    if not isinstance(text, str):
        raise ValueError(f"argument {index + 1} is missing, or is no text in quotes")  # noqa: TRY004 - as above
    parsed = parse(kind)
    try:
        is_whole = parsed.is_array or isinstance(parsed, TupleType)
        return _read_value(parsed, parse_json(text)) if is_whole else _read_scalar(kind, text)
    except (ValueError, ConfigError) as error:
        raise ValueError(f"argument {index + 1} is not of its type, or not read the same by all") from error


def _read_value(parsed: Any, value: object) -> Any:  # noqa: ANN401 - the type decides
    """Read a part of an array or a tuple."""
    from eth_abi.grammar import TupleType  # noqa: PLC0415 - as above

    if parsed.is_array:
        (*_, size) = parsed.arrlist
        items = _require_items(value, size[0] if size else None)
        return tuple(_read_value(parsed.item_type, item) for item in items)
    if isinstance(parsed, TupleType):
        items = _require_items(value, len(parsed.components))
        return tuple(map(_read_value, parsed.components, items))
    kind = parsed.to_type_str()
    if isinstance(value, bool) or (type(value) is int and abs(value) <= _MOST_UNQUOTED):
        return _read_scalar(kind if kind != "string" else "", _write(value))
    if not isinstance(value, str):
        raise ValueError("no text in quotes")  # noqa: TRY004 - as above
    return _read_scalar(kind, value)


def _require_items(value: object, count: int | None) -> list[Any]:
    if not isinstance(value, list) or count not in (None, len(value)):
        raise ValueError("no list of that length")
    return value


def _read_scalar(kind: str, text: str) -> Any:  # noqa: ANN401 - the type decides
    if kind == "string":
        return text
    if kind == "address":
        return parse_address(text)
    if kind == "bool" and text in ("true", "false"):
        return text == "true"
    if "int" in kind and _INTEGER.fullmatch(text):
        return int(text)
    if kind.startswith("bytes") and _BYTES.fullmatch(text) and kind[5:] in ("", str(len(text) // 2 - 1)):
        return bytes.fromhex(text[2:])
    raise ValueError("not of that type")
