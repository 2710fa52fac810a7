// What logs say, without a chain: whole units, and stories that do not begin with a deposit that fits.
import { describe, expect, it } from "vitest";
import type { EscrowLog } from "../chain/chain.ts";
import type { Agreement } from "./agreement.ts";
import { confirmationsOf, findMisfit, inUnits, readPayment, tellStory } from "./story.ts";

const student = `0x${"a1".repeat(20)}` as const;
const tutor = `0x${"b2".repeat(20)}` as const;
const token = `0x${"c3".repeat(20)}` as const;
const requestId = `0x${"d4".repeat(32)}` as const;
const sessionId = `0x${"e5".repeat(32)}` as const;
const agreement: Agreement = {
  sessionId,
  terms: { tutor, token, ratePerMinute: 600n, maxSeconds: 60, languageId: 1, requestId },
  deposit: 600n,
};

function log(name: EscrowLog["name"], block: number, said: Record<string, string>): EscrowLog {
  const place = { blockNumber: block, blockHash: "0x01", transactionHash: `0x${block}`, logIndex: 0 } as const;
  return { name, sessionId, ...place, arguments: said };
}

const started = {
  student,
  tutor,
  requestId,
  token,
  languageId: "1",
  ratePerMinute: "600",
  maxSeconds: "60",
  deposit: "600",
};
const ended = log("SessionEnded", 7, { endedBy: tutor, ending: "1", paidSeconds: "30" });
const paid = log("SessionPaid", 7, { toTutor: "240", fee: "60", toStudent: "300" });

describe("the story of a session", () => {
  it("begins with the deposit that was agreed on, and names the field of any other", () => {
    expect(findMisfit(log("SessionStarted", 5, started), student, agreement)).toBeNull();
    for (const [field, value] of Object.entries({ ...started, student: tutor, tutor: student, token: tutor })) {
      const other = { ...started, [field]: value === started[field as "token"] ? "7" : value };
      const misfit = findMisfit(log("SessionStarted", 5, other), student, agreement);
      expect(misfit).toMatchObject({ field, found: other[field as "token"], expected: started[field as "token"] });
      const logs = [log("SessionStarted", 5, other), ended, paid];
      expect(tellStory(logs, student, agreement)).toEqual({ deposit: null, claim: null, dispute: null, payment: null });
    }
  });

  it("ends with a division that came with the end, in the same transaction", () => {
    const story = tellStory([log("SessionStarted", 5, started), ended, paid], student, agreement);
    expect(story.payment).toMatchObject({
      ending: "voucher",
      paidSeconds: 30,
      toTutor: 240n,
      fee: 60n,
      toStudent: 300n,
    });
    expect(readPayment([ended, { ...paid, transactionHash: "0x99" }])).toBeNull();
  });

  it("counts the block itself, and nothing that lies beyond what was read", () => {
    const on = { blockNumber: 5, transactionHash: "0x05", logIndex: 0 } as const;
    expect([4, 5, 6].map((head) => confirmationsOf(on, head))).toEqual([0, 1, 2]);
  });

  it("is told in whole units: the platform's part of a unit is the tutor's", () => {
    const division = { toTutor: 56n, fee: 14n, toStudent: 30n };
    expect(inUnits(division, 10n)).toEqual({ toTutor: 6n, fee: 1n, toStudent: 3n });
    expect(inUnits(division, 1n)).toEqual(division);
  });
});
