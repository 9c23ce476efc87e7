"""What is typed and what is set: any text is read or refused with the documented error, and round trips hold."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from settings_values import AUGUST_STATE, CENTER, ENVIRON, GOVERNANCE, L1_URL, MAY_STATE, OLD_STATE

from avsctl.chain.endpoint import Endpoint
from avsctl.commands.attest_options import parse_data, parse_hash, parse_out
from avsctl.commands.operator_ids import parse_operators
from avsctl.commands.safe_options import parse_nonce
from avsctl.commands.view_options import parse_views
from avsctl.config.env_file import Found
from avsctl.config.items import split_items
from avsctl.config.keystore import read_keystore
from avsctl.config.settings import SETTING_NAMES
from avsctl.contracts.address import parse_address
from avsctl.core.amounts import parse_amount, parse_count, parse_minimum
from avsctl.core.chains import CHAIN_ID_MAX, chain_name, parse_chain
from avsctl.core.durations import DURATION_MAX_SECONDS, parse_duration
from avsctl.core.expiry import AbsoluteBlock, BlocksFromNow, DurationFromNow, Never, parse_expiry
from avsctl.core.internal_tasks import parse_internal_tasks
from avsctl.core.units import UINT256_MAX, format_e18, parse_power
from avsctl.errors import ConfigError, UsageError
from avsctl.output.destinations import parse_destinations, parse_file

SOAK = bool(os.environ.get("AVSCTL_SOAK"))
PIECES = (
    *(
        "0",
        "1",
        "9",
        "00",
        "18",
        "500",
        "e18",
        "E18",
        "raw",
        "ether",
        "gwei",
        "wei",
        "d",
        "h",
        "m",
        "s",
        "+",
        "-",
        ".",
        ",",
    ),
    *(
        "none",
        "never",
        "0x",
        "0X",
        "@",
        "/",
        "://",
        "http",
        "https",
        "?",
        "#",
        "=",
        "%",
        "%2F",
        "[",
        "]",
        "::1",
        "*",
        "~",
    ),
    *(
        "\x00",
        "\n",
        "\r",
        "\t",
        "\x1b[31m",
        "\u202e",
        "\ud800",
        "\u0663",
        "\uff11",
        "\u00b2",
        "\u2028",
        "é",
        "𝟙",
        " ",
        "'",
        '"',
    ),
    *("9" * 80, "f" * 64, "0x" + "ab" * 20, CENTER, "base", "8453", "${X}", "\\", "json", "table", "1" * 5000),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join)
PARSERS = {
    "power": (parse_power, UsageError),
    "amount": (parse_amount, UsageError),
    "count": (parse_count, UsageError),
    "minimum": (parse_minimum, UsageError),
    "expiry": (parse_expiry, UsageError),
    "duration": (lambda text: parse_duration(text, "--for"), UsageError),
    "chain": (parse_chain, ()),
    "operators": (parse_operators, UsageError),
    "nonce": (parse_nonce, UsageError),
    "data": (parse_data, UsageError),
    "hash": (parse_hash, UsageError),
    "views": (lambda text: parse_views([text, f"1={text}", f"1={text},{text}"]), UsageError),
    "view": (lambda text: parse_views([f"1={text},{L1_URL}"]), UsageError),
    "address": (parse_address, ConfigError),
    "endpoint": (Endpoint.parse, ConfigError),
    "items": (lambda text: split_items(Found("L2_RPC", text, "environment")), ConfigError),
    "internal tasks": (parse_internal_tasks, ConfigError),
    "file": (lambda text: parse_file(text, "--out"), UsageError),
    "out": (lambda text: parse_out(text, overwrite=False), UsageError),
    "destinations": (lambda text: parse_destinations([text, f"json={text}"]), UsageError),
}


def soak(examples, **more):
    return settings(max_examples=examples * 50 if SOAK else examples, **more)


def refusal(documented, read):
    """Give what is said where reading ends in a documented error, empty where it does not."""
    try:
        read()
    except documented as error:
        problems = error.problems
    else:
        return ""
    assert problems
    assert all(problem.code and problem.message for problem in problems)
    return str(problems)


@pytest.mark.parametrize("name", PARSERS)
def test_any_text_is_read_or_refused(name):
    parse, documented = PARSERS[name]

    @given(TEXTS)
    @example("")
    @example("9" * 100_000)
    @soak(50)
    def check(text):
        told = refusal(documented, lambda: parse(text))
        assert len(told) < 30 * len(text) + 1000

    check()


# Round trips

RAW = st.integers(0, UINT256_MAX) | st.integers(0, 10**20)


@given(RAW)
@soak(100)
def test_a_power_that_is_shown_is_read_again(raw):
    assert parse_power(f"{raw}raw") == raw
    shown = format_e18(raw)
    assert parse_power(shown if shown.endswith("raw") else f"{shown}e18") == raw
    assert parse_minimum(f" {raw}raw ") == raw


@given(RAW, st.sampled_from([("ether", 18), ("gwei", 9), ("wei", 0), ("", 0)]))
@soak(100)
def test_an_amount_in_any_unit_is_the_same(raw, unit):
    name, decimals = unit
    whole, fraction = divmod(raw, 10**decimals)
    assert parse_amount(f"{whole}.{fraction:0{decimals}d}{name}" if fraction else f"{whole}{name}") == raw
    assert parse_count(str(raw)) == raw


@given(RAW)
@soak(100)
def test_an_expiry_is_what_was_typed(number):
    assert parse_expiry(str(number)) == AbsoluteBlock(number)
    assert parse_expiry("never") == Never()
    if number:
        assert parse_expiry(f"+{number}") == BlocksFromNow(number)
    if 0 < number < 2**200:
        assert parse_expiry(f"{number}d") == DurationFromNow(number * 86_400)


@given(st.integers(1, DURATION_MAX_SECONDS), st.integers(1, CHAIN_ID_MAX))
@soak(100)
def test_durations_and_chains_are_what_was_typed(seconds, chain_id):
    assert parse_duration(f"{seconds}s", "--for") == seconds
    assert parse_chain(str(chain_id)) == chain_id
    assert str(chain_id) in chain_name(chain_id)


@given(st.lists(st.integers(1, UINT256_MAX), min_size=1, max_size=5))
@soak(50)
def test_operators_are_those_that_were_typed(ids):
    assert parse_operators(",".join(map(str, ids))) == tuple(ids)


@given(TEXTS)
@soak(150)
def test_an_endpoint_that_is_read_never_shows_what_it_hides(text):
    with suppress(ConfigError):
        endpoint = Endpoint.parse(f"http://uSeR-123456:{text}@host.example/kEy-{text}?q=sEcReT-98765")
        for shown in (str(endpoint), repr(endpoint), f"{endpoint}", endpoint.scrub(f"failed: {endpoint.url}")):
            assert not any(secret in shown for secret in ("uSeR-123456", "sEcReT-98765", "kEy-"))


# Whole files


def damage(draw, text):
    """Damage a text in one way."""
    at, to = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    piece = draw(st.sampled_from(PIECES[:-1]) | st.sampled_from(("=", "\n", "'", '"', "{", "}", "[", "]", ":", "null")))
    ways = (
        text[:at],
        text[:at] + piece + text[at:],
        text[:at] + text[to:],
        text[:to] + text[at:],
        text[:at] + piece + text[to:],
    )
    return draw(st.sampled_from(ways))


@st.composite
def damaged(draw, seeds):
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 3))):
        text = damage(draw, text)
    return text


ENV_TEXTS = [
    "".join(f"{name}={value}\n" for name, value in ENVIRON.items()),
    "".join(f"export {name} = '{value}'  # why\n\n" for name, value in ENVIRON.items()),
    (
        f'L2_RPC="base@{L1_URL},10@{L1_URL}"\nL2_CHAIN=8453\nATTESTATION_CENTER_ADDRESS=8453@{CENTER}\n'
        f"L1_RPC={L1_URL}\nAVS_GOVERNANCE_ADDRESS={GOVERNANCE}\n"
        'INTERNAL_TASKS=\'[{"name": "votingPowerSync", "interval": 60000}]\'\n'
    ),
]
STATE_TEXTS = [json.dumps(each, indent=2) for each in (OLD_STATE, MAY_STATE, AUGUST_STATE)]


@soak(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damaged(ENV_TEXTS), damaged(STATE_TEXTS), st.dictionaries(st.sampled_from(sorted(SETTING_NAMES)), TEXTS, max_size=3)
)
def test_a_damaged_project_is_read_or_refused(project, env, state, environ):
    project.env(env.encode("utf-8", "surrogatepass")).state(state.encode("utf-8", "surrogatepass"))
    read = []
    told = refusal(ConfigError, lambda: read.append(project.load(environ)))
    assert "SECRET" not in told + repr(read)
    assert bool(told) != bool(read)


@soak(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damaged(
        [
            json.dumps(
                {
                    "version": 3,
                    "crypto": {
                        "cipher": "aes-128-ctr",
                        "cipherparams": {"iv": "00" * 16},
                        "ciphertext": "11" * 32,
                        "kdf": "scrypt",
                        "kdfparams": {"dklen": 32, "n": 2, "p": 1, "r": 8, "salt": "22" * 32},
                        "mac": "33" * 32,
                    },
                }
            )
        ]
    )
)
def test_a_damaged_keystore_is_read_or_refused(tmp_path, text):
    path = Path(tmp_path / "keystore.json")
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    read = []
    told = refusal(ConfigError, lambda: read.append(read_keystore(path)))
    assert "11" * 8 not in told + repr(read)
