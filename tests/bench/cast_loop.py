"""The same job by a loop of ``cast call``, as a shell does it: 100 operators, once, for it takes minutes.

It asks for what every operator holds one after the other, and pins no block.
"""

import json
from collections.abc import Iterator

from avsctl.core.deployment import Generation
from tests.bench.far_devnet import ROUND_TRIP_S, far_devnet
from tests.bench.power_diff import HEADS, format_run
from tests.bench.programs import CHECKOUT

OPERATORS = 100
LOOP = """
ask_l1() { "$CAST" call "$AVS_GOVERNANCE_ADDRESS" "$@" --rpc-url "$L1_RPC"; }
ask_l2() { "$CAST" call "$@" --rpc-url "$L2_RPC"; }
obls=$(ask_l2 "$ATTESTATION_CENTER_ADDRESS" 'obls()(address)')
read -r count _ <<< "$(ask_l2 "$ATTESTATION_CENTER_ADDRESS" 'numOfTotalOperators()(uint256)')"
for id in $(seq 1 "$count"); do
  address=$(ask_l2 "$ATTESTATION_CENTER_ADDRESS" 'getOperatorPaymentDetail(uint256)(address)' "$id")
  read -r power_l2 _ <<< "$(ask_l2 "$obls" 'votingPower(uint256)(uint256)' "$id")"
  active=$(ask_l2 "$obls" 'isActive(uint256)(bool)' "$id")
  registered=$(ask_l1 'isOperatorRegistered(address)(bool)' "$address")
  read -r power_l1 _ <<< "$(ask_l1 'votingPower(address)(uint256)' "$address")"
  echo "$id $address $active $power_l2 $registered $power_l1"
done
"""


def describe() -> Iterator[str]:
    """Run avsctl and the loop on one devnet; gives one line after the other."""
    yield f"power diff by a loop of cast call, V2, nodes {ROUND_TRIP_S * 1000:.0f} ms away; once"
    yield HEADS
    with far_devnet(Generation.V2, OPERATORS) as rig:
        rig.settings["CAST"] = str(next(CHECKOUT.glob("devtools/node_modules/@foundry-rs/cast-*/bin/cast")))
        rig.run(*rig.programs["avsctl"])
        ours, answer = rig.run(*rig.programs["avsctl"])
        yield format_run(Generation.V2, OPERATORS, "avsctl", ours)
        loop, wrote = rig.run("bash", "-euc", LOOP)
        yield format_run(Generation.V2, OPERATORS, "cast", loop)
    _require_same(answer, wrote)
    yield f"avsctl takes {ours.wall_s / loop.wall_s:.4f} of its time"


def _require_same(answer: str, wrote: str) -> None:
    rows = [
        (each["operator_id"], each["address"], int(each["l2_voting_power"]), int(each["l1_voting_power"]))
        for each in json.loads(answer)["data"]["operators"]
    ]
    if rows != list(_read_loop(wrote)):
        raise SystemExit("avsctl and cast do not agree")


def _read_loop(wrote: str) -> Iterator[tuple[int, str, int, int]]:
    for line in wrote.splitlines():
        operator_id, address, active, power_l2, registered, power_l1 = line.split()
        if active == "true":
            yield int(operator_id), address, int(power_l2), int(power_l1) if registered == "true" else 0
