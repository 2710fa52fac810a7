// Delivery as LiveKit does it: in order a room, five attempts, a 4xx is final, and what is too old or too much is dropped.
import { describe, expect, it } from "vitest";
import type { DeliveryAnswer } from "./courier.ts";
import { type LivekitFake, startLivekitFake } from "./fake.ts";

const keys = { apiKey: "APIcourier", apiSecret: "a-secret-of-the-test-with-32-characters" };

/** A fake whose waiting moves its clock, and whose receiver answers as it is told: the last answer for ever. */
async function start(
  answers: (DeliveryAnswer | "silence")[],
  work: (fake: LivekitFake, log: string[]) => Promise<void>,
) {
  let at = Date.UTC(2026, 10, 24, 12);
  const log: string[] = [];
  const waits: number[] = [];
  const fake = await startLivekitFake({
    ...keys,
    now: () => at,
    sweepEveryMs: null,
    sleep: async (ms) => {
      waits.push(ms);
      at += ms;
    },
    deliver: async ({ room, event, id }) => {
      log.push(`${room} ${event} ${id}`);
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? "silence";
      if (answer === "silence") throw new Error("nobody is there");
      return answer;
    },
  });
  await work(fake, log).finally(() => fake.stop());
  const outcomes = fake.recorded().map(({ outcome, attempts }) => [outcome, attempts]);
  return { outcomes, waits, log: log.map((line) => line.split(" ").slice(0, 2).join(" ")), ids: log };
}

const joinOne = async (fake: LivekitFake): Promise<void> => {
  fake.tell("participant_joined", "room_1");
  await fake.flush();
};

describe("one webhook", () => {
  it("is tried five times, after 1, 2, 4 and 8 seconds", async () => {
    const { outcomes, waits } = await start(["silence"], joinOne);
    expect(outcomes).toEqual([["gave_up", [null, null, null, null, null]]]);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it("is the same in every attempt", async () => {
    const { ids } = await start([{ status: 500 }, "silence", { status: 200 }], joinOne);
    expect([ids.length, new Set(ids).size]).toEqual([3, 1]);
  });

  it.each([400, 401, 404, 409, 413, 501])("is never sent again after %i", async (status) => {
    expect((await start([{ status }], joinOne)).outcomes).toEqual([["refused", [status]]]);
  });

  it.each([429, 500, 502, 503, 504])("is sent again after %i", async (status) => {
    expect((await start([{ status }, { status: 204 }], joinOne)).outcomes).toEqual([["delivered", [status, 204]]]);
  });

  it("waits as long as a 503 or 429 asks for, and not as a 500 does", async () => {
    const asked = (status: number) => ({ status, retryAfter: "5" });
    const { waits } = await start([asked(503), asked(500), asked(429), { status: 200 }], joinOne);
    expect(waits).toEqual([5_000, 2_000, 5_000]);
  });
});

describe("several webhooks", () => {
  it("come in order within a room, and a room does not wait for another", async () => {
    const { log } = await start(["silence", { status: 200 }], async (fake) => {
      for (const event of ["a", "b"]) for (const room of ["room_1", "room_2"]) fake.tell(event, room);
      await fake.flush();
    });
    const of = (room: string) => log.filter((line) => line.startsWith(room));
    expect(of("room_1")).toEqual(["room_1 a", "room_1 a", "room_1 b"]);
    expect(of("room_2")).toEqual(["room_2 a", "room_2 b"]);
  });

  it("are dropped when they waited longer than 30 s behind others", async () => {
    const { outcomes } = await start(["silence"], async (fake) => {
      for (const event of ["a", "b", "c", "d"]) fake.tell(event, "room_1");
      await fake.flush();
    });
    expect(outcomes.map(([outcome]) => outcome)).toEqual(["gave_up", "gave_up", "gave_up", "dropped_for_age"]);
  });

  it("are dropped beyond 200 in a room's queue", async () => {
    const { outcomes } = await start([{ status: 200 }], async (fake) => {
      for (let n = 0; n < 205; n++) fake.tell("track_published", "room_1");
      await fake.flush();
    });
    const count = (name: string) => outcomes.filter(([outcome]) => outcome === name).length;
    expect([count("delivered"), count("dropped_for_depth")]).toEqual([200, 5]);
  });
});

describe("troubles", () => {
  const play = async (fake: LivekitFake): Promise<void> => {
    for (const event of ["a", "b", "c"]) fake.tell(event, "room_1");
    await fake.flush();
  };

  it("webhooksDropped: nothing is sent", async () => {
    const { outcomes, log } = await start([{ status: 200 }], async (fake) => {
      fake.troubles.webhooksDropped = true;
      await play(fake);
    });
    expect([log, outcomes]).toEqual([[], Array(3).fill(["dropped", []])]);
  });

  it("webhooksDoubled: each comes twice, the same", async () => {
    const { ids, log } = await start([{ status: 200 }], async (fake) => {
      fake.troubles.webhooksDoubled = true;
      await play(fake);
    });
    expect(log).toEqual(["room_1 a", "room_1 a", "room_1 b", "room_1 b", "room_1 c", "room_1 c"]);
    expect(new Set(ids).size).toBe(3);
  });

  it("webhooksReordered: the last comes first", async () => {
    const { log } = await start([{ status: 200 }], async (fake) => {
      fake.troubles.webhooksReordered = true;
      await play(fake);
    });
    expect(log).toEqual(["room_1 c", "room_1 b", "room_1 a"]);
  });

  it("a crash in the middle of an attempt: it is not tried again", async () => {
    const { outcomes, waits } = await start(["silence"], async (fake) => {
      fake.tell("a", "room_1");
      fake.tell("b", "room_1");
      await Promise.resolve();
      fake.crash();
      await fake.flush();
    });
    expect(outcomes).toEqual([
      ["gave_up", [null]],
      ["dropped", []],
    ]);
    expect(waits).toEqual([]);
  });
});
