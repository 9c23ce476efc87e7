// The job of `avsctl power diff -o json` as a script of one's own does it today: viem, Multicall3, both chains at once,
// every read at one block of its chain. It knows that the deployment is V2, and checks nothing of what it is told.
//
// L1_RPC=.. L2_RPC=.. AVS_GOVERNANCE_ADDRESS=.. ATTESTATION_CENTER_ADDRESS=.. node devtools/viem_peer.mjs

import { createPublicClient, http, parseAbi } from "viem";

const MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11";
const GAS_PER_CALL = 25_000_000;
const BYTES_PER_CALL = 36;

const CENTER = parseAbi([
  "function obls() view returns (address)",
  "function numOfTotalOperators() view returns (uint256)",
  "function getOperatorPaymentDetail(uint256) view returns ((address,uint256,uint256,uint8))",
]);
const OBLS = parseAbi([
  "function votingPower(uint256) view returns (uint256)",
  "function isActive(uint256) view returns (bool)",
  "function totalVotingPower() view returns (uint256)",
]);
const GOVERNANCE = parseAbi([
  "function votingPower(address) view returns (uint256)",
  "function isOperatorRegistered(address) view returns (bool)",
  "function numOfActiveOperators() view returns (uint256)",
]);

const client = (url) => createPublicClient({ transport: http(url, { retryCount: 3 }) });
const l1 = client(process.env.L1_RPC);
const l2 = client(process.env.L2_RPC);
const center = { address: process.env.ATTESTATION_CENTER_ADDRESS, abi: CENTER };
const governance = { address: process.env.AVS_GOVERNANCE_ADDRESS, abi: GOVERNANCE };

// As many calls in one eth_call as fit under the gas caps of nodes; viem's own default is 1 KB.
function read(chain, contracts, gas, blockNumber, allowFailure = false) {
  const batchSize = Math.floor(GAS_PER_CALL / gas) * BYTES_PER_CALL;
  return chain.multicall({ contracts, allowFailure, blockNumber, batchSize, multicallAddress: MULTICALL3 });
}

const [head1, head2, [count, oblsAddress]] = await Promise.all([
  l1.getBlock(),
  l2.getBlock(),
  read(l2, [{ ...center, functionName: "numOfTotalOperators" }, { ...center, functionName: "obls" }], 20_000),
]);
const obls = { address: oblsAddress, abi: OBLS };
const ids = Array.from({ length: Number(count) }, (_, index) => BigInt(index + 1));

const [details, [total2, ...ofIds]] = await Promise.all([
  read(l2, ids.map((id) => ({ ...center, functionName: "getOperatorPaymentDetail", args: [id] })), 17_500, head2.number),
  read(
    l2,
    [
      { ...obls, functionName: "totalVotingPower" },
      ...ids.flatMap((id) => [
        { ...obls, functionName: "votingPower", args: [id] },
        { ...obls, functionName: "isActive", args: [id] },
      ]),
    ],
    10_500,
    head2.number,
  ),
]);

const [count1, ...ofAddresses] = await read(
  l1,
  [
    { ...governance, functionName: "numOfActiveOperators" },
    ...details.flatMap(([address]) => [
      { ...governance, functionName: "isOperatorRegistered", args: [address] },
      { ...governance, functionName: "votingPower", args: [address] },
    ]),
  ],
  33_000,
  head1.number,
  true,
);

const operators = ids
  .map((id, at) => {
    const power = ofAddresses[2 * at + 1];
    const onL1 = ofAddresses[2 * at].result && power.status === "success" ? power.result : 0n;
    const onL2 = ofIds[2 * at];
    return { id, address: details[at][0], isActive: ofIds[2 * at + 1], onL1, onL2, delta: onL1 - onL2 };
  })
  .filter((operator) => operator.isActive);
const changes = (sign) =>
  operators
    .filter(({ delta }) => delta * sign > 0n)
    .map(({ id, delta }) => ({ operator_id: Number(id), voting_power: String(delta * sign) }));
const answer = {
  blocks: { l1: String(head1.number), l2: String(head2.number) },
  operators: operators.map(({ id, address, onL1, onL2, delta }) => ({
    operator_id: Number(id),
    address,
    l1_voting_power: String(onL1),
    l2_voting_power: String(onL2),
    delta: String(delta),
  })),
  active_on_l1: String(count1.result),
  total_on_l2: String(total2),
  update: { to_increase: changes(1n), to_decrease: changes(-1n) },
};
process.stdout.write(JSON.stringify(answer, null, 2) + "\n");
