// What sessionStorage holds may come from the document's example, from an older tab, or from nobody knows where.
import { expect, test } from "vitest";
import { keepPending, readPending } from "./pending.ts";

function storageOf(text: string | null) {
  const held = new Map(text === null ? [] : [["pendingSession", text]]);
  return {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  };
}

test("the document's own example is a pending session", () => {
  const text = JSON.stringify({ requestId: "session_123", tutorAddress: "0x1", studentAddress: "0x2", languageId: 1 });
  expect(readPending(storageOf(text))).toEqual({
    requestId: "session_123",
    tutorAddress: "0x1",
    studentAddress: "0x2",
    languageId: 1,
    cause: undefined,
    transactionHash: undefined,
  });
});

test("what was kept is read again, and null forgets it", () => {
  const storage = storageOf(null);
  const transactionHash = `0x${"ab".repeat(32)}` as const;
  const pending = { requestId: "call_1", tutorAddress: "0x1", studentAddress: "0x2", languageId: 1 } as const;
  keepPending(storage, { ...pending, cause: "connection-lost", transactionHash });
  expect(readPending(storage)).toEqual({ ...pending, cause: "connection-lost", transactionHash });
  keepPending(storage, null);
  expect(storage.held.size).toBe(0);
});

test.each([
  ["nothing", null],
  ["no JSON", "{"],
  ["another thing", "[1]"],
  ["no request", '{"tutorAddress":"0x1"}'],
  ["a request that is no text", '{"requestId":7}'],
])("is none: %s", (_, text) => expect(readPending(storageOf(text))).toBeNull());

test("a cause or a transaction that is none is left out", () => {
  const pending = readPending(storageOf('{"requestId":"call_1","cause":"<b>","transactionHash":"0x12"}'));
  expect(pending).toMatchObject({ requestId: "call_1", cause: undefined, transactionHash: undefined });
});

test("a storage that refuses stops nothing", () => {
  const refusing = {
    getItem: () => {
      throw new Error("denied");
    },
    setItem: () => {
      throw new Error("full");
    },
    removeItem: () => {},
  };
  keepPending(refusing, { requestId: "call_1", tutorAddress: "", studentAddress: "", languageId: 0 });
  expect(readPending(refusing)).toBeNull();
});
