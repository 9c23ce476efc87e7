"""Endpoints: what is refused, what is shown, and that no secret gets out."""

import json
import traceback
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from avsctl.chain.endpoint import Endpoint
from avsctl.errors import ConfigError

EXPECTED = "expected an http:// or https:// URL"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("http://127.0.0.1:8545/", "http://127.0.0.1:8545"),
        ("HTTPS://Rpc.Example", "https://rpc.example"),
        ("https://rpc.example.", "https://rpc.example."),
        ("http://my_node:8545", "http://my_node:8545"),
        ("http://localhost:", "http://localhost"),
        ("https://rpc.example/v3/0123456789abcdef", "https://rpc.example/***"),
        ("https://rpc.example:8443/x", "https://rpc.example:8443/***"),
        ("https://rpc.example//", "https://rpc.example/***"),
        ("https://rpc.example?key=abc", "https://rpc.example/***"),
        ("https://rpc.example/#abc", "https://rpc.example/***"),
        ("https://user:pass@rpc.example", "https://rpc.example/***"),
        ("https://a@b@rpc.example", "https://rpc.example/***"),
        ("https://@rpc.example", "https://rpc.example/***"),
        ("http://[::1]:8545", "http://[::1]:8545"),
        ("http://u:p@[2001:DB8::1]:8545/x", "http://[2001:db8::1]:8545/***"),
    ],
)
def test_what_is_shown(url, masked):
    endpoint = Endpoint.parse(url)
    assert endpoint.masked == str(endpoint) == f"{endpoint}" == masked
    assert repr(endpoint) == f"Endpoint({masked})"
    assert f"{endpoint:>60}" == masked.rjust(60)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "rpc.example/SECRET",
        "//rpc.example/SECRET",
        "https:rpc.example/SECRET",
        "https://",
        "https:///SECRET",
        "https://:8545/SECRET",
        "https://user:SECRET@",
        "https://user:SECRET@/x",
        "wss://rpc.example/SECRET",
        "ws://127.0.0.1:8546/SECRET",
        "/home/SECRET/geth.ipc",
        "ipc:///home/SECRET/geth.ipc",
        "file:///SECRET",
        " https://rpc.example/SECRET",
        "https://rpc.example/SECRET ",
        "https://rpc.example/SECRET\n",
        "https://rpc.example/\nSECRET",
        "https://rpc.exa\tmple/SECRET",
        "https://rpc.example/SEC\x00RET",
        "https://rpc.example/SECRET\x1b[2J",
        "https://rpc.example/SECRET\u202e",
        "https://rpc.exämple/SECRET",
        "https://rpc.example:0/SECRET",
        "https://rpc.example:65536/SECRET",
        "https://rpc.example:-1/SECRET",
        "https://rpc.example:٣/SECRET",
        "https://rpc.example:SECRET",
        "https://rpc.example\\@SECRET",
        "https://rpc.example/<SECRET>",
        "https://rpc.example/${SECRET}",
        '"https://rpc.example/SECRET"',
        "https://user:pa/ss@SECRET.example",
        "https://user:1/SECRET@rpc.example",
        "https://rpc.example/?a=SECRET@b",
        "https://rpc%2eexample/SECRET",
        "https://rpc..example/SECRET",
        "https://-rpc.example/SECRET",
        "https://" + "a" * 64 + ".example/SECRET",
        "https://" + "a." * 127 + "example/SECRET",
        "https://[::1/SECRET",
        "https://::1/SECRET",
        "https://[::1]x/SECRET",
        "https://[::1%25eth0]/SECRET",
        "https://[fe80::1%eth0]/SECRET",
        "https://[1.2.3.4]/SECRET",
        "https://[v1.a]/SECRET",
        "https://[]/SECRET",
    ],
)
def test_what_is_refused_is_not_repeated(text):
    with pytest.raises(ConfigError) as caught:
        Endpoint.parse(text)
    assert str(caught.value).startswith(EXPECTED)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value)).replace(repr(text), "")
    assert caught.value.__context__ is None


@pytest.mark.parametrize("text", ["http://", "HTTPS://", "https:///x", "http://:8545", "http://u:p@", "http://u@:1/x"])
def test_a_missing_host_is_named(text):
    with pytest.raises(ConfigError, match="the host is missing"):
        Endpoint.parse(text)


@pytest.mark.parametrize("text", ["ws://a", "wss://a/b", "ipc:///tmp/geth.ipc"])
def test_other_schemes_are_named_as_not_read(text):
    with pytest.raises(ConfigError, match="only http and https endpoints are read"):
        Endpoint.parse(text)


@pytest.mark.parametrize("text", ["https://rpc.exämple/x", "https://rpc.example/schlüssel"])
def test_how_other_letters_are_written_is_told(text):
    with pytest.raises(ConfigError, match=r"in ASCII: a host in other letters is written xn--, and the rest %XX$"):
        Endpoint.parse(text)


@given(
    st.one_of(st.text(), st.text().map("https://".__add__), st.text(alphabet=":/@[]?#%.a1\\\n ").map("http://".__add__))
)
def test_any_text_is_an_endpoint_or_a_config_error(text):
    try:
        endpoint = Endpoint.parse(text)
    except ConfigError:
        return
    assert Endpoint.parse(endpoint.url) == endpoint
    assert Endpoint.parse(endpoint.request_url).masked in {endpoint.masked, endpoint.masked.removesuffix("/***")}


def test_user_part_goes_into_a_header():
    endpoint = Endpoint.parse("https://us%40er:p%2Fw%ff@rpc.example/x?y=1#z")
    assert endpoint.request_url == "https://rpc.example/x?y=1"
    assert endpoint.auth_headers == {"authorization": "Basic " + b64encode(b"us@er:p/w\xff").decode()}
    assert Endpoint.parse("https://rpc.example").auth_headers == {}
    assert Endpoint.parse("https://@rpc.example").auth_headers == {}


secrets = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="*"), min_size=6, max_size=40).map(
    "Sq7".__add__
)
hosts = st.sampled_from(["rpc.example", "127.0.0.1:8545", "[::1]:8545", "node"])
places = st.sampled_from(
    [
        "https://{host}/{secret}",
        "https://{host}/v2/{secret}/",
        "https://{host}/v3/{secret}/rpc?network=base",
        "https://{host}?apikey={secret}",
        "https://{host}/rpc?a=1&{secret}&b=2",
        "https://{host}/rpc?a=1;dkey={secret}",
        "https://{secret}@{host}",
        "https://{secret}:x@{host}/rpc",
        "https://user:{secret}@{host}/rpc?b=1",
        "https://{host}/rpc#{secret}",
    ]
)


def _spellings(secret):
    once = quote(secret, safe="")
    return [
        secret,
        once,
        once.lower(),
        once.upper(),
        quote(once, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(once)[1:-1].replace("/", "\\/"),
        repr(secret)[1:-1],
    ]


@given(hosts, places, secrets, st.booleans())
@example("rpc.example", "https://{host}/{secret}", "Sq7 +%2F&\n\U0001f511é", False)
def test_no_secret_gets_out(host, place, secret, fully_encoded):
    encoded = quote(secret, safe="") if fully_encoded else quote(secret, safe="!$'()*,~")
    url = place.format(host=host, secret=encoded)
    endpoint = Endpoint.parse(url)
    shown = [endpoint.masked, repr(endpoint), str(endpoint), f"{endpoint}", f"{endpoint!r:>80}", f"{(endpoint,)}"]
    pieces = [url, url.upper(), endpoint.request_url, *endpoint.auth_headers.values(), *_spellings(secret)]
    shown += [endpoint.scrub(f"could not reach {piece}: refused {piece}") for piece in pieces]
    shown += [endpoint.scrub(f"x{piece}y") for piece in pieces]
    for text in shown:
        for spelling in (*_spellings(secret), *endpoint.auth_headers.values()):
            assert spelling.casefold() not in text.casefold()
    assert endpoint.scrub("could not reach: refused") == "could not reach: refused"


@given(st.text(alphabet="abcXYZ019%-._~", min_size=1, max_size=5), st.text())
def test_a_short_secret_is_replaced_where_it_stands_alone(secret, message):
    assume(secret.strip("%-._~"))
    endpoint = Endpoint.parse(f"https://rpc.example/?key={quote(secret, safe='')}")
    assert f"[{secret}]" not in endpoint.scrub(f"{message}[{secret}]")


@pytest.mark.parametrize(
    ("url", "message", "scrubbed"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545 refused", "http://127.0.0.1:8545 refused"),
        ("https://rpc.example/v3/abcdef01", "url: /v3/ABCDEF01 (abcdef01)", "url: *** (***)"),
        ("https://rpc.example/v3/abcdef01", "https://rpc.example/v3/abcdef01/", "***/"),
        ("https://rpc.example/rpc", "rpc error at /rpc", "rpc error at ***"),
        ("https://rpc.example/rpc", "rpc.example/rpc", "rpc.example***"),
        ("https://rpc.example/?v=1", "1 of 11 at block 0x1", "*** of 11 at block 0x1"),
        ("https://me:pw@rpc.example", "me and pw, mean pwn", "*** and ***, mean pwn"),
        ("https://me:pw@rpc.example", "Basic bWU6cHc=", "Basic ***"),
        ("https://rpc.example/v2/SeCrEtPaTh99", "key SeCrEtPa.. and secretpath9 of 12", "key ***.. and *** of 12"),
        ("https://rpc.example/v2/SeCrEtPaTh99", "key SeCrEtP", "key SeCrEtP"),
        ("https://rpc.example?apikey=SeCrEtPaTh99", "apikey= is wrong: SeCrEtPaT", "apikey= is wrong: ***"),
    ],
)
def test_what_scrub_leaves(url, message, scrubbed):
    assert Endpoint.parse(url).scrub(message) == scrubbed
