"""Runs avsctl as a user would: in this process through ``cli.main``, or as a process of its own."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from proxy import Limits, Recorder, proxied

from avsctl.cli import main
from avsctl.config.settings import SETTING_NAMES
from avsctl.devnet.world import Devnet, environment


@dataclass(frozen=True)
class Run:
    """How a command ended, and all that it wrote."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout, its status that of the process."""
        document = json.loads(self.stdout)
        assert document["exit_code"] == self.status
        return document

    @property
    def data(self) -> dict[str, Any]:
        return self.document["data"]

    @property
    def codes(self) -> list[str]:
        """Codes of the findings, worst first."""
        return [finding["code"] for finding in self.document["findings"]]

    @property
    def problems(self) -> list[str]:
        """Messages of the errors."""
        return [problem["message"] for problem in self.document["errors"]]


def run(settings: dict[str, str], *arguments: str, folder: Path | None = None) -> Run:
    """Run a command in this process with these settings in its environment and no others, in an empty directory."""
    out, err = _stream(), _stream()
    with (
        mock.patch.dict(os.environ, settings),
        contextlib.chdir(folder or EMPTY),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name in SETTING_NAMES - set(settings):
            os.environ.pop(name, None)
        status = main(arguments)
    return Run(status, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def spawn(settings: dict[str, str], *arguments: str, folder: Path | None = None, timeout: float = 120) -> Run:
    """Run a command as a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "avsctl", *arguments],
        env=process_environment(settings),
        cwd=folder or EMPTY,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Run(ended.returncode, ended.stdout, ended.stderr)


def process_environment(settings: dict[str, str]) -> dict[str, str]:
    """Give the environment of a process that has these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
    return {**kept, "PYTHONPATH": str(CHECKOUT), **settings}


def diff(settings: dict[str, str], *arguments: str) -> Run:
    """Run ``power diff -o json`` in this process."""
    return run(settings, "power", "diff", "-o", "json", *arguments)


@contextlib.contextmanager
def through_proxies(devnet: Devnet, l1: Limits | None = None, l2: Limits | None = None, recorder=None):
    """Give the settings of a devnet with a proxy in front of each node; L2 has the limits of L1 unless others are told.

    ``recorder`` is a ``Recorder`` for both or a pair of them.
    """
    l1 = l1 or Limits()
    recorders = recorder if isinstance(recorder, tuple) else (recorder or Recorder(),) * 2
    with (
        proxied(devnet.l1_url, l1, recorders[0]) as l1_url,
        proxied(devnet.l2_url, l2 or l1, recorders[1]) as l2_url,
    ):
        yield environment(devnet) | {"L1_RPC": l1_url, "L2_RPC": l2_url}


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


CHECKOUT = Path(__file__).parents[2]
EMPTY = Path(__file__).parent
"""A directory without ``.env`` and ``.othentic``."""
