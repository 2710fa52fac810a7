// Tokens: which are taken, and the many that are not.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FairminuteError } from "@fairminute/core";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenReader, signToken } from "./token.ts";

const secret = "a secret of at least thirty-two characters";
const settings = { jwtSecret: secret, jwksUrl: null, jwtIssuer: null, jwtAudience: null };
const noon = new Date("2026-11-21T12:00:00Z");
const after = (seconds: number): Date => new Date(noon.getTime() + seconds * 1000);
const key = new TextEncoder().encode(secret);
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** What became of a token: the identity, or the code and message of the refusal. */
async function outcome(read: (token: string) => Promise<unknown>, token: string): Promise<unknown> {
  try {
    return await read(token);
  } catch (error) {
    if (!(error instanceof FairminuteError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const make = (claims: object, header: { alg: string } = { alg: "HS256" }, signedWith = key): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader(header).sign(signedWith);

describe("tokens signed with the secret", () => {
  const read = createTokenReader(settings, () => noon);
  const exp = noon.getTime() / 1000 + 60;

  it("says who it is", async () => {
    const token = await signToken(settings, { userId: "leo", name: "Leo Brandt", role: "fan" }, noon, 60);
    expect(await read(token)).toEqual({ userId: "leo", name: "Leo Brandt", role: "fan" });
  });

  it("expires by the real time, with five seconds of tolerance", async () => {
    const token = await signToken(settings, { userId: "leo", name: null, role: null }, noon, 60);
    const at = (seconds: number) =>
      outcome(
        createTokenReader(settings, () => after(seconds)),
        token,
      );
    expect(await at(64)).toEqual({ userId: "leo", name: null, role: null });
    expect(await at(66)).toBe("unauthenticated: The token has expired.");
    expect(await at(-3600)).toEqual({ userId: "leo", name: null, role: null });
  });

  it("a token that was good is not good beyond its expiry", async () => {
    let at = noon;
    const reader = createTokenReader(settings, () => at);
    const token = await signToken(settings, { userId: "leo", name: null, role: null }, noon, 20);
    const says = [];
    for (const seconds of [0, 1, 24, 26]) {
      at = after(seconds);
      says.push(await outcome(reader, token));
    }
    const leo = { userId: "leo", name: null, role: null };
    expect(says).toEqual([leo, leo, leo, "unauthenticated: The token has expired."]);
  });

  const refused: [name: string, token: () => Promise<string>, message: RegExp][] = [
    [
      "another secret",
      () => make({ sub: "leo", exp }, { alg: "HS256" }, new TextEncoder().encode("x".repeat(40))),
      /not valid/,
    ],
    ["no expiry", () => make({ sub: "leo" }), /exp is not accepted/],
    ["no subject", () => make({ exp }), /sub is not accepted/],
    ["a subject that is no id", () => make({ sub: "leo brandt", exp }), /not a user id/],
    ["a subject that is too long", () => make({ sub: "x".repeat(129), exp }), /not a user id/],
    ["HS512 with the same secret", () => make({ sub: "leo", exp }, { alg: "HS512" }), /algorithm/],
    ["not valid yet", () => make({ sub: "leo", exp, nbf: exp - 30 }), /nbf is not accepted/],
    ["alg none", async () => `${base64url({ alg: "none" })}.${base64url({ sub: "leo", exp })}.`, /algorithm/],
    [
      "alg none in capitals",
      async () => `${base64url({ alg: "NONE" })}.${base64url({ sub: "leo", exp })}.`,
      /algorithm/,
    ],
    ["no algorithm", async () => `${base64url({})}.${base64url({ sub: "leo", exp })}.AAAA`, /algorithm|not valid/],
    [
      "a changed payload",
      async () => (await make({ sub: "leo", exp })).replace(/\.[^.]+\./, `.${base64url({ sub: "mia", exp })}.`),
      /not valid/,
    ],
    ["a cut signature", async () => (await make({ sub: "leo", exp })).slice(0, -4), /not valid/],
    ["garbage", async () => "garbage", /not valid/],
    ["two dots", async () => "..", /not valid/],
    ["an empty payload", async () => `${base64url({ alg: "HS256" })}..`, /not valid/],
    ["a payload that is no object", async () => make([1] as unknown as object), /not valid|not accepted/],
    ["a huge text", async () => `${"A".repeat(8000)}.${"A".repeat(8000)}.A`, /not valid/],
  ];
  it.each(refused)("refuses %s", async (_name, token, message) => {
    const said = await outcome(read, await token());
    expect(said).toMatch(/^unauthenticated: /);
    expect(said).toMatch(message);
  });

  it("checks issuer and audience when they are set", async () => {
    const strict = { ...settings, jwtIssuer: "https://app.example.com", jwtAudience: "fairminute" };
    const reader = createTokenReader(strict, () => noon);
    const claims = { sub: "leo", exp, iss: "https://app.example.com", aud: "fairminute" };
    expect(
      await outcome(reader, await signToken(strict, { userId: "leo", name: null, role: null }, noon, 60)),
    ).toMatchObject({ userId: "leo" });
    expect(await outcome(reader, await make(claims))).toMatchObject({ userId: "leo" });
    expect(await outcome(reader, await make({ ...claims, iss: "https://evil.example.com" }))).toMatch(
      /iss is not accepted/,
    );
    expect(await outcome(reader, await make({ ...claims, aud: "another" }))).toMatch(/aud is not accepted/);
    expect(await outcome(reader, await make({ sub: "leo", exp }))).toMatch(/not accepted/);
  });

  it("takes no control characters and no lengths over into names", async () => {
    const token = await make({ sub: "leo", exp, name: `L\u0000e\u0007o${"o".repeat(300)}`, role: 7 });
    expect(await read(token)).toEqual({ userId: "leo", name: `Leo${"o".repeat(117)}`, role: null });
  });
});

describe("tokens checked by published keys", () => {
  const exp = noon.getTime() / 1000 + 60;
  let url: string;
  let answer: { status: number; body: string };
  let signing: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
  let modulus: string;
  const server = createServer((_request, response) => {
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });

  beforeAll(async () => {
    const pair = await generateKeyPair("RS256", { extractable: true });
    signing = pair.privateKey;
    const published = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "RS256", use: "sig" };
    modulus = JSON.stringify(published);
    answer = { status: 200, body: JSON.stringify({ keys: [published] }) };
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const reader = () => createTokenReader({ ...settings, jwtSecret: null, jwksUrl: url }, () => noon);
  const sign = (kid: string, keyPair = signing) =>
    new SignJWT({ sub: "leo", exp }).setProtectedHeader({ alg: "RS256", kid }).sign(keyPair);

  it("takes a token of the issuer's key, and none of another", async () => {
    expect(await outcome(reader(), await sign("one"))).toMatchObject({ userId: "leo" });
    expect(await outcome(reader(), await sign("two"))).toMatch(/^unauthenticated/);
    const other = await generateKeyPair("RS256");
    expect(await outcome(reader(), await sign("one", other.privateKey))).toMatch(/^unauthenticated/);
  });

  it("never takes the public key for a shared secret", async () => {
    const forged = await make({ sub: "leo", exp }, { alg: "HS256" }, new TextEncoder().encode(modulus));
    expect(await outcome(reader(), forged)).toMatch(/^unauthenticated: .*algorithm/);
    const both = createTokenReader({ ...settings, jwksUrl: url }, () => noon);
    expect(await outcome(both, forged)).toMatch(/^unauthenticated/);
    expect(await outcome(both, await sign("one"))).toMatchObject({ userId: "leo" });
    expect(await outcome(both, await make({ sub: "leo", exp }))).toMatchObject({ userId: "leo" });
  });

  it("an issuer that does not answer is no fault of the token", async () => {
    const good = answer;
    answer = { status: 500, body: "" };
    expect(await outcome(reader(), await sign("one"))).toMatch(/^not_ready/);
    answer = { status: 200, body: "no JSON" };
    expect(await outcome(reader(), await sign("one"))).toMatch(/^not_ready/);
    answer = good;
  });
});
