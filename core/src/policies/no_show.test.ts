// Stories of who accepts and does not come: one penalty, and the many cases without.
import { describe, expect, test } from "vitest";
import { tell } from "../../test/money-story.ts";
import { story } from "../../test/story.ts";

const call = (rows: string) => {
  const { charge } = story(`
    terms creator-call noshow=5
    12:00:00 requested
    ${rows}`);
  const [decision] = charge.policyDecisions;
  return { penalties: charge.penalties, why: decision?.why, broken: decision?.broken };
};

describe("who accepts and does not come", () => {
  test("pays once, while the payer gets everything back", () =>
    void tell(`
      terms creator-call noshow=5
      wallets leo=500 mia=20
      12:00:00 requested
      12:00:05 accepted mia id=promise
      12:00:10 joined leo c1
      12:02:04 money mia=20
      12:30:00 money leo=500 mia=15 platform=5
      12:30:00 plan status=missed posted=place.1:300,release:leo:300,penalty:mia:no_show:5`));

  test("… proven by their own acceptance", () =>
    expect(call("12:00:05 accepted mia id=promise\n 12:00:10 joined leo c1\n 12:30:00 is missed")).toEqual({
      penalties: [
        {
          policy: "no_show",
          userId: "mia",
          amount: 5n,
          reason: "accepted the call and did not come in 120 s",
          evidenceId: "promise",
        },
      ],
      why: "accepted the call and did not come in 120 s",
      broken: true,
    }));

  test("… and gets it back when it turns out that they were there", () =>
    void tell(`
      terms creator-call noshow=5
      wallets leo=500 mia=20
      12:00:00 requested
      12:00:05 accepted mia
      12:00:10 joined leo c1
      12:02:05 money mia=15 platform=5
      12:10:00 joined mia m1 on=12:01:00 source=webhook
      12:10:00 plan status=missed
      12:10:00 money mia=20 platform=0 leo=500`));
});

describe("nobody pays", () => {
  const innocent: [rows: string, why: string][] = [
    ["12:00:10 joined leo c1", "the call was not missed by a payee who had accepted it"],
    ["12:00:05 accepted mia reason=auto_accept\n 12:00:10 joined leo c1", "the payee did not accept it in person"],
    ["12:00:05 accepted leo\n 12:00:10 joined leo c1", "the payee did not accept it in person"],
    ["12:00:05 accepted mia", "nobody waited to the end"],
    ["12:00:05 accepted mia\n 12:00:10 joined leo c1\n 12:02:00 left leo c1", "nobody waited to the end"],
    [
      "12:00:05 accepted mia\n 12:00:10 joined mia m1\n 12:00:20 left mia m1\n 12:00:30 joined leo c1",
      "the payee was there",
    ],
  ];
  test.each(innocent)("%s", (rows, why) =>
    expect(call(`${rows}\n 12:30:00 is missed`)).toEqual({ penalties: [], why, broken: false }),
  );

  test("for a call that was cancelled, rejected, or took place", () => {
    for (const rows of [
      "12:00:05 accepted mia\n 12:00:10 joined leo c1\n 12:00:50 cancelled mia",
      "12:00:05 rejected mia",
      "12:00:05 accepted mia\n 12:00:10 joined leo c1\n 12:00:50 joined mia m1\n 12:01:00 hangup mia",
    ]) {
      expect(
        call(
          `${rows}\n 12:30:00 is ${rows.includes("hangup") ? "completed" : rows.includes("rejected") ? "rejected" : "cancelled"}`,
        ).penalties,
      ).toEqual([]);
    }
  });
});
