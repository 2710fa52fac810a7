// What is sent to the contract, and what is not: never from the wrong wallet, never twice, never more allowance than the deposit.
import { nativeToken } from "@fairminute/contracts";
import { expect, test } from "vitest";
import { escrowJson, fakeWallet, hashOf, student, tutor, voucher } from "../../test/escrow.ts";
import { deposit, payByClock, payByVoucher, reclaim } from "./escrow.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const silent = () => {};
const terms = {
  tutor,
  token: escrowJson().token,
  ratePerMinute: 600_000n,
  maxSeconds: 1200,
  languageId: 1,
  requestId: hashOf("b2"),
};

test("a token without permit: exactly the deposit is allowed, then it is opened", async () => {
  const { wallet, sent } = fakeWallet();
  const steps: string[] = [];
  expect(await deposit(wallet, escrowJson(), { onStep: (step) => steps.push(step), now })).toBe(hashOf("5f"));
  expect(sent).toEqual([
    { functionName: "approve", args: [escrowJson().contract, 12_000_000n], value: undefined },
    { functionName: "openSession", args: [terms], value: undefined },
  ]);
  expect(steps).toEqual(["allowing", "signing", "sent"]);
});

test("an allowance that is there is used, and no other asked for", async () => {
  const { wallet, sent, answers } = fakeWallet();
  answers.allowance = 12_000_000n;
  await deposit(wallet, escrowJson(), { onStep: silent, now });
  expect(sent.map(({ functionName }) => functionName)).toEqual(["openSession"]);
});

test("the chain's own coin is sent along", async () => {
  const { wallet, sent } = fakeWallet();
  const native = escrowJson({ token: nativeToken, terms: { ...escrowJson().terms, token: nativeToken } });
  await deposit(wallet, native, { onStep: silent, now });
  expect(sent).toEqual([{ functionName: "openSession", args: [{ ...terms, token: nativeToken }], value: 12_000_000n }]);
});

test("a deposit that is there is not made again", async () => {
  const { wallet, sent, answers } = fakeWallet();
  answers.sessionOf = { status: 1 };
  expect(await deposit(wallet, escrowJson(), { onStep: silent, now })).toBeNull();
  expect(sent).toEqual([]);
});

test("another wallet than the student's is refused before anything is signed", async () => {
  const { wallet, sent } = fakeWallet(tutor);
  await expect(deposit(wallet, escrowJson(), { onStep: silent, now })).rejects.toThrow(/This call is paid by 0x1/);
  expect(sent).toEqual([]);
});

test("a wallet on another chain is asked to change it; if it does not, nothing is sent", async () => {
  const one = fakeWallet();
  one.on.chain = 1;
  await deposit(one.wallet, escrowJson(), { onStep: silent, now });
  expect(one.on.chain).toBe(31_337);
  const stubborn = fakeWallet();
  stubborn.on.chain = 1;
  stubborn.wallet.switchChain = async () => {
    throw new Error("no");
  };
  await expect(payByClock(stubborn.wallet, escrowJson(), silent)).rejects.toThrow("no");
  expect(stubborn.sent).toEqual([]);
});

test("ends: by voucher, by the student's clock, by the tutor's claim, by reclaim", async () => {
  const mine = fakeWallet(student);
  const theirs = fakeWallet(tutor);
  const escrow = escrowJson({ voucher });
  expect(() => payByVoucher(mine.wallet, escrowJson(), silent)).toThrow(/has not signed/);
  await payByVoucher(theirs.wallet, escrow, silent);
  await payByClock(theirs.wallet, escrow, silent);
  await payByClock(mine.wallet, escrow, silent);
  await reclaim(mine.wallet, escrow, silent);
  const said = (one: typeof mine) => one.sent.map(({ functionName, args }) => [functionName, ...args]);
  expect(said(theirs)).toEqual([
    ["endSession", escrow.sessionId, 600n, voucher.signature],
    ["endByClock", escrow.sessionId],
  ]);
  expect(said(mine)).toEqual([
    ["endSession", tutor],
    ["reclaim", escrow.sessionId],
  ]);
});
