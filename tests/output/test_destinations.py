"""Where answers go: what -o takes, and what no answer takes the place of."""

import re
from pathlib import Path

import pytest

from avsctl.errors import UsageError
from avsctl.output.delivery import deliver
from avsctl.output.destinations import (
    STDOUT_TABLE,
    Destination,
    Format,
    parse_destinations,
    parse_file,
    require_apart,
    require_formats,
    require_unread,
    require_writable,
)
from avsctl.output.files import write_file
from avsctl.output.result import FailOn, Result


@pytest.mark.parametrize(
    ("texts", "destinations"),
    [
        ([], (STDOUT_TABLE,)),
        (["json"], (Destination(Format.JSON),)),
        (["json=-"], (Destination(Format.JSON),)),
        (["json=a.json"], (STDOUT_TABLE, Destination(Format.JSON, Path("a.json")))),
        (["csv=a=b.csv", "json"], (Destination(Format.CSV, Path("a=b.csv")), Destination(Format.JSON))),
    ],
)
def test_parse(texts, destinations):
    assert parse_destinations(texts) == destinations


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["yaml"], "'yaml' is not an output format"),
        (["JSON"], "'JSON' is not an output format"),
        (["json="], "names no file"),
        (["json=" + "a" * 300], "-o json=FILE: no file can be there: File name too long"),
        (["json=" + "a/" * 3000], "-o json=FILE: no file can be there: File name too long"),
        (["csv=a\0b"], "-o csv=FILE: no file can be there: no file has such a name"),
        (["csv=a\ud800b"], "-o csv=FILE: no file can be there: no file has such a name"),
        (["json", "table"], "two answers for stdout"),
        (["json=a", "csv=./a"], "two answers for a"),
    ],
)
def test_refused(texts, message):
    with pytest.raises(UsageError, match=message):
        parse_destinations(texts)


@pytest.mark.parametrize("text", ["ab" * 32, "0x" + "AB" * 32, f" 0X{'ab' * 32}\n"])
def test_what_may_be_a_key_is_no_file_and_is_not_repeated(text):
    with pytest.raises(UsageError, match="FILE takes a file, and was given what may be a key") as caught:
        parse_file(text, "FILE")
    assert "ab" * 4 not in str(caught.value.problems).lower()
    assert parse_file(f"./{text.strip()}", "FILE").name == text.strip()


def test_an_answer_that_is_no_table_has_no_csv():
    require_formats([Destination(Format.CSV)], is_tabular=True)
    require_formats([Destination(Format.JSON)], is_tabular=False)
    with pytest.raises(UsageError, match="no markdown form"):
        require_formats([Destination(Format.MARKDOWN, Path("x"))], is_tabular=False)


def test_what_cannot_be_written_is_told_before_anything_is_read(tmp_path):
    require_writable([Destination(Format.JSON), Destination(Format.JSON, tmp_path / "new.json")])
    for path, message in ((tmp_path, "is a folder"), (tmp_path / "no" / "x", "there is no folder")):
        with pytest.raises(UsageError, match=message):
            require_writable([Destination(Format.JSON, path)])


NEVER_A_FILE = {"a" * 256: "File name too long", "a\0b": "no file has such a name", "circle": "links lead in a circle"}


@pytest.mark.parametrize(("name", "message"), NEVER_A_FILE.items(), ids=["long", "nul", "circle"])
def test_a_name_that_no_file_can_have_is_told(tmp_path, name, message):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    path = tmp_path / name
    with pytest.raises(UsageError, match=f"-o json=FILE: no file can be there: {message}"):
        parse_destinations([f"json={path}"])
    with pytest.raises(UsageError, match=f"cannot write .*: {message}"):
        require_writable([Destination(Format.JSON, path)])
    with pytest.raises(UsageError, match=f"cannot write .*: {message}"):
        write_file(path, "new")
    told = deliver(Result("power diff", {}), [Destination(Format.JSON, path)], FailOn.NEVER)
    assert told == UsageError.status
    assert [each.name for each in tmp_path.iterdir()] == ["circle"]


def test_what_is_read_is_not_replaced_however_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("read").write_text("read")
    Path("other").write_text("other")
    Path("link").symlink_to("read")
    Path("hard").hardlink_to("read")
    Path("circle").symlink_to("circle")
    for name in ("read", "./read", "link", "hard", str(tmp_path / "read"), "../" + tmp_path.name + "/read"):
        to = [Destination(Format.JSON, Path("other")), Destination(Format.JSON, Path(name))]
        for read in (["none", "read"], [None, Path("read")], ["a\0b", "a" * 5000, "circle", "link"]):
            with pytest.raises(UsageError, match=re.escape(f"-o would replace {Path(name)}, which the command reads")):
                require_unread(to, read)
    require_unread([Destination(Format.JSON, Path("other")), STDOUT_TABLE], ["read", "circle", "none", None])


def test_an_answer_and_a_file_of_an_option_are_apart(tmp_path):
    path, other = tmp_path / "a", tmp_path / "b"
    require_apart([Destination(Format.JSON, other), STDOUT_TABLE], path, "--out", [tmp_path / "c", None])
    with pytest.raises(UsageError, match="two answers for"):
        require_apart([Destination(Format.JSON, tmp_path / ".." / tmp_path.name / "a")], path, "--out")
    with pytest.raises(UsageError, match=r"--out would replace .*, which the command reads"):
        require_apart([], path, "--out", ["x", path])
