"""What is said on stderr, as text and as JSON lines."""

import io
import json
import logging

import pytest

from avsctl.errors import Problem
from avsctl.output.log import LogFormat, configure_logging, log_problem

RPC = logging.getLogger("avsctl.chain")


def say(form=LogFormat.TEXT, **settings):
    stream = io.StringIO()
    configure_logging(stream, form, **settings)
    RPC.debug("asked", extra={"event": "request", "fields": {"method": "eth_call", "url": "x\x1b"}})
    RPC.info("reading %d operators\n", 12, extra={"event": "progress", "fields": {"count": 12, "power": 2**60}})
    RPC.warning("tried again")
    log_problem(Problem("endpoint", "no answer\u202e", "try another\nor wait"))
    return stream.getvalue().splitlines()


NOTE, AGAIN = "note: reading 12 operators\\n", "warning: tried again"
ERROR = ["error: no answer\\u202e", "  try another", "  or wait"]


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, [NOTE, AGAIN, *ERROR]),
        ({"is_quiet": True}, ERROR),
        ({"is_verbose": True}, ["debug: asked method=eth_call url=x\\x1b", NOTE, AGAIN, *ERROR]),
    ],
)
def test_text(settings, lines):
    assert say(**settings) == lines


def test_json_lines():
    lines = say(LogFormat.JSON)
    assert [json.loads(line) for line in lines] == [
        {
            "event": "progress",
            "level": "info",
            "message": "reading 12 operators\n",
            "count": 12,
            "power": "1152921504606846976",
        },
        {"event": "avsctl.chain", "level": "warning", "message": "tried again"},
        {
            "event": "error",
            "level": "error",
            "message": "no answer\u202e",
            "code": "endpoint",
            "hint": "try another\nor wait",
        },
    ]
    assert all(line.isascii() for line in lines)


def test_configuring_twice_says_everything_once():
    configure_logging(io.StringIO(), LogFormat.TEXT)
    assert len(say()) == 5


def test_fields_cannot_pose_as_the_event():
    stream = io.StringIO()
    configure_logging(stream, LogFormat.JSON)
    RPC.info("x", extra={"event": "real", "fields": {"event": "fake", "values": (1, object)}})
    assert json.loads(stream.getvalue())["event"] == "real"
