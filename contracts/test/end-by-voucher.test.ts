// Ending by the meter's voucher: the proven seconds are paid at once, and every wrong voucher is worth nothing.
import { concat, type Hex, hexToBigInt, numberToHex, slice } from "viem";
import { describe, expect, it } from "vitest";
import { onStage } from "./on-stage.ts";
import { eventsOf, people, requestOf } from "./stage.ts";
import { shorten, turnOver } from "./words.ts";

const { student, otherStudent, tutor, stranger, meter, platform } = people;
const stage = onStage();

describe("endSession(bytes32, uint64, bytes)", () => {
  describe("when the session is not there to be ended", () => {
    it("is refused with WrongStatus for one that never was", async () => {
      const on = stage();
      const sessionId = requestOf(9);
      const signature = await on.sign({ sessionId, provenSeconds: 5n });
      expect(await on.refusal(tutor, "endSession", [sessionId, 5n, signature])).toBe(`WrongStatus(${sessionId}, 0)`);
    });

    it("is refused with WrongStatus for the same voucher a second time", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open();
      const signature = await on.sign({ sessionId, provenSeconds: 5n });
      await on.send(tutor, "endSession", [sessionId, 5n, signature], { at: openedAt + 10 });
      expect(await on.refusal(tutor, "endSession", [sessionId, 5n, signature])).toBe(`WrongStatus(${sessionId}, 4)`);
    });
  });

  describe("when the sender has no part in it", () => {
    it("is refused with NotYours for strangers, other students and the platform", async () => {
      const on = stage();
      const { sessionId } = await on.open();
      const args = [sessionId, 5n, await on.sign({ sessionId, provenSeconds: 5n })];
      expect(await on.refusal(stranger, "endSession", args)).toBe("NotYours(stranger)");
      expect(await on.refusal(otherStudent, "endSession", args)).toBe("NotYours(otherStudent)");
      expect(await on.refusal(platform, "endSession", args)).toBe("NotYours(platform)");
    });
  });

  describe("when the voucher is not the meter's for this session", () => {
    const refusalOf = async (change: (right: Hex, sessionId: Hex) => Hex | Promise<Hex>) => {
      const { sessionId } = await stage().open();
      const right = await stage().sign({ sessionId, provenSeconds: 5n });
      return stage().refusal(tutor, "endSession", [sessionId, 5n, await change(right, sessionId)]);
    };

    it("is refused with NotSignedByMeter for the signature of the student, the tutor or a stranger", async () => {
      const on = stage();
      const { sessionId } = await on.open();
      for (const [name, signer] of Object.entries({ student, tutor, stranger })) {
        const signature = await on.sign({ sessionId, provenSeconds: 5n, signer });
        const refusal = await on.refusal(tutor, "endSession", [sessionId, 5n, signature]);
        expect(refusal).toBe(`NotSignedByMeter(${name})`);
      }
    });

    it("is refused with NotSignedByMeter for other seconds than were signed", async () => {
      const on = stage();
      const { sessionId } = await on.open();
      const signature = await on.sign({ sessionId, provenSeconds: 5n });
      for (const seconds of [0n, 4n, 6n]) {
        expect(await on.refusal(tutor, "endSession", [sessionId, seconds, signature])).toMatch(/^NotSignedByMeter/);
      }
    });

    it("is refused with NotSignedByMeter for a voucher of another session", async () => {
      const sign = () => stage().sign({ sessionId: requestOf(3), provenSeconds: 5n });
      expect(await refusalOf(sign)).toMatch(/^NotSignedByMeter/);
    });

    it("is refused with NotSignedByMeter for a voucher of another chain", async () => {
      const sign = (_: Hex, sessionId: Hex) => stage().sign({ sessionId, provenSeconds: 5n, chainId: 1 });
      expect(await refusalOf(sign)).toMatch(/^NotSignedByMeter/);
    });

    it("is refused with NotSignedByMeter when the chain has parted from the one it was signed for", async () => {
      const on = stage();
      const { sessionId } = await on.open();
      const signature = await on.sign({ sessionId, provenSeconds: 5n });
      await on.setChainId(7);
      const refusal = await on.refusal(tutor, "endSession", [sessionId, 5n, signature]);
      await on.setChainId(31_337);
      expect(refusal).toMatch(/^NotSignedByMeter/);
    });

    it("is refused with NotSignedByMeter for a voucher of another escrow", async () => {
      const sign = (_: Hex, sessionId: Hex) => stage().sign({ sessionId, provenSeconds: 5n, escrow: stage().token });
      expect(await refusalOf(sign)).toMatch(/^NotSignedByMeter/);
    });

    it("is refused with NotSignedByMeter for an interim, which is not final", async () => {
      const sign = (_: Hex, sessionId: Hex) => stage().sign({ sessionId, provenSeconds: 5n, type: "Interim" });
      expect(await refusalOf(sign)).toMatch(/^NotSignedByMeter/);
    });

    it("is refused with NotSignedByMeter for the same signature turned over", async () => {
      expect(await refusalOf(turnOver)).toMatch(/^NotSignedByMeter\(0x0000/);
    });

    it("is refused with NotSignedByMeter for the short form, a byte more, a byte less, and nothing", async () => {
      const forms = [shorten, (right: Hex) => concat([right, "0x00"]), (right: Hex) => slice(right, 0, 64), () => "0x"];
      const on = stage();
      const { sessionId } = await on.open();
      const right = await on.sign({ sessionId, provenSeconds: 5n });
      for (const form of forms) {
        const refusal = await on.refusal(tutor, "endSession", [sessionId, 5n, form(right)]);
        expect(refusal).toMatch(/^NotSignedByMeter\(0x0000/);
      }
    });

    it("is refused with NotSignedByMeter for a v that is no v, and for zeroes", async () => {
      const on = stage();
      const { sessionId } = await on.open();
      const right = await on.sign({ sessionId, provenSeconds: 5n });
      const v = Number(hexToBigInt(slice(right, 64)));
      const asV = (value: number) => concat([slice(right, 0, 64), numberToHex(value, { size: 1 })]);
      for (const wrong of [asV(v - 27), asV(v + 2), asV(0), asV(255), numberToHex(0, { size: 65 })]) {
        const refusal = await on.refusal(tutor, "endSession", [sessionId, 5n, wrong]);
        expect(refusal).toMatch(/^NotSignedByMeter\(0x0000/);
      }
    });
  });

  describe("when the meter has proven more already", () => {
    it("is refused with LowerThanProven, whoever sends it", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open();
      const interim = await on.sign({ type: "Interim", sessionId, provenSeconds: 60n });
      await on.send(tutor, "prove", [sessionId, 60n, interim], { at: openedAt + 100 });
      const args = [sessionId, 59n, await on.sign({ sessionId, provenSeconds: 59n })];
      for (const who of [student, tutor, meter]) {
        expect(await on.refusal(who, "endSession", args)).toBe("LowerThanProven(59, 60)");
      }
    });

    it("accepts as many seconds as were proven", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      const interim = await on.sign({ type: "Interim", sessionId, provenSeconds: 60n });
      await on.send(tutor, "prove", [sessionId, 60n, interim], { at: openedAt + 100 });
      const signature = await on.sign({ sessionId, provenSeconds: 60n });
      await on.send(student, "endSession", [sessionId, 60n, signature]);
      expect(await on.holdingOf(on.token, tutor.address)).toBe(8n);
    });
  });

  describe("when the voucher is good", () => {
    it("pays for the proven seconds at once, sent by the student, the tutor or the meter", async () => {
      const on = stage();
      for (const [index, by] of [student, tutor, meter].entries()) {
        const { sessionId, openedAt } = await on.open({ token: on.token, requestId: requestOf(index) });
        const signature = await on.sign({ sessionId, provenSeconds: 90n });
        const receipt = await on.send(by, "endSession", [sessionId, 90n, signature], { at: openedAt + 200 });
        expect(eventsOf(receipt)).toEqual([
          {
            eventName: "SessionEnded",
            sessionId,
            student: student.address,
            tutor: tutor.address,
            endedBy: by.address,
            ending: 1,
            paidSeconds: 90n,
          },
          { eventName: "SessionPaid", sessionId, token: on.token, toTutor: 12n, fee: 3n, toStudent: 85n },
          { eventName: "PaymentKept", token: on.token, account: platform.address, amount: 3n },
        ]);
      }
      expect(await on.holdingOf(on.token, tutor.address)).toBe(36n);
      expect(await on.holdingOf(on.token, on.escrow)).toBe(9n);
    });

    it("gives everything back for no seconds, as for a tutor who never came", async () => {
      const on = stage();
      const { sessionId } = await on.open({ token: on.token });
      const signature = await on.sign({ sessionId, provenSeconds: 0n });
      const receipt = await on.send(meter, "endSession", [sessionId, 0n, signature]);
      expect(eventsOf(receipt).map(({ eventName }) => eventName)).toEqual(["SessionEnded", "SessionPaid"]);
      expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n);
    });

    it("pays by the clock when the clock has less, so that the lower price counts", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      const signature = await on.sign({ sessionId, provenSeconds: 300n });
      const receipt = await on.send(tutor, "endSession", [sessionId, 300n, signature], { at: openedAt + 60 });
      expect(eventsOf(receipt)[0]).toMatchObject({ paidSeconds: 60n });
    });

    it("never pays more than the deposit, whatever the meter signs", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      const most = 2n ** 64n - 1n;
      const signature = await on.sign({ sessionId, provenSeconds: most });
      const receipt = await on.send(tutor, "endSession", [sessionId, most, signature], { at: openedAt + 10_000_000 });
      expect(eventsOf(receipt)[1]).toMatchObject({ toTutor: 80n, fee: 20n, toStudent: 0n });
    });

    it("lowers a claim, and never raises it", async () => {
      const on = stage();
      for (const [proven, paid] of [
        [30n, 30n],
        [500n, 60n],
      ] as const) {
        const { sessionId, openedAt } = await on.open({ requestId: requestOf(Number(proven)) });
        await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 60 });
        const signature = await on.sign({ sessionId, provenSeconds: proven });
        const receipt = await on.send(student, "endSession", [sessionId, proven, signature], { at: openedAt + 600 });
        expect(eventsOf(receipt)[0]).toMatchObject({ paidSeconds: paid, ending: 1 });
      }
    });

    it("answers a dispute, even after its window as long as nobody settled", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 60 });
      await on.send(student, "dispute", [sessionId]);
      const signature = await on.sign({ sessionId, provenSeconds: 42n });
      await on.send(tutor, "endSession", [sessionId, 42n, signature], { at: openedAt + 1_000_000 });
      expect(await on.holdingOf(on.token, tutor.address)).toBe(6n);
    });

    it("counts for a session that could be reclaimed and is not yet", async () => {
      const on = stage();
      const { sessionId, openedAt } = await on.open({ token: on.token });
      const signature = await on.sign({ sessionId, provenSeconds: 42n });
      await on.send(tutor, "endSession", [sessionId, 42n, signature], { at: openedAt + 1_000_000 });
      expect(await on.holdingOf(on.token, tutor.address)).toBe(6n);
    });
  });
});
