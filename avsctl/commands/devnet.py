"""``avsctl devnet``: a local deployment on two nodes, to try things on."""
# ruff: noqa: PLC0415 - the devnet is imported when it is started, so that help and mistakes cost nothing

import shlex
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.core.chains import chain_name
from avsctl.core.deployment import Generation
from avsctl.devnet.scenario_names import Befallen, Scenario
from avsctl.errors import UsageError
from avsctl.output.destinations import parse_file, require_apart
from avsctl.output.encode import Json
from avsctl.output.files import require_place, write_file
from avsctl.output.result import INTERRUPTED, Result
from avsctl.output.screen import Blank, Block, Line, Style

DRIFT = 8
_SCENARIOS = ", ".join(Scenario)

if TYPE_CHECKING:
    from avsctl.devnet.world import Devnet


@with_common(reads=False)
def up(  # noqa: PLR0913 - one argument an option
    common: Common,
    *,
    generation: Annotated[Generation, typer.Option("--generation", metavar="v1|v2|v3")] = Generation.V2,
    operators: Annotated[int, typer.Option("--operators", metavar="N", help="Registered on both layers.")] = 12,
    drift: Annotated[
        int | None,
        typer.Option("--drift", metavar="N", help=f"Of how many the layers differ; {DRIFT}, and none with --scenario."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same devnet.")] = 1,
    scenario: Annotated[
        Scenario | None,
        typer.Option("--scenario", metavar="NAME", help=f"A cause of drift, as power explain tells it: {_SCENARIOS}."),
    ] = None,
    no_multicall: Annotated[bool, typer.Option("--no-multicall", help="Leave Multicall3 out.")] = False,
    l1_port: Annotated[int | None, typer.Option("--l1-port", metavar="P", help="Else a free one.")] = None,
    l2_port: Annotated[int | None, typer.Option("--l2-port", metavar="P", help="Else a free one.")] = None,
    env_out: Annotated[
        str | None, typer.Option("--env-out", metavar="FILE", help="Write a .env that avsctl reads it with.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file of --env-out.")] = False,
) -> None:
    """Run both layers locally, with operators and drift planted by seed, until Ctrl-C."""
    from avsctl.devnet.launch import DevnetSettings, start
    from avsctl.devnet.world import env_file

    path = _parse_env_out(common, env_out, overwrite=overwrite)
    settings = DevnetSettings(
        generation=generation,
        operators=operators,
        drift=(DRIFT if scenario is None else 0) if drift is None else drift,
        seed=seed,
        has_multicall=not no_multicall,
        l1_port=l1_port,
        l2_port=l2_port,
        scenario=scenario,
    )
    with start(settings) as devnet:
        if path is not None:
            write_file(path, env_file(devnet), is_new=not overwrite)
        common.deliver(_present(devnet, path, scenario))
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None


def _parse_env_out(common: Common, text: str | None, *, overwrite: bool) -> Path | None:
    if text is None:
        if overwrite:
            raise UsageError("--overwrite is for the file of --env-out", "give --env-out FILE, or leave it out")
        return None
    path = parse_file(text, "--env-out").absolute()
    if text == "-":
        raise UsageError("--env-out takes a file, not stdout", "name a file, such as devnet.env")
    require_place(path)
    require_apart(common.destinations, path, "--env-out")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is there already", "--overwrite replaces it")
    return path


def _present(devnet: "Devnet", env_out: Path | None, scenario: Scenario | None) -> Result:
    from avsctl.devnet.world import environment

    data: dict[str, Json] = {
        "generation": devnet.generation.value,
        "environment": dict(environment(devnet)),
        "l1_pid": devnet.l1_pid,
        "l2_pid": devnet.l2_pid,
        "drift": [
            {"kind": each.kind.value, "address": each.address, "operator_id": each.operator_id} for each in devnet.drift
        ],
    }
    if scenario is not None:
        data["scenario"] = {"name": scenario.value, "operators": [_encode(each) for each in devnet.befallen]}
    return Result("devnet up", data, screen=_screen(devnet, env_out, scenario))


def _encode(befallen: Befallen) -> Json:
    causes = [cause.value for cause in befallen.causes]
    return {"operator_id": befallen.operator_id, "address": befallen.address, "causes": causes}


def _screen(devnet: "Devnet", env_out: Path | None, scenario: Scenario | None) -> tuple[Block, ...]:
    from avsctl.devnet.world import environment

    count = len(devnet.operators)
    operators = f"{count} operator{'' if count == 1 else 's'}"
    head = f"{devnet.generation.upper()} devnet: {operators}, {len(devnet.drift)} of them drifted"
    settings = [Line(f"{name}={value}", indent=2, is_verbatim=True) for name, value in environment(devnet).items()]
    source = f"--env-file {shlex.quote(str(env_out))}" if env_out else "with these settings in .env or the environment"
    tried = "power diff" if scenario is None else "power explain"
    return (
        Line(head, Style.HEAD),
        Line(f"L1 {chain_name(devnet.l1_chain_id)} and L2 {chain_name(devnet.l2_chain_id)}, until Ctrl-C"),
        *([] if scenario is None else [Line(_tell_scenario(devnet, scenario))]),
        Blank(),
        *settings,
        Blank(),
        Line(f"Try it {'' if env_out else source + ' '}in another terminal:"),
        Line(f"avsctl {tried}{' ' + source if env_out else ''}", indent=2, is_verbatim=True),
    )


def _tell_scenario(devnet: "Devnet", scenario: Scenario) -> str:
    whom = [each.address if each.operator_id is None else str(each.operator_id) for each in devnet.befallen]
    return f"scenario {scenario}, befalling operator{'' if len(whom) == 1 else 's'} {', '.join(whom)}"
