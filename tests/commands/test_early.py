"""Connections that are opened before a command line is understood: to where the command will ask, or none."""

import json
import os

import pytest

from avsctl.chain.fake import FakeClock, FakeTransport
from avsctl.commands import early

CENTER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
GOVERNANCE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
SETTINGS = {
    "L1_RPC": "https://one.example/key",
    "L2_RPC": "https://two.example,https://spare.example",
    "AVS_GOVERNANCE_ADDRESS": GOVERNANCE,
    "ATTESTATION_CENTER_ADDRESS": CENTER,
}


class Opener(FakeTransport):
    """Takes down what is to be opened."""

    def __init__(self):
        super().__init__({}, FakeClock())
        self.opened = []

    def open_early(self, endpoint, count):
        self.opened.append((endpoint.url.partition("//")[2].partition("/")[0], count))


@pytest.fixture(autouse=True)
def _seams(monkeypatch, tmp_path):
    monkeypatch.setattr("avsctl.chain.transport.HttpTransport", Opener)
    monkeypatch.setattr(early, "_opened", [])
    monkeypatch.chdir(tmp_path)


def opened(*arguments, **settings):
    early.begin(arguments, {name: value for name, value in (SETTINGS | settings).items() if value is not None})
    return [host for host, _ in early.take_transport().opened]


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        (("power", "diff"), ["one.example", "two.example"]),
        (("doctor", "-o", "json"), ["one.example", "two.example"]),
        (("task", "list", "--l2-rpc", "https://three.example/x"), ["one.example", "three.example"]),
        (("task", "list", "--l1-rpc=https://three.example/x"), ["three.example", "two.example"]),
        (("power", "diff", "--bogus"), ["one.example", "two.example"]),
        (
            ("task", "list", "--l2-rpc", "https://no.example", "--l2-rpc", "https://three.example"),
            ["one.example", "three.example"],
        ),
        (("power", "diff", "--help"), []),
        (("power",), []),
        (("power", "diff", "--l2-rpc"), ["one.example", "two.example"]),
        (("power", "diff", "--l2-rpc", "nowhere"), []),
        (("power", "diff", "--env-file", "missing"), []),
        (("safe", "hash", "batch.json"), []),
        (("devnet", "up"), []),
        (("--version",), []),
        ((), []),
    ],
)
def test_connections_are_opened_to_where_a_reading_command_will_ask(arguments, hosts):
    assert opened(*arguments) == hosts


@pytest.mark.parametrize(("option", "setting"), [((), "1"), (("--cross-check",), None)])
def test_both_endpoints_of_a_pair_are_opened(option, setting):
    pairs = {"L1_RPC": "https://one.example,https://other.example", "AVSCTL_CROSS_CHECK": setting}
    expected = ["one.example", "other.example", "two.example", "spare.example"]
    assert opened("power", "diff", *option, **pairs) == expected


def test_a_file_that_can_be_read_but_once_is_left_to_the_command(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert opened("power", "diff", "--env-file", "pipe") == []


def test_the_files_of_a_project_are_read(tmp_path):
    (tmp_path / ".env").write_text("L2_RPC=https://of.file.example\n")
    (tmp_path / ".othentic").mkdir()
    state = {"L2s": [{"chainId": 84532, "AttestationCenter": CENTER}]}
    (tmp_path / ".othentic" / "state.output.json").write_text(json.dumps(state))
    assert opened("power", "diff", L2_RPC=None, ATTESTATION_CENTER_ADDRESS=None) == ["one.example", "of.file.example"]


@pytest.mark.parametrize("wrong", [{"L2_RPC": None}, {"AVS_GOVERNANCE_ADDRESS": "0x12"}, {"L1_RPC": "ftp://x"}])
def test_wrong_settings_are_left_to_the_command(wrong):
    assert opened("power", "diff", **wrong) == []


def test_a_folder_that_is_gone_is_left_to_the_command(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    assert opened("power", "diff") == []


def test_what_has_begun_to_open_is_taken_once():
    early.begin(("power", "diff"), SETTINGS)
    assert [early.take_transport().opened for _ in range(2)] == [[("one.example", 1), ("two.example", 1)], []]
