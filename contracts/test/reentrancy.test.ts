// Nobody gets in twice: every verb is tried from inside every payment, by receivers and by tokens.
import { type Abi, type Hex, toFunctionSelector } from "viem";
import { describe, expect, it } from "vitest";
import { escrowAbi, nativeToken } from "../index.ts";
import { onStage } from "./on-stage.ts";
import { makeTerms, people, requestOf, type Stage } from "./stage.ts";

const { student, tutor, stranger } = people;
const stage = onStage();
const reentrant = toFunctionSelector("ReentrancyGuardReentrantCall()");

/** A call of each verb that changes anything, on a session of the student's. */
async function everyVerb(on: Stage, sessionId: Hex): Promise<Record<string, Hex>> {
  const signature = await on.sign({ sessionId, provenSeconds: 1n });
  const verbs: [name: string, args: readonly unknown[]][] = [
    ["openSession", [makeTerms({ token: on.token, requestId: requestOf(7) })]],
    ["openSessionWithPermit", [makeTerms({ token: on.token }), 0n, 27, sessionId, sessionId]],
    ["endSession", [tutor.address]],
    ["endSession", [sessionId, 1n, signature]],
    ["endByClock", [sessionId]],
    ["prove", [sessionId, 1n, signature]],
    ["dispute", [sessionId]],
    ["settle", [sessionId]],
    ["reclaim", [sessionId]],
    ["withdraw", [nativeToken, stranger.address]],
  ];
  const calls: Record<string, Hex> = {};
  for (const [name, args] of verbs) calls[`${name}/${args.length}`] = await on.encode(name, args);
  return calls;
}

describe("reentrancy", () => {
  it("is tried with every verb that changes anything", async () => {
    const on = stage();
    const tried = Object.keys(await everyVerb(on, requestOf(1))).map((name) => name.replace(/\/.*/, ""));
    const changing = (escrowAbi as Abi).filter(
      (entry) => entry.type === "function" && !["view", "pure"].includes(entry.stateMutability),
    );
    expect(tried.sort()).toEqual(changing.map((entry) => (entry as { name: string }).name).sort());
  });

  it("is refused to a tutor who is being paid in the chain's own coin", async () => {
    const on = stage();
    const actor = await on.deployFake("Actor");
    const act = { abi: on.fakeAbi("Actor"), to: actor };
    const other = await on.open({ token: on.token });
    for (const [name, data] of Object.entries(await everyVerb(on, other.sessionId))) {
      const before = await on.clock.snapshot();
      await on.send(stranger, "setBack", [on.escrow, data], act);
      const { openedAt } = await on.open({ tutor: actor, requestId: requestOf(2) });
      await on.send(student, "endSession", [actor], { at: openedAt + 60 });
      const [made, passed, answer] = await Promise.all(
        ["backMade", "backPassed", "backAnswer"].map((field) => on.read(field, [], act)),
      );
      expect({ name, made, passed, answer }).toEqual({ name, made: true, passed: false, answer: reentrant });
      expect(await on.holdingOf(nativeToken, actor)).toBe(8n);
      await on.clock.revert({ id: before });
    }
  });

  it("is refused to a token in the middle of deposit and payment", async () => {
    const on = stage();
    const token = { abi: on.fakeAbi("ReentrantToken"), to: await on.deployFake("ReentrantToken") };
    await on.send(student, "mint", [student.address, 1000n], token);
    await on.send(student, "approve", [on.escrow, 1000n], token);
    const other = await on.open({ token: on.token, tutor: people.otherTutor.address });
    for (const data of Object.values(await everyVerb(on, other.sessionId))) {
      const before = await on.clock.snapshot();
      await on.send(student, "setBack", [on.escrow, data], token);
      const { openedAt } = await on.open({ token: token.to });
      expect(await on.read("backCount", [], token)).toBe(1n);
      expect(await on.read("backAnswer", [], token)).toBe(reentrant);
      await on.send(student, "endSession", [tutor.address], { at: openedAt + 60 });
      expect(await on.read("backCount", [], token)).toBe(3n);
      expect(await on.read("backAnswer", [], token)).toBe(reentrant);
      expect(await on.holdingOf(token.to, on.escrow)).toBe(2n);
      await on.clock.revert({ id: before });
    }
  });

  it("is refused in a withdrawal", async () => {
    const on = stage();
    const actor = await on.deployFake("Actor");
    const act = { abi: on.fakeAbi("Actor"), to: actor };
    await on.send(stranger, "setMood", [1], act);
    const { openedAt } = await on.open({ tutor: actor });
    await on.send(student, "endSession", [actor], { at: openedAt + 60 });
    const withdraw = await on.encode("withdraw", [nativeToken, actor]);
    await on.send(stranger, "setBack", [on.escrow, withdraw], act);
    await on.open({ requestId: requestOf(2) });
    await on.send(stranger, "act", [on.escrow, 0n, withdraw], act);
    expect(await on.read("backAnswer", [], act)).toBe(reentrant);
    expect(await on.holdingOf(nativeToken, actor)).toBe(8n);
  });
});
