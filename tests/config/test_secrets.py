"""The signer's key: where it may come from, what is refused, and that it shows nowhere."""

import json
import traceback
from pathlib import Path

import pytest
from Crypto.Protocol.KDF import scrypt
from eth_account import Account
from eth_keyfile.keyfile import encrypt_aes_ctr
from eth_utils import keccak

from avsctl.config.keystore import MOST_MEMORY, MOST_ROUNDS, MOST_SCRYPT_WORK
from avsctl.config.secrets import SignerOptions, load_signer
from avsctl.errors import ConfigError, UsageError

KEY = "7d5f2a9be1c3408f96a0b45d2c8e713f5b6a90c4d3e2f1807162534435261708"
PASSWORD = "corréct h0rse"


def encrypt(**changes):
    """Give a keystore that is quick to open, with changes to its kdfparams."""
    document = Account.encrypt(bytes.fromhex(KEY), PASSWORD, kdf="scrypt", iterations=16)
    document["crypto"]["kdfparams"] |= changes
    return document


@pytest.fixture
def keystore(tmp_path):
    """Write a keystore, or whatever text stands for one, and give its path."""

    def write(content=None):
        path = tmp_path / "keystore.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content or encrypt()))
        return path

    return write


def load(environ=None, ask=lambda: PASSWORD, **options):
    return load_signer(SignerOptions(**options), environ or {}, ask)


def refuse(kind, environ=None, ask=lambda: PASSWORD, **options):
    """Give the one problem; no secret is in it, nor in anything that hangs on the exception."""
    with pytest.raises(kind) as caught:
        load(environ, ask, **options)
    require_no_secret(caught.value, environ or {})
    (problem,) = caught.value.problems
    return f"{problem.message}; {problem.hint}"


def require_no_secret(error, environ):
    told = []
    while error is not None:
        told += [repr(error), *traceback.format_exception(error), repr(getattr(error, "problems", ""))]
        error = error.__cause__ or error.__context__
    for secret in {KEY, KEY.upper(), PASSWORD, *(value for value in environ.values() if len(value) > 3)}:
        assert secret not in "".join(told)


# A key in a variable


@pytest.mark.parametrize("text", [KEY, f"0x{KEY}", f"0X{KEY}", KEY.upper(), f"  0x{KEY}\n"])
def test_a_key_comes_from_the_variable_that_is_named(text):
    secret = load({"PRIVATE_KEY": text}, key_env="PRIVATE_KEY")
    assert secret.key == bytes.fromhex(KEY)
    assert secret.origin == "--key-env PRIVATE_KEY"
    assert KEY not in f"{secret!r}{secret}{[secret]}{vars(secret)['origin']}"
    assert str(secret.key) not in repr(secret)


ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"


@pytest.mark.parametrize("text", [KEY[:-1], KEY + "0", "0x" * 33, "0" * 64, ORDER, "g" * 64, "٣" * 64])
def test_what_is_no_key_is_refused_by_the_name_of_its_variable(text):
    told = refuse(ConfigError, {"PRIVATE_KEY": text}, key_env="PRIVATE_KEY")
    assert told.startswith("the environment variable PRIVATE_KEY (--key-env) holds no private key; expected 64 hex")


@pytest.mark.parametrize(("environ", "state"), [({}, "not set"), ({"PRIVATE_KEY": ""}, "empty")])
def test_an_absent_variable_is_looked_for_in_the_process_only(environ, state, tmp_path, monkeypatch):
    (tmp_path / ".env").write_text(f"PRIVATE_KEY={KEY}\n")
    monkeypatch.chdir(tmp_path)
    told = refuse(ConfigError, environ, key_env="PRIVATE_KEY")
    assert f"PRIVATE_KEY (--key-env) is {state}" in told
    assert "not in .env" in told


@pytest.mark.parametrize("name", [KEY, f"0x{KEY}", "a" + KEY[1:], "", "MY KEY", "1KEY", "K" * 65, "KEY=1", "SCHLÜSSEL"])
@pytest.mark.parametrize("option", ["key_env", "password_env"])
def test_what_is_no_name_of_a_variable_is_not_repeated(name, option, keystore):
    options = {option: name} | ({"keystore": keystore()} if option == "password_env" else {})
    told = refuse(UsageError, {}, **options)
    looks_like_key = len(name.removeprefix("0x")) == 64
    assert ("was given what looks like a key" if looks_like_key else "was given what is no name of an") in told
    assert ("replace the key" in told) is looks_like_key
    assert not name or name not in told


def test_options_show_nothing_of_what_they_hold():
    assert "NAME" not in repr(SignerOptions(Path("NAME"), password_env="NAME"))


# Which options go together


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "give --keystore FILE, or --key-env NAME"),
        ({"keystore": "k", "key_env": "K"}, "--keystore and --key-env exclude each other"),
        ({"keystore": "k", "password_file": "p", "password_env": "P"}, "--password-file and --password-env exclude"),
        ({"key_env": "K", "password_file": "p"}, "a password is of a keystore"),
        ({"key_env": "K", "password_env": "P"}, "a password is of a keystore"),
    ],
)
def test_options_that_do_not_go_together(options, told):
    assert told in refuse(UsageError, {"K": KEY}, **options)
    with pytest.raises(UsageError):
        SignerOptions(**options)


# A keystore


@pytest.mark.parametrize("kdf", ["scrypt", "pbkdf2"])
def test_a_keystore_is_opened_with_the_password_asked_for(kdf, keystore):
    path = keystore(Account.encrypt(bytes.fromhex(KEY), PASSWORD, kdf=kdf, iterations=16))
    secret = load(keystore=path)
    assert secret.key == bytes.fromhex(KEY)
    assert secret.origin == f"--keystore {path}"
    assert KEY not in repr(secret)


def test_the_keystore_of_geth_with_its_full_cost_is_opened(keystore):
    """The first vector of the definition, with scrypt at r = 1 and p = 8."""
    vector = {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
            "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
            "kdf": "scrypt",
            "kdfparams": {
                "dklen": 32,
                "n": 262144,
                "p": 8,
                "r": 1,
                "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
            },
            "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    }
    secret = load(keystore=keystore(vector), ask=lambda: "testpassword")
    assert secret.key.hex() == "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"


def test_the_old_spelling_of_a_keystore_is_read(keystore):
    document = encrypt()
    document["Crypto"] = document.pop("crypto")
    assert load(keystore=keystore(document)).key == bytes.fromhex(KEY)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_file_may_end_its_line(end, keystore, tmp_path):
    file = tmp_path / "password"
    file.write_bytes((PASSWORD + end).encode())
    assert load(keystore=keystore(), password_file=file, ask=None).key == bytes.fromhex(KEY)


def test_one_line_end_alone_is_none_of_the_password(keystore, tmp_path):
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n\n")
    assert "wrong password" in refuse(ConfigError, keystore=keystore(), password_file=file, ask=None)


def test_a_password_comes_from_the_variable_that_is_named(keystore):
    assert load({"PW": PASSWORD}, None, keystore=keystore(), password_env="PW").key == bytes.fromhex(KEY)
    assert "PW (--password-env) is not set" in refuse(ConfigError, {}, None, keystore=keystore(), password_env="PW")
    assert "PW (--password-env) is empty" in refuse(ConfigError, {"PW": ""}, keystore=keystore(), password_env="PW")


def test_without_a_terminal_both_sources_of_a_password_are_named(keystore):
    told = refuse(UsageError, ask=None, keystore=keystore())
    assert "--password-file FILE or --password-env NAME" in told


@pytest.mark.parametrize("password", ["wrong but secret", "", "\udcff surrogate", "x" * 5000])
def test_a_wrong_password_is_told_and_not_repeated(password, keystore):
    path = keystore()
    told = refuse(ConfigError, {"PW": password or "nope"}, keystore=path, password_env="PW")
    assert told.startswith(f"wrong password for {path} (--keystore)")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "not UTF-8"),
        (lambda path: path.write_text("x" * 5000), "larger than any password"),
        (lambda path: path.write_text("x" * 2_000_000), "larger than 1024 KiB"),
    ],
)
def test_a_password_file_that_cannot_be_one(make, told, keystore, tmp_path):
    file = tmp_path / "password"
    make(file)
    message = refuse(ConfigError, ask=None, keystore=keystore(), password_file=file)
    assert f"{file} (--password-file)" in message
    assert told in message


def spoilt(**changes):
    document = encrypt()
    crypto = document["crypto"]
    for name, value in changes.items():
        (document if name == "version" else crypto)[name] = value
    return document


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is no JSON object"),
        ("[]", "is no JSON object"),
        ("[" * 100_000, "is no JSON object"),
        (KEY, "is no JSON object"),
        ("{}", "is no keystore of version 3"),
        (spoilt(version=4), "is no keystore of version 3"),
        (spoilt(version="3"), "is no keystore of version 3"),
        ({"version": 3, "crypto": "secret"}, "is no keystore of version 3"),
        (spoilt(cipher="aes-256-gcm"), "another cipher"),
        (spoilt(cipherparams=None), "no iv, ciphertext or mac"),
        (spoilt(cipherparams={"iv": "00"}), "no iv, ciphertext or mac"),
        (spoilt(ciphertext="zz" * 32), "no iv, ciphertext or mac"),
        (spoilt(ciphertext=7), "no iv, ciphertext or mac"),
        (spoilt(mac="00" * 31), "no iv, ciphertext or mac"),
        (spoilt(kdf="argon2id"), "another key derivation"),
        (spoilt(kdf=["scrypt"]), "another key derivation"),
        (spoilt(kdfparams=[]), "no salt"),
        (encrypt(salt=None), "no salt"),
        (encrypt(dklen=16), "another dklen"),
        (encrypt(n=3), "n a power of two"),
        (encrypt(n=True), "n a power of two"),
        (encrypt(n=16.0), "n a power of two"),
        (encrypt(r=0), "no scrypt parameters"),
        (encrypt(p=-1), "no scrypt parameters"),
        (spoilt(kdf="pbkdf2"), "no pbkdf2 parameters"),
    ],
)
def test_a_file_that_is_no_keystore_is_refused_before_a_password_is_asked_for(content, told, keystore):
    def ask():
        raise AssertionError("asked")

    assert told in refuse(ConfigError, ask=ask, keystore=keystore(content))


def pbkdf2(c, prf="hmac-sha256"):
    return spoilt(kdf="pbkdf2", kdfparams={"dklen": 32, "c": c, "prf": prf, "salt": "00"})


@pytest.mark.parametrize(
    "document",
    [
        encrypt(n=2 * MOST_MEMORY, r=1),
        encrypt(n=2, r=MOST_MEMORY),
        encrypt(n=2**200),
        encrypt(p=MOST_SCRYPT_WORK),
        encrypt(p=10**4000),
        pbkdf2(MOST_ROUNDS + 1),
    ],
)
def test_a_keystore_that_would_eat_time_or_memory_is_refused(document, keystore):
    assert "than a key is worth" in refuse(ConfigError, keystore=keystore(document))


def test_another_hash_than_the_one_of_keystores_is_refused(keystore):
    assert "hmac-sha256" in refuse(ConfigError, keystore=keystore(pbkdf2(10, "hmac-md5")))


@pytest.mark.parametrize(("make", "told"), [(lambda path: None, "no such file"), (lambda path: path.mkdir(), "read")])
def test_a_keystore_that_cannot_be_read(make, told, tmp_path):
    file = tmp_path / "keystore"
    make(file)
    assert told in refuse(ConfigError, keystore=file)


def test_a_keystore_of_something_else_than_an_account_is_refused(keystore):
    document = encrypt()
    params = document["crypto"]["kdfparams"]
    derived = scrypt(PASSWORD.encode().decode("latin-1"), bytes.fromhex(params["salt"]).decode("latin-1"), 32, 16, 8, 1)
    sealed = encrypt_aes_ctr(bytes(32), derived[:16], int(document["crypto"]["cipherparams"]["iv"], 16))
    document["crypto"] |= {"ciphertext": sealed.hex(), "mac": keccak(derived[16:] + sealed).hex()}
    assert "holds no private key of an account" in refuse(ConfigError, keystore=keystore(document))
