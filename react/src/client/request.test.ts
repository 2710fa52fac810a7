// Requests: one key per intention however often it is sent, and errors that explain themselves.
import { FairminuteError } from "@fairminute/core";
import { expect, test } from "vitest";
import { callJson } from "../../test/calls.ts";
import { createFakeServer, settle } from "../../test/fakeServer.ts";
import { isUnreachable } from "./problem.ts";

const wish = { creatorId: "mia", estimatedMinutes: 30 };
const path = "/api/calls/initiate";

test("a request without an answer is sent again with the same key, and the call is made once", async () => {
  const server = createFakeServer();
  server.routes[`POST ${path}`] = (_, times) =>
    times < 3 ? "unreachable" : { status: 201, body: { call: callJson() } };
  const call = server.client.initiateCall(wish);
  await server.advance(5000);
  expect((await call).id).toBe("call_1");
  expect(server.to(path).map(({ key }) => key)).toEqual(["key-1", "key-1", "key-1"]);
});

test("pressing again after all attempts failed is still the same intention", async () => {
  const server = createFakeServer();
  server.routes[`POST ${path}`] = (_, times) =>
    times <= 3 ? { status: 503 } : { status: 201, body: { call: callJson() } };
  const first = server.client.initiateCall(wish).catch((error) => error);
  await server.advance(5000);
  expect(await first).toMatchObject({ code: "not_ready" });
  await server.client.initiateCall(wish);
  expect(new Set(server.to(path).map(({ key }) => key))).toEqual(new Set(["key-1"]));
});

test("a definite answer ends the intention: the next equal request has a new key", async () => {
  const server = createFakeServer();
  const short = {
    status: 402,
    body: { code: "insufficient_balance", message: "too little", required: 300, available: 40 },
  };
  server.routes[`POST ${path}`] = (_, times) => (times === 1 ? short : { status: 201, body: { call: callJson() } });
  await expect(server.client.initiateCall(wish)).rejects.toMatchObject({ details: { required: 300, available: 40 } });
  await server.client.initiateCall(wish);
  await server.client.initiateCall(wish);
  expect(server.to(path).map(({ key }) => key)).toEqual(["key-1", "key-2", "key-3"]);
});

test("two presses at once share a key, another wish has its own", async () => {
  const server = createFakeServer();
  server.routes[`POST ${path}`] = () => ({ status: 201, body: { call: callJson() } });
  await Promise.all([
    server.client.initiateCall(wish),
    server.client.initiateCall(wish),
    server.client.initiateCall({ ...wish, estimatedMinutes: 5 }),
  ]);
  expect(server.to(path).map(({ key }) => key)).toEqual(["key-1", "key-1", "key-2"]);
});

test("a refusal is not tried again and carries code, field and request id", async () => {
  const server = createFakeServer();
  const body = {
    code: "invalid_request",
    message: "estimatedMinutes: expected int",
    param: "estimatedMinutes",
    requestId: "req_1",
  };
  server.routes[`POST ${path}`] = () => ({ status: 400, body });
  const error = await server.client.initiateCall(wish).catch((thrown) => thrown);
  await settle();
  expect(error).toBeInstanceOf(FairminuteError);
  expect(error).toMatchObject({
    code: "invalid_request",
    param: "estimatedMinutes",
    details: { requestId: "req_1", status: 400 },
  });
  expect(server.to(path)).toHaveLength(1);
});

test("a code of a newer server keeps its name in the details", async () => {
  const server = createFakeServer();
  server.routes["GET /api/me"] = () => ({ status: 403, body: { code: "moon_is_full", message: "Not tonight." } });
  const error = await server.client.readMe().catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "forbidden", message: "Not tonight.", details: { code: "moon_is_full" } });
});

test("a server that never answers is unreachable, which is no refusal", async () => {
  const server = createFakeServer();
  server.routes["GET /api/me"] = () => "unreachable";
  const error = server.client.readMe().catch((thrown) => thrown);
  await server.advance(5000);
  expect(isUnreachable(await error)).toBe(true);
  expect(isUnreachable(new FairminuteError("not_ready", "starting"))).toBe(false);
});

test("filters go over the wire under the server's names", async () => {
  const server = createFakeServer();
  await server.client.listHistory({ statuses: ["missed", "rejected"], otherUserId: "mia", limit: 5 }).catch(() => {});
  expect(server.asked[0]?.path).toBe("/api/calls/history?status=missed%2Crejected&with=mia&limit=5");
});

test("a request that may be repeated by nature carries no key, however often its outcome is unknown", async () => {
  const server = createFakeServer();
  const track = "/api/study-sessions/stream-duration";
  server.routes[`POST ${track}`] = (_, times) => (times <= 3 ? "unreachable" : { body: {} });
  const word = { userId: "leo", callId: "algebra", action: "heartbeat" } as const;
  const first = server.client.trackStudyTime(word).catch((error) => error);
  await server.advance(5000);
  expect(isUnreachable(await first)).toBe(true);
  await server.client.trackStudyTime(word);
  expect(server.to(track).map(({ key }) => key)).toEqual([null, null, null, null]);
});
