// Who a found call is for and from when it counts: pure, and the same whatever comes first.
import { findPreset } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { countsFrom, findCall, firstPresence, firstSeen, isSomebodyThere } from "./people.ts";
import { permutations } from "./stage.case.ts";
import type { StoredWebhook } from "./stored.ts";

type Told = {
  type?: string;
  who?: string | null;
  at: number;
  connection?: string | null;
  createdBy?: string;
  life?: string | null;
  people?: string[];
};

/** A stored webhook with one event; seconds. */
function told({
  type = "participant.joined",
  who = null,
  at,
  connection,
  createdBy,
  life = "one",
  people = [],
}: Told): StoredWebhook {
  const connectionId = connection === undefined ? (who === null ? null : `c-${who}`) : connection;
  return {
    provider: "stream",
    id: `${type}:${who}:${at}`,
    kind: type,
    roomName: "default:a",
    life,
    occurredAt: at * 1000,
    receivedAt: 0,
    events: [
      {
        id: "e",
        type: type as "hangup",
        source: "webhook",
        userId: who,
        connectionId,
        reason: null,
        occurredAt: at * 1000,
        untilAt: null,
      },
    ],
    people,
    createdBy: createdBy ?? null,
    callId: null,
    outcome: "pending",
  };
}
const nothing = (at: number, createdBy?: string): StoredWebhook => ({
  ...told({ at, ...(createdBy === undefined ? {} : { createdBy }) }),
  events: [],
});

describe("a call found by its webhooks", () => {
  it("is found when two people have been there, whichever webhook came first", () => {
    const all = [
      nothing(0, "mia"),
      told({ who: "mia", at: 1 }),
      told({ who: "leo", at: 5 }),
      told({ type: "participant.left", who: "leo", at: 9 }),
    ];
    for (const order of permutations(all)) {
      expect(findCall(order, findPreset("match"))).toEqual({ payerId: "leo", payeeId: "mia", requestedAt: 1000 });
    }
    expect(findCall(all.slice(0, 2), findPreset("match"))).toMatch(/only mia has been seen/);
    expect(findCall(all.slice(0, 1), findPreset("match"))).toMatch(/nobody has been seen/);
  });

  it("is for the first two who were there, when there are more", () => {
    const all = [told({ who: "zoe", at: 3 }), told({ who: "mia", at: 1 }), told({ who: "leo", at: 2 })];
    for (const order of permutations(all))
      expect(findCall(order, findPreset("match"))).toMatchObject({ payerId: "leo", payeeId: "mia" });
  });

  it("is paid by the one who made it, where something is paid", () => {
    const both = [told({ who: "leo", at: 1 }), told({ who: "mia", at: 2 })];
    expect(findCall([...both, nothing(0, "mia")], findPreset("coin-minutes"))).toMatchObject({
      payerId: "mia",
      payeeId: "leo",
    });
    expect(findCall([nothing(0, "leo"), ...both], findPreset("coin-minutes"))).toMatchObject({
      payerId: "leo",
      payeeId: "mia",
    });
    expect(findCall(both, findPreset("coin-minutes"))).toMatch(/nobody says which of leo and mia/);
    expect(findCall([nothing(0, "backend"), ...both], findPreset("coin-minutes"))).toMatch(/nobody says/);
  });

  it("needs one person where there are no sides", () => {
    expect(findCall([told({ who: "mia", at: 4 }), told({ who: "leo", at: 2 })], findPreset("study-room"))).toEqual({
      payerId: "leo",
      payeeId: null,
      requestedAt: 2000,
    });
  });

  it("counts from its first, and from shortly before its second for who waited long", () => {
    expect(countsFrom([0, 50_000], findPreset("match"))).toBe(0);
    expect(countsFrom([0, 600_000], findPreset("match"))).toBe(540_000);
  });

  it("knows the first moment of a life of the room, and not that of another", () => {
    const all = [
      told({ who: "leo", at: 9, life: "two" }),
      told({ who: "mia", at: 3 }),
      told({ who: "leo", at: 7, life: "two" }),
    ];
    expect([firstPresence(all, "one"), firstPresence(all, "two"), firstPresence(all, "three")]).toEqual([
      3000,
      7000,
      null,
    ]);
    expect(firstSeen(all)).toEqual([
      ["mia", 3000],
      ["leo", 7000],
    ]);
  });

  it("counts sightings of people, and takes nobody for one whom only a track tells of", () => {
    const joined = told({ who: "leo", at: 1, people: ["leo"] });
    const agent = told({ type: "participant.seen", who: "agent-1", at: 2 });
    const track = told({ type: "participant.seen", who: "mia", at: 3 });
    expect(findCall([joined, agent, track], findPreset("match"))).toMatch(/only leo has been seen/);
    const left = told({ type: "participant.left", who: "mia", at: 60, people: ["mia"] });
    expect(findCall([joined, agent, track, left], findPreset("match"))).toMatchObject({
      payerId: "leo",
      payeeId: "mia",
    });
    expect(firstSeen([joined, agent, track, left])).toEqual([
      ["leo", 1000],
      ["mia", 3000],
    ]);
  });

  it("knows whether somebody is there still", () => {
    const leo = told({ who: "leo", at: 1 });
    const left = told({ type: "participant.left", who: "leo", at: 2 });
    expect(isSomebodyThere([leo])).toBe(true);
    expect(isSomebodyThere([left, leo])).toBe(false);
    expect(isSomebodyThere([leo, left, told({ who: "leo", at: 3, connection: "c2" })])).toBe(true);
    expect(isSomebodyThere([leo, told({ type: "participant.left", at: 4, connection: null })])).toBe(false);
    expect(isSomebodyThere([leo, told({ type: "call.ended", who: "leo", at: 4 })])).toBe(false);
    const there = told({ type: "participant.seen", who: "leo", at: 2 });
    expect([isSomebodyThere([there]), isSomebodyThere([there, left]), isSomebodyThere([left, there])]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isSomebodyThere([])).toBe(false);
  });
});
