"""Commands end to end against strangers' words: names on the chain, errors of a node, and files of a project."""

import json
import re

import pytest
from commandline import run, through_proxies
from github_runner import commands_in
from proxy import Limits
from test_cli_tasks import at_terminal, create

from avsctl.contracts.transaction import Transaction
from avsctl.core.proposal_file import BlockPoint, ProposalFile, format_proposal_file
from avsctl.tx.safe_batch import build_batch

CALM = "plain"
HOSTILE = (
    "\x1b[2J\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link\x9b31m\x9d0;x\x9c\x00\x7f\r\n\t\u2028\u202e\u2066"
    "\u200b\ufeff[bold red]x[/] |=cmd|'/C calc'!A1 <script> `x` %0A::error::x\n::add-mask::x\n##[error]x ##[add-mask]y"
    "e" + "\u0301" * 30 + "価格"
)
NAME = HOSTILE.replace("\x00", "").encode()
STYLES = re.compile(r"\x1b\[[0-9;]*m")
COMMANDS = (
    "task list",
    "task show 5",
    "restricted list",
    "operator show 1",
    "doctor --fail-on never",
    "task refresh 5",
)
FORMS = ("", "-v", "-o json", "-o csv", "-o markdown", "-v --log-format json", "--ci github")
MESSAGES = (HOSTILE, "x" * 1_000_000, "\ud800\udfff lone", "::error::" * 1000)


def is_harmless(text):
    """Whether each character can be seen and none does anything, and no mark piles up on one."""
    return all(line.isprintable() for line in text.split("\n")) and not re.search("\u0301{5}", text)


def require_harmless(answer, *, tells_github=False):
    for text in (answer.stdout, answer.stderr):
        assert is_harmless(text)
        assert tells_github or not commands_in(text)
    assert "Traceback" not in answer.stderr


@pytest.fixture(scope="module")
def named(devnets, unchanged, env_for):
    """Two deployments that differ in the name of one definition."""
    lines = {}
    devnet = devnets("v2", drift=0)
    for name in (CALM.encode(), NAME):
        with unchanged(devnet):
            assert create(devnet, name, list_=[1, 2, 4, 5, 6, 7]) == 5
            lines[name] = {
                (command, form): run(env_for(devnet), *command.split(), *form.split())
                for command in COMMANDS
                for form in FORMS
            }
            if name == NAME:
                lines["terminal"] = [at_terminal(env_for(devnet), *command.split()) for command in COMMANDS[:2]]
    return lines[CALM.encode()], lines[NAME], lines["terminal"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_changes_no_layout_and_does_no_harm(named, command):
    calm, hostile, _ = named
    for form in FORMS:
        usual, answer = calm[command, form], hostile[command, form]
        assert answer.status == usual.status
        require_harmless(answer, tells_github="github" in form)
        assert answer.stdout.count("\n") == usual.stdout.count("\n"), form
        assert answer.stderr.count("\n") == usual.stderr.count("\n"), form
    assert len(commands_in(hostile[command, "--ci github"].stderr)) == len(
        commands_in(calm[command, "--ci github"].stderr)
    )


def test_json_gives_the_name_as_it_is(named):
    (name,) = (
        each["name"]
        for each in named[1]["task list", "-o json"].data["task_definitions"]
        if each["task_definition_id"] == 5
    )
    assert name == NAME.decode()


def test_a_terminal_gets_nothing_but_colours(named):
    for shown in named[2]:
        plain = STYLES.sub("", shown).replace("\r\n", "\n")
        assert is_harmless(plain)
        assert "\x1b" in shown


# What a node says


def saying(message, code):
    return Limits(answer=lambda item: {"error": {"code": code, "message": message, "data": message}})


def reverting(message):
    """Let every call fail as a contract that gives a reason does."""
    error = {"code": 3, "message": f"execution reverted: {message}", "data": "0x08c379a0" + abi_text(message)}
    return Limits(answer=lambda item: {"error": error} if item["method"] in ("eth_call", "eth_simulateV1") else None)


def abi_text(text):
    raw = text.encode("utf-8", "surrogatepass")
    return f"{32:064x}{len(raw):064x}" + raw.hex() + "00" * (-len(raw) % 32)


@pytest.mark.parametrize(
    "limits", [saying(text, code) for text in MESSAGES for code in (-32000, 3)] + [*map(reverting, MESSAGES)]
)
def test_what_a_node_says_is_told_harmlessly(devnets, limits):
    with through_proxies(devnets("v2", drift=0), limits) as settings:
        for command, form in zip(
            ("power diff", "doctor", "task list", "safe show", "tx decode 0x5fdd0ac7"), FORMS, strict=False
        ):
            answer = run(settings, *command.split(), *form.split(), "--timeout", "0.4")
            assert answer.status in (0, 2, 3, 5)
            require_harmless(answer)
            assert len(answer.stdout + answer.stderr) < 200_000


# Files of a project


def test_settings_and_files_of_strangers(tmp_path, devnets, env_for):
    settings = env_for(devnets("v2", drift=0))
    center = settings["ATTESTATION_CENTER_ADDRESS"]
    block = BlockPoint(1, "0x" + "11" * 32)
    files = {
        "batch.json": build_batch(
            31338, settings["AVSCTL_MULTISIG"], [Transaction(center, b"\1\2\3\4")], 1, HOSTILE, HOSTILE
        ),
        "proposal.json": format_proposal_file(
            ProposalFile(1, HOSTILE, b"", 31337, 31338, center, center, block, block)
        ),
        "keys.json": json.dumps({HOSTILE: HOSTILE, "version": HOSTILE, "transactions": HOSTILE, "schema": HOSTILE}),
        "batch.json.avsctl.json": json.dumps({HOSTILE: 1, "schema": "avsctl-sidecar/1"}),
        "x.sig": json.dumps({"schema": "avsctl-signature/1", HOSTILE: HOSTILE}),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe" + HOSTILE.encode() * 100)
    commands = (
        *(
            f"{command} {name}"
            for name in (*files, "bytes", HOSTILE.split(maxsplit=1)[0])
            for command in ("tx decode", "safe verify")
        ),
        *(f"attest simulate --update {name}" for name in ("proposal.json", "keys.json", "bytes")),
        *("safe hash batch.json", "safe hash keys.json", "devnet attest proposal.json", "devnet attest keys.json"),
        *("safe exec batch.json --signature x.sig", "safe exec batch.json --signature bytes"),
        *("doctor --env-file bytes", "doctor --env-file keys.json", "task create --name a --after keys.json"),
    )
    for command in commands:
        for form in ("-v", "-o json"):
            answer = run(settings, *(word for word in command.split(" ")), *form.split(), folder=tmp_path)
            assert answer.status in (0, 2, 3, 4), (command, answer.stderr)
            require_harmless(answer)


@pytest.mark.parametrize(
    "name", ["L1_CHAIN", "L2_RPC", "ATTESTATION_CENTER_ADDRESS", "INTERNAL_TASKS", "AVSCTL_MULTISIG"]
)
def test_a_setting_of_a_stranger(tmp_path, devnets, env_for, name):
    settings = env_for(devnets("v2", drift=0))
    value = settings.pop(name, "")
    (tmp_path / ".env").write_text(f"{name}={value}{HOSTILE}\n")
    (tmp_path / ".othentic").mkdir()
    layer = {"chainId": HOSTILE, "AttestationCenter": HOSTILE, "AvsGovernance": HOSTILE, HOSTILE: HOSTILE}
    (tmp_path / ".othentic/state.output.json").write_text(json.dumps({"L1": layer, "L2s": [layer, HOSTILE]}))
    for kept in (settings, {}):
        for form in ("-v", "-o json"):
            answer = run(kept, "doctor", *form.split(), folder=tmp_path)
            assert answer.status in (0, 2, 3)
            require_harmless(answer)
