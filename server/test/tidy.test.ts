// The house rules, held against the whole repository: each rule is one test that names every breach of it.
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkAddresses, checkLock } from "./tidy/addresses.ts";
import { checkDependencies } from "./tidy/dependencies.ts";
import { checkBarrels, checkEnvironmentDoor, checkMoneyDoor } from "./tidy/doors.ts";
import { checkFloors } from "./tidy/floors.ts";
import { checkHonesty } from "./tidy/honesty.ts";
import { checkLate } from "./tidy/late.ts";
import { checkProofs } from "./tidy/proofs.ts";
import { checkPurity } from "./tidy/purity.ts";
import { checkRefusals } from "./tidy/refusals.ts";
import { checkRings } from "./tidy/rings.ts";
import { checkOpenings, checkReadmes } from "./tidy/rooms.ts";
import { checkSizes } from "./tidy/sizes.ts";
import { type Finding, isSource, readTree, type Tree } from "./tidy/tree.ts";
import { checkFileNames, checkIdentifiers } from "./tidy/words.ts";

const rules: readonly [name: string, check: (tree: Tree) => Finding[]][] = [
  ["imports run down the floors", checkFloors],
  ["no ring of files, type imports included", checkRings],
  ["what is big is loaded late", checkLate],
  ["a package imports only what it declares, the core nothing", checkDependencies],
  ["files have at most 400 lines, functions at most 70", checkSizes],
  ["files and folders have names that say something", checkFileNames],
  ["functions and types have names that say something", checkIdentifiers],
  ["every file opens with a sentence that says what it is", checkOpenings],
  ["every room has a README of one screen", checkReadmes],
  ["the core is pure, and its money is never a number", checkPurity],
  ["only the ledger writes transfers and accounts", checkMoneyDoor],
  ["only main, cli and config read the environment", checkEnvironmentDoor],
  ["no barrels besides the face of a package", checkBarrels],
  ["no test is skipped, singled out or left for later", checkHonesty],
  ["every provider passes the suite, every policy has stories", checkProofs],
  ["every refusal code has a status and a place in the docs", checkRefusals],
  ["no path of one machine, no download address", checkAddresses],
  ["the lock file names every platform's packages", checkLock],
];

const tree = readTree(fileURLToPath(new URL("../..", import.meta.url)));

function sentence({ path, line, says }: Finding): string {
  return line > 0 ? `${path}:${line} ${says}` : `${path} ${says}`;
}

describe("house rules", () => {
  test("the tree that is looked at is the whole one", () => {
    const houses = new Set([...tree.keys()].filter(isSource).map((path) => path.split("/")[0]));
    expect([...houses].sort()).toEqual(["core", "react", "server", "web"]);
  });

  test.each(rules)("%s", (_name, check) => {
    expect(check(tree).map(sentence)).toEqual([]);
  });
});
