// Stream's own record of who was connected when: the runs of a call, and the connections of each run.
import type { ReportedConnection } from "../provider.ts";
import { refused, type StreamApi, saysMissing, unavailable } from "./api.ts";
import { type Cid, pathOf } from "./cid.ts";
import { listAt, textAt, timeAt, valueAt } from "./wire.ts";

/**
 * One run of a call: what Stream calls a session. It begins with the first who joins and ends some time after the last has
 * left; a call that is used again has another one. `isLive`: nothing says yet that it has ended.
 */
export type CallRun = {
  readonly id: string;
  readonly isLive: boolean;
  readonly endedAt: number | null;
  readonly connections: readonly ReportedConnection[];
};

/** A call as Stream describes it; `body` is Stream's own `call` object. */
export type DescribedCall = { readonly body: unknown; readonly memberIds: readonly string[] };

const pageSize = 100;
/** More pages than any call has people; beyond it somebody sends us round in circles. */
const pagesMax = 200;

/** The call, or null when Stream has none of this name. */
export async function readCall(api: StreamApi, cid: Cid): Promise<DescribedCall | null> {
  const answer = await api.send("GET", pathOf(cid));
  if (saysMissing(answer)) return null;
  const call = valueAt(answer.body, "call");
  if (!answer.ok || textAt(call, "cid") !== cid.cid) throw refused("to describe the call", answer);
  const members = listAt(answer.body, "members") ?? [];
  const memberIds = members.map((member) => textAt(member, "user_id") ?? textAt(member, "user", "id"));
  return { body: call, memberIds: memberIds.filter((id) => id !== null) };
}

/**
 * The ids of the call's runs: the present or last one, which the call itself names, and those before it from the list of
 * finished runs. That list is a convenience of Stream's: an app that may not read it has the last run at least.
 */
async function listRunIds(api: StreamApi, cid: Cid, call: DescribedCall): Promise<string[]> {
  const ids = new Set<string>();
  let next: string | null = null;
  for (let page = 0; page < pagesMax; page++) {
    const filter = { filter_conditions: { call_cid: cid.cid }, limit: pageSize, ...(next === null ? {} : { next }) };
    const answer = await api.send("POST", "/api/v2/video/call/stats", { body: filter });
    if (!answer.ok) break;
    for (const report of listAt(answer.body, "reports") ?? []) {
      const id = textAt(report, "call_session_id");
      if (id !== null && textAt(report, "call_cid") === cid.cid) ids.add(id);
    }
    next = textAt(answer.body, "next");
    if (next === null) break;
  }
  const last = textAt(call.body, "session", "id") ?? textAt(call.body, "current_session_id");
  if (last !== null) ids.add(last);
  return [...ids];
}

/**
 * A connection that came back under its old name is written as a second one ("name#2"): each stay has a beginning and an
 * end of its own, and a connection has only one of each.
 */
function nameStays(runs: readonly CallRun[]): CallRun[] {
  const counts = new Map<string, number>();
  const named = (stay: ReportedConnection): ReportedConnection => {
    const count = (counts.get(stay.connectionId) ?? 0) + 1;
    counts.set(stay.connectionId, count);
    return count === 1 ? stay : { ...stay, connectionId: `${stay.connectionId}#${count}` };
  };
  return runs.map((run) => ({ ...run, connections: [...run.connections].sort(compareStays).map(named) }));
}

function compareStays(a: ReportedConnection, b: ReportedConnection): number {
  return a.from - b.from || (a.connectionId < b.connectionId ? -1 : 1);
}

/** A stay that Stream cannot date proves nothing and is left out; one that has no end is open, as far as this tells. */
function readStay(entry: unknown): ReportedConnection | null {
  const userId = textAt(entry, "user_id");
  const connectionId = textAt(entry, "user_session_id");
  const from = timeAt(entry, "joined_at");
  if (userId === null || connectionId === null || from === null) return null;
  const to = timeAt(entry, "left_at");
  return { userId, connectionId, from, to: to === null ? null : Math.max(from, to) };
}

async function readRun(api: StreamApi, cid: Cid, runId: string): Promise<CallRun> {
  const path = `${pathOf(cid)}/session/${encodeURIComponent(runId)}/participant_sessions`;
  const stays: ReportedConnection[] = [];
  let next: string | null = null;
  let endedAt: number | null = null;
  for (let page = 0; ; page++) {
    if (page >= pagesMax) throw unavailable("lists participants without end");
    const query = { limit: String(pageSize), ...(next === null ? {} : { next }) };
    const answer = await api.send("GET", path, { query });
    if (saysMissing(answer)) break;
    const entries = answer.ok ? listAt(answer.body, "participants_sessions") : null;
    if (entries === null) throw refused("to report who was in the call", answer);
    for (const entry of entries) {
      const stay = readStay(entry);
      if (stay !== null) stays.push(stay);
    }
    endedAt ??= timeAt(answer.body, "session", "ended_at");
    next = textAt(answer.body, "next");
    if (next === null) break;
  }
  return { id: runId, isLive: endedAt === null, endedAt, connections: stays };
}

/** Every run of the call, earliest first. `duration` in all of these answers is how long the request took: it is never read. */
export async function readRuns(api: StreamApi, cid: Cid, call: DescribedCall): Promise<CallRun[]> {
  const lastId = textAt(call.body, "session", "id");
  const lastEndedAt = timeAt(call.body, "session", "ended_at") ?? timeAt(call.body, "ended_at");
  const runs: CallRun[] = [];
  for (const id of await listRunIds(api, cid, call)) {
    const run = await readRun(api, cid, id);
    const endedAt = run.endedAt ?? (id === lastId ? lastEndedAt : null);
    // Only the last run can be going on; one before it has ended, even if nothing says when.
    runs.push({ ...run, endedAt, isLive: id === lastId && endedAt === null });
  }
  return nameStays(runs.sort(compareRuns));
}

/** Two runs of nobody have no order: the difference of two infinities is no number. */
function compareRuns(a: CallRun, b: CallRun): number {
  const [first, second] = [startOf(a), startOf(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** When the run's first connection began. A run of nobody stands at the end. */
export function startOf(run: CallRun): number {
  return run.connections.reduce((first, { from }) => Math.min(first, from), Number.POSITIVE_INFINITY);
}
