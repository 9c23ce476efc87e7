"""What every command is tried in: endpoints behind credentials, and a folder with all that a command may be given.

Whatever a command says and writes there is searched for the secrets that are planted.
"""

import base64
import json
import os
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock
from urllib.parse import quote

from commandline import run
from eth_account import Account
from proxy import Limits
from safe_signing import KEYS, RELAY_KEY, VARIABLES
from test_cli_tasks import create
from test_cli_traps import MULTISIG_KEY
from test_safes import govern_by
from written_files import written

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


@dataclass(frozen=True)
class Scene:
    """Endpoints behind credentials, a folder with all that a command may be given, and what governs."""

    devnet: object
    settings: dict[str, str]
    folder: Path

    def run(self, *arguments, **settings):
        """Run a command and search all that it said and wrote; gives the answer.

        It writes nowhere else: what the nodes of a demo keep is gone when that ends.
        """
        before = self.files
        words = [self._put_in(word) for word in arguments]
        with mock.patch.dict(os.environ), written() as touched:
            os.environ.pop("AVSCTL_DEBUG", None)
            answer = run(self.settings | settings, *words, folder=self.folder)
        elsewhere = {path for path in touched if path.parent != self.folder}
        if arguments[0] == "demo":
            elsewhere = {path for path in elsewhere - {Path(tempfile.gettempdir())} if path.exists()}
        assert not elsewhere, (arguments, elsewhere)
        changed = [text for name, text in self.files.items() if before.get(name) != text]
        told = "\n".join((answer.stdout, answer.stderr, *changed))
        assert not leaked(told), (arguments, leaked(told))
        return answer

    def _put_in(self, word):
        return word.replace("L1_RPC", self.settings["L1_RPC"]).replace("L2_RPC", self.settings["L2_RPC"])

    @property
    def files(self):
        return {path.name: path.read_text() for path in self.folder.rglob("*") if path.is_file()}

    def remove(self, names):
        for name in names:
            (self.folder / name).unlink(missing_ok=True)


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
