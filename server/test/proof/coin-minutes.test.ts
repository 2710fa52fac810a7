// Source document 003 through LiveKit's signed webhooks: what a call costs when it is hung up at 65, 95 and 125 seconds.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../databases.ts";
import type { Answer } from "../processes.ts";
import { atSecond, onPostgres, type Person, Stage } from "./stage.ts";

/** Hung up at so many seconds; the coins; the seconds at which a minute was complete. */
const cases: [seconds: number, coins: number, minutes: number[]][] = [
  [65, 10, [60]],
  [95, 10, [60]],
  [125, 20, [60, 120]],
];

interface Story {
  room: string;
  client: Person;
  creator: Person;
  callId: string;
  /** Seconds after noon at which both were there. */
  start: number;
}

let stories = 0;

/** The client asks for a token, which opens the call; both join with their tokens. */
async function talk(stage: Stage): Promise<Story> {
  stories += 1;
  const room = `videochat_${stories}`;
  const client = await stage.meet(`client${stories}`, { coins: 100 });
  const creator = await stage.meet(`model${stories}`, { role: "creator" });
  const asks = { room_name: room, role: "cliente", payee_id: creator.userId };
  const token = ({ token }: Person, server: number) =>
    stage.post<{ token: string; call_id: string }>("/api/livekit/token-secure", token, asks, server);
  const [first, second] = [await token(client, 0), await token(creator, 1)];
  expect(second.call_id).toBe(first.call_id);
  expect(await stage.coins(client)).toEqual({ available: 90, held: 10, earnings: 0 });
  stage.livekit.join(room, client.userId, { token: first.token });
  stage.livekit.join(room, creator.userId, { token: second.token });
  await stage.hear();
  return { room, client, creator, callId: first.call_id, start: stage.second };
}

async function expectBill(
  stage: Stage,
  { callId, client, creator, start }: Story,
  [seconds, coins, minutes]: (typeof cases)[number],
) {
  const receipt = await stage.receipt(callId, client.token);
  expect(receipt).toMatchObject({
    status: "completed",
    startedAt: atSecond(start),
    endedAt: atSecond(start + seconds),
    endReason: "payer_hung_up",
    endedBy: client.userId,
    durationSeconds: seconds,
    total: coins,
  });
  const lines = receipt.payers[0]?.lines.map(({ kind, from, to, amount }) => ({ kind, from, to, amount }));
  expect(lines).toEqual(
    minutes.map((minute) => ({
      kind: "usage",
      from: atSecond(start + minute - 60),
      to: atSecond(start + minute),
      amount: 10,
    })),
  );
  expect(await stage.coins(client)).toEqual({ available: 100 - coins, held: 0, earnings: 0 });
  expect(await stage.coins(creator)).toEqual({ available: coins * 0.8, held: 0, earnings: coins * 0.8 });
}

describe.each(databaseKinds)("document 003 on $name: LiveKit tells, and nobody else", (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ kind });
  });
  afterAll(async () => {
    expect(await stage.complaints()).toEqual([]);
    await stage.close();
  });

  it.each(cases)("hung up at %i s: %i coins, a line for the minutes at %j s", async (...bill) => {
    const story = await talk(stage);
    await stage.jumpTo(story.start + bill[0]);
    stage.livekit.leave(story.room, story.client.userId);
    await stage.jumpTo(story.start + bill[0] + 1);
    stage.livekit.leave(story.room, story.creator.userId);
    stage.livekit.finishRoom(story.room);
    await stage.hear();
    await stage.jumpTo(story.start + bill[0] + 60);
    await expectBill(stage, story, bill);
    expect(stage.livekit.recorded().map(({ outcome }) => outcome)).not.toContain("refused");
  });
});

describe("document 003 with an eager browser: two servers on one PostgreSQL", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ kind: onPostgres, servers: 2 });
  });
  afterAll(async () => {
    expect(await stage.complaints()).toEqual([]);
    await stage.close();
  });

  const deduct = ({ room, client, creator }: Story, i: number): Promise<Answer> =>
    stage.ask("POST", "/api/livekit/periodic-deduction", {
      server: i,
      token: (i % 4 < 2 ? client : creator).token,
      body: { room_name: room, session_duration_seconds: 60 * i, manual_coins_amount: 10 },
    });
  const end = ({ room, client }: Story, i: number): Promise<Answer> =>
    stage.ask("POST", "/api/livekit/end-coin-session", { server: i, token: client.token, body: { room_name: room } });

  /** Eight browsers whose timers never rest, until they are told. @returns how often they called */
  function hammer(story: Story): () => Promise<number> {
    let stopped = false;
    let count = 0;
    const clients = Array.from({ length: 8 }, async (_, i) => {
      for (; !stopped; count++) {
        const { status, body } = await deduct(story, i + count);
        expect([status, body.success]).toEqual([200, true]);
      }
    });
    return async () => {
      stopped = true;
      await Promise.all(clients);
      return count;
    };
  }

  it.each(cases)(
    "hung up at %i s by 20 end requests at once, 8 clients deducting all the while: %i coins, a line for the minutes at %j s",
    async (...bill) => {
      const story = await talk(stage);
      const stop = hammer(story);
      for (const second of [...bill[2], bill[0]]) await stage.jumpTo(story.start + second);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => end(story, i)));
      expect(await stop()).toBeGreaterThan(8);
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(answers[0]?.body).toMatchObject({ status: "completed", coins_consumed: bill[1] });
      const late = await Promise.all(Array.from({ length: 16 }, (_, i) => deduct(story, i)));
      for (const { body } of late) expect(body).toMatchObject({ status: "completed", coins_consumed: bill[1] });
      await expectBill(stage, story, bill);
      // LiveKit's own word comes after ours, and a timer that nobody stopped goes on: the same coins. Whoever our closing of the
      // room has not put out by now leaves by themselves.
      for (const userId of stage.livekit.peopleIn(story.room)) stage.livekit.leave(story.room, userId);
      await stage.hear();
      await stage.jumpTo(stage.second + 120);
      await Promise.all(Array.from({ length: 8 }, (_, i) => deduct(story, i)));
      await expectBill(stage, story, bill);
    },
  );

  it.each(cases)(
    "hung up at %i s at LiveKit, each side's webhooks doubled and to another server, 8 clients deducting, 20 ending after the grace: %i coins",
    async (...bill) => {
      stage.livekit.troubles.webhooksDoubled = true;
      const story = await talk(stage);
      const stop = hammer(story);
      for (const second of [...bill[2], bill[0]]) await stage.jumpTo(story.start + second);
      stage.livekit.leave(story.room, story.client.userId);
      await stage.hear();
      await stage.jumpTo(story.start + bill[0] + 2);
      stage.tellTo(1);
      stage.livekit.leave(story.room, story.creator.userId);
      await stage.hear();
      stage.tellTo(0);
      await stage.jumpTo(story.start + bill[0] + 31);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => end(story, i)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      await stop();
      await stage.jumpTo(stage.second + 60);
      await expectBill(stage, story, bill);
    },
  );
});
