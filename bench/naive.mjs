// The yardstick: the same lifecycle written row by row with an ORM, from a package of its own.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmCommand, runStep, StepFailed } from "../scripts/step.mjs";
import { runClosedLoop } from "./closed-loop.mjs";
import { openingCoins, pickPair, terms } from "./people.mjs";

const folder = join(dirname(fileURLToPath(import.meta.url)), "naive");
/** Faster here than 10 or 64 (measured): more connections only wait for the platform's row. */
const connections = 20;

/** Its dependencies stand outside the workspaces: the ORM's peers contradict the root's. Installed when first needed. */
export async function installNaive() {
  if (existsSync(join(folder, "node_modules", "drizzle-orm", "package.json"))) return;
  const { command, first, shell } = npmCommand();
  const install = (verb) =>
    runStep(
      `installing the naive version's dependencies (npm ${verb})`,
      command,
      [...first, verb, "--no-audit", "--no-fund"],
      {
        cwd: folder,
        shell: shell ?? false,
      },
    );
  try {
    await install("ci");
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    await install("install");
  }
}

const PEOPLE = `insert into wallets (user_id, balance, held)
  select side.name || '-' || n, side.coins, 0 from generate_series(0, $1::int - 1) n
    cross join (values ('payer', $2::bigint), ('payee', 0)) side(name, coins)`;

const CHECKS = `select
    (select sum(balance + held) from wallets)::text as coins,
    (select count(*) from wallets where balance < 0 or held <> 0)::int as wrong_wallets,
    (select count(*) from calls where status = 'completed')::int as settled,
    (select count(*) from ledger_entries)::int as entries`;

/** Makes the template database: tables, wallets, nothing called yet. */
export async function prepareNaive(url, people) {
  const { openCalls, platform } = await import("./naive/calls.mjs");
  const calls = await openCalls(url, 1);
  await calls.makeTables();
  await calls.query(PEOPLE, [people, openingCoins]);
  await calls.query("insert into wallets values ($1, 0, 0)", [platform]);
  await calls.query("vacuum analyze");
  await calls.close();
}

export async function openNaive({ url, people }) {
  const { openCalls } = await import("./naive/calls.mjs");
  const calls = await openCalls(url, connections);
  let opened = 0;

  async function lifecycle(step) {
    const { payerId, payeeId } = pickPair(people);
    const { id } = await step("open", () => calls.open({ ...terms, payerId, payeeId }, randomUUID()));
    opened += 1;
    await step("accept", () => calls.accept(id, payeeId, randomUUID()));
    for (const userId of [payerId, payeeId])
      await step("join", () => calls.join(id, userId, randomUUID(), randomUUID()));
    await step("end", () => calls.end(id, payerId, randomUUID()));
  }

  return {
    run: (inFlight, seconds) => runClosedLoop({ inFlight, seconds, lifecycle }),
    /** @returns the sentence of what is wrong, or null */
    async verify() {
      const [found] = await calls.query(CHECKS);
      const coins = String(openingCoins * BigInt(people));
      if (found.coins !== coins) return `the wallets hold ${found.coins} coins; ${coins} would be right`;
      if (found.wrong_wallets > 0) return `${found.wrong_wallets} wallets are wrong`;
      if (found.settled !== opened) return `${opened} lifecycles ended, ${found.settled} calls are settled`;
      if (found.entries !== 4 * opened)
        return `${found.entries} ledger rows for ${opened} calls; four each would be right`;
      return null;
    },
    close: () => calls.close(),
  };
}
