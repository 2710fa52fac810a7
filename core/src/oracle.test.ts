// I4: the charge equals that of a second, naive and independent opinion, on random histories.
import fc from "fast-check";
import { expect, test } from "vitest";
import { historyArbitrary } from "../test/histories.ts";
import { opine } from "../test/oracle.ts";
import { chargeCall } from "./charge.ts";
import type { Line } from "./line.ts";

const absences = ["provider_ended", "connection_lost", "heartbeat_timeout", "kicked", "payer_hung_up", "payee_hung_up"];

/** The ends of the lines that were paid; the time of pauses is in none of them. */
const endsOf = (lines: readonly Line[]) =>
  lines.filter(({ kind, increments }) => kind === "usage" && increments > 0).map(({ to }) => to);

test("I4: chargeCall agrees with the second-by-second oracle", () => {
  fc.assert(
    fc.property(historyArbitrary, ({ facts, events, asOf, placed }) => {
      const { state, payers } = chargeCall({ facts, events, asOf, placed: { leo: placed } });
      const opinion = opine(facts, events, asOf, placed);
      const endReason =
        opinion.endReason === "absence" && absences.includes(state.endReason ?? "") ? "absence" : state.endReason;
      expect({
        status: state.status,
        startedAt: state.startedAt,
        endedAt: state.endedAt,
        endReason,
        billableSeconds: payers[0]?.billableSeconds,
        total: payers[0]?.total,
        lineEnds: facts.terms.tariff.lines === "per_increment" ? endsOf(payers[0]?.lines ?? []) : [],
      }).toEqual(opinion);
    }),
    { numRuns: 3000 },
  );
});

test("I4: the histories are worth asking about: all statuses and ends occur", () => {
  const found = new Set<string>();
  for (const { facts, events, asOf, placed } of fc.sample(historyArbitrary, { numRuns: 3000, seed: 4 })) {
    const { state, payers } = chargeCall({ facts, events, asOf, placed: { leo: placed } });
    found.add(state.status);
    if (state.endReason !== null) found.add(state.endReason);
    if ((payers[0]?.usage.pauses.length ?? 0) > 0) found.add("paused");
    if ((payers[0]?.total ?? 0n) > 0n) found.add("charged");
  }
  expect([...found].sort()).toEqual(
    [
      ...["accepted", "active", "cancelled", "completed", "missed", "pending", "rejected"],
      ...["connection_lost", "heartbeat_timeout", "kicked", "operator_ended", "out_of_funds"],
      ...["payee_hung_up", "payer_hung_up", "provider_ended", "time_limit", "charged", "paused"],
    ].sort(),
  );
});
