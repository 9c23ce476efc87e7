"""Bad input to the commands that write: a clear error or the right finding, nothing sent, no traceback.

Every case asks to send without asking back, in JSON and as a table. What can be told without a chain is told
without any setting; the rest runs on a devnet of each generation that stands still, whose heads must not move.
"""

import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import run
from test_cli_doctor import CREATION_FLOW
from test_cli_tasks import CONTROLS, NAMES, at_terminal, create, govern
from test_cli_traps import MULTISIG_KEY, SET_MINIMUM, STRANGER, functions, set_list

from avsctl.core.units import E18, UINT256_MAX
from avsctl.devnet import changes, rpc
from avsctl.devnet.rpc import calldata

SIGNED = ("--send", "--yes", "--key-env", "BAD_INPUT_KEY")
ENVELOPE = {
    *("schema", "avsctl", "command", "status", "exit_code", "deployment", "blocks", "data", "findings", "errors"),
}
STATUSES = {0: "ok", 2: "error", 4: "refused", 5: "error", 6: "error"}
COMMANDS = {
    "create": ("create", "--name", "x"),
    "update": ("update", "2", "--min-power", "1e18"),
    "set-max-attesters": ("set-max-attesters", "2", "3"),
    "refresh": ("refresh", "2"),
}
CREATE = ("create", "--name", "x")
UPDATE = ("update", "2")
OUTSIDER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
LONGEST = 3000
"""Characters that one mistake may take on stderr, however long what was typed is."""


def ask(settings, *arguments):
    """Run ``avsctl task`` once with both forms of output; gives the JSON one, which goes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.json"
        with_key = settings | {"BAD_INPUT_KEY": MULTISIG_KEY}
        table = run(with_key, "task", *arguments, "-o", "table", "-o", f"json={file}")
        answer = replace(table, stdout=file.read_text())
    text = table.stdout + answer.stdout + table.stderr
    assert "Traceback" not in text
    assert "at fault" not in text
    assert MULTISIG_KEY[2:] not in text
    assert not CONTROLS.search(text)
    assert len(table.stderr) < LONGEST
    assert answer.document.keys() == ENVELOPE
    assert answer.document["status"] == STATUSES[answer.status]
    assert answer.document["command"] == f"task {arguments[0]}"
    if answer.status in (2, 5, 6):
        (problem,) = answer.document["errors"]
        assert table.stdout == ""
        assert f"error: {problem['message']}\n" in table.stderr
    return answer


def ask_to_send(settings, *arguments):
    return run(settings | {"BAD_INPUT_KEY": MULTISIG_KEY}, "task", *arguments, *SIGNED, "-o", "json")


def said(answer):
    (problem,) = answer.document["errors"]
    return f"{problem['message']}; {problem['hint']}"


def severities(answer):
    return {finding["code"]: finding["severity"] for finding in answer.document["findings"]}


def find(answer, code):
    (finding,) = [each for each in answer.document["findings"] if each["code"] == code]
    return finding


@pytest.fixture
def refuse(env_for):
    """Give the function that asks a devnet to send, and holds that it did not."""

    def refuse(devnet, *arguments):
        before = heads(devnet)
        answer = ask(env_for(devnet), *arguments, *SIGNED)
        assert heads(devnet) == before
        return answer

    return refuse


def heads(devnet):
    blocks = [rpc.call(url, "eth_getBlockByNumber", "latest", False)["hash"] for url in (devnet.l1_url, devnet.l2_url)]
    return blocks, rpc.call(devnet.l2_url, "eth_getTransactionCount", devnet.multisig, "pending")


def is_v1(devnet):
    return str(devnet.generation) == "v1"


# What is wrong by itself


TOO_LONG = "9" * 10_000
POWERS = {
    "500": "write 500e18 for 500 times 10^18, or 500raw for raw units",
    "10000000000000000000": "write 10000000000000000000e18 for 10000000000000000000 times 10^18, or",
    "0.5": "write 0.5e18",
    "-1": "'-1' is not a voting power; write 500e18, 0.5e18 or 500raw",
    "-1e18": "'-1e18' is not a voting power",
    "": "'' is not a voting power",
    "all": "'all' is not a voting power",
    "1e19": "'1e19' is not a voting power",
    "1,5e18": "'1,5e18' is not a voting power",
    "٣e18": "is not a voting power",
    "1.5raw": "'1.5raw' is no whole number of raw units",
    "0.0000000000000000001e18": "is finer than one raw unit",
    f"{UINT256_MAX + 1}raw": "is above 2^256-1",
    "9" * 60 + "e18": "is above 2^256-1",
    TOO_LONG: "is a voting power without a unit",
    TOO_LONG + "e18": "'99999",
    "\x1b[31m1e18": r"'\x1b[31m1e18' is not a voting power",
}
COUNTS = {
    "": "'' is no count",
    "-1": "-1",
    "4.0": "'4.0' is no count; a whole number such as 4, or none",
    "4e0": "'4e0' is no count",
    "four": "'four' is no count",
    "٤": "is no count",
    str(UINT256_MAX + 1): "is above 2^256-1",
    TOO_LONG: "'99999",
    "\x1b]0;x\x07": r"'\x1b]0;x\x07' is no count",
}
AMOUNTS = {
    "": "'' is not an amount; write 0.001ether, 5gwei, 1000wei, or 1000 for the smallest unit",
    "0.001": "'0.001' is an amount without a unit; write 0.001ether or 0.001gwei",
    "-1wei": "'-1wei' is not an amount",
    "1eth": "'1eth' is not an amount",
    "1 ether": "'1 ether' is not an amount",
    "1e18": "'1e18' is not an amount",
    "0.5wei": "is finer than the smallest unit; wei has at most 0 decimals",
    "0.0000000001gwei": "is finer than the smallest unit; gwei has at most 9 decimals",
    "9" * 60 + "ether": "is above 2^256-1",
    TOO_LONG: "'99999",
    "5\x9bgwei": r"'5\x9bgwei' is not an amount",
}
LISTS = {
    "": "item 1 of the list of operators is empty; ids and addresses with commas between them",
    "1,,2": "item 2 of the list of operators is empty",
    "1,2,": "item 3 of the list of operators is empty",
    "0": "item 1 of the list of operators is 0: ids are from 1",
    "3,000": "item 2 of the list of operators is 0: ids are from 1",
    "-1": "item 1 of the list of operators is no id and no address",
    "1,-2": "item 2 of the list of operators is no id and no address",
    "1 2": "item 1 of the list of operators is no id and no address",
    "none,1": "item 1 of the list of operators is no id and no address",
    "1.5": "item 1 of the list of operators is no id and no address",
    "0x1234": "expected an address: 0x and 40 hex digits",
    str(UINT256_MAX + 1): "item 1 of the list of operators is above 2^256-1",
    f"1,{TOO_LONG}": "item 2 of the list of operators is above 2^256-1",
    "0x" + STRANGER.address[2:].swapcase(): f"wrong checksum: expected {STRANGER.address}",
    "4,\x1b[2J": "item 2 of the list of operators is no id and no address",
}
EXPIRIES = {
    "": "'' is no expiry; never, a block such as 38300000, +N blocks from now, or a time from now such as 30d or 12h",
    "Never": "'Never' is no expiry",
    "-5": "'-5' is no expiry",
    "30m": "'30m' is no expiry",
    "+30d": "'+30d' is no expiry",
    "1e9": "'1e9' is no expiry",
    "tomorrow": "'tomorrow' is no expiry",
    "2027-01-01": "'2027-01-01' is no expiry",
    "+0": "'+0' expires at once: no task would pass",
    "0d": "'0d' expires at once",
    str(UINT256_MAX + 1): "is above 2^256-1; write never for no expiry",
    f"+{TOO_LONG}": "'+9999",
    "\x1b[1m9": r"'\x1b[1m9' is no expiry",
}
TASK_NAMES = {
    "": "the name of a task definition is empty",
    " \t ": "the name of a task definition is empty",
    "0123456789" * 1024: "has 10240 bytes; 256 bytes of UTF-8 or less",
    "é" * 129: "has 258 bytes",
    "\x1b[31mred\x1b[0m": "holds characters that cannot be seen; use plain text",
    "a\nb": "holds characters that cannot be seen",
    "bell\x07": "holds characters that cannot be seen",
    "safe\u202egnp.exe": "holds characters that cannot be seen",
    "zero\u200bwidth": "holds characters that cannot be seen",
    "\udcff": "holds characters that cannot be seen",
    "0x" + "5e" * 32: "holds 64 hex digits, as a private key has; give another name",
}
IDS = {
    "": "'' is no task definition id; a whole number from 0 to 65535",
    "one": "'one' is no task definition id",
    "1.5": "'1.5' is no task definition id",
    "0x2": "'0x2' is no task definition id",
    "65536": "'65536' is no task definition id",
    "٣": "is no task definition id",
    TOO_LONG: "'99999",
    "-1": "-1; no argument is below 0: ids are from 1",
    "\x1b[5m": r"'\x1b[5m' is no task definition id",
}
OPTIONS = [
    *((command, "--min-power", value, word) for command in (CREATE, UPDATE) for value, word in POWERS.items()),
    *((command, "--max-attesters", value, word) for command in (CREATE, UPDATE) for value, word in COUNTS.items()),
    *((CREATE, "--dispute-period", value, word) for value, word in COUNTS.items()),
    *((command, "--restricted", value, word) for command in (CREATE, UPDATE) for value, word in LISTS.items()),
    *(
        (command, f"--{role}-reward", value, word)
        for command in (CREATE, UPDATE)
        for role in ("attester", "performer", "aggregator")
        for value, word in AMOUNTS.items()
    ),
    *((CREATE, "--expiry", value, word) for value, word in EXPIRIES.items()),
    *((("create",), "--name", value, word) for value, word in TASK_NAMES.items()),
]


def shorten(value):
    return ascii(value[:20]) if isinstance(value, str) else value[0]


@pytest.mark.parametrize(("command", "option", "value", "word"), OPTIONS, ids=shorten)
def test_a_value_that_is_wrong_by_itself_is_told_with_its_option(command, option, value, word):
    answer = ask({}, *command, option, value, *SIGNED)
    assert answer.status == 2
    assert said(answer).startswith(f"{option}: ")
    assert word in said(answer)
    assert answer.document["blocks"] == {"l1": None, "l2": None}


@pytest.mark.parametrize("value", IDS, ids=shorten)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("update",), ("--min-power", "1e18")),
        (("set-max-attesters",), ("3",)),
        (("refresh",), ()),
    ],
    ids=["update", "set-max-attesters", "refresh"],
)
def test_an_id_that_is_none(before, after, value):
    answer = ask({}, *before, value, *after, *SIGNED)
    assert answer.status == 2
    assert (IDS[value] if value or before != ("refresh",) else "no task definition id is given") in said(answer)


@pytest.mark.parametrize("value", COUNTS, ids=shorten)
def test_a_maximum_that_is_none(value):
    answer = ask({}, "set-max-attesters", "2", value, *SIGNED)
    assert answer.status == 2
    assert COUNTS[value] in said(answer)


@pytest.mark.parametrize("arguments", [("update",), ("update", "2")], ids=" ".join)
def test_an_update_of_nothing(arguments):
    answer = ask({}, *arguments, *SIGNED)
    assert answer.status == 2
    assert said(answer).startswith("nothing to change is given; give --min-power, --restricted, --max-attesters")


WRONG_TOGETHER = {
    "an unknown code": (("--allow", "nonsense"), "--allow 'nonsense': no finding has that code"),
    "a code that cannot be allowed": (("--allow", "would_revert"), "--allow would_revert: that finding cannot be"),
    "a role that cannot be allowed": (("--allow", "role_missing"), "--allow role_missing: that finding cannot be"),
    "a pause that cannot be allowed": (("--allow", "flow_paused"), "--allow flow_paused: that finding cannot be"),
    "the state after a file": (("--after", "nowhere.json"), "--send goes by the state of now"),
    "an older block": (("--l2-block", "5"), "--l2-block 5"),
    "two ways out": (("--calldata",), "--calldata and --send"),
    "another way out": (("--overwrite",), "--overwrite means nothing without --safe-batch"),
    "a key for a name": (("--key-env", MULTISIG_KEY), "--key-env takes a variable's name"),
}


@pytest.mark.parametrize("wrong", WRONG_TOGETHER)
@pytest.mark.parametrize("command", COMMANDS)
def test_options_that_every_writing_command_has(command, wrong):
    more, word = WRONG_TOGETHER[wrong]
    arguments = (*COMMANDS[command], *SIGNED, *more)
    answer = ask({}, *arguments)
    assert answer.status == 2
    assert word in said(answer)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_multisig(devnet, env_for, command):
    settings = {name: value for name, value in env_for(devnet).items() if name != "AVSCTL_MULTISIG"}
    answer = ask(settings, *COMMANDS[command], *SIGNED)
    assert answer.status == 2
    assert "--from" in said(answer)
    assert "AVSCTL_MULTISIG" in said(answer)
    assert "avsctl doctor --find-multisig" in said(answer)


@pytest.mark.parametrize("value", ["alice", "", "0x1234", "0x" + OUTSIDER[2:].swapcase(), "\x1b[31m" + OUTSIDER])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_sender_that_is_no_address(devnet_v2, refuse, command, value):
    answer = refuse(devnet_v2, *COMMANDS[command], "--from", value)
    assert answer.status == 2
    assert "--from" in said(answer)


# What is wrong on this deployment


WITH_ID = {
    "update": ("--min-power", "1e18"),
    "set-max-attesters": ("3",),
    "refresh": (),
}


@pytest.mark.parametrize("wanted", ["5", "10003", "65535"])
@pytest.mark.parametrize("command", WITH_ID)
def test_a_definition_that_does_not_exist(devnet, refuse, command, wanted):
    answer = refuse(devnet, command, wanted, *WITH_ID[command])
    assert answer.status == 2
    known = "1, 2, 3 and 4" if is_v1(devnet) else "0, 1, 2, 3, 4, 10001 and 10002"
    told = f"task definition {wanted} does not exist: there are {known}; avsctl task list shows them"
    assert said(answer) == told


@pytest.mark.parametrize("wanted", ["0", "10001", "10002"])
@pytest.mark.parametrize("command", WITH_ID)
def test_what_the_first_generation_does_not_define(devnet_v1, refuse, command, wanted):
    answer = refuse(devnet_v1, command, wanted, *WITH_ID[command])
    assert answer.status == 6
    assert said(answer) == f"v1 has no task definition {wanted}; v2 and v3 have it"


@pytest.mark.parametrize(
    "arguments",
    [("set-max-attesters", "2", "3"), ("update", "2", "--max-attesters", "3"), (*CREATE, "--max-attesters", "3")],
    ids=" ".join,
)
def test_the_first_generation_has_no_maximum(devnet_v1, refuse, arguments):
    answer = refuse(devnet_v1, *arguments)
    assert answer.status == 6
    assert said(answer) == "v1 has no maximum number of attesters; v2 and v3 have it"


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_rewards_change_after_creation_in_the_third_generation_only(devnets, refuse, generation):
    for role in ("attester", "performer", "aggregator"):
        answer = refuse(devnets(generation), "update", "2", f"--{role}-reward", "1gwei", "--min-power", "1e18")
        assert answer.status == 6
        text = f"{generation} cannot change the rewards of a task definition after its creation; v3 can"
        assert said(answer) == text


@pytest.mark.parametrize(
    ("option", "value"), [("--name", "y"), ("--name", ""), ("--expiry", "never"), ("--dispute-period", "1")]
)
def test_what_no_generation_can_change(devnet, refuse, option, value):
    answer = refuse(devnet, "update", "2", option, value, "--min-power", "1e18")
    assert answer.status == 6
    assert said(answer).startswith(f"{option} cannot be changed after creation in any generation")
    assert "avsctl task create" in said(answer)


def test_a_definition_without_a_total_of_its_own_cannot_be_refreshed(devnet, refuse):
    answer = refuse(devnet, "refresh", "1")
    assert answer.status == 2
    assert "task definition 1 has neither list nor minimum" in said(answer)


def test_ids_are_sorted_and_told_once(devnet, env_for):
    one, two = devnet.operators[0].address, devnet.operators[1].address
    for typed in (
        "5,2,1",
        "1,1,2,5,5",
        f"5,{two},{one.lower()}",
        f"{two},2,05,{one},1",
        "0x" + one[2:].upper() + ",2,5",
    ):
        answer = ask(env_for(devnet), *CREATE, "--restricted", typed)
        assert answer.status == 0
        assert answer.data["calls"][0]["args"][1][6] == ["1", "2", "5"]


def test_addresses_that_stand_for_no_one_id(devnet, refuse):
    gone, twice = devnet.operators[0], devnet.operators[1]
    changes.unregister_l2(devnet, [gone.address])
    changes.register_l2(devnet, [twice], [E18])
    for command in (CREATE, UPDATE):
        answer = refuse(devnet, *command, "--restricted", f"{gone.address},4,{twice.address},{STRANGER.address}")
        assert answer.status == 2
        assert f"{gone.address} is not registered any more: its ids, 1, are dead" in said(answer)
        assert re.search(f"{twice.address} is active under several ids, 2, 1[34]: name the one", said(answer))
        assert f"{STRANGER.address} is no operator on L2" in said(answer)
        assert "avsctl operator list" in said(answer)


@pytest.mark.parametrize("command", [CREATE, UPDATE], ids=["create", "update"])
def test_lists_of_absurd_length(devnet, refuse, env_for, command):
    answer = refuse(devnet, *command, "--restricted", ",".join(map(str, range(1, 5001))))
    assert answer.status == 5
    assert "it takes more gas than is allowed there" in said(answer)
    answer = refuse(devnet, *command, "--restricted", ",".join(map(str, range(1, 501))))
    assert answer.status == 4
    text = find(answer, "unknown_ids_listed")["text"]
    assert re.match("the change lists 1[34], .* and 47[56] more: the highest id is 1[23]", text)
    assert len(text) < 200
    many = ",".join(["2", devnet.operators[0].address, "1"] * 1700)
    answer = ask(env_for(devnet), *command, "--restricted", many)
    assert answer.data["calls"][0]["args"] == ["2", ["1", "2"]] if command is UPDATE else answer.data["calls"]


@pytest.mark.parametrize("generation", ["v2", "v3"])
def test_a_maximum_above_the_list(devnets, refuse, generation):
    devnet = devnets(generation)
    for command, most in ((CREATE, "3"), (UPDATE, str(UINT256_MAX))):
        answer = refuse(devnet, *command, "--restricted", "1,2", "--max-attesters", most)
        assert answer.status == 2
        assert f"a maximum of {most} attesters is above the length of the list" in said(answer)
        assert "--max-attesters 2 or less, or none" in said(answer)
    for arguments in (("set-max-attesters", "2", "7"), ("update", "2", "--max-attesters", "7")):
        answer = refuse(devnet, *arguments)
        assert answer.status == 2
        assert "the list of task definition 2, 6" in said(answer)


def test_the_largest_numbers_that_there_are(devnet, refuse, env_for):
    answer = refuse(devnet, "update", "2", "--min-power", f"{UINT256_MAX}raw")
    assert answer.status == 4
    assert {"dead", "min_above_everyone"} <= severities(answer).keys()
    answer = refuse(devnet, *CREATE, "--restricted", f"1,2,{UINT256_MAX}")
    assert answer.status == 4
    assert str(UINT256_MAX) in find(answer, "unknown_ids_listed")["text"]
    rewards = [
        each for role in ("attester", "performer", "aggregator") for each in (f"--{role}-reward", str(UINT256_MAX))
    ]
    most = ["--dispute-period", str(UINT256_MAX), "--expiry", str(UINT256_MAX - 1)]
    answer = ask(env_for(devnet), *CREATE, *rewards, *most)
    assert answer.status == 0
    assert answer.data["calls"][0]["args"][1][:5] == [str(UINT256_MAX - 1), *[str(UINT256_MAX)] * 4]


# Expiries


def test_an_expiry_in_the_past(devnet, refuse):
    head = rpc.head(devnet.l2_url)
    for typed in ("0", str(head), str(head + 1), "+1"):
        answer = refuse(devnet, *CREATE, "--expiry", typed)
        assert answer.status == 4
        finding = find(answer, "expiry_past")
        assert finding["severity"] == "critical"
        assert "allow" not in finding
        block = head + 1 if typed == "+1" else int(typed)
        assert finding["text"] == f"expires at block {block}, and the call would be in block {head + 1} at the earliest"
        assert any("--expiry" in remedy for remedy in finding["remedy"])


def test_an_expiry_to_come(devnet, env_for):
    settings, head = env_for(devnet), rpc.head(devnet.l2_url)
    for typed, block in (("+2", head + 2), ("+3600000", head + 3_600_000), (str(head + 2), head + 2)):
        answer = ask(settings, *CREATE, "--expiry", typed)
        assert answer.status == 0
        assert answer.data["calls"][0]["args"][1][0] == str(block)
        assert ("expiry_near" in answer.codes) is (block == head + 2)
    answer = ask(settings, *CREATE, "--expiry", "30d")
    assert answer.status == 0
    now = answer.document["blocks"]["l2"]["timestamp"]
    assert abs(answer.data["expiry_timestamp"] - now - 30 * 86_400) <= 60
    assert (
        f"expires at block {answer.data['calls'][0]['args'][1][0]} (now "
        in run(settings, "task", *CREATE, "--expiry", "30d").stdout
    )
    assert ask(settings, *CREATE, "--expiry", "never").data["calls"][0]["args"][1][0] == str(UINT256_MAX)


# What is cleared


def test_clearing_the_list_and_the_minimum_together(devnet, env_for):
    definition = create(devnet, list_=[1, 2, 5], minimum=E18)
    settings = env_for(devnet)
    clear = ("update", str(definition), "--restricted", "none", "--min-power", "none")
    answer = ask_to_send(settings, *clear)
    assert answer.status == 0
    assert sorted(functions(answer)) == sorted([SET_MINIMUM, set_list(devnet)])
    (row,) = run(settings, "task", "show", str(definition), "-o", "json").data["task_definitions"]
    assert (row["minimum_voting_power"], row["restricted_operator_ids"]) == ("0", [])
    again = ask_to_send(settings, *clear)
    assert (again.status, again.data["calls"]) == (0, [])


# Who sends


def commands_of(devnet):
    """Give an example of each command that the generation has."""
    return [each for name, each in COMMANDS.items() if not (is_v1(devnet) and name == "set-max-attesters")]


def test_a_sender_without_the_role(devnet, refuse):
    for command in commands_of(devnet):
        answer = refuse(devnet, *command, "--from", OUTSIDER)
        assert answer.status == 4
        assert severities(answer)["role_missing"] == "critical"
        assert OUTSIDER in find(answer, "role_missing")["text"]
        assert not [finding for finding in answer.document["findings"] if "allow" in finding]
        assert answer.data["outcome"] == "shown"


def test_a_paused_flow(devnet, refuse):
    govern(devnet, calldata("pause(bytes4)", CREATION_FLOW))
    for command in commands_of(devnet):
        answer = refuse(devnet, *command)
        assert answer.status == 4
        assert severities(answer)["flow_paused"] == "critical"
        assert "CREATE_NEW_TASK_DEFINITION_FLOW is paused" in find(answer, "flow_paused")["text"]
        assert "FlowIsCurrentlyPaused" in find(answer, "would_revert")["text"]
        assert not [finding for finding in answer.document["findings"] if "allow" in finding]


# Names that governance did not make with avsctl


HOSTILE = {name: NAMES[name] for name in ("10 kB", "escapes", "markup", "directions", "no UTF-8", "newlines")}


@pytest.fixture
def stale(devnet):
    """Definitions 5 and on have hostile names and a total that is out of date."""
    for name in HOSTILE.values():
        create(devnet, name, list_=[1, 2, 4, 5, 6, 7])
    changes.unregister_l2(devnet, [devnet.operators[6].address])
    return devnet


def test_hostile_names_in_the_answers(stale, env_for):
    numbers = [str(5 + at) for at in range(len(HOSTILE))]
    for number in numbers[:2]:
        answer = ask(env_for(stale), "update", number, "--min-power", "1e18")
        assert answer.status == 0
        assert len(answer.data["calls"]) == 2
    answer = ask(env_for(stale), "refresh", *numbers)
    assert (answer.status, len(answer.data["calls"])) == (0, len(numbers))
    answer = ask_to_send(env_for(stale), "refresh", *numbers[:2])
    assert answer.status == 0
    assert [call["differences"] for call in answer.data["sent"]] == [[], []]
    assert not CONTROLS.search(answer.stdout + answer.stderr)


def test_hostile_names_at_a_terminal(devnet_v2, env_for):
    for name in HOSTILE.values():
        create(devnet_v2, name, list_=[1, 2, 4, 5, 6, 7])
    changes.unregister_l2(devnet_v2, [devnet_v2.operators[6].address])
    shown = {"update 5 --min-power 1e18": '"0123456789', "refresh --stale": r"\x1b[31mred"}
    for arguments, name in shown.items():
        out = at_terminal(env_for(devnet_v2), "task", *arguments.split())
        plain = re.sub(r"\x1b\[[0-9;]*m", "", out).replace("\r\n", "\n")
        assert not CONTROLS.search(plain)
        assert max(map(len, plain.splitlines())) <= 100
        assert plain.count("0123456789") <= 21
        assert name in plain
        assert len(plain.splitlines()) < 80
