// The texts of leaves and refusals: hints at most, and intent never.
import { describe, expect, it } from "vitest";
import { readKind, streamKinds } from "./kinds.ts";
import { readLeaveText, readRefusalText } from "./reasons.ts";

describe("readLeaveText", () => {
  it.each([
    ["Closing previous WS after reconnect with strategy: REJOIN", "technical"],
    ["Closing previous WS after fast reconnect", "technical"],
    ["migration to another SFU", "technical"],
    ["SFU error: participant not found", "technical"],
    ["network error", "connection_lost"],
    ["Connection timeout", "connection_lost"],
    ["ping timed out", "connection_lost"],
    ["connection lost", "connection_lost"],
    ["user is leaving the call", "unknown"],
    ["left", "unknown"],
    ["client_initiated", "unknown"],
    ["intentional", "unknown"],
    ["hangup", "unknown"],
    ["", "unknown"],
    [null, "unknown"],
  ])("reads %j as %s", (text, word) => {
    expect(readLeaveText(text)).toBe(word);
  });
});

describe("readRefusalText", () => {
  it("repeats the words of Stream's clients and no others", () => {
    const texts = ["decline", "rejected", "cancel", "busy", "timeout", "client_initiated", "<b>no</b>", "", null];
    expect(texts.map(readRefusalText)).toEqual([
      "decline",
      "rejected",
      "cancel",
      "busy",
      "timeout",
      "unknown",
      "unknown",
      "unknown",
      "unknown",
    ]);
  });
});

describe("readKind", () => {
  it("knows its own spelling", () => {
    expect(streamKinds.map(readKind)).toEqual([...streamKinds]);
  });

  it.each([
    ["call.session.started", "call.session_started"],
    ["call.started", "call.session_started"],
    ["call.session.ended", "call.session_ended"],
    ["call.session.participant_joined", "call.session_participant_joined"],
    ["call.session.participant.left", "call.session_participant_left"],
    ["call.session_participant.left", "call.session_participant_left"],
    ["call.member_joined", "call.member_added"],
    ["call.member.left", "call.member_removed"],
    ["call.kicked-user", "call.kicked_user"],
  ])("reads %s as %s", (type, kind) => {
    expect(readKind(type)).toBe(kind);
  });

  it.each(["call.hologram.started", "message.new", "call", "", "toString", "call.toString", "call.__proto__"])(
    "leaves %j as it came",
    (type) => {
      expect(readKind(type)).toBe(type);
    },
  );
});
