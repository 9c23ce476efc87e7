"""No secret shows, whatever a command does: every one of them in success and in failure, with secrets everywhere.

The endpoints demand a user, a password, a path and a query. stdout, stderr, logs, tracebacks and whatever is written
are searched for each secret, also percent-encoded, in base64, and for any eight characters of one in a row.
"""

import base64
import contextlib
import re
import signal
import stat
import subprocess
import sys
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import pytest
from commandline import process_environment, through_proxies
from safe_signing import KEYS
from secret_scene import (
    CASES,
    CLOSED,
    ENV_PASSWORD,
    GUARDED,
    PASSWORD,
    PATH,
    PLANTED,
    SETTINGS,
    USER,
    USER_PART,
    WINDOW,
    Scene,
    furnish,
    leaked,
)
from written_files import written

from avsctl.cli import COMMANDS
from avsctl.commands.demo import TOUR

IN_PROCESS = [path for path in CASES if path not in ("devnet up", "demo")]
FORMS = ("-v", "-o json=answer.json -v --log-format json")


def test_every_command_is_tried_here():
    assert set(CASES) == {command.path for command in COMMANDS}


def test_what_is_searched_for_is_found():
    for secret in PLANTED:
        for text in (
            secret,
            quote(secret, safe=""),
            base64.b64encode(secret.encode()).decode(),
            secret[3 : 3 + WINDOW],
        ):
            assert leaked(f"a {text} b"), text
    assert leaked(f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}")
    assert not leaked("Traceback: 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843 http://127.0.0.1:1/***")


def test_what_is_written_is_noticed(tmp_path):
    with written() as touched:
        (tmp_path / "a").write_text("a")
        (tmp_path / "a").rename(tmp_path / "b")
        Path(__file__).read_text()
        subprocess.run(["true"], check=True)
    assert touched == {tmp_path / "a", tmp_path / "b"}


@pytest.fixture(scope="module")
def scenes(devnets, unchanged, tmp_path_factory):
    """A devnet that a Safe governs, with a batch file, signatures and a proposal, and one that an account governs."""
    with contextlib.ExitStack() as stack:
        made = {}
        for role, drift in (("safe", {"drift": 0}), ("account", {})):
            devnet = stack.enter_context(unchanged(devnets("v2", **drift)))
            settings = stack.enter_context(through_proxies(devnet, GUARDED))
            settings = {name: value.replace(f"{USER}:{PASSWORD}", USER_PART) for name, value in settings.items()}
            made[role] = Scene(devnet, settings | SETTINGS, tmp_path_factory.mktemp(role))
        yield {"safe": furnish(made["safe"]), "account": made["account"]}


@pytest.fixture
def scene(request, scenes, unchanged):
    """The scene that a command is run in; what it does there is undone."""
    path = getattr(request, "param", "")
    chosen = scenes[CASES[path].role or "safe"] if path else scenes["safe"]
    with unchanged(chosen.devnet):
        yield chosen


def each_command(**wanted):
    paths = [path for path in IN_PROCESS if all(getattr(CASES[path], name) == value for name, value in wanted.items())]
    return pytest.mark.parametrize(("scene", "path"), [(path, path) for path in paths], indirect=["scene"], ids=paths)


@each_command()
def test_in_success(scene, path, unchanged):
    case = CASES[path]
    for form in FORMS:
        before = set(scene.files)
        local = {"L1_RPC": scene.devnet.l1_url, "L2_RPC": scene.devnet.l2_url} if case.is_local else {}
        with unchanged(scene.devnet):
            answer = scene.run(*path.split(), *case.arguments.split(), *form.split(), **local)
        assert answer.status in case.status, answer.stderr
        assert "Traceback" not in answer.stderr
        left = set(scene.files) - before
        assert left <= {*case.writes, "answer.json"}
        assert left >= case.writes
        for name in case.writes:
            assert stat.S_IMODE((scene.folder / name).stat().st_mode) & 0o022 == 0
        scene.remove(left)


# Endpoints that fail


TELLS_BY_ITSELF = {"doctor", "power watch", "internal run", "devnet attest"}
"""Where an endpoint that fails is told by the command itself, and no error ends it."""


@each_command(reads=True)
def test_where_an_endpoint_refuses_access_or_is_not_there(scene, path):
    before, case = set(scene.files), CASES[path]
    refused = [scene.settings[name].replace(PATH, PATH[::-1]) for name in ("L1_RPC", "L2_RPC")]
    for urls, debug, form in ((refused, "", FORMS[0]), ((CLOSED, CLOSED), "1", FORMS[1])):
        options = ("--l1-rpc", urls[0], "--l2-rpc", urls[1], "--timeout", "0.3")
        answer = scene.run(*path.split(), *case.arguments.split(), *options, *form.split(), AVSCTL_DEBUG=debug)
        assert answer.status == (2 if path == "devnet attest" else 5), answer.stderr
        assert "127.0.0.1" in answer.stderr
        assert bool(debug) or "Traceback" not in answer.stderr
        assert not debug or path in TELLS_BY_ITSELF or "Traceback" in answer.stderr
    left = set(scene.files) - before
    assert left <= {*case.writes, "answer.json"} - {"new.sig", "new.json"}
    scene.remove(left)


def test_a_view_that_fails_or_is_malformed(scene):
    for view in (
        f"1={CLOSED},{CLOSED}",
        f"1={CLOSED}",
        CLOSED,
        f"1=ftp{CLOSED},{CLOSED}",
        f"{KEYS[0]}={CLOSED},{CLOSED}",
    ):
        for form in FORMS:
            answer = scene.run("attest", "simulate", "--view", view, "--timeout", "2", *form.split(), AVSCTL_DEBUG="1")
            assert answer.status in (0, 2, 3, 5)


def test_an_env_file_with_secrets_beside_bad_lines(scene):
    text = "".join(f"{name}={scene.settings[name]}\n" for name in ("L1_RPC", "L2_RPC"))
    (scene.folder / "bad.env").write_text(f"{text}KEY={KEYS[0]}\n{PASSWORD} {KEYS[0]}\nX='{CLOSED}\n")
    for command in ("doctor", "power diff", "safe sign batch.json --out new.sig --yes --key-env ALICE"):
        for form in FORMS:
            answer = scene.run(*command.split(), "--env-file", "bad.env", *form.split(), AVSCTL_DEBUG="1")
            assert answer.status == 2
    scene.remove(["bad.env", "answer.json"])


# Secrets in the wrong place, and wrong secrets


MISPLACED = (
    *(CLOSED, KEYS[0], KEYS[0][2:], f"--nosuch={CLOSED}", f"--l1-rpc=ftp{CLOSED[4:]}", f"--timeout={KEYS[0]}"),
    *(f"--l2-chain={KEYS[0]}", f"--env-file={CLOSED}", f"-o={CLOSED}"),
)


@each_command()
def test_what_stands_in_the_wrong_place_is_not_repeated(scene, path):
    case = CASES[path]
    for wrong, form in zip(MISPLACED, cycle(FORMS)):
        answer = scene.run(*path.split(), *case.arguments.split(), wrong, *form.split(), AVSCTL_DEBUG="1")
        assert answer.status == 2 or not case.reads, (wrong, answer.stderr)
    for wrong in MISPLACED[:3]:
        answer = scene.run(*path.split(), wrong, "-v", AVSCTL_DEBUG="1")
        assert answer.status in (2, 6, *case.status), (wrong, answer.stderr)
    scene.remove(["answer.json"])


WRONG_SIGNERS = {
    "a wrong password": ("--keystore", "bob.keystore", "--password-env", "WRONG_PASSWORD"),
    "the password of another": ("--keystore", "bob.keystore", "--password-file", "password"),
    "a key that lacks a digit": ("--key-env", "SPOILT"),
    "the key of a stranger": ("--key-env", "STRANGER"),
    "a key for a name": ("--key-env", KEYS[0]),
    "a key for a keystore": ("--keystore", KEYS[0]),
    "a key for a password's file": ("--keystore", "bob.keystore", "--password-file", KEYS[0]),
    "a password for a name": ("--keystore", "bob.keystore", "--password-env", ENV_PASSWORD),
    "a URL for a keystore": ("--keystore", CLOSED),
    "a password for a keystore": ("--keystore", "password", "--password-env", "BOB_PASSWORD"),
    "a keystore for a password": ("--keystore", "bob.keystore", "--password-file", "bob.keystore"),
}


@pytest.mark.parametrize("wrong", WRONG_SIGNERS)
@each_command(signs=True)
def test_a_wrong_signer_is_refused_and_no_secret_of_it_is_told(scene, path, wrong):
    """Where a Safe governs, the writing commands refuse ``--send`` before any key is read."""
    arguments = re.sub(
        r"--(key-env|keystore|password-env|safe-batch) \S+|--calldata|--send|--yes", "", CASES[path].arguments
    )
    sends = ("--send",) if path != "safe sign" else ()
    signer, form = WRONG_SIGNERS[wrong], FORMS[list(WRONG_SIGNERS).index(wrong) % 2]
    answer = scene.run(*path.split(), *arguments.split(), *sends, "--yes", *signer, *form.split(), AVSCTL_DEBUG="1")
    assert answer.status == 2 or (wrong == "the key of a stranger" and answer.status in (0, 4)), answer.stderr
    scene.remove(["answer.json"])


# A fault of avsctl itself


@each_command(reads=True)
def test_a_fault_of_its_own_tells_no_secret(scene, path, monkeypatch):
    def fail(_transport, endpoint, *_rest, **_more):
        raise RuntimeError(f"{endpoint.url} {endpoint.request_url} {KEYS[0]}")

    monkeypatch.setattr("avsctl.chain.transport.HttpTransport.post", fail)
    for debug in ("", "1"):
        answer = scene.run(*path.split(), *CASES[path].arguments.split(), "-v", "--timeout", "1", AVSCTL_DEBUG=debug)
        assert answer.status in (1, 2)
        assert ("RuntimeError" in answer.stderr) == (answer.status == 1)


# Processes of their own


def test_a_devnet_that_runs(scenes):
    scene, case = scenes["safe"], CASES["devnet up"]
    command = [sys.executable, "-u", "-m", "avsctl", "devnet", "up", *case.arguments.split(), "-v"]
    process = subprocess.Popen(
        command,
        env=process_environment(scene.settings | {"AVSCTL_DEBUG": "1"}),
        cwd=scene.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    shown = []
    for line in process.stdout:
        shown.append(line)
        if line.startswith("  avsctl power diff"):
            process.send_signal(signal.SIGINT)
    shown += process.communicate(timeout=30)
    assert process.returncode in case.status
    assert not leaked("".join((*shown, scene.files["new.env"])))
    scene.remove(case.writes)


def test_the_demo(scenes, monkeypatch, capfd):
    """Its tour is as long as one command here; the others are run above."""
    monkeypatch.setattr("avsctl.commands.demo.TOUR", TOUR[:1])
    for arguments, status in (((), 0), ((KEYS[0],), 2), ((f"--nosuch={CLOSED}",), 2)):
        assert scenes["safe"].run("demo", *arguments, AVSCTL_DEBUG="1").status == status
        assert not leaked("".join(capfd.readouterr()))


@pytest.mark.parametrize("wrong", [CLOSED, KEYS[0], f"--env-out={CLOSED}", f"--env-out={KEYS[0]}", f"--seed={KEYS[0]}"])
def test_a_devnet_that_does_not_start(scenes, wrong):
    for form in FORMS:
        assert scenes["safe"].run("devnet", "up", wrong, *form.split(), AVSCTL_DEBUG="1").status == 2
    scenes["safe"].remove(["answer.json"])
