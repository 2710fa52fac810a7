// The live connection: one socket however many hold it, answers or errors and nothing in between, and news as it comes.
import { expect, test, vi } from "vitest";
import { FakeSocket, settle } from "../../test/fakeServer.ts";
import { createLiveConnection, type Notice } from "./live.ts";

function world() {
  const socket = new FakeSocket();
  return { socket, live: createLiveConnection(socket) };
}

test("it is opened once for many holders and closed after the last one", async () => {
  const { socket, live } = world();
  const [first, second] = [live.hold(), live.hold()];
  expect(socket.connects).toBe(1);
  first();
  await settle();
  expect(live.state.get()).toBe("online");
  second();
  second();
  await settle();
  expect(socket.connected).toBe(false);
  expect(live.state.get()).toBe("offline");
});

test("let go and held again at once, it stays open", async () => {
  const { socket, live } = world();
  live.hold()();
  live.hold();
  await settle();
  expect([socket.connects, socket.connected]).toEqual([1, true]);
});

test("an acknowledgement is the answer, a refusal is thrown with its code", async () => {
  const { socket, live } = world();
  live.hold();
  socket.answers["call:heartbeat"] = () => ({ ok: true, serverTime: 5 });
  socket.answers["call:join"] = () => ({ ok: false, error: { code: "call_not_accepted", message: "not yet" } });
  expect(await live.ask("call:heartbeat", {})).toMatchObject({ serverTime: 5 });
  await expect(live.ask("call:join", {})).rejects.toMatchObject({ code: "call_not_accepted", message: "not yet" });
});

test.each([
  ["no acknowledgement in time", true],
  ["no line", false],
])("%s is an error that says nothing was heard", async (_, held) => {
  const { live } = world();
  if (held) live.hold();
  await expect(live.ask("call:hangup", {})).rejects.toMatchObject({ details: { unreachable: true } });
});

test("news is told to everybody who listens, with what belongs to every piece of it", () => {
  const { socket, live } = world();
  const heard: Notice[] = [];
  const stop = live.onNotice((notice) => heard.push(notice));
  socket.tell("call:started", { callId: "call_1", seq: 7, serverTime: "2026-03-01T12:00:00.000Z", startedAt: "x" });
  stop();
  socket.tell("wallet:updated", {});
  expect(heard).toMatchObject([{ type: "call:started", callId: "call_1", seq: 7, serverTime: 1772366400000 }]);
});

test("a goodbye of the server is answered by coming back, ours is not", () => {
  vi.useFakeTimers();
  const { socket, live } = world();
  const release = live.hold();
  socket.lose("io server disconnect");
  expect(live.state.get()).toBe("connecting");
  vi.advanceTimersByTime(1000);
  expect([socket.connects, live.state.get()]).toEqual([2, "online"]);
  release();
  vi.advanceTimersByTime(60_000);
  expect([socket.connects, socket.connected]).toEqual([2, false]);
  vi.useRealTimers();
});

test("a refused token is not sent again and again, another refusal is tried again", () => {
  vi.useFakeTimers();
  const { socket, live } = world();
  live.hold();
  socket.lose("transport close");
  socket.refuse(Object.assign(new Error("no"), { data: { code: "unauthenticated" } }));
  vi.advanceTimersByTime(60_000);
  expect(socket.connects).toBe(1);
  socket.refuse(Object.assign(new Error("starting"), { data: { code: "not_ready" } }));
  vi.advanceTimersByTime(4000);
  expect(socket.connects).toBe(2);
  vi.useRealTimers();
});
