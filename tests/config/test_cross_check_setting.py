"""Whether two endpoints are compared: option, environment, ``.env``, in this order."""

import pytest
from settings_values import ENVIRON


@pytest.mark.parametrize(
    ("environ", "env_file", "is_given", "expected"),
    [
        ({}, "", False, False),
        ({}, "", True, True),
        ({"AVSCTL_CROSS_CHECK": "1"}, "", False, True),
        ({"AVSCTL_CROSS_CHECK": " 1 "}, "", False, True),
        ({"AVSCTL_CROSS_CHECK": ""}, "AVSCTL_CROSS_CHECK=1", False, True),
        ({"AVSCTL_CROSS_CHECK": "0"}, "AVSCTL_CROSS_CHECK=1", False, False),
        ({"AVSCTL_CROSS_CHECK": "0"}, "", True, True),
    ],
)
def test_the_first_place_that_says_so(project, environ, env_file, is_given, expected):
    settings = project.env(env_file).load(ENVIRON | environ, cross_check=is_given)
    assert settings.cross_check is expected


@pytest.mark.parametrize("text", ["yes", "true", "2", "01", "-1", "1 1"])
def test_anything_else_is_told(project, text):
    (problem,) = project.problems(ENVIRON | {"AVSCTL_CROSS_CHECK": text})
    assert problem.code == "malformed_setting"
    assert problem.message == "AVSCTL_CROSS_CHECK (environment): expected 1 or 0"


def test_where_it_came_from(project):
    sources = project.load(ENVIRON, cross_check=True).provenance
    assert ("AVSCTL_CROSS_CHECK", "1", "option --cross-check") in [
        (each.name, each.shown_value, each.origin) for each in sources
    ]
