"""Files that are written whole or not at all: whatever fails, whoever is quicker, and whatever the name stands for."""

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from full_disk import largest_file

from avsctl.errors import UsageError
from avsctl.output.files import is_stream, remove_file, require_place, write_file, write_files


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


def test_the_longest_name_that_a_file_can_have_is_written(tmp_path):
    path = tmp_path / ("a" * 255)
    require_place(path)
    write_file(path, "new")
    assert path.read_text() == "new"


# What stops a write


@pytest.mark.parametrize("is_new", [True, False])
def test_a_disk_that_fills_leaves_the_old_files_and_no_part(tmp_path, is_new):
    if not is_new:
        (tmp_path / "a").write_text("old")
    before = contents(tmp_path)
    with (
        largest_file(4096),
        pytest.raises(UsageError, match=r"cannot write .*/b: File too large"),
    ):
        write_files({tmp_path / "a": "new", tmp_path / "b": "x" * 5000}, is_new=is_new)
    assert contents(tmp_path) == before


def test_an_interruption_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")

    def interrupt(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a", "new")
    assert contents(tmp_path) == {"a": "old"}


def test_a_folder_that_has_come_to_be_there_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (tmp_path / "a").mkdir())
    with pytest.raises(UsageError, match=r"cannot write .*/a: Is a directory"):
        write_file(tmp_path / "a", "new")
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


# Who is quicker


def test_of_many_writers_of_a_new_file_one_wins_and_the_others_are_told(tmp_path):
    for at in range(20):
        path, start, told = tmp_path / str(at), threading.Barrier(6), []

        def write(number, path=path, start=start, told=told):
            start.wait()
            try:
                write_file(path, f"{number}" * 100, is_new=True)
                told.append(number)
            except UsageError as error:
                assert error.problems[0].message == f"{path} is there already"  # noqa: PT017 - in a thread
                told.append(None)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        (winner,) = (number for number in told if number is not None)
        assert (len(told), path.read_text()) == (6, f"{winner}" * 100)
    assert len(list(tmp_path.iterdir())) == 20


def test_new_files_are_written_all_or_none(tmp_path):
    mine = {tmp_path / name: name for name in ("a", "b", "c")}
    (tmp_path / "b").write_text("theirs")
    with pytest.raises(UsageError, match=r"/b is there already") as caught:
        write_files(mine, is_new=True)
    assert caught.value.problems[0].hint == "--overwrite replaces it"
    assert contents(tmp_path) == {"b": "theirs"}
    write_files(mine)
    assert contents(tmp_path) == {"a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize("there", ["file", "folder", "pipe", "link", "link to nothing"])
def test_nothing_that_is_there_gives_way_to_a_new_file(tmp_path, there):
    path = tmp_path / "a"
    make = {
        "file": path.touch,
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "link": lambda: path.symlink_to(__file__),
        "link to nothing": lambda: path.symlink_to(tmp_path / "b"),
    }
    make[there]()
    before = path.lstat()
    if there == "link to nothing":
        write_file(path, "new", is_new=True)
        assert contents(tmp_path) == {"a": "new", "b": "new"}
    with pytest.raises(UsageError, match="/a is there already"):
        write_file(path, "newer", is_new=True)
    assert path.lstat() == before or there == "link to nothing"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_system_without_links_replaces_nothing_either(tmp_path, monkeypatch, is_there):
    def refuse(*_names):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    if is_there:
        (tmp_path / "a").write_text("old")
        with pytest.raises(UsageError, match="is there already"):
            write_file(tmp_path / "a", "new", is_new=True)
    else:
        write_file(tmp_path / "a", "new", is_new=True)
    assert contents(tmp_path) == {"a": "old" if is_there else "new"}


# What a name stands for


@pytest.mark.parametrize(
    "name", ["/dev/stderr", "//dev/stderr", "/dev/../dev/fd/2", "/proc/self/fd/2", "/dev/null", "link", "../dev/tty"]
)
def test_an_open_file_is_written_to_as_it_is(tmp_path, monkeypatch, name):
    (tmp_path / "further").symlink_to("/dev/stderr")
    (tmp_path / "link").symlink_to("further")
    monkeypatch.chdir(tmp_path if name == "link" else os.sep)
    assert is_stream(Path(name))


@pytest.mark.parametrize(
    "name", [f"{os.sep}dev/shm/none", "none", "there", "dangling", "folder/../there", "dev/stderr"]
)
def test_a_file_is_one_wherever_it_is(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("there").touch()
    Path("folder").mkdir()
    Path("dangling").symlink_to("none")
    assert not is_stream(Path(name))


def test_what_stderr_goes_to_is_added_to(tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")
    code = """
import sys
from pathlib import Path
from avsctl.output.files import write_file
for text in "ab":
    write_file(Path(sys.argv[1]), text)
"""
    for name in ("/dev/stderr", "//dev/fd/2"):
        with log.open("a") as file:
            subprocess.run([sys.executable, "-c", code, name], stderr=file, check=True)
    assert contents(tmp_path) == {"log": "before\nabab"}


@pytest.mark.parametrize("name", ["file", "folder/file"])
def test_what_may_not_be_written_is_told_before_anything_is_read(tmp_path, monkeypatch, name):
    """Root may write everything: the system is asked what it grants."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    closed = path if name == "file" else path.parent
    monkeypatch.setattr(os, "access", lambda asked, _mode: asked != closed)
    with pytest.raises(UsageError, match="permission denied"):
        require_place(path)


def test_removing_tells_what_it_cannot(tmp_path):
    (tmp_path / "a").touch()
    remove_file(tmp_path / "a")
    remove_file(tmp_path / "a")
    with pytest.raises(UsageError, match="cannot remove"):
        remove_file(tmp_path)


def contents(folder):
    """Give what every file of a folder holds, parts too."""
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
