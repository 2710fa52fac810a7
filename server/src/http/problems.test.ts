// Every error is a problem: also those that are made before a route is reached, and those that nobody expected.

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { errorCodes, FairminuteError } from "@fairminute/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { openWorld, type Reply, type Voice, type World } from "../../test/world.ts";
import { DatabaseError } from "../db/database.ts";
import { writeErrorGuide } from "./error-guide.ts";
import { statusOf, toProblem } from "./errors.ts";

let world: World;
let leo: Voice;
beforeAll(async () => {
  world = await openWorld(databaseKinds[0]!, { FAIRMINUTE_CORS_ORIGINS: "https://app.example.com" });
  leo = await world.meet("leo", { coins: 1000 });
  await world.meet("mia", { role: "creator" });
});
afterAll(() => world.close());

/** What every problem has, whatever it is about. */
function expectProblem(reply: Reply, status: number, code: string, param: string | null = null): void {
  expect([reply.status, reply.body.code, reply.body.param], reply.text).toEqual([status, code, param]);
  expect(reply.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(reply.body.type).toBe(`/docs/errors#${code}`);
  expect(reply.body.requestId).toBe(reply.headers["x-request-id"]);
  expect(reply.body.retryable).toBe(errorCodes[reply.body.code].retryable);
}

describe("before a route is reached", () => {
  const json = { "content-type": "application/json" };
  const url = "/api/sandbox/tokens";

  it("an unknown address", async () => {
    for (const path of ["/api/nothing", "/api", "/nothing", "/api/sandbox", "/api/calls/a/b/c"]) {
      expectProblem(await world.inject({ method: "GET", url: path }), 404, "not_found");
    }
    expectProblem(await world.inject({ method: "POST", url: "/nothing", payload: "{" }), 404, "not_found");
  });

  it("a method that the address does not know", async () => {
    const reply = await world.inject({ method: "DELETE", url: "/api/wallet" });
    expectProblem(reply, 405, "method_not_allowed");
    expect(reply.headers.allow).toBe("GET, HEAD");
    expect((await world.inject({ method: "GET", url })).headers.allow).toBe("POST");
    expect((await world.inject({ method: "PATCH", url: "/api/creator-settings" })).headers.allow).toBe(
      "GET, HEAD, PUT",
    );
  });

  it("a body that is too large", async () => {
    const payload = JSON.stringify({ userId: "leo", name: "x".repeat(66_000) });
    expectProblem(await world.inject({ method: "POST", url, headers: json, payload }), 413, "payload_too_large");
  });

  it("a body that is not JSON by its type", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "nonsense",
      "application/xml",
    ]) {
      const reply = await world.inject({ method: "POST", url, headers: { "content-type": type }, payload: "a=b" });
      expectProblem(reply, 415, "unsupported_media_type");
    }
  });

  it("a body that is not JSON by its content", async () => {
    for (const payload of [
      "{",
      "{]",
      '{"userId":}',
      "undefined",
      "{'userId':'leo'}",
      "\u0000",
      '{"__proto__":{"a":1}}',
      '{"a":1}x',
    ]) {
      expectProblem(await world.inject({ method: "POST", url, headers: json, payload }), 400, "invalid_request");
    }
  });

  it("an address that is no URL", async () => {
    expectProblem(await world.inject({ method: "GET", url: "/api/calls/%E0%A4%A" }), 400, "invalid_request");
  });

  it("bytes that are no HTTP", async () => {
    const { port } = await listen();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.end("NONSENSE\r\n\r\n"));
      let text = "";
      socket.on("data", (chunk) => {
        text += String(chunk);
      });
      socket.on("close", () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
    expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toMatchObject({ code: "invalid_request", status: 400 });
  });

  it("slow requests are cut off: limits of headers and bodies are set", async () => {
    await listen();
    const { headersTimeout, requestTimeout } = world.server.app.server;
    expect([headersTimeout, requestTimeout]).toEqual([10_000, 15_000]);
  });
});

let listening: AddressInfo | undefined;
/** A real port, for what `inject` cannot say. */
async function listen(): Promise<AddressInfo> {
  if (listening === undefined) {
    await world.server.app.listen({ port: 0, host: "127.0.0.1" });
    listening = world.server.app.server.address() as AddressInfo;
  }
  return listening;
}

describe("fields", () => {
  const wish = { creatorId: "mia", estimatedMinutes: 30 };
  const rows: [body: unknown, param: string | null, message: RegExp][] = [
    [{}, "creatorId", /creatorId is required/],
    [{ creatorId: "mia" }, "estimatedMinutes", /estimatedMinutes is required/],
    [{ ...wish, price: 1 }, "price", /price is not a known field/],
    [{ ...wish, estimatedMinutes: 0 }, "estimatedMinutes", />=1/],
    [{ ...wish, estimatedMinutes: -5 }, "estimatedMinutes", />=1/],
    [{ ...wish, estimatedMinutes: 1441 }, "estimatedMinutes", /<=1440/],
    [{ ...wish, estimatedMinutes: 1.5 }, "estimatedMinutes", /expected int/],
    [{ ...wish, estimatedMinutes: "30" }, "estimatedMinutes", /expected number/],
    [{ ...wish, estimatedMinutes: null }, "estimatedMinutes", /expected number/],
    [{ ...wish, estimatedMinutes: 2 ** 53 }, "estimatedMinutes", /too big/i],
    [{ ...wish, creatorId: "" }, "creatorId", /1 to 128 characters/],
    [{ ...wish, creatorId: "a b" }, "creatorId", /1 to 128 characters/],
    [{ ...wish, creatorId: "x".repeat(129) }, "creatorId", /1 to 128 characters/],
    [{ ...wish, creatorId: { $ne: null } }, "creatorId", /expected string/],
    [{ ...wish, preset: "Nope!" }, "preset", /name of a preset/],
    [[wish], null, /expected object/],
    ["text", null, /expected object/],
    [7, null, /expected object/],
  ];
  it.each(rows)("%j is refused for %s", async (body, param, message) => {
    const reply = await leo.post("/api/calls/initiate", body);
    expectProblem(reply, 400, "invalid_request", param);
    expect(reply.body.message).toMatch(message);
  });

  it("numbers that JSON reads as something else", async () => {
    const token = (await leo.get("/api/me")).headers["x-request-id"];
    expect(token).toMatch(/^req_/);
    for (const number of ["1e400", "-1e400", "NaN", "9007199254740993", "1e21"]) {
      const reply = await world.inject({
        method: "POST",
        url: "/api/sandbox/wallets/leo/credit",
        headers: { "content-type": "application/json" },
        payload: `{"amount":${number}}`,
      });
      expect([number, reply.status]).toEqual([number, 400]);
    }
    expect((await leo.get("/api/wallet")).body.available).toBe(1000);
  });

  it("null and nothing are a body without fields", async () => {
    for (const body of [undefined, null, {}]) {
      const { call } = (await leo.post("/api/calls/initiate", wish)).body;
      expect((await leo.post(`/api/calls/${call.id}/cancel`, body)).status).toBe(200);
      expectProblem(await leo.post("/api/calls/initiate", body), 400, "invalid_request", "creatorId");
    }
  });

  it("names every field that is wrong, the first one as param", async () => {
    const reply = await leo.post("/api/calls/initiate", { creatorId: 7, estimatedMinutes: "x", more: 1 });
    const issues = reply.body.details.issues as { param: string }[];
    expect(issues.map(({ param }) => param).sort()).toEqual(["creatorId", "estimatedMinutes", "more"]);
  });

  it("an unknown creator and an unknown preset", async () => {
    expectProblem(
      await leo.post("/api/calls/initiate", { ...wish, creatorId: "nobody" }),
      404,
      "creator_not_found",
      "creatorId",
    );
    expectProblem(
      await leo.post("/api/calls/initiate", { ...wish, preset: "no-such-terms" }),
      400,
      "unknown_preset",
      "preset",
    );
  });
});

describe("credentials", () => {
  it("answers 401 with what is expected in WWW-Authenticate", async () => {
    const none = await world.anybody.get("/api/wallet");
    expectProblem(none, 401, "unauthenticated", "Authorization");
    expect(none.headers["www-authenticate"]).toBe('Bearer realm="fairminute"');
    for (const authorization of [
      "Bearer garbage",
      "Basic bGVvOng=",
      "Bearer",
      "Bearer a b",
      "Bearer fm_test_sk_wrong",
      "Bearer fm_join_x",
    ]) {
      const reply = await world.anybody.get("/api/wallet", { headers: { authorization } });
      expectProblem(reply, 401, "unauthenticated", "Authorization");
      expect(reply.headers["www-authenticate"]).toMatch(
        /^Bearer realm="fairminute", error="invalid_token", error_description="[^"]+"$/,
      );
    }
  });

  it("who may not come in is refused before the body is looked at", async () => {
    expectProblem(
      await world.anybody.post("/api/calls/initiate", { nonsense: true }),
      401,
      "unauthenticated",
      "Authorization",
    );
  });
});

describe("what everything carries", () => {
  it("a request id: its own, or the client's when it is one", async () => {
    const own = await leo.get("/api/me");
    expect(own.headers["x-request-id"]).toMatch(/^req_[0-9a-z]{26}$/);
    const given = await leo.get("/api/me", { headers: { "x-request-id": "req_mine-1" } });
    expect(given.headers["x-request-id"]).toBe("req_mine-1");
    const refused = await leo.get("/api/me", { headers: { "x-request-id": "x\ty" } });
    expect(refused.headers["x-request-id"]).toMatch(/^req_/);
  });

  it("rules for browsers, on answers, errors and pages alike", async () => {
    const replies = [
      await leo.get("/api/me"),
      await world.inject({ method: "GET", url: "/nothing" }),
      await world.inject({ method: "GET", url: "/docs" }),
    ];
    for (const { headers } of replies) {
      expect(headers["content-security-policy"]).toMatch(
        /default-src 'self'.*connect-src 'self' ws:\/\/localhost:80 wss:\/\/localhost:80/,
      );
      expect([headers["x-content-type-options"], headers["referrer-policy"]]).toEqual(["nosniff", "no-referrer"]);
    }
    expect(replies[0]!.headers["cache-control"]).toBe("no-store");
    const odd = await world.inject({ method: "GET", url: "/healthz", headers: { host: "x; script-src *" } });
    expect(odd.headers["content-security-policy"]).not.toMatch(/script-src/);
  });

  it("CORS for the origins that are named and for no other", async () => {
    const preflight = (origin: string) =>
      world.inject({
        method: "OPTIONS",
        url: "/api/wallet",
        headers: { origin, "access-control-request-method": "GET" },
      });
    const allowed = await preflight("https://app.example.com");
    expect([allowed.status, allowed.headers["access-control-allow-origin"]]).toEqual([204, "https://app.example.com"]);
    expect(allowed.headers["access-control-allow-headers"]).toMatch(/authorization/);
    const foreign = await preflight("https://evil.example.com");
    expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
    const answer = await leo.get("/api/me", { headers: { origin: "https://app.example.com" } });
    expect([answer.headers["access-control-allow-origin"], answer.headers.vary]).toEqual([
      "https://app.example.com",
      "Origin",
    ]);
  });

  it("a long address and many headers are refused, not crashed on", async () => {
    const { port } = await listen();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest({ port, path: `/api/calls/${"x".repeat(20_000)}` }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject).end();
    });
    expect(status).toBe(400);
    expectProblem(await world.inject({ method: "GET", url: `/api/calls/${"x".repeat(300)}` }), 404, "not_found");
  });
});

describe("the table of errors", () => {
  it("has a status for every code", () => {
    expect(Object.keys(statusOf).sort()).toEqual(Object.keys(errorCodes).sort());
  });

  it("docs/errors.md is the guide that /docs/errors is written from", () => {
    expect(readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8")).toBe(writeErrorGuide());
  });

  it("an error that nobody expected tells nothing about itself", () => {
    const problem = toProblem(new Error("password=hunter2 at /srv/secret.ts"), "req_1");
    expect([problem.status, problem.code]).toEqual([500, "internal_error"]);
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|secret/);
    for (const thrown of [undefined, null, "text", 7, {}])
      expect(toProblem(thrown, "req_1").code).toBe("internal_error");
  });

  it("a database that is away is a 503 to try again, a broken statement is not", () => {
    expect(toProblem(new DatabaseError("connect ECONNREFUSED", null, null), "r")).toMatchObject({
      status: 503,
      code: "database_unavailable",
      retryable: true,
    });
    // Too many connections, disk full, out of memory, read-only, a disk that fails: not now, rather than our fault.
    for (const state of ["53300", "53100", "53200", "25006", "58030"])
      expect(toProblem(new DatabaseError("not now", state, null), "r"), state).toMatchObject({
        status: 503,
        code: "database_unavailable",
      });
    expect(toProblem(new DatabaseError("syntax error", "42601", null), "r")).toMatchObject({
      status: 500,
      code: "internal_error",
    });
    expect(JSON.stringify(toProblem(new DatabaseError("relation secrets", "42P01", null), "r"))).not.toMatch(/secrets/);
  });

  it("figures of a refusal stand at the top, other details below", () => {
    const error = new FairminuteError("insufficient_balance", "short", {
      details: { required: 300, available: 7, wallet: "leo" },
    });
    expect(toProblem(error, "r")).toMatchObject({ required: 300, available: 7, details: { wallet: "leo" } });
  });
});
