"""The shared options: what they take, what they refuse, and how a command receives them."""

import inspect
from pathlib import Path
from typing import Annotated

import pytest
import typer

from avsctl.commands.options import Answer, Common, parse_block, with_common
from avsctl.errors import UsageError
from avsctl.output.ci import Ci
from avsctl.output.destinations import Destination, Format
from avsctl.output.log import LogFormat
from avsctl.output.result import FailOn, Result

SHARED = {
    "l1_rpc": None,
    "l2_rpc": None,
    "l2_chain": None,
    "l1_block": "latest",
    "l2_block": "latest",
    "env_file": None,
    "output": None,
    "cross_check": False,
    "timeout": 60.0,
    "log_format": LogFormat.TEXT,
    "quiet": False,
    "verbose": False,
}


@with_common(checks=True, is_tabular=True)
def diff(common: Common, *, everything: Annotated[bool, typer.Option("--all")] = False) -> Result:
    """Compare."""
    return Result("power diff", {"all": everything}, (), None) if common else None


@with_common(reads=False)
def up(common: Common) -> None:
    """Run."""


def call(command=diff, **values):
    every = SHARED | {"fail_on": FailOn.WARNING, "ci": None} | values
    return command(**{name: every[name] for name in inspect.signature(command).parameters if name in every})


def test_a_command_looks_like_itself_with_the_shared_options_behind():
    assert list(inspect.signature(diff).parameters) == ["everything", *SHARED, "fail_on", "ci"]
    assert list(inspect.signature(up).parameters) == ["output", "log_format", "quiet", "verbose"]
    assert (diff.__name__, diff.__doc__) == ("diff", "Compare.")


def test_the_answer_says_where_it_goes():
    answer = call(everything=True, output=["json=-"], fail_on=FailOn.CRITICAL)
    assert answer == Answer(Result("power diff", {"all": True}), (Destination(Format.JSON),), FailOn.CRITICAL)
    assert call(up) == Answer(None, (Destination(Format.TABLE),), FailOn.NEVER)


@pytest.mark.parametrize(
    ("asked", "environment", "chosen"),
    [
        (None, "", Ci.NONE),
        (None, "true", Ci.GITHUB),
        (None, "1", Ci.NONE),
        (Ci.GITHUB, "", Ci.GITHUB),
        (Ci.NONE, "true", Ci.NONE),
    ],
)
def test_a_checking_command_tells_github_where_it_runs_there_or_is_asked_to(monkeypatch, asked, environment, chosen):
    monkeypatch.setenv("GITHUB_ACTIONS", environment)
    assert call(ci=asked).ci is chosen
    assert call(up).ci is Ci.NONE


def test_everything_reaches_the_command():
    seen = []

    @with_common(checks=True)
    def probe(common: Common) -> Result:
        seen.append(common)
        return Result("probe", {})

    call(
        probe,
        l1_rpc="http://127.0.0.1:1",
        l2_rpc="http://127.0.0.1:2",
        l2_chain="8453",
        l1_block="17",
        l2_block="finalized",
        env_file=".env",
        cross_check=True,
        timeout=1.5,
        log_format=LogFormat.JSON,
        verbose=True,
        fail_on=FailOn.INFO,
        ci=Ci.GITHUB,
    )
    assert seen == [
        Common(
            "http://127.0.0.1:1",
            "http://127.0.0.1:2",
            "8453",
            17,
            "finalized",
            Path(".env"),
            (Destination(Format.TABLE),),
            1.5,
            LogFormat.JSON,
            is_verbose=True,
            fail_on=FailOn.INFO,
            ci=Ci.GITHUB,
            cross_check=True,
        )
    ]


def test_an_option_may_make_the_answer_more_than_one_table():
    Common(destinations=(Destination(Format.JSON),)).require_no_table_format("--per-task")
    with pytest.raises(UsageError, match="with --per-task the answer is not one table, so it has no csv form"):
        Common(destinations=(Destination(Format.CSV),)).require_no_table_format("--per-task")


def test_endpoints_are_not_in_what_a_common_shows_of_itself():
    assert "KEY" not in repr(Common(l1_rpc="https://x/KEY", l2_rpc="https://x/KEY"))


@pytest.mark.parametrize(
    ("command", "values", "message"),
    [
        (diff, {"timeout": 0.0}, "--timeout 0 is not a time limit"),
        (diff, {"timeout": float("nan")}, "--timeout nan"),
        (diff, {"timeout": float("inf")}, "--timeout inf"),
        (diff, {"env_file": " "}, "--env-file is empty"),
        (diff, {"env_file": "http:/u:pw@h"}, "--env-file was given a URL"),
        (diff, {"output": ["json=https://h/KEY"]}, "-o json=FILE was given a URL"),
        (diff, {"l1_block": "0x10"}, "--l1-block '0x10' is not a block"),
        (diff, {"quiet": True, "verbose": True}, "exclude each other"),
        (diff, {"output": ["yaml"]}, "not an output format"),
        (up, {"output": ["csv"]}, "no csv form"),
        (up, {"output": ["json=no-such-folder/x"]}, "there is no folder"),
    ],
)
def test_refused(command, values, message):
    with pytest.raises(UsageError, match=message):
        call(command, **values)


@pytest.mark.parametrize(("text", "block"), [("0", 0), ("38236420", 38236420), ("latest", "latest"), ("safe", "safe")])
def test_blocks(text, block):
    assert parse_block(text, "--l1-block") == block


@pytest.mark.parametrize("text", ["", "-1", "1.0", "Latest", "earliest", "pending", "١", "9" * 20, "9" * 5000])
def test_what_is_no_block(text):
    with pytest.raises(UsageError, match="is not a block"):
        parse_block(text, "--l1-block")


@with_common(payloads=["--typed-data"])
def hashes(common: Common, *, typed_data: Annotated[bool, typer.Option("--typed-data")] = False) -> Result:
    """Hash."""
    return Result("safe hash", {}, payload="{}\n" if common and typed_data else None)


def test_what_has_stdout_for_itself_leaves_the_answer_to_files():
    assert call(hashes, typed_data=False).destinations == (Destination(Format.TABLE),)
    assert call(hashes, typed_data=True).destinations == ()
    assert call(hashes, typed_data=True, output=["json=a"]).destinations == (Destination(Format.JSON, Path("a")),)
    with pytest.raises(UsageError, match="with --typed-data stdout carries that alone, so -o json needs a file"):
        call(hashes, typed_data=True, output=["json"])
