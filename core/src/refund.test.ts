// Stories of money that goes back after the settlement: never more than is too much, and by the split by which it was captured.
import { describe, expect, test } from "vitest";
import { presetTerms } from "./presets.ts";
import { planSettling } from "./settling.ts";

const terms = presetTerms("creator-call");
const settled = {
  payerId: "leo",
  placed: 300n,
  captured: 100n,
  released: 200n,
  refunded: 0n,
  placements: 1,
  refunds: 0,
};

/** Of 100 coins, 80 went to mia and 20 to the platform. Now the call costs `total`, and mia's wallet holds so much. */
function backTo(total: bigint, payeeAvailable: bigint | null, more: Partial<typeof settled> = {}): string[] {
  const money = { ...settled, ...more };
  const transfers = planSettling({ terms, money, total, payeeId: "mia", payeeAvailable, suffix: "" });
  return transfers.map(({ name, kind, from, amount }) =>
    [name, kind, from.kind === "wallet" ? from.userId : from.kind, amount].join(" "),
  );
}

describe("later evidence makes a call cheaper", () => {
  test("what is too much goes back, by the split, however much the payee has", () => {
    const back = ["refund.1 refund mia 40", "refund.1:platform refund platform 10"];
    for (const payeeAvailable of [null, 1000n, 80n, 41n, 40n]) expect(backTo(50n, payeeAvailable)).toEqual(back);
    expect(backTo(0n, null)).toEqual(["refund.1 refund mia 80", "refund.1:platform refund platform 20"]);
  });

  test("a payee who has spent it gives back what is there, and the platform its part of that", () => {
    expect(backTo(50n, 39n)).toEqual(["refund.1 refund mia 39", "refund.1:platform refund platform 10"]);
    expect(backTo(50n, 4n)).toEqual(["refund.1 refund mia 4", "refund.1:platform refund platform 2"]);
    expect(backTo(50n, 0n)).toEqual(["refund.1:platform refund platform 1"]);
  });

  test("a second time only what is too much by then, under a name of its own", () => {
    expect(backTo(30n, null, { refunded: 50n, refunds: 1 })).toEqual([
      "refund.2 refund mia 16",
      "refund.2:platform refund platform 4",
    ]);
    expect(backTo(50n, null, { refunded: 50n, refunds: 1 })).toEqual([]);
  });
});

test("later evidence makes a call dearer: in the payer's favour nothing moves", () => {
  for (const payeeAvailable of [null, 0n, 1000n]) expect(backTo(150n, payeeAvailable)).toEqual([]);
});

test("without a payee all of a charge is captured by the platform, and comes back from it", () => {
  const plan = (total: bigint, money: typeof settled) =>
    planSettling({ terms, money, total, payeeId: null, payeeAvailable: null, suffix: "" });
  const held = { ...settled, captured: 0n, released: 0n };
  expect(plan(100n, held).map(({ kind, to, amount }) => [kind, to.kind, amount])).toEqual([
    ["capture", "platform", 100n],
    ["release", "wallet", 200n],
  ]);
  expect(plan(60n, settled).map(({ kind, from, amount }) => [kind, from.kind, amount])).toEqual([
    ["refund", "platform", 40n],
  ]);
});
