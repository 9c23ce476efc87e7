"""The command line: which commands there are, and the one place that turns an answer or an error into a status.

Only the command that is called is imported, so that help, versions and mistakes cost nothing.
"""

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Final

import typer

from avsctl import __version__
from avsctl.commands.arguments import find_values
from avsctl.commands.options import Answer
from avsctl.commands.plain import PLAIN, PlainCommand, is_completing, read_completed, say_wanted
from avsctl.commands.prompts import Declined
from avsctl.commands.read_files import spare
from avsctl.errors import AvsctlError, Problem, UsageError
from avsctl.output.ci import Ci, choose_ci
from avsctl.output.destinations import (
    STDOUT_TABLE,
    Destination,
    parse_destination,
)
from avsctl.output.log import LogFormat, configure_logging
from avsctl.output.result import INTERRUPTED, FailOn, Result, failure
from avsctl.output.text import escape, mask


@dataclass(frozen=True)
class Command:
    """A command as the help of its noun lists it, and where it is."""

    path: str
    """Noun and verb, or a noun that is a command by itself."""
    place: str
    """Module and function, ``avsctl.commands.power:diff``."""
    summary: str
    example: str


COMMANDS: Final = (
    Command("doctor", "avsctl.commands.doctor:doctor", "Check set-up and health; the gate for CI.", "avsctl doctor"),
    Command(
        "power diff", "avsctl.commands.power:diff", "Compare voting power on L1 and L2.", "avsctl power diff --all"
    ),
    Command(
        "power history",
        "avsctl.commands.power_history:history",
        "Show the syncs that landed, and how L1 and L2 stood at each.",
        "avsctl power history --last 20",
    ),
    Command(
        "power explain",
        "avsctl.commands.power_explain:explain",
        "Say why the powers of L1 and L2 differ, and what mends it.",
        "avsctl power explain 10 12",
    ),
    Command(
        "power watch",
        "avsctl.commands.power_watch:watch",
        "Compare voting power at an interval, and tell what changes.",
        "avsctl power watch --interval 30s --until-sync",
    ),
    Command(
        "operator list", "avsctl.commands.operator:list_operators", "List the operators.", "avsctl operator list -o csv"
    ),
    Command("operator show", "avsctl.commands.operator:show_operator", "Show one operator.", "avsctl operator show 3"),
    Command("task list", "avsctl.commands.task:list_tasks", "List the task definitions.", "avsctl task list"),
    Command("task show", "avsctl.commands.task:show_task", "Show one task definition.", "avsctl task show 3"),
    Command(
        "task create",
        "avsctl.commands.task_changes:create",
        "Prepare a new task definition.",
        "avsctl task create --name price-feed --restricted 4,5,6",
    ),
    Command(
        "task update",
        "avsctl.commands.task_changes:update",
        "Prepare a change of a task definition.",
        "avsctl task update 3 --min-power 500e18 --max-attesters 4",
    ),
    Command(
        "task set-max-attesters",
        "avsctl.commands.task_changes:set_max_attesters",
        "Prepare a change of the maximum number of attesters.",
        "avsctl task set-max-attesters 3 4",
    ),
    Command(
        "task refresh",
        "avsctl.commands.task_changes:refresh",
        "Prepare the recount of stale totals.",
        "avsctl task refresh --stale",
    ),
    Command(
        "restricted list",
        "avsctl.commands.restricted:list_restricted",
        "List the definitions with a restricted operator set.",
        "avsctl restricted list --task 3",
    ),
    Command(
        "internal status",
        "avsctl.commands.internal:status",
        "Show when the internal tasks ran and are due, and why none lands.",
        "avsctl internal status",
    ),
    Command(
        "internal run",
        "avsctl.commands.internal_run:run",
        "Rehearse the internal tasks on schedule, and submit none.",
        "avsctl internal run --once",
    ),
    Command(
        "attest propose",
        "avsctl.commands.attest:propose",
        "Give the update that an honest performer broadcasts.",
        "avsctl attest propose --out update.json",
    ),
    Command(
        "attest simulate",
        "avsctl.commands.attest:simulate",
        "Foresee what becomes of a proposed update.",
        "avsctl attest simulate --offline 12",
    ),
    Command("safe show", "avsctl.commands.safe:show", "Show a Safe, and what it runs.", "avsctl safe show"),
    Command(
        "safe hash",
        "avsctl.commands.safe_hash:hash_file",
        "Hash the Safe transaction that a file makes, for a device.",
        "avsctl safe hash task3.json --typed-data",
    ),
    Command(
        "safe verify",
        "avsctl.commands.safe_verify:verify",
        "Hold a batch file to the chain before it is signed.",
        "avsctl safe verify task3.json",
    ),
    Command(
        "tx decode",
        "avsctl.commands.tx:decode",
        "Tell calldata, reverts, errors and batch files in words.",
        "avsctl tx decode 0x5fdd0ac7",
    ),
    Command(
        "safe sign",
        "avsctl.commands.safe_sign:sign",
        "Sign the Safe transaction that a file makes, as an owner.",
        "avsctl safe sign task3.json --out alice.sig --keystore alice.json",
    ),
    Command(
        "safe exec",
        "avsctl.commands.safe_exec:execute",
        "Execute it with the signatures of its owners.",
        "avsctl safe exec task3.json --signature a.sig --signature b.sig",
    ),
    Command("devnet up", "avsctl.commands.devnet:up", "Run both layers locally.", "avsctl devnet up --drift 5"),
    Command(
        "devnet attest",
        "avsctl.commands.devnet_attest:attest",
        "Sign a proposal with a devnet's keys and land it.",
        "avsctl devnet attest update.json --attesters 1,2,3",
    ),
    Command("demo", "avsctl.commands.demo:demo", "Tour the commands against a devnet.", "avsctl demo"),
)
NOUNS: Final = {
    "power": "Voting power on L1 and L2.",
    "operator": "Operators of the AVS.",
    "task": "Task definitions: read them, change them, see whether each can reach consensus.",
    "restricted": "Task definitions with a restricted operator set.",
    "internal": "Internal tasks: the syncs that an aggregator runs by itself.",
    "attest": "Updates of the internal tasks: propose one, and foresee what becomes of it.",
    "safe": "The governance multisig: prepare, verify, sign and execute its transactions.",
    "tx": "Transactions and errors in words.",
    "devnet": "A local deployment to try things on.",
}


@dataclass(frozen=True)
class Asked:
    """What a command line asks for, as far as it can be told without understanding it."""

    command: str = "avsctl"
    destinations: tuple[Destination, ...] = (STDOUT_TABLE,)
    log_format: LogFormat = LogFormat.TEXT
    ci: Ci | None = None
    """None where the command line does not say."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    asked = read_asked(read_completed(os.environ) if is_completing(os.environ) else arguments)
    _open_streams()
    configure_logging(sys.stderr, asked.log_format)
    try:
        returned = _run(arguments, asked.command)
        return _deliver(returned) if isinstance(returned, Answer) else returned
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # typer's end where nobody reads the help any more
            return 0
        return error.code if isinstance(error.code, int) else 1
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place to tell what went wrong
        failed = _failed(asked.command, error)
        return _deliver(Answer(failed, spare(asked.destinations, arguments), FailOn.NEVER, _find_ci(asked)))


def build_app(called: str) -> typer.Typer:
    """Build the typer app; only the command ``called`` is imported, of the others only the summary is known."""
    app = typer.Typer(name="avsctl", help=_root.__doc__, **{**PLAIN, "add_completion": True})
    app.callback()(_root)
    groups = {noun: typer.Typer(name=noun, help=summary, **PLAIN) for noun, summary in NOUNS.items()}
    for command in COMMANDS:
        noun, _, verb = command.path.partition(" ")
        home = groups[noun] if verb else app
        summary = None if command.path == called else command.summary
        function = _load(command) if command.path == called else _not_called
        home.command(verb or noun, cls=PlainCommand, help=summary, epilog=f"Example: {command.example}")(function)
    for group in groups.values():
        app.add_typer(group)
    return app


def read_asked(arguments: Sequence[str]) -> Asked:
    """Find the command, the outputs and the log format in arguments that may be wrong elsewhere."""
    words = [argument for argument in arguments if not argument.startswith("-")][:2]
    paths = {command.path for command in COMMANDS} | set(NOUNS)
    command = next((path for path in (" ".join(words), *words[:1]) if path in paths), "avsctl")
    formats = find_values(arguments, "--log-format")
    destinations = tuple(dict.fromkeys(_known_destinations(find_values(arguments, "--output", "-o"))))
    is_json = LogFormat.JSON in formats
    log_format = LogFormat.JSON if is_json else LogFormat.TEXT
    ci = next((each for each in Ci if each in find_values(arguments, "--ci")), None)
    return Asked(command, destinations or (STDOUT_TABLE,), log_format, ci)


def _run(arguments: Sequence[str], called: str) -> Answer | int:
    """Let typer run the command line; gives a status where there is no answer, as after ``--help``."""
    asks_nothing = not arguments or (len(arguments) == 1 and arguments[0] in NOUNS)
    words = [*arguments, "--help"] if asks_nothing else arguments
    returned = build_app(called)(words, prog_name="avsctl", standalone_mode=False)
    if returned == INTERRUPTED:  # what typer makes of a KeyboardInterrupt
        raise KeyboardInterrupt
    return returned if isinstance(returned, Answer) else int(returned or 0)


def _show_version(value: bool) -> None:  # noqa: FBT001 - typer's callback
    if value:
        typer.echo(f"avsctl {__version__}")
        raise typer.Exit


def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Admin toolkit for an AVS on the Othentic Stack: reads both chains and says what is wrong, and why."""


def _not_called() -> None:
    """Stand in for a command that this command line does not call."""


def _load(command: Command) -> Callable[..., Answer]:
    module, _, function = command.place.partition(":")
    loaded: Callable[..., Answer] = getattr(import_module(module), function)
    return loaded


def _known_destinations(texts: Sequence[str]) -> Iterator[Destination]:
    for text in texts:
        with suppress(UsageError):
            yield parse_destination(text)


def _failed(command: str, error: BaseException) -> Result:
    """Turn whatever ended a command into the result that tells it."""
    if isinstance(error, Declined):
        return Result(
            command, {}, errors=(Problem("declined", f"declined; nothing was {error.undone}"),), status=INTERRUPTED
        )
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Result(command, {}, errors=(Problem("interrupted", "interrupted"),), status=INTERRUPTED)
    if isinstance(error, typer.TyperException):
        return failure(command, _usage_error(error))
    if isinstance(error, OSError) and (problems := _stdout_problems()):
        return failure(command, UsageError(problems[0].message))
    _trace(error)
    if isinstance(error, UsageError):
        return failure(command, _masked(error))
    return failure(command, error if isinstance(error, AvsctlError) else _own_fault(error))


def _usage_error(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "avsctl"
    commands = ", ".join(getattr(context.command, "commands", {}) if context else {})
    option = getattr(error, "option_name", "")
    message = say_wanted(error) or error.format_message().replace("Value error, ", "")
    if commands:
        hint = f"options stand after the command, one of {commands}" if option else f"the commands are {commands}"
    else:
        hint = "no argument is below 0: ids are from 1" if option[1:].isdigit() else ""
    return UsageError(mask(message), f"{hint}; see {path} --help" if hint else f"see {path} --help")


def _masked(error: UsageError) -> UsageError:
    """Free a message of secrets that an argument put in the wrong place may hold."""
    (problem,) = error.problems
    return UsageError(mask(problem.message), mask(problem.hint), problem.code)


def _own_fault(error: BaseException) -> AvsctlError:
    """Name the type and the place of an unforeseen error, never its text, which may hold anything."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    named = [(frame.f_globals.get("__name__", ""), frame.f_lineno) for frame in frames]
    module, line = next((each for each in reversed(named) if each[0].startswith("avsctl.")), ("avsctl", 0))
    return AvsctlError(
        f"avsctl itself is at fault: {type(error).__name__} in {module}, line {line}",
        "AVSCTL_DEBUG=1 shows the traceback; please report it",
    )


def _trace(error: BaseException) -> None:
    if os.environ.get("AVSCTL_DEBUG"):
        for line in "".join(traceback.format_exception(error)).splitlines():
            sys.stderr.write(f"{escape(mask(line))}\n")


def _stdout_problems() -> tuple[Problem, ...]:
    from avsctl.output.delivery import close_stdout, explain_stdout  # noqa: PLC0415 - rarely needed

    return explain_stdout(close_stdout())


def _deliver(answer: Answer) -> int:
    from avsctl.output.delivery import deliver  # noqa: PLC0415 - needed once there is an answer

    return deliver(answer.result, answer.destinations, answer.fail_on, answer.ci) if answer.result else 0


def _find_ci(asked: Asked) -> Ci:
    """Give the CI that is told of what ended a command: as asked for, else as a command that has ``--ci`` chooses."""
    places = (each.place.partition(":") for each in COMMANDS if each.path == asked.command)
    loaded = (getattr(sys.modules.get(module), function, None) for module, _, function in places)
    has_option = any(each is not None and "ci" in inspect.signature(each).parameters for each in loaded)
    return choose_ci(asked.ci, os.environ if has_option else {})


def _open_streams() -> None:
    """Stand in for a stream that the caller closed (``>&-``)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
