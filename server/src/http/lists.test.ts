// Lists: pages that neither lose nor repeat anything, filters, and cursors that nobody made up.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { atSecond, openWorld, type Voice, type World } from "../../test/world.ts";

describe.each(databaseKinds)("lists on $name", (kind) => {
  let world: World;
  let leo: Voice;
  const made: string[] = [];

  /** Twelve calls a minute apart, to two creators: cancelled, rejected, missed and completed by turns. */
  beforeAll(async () => {
    world = await openWorld(kind);
    leo = await world.meet("leo", { name: "Leo", coins: 10_000 });
    const creators = [
      await world.meet("mia", { name: "Mia", role: "creator" }),
      await world.meet("noor", { role: "creator" }),
    ];
    for (let i = 0; i < 12; i += 1) {
      const creator = creators[i % 2]!;
      const { call } = (
        await leo.post("/api/calls/initiate", { creatorId: ["mia", "noor"][i % 2], estimatedMinutes: 5 })
      ).body;
      made.unshift(call.id);
      if (i % 4 === 0) await leo.post(`/api/calls/${call.id}/cancel`);
      if (i % 4 === 1) await creator.post(`/api/calls/${call.id}/reject`);
      if (i % 4 === 3) {
        await creator.post(`/api/calls/${call.id}/accept`);
        await world.tell(call.id, [
          { type: "joined", userId: "leo" },
          { type: "joined", userId: ["mia", "noor"][i % 2]! },
        ]);
        await leo.post(`/api/calls/${call.id}/end`);
      }
      await world.passTo((i + 1) * 60);
    }
  });
  afterAll(() => world.close());

  const idsOf = async (query: string) => (await leo.get(`/api/calls/history${query}`)).body.calls.map(({ id }) => id);

  it("pages give every call once, newest first", async () => {
    const seen: string[] = [];
    let cursor = "";
    for (let pages = 1; ; pages += 1) {
      const { body } = await leo.get(`/api/calls/history?limit=5${cursor}`);
      seen.push(...body.calls.map(({ id }) => id));
      expect(body.hasMore).toBe(body.nextCursor !== null);
      if (!body.hasMore) {
        expect(pages).toBe(3);
        break;
      }
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(made);
  });

  it("a call that arrives between two pages shifts nothing", async () => {
    const first = (await leo.get("/api/calls/history?limit=4&status=pending,cancelled,rejected,missed,completed")).body;
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 5 })).body;
    const second = (
      await leo.get(
        `/api/calls/history?limit=4&status=pending,cancelled,rejected,missed,completed&cursor=${first.nextCursor}`,
      )
    ).body;
    expect([...first.calls, ...second.calls].map(({ id }) => id)).toEqual(made.slice(0, 8));
    await leo.post(`/api/calls/${call.id}/cancel`);
    made.unshift(call.id);
  });

  it("filters by status, by the other person, by time, and by all of them", async () => {
    const { calls } = (await leo.get("/api/calls/history?status=missed&limit=100")).body;
    expect(calls.map(({ status }) => status)).toEqual(["missed", "missed", "missed"]);
    const both = (await leo.get("/api/calls/history?status=cancelled,completed&limit=100")).body.calls;
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set(["cancelled", "completed"]));
    const withNoor = (await leo.get("/api/calls/history?with=noor")).body.calls;
    expect([withNoor.length, new Set(withNoor.map(({ payeeId }) => payeeId))]).toEqual([6, new Set(["noor"])]);
    // From the second minute on, before the fourth: two calls.
    expect(await idsOf(`?from=${atSecond(120)}&to=${atSecond(240)}`)).toEqual([made.at(-4), made.at(-3)]);
    expect(await idsOf(`?from=${atSecond(120)}&to=${atSecond(240)}&with=noor&status=completed`)).toEqual([made.at(-4)]);
    expect(await idsOf("?from=2026-11-21&to=2026-11-22&limit=100")).toEqual(made);
    expect(await idsOf("?to=2026-11-21")).toEqual([]);
  });

  it("says pending calls by the side that one is on", async () => {
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 5 })).body;
    const mia = world.as("mia");
    const ids = async (voice: Voice, query: string) =>
      (await voice.get(`/api/calls/pending${query}`)).body.calls.map(({ id }) => id);
    expect([await ids(leo, ""), await ids(leo, "?role=payer"), await ids(leo, "?role=payee")]).toEqual([
      [call.id],
      [call.id],
      [],
    ]);
    expect([await ids(mia, ""), await ids(mia, "?role=payer"), await ids(mia, "?role=payee")]).toEqual([
      [call.id],
      [],
      [call.id],
    ]);
    expect((await mia.get("/api/calls/pending")).body.calls[0]).toMatchObject({ payerName: "Leo", payeeName: "Mia" });
    await leo.post(`/api/calls/${call.id}/cancel`);
  });

  it("active calls: all of them, and the newest by itself; null when there is none", async () => {
    expect((await leo.get("/api/calls/active")).body).toEqual({ calls: [], call: null });
    const ids: string[] = [];
    for (const creatorId of ["mia", "noor"]) {
      const { call } = (await leo.post("/api/calls/initiate", { creatorId, estimatedMinutes: 5 })).body;
      await world.as(creatorId).post(`/api/calls/${call.id}/accept`);
      ids.unshift(call.id);
    }
    const { calls, call } = (await leo.get("/api/calls/active")).body;
    expect(calls.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(call.id).toBe(calls[0]!.id);
    for (const id of ids) await leo.post(`/api/calls/${id}/cancel`);
  });

  it("the statement in pages sums to the wallet", async () => {
    let sum = 0;
    let cursor = "";
    do {
      const { body } = await leo.get(`/api/wallet/transfers?limit=7${cursor}`);
      sum += body.transfers.reduce((total, { amount }) => total + amount, 0);
      cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
    } while (cursor !== "");
    const { available, held } = (await leo.get("/api/wallet")).body;
    expect([sum, held]).toEqual([available, 0]);
  });

  const wrong: [path: string, code: string, param: string][] = [
    ["/api/calls/history?cursor=nonsense", "invalid_cursor", "cursor"],
    ["/api/calls/history?cursor=MTIzfAA", "invalid_request", ""],
    ["/api/calls/history?cursor=%22", "invalid_request", "cursor"],
    ["/api/calls/history?cursor=", "invalid_request", "cursor"],
    ["/api/calls/pending?cursor=AAAA", "invalid_cursor", "cursor"],
    ["/api/wallet/transfers?cursor=nonsense", "invalid_cursor", "cursor"],
    ["/api/calls/history?limit=0", "invalid_request", "limit"],
    ["/api/calls/history?limit=101", "invalid_request", "limit"],
    ["/api/calls/history?limit=-1", "invalid_request", "limit"],
    ["/api/calls/history?limit=ten", "invalid_request", "limit"],
    ["/api/calls/history?limit=1.5", "invalid_request", "limit"],
    ["/api/calls/history?limit=1&limit=2", "invalid_request", "limit"],
    ["/api/calls/history?status=finished", "invalid_request", "status"],
    ["/api/calls/history?status=", "invalid_request", "status"],
    ["/api/calls/history?status=missed,", "invalid_request", "status"],
    ["/api/calls/history?status=missed&status=missed", "invalid_request", "status"],
    ["/api/calls/history?from=yesterday", "invalid_request", "from"],
    ["/api/calls/history?to=2026-02-30", "invalid_request", "to"],
    ["/api/calls/history?with=a%20b", "invalid_request", "with"],
    ["/api/calls/history?page=2", "invalid_request", "page"],
    ["/api/calls/pending?role=both", "invalid_request", "role"],
    ["/api/calls/active?limit=1", "invalid_request", "limit"],
  ];
  it.each(wrong)("%s is refused with %s for %s", async (path, code, param) => {
    const reply = await leo.get(path);
    expect([reply.status, reply.body.code, reply.body.param ?? ""], reply.text).toEqual([400, code, param]);
  });
});
