// What the socket refuses, to whom, and with which words.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { sandboxSecretKey } from "../config.ts";
import { writeJoinToken } from "../providers/join_token.ts";
import { openStage, type Stage } from "./stage.case.ts";

const [embedded] = databaseKinds;
let database: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  database = await embedded!.open();
  stage = await openStage(database.db);
});
afterAll(async () => {
  await stage.close();
  await database.close();
});

describe("opening a socket", () => {
  it.each([
    ["no token", ""],
    ["a token that is none", "not-a-token"],
    ["the backend's secret key", sandboxSecretKey],
    ["a very long token", "x".repeat(20_000)],
    ["an unsigned token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJleHAiOjk5OTk5OTk5OTl9."],
    [
      "a forged join token",
      writeJoinToken("another secret", { callId: "call_1", userId: "ada", name: null, expiresAt: 9e15 }),
    ],
  ])("is refused with %s", async (_name, token) => {
    const problem = { code: "unauthenticated", retryable: false, requestId: expect.stringMatching(/^req_/) };
    await expect(stage.open("ada", { token })).rejects.toMatchObject(problem);
  });

  it("is refused with a join token that has expired, and a socket lives on when its token expires", async () => {
    const callId = await stage.callAccepted();
    const { token } = await stage.request("ada", "GET", `/api/calls/${callId}/token`);
    const ada = await stage.open("ada", { token: String(token) });
    stage.clock.at += 601_000;
    await expect(stage.open("ada", { token: String(token) })).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await ada.ask("call:hangup", { callId })).toMatchObject({ ok: true });
  });

  it("is refused to a program that leaks sockets", async () => {
    const sockets = [];
    for (let count = 0; count < 20; count++) sockets.push(await stage.open("leaky"));
    await expect(stage.open("leaky")).rejects.toMatchObject({ code: "rate_limited" });
    sockets[0]!.socket.disconnect();
    await expect
      .poll(
        () =>
          stage.open("leaky").then(
            () => "open",
            () => "refused",
          ),
        { timeout: 20_000 },
      )
      .toBe("open");
  });
});

describe("a join token", () => {
  it("opens its own call and no other, and hears of no other", async () => {
    const callId = await stage.callAccepted();
    const { token } = await stage.request("ada", "GET", `/api/calls/${callId}/token`);
    const guest = await stage.open("ada", { token: String(token) });
    const ada = await stage.open("ada");
    expect(await guest.ask("call:join", { callId })).toMatchObject({ ok: true });
    const otherId = await stage.callAccepted();
    await ada.next("call:accepted", otherId);
    const ben = await stage.open("ben");
    await ben.ask("call:join", { callId });
    await guest.next("call:peer-joined");
    for (const name of ["call:join", "call:leave", "call:hangup", "call:heartbeat"]) {
      expect(await guest.ask(name, { callId: otherId })).toMatchObject({
        ok: false,
        error: { code: "call_not_found" },
      });
    }
    const about = guest.heard.map(({ payload }) => payload.callId ?? payload.sessionId);
    expect(new Set(about)).toEqual(new Set([callId]));
  });
});

describe("a call of others", () => {
  it("does not exist for a stranger, whatever they try", async () => {
    const callId = await stage.callAccepted();
    const [ada, eve] = [await stage.open("ada"), await stage.open("eve")];
    const { connectionId } = await ada.ask("call:join", { callId });
    for (const name of ["call:join", "call:heartbeat", "call:hangup", "call:leave"]) {
      expect(await eve.ask(name, { callId })).toMatchObject({ ok: false, error: { code: "call_not_found" } });
      expect(await eve.ask(name, { callId: "call_never" })).toMatchObject({
        ok: false,
        error: { code: "call_not_found" },
      });
    }
    const signal = { callId, to: connectionId, description: { type: "offer", sdp: "v=0" } };
    expect(await eve.ask("signal", signal)).toMatchObject({ ok: false, error: { code: "call_not_found" } });
    expect(await stage.request("ada", "GET", `/api/calls/${callId}`)).toMatchObject({ call: { status: "accepted" } });
    expect(eve.heard.map((one) => one.type).filter((type) => type.startsWith("call:"))).toEqual([]);
    expect(ada.count("signal")).toBe(0);
  });
});

describe("a message", () => {
  it.each([
    ["call:join", undefined, null],
    ["call:join", { callId: 7 }, "callId"],
    ["call:heartbeat", { callId: "" }, "callId"],
    ["call:hangup", { callId: "call_1", force: true }, "force"],
    ["call:leave", "call_1", null],
    ["signal", { callId: "call_1", to: "conn_1" }, "description"],
    ["signal", { callId: "call_1", to: "conn_1", description: { type: "offer", sdp: 1 } }, "description.sdp"],
    ["call:steal", { callId: "call_1" }, "event"],
    ["toString", {}, "event"],
  ])("%s %j is refused naming %j", async (name, payload, param) => {
    const ada = await stage.open("ada");
    const answer = payload === undefined ? await ada.ask(name) : await ada.ask(name, payload);
    expect(answer).toMatchObject({
      ok: false,
      error: { code: "invalid_request", param, requestId: expect.stringMatching(/^req_/) },
    });
    ada.socket.disconnect();
  });

  it("needs no acknowledgement, and bytes and wild shapes break nothing", async () => {
    const ada = await stage.open("ada");
    ada.socket.emit("call:join");
    ada.socket.emit("call:join", null, undefined, [[]], 5);
    ada.socket.emit("signal", new Uint8Array(100));
    expect(await ada.ask("call:join", { callId: "call_never" })).toMatchObject({ error: { code: "call_not_found" } });
    expect(stage.faults).toEqual([]);
    ada.socket.disconnect();
  });

  it("too many are refused, and whoever does not stop is cut off and kicked out of the call", async () => {
    const callId = await stage.callAccepted();
    const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
    const { connectionId } = await ada.ask("call:join", { callId });
    await ben.ask("call:join", { callId });
    stage.clock.at += 5_000;
    const answers = await Promise.all(Array.from({ length: 60 }, () => ada.ask("call:heartbeat", { callId })));
    const refused = answers.filter((answer) => !answer.ok);
    expect(refused.length).toBeGreaterThan(30);
    expect(refused[0]).toMatchObject({ error: { code: "rate_limited", details: { retryAfterSeconds: 1 } } });
    expect(ada.socket.connected).toBe(true);
    for (let count = 0; count < 200; count++) ada.socket.emit("call:heartbeat", { callId });
    await expect.poll(() => ada.socket.connected, { timeout: 20_000 }).toBe(false);
    await ben.next("call:interrupted", callId);
    const log = await stage.log(callId);
    expect(log.filter((event) => event.type === "participant.kicked")).toMatchObject([
      { connectionId, reason: "kicked" },
    ]);
    await ben.ask("call:hangup", { callId });
  });
});
