"""An RPC endpoint: a URL that is never printed whole, because its path, query or user part is usually a paid key."""

import ipaddress
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Final
from urllib.parse import SplitResult, unquote, unquote_to_bytes, urlsplit, urlunsplit

from avsctl.errors import ConfigError

EXPECTED_URL: Final = "an http:// or https:// URL"
MASK: Final = "***"

_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE | re.ASCII)
_REFUSED = re.compile(r'["<>\\^`{|}]')
"""Characters that no URL may hold; they come from placeholders and shells, and parsers disagree on them."""
_NO_HOST = re.compile(r"[a-z]+://(?:[^/?#]*@)?(?::[0-9]*)?(?:[/?#].*)?", re.IGNORECASE | re.ASCII | re.DOTALL)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.ASCII)
_MAX_HOST = 253
_WHOLE_WORD_BELOW = 6
"""Shorter secrets are replaced only where they stand alone, shorter path segments only within their path."""
_PREFIX = 8
"""So many first characters of a secret give it away; endpoints quote keys cut short."""


@dataclass(frozen=True)
class Endpoint:
    """An HTTP(S) RPC URL; its repr, str and format give the masked form. Made by ``parse``."""

    url: str = field(repr=False)
    """The whole URL, secrets and all: for making requests, never for a text."""
    masked: str
    """``https://host:port/***``, without the stars where there is nothing to hide."""

    @classmethod
    def parse(cls, text: str) -> "Endpoint":
        """Read a URL; raises ConfigError, which says what was expected and repeats nothing of the text."""
        parts = _split(text)
        hides = parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc
        shown = f"{parts.scheme}://{_authority(parts)}"
        return cls(urlunsplit(parts), f"{shown}/{MASK}" if hides else shown)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Endpoint({self.masked})"

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    @cached_property
    def request_url(self) -> str:
        """The URL to post to: without user part and fragment; holds secrets."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, _authority(parts), parts.path or "/", parts.query, ""))

    @cached_property
    def auth_headers(self) -> dict[str, str]:
        """The headers that carry the user part of the URL; empty where it has none; holds secrets."""
        credentials = _credentials(urlsplit(self.url))
        return {"authorization": f"Basic {credentials}"} if credentials else {}

    def scrub(self, text: str) -> str:
        """Replace whatever of the URL may be secret in a message that came from this endpoint.

        For messages, never for data: a short secret such as ``1`` is replaced wherever it stands as a word.
        """
        return self._secret.sub(MASK, text) if self.masked.endswith(MASK) else text

    @cached_property
    def _secret(self) -> re.Pattern[str]:
        pieces = set(_pieces(self.url))
        secrets = sorted({*_wholes(self.url), *pieces}, key=len, reverse=True)
        prefixes = sorted({piece[:_PREFIX] for piece in pieces if len(piece) > _PREFIX})
        patterns = [*map(_spellings, secrets), *(f"{_spellings(prefix)}[0-9A-Za-z_-]*" for prefix in prefixes)]
        return re.compile("|".join(patterns), re.IGNORECASE)


def _split(text: str) -> SplitResult:
    """Split a URL after every check; what urlsplit would drop in silence (tabs, line ends) is refused before."""
    parts = None if _REFUSED.search(text) or _URL.fullmatch(text) is None else _try_split(text)
    if parts is None:
        raise ConfigError(_explain(text), code="malformed_url")
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ConfigError(
            f"expected {EXPECTED_URL} in which an @ after the host is written %40, and / ? # @ of a password are "
            "written %2F %3F %23 %40",
            code="malformed_url",
        )
    return parts


def _try_split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        authority = _authority(parts)
    except ValueError:
        return None
    written = parts.netloc.rpartition("@")[2].lower().removesuffix(":")
    return parts if written == authority and parts.port != 0 and _is_host(parts.hostname or "") else None


def _explain(text: str) -> str:
    scheme, separator, _ = text.partition("://")
    if not separator:
        return f"expected {EXPECTED_URL}"
    if scheme.lower() not in {"http", "https"}:
        return f"expected {EXPECTED_URL}: only http and https endpoints are read"
    if _NO_HOST.fullmatch(text):
        return f"expected {EXPECTED_URL}; after {scheme.lower()}:// the host is missing"
    if not text.isascii():
        return f"expected {EXPECTED_URL} in ASCII: a host in other letters is written xn--, and the rest %XX"
    if _REFUSED.search(text) or _URL.fullmatch(text) is None:
        return f'expected {EXPECTED_URL} without blanks, control characters or any of " < > \\ ^ ` {{ | }}'
    return f"expected {EXPECTED_URL} with a host and, if any, a port from 1 to 65535"


def _is_host(host: str) -> bool:
    if ":" in host:
        return "%" not in host and _is_ipv6(host)
    return len(host) <= _MAX_HOST and _HOST.fullmatch(host) is not None


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _authority(parts: SplitResult) -> str:
    """Give host and port without the user part; raises ValueError for a port that is none."""
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return shown if parts.port is None else f"{shown}:{parts.port}"


def _credentials(parts: SplitResult) -> str:
    """Give ``user:password`` as Basic authentication has it, empty where the URL has no user part."""
    user = parts.netloc.rpartition("@")[0]
    name, _, password = user.partition(":")
    return b64encode(unquote_to_bytes(name) + b":" + unquote_to_bytes(password)).decode("ascii") if user else ""


def _wholes(url: str) -> Iterator[str]:
    """Give a URL and the parts of it that hold several pieces, percent-decoded."""
    parts = urlsplit(url)
    path = parts.path.strip("/")
    wholes = (url, parts.netloc.rpartition("@")[0], parts.path.rstrip("/"), parts.query)
    return _decode((*wholes, path if len(path) >= _WHOLE_WORD_BELOW else ""))


def _pieces(url: str) -> Iterator[str]:
    """Give every single piece of a URL that may be secret, percent-decoded."""
    parts = urlsplit(url)
    name, _, password = parts.netloc.rpartition("@")[0].partition(":")
    segments = [part for part in parts.path.split("/") if len(part) >= _WHOLE_WORD_BELOW]
    values = [value if sign else key for key, sign, value in (i.partition("=") for i in re.split("[&;]", parts.query))]
    return _decode((name, password, _credentials(parts), parts.fragment, *segments, *values))


def _decode(parts: Iterable[str]) -> Iterator[str]:
    """Percent-decode what is not empty; bytes that are no UTF-8 become surrogates."""
    return (unquote(part, errors="surrogateescape") for part in parts if part)


def _spellings(secret: str) -> str:
    """Give the pattern of a secret in every spelling: as it is, percent-encoded once or more, escaped."""
    pattern = "".join(_spell(character, len(list(run))) for character, run in groupby(secret))
    before = r"(?<![0-9A-Za-z])" if _stands_alone(secret, secret[0]) else ""
    after = r"(?![0-9A-Za-z])" if _stands_alone(secret, secret[-1]) else ""
    return f"{before}{pattern}{after}"


def _stands_alone(secret: str, edge: str) -> bool:
    return len(secret) < _WHOLE_WORD_BELOW and edge.isalnum()


def _spell(character: str, count: int) -> str:
    """Give the pattern of a run of one character; its alternatives exclude each other, or matching takes for ever."""
    if character == "\\":
        return r"(?:\\|%(?:25)*5c)+"
    encoded = "".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
    if character in " +":
        one = r"\\?[ +]|%(?:25)*(?:20|2b)"
    elif "!" <= character <= "~":
        one = ("" if character.isalnum() else r"\\?") + f"{re.escape(character)}|{encoded}"
    else:
        escaped = {character, json.dumps(character)[1:-1], repr(character)[1:-1]}
        one = "|".join([*map(re.escape, sorted(escaped)), encoded])
    return f"(?:{one}){{{count}}}"
