"""The table of finding codes: complete, and without a code that nothing gives."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import avsctl
from avsctl.core.findings import CODES, Finding, Severity, build_finding, sort_findings

SOURCES = sorted(Path(avsctl.__file__).parent.rglob("*.py"))


def given_codes(source):
    """The first argument of every call of build_finding in a file, by the place of the call."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "build_finding":
            (code,) = node.args[:1] or (keyword.value for keyword in node.keywords if keyword.arg == "code")
            yield f"{source.name}:{node.lineno}", code


GIVEN = dict(item for source in SOURCES for item in given_codes(source))


def written_out(code):
    return [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]


@pytest.mark.parametrize("place", GIVEN)
def test_every_code_that_is_given_is_written_out_and_in_the_table(place):
    for code in written_out(GIVEN[place]):
        assert isinstance(code, ast.Constant), "write the code as a string here, so that it can be found"
        assert code.value in CODES


def test_every_code_of_the_table_is_given_somewhere():
    found = {code.value for given in GIVEN.values() for code in written_out(given) if isinstance(code, ast.Constant)}
    assert len(GIVEN) > 10
    assert set(CODES) == found


@pytest.mark.parametrize("code", CODES)
def test_the_table_can_be_printed(code):
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", code)
    for text in (CODES[code].meaning, CODES[code].remedy):
        assert text.endswith(".")
        assert "|" not in text
        assert "\n" not in text
    assert isinstance(CODES[code].severity, Severity)


@pytest.mark.parametrize("code", CODES)
def test_a_finding_has_the_severity_of_its_code_unless_told(code):
    assert build_finding(code, "operator 7", "text", ["a", "b"]) == Finding(
        code, CODES[code].severity, "operator 7", "text", ("a", "b")
    )
    assert build_finding(code, "s", "t", severity=Severity.INFO).severity is Severity.INFO


@pytest.mark.parametrize("severity", [None, *Severity])
def test_an_unknown_code_is_refused_whatever_its_severity(severity):
    with pytest.raises(KeyError):
        build_finding("drfit", "s", "t", severity=severity)


def test_severities_rise():
    assert [severity.rank for severity in (Severity.INFO, Severity.WARNING, Severity.CRITICAL)] == [0, 1, 2]


@given(st.lists(st.sampled_from(Severity)))
def test_the_worst_come_first_and_equals_keep_their_order(severities):
    findings = [Finding("drift", severity, str(place), "") for place, severity in enumerate(severities)]
    ordered = sort_findings(findings)
    assert sorted(ordered, key=lambda finding: int(finding.subject)) == findings
    for first, second in pairwise(ordered):
        assert (-first.severity.rank, int(first.subject)) < (-second.severity.rank, int(second.subject))
