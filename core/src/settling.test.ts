// Stories of when a call is settled: at once, or some time after the last webhook that tells of it.
import { describe, expect, test } from "vitest";
import { timeOf } from "../test/clock.ts";
import { tell } from "../test/money-story.ts";
import { eventOf } from "../test/story.ts";
import { termsOf } from "../test/terms.ts";
import { planCall } from "./plan.ts";

const webhooks = `
      terms creator-call delay=20
      wallets leo=500
      12:00:00 requested
      12:00:00 accepted mia
      12:00:05 joined leo c1 on=12:00:00 source=webhook
      12:00:06 joined mia m1 on=12:00:00 source=webhook`;

describe("the settlement of a call that webhooks tell of", () => {
  test("waits for more of them: until then it is active, nothing moves, and it wants to be woken", () =>
    void tell(`${webhooks}
      12:10:02 ended mia on=12:10:00 source=webhook
      12:10:02 plan status=active folds=completed settled=false wake=12:10:22 reason=payee_hung_up end=12:10:00
      12:10:21 money leo=200 call:leo=300 mia=0 platform=0
      12:10:22 plan status=completed settled=true wake=-
      12:10:22 money leo=400 mia=80 platform=20 call:leo=0`));

  test("… and each one begins the wait again", () =>
    void tell(`${webhooks}
      12:10:02 ended - on=12:10:00 source=webhook
      12:10:15 left leo c1 on=12:09:30 source=webhook
      12:10:22 plan status=active wake=12:10:35
      12:10:35 plan status=completed settled=true end=12:09:30 reason=connection_lost
      12:10:35 money leo=400 mia=80 platform=20 call:leo=0`));

  test("who is told late to have come back in time goes on talking", () =>
    void tell(`
      terms creator-call delay=20 grace=10
      wallets leo=500
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:05:00 left leo c1 source=webhook reason=client_initiated
      12:05:10 plan status=active folds=completed wake=12:05:20
      12:05:19 joined leo c2 on=12:05:08 source=webhook
      12:05:19 plan status=active folds=active settled=false
      12:10:08 hangup leo
      12:30:00 money leo=400 mia=80 platform=20`));

  test("a call that is extended stops being so while its end waits", () =>
    void tell(`
      terms creator-call delay=60
      wallets leo=500
      minutes 2
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:00:25 ended leo source=webhook
      12:00:30 plan posted=place.1:20 status=active funded=12:02:00 wake=12:01:25
      12:30:00 plan posted=place.1:20,capture:leo:8,fee:leo:2,release:leo:10`));

  test("before the start: accepted or pending until it is settled", () => {
    tell(`
      terms creator-call delay=20
      12:00:00 requested
      12:00:05 rejected mia source=webhook
      12:00:05 plan status=pending folds=rejected settled=false wake=12:00:25 posted=place.1:300
      12:00:25 plan status=rejected settled=true posted=place.1:300,release:leo:300`);
    tell(`
      terms creator-call delay=20
      12:00:00 requested
      12:00:02 accepted mia
      12:00:05 ended leo source=webhook
      12:00:05 plan status=accepted folds=cancelled wake=12:00:25
      12:00:25 plan status=cancelled settled=true`);
    tell(`
      terms creator-call delay=20
      12:00:00 requested
      12:00:02 accepted mia
      12:01:55 joined leo c1 source=webhook
      12:02:02 plan status=accepted folds=missed wake=12:02:15
      12:02:15 plan status=missed settled=true`);
  });

  test("I10: a refusal that is dated before an acceptance does not make an accepted call pending", () =>
    void tell(`
      terms creator-call delay=20
      12:00:00 requested
      12:00:05 accepted mia
      12:00:06 rejected mia on=12:00:04 source=webhook
      12:00:06 plan status=accepted folds=rejected
      12:01:00 plan status=rejected`));
});

describe("settled at once", () => {
  test("what a command ended, whatever webhooks told before", () => {
    tell(`${webhooks}
      12:10:00 ended leo
      12:10:00 plan status=completed settled=true reason=payer_hung_up
      12:10:00 money leo=400 mia=80 platform=20`);
    tell(`${webhooks}
      12:10:00 ended -
      12:10:00 plan settled=true reason=operator_ended`);
    tell(`
      terms creator-call delay=20
      12:00:00 requested
      12:00:03 joined leo c1 source=webhook
      12:00:05 cancelled leo
      12:00:05 plan status=cancelled settled=true`);
  });

  test("… an operator's kick, after the grace", () =>
    void tell(`${webhooks}
      12:09:59 joined leo c2 source=webhook
      12:10:00 kicked mia
      12:10:29 plan status=active
      12:10:30 plan status=completed settled=true reason=kicked`));

  test("but not what our own signalling tells: webhooks may still move it", () =>
    void tell(`${webhooks}
      12:10:00 joined leo c2 source=webhook
      12:10:05 hangup mia
      12:10:05 plan status=active folds=completed wake=12:10:20
      12:10:20 plan settled=true end=12:10:05`));

  test("the end of the money and of the time", () => {
    tell(`
      terms creator-call delay=200
      wallets leo=10
      minutes 1
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:01:00 plan status=completed settled=true reason=out_of_funds
      12:01:00 money mia=8 platform=2`);
    tell(`
      terms creator-call delay=200 maximum=60
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:01:00 plan status=completed settled=true reason=time_limit`);
  });

  test("calls that no webhook tells of, and terms without a delay", () => {
    tell(`
      terms creator-call delay=20
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=poll
      12:00:00 joined mia m1
      12:01:00 hangup leo
      12:01:00 plan status=completed settled=true`);
    tell(`
      12:00:00 requested
      12:00:00 accepted mia
      12:00:00 joined leo c1 source=webhook
      12:00:00 joined mia m1 source=webhook
      12:01:00 ended leo source=webhook
      12:01:00 plan status=completed settled=true`);
  });

  test("once settled it stays so: late webhooks give back at once", () =>
    void tell(`${webhooks}
      12:10:00 ended leo source=webhook
      12:10:20 plan settled=true
      12:20:00 left leo c1 on=12:05:00 source=webhook
      12:20:00 plan status=completed settled=true wake=- end=12:05:00
      12:20:00 money leo=450 mia=40 platform=10`));
});

describe("a call that opens with its evidence", () => {
  const parties = [
    { userId: "leo", role: "payer" as const },
    { userId: "mia", role: "payee" as const },
  ];
  const requestedAt = timeOf("12:00:00");
  const rows = ["12:00:00 accepted mia", "12:00:00 joined leo c1", "12:00:00 joined mia m1"];
  const open = (words: string, more: readonly string[], at: string) => {
    const facts = {
      callId: "call_1",
      parties,
      terms: termsOf(words.split(" ")),
      requestedAt,
      estimatedSeconds: 1800,
      decided: null,
    };
    const events = [...rows, ...more].map((row, index) => eventOf(row.split(" "), index));
    return planCall({ facts, events, asOf: timeOf(at), money: [], available: null, penaltiesPosted: [] });
  };
  const posts = (plan: ReturnType<typeof open>) => plan.transfers.map(({ name, amount }) => `${name}=${amount}`);

  test("is charged as if the hold had been there from its start", () => {
    const running = open("creator-call", [], "12:10:00");
    expect([running.status, posts(running), running.fundedUntil]).toEqual([
      "active",
      ["place.1=300"],
      timeOf("12:30:00"),
    ]);
    const over = open("creator-call", ["12:10:00 hangup leo"], "12:20:00");
    expect([over.status, posts(over)]).toEqual([
      "completed",
      ["place.1=300", "capture:leo=80", "fee:leo=20", "release:leo=200"],
    ]);
  });

  test("… extended when it is late already, and never beyond the hold", () => {
    expect(posts(open("creator-call", [], "12:29:00"))).toEqual(["place.1=300", "place.2=10"]);
    const long = open("creator-call", [], "13:00:00");
    expect([long.state.endReason, posts(long)]).toEqual([
      "out_of_funds",
      ["place.1=300", "capture:leo=240", "fee:leo=60"],
    ]);
  });

  test("… held while its end waits, and not held when it is over without a start", () => {
    const waiting = open("creator-call delay=20", ["12:10:00 ended leo source=webhook"], "12:10:10");
    expect([waiting.status, posts(waiting), waiting.wakeAt]).toEqual(["active", ["place.1=300"], timeOf("12:10:20")]);
    const called = open("creator-call", ["12:00:00 rejected mia"], "12:10:10");
    expect([called.status, called.settled, posts(called)]).toEqual(["rejected", true, []]);
  });
});
