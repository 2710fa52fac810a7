// What is known of a call at an instant, and which of several witnesses is believed.
import type { CallEvent, CallFacts, EventSource } from "@fairminute/core";

/** What is asked: who takes part for what, what has been seen, and at which instant one looks. */
export type Question = {
  facts: CallFacts;
  /** What has happened up to `asOf`, each event once, by instant. */
  known: readonly CallEvent[];
  asOf: number;
  /** Up to when silence is noticed. One whose timeout runs out after a word or a deadline has ended the call takes nothing back. */
  listensUntil: number;
};

/** Who is believed before whom, weakest first. What stands on a chain is as good as a report. */
const witnesses: readonly (readonly EventSource[])[] = [
  ["hint"],
  ["proof"],
  ["poll"],
  ["signalling"],
  ["webhook"],
  ["report", "chain"],
  ["command"],
];
export const strengthOf = ({ source }: CallEvent): number => witnesses.findIndex((level) => level.includes(source));

/** Of events at one instant, what came first by the order of the log. */
const order = [
  "call.funded",
  "call.unfunded",
  "call.accepted",
  "call.rejected",
  "call.cancelled",
  "call.ended",
  "hangup",
  "participant.joined",
  "participant.left",
  "participant.seen",
  "participant.kicked",
];

export function isBefore(a: CallEvent, b: CallEvent): boolean {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt < b.occurredAt;
  const types = order.indexOf(a.type) - order.indexOf(b.type);
  return types === 0 ? a.id < b.id : types < 0;
}

/** A question: events that have not happened yet are left out, repeats are one event, and the order is that of time. */
export function ask(facts: CallFacts, events: readonly CallEvent[], asOf: number): Question {
  const byId = new Map<string, CallEvent>();
  for (const event of events) if (event.occurredAt <= asOf && !byId.has(event.id)) byId.set(event.id, event);
  return { facts, known: [...byId.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1)), asOf, listensUntil: asOf };
}

/** The event of the best witness; of equals the first. */
export function best(events: readonly CallEvent[]): CallEvent | null {
  let found: CallEvent | null = null;
  for (const event of events) {
    const isBetter = found === null || strengthOf(event) > strengthOf(found);
    if (isBetter || (found !== null && strengthOf(event) === strengthOf(found) && isBefore(event, found)))
      found = event;
  }
  return found;
}

/** Until when a sight lasts. */
export const untilOf = ({ occurredAt, untilAt }: CallEvent): number => Math.max(occurredAt, untilAt ?? occurredAt);

export const isParty = ({ parties }: CallFacts, userId: string | null): boolean =>
  parties.some((party) => party.userId === userId);

/** A room in which nobody pays anybody: whoever comes is counted. */
export const isFreeRoom = ({ parties, terms }: CallFacts): boolean =>
  terms.billable === "none" && terms.funding.kind === "none" && parties.every(({ role }) => role === "attendee");

/** In a free room a client is believed when nothing better tells of its user. */
export function isBelieved({ facts, known }: Question, userId: string): boolean {
  if (!isFreeRoom(facts)) return false;
  const sights = known.filter(
    (event) => event.userId === userId && ["participant.joined", "participant.seen"].includes(event.type),
  );
  return sights.length > 0 && sights.every(({ source }) => source === "hint");
}

/** Whether a call can go on when this person has hung up: with the payee and a payer, or with enough people where there is no payee. */
export function canGoOnWithout(facts: CallFacts, userId: string): boolean {
  const rest = facts.parties.filter((party) => party.userId !== userId);
  const hadPayee = facts.parties.some(({ role }) => role === "payee");
  if (!hadPayee) return rest.length >= (isFreeRoom(facts) ? 1 : 2);
  return rest.some(({ role }) => role === "payee") && rest.some(({ role }) => role === "payer");
}

/** Whether a hang-up ends the call for everybody. */
export function endsTheCall(facts: CallFacts, event: CallEvent): boolean {
  const { type, userId } = event;
  return type === "hangup" && userId !== null && isParty(facts, userId) && !canGoOnWithout(facts, userId);
}
