// Receipts: the lines add up to what was paid, each reader sees their side, and the sentences say why.
import { expect, test } from "vitest";
import { story } from "../test/story.ts";
import type { Money } from "./account.ts";
import { makeReceipt } from "./receipt.ts";

const call = (rows: string, terms = "creator-call") =>
  story(`
    terms ${terms}
    placed 300
    12:00:00 requested
    12:00:00 accepted mia
    12:00:00 joined leo c1
    12:00:00 joined mia m1
    ${rows}`);

const money = (figures: Partial<Money> = {}): Money => ({
  payerId: "leo",
  placed: 300n,
  captured: 0n,
  released: 0n,
  refunded: 0n,
  placements: 1,
  refunds: 0,
  ...figures,
});

const told = call(`12:05:00 left leo c1
    12:05:20 joined leo c2
    12:18:20 hangup leo
    12:30:00 bill 180 completed`);
const settled = money({ captured: 180n, released: 120n });

test("the payer sees lines, pauses and hold, but not the split", () => {
  const receipt = makeReceipt({ ...told, money: [settled], viewer: "payer" });
  expect(receipt).toMatchObject({ total: 180, split: null, durationSeconds: 1100, status: "completed" });
  expect(receipt.payers).toEqual([
    {
      payerId: "leo",
      lines: [
        {
          kind: "usage",
          from: told.charge.state.startedAt,
          to: told.charge.state.endedAt,
          seconds: 1080,
          increments: 18,
          pricePerMinute: 10,
          amount: 180,
          sentence: "18 min at 10 coins a minute: 180 coins.",
        },
      ],
      total: 180,
      billableSeconds: 1080,
      billedSeconds: 1080,
      pauses: [expect.objectContaining({ seconds: 20, userIds: ["leo"] })],
      pausedSeconds: 20,
      hold: { placed: 300, released: 120, refunded: 0 },
    },
  ]);
  expect(receipt.explanations).toEqual([
    "The payer ended the call.",
    "Only time together is charged.",
    "Time is counted in steps of 1 min; started steps are paid.",
    "20 s of interruptions are not charged.",
    "300 coins were held, 180 coins charged; 120 coins were given back.",
  ]);
});

test("I9: the payee sees the split, but not the payer's hold; the operator sees both", () => {
  const payee = makeReceipt({ ...told, money: [settled], viewer: "payee" });
  expect(payee.split).toEqual({ payer: 180, payee: 144, platform: 36, platformBasisPoints: 2000 });
  expect(payee.payers[0]?.hold).toBe(null);
  expect(payee.explanations.join(" ")).not.toContain("held");
  const operator = makeReceipt({ ...told, money: [settled], viewer: "operator" });
  expect([operator.split, operator.payers[0]?.hold?.placed]).toEqual([payee.split, 300]);
  expect(operator.explanations).toContain("The platform keeps 20 % rounded down (36); the payee gets 144.");
});

test("it is ready for JSON", () => {
  const receipt = makeReceipt({ ...told, money: [settled], viewer: "operator" });
  expect(JSON.parse(JSON.stringify(receipt))).toEqual(receipt);
});

test("the total is what was paid: dearer evidence after the settlement is taken back by a line", () => {
  const cheap = makeReceipt({ ...told, money: [money({ captured: 170n, released: 130n })], viewer: "payer" });
  expect([cheap.total, cheap.payers[0]?.lines.map(({ kind, amount }) => [kind, amount])]).toEqual([
    170,
    [
      ["usage", 180],
      ["adjustment", -10],
    ],
  ]);
  const refund = makeReceipt({
    ...told,
    money: [money({ captured: 200n, released: 100n, refunded: 20n })],
    viewer: "payer",
  });
  expect([refund.total, refund.payers[0]?.lines.length, refund.payers[0]?.hold?.refunded]).toEqual([180, 1, 20]);
});

test("a running call has a receipt, too", () => {
  const { charge, ...running } = call("12:01:30 bill 20 active");
  const receipt = makeReceipt({ ...running, charge, money: [money()], viewer: "payer" });
  expect([receipt.status, receipt.total, receipt.durationSeconds, receipt.endedAt]).toEqual(["active", 20, 90, null]);
});

test("sentences for every kind of line", () => {
  const sentences = (terms: string, rows: string) => {
    const story = call(rows, terms);
    const receipt = makeReceipt({ ...story, money: [money()], viewer: "payer" });
    expect(receipt.payers[0]?.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(receipt.total);
    return receipt.payers[0]?.lines.map(({ sentence }) => sentence);
  };
  expect(
    sentences("creator-call fee=1 free=30 minimum=50", "12:01:31 hangup leo\n 12:30:00 bill 50 completed"),
  ).toEqual([
    "Connect fee: 1 coin.",
    "The first 30 s are free.",
    "2 min at 10 coins a minute: 20 coins.",
    "Topped up to the minimum of 50 coins.",
  ]);
  expect(sentences("creator-call nochargeunder=15", "12:00:14 hangup leo\n 12:30:00 bill 0 completed")).toEqual([
    "14 s is under 15 s, so nothing is charged.",
  ]);
  expect(sentences("creator-call rounding=down", "12:00:59 hangup leo\n 12:30:00 bill 0 completed")).toEqual([
    "59 s completed no paid step at 10 coins a minute.",
  ]);
  expect(sentences("creator-call", "12:00:00 hangup leo\n 12:30:00 bill 0 cancelled")).toEqual([
    "No time was billable, so nothing is charged.",
  ]);
});

test("a line for each minute says which one it is, and the amounts are those of one line for all", () => {
  const sentences = (terms: string) => {
    const story = call("12:02:05 hangup leo\n 12:30:00 is completed", terms);
    const receipt = makeReceipt({ ...story, money: [money()], viewer: "payer" });
    expect(receipt.total).toBe(20);
    return receipt.payers[0]?.lines.map(({ sentence }) => sentence);
  };
  expect(sentences("coin-minutes")).toEqual([
    "Minute 1 at 10 coins a minute: 10 coins.",
    "Minute 2 at 10 coins a minute: 10 coins.",
  ]);
  expect(sentences("coin-minutes lines=merged")).toEqual(["2 min at 10 coins a minute: 20 coins."]);
  expect(sentences("coin-minutes steps=60/30")).toEqual([
    "Step 1, 1 min at 10 coins a minute: 10 coins.",
    "Step 2, 30 s at 10 coins a minute: 5 coins.",
    "Step 3, 30 s at 10 coins a minute: 5 coins.",
  ]);
  const short = call("12:00:59 hangup leo\n 12:30:00 is completed", "coin-minutes");
  expect(makeReceipt({ ...short, money: [], viewer: "payer" }).payers[0]?.lines[0]?.sentence).toBe(
    "59 s completed no paid step at 10 coins a minute.",
  );
});

test("each reader sees the penalties of their own side", () => {
  const exit = call("12:00:30 hangup mia\n 12:30:00 bill 10 completed", "creator-call earlyexit=60/3");
  const seen = (viewer: "payer" | "payee" | "operator", viewerId?: string) =>
    makeReceipt({ ...exit, money: [money()], viewer, ...(viewerId === undefined ? {} : { viewerId }) }).penalties
      .length;
  expect([seen("payer"), seen("payee"), seen("operator"), seen("payer", "leo"), seen("payee", "mia")]).toEqual([
    0, 1, 1, 0, 1,
  ]);
});

test("… and the bonuses, in words", () => {
  const long = call("12:06:00 hangup mia\n 12:30:00 bill 60 completed", "creator-call bonus=300/5/payee");
  const bonuses = (viewer: "payer" | "payee" | "operator") =>
    makeReceipt({ ...long, money: [money()], viewer }).explanations.filter((said) => said.includes("bonus of"));
  expect([bonuses("payer"), bonuses("payee"), bonuses("operator")]).toEqual([
    [],
    ["A bonus of 5 coins: the call lasted 360 s, at least 300 s."],
    ["A bonus of 5 coins for mia: the call lasted 360 s, at least 300 s."],
  ]);
});

test("with several payers each sees their own part", () => {
  const group = story`
    parties leo:payer ann:payer mia:payee
    placed 300
    12:00:00 requested
    12:00:00 accepted mia
    12:00:00 joined leo c1
    12:00:00 joined ann a1
    12:00:00 joined mia m1
    12:05:00 left leo c1
    12:10:00 hangup mia
    12:30:00 bill 50,100 completed`;
  const receipt = makeReceipt({ ...group, money: [], viewer: "payer", viewerId: "ann" });
  expect([receipt.total, receipt.payers.map(({ payerId }) => payerId)]).toEqual([100, ["ann"]]);
  expect(makeReceipt({ ...group, money: [], viewer: "operator" }).total).toBe(150);
});

test("every end has its sentence", () => {
  const ends: [string, string][] = [
    ["12:05:00 hangup mia", "The payee ended the call."],
    [
      "12:05:00 left leo c1",
      "A connection was lost and did not come back within 30 s: the call ended when it was lost.",
    ],
    [
      "12:00:00 seen leo c1 until=12:05:00",
      "A participant fell silent and did not come back within 30 s: the call ended at the last sign of life.",
    ],
    ["12:05:00 ended - source=webhook", "The video provider ended the call."],
    ["12:05:00 ended -", "The operator ended the call."],
    ["12:05:00 kicked leo", "A participant was removed from the call."],
    ["", "The held coins were used up: the call ended at that moment."],
  ];
  for (const [row, sentence] of ends) {
    const end = call(`${row}\n 13:00:00 is completed`);
    expect(makeReceipt({ ...end, money: [money()], viewer: "payer" }).explanations[0]).toBe(sentence);
  }
  const limit = call("13:00:00 is completed", "creator-call maximum=60");
  expect(makeReceipt({ ...limit, money: [money()], viewer: "payer" }).explanations[0]).toBe(
    "The call reached its maximum duration.",
  );
  const missed = story("12:00:00 requested\n 12:30:00 bill 0 missed");
  expect(makeReceipt({ ...missed, money: [money()], viewer: "payer" }).explanations).toEqual([
    "Nobody answered in time. Nothing is charged.",
    "300 coins were held, 0 coins charged.",
  ]);
});
