// What each of LiveKit's events says: presence by connection, people only, and nothing that was not seen.
import { describe, expect, it } from "vitest";
import type { WebhookReading } from "../provider.ts";
import { readWebhookBody } from "./reading.ts";
import { disconnectRows } from "./reasons.ts";

const at = Date.UTC(2026, 10, 24, 12) / 1000;
const signature = { signedAt: (at + 2) * 1000, doubt: null };
const read = (event: object | string, given = signature as { signedAt: number; doubt: string | null }) =>
  readWebhookBody(Buffer.from(typeof event === "string" ? event : JSON.stringify(event), "utf8"), given);

const room = { sid: "RM_1", name: "room_1", creationTime: `${at - 60}` };
const ada = { sid: "PA_ada", identity: "user_ada", state: "ACTIVE", joinedAt: `${at - 5}`, joinedAtMs: `${at - 5}250` };
const joined = { event: "participant_joined", room, participant: ada, id: "EV_j", createdAt: `${at}` };
const left = (fields: object = {}) => ({
  event: "participant_left",
  room,
  participant: { ...ada, state: "DISCONNECTED", ...fields },
  id: "EV_l",
  createdAt: `${at}`,
});
const told = (reading: WebhookReading) =>
  reading.events.map((event) => [event.id, event.type, event.source, event.connectionId, event.reason]);

describe("participant_joined", () => {
  it("begins the presence of one connection when media flows, not when the socket opened", () => {
    expect(read(joined)).toEqual({
      id: "EV_j",
      kind: "participant_joined",
      roomName: "room_1",
      occurredAt: at * 1000,
      people: ["user_ada"],
      createdBy: null,
      doubt: null,
      life: "RM_1",
      events: [
        {
          id: "EV_j",
          type: "participant.joined",
          source: "webhook",
          userId: "user_ada",
          connectionId: "PA_ada",
          reason: null,
          occurredAt: at * 1000,
          untilAt: null,
        },
      ],
    });
  });

  it.each([
    ["long before: the second of the event", `${at - 25}250`, at * 1000],
    ["within its second: there, for media came no earlier", `${at}640`, at * 1000 + 640],
    ["after its second, which cannot be: no later than the second's end", `${at + 9}000`, at * 1000 + 999],
  ])("where the socket opened %s", (_name, joinedAtMs, occurredAt) => {
    expect(read({ ...joined, participant: { ...ada, joinedAtMs } }).events[0]?.occurredAt).toBe(occurredAt);
  });

  it("reads int64 as text or number, and both spellings of a field", () => {
    const { createdAt, ...rest } = joined;
    expect(read({ ...rest, createdAt: at })).toEqual(read(joined));
    expect(read({ ...rest, created_at: createdAt })).toEqual(read(joined));
  });
});

describe("participant_left", () => {
  it("ends the connection, and proves that it was there until then, but not since when", () => {
    const { events, people } = read(left({ disconnectReason: "CLIENT_INITIATED" }));
    expect(told({ events } as WebhookReading)).toEqual([
      ["EV_l:there", "participant.seen", "webhook", "PA_ada", null],
      ["EV_l", "participant.left", "webhook", "PA_ada", "client_initiated"],
    ]);
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([at * 1000, at * 1000]);
    expect([events[0]?.untilAt, people]).toEqual([at * 1000, ["user_ada"]]);
  });

  it("says the same wherever the socket's moment is told, missing or nonsense", () => {
    const whole = read(left());
    for (const fields of [{ joinedAtMs: undefined }, { joinedAtMs: undefined, joinedAt: undefined }, { joinedAt: -1 }])
      expect(read(left(fields))).toEqual(whole);
    expect(read(left({ joinedAt: `${at}`, joinedAtMs: `${at}900` }))).toEqual(whole);
  });

  it.each(disconnectRows.map((row, number) => [row.name, number, row] as const))(
    "with %s says what its row says, as a name and as the number %i",
    (name, number, row) => {
      const type = row.class === "kicked" ? "participant.kicked" : "participant.left";
      const end = row.closesConnection ? [["EV_l", type, "webhook", "PA_ada", row.leave]] : [];
      for (const disconnectReason of [name, number]) {
        const reading = read(left({ disconnectReason }));
        expect(told(reading).slice(1)).toEqual(end);
        expect(told(reading)[0]?.slice(0, 2)).toEqual(["EV_l:there", "participant.seen"]);
      }
    },
  );

  it("closes the old connection of a full reconnect and no other, and does not end one that migrates", () => {
    const [, end] = read(left({ disconnectReason: "DUPLICATE_IDENTITY" })).events;
    expect(end).toMatchObject({ type: "participant.left", connectionId: "PA_ada", reason: "duplicate_identity" });
    expect(read(left({ disconnectReason: "MIGRATION" })).events.map(({ type }) => type)).toEqual(["participant.seen"]);
  });
});

describe("track_published and track_unpublished", () => {
  const slim = { sid: "PA_ada", identity: "user_ada" };
  const track = (fields: object) => ({
    ...joined,
    event: "track_published",
    id: "EV_t",
    room: { sid: "RM_1", name: "room_1" },
    ...fields,
  });

  it.each(["track_published", "track_unpublished"])("%s is a sighting, also in the slim form", (event) => {
    const reading = read(track({ event, participant: slim, track: { sid: "TR_1" } }));
    expect(told(reading)).toEqual([["EV_t", "participant.seen", "webhook", "PA_ada", null]]);
    expect([reading.events[0]?.occurredAt, reading.events[0]?.untilAt]).toEqual([at * 1000, at * 1000]);
    expect([reading.roomName, reading.life]).toEqual(["room_1", "RM_1"]);
  });

  it("names nobody in the slim form: it does not say whether that is a person or an agent", () => {
    expect(read(track({ participant: slim })).people).toEqual([]);
    expect(read(track({ participant: ada })).people).toEqual(["user_ada"]);
    expect(read(track({ participant: { ...ada, kind: "AGENT" } }))).toMatchObject({ people: [], events: [] });
  });
});

describe("room_finished", () => {
  it("means that everybody is gone", () => {
    const reading = read({ event: "room_finished", room, id: "EV_f", createdAt: `${at}` });
    expect(reading.people).toEqual([]);
    expect(reading.events).toEqual([
      {
        id: "EV_f",
        type: "participant.left",
        source: "webhook",
        userId: null,
        connectionId: null,
        reason: "room_closed",
        occurredAt: at * 1000,
        untilAt: null,
      },
    ]);
  });
});

describe("nothing is evidence", () => {
  const names = [
    "room_started",
    "participant_connection_aborted",
    "egress_started",
    "egress_updated",
    "egress_ended",
    "ingress_started",
    "ingress_ended",
    "agent_job_started",
    "agent_job_ended",
    "an_event_of_next_year",
  ];
  it.each(names)("in %s, which is kept", (event) => {
    const reading = read({ ...joined, event, egressInfo: { roomName: "room_1" }, numDropped: 3 });
    expect(reading).toMatchObject({ id: "EV_j", kind: event, roomName: "room_1", events: [], people: [], doubt: null });
  });

  it.each(["INGRESS", "EGRESS", "SIP", "AGENT", "CONNECTOR", "BRIDGE", "NEWCOMER", 1, 2, 3, 4, 7, 8, 99])(
    "when the participant is of the kind %s",
    (kind) => {
      expect(read({ ...joined, participant: { ...ada, kind } })).toMatchObject({ events: [], people: [] });
      expect(read(left({ kind }))).toMatchObject({ events: [], people: [] });
    },
  );

  it.each([undefined, null, 0, "STANDARD"])("but when the kind is %s it is a person", (kind) => {
    expect(read({ ...joined, participant: { ...ada, kind } }).people).toEqual(["user_ada"]);
  });

  it.each([
    ["a recorder", { permission: { recorder: true } }],
    ["an agent by permission", { permission: { agent: true } }],
    ["without identity", { identity: "" }],
    ["without a connection", { sid: undefined }],
  ])("when the participant is %s", (_name, fields) => {
    expect(read({ ...joined, participant: { ...ada, ...fields } }).events).toEqual([]);
  });

  it.each([
    ["a room", { ...joined, room: undefined }],
    ["a room's name", { ...joined, room: { sid: "RM_1" } }],
    ["a participant", { ...joined, participant: undefined }],
    ["a participant that is an object", { ...joined, participant: ["user_ada"] }],
  ])("without %s", (_name, event) => {
    expect(read(event)).toMatchObject({ id: "EV_j", events: [], doubt: null });
  });
});

describe("what is genuine but cannot be read", () => {
  it.each(["", "[]", "null", "7", '"x"', "{", "\u0000"])("is kept in doubt: %j", (text) => {
    const reading = read(text);
    expect(reading).toMatchObject({ kind: "unreadable", roomName: null, events: [], occurredAt: signature.signedAt });
    expect(reading.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(reading.doubt).toMatch(/not a JSON object/);
  });

  it.each([undefined, null, "0", "yesterday", -5, 1.5, "1e9", "99999999999999999999"])(
    "is kept in doubt when its time is %j",
    (createdAt) => {
      const reading = read({ ...joined, createdAt });
      expect(reading).toMatchObject({ events: [], occurredAt: signature.signedAt });
      expect(reading.doubt).toMatch(/when it happened/);
    },
  );

  it("has the hash of its bytes for a name when it has none", () => {
    const nameless = { ...joined, id: undefined };
    expect(read(nameless).id).toBe(read(nameless).id);
    expect(read(nameless).id).not.toBe(read({ ...nameless, createdAt: at + 1 }).id);
  });

  it("keeps the doubt about its signature, names whom it names, and proves nothing", () => {
    const reading = read(joined, { ...signature, doubt: "It is old." });
    expect(reading).toMatchObject({ doubt: "It is old.", people: ["user_ada"], events: [] });
  });
});
