// Source document 000 through Stream's signed webhooks: who pays a coin for ending a match early, and who does not.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CallJson, ParticipantsJson } from "../../src/charging/charging.ts";
import { databaseKinds } from "../databases.ts";
import { atSecond, type Person, Stage } from "./stage.ts";

interface Sheet {
  call: CallJson;
  participants: ParticipantsJson["participants"];
}

/** Seconds since both were there. */
type Act = (at: number) => Promise<void>;

describe.each(databaseKinds)("document 000 on $name: matches that Stream alone tells of", (kind) => {
  let stage: Stage;
  let ana: Person;
  let bo: Person;
  let cid: string;
  let start: number;
  let stories = 0;

  beforeAll(async () => {
    stage = await Stage.open({ kind });
  });
  afterAll(async () => {
    expect(await stage.complaints()).toEqual([]);
    await stage.close();
  });

  beforeEach(() => {
    stories += 1;
    Object.assign(stage.stream.troubles, { webhooksPacked: stories % 2 === 0, webhooksDoubled: stories % 3 === 0 });
  });

  /** A call that nobody told us of: Ana makes it at Stream, and both come in. */
  async function meet(coins = 5): Promise<void> {
    ana = await stage.meet(`ana${stories}`, { coins });
    bo = await stage.meet(`bo${stories}`, { coins });
    cid = stage.stream.createCall({
      id: `match-${stories}`,
      createdBy: ana.userId,
      memberIds: [ana.userId, bo.userId],
    });
    stage.stream.join(cid, ana.userId);
    await stage.jumpTo(stage.second + 2);
    stage.stream.join(cid, bo.userId);
    await stage.hear();
    start = stage.second;
  }

  const at: Act = async (second) => {
    await stage.hear();
    await stage.jumpTo(start + second);
  };

  /** Everything has been told, and time has passed. */
  async function settle(): Promise<Sheet> {
    await stage.hear();
    await stage.jumpTo(stage.second + 31);
    // The run is over when nobody has been in it for a while.
    stage.stream.sweep();
    await stage.hear();
    await stage.jumpTo(stage.second + 60);
    expect(new Set(stage.stream.recorded().map(({ outcome }) => outcome))).toEqual(new Set(["delivered"]));
    return read(ana);
  }
  const read = ({ token }: Person): Promise<Sheet> => stage.get<Sheet>(`/api/stream/session/${cid}`, token);
  const penaltyOf = (sheet: Sheet, { userId }: Person) =>
    sheet.participants.find((one) => one.userId === userId)?.penalty ?? null;
  const left = async () => [(await stage.coins(ana)).available, (await stage.coins(bo)).available];

  async function expectNoPenalty(sheet: Sheet, coins = 5): Promise<void> {
    expect(await left()).toEqual([coins, coins]);
    expect([penaltyOf(sheet, ana), penaltyOf(await read(bo), bo)]).toEqual([null, null]);
    expect(sheet.call).toMatchObject({ status: "completed", penalties: [] });
  }

  it.each(["ana", "bo"] as const)("ended on purpose at 30 s by %s: one coin, from nobody else", async (name) => {
    await meet();
    const [who, other] = name === "ana" ? [ana, bo] : [bo, ana];
    await at(30);
    stage.stream.endCall(cid, who.userId);
    await settle();
    const sheet = await read(who);
    expect(sheet.call).toMatchObject({
      status: "completed",
      preset: "match",
      startedAt: atSecond(start),
      endedAt: atSecond(start + 30),
      endedBy: who.userId,
      durationSeconds: 30,
      actualCoins: 0,
    });
    expect(penaltyOf(sheet, who)).toMatchObject({ policy: "early_exit", userId: who.userId, amount: 1 });
    expect(await left()).toEqual(name === "ana" ? [4, 5] : [5, 4]);
    expect(penaltyOf(await read(other), other)).toBeNull();
    // People with their times and reasons; a stranger is told that there is no such call.
    for (const { connections } of sheet.participants) {
      expect(connections).toHaveLength(1);
      expect(connections[0]).toMatchObject({ leftAt: atSecond(start + 30) });
    }
    expect(sheet.participants.map(({ presentSeconds }) => presentSeconds).sort()).toEqual([30, 32]);
    const stranger = await stage.meet(`eve${stories}`);
    expect((await stage.ask("GET", `/api/stream/session/${cid}`, { token: stranger.token })).status).toBe(404);
    expect((await stage.ask("GET", `/api/stream/session/${cid}`)).status).toBe(401);
  });

  const lost = ["connection lost: network error", "ping timeout", "user is leaving the call", ""];
  it.each(lost)("gone at 30 s, and the client says %j: nobody pays, whatever it says", async (reason) => {
    await meet();
    await at(30);
    stage.stream.leave(cid, bo.userId, reason);
    await at(50);
    stage.stream.leave(cid, ana.userId, "user is leaving the call");
    const sheet = await settle();
    expect(sheet.call).toMatchObject({
      endReason: "connection_lost",
      endedAt: atSecond(start + 30),
      durationSeconds: 30,
    });
    await expectNoPenalty(sheet);
  });

  it("kicked by the other at 20 s: neither pays", async () => {
    await meet();
    await at(20);
    stage.stream.kick(cid, bo.userId, ana.userId);
    await at(25);
    stage.stream.leave(cid, ana.userId);
    const sheet = await settle();
    expect(sheet.call).toMatchObject({ endReason: "kicked", endedBy: null, endedAt: atSecond(start + 20) });
    await expectNoPenalty(sheet);
  });

  it("ended by Stream's own timer, or by a server: nobody pays", async () => {
    await meet();
    await at(40);
    stage.stream.endCall(cid, null);
    const sheet = await settle();
    expect(sheet.call).toMatchObject({ endReason: "provider_ended", endedBy: null });
    await expectNoPenalty(sheet);
  });

  it.each([
    [59, 4],
    [60, 5],
    [65, 5],
    [300, 5],
  ])("ended on purpose at %i s: %i of 5 coins are left", async (seconds, coins) => {
    await meet();
    await at(seconds);
    stage.stream.endCall(cid, ana.userId);
    const sheet = await settle();
    expect(sheet.call).toMatchObject({ endedBy: ana.userId, durationSeconds: seconds });
    expect(await left()).toEqual([coins, 5]);
    expect(penaltyOf(sheet, ana)?.amount ?? 0).toBe(5 - coins);
  });

  it("ended on purpose at 30 s by somebody without a coin: nothing is taken, and nothing is owed", async () => {
    await meet(0);
    await at(30);
    stage.stream.endCall(cid, bo.userId);
    const sheet = await settle();
    expect((await read(bo)).call.endedBy).toBe(bo.userId);
    await expectNoPenalty(sheet, 0);
    await stage.post(`/api/sandbox/wallets/${bo.userId}/credit`, bo.token, { amount: 3 });
    await stage.jumpTo(stage.second + 600);
    expect(await left()).toEqual([0, 3]);
  });

  it("left at 20 s and back at 40 s, within the grace: no leave; they go on past the minute, and nobody pays", async () => {
    await meet();
    await at(20);
    stage.stream.leave(cid, bo.userId, "user is leaving the call");
    await at(40);
    stage.stream.join(cid, bo.userId);
    await at(41);
    expect((await read(ana)).call).toMatchObject({ status: "active", interruptedSince: null });
    await at(90);
    stage.stream.endCall(cid, bo.userId);
    const sheet = await settle();
    expect(sheet.call).toMatchObject({ durationSeconds: 90, endedAt: atSecond(start + 90) });
    expect(sheet.participants.find(({ userId }) => userId === bo.userId)).toMatchObject({
      presentSeconds: 70,
      connections: [
        { joinedAt: atSecond(start), leftAt: atSecond(start + 20) },
        { joinedAt: atSecond(start + 40), leftAt: atSecond(start + 90) },
      ],
    });
    await expectNoPenalty(sheet);
  });

  it("a reload at 20 s: the old connection closes after the new one came; nobody left", async () => {
    await meet();
    await at(20);
    stage.stream.reconnect(cid, ana.userId);
    await at(70);
    stage.stream.endCall(cid, ana.userId);
    const sheet = await settle();
    expect(sheet.call).toMatchObject({ durationSeconds: 70, billableSeconds: 0 });
    await expectNoPenalty(sheet);
  });

  it("the events as the document spells them, at its second address: the same coin", async () => {
    await meet();
    // Stream's API does not know what is only told here, and would say that nobody is there.
    stage.stream.troubles.apiDown = true;
    const person = (userId: string, joined: number) => ({
      user: { id: userId },
      user_session_id: `doc-${userId}`,
      joined_at: atSecond(joined),
    });
    stage.stream.sendWebhooksTo(`${stage.url(0)}/api/webhooks/stream-call-events`);
    const other = `default:document-${stories}`;
    const run = { session_id: `run-${stories}` };
    stage.stream.tell("call.created", other, { members: [{ user_id: ana.userId }, { user_id: bo.userId }] });
    stage.stream.tell("call.session.started", other, run);
    for (const { userId } of [ana, bo])
      stage.stream.tell("call.session.participant_joined", other, { ...run, participant: person(userId, start) });
    await at(45);
    stage.stream.tell("call.session.participant_left", other, {
      ...run,
      participant: person(ana.userId, start),
      reason: "left",
    });
    stage.stream.tell("call.ended", other, { user: { id: ana.userId } });
    await stage.hear();
    stage.tellTo(0);
    await stage.jumpTo(stage.second + 60);
    const sheet = await stage.get<Sheet>(`/api/stream/session/${other}`, ana.token);
    expect(sheet.call).toMatchObject({ status: "completed", endedBy: ana.userId, durationSeconds: 45 });
    expect(await left()).toEqual([4, 5]);
    stage.stream.troubles.apiDown = false;
    stage.stream.endCall(cid, null);
    await settle();
  });
});
