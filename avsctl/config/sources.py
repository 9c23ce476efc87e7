"""Where settings are looked for: option, environment, ``.env``, state file; and how what is wrong is gathered."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from avsctl.config.env_file import CODE as ENV_FILE_CODE
from avsctl.config.env_file import EnvFile, Found, read_env_file
from avsctl.config.settings import (
    ATTESTATION_CENTER_ADDRESS,
    AVS_GOVERNANCE_ADDRESS,
    AVSCTL_CROSS_CHECK,
    AVSCTL_MULTISIG,
    L1_RPC,
    L2_CHAIN,
    L2_RPC,
    OPTION_BY_NAME,
    SETTING_NAMES,
    SettingsOptions,
)
from avsctl.config.state_file import StateFile, read_state_file
from avsctl.errors import ConfigError, ConfigProblems, Problem

T = TypeVar("T")
P = ParamSpec("P")

ENVIRONMENT: Final = "environment"
MISSING: Final = "missing_setting"
MALFORMED: Final = "malformed_setting"
YES: Final = "1"
NO: Final = "0"

_EXAMPLE_BY_NAME: Final = {
    L1_RPC: "https://..",
    L2_RPC: "https://..",
    AVS_GOVERNANCE_ADDRESS: "0x..",
    ATTESTATION_CENTER_ADDRESS: "0x..",
}


@dataclass(frozen=True)
class Sources:
    """The places, in the order in which they are asked."""

    options: Mapping[str, Found]
    environment: Mapping[str, Found]
    env_file: EnvFile
    cwd: Path

    def find(self, name: str) -> Found | None:
        """Give the setting from the first place that has it; one that is empty or blank is absent."""
        return self._find(name, self.options) or self.find_below_options(name)

    def find_below_options(self, name: str) -> Found | None:
        """Give the setting as it is without the command line."""
        return self._find(name, self.environment) or self._find(name, self.env_file.found_by_name or {})

    def is_option(self, name: str) -> bool:
        """Whether a setting is given on the command line."""
        return self._find(name, self.options) is not None

    def read_state(self) -> StateFile | None:
        """Read the state file, None where there is none; raises ConfigError when it is broken."""
        return read_state_file(self.cwd)

    def missing(self, name: str, expected: str, also_looked_in: str = "") -> ConfigError:
        """Say of a setting that it is not set, where it was looked for, and how to set it."""
        option = OPTION_BY_NAME.get(name)
        env_file = self.env_file.shown if self.env_file.is_there else f"{self.env_file.shown} (no such file)"
        places = [f"option {option}" if option else "", ENVIRONMENT, env_file, also_looked_in]
        looked = ", ".join(place for place in places if place)
        hint = f"put {name}={_EXAMPLE_BY_NAME[name]} into {self.env_file.shown}"
        return ConfigError(
            f"{name} is not set: expected {expected}; looked in {looked}",
            f"{hint}, or give {option}" if option else hint,
            MISSING,
        )

    @staticmethod
    def _find(name: str, place: Mapping[str, Found]) -> Found | None:
        found = place.get(name)
        text = found.text.strip() if found else ""
        return replace(found, text=text) if found and text else None


@dataclass
class Gathered:
    """The problems met so far; a step that fails gives None, and the next one is tried."""

    problems: list[Problem] = field(default_factory=list)

    def attempt(self, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run a step; what it raises as ConfigError is kept."""
        try:
            return step(*args, **kwargs)
        except ConfigError as error:
            self.add(error)
            return None

    def add(self, error: ConfigError) -> None:
        """Keep what an error tells."""
        self.problems.extend(error.problems)

    def require_none(self) -> None:
        """Raise all problems as one error, each of them once.

        A setting is not called missing while a bad line of the ``.env`` may hold it.
        """
        has_bad_env_file = any(problem.code == ENV_FILE_CODE for problem in self.problems)
        told = [p for p in dict.fromkeys(self.problems) if not (has_bad_env_file and p.code == MISSING)]
        if told:
            raise ConfigProblems(told)


def open_sources(options: SettingsOptions, environ: Mapping[str, str], cwd: Path) -> Sources:
    """Open every place but the state file, which is read only when something is looked for there."""
    given = _list_given(options)
    return Sources(
        {name: Found(name, text, f"option {OPTION_BY_NAME[name]}") for name, text in given.items()},
        {name: Found(name, environ[name], ENVIRONMENT) for name in SETTING_NAMES if name in environ},
        _open_env_file(options.env_file, cwd),
        cwd,
    )


def find_empty_options(options: SettingsOptions) -> Iterator[Problem]:
    """Tell the options that are given an empty value, such as a script's variable that is not set."""
    for name, text in _list_given(options).items():
        if not text.strip():
            yield Problem(MALFORMED, f"{OPTION_BY_NAME[name]} is empty", "give it a value, or leave it out")


def _list_given(options: SettingsOptions) -> dict[str, str]:
    given = {
        L1_RPC: options.l1_rpc,
        L2_RPC: options.l2_rpc,
        L2_CHAIN: options.l2_chain,
        AVSCTL_MULTISIG: options.from_,
        AVSCTL_CROSS_CHECK: YES if options.cross_check else None,
    }
    return {name: text for name, text in given.items() if text is not None}


def _open_env_file(given: Path | None, cwd: Path) -> EnvFile:
    shown = ".env" if given is None else str(given)
    env_file = read_env_file(cwd / shown, shown)
    if given is None or env_file.is_there:
        return env_file
    problem = Problem(
        ENV_FILE_CODE, f"{shown} (option --env-file): no such file", "correct --env-file, or leave it out"
    )
    return replace(env_file, problems=(problem,))


def read_as(parse: Callable[[str], T], found: Found, text: str, place: str = "") -> T:
    """Parse a setting, or a part of it at ``place``; a ConfigError then names the setting and where it came from."""
    try:
        return parse(text)
    except ConfigError as error:
        where = f"{found.name} ({found.origin}{place})"
        problems = [replace(p, code=MALFORMED, message=f"{where}: {p.message}") for p in error.problems]
    raise ConfigProblems(problems)


def malformed(found: Found, expected: str, hint: str = "", place: str = "") -> ConfigError:
    """Say of a setting what was expected of it."""
    return ConfigError(f"{found.name} ({found.origin}{place}): {expected}", hint, MALFORMED)
