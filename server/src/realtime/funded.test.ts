// Nobody enters the room of a call that is paid on a chain before its deposit is there: not over HTTP, not over the socket.
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { openStage, type Stage } from "./stage.case.ts";

const [embedded] = databaseKinds;
let database: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  database = await embedded!.open();
  // Nothing answers there: what the chain says is told by the story.
  const settings = {
    CHAIN_RPC_URL: "http://127.0.0.1:9",
    CHAIN_ID: "31337",
    ESCROW_ADDRESS: `0x${"e5".repeat(20)}`,
    ESCROW_TOKEN: "native",
    ESCROW_CURRENCY: "TEST",
    METER_PRIVATE_KEY: `0x${"11".repeat(32)}`,
  };
  stage = await openStage(database.db, { settings });
});
afterAll(async () => {
  await stage.close();
  await database.close();
});

it("the token and the socket are refused until it is confirmed, and people who are in the call may come back", async () => {
  await Promise.all([stage.token("ada"), stage.token("ben")]);
  const { charging, clock } = stage.server;
  const opening = { payerId: "ada", payeeId: "ben", estimatedMinutes: 10, minimumMinutes: 0, autoAccept: true };
  const { id } = await charging.openCall({ ...opening, preset: "tutoring-onchain" });
  const told = (eventId: string, type: "call.funded" | "call.unfunded") =>
    charging.recordEvents(id, [
      {
        id: eventId,
        type,
        source: "chain",
        userId: null,
        connectionId: null,
        reason: null,
        occurredAt: clock.now(),
        untilAt: null,
      },
    ]);
  const ada = await stage.open("ada");
  const refused = { code: "not_funded", retryable: true };
  expect(await stage.request("ada", "GET", `/api/calls/${id}/token`)).toMatchObject({ status: 402, ...refused });
  expect(await ada.ask("call:join", { callId: id })).toMatchObject({ ok: false, error: refused });
  expect(await stage.log(id)).toHaveLength(1);

  await told("deposit:31337:0x1:0", "call.funded");
  expect(await ada.next("call:funded", id)).toMatchObject({ fundedAt: new Date(clock.now()).toISOString() });
  expect(await stage.request("ada", "GET", `/api/calls/${id}/token`)).toMatchObject({ provider: "webrtc" });
  expect(await ada.ask("call:join", { callId: id })).toMatchObject({ ok: true });
  const ben = await stage.open("ben");
  expect(await ben.ask("call:join", { callId: id })).toMatchObject({ ok: true });
  expect(await charging.readCall(id, null)).toMatchObject({ status: "active" });

  await told("deposit:31337:0x1:0:gone:1", "call.unfunded");
  await ada.next("call:unfunded", id);
  const again = await stage.open("ada");
  expect(await again.ask("call:join", { callId: id })).toMatchObject({ ok: true });
});
