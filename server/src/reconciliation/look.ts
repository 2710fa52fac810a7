// One look at one call, from the row that was taken to the row that is given back, whatever goes wrong between.
import { FairminuteError, foldCall } from "@fairminute/core";
import { factsOf, type StoredCall } from "../charging/stored.ts";
import { readCalls } from "../charging/write.ts";
import { DatabaseError } from "../db/database.ts";
import { Stopped } from "./ask.ts";
import { keepDiscrepancies } from "./discrepancies.ts";
import { lookAtEnded } from "./ended.ts";
import { nextTry } from "./limits.ts";
import { lookAtLive, unchanged } from "./live.ts";
import { type Found, giveBack, NEVER, putBack, type Watched } from "./watched.ts";
import { type LookWorld, providerCallOf, providerOf, type Subject } from "./world.ts";

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.slice(0, 500);
}

function subjectOf(world: LookWorld, watched: Watched, call: StoredCall, at: number): Subject {
  return {
    watched,
    call,
    state: foldCall(factsOf(call), call.events, at),
    provider: providerOf(world.providers, watched.provider),
    providerCall: providerCallOf(call),
  };
}

/** A settled call is looked at as one that ended, also when its row was not told. */
async function look(world: LookWorld, subject: Subject, at: number, untilAt: number | null): Promise<Found> {
  const { call, watched } = subject;
  if (call.settledAt === null) return lookAtLive(world, subject, at, untilAt);
  const state = watched.state === "live" ? "closing" : watched.state;
  const found = await lookAtEnded(world, { ...subject, watched: { ...watched, state } }, at);
  if (found.state === "closed") {
    const [settled] = await readCalls(world.db, [call.id]);
    if (settled !== undefined) await keepDiscrepancies(world.db, settled, { ...world, at });
  }
  return found;
}

/**
 * Looks at a taken call and gives it back.
 * @param untilAt for a sandbox's clock that is about to be moved; else null
 * @throws DatabaseError when the database is away: nobody gives the row back, and the look is taken again when its lease is over;
 *   and whatever is no refusal of a provider, after the row was given back
 */
export async function lookAt(
  world: LookWorld,
  watched: Watched,
  call: StoredCall | undefined,
  at: number,
  untilAt: number | null = null,
): Promise<void> {
  if (call === undefined)
    return giveBack(world.db, watched, { ...unchanged(watched), state: "closed", nextLookAt: NEVER }, at);
  try {
    const found = await look(world, subjectOf(world, watched, call, at), at, untilAt);
    await giveBack(world.db, watched, found, at);
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    if (error instanceof Stopped) return putBack(world.db, watched, at);
    const nextLookAt = nextTry(watched.failures + 1, at);
    await giveBack(world.db, watched, { ...unchanged(watched), error: wordsOf(error), nextLookAt }, null);
    // A provider refuses in our words. Anything else is a fault of ours, and somebody should hear of it.
    if (!(error instanceof FairminuteError)) throw error;
  }
}
