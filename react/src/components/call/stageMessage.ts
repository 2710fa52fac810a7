// The words in the middle of the stage while there is no picture of the other person.
import type { CallPhase } from "../../call/callConnection.ts";
import type { CallJson } from "../../client/wire.ts";
import type { Words } from "../../words/words.ts";

/** Null when the picture may be shown. */
export function stageMessage(call: CallJson, phase: CallPhase, otherName: string, words: Words): string | null {
  if (call.status === "pending") return words.call.ringing(otherName);
  if (phase === "refused") return words.call.refusedTitle;
  if (phase === "ended") return words.call.ending;
  if (phase === "waiting") return words.call.waiting(otherName);
  if (phase === "connected" || phase === "reconnecting") return null;
  return words.call.connecting;
}
