"""Reads all settings of a command at once, and tells everything that is wrong with them at once."""

from collections.abc import Mapping
from pathlib import Path

from avsctl.config.addresses import Located, read_item, read_setting
from avsctl.config.items import find_items
from avsctl.config.layer import LayerSettings, load_layer
from avsctl.config.settings import (
    AVSCTL_CROSS_CHECK,
    AVSCTL_MULTISIG,
    INTERNAL_TASKS,
    L1_NAMES,
    L2_NAMES,
    Settings,
    SettingsOptions,
    SettingSource,
)
from avsctl.config.sources import NO, YES, Gathered, Sources, find_empty_options, malformed, open_sources, read_as
from avsctl.core.deployment import Layer
from avsctl.core.internal_tasks import InternalTaskSetting, parse_internal_tasks
from avsctl.errors import AvsctlError


def load_settings(
    options: SettingsOptions, environ: Mapping[str, str], cwd: Path, *, needs: frozenset[Layer]
) -> Settings:
    """Load the settings of a command.

    Args:
        options: what the command line gives; it goes before everything else.
        environ: the environment, which goes before ``.env``.
        cwd: the directory of ``.env`` and ``.othentic``.
        needs: the layers that the command cannot do without; the L2 is always one of them.

    Raises:
        ConfigProblems: settings are missing or wrong; all of them are told.
    """
    sources = open_sources(options, environ, cwd)
    gathered = Gathered([*find_empty_options(options), *sources.env_file.problems])
    l1 = load_layer(sources, L1_NAMES, gathered, is_required=Layer.L1 in needs)
    l2 = load_layer(sources, L2_NAMES, gathered, is_required=True)
    multisig = gathered.attempt(_find_multisig, sources, l2)
    tasks = gathered.attempt(_find_internal_tasks, sources)
    cross_check = gathered.attempt(_find_cross_check, sources)
    gathered.require_none()
    if l2.chain is None or l2.contract is None:
        raise AvsctlError("settings of the L2 are neither there nor missed")
    chains = [chain for chain in (l1.chain, l2.chain) if chain]
    located = [place for place in (l1.contract, l2.contract, multisig) if place]
    return Settings(
        l1=l1.chain,
        l2=l2.chain,
        avs_governance=l1.contract.address if l1.contract else None,
        attestation_center=l2.contract.address,
        multisig=multisig.address if multisig else None,
        internal_tasks=tasks[0] if tasks else None,
        cross_check=cross_check is not None and cross_check.shown_value == YES,
        provenance=(
            *(source for chain in chains for source in chain.sources),
            *(place.source for place in located),
            *([tasks[1]] if tasks else []),
            *([cross_check] if cross_check else []),
        ),
    )


def _find_multisig(sources: Sources, l2: LayerSettings) -> Located | None:
    items = find_items(sources, AVSCTL_MULTISIG)
    if items is None:
        return None
    if l2.is_settled:
        return read_setting(items, l2.choice)
    for item in items.items:
        read_item(items, item)
    return None


def _find_internal_tasks(sources: Sources) -> tuple[tuple[InternalTaskSetting, ...], SettingSource] | None:
    found = sources.find(INTERNAL_TASKS)
    if found is None:
        return None
    tasks = read_as(parse_internal_tasks, found, found.text)
    shown = ", ".join(f"{task.name} {task.interval_ms} ms" for task in tasks) or "none"
    return tasks, SettingSource(INTERNAL_TASKS, shown, found.origin)


def _find_cross_check(sources: Sources) -> SettingSource | None:
    found = sources.find(AVSCTL_CROSS_CHECK)
    if found is None:
        return None
    if found.text not in (YES, NO):
        raise malformed(found, f"expected {YES} or {NO}", f"{YES} compares two endpoints of each chain, {NO} does not")
    return SettingSource(AVSCTL_CROSS_CHECK, found.text, found.origin)
