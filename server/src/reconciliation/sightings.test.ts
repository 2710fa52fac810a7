// What a look proves of those who are there: that they were when it was asked, and not a moment of its way back.
import { expect, test } from "vitest";
import { sightingsOf } from "./evidence.ts";

const present = (joinedAt: number | null) => [{ userId: "leo", connectionId: "c1", joinedAt }];

test.each([
  ["somebody who had joined before it is seen when it was asked", 500, 1000],
  ["somebody of whom it is not said when they joined, too", null, 1000],
  ["somebody who joined while it was answered is seen from then on", 3000, 3000],
  ["a clock that is ahead proves nothing beyond the answer", 9000, 5000],
])("%s", (_says, joinedAt, seenAt) => {
  const [seen] = sightingsOf({ present: present(joinedAt), askedAt: 1000, answeredAt: 5000 }, null);
  expect(seen).toMatchObject({ type: "participant.seen", source: "poll", occurredAt: seenAt, untilAt: seenAt });
});
