"""Small text files that come from outside."""

from pathlib import Path
from typing import Final

from avsctl.errors import ConfigError

MAX_FILE_BYTES: Final = 1024 * 1024


def read_text(path: Path, shown: str, code: str) -> str | None:
    """Give the text of a UTF-8 file without its byte order mark, None when there is no such file.

    Raises:
        ConfigError: it is a directory, unreadable, too large or not UTF-8; the message names ``shown``.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise ConfigError(f"{shown} cannot be read: {reason}", code=code) from None
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{shown} is larger than {MAX_FILE_BYTES // 1024} KiB", code=code)
    text = _decode(raw)
    if text is None:
        raise ConfigError(f"{shown} is not UTF-8 text", code=code)
    return text


def _decode(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
