// What is understood on the socket, and how refusals name the field.
import { FairminuteError } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { type MessageName, readMessage } from "./messages.ts";

const offer = { type: "offer", sdp: "v=0" };
const candidate = {
  candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host",
  sdpMid: "0",
  sdpMLineIndex: 0,
  usernameFragment: null,
};

function refusal(name: MessageName, payload: unknown): [string, string | null] {
  try {
    readMessage(name, payload);
  } catch (error) {
    if (error instanceof FairminuteError) return [error.code, error.param];
    throw error;
  }
  return ["accepted", null];
}

describe("readMessage", () => {
  it.each([
    ["call:join", { callId: "call_1" }],
    ["call:heartbeat", { callId: "call_1" }],
    ["call:hangup", { callId: "call_1" }],
    ["call:leave", { callId: "call_1" }],
    ["signal", { callId: "call_1", to: "conn_1", description: offer }],
    ["signal", { callId: "call_1", to: "conn_1", description: { type: "rollback" } }],
    ["signal", { callId: "call_1", to: "conn_1", candidate }],
    ["signal", { callId: "call_1", to: "conn_1", candidate: { candidate: "" } }],
    ["signal", { callId: "call_1", to: "conn_1", candidate: null }],
  ] as const)("understands %s %j", (name, payload) => {
    expect(readMessage(name, payload)).toEqual(payload);
  });

  const rows: [MessageName, unknown, string | null][] = [
    ["call:join", undefined, null],
    ["call:join", "call_1", null],
    ["call:join", [], null],
    ["call:join", {}, "callId"],
    ["call:join", { callId: 7 }, "callId"],
    ["call:join", { callId: "" }, "callId"],
    ["call:join", { callId: "c".repeat(129) }, "callId"],
    ["call:join", { callId: "call_1", userId: "user_eve" }, "userId"],
    ["call:join", JSON.parse('{"callId":"call_1","__proto__":{"admin":true}}'), "__proto__"],
    ["signal", { callId: "call_1", description: offer }, "to"],
    ["signal", { callId: "call_1", to: "conn_1" }, "description"],
    ["signal", { callId: "call_1", to: "conn_1", description: offer, candidate }, "description"],
    ["signal", { callId: "call_1", to: "conn_1", description: { type: "shout" } }, "description.type"],
    [
      "signal",
      { callId: "call_1", to: "conn_1", description: { type: "offer", sdp: "x".repeat(65_537) } },
      "description.sdp",
    ],
    ["signal", { callId: "call_1", to: "conn_1", description: { ...offer, evil: 1 } }, "description.evil"],
    ["signal", { callId: "call_1", to: "conn_1", candidate: { candidate: "x".repeat(2_049) } }, "candidate.candidate"],
    [
      "signal",
      { callId: "call_1", to: "conn_1", candidate: { candidate: "", sdpMLineIndex: -1 } },
      "candidate.sdpMLineIndex",
    ],
    [
      "signal",
      { callId: "call_1", to: "conn_1", candidate: { candidate: "", sdpMLineIndex: Number.POSITIVE_INFINITY } },
      "candidate.sdpMLineIndex",
    ],
  ];
  it.each(rows)("refuses %s %j and names %j", (name, payload, param) => {
    expect(refusal(name, payload)).toEqual(["invalid_request", param]);
  });
});
