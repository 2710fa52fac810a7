// What is committed in generated/ is what the sources compile to; the face is pinned; every member of a contract is documented.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileContracts } from "../compile.mjs";
import * as face from "../index.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

describe("generated files", () => {
  it("are current: `npm run compile -w contracts` writes them", () => {
    for (const [name, text] of Object.entries(compileContracts())) {
      expect(read(`generated/${name}`) === text, `generated/${name}`).toBe(true);
    }
  });
});

describe("the face of the package", () => {
  it("has these names", () => {
    expect(Object.keys(face).sort()).toEqual([
      "endings",
      "escrowAbi",
      "escrowBytecode",
      "feeOf",
      "nativeToken",
      "priceOfSeconds",
      "statuses",
      "testTokenAbi",
      "testTokenBytecode",
      "voucherDomain",
      "voucherTypes",
    ]);
  });
});

/** Members of a contract that do not follow their `@notice`, or whose parameters are not all named in it. */
function findUndocumented(path: string): string[] {
  const lines = read(path).split("\n");
  return lines.flatMap((line, index) => {
    const name = /^\s*(?:abstract )?(?:contract|library|struct|enum|event|error|function|constructor)\b *(\w*)/.exec(
      line,
    );
    const state = /^ {4}\w[\w()=>. ]* (?:public|private|internal) .*;$/.test(line) || /^ {4}mapping/.test(line);
    if (!name && !state) return [];
    let from = index;
    while (/^\s*\/\/\//.test(lines[from - 1] ?? "")) from--;
    const doc = lines.slice(from, index).join("\n");
    const isConstructor = line.includes("constructor");
    if (!isConstructor && !doc.includes("@notice")) return [`${path}:${index + 1} ${line.trim()}`];
    const head = lines.slice(index, lines.findIndex((one, at) => at >= index && /[;{]\s*$/.test(one)) + 1).join(" ");
    const inside = /\((.*?)\)(?! *=>)/.exec(head)?.[1] ?? "";
    const parameters = name && !state ? inside.split(",").map((one) => one.trim().split(" ").at(-1) ?? "") : [];
    const missing = parameters.filter((one) => one !== "" && !new RegExp(`@param ${one}\\b`).test(doc));
    return missing.map((one) => `${path}:${index + 1} @param ${one}`);
  });
}

describe("NatSpec", () => {
  it("stands above every member of what is deployed", () => {
    const paths = readdirSync(new URL("../src", import.meta.url)).map((name) => `src/${name}`);
    expect(paths.length).toBeGreaterThan(4);
    expect([...paths, "sandbox/TestToken.sol"].flatMap(findUndocumented)).toEqual([]);
  });
});
