"""A devnet that a real Safe governs, its owners with keys, and every ``avsctl safe`` command run as they would.

Whatever a command writes is searched for the secrets that were given to it: keys, a password, and what stands in the
URLs of the endpoints.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from commandline import Run, run
from eth_account import Account

from avsctl.devnet import rpc
from avsctl.devnet.rpc import calldata

KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
)
"""Of anvil's first accounts, the owners of the Safe."""
RELAY_KEY = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"
"""Of the fourth, which is no owner, and has coin."""
STRANGER_KEY = "0x" + "5e" * 32
PASSWORD, CREDENTIAL = "opensesame-of-bob", "c0ffee5ec2e7cafe"
OWNERS = tuple(Account.from_key(key).address for key in KEYS)
RELAY, STRANGER = (Account.from_key(key).address for key in (RELAY_KEY, STRANGER_KEY))
SECRETS = (*(key[2:] for key in (*KEYS, RELAY_KEY, STRANGER_KEY)), PASSWORD, CREDENTIAL)
VARIABLES = {
    "ALICE": KEYS[0],
    "BOB_PASSWORD": PASSWORD,
    "CAROL": KEYS[2],
    "RELAY": RELAY_KEY,
    "STRANGER": STRANGER_KEY,
    "WRONG_PASSWORD": PASSWORD[::-1],
}


@dataclass(frozen=True)
class Desk:
    """A governed devnet, and a folder that the owners hand files around in."""

    devnet: object
    safe: str
    folder: Path
    settings: dict[str, str]

    @classmethod
    def open(cls, devnet, safe, folder, settings):
        """Prepare variables, a keystore for the second owner, and endpoints whose URLs hold a secret."""
        (folder / "bob.json").write_text(json.dumps(Account.encrypt(KEYS[1], PASSWORD, "pbkdf2", 1000)))
        secret = {name: with_secret(settings[name]) for name in ("L1_RPC", "L2_RPC")}
        return cls(devnet, safe, folder, settings | secret | VARIABLES | {"AVSCTL_MULTISIG": safe})

    @property
    def url(self):
        return self.devnet.l2_url

    @property
    def nonce(self):
        return int.from_bytes(rpc.read(self.url, self.safe, calldata("nonce()")))

    def path(self, name) -> str:
        return str(self.folder / name)

    def run(self, *arguments) -> Run:
        """Run a command; no secret may show in what it writes, and no traceback."""
        answer = run(self.settings, *map(str, arguments), folder=self.folder)
        written = (path.read_text() for path in self.folder.iterdir() if path.is_file())
        for text in (answer.stdout, answer.stderr, *written):
            assert [secret for secret in SECRETS if secret in text.lower()] == []
        assert "Traceback" not in answer.stderr
        return answer

    def ask(self, *arguments) -> Run:
        return self.run(*arguments, "-o", "json")

    def prepare(self, file, *change) -> Run:
        """Let a change be written to a batch file."""
        answer = self.ask("task", *change, "--safe-batch", file)
        assert answer.status == 0, told(answer)
        return answer

    def sign(self, file, name, *options) -> Run:
        """Sign as one of the owners; bob has a keystore, the others a variable."""
        by_keystore = ("--keystore", "bob.json", "--password-env", "BOB_PASSWORD")
        signer = by_keystore if name == "bob" else ("--key-env", name.upper())
        return self.ask("safe", "sign", file, "--out", f"{name}-{file}.sig", *signer, "--yes", *options)

    def execute(self, file, *names, sends=True) -> Run:
        """Execute with the signatures of these owners, as the relay."""
        signatures = (word for name in names for word in ("--signature", f"{name}-{file}.sig"))
        sending = ("--send", "--yes", "--key-env", "RELAY") if sends else ()
        return self.ask("safe", "exec", file, *signatures, *sending)

    @property
    def sent(self):
        """How much left: the nonces of the Safe, and of the accounts that could have sent."""
        counts = (rpc.call(self.url, "eth_getTransactionCount", each, "pending") for each in (*OWNERS, RELAY))
        return (self.nonce, *counts)

    def signature(self, file, name) -> str:
        """Give what an owner's file holds, as hex."""
        return json.loads((self.folder / f"{name}-{file}.sig").read_text())["signature"]


def with_secret(url: str) -> str:
    """Put credentials into a URL, which a node does not look at."""
    return f"{url.replace('://', f'://user:{CREDENTIAL}@')}/?key={CREDENTIAL}"


def told(answer: Run) -> list[str]:
    """Give what a command said was wrong."""
    findings = [f"{each['code']}: {each['text']}" for each in answer.document["findings"]]
    checks = [each for each in answer.data.get("checks", ()) if each["result"] not in ("ok", "skipped")]
    return [*answer.problems, *findings, *map(str, checks)]
