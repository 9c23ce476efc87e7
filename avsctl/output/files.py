"""Files that are written whole or not at all, and that never take the place of another unless that is asked for."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avsctl.errors import UsageError

NO_FILE: Final = (OSError, ValueError, RuntimeError)
"""What a file raises that fails, whose name no file can have, and whose links lead in a circle."""

_STREAM_FOLDERS: Final = (Path("/dev"), Path("/dev/fd"))
_PROCESSES: Final = Path("/proc")
_MOST_LINKS: Final = 40
_READ_AND_WRITE: Final = 0o666


@dataclass(frozen=True)
class _Part:
    """A file that is to become another, beside it."""

    path: Path
    target: Path
    """Without links."""


def write_file(path: Path, text: str, *, is_new: bool = False) -> None:
    """Put a text into a file in one piece; see ``write_files``.

    Raises:
        UsageError: the file cannot be written, or is there already and is to be new.
    """
    write_files({path: text}, is_new=is_new)


def write_files(texts: Mapping[Path, str], *, is_new: bool = False) -> None:
    """Put texts into files; readers see the old text or the new one whole, and what stops it leaves no part behind.

    All are on the disk before the first is put in its place, in the order given. A link is followed, and stays. A file
    that is replaced keeps its mode, as far as the umask allows it. A pipe, a device or an open file of a process
    (``/dev/stderr``, a process substitution) is written to as it is.

    Args:
        texts: by file.
        is_new: whether to refuse, and write nothing, where one of the files is there by then.

    Raises:
        UsageError: a file cannot be written, or is there already and is to be new.
    """
    parts: dict[Path, _Part] = {}
    try:
        for path, text in texts.items():
            with _telling(path):
                if is_new or not is_stream(path):
                    parts[path] = _choose_part(path)
                    _write_part(parts[path], text)
        _put(texts, parts, is_new=is_new)
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.path.unlink(missing_ok=True)


def remove_file(path: Path) -> None:
    """Remove a file, if it is there.

    Raises:
        UsageError: that cannot be done.
    """
    try:
        path.unlink(missing_ok=True)
    except NO_FILE as error:
        raise UsageError(f"cannot remove {path}: {tell_reason(error)}") from error


def require_place(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is read for it.

    Raises:
        UsageError: the folder is missing or closed, it is a folder or may not be written, or no file can have its name.
    """
    try:
        _require_place(path)
    except NO_FILE as error:
        raise UsageError(f"cannot write {path}: {tell_reason(error)}") from None


def is_same_file(one: Path | str, other: Path | str) -> bool:
    """Tell whether two names stand for one file, there or not; any text is taken."""
    with suppress(*NO_FILE):
        if Path(one).samefile(other):
            return True
    return name_file(one) == name_file(other)


def name_file(path: Path | str) -> str:
    """Give one name for a file, however it is named; any text is taken."""
    try:
        return os.path.realpath(path)
    except NO_FILE:
        return str(path)


def is_stream(path: Path) -> bool:
    """Tell what is written to as it is: a pipe, a device, and an open file of a process by ``/dev/stderr`` or a link.

    What such a name stands for may be a file, and is not to be replaced.

    Raises:
        OSError, ValueError, RuntimeError: no file can have such a name, or be reached by it.
    """
    for _ in range(_MOST_LINKS):
        folder = path.parent.resolve()
        if folder in _STREAM_FOLDERS or folder.is_relative_to(_PROCESSES):
            return True
        if not path.is_symlink():
            break
        path = folder / path.readlink()
    return path.exists() and not path.is_file()


def tell_reason(error: Exception) -> str:
    """Say why there can be no such file, or why it failed."""
    if isinstance(error, OSError):
        return error.strerror or "input/output error"
    return "links lead in a circle" if isinstance(error, RuntimeError) else "no file has such a name"


def _require_place(path: Path) -> None:
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {folder}", "make the folder first")
    if path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder", "name a file in it")
    needed = [path] if is_stream(path) else [folder, *([path] if path.exists() else [])]
    if not all(os.access(each, os.W_OK) for each in needed):
        raise UsageError(f"cannot write {path}: permission denied")


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise UsageError(f"{path} is there already", "--overwrite replaces it") from None
    except NO_FILE as error:
        raise UsageError(f"cannot write {path}: {tell_reason(error)}") from error


def _choose_part(path: Path) -> _Part:
    import secrets  # noqa: PLC0415 - loads what hashes, for names of files alone

    target = path.resolve()
    return _Part(target.with_name(f".avsctl-{secrets.token_hex(8)}.part"), target)


def _write_part(part: _Part, text: str) -> None:
    """Write what is to become a file, open to no more than that was before."""
    mode = _READ_AND_WRITE
    if part.target.exists():
        mode &= part.target.stat().st_mode
    descriptor = os.open(part.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
        file.write(text.encode("utf-8", "backslashreplace"))
        file.flush()
        os.fsync(descriptor)


def _put(texts: Mapping[Path, str], parts: Mapping[Path, _Part], *, is_new: bool) -> None:
    """Put every part in its place; where new ones cannot be, those that are there already go again."""
    done: list[Path] = []
    try:
        for path, text in texts.items():
            with _telling(path):
                part = parts.get(path)
                if part is None:
                    _write_stream(path, text)
                elif is_new:
                    _create(part)
                    done.append(part.target)
                else:
                    part.path.replace(part.target)
    except BaseException:
        for target in done:
            target.unlink(missing_ok=True)
        raise


def _create(part: _Part) -> None:
    """Give a part the name of its target, unless there is such a file by now.

    Raises:
        FileExistsError: there is.
    """
    try:
        os.link(part.path, part.target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the name is taken first, and by no one else
        os.close(os.open(part.target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            part.path.replace(part.target)
        except OSError:
            part.target.unlink(missing_ok=True)
            raise


def _write_stream(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
