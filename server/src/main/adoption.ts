// What `fairminute unmatched`, `fairminute adopt` and `fairminute release` ask of the server's own API, and how they say what came of it.
import type { CallJson } from "../charging/charging.ts";
import type { Released, UnmatchedPage, UnmatchedRoom } from "../webhooks/webhooks.ts";
import { askOperator, type Operated } from "./operated.ts";

/** Who the call in a room is for, as the command line says it. */
export interface Adoption {
  payer: string;
  payee?: string | undefined;
  preset: string;
  rate?: number | undefined;
  minutes?: number | undefined;
}

/** Every room that belongs to no call, the latest first. */
export async function listUnmatched(operated: Operated): Promise<UnmatchedRoom[]> {
  const rooms: UnmatchedRoom[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = new URLSearchParams({ limit: "100", ...(cursor === "" ? {} : { cursor }) });
    const page: UnmatchedPage = await askOperator(operated, "GET", `/api/webhooks/unmatched?${query}`);
    rooms.push(...page.rooms);
    cursor = page.nextCursor;
  }
  return rooms;
}

/** Opens the call of a room that belongs to none. Repeating it changes nothing. @throws FairminuteError */
export async function adoptCall(
  operated: Operated,
  provider: string,
  roomName: string,
  { payer: payerId, payee: payeeId, preset, rate: ratePerMinute, minutes: estimatedMinutes }: Adoption,
): Promise<CallJson> {
  const body = { provider, roomName, payerId, payeeId, preset, ratePerMinute, estimatedMinutes };
  return (await askOperator<{ call: CallJson }>(operated, "POST", "/api/calls/adopt", body)).call;
}

/** Takes the doubt from the webhooks of a room, or from one. Repeating it changes nothing. @throws FairminuteError */
export function releaseWebhooks(
  operated: Operated,
  provider: string,
  roomName: string,
  webhookId: string | undefined,
): Promise<Released> {
  return askOperator(operated, "POST", "/api/webhooks/release", { provider, roomName, webhookId });
}

/** What became of them, for people. */
export function writeReleased({ released, kept }: Released): string {
  const counted = released.map(({ id, callId }) => `  ${id}  ${callId ?? "counts, and belongs to no call yet"}\n`);
  const doubted = kept.map(({ id, reason }) => `  ${id}  stays in doubt: ${reason}\n`);
  return `Webhooks released: ${released.length}\n${[...counted, ...doubted].join("")}`;
}

/** The rooms for people. */
export function writeUnmatched(rooms: readonly UnmatchedRoom[]): string {
  if (rooms.length === 0) return "Every room has its call.\n";
  const lines = rooms.map(({ provider, roomName, people, firstAt, lastAt, webhooks, webhookIds, reason }) => {
    const who = people.length === 0 ? "nobody named" : people.join(", ");
    return `  ${provider} ${roomName ?? "(no room)"}  ${who}  ${firstAt} to ${lastAt}, ${webhooks} webhooks\n    ${reason}\n${webhookIds.length === 0 ? "" : `    in doubt: ${webhookIds.join(", ")}\n`}`;
  });
  const hint = "fairminute adopt <provider> <room> --payer <id> --payee <id> --preset <name>";
  return `Rooms without a call: ${rooms.length}\n${lines.join("")}\nTo open the call of one: ${hint}\n${
    rooms.some(({ outcome }) => outcome === "doubtful")
      ? "To let webhooks in doubt count: fairminute release <provider> <room>\n"
      : ""
  }`;
}

/** The call for people. */
export function writeAdopted({ id, status, preset, payerId, payeeId, billableSeconds, actualCoins }: CallJson): string {
  const who = payeeId === null ? payerId : `${payerId} and ${payeeId}`;
  const bill = actualCoins === null ? "" : `: ${billableSeconds} s are billed, ${actualCoins} coins`;
  return `${id}  ${who} under ${preset}, ${status}${bill}.\n`;
}
