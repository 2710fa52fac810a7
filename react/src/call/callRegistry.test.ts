// The registry: one connection per call however often it is used, left only when nobody comes back for it.
import { expect, test, vi } from "vitest";
import type { CallConnection } from "./callConnection.ts";
import { createCallRegistry } from "./callRegistry.ts";

function world() {
  const later: (() => void)[] = [];
  const create = vi.fn((callId: string) => {
    const state = { phase: "connected" };
    return {
      callId,
      state: { get: () => state },
      leave: vi.fn(() => (state.phase = "ended")),
    } as unknown as CallConnection;
  });
  const registry = createCallRegistry(create, (run) => later.push(run));
  const runLater = () => {
    for (const run of later.splice(0)) run();
  };
  return { registry, create, runLater };
}

test("mounted, unmounted and mounted again at once, it is one connection that never left", () => {
  const { registry, create, runLater } = world();
  const first = registry.acquire("call_1");
  first.release();
  const second = registry.acquire("call_1");
  runLater();
  expect(create).toHaveBeenCalledTimes(1);
  expect(second.connection).toBe(first.connection);
  expect(first.connection.leave).not.toHaveBeenCalled();
});

test("the last one to go leaves the call; giving back twice counts once", () => {
  const { registry, runLater } = world();
  const [a, b] = [registry.acquire("call_1"), registry.acquire("call_1")];
  a.release();
  a.release();
  runLater();
  expect(a.connection.leave).not.toHaveBeenCalled();
  b.release();
  runLater();
  expect(a.connection.leave).toHaveBeenCalledTimes(1);
});

test("after leaving, the call can be entered anew", () => {
  const { registry, create, runLater } = world();
  registry.acquire("call_1").release();
  runLater();
  registry.acquire("call_1");
  expect(create).toHaveBeenCalledTimes(2);
});

test("two calls have two connections", () => {
  const { registry } = world();
  expect(registry.acquire("call_1").connection).not.toBe(registry.acquire("call_2").connection);
});
