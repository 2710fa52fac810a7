// A match over real sockets: both are told at once, wherever they are connected, and a penalty is told to one of them only.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { openStage, type Stage } from "./stage.case.ts";

type Penalised = { call: { id: string; penalties: { userId: string; amount: number }[] } };

describe.each(databaseKinds.map((kind) => [kind.name, kind] as const))("a match on %s", (_name, kind) => {
  let database: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    database = await kind.open();
    stage = await openStage(database.db);
  });
  afterAll(async () => {
    expect(stage.faults).toEqual([]);
    await stage.close();
    await database.close();
  });

  it("is told to both, needs no ringing, and who leaves early hears of the penalty alone", async () => {
    const [ada, ben] = [await stage.open("ada"), await stage.open("ben")];
    // An open connection keeps the place, however long the clock of the sandbox was moved.
    await stage.request("ada", "POST", "/api/matchmaking/join");
    stage.clock.at += 3_600_000;
    await stage.request("ben", "POST", "/api/matchmaking/join");
    const found = await ada.next("match:found");
    const callId = String(found.callId);
    expect(found).toMatchObject({
      matchId: expect.stringMatching(/^match_/),
      call: { id: callId, status: "accepted" },
    });
    expect(await ben.next("match:found", callId)).toMatchObject({ matchId: found.matchId });
    expect(ben.count("call:incoming")).toBe(0);

    expect(await ada.ask("call:join", { callId })).toMatchObject({ ok: true });
    expect(await ben.ask("call:join", { callId })).toMatchObject({ ok: true, live: { call: { status: "active" } } });
    for (const beat of [10_000, 10_000]) {
      stage.clock.at += beat;
      for (const browser of [ada, ben]) await browser.ask("call:heartbeat", { callId });
    }
    await fetch(`${stage.url}/api/sandbox/wallets/ben/credit`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ amount: 3 }),
    });
    const hungUp = (await ben.ask("call:hangup", { callId })) as unknown as Penalised;
    expect(hungUp.call.penalties).toMatchObject([{ userId: "ben", amount: 1 }]);
    const told = (await ben.next("call:penalty", callId)) as unknown as Penalised;
    expect(told).toMatchObject({ penalty: { userId: "ben", amount: 1, policy: "early_exit" } });
    expect(told.call.penalties).toHaveLength(1);
    expect(((await ben.next("call:ended", callId)) as unknown as Penalised).call.penalties).toHaveLength(1);
    // Nobody learns what another person was penalised.
    expect(((await ada.next("call:ended", callId)) as unknown as Penalised).call.penalties).toEqual([]);
    expect(ada.count("call:penalty")).toBe(0);
  });
});
