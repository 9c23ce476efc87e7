"""Settings: where each comes from, which goes first, and how everything that is wrong is told at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from settings_values import (
    AUGUST_STATE,
    CENTER,
    CENTER_2,
    ENVIRON,
    GOVERNANCE,
    L1_URL,
    L2_ONLY,
    L2_URL,
    L2_URL_2,
    MAY_STATE,
    MULTISIG,
    OLD_STATE,
)

from avsctl.config.env_file import read_env_file
from avsctl.config.settings import SETTING_NAMES
from avsctl.core.internal_tasks import InternalTaskName, InternalTaskSetting, parse_internal_tasks
from avsctl.errors import ConfigError, ConfigProblems

SCHEDULE = '[{"name":"VOTING_POWER_SYNC","interval":60000}]'


def _urls(chain):
    return [endpoint.url for endpoint in chain.endpoints]


def _sources(settings):
    return [(source.name, source.shown_value, source.origin) for source in settings.provenance]


def test_everything_from_the_environment(project):
    settings = project.load(
        ENVIRON | {"L1_CHAIN": "mainnet", "L2_CHAIN": "8453", "AVSCTL_MULTISIG": MULTISIG, "INTERNAL_TASKS": SCHEDULE}
    )
    assert _urls(settings.l1) == [L1_URL]
    assert _urls(settings.l2) == [L2_URL]
    assert (settings.l1.expected_chain_id, settings.l2.expected_chain_id) == (1, 8453)
    assert (settings.avs_governance, settings.attestation_center) == (GOVERNANCE, CENTER)
    assert settings.multisig == MULTISIG
    assert settings.internal_tasks == (InternalTaskSetting(InternalTaskName.VOTING_POWER_SYNC, 60_000),)
    assert _sources(settings) == [
        ("L1_RPC", "https://l1.example/***", "environment"),
        ("L1_CHAIN", "Ethereum (1)", "environment"),
        ("L2_RPC", "https://l2.example/***", "environment"),
        ("L2_CHAIN", "Base (8453)", "environment"),
        ("AVS_GOVERNANCE_ADDRESS", GOVERNANCE, "environment"),
        ("ATTESTATION_CENTER_ADDRESS", CENTER, "environment"),
        ("AVSCTL_MULTISIG", MULTISIG, "environment"),
        ("INTERNAL_TASKS", "VOTING_POWER_SYNC 60000 ms", "environment"),
    ]


def test_option_goes_before_environment_before_env_file_before_state_file(project):
    project.state(AUGUST_STATE).env(
        f"L1_RPC=https://file.example\nL2_RPC=https://file.example\nL2_CHAIN=84532\nAVS_GOVERNANCE_ADDRESS={GOVERNANCE}\n"
        "AVSCTL_MULTISIG=broken, but no one asks"
    )
    environ = {"L1_RPC": "https://environment.example", "L2_RPC": "https://environment.example", "L2_CHAIN": ""}
    settings = project.load(environ, l1_rpc="https://option.example", from_=MULTISIG)
    assert _sources(settings) == [
        ("L1_RPC", "https://option.example", "option --l1-rpc"),
        ("L1_CHAIN", "Sepolia (11155111)", ".othentic/state.output.json (L1.chainId)"),
        ("L2_RPC", "https://environment.example", "environment"),
        ("L2_CHAIN", "Base Sepolia (84532)", ".env line 3"),
        ("AVS_GOVERNANCE_ADDRESS", GOVERNANCE, ".env line 4"),
        ("ATTESTATION_CENTER_ADDRESS", CENTER_2, ".othentic/state.output.json (L2s[1].AttestationCenter)"),
        ("AVSCTL_MULTISIG", MULTISIG, "option --from"),
    ]


def test_empty_and_blank_values_are_absent(project):
    project.env("L1_RPC=\nL2_RPC=''\nL2_CHAIN=   # none\nAVS_GOVERNANCE_ADDRESS\n")
    blank = dict.fromkeys(SETTING_NAMES, " \t") | {"L2_CHAIN": ""}
    assert {p.code for p in project.problems(blank)} == {"missing_setting"}


def test_an_option_given_empty_is_told_by_its_name(project):
    given = {"l1_rpc": "", "l2_rpc": " ", "l2_chain": "", "from_": "\t"}
    messages = project.messages(ENVIRON, **given)
    assert messages == [f"{option} is empty" for option in ("--l1-rpc", "--l2-rpc", "--l2-chain", "--from")]


def test_an_unknown_chain_is_answered_with_a_few_names_only(project):
    (message,) = project.messages(ENVIRON | {"L2_CHAIN": "moonbase"})
    assert message == (
        "L2_CHAIN (environment): expected a chain id such as 8453, or a name such as mainnet, base or base-sepolia"
    )


def test_what_is_missing_is_told_at_once_with_where_it_was_looked_for(project):
    looked = "environment, .env (no such file)"
    also = f"looked in {looked}, .othentic/state.output.json (no such file)"
    problems = project.problems()
    assert [problem.message for problem in problems] == [
        f"L1_RPC is not set: expected an http:// or https:// URL; looked in option --l1-rpc, {looked}",
        f"AVS_GOVERNANCE_ADDRESS is not set: expected the address of AvsGovernance; {also}",
        f"L2_RPC is not set: expected an http:// or https:// URL; looked in option --l2-rpc, {looked}",
        f"ATTESTATION_CENTER_ADDRESS is not set: expected the address of AttestationCenter; {also}",
    ]
    assert [problem.hint for problem in problems] == [
        "put L1_RPC=https://.. into .env, or give --l1-rpc",
        "put AVS_GOVERNANCE_ADDRESS=0x.. into .env",
        "put L2_RPC=https://.. into .env, or give --l2-rpc",
        "put ATTESTATION_CENTER_ADDRESS=0x.. into .env",
    ]
    assert {problem.code for problem in problems} == {"missing_setting"}


def test_what_is_malformed_is_told_at_once_and_not_repeated(project):
    project.env("AVSCTL_MULTISIG=0xSECRET\n")
    environ = {
        "L1_RPC": "wss://l1.example/SECRET",
        "L2_RPC": "https://l2.example/x, https://SECRET host",
        "L1_CHAIN": "SECRET",
        "L2_CHAIN": "8453",
        "AVS_GOVERNANCE_ADDRESS": "0x" + "5EC12E7" * 8,
        "ATTESTATION_CENTER_ADDRESS": CENTER.swapcase().replace("X", "x"),
        "INTERNAL_TASKS": '[{"name":"SECRET"}]',
    }
    problems = project.problems(environ)
    starts = [problem.message.partition(": ")[0] for problem in problems]
    assert starts == [
        "L1_CHAIN (environment)",
        "L1_RPC (environment)",
        "AVS_GOVERNANCE_ADDRESS (environment)",
        "ATTESTATION_CENTER_ADDRESS (environment)",
        "L2_RPC (environment, item 2)",
        "AVSCTL_MULTISIG (.env line 1)",
        "INTERNAL_TASKS (environment)",
    ]
    assert {problem.code for problem in problems} == {"malformed_setting"}
    assert not any("SECRET" in text or "5EC12E7" in text for p in problems for text in (p.message, p.hint))
    assert f"wrong checksum: expected {CENTER}" in problems[3].message


@pytest.mark.parametrize("name", ["AVS_GOVERNANCE_ADDRESS", "ATTESTATION_CENTER_ADDRESS", "AVSCTL_MULTISIG"])
@pytest.mark.parametrize("address", ["0x" + "0" * 40, "0x" + "e" * 40, "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"])
def test_no_contract_is_at_the_zero_address_or_the_sentinel(project, name, address):
    (message,) = project.messages(ENVIRON | {name: address})
    assert message.startswith(f"{name} (environment): expected an address other than ")


def test_addresses_of_one_case_are_spelt_right(project):
    lower = {"AVS_GOVERNANCE_ADDRESS": GOVERNANCE.lower(), "ATTESTATION_CENTER_ADDRESS": "0x" + CENTER[2:].upper()}
    settings = project.load(ENVIRON | lower)
    assert (settings.avs_governance, settings.attestation_center) == (GOVERNANCE, CENTER)


class TestOptionalL1:
    """Commands that need the L2 alone."""

    def test_it_may_be_absent(self, project):
        settings = project.load({"L2_RPC": L2_URL, "ATTESTATION_CENTER_ADDRESS": CENTER}, needs=L2_ONLY)
        assert settings.l1 is None
        assert settings.avs_governance is None

    def test_governance_alone_is_kept(self, project):
        settings = project.load(ENVIRON | {"L1_RPC": ""}, needs=L2_ONLY)
        assert settings.l1 is None
        assert settings.avs_governance == GOVERNANCE

    def test_endpoints_alone_are_kept(self, project):
        settings = project.load(ENVIRON | {"AVS_GOVERNANCE_ADDRESS": ""}, needs=L2_ONLY)
        assert _urls(settings.l1) == [L1_URL]
        assert settings.avs_governance is None

    def test_with_endpoints_governance_is_looked_up(self, project):
        settings = project.state(MAY_STATE).load({"L1_RPC": L1_URL, "L2_RPC": L2_URL}, needs=L2_ONLY)
        assert settings.avs_governance == GOVERNANCE

    def test_without_endpoints_its_chains_do_not_matter(self, project):
        environ = {"L2_RPC": L2_URL, "ATTESTATION_CENTER_ADDRESS": CENTER, "L1_CHAIN": "1,17000"}
        assert project.load(environ, needs=L2_ONLY).l1 is None

    def test_malformed_is_told_all_the_same(self, project):
        assert len(project.problems(ENVIRON | {"L1_RPC": "x", "AVS_GOVERNANCE_ADDRESS": "x"}, needs=L2_ONLY)) == 2


class TestSeveralL2s:
    """The form chain@value, and --l2-chain."""

    ENVIRON = ENVIRON | {
        "L2_CHAIN": "8453,base-sepolia",
        "L2_RPC": f"8453@{L2_URL},84532@{L2_URL_2},base@https://second.example",
        "ATTESTATION_CENTER_ADDRESS": f"8453@{CENTER}, 84532@{CENTER_2}",
    }

    @pytest.mark.parametrize(
        ("chosen", "chain_id", "urls", "center"),
        [
            ("8453", 8453, [L2_URL, "https://second.example"], CENTER),
            ("base", 8453, [L2_URL, "https://second.example"], CENTER),
            ("84532", 84532, [L2_URL_2], CENTER_2),
            ("Base-Sepolia", 84532, [L2_URL_2], CENTER_2),
        ],
    )
    def test_one_is_picked(self, project, chosen, chain_id, urls, center):
        settings = project.load(self.ENVIRON, l2_chain=chosen)
        assert (settings.l2.expected_chain_id, _urls(settings.l2)) == (chain_id, urls)
        assert settings.attestation_center == center

    def test_each_endpoint_is_shown_with_its_place(self, project):
        settings = project.load(self.ENVIRON, l2_chain="base")
        assert [(s.shown_value, s.origin) for s in settings.l2.sources] == [
            ("https://l2.example/***", "environment, 1 of 2"),
            ("https://second.example", "environment, 2 of 2"),
            ("Base (8453)", "option --l2-chain"),
        ]

    @pytest.mark.parametrize("absent", [(), ("L2_CHAIN",), ("L2_CHAIN", "L2_RPC")])
    def test_without_a_choice_they_are_listed(self, project, absent):
        environ = self.ENVIRON | dict.fromkeys(absent, "")
        (problem,) = project.problems(environ, **({"l2_rpc": L2_URL} if "L2_RPC" in absent else {}))
        assert problem.code == "ambiguous_chain"
        assert problem.message.endswith("names several chains: Base (8453), Base Sepolia (84532)")
        assert problem.hint == "choose one with --l2-chain"

    def test_a_choice_among_none_of_them_is_told(self, project):
        messages = project.messages(self.ENVIRON | {"L2_CHAIN": ""}, l2_chain="10")
        meant = "expected an item for OP Mainnet (10), which L2_CHAIN (option --l2-chain) means"
        expected = f"{meant}; it has Base (8453), Base Sepolia (84532)"
        assert messages == [
            f"ATTESTATION_CENTER_ADDRESS (environment): {expected}",
            f"L2_RPC (environment): {expected}",
        ]

    def test_a_choice_is_held_against_chains_without_items(self, project):
        environ = ENVIRON | {"L2_CHAIN": "8453,84532"}
        assert project.load(environ, l2_chain="84532").l2.expected_chain_id == 84532
        known = "Base (8453), Base Sepolia (84532), as L2_CHAIN (environment) has"
        assert project.messages(environ, l2_chain="10") == [f"L2_CHAIN (option --l2-chain): expected one of {known}"]

    def test_an_option_goes_before_one_chain_of_the_environment(self, project):
        assert project.load(ENVIRON | {"L2_CHAIN": "84532"}, l2_chain="8453").l2.expected_chain_id == 8453
        assert project.load(ENVIRON | {"L2_CHAIN": "nonsense"}, l2_chain="8453").l2.expected_chain_id == 8453

    def test_chains_in_the_option_of_the_endpoints_go_before_the_environment(self, project):
        settings = project.load(self.ENVIRON, l2_rpc="84532@https://option.example")
        assert (settings.l2.expected_chain_id, settings.attestation_center) == (84532, CENTER_2)
        assert settings.l2.sources[-1].origin == "option --l2-rpc, L2_RPC"

    def test_one_chain_before_an_item_is_the_chain_that_is_expected(self, project):
        assert project.load(ENVIRON | {"L2_RPC": f"base@{L2_URL}"}).l2.expected_chain_id == 8453
        settings = project.load(ENVIRON | {"ATTESTATION_CENTER_ADDRESS": f"base@{CENTER}", "L1_RPC": f"1@{L1_URL}"})
        assert (settings.l1.expected_chain_id, settings.l2.expected_chain_id) == (1, 8453)

    def test_the_multisig_may_differ_by_chain(self, project):
        environ = self.ENVIRON | {"AVSCTL_MULTISIG": f"8453@{MULTISIG},84532@{GOVERNANCE}"}
        assert project.load(environ, l2_chain="84532").multisig == GOVERNANCE
        assert len(project.problems(environ)) == 1
        (message,) = project.messages(ENVIRON | {"AVSCTL_MULTISIG": f"8453@{MULTISIG}"})
        assert message.endswith("no setting says which is meant: it has Base (8453)")

    def test_l1_has_one_chain(self, project):
        (problem,) = project.problems(ENVIRON | {"L1_CHAIN": "1,17000"})
        assert problem.hint == "set L1_CHAIN to one of them"

    def test_one_address_for_a_chain(self, project):
        (message,) = project.messages(ENVIRON | {"ATTESTATION_CENTER_ADDRESS": f"{CENTER},{CENTER_2}"})
        assert message == "ATTESTATION_CENTER_ADDRESS (environment): expected one address for a chain"


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        (L2_URL_2, [L2_URL_2]),
        (f"{L2_URL},{L2_URL_2}", [L2_URL, L2_URL_2]),
        (f" {L2_URL} , {L2_URL} ,, {L2_URL_2},", [L2_URL, L2_URL_2]),
        (f"8453@{L2_URL_2}", [L2_URL_2]),
        (f"8453 @ {L2_URL_2}", [L2_URL_2]),
        ("https://8453@l2.example", ["https://8453@l2.example"]),
    ],
)
def test_endpoints_are_split_with_care_for_user_parts(project, text, urls):
    assert _urls(project.load(ENVIRON | {"L2_RPC": text}).l2) == urls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (",", "VALUE, or CHAIN@VALUE"),
        ("8453@", "VALUE, or CHAIN@VALUE"),
        (f"8453@{L2_URL},{L2_URL_2}", "before every item, or before none"),
        (f"nochain@{L2_URL}", "an http:// or https:// URL"),
        (f"0@{L2_URL}", "an http:// or https:// URL"),
    ],
)
def test_malformed_items(project, text, expected):
    (message,) = project.messages(ENVIRON | {"L2_RPC": text})
    assert message.startswith("L2_RPC (environment): expected ")
    assert expected in message


class TestExpectedChain:
    """The chain that an endpoint must be of, where no setting names it."""

    def test_nothing_says_it(self, project):
        settings = project.load(ENVIRON)
        assert (settings.l1.expected_chain_id, settings.l2.expected_chain_id) == (None, None)

    def test_the_state_file_says_it_of_its_own_contracts(self, project):
        settings = project.state(AUGUST_STATE).load(ENVIRON | {"ATTESTATION_CENTER_ADDRESS": CENTER_2})
        assert (settings.l1.expected_chain_id, settings.l2.expected_chain_id) == (11155111, 84532)
        assert settings.l2.sources[-1].origin == ".othentic/state.output.json (L2s[1].chainId)"

    def test_a_state_file_of_another_deployment_says_nothing(self, project):
        settings = project.state(MAY_STATE).load(ENVIRON | {"ATTESTATION_CENTER_ADDRESS": CENTER_2})
        assert settings.l2.expected_chain_id is None

    def test_the_old_shape_has_none(self, project):
        settings = project.state(OLD_STATE).load({"L1_RPC": L1_URL, "L2_RPC": L2_URL})
        assert (settings.l1.expected_chain_id, settings.l2.expected_chain_id) == (None, None)


class TestEnvFileOption:
    """--env-file."""

    def test_it_is_read_in_place_of_the_default(self, project):
        project.env("L1_RPC=https://default.example").env(f"L2_RPC={L2_URL}", "other.env")
        environ = ENVIRON | {"L2_RPC": "", "L1_RPC": ""}
        settings = project.load(environ, env_file=Path("other.env"), needs=L2_ONLY)
        assert settings.l1 is None
        assert settings.l2.sources[0].origin == "other.env line 1"

    def test_it_must_be_there(self, project):
        assert project.messages(env_file=Path("other.env")) == ["other.env (option --env-file): no such file"]

    def test_nothing_is_a_file_too(self, project):
        assert project.load(ENVIRON, env_file=Path(os.devnull)).l2


def test_secrets_are_neither_kept_nor_shown(project):
    project.env("PRIVATE_KEY=SECRET-key\nBLS_PRIVATE_KEY=SECRET-bls\nL2_RPC=https://a:SECRET-four@l2.example\n")
    settings = project.load(ENVIRON | {"L2_RPC": "", "SIGNING_KEY": "SECRET-signing"})
    assert "SECRET" not in repr(settings)
    assert "SECRET" not in repr(settings.provenance)
    assert not any("key" in name.lower() for name in SETTING_NAMES)


def test_the_import_is_light():
    script = "import sys, avsctl.config; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"dotenv", "web3", "eth_abi", "urllib3", "Crypto"} & set(loaded)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
values = st.one_of(
    texts,
    st.sampled_from(
        [*ENVIRON.values(), "8453", "base,84532", SCHEDULE, f"8453@{CENTER},84532@{CENTER_2}", "@", ",", "1@"]
    ),
)


@limits(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(SETTING_NAMES)), values), st.sampled_from([None, "8453", "x"]))
def test_any_environment_is_read_or_refused(project, environ, l2_chain):
    try:
        settings = project.load(environ, l2_chain=l2_chain)
    except ConfigError as error:
        refused = error
    else:
        assert settings.l1
        assert settings.avs_governance
        return
    assert isinstance(refused, ConfigProblems)
    assert all(problem.code and problem.message for problem in refused.problems)
    assert len(set(refused.problems)) == len(refused.problems)


def test_the_example_names_every_setting():
    text = (Path(__file__).parents[2] / ".env.example").read_text()
    assert {name for name in SETTING_NAMES if f"{name}=" in text} == SETTING_NAMES


@pytest.mark.parametrize("mark", ["", "# "])
def test_the_example_is_read_as_it_is_and_with_its_lines_uncommented(project, mark):
    text = (Path(__file__).parents[2] / ".env.example").read_text()
    lines = [line.removeprefix(mark) if "=" in line else line for line in text.splitlines()]
    file = read_env_file(project.env("\n".join(lines)).path / ".env", ".env")
    assert not file.problems
    assert len(parse_internal_tasks(file.found_by_name["INTERNAL_TASKS"].text)) == 2 if mark else True
