// The queue as its people see it: join, leave, and how it stands.
import { type Catalogue, FairminuteError, findPreset } from "@fairminute/core";
import type { CallJson, Charging } from "../charging/charging.ts";
import type { Queryable } from "../db/database.ts";
import type { Place } from "./pairing.ts";
import { dropIfDead, findLiveCall, keepPlace, leavePlace, takePlace } from "./places.ts";
import { freePresets, matchAll, type RoundWorld } from "./round.ts";

export interface Wishes {
  /** The terms of the call; it must be free, since nobody has agreed to pay anybody. */
  preset: string;
  topic: string | null;
  language: string | null;
}

export interface MatchmakingJson {
  status: "idle" | "waiting" | "matched";
  waitingSince: string | null;
  /** 1 is who waits longest for this preset. */
  position: number | null;
  matchId: string | null;
  /** The call of the match, as long as it is not over. */
  call: CallJson | null;
}

export interface Matchmaking {
  /**
   * Waits for somebody who fits, or is matched at once with somebody who waits. Joining again is a sign of life.
   * @throws FairminuteError unknown_preset, invalid_request (a preset with a price), already_in_queue (with other wishes),
   *   too_many_calls (in a call already)
   */
  join(userId: string, wishes: Wishes): Promise<MatchmakingJson>;
  /** Waits no more. Who was matched before is told so. */
  leave(userId: string): Promise<MatchmakingJson>;
  /** How it stands. Asking is a sign of life. */
  readStatus(userId: string): Promise<MatchmakingJson>;
}

export interface MatchmakingWorld extends RoundWorld {
  charging: Pick<Charging, "readCall">;
  /** Told after every commit: the courier looks for notices. */
  onWritten: () => void;
}

const idle: MatchmakingJson = { status: "idle", waitingSince: null, position: null, matchId: null, call: null };

function requireFree(preset: string, presets: Catalogue): void {
  if (findPreset(preset, presets).terms.funding.kind === "none") return;
  const free = freePresets(presets).join(", ") || "none here";
  throw new FairminuteError(
    "invalid_request",
    `the preset ${preset} has a price; matchmaking expects a free one: ${free}`,
    { param: "preset" },
  );
}

const MATCH = `select m.id, m.call_id from matches m join calls c on c.id = m.call_id
  where (m.waiting_user_id = $1 or m.joining_user_id = $1) and c.settled_at is null order by m.matched_at desc limit 1`;

/** The match whose call is not over, or null. */
async function findMatch(db: Queryable, userId: string): Promise<{ id: string; call_id: string } | null> {
  const [row] = await db.query<{ id: string; call_id: string }>(MATCH, [userId]);
  return row ?? null;
}

/**
 * Rounds for everybody who asks: whoever asks while one is under way shares the next one, since theirs must begin after their
 * place was there.
 */
function createRounds(run: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  function start(): Promise<void> {
    current = run().finally(() => {
      current = null;
    });
    return current;
  }
  return () => {
    // One that is about to begin comes first: between the end of one and the beginning of the next there is none under way.
    if (next !== null) return next;
    if (current === null) return start();
    next = current.then(() => {
      next = null;
      return start();
    });
    return next;
  };
}

/** Makes the queue's face. It keeps nothing in memory: any number of servers share one queue. */
export function createMatchmaking(world: MatchmakingWorld): Matchmaking {
  const { db, now, charging } = world;
  const match = createRounds(async () => {
    try {
      if ((await matchAll(world)) > 0) world.onWritten();
    } catch (error) {
      // The place is kept: the next sign of life of its owner, or of whoever fits, brings the next round.
      world.onFault(error);
    }
  });

  async function readStatus(userId: string): Promise<MatchmakingJson> {
    let kept = await keepPlace(db, userId, now());
    if (kept?.fitting) {
      await match();
      kept = await keepPlace(db, userId, now());
    }
    if (kept !== null) {
      const waitingSince = new Date(kept.place.waitingSince).toISOString();
      return { ...idle, status: "waiting", waitingSince, position: kept.before + 1 };
    }
    await dropIfDead(db, userId, now());
    const found = await findMatch(db, userId);
    if (found === null) return idle;
    const call = await charging.readCall(found.call_id, userId);
    // It may have ended between the two looks.
    return call.settledAt === null ? { ...idle, status: "matched", matchId: found.id, call } : idle;
  }

  return {
    readStatus,
    async join(userId, { preset, topic, language }) {
      requireFree(preset, world.presets);
      await db.transaction(async (tx) => {
        const wished: Place = { userId, preset, topic, language, waitingSince: now() };
        const place = await takePlace(tx, wished);
        // Asked once the place is taken: a match that was being made of an older place has its call by now.
        const callId = await findLiveCall(tx, userId);
        if (callId !== null) {
          throw new FairminuteError("too_many_calls", "you are in a call already: end it before you look for another", {
            details: { callId },
          });
        }
        if (place.preset !== preset || place.topic !== topic || place.language !== language) {
          throw new FairminuteError("already_in_queue", "you wait already, with other wishes: leave the queue first");
        }
      });
      await match();
      return readStatus(userId);
    },
    async leave(userId) {
      await leavePlace(db, userId);
      return readStatus(userId);
    },
  };
}
