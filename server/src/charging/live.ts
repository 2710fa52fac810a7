// What the ticker needs to charge a running call by itself: the same facts and evidence that the server charges from.
import { coinsToJson, writeFacts } from "@fairminute/core";
import type { CallJson } from "./json.ts";
import { factsOf, type StoredCall } from "./stored.ts";

export interface LiveJson {
  call: CallJson;
  /** For core's readFacts. */
  facts: ReturnType<typeof writeFacts>;
  /** The whole log, in canonical order; instants in ms. */
  events: StoredCall["events"];
  /** Coins placed so far, by payer. */
  placed: Record<string, number>;
  /** The server's now, ms: the ticker counts from here, never from the browser's own clock. */
  serverTime: number;
}

export function liveJson(call: StoredCall, json: CallJson, now: number): LiveJson {
  return {
    call: json,
    facts: writeFacts(factsOf(call)),
    events: call.events,
    placed: { [call.payerId]: coinsToJson(call.placed) },
    serverTime: now,
  };
}
