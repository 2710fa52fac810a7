// Settling what lapsed: a claim that nobody disputed, a dispute that nobody answered.
import { describe, expect, it } from "vitest";
import { onStage } from "./on-stage.ts";
import { eventsOf, people, requestOf, settings } from "./stage.ts";

const { student, tutor, stranger } = people;
const { disputeWindow } = settings;
const stage = onStage();

/** A session of which a minute is claimed, and half a minute proven before if asked. */
async function openClaimed({ isProven = false } = {}) {
  const on = stage();
  const { sessionId, openedAt } = await on.open({ token: on.token });
  if (isProven) {
    const signature = await on.sign({ type: "Interim", sessionId, provenSeconds: 30n });
    await on.send(tutor, "prove", [sessionId, 30n, signature], { at: openedAt + 50 });
  }
  await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 60 });
  return { on, sessionId, claimedAt: openedAt + 60 };
}

describe("settle", () => {
  it("is refused with WrongStatus for a session that never was", async () => {
    expect(await stage().refusal(tutor, "settle", [requestOf(9)])).toBe(`WrongStatus(${requestOf(9)}, 0)`);
  });

  it("is refused with WrongStatus while the clock runs, however late it is", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open();
    const refusal = await on.refusal(tutor, "settle", [sessionId], { at: openedAt + 10_000_000 });
    expect(refusal).toBe(`WrongStatus(${sessionId}, 1)`);
  });

  it("is refused with WrongStatus a second time", async () => {
    const { on, sessionId, claimedAt } = await openClaimed();
    await on.send(tutor, "settle", [sessionId], { at: claimedAt + disputeWindow + 1 });
    expect(await on.refusal(tutor, "settle", [sessionId])).toBe(`WrongStatus(${sessionId}, 4)`);
  });

  describe("when the time was claimed", () => {
    it("is refused with TooEarly to the last second of the window", async () => {
      const { on, sessionId, claimedAt } = await openClaimed();
      const last = claimedAt + disputeWindow;
      expect(await on.refusal(tutor, "settle", [sessionId], { at: last })).toBe(`TooEarly(${last + 1})`);
    });

    it("pays the claim after it, sent by anybody", async () => {
      const { on, sessionId, claimedAt } = await openClaimed();
      const receipt = await on.send(stranger, "settle", [sessionId], { at: claimedAt + disputeWindow + 1 });
      expect(eventsOf(receipt)[0]).toMatchObject({ endedBy: stranger.address, ending: 2, paidSeconds: 60n });
      expect(await on.holdingOf(on.token, tutor.address)).toBe(8n);
      expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n - 10n);
    });
  });

  describe("when the claim was disputed", () => {
    it("is refused with TooEarly to the last second of the meter's window", async () => {
      const { on, sessionId, claimedAt } = await openClaimed();
      await on.send(student, "dispute", [sessionId], { at: claimedAt + 100 });
      const last = claimedAt + 100 + disputeWindow;
      expect(await on.refusal(student, "settle", [sessionId], { at: last })).toBe(`TooEarly(${last + 1})`);
    });

    it("gives everything back when nothing was proven", async () => {
      const { on, sessionId, claimedAt } = await openClaimed();
      await on.send(student, "dispute", [sessionId], { at: claimedAt + 100 });
      const receipt = await on.send(student, "settle", [sessionId], { at: claimedAt + 101 + disputeWindow });
      expect(eventsOf(receipt)[0]).toMatchObject({ ending: 3, paidSeconds: 0n });
      expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n);
    });

    it("pays what was proven and gives the rest back", async () => {
      const { on, sessionId, claimedAt } = await openClaimed({ isProven: true });
      await on.send(student, "dispute", [sessionId], { at: claimedAt + 100 });
      const receipt = await on.send(stranger, "settle", [sessionId], { at: claimedAt + 101 + disputeWindow });
      expect(eventsOf(receipt)[0]).toMatchObject({ ending: 3, paidSeconds: 30n });
      expect(await on.holdingOf(on.token, tutor.address)).toBe(4n);
    });
  });
});
