// Reads one of Stream's webhooks: verified first, then translated.
import { createHash } from "node:crypto";
import { FairminuteError } from "@fairminute/core";
import type { WebhookCheck, WebhookReading, WebhookRequest } from "../provider.ts";
import { readEvidence } from "./evidence.ts";
import { readKind } from "./kinds.ts";
import { openWebhook, refuseWebhook } from "./signature.ts";
import { listAt, textAt, timeAt } from "./wire.ts";

/** Stream tries for 15 seconds. A day leaves room for a receiver that was fed from a file; older ones are somebody's hoard. */
const ageMaxMs = 24 * 3_600_000;
const aheadMaxMs = 5 * 60_000;

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw refuseWebhook("not_json", "The webhook's body is not JSON.", error);
  }
}

/** The signature has no time in it, so a genuine webhook can be sent again for ever: its own time has to make sense. */
function doubtTime(at: number | null, now: number): string | null {
  if (at === null) return "The webhook does not say when it was made: its created_at is missing or no time.";
  const told = new Date(at).toISOString();
  if (at < now - ageMaxMs) return `The webhook was made at ${told}, more than a day ago.`;
  if (at > now + aheadMaxMs) return `The webhook was made at ${told}, which is still to come.`;
  return null;
}

/** Users whom a webhook names as members or participants, each once. */
function readPeople(body: unknown): string[] {
  const people = new Set<string>();
  const note = (userId: string | null): void => {
    if (userId !== null) people.add(userId);
  };
  for (const member of [...(listAt(body, "members") ?? []), ...(listAt(body, "call", "members") ?? [])]) {
    note(textAt(member, "user_id") ?? textAt(member, "user", "id"));
  }
  for (const participant of listAt(body, "call", "session", "participants") ?? [])
    note(textAt(participant, "user", "id"));
  note(textAt(body, "participant", "user", "id"));
  return [...people];
}

/** Makes the reader of one app's webhooks. `secret` null refuses all of them: a check cannot be switched off. */
export function createWebhookReader(
  check: { readonly apiKey: string; readonly secret: string | null },
  now: () => number,
): (request: WebhookRequest, check?: WebhookCheck) => Promise<WebhookReading> {
  return async (request, { anyTime = false } = {}) => {
    const { apiKey, secret } = check;
    if (secret === null || secret === "") {
      throw new FairminuteError("provider_not_configured", "There is no secret to check Stream's webhooks by.");
    }
    const bytes = await openWebhook(request, { apiKey, secret });
    const body = parse(bytes);
    const type = textAt(body, "type");
    if (type === null) throw refuseWebhook("no_type", "The webhook does not say what it is: it has no type.");
    // Headers are not signed: the identity is the signed content itself, so a replay under another id is no news.
    const id = createHash("sha256").update(bytes).digest("hex");
    const kind = readKind(type);
    const told = timeAt(body, "created_at");
    const doubt = anyTime && told !== null ? null : doubtTime(told, now());
    const at = told ?? now();
    return {
      id,
      kind,
      roomName: textAt(body, "call_cid") ?? textAt(body, "call", "cid"),
      occurredAt: at,
      people: readPeople(body),
      createdBy: textAt(body, "call", "created_by", "id"),
      events: doubt === null ? readEvidence(kind, { id, at, body }) : [],
      doubt,
      life:
        textAt(body, "session_id") ??
        textAt(body, "call", "current_session_id") ??
        textAt(body, "call", "session", "id"),
    };
  };
}
