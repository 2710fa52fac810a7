// What each verb costs, beside what is written in docs/gas.md: it may not grow by more than five percent unnoticed.
import { readFileSync } from "node:fs";
import { type Abi, parseSignature } from "viem";
import { describe, expect, it } from "vitest";
import { testTokenAbi } from "../index.ts";
import { onStage } from "./on-stage.ts";
import { makeTerms, people, requestOf, type Stage, settings } from "./stage.ts";

const { student, tutor, otherTutor, platform, meter } = people;
const stage = onStage();

/** Deposits, ends and payments in a token, as they are after the first time: nobody's balance is new. */
async function warmUp(on: Stage) {
  const { openedAt } = await on.open({ token: on.token, requestId: requestOf(100) });
  await on.send(student, "endSession", [tutor.address], { at: openedAt + 60 });
}

async function measureOpening(on: Stage): Promise<Record<string, bigint>> {
  const used: Record<string, bigint> = {};
  const native = await on.send(student, "openSession", [makeTerms({ tutor: otherTutor.address })], { value: 100n });
  used["openSession, the chain's own coin"] = native.gasUsed;
  const end = await on.send(student, "endSession", [otherTutor.address], { at: (await on.now()) + 60 });
  used["endSession(tutor), the chain's own coin"] = end.gasUsed;
  used["openSession, token"] = (await on.send(student, "openSession", [makeTerms({ token: on.token })])).gasUsed;
  await on.send(student, "endSession", [tutor.address], { at: (await on.now()) + 60 });
  const domain = { name: "Fairminute Test Dollar", version: "1", chainId: 31_337, verifyingContract: on.token };
  const names = { owner: "address", spender: "address", value: "uint256", nonce: "uint256", deadline: "uint256" };
  const types = { Permit: Object.entries(names).map(([name, type]) => ({ name, type })) };
  const message = { owner: student.address, spender: on.escrow, value: 100n, nonce: 0n, deadline: 2n ** 40n };
  const permit = parseSignature(await student.signTypedData({ domain, types, primaryType: "Permit", message }));
  await on.send(student, "approve", [on.escrow, 0n], { abi: testTokenAbi as Abi, to: on.token });
  const terms = makeTerms({ token: on.token, requestId: requestOf(2) });
  const args = [terms, message.deadline, 27 + permit.yParity, permit.r, permit.s];
  used.openSessionWithPermit = (await on.send(student, "openSessionWithPermit", args)).gasUsed;
  await on.send(student, "endSession", [tutor.address], { at: (await on.now()) + 60 });
  await on.send(student, "approve", [on.escrow, 1_000_000n], { abi: testTokenAbi as Abi, to: on.token });
  return used;
}

/** A fresh session in a token each time, at the same time of its life. */
async function measureEnding(on: Stage): Promise<Record<string, bigint>> {
  const used: Record<string, bigint> = {};
  const later = 600 + settings.reclaimDelay;
  let number = 10;
  const open = async () => on.open({ token: on.token, requestId: requestOf(number++) });
  const claim = async () => {
    const opened = await open();
    const receipt = await on.send(tutor, "endByClock", [opened.sessionId], { at: opened.openedAt + 60 });
    used["endByClock, the tutor's claim"] = receipt.gasUsed;
    return { ...opened, settledFrom: opened.openedAt + 61 + settings.disputeWindow };
  };
  const first = await open();
  const byTutor = await on.send(student, "endSession", [tutor.address], { at: first.openedAt + 60 });
  used["endSession(tutor), token"] = byTutor.gasUsed;
  const second = await open();
  const byClock = await on.send(student, "endByClock", [second.sessionId], { at: second.openedAt + 60 });
  used["endByClock, the student's word"] = byClock.gasUsed;
  const third = await open();
  const signed = { sessionId: third.sessionId, provenSeconds: 30n };
  const interim = [third.sessionId, 30n, await on.sign({ type: "Interim", ...signed })];
  used.prove = (await on.send(meter, "prove", interim, { at: third.openedAt + 60 })).gasUsed;
  used["endSession(voucher)"] = (
    await on.send(meter, "endSession", [third.sessionId, 30n, await on.sign(signed)])
  ).gasUsed;
  const fourth = await claim();
  used["settle, a claim"] = (await on.send(tutor, "settle", [fourth.sessionId], { at: fourth.settledFrom })).gasUsed;
  const fifth = await claim();
  used.dispute = (await on.send(student, "dispute", [fifth.sessionId], { at: fifth.openedAt + 70 })).gasUsed;
  const lapsed = { at: fifth.openedAt + 71 + settings.disputeWindow };
  used["settle, a dispute"] = (await on.send(student, "settle", [fifth.sessionId], lapsed)).gasUsed;
  const sixth = await open();
  used.reclaim = (await on.send(student, "reclaim", [sixth.sessionId], { at: sixth.openedAt + later })).gasUsed;
  used.withdraw = (await on.send(platform, "withdraw", [on.token, platform.address])).gasUsed;
  return used;
}

function readTable(): Map<string, number> {
  const text = readFileSync(new URL("../docs/gas.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| (.+?) \| ([\d,]+) \|$/gm)];
  return new Map(rows.map(([, name = "", gas = ""]) => [name, Number(gas.replaceAll(",", ""))]));
}

describe("gas", () => {
  it("of each verb is at most five percent more than docs/gas.md says", async () => {
    const on = stage();
    await warmUp(on);
    const used = { ...(await measureOpening(on)), ...(await measureEnding(on)) };
    const written = readTable();
    const rows = Object.entries(used).map(([verb, gas]) => ({ verb, gas: Number(gas), written: written.get(verb) }));
    console.table(rows);
    expect(rows.map(({ verb }) => verb).sort()).toEqual([...written.keys()].sort());
    expect(rows.filter(({ gas, written: most }) => most === undefined || gas > most * 1.05)).toEqual([]);
  });
});
