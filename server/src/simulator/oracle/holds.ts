// Whether the held money was what the terms ask for: the first hold, and more of it as long as the wallet pays.
import type { CallHistory } from "../history.ts";
import { holdFor } from "./price.ts";
import type { Replay } from "./replay.ts";

/** What is wrong with the holds of a history, one sentence each. */
export function checkHolds(history: CallHistory, { verdict }: Replay): string[] {
  const places = history.writes.flatMap(({ at, transfers }) => {
    return transfers.filter(({ kind }) => kind === "place").map(({ amount, from }) => ({ at, amount, from }));
  });
  const payers = history.parties.filter(({ role }) => role === "payer");
  if (payers.length !== 1 || history.terms.funding.kind === "none") {
    return history.terms.funding.kind === "none" && places.length > 0
      ? ["money is held in a call that costs nothing"]
      : [];
  }
  const found: string[] = [];
  const [first] = places;
  const wanted = firstHold(history);
  // A call that was over when it was found, and never began, holds nothing; nor does one whose deposit never came.
  if (first !== undefined && wanted > 0n && first.amount !== wanted)
    found.push(`the first hold is ${first.amount}, and should be ${wanted}`);
  if (first === undefined && wanted > 0n && verdict.startedAt !== null)
    found.push(`nothing is held, and ${wanted} should be`);
  const short = couldHaveGoneOn(history, verdict);
  if (short !== null) found.push(short);
  return found;
}

/** The price of the estimate, or of one slice behind the free seconds. */
function firstHold({ terms, estimatedSeconds, requestedAt }: CallHistory): bigint {
  const { tariff, funding } = terms;
  if (funding.kind !== "slices") return holdFor(tariff, estimatedSeconds, [], requestedAt);
  const seconds = tariff.freeSeconds + Math.max(funding.sliceSeconds, tariff.initialIncrementSeconds);
  return holdFor(tariff, seconds, [], requestedAt);
}

/** A call that ended for want of money although the wallet had enough for one more second, all the time when it was to be extended. */
function couldHaveGoneOn(history: CallHistory, verdict: Replay["verdict"]): string | null {
  const { terms, writes, balances } = history;
  const { endReason, endedAt: endAt, used } = verdict;
  if (endReason !== "out_of_funds" || endAt === null || !("extendBeforeSeconds" in terms.funding)) return null;
  const since = endAt - terms.funding.extendBeforeSeconds * 1000;
  // What was heard meanwhile may have made the call longer than anybody knew.
  const isQuiet = writes.every(({ at, evidence }) => at < since || evidence.length === 0);
  const payer = used[0];
  if (!isQuiet || payer === undefined) return null;
  const seconds = Math.floor(payer.used.reduce((sum, [from, to]) => sum + to - from, 0) / 1000);
  const needed = holdFor(terms.tariff, seconds + 1, payer.used, endAt) - payer.placed;
  const rows = balances.filter(({ userId }) => userId === payer.payerId);
  // After an outage one write carries out all that was due, and what it placed at its own moment is dated by the write.
  const settling = writes.find(({ settledAt }) => settledAt !== null);
  const held = [
    rows.filter(({ at }) => at < since).at(-1),
    ...rows.filter(({ at, on }) => (at >= since && at < endAt) || on === settling?.on),
  ];
  const isRich = held.every((row) => row !== undefined && row.balance >= needed);
  return isRich ? `it ended for want of money, and ${needed} more were in the wallet` : null;
}
