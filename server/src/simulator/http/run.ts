// Plays histories through the whole server: batch after batch on one database, and the books are audited.
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { audit } from "../../charging/audit.ts";
import type { SimulateHttp } from "../command.ts";
import { Violation } from "../invariants.ts";
import type { Failure } from "../simulate.ts";
import { Tally } from "../tally.ts";
import { BATCH, Batch, type HttpHistory } from "./batch.ts";
import { HttpStage } from "./stage.ts";

/** The whole audit reads everything there is, so it is made after so many batches, and after the last. */
const AUDIT_EVERY = 8;

function note(tally: Tally, { plan, result, faults, violation }: HttpHistory): string {
  tally.histories += 1;
  tally.noteFaults(faults);
  if (violation !== null) tally.violations += 1;
  if (result === null) return "";
  const { bill, writes } = result;
  tally.noteCall(plan.preset, bill.endReason ?? bill.status);
  writes.forEach(({ status }, index) => {
    const before = writes[index - 1];
    if (before !== undefined) tally.noteArrow(before.status, status);
  });
  tally.writes += writes.length;
  for (const { transfers } of writes) for (const { amount } of transfers) tally.coins += amount;
  if (bill.startedAt !== null && bill.endedAt !== null) tally.minutes += (bill.endedAt - bill.startedAt) / 60_000;
  return `${bill.status} ${bill.endReason} ${bill.billableSeconds} ${bill.charged}`;
}

/** @throws Violation with what the audit found */
async function auditAll(stage: HttpStage): Promise<void> {
  const { checks } = await audit(stage.db, stage.now);
  const bad = checks.find(({ ok }) => !ok);
  if (bad !== undefined)
    throw new Violation(bad.id, `audit: ${bad.title}: ${JSON.stringify(bad.examples.slice(0, 3))}`);
}

export const simulateThroughHttp: SimulateHttp = async ({ seed, histories, history, faults, database }, onProgress) => {
  const stage = await HttpStage.open(database);
  const tally = new Tally();
  const hash = createHash("sha256");
  const failures: Failure[] = [];
  try {
    const first = history === null ? 0 : history - (history % BATCH);
    const end = history === null ? histories : first + BATCH;
    for (let from = first, round = 0; from < end; from += BATCH, round++) {
      const count = Math.min(BATCH, end - from);
      const batch = new Batch(stage, { seed, from, count, faults });
      await batch.run();
      for (const history of batch.histories) {
        hash.update(`${history.index} ${note(tally, history)}\n`);
        const { violation, index } = history;
        if (violation !== null)
          failures.push({ history: index, invariant: violation.invariant, message: violation.message });
      }
      const isLast = from + count >= end;
      if (isLast || round % AUDIT_EVERY === AUDIT_EVERY - 1) {
        await auditAll(stage).catch((error: Violation) => {
          tally.violations += 1;
          failures.push({ history: from, invariant: error.invariant ?? "crash", message: error.message });
        });
      }
      for (const fault of stage.takeFaults()) {
        tally.violations += 1;
        failures.push({ history: from, invariant: "fault", message: `a server reported ${inspect(fault)}` });
      }
      onProgress(history === null ? from + count : 1, failures.length);
    }
  } finally {
    await stage.close();
  }
  return { tally, hash: hash.digest("hex"), failures };
};
