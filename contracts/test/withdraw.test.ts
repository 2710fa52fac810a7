// What could not be sent waits: failing receivers stop nobody else's payment, and lose nothing.
import { type Abi, type Address, zeroAddress } from "viem";
import { describe, expect, it } from "vitest";
import { nativeToken } from "../index.ts";
import { onStage } from "./on-stage.ts";
import { eventsOf, people, requestOf, type Stage } from "./stage.ts";

const { student, tutor, platform, stranger } = people;
const stage = onStage();
const moods = { refuses: 1, burnsGas: 2, answersMegabytes: 3 } as const;

/** A tutor that is a contract, in some mood. */
async function hireActor(on: Stage, mood: number) {
  const to = await on.deployFake("Actor");
  const act = { abi: on.withErrors(on.fakeAbi("Actor")), to };
  await on.send(stranger, "setMood", [mood], act);
  const withdraw = async (token: Address, receiver: Address) =>
    [on.escrow, 0n, await on.encode("withdraw", [token, receiver])] as const;
  return { address: to, act, withdraw };
}

describe("a payment that cannot be sent", () => {
  it("waits for a tutor who refuses, burns all gas or answers with megabytes, and everybody else is paid", async () => {
    const on = stage();
    for (const mood of Object.values(moods)) {
      const before = await on.holdingOf(nativeToken, on.escrow);
      const actor = await hireActor(on, mood);
      const { openedAt } = await on.open({ tutor: actor.address });
      const receipt = await on.send(student, "endSession", [actor.address], { at: openedAt + 60 });
      const kept = { eventName: "PaymentKept", token: nativeToken, account: actor.address, amount: 8n };
      expect(eventsOf(receipt)).toContainEqual(kept);
      expect((await on.holdingOf(nativeToken, on.escrow)) - before).toBe(10n);
      expect(await on.read("waitingOf", [nativeToken, actor.address])).toBe(8n);
    }
  });

  it("waits for a student whose wallet refuses, and the tutor is paid", async () => {
    const on = stage();
    const wallet = await hireActor(on, 0);
    const terms = { token: nativeToken, ratePerMinute: 10n, maxSeconds: 600, languageId: 1, requestId: requestOf(1) };
    const open = await on.encode("openSession", [{ ...terms, tutor: tutor.address }]);
    await on.send(stranger, "act", [on.escrow, 100n, open], { ...wallet.act, value: 100n });
    const openedAt = await on.now();
    await on.send(stranger, "setMood", [moods.refuses], wallet.act);
    const sessionId = await on.read("openSessionOf", [wallet.address, tutor.address]);
    const before = await on.holdingOf(nativeToken, tutor.address);
    const end = await on.encode("endByClock", [sessionId]);
    await on.send(stranger, "act", [on.escrow, 0n, end], { ...wallet.act, at: openedAt + 60 });
    expect((await on.holdingOf(nativeToken, tutor.address)) - before).toBe(8n);
    expect(await on.read("waitingOf", [nativeToken, wallet.address])).toBe(90n);
  });

  it("waits when the token does not serve the receiver, by a revert or by answering false", async () => {
    const on = stage();
    const picky = { abi: on.fakeAbi("PickyToken"), to: await on.deployFake("PickyToken") };
    await on.send(student, "mint", [student.address, 1000n], picky);
    await on.send(student, "approve", [on.escrow, 1000n], picky);
    await on.send(student, "setBlocked", [tutor.address, true], picky);
    for (const answersFalse of [false, true]) {
      await on.send(student, "setAnswersFalse", [answersFalse], picky);
      const { openedAt } = await on.open({ token: picky.to, requestId: requestOf(answersFalse ? 1 : 2) });
      await on.send(student, "endSession", [tutor.address], { at: openedAt + 60 });
    }
    expect(await on.read("waitingOf", [picky.to, tutor.address])).toBe(16n);
    expect(await on.holdingOf(picky.to, student.address)).toBe(980n);
    expect(await on.refusal(tutor, "withdraw", [picky.to, tutor.address])).toBe("WithdrawalRefused(tutor)");
    await on.send(tutor, "withdraw", [picky.to, stranger.address]);
    expect(await on.holdingOf(picky.to, stranger.address)).toBe(16n);
  });
});

describe("withdraw", () => {
  it("is refused with NothingWaiting when nothing waits", async () => {
    const refusal = await stage().refusal(tutor, "withdraw", [nativeToken, tutor.address]);
    expect(refusal).toBe(`NothingWaiting(${zeroAddress}, tutor)`);
  });

  it("is refused with BadReceiver for nobody and for the escrow", async () => {
    const on = stage();
    expect(await on.refusal(tutor, "withdraw", [nativeToken, zeroAddress])).toBe(`BadReceiver(${zeroAddress})`);
    expect(await on.refusal(tutor, "withdraw", [nativeToken, on.escrow])).toBe(`BadReceiver(${on.escrow})`);
  });

  it("is refused with WithdrawalRefused by a receiver that still refuses, and the money goes on waiting", async () => {
    const on = stage();
    const actor = await hireActor(on, moods.refuses);
    const { openedAt } = await on.open({ tutor: actor.address });
    await on.send(student, "endSession", [actor.address], { at: openedAt + 60 });
    const args = await actor.withdraw(nativeToken, actor.address);
    expect(await on.refusal(stranger, "act", args, actor.act)).toBe(`WithdrawalRefused(${actor.address})`);
    expect(await on.read("waitingOf", [nativeToken, actor.address])).toBe(8n);
  });

  it("sends all that waits of one token, once, to whom its owner says", async () => {
    const on = stage();
    const actor = await hireActor(on, moods.refuses);
    const { openedAt } = await on.open({ tutor: actor.address });
    await on.send(student, "endSession", [actor.address], { at: openedAt + 60 });
    const before = await on.holdingOf(nativeToken, stranger.address);
    const args = await actor.withdraw(nativeToken, tutor.address);
    const tutorBefore = await on.holdingOf(nativeToken, tutor.address);
    const receipt = await on.send(stranger, "act", args, actor.act);
    expect(eventsOf(receipt)).toEqual([
      { eventName: "Withdrawn", token: nativeToken, account: actor.address, to: tutor.address, amount: 8n },
    ]);
    expect((await on.holdingOf(nativeToken, tutor.address)) - tutorBefore).toBe(8n);
    expect(await on.holdingOf(nativeToken, stranger.address)).toBeLessThan(before);
    const again = await on.refusal(stranger, "act", args, actor.act);
    expect(again).toBe(`NothingWaiting(${zeroAddress}, ${actor.address})`);
  });

  it("gives the platform the fees of all sessions, and nobody else", async () => {
    const on = stage();
    for (const number of [1, 2]) {
      const { openedAt } = await on.open({ token: on.token, requestId: requestOf(number) });
      await on.send(student, "endSession", [tutor.address], { at: openedAt + 60 });
    }
    expect(await on.refusal(stranger, "withdraw", [on.token, stranger.address])).toBe(
      `NothingWaiting(${on.token}, stranger)`,
    );
    await on.send(platform, "withdraw", [on.token, platform.address]);
    expect(await on.holdingOf(on.token, platform.address)).toBe(4n);
    expect(await on.holdingOf(on.token, on.escrow)).toBe(0n);
  });

  it("does not let a token that took up a fee later touch what is held in it for others", async () => {
    const on = stage();
    const fee = { abi: on.fakeAbi("FeeToken") as Abi, to: await on.deployFake("FeeToken") };
    await on.send(student, "setFee", [false], fee);
    await on.send(student, "mint", [student.address, 20_000n], fee);
    await on.send(student, "approve", [on.escrow, 20_000n], fee);
    const { openedAt } = await on.open({ token: fee.to, ratePerMinute: 1000n });
    await on.send(student, "setFee", [true], fee);
    await on.send(student, "endSession", [tutor.address], { at: openedAt + 60 });
    expect(await on.holdingOf(fee.to, on.escrow)).toBe(200n);
    expect(await on.holdingOf(fee.to, tutor.address)).toBe(792n);
  });
});
