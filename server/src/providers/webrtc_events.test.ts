// Events of an outside WebRTC server: the signature over timestamp and bytes, and what each event proves.
import { FairminuteError } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { createServerEventReader, signatureHeader, signServerEvent, timestampHeader } from "./webrtc_events.ts";

const secret = "a shared secret of thirty-two or more characters";
const now = Date.UTC(2026, 10, 21, 12);
const read = createServerEventReader(secret, () => now);

function request(fields: unknown, timestamp = now / 1000) {
  const body = Buffer.from(typeof fields === "string" ? fields : JSON.stringify(fields));
  const headers = { [signatureHeader]: signServerEvent(secret, timestamp, body), [timestampHeader]: String(timestamp) };
  return { body, headers };
}

const refusal = async (work: Promise<unknown>): Promise<FairminuteError> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FairminuteError);
  return error as FairminuteError;
};

const at = "2026-11-21T11:59:30.000Z";
const base = { sessionId: "call_1", id: "7", occurredAt: at };

describe("the signature", () => {
  it("takes what is signed, and reads it twice into the same", async () => {
    const signed = request({ ...base, event: "session-heartbeat", userIds: ["leo"] });
    expect(await read(signed)).toEqual(await read(signed));
    expect((await read(signed)).doubt).toBeNull();
  });

  it("refuses everything else, each with its reason", async () => {
    const good = request({ ...base, event: "session-heartbeat" });
    const rows: [object, string][] = [
      [{ ...good, headers: {} }, "missing_signature"],
      [{ ...good, headers: { [signatureHeader]: good.headers[signatureHeader] } }, "missing_timestamp"],
      [{ ...good, headers: { ...good.headers, [timestampHeader]: "yesterday" } }, "missing_timestamp"],
      [{ ...good, headers: { ...good.headers, [signatureHeader]: "abc" } }, "malformed_signature"],
      [{ ...good, headers: { ...good.headers, [timestampHeader]: String(now / 1000 - 1) } }, "bad_signature"],
      [{ ...good, body: Buffer.concat([good.body, Buffer.from(" ")]) }, "bad_signature"],
    ];
    for (const [forged, reason] of rows) {
      const error = await refusal(read(forged as typeof good));
      expect([error.code, error.details?.reason]).toEqual(["unauthenticated", reason]);
    }
  });

  it("doubts an instant that is off by more than five minutes: it proves nothing", async () => {
    const event = { ...base, event: "session-ended", endedBy: "leo" };
    for (const off of [-301, 301]) {
      expect(await read(request(event, now / 1000 + off))).toMatchObject({ events: [], doubt: expect.any(String) });
    }
    for (const off of [-300, 300]) expect((await read(request(event, now / 1000 + off))).events).toHaveLength(1);
  });

  it("a signed body that means nothing is refused by name", async () => {
    expect((await refusal(read(request("[]")))).code).toBe("invalid_request");
    expect((await refusal(read(request("no json")))).code).toBe("invalid_request");
    expect((await refusal(read(request({ sessionId: "a" })))).param).toBe("event");
    expect((await refusal(read(request({ event: "session-ended", sessionId: 7 })))).param).toBe("sessionId");
  });
});

describe("the events", () => {
  const events = async (fields: object) => (await read(request({ ...base, ...fields }))).events;

  it("a heartbeat proves that its people were there, and no longer than that", async () => {
    const seen = { type: "participant.seen", source: "proof", occurredAt: Date.parse(at), untilAt: Date.parse(at) };
    expect(await events({ event: "session-heartbeat", userIds: ["leo", "mia", "leo"] })).toMatchObject([
      { ...seen, id: "call_1:7", userId: "leo", connectionId: "call_1:leo" },
      { ...seen, id: "call_1:7:1", userId: "mia", connectionId: "call_1:mia" },
    ]);
    const sides = await events({ event: "session-heartbeat", tutorAddress: "0xA", studentAddress: "0xB" });
    expect(sides.map(({ userId }) => userId)).toEqual(["0xA", "0xB"]);
    expect(await events({ event: "session-heartbeat", userId: "leo", tutorAddress: "0xA" })).toMatchObject([
      { userId: "leo" },
    ]);
    expect(await events({ event: "session-heartbeat" })).toEqual([]);
  });

  it.each([
    ["connection-lost", "connection_lost"],
    ["client-initiated", "client_initiated"],
    ["kicked", "removed"],
    ["left", "unknown"],
    ["constructor", "unknown"],
    [undefined, "unknown"],
  ])("somebody who disconnected, with reason %s, left by %s", async (reason, word) => {
    expect(await events({ event: "user-disconnected", disconnectedUser: "mia", reason })).toMatchObject([
      { type: "participant.left", source: "signalling", userId: "mia", connectionId: "call_1:mia", reason: word },
    ]);
  });

  it("the end is somebody's only when they pressed it", async () => {
    const by = async (fields: object) => (await events({ event: "session-ended", ...fields }))[0];
    expect(await by({ endedBy: "leo", reason: "user-ended" })).toMatchObject({
      type: "call.ended",
      source: "signalling",
      userId: "leo",
    });
    expect(await by({ endedBy: "leo", reason: "connection-lost" })).toMatchObject({ userId: null });
    expect(await by({ endedBy: "leo", reason: "timeout" })).toMatchObject({ userId: null });
    expect(await by({})).toMatchObject({ userId: null });
  });

  it("unknown events are kept and prove nothing; without an id the bytes are the identity", async () => {
    expect(await read(request({ ...base, event: "constructor" }))).toMatchObject({ kind: "constructor", events: [] });
    const { id: _id, ...bare } = base;
    const first = await read(request({ ...bare, event: "session-heartbeat", userIds: ["leo"] }));
    const other = await read(request({ ...bare, event: "session-heartbeat", userIds: ["mia"] }));
    expect([first.id.length, first.id === other.id]).toEqual([64, false]);
    const undated = await read(request({ event: "session-heartbeat", sessionId: "s", userIds: ["leo"] }));
    expect(undated.occurredAt).toBe(now);
  });
});
