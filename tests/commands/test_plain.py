"""Values that are taken without the library's conversion: what it would have made of them, and nothing else."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from avsctl.commands.plain import PLAIN, PlainCommand, _convert
from avsctl.output.log import LogFormat


@pytest.mark.parametrize(
    ("value", "kind", "converted"),
    [
        ("12", int, 12),
        ("007", int, 7),
        ("2.50", float, 2.5),
        ("3", float, 3.0),
        ("json", LogFormat, LogFormat.JSON),
        (LogFormat.JSON, LogFormat, LogFormat.JSON),
        (5, int, 5),
        ("text", str, "text"),
        (True, bool, True),
    ],
)
def test_what_is_plain_is_converted(value, kind, converted):
    assert _convert(value, kind) == converted
    assert type(_convert(value, kind)) is kind


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *((text, int) for text in ("", "-1", "+1", "1_0", " 1", "1\n", "\u0663", "1.0", "0x1", "9" * 19)),
        *((text, float) for text in ("", ".5", "5.", "1e3", "inf", "nan", "-1.0", "1_0.0")),
        ("JSON", LogFormat),
        ("yes", bool),
        (True, int),
        (None, int),
    ],
)
def test_anything_else_is_left_to_the_library(value, kind):
    with pytest.raises(ValueError, match=r".?"):
        _convert(value, kind)


def read_by(command_class, annotation, text):
    app = typer.Typer(**PLAIN)

    @app.command(cls=command_class)
    def show(value: annotation):
        typer.echo(repr(value))

    return CliRunner().invoke(app, ["--", text]).stdout


@pytest.mark.parametrize("kind", [int, float, LogFormat])
@given(text=st.from_regex(r"-?[0-9_]{1,20}(\.[0-9]{0,3})?|json|text|[a-z]{1,3}", fullmatch=True))
def test_the_library_reads_the_same(kind, text):
    assert read_by(PlainCommand, kind, text) == read_by(None, kind, text)
