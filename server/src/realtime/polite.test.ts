// Politeness: exactly one of two, whoever asks.
import fc from "fast-check";
import { expect, it } from "vitest";
import { isPolite } from "./polite.ts";

it("makes exactly one of two different people polite", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (left, right) => {
      fc.pre(left !== right);
      expect(isPolite(left, right)).toBe(!isPolite(right, left));
    }),
  );
});

it("is decided by the order of the ids", () => {
  expect(isPolite("user_ben", "user_ada")).toBe(true);
  expect(isPolite("user_ada", "user_ben")).toBe(false);
});
