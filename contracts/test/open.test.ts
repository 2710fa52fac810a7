// Opening a session: what is deposited, what is written down, and every way in which it is refused.
import { type Abi, type Hex, parseSignature, zeroAddress, zeroHash } from "viem";
import { describe, expect, it } from "vitest";
import { nativeToken, testTokenAbi } from "../index.ts";
import { onStage } from "./on-stage.ts";
import { eventsOf, makeTerms, type Person, people, requestOf, type Stage } from "./stage.ts";

const { student, otherStudent, tutor, otherTutor, stranger } = people;
const stage = onStage();

/** A permit for the test token, signed by its owner. */
async function signPermit(on: Stage, owner: Person, value: bigint, deadline: bigint) {
  const domain = { name: "Fairminute Test Dollar", version: "1", chainId: 31_337, verifyingContract: on.token };
  const nonce = await on.read<bigint>("nonces", [owner.address], { abi: testTokenAbi as Abi, to: on.token });
  const names = { owner: "address", spender: "address", value: "uint256", nonce: "uint256", deadline: "uint256" };
  const types = { Permit: Object.entries(names).map(([name, type]) => ({ name, type })) };
  const message = { owner: owner.address, spender: on.escrow, value, nonce, deadline };
  const { r, s, yParity } = parseSignature(
    await owner.signTypedData({ domain, types, primaryType: "Permit", message }),
  );
  return [deadline, 27 + yParity, r, s] as const;
}

describe("openSession", () => {
  describe("when the terms cannot be kept", () => {
    it("is refused with BadTerms for nobody as tutor", async () => {
      const terms = makeTerms({ tutor: zeroAddress });
      expect(await stage().refusal(student, "openSession", [terms], { value: 100n })).toBe("BadTerms()");
    });

    it("is refused with BadTerms for the student as their own tutor", async () => {
      const terms = makeTerms({ tutor: student.address });
      expect(await stage().refusal(student, "openSession", [terms], { value: 100n })).toBe("BadTerms()");
    });

    it("is refused with BadTerms for the escrow as tutor", async () => {
      const terms = makeTerms({ tutor: stage().escrow });
      expect(await stage().refusal(student, "openSession", [terms], { value: 100n })).toBe("BadTerms()");
    });

    it("is refused with BadTerms for a price of nothing", async () => {
      const terms = makeTerms({ ratePerMinute: 0n });
      expect(await stage().refusal(student, "openSession", [terms])).toBe("BadTerms()");
    });

    it("is refused with BadTerms for no time", async () => {
      const terms = makeTerms({ maxSeconds: 0 });
      expect(await stage().refusal(student, "openSession", [terms])).toBe("BadTerms()");
    });
  });

  describe("when it was opened before", () => {
    it("is refused with SessionRunning for another request to the same tutor while the first runs", async () => {
      const { sessionId } = await stage().open();
      const next = makeTerms({ requestId: requestOf(2) });
      expect(await stage().refusal(student, "openSession", [next], { value: 100n })).toBe(
        `SessionRunning(${sessionId})`,
      );
    });

    it("is refused with SessionExists for the same terms while it runs", async () => {
      const { sessionId, terms } = await stage().open();
      expect(await stage().refusal(student, "openSession", [terms], { value: 100n })).toBe(
        `SessionExists(${sessionId})`,
      );
    });

    it("is refused with SessionExists for the same terms when it is closed", async () => {
      const { sessionId, terms } = await stage().open();
      await stage().send(student, "endSession", [tutor.address]);
      expect(await stage().refusal(student, "openSession", [terms], { value: 100n })).toBe(
        `SessionExists(${sessionId})`,
      );
    });
  });

  describe("when the deposit is not the price of the longest time", () => {
    it("is refused with DepositMismatch for a coin too little", async () => {
      const refusal = await stage().refusal(student, "openSession", [makeTerms()], { value: 99n });
      expect(refusal).toBe("DepositMismatch(100, 99)");
    });

    it("is refused with DepositMismatch for a coin too much", async () => {
      const refusal = await stage().refusal(student, "openSession", [makeTerms()], { value: 101n });
      expect(refusal).toBe("DepositMismatch(100, 101)");
    });

    it("is refused with DepositMismatch for coins beside a token", async () => {
      const terms = makeTerms({ token: stage().token });
      expect(await stage().refusal(student, "openSession", [terms], { value: 1n })).toBe("DepositMismatch(0, 1)");
    });

    it("is refused with DepositMismatch for a token that takes a fee on the way", async () => {
      const on = stage();
      const fee = { abi: on.fakeAbi("FeeToken"), to: await on.deployFake("FeeToken") };
      await on.send(student, "mint", [student.address, 1000n], fee);
      await on.send(student, "approve", [on.escrow, 1000n], fee);
      const terms = makeTerms({ token: fee.to });
      expect(await on.refusal(student, "openSession", [terms])).toBe("DepositMismatch(100, 99)");
      await on.send(student, "setFee", [false], fee);
      await on.send(student, "openSession", [terms]);
      expect(await on.holdingOf(fee.to, on.escrow)).toBe(100n);
    });

    it("is refused with NotAToken for an address without code", async () => {
      const terms = makeTerms({ token: stranger.address });
      expect(await stage().refusal(student, "openSession", [terms])).toBe("NotAToken(stranger)");
    });

    it("is refused by the token without allowance", async () => {
      const terms = makeTerms({ token: stage().token });
      const refusal = await stage().refusal(stranger, "openSession", [terms]);
      expect(refusal).toContain("0xfb8f41b2"); // ERC20InsufficientAllowance
    });
  });

  describe("when the deposit arrives", () => {
    it("opens the session in the chain's own coin", async () => {
      const on = stage();
      const terms = makeTerms();
      const foretold = await on.read<Hex>("sessionIdOf", [student.address, terms]);
      const receipt = await on.send(student, "openSession", [terms], { value: 100n });
      const started = { student: student.address, tutor: tutor.address, sessionId: foretold, deposit: 100n };
      expect(eventsOf(receipt)).toEqual([
        {
          eventName: "SessionStarted",
          ...started,
          requestId: terms.requestId,
          token: nativeToken,
          languageId: 1,
          ratePerMinute: 10n,
          maxSeconds: 600,
        },
      ]);
      expect(await on.holdingOf(nativeToken, on.escrow)).toBe(100n);
      expect(await on.read("openSessionOf", [student.address, tutor.address])).toBe(foretold);
      expect(await on.read("sessionOf", [foretold])).toEqual({
        student: student.address,
        openedAt: await on.now(),
        maxSeconds: 600,
        status: 1,
        tutor: tutor.address,
        provenSeconds: 0,
        claimedSeconds: 0,
        token: nativeToken,
        until: 0,
        languageId: 1,
        ratePerMinute: 10n,
      });
    });

    it("opens the session in a token", async () => {
      const on = stage();
      const before = await on.holdingOf(on.token, student.address);
      await on.open({ token: on.token });
      expect(await on.holdingOf(on.token, on.escrow)).toBe(100n);
      expect(await on.holdingOf(on.token, student.address)).toBe(before - 100n);
    });

    it("opens the session in a token of the old kind, whose transfers return nothing", async () => {
      const on = stage();
      const silent = { abi: on.fakeAbi("SilentToken"), to: await on.deployFake("SilentToken") };
      await on.send(student, "mint", [student.address, 1000n], silent);
      await on.send(student, "approve", [on.escrow, 1000n], silent);
      const { openedAt } = await on.open({ token: silent.to });
      await on.send(student, "endSession", [tutor.address], { at: openedAt + 60 });
      expect(await on.holdingOf(silent.to, tutor.address)).toBe(8n);
      expect(await on.holdingOf(silent.to, student.address)).toBe(990n);
    });

    it("rounds the deposit up to a whole coin", async () => {
      expect(await stage().read("depositOf", [makeTerms({ ratePerMinute: 1n, maxSeconds: 61 })])).toBe(2n);
    });

    it("bears the largest rate and the longest time", async () => {
      const terms = makeTerms({ ratePerMinute: 2n ** 128n - 1n, maxSeconds: 2 ** 32 - 1 });
      const exact = (2n ** 128n - 1n) * (2n ** 32n - 1n);
      expect(await stage().read("depositOf", [terms])).toBe((exact + 59n) / 60n);
    });

    it("lets a student learn from two tutors, and a tutor teach two students, at once", async () => {
      const on = stage();
      await on.open();
      await on.open({ tutor: otherTutor.address });
      await on.open({}, otherStudent);
      expect(await on.holdingOf(nativeToken, on.escrow)).toBe(300n);
    });
  });

  describe("when the id is foretold", () => {
    it("is another one for any other term, student, escrow or chain", async () => {
      const on = stage();
      const other = { maxSeconds: 599, languageId: 2, ratePerMinute: 11n, requestId: requestOf(2), token: on.token };
      const idOf = (by: Person, changes: object) => on.read<Hex>("sessionIdOf", [by.address, makeTerms(changes)]);
      const ids = [
        await idOf(student, {}),
        await idOf(otherStudent, {}),
        await idOf(student, { tutor: otherTutor.address }),
      ];
      for (const [name, value] of Object.entries(other)) ids.push(await idOf(student, { [name]: value }));
      const { abi, bytecode, args } = on.blueprint;
      const to = await on.deploy(abi, bytecode, args);
      ids.push(await on.read<Hex>("sessionIdOf", [student.address, makeTerms()], { to }));
      await on.setChainId(2);
      ids.push(await idOf(student, {}));
      await on.setChainId(31_337);
      expect(new Set(ids).size).toBe(10);
    });
  });
});

describe("openSessionWithPermit", () => {
  it("opens with an allowance that is signed", async () => {
    const on = stage();
    await on.send(student, "approve", [on.escrow, 0n], { abi: testTokenAbi as Abi, to: on.token });
    const permit = await signPermit(on, student, 100n, BigInt(await on.now()) + 60n);
    const receipt = await on.send(student, "openSessionWithPermit", [makeTerms({ token: on.token }), ...permit]);
    expect(eventsOf(receipt).map(({ eventName }) => eventName)).toEqual(["SessionStarted"]);
    expect(await on.holdingOf(on.token, on.escrow)).toBe(100n);
  });

  it("opens although somebody else used the permit first", async () => {
    const on = stage();
    const act = { abi: testTokenAbi as Abi, to: on.token };
    await on.send(student, "approve", [on.escrow, 0n], act);
    const permit = await signPermit(on, student, 100n, BigInt(await on.now()) + 60n);
    await on.send(stranger, "permit", [student.address, on.escrow, 100n, ...permit], act);
    await on.send(student, "openSessionWithPermit", [makeTerms({ token: on.token }), ...permit]);
    expect(await on.holdingOf(on.token, on.escrow)).toBe(100n);
  });

  it("is refused by the token when the permit is late", async () => {
    const on = stage();
    await on.send(student, "approve", [on.escrow, 0n], { abi: testTokenAbi as Abi, to: on.token });
    const permit = await signPermit(on, student, 100n, BigInt(await on.now()) - 1n);
    const terms = makeTerms({ token: on.token });
    expect(await on.refusal(student, "openSessionWithPermit", [terms, ...permit])).toContain("0xfb8f41b2");
  });

  it("is refused with NotAToken for the chain's own coin", async () => {
    const args = [makeTerms(), 0n, 27, zeroHash, zeroHash];
    expect(await stage().refusal(student, "openSessionWithPermit", args)).toBe(`NotAToken(${zeroAddress})`);
  });
});
