"""Which files this process writes, makes, moves or removes, as Python's audit events tell."""

import contextlib
import os
import sys
from pathlib import Path

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NAMES = {
    "os.link": 2,
    "os.symlink": 2,
    "os.rename": 2,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.truncate": 1,
    "os.chmod": 1,
    "shutil.copyfile": 2,
    "tempfile.mkstemp": 1,
    "tempfile.mkdtemp": 1,
}
"""How many of the arguments of an event are names of files."""
_watched: list[set[Path]] = []


def _hear(event, arguments):
    if not _watched:
        return
    if event == "open" and arguments[2] & WRITES:
        _note(arguments[:1])
    elif event in NAMES:
        _note(arguments[: NAMES[event]])


def _note(names):
    found = {Path(os.fsdecode(name)).absolute() for name in names if isinstance(name, str | bytes | os.PathLike)}
    for watched in _watched:
        watched.update(path for path in found if "__pycache__" not in path.parts and path != Path(os.devnull))


sys.addaudithook(_hear)


@contextlib.contextmanager
def written():
    """Give the files that are touched in here, but for the bytecode of modules."""
    found: set[Path] = set()
    _watched.append(found)
    try:
        yield found
    finally:
        _watched.remove(found)
