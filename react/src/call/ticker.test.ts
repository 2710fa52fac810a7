// The ticker shows what chargeCall says, second by second, and nothing of its own.
import { chargeCall, presetTerms } from "@fairminute/core";
import { expect, test } from "vitest";
import { event, facts, requestedAt, talking } from "../../test/calls.ts";
import { readTicker } from "./ticker.ts";

const at = (seconds: number) => requestedAt + seconds * 1000;
const evidence = (events = talking, placed = 300n) => ({ facts: facts(), events, placed: { leo: placed } });

test.each([0, 7, 10, 11, 69, 70, 71, 640, 1810, 1811, 5000])("at second %d it is chargeCall's figure", (second) => {
  const charge = chargeCall({ ...evidence(), asOf: at(second) });
  const ticker = readTicker(evidence(), at(second), 0n);
  expect(ticker.spent).toBe(charge.payers[0]?.total);
  expect(ticker.elapsedSeconds).toBe(charge.payers[0]?.billableSeconds);
  expect(ticker.billedSeconds).toBe(charge.payers[0]?.billedSeconds);
  expect(ticker.fundedUntil).toBe(charge.payers[0]?.fundedUntil);
  expect(ticker.state).toEqual(charge.state);
});

test("17 minutes and a second cost 18 minutes, of which the payee gets 80 %", () => {
  const ticker = readTicker(evidence(), at(10 + 17 * 60 + 1), 0n);
  expect(ticker).toMatchObject({ elapsedSeconds: 1021, billedSeconds: 1080, spent: 180n, earned: 144n });
});

test("a lost connection pauses the ticker and names who is missing", () => {
  const events = [
    ...talking,
    event("participant.left", 70, { userId: "mia", connectionId: "conn_mia", reason: "transport close" }),
  ];
  const ticker = readTicker(evidence(events), at(85), 0n);
  expect(ticker).toMatchObject({ elapsedSeconds: 60, spent: 10n, pausedSince: at(70), missingUserIds: ["mia"] });
});

test("money in the wallet lengthens what is affordable, not what is held", () => {
  const ticker = readTicker(evidence(), at(20), 50n);
  expect(ticker.fundedUntil).toBe(at(10 + 1800));
  expect(ticker.affordableUntil).toBe(at(10 + 2100));
});

test("the longest duration is a limit of its own", () => {
  expect(readTicker(evidence(talking, 100_000n), at(20), 0n).timeLimitAt).toBe(at(10 + 4 * 3600));
  expect(readTicker(evidence(), at(5), 0n).timeLimitAt).toBeNull();
});

test("without money in the wallet the hold is the limit, and there the ticker stops for good", () => {
  expect(readTicker(evidence(), at(20), 0n).affordableUntil).toBe(at(1810));
  expect(readTicker(evidence(), at(9000), 0n)).toMatchObject({ spent: 300n, elapsedSeconds: 1800 });
  expect(readTicker(evidence(), at(9000), 0n).state).toMatchObject({ endReason: "out_of_funds", endedAt: at(1810) });
});

test("where no time is billed it counts the time since the start, and the call is free", () => {
  const free = { ...evidence(), facts: { ...facts(), terms: presetTerms("match") } };
  expect(readTicker(free, at(5), 0n)).toMatchObject({ elapsedSeconds: 0, isFree: true });
  expect(readTicker(free, at(30), 0n)).toMatchObject({ elapsedSeconds: 20, spent: 0n, isFree: true });
  const ended = [...talking, event("hangup", 40, { userId: "leo", source: "command" })];
  expect(readTicker({ ...free, events: ended }, at(90), 0n).elapsedSeconds).toBe(30);
  expect(readTicker(evidence(), at(30), 0n).isFree).toBe(false);
});
