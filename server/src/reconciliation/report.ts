// The provider's own record of a call's connections, written to the log when it is complete.
import type { Evidence } from "../charging/charging.ts";
import { evidenceOfReport, isComplete, reportOf } from "./evidence.ts";
import { type LookWorld, ofCall, type Subject } from "./world.ts";

/** What the record says that the log does not know, and whether there is nothing more to wait for. */
export interface ReportRead {
  isDone: boolean;
  evidence: Evidence[];
}

/** When to take a record that is not complete: nobody will ask again, or it is needed while these are still there. */
export interface ReportOptions {
  isLast: boolean;
  present?: ReadonlySet<string>;
}

/**
 * Asks for the record.
 * @throws FairminuteError provider_unavailable
 */
export async function readReport(
  { ask }: Pick<LookWorld, "ask">,
  { call, state, provider, providerCall }: Subject,
  { isLast, present }: ReportOptions,
): Promise<ReportRead> {
  if (provider.reportDurations === null) return { isDone: true, evidence: [] };
  const reported = ofCall(call, await ask(provider.reportDurations(providerCall)));
  const report = reportOf(reported, call);
  const isDone = isComplete(report, state);
  if (!isDone && !isLast && present === undefined) return { isDone, evidence: [] };
  const known = new Set(call.events.map(({ id }) => id));
  return { isDone, evidence: evidenceOfReport(report, state, present).filter(({ id }) => !known.has(id)) };
}

/**
 * Asks for the record and writes down what is new in it.
 * @returns whether there is nothing more to wait for
 * @throws FairminuteError provider_unavailable
 */
export async function recordReport(world: LookWorld, subject: Subject, options: ReportOptions): Promise<boolean> {
  const { isDone, evidence } = await readReport(world, subject, options);
  if (evidence.length > 0) await world.charging.recordEvents(subject.call.id, evidence);
  return isDone;
}
