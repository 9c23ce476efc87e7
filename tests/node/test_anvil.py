"""The local node: found, started on a free port, and gone however its parent ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reachability import answers, ends

from avsctl.devnet import anvil, rpc
from avsctl.errors import ConfigError, NodeError

PARENT = """
import sys, time
from avsctl.devnet import anvil, rpc
anvil._KERNEL_CAN_BE_ASKED = sys.argv[1] == "kernel"
with anvil.run_node(anvil.NodeSettings(31337, 1_700_000_000)) as node:
    rpc.call(node.url, "anvil_mine", hex(600))  # more than anvil keeps in memory
    print(node.url, flush=True)
    if sys.argv[2] == "crash":
        raise RuntimeError("on purpose")
    if sys.argv[2] == "exit":
        sys.exit(0)
    time.sleep(60)
"""


def settings(**changes):
    return anvil.NodeSettings(**{"chain_id": 31337, "genesis_timestamp": 1_700_000_000} | changes)


def becomes_empty(folder: Path, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while list(folder.iterdir()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_node_answers_on_a_free_port_of_the_loopback_and_ends_with_its_block():
    with anvil.run_node(settings(chain_id=4711)) as node:
        assert node.url.startswith("http://127.0.0.1:")
        assert rpc.call(node.url, "eth_chainId") == hex(4711)
        block = rpc.call(node.url, "eth_getBlockByNumber", "latest", False)
        assert (int(block["number"], 16), int(block["timestamp"], 16)) == (0, 1_700_000_000)
    assert not answers(node.url)
    with pytest.raises(ProcessLookupError):
        os.kill(node.pid, 0)


def test_a_node_takes_the_port_it_is_given_and_says_when_it_cannot():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with anvil.run_node(settings(port=port)) as node:
        assert node.url == f"http://127.0.0.1:{port}"
        with pytest.raises(ConfigError, match="in use") as caught, anvil.run_node(settings(port=port)):
            pass
        assert caught.value.problems[0].code == "anvil_failed"
        assert answers(node.url)


def test_an_error_inside_ends_the_node():
    with pytest.raises(ZeroDivisionError), anvil.run_node(settings()) as node:
        _ = 1 / 0
    assert not answers(node.url)


@pytest.mark.parametrize("means", ["kernel", "watcher"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, "crash", "exit"])
def test_a_node_never_outlives_its_parent_and_leaves_nothing_behind(end, means, tmp_path):
    if means == "kernel" and sys.platform != "linux":
        pytest.skip("asking the kernel is Linux's own way")
    how = end if isinstance(end, str) else "sleep"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, means, how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
    ) as parent:
        url = parent.stdout.readline().strip()
        assert url
        if not isinstance(end, str):
            assert answers(url)
            assert list(tmp_path.rglob("*.json"))
            parent.send_signal(end)
        parent.wait(20)
    assert ends(url)
    assert becomes_empty(tmp_path)


def test_the_anvil_of_the_path_comes_first(tmp_path, monkeypatch):
    own = tmp_path / "anvil"
    own.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert anvil.find_anvil() == own


def test_behind_the_launcher_of_npm_stands_the_native_anvil(tmp_path, monkeypatch):
    launcher = tmp_path / "node_modules/@foundry-rs/anvil/bin.mjs"
    native = tmp_path / "node_modules/@foundry-rs/anvil-some-platform/bin/anvil"
    for file in (launcher, native):
        file.parent.mkdir(parents=True)
        file.touch(mode=0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/anvil").symlink_to(launcher)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert anvil.find_anvil() == native


def test_no_anvil_is_a_configuration_error_with_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(anvil, "_CHECKOUT_MODULES", Path(tmp_path))
    with pytest.raises(ConfigError) as caught:
        anvil.find_anvil()
    assert caught.value.problems[0].code == "anvil_not_found"
    assert "npm" in caught.value.problems[0].hint


def test_an_error_of_the_node_is_raised_and_transactions_arrive_in_order():
    with anvil.run_node(settings()) as node:
        with pytest.raises(NodeError, match="Method not found"):
            rpc.call(node.url, "no_such_method")
        accounts = rpc.call(node.url, "eth_accounts")
        receipts = rpc.send(node.url, [rpc.Transaction(accounts[0], accounts[1], bytes([i])) for i in range(50)])
        assert [int(receipt["transactionIndex"], 16) for receipt in receipts] == list(range(50))
        assert {receipt["blockNumber"] for receipt in receipts} == {"0x1"}
