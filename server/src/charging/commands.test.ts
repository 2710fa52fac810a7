// I7: a command that was carried out adds nothing to the log, and says yes again; another person's is another command.
import { expect, test } from "vitest";
import { type CommandKind, decideCommand } from "./commands.ts";
import type { StoredCall } from "./stored.ts";

const call = (status: StoredCall["status"]) =>
  ({ id: "call_1", payerId: "leo", payeeId: "mia", attendeeIds: [], status }) as unknown as StoredCall;

const repeats: readonly [kind: CommandKind, userId: string, status: StoredCall["status"]][] = [
  ["accept", "mia", "accepted"],
  ["accept", "mia", "active"],
  ["reject", "mia", "rejected"],
  ["cancel", "leo", "cancelled"],
  ["end", "leo", "completed"],
  ["end", "mia", "completed"],
  ["end", "leo", "cancelled"],
  ["end", "leo", "missed"],
];

test.each(repeats)("%s by %s of a call that is %s has been carried out", (kind, userId, status) => {
  expect(decideCommand(call(status), { kind, userId }, 0)).toEqual([]);
});

test.each([
  ["end", "active"],
  ["cancel", "accepted"],
  ["cancel", "pending"],
] as const)("%s of a call that is %s, by each of its people and by the backend: three commands", (kind, status) => {
  const ids = ["leo", "mia", null].flatMap((userId) =>
    decideCommand(call(status), { kind, userId }, 0).map(({ id }) => id),
  );
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(3);
});
