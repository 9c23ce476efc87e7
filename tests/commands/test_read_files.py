"""No command replaces a file that it reads: each option that names one, with each that a file is written by."""

import inspect
import os
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest
from test_safe_options_of_files import write

from avsctl.cli import COMMANDS, main
from avsctl.config.settings import SETTING_NAMES

READ = {
    "--env-file": ("--env-file",),
    "--keystore": ("--send", "--yes", "--password-env", "P", "--keystore"),
    "--password-file": ("--send", "--yes", "--keystore", "k", "--password-file"),
    "--after": ("--after",),
    "--signature": ("--signature",),
    "--update": ("--update",),
    "FILE": (),
}
"""How each option that names a file to be read is given, with what it takes besides; FILE is the argument."""
WRITTEN = {
    "--output": ("-o", "json={}"),
    "--out": ("--overwrite", "--out", "{}"),
    "--safe-batch": ("--overwrite", "--safe-batch", "{}"),
    "--prometheus": ("--prometheus", "{}"),
    "--env-out": ("--overwrite", "--env-out", "{}"),
}
"""How each option that a file is written by is given."""
ARGUMENTS = {
    "operator show": ("1",),
    "task show": ("3",),
    "task create": ("--name", "x"),
    "task update": ("3", "--min-power", "1e18"),
    "task set-max-attesters": ("3", "4"),
    "task refresh": ("3",),
    "safe sign": ("--yes", "--out", "new.sig"),
}
"""What a command cannot do without, besides the FILE that it reads."""
SETTINGS = (".env", ".othentic/state.output.json")
BY_PATH = {command.path: command for command in COMMANDS}


def options_of(path):
    """Give the options and arguments of a command that name files; an argument is FILE."""
    module, _, function = BY_PATH[path].place.partition(":")
    found = set()
    for each in inspect.signature(getattr(import_module(module), function)).parameters.values():
        info = each.annotation.__metadata__[0]
        if "FILE" in (info.metavar or "") or info.metavar in ("S", "SIG"):
            names = (info.default, *(info.param_decls or ()))
            found.add(next((name for name in names if str(name).startswith("--")), "FILE"))
    return found


def pairs():
    for path in BY_PATH:
        options = options_of(path)
        for read, written in product(sorted(options & set(READ)), sorted(options & set(WRITTEN))):
            if (written, "--send" in READ[read]) != ("--safe-batch", True):
                yield pytest.param(path, read, written, id=f"{path} {read} {written}")


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in SETTING_NAMES & set(os.environ):
        monkeypatch.delenv(name)


def run(capfd, path, *arguments):
    """Run a command over files of all kinds; gives what it says, having seen that no file has changed."""
    write(Path())
    Path(".othentic").mkdir(exist_ok=True)
    for name in ("k", *SETTINGS):
        Path(name).write_text(name)
    before = {file: file.read_text() for file in Path().rglob("*") if file.is_file()}
    words = [*ARGUMENTS.get(path, ()), *arguments]
    has_signer = path != "safe sign" or "--keystore" in words
    status = main([*path.split(), *words, *(() if has_signer else ("--key-env", "ALICE"))])
    assert {file: file.read_text() for file in Path().rglob("*") if file.is_file()} == before
    assert status == 2
    return capfd.readouterr().err


def test_every_option_that_names_a_file_is_tried_here():
    assert set().union(*map(options_of, BY_PATH)) == set(READ) | set(WRITTEN)


@pytest.mark.parametrize(("path", "read", "written"), [*pairs()])
def test_what_is_read_is_not_replaced(capfd, path, read, written):
    words = [word for word in READ[read] if path != "safe sign" or word not in ("--send", "--yes")]
    others = ["f.json"] if "FILE" in options_of(path) else []
    into = "./f.json" if path != "devnet up" else "f.json"
    given = [*others, *words, *(["f.json"] if words else []), *(each.format(into) for each in WRITTEN[written])]
    said = run(capfd, path, *given)
    assert f"{'-o' if written == '--output' else written} would replace f.json, which the command reads" in said


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("path", [path for path in BY_PATH if "--env-file" in options_of(path)])
def test_settings_are_not_replaced(capfd, path, settings):
    others = ["f.json"] if "FILE" in options_of(path) else []
    for written in options_of(path) & set(WRITTEN):
        said = run(capfd, path, *others, *(each.format(settings) for each in WRITTEN[written]))
        assert f"{'-o' if written == '--output' else written} would replace {settings}, which the command reads" in said


@pytest.mark.parametrize("arguments", [("power", "diff", "--typo"), ("nonsense",), ("task", "show")])
@pytest.mark.parametrize("settings", SETTINGS)
def test_no_mistake_is_written_over_settings(capfd, arguments, settings):
    assert run(capfd, " ".join(arguments), "-o", f"json={settings}")
