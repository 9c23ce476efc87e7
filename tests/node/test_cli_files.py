"""What commands write to files: never over another file unless that is asked for, whole or not at all."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import process_environment
from full_disk import largest_file
from secret_scene import CASES, SETTINGS, Scene, furnish

from avsctl.chain.transport import HttpTransport
from avsctl.devnet.world import environment

WRITERS = [path for path, case in CASES.items() if case.writes and path != "devnet up"]
GIVES_WAY = {"a.prom"}
"""What is written anew after every round."""
HOSTILE = "a\n::error::x\x1b]0;t\x07 \u202e\x9b|*_`[a](b)=b"


@pytest.fixture(scope="module")
def furnished(devnets, unchanged, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        devnet = stack.enter_context(unchanged(devnets("v2", drift=0)))
        yield furnish(Scene(devnet, environment(devnet) | SETTINGS, tmp_path_factory.mktemp("files")))


@pytest.fixture(params=WRITERS)
def ways(request, furnished):
    """A command that writes, and each of the files that it leaves."""
    case = CASES[request.param]
    yield Ways(furnished, [*request.param.split(), *case.arguments.split()], case)
    furnished.remove([*case.writes, "answer.json"])


class Ways:
    def __init__(self, scene, arguments, case):
        self.scene, self.arguments, self.case = scene, arguments, case
        self.guarded = sorted(case.writes - GIVES_WAY)
        self.replacing = ["--overwrite"] if self.guarded else []

    def run(self, *more):
        """Run it and see that it leaves no part of a file."""
        answer = self.scene.run(*self.arguments, *more)
        assert not [name for name in self.scene.files if name.endswith(".part")]
        assert "Traceback" not in answer.stderr
        return answer

    def put(self, name, text):
        (self.scene.folder / name).write_text(text)

    def text(self, name):
        return (self.scene.folder / name).read_text()


def test_what_is_there_stays_unless_it_is_to_be_replaced(ways):
    for name in ways.guarded:
        ways.put(name, "mine")
        before = ways.scene.files
        answer = ways.run()
        assert (answer.status, f"{name} is there already" in answer.stderr) == (2, True)
        assert ways.scene.files == before
        assert ways.run("--overwrite").status in ways.case.status
        assert ways.text(name) != "mine"
        ways.scene.remove(ways.case.writes)


def test_what_comes_to_be_there_while_it_runs_stays(ways, monkeypatch):
    post = HttpTransport.post
    for name in ways.guarded:

        def meddle(*arguments, name=name, **more):
            ways.put(name, "theirs")
            return post(*arguments, **more)

        monkeypatch.setattr(HttpTransport, "post", meddle)
        before = ways.scene.files
        answer = ways.run()
        assert (answer.status, f"{name} is there already" in answer.stderr) == (2, True)
        assert ways.scene.files == before | {name: "theirs"}
        ways.scene.remove(ways.case.writes)


def test_a_batch_that_another_has_added_to_is_not_replaced(furnished, monkeypatch):
    """The other is there between the reading of the file and the writing: at the last request."""
    post, posts = HttpTransport.post, []
    for name in ("one.json", "two.json"):
        for kind in ("", ".avsctl.json"):
            (furnished.folder / (name + kind)).write_text((furnished.folder / f"batch.json{kind}").read_text())

    def meddle(*arguments, **more):
        posts.append("")
        if len(posts) == len(first):
            (furnished.folder / "two.json").write_text("theirs")
        return post(*arguments, **more)

    monkeypatch.setattr(HttpTransport, "post", meddle)
    first = []
    add = ("task", "create", "--name", "x", "--append", "--safe-batch")
    assert furnished.run(*add, "one.json").status == 0
    first, posts = posts, []
    before = furnished.files
    answer = furnished.run(*add, "two.json")
    assert (answer.status, "two.json has changed since it was read: nothing is written" in answer.stderr) == (2, True)
    assert furnished.files == before | {"two.json": "theirs"}
    furnished.remove([name + kind for name in ("one.json", "two.json") for kind in ("", ".avsctl.json")])


def test_a_disk_that_fills_leaves_what_was_there(ways):
    """A disk takes a hundred bytes more of each file, and an answer is as large as any."""
    for is_there in (True, False):
        for name in ways.case.writes if is_there else ():
            ways.put(name, "old")
        before = ways.scene.files
        with largest_file(100):
            answer = ways.run(*(ways.replacing if is_there else []), "-o", "json=answer.json")
        assert answer.status == 2 or ways.case.writes <= GIVES_WAY
        assert ": File too large" in answer.stderr
        assert ways.scene.files == before


@pytest.mark.parametrize("name", [HOSTILE, "-x", "=1+1", "::warning::x"])
def test_a_hostile_name_is_harmless_in_every_message(furnished, name):
    path = furnished.folder / name
    for arguments in (
        ("attest", "propose", "--out", f"./{name}", "-o", "markdown=./x"),
        ("attest", "propose", "--out", f"./{name}", "--fail-on", "never", "-v"),
        ("attest", "propose", "--out", f"./{name}", "--ci", "github"),
        ("attest", "simulate", "--update", f"./{name}", "-o", f"json=./{name}"),
        ("power", "diff", "-o", f"table=./{name}/no"),
        ("power", "diff", "-o", f"json=./{name}", "-o", f"csv=./{name}"),
    ):
        answer = furnished.run(*arguments)
        lines = (answer.stdout + answer.stderr).split("\n")
        assert all(line.isprintable() for line in lines)
        assert not [line for line in lines if line.startswith(("::error::x", "::warning::x"))]
    assert path.exists()
    path.unlink()


def test_a_reader_that_goes_away_changes_nothing_and_a_full_device_is_told(furnished):
    command = [sys.executable, "-m", "avsctl", "power", "diff", "--all"]
    read, write = os.pipe()
    os.close(read)
    with Path("/dev/full").open("wb") as full:
        for stdout, status in ((write, 0), (full, 2)):
            done = subprocess.run(
                command,
                env=process_environment(furnished.settings),
                cwd=furnished.folder,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
            told = "" if status == 0 else "error: cannot write to stdout: No space left on device\n"
            assert (done.returncode, done.stderr) == (status, told)
    os.close(write)
