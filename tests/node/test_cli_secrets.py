"""No secret shows, whatever a command does: every one of them in success and in failure, with secrets everywhere.

The endpoints demand a user, a password, a path and a query. stdout, stderr, logs, tracebacks and whatever is written
are searched for each secret, also percent-encoded, in base64, and for any eight characters of one in a row.
"""

import base64
import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import cycle
from unittest import mock
from urllib.parse import quote

import pytest
from commandline import process_environment, run, through_proxies
from eth_account import Account
from proxy import Limits
from safe_signing import KEYS, RELAY_KEY, VARIABLES
from test_cli_tasks import create
from test_cli_traps import MULTISIG_KEY
from test_safes import govern_by

from avsctl.cli import COMMANDS
from avsctl.commands.demo import TOUR

USER, PASSWORD, PATH, QUERY = "jUw9aTgohd3k", "pA$s/Rk7vWx2zz", "Kq81ZtLmVb4y", "sQ5nXe0RbDhj"
FILE_PASSWORD, ENV_PASSWORD = "gT4-mReYq0-Lw8", "zN7-cVbPo2-Xj5"
SPOILT_KEY = "9be1c3408f96a0b45d2c8e713f5b6a90c4d3e2f18071625344352617087d5f2"
"""A digit short."""
GUARDED = Limits(path=f"/v2/{PATH}?apikey={QUERY}", credentials=f"{USER}:{PASSWORD}")
USER_PART = f"{USER}:{quote(PASSWORD, safe='')}"
WINDOW = 8
CLOSED = f"http://{USER_PART}@127.0.0.1:1/v2/{PATH}?apikey={QUERY}"
SETTINGS = {
    **VARIABLES,
    "GOVERNOR": MULTISIG_KEY,
    "BOB_PASSWORD": ENV_PASSWORD,
    "SPOILT": SPOILT_KEY,
    "WRONG_PASSWORD": FILE_PASSWORD[::-1],
}


def spellings(secret):
    raw = secret.encode()
    encoded = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    return {secret, quote(secret, safe=""), quote(quote(secret, safe=""), safe=""), *encoded, raw.hex()}


def windows(text):
    """Give every eight characters in a row, which are enough to give a secret away."""
    return {text[at : at + WINDOW].lower() for at in range(max(1, len(text) - WINDOW + 1))}


PLANTED = (
    *(USER, PASSWORD, f"{USER}:{PASSWORD}", USER_PART, PATH, QUERY, FILE_PASSWORD, ENV_PASSWORD, FILE_PASSWORD[::-1]),
    *(key.removeprefix("0x") for key in (*KEYS, RELAY_KEY, MULTISIG_KEY, SPOILT_KEY, VARIABLES["STRANGER"])),
)
LEAKS = {window: secret for secret in PLANTED for spelling in spellings(secret) for window in windows(spelling)}
NEEDLE = re.compile("|".join(map(re.escape, sorted(LEAKS))))


def leaked(text):
    """Give the secrets of which something shows."""
    return {LEAKS[found] for found in NEEDLE.findall(text.lower())}


@dataclass(frozen=True)
class Case:
    """How one command is run."""

    arguments: str = ""
    """In success; ``FILE``, ``SIG`` and so on stand for files in the folder."""
    status: tuple[int, ...] = (0,)
    reads: bool = True
    """Whether it reads a chain, so that an endpoint can fail it."""
    signs: bool = False
    """Whether it takes a signer."""
    writes: frozenset[str] = frozenset()
    """Files that it may leave."""
    is_local: bool = False
    """Whether it takes the URL of a devnet alone, which has nothing secret in it."""
    role: str = ""
    """``account`` where it is run against a devnet that an account governs."""


BATCH = frozenset({"new.json", "new.json.avsctl.json"})
CASES = {
    "doctor": Case("--find-multisig", (0, 3)),
    "power diff": Case("--all --per-task", (0, 3)),
    "power history": Case(),
    "power explain": Case("", (0, 3)),
    "power watch": Case("--for 1s --prometheus a.prom", (0, 3), writes=frozenset({"a.prom"})),
    "operator list": Case(),
    "operator show": Case("1", (0, 3)),
    "task list": Case("", (0, 3)),
    "task show": Case("5", (0, 3)),
    "task create": Case("--name x --send --yes --key-env GOVERNOR", signs=True, role="account"),
    "task update": Case("5 --min-power 90e18 --safe-batch new.json", signs=True, writes=BATCH),
    "task set-max-attesters": Case("5 4 --safe-batch new.json", signs=True, writes=BATCH),
    "task refresh": Case("5 --calldata", signs=True),
    "restricted list": Case("", (0, 3)),
    "internal status": Case("", (0, 3)),
    "internal run": Case("--once", (0, 3)),
    "attest propose": Case("--out new.json", (0, 3), writes=frozenset({"new.json"})),
    "attest simulate": Case("--view 1=L1_RPC,L2_RPC --offline 2", (0, 3)),
    "safe show": Case("", (0, 3)),
    "safe hash": Case("batch.json", reads=False),
    "safe verify": Case("batch.json --signature alice.sig", (0, 3)),
    "safe sign": Case(
        "batch.json --out new.sig --yes --keystore bob.keystore --password-env BOB_PASSWORD",
        signs=True,
        writes=frozenset({"new.sig"}),
    ),
    "safe exec": Case(
        "batch.json --signature alice.sig --signature carol.sig --send --yes --key-env RELAY", signs=True
    ),
    "tx decode": Case("batch.json", reads=False),
    "devnet attest": Case("proposal.json", is_local=True),
    "devnet up": Case("--operators 3 --drift 0 --env-out new.env", (130,), reads=False, writes=frozenset({"new.env"})),
    "demo": Case(reads=False),
}
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


@dataclass(frozen=True)
class Scene:
    """Endpoints behind credentials, a folder with all that a command may be given, and what governs."""

    devnet: object
    settings: dict[str, str]
    folder: object

    def run(self, *arguments, **settings):
        """Run a command and search all that it said and wrote; gives the answer."""
        before = self.files
        words = [self._put_in(word) for word in arguments]
        with mock.patch.dict(os.environ):
            os.environ.pop("AVSCTL_DEBUG", None)
            answer = run(self.settings | settings, *words, folder=self.folder)
        told = [answer.stdout, answer.stderr, *(text for name, text in self.files.items() if name not in before)]
        assert not leaked("\n".join(told)), (arguments, leaked("\n".join(told)))
        return answer

    def _put_in(self, word):
        return word.replace("L1_RPC", self.settings["L1_RPC"]).replace("L2_RPC", self.settings["L2_RPC"])

    @property
    def files(self):
        return {path.name: path.read_text() for path in self.folder.rglob("*") if path.is_file()}

    def remove(self, names):
        for name in names:
            (self.folder / name).unlink(missing_ok=True)


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


def furnish(scene):
    """Put the role into a Safe's hands, and what its owners hand around into the folder."""
    folder = scene.folder
    assert create(scene.devnet, list_=range(1, 7)) == 5
    scene = replace(scene, settings=scene.settings | {"AVSCTL_MULTISIG": govern_by(scene.devnet)})
    for password, name in ((ENV_PASSWORD, "bob.keystore"), (FILE_PASSWORD, "carol.keystore")):
        key = KEYS[1] if name == "bob.keystore" else KEYS[2]
        (folder / name).write_text(json.dumps(Account.encrypt(key, password, "pbkdf2", 1000)))
    (folder / "password").write_text(f"{FILE_PASSWORD}\n")
    for arguments in (
        "task update 5 --min-power 100e18 --restricted 1,2,3,4,5 --safe-batch batch.json",
        "safe sign batch.json --out alice.sig --yes --key-env ALICE",
        "safe sign batch.json --out carol.sig --yes --keystore carol.keystore --password-file password",
        "attest propose --out proposal.json --fail-on never",
    ):
        answer = scene.run(*arguments.split())
        assert answer.status == 0, answer.stderr
    return scene


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


# Files


@each_command()
def test_no_file_is_replaced_unless_that_is_asked_for(scene, path):
    case = CASES[path]
    for name in case.writes - {"a.prom"}:
        (scene.folder / name).write_text("mine")
        answer = scene.run(*path.split(), *case.arguments.split())
        assert answer.status == 2
        assert f"{name} is there already" in answer.stderr
        assert (scene.folder / name).read_text() == "mine"
        assert scene.run(*path.split(), *case.arguments.split(), "--overwrite").status in case.status
        assert (scene.folder / name).read_text() != "mine"
        scene.remove(case.writes)


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
