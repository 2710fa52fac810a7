// What this server asks of a call at Stream: make it, limit it, end it, cut somebody off, see who is there.
import type { PresentConnection, Provider, ProviderCall } from "../provider.ts";
import { refused, type StreamAnswer, type StreamApi, saysMissing, unavailable } from "./api.ts";
import { type Cid, pathOf } from "./cid.ts";
import { listAt, numberAt, textAt, timeAt } from "./wire.ts";

/** The abilities of the provider that go over the API, for calls by their room name. */
export type StreamRoom = {
  [Name in "openRoom" | "limitCall" | "readLimit" | "endCall" | "removeParticipant" | "listPresence"]: NonNullable<
    Provider[Name]
  >;
};

/** As many participants as are asked for at once. A fuller room is not sampled: half a list would read as absence. */
const participantsMax = 100;

/** Users who do not exist at Stream cannot be members. Only those are made: writing one who exists would wipe their name. */
async function makeMissingUsers(api: StreamApi, userIds: readonly string[]): Promise<void> {
  const filter = { filter_conditions: { id: { $in: userIds } }, limit: userIds.length };
  const answer = await api.send("GET", "/api/v2/users", { query: { payload: JSON.stringify(filter) } });
  const users = answer.ok ? listAt(answer.body, "users") : null;
  if (users === null) throw refused("to list users", answer);
  const known = new Set(users.map((user) => textAt(user, "id")));
  const missing = userIds.filter((userId) => !known.has(userId));
  if (missing.length === 0) return;
  const body = { users: Object.fromEntries(missing.map((id) => [id, { id }])) };
  const made = await api.send("POST", "/api/v2/users", { body });
  if (!made.ok) throw refused("to make users", made);
}

/**
 * Gets the call or makes it. Seats are not limited there: somebody who reconnects holds two for a moment and would be
 * locked out. A call that exists keeps the limit that it has; `limitCall` is what changes one.
 */
async function openRoom(api: StreamApi, cid: Cid, call: ProviderCall): Promise<void> {
  const userIds = [...new Set(call.userIds)];
  const limit = call.maximumDurationSeconds;
  const data = {
    created_by_id: userIds[0],
    members: userIds.map((userId) => ({ user_id: userId })),
    ...(limit === null ? {} : { settings_override: { limits: { max_duration_seconds: limit } } }),
  };
  const make = (): Promise<StreamAnswer> => api.send("POST", pathOf(cid), { body: { data } });
  let answer = await make();
  if (!answer.ok && userIds.length > 0) {
    await makeMissingUsers(api, userIds);
    answer = await make();
  }
  if (!answer.ok) throw refused("to make the call", answer);
  if (textAt(answer.body, "call", "cid") !== cid.cid) throw unavailable("answered with another call");
}

/** Zero would lift the limit there, so that a limit which has passed is one second. */
async function limitCall(api: StreamApi, cid: Cid, seconds: number): Promise<void> {
  const limits = { max_duration_seconds: Math.max(1, Math.ceil(seconds)) };
  const answer = await api.send("PATCH", pathOf(cid), { body: { settings_override: { limits } } });
  // A call that is gone or over needs no limit any more.
  if (!answer.ok && !saysMissing(answer) && !(await hasEnded(api, cid))) throw refused("to limit the call", answer);
}

/** The limit in force: the call's own, or that of its type. A call that does not exist has none. */
async function readLimit(api: StreamApi, cid: Cid): Promise<number | null> {
  const answer = await api.send("GET", pathOf(cid));
  if (saysMissing(answer)) return null;
  if (!answer.ok || textAt(answer.body, "call", "cid") === null) throw refused("to describe the call", answer);
  const seconds = numberAt(answer.body, "call", "settings", "limits", "max_duration_seconds");
  return seconds === null || seconds <= 0 ? null : seconds;
}

async function hasEnded(api: StreamApi, cid: Cid): Promise<boolean> {
  const answer = await api.send("GET", pathOf(cid));
  return saysMissing(answer) || (answer.ok && timeAt(answer.body, "call", "ended_at") !== null);
}

async function endCall(api: StreamApi, cid: Cid): Promise<void> {
  const answer = await api.send("POST", `${pathOf(cid)}/mark_ended`, { body: {} });
  if (!answer.ok && !saysMissing(answer) && !(await hasEnded(api, cid))) throw refused("to end the call", answer);
}

/**
 * Stream cuts off persons, not connections: all of a user's connections go at once, whichever was named. A kicked user
 * may come back as long as the call lives, who is removed again then. Where an app is too old to know `kick` (an answer
 * that is not in Stream's own shape), `block` does the same, and also keeps the user out.
 */
async function removeParticipant(api: StreamApi, cid: Cid, userId: string): Promise<void> {
  let answer = await api.send("POST", `${pathOf(cid)}/kick`, { body: { user_id: userId } });
  const isUnknownAddress = answer.status === 405 || (answer.status === 404 && !saysMissing(answer));
  if (isUnknownAddress) answer = await api.send("POST", `${pathOf(cid)}/block`, { body: { user_id: userId } });
  if (answer.ok || saysMissing(answer)) return;
  const present = await listPresence(api, cid);
  if (present.some((connection) => connection.userId === userId)) throw refused("to remove a user", answer);
}

/**
 * Asks for the participants of the call's live run; the lists inside `call` may be shortened and are not used.
 * A call that does not exist has none.
 */
async function listPresence(api: StreamApi, cid: Cid): Promise<PresentConnection[]> {
  const query = { limit: String(participantsMax) };
  const answer = await api.send("POST", `${pathOf(cid)}/participants`, { query, body: { filter_conditions: {} } });
  if (saysMissing(answer)) return [];
  const participants = answer.ok ? listAt(answer.body, "participants") : null;
  if (participants === null) throw refused("to list the participants", answer);
  const total = numberAt(answer.body, "total_participants") ?? participants.length;
  if (participants.length >= participantsMax && total > participants.length) {
    throw unavailable("lists only some of the participants", { listed: participants.length, total });
  }
  return participants.map((participant) => {
    const userId = textAt(participant, "user", "id");
    const connectionId = textAt(participant, "user_session_id");
    if (userId === null || connectionId === null) throw unavailable("lists a participant without a name");
    return { userId, connectionId, joinedAt: timeAt(participant, "joined_at") };
  });
}

/** Binds the abilities to one app. */
export function createStreamRoom(api: StreamApi, cidOf: (roomName: string) => Cid): StreamRoom {
  return {
    openRoom: (call) => openRoom(api, cidOf(call.roomName), call),
    limitCall: (call, seconds) => limitCall(api, cidOf(call.roomName), seconds),
    readLimit: (call) => readLimit(api, cidOf(call.roomName)),
    endCall: (call) => endCall(api, cidOf(call.roomName)),
    removeParticipant: (call, { userId }) => removeParticipant(api, cidOf(call.roomName), userId),
    listPresence: (call) => listPresence(api, cidOf(call.roomName)),
  };
}
