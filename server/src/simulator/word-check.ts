// What a provider's word says, read a second time and by hand: the adapters are held against it, because the oracle starts behind them.
import type { ProviderEvent } from "../providers/provider.ts";
import type { CarrierName, Word } from "./script.ts";

/** LiveKit tells instants in whole seconds. */
const toldAt = (carrier: CarrierName, at: number): number =>
  carrier === "livekit" ? Math.floor(at / 1000) * 1000 : at;

/** Each piece of evidence that must be in the word, as `type user connection instant`. */
function meaningOf(carrier: CarrierName, { what, userId, connectionId, at, joinedAt, reason }: Word): string[] {
  const when = toldAt(carrier, at);
  const say = (type: string, who: string | null, connection: string | null, instant: number): string =>
    `${type} ${who} ${connection} ${instant}`;
  const isStream = carrier === "stream";
  const gone = say("participant.left", null, null, when);
  const opened = joinedAt ?? at;
  // LiveKit's second is cut down: where the socket opened within it, that is nearer to the beginning.
  const began = isStream ? opened : Math.max(when, Math.min(opened, when + 999));
  const joined = say("participant.joined", userId, connectionId, began);
  if (what === "joined") return [joined];
  if (what === "closed") return [gone];
  if (what === "ended") return isStream ? [say("call.ended", userId, null, when)] : [gone];
  // Stream's kick names the person only. A person who is gone has been there: Stream tells from when on; at LiveKit a socket's
  // beginning is not media's, so that its left proves only its own instant.
  if (what === "kicked" && isStream) return [say("participant.kicked", userId, null, when)];
  const there = isStream ? joined : say("participant.seen", userId, connectionId, when);
  const isRemoved = what === "kicked" || (!isStream && reason === "removed");
  return [say(isRemoved ? "participant.kicked" : "participant.left", userId, connectionId, when), there];
}

/** Whether a signature is so far from the clock of who reads it (five minutes old, or seconds early) that its word may be left unread. */
export const isOutOfTime = (signedAt: number, now: number): boolean =>
  now - signedAt > 300_000 || signedAt - now > 9_000;

/** What the adapter read otherwise than it was told; null when nothing. */
export function findMisreading(carrier: CarrierName, word: Word, events: readonly ProviderEvent[]): string | null {
  const read = events.map(
    ({ type, userId, connectionId, occurredAt }) => `${type} ${userId} ${connectionId} ${occurredAt}`,
  );
  const [is, should] = [read.sort().join(", "), meaningOf(carrier, word).sort().join(", ")];
  return is === should ? null : `${carrier} told "${should}", and "${is}" was read`;
}
