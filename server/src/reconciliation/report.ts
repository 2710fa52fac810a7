// The provider's own record of a call's connections, written to the log when it is complete.
import type { Evidence } from "../charging/charging.ts";
import { evidenceOfReport, isComplete, reportOf } from "./evidence.ts";
import { type LookWorld, ofCall, type Subject } from "./world.ts";

/** What the record says that the log does not know, and whether there is nothing more to wait for. */
export interface ReportRead {
  isDone: boolean;
  evidence: Evidence[];
}

/**
 * Asks for the record.
 * @param options.isLast take what there is: an incomplete record is better than none when nobody will ask again
 * @throws FairminuteError provider_unavailable
 */
export async function readReport(
  { ask }: Pick<LookWorld, "ask">,
  { call, state, provider, providerCall }: Subject,
  options: { isLast: boolean },
): Promise<ReportRead> {
  if (provider.reportDurations === null) return { isDone: true, evidence: [] };
  const reported = ofCall(call, await ask(provider.reportDurations(providerCall)));
  const report = reportOf(reported, call);
  const isDone = isComplete(report, state);
  if (!isDone && !options.isLast) return { isDone, evidence: [] };
  const known = new Set(call.events.map(({ id }) => id));
  return { isDone, evidence: evidenceOfReport(report, state).filter(({ id }) => !known.has(id)) };
}

/**
 * Asks for the record and writes down what is new in it.
 * @returns whether there is nothing more to wait for
 * @throws FairminuteError provider_unavailable
 */
export async function recordReport(world: LookWorld, subject: Subject, options: { isLast: boolean }): Promise<boolean> {
  const { isDone, evidence } = await readReport(world, subject, options);
  if (evidence.length > 0) await world.charging.recordEvents(subject.call.id, evidence);
  return isDone;
}
