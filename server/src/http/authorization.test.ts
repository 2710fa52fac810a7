// Who may do what: every row is a caller and a request, its last word the answer. Most rows are about what must not happen.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { openWorld, type Voice, type World } from "../../test/world.ts";

describe.each(databaseKinds)("the authorization matrix on $name", (kind) => {
  let world: World;
  let voices: Record<string, Voice>;

  beforeAll(async () => {
    world = await openWorld(kind);
    voices = {
      nobody: world.anybody,
      payer: await world.meet("leo", { coins: 100_000 }),
      payee: await world.meet("mia", { role: "creator" }),
      stranger: await world.meet("eve", { coins: 100_000 }),
      operator: world.backend(),
      "backend for payer": world.backend("leo"),
      "backend for payee": world.backend("mia"),
      "backend for stranger": world.backend("eve"),
    };
  });
  afterAll(() => world.close());

  async function callIn(status: "pending" | "accepted" | "active"): Promise<string> {
    const { call } = (await voices.payer!.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 5 })).body;
    if (status !== "pending") await voices.payee!.post(`/api/calls/${call.id}/accept`);
    if (status === "active") {
      await world.tell(call.id, [
        { type: "joined", userId: "leo" },
        { type: "joined", userId: "mia" },
      ]);
    }
    return call.id;
  }

  const reading = ["", "/receipt", "/timeline", "/live"];
  const readers: [who: string, status: number, code: string | undefined][] = [
    ["nobody", 401, "unauthenticated"],
    ["payer", 200, undefined],
    ["payee", 200, undefined],
    ["stranger", 404, "call_not_found"],
    ["operator", 200, undefined],
    ["backend for payer", 200, undefined],
    ["backend for stranger", 404, "call_not_found"],
  ];
  it.each(readers)("read a call: %s gets %i", async (who, status, code) => {
    const id = await callIn("active");
    for (const path of reading) {
      const reply = await voices[who]!.get(`/api/calls/${id}${path}`);
      expect([path, reply.status, reply.body.code]).toEqual([path, status, code]);
    }
  });

  const commands: [
    command: string,
    from: "pending" | "accepted" | "active",
    who: string,
    status: number,
    says: string,
  ][] = [
    ["accept", "pending", "nobody", 401, "unauthenticated"],
    ["accept", "pending", "payer", 403, "forbidden"],
    ["accept", "pending", "stranger", 404, "call_not_found"],
    ["accept", "pending", "backend for stranger", 404, "call_not_found"],
    ["accept", "pending", "backend for payer", 403, "forbidden"],
    ["accept", "pending", "payee", 200, "accepted"],
    ["accept", "pending", "backend for payee", 200, "accepted"],
    ["accept", "pending", "operator", 200, "accepted"],
    ["accept", "active", "payee", 200, "active"],
    ["reject", "pending", "nobody", 401, "unauthenticated"],
    ["reject", "pending", "payer", 403, "forbidden"],
    ["reject", "pending", "stranger", 404, "call_not_found"],
    ["reject", "accepted", "payee", 409, "call_not_pending"],
    ["reject", "pending", "payee", 200, "rejected"],
    ["reject", "pending", "operator", 200, "rejected"],
    ["cancel", "pending", "nobody", 401, "unauthenticated"],
    ["cancel", "pending", "stranger", 404, "call_not_found"],
    ["cancel", "active", "payer", 409, "call_already_started"],
    ["cancel", "active", "operator", 409, "call_already_started"],
    ["cancel", "pending", "payer", 200, "cancelled"],
    ["cancel", "accepted", "payee", 200, "cancelled"],
    ["cancel", "accepted", "operator", 200, "cancelled"],
    ["end", "active", "nobody", 401, "unauthenticated"],
    ["end", "active", "stranger", 404, "call_not_found"],
    ["end", "active", "backend for stranger", 404, "call_not_found"],
    ["end", "active", "payer", 200, "completed"],
    ["end", "active", "payee", 200, "completed"],
    ["end", "active", "operator", 200, "completed"],
  ];
  it.each(commands)("%s a call that is %s: %s gets %i %s", async (command, from, who, status, says) => {
    const id = await callIn(from);
    const reply = await voices[who]!.post(`/api/calls/${id}/${command}`);
    expect([reply.status, reply.body.code ?? reply.body.call.status]).toEqual([status, says]);
    if (status >= 400) expect((await voices.operator!.get(`/api/calls/${id}`)).body.call.status).toBe(from);
  });

  const joiners: [who: string, from: "pending" | "accepted" | "active", status: number, code: string | undefined][] = [
    ["nobody", "accepted", 401, "unauthenticated"],
    ["payer", "pending", 409, "call_not_joinable"],
    ["payer", "accepted", 200, undefined],
    ["payee", "active", 200, undefined],
    ["stranger", "active", 404, "call_not_found"],
    ["stranger", "pending", 404, "call_not_found"],
    ["operator", "active", 400, "invalid_request"],
    ["backend for payer", "active", 200, undefined],
  ];
  it.each(joiners)("join token: %s in a call that is %s gets %i", async (who, from, status, code) => {
    const reply = await voices[who]!.get(`/api/calls/${await callIn(from)}/token`);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });

  it("nobody joins a call that is over", async () => {
    const id = await callIn("active");
    await voices.payer!.post(`/api/calls/${id}/end`);
    expect((await voices.payer!.get(`/api/calls/${id}/token`)).body.code).toBe("call_not_joinable");
  });

  const own = [
    "/api/wallet",
    "/api/wallet/transfers",
    "/api/creator-settings",
    "/api/me",
    "/api/calls/history",
    "/api/calls/pending",
    "/api/calls/active",
  ];
  it.each(own)("%s is about the caller: nobody 401, the operator must name somebody", async (path) => {
    expect((await voices.nobody!.get(path)).status).toBe(401);
    const operator = await voices.operator!.get(path);
    expect([operator.status, operator.body.param]).toEqual([400, "Fairminute-User"]);
    expect((await voices.payer!.get(path)).status).toBe(200);
    expect((await voices["backend for payer"]!.get(path)).text).toBe((await voices.payer!.get(path)).text);
  });

  it("lists show nobody else's calls", async () => {
    await callIn("pending");
    await callIn("active");
    for (const path of [
      "/api/calls/history?status=pending,active,accepted,completed",
      "/api/calls/pending",
      "/api/calls/active",
    ]) {
      expect((await voices.stranger!.get(path)).body.calls).toEqual([]);
      expect((await voices.payer!.get(path)).body.calls.length).toBeGreaterThan(0);
    }
    expect((await voices.stranger!.get("/api/calls/history?with=leo")).body.calls).toEqual([]);
  });

  it("opening a call: the operator must name the payer, and the named one pays", async () => {
    const wish = { creatorId: "mia", estimatedMinutes: 5 };
    expect((await voices.nobody!.post("/api/calls/initiate", wish)).status).toBe(401);
    expect((await voices.operator!.post("/api/calls/initiate", wish)).body.param).toBe("Fairminute-User");
    expect((await voices["backend for payer"]!.post("/api/calls/initiate", wish)).body.call.payerId).toBe("leo");
    expect((await voices.payee!.post("/api/calls/initiate", wish)).body).toMatchObject({
      code: "cannot_call_yourself",
      param: "creatorId",
    });
  });

  it("a user's token speaks for that user only", async () => {
    const other = await voices.payer!.get("/api/wallet", { headers: { "fairminute-user": "mia" } });
    expect([other.status, other.body.code]).toEqual([403, "forbidden"]);
    expect((await voices.payer!.get("/api/wallet", { headers: { "fairminute-user": "leo" } })).status).toBe(200);
    const malformed = await world.backend("not an id").get("/api/wallet");
    expect([malformed.status, malformed.body.param]).toEqual([400, "Fairminute-User"]);
  });

  it("a call that exists and one that does not look the same to a stranger", async () => {
    const there = await voices.stranger!.get(`/api/calls/${await callIn("active")}`);
    const absent = await voices.stranger!.get("/api/calls/call_00000000000000000000000000");
    const plain = ({ text, body }: typeof there) => text.replaceAll(body.requestId, "").replace(/call_\w{26}/g, "");
    expect(plain(there)).toBe(plain(absent));
  });

  it("everybody may ask after the server's health, and for its settings", async () => {
    for (const path of ["/healthz", "/readyz", "/api/config"])
      expect((await voices.nobody!.get(path)).status).toBe(200);
  });
});
