// Join tokens: what was signed comes back, and nothing else does.
import { FairminuteError } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { readJoinToken, writeJoinToken } from "./join_token.ts";

const secret = "a-secret-of-the-test-with-32-characters";
const claim = { callId: "call_01", userId: "user_ada", name: "Ada Žižek 🎻", expiresAt: 5_000 };

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof FairminuteError) return error.code;
    throw error;
  }
  return "accepted";
}

describe("join token", () => {
  const token = writeJoinToken(secret, claim);

  it("comes back as it was written, until the instant of its expiry", () => {
    expect(readJoinToken(secret, token, 4_999)).toEqual(claim);
    expect(refusalOf(() => readJoinToken(secret, token, 5_000))).toBe("unauthenticated");
  });

  it("is not mistaken for a user's own token", () => {
    expect(readJoinToken(secret, "eyJhbGciOiJIUzI1NiJ9.e30.x", 0)).toBeNull();
  });

  const [body = "", signature = ""] = token.slice("fm_join_".length).split(".");
  const otherBody = Buffer.from(JSON.stringify({ ...claim, userId: "user_eve" })).toString("base64url");
  it.each([
    ["another body under the old signature", `fm_join_${otherBody}.${signature}`],
    ["a cut signature", token.slice(0, -4)],
    ["no signature", `fm_join_${body}`],
    ["a third part", `${token}.x`],
    ["nothing", "fm_join_"],
    ["a very long text", `fm_join_${"A".repeat(100_000)}.${signature}`],
  ])("refuses %s", (_name, forged) => {
    expect(refusalOf(() => readJoinToken(secret, forged, 0))).toBe("unauthenticated");
  });

  it("refuses a token signed with another secret", () => {
    expect(refusalOf(() => readJoinToken(`${secret}x`, token, 0))).toBe("unauthenticated");
  });
});
