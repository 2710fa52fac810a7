// A call for tests: facts, evidence and the JSON that a server makes of them.
import { type CallEvent, type CallFacts, presetTerms, writeFacts, writeTerms } from "@fairminute/core";
import type { CallJson, LiveJson, MeJson, WalletJson } from "../src/client/wire.ts";

export const requestedAt = Date.parse("2026-03-01T12:00:00Z");
const iso = (ms: number) => new Date(ms).toISOString();

/** An event of the test's call; `at` is in seconds after the request. */
export function event(type: CallEvent["type"], at: number, more: Partial<CallEvent> = {}): CallEvent {
  const occurredAt = requestedAt + at * 1000;
  return {
    id: `${type}:${more.userId ?? ""}:${more.connectionId ?? ""}:${at}`,
    type,
    source: "signalling",
    userId: null,
    connectionId: null,
    reason: null,
    occurredAt,
    untilAt: null,
    receivedAt: occurredAt,
    ...more,
  };
}

/** Leo called Mia, who accepted after 5 s; both are there from second 10 on. */
export const talking: CallEvent[] = [
  event("call.accepted", 5, { userId: "mia", source: "command" }),
  event("participant.joined", 8, { userId: "leo", connectionId: "conn_leo" }),
  event("participant.joined", 10, { userId: "mia", connectionId: "conn_mia" }),
];

export function facts(pricePerMinute = 10n): CallFacts {
  return {
    callId: "call_1",
    parties: [
      { userId: "leo", role: "payer" },
      { userId: "mia", role: "payee" },
    ],
    terms: presetTerms("creator-call", { pricePerMinute }),
    requestedAt,
    estimatedSeconds: 1800,
    decided: null,
  };
}

/** The call as JSON; 300 coins are held. */
export function callJson(change: Partial<CallJson> = {}): CallJson {
  return {
    id: "call_1",
    preset: "creator-call",
    payerId: "leo",
    payeeId: "mia",
    payerName: "Leo Brandt",
    payeeName: "Mia Torres",
    status: "pending",
    currency: "coin",
    ratePerMinute: 10,
    provider: "webrtc",
    roomName: "room_1",
    requestedAt: iso(requestedAt),
    acceptedAt: null,
    startedAt: null,
    endedAt: null,
    settledAt: null,
    endReason: null,
    endedBy: null,
    cancelledBy: null,
    cancellationReason: null,
    durationSeconds: null,
    billableSeconds: 0,
    billedSeconds: 0,
    durationSource: null,
    estimatedCoins: 300,
    heldCoins: 300,
    actualCoins: null,
    holdId: "hold_1",
    fundedUntil: null,
    fundedAt: null,
    interruptedSince: null,
    interruptedUserIds: [],
    penalties: [],
    terms: writeTerms(facts().terms),
    ...change,
  };
}

/** The same call, accepted and running. */
export function activeCallJson(change: Partial<CallJson> = {}): CallJson {
  return callJson({
    status: "active",
    acceptedAt: iso(requestedAt + 5000),
    startedAt: iso(requestedAt + 10_000),
    ...change,
  });
}

export function liveJson(events: CallEvent[], serverTime: number, placed = 300): LiveJson {
  return { call: activeCallJson(), facts: writeFacts(facts()), events, placed: { leo: placed }, serverTime };
}

export const leo: MeJson = { userId: "leo", name: "Leo Brandt", role: "fan", mode: "sandbox" };
export const mia: MeJson = { userId: "mia", name: "Mia Torres", role: "creator", mode: "sandbox" };

export function walletJson(available: number, held = 0): WalletJson {
  return { userId: "leo", currency: "coin", available, held, earnings: 0, total: available + held };
}
