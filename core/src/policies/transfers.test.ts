// Stories of penalties after the settlement: taken then or never, and given back once when evidence disproves them.
import { describe, expect, test } from "vitest";
import { timeOf } from "../../test/clock.ts";
import { tell } from "../../test/money-story.ts";
import { planCall } from "../plan.ts";
import { presetTerms } from "../presets.ts";
import type { Policy } from "./policy.ts";

const left = (wallets: string) => `
      terms match earlyexit=60/3
      wallets ${wallets}
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:30 left leo c1 source=webhook reason=client_initiated
      12:01:00 plan status=completed reason=payer_hung_up settled=true`;

describe("a penalty that evidence disproves", () => {
  test("leo was back within the grace, but that is told after the settlement: the coins go back, once", () => {
    const hall = tell(`${left("leo=5")}
      12:01:00 money leo=2 platform=3
      12:05:00 joined leo c2 on=12:00:40 source=webhook
      12:05:00 money leo=5 platform=0
      12:06:00 left leo c2 on=12:00:50 source=report reason=client_initiated
      12:06:00 money leo=5 platform=0
      12:06:00 plan status=completed posted=penalty:leo:early_exit:3,refund:penalty:leo:early_exit:3`);
    expect(hall.plan(hall.wallets()).transfers).toEqual([]);
  });

  test("… only what was really taken", () =>
    void tell(`${left("leo=2")}
      12:01:00 money leo=0 platform=2
      12:05:00 joined leo c2 on=12:00:40 source=webhook
      12:05:00 money leo=2 platform=0`));

  test("the other one had gone before: a report moves the end, and the coins go back", () =>
    void tell(`${left("leo=5")}
      12:05:00 left mia m1 on=12:00:20 source=report
      12:05:00 plan end=12:00:20 reason=connection_lost
      12:05:00 money leo=5 platform=0`));
});

describe("a penalty stays", () => {
  test("when a report only knows the instant better, or tells what is known", () =>
    void tell(`${left("leo=5")}
      12:05:00 left leo c1 on=12:00:29.800 source=report
      12:05:00 left mia m1 on=12:00:31 source=report
      12:05:00 plan end=12:00:29.800 reason=payer_hung_up
      12:05:00 money leo=2 platform=3`));

  test("when repeats are counted otherwise by now, and when nobody says what it took", () => {
    const { facts, events } = tell(`${left("leo=5")}
      12:05:00 joined leo c2 on=12:00:40 source=webhook id=back`);
    const plan = (penaltyCoins: Record<string, bigint>, isBack: boolean, firstFree: number) => {
      const policies = [{ ...presetTerms("match").policies[0], firstFree } as Policy];
      const { transfers } = planCall({
        facts: { ...facts, terms: { ...facts.terms, policies } },
        events: events.filter(({ id }) => isBack || id !== "back"),
        asOf: timeOf("12:10:00"),
        money: [],
        available: null,
        penaltiesPosted: ["penalty:leo:early_exit"],
        penaltyCoins,
      });
      return transfers.map(({ name, amount }) => `${name}=${amount}`);
    };
    const taken = { "penalty:leo:early_exit": 2n };
    expect(plan(taken, true, 0)).toEqual(["refund:penalty:leo:early_exit=2"]);
    expect(plan(taken, false, 5)).toEqual([]);
    expect(plan({}, true, 0)).toEqual([]);
  });
});

describe("a penalty is taken at the settlement or never", () => {
  test("who had no coins then owes none later", () =>
    void tell(`${left("leo=0")}
      12:05:00 credit leo=10
      12:06:00 seen mia m1 on=12:00:10 source=poll
      12:06:00 money leo=10 platform=0
      12:06:00 plan posted=`));

  test("late evidence proves no new one", () =>
    void tell(`
      terms match earlyexit=60/3
      wallets leo=5
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1
      12:00:00 joined mia m1
      12:00:30 left leo c1 source=webhook reason=technical
      12:01:00 plan settled=true
      12:05:00 left leo c1 on=12:00:29 source=report reason=client_initiated
      12:05:00 plan reason=payer_hung_up posted=
      12:05:00 money leo=5`));
});
