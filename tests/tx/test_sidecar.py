"""The file beside a batch file: written, read as a stranger's, each of its fields refused in another shape."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verifying import EXPECTED, SIDECAR

from avsctl.core.deployment import Generation
from avsctl.errors import ConfigError
from avsctl.tx.json_fields import MalformedField
from avsctl.tx.sidecar import (
    MOST_CHARACTERS,
    SCHEMA,
    build_sidecar,
    compute_checksum,
    parse_sidecar,
    sidecar_path,
)

TEXT = build_sidecar(SIDECAR)
DOCUMENT = json.loads(TEXT)


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(member, (*path, name))
    else:
        yield path


def objects(value, path=()):
    if isinstance(value, dict):
        yield path
    for name, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from objects(member, (*path, name))


def at(document, path):
    for name in path:
        document = document[name]
    return document


def name_of(path):
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path).removeprefix(".")


def with_value(path, value):
    document = copy.deepcopy(DOCUMENT)
    at(document, path[:-1])[path[-1]] = value
    return document


def refused(document):
    with pytest.raises(MalformedField) as caught:
        parse_sidecar(json.dumps(document))
    (problem,) = caught.value.problems
    assert (problem.code, problem.message.startswith("in the sidecar, ")) == ("malformed_sidecar", True)
    return caught.value.path


def test_a_sidecar_is_beside_its_file():
    assert sidecar_path(Path("a/task3.json")) == Path("a/task3.json.avsctl.json")


def test_what_is_written_is_read_again():
    read = parse_sidecar(TEXT)
    assert (read, read.checksum_ok, read.checksum) == (SIDECAR, True, DOCUMENT["checksum"])
    assert build_sidecar(read) == TEXT


def test_the_same_value_gives_the_same_text_in_one_order():
    assert list(DOCUMENT) == [
        *("schema", "avsctl", "file", "chain_id", "generation", "attestation_center", "safe", "safe_tx", "hashes"),
        *("blocks", "expected", "accepted", "checksum"),
    ]
    assert DOCUMENT["schema"] == SCHEMA
    assert TEXT.endswith("}\n")


@pytest.mark.parametrize(
    "sidecar",
    [
        replace(SIDECAR, l1=None),
        replace(SIDECAR, accepted=(), expected=()),
        replace(SIDECAR, expected=(replace(EXPECTED, details=None),), generation=Generation.V1),
        replace(SIDECAR, head=replace(SIDECAR.head, name='"\u202e\n\ud800', description="é")),
    ],
)
def test_what_may_be_absent_or_strange_is_read_again(sidecar):
    read = parse_sidecar(build_sidecar(sidecar))
    assert (read, read.checksum_ok) == (sidecar, True)


@given(st.text(), st.integers(0, 2**53 - 1), st.integers(0, 2**256 - 1), st.binary(max_size=200))
def test_any_content_is_read_again(name, nonce, value, data):
    safe_tx = replace(SIDECAR.safe_tx, nonce=nonce, value=value, data=data)
    sidecar = replace(SIDECAR, head=replace(SIDECAR.head, name=name), safe_tx=safe_tx)
    read = parse_sidecar(build_sidecar(sidecar))
    assert (read, read.checksum_ok) == (sidecar, True)


def test_blanks_and_the_order_of_keys_are_no_part_of_the_checksum():
    assert parse_sidecar(json.dumps(dict(reversed(DOCUMENT.items())))).checksum_ok


def test_the_checksum_is_over_everything_else():
    for path in leaves(DOCUMENT):
        if path == ("checksum",):
            continue
        changed = with_value(path, "another value")
        rest = {name: value for name, value in changed.items() if name != "checksum"}
        assert compute_checksum(rest) != DOCUMENT["checksum"], path


@pytest.mark.parametrize("value", [None, True, -1, 1.5, "", "\0", [], {}, "0x", "0X00", "01", 2**300, str(2**300)])
def test_each_field_in_another_shape_is_refused_by_name_or_taken_as_it_is(value):
    texts = {("avsctl",), ("safe", "version"), ("expected", 0, "details", "name")}
    texts |= {("file", name) for name in ("name", "description", "txBuilderVersion", "createdFromOwnerAddress")}
    for path in leaves(DOCUMENT):
        changed = with_value(path, value)
        is_taken = (isinstance(value, str) and path in texts) or (value == "0x" and path == ("safe_tx", "data"))
        if is_taken:
            assert not parse_sidecar(json.dumps(changed)).checksum_ok
        else:
            assert refused(changed) == name_of(path)


def test_each_field_that_is_missing_and_each_that_is_not_known_is_named():
    for path in objects(DOCUMENT):
        for name in at(DOCUMENT, path):
            changed = copy.deepcopy(DOCUMENT)
            del at(changed, path)[name]
            assert refused(changed) == name_of((*path, name))
        changed = copy.deepcopy(DOCUMENT)
        at(changed, path)["extra"] = 1
        assert refused(changed) == name_of((*path, "extra"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("attestation_center",), DOCUMENT["attestation_center"].lower()),
        (("safe_tx", "data"), DOCUMENT["safe_tx"]["data"].upper().replace("X", "x")),
        (("safe_tx", "operation"), 2),
        (("safe_tx", "nonce"), 2**53),
        (("generation",), "v4"),
        (("expected", 0, "verdict"), "DEAD"),
        (("expected", 0, "task_definition_id"), 2**16),
        (("accepted", 0), "safe_singleton_unknown"),
        (("accepted", 0), "would_revert"),
        (("safe", "owners"), [DOCUMENT["safe"]["address"]] * 1_001),
    ],
)
def test_a_value_has_one_spelling_and_a_bound(path, value):
    assert refused(with_value(path, value)) == name_of(path)


@pytest.mark.parametrize(
    "text", ["", "no json", "[", "[" * 5_000, "\ud800", "NaN", TEXT.replace("{", '{"avsctl": "0",', 1)]
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ConfigError):
        parse_sidecar(text)


@pytest.mark.parametrize("text", ["7", "[]", "null", '"x"'])
def test_what_is_no_object_is_refused(text):
    with pytest.raises(MalformedField, match="the document is no JSON object"):
        parse_sidecar(text)


def test_a_sidecar_that_is_too_large_is_not_read():
    with pytest.raises(ConfigError, match="more than 1048576 characters"):
        parse_sidecar(TEXT + " " * MOST_CHARACTERS)


def test_no_message_repeats_a_value():
    with pytest.raises(ConfigError) as caught:
        parse_sidecar(json.dumps(with_value(("safe", "address"), "SECRET\x1b")))
    assert "SECRET" not in str(caught.value)
