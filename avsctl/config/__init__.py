"""The settings of a command: options, environment, ``.env`` and Othentic's state file. Nothing else reads them."""

from avsctl.config.load import load_settings
from avsctl.config.settings import ChainSettings, Settings, SettingsOptions, SettingSource

__all__ = [
    "ChainSettings",
    "SettingSource",
    "Settings",
    "SettingsOptions",
    "load_settings",
]
