"""Where answers go: what -o takes, and files that are written whole or not at all."""

import os
import stat
import subprocess
import sys
import time
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
    require_formats,
    require_writable,
    write_file,
)
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


def test_a_file_is_replaced_whole_with_the_mode_of_the_umask(tmp_path):
    path = tmp_path / "health.json"
    path.write_text("old")
    before = os.umask(0o027)
    try:
        write_file(path, "größe \ud800")
    finally:
        os.umask(before)
    assert path.read_text(encoding="utf-8") == "größe \\ud800"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_only_its_owner_may_read_stays_so(tmp_path):
    path = tmp_path / "alice.sig"
    path.write_text("old")
    path.chmod(0o600)
    write_file(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path):
    path, texts = tmp_path / "task3.json", ["a" * 3_000_000, "b" * 3_000_000]
    path.write_text(texts[0])
    code = f"""
from pathlib import Path
from avsctl.output.destinations import write_file
while True:
    for letter in "ba":
        write_file(Path({str(path)!r}), letter * 3_000_000)
        print(letter, flush=True)
"""
    for delay in (0, 0.001, 0.003, 0.007, 0.011):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(delay)
            process.kill()
        assert path.read_text() in texts


def test_a_link_stays_one(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_file(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_file(tmp_path / "pipe", "new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


def test_a_device_is_never_replaced():
    write_file(Path(os.devnull), "x")
    assert Path(os.devnull).is_char_device()


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


def test_the_longest_name_that_a_file_can_have_is_written(tmp_path):
    path = tmp_path / ("a" * 255)
    require_writable([Destination(Format.JSON, path)])
    write_file(path, "new")
    assert path.read_text() == "new"


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UsageError, match=r"cannot write .*a\.json: No space left on device"):
        write_file(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
