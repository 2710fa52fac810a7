// A look at a call that is over: its room is closed where that is ours to do, until nobody is in it, and watched a little longer.
import type { PresentConnection } from "../providers/provider.ts";
import { lacksReport, providerConnections } from "./evidence.ts";
import { nextReport, nextTry, nextWatch } from "./limits.ts";
import { unchanged } from "./live.ts";
import { recordReport } from "./report.ts";
import { type Found, isRoomTaken, NEVER } from "./watched.ts";
import { isAppsRoom, type LookWorld, ofCall, type Subject } from "./world.ts";

/** How soon the room is looked at again after the order to close it: the provider needs a moment to obey. */
const OBEY_MS = 2000;
const ourReasons = ["out_of_funds", "time_limit", "operator_ended"];

/** Whether the call was ended here, and not by people who left. */
function isEndedByUs({ call, state }: Subject): boolean {
  const ending = call.events.find(({ id }) => id === state.endEvidenceId);
  return ending?.source === "command" || (call.endReason !== null && ourReasons.includes(call.endReason));
}

/**
 * Whether the room must be empty after the end. An app's own free room is not ours to keep people out of, unless the call in it was
 * ended here; where somebody pays, coming back after the end would be a free call.
 */
function isGuarded(subject: Subject): boolean {
  const { call, watched } = subject;
  return watched.roomOpenedAt !== null || isEndedByUs(subject) || call.terms.funding.kind !== "none";
}

/** Whether there is a room to be closed although nobody is in it. */
function isOursToClose(subject: Subject): boolean {
  return subject.watched.roomOpenedAt !== null || (isEndedByUs(subject) && !isAppsRoom(subject.call));
}

function mustEnd(subject: Subject, present: readonly PresentConnection[]): boolean {
  const { state, endAskedAt } = subject.watched;
  if (present.length > 0) return isGuarded(subject) || (state === "closing" && subject.call.payeeId !== null);
  return state === "closing" && endAskedAt === null && isOursToClose(subject);
}

/** Who is in the room. In an app's room only the call's people count: what else runs there is the app's matter. */
async function listRoom({ ask }: LookWorld, { call, provider, providerCall, watched }: Subject) {
  if (provider.listPresence === null) return [];
  const present = await ask(provider.listPresence(providerCall));
  return watched.roomOpenedAt === null ? ofCall(call, present) : present;
}

/** Closes the room. Asked once already, or where a room cannot be closed, each connection is cut. */
async function emptyRoom(
  { ask }: LookWorld,
  { provider, providerCall, watched }: Subject,
  present: readonly PresentConnection[],
): Promise<void> {
  const { endCall, removeParticipant } = provider;
  if (endCall !== null) await ask(endCall(providerCall));
  if (removeParticipant === null || (endCall !== null && watched.endAskedAt === null)) return;
  await ask(Promise.all(present.map((connection) => removeParticipant(providerCall, connection))));
}

interface Emptied {
  present: readonly PresentConnection[];
  endAskedAt: number | null;
}

async function emptyWhereOurs(world: LookWorld, subject: Subject, at: number): Promise<Emptied> {
  const { watched } = subject;
  const untouched = { present: [], endAskedAt: watched.endAskedAt };
  if (await isRoomTaken(world.db, watched)) return untouched;
  const present = await listRoom(world, subject);
  if (!mustEnd(subject, present)) return untouched;
  // Somebody may have registered the room for a new call while the provider was asked.
  if (await isRoomTaken(world.db, watched)) return untouched;
  await emptyRoom(world, subject, present);
  return { present: await listRoom(world, subject), endAskedAt: at };
}

/** The record of a call that people were in, as long as it is worth waiting for. @returns when to ask again, or null */
async function completeReport(
  world: LookWorld,
  subject: Subject,
  at: number,
): Promise<{ tries: number; next: number | null }> {
  const tries = subject.watched.reportTries;
  const isKnown = providerConnections(subject.state).length > 0 && lacksReport(subject.state);
  const isAsked = tries > 0 && nextReport(tries, at) === null;
  if (subject.provider.reportDurations === null || !isKnown || isAsked) return { tries, next: null };
  const next = nextReport(tries + 1, at);
  const isDone = await recordReport(world, subject, { isLast: next === null });
  return { tries: tries + 1, next: isDone ? null : next };
}

/** Nobody is let into the room of a call that rings: one that was rejected, cancelled or missed so has none. */
function wasNeverOpen({ call, state, watched }: Subject): boolean {
  return call.acceptedAt === null && watched.roomOpenedAt === null && state.connections.length === 0;
}

function nameAll(present: readonly PresentConnection[]): string {
  return [...new Set(present.map(({ userId }) => userId))].join(", ");
}

/**
 * Looks at a call that is settled. Closed is a room in which nobody was found; until then it is asked for again and again.
 * @throws FairminuteError provider_unavailable: the next look tries again
 */
export async function lookAtEnded(world: LookWorld, subject: Subject, at: number): Promise<Found> {
  const { watched } = subject;
  if (wasNeverOpen(subject)) return { ...unchanged(watched), state: "closed", closedAt: at, nextLookAt: NEVER };
  const { present, endAskedAt } = await emptyWhereOurs(world, subject, at);
  const found = { ...unchanged(watched), endAskedAt };
  if (present.length > 0) {
    // The first order gets a moment to be obeyed; after that somebody should know.
    const isFirst = watched.endAskedAt === null;
    const error = isFirst ? null : `still in the room after the end: ${nameAll(present)}`;
    const nextLookAt = isFirst ? at + OBEY_MS : nextTry(watched.failures + 1, at);
    return { ...found, state: "closing", error, nextLookAt };
  }
  const { tries, next } = await completeReport(world, subject, at);
  if (next !== null) return { ...found, state: "closing", reportTries: tries, nextLookAt: next };
  const isClosedBefore = watched.state === "closed" && endAskedAt === watched.endAskedAt;
  const closedAt = isClosedBefore ? (watched.closedAt ?? at) : at;
  const watchAt = isGuarded(subject) && subject.provider.listPresence !== null ? nextWatch(closedAt, at) : null;
  return { ...found, state: "closed", closedAt, reportTries: tries, nextLookAt: watchAt ?? NEVER };
}
