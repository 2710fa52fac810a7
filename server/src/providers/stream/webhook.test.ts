// Stream's webhooks: what is genuine, what each of them proves, and what none of them does.
import { createHash, createHmac } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { FairminuteError } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import type { WebhookReading, WebhookRequest } from "../provider.ts";
import { bodyMaxBytes } from "./signature.ts";
import { createWebhookReader } from "./webhook.ts";

const apiKey = "app_key";
const secret = "north-wind-and-the-sun";
const now = Date.parse("2026-03-02T10:05:00Z");
const read = createWebhookReader({ apiKey, secret }, () => now);

const told = "2026-03-02T10:01:00.5Z";
const at = Date.parse(told);
const since = "2026-03-02T10:00:00.25Z";
const from = Date.parse(since);

function sign(bytes: Uint8Array | string, key = secret): string {
  return createHmac("sha256", key).update(bytes).digest("hex");
}

function request(json: string, headers: Record<string, string | undefined> = {}): WebhookRequest {
  return { body: Buffer.from(json), headers: { "x-api-key": apiKey, "x-signature": sign(json), ...headers } };
}

/** A webhook's text: these fields beside its type, instant and call. */
function write(type: string, fields = "", createdAt = told): string {
  return `{"type":"${type}","created_at":"${createdAt}","call_cid":"default:math"${fields === "" ? "" : `,${fields}`}}`;
}

const participant = `"session_id":"run-1","participant":{"user":{"id":"ada"},"role":"user","user_session_id":"us-1","joined_at":"${since}"}`;
const call = `"call":{"cid":"default:math","created_by":{"id":"ben"},"session":{"id":"run-1","ended_at":"2026-03-02T10:00:40Z"}}`;

async function refusalOf(work: Promise<WebhookReading>): Promise<unknown> {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(FairminuteError);
  const { code, details } = error as FairminuteError;
  expect(code).toBe("unauthenticated");
  return details?.reason;
}

describe("a genuine webhook", () => {
  const json = write("call.session_participant_joined", participant);

  it("is known by its signed content, packed or not, whatever its headers say", async () => {
    const plain = await read(request(json, { "x-webhook-id": "w1", "x-webhook-attempt": "1" }));
    const packed = { ...request(json, { "x-webhook-id": "w2", "x-webhook-attempt": "3" }), body: gzipSync(json) };
    expect(plain.id).toBe(createHash("sha256").update(json).digest("hex"));
    expect(await read(packed)).toEqual(plain);
    expect(await read(request(json, { "x-api-key": undefined }))).toEqual(plain);
    expect(await read(request(json, { "x-signature": sign(json).toUpperCase() }))).toEqual(plain);
  });

  it("is another one when its content is another", async () => {
    const later = json.replace(told, "2026-03-02T10:01:00.501Z");
    expect((await read(request(later))).id).not.toBe((await read(request(json))).id);
  });
});

describe("a webhook that is not genuine", () => {
  const json = write("call.ended", call);
  const altered = json.replace("ben", "eve");
  const signed = (body: Uint8Array | string): WebhookRequest => ({ ...request(json), body: Buffer.from(body) });
  const bomb = Buffer.alloc(bodyMaxBytes + 1, 0x20);

  it.each<[string, WebhookRequest, string]>([
    ["no signature", request(json, { "x-signature": undefined }), "missing_signature"],
    ["an empty signature", request(json, { "x-signature": "" }), "missing_signature"],
    ["a signature that is none", request(json, { "x-signature": "true" }), "malformed_signature"],
    ["a signature in base64", request(json, { "x-signature": btoa("x".repeat(32)) }), "malformed_signature"],
    ["a signature that is too long", request(json, { "x-signature": `${sign(json)}00` }), "malformed_signature"],
    ["forged: another key", request(json, { "x-signature": sign(json, "another") }), "bad_signature"],
    ["forged: the public key", request(json, { "x-signature": sign(json, apiKey) }), "bad_signature"],
    ["altered", signed(altered), "bad_signature"],
    ["altered and packed", signed(gzipSync(altered)), "bad_signature"],
    ["truncated", signed(json.slice(0, -1)), "bad_signature"],
    ["empty", signed(""), "bad_signature"],
    ["written anew by a parser", signed(JSON.stringify(JSON.parse(json), null, 1)), "bad_signature"],
    ["in base64", signed(Buffer.from(json).toString("base64")), "bad_signature"],
    ["in UTF-16", signed(Buffer.from(json, "utf16le")), "bad_signature"],
    ["deflated", signed(deflateSync(json)), "bad_signature"],
    ["signed over its packed bytes", packedSignature(json), "bad_signature"],
    ["packed twice", signed(gzipSync(gzipSync(json))), "bad_encoding"],
    ["packed and truncated", signed(gzipSync(json).subarray(0, -9)), "bad_encoding"],
    ["packed and damaged", signed(damaged(gzipSync(json))), "bad_encoding"],
    ["only the mark of gzip", signed(new Uint8Array([0x1f, 0x8b])), "bad_encoding"],
    ["a bomb", { ...request(bomb.toString()), body: gzipSync(bomb) }, "too_large"],
    ["too large as it is", request(bomb.toString()), "too_large"],
    ["of another app", request(json, { "x-api-key": "another" }), "wrong_app"],
    ["signed nonsense", request("call.ended"), "not_json"],
    ["signed half a JSON", request(json.slice(0, -1)), "not_json"],
    ["signed JSON of another shape", request('"call.ended"'), "no_type"],
    ["signed JSON without a type", request('{"created_at":"2026-03-02T10:01:00Z"}'), "no_type"],
    ["signed JSON whose type is no text", request('{"type":7}'), "no_type"],
  ])("is refused: %s", async (_name, forged, reason) => {
    expect(await refusalOf(read(forged))).toBe(reason);
  });

  it("is refused: signed JSON that is no UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const forged = { body: bytes, headers: { "x-signature": sign(bytes) } };
    expect(await refusalOf(read(forged))).toBe("not_json");
  });

  it.each([null, ""])("is never read without a secret (%j)", async (missing) => {
    const readUnchecked = createWebhookReader({ apiKey, secret: missing }, () => now);
    await expect(readUnchecked(request(json))).rejects.toMatchObject({ code: "provider_not_configured" });
    const empty = { ...request(json), headers: { "x-signature": sign(json, "") } };
    await expect(readUnchecked(empty)).rejects.toMatchObject({ code: "provider_not_configured" });
  });
});

function packedSignature(json: string): WebhookRequest {
  const body = gzipSync(json);
  return { body, headers: { "x-signature": sign(body) } };
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 0xff;
  return copy;
}

describe("what a webhook proves", () => {
  const connection = { userId: "ada", connectionId: "us-1" };
  const person = { userId: "ada", connectionId: null };
  const user = '"user":{"id":"ada"}';

  /** Kind as it is sent, its fields, and per event: type, instant, and what else is not null. */
  const table: [string, string, object[]][] = [
    ["call.created", `${call},"members":[{"user_id":"ada"}]`, []],
    ["call.ring", `${call},${user}`, []],
    ["call.notification", `${call},${user}`, []],
    ["call.missed", `${call},${user}`, []],
    ["call.updated", call, []],
    ["call.deleted", call, []],
    ["call.session_started", call, []],
    ["call.session.started", call, []],
    ["call.started", call, []],
    ["call.session_participant_count_updated", '"participants_count_by_role":{"user":2}', []],
    ["call.stats_report_ready", '"counts":{"participants":2}', []],
    ["call.unblocked_user", user, []],
    ["call.member_added", '"members":[{"user_id":"ada"}]', []],
    ["call.member_joined", '"members":[{"user_id":"ada"}]', []],
    ["call.member_left", '"members":[{"user_id":"ada"}]', []],
    ["call.hologram.started", participant, []],
    ["call.accepted", `${call},${user}`, [{ type: "call.accepted", occurredAt: at, ...person }]],
    [
      "call.rejected",
      `${call},${user},"reason":"busy"`,
      [{ type: "call.rejected", occurredAt: at, ...person, reason: "busy" }],
    ],
    [
      "call.rejected",
      `${call},"user":{"id":"ben"},"reason":"cancel"`,
      [{ type: "call.cancelled", occurredAt: at, userId: "ben", connectionId: null, reason: "cancel" }],
    ],
    ["call.ended", `${call},${user}`, [{ type: "call.ended", occurredAt: at, ...person }]],
    ["call.ended", call, [{ type: "call.ended", occurredAt: at, userId: null, connectionId: null }]],
    ["call.kicked_user", user, [{ type: "participant.kicked", occurredAt: at, ...person }]],
    ["call.blocked_user", user, [{ type: "participant.kicked", occurredAt: at, ...person }]],
    ["call.kicked_user", '"kicked_by_user":{"id":"ben"}', []],
    ...["call.session_participant_joined", "call.session.participant_joined", "call.session.participant.joined"].map(
      (kind): [string, string, object[]] => [
        kind,
        participant,
        [{ type: "participant.joined", occurredAt: from, ...connection }],
      ],
    ),
    ...["call.session_participant_left", "call.session.participant_left", "call.session.participant.left"].map(
      (kind): [string, string, object[]] => [
        kind,
        `${participant},"duration_seconds":60,"reason":"user is leaving the call"`,
        [
          { type: "participant.left", occurredAt: at, ...connection, reason: "unknown" },
          { type: "participant.joined", occurredAt: from, ...connection, suffix: ":joined" },
        ],
      ],
    ),
    ["call.session_participant_left", '"participant":{"user":{"id":"ada"}}', []],
    ["call.session_participant_joined", '"participant":{"user_session_id":"us-1"}', []],
    [
      "call.session_ended",
      `"session_id":"run-2",${call}`,
      [{ type: "participant.left", occurredAt: at, userId: null, connectionId: null, reason: "room_closed" }],
    ],
    [
      "call.session.ended",
      `"session_id":"run-1",${call}`,
      [
        {
          type: "participant.left",
          occurredAt: Date.parse("2026-03-02T10:00:40Z"),
          userId: null,
          connectionId: null,
          reason: "room_closed",
        },
      ],
    ],
  ];

  it.each(table)("%s {%s}", async (type, fields, events) => {
    const reading = await read(request(write(type, fields)));
    const expected = events.map((event) => {
      const { suffix = "", ...rest } = event as { suffix?: string };
      return { id: reading.id + suffix, source: "webhook", reason: null, untilAt: null, ...rest };
    });
    expect(reading.events).toEqual(expected);
    expect(reading).toMatchObject({ roomName: "default:math", occurredAt: at, doubt: null });
  });

  it("tells the same beginning whether joined, left or both arrive", async () => {
    const joined = await read(request(write("call.session_participant_joined", participant, "2026-03-02T10:00:03Z")));
    const left = await read(request(write("call.session_participant_left", participant)));
    const { id: _joined, ...beginning } = joined.events[0] ?? { id: "" };
    const { id: _left, ...recovered } = left.events[1] ?? { id: "" };
    expect(recovered).toEqual(beginning);
  });

  it("takes the webhook's own time where a connection's is missing or nonsense", async () => {
    const undated = participant.replace(since, "soon");
    const joined = await read(request(write("call.session_participant_joined", undated)));
    expect(joined.events.map(({ occurredAt }) => occurredAt)).toEqual([at]);
    const left = await read(request(write("call.session_participant_left", undated)));
    expect(left.events.map(({ type }) => type)).toEqual(["participant.left"]);
  });

  it.each(["client_initiated", "left", "hangup", "Closing previous WS after reconnect", "network error"])(
    "never reads the text %j as intent, and never as staying",
    async (reason) => {
      const left = await read(
        request(write("call.session_participant_left", `${participant},"reason":${JSON.stringify(reason)}`)),
      );
      expect(left.events[0]?.type).toBe("participant.left");
      expect(["unknown", "technical", "connection_lost"]).toContain(left.events[0]?.reason);
    },
  );
});

describe("what else a webhook tells", () => {
  it("keeps kinds in one spelling, and unknown ones as they came", async () => {
    const kinds = ["call.session.participant.left", "call.started", "call.hologram.started", "message.new"];
    const readings = await Promise.all(kinds.map((kind) => read(request(write(kind)))));
    expect(readings.map(({ kind }) => kind)).toEqual([
      "call.session_participant_left",
      "call.session_started",
      "call.hologram.started",
      "message.new",
    ]);
  });

  it("names members and participants once, and who made the call", async () => {
    const crowd = `"call":{"cid":"default:math","created_by":{"id":"bot"},"session":{"participants":[{"user":{"id":"ada"}},{"user":{"id":"cyd"}}]}}`;
    const members = '"members":[{"user_id":"ben","user":{"id":"ben"}},{"user":{"id":"ada"}},{"user_id":""},null]';
    const reading = await read(request(write("call.created", `${crowd},${members}`)));
    expect(reading.people).toEqual(["ben", "ada", "cyd"]);
    expect(reading.createdBy).toBe("bot");
    expect((await read(request(write("call.session_participant_joined", participant)))).people).toEqual(["ada"]);
  });

  it("takes the room from the call where the webhook itself does not name it", async () => {
    const reading = await read(request(`{"type":"call.ended","created_at":"${told}",${call}}`));
    expect(reading.roomName).toBe("default:math");
    expect((await read(request(`{"type":"user.updated","created_at":"${told}"}`))).roomName).toBeNull();
  });

  it("tells one life of the room from the next by the id that Stream gives each run", async () => {
    const lifeOf = async (fields: string): Promise<unknown> =>
      (await read(request(write("call.session_ended", fields)))).life;
    expect(await lifeOf(participant)).toBe("run-1");
    expect(await lifeOf('"call":{"current_session_id":"run-2"}')).toBe("run-2");
    expect(await lifeOf('"call":{"current_session_id":"","session":{"id":"run-3"}}')).toBe("run-3");
    expect(await lifeOf('"call":{"current_session_id":""}')).toBeNull();
  });

  it.each([
    ["hoarded for longer than a day", "2026-03-01T10:04:59Z"],
    ["from the future", "2026-03-02T10:10:01Z"],
    ["without a time", "never"],
  ])("is doubted and proves nothing when it is %s", async (_name, createdAt) => {
    const reading = await read(request(write("call.session_participant_joined", participant, createdAt)));
    expect(reading.events).toEqual([]);
    expect(reading.doubt).toMatch(/webhook/);
  });

  it.each(["2026-03-01T10:05:00Z", "2026-03-02T10:10:00Z"])("is believed at the edge, %s", async (createdAt) => {
    const reading = await read(request(write("call.session_participant_joined", participant, createdAt)));
    expect(reading.doubt).toBeNull();
    expect(reading.events).toHaveLength(1);
  });

  it("survives fields of every wrong shape", async () => {
    const wrong = ["null", "7", '"x"', "[]", "{}", "[null]", '{"user":null}', '{"user":{"id":{}}}'];
    const kinds = ["call.session_participant_left", "call.ended", "call.rejected", "call.session_ended"];
    for (const kind of kinds) {
      for (const shape of wrong) {
        const fields = `"participant":${shape},"call":${shape},"user":${shape},"members":${shape},"session_id":${shape}`;
        await expect(read(request(write(kind, fields)))).resolves.toMatchObject({ kind });
      }
    }
  });
});
