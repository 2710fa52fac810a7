// A call that a provider carries: the grant, the room, its losses, and an end that the server acknowledges.
import { FairminuteError } from "@fairminute/core";
import { expect, test, vi } from "vitest";
import type { LiveConnection, Notice } from "../client/live.ts";
import { createStore } from "../client/store.ts";
import type { CallJson, JoinGrantJson } from "../client/wire.ts";
import type { Carrier, CarrierRoom, CarrierRoomState } from "./carrier.ts";
import { createLocalMedia } from "./media.ts";
import { createRoomConnection } from "./roomConnection.ts";

const grant: JoinGrantJson = {
  provider: "livekit",
  token: "t",
  roomName: "room_1",
  serverUrl: "wss://media.example.com",
  iceServers: null,
  apiKey: null,
};
const other = { userId: "mia", connectionId: "PA_m", stream: {} as MediaStream, camera: true, microphone: true };

function world(options: { carrier?: Carrier | null; refuse?: FairminuteError } = {}) {
  const listeners = new Set<(notice: Notice) => void>();
  const timers: (() => void)[] = [];
  const rooms: (CarrierRoom & { left: number })[] = [];
  const enter: Carrier = async () => {
    const room = {
      state: createStore<CarrierRoomState>({ link: "connected", remote: null }),
      connectionId: `PA_${rooms.length + 1}`,
      left: 0,
      setMedia: vi.fn(),
      leave: () => void room.left++,
      readStats: async () => null,
    };
    rooms.push(room);
    return room;
  };
  const readGrant = vi.fn(async () => {
    if (options.refuse !== undefined) throw options.refuse;
    return grant;
  });
  const endOverHttp = vi.fn(async () => ({ id: "call_1", status: "completed" }) as CallJson);
  const media = createLocalMedia(undefined);
  const connection = createRoomConnection({
    callId: "call_1",
    provider: "livekit",
    carrier: options.carrier === null ? undefined : async () => options.carrier ?? enter,
    readGrant,
    endOverHttp,
    media,
    live: {
      onNotice: (listener: (notice: Notice) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      hold: () => () => {},
    } as unknown as LiveConnection,
    after: (_ms, run) => {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
  });
  const settle = () => new Promise((done) => setTimeout(done, 0));
  const runTimers = async () => {
    for (const run of timers.splice(0)) run();
    await settle();
  };
  const tell = (type: string, callId = "call_1") => {
    for (const listener of listeners) listener({ type, callId, data: {} } as unknown as Notice);
  };
  return {
    connection,
    rooms,
    readGrant,
    endOverHttp,
    settle,
    runTimers,
    tell,
    phase: () => connection.state.get().phase,
  };
}

test("joins with a grant, waits alone, and is connected when the other one is there", async () => {
  const { connection, rooms, settle, phase } = world();
  expect(phase()).toBe("idle");
  connection.join();
  expect(phase()).toBe("joining");
  await settle();
  expect(phase()).toBe("waiting");
  expect(connection.state.get().connectionId).toBe("PA_1");
  rooms[0]?.state.set({ link: "connected", remote: other });
  expect(phase()).toBe("connected");
  expect(connection.state.get().remote).toBe(other);
  rooms[0]?.state.set({ link: "reconnecting", remote: other });
  expect(phase()).toBe("reconnecting");
});

test("a room that lets us go is entered again with a fresh grant", async () => {
  const { connection, rooms, settle, runTimers, readGrant, phase } = world();
  connection.join();
  await settle();
  rooms[0]?.state.set({ link: "connected", remote: other });
  rooms[0]?.state.set({ link: "closed", remote: null });
  expect(phase()).toBe("reconnecting");
  expect(rooms[0]?.left).toBe(1);
  await runTimers();
  expect(readGrant).toHaveBeenCalledTimes(2);
  expect(connection.state.get().connectionId).toBe("PA_2");
});

test("a room that cannot be entered is tried again; a refusal of the server is final", async () => {
  let tries = 0;
  const failing: Carrier = async () => {
    tries++;
    throw new Error("no route");
  };
  const lost = world({ carrier: failing });
  lost.connection.join();
  await lost.settle();
  await lost.runTimers();
  expect([tries, lost.phase()]).toEqual([2, "joining"]);

  const refused = world({ refuse: new FairminuteError("forbidden", "no") });
  refused.connection.join();
  await refused.settle();
  expect(refused.phase()).toBe("refused");
  const over = world({ refuse: new FairminuteError("call_not_joinable", "over") });
  over.connection.join();
  await over.settle();
  expect(over.phase()).toBe("ended");
});

test("an app without a client for the provider says so", async () => {
  const { connection, settle, phase } = world({ carrier: null });
  connection.join();
  await settle();
  expect(phase()).toBe("refused");
  expect(connection.state.get().problem?.code).toBe("provider_not_configured");
});

test("hanging up is acknowledged by the server, and leaves the room even if the server cannot be reached", async () => {
  const { connection, rooms, settle, endOverHttp, phase } = world();
  connection.join();
  await settle();
  endOverHttp.mockRejectedValueOnce(new FairminuteError("not_ready", "away"));
  await expect(connection.hangUp()).rejects.toMatchObject({ code: "not_ready" });
  expect([rooms[0]?.left, phase()]).toEqual([1, "ended"]);
});

test("the end of the call takes us out of the room, another call's end does not; a closed view is no hang-up", async () => {
  const first = world();
  first.connection.join();
  await first.settle();
  first.tell("call:ended", "call_2");
  expect(first.phase()).toBe("waiting");
  first.tell("call:ended");
  expect([first.phase(), first.rooms[0]?.left]).toEqual(["ended", 1]);

  const second = world();
  second.connection.join();
  await second.settle();
  second.connection.leave();
  expect([second.phase(), second.rooms[0]?.left]).toEqual(["ended", 1]);
  expect(second.endOverHttp).not.toHaveBeenCalled();
});

test("a room that is entered after the view was left is left at once", async () => {
  const { connection, rooms, settle } = world();
  connection.join();
  connection.leave();
  await settle();
  await settle();
  expect(rooms.every(({ left }) => left === 1)).toBe(true);
});
