// How often everything must have come up in a full run: a generator that is too tame would prove nothing.
import { type FaultName, faultNames } from "./faults.ts";
import type { Tally } from "./tally.ts";

/** So many histories are a full run; a shorter one is measured in proportion, which is told and not judged. */
export const FULL_RUN = 1_000_000;

/** How often each must have come up in a full run. */
const wanted = { operator: 1000, pair: 50, arrow: 100 } as const;

/** The arrows of a call's states, as ARCHITECTURE.md draws them. Some calls take two of them in one step: those are counted too. */
const drawnArrows = [
  "pending → accepted",
  "pending → rejected",
  "pending → cancelled",
  "pending → missed",
  "accepted → active",
  "accepted → cancelled",
  "accepted → missed",
  "active → completed",
] as const;

/** What came up least of its kind. */
export interface Least {
  kind: keyof typeof wanted;
  name: string;
  count: number;
  /** The count that a run of this length should have; a fraction where it is short. */
  wanted: number;
}

/** The rarest operator, the rarest pair of operators, and the rarest arrow of a run. */
export function leastOf(tally: Tally, faults: readonly FaultName[]): Least[] {
  const share = Math.min(1, tally.histories / FULL_RUN);
  const rarest = (kind: Least["kind"], names: readonly string[], counts: Readonly<Record<string, number>>): Least[] => {
    const found = names.map((name) => ({ kind, name, count: counts[name] ?? 0, wanted: wanted[kind] * share }));
    return found.sort((one, other) => one.count - other.count).slice(0, 1);
  };
  const chosen = faultNames.filter((name) => faults.includes(name));
  const pairs = chosen.flatMap((one, index) => chosen.slice(index + 1).map((other) => `${one}+${other}`));
  return [
    ...rarest("operator", chosen, tally.operators),
    ...rarest("pair", pairs, tally.pairs),
    ...rarest("arrow", drawnArrows, tally.arrows),
  ];
}

/** What a full run of all operators did not meet often enough; nothing of any other run. */
export function findTooRare(tally: Tally, faults: readonly FaultName[]): Least[] {
  if (tally.histories < FULL_RUN || faults.length < faultNames.length) return [];
  return leastOf(tally, faults).filter(({ count, wanted: least }) => count < least);
}
