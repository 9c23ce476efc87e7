// Builds what is committed from the Solidity sources of the devnet:
//   abis/<Contract>.<generation>.json       from avsctl/devnet/contracts/interfaces/
//   avsctl/devnet/artifacts/<Contract>.json from avsctl/devnet/contracts/
//   avsctl/contracts/lens.json              from avsctl/devnet/contracts/Lens.sol
//   avsctl/contracts/scout.json             from avsctl/devnet/contracts/Scout.sol
//
// node devtools/build.mjs           rewrites all of it
// node devtools/build.mjs --check   exits 1 when a committed file differs from a rebuild

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const solc = require("solc");

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const SOURCES = path.join(ROOT, "avsctl/devnet/contracts");

// Deployed by the devnet with their creation code.
const DEPLOYED = [
  "AttestationCenterV1",
  "AttestationCenterV2",
  "AttestationCenterV2Extension",
  "AttestationCenterV2Obsolete",
  "AttestationCenterV3",
  "AttestationCenterV3Extension",
  "AvsGovernanceV1",
  "AvsGovernanceV2",
  "AvsGovernanceV3",
  "InternalTaskHandlerV2",
  "InternalTaskHandlerV3",
  "OblsV1",
  "OblsV2",
  "OblsV3",
  "OperatorRegistry",
  "Proxy",
  "Seeder",
  "StakingContract",
];
// Set as code at a fixed address, so their runtime is kept as well.
const WITH_RUNTIME = ["Multicall3Compatible"];

// No PUSH0 (paris): the lens must run on old chains. No metadata: the same source gives the same bytes.
const SETTINGS = {
  evmVersion: "paris",
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

function solidityFiles(dir) {
  return fs
    .readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(dir, entry.name);
      if (entry.isDirectory()) return solidityFiles(file);
      return entry.name.endsWith(".sol") ? [file] : [];
    });
}

function compile() {
  const sources = {};
  for (const file of solidityFiles(SOURCES)) {
    sources[path.relative(SOURCES, file)] = { content: fs.readFileSync(file, "utf8") };
  }
  const input = { language: "Solidity", sources, settings: SETTINGS };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const problems = output.errors ?? [];
  for (const problem of problems) process.stderr.write(problem.formattedMessage + "\n");
  if (problems.length > 0) throw new Error(`${problems.length} compiler messages; the build takes none`);
  return output.contracts;
}

// solc lists an inherited event or error once for each place that declares it; one entry is enough.
function plainAbi(abi) {
  const entries = new Map();
  for (const entry of abi) {
    const plain = withoutInternalTypes(entry);
    entries.set(sortKey(plain), plain);
  }
  return [...entries.keys()].sort().map((key) => entries.get(key));
}

const KINDS = ["constructor", "fallback", "receive", "function", "event", "error"];

function sortKey(entry) {
  const types = (entry.inputs ?? []).map(canonicalType).join(",");
  return `${KINDS.indexOf(entry.type)} ${entry.name ?? ""}(${types})`;
}

function canonicalType(input) {
  if (!input.type.startsWith("tuple")) return input.type;
  return `(${input.components.map(canonicalType).join(",")})${input.type.slice("tuple".length)}`;
}

function withoutInternalTypes(value) {
  if (Array.isArray(value)) return value.map(withoutInternalTypes);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).filter((key) => key !== "internalType").sort();
  return Object.fromEntries(keys.map((key) => [key, withoutInternalTypes(value[key])]));
}

function abiText(abi) {
  return "[\n" + plainAbi(abi).map((entry) => "  " + JSON.stringify(entry)).join(",\n") + "\n]";
}

function artifactText(members) {
  const lines = Object.keys(members)
    .sort()
    .map((key) => `"${key}": ${key === "abi" ? abiText(members.abi) : JSON.stringify(members[key])}`);
  return "{\n" + lines.join(",\n") + "\n}\n";
}

function built() {
  const contracts = compile();
  const files = new Map();
  for (const [file, inFile] of Object.entries(contracts)) {
    if (path.dirname(file) !== "interfaces") continue;
    const names = Object.keys(inFile);
    if (names.length !== 1) throw new Error(`${file} must hold one interface, it holds ${names.length}`);
    files.set(`abis/${path.basename(file, ".sol")}.json`, abiText(inFile[names[0]].abi) + "\n");
  }
  const byName = new Map(Object.values(contracts).flatMap((inFile) => Object.entries(inFile)));
  const named = (name) => {
    const contract = byName.get(name);
    if (contract === undefined) throw new Error(`no contract named ${name}`);
    return contract;
  };
  const creation = (contract) => "0x" + contract.evm.bytecode.object;
  const runtime = (contract) => "0x" + contract.evm.deployedBytecode.object;
  for (const name of DEPLOYED) {
    const contract = named(name);
    const text = artifactText({ abi: contract.abi, bytecode: creation(contract) });
    files.set(`avsctl/devnet/artifacts/${name}.json`, text);
  }
  for (const name of WITH_RUNTIME) {
    const contract = named(name);
    const members = { abi: contract.abi, bytecode: creation(contract), runtime: runtime(contract) };
    files.set(`avsctl/devnet/artifacts/${name}.json`, artifactText(members));
  }
  const lens = named("Lens");
  files.set("avsctl/contracts/lens.json", artifactText({ abi: lens.abi, runtime: runtime(lens) }));
  const scout = named("Scout");
  files.set("avsctl/contracts/scout.json", artifactText({ abi: scout.abi, creation: creation(scout) }));
  return files;
}

// Every file that a build owns: one that is no longer built is stale.
function committed() {
  const jsonIn = (dir) => {
    const absolute = path.join(ROOT, dir);
    if (!fs.existsSync(absolute)) return [];
    return fs.readdirSync(absolute).filter((name) => name.endsWith(".json")).map((name) => `${dir}/${name}`);
  };
  return [...jsonIn("abis"), ...jsonIn("avsctl/devnet/artifacts"), ...jsonIn("avsctl/contracts")];
}

function textOf(file) {
  const absolute = path.join(ROOT, file);
  return fs.existsSync(absolute) ? fs.readFileSync(absolute, "utf8") : undefined;
}

function main(args) {
  const check = args.includes("--check");
  const files = built();
  const differing = [];
  for (const file of new Set([...files.keys(), ...committed()])) {
    if (textOf(file) === files.get(file)) continue;
    differing.push(file);
    if (check) continue;
    const absolute = path.join(ROOT, file);
    if (files.has(file)) {
      fs.mkdirSync(path.dirname(absolute), { recursive: true });
      fs.writeFileSync(absolute, files.get(file));
    } else {
      fs.unlinkSync(absolute);
    }
  }
  for (const file of differing) process.stdout.write(`${check ? "differs" : "wrote"} ${file}\n`);
  return check && differing.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
