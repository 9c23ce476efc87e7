"""``safe show`` on real Safes of three versions, ordinary and tampered with, and on what is none."""

import itertools
import json

import pytest
import safes
from commandline import run, through_proxies
from proxy import Limits, Recorder

from avsctl.contracts.address import ZERO_ADDRESS, to_checksum
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.safe_releases import FALLBACK_HANDLERS, PROXIES, SINGLETONS
from avsctl.contracts.safe_storage import MOST_MODULES, setup_slots
from avsctl.devnet import rpc

STRANGER, OTHER = (to_checksum("0x" + digit * 40) for digit in "89")
SENTINEL = "0x0000000000000000000000000000000000000001"
_, HANDLER_SLOT, GUARD_SLOT, _ = setup_slots()
UNKNOWN, NO_ROLE = "safe_singleton_unknown", "role_missing"
REVERTS = "0x60006000fd"
ANSWERS_ENDLESSLY = f"0x60206000527f7f{'ff' * 31}60205260406000f3"
"""Returns 32 and 2^255-1 whatever it is asked: a text without end."""


@pytest.fixture
def env(devnet_v2, env_for):
    return env_for(devnet_v2)


@pytest.fixture
def url(devnet_v2):
    return devnet_v2.l2_url


def owners_of(url, count=3):
    return [to_checksum(account) for account in rpc.call(url, "eth_accounts")[:count]]


def show(env, safe, *arguments):
    return run(env, "safe", "show", "--from", safe, *arguments)


def ask(env, safe):
    """Give the answer in JSON, after seeing that the screen of a pipe tells the same findings."""
    answer, plain = show(env, safe, "-o", "json"), show(env, safe)
    assert plain.status == answer.status
    assert answer.stderr == plain.stderr == ""
    assert all(code in plain.stdout for code in answer.codes)
    return answer


def told(env, safe):
    """Give the data, and the codes of what was found but the role, which these Safes do not hold."""
    answer = ask(env, safe)
    codes = list(answer.codes)
    codes.remove(NO_ROLE)
    return answer.data["safe"], codes


def initcode(version, folder, contract):
    prefix = "" if folder == "handler/" or folder.startswith("examples") else safes.PREFIXES.get(version, "")
    build = safes.MODULES / safes.PACKAGES[version] / "build/artifacts/contracts"
    name = prefix + contract
    return json.loads((build / f"{folder}{name}.sol/{name}.json").read_text())["bytecode"]


def runtime(url, version, folder, contract, *arguments):
    """Give the code that a creation leaves, asked of the node."""
    data = initcode(version, folder, contract) + "".join(
        bytes.fromhex(each[2:]).rjust(32, b"\0").hex() for each in arguments
    )
    (account, *_) = rpc.call(url, "eth_accounts")
    return rpc.call(url, "eth_call", {"from": account, "data": data}, "latest")


def code_of(url, address):
    return rpc.call(url, "eth_getCode", address, "latest")


def put_code(url, address, code):
    rpc.call(url, "anvil_setCode", address, code)


def put_word(url, contract, slot, value):
    number = value if isinstance(value, int) else int(value, 16)
    rpc.call(url, "anvil_setStorageAt", contract, f"0x{slot:064x}", f"0x{number:064x}")


def of_itself(url, safe, signature, *arguments):
    """Let the Safe call itself, as its owners sign for it."""
    safes.execute(url, safe, safe, rpc.calldata(signature, *arguments))


# Ordinary Safes


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_an_ordinary_safe_that_governs(devnet_v2, env, url, version):
    owners = owners_of(url)
    safe = safes.create_safe(url, version, owners, 2)
    at = safes.deploy_safe(url, version)
    transfer = rpc.calldata("transferAvsGovernanceMultisig(address)", safe)
    rpc.send(url, [rpc.Transaction(devnet_v2.multisig, devnet_v2.contracts.attestation_center, transfer)])
    answer, plain = run(env | {"AVSCTL_MULTISIG": safe}, "safe", "show", "-o", "json"), show(env, safe)
    assert (answer.status, answer.codes) == (plain.status, []) == (0, [])
    assert answer.document["blocks"]["l1"] is None
    assert answer.document["deployment"]["l1_chain_id"] is None
    safe_told = answer.data["safe"]
    assert sorted(safe_told.pop("owners")) == sorted(owners)
    assert safe_told == {
        "address": safe,
        "version": version,
        "threshold": 2,
        "nonce": 0,
        "proxy_release": version,
        "singleton": at["Safe"],
        "singleton_release": version,
        "fallback_handler": at["CompatibilityFallbackHandler"],
        "fallback_handler_release": version,
        "guard": None,
        "module_guard": None,
        "modules": [],
        "modules_complete": True,
        "multi_send": {"address": at["MultiSendCallOnly"], "version": version},
        "holds_role": True,
    }
    assert f"Safe {safe}  {version}, 2 of 3, no modules, no guard\n" in plain.stdout
    assert all(f"{owner}\n" in plain.stdout for owner in owners)
    assert "governance role    held" in plain.stdout


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_the_hashes_are_those_of_the_code_that_the_packages_create(url, version):
    known = {each.code_hash: each.version for each in (*SINGLETONS, *FALLBACK_HANDLERS)}
    known |= {bytes.fromhex(code_hash): release for release, code_hash in PROXIES}
    known |= {each.code_hash: each.version for each in DEPLOYMENTS}
    singleton = runtime(url, version, "", "Safe")
    put_code(url, STRANGER, singleton)
    codes = {
        singleton: version,
        runtime(url, version, "", "SafeL2"): f"{version}+L2",
        runtime(url, version, "handler/", "CompatibilityFallbackHandler"): version,
        runtime(url, version, "proxies/", "SafeProxy", STRANGER): version,
    }
    assert {code: known[keccak256(bytes.fromhex(code[2:]))] for code in codes} == codes


def test_the_singleton_that_logs_every_call(env, url):
    safe = safes.create_safe(url, "1.4.1", owners_of(url), 2)
    official = next(each.addresses[0] for each in SINGLETONS if each.version == "1.4.1+L2")
    put_code(url, official, runtime(url, "1.4.1", "", "SafeL2"))
    put_word(url, safe, 0, official)
    data, codes = told(env, safe)
    assert (data["version"], data["singleton_release"], codes) == ("1.4.1", "1.4.1+L2", [])


# What is set


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_a_guard_a_module_a_foreign_handler_and_a_threshold_of_one(env, url, version):
    safe = safes.create_safe(url, version, owners_of(url), 1)
    put_code(url, OTHER, runtime(url, version, "examples/guards/", "DebugTransactionGuard"))
    of_itself(url, safe, "enableModule(address)", STRANGER)
    of_itself(url, safe, "setFallbackHandler(address)", STRANGER)
    if version == "1.5.0":
        of_itself(url, safe, "setModuleGuard(address)", OTHER)
    of_itself(url, safe, "setGuard(address)", OTHER)
    data, codes = told(env, safe)
    module_guard = OTHER if version == "1.5.0" else None
    assert (data["guard"], data["module_guard"], data["modules"]) == (OTHER, module_guard, [STRANGER])
    assert (data["fallback_handler"], data["fallback_handler_release"]) == (STRANGER, None)
    assert (data["threshold"], data["modules_complete"]) == (1, True)
    guards = ["safe_guard"] * (2 if version == "1.5.0" else 1)
    assert codes == ["safe_fallback_handler", "safe_modules", *guards, "safe_threshold_one"]
    shown = show(env, safe).stdout
    assert f"guard              {OTHER}\n" in shown
    assert f"modules            {STRANGER}\n" in shown
    assert f"fallback handler   {STRANGER}  of no release\n" in shown


def test_a_handler_of_another_version_and_none(env, url):
    safe = safes.create_safe(url, "1.4.1", owners_of(url), 2)
    old = safes.deploy_safe(url, "1.3.0")["CompatibilityFallbackHandler"]
    of_itself(url, safe, "setFallbackHandler(address)", old)
    data, codes = told(env, safe)
    assert (data["fallback_handler_release"], codes) == ("1.3.0", ["safe_fallback_handler"])
    of_itself(url, safe, "setFallbackHandler(address)", ZERO_ADDRESS)
    data, codes = told(env, safe)
    assert (data["fallback_handler"], codes) == (None, ["safe_fallback_handler"])


@pytest.mark.parametrize("version", safes.VERSIONS)
def test_more_modules_than_are_read_and_a_ring_of_them(env, url, version):
    safe = safes.create_safe(url, version, owners_of(url), 2)
    modules = [to_checksum(number.to_bytes(20)) for number in range(100, 100 + MOST_MODULES + 1)]
    link(url, safe, [SENTINEL, *modules, SENTINEL])
    data, codes = told(env, safe)
    assert (data["modules"], data["modules_complete"]) == (modules[:MOST_MODULES], False)
    assert codes == ["safe_modules"]
    link(url, safe, [SENTINEL, *modules[:MOST_MODULES], SENTINEL])
    data, _ = told(env, safe)
    assert (data["modules"], data["modules_complete"]) == (modules[:MOST_MODULES], True)
    link(url, safe, [SENTINEL, *modules[:2], modules[0]])
    data, _ = told(env, safe)
    assert (data["modules"], data["modules_complete"]) == (modules[:2], False)


def link(url, safe, chain):
    """Write the linked list of modules, a mapping in slot 1, as only a delegatecall could."""
    for module, following in itertools.pairwise(chain):
        slot = keccak256(safes.bytes_of(module).rjust(32, b"\0") + (1).to_bytes(32))
        put_word(url, safe, int.from_bytes(slot), following)


# Tampering


def test_a_singleton_of_no_release_that_lies_about_its_version(env, url):
    safe = safes.create_safe(url, "1.4.1", owners_of(url), 2)
    real = safes.deploy_safe(url, "1.4.1")["Safe"]
    put_code(url, STRANGER, code_of(url, real).replace(b"1.4.1".hex(), b"1.5.0".hex()))
    put_word(url, safe, 0, STRANGER)
    data, codes = told(env, safe)
    assert (data["version"], data["singleton"], data["singleton_release"]) == ("1.5.0", STRANGER, None)
    assert codes == [UNKNOWN, "safe_fallback_handler"]
    (finding, *_) = ask(env, safe).document["findings"]
    assert (finding["severity"], STRANGER in finding["text"]) == ("critical", True)
    assert "1.5.0 by its own word" in show(env, safe).stdout


def test_a_copy_of_a_released_singleton(env, url):
    safe = safes.create_safe(url, "1.3.0", owners_of(url), 2)
    put_code(url, STRANGER, code_of(url, safes.deploy_safe(url, "1.3.0")["Safe"]))
    put_word(url, safe, 0, STRANGER)
    answer = ask(env, safe)
    severities = {finding["code"]: finding["severity"] for finding in answer.document["findings"]}
    assert severities == {UNKNOWN: "warning", NO_ROLE: "critical"}
    assert answer.data["safe"]["singleton_release"] == "1.3.0"


def test_a_proxy_that_only_names_a_released_singleton(env, url):
    safe = safes.create_safe(url, "1.4.1", owners_of(url), 2)
    put_code(url, safe, code_of(url, safe) + "00")
    data, codes = told(env, safe)
    assert (data["proxy_release"], data["singleton_release"], codes) == (None, "1.4.1", [UNKNOWN])
    assert "proxy              of no release" in show(env, safe).stdout


def test_a_safe_whose_singleton_tells_no_modules(env, url):
    """One that has another selector where it would compare with that of the list, and so hands the call on."""
    safe = safes.create_safe(url, "1.4.1", owners_of(url), 2)
    selector = rpc.calldata("getModulesPaginated(address,uint256)", ZERO_ADDRESS, 0)[:4].hex()
    code = code_of(url, safes.deploy_safe(url, "1.4.1")["Safe"])
    assert code.count(f"63{selector}14") == 1
    put_code(url, STRANGER, code.replace(f"63{selector}14", "630000000014"))
    put_word(url, safe, 0, STRANGER)
    data, codes = told(env, safe)
    assert (data["modules"], data["modules_complete"]) == ([], False)
    assert codes == [UNKNOWN, "safe_modules"]


def test_a_slot_with_more_in_it_than_an_address(env, url):
    safe = safes.create_safe(url, "1.3.0", owners_of(url), 2)
    put_word(url, safe, GUARD_SLOT, int("ff" * 12 + STRANGER[2:], 16))
    put_word(url, safe, HANDLER_SLOT, int("ff" * 12, 16) << 160)
    data, codes = told(env, safe)
    assert (data["guard"], data["fallback_handler"]) == (STRANGER, ZERO_ADDRESS)
    assert codes == ["safe_fallback_handler", "safe_guard"]


# What is no Safe


def test_what_is_no_safe(devnet_v2, env, url):
    singleton = safes.deploy_safe(url, "1.4.1")["Safe"]
    put_code(url, STRANGER, ANSWERS_ENDLESSLY)
    put_code(url, OTHER, REVERTS)
    contract = "a contract that does not answer as a Safe does"
    reasons = {
        devnet_v2.multisig: "it has no code of its own",
        devnet_v2.contracts.attestation_center: contract,
        singleton: contract,
        STRANGER: contract,
        OTHER: contract,
    }
    for address, reason in reasons.items():
        answer = show(env, address, "-o", "json")
        (problem,) = answer.document["errors"]
        assert (answer.status, problem["code"], answer.data) == (2, "no_safe", {})
        assert problem["message"].startswith(f"{address} is no Safe on chain ")
        assert reason in problem["message"]
        plain = show(env, address)
        assert (plain.status, plain.stdout) == (2, "")
        assert reason in plain.stderr
        assert "--from" in plain.stderr


def test_nobody_named(env):
    unset = {name: value for name, value in env.items() if name != "AVSCTL_MULTISIG"}
    answer = run(unset, "safe", "show", "-o", "json")
    assert (answer.status, answer.document["errors"][0]["code"]) == (2, "missing_setting")


def test_the_answer_is_not_one_table(env):
    refused = run(env, "safe", "show", "-o", "csv")
    assert (refused.status, refused.stdout) == (2, "")
    assert "csv" in refused.stderr


# Endpoints


def test_every_endpoint_gives_the_same_answer(devnet_v2, env, url):
    safe = safes.create_safe(url, "1.4.1", owners_of(url), 2)
    of_itself(url, safe, "enableModule(address)", STRANGER)
    plain = ask(env, safe)
    for limits in (Limits(has_overrides=False), Limits(takes_block_hashes=False), Limits(most_items=2)):
        with through_proxies(devnet_v2, l2=limits) as settings:
            other = run(settings, "safe", "show", "--from", safe, "-o", "json")
        assert (other.status, other.data) == (plain.status, plain.data)
        pinned = [] if limits.takes_block_hashes else ["block_pinned_by_number"]
        assert other.codes == [*plain.codes, *pinned]


def test_rounds(devnet_v2, env, url):
    safe = safes.create_safe(url, "1.4.1", owners_of(url), 2)
    recorder = Recorder()
    with through_proxies(devnet_v2, l2=Limits(delay_s=0.01), recorder=recorder) as settings:
        run(settings, "safe", "show", "--from", safe)
    assert recorder.rounds <= 7


def test_no_multi_send(env, url):
    safe = safes.create_safe(url, "1.5.0", owners_of(url), 2)
    put_code(url, safes.deploy_safe(url, "1.5.0")["MultiSendCallOnly"], "0x60")
    data, codes = told(env, safe)
    assert (data["multi_send"], codes) == (None, ["multi_send_unknown"])
