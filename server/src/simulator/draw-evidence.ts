// Draws how the stays of a call become evidence: our own signalling, a provider's words, looks, hints, and a chain's deposits.
import type { ProviderEvent } from "../providers/provider.ts";
import { act, after, type Draft, type DrawnStay, tell } from "./draw-people.ts";

function signal(
  draft: Draft,
  at: number,
  ...events: (Pick<ProviderEvent, "id" | "type"> & Partial<ProviderEvent>)[]
): void {
  const whole = events.map(
    (event): ProviderEvent => ({
      source: "signalling",
      userId: null,
      connectionId: null,
      reason: null,
      occurredAt: at,
      untilAt: null,
      ...event,
    }),
  );
  act(draft, at, { kind: "evidence", events: whole });
}

/** A stay in a call of our own: the socket opens, its page gives proof of life, the socket closes. */
function tellOwn(draft: Draft, stay: DrawnStay, hasHeartbeats: boolean): void {
  const { userId, connectionId, from, to, exit } = stay;
  const who = { userId, connectionId };
  const seen = (at: number): Pick<ProviderEvent, "id" | "type"> & Partial<ProviderEvent> => ({
    ...who,
    id: `seen:${connectionId}:${at}`,
    type: "participant.seen",
    source: "proof",
    untilAt: at,
  });
  const joined = { ...who, id: `joined:${connectionId}`, type: "participant.joined" as const };
  signal(draft, from, joined, ...(hasHeartbeats ? [seen(from)] : []));
  const everyMs = to - from > 900_000 ? 60_000 * 60 : 12_000;
  if (hasHeartbeats && everyMs > 15_000) {
    // A long talk is proven by one stretch, as when the clock is moved.
    const until = { ...seen(from + 1000), untilAt: to };
    signal(draft, from + 1000, until);
  } else if (hasHeartbeats) for (let at = from + everyMs; at < to; at += everyMs) signal(draft, at, seen(at));
  if (exit === "killed") return;
  const isKicked = exit === "removed";
  const reason = isKicked ? "kicked" : exit === "lost" ? "connection_lost" : "closed";
  const id = `${isKicked ? "kicked" : "left"}:${connectionId}`;
  const noticed = to + (exit === "lost" ? after(draft, 0, 8) : 0);
  act(draft, noticed, {
    kind: "evidence",
    events: [
      {
        ...who,
        id,
        type: isKicked ? "participant.kicked" : "participant.left",
        source: "signalling",
        reason,
        occurredAt: to,
        untilAt: null,
      },
    ],
  });
}

/** A stay in a provider's room: it tells of the beginning and, sooner or later, of the end. */
function tellProvider(draft: Draft, stay: DrawnStay): void {
  const { userId, connectionId, from, to, exit } = stay;
  tell(draft, { what: "joined", userId, connectionId, at: from, joinedAt: from });
  const isSilent = exit === "killed" || exit === "lost";
  const at = to + (isSilent ? after(draft, 10, 20) : 0);
  const reason = exit === "removed" ? "removed" : isSilent ? "lost" : "button";
  const what = exit === "removed" && draft.random.chance(0.5) ? "kicked" : "left";
  tell(draft, { what, userId, connectionId, at, joinedAt: from, reason });
}

/** All that is told of the people of a call. */
export function drawEvidence(draft: Draft): void {
  const { random, carrier, stays } = draft;
  const hasHeartbeats = random.chance(0.75);
  for (const stay of stays) {
    if (carrier === "webrtc") tellOwn(draft, stay, hasHeartbeats);
    else tellProvider(draft, stay);
  }
  const last = Math.max(...stays.map(({ to }) => to));
  if (carrier !== "webrtc" && stays.length > 0)
    tell(draft, { what: "closed", userId: null, at: last + after(draft, 1, 25) });
  const hinting = random.pick(stays);
  if (hinting !== undefined && random.chance(0.06)) {
    const { userId, connectionId, from, to } = hinting;
    const at = from + after(draft, 0, Math.max(1, Math.floor((to - from) / 1000)));
    act(draft, at, {
      kind: "evidence",
      events: [
        {
          id: `hint:${connectionId}`,
          type: "participant.left",
          source: "hint",
          userId,
          connectionId,
          reason: "closed",
          occurredAt: at,
          untilAt: null,
        },
      ],
    });
  }
}

/** Looks at the provider's room while people may be in it, and at its record when they have gone. */
export function drawLooks(draft: Draft, share: number): void {
  const { random, carrier, stays, faults } = draft;
  const asks = faults.has("api_error") || faults.has("api_timeout");
  if (carrier === "webrtc" || stays.length === 0 || !(asks || random.chance(share))) return;
  const from = Math.min(...stays.map((stay) => stay.from));
  const to = Math.max(...stays.map((stay) => stay.to)) + 60_000;
  const everyMs = Math.max(10_000, (to - from) / 8);
  const answers = (["api_error", "api_timeout"] as const).filter((name) => faults.has(name));
  for (let at = from + after(draft, 0, 9); at < to; at += everyMs) {
    const fault = answers.length > 0 && random.chance(0.4) ? random.pick(answers) : null;
    const answer = fault === null ? "true" : fault === "api_error" ? "error" : "timeout";
    act(draft, at, { kind: "look", answer, isReport: false }, fault === null ? {} : { faults: [fault] });
  }
  if (carrier === "stream") act(draft, to + after(draft, 1, 20), { kind: "look", answer: "true", isReport: true });
}

/** The deposit of a call that is paid from an escrow: it comes, may be taken back by the chain, and may come again. */
export function drawDeposit(draft: Draft, acceptedAt: number): void {
  const { random } = draft;
  if (random.chance(0.05)) return;
  let at = acceptedAt + after(draft, 0, 20);
  const deposit = (number: number, type: "call.funded" | "call.unfunded", id: string): void =>
    void act(
      draft,
      at,
      {
        kind: "evidence",
        events: [
          { id, type, source: "chain", userId: null, connectionId: null, reason: null, occurredAt: at, untilAt: null },
        ],
      },
      { server: number % 2 },
    );
  const idOf = (number: number) => `deposit:1:0x${number}:0`;
  deposit(1, "call.funded", idOf(1));
  for (let number = 1; number < 3 && random.chance(0.25); number++) {
    at += after(draft, 5, 120);
    deposit(number, "call.unfunded", `${idOf(number)}:gone:1`);
    if (random.chance(0.3)) return;
    at += after(draft, 1, 60);
    deposit(number + 1, "call.funded", idOf(number + 1));
  }
}
