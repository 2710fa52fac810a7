// The door of webhooks: what is genuine is kept before the answer, what is not is refused with a reason, and our own trouble is ours.
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres } from "../../../scripts/postgres.mjs";
import { createAnswerCheck } from "../../test/answers.ts";
import { databaseKinds } from "../../test/databases.ts";
import { noon, openWorld, type Reply, type World } from "../../test/world.ts";
import { readConfig } from "../config.ts";
import { migrate } from "../db/migrate.ts";
import { openPostgres } from "../db/postgres.ts";
import { createCourier } from "../fakes/livekit/courier.ts";
import { buildServer, type Server } from "../server.ts";
import {
  livekitKeys,
  livekitToken,
  livekitWebhook,
  type Signed,
  serverEvent,
  serverSecret,
  streamKeys,
  streamWebhook,
} from "../webhooks/stage.case.ts";
import type { OpenApi } from "./openapi.ts";

const joined = (at = 0) => livekitWebhook({ event: "participant_joined", room: "r", at, who: "leo" });

const twice = (request: Signed): Signed => ({ ...request, payload: gzipSync(request.payload) });

describe.each(databaseKinds)("the door of webhooks on $name", (kind) => {
  let world: World;
  let check: ReturnType<typeof createAnswerCheck>;

  beforeAll(async () => {
    world = await openWorld(kind, { ...livekitKeys, ...streamKeys, ...serverSecret });
    const document = (await world.inject({ method: "GET", url: "/openapi.json" })).body as unknown as OpenApi;
    check = createAnswerCheck(document);
  });
  afterAll(() => world.close());

  async function send(signed: Signed): Promise<Reply> {
    const reply = await world.inject(signed);
    const contentType = String(reply.headers["content-type"]);
    expect(
      check({ method: "POST", path: signed.url as string, status: reply.status, contentType, body: reply.body }),
    ).toBeNull();
    return reply;
  }
  const rows = (where: string) =>
    world.server.db.query<Record<string, unknown>>(`select * from webhooks where ${where}`);

  it("keeps a genuine webhook of each provider exactly as it came, and answers 200", async () => {
    expect((await send(joined())).status).toBe(200);
    const stream = streamWebhook({ type: "call.created", cid: "default:a", at: 0, fields: { custom: { ü: [1, 2] } } });
    expect((await send(stream)).status).toBe(200);
    expect((await send({ ...stream, url: "/api/webhooks/stream-call-events" })).body).toMatchObject({
      duplicate: true,
    });
    expect(
      (await send(serverEvent({ event: "session-heartbeat", id: "1", sessionId: "s", userIds: ["leo"] }))).status,
    ).toBe(200);
    expect(await rows("true order by provider")).toMatchObject([
      { provider: "livekit", kind: "participant_joined", room_name: "r", people: ["leo"], outcome: "unmatched" },
      { provider: "stream", kind: "call.created", room_name: "default:a", body: { custom: { ü: [1, 2] } } },
      { provider: "webrtc", id: "s:1", kind: "session-heartbeat", outcome: "unmatched" },
    ]);
    expect(Number((await rows("provider = 'livekit'"))[0]?.occurred_at)).toBe(noon);
  });

  it("takes a body of any type, packed or not, and keeps events that it does not know", async () => {
    const packed = streamWebhook({ type: "call.new_kind", cid: "default:packed", at: 1, packed: true });
    expect((await send(packed)).status).toBe(200);
    expect((await rows("room_name = 'default:packed'"))[0]).toMatchObject({
      kind: "call.new_kind",
      body: { call_cid: "default:packed" },
    });
    for (const type of ["text/plain", "application/octet-stream", "nonsense", undefined]) {
      const { "content-type": _own, ...headers } = joined(2).headers as Record<string, string>;
      const reply = await send({
        ...joined(2),
        headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) },
      });
      expect([type, reply.status]).toEqual([type, 200]);
    }
    const agent = livekitWebhook({ event: "agent_job_started", room: "", at: 3 });
    expect((await send(agent)).status).toBe(200);
    expect(await rows("kind = 'agent_job_started'")).toMatchObject([{ room_name: null, outcome: "roomless" }]);
  });

  const forged: [name: string, reason: string, request: Signed][] = [
    ["nothing signed", "missing_signature", { ...joined(), headers: {} }],
    [
      "another secret",
      "bad_signature",
      { ...joined(), headers: { authorization: livekitToken(joined().payload, {}, "another-secret") } },
    ],
    [
      "another key",
      "wrong_key",
      { ...joined(), headers: { authorization: livekitToken(joined().payload, { iss: "APIother" }) } },
    ],
    [
      "a changed body",
      "body_changed",
      { ...joined(), payload: Buffer.from(joined().payload.toString().replace("leo", "mia")) },
    ],
    ["a shortened body", "body_changed", { ...joined(), payload: joined().payload.subarray(0, 40) }],
    [
      "the same JSON written anew",
      "body_changed",
      { ...joined(), payload: Buffer.from(JSON.stringify(JSON.parse(joined().payload.toString()), null, 1)) },
    ],
    [
      "Bearer before it",
      "malformed_signature",
      { ...joined(), headers: { authorization: `Bearer ${livekitToken(joined().payload)}` } },
    ],
    [
      "no body hash",
      "missing_body_hash",
      { ...joined(), headers: { authorization: livekitToken(joined().payload, { sha256: undefined }) } },
    ],
    [
      "Stream: nothing signed",
      "missing_signature",
      { ...streamWebhook({ type: "call.created", cid: "default:f", at: 0 }), headers: {} },
    ],
    [
      "Stream: another secret",
      "bad_signature",
      streamWebhook({ type: "call.created", cid: "default:f", at: 0, secret: "x" }),
    ],
    [
      "Stream: packed twice",
      "bad_encoding",
      twice(streamWebhook({ type: "call.created", cid: "default:f", at: 0, packed: true })),
    ],
    [
      "a server: another secret",
      "bad_signature",
      serverEvent({ event: "session-ended", sessionId: "s" }, 0, "x".repeat(32)),
    ],
    [
      "a server: another instant",
      "bad_signature",
      {
        ...serverEvent({ event: "session-ended", sessionId: "s" }),
        headers: {
          ...serverEvent({ event: "session-ended", sessionId: "s" }).headers,
          "x-fairminute-timestamp": String(noon / 1000 + 1),
        },
      },
    ],
  ];
  it.each(forged)("refuses %s: 401 %s, and keeps nothing", async (_name, reason, request) => {
    const before = (await rows("true")).length;
    const reply = await send(request);
    expect([reply.status, reply.body.code, reply.body.details?.reason]).toEqual([401, "unauthenticated", reason]);
    expect((await rows("true")).length).toBe(before);
  });

  it("keeps what is genuine and late, or early, in doubt: 202, and it proves nothing", async () => {
    const body = livekitWebhook({ event: "participant_joined", room: "late", at: -9000, who: "leo" }).payload;
    for (const claims of [
      { nbf: noon / 1000 - 900, exp: noon / 1000 - 600 },
      { nbf: noon / 1000 + 900, exp: noon / 1000 + 1200 },
    ]) {
      const headers = { authorization: livekitToken(body, claims) };
      expect((await send({ method: "POST", url: "/api/livekit/webhook", payload: body, headers })).status).toBe(202);
    }
    expect(
      (await send(streamWebhook({ type: "call.ended", cid: "default:old", at: -90_000, who: "leo" }))).status,
    ).toBe(202);
    expect((await send(serverEvent({ event: "session-ended", sessionId: "old" }, -301))).status).toBe(202);
    expect(await rows("outcome = 'doubtful' order by provider")).toMatchObject([
      { room_name: "late", events: [], doubt: expect.stringMatching(/expired/) },
      { room_name: "default:old", events: [], doubt: expect.stringMatching(/more than a day/) },
      { room_name: "old", events: [], doubt: expect.stringMatching(/five minutes/) },
    ]);
  });

  it("refuses what is too large, and what is signed and means nothing", async () => {
    const reply = await send({ ...joined(), payload: Buffer.alloc(1024 * 1024 + 1, 32) });
    expect([reply.status, reply.body.code]).toEqual([413, "payload_too_large"]);
    expect(reply.body.message).toMatch(/1 MB/);
    const empty = serverEvent({});
    expect([(await send(empty)).status, (await send(empty)).body.param]).toEqual([400, "event"]);
    expect((await send(serverEvent({ event: "session-ended" }))).body.param).toBe("sessionId");
  });

  it("texts that a database does not keep do not break it", async () => {
    const who = "a\u0000b\ud800";
    expect(
      (await send(livekitWebhook({ event: "participant_joined", room: "odd", at: 0, who, id: "EV\u0000" }))).status,
    ).toBe(200);
    expect(await rows("room_name = 'odd'")).toMatchObject([{ people: ["a\uFFFDb\uFFFD"], outcome: "unmatched" }]);
  });

  it("without its secret each address answers 503, and there is no way to switch the check off", async () => {
    const bare = await openWorld(kind);
    try {
      for (const request of [
        joined(),
        streamWebhook({ type: "call.created", cid: "default:a", at: 0 }),
        serverEvent({ event: "session-ended", sessionId: "s" }),
      ]) {
        const reply = await bare.inject(request);
        expect([reply.status, reply.body.code]).toEqual([503, "provider_not_configured"]);
      }
      expect(await bare.server.db.query("select 1 from webhooks")).toEqual([]);
    } finally {
      await bare.close();
    }
  });

  it("says in one line of the log why something was refused, and never what it contained", async () => {
    const lines: string[] = [];
    const test = await kind.open();
    const config = readConfig({ DATABASE_URL: test.url ?? "memory:", ...livekitKeys });
    const server = await buildServer(config, {
      db: test.db,
      clock: { now: () => noon },
      onFault: (error) => {
        throw error;
      },
      logStream: { write: (line) => lines.push(line) },
    });
    try {
      await server.app.inject({ ...joined(), headers: {} });
      await server.app.inject({ ...joined(), headers: { authorization: livekitToken(joined().payload, {}, "wrong") } });
      await server.app.inject(joined());
      const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(said).toMatchObject([
        { level: 40, provider: "livekit", reason: "missing_signature", msg: "a webhook was refused" },
        { level: 40, provider: "livekit", reason: "bad_signature" },
      ]);
      expect(lines.join("")).not.toMatch(/leo|eyJ/);
    } finally {
      await server.close();
      await test.close();
    }
  });
});

describe("with its database away", () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let db: ReturnType<typeof openPostgres>;
  let server: Server;
  beforeAll(async () => {
    postgres = await startPostgres();
    db = openPostgres(await postgres.createDatabase("door"), { connections: 4 });
    await migrate(db);
    const config = readConfig({ DATABASE_URL: "memory:", ...livekitKeys });
    // What fails behind a request's back while the database is away is what this is about.
    server = await buildServer(config, { db, clock: { now: () => noon }, onFault: () => {} });
  });
  afterAll(async () => {
    await server.close();
    await db.close();
    await postgres.stop();
  });
  const known = (id: string) => db.query("select 1 from webhooks where id = $1", [id]);

  it("it answers 503 with Retry-After, and takes the same webhook when it is back", async () => {
    await postgres.kill();
    const refused = await server.app.inject(joined());
    expect([refused.statusCode, refused.headers["retry-after"], refused.json().code]).toEqual([
      503,
      "5",
      "database_unavailable",
    ]);
    await postgres.restart();
    const taken = await server.app.inject(joined());
    expect([taken.statusCode, taken.json()]).toMatchObject([200, { received: true, duplicate: false }]);
    expect(await db.query("select id from webhooks")).toHaveLength(1);
  });

  it("for ten seconds: LiveKit's five tries reach beyond it, and nothing that waits behind is dropped", async () => {
    const seconds = [30, 31, 32];
    const sent = seconds.map((at) =>
      livekitWebhook({ event: "participant_left", room: "r", at, who: "leo", id: `EV_${at}` }),
    );
    const tries: number[] = [];
    let ms = 0;
    await postgres.kill();
    const courier = createCourier({
      now: () => ms,
      async sleep(waitMs) {
        if (ms <= 10_000 && ms + waitMs > 10_000) await postgres.restart();
        ms += waitMs;
      },
      async deliver({ body, headers }) {
        tries.push(ms / 1000);
        const reply = await server.app.inject({ method: "POST", url: "/api/livekit/webhook", payload: body, headers });
        return { status: reply.statusCode, retryAfter: String(reply.headers["retry-after"] ?? "") };
      },
    });
    courier.send(
      sent.map(({ payload, headers }, index) => ({
        id: `EV_${seconds[index]}`,
        event: "participant_left",
        room: "r",
        body: payload,
        headers: headers as Record<string, string>,
      })),
    );
    await courier.flush();
    expect(courier.recorded.map(({ outcome }) => outcome)).toEqual(["delivered", "delivered", "delivered"]);
    expect(tries).toEqual([0, 5, 10, 15, 15, 15]);
    for (const at of seconds) expect(await known(`EV_${at}`)).toHaveLength(1);
  });
});
