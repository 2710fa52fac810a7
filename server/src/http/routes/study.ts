// Study time: what clients say of their users, days by time zone, and durations as Stream tells them.
import { FairminuteError } from "@fairminute/core";
import { rememberUser } from "../../people/users.ts";
import { readCid } from "../../providers/stream/cid.ts";
import { convertStreamDurationToMinutes, type StreamDurations } from "../../providers/stream/durations.ts";
import { actingUser, type Caller } from "../auth.ts";
import type { AppDeps } from "../deps.ts";
import { type Route, route } from "../route.ts";
import {
  streamActiveCallsSchema,
  streamActiveSchema,
  streamCallParamsSchema,
  streamDetailsSchema,
  streamDurationSchema,
  streamUserParamsSchema,
  studySettingsSchema,
  studySpanSchema,
  studyTimeSchema,
  studyTodaySchema,
  studyTrackingSchema,
  todayQuerySchema,
  trackStudySchema,
} from "../schemas/study.ts";

const shared = { tag: "Study", who: "caller" } as const;

/** A user's token speaks for that user only, and so does a backend that named one. */
function requireOwn(caller: Caller, userId: string): void {
  if (caller.userId === null || caller.userId === userId) return;
  throw new FairminuteError("forbidden", `userId: you are ${caller.userId}, and act for nobody else`, {
    param: "userId",
  });
}

function trackRoute({ study, db }: AppDeps): Route {
  return route({
    ...shared,
    method: "POST",
    url: "/api/study-sessions/stream-duration",
    id: "trackStudyTime",
    summary: "Say that somebody studies in a call, or no longer does",
    description:
      "`start` and `end` are the client's word; a `heartbeat` every 15 s in between is proof. Better evidence goes first: the " +
      "provider's record of connections, then its events. Repeating a start or an end changes nothing. `isTracking` false " +
      "in the answer to a heartbeat: the room's call is over, and a start opens its next one.",
    body: trackStudySchema,
    answer: studyTrackingSchema,
    answers: "How long the user has been in the call, by the best evidence there is.",
    errors: ["forbidden", "call_not_found", "call_not_joinable", "call_already_ended", "room_in_use"],
    async run({ caller, body: { action, ...word } }) {
      requireOwn(caller, word.userId);
      if (caller.userId === null) await rememberUser(db, { id: word.userId, name: null, role: null });
      if (action === "start") return study.start(word);
      return action === "end" ? study.end(word) : study.seen(word);
    },
  });
}

function timeRoutes({ study }: AppDeps): Route[] {
  return [
    route({
      ...shared,
      method: "GET",
      url: "/api/study-time",
      id: "readStudyTime",
      summary: "Read your study time by day",
      description:
        "The time that you were in any study room, days split at midnight in your time zone. Being in several rooms at once, or " +
        "on several devices, counts once. At most 366 days.",
      query: studySpanSchema,
      answer: studyTimeSchema,
      answers: "Every day asked for, and the rooms that filled them.",
      errors: ["invalid_request"],
      run: ({ caller, query }) => study.readDays(actingUser(caller), query),
    }),
    route({
      ...shared,
      method: "GET",
      url: "/api/study-time/today",
      id: "readStudyToday",
      summary: "Read today's study time",
      description: "Also while a call runs: it counts until now.",
      query: todayQuerySchema,
      answer: studyTodaySchema,
      answers: "Today so far, and who else is in your rooms.",
      errors: ["invalid_request"],
      run: ({ caller, query }) => study.readToday(actingUser(caller), query.timeZone),
    }),
    route({
      ...shared,
      method: "PUT",
      url: "/api/study-time/settings",
      id: "chooseStudyTimeZone",
      summary: "Choose the time zone of your days",
      description: "Days that are past are split anew: nothing is stored by day. Until you choose it is UTC.",
      body: studySettingsSchema,
      answer: studySettingsSchema,
      answers: "The time zone as it is kept.",
      errors: ["invalid_request"],
      run: async ({ caller, body }) => ({ timeZone: await study.chooseTimeZone(actingUser(caller), body.timeZone) }),
    }),
  ];
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const minutesOf = (seconds: number | null): number | null =>
  seconds === null ? null : convertStreamDurationToMinutes(seconds);

/** What Stream says of a call is for backends, and for the people of the call that is metered here. */
function askStream({ providers, charging, clock }: AppDeps) {
  const ask = (): StreamDurations => {
    if (providers.stream !== null) return providers.stream.durations;
    throw new FairminuteError(
      "provider_not_configured",
      "This server is connected to no Stream app: set STREAM_API_KEY and STREAM_SECRET_KEY.",
    );
  };
  const askAbout = async (caller: Caller, callId: string): Promise<{ durations: StreamDurations; cid: string }> => {
    const durations = ask();
    const { cid } = readCid(callId, "default");
    if (caller.kind === "backend" && caller.userId === null) return { durations, cid };
    const call = await charging.findRoomCall("stream", cid, clock.now());
    if (call === null) throw noSuchCall(cid);
    await charging.readCall(call.id, actingUser(caller));
    return { durations, cid };
  };
  return { ask, askAbout };
}

const noSuchCall = (cid: string): FairminuteError =>
  new FairminuteError("call_not_found", `there is no call ${cid} for you at Stream`, { param: "callId" });

function streamCallRoutes(deps: AppDeps): Route[] {
  const { askAbout } = askStream(deps);
  const rest = {
    ...shared,
    method: "GET",
    params: streamCallParamsSchema,
    errors: ["call_not_found", "provider_not_configured", "provider_unavailable"],
  } as const;
  return [
    route({
      ...rest,
      url: "/api/stream/calls/:callId/duration",
      id: "getStreamCallDuration",
      summary: "Read how long a call at Stream has lasted",
      description: "From Stream's own record of who was connected. Stream has no field for it.",
      answer: streamDurationSchema,
      answers: "The duration.",
      async run({ caller, params }) {
        const { durations, cid } = await askAbout(caller, params.callId);
        const durationSeconds = await durations.getStreamCallDuration(cid);
        return { callId: cid, durationSeconds, durationMinutes: minutesOf(durationSeconds) };
      },
    }),
    route({
      ...rest,
      url: "/api/stream/calls/:callId/details",
      id: "getStreamCallDetails",
      summary: "Read what Stream knows of a call",
      description: "Its people, and every connection with its times.",
      answer: streamDetailsSchema,
      answers: "The call at Stream.",
      async run({ caller, params }) {
        const { durations, cid } = await askAbout(caller, params.callId);
        const found = await durations.getStreamCallDetails(cid);
        if (found === null) throw noSuchCall(cid);
        const { startedAt, endedAt, connections, ...details } = found;
        return {
          ...details,
          startedAt: iso(startedAt),
          endedAt: iso(endedAt),
          durationMinutes: minutesOf(details.durationSeconds),
          connections: connections.map(({ from, to, ...connection }) => ({
            ...connection,
            from: new Date(from).toISOString(),
            to: iso(to),
          })),
        };
      },
    }),
    route({
      ...rest,
      url: "/api/stream/calls/:callId/active",
      id: "isStreamCallActive",
      summary: "Ask whether a call at Stream is going on",
      description: "It is when it has started and has not ended. A call that Stream does not know is not.",
      answer: streamActiveSchema,
      answers: "Whether it is.",
      async run({ caller, params }) {
        const { durations, cid } = await askAbout(caller, params.callId);
        return { callId: cid, isActive: await durations.isStreamCallActive(cid) };
      },
    }),
  ];
}

function streamUserRoute(deps: AppDeps): Route {
  const { ask } = askStream(deps);
  return route({
    ...shared,
    method: "GET",
    url: "/api/stream/users/:userId/active-calls",
    id: "getUserActiveCalls",
    summary: "List somebody's calls that are going on at Stream",
    description: "Those that the user made or is a member of. A user asks for themself, a backend for anybody.",
    params: streamUserParamsSchema,
    answer: streamActiveCallsSchema,
    answers: "The calls.",
    errors: ["forbidden", "provider_not_configured", "provider_unavailable"],
    async run({ caller, params }) {
      requireOwn(caller, params.userId);
      const calls = await ask().getUserActiveCalls(params.userId);
      return { calls: calls.map((call) => ({ ...call, startedAt: iso(call.startedAt) })) };
    },
  });
}

/** `POST /api/study-sessions/stream-duration`, `/api/study-time…`, and what Stream tells of calls and users. */
export function studyRoutes(deps: AppDeps): Route[] {
  return [trackRoute(deps), ...timeRoutes(deps), ...streamCallRoutes(deps), streamUserRoute(deps)];
}
