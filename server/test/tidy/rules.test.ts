// The rules about what code may do can fail: purity, doors, honesty, refusals, addresses, each on a small tree.
import { describe, expect, test } from "vitest";
import { checkAddresses, checkLock } from "./addresses.ts";
import { checkBarrels, checkEnvironmentDoor, checkMoneyDoor } from "./doors.ts";
import { checkHonesty } from "./honesty.ts";
import { checkProofs } from "./proofs.ts";
import { checkPurity } from "./purity.ts";
import { checkRefusals } from "./refusals.ts";
import { treeOf } from "./tree.ts";

const says = (findings: { says: string }[]) => findings.map((finding) => finding.says);

describe("purity of the core", () => {
  test.each([
    "export async function f() {}",
    "const f = async () => 1;",
    "const d = new Date();",
    "const n = Date.now();",
    "const r = Math.random();",
    "type P = Promise<void>;",
    "setTimeout(f, 1);",
    "const t = performance.now();",
    "interface A { amount: number }",
    "function f(fee: number) {}",
    "type T = { heldCoins: number | null };",
    "const total: number = 1;",
    "type M = { refunded?: number };",
  ])("%s is refused", (text) => {
    expect(checkPurity(treeOf({ "core/src/a.ts": text })).length).toBe(1);
  });

  test.each([
    "interface A { amount: bigint; chargedAt: number; platformBasisPoints: number; freeSeconds: number; refunds: number }",
    "const window = 1; f(window);",
    "for (const { window } of all) g(window);",
    "type TermsJson = { amount: number };",
    "const o = { Date: 1 }; o.Date;",
    "function coinsFromJson(amount: number) {}",
    "const n = Math.floor(1);",
  ])("%s is allowed", (text) => {
    expect(checkPurity(treeOf({ "core/src/a.ts": text }))).toEqual([]);
  });

  test("tests and other packages may wait and look at the clock", () => {
    const text = "export async function f() { return Date.now(); }";
    expect(checkPurity(treeOf({ "core/src/a.test.ts": text, "server/src/a.ts": text }))).toEqual([]);
  });
});

describe("doors", () => {
  test.each([
    '"insert into transfers (a) values (1)"',
    '"INSERT  INTO\\n public.transfers"',
    '"update accounts set balance = 0"',
    "`with x as (select 1) delete from only transfers`",
    '`update "accounts" set a = 1`',
    '"truncate transfers"',
    '"copy transfers from stdin"',
    "sql`merge into transfers using x`",
  ])("%s outside the ledger is refused", (sql) => {
    const findings = checkMoneyDoor(treeOf({ "server/src/charging/a.ts": `const q = ${sql};` }));
    expect(findings.length).toBe(1);
  });

  test("reading is free, and the ledger and the tests may write", () => {
    const write = "const q = 'insert into transfers values (1)';";
    const files = {
      "server/src/charging/a.ts":
        "const q = 'select * from transfers join accounts using (id)'; const r = 'update calls set a = 1';",
      "server/src/ledger/transfers.ts": write,
      "server/src/charging/a.test.ts": write,
    };
    expect(checkMoneyDoor(treeOf(files))).toEqual([]);
  });

  test.each([
    "process.env.PORT;",
    'process["env"];',
    "const { env } = process;",
    'import { env } from "node:process";',
  ])("%s is for main, cli and config", (text) => {
    expect(checkEnvironmentDoor(treeOf({ "server/src/http/a.ts": text })).length).toBe(1);
    const free = {
      "server/src/config.ts": text,
      "server/src/main.ts": text,
      "server/src/cli.ts": text,
      "e2e/a.e2e.ts": text,
    };
    expect(checkEnvironmentDoor(treeOf(free))).toEqual([]);
  });

  test("barrels are refused; the face of a package and a re-export beside own work are not", () => {
    const barrel = 'export { a } from "./a.ts";\nexport type { B } from "./b.ts";';
    expect(says(checkBarrels(treeOf({ "server/src/http/all.ts": barrel })))).toEqual([
      "a barrel: it only passes on other files",
    ]);
    expect(
      checkBarrels(treeOf({ "server/src/http/a.ts": 'export * from "./b.ts"; export const c = 1;' })),
    ).toHaveLength(1);
    expect(checkBarrels(treeOf({ "server/src/http/index.ts": "export const c = 1;" }))).toHaveLength(1);
    const fine = {
      "core/src/index.ts": barrel,
      "react/src/index.ts": barrel,
      "server/src/a.ts": `${barrel} export const c = 1;`,
    };
    expect(checkBarrels(treeOf(fine))).toEqual([]);
  });
});

describe("honesty", () => {
  test.each([
    'test.skip("a", f);',
    'it.only("a", f);',
    'describe.todo("a");',
    'test.concurrent.skip("a", f);',
    "test.skipIf(x)('a', f);",
    'test.fails("a", f);',
    'xit("a", f);',
    "describe.each([1]).skip('a', f);",
  ])("%s is refused", (text) => {
    expect(checkHonesty(treeOf({ "core/src/a.test.ts": text })).length).toBe(1);
  });

  test("the same words elsewhere mean something else", () => {
    const text = "iterator.skip(2); options.only = true; test.each([1])('a', f); test('skip', f);";
    expect(checkHonesty(treeOf({ "core/src/a.test.ts": text }))).toEqual([]);
  });
});

describe("proofs", () => {
  const provider = { "server/src/providers/x.ts": "export function createXProvider() {}" };

  test("a provider runs the suite", () => {
    const suite = 'import { casesFor } from "./provider.case.ts";';
    expect(says(checkProofs(treeOf(provider)))[0]).toContain("provider.case.ts");
    expect(checkProofs(treeOf({ ...provider, "server/src/providers/x.test.ts": "// Runs nothing." }))).toHaveLength(1);
    expect(checkProofs(treeOf({ ...provider, "server/src/providers/x.test.ts": suite }))).toEqual([]);
    expect(checkProofs(treeOf({ "server/src/providers/ice.ts": "export function createIce() {}" }))).toEqual([]);
  });

  test("a policy has stories beside it", () => {
    const policy = {
      "core/src/policies/no_show.ts": "",
      "core/src/policies/policy.ts": "",
      "core/src/policies/apply.ts": "",
    };
    expect(says(checkProofs(treeOf(policy)))).toEqual(["has no stories in core/src/policies/no_show.test.ts"]);
    expect(checkProofs(treeOf({ ...policy, "core/src/policies/no_show.test.ts": "" }))).toEqual([]);
  });
});

describe("refusals", () => {
  const list =
    "export const errorCodes = { not_found: { retryable: false }, rate_limited: { retryable: true } } as const;";
  const statuses = "const statusOf: Record<ErrorCode, number> = { not_found: 404, rate_limited: 429 };";
  const page = "# Errors\n\n## not_found\n\n## rate_limited\n";
  const check = (a: string, b: string, c: string) =>
    says(checkRefusals(treeOf({ "core/src/errors.ts": a, "server/src/http/errors.ts": b, "docs/errors.md": c })));

  test("a code has a status and a heading", () => {
    expect(check(list, statuses, page)).toEqual([]);
    expect(check(list, statuses.replace("rate_limited: 429", ""), page)).toEqual(["rate_limited has no HTTP status"]);
    expect(check(list, statuses, page.replace("## not_found", "not_found"))).toEqual(["not_found has no heading"]);
  });

  test("a heading has a code, and a list that cannot be read is no empty list", () => {
    expect(check(list, statuses, `${page}## call_vanished\n`)).toEqual([
      "call_vanished is documented and does not exist",
    ]);
    expect(check("export const other = {};", statuses, page)).toHaveLength(1);
    expect(checkRefusals(treeOf({}))).toHaveLength(1);
  });

  test("the list is found behind satisfies and freeze", () => {
    const frozen = "export const errorCodes = Object.freeze({ gone_away: 1 } satisfies X);";
    expect(check(frozen, statuses, page)).toContain("gone_away has no HTTP status");
  });
});

describe("addresses", () => {
  // Spelled in pieces, so that the rule does not find its own test.
  const slash = "/";
  const web = "https:" + "//";

  test.each([
    `see ${slash}home/anna/project`,
    `${slash}Users/anna`,
    `${slash}work/main/core`,
    `${slash}root/.npmrc`,
    `${web}registry.npm${"js"}.org/pg`,
    `curl ${web}example.org/tool${".tar"}.gz`,
    `${web}cdn.jsdeli${"vr"}.net/npm/x`,
    `${web}github.com/a/b/releases${"/"}download/v1/x`,
  ])("%s is refused", (text) => {
    expect(checkAddresses(treeOf({ "docs/a.md": text })).length).toBe(1);
  });

  test.each(["/usr/bin/chromium", "routes/home/page", `${web}github.com/a/b`, "/api/calls", "/tmp/x"])(
    "%s is allowed",
    (text) => {
      expect(checkAddresses(treeOf({ "docs/a.md": text }))).toEqual([]);
    },
  );

  test("a hole in the lock file is named", () => {
    const parent = { optionalDependencies: { "@x/tool-linux-x64": "1.0.0" } };
    const whole = { packages: { "node_modules/x": parent, "node_modules/@x/tool-linux-x64": { version: "1.0.0" } } };
    const holed = { packages: { "node_modules/x": parent } };
    expect(checkLock(treeOf({ "package-lock.json": JSON.stringify(whole) }))).toEqual([]);
    expect(checkLock(treeOf({ "package-lock.json": JSON.stringify(holed) }))).toHaveLength(1);
    expect(checkLock(treeOf({}))).toHaveLength(1);
  });
});
