// Webhooks that are not genuine, at every address that takes webhooks: none has an effect, and each leaves its reason in the log.
import { createHash, createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig, settingNames } from "../../src/config.ts";
import { createProviders } from "../../src/providers/registry.ts";
import { signatureHeader, signServerEvent, timestampHeader } from "../../src/providers/webrtc_events.ts";
import { databaseKinds } from "../databases.ts";
import { altered, asJson, type Forgery, type Sent, withBody, withHeaders, without } from "./altering.ts";
import { livekitKeys, noon, operator, type Person, Stage, streamKeys, webrtcSecret } from "./stage.ts";

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const claimsOf = (token: string): object => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

/** The genuine claims signed in another way. */
const resigned =
  (change: object, { secret = livekitKeys.apiSecret, header = { alg: "HS256", typ: "JWT" }, hash = "sha256" } = {}) =>
  ({ body, headers }: Sent): Sent => {
    const text = `${part(header)}.${part({ ...claimsOf(headers.authorization ?? ""), ...change })}`;
    return {
      body,
      headers: { ...headers, authorization: `${text}.${createHmac(hash, secret).update(text).digest("base64url")}` },
    };
  };

const livekitForgeries: Forgery[] = [
  ["not signed", "missing_signature", without("authorization")],
  ["signed by nonsense", "malformed_signature", withHeaders({ authorization: "nonsense" })],
  [
    "a Bearer before it",
    "malformed_signature",
    (sent) => withHeaders({ authorization: `Bearer ${sent.headers.authorization}` })(sent),
  ],
  ["signed with another secret", "bad_signature", resigned({}, { secret: "another-secret-0123456789abcdefghij" })],
  ["signed with an empty secret", "bad_signature", resigned({}, { secret: "" })],
  ["signed for another key", "wrong_key", resigned({ iss: "APIother" })],
  ["signed by nobody", "wrong_algorithm", resigned({}, { header: { alg: "none", typ: "JWT" } })],
  ["signed with HS512", "wrong_algorithm", resigned({}, { header: { alg: "HS512", typ: "JWT" }, hash: "sha512" })],
  ["signed for ever", "missing_expiry", resigned({ exp: undefined })],
  ["signed without a body", "missing_body_hash", resigned({ sha256: undefined })],
  ["packed once", "body_changed", withBody((body) => gzipSync(body))],
  ["packed twice", "body_changed", withBody((body) => gzipSync(gzipSync(body)))],
  ...altered.map(([name, change]): Forgery => [name, "body_changed", withBody(change)]),
];

const streamSigned = (body: Buffer, secret: string) => createHmac("sha256", secret).update(body).digest("hex");

const streamForgeries: Forgery[] = [
  ["not signed", "missing_signature", without("x-signature")],
  ["signed by nonsense", "malformed_signature", withHeaders({ "x-signature": "nonsense" })],
  [
    "half a signature",
    "malformed_signature",
    (sent) => withHeaders({ "x-signature": sent.headers["x-signature"]?.slice(1) ?? "" })(sent),
  ],
  [
    "signed with another secret",
    "bad_signature",
    (sent) => withHeaders({ "x-signature": streamSigned(sent.body, "another") })(sent),
  ],
  [
    "signed with an empty secret",
    "bad_signature",
    (sent) => withHeaders({ "x-signature": streamSigned(sent.body, "") })(sent),
  ],
  [
    "signed with the public key",
    "bad_signature",
    (sent) => withHeaders({ "x-signature": streamSigned(sent.body, streamKeys.apiKey) })(sent),
  ],
  ["of another app", "wrong_app", withHeaders({ "x-api-key": "another" })],
  ["packed twice", "bad_encoding", withBody((body) => gzipSync(gzipSync(body)))],
  ["packed, and the end cut off", "bad_encoding", withBody((body) => gzipSync(body).subarray(0, -9))],
  ["packed zeros without end", "too_large", withBody(() => gzipSync(Buffer.alloc(8 * 1024 * 1024)))],
  [
    "packed, and signed as packed",
    "bad_signature",
    ({ body, headers }) => {
      const packed = gzipSync(body);
      return { body: packed, headers: { ...headers, "x-signature": streamSigned(packed, streamKeys.secretKey) } };
    },
  ],
  ...altered.map(([name, change]): Forgery => [name, "bad_signature", withBody(change)]),
  ...altered.map(
    ([name, change]): Forgery => [`${name}, packed`, "bad_signature", withBody((body) => gzipSync(change(body)))],
  ),
];

const serverForgeries: Forgery[] = [
  ["not signed", "missing_signature", without(signatureHeader)],
  ["signed by nonsense", "malformed_signature", withHeaders({ [signatureHeader]: "nonsense" })],
  ["without its time", "missing_timestamp", without(timestampHeader)],
  ["with another time", "bad_signature", withHeaders({ [timestampHeader]: String(noon / 1000 + 1) })],
  [
    "signed with another secret",
    "bad_signature",
    (sent) => withHeaders({ [signatureHeader]: signServerEvent("another", noon / 1000, sent.body) })(sent),
  ],
  ["packed once", "bad_signature", withBody((body) => gzipSync(body))],
  ["packed twice", "bad_signature", withBody((body) => gzipSync(gzipSync(body)))],
  ...altered.map(([name, change]): Forgery => [name, "bad_signature", withBody(change)]),
];

const addresses: [path: string, provider: string, forgeries: Forgery[]][] = [
  ["/api/livekit/webhook", "livekit", livekitForgeries],
  ["/api/stream/webhook", "stream", streamForgeries],
  ["/api/webhooks/stream-call-events", "stream", streamForgeries],
  ["/api/webrtc-events", "webrtc", serverForgeries],
];

describe.each(databaseKinds)("forged webhooks on $name", (kind) => {
  let stage: Stage;
  let leo: Person;
  const kept: Record<string, Sent[]> = { livekit: [], stream: [], webrtc: [] };
  /** A webhook of each provider that would end a call, and has not been told. */
  const ends = new Map<string, Sent>();

  /** The fakes deliver into our hands: what is sent on is a story's matter. */
  const keep =
    (provider: string) =>
    async ({ body, headers }: Sent) => {
      kept[provider]?.push({ body, headers });
      return { status: 200 };
    };
  const send = async (path: string, { body, headers }: Sent) => {
    const url = stage.url(0) + path;
    const response = await fetch(url, { method: "POST", headers, body: new Uint8Array(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const sendAll = async (path: string, all: Sent[]) => {
    for (const sent of all.splice(0)) expect((await send(path, sent)).status).toBe(200);
  };

  async function registered(provider: string, providerCallId: string): Promise<void> {
    const call = {
      provider,
      providerCallId,
      payerId: "Leo",
      payeeId: "Mia",
      preset: "coin-minutes",
      estimatedMinutes: 2,
    };
    await stage.post("/api/calls", operator, call);
  }
  const serverEvent = (event: object): Sent => {
    const body = Buffer.from(JSON.stringify(event));
    const signature = signServerEvent(webrtcSecret, noon / 1000, body);
    return { body, headers: { [signatureHeader]: signature, [timestampHeader]: String(noon / 1000) } };
  };

  /** Leo talks at each provider, and hangs up: the words of that are in nobody's hands but ours. */
  beforeAll(async () => {
    stage = await Stage.open({
      kind,
      settings: { FAIRMINUTE_WEBRTC_SECRET: webrtcSecret },
      livekit: { deliver: keep("livekit") },
      stream: { deliver: keep("stream") },
    });
    leo = await stage.meet("Leo", { coins: 500 });
    await stage.meet("Mia", { role: "creator" });
    const { livekit, stream } = stage;
    for (const [provider, room] of [
      ["livekit", "room-l"],
      ["stream", "default:room-s"],
      ["webrtc", "room-w"],
    ] as const)
      await registered(provider, room);
    const cid = stream.createCall({ id: "room-s", createdBy: "Leo", memberIds: ["Leo", "Mia"] });
    for (const userId of ["Leo", "Mia"]) {
      livekit.join("room-l", userId);
      stream.join(cid, userId);
    }
    await Promise.all([livekit.flush(), stream.flush()]);
    await sendAll("/api/livekit/webhook", kept.livekit ?? []);
    await sendAll("/api/stream/webhook", kept.stream ?? []);
    const beat = serverEvent({ event: "session-heartbeat", id: "1", sessionId: "room-w", userIds: ["Leo", "Mia"] });
    expect((await send("/api/webrtc-events", beat)).status).toBe(200);
    livekit.leave("room-l", "Leo");
    stream.endCall(cid, "Leo");
    await Promise.all([livekit.flush(), stream.flush()]);
    // The looks at the rooms that are due have been made; time stands still, so there are no others.
    await stage.lookAround();
    ends.set("livekit", kept.livekit?.[0] as Sent);
    ends.set("stream", kept.stream?.[0] as Sent);
    ends.set("webrtc", serverEvent({ event: "session-ended", id: "2", sessionId: "room-w", endedBy: "Leo" }));
  });
  afterAll(async () => {
    expect(await stage.complaints()).toEqual([]);
    await stage.close();
  });

  /** Everything that a webhook could change. */
  async function everything(): Promise<unknown> {
    const tables = ["webhooks", "call_events", "transfers", "calls"];
    const counts = tables.map((table) => stage.db.query<{ n: bigint }>(`select count(*) as n from ${table}`));
    const versions = await stage.db.query("select id, version, status from calls order by id");
    return [(await Promise.all(counts)).map(([row]) => Number(row?.n)), versions, await stage.coins(leo)];
  }
  const genuine = (provider: string): Sent => ends.get(provider) as Sent;
  const said = (provider: string, reason: string) =>
    stage.log.splice(0).filter((line) => line.provider === provider && line.reason === reason);

  it.each(addresses)(
    "%s: every forgery is refused, with its reason in the log, and changes nothing",
    async (path, provider, forgeries) => {
      const before = await everything();
      for (const [name, reason, forge] of forgeries) {
        stage.log.splice(0);
        const { status, body } = await send(path, forge(genuine(provider)));
        const lines = said(provider, reason);
        expect([name, status, body.code, lines.length, lines[0]?.msg]).toEqual([
          name,
          401,
          "unauthenticated",
          1,
          "a webhook was refused",
        ]);
      }
      const huge = await send(path, withBody(() => Buffer.alloc(2 * 1024 * 1024, 32))(genuine(provider)));
      expect([huge.status, said(provider, "payload_too_large").length]).toEqual([413, 1]);
      expect(await everything()).toEqual(before);
    },
  );

  it("a token that lets a person into the room signs no webhook", async () => {
    const { token } = await stage.post<{ token: string }>("/api/livekit/token-secure", leo.token, {
      room_name: "room-l",
    });
    const before = await everything();
    stage.log.splice(0);
    const answer = await send("/api/livekit/webhook", withHeaders({ authorization: token })(genuine("livekit")));
    expect([answer.status, said("livekit", "missing_body_hash").length]).toEqual([401, 1]);
    expect(await everything()).toEqual(before);
  });

  it("expired: genuine by its signature, kept for the operator, and it proves nothing", async () => {
    const stale = Buffer.from(JSON.stringify({ ...asJson(genuine("livekit").body), id: "EV_stale" }));
    const hoarded = Buffer.from(
      JSON.stringify({ ...asJson(genuine("stream").body), created_at: "2026-11-19T12:00:00Z" }),
    );
    const claims = {
      nbf: noon / 1000 - 700,
      exp: noon / 1000 - 400,
      sha256: createHash("sha256").update(stale).digest("base64"),
    };
    const old: [path: string, provider: string, sent: Sent][] = [
      ["/api/livekit/webhook", "livekit", { ...resigned(claims)(genuine("livekit")), body: stale }],
      [
        "/api/stream/webhook",
        "stream",
        withHeaders({ "x-signature": streamSigned(hoarded, streamKeys.secretKey) })({
          ...genuine("stream"),
          body: hoarded,
        }),
      ],
    ];
    const [counts, ...rest] = (await everything()) as [number[], ...unknown[]];
    for (const [path, provider, sent] of old) {
      stage.log.splice(0);
      expect((await send(path, sent)).status).toBe(202);
      expect(said(provider, "doubtful")).toHaveLength(1);
    }
    const [webhooks = 0, ...others] = counts;
    expect(await everything()).toEqual([[webhooks + 2, ...others], ...rest]);
    const { rooms } = await stage.get<{ rooms: { provider: string; outcome: string }[] }>(
      "/api/webhooks/unmatched",
      operator,
    );
    const doubtful = rooms.filter(({ outcome }) => outcome === "doubtful").map(({ provider }) => provider);
    expect(doubtful.sort()).toEqual(["livekit", "stream"]);
  });

  it.each(addresses)(
    "%s: replayed fifty times at once, under other headers: it has had its effect once",
    async (path, provider) => {
      const sent = genuine(provider);
      const untold = await everything();
      const first = await send(path, sent);
      const before = await everything();
      // So it would have shown, had a forgery had an effect.
      if (first.body.duplicate === false) expect(before).not.toEqual(untold);
      expect(first.body.duplicate).toBe(path === "/api/webhooks/stream-call-events");
      stage.log.splice(0);
      const replays = Array.from({ length: 50 }, (_, i) =>
        send(
          path,
          withHeaders({
            "x-webhook-id": `other-${i}`,
            "x-webhook-attempt": String(i),
            "x-forwarded-for": `10.0.0.${i}`,
          })(sent),
        ),
      );
      for (const { status, body } of await Promise.all(replays)) expect([status, body.duplicate]).toEqual([200, true]);
      expect(said(provider, "repeated")).toHaveLength(50);
      expect(await everything()).toEqual(before);
    },
  );
});

describe("the check of signatures", () => {
  const whole = {
    LIVEKIT_URL: "wss://livekit.example",
    LIVEKIT_API_KEY: livekitKeys.apiKey,
    LIVEKIT_API_SECRET: livekitKeys.apiSecret,
    STREAM_API_KEY: streamKeys.apiKey,
    STREAM_SECRET_KEY: streamKeys.secretKey,
    FAIRMINUTE_WEBRTC_SECRET: webrtcSecret,
  };
  const body = Buffer.from('{"event":"participant_left","type":"call.ended"}');
  const unsigned: Sent[] = [
    { body, headers: {} },
    { body, headers: { authorization: `${part({ alg: "none" })}.${part({ iss: livekitKeys.apiKey })}.` } },
    { body, headers: { "x-signature": streamSigned(body, ""), "x-api-key": streamKeys.apiKey } },
    {
      body,
      headers: { [signatureHeader]: signServerEvent("", noon / 1000, body), [timestampHeader]: String(noon / 1000) },
    },
  ];

  /** Whether any of these is taken by a server with these settings. */
  async function isTaken(settings: Record<string, string>): Promise<boolean> {
    const now = () => noon;
    const providers = createProviders(readConfig(settings), { now, clock: { now }, fetch });
    for (const name of ["livekit", "stream", "webrtc"]) {
      for (const request of unsigned) {
        const read = await providers
          .get(name)
          ?.readWebhook?.(request)
          .catch(() => null);
        if (read !== null && read !== undefined) return true;
      }
    }
    return false;
  }

  it("has no setting: none has such a name, and no value of any of them makes a server take what nobody signed", async () => {
    const telling = settingNames.filter((name) =>
      /VERIF|CHECK|INSECURE|UNSAFE|SKIP|DISABLE|TRUST|SIGN|STRICT|ALLOW|DEBUG/.test(name),
    );
    expect(telling).toEqual([]);
    const values = ["", "0", "1", "false", "true", "off", "no", "none", "null", "*", "sandbox", "development"];
    for (const setting of settingNames) {
      for (const value of values) {
        const settings = { ...whole, [setting]: value };
        // A value that makes no sense stops the server before it listens.
        const taken = await isTaken(settings).catch((error) => error.name);
        expect([setting, value, taken]).toEqual([setting, value, taken === "ConfigError" ? "ConfigError" : false]);
      }
    }
    expect(await isTaken(whole)).toBe(false);
  });

  it("without a secret to check by, each address answers 503 and takes nothing", async () => {
    const empty = { LIVEKIT_URL: "", LIVEKIT_API_KEY: "", LIVEKIT_API_SECRET: "" };
    const settings = { ...empty, STREAM_API_KEY: "", STREAM_SECRET_KEY: "", STREAM_API_URL: "" };
    const stage = await Stage.open({ kind: databaseKinds[0] as (typeof databaseKinds)[number], settings });
    for (const [path] of addresses) {
      for (const { headers } of unsigned) {
        const response = await fetch(stage.url(0) + path, { method: "POST", headers, body: new Uint8Array(body) });
        expect([path, response.status]).toEqual([path, 503]);
        expect(await response.json()).toMatchObject({ code: "provider_not_configured" });
      }
    }
    expect(await stage.db.query("select * from webhooks")).toEqual([]);
    await stage.close();
  });
});
