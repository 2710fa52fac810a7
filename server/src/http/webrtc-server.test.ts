// Source document 001: an outside WebRTC server tells what happens in its calls, and a browser confirms the end.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { atSecond, noon, openWorld, type Voice, type World } from "../../test/world.ts";
import { audit } from "../charging/audit.ts";
import { serverEvent, serverSecret } from "../webhooks/stage.case.ts";

describe.each(databaseKinds)("an outside WebRTC server on $name", (kind) => {
  let world: World;
  let student: Voice;
  let tutor: Voice;

  beforeAll(async () => {
    world = await openWorld(kind, serverSecret);
    student = await world.meet("0xStudent", { coins: 1000 });
    tutor = await world.meet("0xTutor");
    await world.meet("0xOther");
  });
  afterAll(async () => {
    const report = await audit(world.server.db, world.server.clock.now());
    await world.close();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  const second = () => (world.server.clock.now() - noon) / 1000;
  const register = async (name: string) => {
    const reply = await world.backend().post("/api/calls", {
      payerId: "0xStudent",
      payeeId: "0xTutor",
      preset: "coin-minutes",
      provider: "webrtc",
      providerCallId: name,
    });
    expect(reply.status).toBe(201);
    return reply.body.call.id;
  };
  const send = async (fields: Record<string, unknown>) => {
    const at = second();
    const reply = await world.inject(serverEvent({ occurredAt: atSecond(at), ...fields }));
    expect(reply.status).toBe(200);
    return reply.body as unknown as { applied: boolean; duplicate: boolean; callId: string };
  };
  const both = { tutorAddress: "0xTutor", studentAddress: "0xStudent" };
  /** Heartbeats every ten seconds, up to an instant. */
  const talk = async (sessionId: string, seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 10) {
      await send({ event: "session-heartbeat", sessionId, ...both });
      await world.passTo(second() + Math.min(10, seconds - passed));
    }
  };

  it("heartbeats start the call and prove its minutes; the end is that of the one who pressed it", async () => {
    const start = second();
    const id = await register("lesson-1");
    await talk("lesson-1", 130);
    expect(
      await send({ event: "session-ended", sessionId: "lesson-1", endedBy: "0xTutor", reason: "user-ended" }),
    ).toEqual({
      received: true,
      duplicate: false,
      applied: true,
      callId: id,
    });
    const confirmation = { sessionId: "lesson-1", userAddress: "0xStudent", transactionHash: `0x${"a".repeat(64)}` };
    const confirmed = (await student.post("/api/webrtc-session-ended", confirmation)).body as unknown as Record<
      string,
      unknown
    >;
    expect(confirmed).toMatchObject({
      sessionId: "lesson-1",
      isEnded: true,
      call: {
        id,
        status: "completed",
        startedAt: atSecond(start),
        endedAt: atSecond(start + 130),
        endReason: "payee_hung_up",
        actualCoins: 20,
      },
    });
    expect((await student.post("/api/webrtc-session-ended", { ...confirmation, sessionId: id })).body).toMatchObject({
      isEnded: true,
    });
  });

  it("a call is named by its id as well; silence ends it at the last proof", async () => {
    const start = second();
    const id = await register("lesson-2");
    await talk(id, 60);
    await send({ event: "session-heartbeat", sessionId: id, ...both });
    await world.passTo(second() + 100);
    expect((await tutor.get(`/api/calls/${id}`)).body.call).toMatchObject({
      status: "completed",
      endedAt: atSecond(start + 60),
      endReason: "heartbeat_timeout",
      actualCoins: 10,
    });
  });

  it("a lost connection that comes back is the same call", async () => {
    const start = second();
    const id = await register("lesson-3");
    await talk("lesson-3", 20);
    await send({
      event: "user-disconnected",
      sessionId: "lesson-3",
      disconnectedUser: "0xTutor",
      reason: "connection-lost",
      connectionId: "lesson-3:0xTutor",
    });
    await world.passTo(start + 35);
    const open = (await tutor.post("/api/webrtc-session-ended", { sessionId: id, userAddress: "0xTutor" }))
      .body as unknown as Record<string, unknown>;
    expect(open).toMatchObject({ isEnded: false, call: { status: "active", interruptedUserIds: ["0xTutor"] } });
    await send({ event: "session-heartbeat", sessionId: "lesson-3", userId: "0xStudent" });
    await send({ event: "session-heartbeat", sessionId: "lesson-3", userId: "0xTutor", connectionId: "second" });
    await world.passTo(start + 40);
    await send({ event: "session-ended", sessionId: "lesson-3", endedBy: "0xStudent" });
    expect((await tutor.get(`/api/calls/${id}`)).body.call).toMatchObject({ status: "completed", billableSeconds: 25 });
  });

  it("a name that no call has is kept for the operator; strangers and others' names are refused", async () => {
    expect(await send({ event: "session-heartbeat", sessionId: "lesson-none", ...both })).toMatchObject({
      applied: false,
      callId: null,
    });
    const reply = await world.backend().get("/api/webhooks/unmatched");
    expect((reply.body as unknown as { rooms: object[] }).rooms).toMatchObject([
      { provider: "webrtc", roomName: "lesson-none" },
    ]);
    const id = await register("lesson-4");
    const other = world.as("0xOther");
    expect(
      (await other.post("/api/webrtc-session-ended", { sessionId: "lesson-4", userAddress: "0xOther" })).body.code,
    ).toBe("call_not_found");
    expect(
      (await other.post("/api/webrtc-session-ended", { sessionId: "lesson-4", userAddress: "0xTutor" })).body,
    ).toMatchObject({ code: "forbidden", param: "userAddress" });
    expect(
      (await student.post("/api/webrtc-session-ended", { sessionId: "nothing", userAddress: "0xStudent" })).body,
    ).toMatchObject({ code: "call_not_found", param: "sessionId" });
    expect(
      (await world.anybody.post("/api/webrtc-session-ended", { sessionId: id, userAddress: "0xTutor" })).status,
    ).toBe(401);
    await student.post(`/api/calls/${id}/end`);
  });
});
