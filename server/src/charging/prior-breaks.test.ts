// Which breaks of a policy count as repeats: those before the call's end, and within the policy's period.
import { presetTerms } from "@fairminute/core";
import { expect, test } from "vitest";
import { countBreaks, type PriorBreak } from "./prior-breaks.ts";

const hour = 3_600_000;
const endedAt = 100 * hour;

function callWith(periodSeconds: number | null) {
  const terms = presetTerms("match");
  terms.policies = [{ kind: "early_exit", underSeconds: 60, coins: 1n, firstFree: 1, growth: 1n, periodSeconds }];
  return { id: "call_5", terms };
}

const broken = (callId: string, at: number, userId = "leo"): PriorBreak => {
  return { callId, policy: "early_exit", userId, at };
};

test("calls that ended later do not count, so that a call looked at again says the same", () => {
  const earlier = [broken("call_1", endedAt - hour), broken("call_2", 0), broken("call_1", 0, "mia")];
  const later = [broken("call_8", endedAt + 1), broken("call_9", endedAt + hour, "mia")];
  expect(countBreaks(callWith(null), [...earlier, ...later], endedAt)).toEqual({ leo: 2, mia: 1 });
});

test("of calls that ended at one instant those count whose id comes first", () => {
  const breaks = [broken("call_4", endedAt), broken("call_6", endedAt)];
  expect(countBreaks(callWith(null), breaks, endedAt)).toEqual({ leo: 1 });
});

test("only breaks within the period count, its first instant included", () => {
  const breaks = [broken("call_1", endedAt - hour), broken("call_2", endedAt - hour - 1)];
  expect(countBreaks(callWith(3600), breaks, endedAt)).toEqual({ leo: 1 });
});
