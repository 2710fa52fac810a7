// What is not genuine is refused, each with its own reason; what is genuine but out of its time is kept in doubt.
import { createHash, createHmac } from "node:crypto";
import { FairminuteError } from "@fairminute/core";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createLivekitProvider } from "../livekit.ts";
import type { WebhookRequest } from "../provider.ts";

const keys = { apiKey: "APIsignature", apiSecret: "a-secret-of-the-test-with-32-characters" };
const now = Date.UTC(2026, 10, 24, 12);
const seconds = now / 1000;
const { readWebhook } = createLivekitProvider({ ...keys, url: "wss://calls.example.org" }, { now: () => now });

const event = {
  event: "participant_joined",
  room: { sid: "RM_1", name: "call_1" },
  participant: { sid: "PA_1", identity: "user_ada", state: "ACTIVE", joinedAt: `${seconds - 3}` },
  id: "EV_1",
  createdAt: `${seconds - 1}`,
};
const body = Buffer.from(JSON.stringify(event), "utf8");
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

type Claims = Record<string, unknown>;
const genuine: Claims = { iss: keys.apiKey, nbf: seconds, exp: seconds + 300, sha256: hashOf(body) };

async function signed(claims: Claims, secret = keys.apiSecret, alg = "HS256"): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

const requestOf = (authorization: string | undefined, bytes: Uint8Array = body): WebhookRequest => ({
  body: bytes,
  headers: { authorization, "content-type": "application/webhook+json" },
});

async function reasonOf(request: WebhookRequest): Promise<unknown> {
  try {
    await readWebhook?.(request);
  } catch (error) {
    if (error instanceof FairminuteError && error.code === "unauthenticated") return error.details?.reason;
    throw error;
  }
  return "accepted";
}

/** A token with parts replaced by hand, signed or not. */
function forged(header: object, claims: Claims, secret: string | null): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode(header)}.${encode(claims)}`;
  const signature = secret === null ? "" : createHmac("sha256", secret).update(text).digest("base64url");
  return `${text}.${signature}`;
}

describe("a genuine webhook", () => {
  it("is read", async () => {
    const reading = await readWebhook?.(requestOf(await signed(genuine)));
    expect(reading).toMatchObject({ id: "EV_1", kind: "participant_joined", roomName: "call_1", doubt: null });
    expect(reading?.events).toHaveLength(1);
  });

  it("is read the same when it is sent again: repeats are told apart by their id", async () => {
    const request = requestOf(await signed(genuine));
    expect(await readWebhook?.(request)).toEqual(await readWebhook?.(request));
  });
});

describe("a webhook is refused", () => {
  const reordered = Buffer.from(JSON.stringify({ ...event, createdAt: event.createdAt, spare: undefined }, null, 1));
  const later = Buffer.from(JSON.stringify({ ...event, createdAt: `${seconds + 60}` }));
  const cases: [string, string, () => Promise<WebhookRequest>][] = [
    ["without a signature", "missing_signature", async () => requestOf(undefined)],
    ["with an empty one", "missing_signature", async () => requestOf("")],
    ["with words for a token", "malformed_signature", async () => requestOf("let me in")],
    [
      "with a token that is cut short",
      "malformed_signature",
      async () => requestOf((await signed(genuine)).split(".")[0]),
    ],
    ["with Bearer before the token", "malformed_signature", async () => requestOf(`Bearer ${await signed(genuine)}`)],
    [
      "with an endless token",
      "malformed_signature",
      async () => requestOf(await signed({ ...genuine, x: "x".repeat(9_000) })),
    ],
    ["with a token that says nothing", "malformed_signature", async () => requestOf("e30.W10.x")],
    ["with algorithm none", "wrong_algorithm", async () => requestOf(forged({ alg: "none" }, genuine, null))],
    ["with algorithm HS512", "wrong_algorithm", async () => requestOf(await signed(genuine, keys.apiSecret, "HS512"))],
    ["of another project", "wrong_key", async () => requestOf(await signed({ ...genuine, iss: "APIother" }))],
    ["of nobody", "wrong_key", async () => requestOf(await signed({ ...genuine, iss: undefined }))],
    ["signed with another secret", "bad_signature", async () => requestOf(await signed(genuine, `${keys.apiSecret}x`))],
    [
      "signed with the key's name",
      "bad_signature",
      async () => requestOf(forged({ alg: "HS256" }, genuine, keys.apiKey)),
    ],
    ["with an unsigned token", "bad_signature", async () => requestOf(forged({ alg: "HS256" }, genuine, null))],
    [
      "with a critical header",
      "bad_signature",
      async () => requestOf(forged({ alg: "HS256", crit: ["x"], x: 1 }, genuine, keys.apiSecret)),
    ],
    [
      "with claims changed after signing",
      "bad_signature",
      async () => {
        const [head = "", , tail = ""] = (await signed(genuine)).split(".");
        const claims = Buffer.from(JSON.stringify({ ...genuine, sha256: hashOf(later) })).toString("base64url");
        return requestOf(`${head}.${claims}.${tail}`, later);
      },
    ],
    [
      "with a token that signs no body",
      "missing_body_hash",
      async () => requestOf(await signed({ ...genuine, sha256: undefined, video: { roomJoin: true } })),
    ],
    ["with a later time in the body", "body_changed", async () => requestOf(await signed(genuine), later)],
    ["with one byte less", "body_changed", async () => requestOf(await signed(genuine), body.subarray(0, -1))],
    [
      "with one byte more",
      "body_changed",
      async () => requestOf(await signed(genuine), Buffer.concat([body, Buffer.from("\n")])),
    ],
    ["without a body", "body_changed", async () => requestOf(await signed(genuine), new Uint8Array())],
    ["written anew by a parser", "body_changed", async () => requestOf(await signed(genuine), reordered)],
    [
      "with the token of another body",
      "body_changed",
      async () => requestOf(await signed({ ...genuine, sha256: hashOf(later) })),
    ],
    [
      "with a short hash",
      "body_changed",
      async () => requestOf(await signed({ ...genuine, sha256: hashOf(body).slice(0, 8) })),
    ],
    ["with a token for ever", "missing_expiry", async () => requestOf(await signed({ ...genuine, exp: undefined }))],
  ];
  it.each(cases)("%s: %s", async (_name, reason, request) => {
    expect(await reasonOf(await request())).toBe(reason);
  });
});

describe("the times of a signature", () => {
  const doubtOf = async (claims: Claims) => {
    const reading = await readWebhook?.(requestOf(await signed({ ...genuine, ...claims })));
    return { doubt: reading?.doubt ?? null, events: reading?.events.length };
  };

  it.each([
    ["on the last second of the skew after its end", { exp: seconds - 9 }],
    ["on the last second of the skew before its beginning", { nbf: seconds + 10 }],
    ["without a beginning", { nbf: undefined }],
  ])("leave no doubt %s", async (_name, claims) => {
    expect(await doubtOf(claims)).toEqual({ doubt: null, events: 1 });
  });

  it.each([
    ["expired", { nbf: seconds - 310, exp: seconds - 10 }, /expired 10 seconds before/],
    ["replayed a day later", { nbf: seconds - 86_400, exp: seconds - 86_100 }, /expired 86100 seconds before/],
    ["not valid yet", { nbf: seconds + 11, exp: seconds + 311 }, /valid 11 seconds after/],
  ])("leave a doubt when it is %s: no refusal, no evidence", async (_name, claims, sentence) => {
    const { doubt, events } = await doubtOf(claims);
    expect(doubt).toMatch(sentence);
    expect(events).toBe(0);
  });

  it("do not excuse a changed body", async () => {
    const token = await signed({ ...genuine, exp: seconds - 86_100 });
    expect(await reasonOf(requestOf(token, body.subarray(1)))).toBe("body_changed");
  });
});
