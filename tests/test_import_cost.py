"""What is imported when: help, versions and mistakes load nothing heavy, and a JSON answer draws no table."""

import json
import subprocess
import sys

import pytest

HEAVY = {"web3", "eth_account", "eth_abi", "urllib3", "requests", "rich", "tabulate", "dotenv"}
PROGRAM = """
import json, sys
from avsctl.cli import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted(name for name in sys.modules if "." not in name)]), file=sys.stderr)
"""
RENDER = """
import json, sys
from avsctl.output.destinations import Format
from avsctl.output.render import FILE, render
from avsctl.output.result import Result
from avsctl.output.screen import Column, Row, Table
table = Table((Column("id"),), (Row((1,)),))
render(Result("power diff", {}, (table,), table), Format(sys.argv[1]), FILE, 0)
print(json.dumps([0, sorted(name for name in sys.modules if "." not in name)]), file=sys.stderr)
"""


def run(program, *arguments):
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stderr.splitlines()[-1])
    return status, set(modules)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["--help"], 0), (["--version"], 0), (["power", "--help"], 0), (["powr"], 2), (["power", "dif"], 2)],
)
def test_help_and_mistakes_load_nothing_heavy(arguments, expected):
    status, modules = run(PROGRAM, *arguments)
    assert status == expected
    assert not HEAVY & modules


@pytest.mark.parametrize(("form", "loaded"), [("json", set()), ("csv", set()), ("table", {"tabulate"})])
def test_a_format_loads_what_it_draws_with(form, loaded):
    _, modules = run(RENDER, form)
    assert modules & {"rich", "tabulate"} == loaded
