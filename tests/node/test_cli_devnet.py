"""``devnet up`` and ``demo`` as processes of their own, from their first line to the end of their nodes."""

import json
import signal
import subprocess
import sys

import pytest
from commandline import process_environment, run, spawn
from reachability import answers, ends


def up(*arguments, folder):
    """Start ``avsctl devnet up`` and wait until it says that it is up."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "avsctl", "devnet", "up", *arguments],
        env=process_environment({}),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(("}", "  avsctl power diff")):
            break
    return process, "".join(lines)


def end(process, how):
    process.send_signal(how)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_it_writes_an_env_file_that_power_diff_reads_it_with_and_ends_on_ctrl_c(tmp_path, generation):
    env_out = tmp_path / "dev.env"
    options = (
        "--generation",
        generation,
        "--operators",
        "15",
        "--drift",
        "9",
        "--seed",
        "4",
        "--env-out",
        str(env_out),
    )
    process, said = up(*options, folder=tmp_path)
    written = dict(line.split("=", 1) for line in env_out.read_text().splitlines())
    assert answers(written["L1_RPC"])
    assert answers(written["L2_RPC"])
    assert said.startswith(f"{generation.upper()} devnet: 15 operators, 9 of them drifted")
    assert f"--env-file {env_out}" in said
    answer = run({}, "power", "diff", "-o", "json", "--env-file", str(env_out))
    assert answer.status == 3
    assert answer.document["deployment"]["generation"] == generation
    assert sum(row["status"] != "in_sync" for row in answer.data["operators"]) == 9
    refused = spawn({}, "devnet", "up", "--env-out", str(env_out))
    assert refused.status == 2
    assert "--overwrite" in refused.stderr
    assert answers(written["L1_RPC"])
    status, errors = end(process, signal.SIGINT)
    assert status == 130
    assert "Traceback" not in errors
    assert ends(written["L1_RPC"])
    assert ends(written["L2_RPC"])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_its_nodes_end_with_it_however_it_ends(tmp_path, how):
    process, said = up("-o", "json", folder=tmp_path)
    data = json.loads(said)["data"]
    status, errors = end(process, how)
    assert status != 0
    assert "Traceback" not in errors
    for name in ("L1_RPC", "L2_RPC"):
        assert ends(data["environment"][name])


def test_overwrite_replaces_the_file_and_json_describes_the_devnet(tmp_path):
    env_out = tmp_path / "dev.env"
    env_out.write_text("L1_RPC=http://old\n")
    process, said = up("--env-out", str(env_out), "--overwrite", "-o", "json", folder=tmp_path)
    document = json.loads(said)
    end(process, signal.SIGINT)
    assert document["command"] == "devnet up"
    assert set(document["data"]) == {"generation", "environment", "l1_pid", "l2_pid", "drift"}
    assert env_out.read_text() == "".join(f"{k}={v}\n" for k, v in document["data"]["environment"].items())
    assert len(document["data"]["drift"]) == 8
    assert "private" not in said.lower()


def test_one_operator_is_one_and_the_env_file_is_named_for_any_folder(tmp_path):
    process, said = up("--operators", "1", "--drift", "0", "--env-out", "dev.env", folder=tmp_path)
    end(process, signal.SIGINT)
    assert said.startswith("V2 devnet: 1 operator, 0 of them drifted")
    assert f"avsctl power diff --env-file {tmp_path / 'dev.env'}" in said


def test_no_multicall_leaves_it_out(tmp_path):
    process, said = up("--no-multicall", "-o", "json", folder=tmp_path)
    settings = json.loads(said)["data"]["environment"]
    answer = run(settings, "doctor", "-o", "json")
    end(process, signal.SIGINT)
    assert [each["multicall3"] for each in answer.data["endpoints"]] == [False, False]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--operators", "3", "--drift", "4"), "drift"),
        (("--operators", "0", "--drift", "0"), "operators"),
        (("--generation", "v4"), "v1"),
        (("--env-out", "no/such/folder/dev.env"), "dev.env"),
        (("--env-out", "."), "it is a folder"),
        (("--env-out", ""), "--env-out is empty"),
        (("--env-out", "http://u:p@h/KEY"), "--env-out was given a URL"),
        (("--l1-port", "-1"), "--l1-port -1 is no port"),
        (("--l2-port", "99999"), "--l2-port 99999 is no port"),
        (("--l1-port", "18777", "--l2-port", "18777"), "--l1-port 18777 and --l2-port 18777 are the same port"),
        (("--operators", "abc"), "'--operators': 'abc' is not a whole number"),
        (("--l1-rpc", "http://127.0.0.1"), "No such option: --l1-rpc"),
        (("--timeout", "9"), "No such option: --timeout"),
    ],
)
def test_what_makes_no_devnet_is_status_2(tmp_path, options, said):
    answer = run({}, "devnet", "up", *options, folder=tmp_path)
    assert answer.status == 2
    assert said in answer.stderr


def test_a_port_that_is_taken_is_status_2_and_leaves_no_node(devnet_v2):
    port = devnet_v2.l1_url.rpartition(":")[2]
    answer = run({}, "devnet", "up", "--l2-port", port, "-o", "json")
    assert answer.status == 2
    assert answer.problems == [f"--l2-port {port} is taken"]


def test_the_demo_tours_the_commands_and_ends_in_0():
    answer = spawn({}, "demo")
    assert (answer.status, answer.stderr) == (0, "")
    for expected in ("$ avsctl doctor", "$ avsctl power diff", "$ avsctl operator list", "increase", "not registered"):
        assert expected in answer.stdout
    assert "the next 10001 sync would carry" in answer.stdout
    assert "The devnet is stopped" in answer.stdout
