// The student's dispute of a tutor's claim: who may, when, and what it leads to.
import { describe, expect, it } from "vitest";
import { onStage } from "./on-stage.ts";
import { eventsOf, people, requestOf, settings } from "./stage.ts";

const { student, tutor, meter, stranger } = people;
const { disputeWindow } = settings;
const stage = onStage();

/** A session whose tutor claimed a minute. */
async function openClaimed() {
  const on = stage();
  const { sessionId, openedAt } = await on.open({ token: on.token });
  await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 60 });
  return { on, sessionId, claimedAt: openedAt + 60 };
}

describe("dispute", () => {
  it("is refused with WrongStatus for a session that never was", async () => {
    expect(await stage().refusal(student, "dispute", [requestOf(9)])).toBe(`WrongStatus(${requestOf(9)}, 0)`);
  });

  it("is refused with WrongStatus while nothing is claimed", async () => {
    const { sessionId } = await stage().open();
    expect(await stage().refusal(student, "dispute", [sessionId])).toBe(`WrongStatus(${sessionId}, 1)`);
  });

  it("is refused with WrongStatus a second time, so that nobody draws it out", async () => {
    const { on, sessionId } = await openClaimed();
    await on.send(student, "dispute", [sessionId]);
    expect(await on.refusal(student, "dispute", [sessionId])).toBe(`WrongStatus(${sessionId}, 3)`);
  });

  it("is refused with WrongStatus when all is paid", async () => {
    const { on, sessionId } = await openClaimed();
    await on.send(student, "endByClock", [sessionId]);
    expect(await on.refusal(student, "dispute", [sessionId])).toBe(`WrongStatus(${sessionId}, 4)`);
  });

  it("is refused with NotYours for everybody but the student", async () => {
    const { on, sessionId } = await openClaimed();
    expect(await on.refusal(tutor, "dispute", [sessionId])).toBe("NotYours(tutor)");
    expect(await on.refusal(meter, "dispute", [sessionId])).toBe("NotYours(meter)");
    expect(await on.refusal(stranger, "dispute", [sessionId])).toBe("NotYours(stranger)");
  });

  it("is refused with TooLate after the window, and not in its last second", async () => {
    const { on, sessionId, claimedAt } = await openClaimed();
    const last = claimedAt + disputeWindow;
    const before = await on.clock.snapshot();
    await on.send(student, "dispute", [sessionId], { at: last });
    await on.clock.revert({ id: before });
    expect(await on.refusal(student, "dispute", [sessionId], { at: last + 1 })).toBe(`TooLate(${last})`);
  });

  it("gives the meter a window of its own to answer, and moves no coin", async () => {
    const { on, sessionId, claimedAt } = await openClaimed();
    const receipt = await on.send(student, "dispute", [sessionId], { at: claimedAt + 1000 });
    const until = BigInt(claimedAt + 1000 + disputeWindow);
    expect(eventsOf(receipt)).toEqual([{ eventName: "SessionDisputed", sessionId, until }]);
    expect(await on.statusOf(sessionId)).toBe(3);
    expect(await on.holdingOf(on.token, on.escrow)).toBe(100n);
  });
});
