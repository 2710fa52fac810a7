// Ending by the clock: the student's word pays at once, the tutor's is a claim; and no end ever closes the next session.
import type { Abi, Hex } from "viem";
import { describe, expect, it } from "vitest";
import { escrowAbi, nativeToken } from "../index.ts";
import { onStage } from "./on-stage.ts";
import { eventsOf, people, requestOf, settings } from "./stage.ts";

const { student, otherStudent, tutor, otherTutor, stranger, meter, platform } = people;
const stage = onStage();

describe("endSession(address)", () => {
  it("is refused with NoRunningSession when the sender has none with that tutor", async () => {
    const refusal = await stage().refusal(student, "endSession", [tutor.address]);
    expect(refusal).toBe("NoRunningSession(student, tutor)");
  });

  it("is refused with NoRunningSession when only somebody else has one with that tutor", async () => {
    await stage().open();
    const refusal = await stage().refusal(otherStudent, "endSession", [tutor.address]);
    expect(refusal).toBe("NoRunningSession(otherStudent, tutor)");
  });

  it("is refused with NoRunningSession for the tutor, whose end names the session", async () => {
    await stage().open();
    const refusal = await stage().refusal(tutor, "endSession", [tutor.address]);
    expect(refusal).toBe("NoRunningSession(tutor, tutor)");
    const other = await stage().refusal(tutor, "endSession", [student.address]);
    expect(other).toBe("NoRunningSession(tutor, student)");
  });

  it("is refused with NoRunningSession when the tutor's claim stopped the clock", async () => {
    const { sessionId } = await stage().open();
    await stage().send(tutor, "endByClock", [sessionId]);
    const refusal = await stage().refusal(student, "endSession", [tutor.address]);
    expect(refusal).toBe("NoRunningSession(student, tutor)");
  });

  it("is refused with NameTheSession when somebody else sends it for the wallet", async () => {
    const on = stage();
    const wallet = await on.deployFake("Actor");
    const act = { abi: on.fakeAbi("Actor"), to: wallet };
    const data = await on.encode("endSession", [tutor.address]);
    expect(await on.refusal(stranger, "act", [on.escrow, 0n, data], { ...act, abi: on.withErrors(act.abi) })).toBe(
      "NameTheSession()",
    );
  });

  it("pays for the seconds on the clock and gives the rest back", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open({ token: on.token });
    const receipt = await on.send(student, "endSession", [tutor.address], { at: openedAt + 90 });
    expect(eventsOf(receipt)).toEqual([
      {
        eventName: "SessionEnded",
        sessionId,
        student: student.address,
        tutor: tutor.address,
        endedBy: student.address,
        ending: 0,
        paidSeconds: 90n,
      },
      { eventName: "SessionPaid", sessionId, token: on.token, toTutor: 12n, fee: 3n, toStudent: 85n },
      { eventName: "PaymentKept", token: on.token, account: platform.address, amount: 3n },
    ]);
    expect(await on.holdingOf(on.token, tutor.address)).toBe(12n);
    expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n - 15n);
    expect(await on.holdingOf(on.token, on.escrow)).toBe(3n);
    expect(await on.read("waitingOf", [on.token, platform.address])).toBe(3n);
    expect(await on.statusOf(sessionId)).toBe(4);
    expect(await on.read<Hex>("openSessionOf", [student.address, tutor.address])).toBe(`0x${"0".repeat(64)}`);
  });

  it("pays nothing in the second in which it was opened", async () => {
    const on = stage();
    await on.clock.setBlockTimestampInterval({ interval: 0 });
    await on.open({ token: on.token });
    await on.send(student, "endSession", [tutor.address]);
    await on.clock.setBlockTimestampInterval({ interval: 1 });
    expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n);
  });

  it("never pays more than the deposit, however late it comes", async () => {
    const on = stage();
    const { openedAt } = await on.open({ token: on.token });
    await on.send(student, "endSession", [tutor.address], { at: openedAt + 86_400 });
    expect(await on.holdingOf(on.token, tutor.address)).toBe(80n);
    expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n - 100n);
  });

  it("rounds a started coin up and the fee down", async () => {
    const on = stage();
    const { openedAt } = await on.open({ token: on.token, ratePerMinute: 7n });
    const receipt = await on.send(student, "endSession", [tutor.address], { at: openedAt + 61 });
    // 7 × 61 / 60 = 7.1, so 8; a fifth of it is 1.6, so 1.
    expect(eventsOf(receipt)[1]).toMatchObject({ toTutor: 7n, fee: 1n, toStudent: 62n });
  });

  it("ends the session with the tutor that is named and no other", async () => {
    const on = stage();
    const first = await on.open();
    const second = await on.open({ tutor: otherTutor.address });
    await on.send(student, "endSession", [otherTutor.address]);
    expect([await on.statusOf(first.sessionId), await on.statusOf(second.sessionId)]).toEqual([1, 4]);
  });
});

describe("endByClock(bytes32)", () => {
  it("is refused with WrongStatus for a session that never was", async () => {
    const refusal = await stage().refusal(student, "endByClock", [requestOf(9)]);
    expect(refusal).toBe(`WrongStatus(${requestOf(9)}, 0)`);
  });

  it("is refused with WrongStatus for one that is closed", async () => {
    const { sessionId } = await stage().open();
    await stage().send(student, "endByClock", [sessionId]);
    for (const who of [student, tutor]) {
      expect(await stage().refusal(who, "endByClock", [sessionId])).toBe(`WrongStatus(${sessionId}, 4)`);
    }
  });

  it("is refused with NotYours for a stranger, the platform and the meter", async () => {
    const { sessionId } = await stage().open();
    expect(await stage().refusal(stranger, "endByClock", [sessionId])).toBe("NotYours(stranger)");
    expect(await stage().refusal(platform, "endByClock", [sessionId])).toBe("NotYours(platform)");
    expect(await stage().refusal(meter, "endByClock", [sessionId])).toBe("NotYours(meter)");
  });

  describe("by the student", () => {
    it("pays for the seconds on the clock at once", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      await on.send(student, "endByClock", [sessionId], { at: openedAt + 120 });
      expect(await on.holdingOf(on.token, tutor.address)).toBe(16n);
    });

    it("pays from a wallet that is a contract", async () => {
      const on = stage();
      const wallet = await on.deployFake("Actor");
      const act = { abi: on.fakeAbi("Actor"), to: wallet };
      const terms = { tutor: tutor.address, token: nativeToken, ratePerMinute: 10n, maxSeconds: 600, languageId: 1 };
      const open = await on.encode("openSession", [{ ...terms, requestId: requestOf(1) }]);
      await on.send(stranger, "act", [on.escrow, 100n, open], { ...act, value: 100n });
      const openedAt = await on.now();
      const sessionId = await on.read<Hex>("openSessionOf", [wallet, tutor.address]);
      const end = await on.encode("endByClock", [sessionId]);
      await on.send(stranger, "act", [on.escrow, 0n, end], { ...act, at: openedAt + 60 });
      expect(await on.holdingOf(nativeToken, wallet)).toBe(90n);
    });

    it("agrees to a claim: what stood on the clock then is paid, however late", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 60 });
      await on.send(student, "endByClock", [sessionId], { at: openedAt + 500 });
      expect(await on.holdingOf(on.token, tutor.address)).toBe(8n);
    });

    it("agrees to a claim that was disputed before", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 60 });
      await on.send(student, "dispute", [sessionId]);
      await on.send(student, "endByClock", [sessionId]);
      expect(await on.holdingOf(on.token, tutor.address)).toBe(8n);
    });

    it("leaves the next session with the tutor alone when it agrees to a claim of the last", async () => {
      const on = stage();
      const first = await on.open({ requestId: requestOf(1) });
      await on.send(tutor, "endByClock", [first.sessionId]);
      const second = await on.open({ requestId: requestOf(2) });
      await on.send(student, "endByClock", [first.sessionId]);
      expect(await on.read<Hex>("openSessionOf", [student.address, tutor.address])).toBe(second.sessionId);
      expect(await on.statusOf(second.sessionId)).toBe(1);
    });
  });

  describe("by the tutor", () => {
    it("stops the clock and claims its time, and moves no coin", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      const receipt = await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 90 });
      const until = BigInt(openedAt + 90 + settings.disputeWindow);
      expect(eventsOf(receipt)).toEqual([{ eventName: "EndClaimed", sessionId, claimedSeconds: 90n, until }]);
      expect(await on.holdingOf(on.token, on.escrow)).toBe(100n);
      expect(await on.statusOf(sessionId)).toBe(2);
    });

    it("claims no more than the longest time", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open();
      const receipt = await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 3000 });
      expect(eventsOf(receipt)[0]).toMatchObject({ claimedSeconds: 600n });
    });

    it("is refused with WrongStatus when it was claimed before", async () => {
      const { sessionId } = await stage().open();
      await stage().send(tutor, "endByClock", [sessionId]);
      expect(await stage().refusal(tutor, "endByClock", [sessionId])).toBe(`WrongStatus(${sessionId}, 2)`);
    });

    it("is refused with TooLate from the second in which the student may reclaim, and not one before", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open();
      const last = openedAt + 600 + settings.reclaimDelay - 1;
      const before = await on.clock.snapshot();
      await on.send(tutor, "endByClock", [sessionId], { at: last });
      await on.clock.revert({ id: before });
      expect(await on.refusal(tutor, "endByClock", [sessionId], { at: last + 1 })).toBe(`TooLate(${last})`);
    });
  });
});

describe("an end that is repeated or delayed", () => {
  it("is no transaction of the student any more once the next session is open", async () => {
    const on = stage();
    await on.open({ requestId: requestOf(1) });
    const nonce = await on.reader.getTransactionCount({ address: student.address });
    // Two ends of the first session are signed; the wallet sends one, and the other hangs somewhere.
    const data = await on.encode("endSession", [tutor.address]);
    const gas = { gas: 300_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
    const delayed = await student.signTransaction({ to: on.escrow, data, nonce, chainId: 31_337, ...gas });
    await on.send(student, "endSession", [tutor.address]);
    const second = await on.open({ requestId: requestOf(2) });
    await expect(on.wallet.sendRawTransaction({ serializedTransaction: delayed })).rejects.toThrow(/nonce too low/i);
    expect(await on.statusOf(second.sessionId)).toBe(1);
  });

  it("by the tutor or by voucher names its session and finds it closed", async () => {
    const on = stage();
    const first = await on.open({ requestId: requestOf(1) });
    const signature = await on.sign({ sessionId: first.sessionId, provenSeconds: 1n });
    await on.send(student, "endSession", [tutor.address]);
    const second = await on.open({ requestId: requestOf(2) });
    const closed = `WrongStatus(${first.sessionId}, 4)`;
    expect(await on.refusal(tutor, "endByClock", [first.sessionId])).toBe(closed);
    expect(await on.refusal(student, "endByClock", [first.sessionId])).toBe(closed);
    expect(await on.refusal(meter, "endSession", [first.sessionId, 1n, signature])).toBe(closed);
    expect(await on.statusOf(second.sessionId)).toBe(1);
  });

  it("by the tutor does not touch the session of the tutor's next student", async () => {
    const on = stage();
    const first = await on.open();
    await on.send(student, "endSession", [tutor.address]);
    const next = await on.open({}, otherStudent);
    expect(await on.refusal(tutor, "endByClock", [first.sessionId])).toBe(`WrongStatus(${first.sessionId}, 4)`);
    expect(await on.statusOf(next.sessionId)).toBe(1);
  });
});

describe("the names of the verbs", () => {
  it("can be told apart by the number of their arguments", () => {
    const functions = (escrowAbi as Abi).filter((entry) => entry.type === "function");
    const faces = functions.map(({ name, inputs }) => `${name}/${inputs.length}`);
    expect(new Set(faces).size).toBe(faces.length);
  });
});
