// Two presses are one piece of work; a third, later, is another.
import { expect, test } from "vitest";
import { createOnce } from "./once.ts";

test("whoever asks while it is under way gets what is under way, also when it fails", async () => {
  const once = createOnce();
  let begun = 0;
  const work = async () => {
    begun++;
    await Promise.resolve();
    if (begun === 1) throw new Error("first");
  };
  const answers = await Promise.allSettled([once(work), once(work)]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(begun).toBe(1);
  await once(work);
  expect(begun).toBe(2);
});
