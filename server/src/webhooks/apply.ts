// From a stored webhook to its effect: the call of its room is found or opened, and the evidence recorded there.
import { type Catalogue, FairminuteError, findPreset } from "@fairminute/core";
import type { CallJson, Charging, Evidence } from "../charging/charging.ts";
import { presetForUnknown, type UnknownCallRule } from "../config/providers.ts";
import type { Database } from "../db/database.ts";
import { lifeCallId, roomNamesOf, typeOfRoom } from "./names.ts";
import { findCall, firstPresence } from "./people.ts";
import {
  keepOutsideCall,
  listUnmatchedLives,
  markApplied,
  markUnmatched,
  readCallOfLife,
  readHow,
  readLife,
  readPending,
  type StoredWebhook,
} from "./stored.ts";

export interface ApplyWorld {
  db: Database;
  charging: Pick<Charging, "openCall" | "recordEvents" | "findRoomCall" | "readCall">;
  now: () => number;
  /** What presets there are; the rules for unknown calls name no other. */
  presets: Catalogue;
  unknownCalls: readonly UnknownCallRule[];
  /** Told of a call that is over and of which something is still heard: somebody may be in its room again. */
  onLate: (callId: string) => Promise<void>;
}

/** Refusals by which a call cannot be opened now; its webhooks are kept, and the next one tries again. */
const refusals = new Set(["insufficient_balance", "too_many_calls", "cannot_call_yourself", "unknown_preset"]);

export const codeOf = (error: unknown): string | null => (error instanceof FairminuteError ? error.code : null);

/** The call by its id, or null. */
export async function findCallById({ charging }: ApplyWorld, callId: string): Promise<CallJson | null> {
  try {
    return await charging.readCall(callId, null);
  } catch (error) {
    if (codeOf(error) === "call_not_found") return null;
    throw error;
  }
}

/** The call that runs in a room at an instant, or the last one before. An outside WebRTC server may name a call by its id. */
export async function findCallOf(
  world: ApplyWorld,
  provider: string,
  roomName: string,
  at: number,
): Promise<CallJson | null> {
  for (const name of roomNamesOf(provider, roomName)) {
    const call = await world.charging.findRoomCall(provider, name, at);
    if (call !== null) return call;
  }
  const named = provider === "webrtc" ? await findCallById(world, roomName) : null;
  return named?.provider === "webrtc" ? named : null;
}

/**
 * What webhooks prove in a call. In a room without sides everybody who is seen takes part, so that a sighting counts only where its
 * webhook says that it is a person's; elsewhere the call's people are known.
 */
function eventsOf(webhooks: readonly StoredWebhook[], { payeeId }: Pick<CallJson, "payeeId">): Evidence[] {
  return webhooks.flatMap(({ events, people }) =>
    payeeId === null
      ? events.filter(({ type, userId }) => type !== "participant.seen" || people.includes(userId ?? ""))
      : events,
  );
}

/** Records webhooks to a call and marks them. @returns their ids */
export async function recordTo(
  { db, charging, onLate }: ApplyWorld,
  call: Pick<CallJson, "id" | "settledAt" | "payeeId">,
  webhooks: readonly StoredWebhook[],
): Promise<string[]> {
  const events = eventsOf(webhooks, call);
  if (events.length > 0) await charging.recordEvents(call.id, events);
  const ids = webhooks.map(({ id }) => id);
  const [first] = webhooks;
  if (first !== undefined) await markApplied(db, first.provider, ids, { id: call.id, isLive: call.settledAt === null });
  if (call.settledAt !== null && events.length > 0) await onLate(call.id);
  return ids;
}

/**
 * Whether a webhook is of the room's next call: the one that was found is over, and in this life of the room nobody was there
 * before that end. What names no life is late evidence, and so is all that comes from a room of our own, whose name is used once.
 */
async function isOfNextCall(world: ApplyWorld, webhook: StoredWebhook, call: CallJson): Promise<boolean> {
  const endedAt = Date.parse(call.endedAt ?? call.settledAt ?? "");
  const { provider, roomName, life, occurredAt } = webhook;
  if (life === null || Number.isNaN(endedAt) || occurredAt <= endedAt) return false;
  const from = firstPresence(await readLife(world.db, provider, roomName, life), life);
  if (from === null || from <= endedAt) return false;
  return (await readHow(world.db, call.id)) !== null;
}

/**
 * The call that a webhook is about. Clocks differ, so a call may be found that was opened a little later: then the one that the rest
 * of this life of the room belongs to is meant, if there is one.
 */
async function findCallFor(world: ApplyWorld, webhook: StoredWebhook): Promise<CallJson | null> {
  const { provider, roomName, life, occurredAt } = webhook;
  const call = await findCallOf(world, provider, roomName, occurredAt);
  if (call === null || life === null || occurredAt >= Date.parse(call.requestedAt)) return call;
  const boundId = await readCallOfLife(world.db, provider, roomName, life);
  return boundId === null || boundId === call.id ? call : await findCallById(world, boundId);
}

/** Carries out what one webhook says. @returns the ids of all that took effect with it */
async function applyOne(world: ApplyWorld, webhook: StoredWebhook): Promise<string[]> {
  const call = await findCallFor(world, webhook);
  if (call === null) return openFor(world, webhook, null);
  if (call.settledAt === null) return recordTo(world, call, [webhook]);
  return (await isOfNextCall(world, webhook, call)) ? openFor(world, webhook, call) : recordTo(world, call, [webhook]);
}

/** A webhook without a call: opens one if there are terms for it and its people are known. */
async function openFor(world: ApplyWorld, webhook: StoredWebhook, previous: CallJson | null): Promise<string[]> {
  const { provider, roomName, life, id } = webhook;
  const callId = lifeCallId(provider, roomName, life, previous?.id ?? null);
  const readTold = (): Promise<StoredWebhook[]> => readLife(world.db, provider, roomName, life);
  const refuse = async (note: string): Promise<string[]> => {
    await markUnmatched(world.db, provider, id, note);
    return [id];
  };
  // Another server may have found it at this very instant.
  const known = await findCallById(world, callId);
  if (known !== null) return recordTo(world, known, freeOf(await readTold(), callId));
  if (previous !== null && (await readHow(world.db, previous.id)) === "registered") {
    return refuse(`the call ${previous.id} that was registered for this room is over`);
  }
  const preset = presetForUnknown(world.unknownCalls, provider, typeOfRoom(provider, roomName));
  if (preset === null) return refuse("no call is registered for this room, and no terms are named for calls like it");
  const told = await readTold();
  const found = findCall(told, findPreset(preset, world.presets));
  if (typeof found === "string")
    return [...(await refuse(found)), ...(life === null ? await openWaiting(world, webhook, previous) : [])];
  try {
    return await openFound(world, { callId, provider, roomName, how: "found", preset, ...found }, told);
  } catch (error) {
    if (!refusals.has(codeOf(error) ?? "")) throw error;
    return refuse(`${codeOf(error)}: ${(error as Error).message}`);
  }
}

/** What names no life of the room may be the word that a life still waits for, such as who made the call. */
async function openWaiting(world: ApplyWorld, webhook: StoredWebhook, previous: CallJson | null): Promise<string[]> {
  const { provider, roomName } = webhook;
  const [life] = (await listUnmatchedLives(world.db, provider, roomName)).filter((one) => one !== null);
  const told = life === undefined ? [] : await readLife(world.db, provider, roomName, life);
  const waiting = told.find((one) => one.life === life);
  return waiting === undefined ? [] : openFor(world, waiting, previous);
}

/** Of what was told, that which belongs to no other call. */
export function freeOf(told: readonly StoredWebhook[], callId: string): StoredWebhook[] {
  return told.filter((webhook) => webhook.life !== null || webhook.callId === null || webhook.callId === callId);
}

export interface Found {
  callId: string;
  provider: string;
  roomName: string;
  how: "found" | "adopted" | "registered";
  preset: string;
  payerId: string;
  payeeId: string | null;
  requestedAt: number;
  estimatedMinutes?: number | undefined;
  joinTimeoutSeconds?: number | undefined;
  pricePerMinute?: bigint | undefined;
}

/** The call's hold begins with one minute and is extended while the talk lasts. */
const ESTIMATED_MINUTES = 1;

/**
 * Opens a call with all that was told of it. Somebody else may be first, on another server or by a registration: then it is
 * theirs, and gets the evidence.
 * @returns the ids of the webhooks that are now part of a call
 */
export async function openFound(world: ApplyWorld, found: Found, told: readonly StoredWebhook[]): Promise<string[]> {
  const { callId, provider, roomName, how } = found;
  await keepOutsideCall(world.db, { id: callId, provider, roomName, how });
  const mine = freeOf(told, callId);
  const call = await openOrJoin(world, found, mine);
  // A call that was there already keeps the evidence that it was opened with; this adds what it lacks.
  return recordTo(world, call, mine);
}

async function openOrJoin(world: ApplyWorld, found: Found, mine: readonly StoredWebhook[]): Promise<CallJson> {
  const { callId, provider, roomName, how, payerId, payeeId, preset, requestedAt, pricePerMinute } = found;
  try {
    return await world.charging.openCall({
      callId,
      provider,
      roomName,
      payerId,
      payeeId,
      preset,
      pricePerMinute,
      requestedAt,
      estimatedMinutes: found.estimatedMinutes ?? ESTIMATED_MINUTES,
      joinTimeoutSeconds: found.joinTimeoutSeconds,
      minimumMinutes: 0,
      autoAccept: false,
      accepted: how === "registered" ? "registered" : "adopted",
      evidence: eventsOf(mine, { payeeId }),
    });
  } catch (error) {
    const code = codeOf(error);
    const other =
      code === "room_in_use"
        ? await findCallOf(world, provider, roomName, world.now())
        : code === "call_not_found"
          ? await findCallById(world, callId)
          : null;
    if (how !== "found" || other === null) throw error;
    return other;
  }
}

/** Carries out whatever of a room is still to come, in the order of time. Repeating it is harmless. */
export async function applyRoom(world: ApplyWorld, provider: string, roomName: string): Promise<void> {
  const done = new Set<string>();
  for (const webhook of await readPending(world.db, provider, roomName)) {
    if (done.has(webhook.id)) continue;
    for (const id of await applyOne(world, webhook)) done.add(id);
  }
}
