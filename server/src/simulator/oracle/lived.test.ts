// I4, I7: calls that are lived through, with evidence that comes late and in any order, end with the bill that the oracle expects.
import type { CallEvent, Terms } from "@fairminute/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CallHistory } from "../history.ts";
import { expectedBill, findDisagreements } from "./expected.ts";
import { livedCall, liveThrough } from "./lived.case.ts";

test("I4: what a hall moved is what the oracle expects", () => {
  fc.assert(
    fc.property(livedCall, (call) => {
      const history = liveThrough({ ...call, facts: { ...call.facts } });
      expect(history === null ? [] : findDisagreements(history)).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});

/** The first random history that fits. */
function findHistory(fits: (history: CallHistory) => boolean): CallHistory {
  for (let seed = 0; seed < 80; seed++) {
    for (const call of fc.sample(livedCall, { numRuns: 50, seed })) {
      const history = liveThrough({ ...call, facts: { ...call.facts } });
      if (history !== null && fits(history)) return history;
    }
  }
  throw new Error("no such history");
}

test("the oracle objects to a coin too many, to a wrong split, and to a penalty that is not due", () => {
  const history = findHistory(({ bill }) => bill.charged > 10n && bill.payee > 1n && bill.platform > 0n);
  const { bill } = history;
  expect(findDisagreements(history)).toEqual([]);
  expect(
    findDisagreements({ ...history, bill: { ...bill, charged: bill.charged + 1n, payee: bill.payee + 1n } }),
  ).not.toEqual([]);
  expect(
    findDisagreements({ ...history, bill: { ...bill, payee: bill.payee - 1n, platform: bill.platform + 1n } }),
  ).toEqual([
    `the payee's part is ${bill.payee - 1n}, and should be ${bill.payee}`,
    `the platform's part is ${bill.platform + 1n}, and should be ${bill.platform}`,
  ]);
  const penalties = [{ policy: "no_show", userId: "mia", amount: 1n, isReversed: false }];
  expect(findDisagreements({ ...history, bill: { ...bill, penalties } })).toEqual(["no_show:mia took 1"]);
});

test("the oracle objects to a call that is settled at another instant than when its end was certain", () => {
  const history = findHistory(({ writes }) =>
    writes.some(({ settledAt, evidence }) => settledAt !== null && evidence.length === 0),
  );
  const settledAt = history.writes.find((write) => write.settledAt !== null)?.settledAt ?? 0;
  const later = (lateMs: number) => ({
    ...history,
    writes: history.writes.map((write) =>
      write.settledAt === null ? write : { ...write, at: write.at + lateMs, settledAt: settledAt + lateMs },
    ),
  });
  expect(findDisagreements(later(0))).toEqual([]);
  expect(findDisagreements(later(60_000))).toContain(
    `it was settled at ${settledAt + 60_000}, and should have been at ${settledAt}`,
  );
});

test("a penalty that the wallet could not pay is due to nobody, whatever a server's clock said; one that it could pay is", () => {
  const history = findHistory(({ bill }) =>
    bill.penalties.some(({ amount, isReversed }) => amount > 0n && !isReversed),
  );
  const took = history.bill.penalties.find(({ amount, isReversed }) => amount > 0n && !isReversed);
  const bill = { ...history.bill, penalties: history.bill.penalties.filter((one) => one !== took) };
  const withBalance = (balance: bigint) => {
    const later = (row: CallHistory["balances"][number]) =>
      row.userId === took?.userId ? { ...row, at: row.at + 174_000, balance } : row;
    return { ...history, bill, balances: history.balances.map(later) };
  };
  expect(findDisagreements(withBalance(0n))).toEqual([]);
  expect(findDisagreements(withBalance(100n))).toEqual([
    `${took?.policy}:${took?.userId} took 0, and should take ${took?.amount}`,
  ]);
});

test("the oracle objects to a call that ends for want of money that is there", () => {
  const history = findHistory(({ bill, writes, terms }) => {
    const at = bill.endedAt ?? 0;
    const isQuiet = writes.every((write) => write.evidence.length === 0 || write.at < at - 90_000);
    return bill.endReason === "out_of_funds" && isQuiet && terms.funding.kind === "slices";
  });
  const balances = history.balances.map((row) => ({ ...row, balance: 1_000_000n }));
  expect(findDisagreements(history)).toEqual([]);
  expect(findDisagreements({ ...history, balances })[0]).toContain("it ended for want of money");
  // After an outage one write places all that was due, and settles: the wallet is empty then, and not before.
  const { at = 0, on = 0 } = history.writes.find(({ settledAt }) => settledAt !== null) ?? {};
  const emptied = { at, on, userId: history.parties[0]?.userId ?? "", balance: 0n };
  expect(findDisagreements({ ...history, balances: [...balances, emptied] })).toEqual([]);
});

const minute = 60_000;

/** The terms of the worked example, whatever the others were. */
function exampleTerms(terms: Terms): Terms {
  const none = { connectFee: 0n, minimumCharge: 0n, freeSeconds: 0, noChargeUnderSeconds: 0 };
  const minutes = { initialIncrementSeconds: 60, incrementSeconds: 60, rounding: "up" as const };
  return {
    ...terms,
    policies: [],
    billable: "together",
    funding: { kind: "estimate", sliceSeconds: 60, extendBeforeSeconds: 90 },
    split: { platformBasisPoints: 2000, rounding: "down" },
    tariff: { ...terms.tariff, ...none, ...minutes, pricePerMinute: 10n, windows: [], maximumDurationSeconds: null },
  };
}

/** Accepted and joined at once; the fan hangs up after 18 minutes. */
function exampleEvents(start: number): CallEvent[] {
  const plain = { connectionId: null, reason: null, untilAt: null, occurredAt: start, receivedAt: start };
  const joined = { ...plain, type: "participant.joined" as const, source: "webhook" as const };
  const endAt = start + 18 * minute;
  return [
    { ...plain, id: "a", type: "call.accepted", source: "command", userId: "mia" },
    { ...joined, id: "leo", userId: "leo", connectionId: "leo" },
    { ...joined, id: "mia", userId: "mia", connectionId: "mia" },
    { ...plain, id: "h", type: "hangup", source: "command", userId: "leo", occurredAt: endAt, receivedAt: endAt },
  ];
}

test("the worked example of creator calls: 18 minutes at 10 are 180, 144 for the creator", () => {
  const history = findHistory(({ terms, bill }) => terms.preset === "creator-call" && bill.status === "completed");
  const start = history.requestedAt;
  const evidence = exampleEvents(start);
  const [first] = history.writes;
  if (first === undefined) throw new Error("a history has writes");
  const place = { subject: history.callId, name: "place.1", kind: "place" as const, from: "wallet:leo", to: "hold" };
  const write = { ...first, at: start, transfers: [{ ...place, amount: 300n }], evidence: [] };
  const bill = expectedBill({
    ...history,
    terms: exampleTerms(history.terms),
    estimatedSeconds: 1800,
    endedAt: start + 20 * minute,
    writes: [
      write,
      { ...write, transfers: [], version: 2, evidence: evidence.slice(0, 3) },
      { ...write, transfers: [], version: 3, at: start + 18 * minute, evidence: evidence.slice(3) },
    ],
  });
  expect(bill).toMatchObject({ status: "completed", endReason: "payer_hung_up", endedBy: "leo" });
  expect(bill.payers[0]).toMatchObject({ billableSeconds: 1080, charged: 180n, payee: 144n, platform: 36n });
});
