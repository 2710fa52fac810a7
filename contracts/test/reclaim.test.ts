// The student takes a deposit back without anybody's help when nobody ended the session in time.
import { describe, expect, it } from "vitest";
import { onStage } from "./on-stage.ts";
import { eventsOf, people, requestOf, settings } from "./stage.ts";

const { student, tutor, meter, stranger } = people;
const stage = onStage();
const timeOut = 600 + settings.reclaimDelay;

describe("reclaim", () => {
  it("is refused with WrongStatus for a session that never was, or is closed", async () => {
    const on = stage();
    expect(await on.refusal(student, "reclaim", [requestOf(9)])).toBe(`WrongStatus(${requestOf(9)}, 0)`);
    const { sessionId } = await on.open();
    await on.send(student, "endByClock", [sessionId]);
    expect(await on.refusal(student, "reclaim", [sessionId])).toBe(`WrongStatus(${sessionId}, 4)`);
  });

  it("is refused with NotYours for everybody but the student", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open();
    await on.mineAt(openedAt + timeOut);
    for (const [name, who] of Object.entries({ tutor, meter, stranger })) {
      expect(await on.refusal(who, "reclaim", [sessionId])).toBe(`NotYours(${name})`);
    }
  });

  it("is refused with WrongStatus when the tutor claimed in time: that is disputed and settled", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open();
    await on.send(tutor, "endByClock", [sessionId], { at: openedAt + 700 });
    const refusal = await on.refusal(student, "reclaim", [sessionId], { at: openedAt + timeOut });
    expect(refusal).toBe(`WrongStatus(${sessionId}, 2)`);
  });

  it("is refused with TooEarly to the last second of the time-out", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open();
    const refusal = await on.refusal(student, "reclaim", [sessionId], { at: openedAt + timeOut - 1 });
    expect(refusal).toBe(`TooEarly(${openedAt + timeOut})`);
  });

  it("gives the whole deposit back when nothing was proven", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open({ token: on.token });
    const receipt = await on.send(student, "reclaim", [sessionId], { at: openedAt + timeOut });
    expect(eventsOf(receipt)[0]).toMatchObject({ endedBy: student.address, ending: 4, paidSeconds: 0n });
    expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n);
    expect(await on.holdingOf(on.token, on.escrow)).toBe(0n);
  });

  it("pays what was proven and gives the rest back", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open({ token: on.token });
    const signature = await on.sign({ type: "Interim", sessionId, provenSeconds: 300n });
    await on.send(meter, "prove", [sessionId, 300n, signature], { at: openedAt + 310 });
    await on.send(student, "reclaim", [sessionId], { at: openedAt + timeOut });
    expect(await on.holdingOf(on.token, tutor.address)).toBe(40n);
    expect(await on.holdingOf(on.token, student.address)).toBe(1_000_000n - 50n);
  });

  it("frees the student to open the next session with the tutor", async () => {
    const on = stage();
    const { sessionId, openedAt } = await on.open();
    await on.send(student, "reclaim", [sessionId], { at: openedAt + timeOut });
    const next = await on.open({ requestId: requestOf(2) });
    expect(await on.statusOf(next.sessionId)).toBe(1);
  });
});
