// The fake's calls and people as Stream writes them: the same objects in webhooks and in REST answers, their times not.
import type { FakeCall, FakeConnection, FakeRun } from "./calls.ts";

/** A JSON object on the wire. */
export type Message = { [field: string]: unknown };

/** How an instant is written: webhooks and REST answers have each their own way. */
export type WriteTime = (ms: number) => string | number;

/** RFC 3339, as in webhooks, in Go's manner: no zeros at the end of the fraction. */
export const writeText: WriteTime = (ms) => new Date(ms).toISOString().replace(/\.?0+Z$/, "Z");
/** Whole nanoseconds, as in REST answers. */
export const writeNanoseconds: WriteTime = (ms) => ms * 1_000_000;

/** Stream's names for what is a run of a call here. */
export const wire = {
  run: "session",
  runId: "session_id",
  presentRunId: "current_session_id",
  callRunId: "call_session_id",
  stays: "participants_sessions",
  stayCount: "total_participant_sessions",
} as const;

/** A user; the fake knows nothing of them but their id. */
export function userMessage(userId: string): Message {
  return { id: userId, name: userId, role: "user", language: "", teams: [], custom: {} };
}

/** A member: somebody who is invited, wherever they are. */
export function memberMessage(call: FakeCall, userId: string, time: WriteTime): Message {
  const at = time(call.createdAtMs);
  const user = userMessage(userId);
  return { user_id: userId, user, role: "call_member", created_at: at, updated_at: at, custom: {} };
}

/** A connection as a participant. */
export function participantMessage({ userId, connectionId, joinedAtMs }: FakeConnection, time: WriteTime): Message {
  return {
    user: userMessage(userId),
    user_session_id: connectionId,
    role: "call_member",
    joined_at: time(joinedAtMs),
  };
}

/** Who is in the run now. */
export function presentIn(run: FakeRun | null): FakeConnection[] {
  return run?.connections.filter(({ leftAtMs }) => leftAtMs === null) ?? [];
}

/** When the limit ends the run, or null. */
export function timerEndsAt(call: FakeCall, run: FakeRun): number | null {
  return call.limitSeconds === null ? null : run.startedAtMs + call.limitSeconds * 1000;
}

function runMessage(call: FakeCall, run: FakeRun, time: WriteTime): Message {
  const timer = timerEndsAt(call, run);
  const present = presentIn(run);
  return {
    id: run.id,
    started_at: time(run.startedAtMs),
    ...(run.endedAtMs === null ? {} : { ended_at: time(run.endedAtMs) }),
    ...(timer === null ? {} : { timer_ends_at: time(timer) }),
    participants: present.map((connection) => participantMessage(connection, time)),
    participants_count_by_role: { call_member: present.length },
    anonymous_participant_count: 0,
    accepted_by: {},
    rejected_by: {},
    missed_by: {},
  };
}

/** The call. It has no `duration`, whatever apps in the wild look for. */
export function callMessage(call: FakeCall, time: WriteTime): Message {
  const run = call.runs.at(-1) ?? null;
  const limits = call.limitSeconds === null ? {} : { max_duration_seconds: call.limitSeconds };
  return {
    cid: call.cid,
    type: call.type,
    id: call.id,
    created_by: userMessage(call.createdBy),
    created_at: time(call.createdAtMs),
    updated_at: time(call.createdAtMs),
    ...(call.endedAtMs === null ? {} : { ended_at: time(call.endedAtMs) }),
    [wire.presentRunId]: run?.id ?? "",
    ...(run === null ? {} : { [wire.run]: runMessage(call, run, time) }),
    settings: { limits, [wire.run]: { inactivity_timeout_seconds: call.inactivitySeconds } },
    blocked_user_ids: [...call.blocked],
    custom: {},
    backstage: false,
    recording: false,
    transcribing: false,
    captioning: false,
  };
}

/** What REST answers carry beside `call`. */
export function membersMessage(call: FakeCall, time: WriteTime): Message[] {
  return call.memberIds.map((userId) => memberMessage(call, userId, time));
}
