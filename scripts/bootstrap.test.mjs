// The bootstrap does its work exactly when something changed, and refuses an old Node in words.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refuseNode } from "./bootstrap.mjs";
import { hasDirectDependencies, hashDependencies, hashSources, isInstalled } from "./fingerprint.mjs";

test("Node 20.19 and everything newer is taken", () => {
  expect(["20.19.0", "20.20.2", "22.0.0", "24.1.0"].map(refuseNode)).toEqual([null, null, null, null]);
  for (const version of ["20.18.3", "18.20.1", "16.0.0"])
    expect(refuseNode(version)).toContain(`this is Node ${version}`);
});

describe("what changed", () => {
  let root = "";
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof text === "string" ? text : JSON.stringify(text));
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "fairminute-bootstrap-"));
    write("package.json", { devDependencies: { tool: "1.0.0" } });
    write("core/package.json", {});
    write("core/src/money.ts", "1");
    write("package-lock.json", {
      packages: {
        "": {},
        core: {},
        "node_modules/tool": { version: "1.0.0" },
        "node_modules/mac": { version: "1.0.0", optional: true },
      },
    });
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function changes(hash, edits) {
    return edits.map(([path, text]) => {
      const before = hash(root);
      write(path, text);
      return [path, hash(root) !== before];
    });
  }

  test("a source asks for a build; a test, a README and an output do not", () => {
    const edits = [
      ["core/src/money.ts", "2"],
      ["core/src/new.ts", "1"],
      ["tsconfig.base.json", "{}"],
      ["web/index.html", "x"],
      ["core/src/money.test.ts", "1"],
      ["core/README.md", "1"],
      ["core/dist/money.js", "1"],
      ["server/.fairminute/x", "1"],
    ];
    expect(changes(hashSources, edits).map(([, changed]) => changed)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  test("a manifest or the lock asks for an install; a source does not", () => {
    const edits = [
      ["core/package.json", "{} "],
      ["package-lock.json", "{}"],
      ["core/src/money.ts", "3"],
    ];
    expect(changes(hashDependencies, edits).map(([, changed]) => changed)).toEqual([true, true, false]);
  });

  test("an install made by hand is recognised, and only when it is whole", () => {
    expect(isInstalled(root)).toBe(false);
    write("node_modules/.package-lock.json", { packages: { "node_modules/tool": { version: "1.0.0" } } });
    expect(isInstalled(root)).toBe(false);
    expect(hasDirectDependencies(root)).toBe(false);
    write("node_modules/tool/package.json", {});
    expect(isInstalled(root)).toBe(true);
    expect(hasDirectDependencies(root)).toBe(true);
    write("node_modules/.package-lock.json", { packages: { "node_modules/tool": { version: "1.0.1" } } });
    expect(isInstalled(root)).toBe(false);
  });
});
