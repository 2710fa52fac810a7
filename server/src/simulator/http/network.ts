// The way of one webhook from the provider to us: lost, late, doubled, overtaken, or changed by somebody.
import type { FaultName } from "../faults.ts";
import type { Random } from "../random.ts";
import type { Sent } from "./stage.ts";

/** One arrival. A body that is not genuine must be refused. */
export interface Arrival {
  afterMs: number;
  sent: Sent;
  isGenuine: boolean;
}

const LATEST_MS = 24 * 3_600_000;

/** @param befalls whether an operator takes effect now, for a share of the webhooks of its histories */
export function wayOf(sent: Sent, random: Random, befalls: (name: FaultName, share: number) => boolean): Arrival[] {
  if (befalls("drop", 0.25)) return [];
  let afterMs = random.whole(0, 1) * 1000;
  if (befalls("reorder", 0.4)) afterMs += random.whole(1, 15) * 1000;
  if (befalls("delay", 0.3)) afterMs += random.spread(5_000, random.chance(0.2) ? LATEST_MS : 280_000);
  const arrivals: Arrival[] = [{ afterMs, sent, isGenuine: true }];
  const add = (laterMs: number, what: Sent, isGenuine: boolean): void =>
    void arrivals.push({ afterMs: afterMs + laterMs, sent: what, isGenuine });
  if (befalls("duplicate", 0.4)) add(random.whole(0, 20) * 1000, sent, true);
  if (befalls("stale_replay", 0.5)) add(random.spread(400_000, LATEST_MS), sent, true);
  if (befalls("corrupt_body", 0.5)) add(0, { ...sent, body: changed(sent.body) }, false);
  if (befalls("wrong_signature", 0.5))
    add(0, { ...sent, headers: { ...sent.headers, ...forged(sent.headers) } }, false);
  return arrivals;
}

function changed(body: Uint8Array): Uint8Array {
  const other = Uint8Array.from(body);
  other[other.length >> 1] = (other[other.length >> 1] as number) ^ 1;
  return other;
}

function forged({ authorization, "x-signature": signature = "" }: Sent["headers"]): Record<string, string> {
  if (authorization !== undefined) return { authorization: forgeToken(authorization) };
  return { "x-signature": signature.replace(/.$/, (last) => (last === "0" ? "1" : "0")) };
}

/** A letter in the middle of a token's signature: its last one may carry bits that nobody reads. */
function forgeToken(token: string): string {
  const middle = token.lastIndexOf(".") + 10;
  return `${token.slice(0, middle)}${token[middle] === "A" ? "B" : "A"}${token.slice(middle + 1)}`;
}
