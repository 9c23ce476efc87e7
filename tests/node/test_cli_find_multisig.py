"""``doctor --find-multisig`` on real nodes: who holds the governance role, found in logs, whatever is set."""

from commandline import run, through_proxies
from proxy import Limits, Recorder

from avsctl.devnet import changes, rpc

NO_STATE = {"error": {"code": -32000, "message": "missing trie node \x1b[31m1234"}}
NO_LOGS = {"error": {"code": -32601, "message": "the method eth_getLogs is not available"}}
MOST_LOGS = 20
MOST_GET_CODE = 30
"""Of some hundred blocks: 15 to cut them to a 16th, and once more."""


def find(settings, *arguments):
    return run(settings, "doctor", "--find-multisig", "-o", "json", *arguments)


def unset(settings):
    return {name: value for name, value in settings.items() if name != "AVSCTL_MULTISIG"}


def transfer(devnet, account, sender=None):
    """Let the holder hand the role to an account; gives the block."""
    call = rpc.calldata("transferAvsGovernanceMultisig(address)", account)
    center = devnet.contracts.attestation_center
    (receipt,) = rpc.send(devnet.l2_url, [rpc.Transaction(sender or devnet.multisig, center, call)])
    return int(receipt["blockNumber"], 16)


def renounce(devnet):
    role = bytes.fromhex("f1688026").ljust(32, b"\0")
    call = rpc.calldata("renounceRole(bytes32,address)", role, devnet.multisig)
    rpc.send(devnet.l2_url, [rpc.Transaction(devnet.multisig, devnet.contracts.attestation_center, call)])


def creation_block(devnet):
    """Ask block by block, as no bisection does."""
    center = devnet.contracts.attestation_center
    blocks = range(rpc.head(devnet.l2_url) + 1)
    return next(at for at in blocks if rpc.call(devnet.l2_url, "eth_getCode", center, hex(at)) != "0x")


def text_of(answer, code="multisig"):
    (text,) = [check["text"] for check in answer.data["checks"] if check["code"] == code]
    return text


def result_of(answer, code="multisig"):
    (result,) = [check["result"] for check in answer.data["checks"] if check["code"] == code]
    return result


def not_found(answer):
    (finding,) = [each for each in answer.document["findings"] if each["code"] == "multisig_not_found"]
    return finding


def test_the_one_who_was_granted_the_role_at_the_creation(devnet, env_for):
    answer = find(unset(env_for(devnet)))
    assert answer.data["multisig"] == {
        "address": devnet.multisig,
        "found_in": "creation_block",
        "block": creation_block(devnet),
        "env": f"AVSCTL_MULTISIG={devnet.multisig}",
    }
    assert result_of(answer) == "ok"
    assert "multisig_not_found" not in answer.codes


def test_the_one_whom_it_was_transferred_to(devnet, env_for):
    second, third = devnet.operators[0].address, devnet.owner
    transfer(devnet, third)
    changes.mine(devnet.l2_url, 30)
    block = transfer(devnet, second, sender=third)
    changes.mine(devnet.l2_url, 3)
    answer = find(env_for(devnet))
    assert answer.data["multisig"] == {
        "address": second,
        "found_in": "transfer",
        "block": block,
        "env": f"AVSCTL_MULTISIG={second}",
    }
    assert text_of(answer).endswith(f"; {devnet.multisig}, which is set, does not hold it")
    assert "role_missing" in answer.codes


def test_it_says_that_what_is_set_is_what_was_found(devnet_v2, env_for):
    assert text_of(find(env_for(devnet_v2))).endswith("; it is the one that is set")


def test_the_line_for_env_stands_alone_on_the_screen(devnet_v2, env_for, tmp_path):
    shown = run(unset(env_for(devnet_v2)), "doctor", "--find-multisig")
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("AVSCTL_MULTISIG")]
    (tmp_path / ".env").write_text(f"{line}\n")
    told = run(unset(env_for(devnet_v2)), "doctor", "-o", "json", folder=tmp_path)
    assert text_of(told, "role").startswith(f"AVS_GOVERNANCE_MULTISIG: {devnet_v2.multisig}")


def test_without_the_option_nothing_is_looked_for(devnet_v2, env_for):
    answer = run(unset(env_for(devnet_v2)), "doctor", "-o", "json")
    assert "multisig" not in answer.data
    assert "multisig" not in {check["code"] for check in answer.data["checks"]}


def test_tight_limits_do_not_keep_it_from_being_found(devnet, env_for):
    changes.mine(devnet.l2_url, 300)
    recorder = Recorder()
    with through_proxies(
        devnet, Limits(), Limits(log_range=10, most_items=10), recorder=(Recorder(), recorder)
    ) as through:
        answer = find(unset(through))
        assert answer.data["multisig"]["found_in"] == "creation_block"
        block = transfer(devnet, devnet.owner)
        changes.mine(devnet.l2_url, 100)
        answer = find(unset(through))
    assert answer.data["multisig"] == {
        "address": devnet.owner,
        "found_in": "transfer",
        "block": block,
        "env": f"AVSCTL_MULTISIG={devnet.owner}",
    }


def test_what_lies_too_far_back_is_said_with_what_to_try(devnet_v2, env_for):
    transfer(devnet_v2, devnet_v2.owner)
    changes.mine(devnet_v2.l2_url, 300)
    recorder, plain = Recorder(), Recorder()
    with through_proxies(devnet_v2, Limits(), Limits(log_range=10), recorder=(Recorder(), plain)) as through:
        run(unset(through), "doctor", "-o", "json")
    with through_proxies(devnet_v2, Limits(), Limits(log_range=10), recorder=(Recorder(), recorder)) as through:
        answer = find(unset(through), "--fail-on", "warning")
    head = rpc.head(devnet_v2.l2_url)
    finding = not_found(answer)
    assert answer.data["multisig"] is None
    assert (answer.status, finding["severity"], finding["subject"]) == (3, "warning", "role")
    assert f"the creation block is {creation_block(devnet_v2)}" in finding["text"]
    assert f"logs were read from block {head - 18 * 10 + 1} to {head}" in finding["text"]
    assert any("endpoint" in each for each in finding["remedy"])
    assert recorder.count("eth_getLogs") - plain.count("eth_getLogs") == MOST_LOGS
    assert recorder.count("eth_getCode") - plain.count("eth_getCode") <= MOST_GET_CODE


def test_a_node_without_old_state_is_read_by_its_logs_alone(devnet, env_for):
    head = rpc.head(devnet.l2_url)

    def forget(item):
        is_old = item["method"] == "eth_getCode" and item["params"][1] not in ("latest", hex(head))
        return NO_STATE if is_old and not isinstance(item["params"][1], dict) else None

    with through_proxies(devnet, Limits(), Limits(answer=forget)) as through:
        answer = find(unset(through))
    assert answer.data["multisig"]["found_in"] == "grant"
    assert answer.data["multisig"]["address"] == devnet.multisig
    assert answer.data["multisig"]["block"] == creation_block(devnet)


def test_with_neither_old_state_nor_logs_what_is_set_is_what_is_known(devnet_v2, env_for):
    def refuse(item):
        if item["method"] == "eth_getLogs":
            return NO_LOGS
        return NO_STATE if item["method"] == "eth_getCode" and str(item["params"][1]).startswith("0x") else None

    with through_proxies(devnet_v2, Limits(), Limits(answer=refuse)) as through:
        known, unknown = find(through), find(unset(through))
        screen = run(unset(through), "doctor", "--find-multisig").stdout
    assert known.data["multisig"] == {
        "address": devnet_v2.multisig,
        "found_in": "setting",
        "block": None,
        "env": f"AVSCTL_MULTISIG={devnet_v2.multisig}",
    }
    assert "multisig_not_found" not in known.codes
    text = not_found(unknown)["text"]
    assert "the creation block is not known" in text
    assert "missing trie node" in text
    assert "the endpoint refused logs" in text
    assert "missing trie node" in screen
    assert "\x1b" not in screen


def test_a_role_that_was_renounced(devnet, env_for):
    renounce(devnet)
    answer = find(env_for(devnet))
    assert answer.data["multisig"] is None
    assert "may have been renounced" in not_found(answer)["text"]
    assert "role_missing" in answer.codes
