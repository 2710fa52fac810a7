// Showing the meter's interim: what is proven once is paid, whatever happens to the meter.
import { describe, expect, it } from "vitest";
import { onStage } from "./on-stage.ts";
import { eventsOf, people, requestOf } from "./stage.ts";
import { turnOver } from "./words.ts";

const { student, tutor, meter, stranger } = people;
const stage = onStage();

/** A session, and a hand that signs interims for it. */
async function openProvable() {
  const on = stage();
  const { sessionId, openedAt } = await on.open({ token: on.token });
  const argsOf = async (provenSeconds: bigint) => {
    const signature = await on.sign({ type: "Interim", sessionId, provenSeconds });
    return [sessionId, provenSeconds, signature] as const;
  };
  return { on, sessionId, openedAt, argsOf };
}

describe("prove", () => {
  it("is refused with WrongStatus for a session that never was, or is closed", async () => {
    const { on, sessionId, argsOf } = await openProvable();
    const signature = await on.sign({ type: "Interim", sessionId: requestOf(9), provenSeconds: 5n });
    const never = await on.refusal(tutor, "prove", [requestOf(9), 5n, signature]);
    expect(never).toBe(`WrongStatus(${requestOf(9)}, 0)`);
    await on.send(student, "endByClock", [sessionId]);
    expect(await on.refusal(tutor, "prove", await argsOf(5n))).toBe(`WrongStatus(${sessionId}, 4)`);
  });

  it("is refused with NotYours for a stranger", async () => {
    const { on, argsOf } = await openProvable();
    expect(await on.refusal(stranger, "prove", await argsOf(5n))).toBe("NotYours(stranger)");
  });

  it("is refused with NotSignedByMeter for a voucher, for somebody else's word and for one turned over", async () => {
    const { on, sessionId, argsOf } = await openProvable();
    const voucher = await on.sign({ sessionId, provenSeconds: 5n });
    const own = await on.sign({ type: "Interim", sessionId, provenSeconds: 5n, signer: tutor });
    const turned = turnOver((await argsOf(5n))[2]);
    for (const signature of [voucher, own, turned]) {
      expect(await on.refusal(tutor, "prove", [sessionId, 5n, signature])).toMatch(/^NotSignedByMeter/);
    }
  });

  it("is refused with LowerThanProven for fewer or as many seconds as were shown before", async () => {
    const { on, openedAt, argsOf } = await openProvable();
    await on.send(tutor, "prove", await argsOf(60n), { at: openedAt + 100 });
    expect(await on.refusal(tutor, "prove", await argsOf(60n))).toBe("LowerThanProven(60, 60)");
    expect(await on.refusal(tutor, "prove", await argsOf(59n))).toBe("LowerThanProven(59, 60)");
  });

  it("is refused with LowerThanProven for nothing", async () => {
    const { on, argsOf } = await openProvable();
    expect(await on.refusal(tutor, "prove", await argsOf(0n))).toBe("LowerThanProven(0, 0)");
  });

  it("writes down the seconds, shown by the student, the tutor or the meter, and moves no coin", async () => {
    const { on, sessionId, openedAt, argsOf } = await openProvable();
    await on.mineAt(openedAt + 500);
    for (const [index, by] of [student, tutor, meter].entries()) {
      const seconds = 60n * BigInt(index + 1);
      const receipt = await on.send(by, "prove", await argsOf(seconds));
      expect(eventsOf(receipt)).toEqual([{ eventName: "SecondsProven", sessionId, provenSeconds: seconds }]);
    }
    expect(await on.holdingOf(on.token, on.escrow)).toBe(100n);
    expect(await on.statusOf(sessionId)).toBe(1);
  });

  it("counts no more than stands on the clock", async () => {
    const { on, sessionId, openedAt, argsOf } = await openProvable();
    const receipt = await on.send(tutor, "prove", await argsOf(500n), { at: openedAt + 60 });
    expect(eventsOf(receipt)).toEqual([{ eventName: "SecondsProven", sessionId, provenSeconds: 60n }]);
    await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 80 });
    const later = await on.send(tutor, "prove", await argsOf(501n), { at: openedAt + 200 });
    expect(eventsOf(later)).toEqual([{ eventName: "SecondsProven", sessionId, provenSeconds: 80n }]);
  });

  it("counts in a dispute", async () => {
    const { on, sessionId, openedAt, argsOf } = await openProvable();
    await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 120 });
    await on.send(student, "dispute", [sessionId]);
    await on.send(tutor, "prove", await argsOf(90n));
    await on.send(tutor, "settle", [sessionId], { at: openedAt + 100_000 });
    expect(await on.holdingOf(on.token, tutor.address)).toBe(12n);
  });
});
