// The OpenAPI document: valid in itself, complete, with named schemas, examples that its schemas take, and error answers.
import { type ErrorCode, errorCodes } from "@fairminute/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { databaseKinds } from "../../test/databases.ts";
import { openWorld, type World } from "../../test/world.ts";
import type { JsonSchema, OpenApi, Operation } from "./openapi.ts";

/** A chain that nobody asks here: its routes are described all the same. */
const chain = {
  CHAIN_RPC_URL: "http://127.0.0.1:9",
  CHAIN_ID: "31337",
  ESCROW_ADDRESS: `0x${"a1".repeat(20)}`,
  ESCROW_TOKEN: "native",
  ESCROW_CURRENCY: "TEST",
  METER_PRIVATE_KEY: `0x${"5a".repeat(32)}`,
};

let world: World;
let document: OpenApi;
let operations: { name: string; operation: Operation }[];

beforeAll(async () => {
  world = await openWorld(databaseKinds[0]!, chain);
  document = (await world.inject({ method: "GET", url: "/openapi.json" })).body as unknown as OpenApi;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== "head")
      .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
});
afterAll(() => world.close());

/** Every value of a key, anywhere. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => [...(name === key ? [part] : []), ...valuesOf(key, part)]);
}

function readerOf(schema: JsonSchema): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")));
}

/** What only the sandbox has, and what no person calls. */
const isAside = (name: string): boolean => /\/sandbox\/|webhook$|\/stream-call-events|\/webrtc-events/.test(name);

describe("openapi.json", () => {
  it("is OpenAPI 3.1 and lists the routes", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(operations.map(({ name }) => name).filter((name) => !isAside(name))).toMatchInlineSnapshot(`
      [
        "POST /api/calls/initiate",
        "POST /api/calls/{id}/accept",
        "POST /api/calls/{id}/reject",
        "POST /api/calls/{id}/cancel",
        "POST /api/calls/{id}/end",
        "GET /api/calls/history",
        "GET /api/calls/pending",
        "GET /api/calls/active",
        "GET /api/calls/{id}",
        "GET /api/calls/{id}/receipt",
        "GET /api/calls/{id}/timeline",
        "GET /api/calls/{id}/live",
        "GET /api/calls/{id}/token",
        "GET /api/creators",
        "GET /api/creator-settings",
        "PUT /api/creator-settings",
        "GET /api/wallet",
        "GET /api/wallet/transfers",
        "POST /api/wallets/{userId}/top-ups",
        "POST /api/wallets/{userId}/payouts",
        "GET /api/calls/{id}/escrow",
        "GET /api/chain",
        "GET /api/operator/escrow",
        "POST /api/wallets/challenge",
        "POST /api/wallets",
        "GET /api/wallets",
        "POST /api/calls",
        "POST /api/calls/adopt",
        "GET /api/webhooks/unmatched",
        "POST /api/webhooks/release",
        "POST /api/livekit/token-secure",
        "POST /api/livekit/periodic-deduction",
        "POST /api/livekit/end-coin-session",
        "GET /api/stream/token",
        "GET /api/stream/session/{callId}",
        "POST /api/webrtc-session-ended",
        "POST /api/matchmaking/join",
        "POST /api/matchmaking/leave",
        "GET /api/matchmaking/status",
        "POST /api/calls/{id}/penalties/{userId}/reverse",
        "GET /api/discrepancies",
        "POST /api/discrepancies/{id}/resolve",
        "GET /api/provider-calls",
        "POST /api/calls/{id}/reconcile",
        "POST /api/study-sessions/stream-duration",
        "GET /api/study-time",
        "GET /api/study-time/today",
        "PUT /api/study-time/settings",
        "GET /api/stream/calls/{callId}/duration",
        "GET /api/stream/calls/{callId}/details",
        "GET /api/stream/calls/{callId}/active",
        "GET /api/stream/users/{userId}/active-calls",
        "GET /healthz",
        "GET /readyz",
        "GET /api/config",
        "GET /api/me",
        "GET /api/presets",
      ]
    `);
  });

  it("lists the sandbox's routes and the doors of webhooks", () => {
    expect(operations.map(({ name }) => name).filter(isAside)).toMatchInlineSnapshot(`
      [
        "POST /api/sandbox/tokens",
        "POST /api/sandbox/wallets/{userId}/credit",
        "GET /api/sandbox/clock",
        "POST /api/sandbox/clock/advance",
        "POST /api/sandbox/calls/{id}/events",
        "POST /api/livekit/webhook",
        "POST /api/stream/webhook",
        "POST /api/webhooks/stream-call-events",
        "POST /api/webrtc-events",
      ]
    `);
  });

  it("every reference leads somewhere, every operation has its own name and a tag that exists", () => {
    for (const reference of valuesOf("$ref", document)) {
      expect(Object.keys(document.components.schemas)).toContain(
        String(reference).replace("#/components/schemas/", ""),
      );
    }
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    const tags = document.tags.map(({ name }) => name);
    for (const { operation } of operations) expect(tags).toEqual(expect.arrayContaining(operation.tags));
  });

  it("has named schemas", () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(["Call", "Terms", "InitiateCall", "Wallet", "Receipt", "Timeline", "Live", "Problem"]),
    );
  });

  it("every body and every answer has an example that its own schema takes", () => {
    let looked = 0;
    for (const { name, operation } of operations) {
      const answers = Object.values(operation.responses).flatMap(({ content }) => Object.values(content ?? {}));
      for (const media of [...Object.values(operation.requestBody?.content ?? {}), ...answers]) {
        const examples = media.examples ? Object.values(media.examples).map(({ value }) => value) : [media.example];
        expect(examples.length).toBeGreaterThan(0);
        for (const example of examples) {
          const read = readerOf(media.schema).safeParse(example);
          expect(read.success ? null : `${name}: ${z.prettifyError(read.error)}`).toBeNull();
          looked += 1;
        }
      }
    }
    expect(looked).toBeGreaterThan(100);
  });

  it("refusals are described as problems, each code under its own status", () => {
    for (const { operation } of operations) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (status.startsWith("2")) continue;
        for (const [code, { value }] of Object.entries(content?.["application/problem+json"]?.examples ?? {})) {
          expect(value).toMatchObject({
            code,
            status: Number(status),
            retryable: errorCodes[code as ErrorCode].retryable,
          });
        }
      }
    }
    const initiate = document.paths["/api/calls/initiate"]?.post;
    expect(Object.keys(initiate?.responses ?? {})).toEqual([
      "201",
      "400",
      "401",
      "402",
      "403",
      "404",
      "409",
      "413",
      "415",
      "500",
      "503",
    ]);
  });

  it("every POST takes an Idempotency-Key, and what needs a credential says so", () => {
    for (const { name, operation } of operations) {
      const parameters = operation.parameters?.map((parameter) => parameter.name) ?? [];
      // A webhook is its own identity and its own credential.
      const isSigned = /api\/(livekit|stream)\/webhook|stream-call-events|webrtc-events/.test(name);
      expect([name, parameters.includes("Idempotency-Key")]).toEqual([name, name.startsWith("POST") && !isSigned]);
      const open = isSigned || /healthz|readyz|api\/config|api\/chain|sandbox/.test(name);
      expect([name, operation.security.length === 0]).toEqual([name, open]);
    }
  });
});
