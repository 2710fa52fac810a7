// Every verb has one page and one test file, and the page's tree of branches is the test's.
import { readdirSync, readFileSync } from "node:fs";
import type { Abi } from "viem";
import { describe, expect, it } from "vitest";
import { escrowAbi } from "../index.ts";
import { drawBranches, readBranches } from "./branches.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const pages = ["open", "end-by-clock", "end-by-voucher", "prove", "dispute", "settle", "reclaim", "withdraw"];

describe("the pages of the verbs", () => {
  it.each(pages)("%s has the branches of its test", (page) => {
    const tree = /```\n([\s\S]+?)\n```\n*$/.exec(read(`docs/${page}.md`))?.[1];
    const drawn = drawBranches(readBranches(read(`test/${page}.test.ts`)));
    expect(drawn.split("\n").length).toBeGreaterThan(5);
    expect(tree).toBe(drawn);
  });

  it("are all that there are, besides the page of the gas", () => {
    expect(readdirSync(new URL("../docs", import.meta.url)).sort()).toEqual(
      [...pages, "gas"].map((name) => `${name}.md`).sort(),
    );
  });

  it("name every verb that changes anything", () => {
    const text = pages.map((page) => read(`docs/${page}.md`)).join("\n");
    const changing = (escrowAbi as Abi).filter(
      (entry) => entry.type === "function" && !["view", "pure"].includes(entry.stateMutability),
    );
    const signatures = changing.map((entry) => (entry.type === "function" ? entry.name : ""));
    expect(signatures.filter((name) => !text.includes(`\`${name}(`))).toEqual([]);
  });
});
