// What the fake answers at each of Stream's addresses.
import { type ApiWorld, type RestAnswer, restAnswer, restError } from "./answers.ts";
import type { FakeCall, FakeRun } from "./calls.ts";
import {
  callMessage,
  type Message,
  membersMessage,
  participantMessage,
  presentIn,
  userMessage,
  wire,
  writeNanoseconds,
} from "./messages.ts";

/** A request that found its route. `more` is a third part of the path. */
export type RouteInput = { type: string; id: string; more: string; query: URLSearchParams; body: Message };

type Route = { method: string; path: RegExp; answer(world: ApiWorld, input: RouteInput): RestAnswer };

const base = "/api/v2/video";
const time = writeNanoseconds;
const pageSizeDefault = 25;

function callPath(rest: string): RegExp {
  return new RegExp(`^${base}/call/([^/]+)/([^/]+)${rest}$`);
}

function objectIn(message: Message, ...path: string[]): Message {
  let found: unknown = message;
  for (const field of path) found = (found as Message | undefined)?.[field];
  return typeof found === "object" && found !== null ? (found as Message) : {};
}

function limitIn(message: Message): number | null {
  const { max_duration_seconds: seconds } = objectIn(message, "settings_override", "limits");
  return typeof seconds === "number" && seconds > 0 ? seconds : null;
}

function userIn(message: Message): string {
  return typeof message.user_id === "string" ? message.user_id : "";
}

function describe(call: FakeCall, more: Message = {}): Message {
  return { call: callMessage(call, time), members: membersMessage(call, time), own_capabilities: [], ...more };
}

/** Wraps what is answered about a call that has to exist. */
function ofCall(answer: (world: ApiWorld, call: FakeCall, input: RouteInput) => RestAnswer): Route["answer"] {
  return (world, input) => {
    const call = world.state.calls.get(`${input.type}:${input.id}`);
    return call === undefined
      ? restError(404, 16, `Can't find call with id ${input.type}:${input.id}`)
      : answer(world, call, input);
  };
}

/** A command: when the API lies it says yes and does nothing. */
function command(act: (world: ApiWorld, call: FakeCall, input: RouteInput) => RestAnswer | null): Route["answer"] {
  return ofCall((world, call, input) => {
    const refusal = world.troubles.apiLies === "commands" ? null : act(world, call, input);
    return refusal ?? restAnswer(201, {});
  });
}

function getOrCreate(world: ApiWorld, { type, id, body }: RouteInput): RestAnswer {
  const known = world.state.calls.get(`${type}:${id}`);
  if (known !== undefined) return restAnswer(201, describe(known, { created: false }));
  const data = objectIn(body, "data");
  const createdBy = data.created_by_id;
  if (typeof createdBy !== "string") {
    return restError(400, 4, "created_by or created_by_id is required for server side requests");
  }
  const members = Array.isArray(data.members) ? data.members.map((member) => userIn(member as Message)) : [];
  const missing = [createdBy, ...members].filter((userId) => !world.state.users.has(userId));
  if (missing.length > 0) {
    return restError(
      400,
      4,
      `The following users are involved in call create operation, but don't exist: [${missing}]`,
    );
  }
  const call = world.state.create({ type, id, createdBy, memberIds: members, limitSeconds: limitIn(data) });
  return restAnswer(201, describe(call, { created: true }));
}

function listParticipants(world: ApiWorld, call: FakeCall, { query }: RouteInput): RestAnswer {
  const { apiLies } = world.troubles;
  const ghosts = apiLies === "ghosts" ? (world.ghosts.get(call.cid) ?? []) : [];
  const present = presentIn(call.runs.at(-1) ?? null);
  const shown = apiLies === "empty" ? [] : [...present, ...ghosts];
  const limit = Number(query.get("limit") ?? pageSizeDefault);
  const participants = shown.slice(0, limit).map((connection) => participantMessage(connection, time));
  return restAnswer(201, describe(call, { participants, total_participants: shown.length }));
}

function stayMessage({ userId, connectionId, joinedAtMs, leftAtMs }: FakeRun["connections"][number]): Message {
  const ended =
    leftAtMs === null ? {} : { left_at: time(leftAtMs), duration_in_seconds: seconds(leftAtMs - joinedAtMs) };
  const message = { user_id: userId, user_session_id: connectionId, joined_at: time(joinedAtMs), ...ended };
  return { ...message, publisher_type: "webrtc", roles: ["call_member"] };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function listStays(_world: ApiWorld, call: FakeCall, { more, query }: RouteInput): RestAnswer {
  const run = call.runs.find(({ id }) => id === more);
  if (run === undefined) return restError(404, 16, `Can't find session ${more}`);
  const limit = Number(query.get("limit") ?? pageSizeDefault);
  const from = Number(query.get("next") ?? 0);
  const page = run.connections.slice(from, from + limit);
  const isLast = from + limit >= run.connections.length;
  const total = run.connections.reduce(
    (sum, { joinedAtMs, leftAtMs }) => sum + seconds((leftAtMs ?? joinedAtMs) - joinedAtMs),
    0,
  );
  return restAnswer(200, {
    duration: 4,
    call_type: call.type,
    call_id: call.id,
    [wire.callRunId]: run.id,
    total_participant_duration: total,
    [wire.stayCount]: run.connections.length,
    [wire.stays]: page.map(stayMessage),
    ...(isLast ? {} : { next: String(from + limit) }),
    [wire.run]: { id: run.id, ...(run.endedAtMs === null ? {} : { ended_at: time(run.endedAtMs) }) },
  });
}

/** As much of Stream's filters as anybody here uses. */
function fits(call: FakeCall, filter: Message): boolean {
  const run = call.runs.at(-1);
  return Object.entries(filter).every(([field, wanted]) => {
    const list = Array.isArray(wanted) ? (wanted as Message[]) : [];
    if (field === "$and") return list.every((part) => fits(call, part));
    if (field === "$or") return list.some((part) => fits(call, part));
    if (field === "ongoing") return (run !== undefined && run.endedAtMs === null) === wanted;
    if (field === "created_by_user_id") return call.createdBy === wanted;
    if (field === "call_cid" || field === "cid") return call.cid === wanted;
    if (field !== "members") return false;
    const { $in: userIds } = wanted as { $in?: string[] };
    return userIds?.some((userId) => call.memberIds.includes(userId)) ?? false;
  });
}

function page<Item>(items: readonly Item[], body: Message): { items: Item[]; more: Message } {
  const limit = typeof body.limit === "number" ? body.limit : pageSizeDefault;
  const from = Number(body.next ?? 0);
  const more = from + limit < items.length ? { next: String(from + limit) } : {};
  return { items: items.slice(from, from + limit), more };
}

function listCalls({ state }: ApiWorld, { body }: RouteInput): RestAnswer {
  const found = [...state.calls.values()].filter((call) => fits(call, objectIn(body, "filter_conditions")));
  const { items, more } = page(found, body);
  return restAnswer(201, { calls: items.map((call) => describe(call)), ...more });
}

/** Finished runs only: there is no report on one that goes on. */
function listReports({ state }: ApiWorld, { body }: RouteInput): RestAnswer {
  const found = [...state.calls.values()].filter((call) => fits(call, objectIn(body, "filter_conditions")));
  const reports = found.flatMap((call) =>
    call.runs.flatMap((run) =>
      run.endedAtMs === null
        ? []
        : {
            call_cid: call.cid,
            [wire.callRunId]: run.id,
            call_status: "ended",
            call_duration_seconds: seconds(run.endedAtMs - run.startedAtMs),
            first_stats_time: time(run.startedAtMs),
            created_at: time(run.endedAtMs),
          },
    ),
  );
  const { items, more } = page(reports, body);
  return restAnswer(201, { reports: items, ...more });
}

function reportRun(_world: ApiWorld, call: FakeCall, { query }: RouteInput): RestAnswer {
  const wanted = query.get("session_id");
  const run = wanted === null ? call.runs.at(-1) : call.runs.find(({ id }) => id === wanted);
  if (run === undefined) return restError(404, 16, "Can't find session");
  const ended = run.endedAtMs === null ? {} : { ended_at: time(run.endedAtMs) };
  const report = { call: { started_at: time(run.startedAtMs), ...ended, score: 0 } };
  return restAnswer(200, { [wire.runId]: run.id, report });
}

function countLive({ state }: ApiWorld): RestAnswer {
  const live = [...state.calls.values()].filter((call) => fits(call, { ongoing: true }));
  const participants = live.reduce((sum, call) => sum + presentIn(call.runs.at(-1) ?? null).length, 0);
  return restAnswer(200, { summary: { active_calls: live.length, participants } });
}

function findUsers({ state }: ApiWorld, { query }: RouteInput): RestAnswer {
  const payload = JSON.parse(query.get("payload") ?? "{}") as Message;
  const { $in: wanted } = objectIn(payload, "filter_conditions", "id") as { $in?: string[] };
  const found = [...state.users].filter((userId) => wanted?.includes(userId) ?? true);
  return restAnswer(200, { users: found.map(userMessage) });
}

function writeUsers({ state }: ApiWorld, { body }: RouteInput): RestAnswer {
  const userIds = Object.keys(objectIn(body, "users"));
  for (const userId of userIds) state.users.add(userId);
  return restAnswer(201, { users: Object.fromEntries(userIds.map((userId) => [userId, userMessage(userId)])) });
}

function updateLimit(world: ApiWorld, call: FakeCall, { body }: RouteInput): RestAnswer {
  const { limits } = objectIn(body, "settings_override");
  if (limits !== undefined && world.troubles.apiLies !== "commands") call.limitSeconds = limitIn(body);
  return restAnswer(200, describe(call));
}

/** Stream's addresses, each with its answer. */
export const routes: readonly Route[] = [
  { method: "GET", path: callPath(""), answer: ofCall((_world, call) => restAnswer(200, describe(call))) },
  { method: "POST", path: callPath(""), answer: getOrCreate },
  { method: "PATCH", path: callPath(""), answer: ofCall(updateLimit) },
  {
    method: "POST",
    path: callPath("/mark_ended"),
    answer: command(({ state }, call) => {
      if (call.endedAtMs !== null) return restError(400, 4, "call has already ended");
      state.end(call, null);
      return null;
    }),
  },
  {
    method: "POST",
    path: callPath("/kick"),
    answer: command(({ state }, call, { body }) => {
      state.remove(call, userIn(body), { byUserId: null, isBlocked: body.block === true });
      return null;
    }),
  },
  {
    method: "POST",
    path: callPath("/block"),
    answer: command(({ state }, call, { body }) => {
      state.remove(call, userIn(body), { byUserId: null, isBlocked: true });
      return null;
    }),
  },
  { method: "POST", path: callPath("/participants"), answer: ofCall(listParticipants) },
  { method: "GET", path: callPath("/session/([^/]+)/participant_sessions"), answer: ofCall(listStays) },
  { method: "GET", path: callPath("/report"), answer: ofCall(reportRun) },
  { method: "POST", path: new RegExp(`^${base}/calls$`), answer: listCalls },
  { method: "POST", path: new RegExp(`^${base}/call/stats$`), answer: listReports },
  { method: "GET", path: new RegExp(`^${base}/active_calls_status$`), answer: countLive },
  { method: "GET", path: /^\/api\/v2\/users$/, answer: findUsers },
  { method: "POST", path: /^\/api\/v2\/users$/, answer: writeUsers },
];
