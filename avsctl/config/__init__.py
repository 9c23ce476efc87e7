"""The settings of a command: options, environment, ``.env`` and Othentic's state file. Nothing else reads them."""

from avsctl.config.load import load_settings
from avsctl.config.secrets import SignerOptions, SignerSecret, load_signer
from avsctl.config.settings import ChainSettings, Settings, SettingsOptions, SettingSource

__all__ = [
    "ChainSettings",
    "SettingSource",
    "Settings",
    "SettingsOptions",
    "SignerOptions",
    "SignerSecret",
    "load_settings",
    "load_signer",
]
