"""What a run over faulty endpoints may end in: the right answer, one that says what it lacks, a documented error."""

from avsctl.chain.fake import Mishap

LAYERS = ("l1", "l2")
CHANGES = ("a node behind", "another chain", "a reorganisation")
MISREAD = {"wrong_chain", "no_code", "wrong_contract", "unknown_generation"}
"""What status 2 says of an endpoint that answers consistently as another chain does."""


def told(document):
    """Give an answer without what it says of how the endpoints did."""
    findings = [
        each for each in document["findings"] if each["subject"] not in LAYERS and "/***" not in each["subject"]
    ]
    data = document["data"]
    if document["command"] == "doctor":
        checks = [each for each in data.get("checks", []) if each["group"] != "setup"]
        data = data | {"endpoints": [], "settings": [], "checks": checks}
    about = {name: document[name] for name in ("command", "deployment", "blocks", "errors")}
    return about | {"data": data, "findings": findings}


def says_less(got, want):
    """Whether an answer leaves out what logs and old states tell, with the finding that says so, and nothing else."""
    if got["command"] not in ("power diff", "power explain") or got == want:
        return False
    codes = {finding["code"] for finding in got["findings"]}
    rows, expected = ({row["address"]: row for row in each["data"]["operators"]} for each in (got, want))
    if got["command"] == "power diff":
        is_said = "operators_unknown_to_l2" in codes and set(got["data"]["totals"].values()) >= {None}
        return is_said and all(row == expected[address] for address, row in rows.items())
    is_said = all(row == expected[address] or row["not_told_apart"] for address, row in rows.items())
    has_numbers = {at: row["delta"] for at, row in rows.items()} == {at: row["delta"] for at, row in expected.items()}
    return "causes_not_told_apart" in codes and is_said and has_numbers


def check_problem(kind, status, problem, masked):
    """See that a problem names the endpoint by its masked URL, the method and a remedy."""
    assert problem["hint"]
    if status == 2:
        assert problem["code"] in MISREAD
        assert kind in ("another chain", Mishap.NO_DATA, Mishap.EXCHANGED)
        return
    assert masked in problem["message"]
    assert "eth_" in problem["message"]
