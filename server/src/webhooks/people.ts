// Who was in a room by its webhooks, who of them are the call's people, and from when the call counts. Pure.
import { hasNoSides, type Preset } from "@fairminute/core";
import type { StoredWebhook } from "./stored.ts";

/** What opens a call that was found by its webhooks. */
export interface FoundCall {
  payerId: string;
  payeeId: string | null;
  requestedAt: number;
}

/**
 * When each user was first there, as far as it is known; the earliest first, and on a tie by name. A sighting counts of those whom
 * some webhook names as a person: who publishes a track may be an agent.
 */
export function firstSeen(webhooks: readonly StoredWebhook[]): [userId: string, at: number][] {
  const named = new Set(webhooks.flatMap(({ people }) => people));
  const first = new Map<string, number>();
  for (const { events } of webhooks) {
    for (const { type, userId, occurredAt } of events) {
      if (userId === null || (type !== "participant.joined" && type !== "participant.seen")) continue;
      if (type === "participant.seen" && !named.has(userId)) continue;
      first.set(userId, Math.min(first.get(userId) ?? occurredAt, occurredAt));
    }
  }
  return [...first].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1));
}

/** The first instant at which anybody was there in this life of the room; null when nobody was, as far as it is known. */
export function firstPresence(webhooks: readonly StoredWebhook[], life: string): number | null {
  return firstSeen(webhooks.filter((webhook) => webhook.life === life))[0]?.[1] ?? null;
}

/** At one instant: a room's end before whoever comes into it, and a leave after the sighting that comes with it. */
const placeOf = (type: string): number => (type === "call.ended" ? 0 : type === "participant.left" ? 2 : 1);

/** Whether somebody who came has not left, as far as the webhooks say. */
export function isSomebodyThere(webhooks: readonly StoredWebhook[]): boolean {
  const open = new Set<string>();
  const events = webhooks.flatMap((webhook) => webhook.events);
  const inOrder = events.sort((a, b) => a.occurredAt - b.occurredAt || placeOf(a.type) - placeOf(b.type));
  for (const { type, connectionId } of inOrder) {
    const isThere = type === "participant.joined" || type === "participant.seen";
    if (isThere && connectionId !== null) open.add(connectionId);
    else if (type === "call.ended" || (type === "participant.left" && connectionId === null)) open.clear();
    else if (type === "participant.left" && connectionId !== null) open.delete(connectionId);
  }
  return open.size > 0;
}

/**
 * From when a call counts that was found by its evidence: from the first of its people on, so that a webhook that is still on its
 * way finds its place. Who waited long for the other counts from shortly before the other came: nobody is late for a call that
 * was never announced.
 */
export function countsFrom(firsts: readonly number[], { terms }: Preset): number {
  const waitMs = (terms.limits.joinTimeoutSeconds * 1000) / 2;
  return Math.max(Math.min(...firsts), Math.max(...firsts) - waitMs);
}

/**
 * What the webhooks of one life of a room say of its call under a preset.
 * @returns the call, or a sentence that says what is not known yet
 */
export function findCall(webhooks: readonly StoredWebhook[], preset: Preset): FoundCall | string {
  const seen = firstSeen(webhooks);
  const [first, second] = seen;
  if (first === undefined) return "nobody has been seen in the room yet";
  if (hasNoSides(preset)) return { payerId: first[0], payeeId: null, requestedAt: first[1] };
  if (second === undefined) return `only ${first[0]} has been seen in the room so far, and a call needs two people`;
  const requestedAt = countsFrom([first[1], second[1]], preset);
  // By name, not by who came first: of two webhooks either may arrive first, and the call must be the same.
  const [one, other] = [first[0], second[0]].sort() as [string, string];
  if (preset.terms.funding.kind === "none") return { payerId: one, payeeId: other, requestedAt };
  const creator = webhooks.find(({ createdBy }) => createdBy !== null)?.createdBy ?? null;
  if (creator === one) return { payerId: one, payeeId: other, requestedAt };
  if (creator === other) return { payerId: other, payeeId: one, requestedAt };
  return `nobody says which of ${one} and ${other} made the call, and would pay for it`;
}
