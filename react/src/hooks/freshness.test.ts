// News makes exactly the cached state old that it is about.
import { expect, test } from "vitest";
import type { Notice } from "../client/live.ts";
import { touchedBy } from "./freshness.ts";

const notice = (type: string, callId: string | null = "call_1"): Notice => ({
  type,
  callId,
  seq: 1,
  serverTime: 0,
  data: {},
});
const touched = (type: string, callId?: string | null) =>
  touchedBy(notice(type, callId)).map((key) => key.slice(1).join("/"));

test.each([
  ["wallet:updated", ["wallet"]],
  ["creator:updated", ["creators", "creator-settings"]],
  ["presence:updated", ["creators"]],
  ["call:peer-joined", ["call/call_1/live"]],
  ["call:peer-left", ["call/call_1/live"]],
  ["match:found", ["matchmaking", "calls/active"]],
  ["signal", []],
  ["webrtc:session-ended", []],
])("%s touches %j", (type, keys) => {
  expect(touched(type)).toEqual(keys);
});

test.each([
  "call:incoming",
  "call:accepted",
  "call:started",
  "call:interrupted",
  "call:extended",
  "call:low-balance",
  "call:ended",
])("%s touches the call, the lists it stands in, who is busy, and the wallet", (type) => {
  expect(touched(type)).toEqual([
    "call/call_1",
    "calls/pending",
    "calls/active",
    "calls/history",
    "matchmaking",
    "creators",
    "wallet",
  ]);
});

test("news of no call touches no call", () => {
  expect(touched("call:ended", null)).toEqual([]);
});
