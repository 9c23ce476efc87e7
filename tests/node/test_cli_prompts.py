"""What a writing command asks for at a terminal, and what it does without one."""

import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest
from commandline import EMPTY, process_environment, run
from test_cli_traps import MULTISIG_KEY

from avsctl.devnet import rpc
from avsctl.devnet.rpc import calldata

CREATE = ("task", "create", "--send", "--key-env", "PROMPT_KEY")
ASKS_NAME, ASKS_TO_SEND = "Name of the task definition: ", "[y/N]: "
PREVIEWED = "\nNot sent yet.\n"
END_OF_INPUT = "\x04"
INTERRUPT = None
SECONDS = 30


@pytest.fixture
def settings(devnet_v2, env_for):
    return env_for(devnet_v2) | {"PROMPT_KEY": MULTISIG_KEY}


def count(devnet):
    answer = rpc.read(devnet.l2_url, devnet.contracts.attestation_center, calldata("numOfTaskDefinitions()"))
    return int.from_bytes(answer)


def talk(settings, arguments, *exchanges, has_pipe=True):
    """Run a command with stdin and stderr at a terminal and stdout in a pipe; types each answer once it is asked for.

    Gives status, stdout, and what the terminal showed; without a pipe stdout is at the terminal, too.
    """
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "avsctl", *arguments]
    streams = {"stdin": theirs, "stderr": theirs, "stdout": subprocess.PIPE if has_pipe else theirs}
    with subprocess.Popen(
        command, env=process_environment(settings), cwd=EMPTY, start_new_session=True, **streams
    ) as process:
        os.close(theirs)
        try:
            shown = ""
            for question, answer in exchanges:
                shown += read_until(ours, question)
                if answer is INTERRUPT:
                    process.send_signal(signal.SIGINT)
                else:
                    os.write(ours, answer.encode())
            shown += read_until(ours, None)
            out = process.stdout.read().decode() if has_pipe else ""
        finally:
            process.kill()
            os.close(ours)
    return process.returncode, out, shown.replace("\r\n", "\n")


def read_until(terminal, text):
    """Read until a text is shown; None reads to the end."""
    shown, deadline = "", time.monotonic() + SECONDS
    while text is None or text not in shown:
        assert time.monotonic() < deadline, shown
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:  # nobody has the terminal open any more
            assert text is None, shown
            break
    return shown


def test_what_is_missing_is_asked_for_and_nothing_is_sent_without_a_yes(devnet_v2, settings):
    before = count(devnet_v2)
    status, out, shown = talk(settings, CREATE, (ASKS_NAME, "price feed\n"), (ASKS_TO_SEND, "\n"))
    assert (status, count(devnet_v2)) == (130, before)
    assert 'New task, expected id 5, "price feed"' in shown
    assert PREVIEWED in shown
    assert "nothing was written" not in shown.lower()
    assert shown.endswith("error: declined; nothing was sent\n")
    assert "price feed" not in out
    status, out, shown = talk(settings, CREATE, (ASKS_NAME, "price feed\n"), (ASKS_TO_SEND, "y\n"))
    assert (status, count(devnet_v2)) == (0, before + 1), shown
    assert '"price feed"' in out
    assert MULTISIG_KEY[2:] not in out + shown


@pytest.mark.parametrize("answer", [END_OF_INPUT, INTERRUPT], ids=["end", "interrupt"])
@pytest.mark.parametrize("question", [ASKS_NAME, ASKS_TO_SEND], ids=["name", "send"])
def test_a_question_that_is_not_answered_ends_the_command(devnet_v2, settings, question, answer):
    before = count(devnet_v2)
    exchanges = [(ASKS_NAME, "x\n"), (ASKS_TO_SEND, answer)] if question == ASKS_TO_SEND else [(ASKS_NAME, answer)]
    status, _, shown = talk(settings, CREATE, *exchanges)
    assert (status, count(devnet_v2)) == (130, before), shown
    assert shown.endswith("\nerror: interrupted\n")
    assert "Traceback" not in shown


def test_the_question_names_calls_chain_and_sender_and_what_it_costs(devnet_v2, settings):
    _, _, shown = talk(settings, CREATE, (ASKS_NAME, "x\n"), (ASKS_TO_SEND, "n\n"))
    *_, gas, cost, question, _ = shown.splitlines()
    assert question.startswith(f"Send 1 call on chain {devnet_v2.l2_chain_id} from {devnet_v2.multisig}? [y/N]: ")
    coin = "~?[0-9]+(?:[.][0-9]{1,6}|[.]0+[1-9][0-9]{0,5})?"
    assert re.fullmatch(f"note: gas limit [0-9]+ at up to {coin} gwei", gas)
    assert re.fullmatch(f"note: the call costs up to {coin} of the chain's coin, of {coin} held", cost)
    assert max(len(gas), len(cost)) <= 100


def test_what_was_shown_before_the_question_does_not_come_again(devnet_v2, settings):
    arguments = ("task", "update", "2", "--min-power", "100e18", "--send", "--key-env", "PROMPT_KEY")
    status, _, shown = talk(settings, arguments, (ASKS_TO_SEND, "y\n"), ("Send all 2? [y/N]: ", "y\n"), has_pipe=False)
    assert status == 0, shown
    before, end = shown.split("Send all 2? [y/N]: ")
    assert before.count("As the governance multisig") == before.count(PREVIEWED) == 1
    assert "dead_between" in before
    end = re.sub("0x[0-9a-f]{64}", "HASH", re.sub(r"\x1b\[[0-9;]*m", "", end))
    landed = "     landed in block N, gas N; the state after it equals the simulated one\n"
    sending = "note: sending HASH\n"
    assert re.sub("(block|gas) [0-9]+", r"\1 N", end) == (
        f"y\n{sending}{sending}Sent 2 calls.\n  1  HASH\n{landed}  2  HASH\n{landed}"
    )


def test_a_pipe_has_the_whole_after_a_question(devnet_v2, settings):
    arguments = ("task", "set-max-attesters", "4", "8", "--send", "--key-env", "PROMPT_KEY")
    status, out, shown = talk(settings, arguments, (ASKS_TO_SEND, "y\n"))
    assert (status, shown.count("As the governance multisig"), out.count("As the governance multisig")) == (0, 1, 1)
    assert "\nSent 1 call.\n" in out
    status, out, shown = talk(
        settings, (*arguments[:3], "9", *arguments[4:], "-q"), (ASKS_TO_SEND, "y\n"), has_pipe=False
    )
    assert (status, shown.count("As the governance multisig")) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create",), "--name is missing"),
        (("update", "--min-power", "1e18"), "ID is missing"),
        (("set-max-attesters", "2"), "N is missing"),
        (("refresh",), "ID is missing"),
        (("create", "--name", "x", "--send", "--key-env", "PROMPT_KEY"), "--send cannot ask for confirmation"),
        (("create", "--name", "x", "--send", "--keystore", "k"), "the keystore's password cannot be asked for"),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else None,
)
def test_without_a_terminal_nothing_is_asked_and_nothing_read(arguments, message):
    answer = run({}, "task", *arguments, "-o", "json")
    assert answer.status == 2
    assert message in answer.problems[0]
