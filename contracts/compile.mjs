// Compiles the contracts with the solc of the registry and writes what is committed in generated/: `node compile.mjs`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

const settings = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 1000 },
  // Without the hash of the sources a comment does not change the bytecode.
  metadata: { bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};

/** Folder to what its contracts are for. */
const folders = ["src", "sandbox", "test/solidity"];

function readSources() {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(here, folder))
      .filter((name) => name.endsWith(".sol"))
      .map((name) => `${folder}/${name}`),
  );
  return Object.fromEntries(paths.sort().map((path) => [path, { content: readFileSync(join(here, path), "utf8") }]));
}

/** Imports that are not our own come from installed packages. */
function readImport(path) {
  try {
    return { contents: readFileSync(require.resolve(path), "utf8") };
  } catch (error) {
    return { error: error.message };
  }
}

/** Errors anywhere, and warnings in our own files: a warning that is let pass is never read again. */
function refuse(errors = []) {
  const ours = errors.filter(
    ({ severity, sourceLocation }) => severity === "error" || !sourceLocation?.file.startsWith("@"),
  );
  if (ours.length > 0) throw new Error(ours.map(({ formattedMessage }) => formattedMessage).join("\n"));
}

/** Every contract that can be deployed, by name, with the folder it comes from. */
function compileSources() {
  const solc = require("solc");
  const input = JSON.stringify({ language: "Solidity", sources: readSources(), settings });
  const { errors, contracts } = JSON.parse(solc.compile(input, { import: readImport }));
  refuse(errors);
  const found = Object.entries(contracts).flatMap(([path, byName]) =>
    Object.entries(byName).map(([name, { abi, evm }]) => ({ path, name, abi, bytecode: `0x${evm.bytecode.object}` })),
  );
  return found.filter(({ path, bytecode }) => !path.startsWith("@") && bytecode !== "0x");
}

/** A deployable contract as a TypeScript file: one entry of the ABI a line, so that a change is seen as what it is. */
function writeModule({ path, abi, bytecode }, constant) {
  const entries = abi.map((entry) => `  ${JSON.stringify(entry)},`).join("\n");
  return [
    "// biome-ignore-all format: one entry of the ABI a line",
    `// ABI and bytecode of ${path}. Made by compile.mjs; not to be edited.`,
    `export const ${constant}Abi = [`,
    `${entries}`,
    "] as const;",
    "",
    `export const ${constant}Bytecode = "${bytecode}" as const;`,
    "",
  ].join("\n");
}

/** What stands in generated/, by file name: the two contracts that ship, and those that only tests deploy. */
export function compileContracts() {
  const contracts = compileSources();
  const byName = (name) => contracts.find((contract) => contract.name === name);
  const fakes = contracts.filter(({ path }) => path.startsWith("test/"));
  const asJson = fakes.map(
    ({ name, abi, bytecode }) => `  ${JSON.stringify(name)}: ${JSON.stringify({ abi, bytecode })}`,
  );
  return {
    "escrow.ts": writeModule(byName("SessionEscrow"), "escrow"),
    "test-token.ts": writeModule(byName("TestToken"), "testToken"),
    "fakes.json": `{\n${asJson.join(",\n")}\n}\n`,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(compileContracts())) {
    writeFileSync(join(here, "generated", name), text);
    console.log(`generated/${name} (${text.length} characters)`);
  }
}
