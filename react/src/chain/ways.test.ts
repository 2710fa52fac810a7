// Which ways the contract leaves to whom, when, and at what price: told in every status, at the edges of every window.
import { expect, test } from "vitest";
import { escrowJson, hashOf, voucher } from "../../test/escrow.ts";
import { type Way, waysOf } from "./ways.ts";
import type { ContractStandingJson, EscrowJson } from "./wire.ts";

const noon = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => noon + seconds * 1000;
const iso = (seconds: number) => new Date(at(seconds)).toISOString();

/** Deposited at noon for 20 minutes; reclaimable an hour after them. */
function seen(standing: Partial<ContractStandingJson>, change: Partial<EscrowJson> = {}): EscrowJson {
  const inContract: ContractStandingJson = {
    status: "open",
    openedAt: iso(0),
    claimedSeconds: null,
    until: null,
    reclaimableFrom: iso(4800),
    disputeWindowSeconds: 3600,
  };
  return escrowJson({ ...change, inContract: { ...inContract, ...standing } });
}
const claimed = { status: "claimed", claimedSeconds: 900, until: iso(4500) } as const;
const disputed = { ...claimed, status: "disputed", until: iso(8000) } as const;

/** `voucher 600`, `settle from 4501`: what is open, and what will be. */
const say = ({ kind, isOpen, from, until, seconds }: Way) =>
  [
    kind,
    ...(isOpen || from === null ? [] : [`from ${(from - noon) / 1000}`]),
    ...(until === null ? [] : [`until ${(until - noon) / 1000}`]),
    ...(seconds === null ? [] : [`pays ${seconds}`]),
  ].join(" ");
const ways = (escrow: EscrowJson, role: "student" | "tutor", seconds: number) =>
  waysOf(escrow, role, at(seconds)).map(say);

test("while it runs: the student by the clock, the tutor by a claim; with a voucher neither needs the clock", () => {
  expect(ways(seen({}), "student", 90)).toEqual(["clock pays 90", "reclaim from 4800 pays 0"]);
  expect(ways(seen({}), "tutor", 90)).toEqual(["claim until 4799 pays 90"]);
  expect(ways(seen({}), "tutor", 3000)).toEqual(["claim until 4799 pays 1200"]);
  expect(ways(seen({}, { voucher }), "student", 700)).toEqual(["voucher pays 600", "reclaim from 4800 pays 0"]);
  expect(ways(seen({}, { voucher }), "tutor", 700)).toEqual(["voucher pays 600"]);
  // More than the contract's clock is never paid.
  expect(ways(seen({}, { voucher }), "tutor", 500)).toEqual(["voucher pays 500"]);
});

test("after the time-out: the student reclaims from its first second on, and the tutor can claim no more", () => {
  expect(ways(seen({}), "student", 4799)).toEqual(["clock pays 1200", "reclaim from 4800 pays 0"]);
  expect(ways(seen({}), "student", 4800)).toEqual(["clock pays 1200", "reclaim pays 0"]);
  expect(ways(seen({}), "tutor", 4799.5)).toEqual(["claim until 4799 pays 1200"]);
  expect(ways(seen({}), "tutor", 4800)).toEqual([]);
});

test("claimed: the student agrees or disputes until the last second of the window; then anybody settles", () => {
  expect(ways(seen(claimed), "student", 4500)).toEqual([
    "agree pays 900",
    "dispute until 4500",
    "settle from 4501 pays 900",
  ]);
  expect(ways(seen(claimed), "tutor", 4500)).toEqual(["settle from 4501 pays 900"]);
  expect(ways(seen(claimed), "student", 4501)).toEqual(["agree pays 900", "settle pays 900"]);
  expect(ways(seen(claimed), "tutor", 4501)).toEqual(["settle pays 900"]);
  expect(ways(seen(claimed, { voucher }), "student", 4000)).toEqual([
    "voucher pays 600",
    "dispute until 4500",
    "settle from 4501 pays 900",
  ]);
});

test("disputed: only the meter's word is paid, and without it everything goes back", () => {
  expect(ways(seen(disputed), "student", 7000)).toEqual(["agree pays 900", "settle from 8001 pays 0"]);
  expect(ways(seen(disputed, { voucher }), "tutor", 7000)).toEqual(["voucher pays 600", "settle from 8001 pays 0"]);
  const [settle] = waysOf(seen(disputed), "tutor", at(8001));
  expect(settle).toMatchObject({ isOpen: true, division: { price: 0n, toTutor: 0n, toStudent: 12_000_000n } });
});

test("what each side gets is the contract's own division", () => {
  const [byVoucher] = waysOf(seen({}, { voucher }), "student", at(700));
  expect(byVoucher?.division).toEqual({ price: 6_000_000n, toTutor: 4_800_000n, toStudent: 6_000_000n });
});

test("nothing is open without a deposit, nor when it is paid; without the deposit's time nothing is promised", () => {
  expect(ways(seen({ status: "none" }), "student", 90)).toEqual([]);
  expect(ways(seen({ status: "closed" }), "tutor", 90)).toEqual([]);
  const payment = { transactionHash: hashOf("5f") } as EscrowJson["payment"];
  expect(ways(seen({}, { payment }), "student", 90)).toEqual([]);
  const unknown = { openedAt: null, reclaimableFrom: null };
  expect(ways(seen(unknown), "student", 90)).toEqual(["clock"]);
  expect(ways(seen(unknown), "tutor", 90)).toEqual(["claim"]);
});
