"""``--ci github`` on real nodes: annotations, the summary of the step, and stdout and status as without it."""

import json

import pytest
from commandline import run, spawn
from github_runner import commands_in
from test_cli_tasks import create

from avsctl.output.github import SUMMARY_BYTES_MAX

LEVELS = {"critical": "error", "warning": "warning", "info": "notice"}
NAMES = (
    b"::error::x",
    b"##[add-mask]y",
    b"a\n::stop-commands::z",
    b"%0A::set-output name=a::b",
    b"::error::" + b"x" * 9000,
)


@pytest.fixture
def in_github(tmp_path):
    """Give the settings of a step of GitHub Actions, without and with what the runner sets, and its summary."""
    summary = tmp_path / "summary.md"
    summary.write_text("what an earlier command wrote\n")
    return summary, {"GITHUB_STEP_SUMMARY": str(summary)}


def annotations(answer):
    return [line for line in answer.stderr.splitlines() if line.startswith("::")]


def written(summary):
    before, text = summary.read_text().split("\n", 1)
    assert before == "what an earlier command wrote"
    return text


def test_the_doctor_annotates_each_finding_and_sums_up(devnet_v2, env_for, in_github):
    summary, step = in_github
    answer = run(env_for(devnet_v2) | step, "doctor", "--ci", "github", "--fail-on", "critical", "-o", "json")
    findings = answer.document["findings"]
    kinds = [(line.split(" ")[0], line.split("avsctl ")[1].split("::")[0]) for line in annotations(answer)]
    assert kinds == [(f"::{LEVELS[each['severity']]}", each["code"]) for each in findings]
    assert commands_in(answer.stdout) == []
    text, blocks = written(summary), answer.document["blocks"]
    assert text.startswith("\n### avsctl doctor: status 3\n")
    assert "(`--fail-on critical`)" in text
    assert all(blocks[layer]["hash"] in text for layer in ("l1", "l2"))
    assert "| sync\\_needs\\_departed |" in text
    assert text.count("| health |") == sum(each["group"] == "health" for each in answer.data["checks"])


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_stdout_and_status_are_the_same_with_and_without(devnet_v2, env_for, in_github, form):
    summary, step = in_github
    settings = env_for(devnet_v2) | step
    words = ("power", "diff", "-o", form)
    without = run(settings, *words)
    answers = [
        run(settings, *words, "--ci", "github"),
        run(settings | {"GITHUB_ACTIONS": "true"}, *words),
        run(settings | {"GITHUB_STEP_SUMMARY": "/no/such/folder/x"}, *words, "--ci", "github"),
    ]
    assert {(each.status, each.stdout) for each in answers} == {(without.status, without.stdout)}
    assert [bool(annotations(each)) for each in answers] == [True, True, True]
    assert "no step summary: the file that GITHUB_STEP_SUMMARY names cannot be written" in answers[2].stderr
    assert annotations(without) == []
    assert written(summary).count("### avsctl power diff: status 3") == 2
    off = run(settings | {"GITHUB_ACTIONS": "true"}, *words, "--ci", "none")
    assert off == without


def test_names_from_the_chain_are_no_commands(devnet_v2, env_for, in_github):
    summary, step = in_github
    ids = [create(devnet_v2, name) for name in NAMES]
    for form in ("table", "json", "csv", "markdown"):
        for words in (
            ("task", "list"),
            *((("task", "show", str(i)) for i in ids) if form in ("table", "json") else ()),
        ):
            answer = run(env_for(devnet_v2) | step, *words, "-o", form, "--ci", "github")
            assert commands_in(answer.stdout) == []
            assert set(commands_in(answer.stderr)) <= {"error", "warning", "notice"}
            assert len(commands_in(answer.stderr)) == len(annotations(answer))
    text = written(summary)
    assert commands_in(text) == []
    assert r"\\x3a:error::x" in text
    listed = run(env_for(devnet_v2), "task", "list", "-o", "json").data["task_definitions"]
    assert next(each["name"] for each in listed if each["task_definition_id"] in ids) == "::error::x"


def test_what_ends_a_command_is_annotated_too(devnet_v2, env_for, in_github):
    summary, step = in_github
    settings = env_for(devnet_v2) | step | {"L2_RPC": "http://127.0.0.1:1/hidden"}
    down = run(settings, "power", "diff", "--ci", "github", "--timeout", "1")
    assert (down.status, [line.partition("::")[0] for line in annotations(down)]) == (5, [""])
    assert annotations(down)[0].startswith("::error title=avsctl endpoint::L2")
    wrong = run(env_for(devnet_v2) | step, "power", "diff", "--fail-on", "all", "--ci=github")
    assert (wrong.status, commands_in(wrong.stderr)) == (2, ["error"])
    automatic = run(settings | {"GITHUB_ACTIONS": "true"}, "power", "diff", "--min-bps", "-1", "-o", "json")
    assert (automatic.status, commands_in(automatic.stderr)) == (2, ["error"])
    text = written(summary)
    assert [line for line in text.splitlines() if line.startswith("### ")] == [
        f"### avsctl power diff: status {status}" for status in (5, 2, 2)
    ]
    assert "hidden" not in text + down.stderr


def test_commands_that_check_nothing_know_no_ci(env_for, devnet_v2, in_github):
    summary, step = in_github
    settings = env_for(devnet_v2) | step | {"GITHUB_ACTIONS": "true"}
    answer = run(settings, "task", "set-max-attesters", "1", "2", "-o", "json")
    assert annotations(answer) == []
    assert annotations(run(settings, "task", "set-max-attesters", "1", "-1")) == []
    assert written(summary) == ""


def test_the_real_program_keeps_to_what_a_step_holds(devnet_v1, env_for, in_github):
    summary, step = in_github
    with summary.open("a") as file:
        file.write("x" * (SUMMARY_BYTES_MAX - 600))
    answer = spawn(env_for(devnet_v1) | step | {"GITHUB_ACTIONS": "true"}, "power", "diff", "-o", "json")
    assert (answer.status, json.loads(answer.stdout)["command"]) == (3, "power diff")
    assert [line.split(" ")[0] for line in answer.stderr.splitlines()] == ["::warning"]
    assert SUMMARY_BYTES_MAX - 300 < summary.stat().st_size <= SUMMARY_BYTES_MAX
    assert summary.read_text().endswith("_The rest is cut: the summary of a step holds 1 MiB._\n")
