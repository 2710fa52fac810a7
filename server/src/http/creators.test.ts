// Creators: who is listed, what they ask for, and what a wrong setting is told.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { openWorld, type Voice, type World } from "../../test/world.ts";

describe.each(databaseKinds)("creators on $name", (kind) => {
  let world: World;
  let mia: Voice;
  let leo: Voice;

  beforeAll(async () => {
    world = await openWorld(kind);
    await world.listen();
    mia = await world.meet("mia", { name: "Mia Torres", role: "creator" });
    leo = await world.meet("leo", { name: "Leo Brandt", role: "fan", coins: 1000 });
  });
  afterAll(() => world.close());

  const defaults = { callRatePerMinute: 10, minimumCallDuration: 5, isAvailableForCalls: true, autoAcceptCalls: false };
  const listed = async () => (await leo.get("/api/creators")).body.creators;

  it("has defaults until somebody chooses, and keeps what a change leaves out", async () => {
    expect((await mia.get("/api/creator-settings")).body).toEqual(defaults);
    expect((await mia.put("/api/creator-settings", { callRatePerMinute: 25 })).body).toEqual({
      ...defaults,
      callRatePerMinute: 25,
    });
    expect((await mia.put("/api/creator-settings", { minimumCallDuration: 0, autoAcceptCalls: true })).body).toEqual({
      callRatePerMinute: 25,
      minimumCallDuration: 0,
      isAvailableForCalls: true,
      autoAcceptCalls: true,
    });
    expect((await mia.put("/api/creator-settings", {})).body.callRatePerMinute).toBe(25);
    expect((await mia.put("/api/creator-settings", defaults)).body).toEqual(defaults);
    expect((await mia.get("/api/creator-settings")).body).toEqual(defaults);
  });

  it("tells everybody when settings change", async () => {
    await mia.put("/api/creator-settings", { isAvailableForCalls: false });
    const changes = () => world.news.filter(({ type }) => type === "creator:updated");
    await vi.waitFor(
      () => expect(changes().at(-1)?.data).toMatchObject({ userId: "mia", isAvailableForCalls: false }),
      { timeout: 10_000 },
    );
    expect(changes().at(-1)?.audience).toEqual(["everyone"]);
    await mia.put("/api/creator-settings", defaults);
  });

  it("lists creators with price and whether they are free; fans are not listed until they ask for something", async () => {
    expect(await listed()).toEqual([
      {
        userId: "mia",
        name: "Mia Torres",
        callRatePerMinute: 10,
        minimumCallDuration: 5,
        isAvailableForCalls: true,
        online: false,
        busy: false,
      },
    ]);
    await leo.put("/api/creator-settings", { callRatePerMinute: 3 });
    expect((await listed()).map(({ name, callRatePerMinute }) => [name, callRatePerMinute])).toEqual([
      ["Leo Brandt", 3],
      ["Mia Torres", 10],
    ]);
  });

  it("a creator is busy from the acceptance to the end, and not while it rings", async () => {
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 5 })).body;
    const busy = async () => (await listed()).find(({ userId }) => userId === "mia")?.busy;
    expect(await busy()).toBe(false);
    await mia.post(`/api/calls/${call.id}/accept`);
    expect(await busy()).toBe(true);
    await mia.post(`/api/calls/${call.id}/end`);
    expect(await busy()).toBe(false);
  });

  it("a backend may introduce a creator who was never here", async () => {
    expect((await leo.post("/api/calls/initiate", { creatorId: "zoe", estimatedMinutes: 5 })).body.code).toBe(
      "creator_not_found",
    );
    await world.backend("zoe").put("/api/creator-settings", { callRatePerMinute: 7 });
    expect(
      (await leo.post("/api/calls/initiate", { creatorId: "zoe", estimatedMinutes: 5 })).body.call.estimatedCoins,
    ).toBe(35);
  });

  it("takes over a new name from a token", async () => {
    await world.meet("mia", { name: "Mia T.", role: "creator" });
    expect((await listed()).map(({ name }) => name)).toContain("Mia T.");
    expect((await mia.get("/api/me")).body).toMatchObject({
      userId: "mia",
      name: "Mia T.",
      role: "creator",
      mode: "sandbox",
    });
  });

  const wrong: [change: unknown, param: string | null][] = [
    [{ callRatePerMinute: 0 }, "callRatePerMinute"],
    [{ callRatePerMinute: -10 }, "callRatePerMinute"],
    [{ callRatePerMinute: 10.5 }, "callRatePerMinute"],
    [{ callRatePerMinute: 1_000_001 }, "callRatePerMinute"],
    [{ callRatePerMinute: "10" }, "callRatePerMinute"],
    [{ callRatePerMinute: null }, "callRatePerMinute"],
    [{ minimumCallDuration: -1 }, "minimumCallDuration"],
    [{ minimumCallDuration: 1441 }, "minimumCallDuration"],
    [{ isAvailableForCalls: "yes" }, "isAvailableForCalls"],
    [{ autoAcceptCalls: 1 }, "autoAcceptCalls"],
    [{ userId: "leo" }, "userId"],
    [[], null],
  ];
  it.each(wrong)("%j is refused for %s, and changes nothing", async (change, param) => {
    const reply = await mia.put("/api/creator-settings", change);
    expect([reply.status, reply.body.code, reply.body.param]).toEqual([400, "invalid_request", param]);
    expect((await mia.get("/api/creator-settings")).body).toEqual(defaults);
  });
});
