// The job of `avsctl power diff -o json` as a script of one's own does it today: viem, Multicall3, both chains at once,
// every operator id that L2 knows, and every number from one block of its chain. What it prints is avsctl's `data` with
// fewer keys; `make bench` holds one to the other in every run. It checks nothing of what it is told.
//
// L1_RPC=.. L2_RPC=.. AVS_GOVERNANCE_ADDRESS=.. ATTESTATION_CENTER_ADDRESS=.. node devtools/viem_peer.mjs

import { createPublicClient, http, parseAbi } from "viem";

// As many calls in one eth_call as fit under the gas caps of nodes, at the gas that avsctl allows for an operator;
// viem's own default, 1 KB of calldata, would make forty times as many requests.
const GAS_PER_CALL = 25_000_000;
const L1_GAS_PER_READ = 33_000;
const L2_GAS_PER_READ = 12_900;
const BYTES_PER_READ = 36;

const MULTICALL3 = {
  address: "0xcA11bde05977b3631167028862bE2a173976CA11",
  abi: parseAbi(["function getBlockNumber() view returns (uint256)"]),
};
const CENTER = {
  address: process.env.ATTESTATION_CENTER_ADDRESS,
  abi: parseAbi([
    "function obls() view returns (address)",
    "function numOfTotalOperators() view returns (uint256)",
    "function getOperatorPaymentDetail(uint256) view returns ((address,uint256,uint256,uint8))",
  ]),
};
const OBLS_ABI = parseAbi([
  "function votingPower(uint256) view returns (uint256)",
  "function isActive(uint256) view returns (bool)",
]);
const GOVERNANCE = {
  address: process.env.AVS_GOVERNANCE_ADDRESS,
  abi: parseAbi([
    "function votingPower(address) view returns (uint256)",
    "function isOperatorRegistered(address) view returns (bool)",
    "function numOfActiveOperators() view returns (uint256)",
  ]),
};

// One client a chain: it keeps its connections, and sends what is asked for at once as one HTTP request, which spares
// the round trip that each further connection takes to open; as many calls in it as fit into the 2 MB that nodes take.
const connect = (url, batchSize) =>
  createPublicClient({ transport: http(url, { batch: { batchSize }, timeout: 60_000 }) });
const l1 = connect(process.env.L1_RPC, 5);
const l2 = connect(process.env.L2_RPC, 2);

const read = (contract, functionName, ...args) => ({ ...contract, functionName, args });
const multicall = (chain, contracts, options) =>
  chain.multicall({ contracts, multicallAddress: MULTICALL3.address, ...options });
const fit = (gasPerRead) => Math.floor(GAS_PER_CALL / gasPerRead) * BYTES_PER_READ;

const [block1, [block2, count, oblsAddress]] = await Promise.all([
  l1.getBlockNumber(),
  multicall(l2, [read(MULTICALL3, "getBlockNumber"), read(CENTER, "numOfTotalOperators"), read(CENTER, "obls")], {
    allowFailure: false,
  }),
]);

const obls = { address: oblsAddress, abi: OBLS_ABI };
const ids = Array.from({ length: Number(count) }, (_, index) => BigInt(index + 1));
const onL2 = await multicall(
  l2,
  ids.flatMap((id) => [
    read(CENTER, "getOperatorPaymentDetail", id),
    read(obls, "votingPower", id),
    read(obls, "isActive", id),
  ]),
  { allowFailure: false, blockNumber: block2, batchSize: fit(L2_GAS_PER_READ) },
);
const active = ids
  .map((id, at) => ({ id, address: onL2[3 * at][0], l2: onL2[3 * at + 1], isActive: onL2[3 * at + 2] }))
  .filter(({ isActive }) => isActive);

// votingPower of V1 reverts for one who has left EigenLayer.
const [activeOnL1, ...onL1] = await multicall(
  l1,
  [
    read(GOVERNANCE, "numOfActiveOperators"),
    ...active.flatMap(({ address }) => [
      read(GOVERNANCE, "isOperatorRegistered", address),
      read(GOVERNANCE, "votingPower", address),
    ]),
  ],
  { allowFailure: true, blockNumber: block1, batchSize: fit(L1_GAS_PER_READ) },
);
const operators = active.map((operator, at) => {
  const [registered, power] = onL1.slice(2 * at, 2 * at + 2);
  const counts = registered.result && power.status === "success";
  const l1 = counts ? power.result : 0n;
  return { ...operator, l1, delta: l1 - operator.l2, isRegistered: registered.result, counts };
});

const sum = (values) => values.reduce((total, value) => total + value, 0n);
const totals = { l1: sum(operators.map(({ l1 }) => l1)), l2: sum(operators.map(({ l2 }) => l2)) };
const changes = (sign) =>
  operators
    .filter(({ counts, delta }) => counts && delta * sign > 0n)
    .map(({ id, delta }) => ({ operator_id: Number(id), voting_power: String(delta * sign) }));
const data = {
  operators: operators.map(({ id, address, l1, l2, delta }) => ({
    operator_id: Number(id),
    address,
    l1_voting_power: String(l1),
    l2_voting_power: String(l2),
    delta: String(delta),
  })),
  totals: { l1: String(totals.l1), l2: String(totals.l2), delta: String(totals.l1 - totals.l2) },
  unlisted_on_l1: Number(activeOnL1.result) - operators.filter(({ isRegistered }) => isRegistered).length,
  update: {
    to_increase: changes(1n),
    to_decrease: changes(-1n),
    to_block_l1: String(block1),
    to_block_l2: String(block2),
  },
};
process.stdout.write(JSON.stringify(data, null, 2) + "\n");
