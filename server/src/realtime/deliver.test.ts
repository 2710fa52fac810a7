// What the news of a call's end looks like on the wire, where people are named by their wallets and where they are not.
import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import type { Notice } from "../outbox/notices.ts";
import type { Channel } from "./channel.ts";
import { deliver } from "./deliver.ts";
import { createDirectory } from "./directory.ts";

/** What leo's socket is given. */
function hear(type: string, data: Record<string, unknown>): unknown {
  const socket = new EventEmitter();
  let heard: unknown = null;
  socket.on(type, (payload) => {
    heard = payload;
  });
  const directory = createDirectory();
  directory.addChannel({ socket, userId: "leo", onlyCallId: null, members: new Map() } as unknown as Channel);
  const notice: Notice = { id: 7n, callId: "call_1", audience: ["leo"], type, data };
  deliver(directory, notice, 1000);
  return heard;
}

const ended = {
  sessionId: "call_1",
  tutorAddress: "mia",
  studentAddress: "leo",
  endedBy: "leo",
  reason: "payer_hung_up",
};
const call = { id: "call_1", payerId: "leo", payeeId: "mia", penalties: [] };
const onChain = { tutorAddress: "0xb2", studentAddress: "0xa1" };

it("names people by their ids, or by their wallets in a call that is paid on a chain", () => {
  expect(hear("webrtc:session-ended", { ...ended, call })).toEqual(ended);
  expect(hear("webrtc:session-ended", { ...ended, call: { ...call, onChain } })).toEqual({ ...ended, ...onChain });
  const lost = { sessionId: "call_1", disconnectedUser: "mia", reason: "connection-lost" };
  expect(hear("webrtc:user-disconnected", { ...lost, call: { ...call, onChain } })).toEqual({ ...lost, ...onChain });
});

it("gives a call as it is, without what was only added for others", () => {
  const told = hear("call:ended", { endReason: "payer_hung_up", call: { ...call, onChain } });
  expect(told).toMatchObject({ endReason: "payer_hung_up", call: { id: "call_1" }, callId: "call_1", seq: 7 });
  expect(JSON.stringify(told)).not.toContain("0xa1");
});
