// Calls that outlast their estimate: extended while money lasts, warned before the cut, ended at funded-until.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { atSecond, openWorld, type Voice, type World } from "../../test/world.ts";

describe.each(databaseKinds)("a call longer than its estimate on $name", (kind) => {
  let world: World;
  let leo: Voice;
  let mia: Voice;

  beforeAll(async () => {
    world = await openWorld(kind);
    await world.listen();
    mia = await world.meet("mia", { role: "creator" });
    leo = await world.meet("leo", { coins: 100 });
  });
  afterAll(() => world.close());

  const told = (type: string) => world.news.filter((notice) => notice.type === type);

  it("goes on while money lasts, warns 60 s before the cut, ends at funded-until and charges what was held", async () => {
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 5 })).body;
    expect([call.heldCoins, (await leo.get("/api/wallet")).body.available]).toEqual([50, 50]);
    await mia.post(`/api/calls/${call.id}/accept`);
    await world.tell(call.id, [
      { type: "joined", userId: "leo", at: 0 },
      { type: "joined", userId: "mia", at: 0 },
    ]);
    await world.passTo(299);
    const extended = (await leo.get(`/api/calls/${call.id}`)).body.call;
    // 90 s before the end of the estimate a further minute was held.
    expect([extended.status, extended.heldCoins > 50, extended.fundedUntil! > atSecond(300)]).toEqual([
      "active",
      true,
      true,
    ]);

    await world.passTo(539);
    expect(told("call:low-balance")).toEqual([]);
    await world.passTo(541);
    await vi.waitFor(() => expect(told("call:low-balance")).toHaveLength(1), { timeout: 10_000 });
    expect(told("call:low-balance")[0]).toMatchObject({ audience: ["leo"], data: { fundedUntil: atSecond(600) } });
    // The other side learns that the end is near, and nothing about the wallet.
    expect(told("call:ending-soon")).toMatchObject([{ audience: ["mia"], data: { fundedUntil: atSecond(600) } }]);
    expect((await leo.get(`/api/calls/${call.id}`)).body.call).toMatchObject({
      status: "active",
      heldCoins: 100,
      fundedUntil: atSecond(600),
    });

    await world.passTo(700);
    const ended = (await leo.get(`/api/calls/${call.id}`)).body.call;
    expect(ended).toMatchObject({
      status: "completed",
      endReason: "out_of_funds",
      endedBy: null,
      endedAt: atSecond(600),
      durationSeconds: 600,
      actualCoins: 100,
      heldCoins: 0,
    });
    expect((await leo.get("/api/wallet")).body).toMatchObject({ available: 0, held: 0 });
    expect((await mia.get("/api/wallet")).body).toMatchObject({ available: 80, earnings: 80 });
    await vi.waitFor(() => expect(told("call:ended")).toHaveLength(1), { timeout: 10_000 });
    expect(told("call:low-balance")).toHaveLength(1);
  });

  it("a top-up during the warning lets the call go on", async () => {
    await world.meet("leo", { coins: 60 });
    const begin = 700;
    const { call } = (await leo.post("/api/calls/initiate", { creatorId: "mia", estimatedMinutes: 6 })).body;
    await mia.post(`/api/calls/${call.id}/accept`);
    await world.tell(call.id, [
      { type: "joined", userId: "leo", at: begin },
      { type: "joined", userId: "mia", at: begin },
    ]);
    await world.passTo(begin + 310);
    expect((await leo.get(`/api/calls/${call.id}`)).body.call).toMatchObject({
      status: "active",
      fundedUntil: atSecond(begin + 360),
    });
    await world.meet("leo", { coins: 100 });
    await world.passTo(begin + 420);
    expect((await leo.get(`/api/calls/${call.id}`)).body.call.status).toBe("active");
    const { call: ended } = (await leo.post(`/api/calls/${call.id}/end`)).body;
    expect([ended.durationSeconds, ended.actualCoins]).toEqual([420, 70]);
    expect((await leo.get("/api/wallet")).body).toMatchObject({ available: 90, held: 0 });
  });
});
