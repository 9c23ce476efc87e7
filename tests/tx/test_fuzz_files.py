"""Files that are handed around, damaged in every way: read or refused as documented, and read back as written."""

import json
import os
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_safe_batch import json_values, places
from test_signature_file import TEXT as SIGNATURE_TEXT
from verifying import ACCOUNT, BATCH, CENTER, PROPOSAL, SIDECAR, file_of

from avsctl.core.json_text import DEEPEST, parse_json
from avsctl.core.proposal_file import BlockPoint, ProposalFile, format_proposal_file, parse_proposal_file
from avsctl.errors import ConfigError
from avsctl.tx.json_fields import MalformedField
from avsctl.tx.safe_batch import append_transactions, parse_batch, rebuild_batch
from avsctl.tx.safe_file import SafeFile, find_safe
from avsctl.tx.safe_signatures import check_signatures, join_signatures, parse_signatures
from avsctl.tx.sidecar import build_sidecar, parse_sidecar
from avsctl.tx.signature_file import check_claim, parse_signature_text
from avsctl.tx.verify_reading import Unreadable, read_leniently

SOAK = bool(os.environ.get("AVSCTL_SOAK"))
SECRET = "SeCrEt-4711"
PROPOSAL_TEXT = format_proposal_file(
    ProposalFile(
        10001, "a proof", b"\1\2", 1, 8453, CENTER.address, ACCOUNT.address, *[BlockPoint(7, "0x" + "ab" * 32)] * 2
    )
)
TEXTS = {"batch": BATCH, "sidecar": build_sidecar(SIDECAR), "signature": SIGNATURE_TEXT, "proposal": PROPOSAL_TEXT}
READERS = {
    "batch": partial(parse_batch, center=CENTER),
    "sidecar": parse_sidecar,
    "signature": partial(parse_signature_text, origin="a.sig"),
    "proposal": partial(parse_proposal_file, name="p.json"),
}
NUMBERS = (-1, 0, 2**53, 2**63, 2**64, 2**256 - 1, 2**256, 1e400, -0.0, 1.5, True)
VALUES = (
    json_values
    | st.sampled_from(NUMBERS)
    | st.sampled_from(
        ["0x", "0X12", "0x1", "9" * 100, "\ud800", "\x00", SECRET, "0x" + "ab" * 32, "0x" + "AB" * 20, "१"]
    )
)


def soak(examples):
    return settings(max_examples=examples * 50 if SOAK else examples)


def alter(draw, document):
    """Put something else into one place, leave one out, or add one."""
    paths = [path for path in places(document) if path]
    if not paths:
        return
    *path, last = draw(st.sampled_from(paths))
    place = document
    for key in path:
        place = place[key]
    way = draw(st.sampled_from(["put", "leave out", "add"]))
    if way == "put":
        place[last] = draw(VALUES)
    elif way == "leave out":
        del place[last]
    elif isinstance(place, dict):
        place[draw(st.text(max_size=5))] = draw(VALUES)
    else:
        place.append(draw(VALUES))


def scratch(draw, text):
    """Cut, double or overwrite a stretch of the text itself."""
    at, to = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    piece = draw(
        st.sampled_from(["", "{", "}", "[", "]", ",", '"', "\\", "\\ud800", "\x00", "1e999", "NaN", "null", "\ufeff"])
    )
    return draw(
        st.sampled_from(
            [text[:at], text[:at] + piece + text[at:], text[:to] + text[at:], text[:at] + piece + text[to:]]
        )
    )


@st.composite
def damaged(draw, text):
    document = json.loads(text)
    for _ in range(draw(st.integers(0, 2))):
        alter(draw, document)
    written = json.dumps(document)
    for _ in range(draw(st.integers(0, 1))):
        written = scratch(draw, written)
    return written


def refusal(error):
    """What an error says: the names of fields, and no value."""
    said = f"{error} {error.problems}"
    assert SECRET not in said
    assert all(problem.code and problem.message for problem in error.problems)
    assert not isinstance(error, MalformedField) or error.problem
    return said


@pytest.mark.parametrize("name", TEXTS)
def test_a_damaged_file_is_read_or_refused(name):
    @given(damaged(TEXTS[name]))
    @soak(120)
    def check(text):
        try:
            READERS[name](text)
        except ConfigError as error:
            refusal(error)

    check()


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_is_refused(name):
    @given(st.text(max_size=100) | json_values.map(json.dumps) | st.just("[" * (DEEPEST + 2)))
    @soak(60)
    def check(text):
        with pytest.raises(ConfigError):
            READERS[name](text)

    check()


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_not_damaged_is_read(name):
    assert READERS[name](TEXTS[name])


# What is read is written as it was


@given(damaged(BATCH))
@soak(100)
def test_a_batch_that_is_whole_is_written_as_it_was(text):
    with suppress(ConfigError):
        batch = parse_batch(text, None)
        if batch.checksum_ok and batch.safe:
            again = rebuild_batch(batch.chain_id, batch.safe, batch.transactions, batch.head)
            assert parse_batch(again, None).transactions == batch.transactions
            longer = parse_batch(append_transactions(batch, PROPOSAL.transactions, 1), None)
            assert longer.checksum_ok
            assert longer.transactions[: len(batch.transactions)] == batch.transactions


@given(damaged(TEXTS["sidecar"]))
@soak(100)
def test_a_sidecar_that_is_whole_is_written_as_it_was(text):
    with suppress(ConfigError):
        sidecar = parse_sidecar(text)
        again = parse_sidecar(build_sidecar(sidecar))
        assert again.checksum_ok
        assert not sidecar.checksum_ok or again == sidecar


@given(damaged(PROPOSAL_TEXT))
@soak(100)
def test_a_proposal_that_is_read_is_written_as_it_was(text):
    with suppress(ConfigError):
        file = parse_proposal_file(text, "p.json")
        assert parse_proposal_file(format_proposal_file(file), "p.json") == file


# What is made of them


@given(damaged(BATCH), st.none() | damaged(TEXTS["sidecar"]))
@soak(100)
def test_whoever_verifies_is_told_what_is_wrong_and_never_left_alone(batch, sidecar):
    read = read_leniently("task3.json", batch, sidecar)
    if isinstance(read, Unreadable):
        assert read.findings
        assert all(check.mismatches for check in read.checks)
    else:
        assert isinstance(read, SafeFile)
        assert find_safe(read)


@given(damaged(SIGNATURE_TEXT))
@soak(100)
def test_a_claim_that_is_read_is_held_to_the_transaction(text):
    with suppress(ConfigError):
        claim = parse_signature_text(text, "a.sig")
        assert check_claim(claim, ACCOUNT, PROPOSAL.hashes)


@given(
    st.binary(max_size=400)
    | st.lists(
        st.binary(min_size=64, max_size=64).flatmap(
            lambda half: st.sampled_from([half + bytes([v]) for v in (0, 1, 2, 27, 28, 31, 32, 255)])
        ),
        max_size=4,
    ).map(b"".join)
)
@soak(150)
def test_any_signatures_are_read_or_refused(data):
    try:
        signatures = parse_signatures(data, PROPOSAL.hashes.safe_tx)
    except ConfigError as error:
        refusal(error)
        return
    report = check_signatures([signatures], [each.owner for each in signatures], len(signatures), ())
    assert report.faults or report.missing or len(report.joined) >= 65 * len(signatures)
    assert len(join_signatures(signatures)) >= 65 * len(signatures)


@given(
    st.binary(max_size=200)
    | st.text(max_size=100)
    | st.lists(st.sampled_from(["[", "]", "{", "}", '"', ":", ",", "1", "\\"]), max_size=400).map("".join)
)
@soak(100)
def test_any_json_is_read_or_refused(text):
    for is_strict in (False, True):
        with suppress(ValueError):
            parse_json(text, is_strict=is_strict)


def test_the_file_that_verifies_is_whole():
    assert find_safe(file_of()) == ACCOUNT.address
