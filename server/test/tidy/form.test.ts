// The rules about the form of files can fail: sizes, names, opening sentences, READMEs, each on a small tree.
import { describe, expect, test } from "vitest";
import { checkOpenings, checkReadmes } from "./rooms.ts";
import { checkSizes } from "./sizes.ts";
import { treeOf } from "./tree.ts";
import { checkFileNames, checkIdentifiers, wordsOf } from "./words.ts";

const lines = (count: number) => "x;\n".repeat(count);
const says = (findings: { says: string }[]) => findings.map((finding) => finding.says);

describe("sizes", () => {
  test("400 lines are allowed and 401 are not, in programs, SQL and style sheets", () => {
    expect(checkSizes(treeOf({ "core/src/a.ts": lines(400) }), {})).toEqual([]);
    expect(says(checkSizes(treeOf({ "core/src/a.ts": lines(401) }), {}))).toEqual(["file has 401 lines, at most 400"]);
    const others = { "server/migrations/1.sql": "--\n".repeat(401), "react/styles.css": " \n".repeat(401) };
    expect(checkSizes(treeOf(others), {})).toHaveLength(2);
    expect(checkSizes(treeOf({ "docs/long.md": lines(900) }), {})).toEqual([]);
  });

  test("a function of 70 lines is allowed and one of 71 is not, however it is written", () => {
    const body = (count: number) => `{\n${lines(count - 2)}}`;
    const forms = (count: number) => [
      `function f() ${body(count)}`,
      `const f = () => ${body(count)};`,
      `const o = { f() ${body(count)} };`,
      `class C { f() ${body(count)} }`,
    ];
    for (const text of forms(70)) expect(checkSizes(treeOf({ "core/src/a.ts": text }), {})).toEqual([]);
    for (const text of forms(71)) {
      expect(says(checkSizes(treeOf({ "core/src/a.ts": text }), {}))).toEqual(["function f has 71 lines, at most 70"]);
    }
  });

  test("a list of tests may be long, a single test may not, and a source has no such lists", () => {
    const list = `describe("a", () => {\n${lines(100)}});`;
    expect(checkSizes(treeOf({ "core/src/a.test.ts": list }), {})).toEqual([]);
    expect(checkSizes(treeOf({ "core/src/a.test.ts": list.replace("describe(", "describe.each([1])(") }), {})).toEqual(
      [],
    );
    expect(checkSizes(treeOf({ "core/src/a.test.ts": list.replace("describe", "test") }), {})).toHaveLength(1);
    expect(checkSizes(treeOf({ "core/src/a.ts": list }), {})).toHaveLength(1);
  });

  test("the list of exceptions only shrinks", () => {
    const tree = treeOf({ "core/src/a.ts": lines(450), "core/src/b.ts": "x;" });
    expect(checkSizes(tree, { "core/src/a.ts": 450 })).toEqual([]);
    expect(says(checkSizes(tree, { "core/src/a.ts": 449 }))).toEqual(["file has 450 lines, at most 449"]);
    expect(says(checkSizes(tree, { "core/src/a.ts": 451 }))[0]).toContain("lower it");
    expect(says(checkSizes(tree, { "core/src/a.ts": 450, "core/src/b.ts": 500 }))[0]).toContain("take it out");
    expect(says(checkSizes(tree, { "core/src/a.ts": 450, "core/src/gone.ts#f": 90 }))[0]).toContain("take it out");
  });
});

describe("names", () => {
  test("a name is split into its words in any spelling", () => {
    expect(wordsOf("callHTTPManager")).toEqual(["call", "http", "manager"]);
    expect(wordsOf("CALL_Manager-two.x")).toEqual(["call", "manager", "two", "x"]);
  });

  test.each([
    "core/src/utils.ts",
    "core/src/utils/a.ts",
    "server/src/lib/a.ts",
    "server/src/http/common.ts",
    "react/src/types.ts",
    "react/src/callManager.ts",
    "server/src/http/http-utils.ts",
    "e2e/helpers.ts",
    "server/src/payment_service.ts",
    "scripts/helper.mjs",
    "server/src/http/session.ts",
    "react/src/hooks/useSession.ts",
  ])("%s is refused", (path) => {
    expect(checkFileNames(treeOf({ [path]: "" })).length).toBe(1);
  });

  test.each([
    "core/src/terms.ts",
    "web/src/service-worker.ts",
    "core/src/media-types.ts",
    "docs/utils.md",
    "core/src/possession.ts",
  ])("%s is allowed", (path) => {
    expect(checkFileNames(treeOf({ [path]: "" }))).toEqual([]);
  });

  test.each([
    "function handleClick() {}",
    "const processEvent = () => {};",
    "class CallManager {}",
    "interface PayService {}",
    "type Helper = 1;",
    "const o = { handleIt() {} };",
    "const o = { process: () => {} };",
    "interface A { handle(): void }",
    "const session = 1;",
    "function f(session: string) {}",
    "interface A { sessionToken: string }",
    "const { a: session } = b;",
    "const o = { session: 1 };",
    "type CallSession = 1;",
    "const [sessions = 1] = b;",
  ])("%s is refused", (text) => {
    expect(checkIdentifiers(treeOf({ "server/src/a.ts": text })).length).toBe(1);
  });

  test.each([
    "process.on('exit', f); app.handle(x);",
    "const handler = () => {};",
    "const handles = 3;",
    "function processed() {}",
    "const o = { sessionId: 1, 'webrtc:session-ended': 2 };",
    "sessionStorage.getItem('a');",
    "const { session: call } = wire;",
    "const obsession = 1;",
    "import { processThing } from 'x'; processThing();",
  ])("%s is allowed", (text) => {
    expect(checkIdentifiers(treeOf({ "server/src/a.ts": text }))).toEqual([]);
  });
});

describe("opening sentences", () => {
  test.each([
    ["a.ts", "// Reads the clock of the server.\nexport {};"],
    ["a.ts", "/**\n * Reads the clock\n * of the server.\n */\nexport {};"],
    ["a.ts", "// @vitest-environment happy-dom\n// Proves that the ticker ticks.\nexport {};"],
    ["a.mjs", "#!/usr/bin/env node\n// Starts the server and\n// the courier.\nexport {};"],
    ["a.sql", "-- The ledger: accounts and transfers.\ncreate table a();"],
    ["a.css", "/* The look of every component. */\na {}"],
  ])("%s is fine with %s", (name, text) => {
    expect(checkOpenings(treeOf({ [`server/${name}`]: text }))).toEqual([]);
  });

  test.each([
    ["a.ts", "export {};"],
    ["a.ts", "// Clock.\nexport {};"],
    ["a.ts", "// clock of the server\nexport {};"],
    ["a.ts", "export {};\n// Reads the clock of the server."],
    ["a.ts", "// biome-ignore lint: This is a reason for a tool.\nexport {};"],
    ["a.sql", "create table a(); -- The ledger of everything."],
    ["a.css", "a {} /* The look of every component. */"],
  ])("%s is refused with %s", (name, text) => {
    expect(checkOpenings(treeOf({ [`server/${name}`]: text })).length).toBe(1);
  });
});

describe("READMEs", () => {
  const good = "# Ledger\n\nOwns transfers. It does not know calls.\n\nAlways true: sums are zero.\n";
  const source = { "server/src/ledger/a.ts": "" };

  test("a room has one, a single file needs none", () => {
    expect(says(checkReadmes(treeOf(source)))).toEqual(["the room server/ledger has no README"]);
    expect(checkReadmes(treeOf({ ...source, "server/src/ledger/README.md": good, "server/src/cli.ts": "" }))).toEqual(
      [],
    );
  });

  test("it says what the room owns, what it does not, and what is always true, on one screen", () => {
    const readme = (text: string) => checkReadmes(treeOf({ ...source, "server/src/ledger/README.md": text }));
    expect(readme("# Ledger\n")).toHaveLength(3);
    expect(says(readme(good.replace("Always", "Sometimes")))).toEqual(["does not say what is always true"]);
    expect(says(readme(good + "\n".repeat(70)))[0]).toContain("more than one screen");
  });
});
