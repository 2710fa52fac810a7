// Webhooks that were kept in doubt are let go by the operator: read again, with their signature and without their time.
import { FairminuteError } from "@fairminute/core";
import type { Provider } from "../providers/provider.ts";
import type { ProviderRegistry } from "../providers/registry.ts";
import { type ApplyWorld, applyRoom, codeOf } from "./apply.ts";
import { clearDoubt, type DoubtedWebhook, readDoubted, readKept } from "./stored.ts";

/** What became of the webhooks of a room that were in doubt. */
export interface Released {
  /** Those that count now; `callId` is null where they belong to no call. */
  released: { id: string; applied: boolean; callId: string | null }[];
  /** Those that stay in doubt, and why. */
  kept: { id: string; reason: string }[];
}

/** @returns why it stays in doubt; null when its doubt was taken from it */
async function releaseOne(
  { db }: ApplyWorld,
  { name, readWebhook }: Pick<Provider, "name" | "readWebhook">,
  { id, request }: DoubtedWebhook,
): Promise<string | null> {
  if (request === null || readWebhook === null)
    return "it cannot be checked again: its body or its signature was not kept";
  try {
    const reading = await readWebhook(request, { anyTime: true });
    if (reading.doubt !== null) return reading.doubt;
    if (reading.id !== id) return "read again it is another one";
    return (await clearDoubt(db, name, reading)) ? null : "somebody else has released it";
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return (error as Error).message;
  }
}

/** Makes `release` of the room's face. */
export function createRelease(apply: ApplyWorld, providers: Pick<ProviderRegistry, "require">) {
  return async (providerName: string, roomName: string, id: string | null): Promise<Released> => {
    const provider = providers.require(providerName);
    const doubted = await readDoubted(apply.db, { provider: providerName, roomName, id });
    if (doubted.length === 0) {
      const message = `no webhook of the room ${roomName} at ${providerName} is in doubt`;
      throw new FairminuteError("webhook_not_found", message, { param: id === null ? "roomName" : "webhookId" });
    }
    const reasons: [id: string, reason: string | null][] = [];
    for (const webhook of doubted) reasons.push([webhook.id, await releaseOne(apply, provider, webhook)]);
    await applyRoom(apply, providerName, roomName);
    const released: Released["released"] = [];
    for (const [one, reason] of reasons) {
      if (reason !== null) continue;
      const { outcome, callId } = await readKept(apply.db, providerName, one);
      released.push({ id: one, applied: outcome === "applied" || outcome === "watched", callId });
    }
    return { released, kept: reasons.flatMap(([one, reason]) => (reason === null ? [] : [{ id: one, reason }])) };
  };
}
