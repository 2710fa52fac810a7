// Calls opened inside somebody else's transaction: they are there when it commits, and were never there when it does not.
import type { Catalogue } from "@fairminute/core";
import type { Queryable } from "../db/database.ts";
import { decide } from "./decision.ts";
import type { News } from "./news.ts";
import { firstEvidence, keepTerms, newCall, type OpenCall, termsFor, termsIdOf } from "./opening.ts";
import { type Decision, type Outcome, writeCalls } from "./write.ts";

export interface Opening {
  /** The call's id is the caller's to give, so that what the call is opened for can name it. */
  input: OpenCall & { callId: string };
  /** What is told with the call beside its own news. */
  news: News[];
}

export interface OpeningWorld {
  now: number;
  nextId: (prefix: string) => string;
  /** What presets there are. */
  presets: Catalogue;
}

/**
 * Decides and writes new calls in a transaction. No hall knows of them before it reads them, so that a rollback leaves no trace.
 * @returns the calls that were refused, each with its reason: a wallet that is short, somebody with too many calls, an id that is
 *   taken (`stale`). All others are written
 * @throws FairminuteError unknown_preset, cannot_call_yourself: nothing is written
 */
export async function openWithin(
  tx: Queryable,
  openings: readonly Opening[],
  { now, nextId, presets }: OpeningWorld,
): Promise<Outcome[]> {
  // Terms that a rolled-back transaction wrote are not there: what is known here holds for this one only.
  const known = new Set<string>();
  const decisions: Decision[] = [];
  for (const { input, news } of openings) {
    const terms = termsFor(input, { presets });
    const termsId = termsIdOf(terms);
    await keepTerms(tx, known, termsId, terms);
    const made = { callId: input.callId, termsId, holdId: nextId("hold"), roomName: nextId("room"), now };
    const call = newCall(input, terms, made);
    const evidence = firstEvidence(input, call, now);
    const { decision } = decide(null, call, { now, evidence, available: null });
    if (decision !== null) decisions.push({ ...decision, news: [...decision.news, ...news] });
  }
  return decisions.length === 0 ? [] : writeCalls(tx, decisions, now);
}
