"""A project directory, and settings loaded from it."""

import json

import pytest

from avsctl.config import SettingsOptions, load_settings
from avsctl.core.deployment import Layer
from avsctl.errors import ConfigError

BOTH = frozenset(Layer)


class Project:
    """An Othentic project in a directory of its own."""

    def __init__(self, path):
        self.path = path

    def env(self, text, name=".env"):
        (self.path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def state(self, content):
        (self.path / ".othentic").mkdir(exist_ok=True)
        raw = content if isinstance(content, bytes | str) else json.dumps(content)
        (self.path / ".othentic/state.output.json").write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return self

    def load(self, environ=None, *, needs=BOTH, **options):
        return load_settings(SettingsOptions(**options), environ or {}, self.path, needs=needs)

    def problems(self, environ=None, *, needs=BOTH, **options):
        with pytest.raises(ConfigError) as caught:
            self.load(environ, needs=needs, **options)
        return caught.value.problems

    def messages(self, environ=None, *, needs=BOTH, **options):
        return [problem.message for problem in self.problems(environ, needs=needs, **options)]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)
