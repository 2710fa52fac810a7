// What is asked of a run of histories, and what it has met: summed up over all of its parts, and held against what a full run has to meet.
import { endings } from "@fairminute/contracts";
import type { Queryable } from "../../src/db/database.ts";
import { type Mischief, noMischief } from "./mischief.ts";

/** What is asked of a run. */
export interface HistoriesOptions {
  count: number;
  seed: number;
  /** Histories at once on one chain, so that they get in each other's way. */
  atOnce?: number;
  onProgress?: (done: number) => void;
}

export interface HistoriesReport extends Mischief {
  histories: number;
  /** How each session ended on the chain, and how many never had a deposit that stayed. */
  endings: Record<string, number>;
  /** Transfers by which deposits and payments were undone that the chain took back after they had been believed. */
  reversals: number;
  /** What became of the vouchers that the servers sent themselves, by state; `bumped`: told with a higher fee at least once. */
  sends: Record<string, number>;
}

export const newReport = (): HistoriesReport => ({
  histories: 0,
  endings: {},
  ...noMischief(),
  reversals: 0,
  sends: {},
});

/** Adds what stands in the nonce line of one database. */
export async function addSends(db: Queryable, report: HistoriesReport): Promise<void> {
  const rows = await db.query<{ state: string; number: bigint; bumped: bigint }>(
    `select state, count(*) as number, count(*) filter (where jsonb_array_length(versions) > 1) as bumped
       from chain_sends group by state`,
  );
  const add = (name: string, number: bigint) => {
    report.sends[name] = (report.sends[name] ?? 0) + Number(number);
  };
  for (const { state, number, bumped } of rows) {
    add(state, number);
    add("bumped", bumped);
  }
}

function addCounts(into: Record<string, number>, from: Record<string, number>): void {
  for (const [name, number] of Object.entries(from)) into[name] = (into[name] ?? 0) + number;
}

/** Adds one report to another. */
export function addReport(into: HistoriesReport, part: HistoriesReport): void {
  addCounts(into.endings, part.endings);
  addCounts(into.sends, part.sends);
  const counts = ["histories", "reorganisations", "dropped", "replaced", "dear", "silences", "reversals"] as const;
  for (const name of counts) into[name] += part[name];
  into.deepest = Math.max(into.deepest, part.deepest);
}

/** What a full run has to have met, and did not: it would prove nothing about it. */
export function findMissing(report: HistoriesReport): string[] {
  const met: Record<string, number | undefined> = {
    ...Object.fromEntries([...endings, "none"].map((ending) => [`the ending ${ending}`, report.endings[ending]])),
    ...Object.fromEntries(
      ["done", "reverted", "replaced", "bumped"].map((state) => [`a send that is ${state}`, report.sends[state]]),
    ),
    reorganisations: report.reorganisations,
    "a reorganisation deeper than twelve blocks": report.deepest > 12 ? 1 : 0,
    reversals: report.reversals,
    "dropped transactions": report.dropped,
    "replaced transactions": report.replaced,
    "dear blocks": report.dear,
    "silent nodes": report.silences,
  };
  return Object.entries(met).flatMap(([name, count]) => (count === undefined || count === 0 ? [name] : []));
}
