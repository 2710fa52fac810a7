// The rules about imports can fail: floors, rings and undeclared packages, each on a small tree.
import { describe, expect, test } from "vitest";
import { checkDependencies } from "./dependencies.ts";
import { checkFloors } from "./floors.ts";
import { packageOf } from "./imports.ts";
import { checkLate } from "./late.ts";
import { checkRings, findKnots } from "./rings.ts";
import { treeOf } from "./tree.ts";

function floorsOf(files: Record<string, string>): string[] {
  return checkFloors(treeOf(files)).map(({ path, line, says }) => `${path}:${line} ${says}`);
}

const ledger = { "server/src/ledger/transfers.ts": "export const x = 1;" };
const charging = { "server/src/charging/charging.ts": "export type Charging = 1;" };

describe("floors", () => {
  test("down is allowed: a room may import any room below it, and itself", () => {
    const files = {
      ...ledger,
      "core/src/index.ts": "export const y = 1;",
      "server/src/charging/a.ts":
        'import "../ledger/transfers.ts"; import "./b.ts"; import { y } from "@fairminute/core";',
      "server/src/charging/b.ts": "export {};",
    };
    expect(floorsOf(files)).toEqual([]);
  });

  test("up is refused, also for a type", () => {
    const files = {
      ...charging,
      "server/src/ledger/a.ts": '\nimport type { Charging } from "../charging/charging.ts";',
    };
    expect(floorsOf(files)).toEqual(["server/src/ledger/a.ts:2 server/ledger imports upwards from server/charging"]);
  });

  test("up is refused inside a type expression and in a dynamic import", () => {
    const text =
      'export type A = import("../charging/charging.ts").Charging;\nawait import("../charging/charging.ts");';
    expect(floorsOf({ ...charging, "server/src/ledger/a.ts": text })).toHaveLength(2);
  });

  test("up is refused in a re-export", () => {
    const files = { ...charging, "server/src/ledger/a.ts": 'export type { Charging } from "../charging/charging.ts";' };
    expect(floorsOf(files)).toHaveLength(1);
  });

  test("rooms on one floor do not know each other", () => {
    const files = { ...ledger, "server/src/clock/a.ts": 'import { x } from "../ledger/transfers.ts";' };
    expect(floorsOf(files)).toEqual([
      "server/src/clock/a.ts:1 server/clock and server/ledger stand on one floor and must not know each other",
    ]);
  });

  test("the browser's side and the server's do not meet", () => {
    const files = {
      "react/src/index.ts": "export const z = 1;",
      "server/src/server.ts": 'import { z } from "@fairminute/react";',
      "web/src/a.ts": 'import { z } from "@fairminute/react";',
    };
    expect(floorsOf(files)).toEqual(["server/src/server.ts:1 server/server must not reach over to react"]);
    expect(floorsOf({ "server/src/server.ts": "", "react/src/a.ts": 'import {} from "fairminute";' })).toHaveLength(1);
  });

  test("the core does not import upwards, and react not from web", () => {
    const files = {
      "react/src/index.ts": "",
      "core/src/a.ts": 'import {} from "@fairminute/react";',
      "web/src/b.ts": "",
    };
    expect(floorsOf(files)).toEqual(["core/src/a.ts:1 core imports upwards from react"]);
    expect(floorsOf({ "web/src/b.ts": "", "react/src/a.ts": 'import "../../web/src/b.ts";' })).toHaveLength(1);
  });

  test("another package is imported by its name, never by path", () => {
    const files = { "core/src/money.ts": "", "server/src/charging/a.ts": 'import "../../../core/src/money.ts";' };
    expect(floorsOf(files)).toEqual([
      "server/src/charging/a.ts:1 reaches into another package by path: import its name",
    ]);
  });

  test("a source imports no test and no script; a test may import upwards", () => {
    const files = {
      ...charging,
      "server/test/world.ts": "",
      "scripts/a.mjs": "",
      "server/src/ledger/a.ts": 'import "../../test/world.ts"; import "../../../scripts/a.mjs";',
      "server/src/ledger/a.test.ts": 'import "../charging/charging.ts";',
    };
    expect(floorsOf(files)).toHaveLength(2);
  });

  test("a room that nobody has given a floor is named", () => {
    expect(floorsOf({ "server/src/attic/a.ts": "" })).toEqual([
      "server/src/attic/a.ts:0 server/attic stands on no floor: give it one in server/test/tidy/floors.ts",
    ]);
  });
});

describe("rings", () => {
  test("two files that import each other are a ring, even by a type only", () => {
    const files = { "core/src/a.ts": 'import "./b.ts";', "core/src/b.ts": 'import type { A } from "./a.ts";' };
    expect(checkRings(treeOf(files)).map(({ says }) => says)).toEqual([
      "a ring of files: core/src/a.ts → core/src/b.ts",
    ]);
  });

  test("a ring through the face of the package is found", () => {
    const files = {
      "core/src/index.ts": 'export * from "./a.ts";',
      "core/src/a.ts": 'import {} from "@fairminute/core";',
    };
    expect(checkRings(treeOf(files))).toHaveLength(1);
  });

  test("a long ring is one knot, and a tree is none", () => {
    const links = (pairs: [string, string[]][]) => new Map(pairs);
    expect(
      findKnots(
        links([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["d", "a"]],
          ["d", []],
        ]),
      ),
    ).toEqual([["a", "b", "c"]]);
    expect(
      findKnots(
        links([
          ["a", ["b", "c"]],
          ["b", ["c"]],
          ["c", []],
        ]),
      ),
    ).toEqual([]);
    expect(findKnots(links([["a", ["a"]]]))).toEqual([["a"]]);
    expect(
      findKnots(
        links([
          ["a", ["b"]],
          ["b", ["a"]],
          ["c", ["d"]],
          ["d", ["c"]],
        ]),
      ),
    ).toHaveLength(2);
  });
});

describe("packages", () => {
  const manifest = JSON.stringify({
    dependencies: { pg: "1" },
    peerDependencies: { react: "1" },
    devDependencies: { x: "1" },
  });

  test("only what the package itself declares may be imported", () => {
    const text = 'import "pg"; import "node:fs"; import type { X } from "x"; import "fastify/sub";';
    const findings = checkDependencies(treeOf({ "server/package.json": manifest, "server/src/server.ts": text }));
    expect(findings.map(({ says }) => says)).toEqual([
      "x is not among the dependencies of server/package.json",
      "fastify is not among the dependencies of server/package.json",
    ]);
  });

  test("the core imports nothing, the browser's side nothing of Node", () => {
    const files = {
      "core/package.json": manifest,
      "react/package.json": manifest,
      "core/src/a.ts": 'import "pg";',
      "react/src/a.ts": 'import "react"; import "node:fs";',
    };
    expect(checkDependencies(treeOf(files)).map(({ says }) => says)).toEqual([
      "the core imports nothing but itself, and this is pg",
      "node:fs does not exist in a browser",
    ]);
  });

  test("the package of a specifier", () => {
    expect(["@a/b/c", "a/b", "node:fs/promises"].map(packageOf)).toEqual(["@a/b", "a", "node:fs"]);
  });
});

describe("what is loaded late", () => {
  const files = {
    "server/src/main.ts":
      'import { a } from "./a.ts"; import type { Hex } from "viem"; import { type B } from "./b.ts";',
    "server/src/b.ts": 'import { keccak256 } from "viem";',
  };

  test("a start may name its types, and import it when it is used", () => {
    const asked = { ...files, "server/src/a.ts": 'export const a = () => import("viem/accounts");' };
    expect(checkLate(treeOf(asked))).toEqual([]);
  });

  test("a start may not load it, by whatever way", () => {
    const text = 'import { size } from "viem"; export * from "./b.ts"; export const a = size;';
    const found = checkLate(treeOf({ ...files, "server/src/a.ts": text }));
    expect(found.map(({ path }) => path)).toEqual(["server/src/a.ts", "server/src/b.ts"]);
    expect(found[0]?.says).toBe("loads viem whenever server/src/main.ts starts: import it where it is used");
  });
});
