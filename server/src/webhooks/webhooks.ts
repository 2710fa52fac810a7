// The face of the room: webhooks are kept, then recorded; calls in other people's rooms are found, adopted and registered.
import { type Catalogue, FairminuteError, findPreset, hasNoSides, type Preset } from "@fairminute/core";
import type { CallJson, Charging } from "../charging/charging.ts";
import type { UnknownCallRule } from "../config/providers.ts";
import type { Database } from "../db/database.ts";
import type { WebhookRequest } from "../providers/provider.ts";
import type { ProviderRegistry } from "../providers/registry.ts";
import { type ApplyWorld, applyRoom, codeOf, type Found, findCallById, findCallOf, openFound } from "./apply.ts";
import { lifeCallId, registeredCallId } from "./names.ts";
import { countsFrom, firstSeen, isSomebodyThere } from "./people.ts";
import { createRelease, type Released } from "./release.ts";
import {
  forgetWebhooks,
  listPendingRooms,
  listUnmatchedLives,
  readKept,
  readLife,
  type StoredWebhook,
  storeWebhook,
} from "./stored.ts";
import { listUnmatchedRooms, type UnmatchedPage } from "./unmatched.ts";

export type { Released } from "./release.ts";
export type { UnmatchedPage, UnmatchedRoom } from "./unmatched.ts";

/** What became of one webhook. */
export interface Received {
  /** It was here before, and changed nothing. */
  duplicate: boolean;
  /** Its evidence is in a call's log. */
  applied: boolean;
  /** It is genuine, but its times make no sense: it is kept and proves nothing. */
  doubtful: boolean;
  callId: string | null;
}

/** Who a call in somebody else's room is for, and under which terms. */
export interface Parties {
  payerId: string;
  /** Null in a room without sides, such as a study room. */
  payeeId: string | null;
  preset: string;
  estimatedMinutes?: number | undefined;
  /** How long it may take until both are there, in seconds; the preset's own limit when absent. */
  joinTimeoutSeconds?: number | undefined;
  /** Coins a minute; the preset's own price when absent. */
  pricePerMinute?: bigint | undefined;
}

export interface Webhooks {
  /**
   * Verifies a webhook, keeps it, and records it to its call. When this returns, everything is committed.
   * @throws FairminuteError provider_not_configured, unauthenticated (details.reason), invalid_request; DatabaseError, after which
   *   the same webhook may come again
   */
  receive(providerName: string, request: WebhookRequest): Promise<Received>;
  /** Rooms whose webhooks belong to no call, and webhooks in doubt; the latest first. */
  listUnmatched(page: { limit: number; cursor?: string | undefined }): Promise<UnmatchedPage>;
  /**
   * Opens the call of a room's last life that has none, with everything that was told of it. Repeating it changes nothing.
   * @throws FairminuteError webhook_not_found, room_in_use, and what openCall refuses
   */
  adopt(providerName: string, roomName: string, parties: Parties): Promise<CallJson>;
  /**
   * Takes the doubt from webhooks of a room that were kept only for their times, and records them; from one of them with an id. Their
   * signatures are checked again. Repeating it changes nothing.
   * @throws FairminuteError provider_not_configured, webhook_not_found
   */
  release(providerName: string, roomName: string, id: string | null): Promise<Released>;
  /**
   * Opens a call in a room that the app makes itself. People who are there already count. Repeating it changes nothing.
   * @throws FairminuteError provider_not_configured, room_in_use, and what openCall refuses
   */
  register(providerName: string, roomName: string, parties: Parties & { estimatedMinutes: number }): Promise<CallJson>;
  /** Carries out what was kept and has had no effect yet, as after a crash. @returns how many rooms were looked at */
  applyPending(): Promise<number>;
  /** Forgets webhooks that took effect long ago, some at a time. @returns whether there may be more of them */
  forgetOld(): Promise<boolean>;
}

export interface WebhooksWorld {
  db: Database;
  charging: ApplyWorld["charging"] & Pick<Charging, "readCall">;
  providers: ProviderRegistry;
  now: () => number;
  config: { presets: Catalogue; unknownCalls: readonly UnknownCallRule[]; webhookDays: number | null };
  /** Told of a call that is over and of which something is still heard: somebody may be in its room again. */
  onLate?: (callId: string) => Promise<void>;
  /** Told of rooms whose webhooks cannot be recorded. */
  onFault: (error: unknown) => void;
}

/** So many rooms in one sweep; the rest in the next. */
const SWEPT_ROOMS = 200;
/** Somebody who was told of longer ago than this is not taken to be there still, when a call is registered. */
const RECENT_MS = 15 * 60_000;
/** So many webhooks are forgotten in one statement. */
const FORGOTTEN_AT_ONCE = 1000;
const DAY_MS = 86_400_000;

function toReceived(kept: { outcome: string; callId: string | null }, duplicate: boolean): Received {
  const applied = kept.outcome === "applied" || kept.outcome === "watched";
  return { duplicate, applied, doubtful: kept.outcome === "doubtful", callId: applied ? kept.callId : null };
}

/** The terms that are named, and whether the people fit them. @throws FairminuteError unknown_preset, invalid_request */
function presetOf({ preset: name, payeeId }: Parties, presets: Catalogue): Preset {
  const preset = findPreset(name, presets);
  if (hasNoSides(preset) === (payeeId === null)) return preset;
  const message = hasNoSides(preset)
    ? `payeeId: a call under ${name} has no sides: expected none, or null`
    : `payeeId is required: a call under ${name} has two sides`;
  throw new FairminuteError("invalid_request", message, { param: "payeeId" });
}

const isSame = (call: CallJson, parties: Parties): boolean =>
  call.payerId === parties.payerId && call.payeeId === parties.payeeId && call.preset === parties.preset;

function roomInUse(providerName: string, roomName: string): FairminuteError {
  const message = `the room ${roomName} at ${providerName} carries another live call`;
  return new FairminuteError("room_in_use", message, { param: "roomName" });
}

/** From when a call counts whose people somebody names: from the first of them, if both are known; else from now. */
function startOf(told: readonly StoredWebhook[], parties: Parties, preset: Preset, now: number): number {
  const seen = new Map(firstSeen(told));
  const named = hasNoSides(preset) ? [...seen.keys()] : [parties.payerId, parties.payeeId];
  const firsts = named.map((userId) => (userId === null ? undefined : seen.get(userId)));
  if (firsts.length === 0 || firsts.includes(undefined)) return now;
  return Math.min(now, countsFrom(firsts as number[], preset));
}

function createReceive(world: WebhooksWorld, apply: ApplyWorld): Webhooks["receive"] {
  const { db, providers, now } = world;
  return async (providerName, request) => {
    const { readWebhook } = providers.require(providerName);
    if (readWebhook === null) {
      throw new FairminuteError("provider_not_configured", `There is no secret to check events of ${providerName} by.`);
    }
    const reading = await readWebhook(request);
    const kept = await storeWebhook(db, providerName, reading, { ...request, now: now() });
    if (kept.outcome !== "pending" || reading.roomName === null) return toReceived(kept, kept.isKnown);
    await applyRoom(apply, providerName, reading.roomName);
    return toReceived(await readKept(db, providerName, reading.id), kept.isKnown);
  };
}

/** A call that people other than its webhooks named is opened, and read as it then stands. */
async function open(world: ApplyWorld, found: Found, told: readonly StoredWebhook[]): Promise<CallJson> {
  await openFound(world, found, told);
  return world.charging.readCall(found.callId, null);
}

function createAdopt(apply: ApplyWorld): Webhooks["adopt"] {
  const { db, now } = apply;
  return async (provider, roomName, parties) => {
    const last = await findCallOf(apply, provider, roomName, now());
    const [life] = await listUnmatchedLives(db, provider, roomName);
    // Also when its preset is no longer there: it keeps the terms that it was opened under.
    if (life === undefined && last !== null && isSame(last, parties)) return last;
    const preset = presetOf(parties, apply.presets);
    if (life === undefined) {
      const message = `there are no webhooks without a call for the room ${roomName} at ${provider}`;
      throw new FairminuteError("webhook_not_found", message, { param: "roomName" });
    }
    if (last !== null && last.settledAt === null) throw roomInUse(provider, roomName);
    const told = await readLife(db, provider, roomName, life);
    const callId = lifeCallId(provider, roomName, life, last?.id ?? null);
    const requestedAt = startOf(told, parties, preset, now());
    return open(apply, { ...parties, callId, provider, roomName, how: "adopted", requestedAt }, told);
  };
}

function createRegister(world: WebhooksWorld, apply: ApplyWorld): Webhooks["register"] {
  const { db, now, providers } = world;

  /** What was told of the people who are in the room already. */
  async function readPresent(provider: string, roomName: string): Promise<StoredWebhook[]> {
    const [life] = await listUnmatchedLives(db, provider, roomName);
    const told = life === undefined ? [] : await readLife(db, provider, roomName, life);
    const isRecent = told.some(({ receivedAt }) => receivedAt > now() - RECENT_MS);
    return isRecent && isSomebodyThere(told) ? told : [];
  }

  return async (provider, roomName, parties) => {
    providers.require(provider);
    const last = await findCallOf(apply, provider, roomName, now());
    const isLive = last !== null && last.settledAt === null;
    // Also when its preset is no longer there: it keeps the terms that it was opened under.
    if (isLive && isSame(last, parties)) return last;
    const preset = presetOf(parties, apply.presets);
    if (isLive) throw roomInUse(provider, roomName);
    const told = await readPresent(provider, roomName);
    const callId = registeredCallId(provider, roomName, last?.id ?? null);
    const waitMs = preset.terms.limits.joinTimeoutSeconds * 1000;
    // The call counts from when both were there, but nobody pays for long before somebody said so.
    const requestedAt = Math.max(startOf(told, parties, preset, now()), now() - waitMs);
    const found: Found = { ...parties, callId, provider, roomName, how: "registered", requestedAt };
    try {
      const call = await open(apply, found, told);
      if (isSame(call, parties)) return call;
    } catch (error) {
      const other = codeOf(error) === "call_not_found" ? await findCallById(apply, callId) : null;
      if (other === null) throw error;
    }
    // The room was registered for other people at this very instant.
    throw roomInUse(provider, roomName);
  };
}

/** Makes the room. It keeps nothing in memory: any number of servers may receive the same webhook at once. */
export function createWebhooks(world: WebhooksWorld): Webhooks {
  const { db, charging, now, onFault, onLate = async () => {} } = world;
  const { presets, unknownCalls } = world.config;
  const apply: ApplyWorld = { db, charging, now, presets, unknownCalls, onLate };
  return {
    receive: createReceive(world, apply),
    listUnmatched: (page) => listUnmatchedRooms(db, page),
    adopt: createAdopt(apply),
    release: createRelease(apply, world.providers),
    register: createRegister(world, apply),
    async applyPending() {
      const rooms = await listPendingRooms(db, SWEPT_ROOMS);
      for (const { provider, roomName } of rooms) {
        // One room that cannot be carried out must not keep the others waiting.
        await applyRoom(apply, provider, roomName).catch(onFault);
      }
      return rooms.length;
    },
    async forgetOld() {
      const { webhookDays } = world.config;
      if (webhookDays === null) return false;
      return (await forgetWebhooks(db, now() - webhookDays * DAY_MS, FORGOTTEN_AT_ONCE)) === FORGOTTEN_AT_ONCE;
    },
  };
}
