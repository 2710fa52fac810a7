// Calls that are over: whose room is closed, until when it is tried, and who is removed that comes back.
import { FairminuteError } from "@fairminute/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds, type TestDatabase } from "../../test/databases.ts";
import { Stage, type Story } from "./stage.case.ts";
import { NEVER } from "./watched.ts";

describe.each(databaseKinds)("the end of a room on $name", (kind) => {
  let test: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    test = await kind.open();
  });
  afterEach(async () => {
    await test.db.query("delete from provider_calls");
    expect(stage.faults).toEqual([]);
  });
  afterAll(() => test.close());

  async function talking(more: Parameters<Stage["open"]>[0] = {}): Promise<Story> {
    const story = await stage.open(more);
    if (more.accepted === undefined && "accepted" in more) {
      await stage.world.hall.commandCall(story.call.id, { kind: "accept", userId: story.mia });
      await stage.look.ensureRoom(story.call.id);
    }
    stage.rooms.enter(story.room, story.leo, `${story.call.id}-l`);
    stage.rooms.enter(story.room, story.mia, `${story.call.id}-m`);
    await stage.to(stage.rooms.seconds() + 5);
    expect((await stage.read(story)).status).toBe("active");
    return story;
  }
  const leaveBoth = ({ room, call }: Story) => {
    stage.rooms.leave(room, `${call.id}-l`);
    stage.rooms.leave(room, `${call.id}-m`);
  };
  const hangUp = ({ call, leo }: Story) => stage.world.hall.commandCall(call.id, { kind: "end", userId: leo });

  it("our own room is made once for a call that was opened here, never for an app's, and closed at the end", async () => {
    stage = new Stage(test);
    const ours = await talking({ accepted: undefined });
    const theirs = await stage.open();
    await stage.look.ensureRoom(theirs.call.id);
    expect(stage.rooms.asked.filter(({ what }) => what === "openRoom")).toMatchObject([{ room: ours.room }]);
    await hangUp(ours);
    await stage.to(stage.rooms.seconds() + 1);
    expect(stage.rooms.asked.filter(({ what }) => what === "endCall")).toMatchObject([{ room: ours.room }]);
    expect(await stage.row(ours)).toMatchObject({ state: "closed", failures: 0 });
    await expect(stage.look.ensureRoom(ours.call.id)).rejects.toMatchObject({ code: "call_not_joinable" });
    await expect(stage.look.ensureRoom("call_none")).rejects.toMatchObject({ code: "call_not_found" });
  });

  it("people who simply leave an app's room: nothing is closed, and nobody looks any more but for those who come back", async () => {
    stage = new Stage(test);
    const story = await talking();
    leaveBoth(story);
    await stage.to(60);
    expect(await stage.row(story)).toMatchObject({ state: "closed" });
    await stage.to(60 + 700);
    expect(Number((await stage.row(story)).next_look_at)).toBe(NEVER);
    expect(stage.rooms.count("endCall")).toBe(0);
  });

  it("an app's free room is left to the app: who comes back stays, and nobody looks", async () => {
    stage = new Stage(test);
    const story = await talking({ preset: "match" });
    leaveBoth(story);
    await stage.to(60);
    expect(Number((await stage.row(story)).next_look_at)).toBe(NEVER);
    stage.rooms.enter(story.room, story.leo, "again");
    await stage.look.poke(story.call.id);
    await stage.to(80);
    expect([stage.rooms.count("endCall"), stage.rooms.count("removeParticipant")]).toEqual([0, 0]);
  });

  it("out of funds: the app's room is closed although the app made it", async () => {
    stage = new Stage(test);
    const story = await talking({ coins: 20, estimatedMinutes: 2, minimumMinutes: 1 });
    await stage.to(200);
    expect(await stage.read(story)).toMatchObject({ status: "completed", endReason: "out_of_funds" });
    expect(stage.rooms.asked.filter(({ what }) => what === "endCall")).toMatchObject([{ room: story.room }]);
    expect(stage.rooms.size(story.room)).toBe(0);
    expect(await stage.row(story)).toMatchObject({ state: "closed" });
  });

  it("one leaves for good, the other waits: the paid call is over, and so is the room", async () => {
    stage = new Stage(test);
    const story = await talking();
    stage.rooms.leave(story.room, `${story.call.id}-l`);
    await stage.to(60);
    expect(stage.rooms.count("endCall")).toBe(1);
    expect(await stage.row(story)).toMatchObject({ state: "closed" });
  });

  it("the order to end is refused, then ignored, then obeyed: it is repeated until nobody is there, and the operator sees it", async () => {
    stage = new Stage(test);
    const story = await talking();
    stage.rooms.trouble = new FairminuteError("provider_unavailable", "LiveKit answers 500");
    await hangUp(story);
    await stage.to(600);
    const settled = await stage.read(story);
    expect(settled.status).toBe("completed");
    const tried = await stage.row(story);
    expect(tried).toMatchObject({ state: "closing", last_error: "LiveKit answers 500" });
    expect(tried.failures).toBeGreaterThan(8);
    const troubles = () => stage.look.listWatchedCalls({ state: "troubled", limit: 10 });
    expect((await troubles()).providerCalls).toMatchObject([
      { callId: story.call.id, lastError: "LiveKit answers 500" },
    ]);

    stage.rooms.trouble = null;
    stage.rooms.isDisobedient = true;
    await stage.to(900);
    expect(await stage.row(story)).toMatchObject({ state: "closing" });
    expect((await stage.row(story)).last_error).toContain(
      `still in the room after the end: ${story.leo}, ${story.mia}`,
    );
    expect(stage.rooms.count("endCall")).toBeGreaterThan(3);

    // Cutting each of them was tried as well.
    expect(stage.rooms.count("removeParticipant")).toBeGreaterThan(3);
    stage.rooms.isDisobedient = false;
    await stage.to(1000);
    expect(await stage.row(story)).toMatchObject({ state: "closed", failures: 0, last_error: null });
    expect((await troubles()).providerCalls).toEqual([]);
    expect(await stage.read(story)).toEqual(settled);
  });

  it("where rooms cannot be closed, everybody is cut", async () => {
    stage = new Stage(test, { abilities: { end: false } });
    const story = await talking();
    await hangUp(story);
    await stage.to(stage.rooms.seconds() + 1);
    expect(stage.rooms.count("removeParticipant")).toBe(2);
    expect(await stage.row(story)).toMatchObject({ state: "closed" });
  });

  it("who comes back after the end is removed: by a webhook at once, without one at a later look", async () => {
    stage = new Stage(test);
    const story = await talking({ accepted: undefined });
    await hangUp(story);
    await stage.to(stage.rooms.seconds() + 1);
    expect(stage.rooms.count("endCall")).toBe(1);
    stage.rooms.enter(story.room, story.leo, "back-1");
    await stage.look.poke(story.call.id);
    await stage.to(stage.rooms.seconds() + 0.1);
    expect([stage.rooms.count("endCall"), stage.rooms.size(story.room)]).toEqual([2, 0]);
    stage.rooms.enter(story.room, story.leo, "back-2");
    await stage.to(stage.rooms.seconds() + 60);
    expect([stage.rooms.count("endCall"), stage.rooms.size(story.room)]).toEqual([3, 0]);
    await stage.to(stage.rooms.seconds() + 1000);
    expect(await stage.row(story)).toMatchObject({ state: "closed", failures: 0 });
    expect(Number((await stage.row(story)).next_look_at)).toBe(NEVER);
  });

  it("the room carries the next call: it is left alone, and only the row of the old one is closed", async () => {
    stage = new Stage(test);
    const first = await talking();
    await hangUp(first);
    const second = await stage.open({ roomName: first.room });
    await stage.to(stage.rooms.seconds() + 30);
    expect(await stage.row(first)).toMatchObject({ state: "closed" });
    expect(await stage.row(second)).toMatchObject({ state: "live" });
    expect([stage.rooms.count("endCall"), stage.rooms.size(first.room)]).toEqual([0, 2]);
  });

  it("a call that was never accepted is closed without a word to the provider", async () => {
    stage = new Stage(test);
    const story = await stage.open({ accepted: undefined });
    await stage.world.hall.commandCall(story.call.id, { kind: "reject", userId: story.mia });
    await stage.to(20);
    expect(stage.rooms.asked).toEqual([]);
    expect(await stage.row(story)).toMatchObject({ state: "closed" });
    expect(Number((await stage.row(story)).next_look_at)).toBe(NEVER);
  });

  it("a provider that is not configured any more is shown to the operator, and waited for", async () => {
    stage = new Stage(test);
    const story = await stage.open({ provider: "gone" });
    await stage.to(30);
    const { providerCalls } = await stage.look.listWatchedCalls({ state: "troubled", limit: 10 });
    expect(providerCalls).toMatchObject([{ callId: story.call.id, state: "live" }]);
    expect(providerCalls[0]?.lastError).toContain("the provider gone is not configured");
  });

  it("the limit at the provider is set when the call starts and moves with the money", async () => {
    stage = new Stage(test, { abilities: { limit: true } });
    const story = await talking({ coins: 60, estimatedMinutes: 2, minimumMinutes: 1 });
    const limits = () => stage.rooms.asked.filter(({ what }) => what === "limitCall").map(({ more }) => more as number);
    const startedAt = stage.at((await stage.read(story)).startedAt) as number;
    const funded = async () => (stage.at((await stage.read(story)).fundedUntil) as number) - startedAt;
    expect(limits()).toEqual([(await funded()) + 30]);
    await stage.to(130);
    expect(limits().length).toBeGreaterThan(1);
    expect(limits().at(-1)).toBe((await funded()) + 30);
    await stage.to(150);
    const last = limits().length;
    // Nothing has moved: nothing is said twice.
    expect(new Set(limits()).size).toBe(last);
  });
});
