"""Bad input ends in its status, with a message that names the setting and what was expected, and tells no secret.

Each case runs in every form of output. The endpoints demand a user, a password, a path and a query, and none of these
may show in stdout, in stderr or in a file, whether the command succeeds or fails.
"""

import base64
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from commandline import run, spawn, through_proxies
from proxy import Limits

USER, PASSWORD, PATH, QUERY = "jOhNdOe1777", "pA$sWoRd4242", "v2/SeCrEtPaTh99", "sEcReTqUeRy5151"
SECRETS = (
    USER,
    PASSWORD,
    "pA%24sWoRd4242",
    "SeCrEtPaTh99",
    QUERY,
    base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
)
GUARDED = Limits(path=f"/{PATH}?apikey={QUERY}", credentials=f"{USER}:{PASSWORD}")
SPOILT = f"://{USER}:pA%24sWoRd4242@127.0.0.1:1/{PATH}?apikey={QUERY}"
CLOSED = f"http{SPOILT}"
FORMS = (
    ("-o", "json"),
    ("--verbose",),
    ("-o", "json", "--verbose", "--log-format", "json"),
    ("-o", "csv", "-o", "json=answer.json"),
)


@dataclass(frozen=True)
class Case:
    """What is wrong, and what has to be said of it."""

    change: Callable[[dict[str, str]], object]
    """Spoils the settings in place; may give more arguments, or files to write by name."""
    says: tuple[str, ...]
    """Found in the messages and hints, regardless of case."""
    status: int = 2
    code: str | None = None


def put(**values):
    return lambda settings: settings.update(values)


def without(*names):
    return lambda settings: [settings.pop(name) for name in names] and None


def also(*arguments):
    return lambda settings: arguments


def swap(one, other):
    def change(settings):
        settings[one], settings[other] = settings[other], settings[one]

    return change


def as_env_file(write):
    """Move all settings into a ``.env`` whose text ``write`` makes from that of a good one."""

    def change(settings):
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        settings.clear()
        return {".env": write(text)}

    return change


def with_state(text):
    def change(settings):
        for name in ("AVS_GOVERNANCE_ADDRESS", "ATTESTATION_CENTER_ADDRESS"):
            settings.pop(name)
        return {".othentic/state.output.json": text}

    return change


CASES = {
    "no RPC": Case(without("L1_RPC", "L2_RPC"), ("L1_RPC is not set", "L2_RPC is not set", "http:// or https://")),
    "no address": Case(
        without("AVS_GOVERNANCE_ADDRESS", "ATTESTATION_CENTER_ADDRESS"),
        ("AVS_GOVERNANCE_ADDRESS is not set", "ATTESTATION_CENTER_ADDRESS is not set", ".othentic/state.output.json"),
    ),
    "no such scheme": Case(put(L1_RPC="ftp" + SPOILT), ("L1_RPC", "http:// or https:// URL"), code="malformed_setting"),
    "a blank in a URL": Case(put(L2_RPC=CLOSED + " x"), ("L2_RPC", "http:// or https:// URL")),
    "an @ in a password": Case(put(L2_RPC=CLOSED.replace("%24", "@@/")), ("L2_RPC", "http")),
    "a URL as an option": Case(also("--l1-rpc", "ht" + SPOILT), ("L1_RPC", "--l1-rpc", "http:// or https:// URL")),
    "unreachable RPC": Case(put(L2_RPC=CLOSED), ("L2_RPC", "127.0.0.1:1/***"), 5, "endpoint"),
    "unreachable RPC as an option": Case(also("--l1-rpc", CLOSED), ("L1_RPC", "127.0.0.1:1/***"), 5, "endpoint"),
    "an RPC that refuses access": Case(
        lambda s: s.update(L1_RPC=s["L1_RPC"].replace("v2/", "v3/")), ("L1_RPC", "401", "key"), 5, "endpoint"
    ),
    "RPC of another chain": Case(
        put(L2_CHAIN="8453"), ("L2_RPC", "31338", "8453", "expected", "L2_CHAIN"), 2, "wrong_chain"
    ),
    "another chain by option": Case(also("--l2-chain", "base"), ("L2_RPC", "31338", "8453"), 2, "wrong_chain"),
    "both of other chains": Case(put(L1_CHAIN="1", L2_CHAIN="8453"), ("L1_RPC", "L2_RPC", "31337", "31338")),
    "no chain at all": Case(put(L1_CHAIN="moonbase"), ("L1_CHAIN", "expected a chain id")),
    "swapped RPCs": Case(swap("L1_RPC", "L2_RPC"), ("L1_RPC", "L2_RPC", "exchange", "31337", "31338"), 2),
    "an address that is none": Case(put(AVS_GOVERNANCE_ADDRESS="0x1234"), ("AVS_GOVERNANCE_ADDRESS", "expected")),
    "a name for an address": Case(
        put(ATTESTATION_CENTER_ADDRESS="center.eth"), ("ATTESTATION_CENTER_ADDRESS", "expected")
    ),
    "wrong checksum": Case(
        lambda s: s.update(AVS_GOVERNANCE_ADDRESS="0x" + s["AVS_GOVERNANCE_ADDRESS"][2:].swapcase()),
        ("AVS_GOVERNANCE_ADDRESS", "checksum"),
    ),
    "wrong checksum of a center": Case(
        lambda s: s.update(ATTESTATION_CENTER_ADDRESS="0x" + s["ATTESTATION_CENTER_ADDRESS"][2:].swapcase()),
        ("ATTESTATION_CENTER_ADDRESS", "checksum"),
    ),
    "a governance without code": Case(
        put(AVS_GOVERNANCE_ADDRESS="0x00000000000000000000000000000000000000aa"),
        ("AVS_GOVERNANCE_ADDRESS", "no code", "31337"),
        2,
        "no_code",
    ),
    "a center without code": Case(
        put(ATTESTATION_CENTER_ADDRESS="0x00000000000000000000000000000000000000aa"),
        ("ATTESTATION_CENTER_ADDRESS", "no code", "31338"),
        2,
        "no_code",
    ),
    "both without code": Case(
        put(**dict.fromkeys(("AVS_GOVERNANCE_ADDRESS", "ATTESTATION_CENTER_ADDRESS"), "0x" + "0" * 38 + "aa")),
        ("AVS_GOVERNANCE_ADDRESS", "ATTESTATION_CENTER_ADDRESS", "no code"),
        2,
        "no_code",
    ),
    "no code yet at a block": Case(also("--l2-block", "0"), ("ATTESTATION_CENTER_ADDRESS", "no code", "block 0")),
    "a malformed .env line": Case(
        as_env_file(lambda text: text + f"a line of {CLOSED}\n"), (".env line 8", "NAME=value")
    ),
    "a missing quote that swallows lines": Case(
        as_env_file(lambda text: f'OTHER="{CLOSED}\n{text}END="x"\n'), (".env line 1", "quote"), 2, "env_file"
    ),
    "a missing quote to the end": Case(as_env_file(lambda text: f"OTHER='{CLOSED}\n{text}"), (".env line 1", "quote")),
    "a missing quote in the RPC itself": Case(
        as_env_file(lambda text: text.replace("L1_RPC=", 'L1_RPC="') + 'MORE="x"\n'), (".env line 1", "quote")
    ),
    "no such .env": Case(also("--env-file", "other.env"), ("other.env", "--env-file", "no such file")),
    "a state file that is no JSON": Case(
        with_state(f'{{"L1": "{CLOSED}'), ("state.output.json", "JSON"), 2, "state_file"
    ),
    "a state file of another shape": Case(with_state(f'{{"L2s": "{CLOSED}"}}'), ("state.output.json", "L2s", "list")),
    "a state file without an address": Case(
        with_state(f'{{"L1": {{"AvsGovernance": "{CLOSED}"}}, "L2": {{}}}}'),
        ("AVS_GOVERNANCE_ADDRESS", "L1.AvsGovernance", "ATTESTATION_CENTER_ADDRESS is not set"),
    ),
    "an unknown option": Case(also("--l3-rpc", CLOSED), ("--l3-rpc",), 2, "usage"),
    "an unknown option with its value": Case(also(f"--l3-rpc={CLOSED}"), ("--l3-rpc",), 2, "usage"),
    "one argument too many": Case(also(CLOSED), ("argument",), 2, "usage"),
    "no block": Case(also("--l1-block", CLOSED), ("--l1-block", "latest, safe or finalized"), 2, "usage"),
    "an L1 block in the future": Case(
        also("--l1-block", "99999999"), ("--l1-block 99999999", "future", "at block"), 2, "block_in_future"
    ),
    "an L2 block in the future": Case(
        also("--l2-block", "99999999"), ("--l2-block 99999999", "future", "at block"), 2, "block_in_future"
    ),
    "a power without a unit": Case(also("--min-delta", "500"), ("500e18", "500raw"), 2, "usage"),
    "a URL for a power": Case(also("--min-delta", CLOSED), ("voting power", "500e18"), 2, "usage"),
    "both thresholds": Case(also("--min-delta", "1e18", "--min-bps", "1"), ("--min-delta", "--min-bps"), 2, "usage"),
    "malformed internal tasks": Case(put(INTERNAL_TASKS=f'["{CLOSED}"]'), ("INTERNAL_TASKS", "expected")),
    "a multisig that is no address": Case(put(AVSCTL_MULTISIG=CLOSED), ("AVSCTL_MULTISIG", "expected")),
}


@pytest.fixture(scope="module")
def guarded(devnets):
    with through_proxies(devnets("v2"), GUARDED) as settings:
        yield settings


def arrange(case, settings, folder):
    """Spoil the settings as the case has it; gives them with the arguments to add."""
    spoilt = dict(settings)
    more = case.change(spoilt)
    if isinstance(more, dict):
        for name, text in more.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
    return spoilt, more if isinstance(more, tuple) else ()


def tells_no_secret(answer, folder):
    written = [p.read_text() for p in folder.rglob("*") if p.is_file() and p.name not in (".env", "state.output.json")]
    for text in (answer.stdout, answer.stderr, *written):
        assert "Traceback" not in text
        for secret in SECRETS:
            assert secret.lower() not in text.lower()
    return True


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_its_status_and_says_what_was_expected(guarded, tmp_path, name):
    case = CASES[name]
    settings, more = arrange(case, guarded, tmp_path)
    for form in FORMS[:2] if case.status == 5 else FORMS:  # tries again for seconds
        answer = run(settings, "power", "diff", *more, *form, folder=tmp_path)
        assert answer.status == case.status
        assert tells_no_secret(answer, tmp_path)
        check_form(answer, form, case, tmp_path)


def check_form(answer, form, case, folder):
    if form[:2] == ("-o", "json"):
        document = answer.document
        assert (document["status"], document["data"]) == ("error", {})
        said = " ".join(f"{each['message']} {each['hint']}" for each in document["errors"])
        assert case.code in (None, *(each["code"] for each in document["errors"]))
        for wanted in case.says:
            assert wanted.lower() in said.lower()
    if "--log-format" in form:
        lines = [json.loads(line) for line in answer.stderr.splitlines()]
        assert lines
    if form == ("--verbose",):
        assert answer.stdout == ""
        assert answer.stderr.strip()
    if "json=answer.json" in form:
        assert json.loads((folder / "answer.json").read_text())["exit_code"] == case.status
        assert answer.stdout == ""


@pytest.mark.parametrize(
    "name", ["no RPC", "RPC of another chain", "swapped RPCs", "an unknown option", "an address that is none"]
)
@pytest.mark.parametrize("command", [("operator", "list"), ("operator", "show", "1"), ("doctor",)])
def test_the_other_commands_refuse_it_alike(guarded, tmp_path, name, command):
    settings, more = arrange(CASES[name], guarded, tmp_path)
    for form in (("-o", "json"), ("--verbose",)):
        answer = run(settings, *command, *more, *form, folder=tmp_path)
        assert answer.status == 2
        assert tells_no_secret(answer, tmp_path)
    assert run(settings, *command, *more, "-o", "json").document["command"] in (" ".join(command[:2]), "doctor")


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_a_contract_of_another_kind_is_told_by_its_setting(devnets, tmp_path, generation):
    """Both layers on one chain, where every address has code: only what they answer tells them apart."""
    devnet = devnets(generation)
    at = devnet.contracts
    with through_proxies(devnet, GUARDED) as settings:
        on_l2 = settings | {"L1_RPC": settings["L2_RPC"], "L1_CHAIN": "31338"}
        on_l1 = settings | {"L2_RPC": settings["L1_RPC"], "L2_CHAIN": "31337"}
        for given, setting, contract, address in (
            (on_l2, "AVS_GOVERNANCE_ADDRESS", "AvsGovernance", at.attestation_center),
            (on_l2, "AVS_GOVERNANCE_ADDRESS", "AvsGovernance", at.obls),
            (on_l1, "ATTESTATION_CENTER_ADDRESS", "AttestationCenter", at.avs_governance),
            (settings, "ATTESTATION_CENTER_ADDRESS", "AttestationCenter", at.obls),
            (settings, "AVS_GOVERNANCE_ADDRESS", "AvsGovernance", at.staking_contracts[0]),
        ):
            answer = run(given | {setting: address}, "power", "diff", "-o", "json", folder=tmp_path)
            (problem,) = answer.document["errors"]
            assert (answer.status, problem["code"]) == (2, "wrong_contract")
            assert f"{setting} {address}" in problem["message"]
            assert contract in problem["hint"]
            assert tells_no_secret(answer, tmp_path)


def test_a_url_for_an_operator_is_not_repeated(guarded, tmp_path):
    answer = run(guarded, "operator", "show", CLOSED, "-o", "json", folder=tmp_path)
    assert answer.status == 2
    assert tells_no_secret(answer, tmp_path)


# Secrets


COMMANDS = (
    ("power", "diff", "--all", "--per-task"),
    ("operator", "list"),
    ("operator", "show", "1"),
    ("doctor",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_success_tells_no_secret(guarded, tmp_path, command):
    for form in (("--verbose",), ("-o", "json"), ("-o", "json=a.json", "-v", "--log-format", "json")):
        answer = run(guarded, *command, *form, folder=tmp_path)
        assert answer.status in (0, 3)
        assert tells_no_secret(answer, tmp_path)
        assert answer.stderr or "-v" not in form
    assert "127.0.0.1" in answer.stderr


def hostile(text, code=-32000):
    return lambda url: Limits(
        path=GUARDED.path,
        credentials=GUARDED.credentials,
        answer=lambda item: {"error": {"code": code, "message": text.replace("URL", url), "data": url}},
    )


PAGES = {
    "an error page": Limits(page=(502, f"<html>{CLOSED}</html>")),
    "a page instead of JSON": Limits(page=(200, f"<!doctype html>{CLOSED}")),
    "a redirect": Limits(page=(302, CLOSED)),
    "nothing": Limits(page=(200, "")),
    "a JSON text": Limits(page=(200, f'"{CLOSED}"')),
    "a list": Limits(page=(200, f'["{CLOSED}"]')),
    "not found": Limits(page=(404, CLOSED)),
}


@pytest.mark.parametrize("name", PAGES)
def test_an_endpoint_that_sends_something_else_is_status_5(devnets, tmp_path, name):
    with through_proxies(devnets("v2"), PAGES[name], GUARDED) as settings:
        secret = settings["L1_RPC"].replace("://", f"://{USER}:pA%24sWoRd4242@") + GUARDED.path
        for form in FORMS[:3:2]:
            answer = run(settings | {"L1_RPC": secret}, "power", "diff", "--timeout", "1", *form, folder=tmp_path)
            assert answer.status == 5
            assert "L1" in answer.problems[0]
            assert tells_no_secret(answer, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "upstream URL is down",
        f"no access for {USER} with {PASSWORD}",
        f"POST /{PATH}?apikey={QUERY} failed",
        f"key {QUERY.upper()} is over its limit",
        "\x1b[31mred\x1b[0m\r\nError: forged",
        "a\u202eb",
    ],
)
def test_what_a_node_says_is_freed_of_secrets_and_control_characters(devnets, tmp_path, text):
    whole = f"http://{USER}:pA%24sWoRd4242@127.0.0.1/{PATH}?apikey={QUERY}"
    with through_proxies(devnets("v2"), hostile(text)(whole), GUARDED) as settings:
        for form in FORMS[:3]:
            answer = run(settings, "power", "diff", "--timeout", "0.6", *form, folder=tmp_path)
            assert answer.status == 5
            assert tells_no_secret(answer, tmp_path)
            assert not {"\x1b", "\r", "\u202e"} & set(answer.stdout + answer.stderr)
            assert not any(line.startswith("Error: forged") for line in answer.stderr.splitlines())


def test_a_process_of_its_own_tells_no_secret_and_shows_no_traceback(guarded, tmp_path):
    for changes, more, status in (
        ({}, (), 3),
        ({"L2_RPC": CLOSED}, (), 5),
        ({}, ("--l3-rpc", CLOSED), 2),
        ({"L2_CHAIN": "1", "AVSCTL_DEBUG": "1"}, (), 2),
    ):
        answer = spawn(guarded | changes, "power", "diff", "-o", "json", "-v", *more, folder=tmp_path)
        assert answer.document["exit_code"] == status
        for secret in SECRETS:
            assert secret.lower() not in (answer.stdout + answer.stderr).lower()
        assert "Traceback" not in answer.stderr or "AVSCTL_DEBUG" in changes


def test_no_time_left_is_status_5_and_names_the_option(devnets, tmp_path):
    with through_proxies(devnets("v2"), Limits(delay_s=0.5)) as settings:
        answer = run(settings, "power", "diff", "-o", "json", "--timeout", "0.2", folder=tmp_path)
    assert answer.status == 5
    assert "--timeout" in answer.problems[0] or "no answer within" in answer.problems[0]


def test_the_next_endpoint_is_asked_when_the_first_is_unreachable(guarded, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{unused.getsockname()[1]}/{PATH}"
    answer = run(
        guarded | {"L1_RPC": f"{down},{guarded['L1_RPC']}"}, "power", "diff", "-o", "json", "-v", folder=tmp_path
    )
    assert answer.status == 3
    assert answer.data == run(guarded, "power", "diff", "-o", "json").data
    assert tells_no_secret(answer, tmp_path)
