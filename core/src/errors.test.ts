// A refusal carries its code, its field, its figures and its cause.
import { expect, test } from "vitest";
import { errorCodes, FairminuteError } from "./errors.ts";

test("a refusal says what, where, how much, and whether to try again", () => {
  const cause = new Error("below");
  const error = new FairminuteError("insufficient_balance", "300 are needed, 20 are there", {
    param: "estimatedMinutes",
    details: { required: 300, available: 20 },
    cause,
  });
  expect([error.code, error.param, error.details, error.cause, error.retryable, error.name]).toEqual([
    "insufficient_balance",
    "estimatedMinutes",
    { required: 300, available: 20 },
    cause,
    true,
    "FairminuteError",
  ]);
  const plain = new FairminuteError("not_found", "nothing");
  expect([plain.param, plain.details, plain.cause, plain.retryable]).toEqual([null, null, undefined, false]);
});

test("every code has a sentence", () => {
  for (const { summary } of Object.values(errorCodes)) expect(summary).toMatch(/^[A-Z].+\.$/);
});
