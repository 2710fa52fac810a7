// What the server sends to the browser is read field by field.
import { expect, test } from "vitest";
import { story } from "../test/story.ts";
import { FairminuteError } from "./errors.ts";
import { readEvents, readFacts, readPlaced, writeFacts, writePlaced } from "./facts.ts";

const { facts, events, placed } = story`
  terms match
  12:00:00 requested
  12:00:05 accepted mia
  12:00:10 joined leo c1
  12:00:10 seen leo c1 until=12:00:40
  12:00:30 bill 0 accepted`;

const wire = <T>(data: T): T => JSON.parse(JSON.stringify(data)) as T;
const param = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof FairminuteError) return `${error.code} ${error.param}`;
    throw error;
  }
  return "nothing was refused";
};

test("facts, log and placed coins survive the wire", () => {
  expect(readFacts(wire(writeFacts(facts)))).toEqual({ ...facts, started: null });
  const decided = { status: "completed" as const, at: 5, reason: "kicked" as const, by: null };
  expect(readFacts(wire(writeFacts({ ...facts, started: 4, decided })))).toEqual({ ...facts, started: 4, decided });
  expect(readEvents(wire(events))).toEqual(events);
  expect(readPlaced(wire(writePlaced(placed)))).toEqual(placed);
});

test("facts without a told start are read as such", () => {
  const { started, ...rest } = writeFacts(facts);
  expect(started).toBe(null);
  expect(readFacts(rest).started).toBe(null);
});

test("what does not fit is refused by name", () => {
  const json = writeFacts(facts);
  expect(param(() => readFacts(null))).toBe("invalid_request facts");
  expect(param(() => readFacts({ ...json, surprise: 1 }))).toBe("invalid_request facts.surprise");
  expect(param(() => readFacts({ ...json, parties: [{ userId: "leo", role: "boss" }] }))).toBe(
    "invalid_request facts.parties.0.role",
  );
  expect(param(() => readFacts({ ...json, terms: { ...json.terms, version: 3 } }))).toBe("invalid_terms terms.version");
  expect(param(() => readFacts({ ...json, decided: { status: "active", at: 1, reason: null, by: null } }))).toBe(
    "invalid_request facts.decided.status",
  );
  expect(param(() => readFacts({ ...json, requestedAt: 1.5 }))).toBe("invalid_request facts.requestedAt");
  expect(param(() => readEvents([{ ...events[0], type: "participant.waved" }]))).toBe("invalid_request events.0.type");
  expect(param(() => readEvents({}))).toBe("invalid_request events");
  expect(param(() => readPlaced({ leo: -1 }))).toBe("invalid_request placed.leo");
  expect(param(() => readPlaced(null))).toBe("invalid_request placed");
});
