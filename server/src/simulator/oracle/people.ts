// Who was there when: the instants of a call one after another, and between two of them who was present.
import type { CallFacts } from "@fairminute/core";
import { isFreeRoom, type Question } from "./evidence.ts";
import type { Used } from "./price.ts";
import { type Stay, staysOf } from "./stay.ts";

/** A list of instants at which anything may change. Between two of them nothing does. */
export type Attendance = {
  instants: number[];
  stays: Stay[];
  /** For each instant who is proven to be there until the next one, and who passed for it. */
  there: ReadonlySet<string>[];
  seemed: ReadonlySet<string>[];
  /** For each instant whether the money of the call stands where its terms want it: on a chain, or nowhere special. */
  funded: boolean[];
};

export function attend(question: Question): Attendance {
  const { facts, known, asOf } = question;
  const stays = staysOf(question);
  const edges = [
    facts.requestedAt,
    asOf,
    ...known.map(({ occurredAt }) => occurredAt),
    ...stays.flatMap((stay) => stay.edges),
  ];
  const instants = [...new Set(edges)].filter((at) => at <= asOf).sort((a, b) => a - b);
  const whoIs = (isThere: (stay: Stay) => boolean) => new Set(stays.filter(isThere).map(({ userId }) => userId));
  return {
    instants,
    stays,
    there: instants.map((at) => whoIs((stay) => stay.isThere(at))),
    seemed: instants.map((at) => whoIs((stay) => stay.seemedThere(at))),
    funded: instants.map((at) => facts.terms.funding.kind !== "escrow" || isDeposited(question, at)),
  };
}

/** Whether the chain held a deposit of the call at the instant: told by the chain alone, until it took that very one back. */
function isDeposited({ known }: Question, at: number): boolean {
  const told = known.filter(({ source, occurredAt }) => source === "chain" && occurredAt <= at);
  return told.some(({ id, type }) => {
    return (
      type === "call.funded" && !told.some((event) => event.type === "call.unfunded" && depositOf(event.id) === id)
    );
  });
}

/** The deposit that was taken back: its id stands before `:gone:` and a number. */
const depositOf = (id: string) => id.replace(/:gone:[^:]*$/, "");

/** The sides of a call: all have to be there for it to run. */
export type Side = { userIds: string[]; isThere: (present: ReadonlySet<string>) => boolean };

/** The payee, and any payer; without a payee any two people, or anybody in a free room. */
export function sidesOf(facts: CallFacts): Side[] {
  const idsOf = (role?: string) =>
    facts.parties.filter((party) => role === undefined || party.role === role).map(({ userId }) => userId);
  const anyOf = (userIds: string[], count: number): Side => ({
    userIds,
    isThere: (present) => userIds.filter((userId) => present.has(userId)).length >= count,
  });
  if (idsOf("payee").length > 0) return [anyOf(idsOf("payee"), 1), anyOf(idsOf("payer"), 1)];
  return [anyOf(idsOf(), isFreeRoom(facts) ? 1 : 2)];
}

/** The first instant, from `after` on, at which every side passes for present. */
export function firstTogether(
  facts: CallFacts,
  { instants, seemed, funded }: Attendance,
  after: number,
): number | null {
  const sides = sidesOf(facts);
  for (let i = 0; i < instants.length; i++) {
    const next = instants[i + 1] ?? Number.POSITIVE_INFINITY;
    if (next <= after || funded[i] !== true) continue;
    if (sides.every((side) => side.isThere(seemed[i] as ReadonlySet<string>)))
      return Math.max(after, instants[i] as number);
  }
  return null;
}

/** Stretches between start and end in which something holds of who is there. `open`: it still holds at the last instant. */
export function stretchesOf(
  { instants, there, funded }: Attendance,
  start: number,
  end: number,
  holds: (present: ReadonlySet<string>, isFunded: boolean) => boolean,
): { stretches: [number, number][]; isOpen: boolean } {
  const stretches: [number, number][] = [];
  let isOpen = false;
  for (let i = 0; i < instants.length; i++) {
    const from = Math.max(instants[i] as number, start);
    const next = instants[i + 1] ?? Number.POSITIVE_INFINITY;
    if (next <= start || from > end) continue;
    const does = holds(there[i] as ReadonlySet<string>, funded[i] === true);
    if (next === Number.POSITIVE_INFINITY) isOpen = does;
    const to = Math.min(next, end);
    if (!does || (to <= from && !isOpen)) continue;
    const last = stretches.at(-1);
    if (last !== undefined && last[1] === from) last[1] = to;
    else stretches.push([from, to]);
  }
  return { stretches, isOpen };
}

/** The time that a payer pays for between start and end: never alone where the terms say together. */
export function useOf(facts: CallFacts, attendance: Attendance, payerId: string, start: number, end: number): Used {
  const { billable } = facts.terms;
  if (billable === "none" || end <= start) return [];
  const payee = facts.parties.find(({ role }) => role === "payee");
  const isUsed = (present: ReadonlySet<string>, isFunded: boolean) => {
    if (!isFunded || !present.has(payerId)) return false;
    if (billable === "own_presence") return true;
    return payee === undefined ? present.size > 1 : present.has(payee.userId);
  };
  return stretchesOf(attendance, start, end, isUsed).stretches.filter(([from, to]) => to > from);
}
