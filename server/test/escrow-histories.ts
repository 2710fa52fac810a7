// Random histories of calls that are paid on a chain: in the end what the contract paid equals what the ledger says, to the unit.
// By itself: node --conditions=development --import tsx server/test/escrow-histories.ts 10000 [seed]
import { pathToFileURL } from "node:url";
import { audit } from "../src/charging/audit.ts";
import type { DatabaseKind } from "./databases.ts";
import type { ChainStage, Person } from "./escrow-stage.ts";
import { actTogether, beginHistory, type History } from "./histories/acts.ts";
import { playBooks } from "./histories/books.ts";
import { type Chance, createChance } from "./histories/chance.ts";
import { compareAll, readPurses } from "./histories/compare.ts";
import { finish } from "./histories/endings.ts";
import { type Field, openField } from "./histories/field.ts";
import { type Memory, makeMischief, mine, reorganise } from "./histories/mischief.ts";
import { addSends, type HistoriesOptions, type HistoriesReport, newReport } from "./histories/report.ts";

const AT_ONCE = 50;
const ROUNDS = 9;

/** One server looks, or the other, or both at once. */
async function lookAround({ servers }: Field, chance: Chance): Promise<void> {
  const die = chance.upTo(3);
  const looking = die === 2 ? servers : [servers[die as 0 | 1]];
  await Promise.all(looking.map((server) => server.run()));
}

/** A round: everybody does something, blocks are made or not, time passes, the chain changes its mind, servers look. */
async function playRound(
  field: Field,
  chance: Chance,
  histories: readonly History[],
  memory: Memory,
  report: HistoriesReport,
): Promise<void> {
  await actTogether(field, chance, histories);
  await makeMischief(field, chance, report);
  if (!chance.isOneIn(4)) await mine(field, 1 + chance.upTo(3), memory);
  if (chance.isOneIn(2)) await field.stage.passTo(field.stage.seconds() + 1 + chance.upTo(50));
  if (chance.isOneIn(5)) await reorganise(field, chance, memory, report);
  if (!chance.isOneIn(4)) await lookAround(field, chance);
}

/** Several histories at once, to their end. */
async function playWave(
  field: Field,
  chance: Chance,
  pairs: readonly [Person, Person][],
  report: HistoriesReport,
): Promise<void> {
  const fromBlock = (await field.chain.reader.getBlockNumber()) + 1n;
  const before = await readPurses(
    field,
    pairs.map(([, mia]) => ({ mia })),
  );
  const memory: Memory = [];
  const histories = await Promise.all(pairs.map(([leo, mia]) => beginHistory(field, chance, leo, mia)));
  for (let round = 0; round < ROUNDS; round++) await playRound(field, chance, histories, memory, report);
  await finish({ field, chance, histories, memory, done: report, fromBlock });
  const { endings, reversals } = await compareAll(field, histories, fromBlock, before);
  for (const ending of endings) report.endings[ending] = (report.endings[ending] ?? 0) + 1;
  report.reversals += reversals;
  report.histories += histories.length;
}

/** @throws Error when the books are not right in the end */
async function expectRight({ stage }: Field): Promise<void> {
  const books = await audit(stage.db, stage.world.server.clock.now());
  const wrong = books.checks.filter(({ ok }) => !ok);
  if (wrong.length > 0) throw new Error(`the audit found ${JSON.stringify(wrong)}`);
  const differences = await stage.escrow.findDifferences();
  if (differences.length > 0) throw new Error(`ledger and chain differ: ${JSON.stringify(differences.slice(0, 3))}`);
  if ((await stage.balanceOf("escrow:TEST")) !== 0n) throw new Error("the ledger still has something in the escrow");
}

/**
 * Plays random histories on one chain and one database, with two servers.
 * @throws Error for the first history in which ledger and chain differ, or when the books are not right in the end
 */
export async function playHistories(
  kind: DatabaseKind,
  chain: ChainStage,
  { count, seed, atOnce = AT_ONCE, onProgress }: HistoriesOptions,
): Promise<HistoriesReport> {
  const chance = createChance(seed);
  const report = newReport();
  const field = await openField(kind, chain, Math.min(atOnce, count));
  try {
    while (report.histories < count) {
      await playWave(field, chance, field.pairs.slice(0, count - report.histories), report);
      onProgress?.(report.histories);
    }
    await expectRight(field);
    await addSends(field.stage.db, report);
  } finally {
    await field.close();
  }
  return report;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await playBooks(process.argv.slice(2), playHistories);
}
