// What news means for a session: its own only, and a connection that comes back asks nobody for money.
import { expect, test } from "vitest";
import { activeCallJson, callJson } from "../../test/calls.ts";
import type { Notice } from "../client/live.ts";
import { causeOf, readEnding } from "./ending.ts";

const names = ["call_1", `0x${"a1".repeat(32)}`];
const news = (type: string, data: Record<string, unknown> = {}, callId: string | null = null): Notice => ({
  type,
  callId,
  seq: null,
  serverTime: null,
  data,
});

test.each([
  [news("webrtc:session-ended", { sessionId: "call_1", reason: "payee_hung_up" }), { end: "ended" }],
  [news("webrtc:session-ended", { sessionId: "call_1", reason: "connection_lost" }), { end: "connection-lost" }],
  [news("webrtc:session-ended", { sessionId: names[1], reason: "heartbeat_timeout" }), { end: "heartbeat-timeout" }],
  [news("webrtc:heartbeat-timeout", { sessionId: "call_1" }), { end: "heartbeat-timeout" }],
  [news("webrtc:user-disconnected", { sessionId: "call_1", reason: "connection-lost" }), { lost: true }],
  [news("call:resumed", {}, "call_1"), { back: true }],
])("%o", (notice, meaning) => expect(readEnding(notice, names)).toEqual(meaning));

test.each([
  ["another session's end", news("webrtc:session-ended", { sessionId: "call_2", reason: "connection_lost" })],
  ["another call that is back", news("call:resumed", {}, "call_2")],
  ["an end without a name", news("webrtc:session-ended")],
  ["somebody who left for another reason", news("webrtc:user-disconnected", { sessionId: "call_1", reason: "closed" })],
  ["other news of the call", news("call:low-balance", {}, "call_1")],
])("means nothing: %s", (_, notice) => expect(readEnding(notice, names)).toBeNull());

test("without any news the call itself says it", () => {
  expect(causeOf(undefined)).toBeNull();
  expect(causeOf(activeCallJson())).toBeNull();
  expect(causeOf(callJson({ status: "completed", endReason: "connection_lost" }))).toBe("connection-lost");
  expect(causeOf(callJson({ status: "completed", endReason: "heartbeat_timeout" }))).toBe("heartbeat-timeout");
  expect(causeOf(callJson({ status: "completed", endReason: "time_limit" }))).toBe("ended");
  expect(causeOf(callJson({ status: "missed" }))).toBe("ended");
});
