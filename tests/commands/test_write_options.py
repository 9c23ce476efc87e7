"""The options of writing commands: what they take, and what is refused before anything is read."""

import inspect
import sys
from pathlib import Path

import pytest

from avsctl.commands.options import Common, parse_common, with_common
from avsctl.commands.write_options import (
    WRITING,
    BatchMode,
    Calldata,
    SafeBatchFile,
    Send,
    Show,
    WriteOptions,
    parse_write_options,
)
from avsctl.config.secrets import SignerOptions
from avsctl.errors import UsageError
from avsctl.output.destinations import STDOUT_TABLE, Destination, Format
from avsctl.output.result import Result

KEY = "5ec4e7" * 10 + "beef"
"""64 hex digits that begin as a name may."""
KEYSTORE = {"send": True, "yes": True, "keystore": "k.json"}


def parse(destinations=(STDOUT_TABLE,), l2_block="latest", **values):
    return parse_write_options(values, destinations, l2_block)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """A folder with a batch in it, and nobody at a terminal."""
    for name in ("old.json", "part-1.json"):
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", None)


@pytest.mark.parametrize(
    ("values", "way_out"),
    [
        ({}, Show()),
        ({"yes": True}, Show()),
        ({"calldata": True}, Calldata()),
        ({"safe_batch": "new.json"}, SafeBatchFile(Path("new.json"), BatchMode.NEW)),
        ({"safe_batch": "old.json", "append": True}, SafeBatchFile(Path("old.json"), BatchMode.APPEND)),
        ({"safe_batch": "old.json", "overwrite": True}, SafeBatchFile(Path("old.json"), BatchMode.OVERWRITE)),
        ({"safe_batch": "new.json", "overwrite": True}, SafeBatchFile(Path("new.json"), BatchMode.OVERWRITE)),
        (
            {"send": True, "yes": True, "key_env": "AVSCTL_KEY"},
            Send(SignerOptions(key_env="AVSCTL_KEY"), is_confirmed=True),
        ),
        (
            KEYSTORE | {"password_file": "p"},
            Send(SignerOptions(Path("k.json"), password_file=Path("p")), is_confirmed=True),
        ),
        (
            KEYSTORE | {"password_env": "PW"},
            Send(SignerOptions(Path("k.json"), password_env="PW"), is_confirmed=True),
        ),
    ],
)
def test_ways_out(values, way_out):
    assert parse(**values) == WriteOptions(way_out)


def test_the_rest_of_the_options():
    Path("older.json").write_text("{}")
    written = parse(
        from_="0xabc",
        allow=["dead", "dead_after_sync", "dead"],
        after=["older.json", "old.json"],
        nonce="041",
        no_batch=True,
        expect="0x" + "aB" * 32,
    )
    assert written == WriteOptions(
        Show(),
        "0xabc",
        frozenset({"dead", "dead_after_sync"}),
        (Path("older.json"), Path("old.json")),
        nonce=41,
        is_batch=False,
        expected_hash=b"\xab" * 32,
    )
    assert parse(nonce=str(2**53 - 1)).nonce == 2**53 - 1


SAFE_BATCH = {"safe_batch": "new.json"}
SEND = {"send": True, "yes": True, "key_env": "K"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"calldata": True, **SAFE_BATCH}, "--calldata and --safe-batch exclude each other"),
        ({"calldata": True, **SEND}, "--calldata and --send exclude each other"),
        (SAFE_BATCH | SEND, "--safe-batch and --send exclude each other"),
        (SAFE_BATCH | SEND | {"calldata": True}, "--calldata and --safe-batch and --send exclude each other"),
        (SAFE_BATCH | {"append": True, "overwrite": True}, "--append and --overwrite exclude each other"),
        ({"append": True}, "--append means nothing without --safe-batch"),
        ({"overwrite": True, **SEND}, "--overwrite means nothing without --safe-batch"),
        ({"keystore": "k.json"}, "--keystore means nothing without --send"),
        ({"key_env": "K", **SAFE_BATCH}, "--key-env means nothing without --send"),
        ({"password_file": "p", "calldata": True}, "--password-file means nothing without --send"),
        ({"password_env": ""}, "--password-env means nothing without --send"),
        ({"send": True, "yes": True}, "a signer is missing"),
        ({"send": True, "yes": True, "password_env": "PW"}, "a signer is missing"),
        (SEND | {"keystore": "k.json"}, "--keystore and --key-env exclude each other"),
        (SEND | {"password_env": "PW"}, "a password is of a keystore"),
        (SEND | {"password_file": "p"}, "a password is of a keystore"),
        (KEYSTORE | {"password_file": "p", "password_env": "PW"}, "--password-file and --password-env exclude"),
        (KEYSTORE, "the keystore's password cannot be asked for without a terminal"),
        (SEND | {"yes": False}, "--send cannot ask for confirmation without a terminal"),
        (SEND | {"key_env": ""}, "--key-env was given what is no name of an environment variable"),
        (SEND | {"key_env": "my key"}, "--key-env was given what is no name of an environment variable"),
        (SEND | {"key_env": "K" * 65}, "--key-env was given what is no name of an environment variable"),
        (KEYSTORE | {"keystore": "", "password_env": "P"}, "--keystore is empty"),
        ({"safe_batch": ""}, "--safe-batch is empty"),
        ({"safe_batch": "-"}, "--safe-batch takes a file, not stdout"),
        ({"safe_batch": "https://h/KEY"}, "--safe-batch was given a URL"),
        ({"safe_batch": "old.json"}, "old.json is there already"),
        ({"safe_batch": "new.json", "append": True}, "there is no file new.json to append to"),
        ({"safe_batch": "."}, "it is a folder"),
        ({"safe_batch": "no/such.json"}, "there is no folder"),
        ({"safe_batch": "a" * 300}, "--safe-batch: no file can be there: File name too long"),
        ({"after": ["new.json"]}, "--after new.json: there is no such file"),
        ({"after": ["."]}, "--after .: there is no such file"),
        ({"after": ["old.json", "new.json"]}, "--after new.json: there is no such file"),
        ({"after": ["old.json", "./old.json"]}, "--after names old.json twice"),
        ({"after": [""]}, "--after is empty"),
        (SEND | {"after": ["old.json"]}, "--send goes by the state of now, not by that after a file"),
        ({"nonce": ""}, "--nonce '' is no nonce of a Safe"),
        ({"nonce": "-1"}, "--nonce '-1' is no nonce of a Safe"),
        ({"nonce": "4.1"}, "--nonce '4.1' is no nonce of a Safe"),
        ({"nonce": "0x29"}, "--nonce '0x29' is no nonce of a Safe"),
        ({"nonce": "0x" + "5e" * 32}, "--nonce '***' is no nonce of a Safe"),
        ({"nonce": "\u0664\u0661"}, "is no nonce of a Safe"),
        ({"nonce": str(2**53)}, f"--nonce '{2**53}' is no nonce of a Safe"),
        ({"nonce": "9" * 5000}, f"--nonce '{'9' * 38}..' is no nonce of a Safe"),
        ({"expect": ""}, "--expect was given what is no hash"),
        ({"expect": "0x" + "ab" * 31}, "--expect was given what is no hash"),
        ({"expect": "ab" * 32}, "--expect was given what is no hash"),
        ({"expect": "0x" + "gb" * 32}, "--expect was given what is no hash"),
        ({"safe_batch": "old.json", "append": True, "no_batch": True}, "--append and --no-batch exclude each other"),
        ({"safe_batch": "part.json", "no_batch": True}, "part-1.json is there already"),
        ({"safe_batch": ".", "no_batch": True}, "--no-batch writes a file for each call, and . is none"),
        ({"safe_batch": "/dev/null", "no_batch": True, "overwrite": True}, "and /dev/null is none"),
        ({"allow": ["dead", "deaf"]}, "--allow 'deaf': no finding has that code"),
        ({"allow": ["would_revert"]}, "--allow would_revert: that finding cannot be allowed"),
    ],
)
def test_refused(values, message):
    with pytest.raises(UsageError) as caught:
        parse(**values)
    assert message in caught.value.problems[0].message


@pytest.mark.parametrize("block", [17, "safe", "finalized"])
@pytest.mark.parametrize("values", [SAFE_BATCH, SEND])
def test_what_is_to_land_goes_by_the_state_of_now(values, block):
    with pytest.raises(UsageError, match=f"goes by the state of now, not by that of --l2-block {block}"):
        parse(l2_block=block, **values)


@pytest.mark.parametrize("values", [{}, {"calldata": True}])
def test_what_is_shown_may_be_of_any_block(values):
    assert parse(l2_block=17, **values) == parse(**values)


@pytest.mark.parametrize("key", [KEY, "0x" + KEY, f" {KEY.upper()} "])
@pytest.mark.parametrize("option", ["key_env", "password_env", "password_file", "keystore"])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(option, key):
    with pytest.raises(UsageError, match="was given what looks like a key") as caught:
        parse(send=True, yes=True, **{option: key})
    assert "5ec4e7" not in str(caught.value.problems).lower()


def test_words_of_a_mnemonic_are_not_repeated():
    with pytest.raises(UsageError) as caught:
        parse(send=True, yes=True, key_env="test test junk")
    assert "junk" not in str(caught.value.problems)


@pytest.mark.parametrize("form", [Format.JSON, Format.CSV])
def test_with_calldata_stdout_carries_the_hex_alone(form):
    with pytest.raises(UsageError, match=f"so -o {form} needs a file"):
        parse([Destination(form)], calldata=True)
    assert parse([Destination(form, Path("x"))], calldata=True).way_out == Calldata()


def test_calls_and_answer_go_to_different_files():
    with pytest.raises(UsageError, match=r"--safe-batch and -o both write new\.json"):
        parse([Destination(Format.JSON, Path("./new.json"))], safe_batch="new.json")


@pytest.mark.parametrize(
    ("written", "is_taken"),
    [
        ("new.json", False),
        ("new.json.avsctl.json", False),
        ("new-1.json", True),
        ("new-12.json", True),
        ("new-2.json.avsctl.json", True),
        ("new-x.json", False),
        (".avsctl.json", False),
    ],
)
def test_numbered_files_and_what_is_beside_them_are_taken(written, is_taken):
    def parse_both(**values):
        return parse([Destination(Format.JSON, Path(written))], safe_batch="new.json", **values)

    if is_taken:
        with pytest.raises(UsageError, match="--safe-batch and -o both write"):
            parse_both(no_batch=True)
        assert parse_both().way_out.paths(3) == (Path("new.json"),)
    elif "new.json" in written:
        with pytest.raises(UsageError, match="--safe-batch and -o both write"):
            parse_both()
    else:
        assert parse_both().way_out == SafeBatchFile(Path("new.json"), BatchMode.NEW)


@pytest.mark.parametrize(
    ("name", "numbered"),
    [
        ("x/batch.json", ["x/batch-1.json", "x/batch-2.json"]),
        ("batch", ["batch-1", "batch-2"]),
        ("a.b.json", ["a.b-1.json", "a.b-2.json"]),
    ],
)
def test_a_file_for_each_call_has_its_number_in_its_name(name, numbered):
    way_out = SafeBatchFile(Path(name), BatchMode.NEW, is_numbered=True)
    assert way_out.paths(2) == tuple(map(Path, numbered))


class Terminal:
    def isatty(self):
        return True


@pytest.mark.parametrize("values", [KEYSTORE, SEND | {"yes": False}, KEYSTORE | {"yes": False}])
def test_at_a_terminal_password_and_confirmation_may_be_asked_for(monkeypatch, values):
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert parse(**values).way_out.is_confirmed == values["yes"]


def test_a_command_receives_them_as_one_value():
    seen = []

    @with_common(writes=True)
    def create(common: Common) -> Result:
        seen.append(common)
        return Result("task create", {})

    @with_common()
    def show(common: Common) -> Result:
        seen.append(common)
        return Result("task show", {})

    parameters = inspect.signature(create).parameters
    assert list(parameters) == [*WRITING, *inspect.signature(show).parameters]
    defaults = {name: each.default for name, each in parameters.items()}
    create(**defaults | {"calldata": True, "output": ["json=x.json"]})
    show(**{name: default for name, default in defaults.items() if name not in WRITING})
    assert [common.write for common in seen] == [WriteOptions(Calldata()), None]
    assert seen[0].writing is seen[0].write


def test_stdout_is_no_place_of_the_answer_where_calldata_has_it():
    assert parse_common({"calldata": True}).destinations == ()
    assert parse_common({"calldata": True, "output": ["json=x"]}).destinations == (Destination(Format.JSON, Path("x")),)
    assert parse_common({"send": False}).destinations == (STDOUT_TABLE,)
