// Every route is given nonsense: the answer is never a 5xx, always described, and the money still adds up.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAnswerCheck } from "../../test/answers.ts";
import { databaseKinds } from "../../test/databases.ts";
import { openWorld, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import { sandboxSecretKey } from "../config.ts";
import { livekitKeys, serverSecret } from "../webhooks/stage.case.ts";
import { exampleOf, type OpenApi, type Operation } from "./openapi.ts";
import { signToken } from "./token.ts";

interface Target {
  method: "GET" | "POST" | "PUT";
  path: string;
  operation: Operation;
}

/** Values that have broken servers before. */
const sharp = fc.constantFrom<unknown>(
  null,
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\u202e",
  "__proto__",
  "' or 1=1; --",
  "%00",
  "../../etc/passwd",
  "x".repeat(5000),
  0,
  -0,
  -1,
  0.5,
  1e21,
  1e308,
  2 ** 53,
  -(2 ** 63),
  true,
  [],
  {},
  [[[[[[]]]]]],
  { toString: 1 },
  "9999-12-31T23:59:60Z",
  "0000-00-00T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
  "2026-11-21T12:00:00+99:99",
);
const anything = fc.oneof({ weight: 3, arbitrary: sharp }, { weight: 1, arbitrary: fc.jsonValue() });
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom("leo", "mia", "a%00b", "..", ".", "%", "'", "x".repeat(250), "MTIzfAA", "MTIzfHgA"),
);

/** What an address can carry: half a character cannot be written in one. */
const wellFormed = (given: string): string => given.replace(/\p{Cs}/gu, "?");

/** The example of a body with some of its values exchanged, some left out, some added; or no such thing at all. */
function bodyOf(document: OpenApi, operation: Operation): fc.Arbitrary<unknown> {
  const media = operation.requestBody?.content["application/json"];
  if (media === undefined) return fc.constant(undefined);
  const example = exampleOf(document, media.schema);
  const base = (Array.isArray(example) ? example[0] : example) as Record<string, unknown>;
  const names = [...Object.keys(base), "unknown"];
  const spoiled = fc
    .tuple(fc.dictionary(fc.constantFrom(...names), anything, { maxKeys: 3 }), fc.subarray(Object.keys(base)))
    .map(([exchanged, left]) => {
      const body = Object.fromEntries(Object.entries(base).filter(([name]) => !left.includes(name)));
      return { ...body, ...exchanged };
    });
  return Array.isArray(example)
    ? fc.oneof(fc.array(spoiled, { maxLength: 5 }), anything)
    : fc.oneof({ weight: 5, arbitrary: spoiled }, { weight: 1, arbitrary: anything });
}

describe.each(databaseKinds)("nonsense on $name", (kind) => {
  let world: World;
  let document: OpenApi;
  let targets: Target[];
  let callId: string;
  let token: string;

  beforeAll(async () => {
    world = await openWorld(kind, { ...livekitKeys, ...serverSecret });
    await world.meet("mia", { role: "creator" });
    const leo = await world.meet("leo", { coins: 10_000 });
    callId = (await leo.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 30 })).body.call.id;
    token = await signToken(
      {
        jwtSecret: "fairminute-sandbox-jwt-secret-not-for-production",
        jwksUrl: null,
        jwtIssuer: null,
        jwtAudience: null,
      },
      { userId: "leo", name: null, role: null },
      new Date(),
      3600,
    );
    document = (await world.inject({ method: "GET", url: "/openapi.json" })).body as unknown as OpenApi;
    targets = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== "head")
        .map(([method, operation]) => ({ method: method.toUpperCase() as Target["method"], path, operation })),
    );
  });
  afterAll(() => world.close());

  /** What may be sent to one route. */
  function requestTo({ method, path, operation }: Target) {
    const names = (operation.parameters ?? []).filter(({ in: place }) => place === "query").map(({ name }) => name);
    return fc.record({
      method: fc.constant(method),
      path: fc
        .oneof(fc.constant(callId), fc.constant("leo"), text)
        .map((id) => path.replace(/\{\w+\}/, encodeURIComponent(wellFormed(id)))),
      query: fc.dictionary(fc.constantFrom(...names, "unknown"), text, { maxKeys: 3 }),
      body: bodyOf(document, operation),
      key: fc.option(fc.constantFrom("k1", "k2", "", "x".repeat(300), "k\u00e9"), { nil: undefined }),
      credential: fc.constantFrom(
        `Bearer ${token}`,
        `Bearer ${token}`,
        `Bearer ${sandboxSecretKey}`,
        "Bearer x",
        undefined,
      ),
      actsFor: fc.option(fc.constantFrom("leo", "mia", "no one", "\u00e9"), { nil: undefined }),
      contentType: fc.constantFrom(
        "application/json",
        "application/json; charset=utf-8",
        "application/json",
        "text/plain",
      ),
    });
  }

  it("no route answers 5xx, and every answer is described", async () => {
    const check = createAnswerCheck(document);
    const seen = new Map<string, Set<number>>();
    const request = fc.constantFrom(...targets).chain(requestTo);
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, query, body, key, credential, actsFor, contentType }) => {
        const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`);
        const url = search.length > 0 ? `${path}?${search.join("&")}` : path;
        const headers: Record<string, string> = {};
        if (body !== undefined) headers["content-type"] = contentType;
        if (credential !== undefined) headers.authorization = credential;
        if (key !== undefined) headers["idempotency-key"] = key;
        if (actsFor !== undefined) headers["fairminute-user"] = actsFor;
        const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
        const reply = await world.inject({ method, url, headers, ...payload });
        // A provider that is not set up, or not there, is not the request's doing.
        const isAway = reply.body.code === "provider_not_configured" || reply.body.code === "provider_unavailable";
        if (!isAway) expect(reply.status, `${method} ${url} ${JSON.stringify(body)}: ${reply.text}`).toBeLessThan(500);
        expect(
          check({
            method,
            path: url,
            status: reply.status,
            contentType: String(reply.headers["content-type"]),
            body: reply.body,
          }),
        ).toBeNull();
        if (reply.body.code === "invalid_request") expect(typeof reply.body.message).toBe("string");
        const statuses = seen.get(`${method} ${path}`) ?? new Set();
        seen.set(`${method} ${path}`, statuses.add(reply.status));
      }),
      { numRuns: 800 },
    );
    // The nonsense was of both kinds: some was taken, some refused.
    const statuses = [...seen.values()].flatMap((set) => [...set]);
    for (const status of [200, 400, 401, 404]) expect(statuses).toContain(status);
  }, 240_000);

  it("and nothing was half made: the audit is clean", async () => {
    const report = await audit(world.server.db, world.server.clock.now());
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});
