// How long a call at Stream has lasted, from the record of who was connected.
import { FairminuteError } from "@fairminute/core";
import type { ReportedConnection } from "../provider.ts";
import { refused, type StreamApi } from "./api.ts";
import { type Cid, readCid } from "./cid.ts";
import { type CallRun, type DescribedCall, readCall, readRuns, startOf } from "./report.ts";
import { listAt, textAt, timeAt, valueAt } from "./wire.ts";

/** A call at Stream with its durations. Instants are ms since the epoch; `durationSeconds` null: nobody was ever in it. */
export type StreamCallDetails = {
  cid: string;
  type: string;
  id: string;
  createdBy: string | null;
  memberIds: string[];
  isActive: boolean;
  startedAt: number | null;
  endedAt: number | null;
  durationSeconds: number | null;
  connections: ReportedConnection[];
};

/** A call that is going on and that the user belongs to; `isPresent`: they are in it right now. */
export type ActiveStreamCall = { cid: string; type: string; id: string; startedAt: number | null; isPresent: boolean };

/** Durations by call id (`type:id`, or an id of the default type). Refused with `provider_unavailable` when Stream does not answer. */
export type StreamDurations = {
  /** Whole seconds from the first who joined to the last who left, or to now; several runs are added up. Null: nobody was ever in it. */
  getStreamCallDuration(callId: string): Promise<number | null>;
  /** The call with its people and durations; null when there is none of this name. */
  getStreamCallDetails(callId: string): Promise<StreamCallDetails | null>;
  /** Whether the call is going on: it has started and has not ended. */
  isStreamCallActive(callId: string): Promise<boolean>;
  /** The calls that are going on and that the user made or is a member of. */
  getUserActiveCalls(userId: string): Promise<ActiveStreamCall[]>;
};

const pageSize = 25;
const pagesMax = 40;

/**
 * Minutes to the nearest whole one, half a minute up, as study time is kept: over many rows the error of the nearest
 * evens out, that of cutting off grows by half a minute a row. Prices never go through this: a tariff has its own rounding.
 */
export function convertStreamDurationToMinutes(seconds: number): number {
  if (!Number.isFinite(seconds) || seconds < 0) {
    const expected = "a number of seconds from 0";
    throw new FairminuteError("invalid_request", `seconds is ${seconds}; expected ${expected}`, {
      param: "seconds",
      details: { expected },
    });
  }
  return Math.round(seconds / 60);
}

/** When the run's last connection ended: an open one with its run, or now while the run is live. */
function endOf(run: CallRun, now: number): number {
  const started = startOf(run);
  const open = run.isLive ? now : (run.endedAt ?? started);
  return run.connections.reduce((last, { to }) => Math.max(last, to ?? open), started);
}

function durationOf(runs: readonly CallRun[], now: number): number | null {
  const filled = runs.filter((run) => run.connections.length > 0);
  if (filled.length === 0) return null;
  const ms = filled.reduce((sum, run) => sum + (endOf(run, now) - startOf(run)), 0);
  return Math.floor(Math.max(0, ms) / 1000);
}

/** `call` is Stream's object. A run that has not ended goes on, unless the whole call was ended. */
function isActive(call: unknown): boolean {
  const hasStarted = timeAt(call, "session", "started_at") !== null;
  return hasStarted && timeAt(call, "session", "ended_at") === null && timeAt(call, "ended_at") === null;
}

function describe(
  cid: Cid,
  { body, memberIds }: DescribedCall,
  runs: readonly CallRun[],
  now: number,
): StreamCallDetails {
  const filled = runs.filter((run) => run.connections.length > 0);
  const [first] = filled;
  const active = isActive(body);
  const ends = filled.map((run) => endOf(run, now));
  return {
    ...cid,
    createdBy: textAt(body, "created_by", "id"),
    memberIds: [...memberIds],
    isActive: active,
    startedAt: first === undefined ? timeAt(body, "session", "started_at") : startOf(first),
    endedAt: active || ends.length === 0 ? timeAt(body, "ended_at") : Math.max(...ends),
    durationSeconds: durationOf(runs, now),
    connections: runs.flatMap((run) => run.connections),
  };
}

function readActiveCall(state: unknown, userId: string): ActiveStreamCall | null {
  const call = valueAt(state, "call");
  const cid = textAt(call, "cid");
  if (cid === null) return null;
  const { type, id } = readCid(cid, "default");
  const participants = listAt(call, "session", "participants") ?? [];
  const isPresent = participants.some((participant) => textAt(participant, "user", "id") === userId);
  return { cid, type, id, startedAt: timeAt(call, "session", "started_at"), isPresent };
}

/** Stream finds calls by their members and their maker, not by who is in them: a guest of an open call is not found. */
async function listActive(api: StreamApi, userId: string): Promise<ActiveStreamCall[]> {
  const belongs = { $or: [{ members: { $in: [userId] } }, { created_by_user_id: userId }] };
  const filter = { $and: [{ ongoing: true }, belongs] };
  const found = new Map<string, ActiveStreamCall>();
  let next: string | null = null;
  for (let page = 0; page < pagesMax; page++) {
    const body = { filter_conditions: filter, limit: pageSize, ...(next === null ? {} : { next }) };
    const answer = await api.send("POST", "/api/v2/video/calls", { body });
    const calls = answer.ok ? listAt(answer.body, "calls") : null;
    if (calls === null) throw refused("to list calls", answer);
    for (const state of calls) {
      const call = isActive(valueAt(state, "call")) ? readActiveCall(state, userId) : null;
      if (call !== null) found.set(call.cid, call);
    }
    next = textAt(answer.body, "next");
    if (next === null) break;
  }
  return [...found.values()];
}

/** Makes the durations of one app. */
export function createStreamDurations(api: StreamApi, world: { now(): number }, callType = "default"): StreamDurations {
  const read = async (callId: string): Promise<{ cid: Cid; call: DescribedCall; runs: CallRun[] } | null> => {
    const cid = readCid(callId, callType);
    const call = await readCall(api, cid);
    return call === null ? null : { cid, call, runs: await readRuns(api, cid, call) };
  };
  return {
    async getStreamCallDuration(callId) {
      const found = await read(callId);
      return found === null ? null : durationOf(found.runs, world.now());
    },
    async getStreamCallDetails(callId) {
      const found = await read(callId);
      return found === null ? null : describe(found.cid, found.call, found.runs, world.now());
    },
    async isStreamCallActive(callId) {
      const call = await readCall(api, readCid(callId, callType));
      return call !== null && isActive(call.body);
    },
    getUserActiveCalls: (userId) => listActive(api, userId),
  };
}
