// Stories in rows: what was seen of a call, in the order of its arrival, and what must come of it.
//
//   terms creator-call grace=30          the terms (a preset and changes)
//   parties leo:payer mia:payee          optional; these two when absent
//   placed 300                           optional; otherwise enough is held
//   12:00:00 requested                   the first row with a time opens the call
//   12:00:05 accepted mia                evidence: verb, user, connection, then source= reason= until= id=
//   12:00:20 started                     a start that was told; likewise "decided completed 12:05:00 reason by"
//   12:00:30 is pending wake=12:00:45    a check: the fold at this time with the rows above
//   12:30:00 bill 180 completed end=…    the last row: the charge at this time, coins and status, then name=value
import { expect } from "vitest";
import { type CallEvent, type CallFacts, type Charge, chargeCall, type EventSource, type Party } from "../src/index.ts";
import { sayTime, timeOf } from "./clock.ts";
import { termsOf } from "./terms.ts";

const verbs: Record<string, { type: CallEvent["type"]; source: EventSource }> = {
  accepted: { type: "call.accepted", source: "command" },
  rejected: { type: "call.rejected", source: "command" },
  cancelled: { type: "call.cancelled", source: "command" },
  ended: { type: "call.ended", source: "command" },
  funded: { type: "call.funded", source: "chain" },
  unfunded: { type: "call.unfunded", source: "chain" },
  hangup: { type: "hangup", source: "signalling" },
  joined: { type: "participant.joined", source: "signalling" },
  left: { type: "participant.left", source: "signalling" },
  seen: { type: "participant.seen", source: "proof" },
  kicked: { type: "participant.kicked", source: "command" },
};

export type Told = {
  facts: CallFacts;
  events: CallEvent[];
  placed: Record<string, bigint>;
  charge: Charge;
  asOf: number;
};

/** Tells a story and checks its `is` and `bill` rows; returns what was told, for further questions. */
export function story(text: TemplateStringsArray | string): Told {
  const rows = (typeof text === "string" ? text : (text[0] as string))
    .split("\n")
    .map((row) => row.replace(/#.*/, "").trim())
    .filter((row) => row !== "");
  const facts: CallFacts = {
    callId: "call_story",
    parties: [
      { userId: "leo", role: "payer" },
      { userId: "mia", role: "payee" },
    ],
    terms: termsOf([]),
    requestedAt: 0,
    estimatedSeconds: 1800,
    decided: null,
  };
  const events: CallEvent[] = [];
  let placed: bigint | null = null;
  let told: Told | null = null;
  for (const row of rows) {
    const words = row.split(/\s+/);
    const [first = "", second = ""] = words;
    if (first === "terms") facts.terms = termsOf(words.slice(1));
    else if (first === "parties") facts.parties = words.slice(1).map(partyOf);
    else if (first === "placed") placed = BigInt(second);
    else if (second === "requested") facts.requestedAt = timeOf(first);
    else if (second === "is" || second === "bill") told = check(row, words, facts, events, placed);
    else if (second === "decided") facts.decided = decisionOf(words);
    else if (second === "started") facts.started = timeOf(first);
    else events.push(eventOf(words, events.length));
  }
  if (told === null) throw new Error("the story has no bill");
  return told;
}

function partyOf(word: string): Party {
  const [userId = "", role = ""] = word.split(":");
  return { userId, role: role as Party["role"] };
}

export function eventOf(words: readonly string[], index: number): CallEvent {
  const [time = "", verb = "", ...rest] = words;
  const known = verbs[verb];
  if (known === undefined) throw new Error(`stories do not know "${verb}"`);
  const named = namesOf(rest);
  const [userId = null, connectionId = null] = rest.filter((word) => !word.includes("="));
  const occurredAt = timeOf(time);
  return {
    id: named.id ?? `e${index}`,
    type: known.type,
    source: (named.source as EventSource | undefined) ?? known.source,
    userId: userId === "-" ? null : userId,
    connectionId: connectionId === "-" ? null : connectionId,
    reason: named.reason ?? null,
    occurredAt,
    untilAt: known.type === "participant.seen" ? timeOf(named.until ?? time) : null,
    receivedAt: occurredAt,
  };
}

function namesOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]),
  );
}

function decisionOf([, , status, time, reason, by]: readonly string[]): CallFacts["decided"] {
  return {
    status: status as "completed",
    at: timeOf(time ?? ""),
    reason: reason === undefined || reason === "-" ? null : (reason as "kicked"),
    by: by === undefined || by === "-" ? null : by,
  };
}

/** The facts that a check may ask for, as words. */
function answers({ state, payers, penalties, policyDecisions }: Charge): Record<string, string> {
  const payer = payers[0];
  return {
    status: state.status,
    start: sayTime(state.startedAt),
    accepted: sayTime(state.acceptedAt),
    end: sayTime(state.endedAt),
    known: sayTime(state.endKnownAt),
    reason: state.endReason ?? "-",
    by: state.endedBy ?? "-",
    cancelledby: state.cancelledBy ?? "-",
    missed: state.missedReason ?? "-",
    wake: sayTime(state.wakeAt),
    deposit: sayTime(state.fundedAt),
    since: sayTime(state.interruptedSince),
    away: state.interruptedUserIds.join(",") || "-",
    source: state.durationSource ?? "-",
    ms: String(payer?.usage.billableMs ?? 0),
    seconds: String(payer?.billableSeconds ?? 0),
    billed: String(payer?.billedSeconds ?? 0),
    total: payers.map(({ total }) => total).join(",") || "0",
    lines: payer?.lines.map(({ kind, amount }) => `${kind}:${amount}`).join(",") ?? "-",
    cover: String(payer?.coverSeconds ?? "-"),
    funded: sayTime(payer?.fundedUntil ?? null),
    pauses: payer?.usage.pauses.map(({ from, to }) => `${sayTime(from)}-${sayTime(to)}`).join(",") || "-",
    penalty: penalties.map(({ userId, amount }) => `${userId}:${amount}`).join(",") || "-",
    why: policyDecisions.map(({ why }) => why.replaceAll(" ", "_")).join(",") || "-",
  };
}

function check(
  row: string,
  words: readonly string[],
  facts: CallFacts,
  events: CallEvent[],
  placedCoins: bigint | null,
): Told {
  const asOf = timeOf(words[0] ?? "");
  const placed: Record<string, bigint> = {};
  for (const { userId, role } of facts.parties) if (role === "payer") placed[userId] = placedCoins ?? 1_000_000n;
  const charge = chargeCall({ facts, events, asOf, placed });
  const expected = namesOf(words.slice(2));
  const plain = words.slice(2).filter((word) => !word.includes("="));
  if (words[1] === "bill") expected.total = plain.shift() ?? "0";
  if (plain[0] !== undefined) expected.status = plain[0];
  const found = answers(charge);
  const asked = Object.fromEntries(Object.keys(expected).map((name) => [name, found[name] ?? `unknown name ${name}`]));
  expect(asked, row).toEqual(expected);
  return { facts, events, placed, charge, asOf };
}
